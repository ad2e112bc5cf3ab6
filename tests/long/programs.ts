/**
 * Programs from Debian's sources run their own tests: `npx tsx tests/long/programs.ts [--levels O0,O2] [--only TEXT]`. Compiled here and by clang-19,
 * linked by gcc, run by qemu-aarch64; a test counts as failed when it passes in clang-19's program and not in ours.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeClang } from '../../cli/clang-assets.ts';
import { DebianArchive } from '../differential/hosted/debian-archive.ts';
import { Hosted, type Outcome } from '../differential/hosted/hosted.ts';
import { suiteRecipes, type Suite, type Verdict } from '../differential/hosted/suites.ts';

const args = process.argv.slice(2);
const option = (name: string, fallback: string): string => (args.includes(name) ? args[args.indexOf(name) + 1] : fallback);
const levels = option('--levels', 'O0,O2').split(',');
const only = option('--only', '');

const folder = mkdtempSync(join(tmpdir(), 'programs-'));
const hosted = new Hosted(folder, await nodeClang());
const archive = new DebianArchive();

type Compile = (source: string, flags: readonly string[], object: string) => Outcome | undefined;

const theirs: Compile = (source, flags, object) => {
  const all = ['--target=aarch64-linux-gnu', '-w', ...flags, '-c', '-o', object, source];
  const { status, stderr } = spawnSync('clang-19', all, { encoding: 'utf8' });
  return status === 0 ? undefined : { stage: 'compile', status, output: stderr };
};

/** The tests of one build; what does not compile has failed. */
function tested(suite: Suite, level: string, compile: Compile): Verdict[] {
  const objects = suite.sources.map((source, n) => {
    const object = join(folder, `${n}.o`);
    const failed = compile(source, [...suite.flags, `-${level}`], object);
    if (failed) throw new Error(`${source}: ${failed.output}`);
    return object;
  });
  const [first, ...rest] = suite.runs;
  const outcomes = [hosted.run(objects, first, { directory: suite.directory, seconds: 300 })];
  for (const run of rest) outcomes.push(hosted.again(run, { directory: suite.directory, seconds: 60 }));
  return outcomes.map(suite.verdict);
}

let worse = 0;
for (const recipe of suiteRecipes) {
  if (!recipe.name.includes(only)) continue;
  const source = archive.source(recipe.package);
  if (typeof source === 'string') throw new Error(`${recipe.name}: ${source}`);
  const work = join(folder, recipe.package);
  mkdirSync(work);
  const suite = recipe.make(source.folder, work);
  for (const level of levels) {
    const expected = tested(suite, level, theirs);
    const ours = tested(suite, level, (...compile) => hosted.compile(...compile));
    const sum = (of: (v: Verdict) => number, list: readonly Verdict[]): number => list.reduce((total, v) => total + of(v), 0);
    for (const [n, verdict] of ours.entries()) {
      if (verdict.passed >= expected[n].passed && verdict.failed <= expected[n].failed) continue;
      worse++;
      console.log(
        `WORSE ${recipe.name} -${level} ${suite.runs[n].join(' ')}: ${JSON.stringify(verdict)}, clang-19 ${JSON.stringify(expected[n])}`,
      );
    }
    const text = (list: readonly Verdict[]): string => `${sum((v) => v.passed, list)} passed, ${sum((v) => v.failed, list)} failed`;
    console.log(`${recipe.name} -${level}, ${suite.sources.length} files: ${text(ours)}; clang-19: ${text(expected)}`);
  }
}
rmSync(folder, { recursive: true, force: true });
process.exitCode = worse > 0 ? 1 : 0;
