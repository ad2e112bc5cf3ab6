import { describe, expect, it } from 'vitest';
import { Random } from '../../../src/lib/emulator/cpu/compare.ts';
import { comparePair, compareSwitching, compareTurns } from './pair.ts';
import { randomProgram } from './programs.ts';
import { caseOf } from './cases.ts';

/** The interpreter is the oracle: with the translator, at any instruction count, everything is as without it. */
describe('translator', () => {
  it.each(Array.from({ length: 24 }, (_, i) => i + 1))('leaves the state that the interpreter leaves (seed %i)', (seed) => {
    const { setup, tuning, threading } = caseOf(seed);
    const { difference, executed } = comparePair(setup, tuning, seed, 20_000, 3000, threading);
    expect(difference).toBeUndefined();
    expect(executed).toBeGreaterThanOrEqual(20_000);
  });

  it.each([1, 2, 3])('does so for CPUs that take turns in the same memory (seed %i)', (seed) => {
    const { setup, tuning } = caseOf(seed);
    expect(compareTurns(setup, tuning, seed, 30)).toEqual([]);
  });

  it.each([1, 2, 3])('may come and go at any time (seed %i)', (seed) => {
    const { setup, tuning } = caseOf(seed);
    expect(compareSwitching(setup, tuning, seed, 12)).toEqual([]);
  });

  it('draws programs of many kinds', () => {
    const lengths = [1, 2, 3, 4].map((seed) => randomProgram(new Random(seed), 4, 5).length);
    expect(new Set(lengths).size).toBeGreaterThan(2);
  });
});
