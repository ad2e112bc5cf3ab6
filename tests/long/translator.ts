/**
 * The translator against the interpreter on random programs: `npx tsx tests/long/translator.ts FROM TO [PIECES [SIZE]]` (seeds). A difference is
 * narrowed down to the first instruction count at which it shows, and printed with the code there.
 */
import { disassemble } from '../../src/lib/arm64/index.ts';
import { caseOf } from '../differential/jit/cases.ts';
import { codeAddress, comparePair } from '../differential/jit/pair.ts';

const [from = 1, to = 100, pieces = 4, size = 5] = process.argv.slice(2).map(Number);
const total = 40_000;
const slice = 3000;
let different = 0;
for (let seed = from; seed < to; seed++) {
  const { setup, tuning, threading } = caseOf(seed, pieces, size);
  const first = comparePair(setup, tuning, seed, total, slice, threading);
  if (first.difference === undefined) continue;
  different++;
  const until = (budget: number) => comparePair(setup, tuning, seed, total, slice, threading, { executed: first.executed, budget });
  let narrowest = first;
  for (let budget = 1; budget < first.budget; budget++) {
    const result = until(budget);
    if (result.difference === undefined) continue;
    narrowest = result;
    break;
  }
  console.log(`seed ${seed}: ${narrowest.difference}`);
  const index = (Number(narrowest.pc) - codeAddress) / 4;
  for (const [i, word] of setup.words.slice(Math.max(0, index - 6), index + 2).entries()) {
    const address = codeAddress + 4 * (Math.max(0, index - 6) + i);
    console.log(`  ${address.toString(16)} ${disassemble(word, BigInt(address))}`);
  }
}
console.log(`${to - from} programs, ${different} different`);
