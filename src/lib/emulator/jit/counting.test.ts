import { describe, expect, it } from 'vitest';
import { Random } from '../cpu/compare.ts';
import { placesToLook } from './counting.ts';
import { successorsOf } from './loops.ts';
import type { Flow, Instruction, Straight } from './scan.ts';

/** Blocks of some instructions each that go on anywhere, in all ways that blocks do. */
function randomBlocks(random: Random): { blocks: Map<number, Straight>; returns: Map<number, number[]> } {
  const count = 1 + random.below(20);
  const blocks = new Map<number, Straight>();
  const returns = new Map<number, number[]>();
  // Addresses outside are among the ways on.
  const place = (): number => 0x100 * random.below(count + 2);
  for (let i = 0; i < count; i++) {
    const at = 0x100 * i;
    const flows: Flow[] = [
      { kind: 'next', to: place() },
      { kind: 'jump', to: place() },
      { kind: 'branch', to: place(), otherwise: place() },
      { kind: 'call', to: place(), returns: place() },
      { kind: 'indirect', returns: undefined, targets: [place(), place()] },
      { kind: 'return' },
    ];
    const flow = flows[random.below(flows.length)];
    if (flow.kind === 'return') returns.set(at, [place(), place()]);
    blocks.set(at, { at, instructions: new Array<Instruction>(random.below(30)), flow });
  }
  return { blocks, returns };
}

describe('placesToLook', () => {
  it('are on every way before more instructions than they announce', () => {
    for (let seed = 1; seed <= 300; seed++) {
      const random = new Random(seed);
      const { blocks, returns } = randomBlocks(random);
      const entry = 0x100 * random.below(blocks.size);
      const looks = placesToLook(blocks, returns, [entry]);
      let [at, left] = [entry, 0];
      for (let step = 0; step < 200; step++) {
        const block = blocks.get(at);
        if (!block) break;
        left = (looks.get(at) ?? left) - block.instructions.length;
        expect(left, `seed ${seed}`).toBeGreaterThanOrEqual(0);
        const ways = successorsOf(block, returns);
        if (ways.length === 0) break;
        at = ways[random.below(ways.length)];
      }
    }
  });

  it('announce little more than the largest block has', () => {
    for (let seed = 1; seed <= 300; seed++) {
      const { blocks, returns } = randomBlocks(new Random(seed));
      for (const ahead of placesToLook(blocks, returns, [0]).values()) expect(ahead).toBeLessThanOrEqual(64);
    }
  });
});
