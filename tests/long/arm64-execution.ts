/**
 * Runs random instruction sequences here and under qemu-aarch64 until a number of instructions is reached:
 * `npx tsx tests/long/arm64-execution.ts [INSTRUCTIONS] [SEED] [ROWS] [WORDS]`, by default a million from seed 1. ROWS is a regular expression: only
 * rows in whose `FEATURE NAME` it is found run. WORDS is the length of a sequence: in short ones floating-point registers keep the
 * values that they start with, which are interesting ones. Ends with 1 when a state differs.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rows } from '../../src/lib/arm64/index.ts';
import { buildHarness, differences, explain, runUnderQemu } from '../differential/arm64/qemu.ts';
import { makeCase, runnable } from '../differential/arm64/sequences.ts';

const wanted = Number(process.argv[2] ?? 1_000_000);
let seed = Number(process.argv[3] ?? 1);
const pattern = new RegExp(process.argv[4] ?? '');
const words = process.argv[5] === undefined ? undefined : Number(process.argv[5]);
const batch = 500;
const chosen = rows.filter((row) => runnable(row) && pattern.test(`${row.feature} ${row.name}`));
const folder = mkdtempSync(join(tmpdir(), 'arm64-execution-'));
let executed = 0;
let wrong = 0;
try {
  const harness = buildHarness(folder);
  while (executed < wanted && wrong < 20) {
    const first = seed;
    const cases = Array.from({ length: batch }, (_, i) => makeCase(i, first + i, chosen, words));
    const theirs = runUnderQemu(harness, cases);
    cases.forEach((c, i) => {
      executed += c.trace.length;
      if (differences(c.after, theirs[i]).length === 0) return;
      wrong++;
      console.log(`seed ${first + i}: ${explain(harness, c)}`);
    });
    seed += batch;
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
console.log(`${executed} instructions of ${chosen.length} rows, ${wrong} sequences differ`);
process.exitCode = wrong > 0 ? 1 : 0;
