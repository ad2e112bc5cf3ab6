import { describe, expect, it } from 'vitest';
import { createCpus } from '../cpu/cpu.ts';
import { Entry, entryCounterAddress, Often } from '../cpu/layout.ts';
import { SharedMemory } from '../cpu/shared-memory.ts';
import { assembleLines, emptyHost, testBase } from '../cpu/testing.ts';
import { Scan, type CodeView } from './scan.ts';
import { defaultTuning, type TranslatorTuning } from './translator.ts';

/** Regions are entered so often by a program of two loops, the inner one of which goes round three times. */
function entered(outer: number, tuning: TranslatorTuning): number {
  const { memory, cpus } = createCpus({ ram: { base: testBase, size: 2 << 20 }, cpus: 1, translator: tuning }, emptyHost);
  if (!(memory instanceof SharedMemory)) throw new Error('another memory');
  const program = [`movz x0, #${outer}`, 'movz x1, #3', 'sub x1, x1, #1', 'cbnz x1, #-4', 'sub x0, x0, #1', 'cbnz x0, #-16', 'b #0'];
  memory.store(testBase, assembleLines(program));
  cpus[0].reset({ pc: testBase });
  cpus[0].run(10 * outer);
  return memory.u32[entryCounterAddress(0) / 4];
}

describe('the translator', () => {
  const never = { cost: 1e9, exitCost: 1e9 };
  const tuning = { ...defaultTuning, firstLook: 1, firstPeriod: 100, cost: never.cost, large: { ...defaultTuning.large, ...never } };
  const large = { ...tuning, large: { ...tuning.large, pages: 1 } };

  it('translates in a large program what the interpreter notes as often executed', () => {
    expect(entered(Often.times, large)).toBeGreaterThan(0);
    expect(entered(Often.times / 4, large)).toBe(0);
  });

  it('goes by looks alone in a small one', () => {
    expect(entered(Often.times, tuning)).toBe(0);
    expect(entered(Often.times, { ...tuning, cost: 1 })).toBeGreaterThan(0);
  });
});

describe('a scan', () => {
  // A branch over four instructions, the last of which branches too.
  const program = ['cbz x0, #16', 'add x1, x1, #1', 'add x1, x1, #1', 'cbz x2, #4', 'ret'];
  const words = new Uint32Array(assembleLines(program).buffer);
  const view = (second: number): CodeView => ({
    page: () => ({ entries: 0, linear: 0 }),
    word: (linear) => words[linear / 4],
    ways: (entry) => ({ taken: entry === 0 ? 1000 : 0, passed: entry === 0 ? 1000 : second }),
    targets: () => [],
    isElsewhere: () => false,
    isWanted: () => false,
    reached: (entry) => entry < program.length * Entry.bytes,
    excluded: () => false,
  });
  const blocks = (second: number, least: number): number[] =>
    [...new Scan(0n, view(second), { instructions: 100, pages: 1, least }).blocks.keys()].sort((a, b) => a - b);

  it('leaves out a block whose branch was executed too rarely', () => {
    expect(blocks(300, 300)).toEqual([0, 4, 16]);
    expect(blocks(299, 300)).toEqual([0, 16]);
  });
});
