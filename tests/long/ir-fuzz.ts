/**
 * Mutated LLVM IR: `npx tsx tests/long/ir-fuzz.ts [cases] [first seed] [file.ll ...]`. Every case is compiled or refused with a line; what throws, or
 * takes longer than ten seconds, is printed.
 */
import { readFileSync } from 'node:fs';
import { nativeBackend } from '../../src/lib/toolchain/driver/native-backend.ts';
import { mutate } from '../differential/ir-mutations.ts';
import { vectorProgram } from '../differential/vector-programs.ts';

const [cases = '2000', first = '1', ...files] = process.argv.slice(2);
const modules = files.length > 0 ? files.map((f) => readFileSync(f, 'utf8')) : [1, 2, 3, 4].map((seed) => vectorProgram(seed, 3, 8).ir);
const counts = { compiled: 0, refused: 0, wrong: 0 };
for (let seed = Number(first); seed < Number(first) + Number(cases); seed++) {
  const text = mutate(modules[seed % modules.length], seed);
  const start = performance.now();
  let complaint: string | undefined;
  try {
    const result = nativeBackend.compile(text, {});
    if (result.ok) counts.compiled++;
    else {
      counts.refused++;
      if (result.problems.length === 0) complaint = 'refused without a problem';
      else if (!result.problems.every((p) => p.message !== '' && p.place && p.place.line > 0))
        complaint = `no line: ${result.problems[0].message}`;
    }
  } catch (error) {
    complaint = error instanceof Error ? (error.stack ?? error.message).split('\n').slice(0, 4).join('\n') : String(error);
  }
  if (performance.now() - start > 10_000) complaint ??= 'took more than ten seconds';
  if (complaint === undefined) continue;
  counts.wrong++;
  console.log(`seed ${seed}: ${complaint}`);
}
console.log(`${cases} cases: ${counts.compiled} compiled, ${counts.refused} refused, ${counts.wrong} wrong`);
process.exitCode = counts.wrong > 0 ? 1 : 0;
