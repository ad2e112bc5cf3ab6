/**
 * Random functions as LLVM IR, compiled here and by clang-19: `npx tsx tests/long/ir-programs.ts vectors|integers|floats [--programs N] [--from SEED]
 * [--functions N] [--steps N]`. Prints the functions that differ and how many were compared.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { floatProgram } from '../differential/float-programs.ts';
import { integerProgram } from '../differential/integer-programs.ts';
import { compareIrProgram, type IrDifference } from '../differential/ir-compare.ts';
import { vectorProgram } from '../differential/vector-programs.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    programs: { type: 'string', default: '20' },
    from: { type: 'string', default: '1' },
    functions: { type: 'string', default: '40' },
    steps: { type: 'string', default: '14' },
  },
});
const [programs, first, functions, steps] = [values.programs, values.from, values.functions, values.steps].map(Number);
const makeProgram = { vectors: vectorProgram, integers: integerProgram, floats: floatProgram }[positionals[0] ?? ''];
if (!makeProgram) throw new Error('vectors, integers or floats');
const folder = mkdtempSync(join(tmpdir(), 'ir-programs-'));
let compared = 0;
let different = 0;
let skipped = 0;
for (let seed = first; seed < first + programs; seed++) {
  let found: IrDifference[] = [];
  try {
    found = compareIrProgram(makeProgram(seed, functions, steps), folder);
    compared += functions;
  } catch (error) {
    // LLVM 19 does not survive all of them.
    if (!(error instanceof Error && error.message.startsWith('Command failed: clang-19')))
      throw new Error(`seed ${seed}`, { cause: error });
    skipped++;
  }
  different += found.length;
  for (const d of found) console.log(`seed ${seed}, ${d.name}:\n${d.ir}\nours:   ${d.ours}\ntheirs: ${d.theirs}\n`);
}
rmSync(folder, { recursive: true, force: true });
console.log(`${compared} functions, ${different} calls different, ${skipped} programs that clang-19 does not compile`);
process.exitCode = different > 0 ? 1 : 0;
