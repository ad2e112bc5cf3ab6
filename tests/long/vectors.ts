/**
 * Random functions on vectors, compiled here and by clang-19: `npx tsx tests/long/vectors.ts [programs] [first seed] [functions] [steps]`. Prints the
 * functions that differ and how many were compared.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compareVectorPrograms, type VectorDifference } from '../differential/vector-compare.ts';

const [programs = 20, first = 1, functions = 40, steps = 14] = process.argv.slice(2).map(Number);
const folder = mkdtempSync(join(tmpdir(), 'vectors-'));
let compared = 0;
let different = 0;
let skipped = 0;
for (let seed = first; seed < first + programs; seed++) {
  let found: VectorDifference[] = [];
  try {
    found = compareVectorPrograms(seed, functions, steps, folder);
    compared += functions;
  } catch (error) {
    // LLVM 19 does not survive all of them.
    if (!(error instanceof Error && error.message.startsWith('Command failed: clang-19'))) throw error;
    skipped++;
  }
  different += found.length;
  for (const d of found) console.log(`seed ${seed}, ${d.name}:\n${d.ir}\nours:   ${d.ours}\ntheirs: ${d.theirs}\n`);
}
rmSync(folder, { recursive: true, force: true });
console.log(`${compared} functions, ${different} calls different, ${skipped} programs that clang-19 does not compile`);
process.exitCode = different > 0 ? 1 : 0;
