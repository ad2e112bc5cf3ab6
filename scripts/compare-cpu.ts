/**
 * Random instruction sequences under qemu-aarch64 and on our CPU, until they differ or the seeds are used up:
 * `npx tsx scripts/compare-cpu.ts [FIRST SEED] [SEEDS] [LOOPS]`. About a million instructions a seed with 200 loops.
 */
import { disassemble } from '../src/lib/arm64/index.ts';
import { makeSequences, placeOf, runSequences } from '../tests/differential/cpu/sequences.ts';

const [first = 1, seeds = 10, loops = 200] = process.argv.slice(2).map(Number);
let executed = 0;
let failures = 0;
for (let seed = first; seed < first + seeds; seed++) {
  const sequences = makeSequences(seed, 60, 80, loops);
  const results = runSequences(sequences);
  executed += results.executed;
  const different = results.here.findIndex((byte, i) => byte !== results.qemu[i]);
  if (different < 0) continue;
  failures++;
  const place = placeOf(different, sequences);
  console.log(`seed ${seed}: ${place} differs`);
  const index = Number(/sequence (\d+)/.exec(place)?.[1] ?? -1);
  if (index >= 0 && failures === 1)
    for (const word of sequences.words[index]) console.log(`  ${word.toString(16).padStart(8, '0')}  ${disassemble(word, 0n)}`);
}
console.log(`${executed} instructions executed, ${failures} of ${seeds} seeds differ`);
process.exitCode = failures > 0 ? 1 : 0;
