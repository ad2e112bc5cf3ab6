import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import type { DebianArchive } from './debian-archive.ts';
import type { Hosted, Outcome } from './hosted.ts';

const version = '12';
const inside = 'gcc/testsuite/gcc.c-torture/execute';

/** The folder of gcc's C torture execute tests, fetched with Debian's gcc-12-source, or why it cannot be had. */
export function tortureFolder(archive: DebianArchive): { folder: string } | string {
  const fetched = archive.package(`gcc-${version}-source`);
  if (typeof fetched === 'string') return fetched;
  const sources = join(fetched.folder, `usr/src/gcc-${version}`);
  const unpacked = (): string | undefined => {
    const name = readdirSync(sources).find((each) => existsSync(join(sources, each, inside)));
    return name && join(sources, name, inside);
  };
  if (!unpacked()) {
    const tarball = readdirSync(sources).find((each) => /^gcc-.*\.tar\.xz$/.test(each));
    const args = ['xf', tarball ?? '', '--wildcards', `*/${inside}`];
    const { status, stderr } = spawnSync('tar', args, { cwd: sources, encoding: 'utf8' });
    if (status !== 0) return `tar failed: ${stderr}`;
  }
  return { folder: unpacked() ?? '' };
}

/** One test: its file and the flags that it asks for. */
export type TortureTest = { name: string; path: string; flags: string[] };

/** What became of a test at one level: 'excused' is one that clang-19 does not compile or pass, either. */
export type TortureVerdict =
  { name: string; level: string; verdict: 'passed' | 'excused' } | { name: string; level: string; verdict: 'failed'; what: string };

/** Compiles and runs a test; clang-19 is asked only when we fail. */
export function compareTorture(hosted: Hosted, { name, path, flags }: TortureTest, level: string): TortureVerdict {
  const all = [...flags, `-${level}`];
  const passes = (outcome: Outcome): boolean => outcome.stage === 'run' && outcome.status === 0;
  const ours = hosted.ours(path, all);
  if (passes(ours)) return { name, level, verdict: 'passed' };
  if (!passes(hosted.theirs(path, all))) return { name, level, verdict: 'excused' };
  const output = ours.output.trim().split('\n').slice(0, 2).join(' | ').slice(0, 300);
  return { name, level, verdict: 'failed', what: `${ours.stage} ${ours.status ?? ours.signal} ${output}` };
}

/** All tests in order of name. Those of builtins/ need gcc's own driver script and are not counted. */
export function tortureTests(folder: string): TortureTest[] {
  const tests: TortureTest[] = [];
  for (const part of ['', 'ieee/'])
    for (const file of readdirSync(join(folder, part)).sort()) {
      if (!file.endsWith('.c')) continue;
      const path = join(folder, part, file);
      tests.push({ name: part + file.slice(0, -2), path, flags: flagsOf(readFileSync(path, 'latin1'), part !== '') });
    }
  return tests;
}

/** Flags of `dg-options` and `dg-additional-options` that clang knows too, without those for other targets. */
function flagsOf(text: string, ieee: boolean): string[] {
  // The suite's own scripts compile old C.
  const flags = [
    '-std=gnu17',
    '-Wno-implicit-function-declaration',
    '-Wno-implicit-int',
    '-Wno-int-conversion',
    '-Wno-parentheses',
    '-Wno-incompatible-pointer-types',
  ];
  if (ieee) flags.push('-fno-fast-math');
  for (const match of text.matchAll(/dg-(?:additional-)?options\s+(?:"([^"]*)"|\{([^}]*)\})([^}]*)\}/g)) {
    if (/target/.test(match[3])) continue;
    for (const flag of (match[1] ?? match[2]).trim().split(/\s+/))
      if (/^-(D|fwrapv|fno-|std=|funsigned-char|fsigned-char|fexceptions|finstrument)/.test(flag)) flags.push(flag);
  }
  return flags;
}
