/**
 * Random C programs: `npx tsx tests/long/csmith.ts [--from SEED] [--count N | --seeds A,B,...] [--levels O0,O2,Os]`. What we compile must print and
 * return what clang-19's program does, unless gcc's program does something else again: then it has no one meaning. A program that does not end in time with clang-19 is not counted.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeClang } from '../../cli/clang-assets.ts';
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
/** Seconds that a program may take with clang-19: many of csmith's never end. */
const patience = 3;
const levels = option('--levels', 'O0,O2,Os').split(',');

const folder = mkdtempSync(join(tmpdir(), 'csmith-'));
const hosted = new Hosted(folder, await nodeClang(), ['-fuse-ld=gold']);
const flags = ['-I/usr/include/csmith'];
let compared = 0;
let differ = 0;
let endless = 0;
/** Where clang-19 and gcc differ from each other: such a program has no one meaning. */
let disputed = 0;
for (const seed of seeds) {
  const source = join(folder, 'program.c');
  writeFileSync(source, execFileSync('csmith', ['--seed', String(seed)], { cwd: folder }));
  const expected = hosted.theirs(source, [...flags, '-O1'], { seconds: patience });
  if (expected.status === null) {
    endless++;
    continue;
  }
  for (const level of levels) {
    const ours = hosted.ours(source, [...flags, `-${level}`]);
    compared++;
    if (ours.stage === 'run' && ours.status === expected.status && ours.output === expected.output) continue;
    const gcc = hosted.theirs(source, [...flags, '-O0'], { compiler: 'aarch64-linux-gnu-gcc', seconds: patience });
    if (gcc.status !== expected.status || gcc.output !== expected.output) {
      disputed++;
      continue;
    }
    differ++;
    const text = (output: string): string => output.trim().split('\n').at(-1)?.slice(0, 200) ?? '';
    console.log(`DIFFERS seed ${seed} -${level}: ${ours.stage} ${ours.status ?? ours.signal} ${text(ours.output)}`);
    console.log(`   clang-19 and gcc ${expected.status} ${text(expected.output)}`);
  }
}
rmSync(folder, { recursive: true, force: true });
console.log(
  `${seeds.length} seeds from ${seeds[0]} at ${levels.join(' ')}: ${compared} compared, ${differ} differ, ${disputed} disputed between clang-19 and gcc, ${endless} seeds do not end`,
);
process.exitCode = differ > 0 ? 1 : 0;
