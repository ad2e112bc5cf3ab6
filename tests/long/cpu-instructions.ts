/**
 * Random instruction sequences under qemu-aarch64 and on our CPU, until a number of instructions is reached:
 * `npx tsx tests/long/cpu-instructions.ts [INSTRUCTIONS] [SEED] [LOOPS]`, by default a million from seed 1. Each sequence is executed LOOPS times (50),
 * every time with the registers and memory that the last one left. Tells how many instructions of each class ran; ends with 1 when states differ.
 */
import { decode, disassemble, rows } from '../../src/lib/arm64/index.ts';
import { makeSequences, placeOf, runSequences, type Sequences } from '../differential/cpu/sequences.ts';

const [wanted = 1_000_000, firstSeed = 1, loops = 50] = process.argv.slice(2).map(Number);
const shown = 5;

/** Executions by feature, and the rows that they were of. */
const executions = new Map<string, number>();
const executedRows = new Set<string>();

function count({ words }: Sequences): void {
  for (const word of words.flat()) {
    const row = decode(word)?.row;
    if (!row) throw new Error(`${word.toString(16)} is no instruction`);
    executedRows.add(row.name);
    executions.set(row.feature, (executions.get(row.feature) ?? 0) + loops);
  }
}

let executed = 0;
let distinct = 0;
let failures = 0;
let seed = firstSeed;
for (; executed < wanted && failures < shown; seed++) {
  const sequences = makeSequences(seed, 60, 80, loops);
  const results = runSequences(sequences);
  executed += results.executed;
  distinct += sequences.words.flat().length;
  count(sequences);
  const different = results.here.findIndex((byte, i) => byte !== results.qemu[i]);
  if (different < 0) continue;
  failures++;
  const place = placeOf(different, sequences);
  console.log(`seed ${seed}: ${place} differs`);
  const index = Number(/sequence (\d+)/.exec(place)?.[1] ?? -1);
  for (const word of sequences.words[index] ?? []) console.log(`  ${word.toString(16).padStart(8, '0')}  ${disassemble(word, 0n)}`);
}
for (const [feature, times] of [...executions].sort((a, b) => b[1] - a[1])) console.log(`${feature}: ${times}`);
console.log(
  `seeds ${firstSeed} to ${seed - 1}: ${executed} instructions executed, ${distinct} different ones of ${executedRows.size} of the table's ` +
    `${rows.length} rows, ${failures} seeds differ`,
);
process.exitCode = failures > 0 ? 1 : 0;
