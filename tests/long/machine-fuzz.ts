/**
 * Random traffic, guests and files for the machine (tests/fuzz/machine.ts): `npx tsx tests/long/machine-fuzz.ts [CASES] [SEED] [KIND...]`, by default a
 * hundred cases of each kind from seed 1. Ends with 1 when one fails, and tells its seed.
 */
import { fuzz, fuzzKinds } from '../fuzz/machine.ts';

const [cases = 100, first = 1] = process.argv.slice(2, 4).map(Number);
const chosen = process.argv.length > 4 ? fuzzKinds.filter((kind) => process.argv.includes(kind)) : fuzzKinds;
let failures = 0;
for (const kind of chosen) {
  let tried = 0;
  const started = performance.now();
  for (let seed = first; seed < first + cases && failures < 5; seed++) {
    try {
      tried += await fuzz(kind, seed);
    } catch (error) {
      failures++;
      console.log(`${kind} ${seed}: ${error instanceof Error ? error.stack : String(error)}`);
    }
  }
  console.log(`${kind}: ${cases} cases, ${tried} tried, ${((performance.now() - started) / 1000).toFixed(1)} s`);
}
process.exitCode = failures > 0 ? 1 : 0;
