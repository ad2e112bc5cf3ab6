/**
 * Random C programs: `npx tsx tests/long/csmith.ts [--from SEED] [--count N | --seeds A,B,...] [--levels O0,O2,Os]`. What we compile must print and
 * return what clang-19's program does, unless gcc's program does something else again. A program that does not end in time is not compared.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeClang } from '../../cli/clang-assets.ts';
import { compareSeed } from '../differential/hosted/csmith.ts';
import { Hosted } from '../differential/hosted/hosted.ts';

const args = process.argv.slice(2);
const option = (name: string, fallback: string): string => {
  const at = args.indexOf(name);
  return at < 0 ? fallback : args[at + 1];
};
const from = Number(option('--from', '1'));
const count = Number(option('--count', '100'));
const chosen = option('--seeds', '');
const seeds = chosen ? chosen.split(',').map(Number) : Array.from({ length: count }, (_, i) => from + i);
const levels = option('--levels', 'O0,O2,Os').split(',');

const folder = mkdtempSync(join(tmpdir(), 'csmith-'));
const hosted = new Hosted(folder, await nodeClang(), ['-fuse-ld=gold']);
const counts = { equal: 0, different: 0, disputed: 0 };
let endless = 0;
for (const seed of seeds) {
  const verdicts = compareSeed(hosted, folder, seed, levels);
  if (verdicts === 'endless') {
    endless++;
    continue;
  }
  for (const each of verdicts) {
    counts[each.verdict]++;
    if (each.verdict === 'different') console.log(`DIFFERS seed ${seed} -${each.level}: ${each.what}`);
  }
}
rmSync(folder, { recursive: true, force: true });
console.log(
  `${seeds.length} seeds from ${seeds[0]} at ${levels.join(' ')}: ${counts.equal} equal, ${counts.different} differ, ` +
    `${counts.disputed} disputed between clang-19 and gcc, ${endless} seeds do not end`,
);
process.exitCode = counts.different > 0 ? 1 : 0;
