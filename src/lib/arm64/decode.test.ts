import { describe, expect, it } from 'vitest';
import { decode, rows } from './index.ts';

/** Numbers from a seed, all bits of them. */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state ^ (state >>> 15)) >>> 0;
  };
}

/** Everything that a word decodes to but its registers. */
function told(word: number): string {
  const decoded = decode(word);
  return decoded ? `${decoded.row.name} ${decoded.variant} ${decoded.imm} ${decoded.imm2}` : 'nothing';
}

describe('shapes', () => {
  it('say all about a word but its registers', () => {
    const random = generator(1);
    const differing: string[] = [];
    for (const row of rows) {
      for (let i = 0; i < 200; i++) {
        const shape = (row.value | (random() & ~row.mask)) & row.shape;
        // The extremes among them: conditions are about registers that are 31, equal or even.
        const words = [0, ~0, random(), random()].map((registers) => (shape | (registers & ~row.shape)) >>> 0);
        if (new Set(words.map(told)).size > 1) differing.push(`${row.name}: ${words.map((word) => word.toString(16)).join()}`);
      }
    }
    expect(differing).toEqual([]);
  });
});
