import { describe, expect, it } from 'vitest';
import { fuzz, type FuzzKind } from '../fuzz/machine.ts';

/** How many cases run here; tests/long/machine-fuzz.ts runs as many as asked for. */
const cases: [FuzzKind, number][] = [
  ['traffic', 30],
  ['guestTraffic', 8],
  ['code', 5],
  ['files', 3],
];

describe('the machine, given anything', () => {
  it.each(cases)('%s: %i cases end without harm', async (kind, count) => {
    for (let seed = 1; seed <= count; seed++) expect(await fuzz(kind, seed), `seed ${seed}`).toBeGreaterThan(0);
  });
});
