import { describe, expect, it } from 'vitest';
import { compileLoop } from '../../../src/lib/emulator/cpu/testing.ts';
import { caseOf } from './cases.ts';
import { comparePair, size } from './pair.ts';

/** The programs of translator.test.ts, with an interpreter that executes frequent instructions in a loop. */
describe('translator, and a loop of handlers', () => {
  compileLoop(size);

  it.each(Array.from({ length: 16 }, (_, i) => i + 101))('leave the state that the loop alone leaves (seed %i)', (seed) => {
    const { setup, tuning } = caseOf(seed);
    const { difference, executed } = comparePair(setup, tuning, seed, 20_000, 3000);
    expect(difference).toBeUndefined();
    expect(executed).toBeGreaterThanOrEqual(20_000);
  });
});
