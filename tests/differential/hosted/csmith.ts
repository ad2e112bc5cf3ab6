import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Hosted } from './hosted.ts';

const flags = ['-I/usr/include/csmith'];
/** Seconds that a program may take with clang-19: many of csmith's never end. */
const patience = 3;

/** What became of a seed at one level; where clang-19 and gcc differ from each other a program has no one meaning. */
export type Verdict = { level: string; verdict: 'equal' | 'disputed' } | { level: string; verdict: 'different'; what: string };

/** Compares csmith's program of a seed, compiled here at each level, with clang-19's, and with gcc's where those two differ; 'endless' when clang-19's does not end in time. */
export function compareSeed(hosted: Hosted, folder: string, seed: number, levels: readonly string[]): Verdict[] | 'endless' {
  const source = join(folder, 'program.c');
  writeFileSync(source, execFileSync('csmith', ['--seed', String(seed)], { cwd: folder }));
  const expected = hosted.theirs(source, [...flags, '-O1'], { seconds: patience });
  if (expected.status === null) return 'endless';
  return levels.map((level) => {
    const ours = hosted.ours(source, [...flags, `-${level}`]);
    if (ours.stage === 'run' && ours.status === expected.status && ours.output === expected.output) return { level, verdict: 'equal' };
    const gcc = hosted.theirs(source, [...flags, '-O0'], { compiler: 'aarch64-linux-gnu-gcc', seconds: patience });
    if (gcc.status !== expected.status || gcc.output !== expected.output) return { level, verdict: 'disputed' };
    const last = (output: string): string => output.trim().split('\n').at(-1)?.slice(0, 200) ?? '';
    const what = `${ours.stage} ${ours.status ?? ours.signal} ${last(ours.output)}; clang-19 and gcc ${expected.status} ${last(expected.output)}`;
    return { level, verdict: 'different', what };
  });
}
