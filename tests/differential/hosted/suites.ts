/** Programs from Debian's source packages, unchanged, with the tests that their authors wrote for them. */
import { execFileSync } from 'node:child_process';
import { cpSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Outcome } from './hosted.ts';

/** How the tests of a program went. */
export type Verdict = { passed: number; failed: number };

export type Suite = {
  sources: string[];
  flags: string[];
  /** Command lines of the test program; each runs in `directory`. */
  runs: string[][];
  directory: string;
  /** Reads the output of one run. What did not end well has failed, whatever it printed. */
  verdict: (outcome: Outcome) => Verdict;
};

/** Where the benchmark keeps the configuration of programs that have none without their scripts. */
const benchmarks = new URL('../../../bench/codegen/programs/', import.meta.url).pathname;

type Recipe = { name: string; package: string; make: (source: string, work: string) => Suite };

const count = (text: string, what: RegExp): number => [...text.matchAll(what)].length;

/** Counts what a run says passed; it must end with status 0. */
const counting =
  (passed: RegExp, failed: RegExp) =>
  ({ output, status }: Outcome): Verdict => ({
    passed: count(output, passed),
    failed: Math.max(count(output, failed), status === 0 ? 0 : 1),
  });

const filesIn = (folder: string, pattern: RegExp): string[] =>
  readdirSync(folder)
    .filter((name) => pattern.test(name))
    .sort()
    .map((name) => join(folder, name));

const recipes: readonly Recipe[] = [
  {
    name: 'interpreter (jimtcl)',
    package: 'jimtcl',
    make: (source, work) => {
      cpSync(source, work, { recursive: true });
      const run = (command: string, ...args: string[]): string =>
        execFileSync(command, args, { cwd: work, encoding: 'utf8', stdio: 'pipe' });
      run('./configure', '--host=aarch64-linux-gnu', 'CC=aarch64-linux-gnu-gcc', '--disable-ssl', '--full');
      // Its makefile writes the sources that it generates; the compiling is ours.
      const make = ['jimsh', 'CC=true', 'AR=true', 'RANLIB=true'];
      const steps = run('make', '-n', ...make);
      run('make', ...make);
      const sources = [...steps.matchAll(/^true .*-c .*$/gm)].map(([line]) => join(work, /\S+\.c\b/.exec(line)?.[0] ?? ''));
      // Left out are those that wait, ask for a terminal, or start programs and so test the emulator.
      const tests = filesIn(join(work, 'tests'), /\.test$/).filter(
        (t) => !/\/(exec2?|event|signal|tty|ssl|loop|runall|aio|filecopy|pid)\.test$/.test(t),
      );
      return {
        sources,
        flags: [`-I${work}`, '-DUSE_UTF8'],
        runs: tests.map((t) => [t]),
        directory: join(work, 'tests'),
        verdict: ({ output, status }) => {
          const [, passed, failed] = /Passed\s+(\d+).*?Failed\s+(\d+)/s.exec(output) ?? ['', '0', '1'];
          return { passed: Number(passed), failed: Math.max(Number(failed), status === 0 ? 0 : 1) };
        },
      };
    },
  },
  {
    name: 'compressor (zlib)',
    package: 'zlib',
    make: (source, work) => ({
      sources: [...filesIn(source, /\.c$/), join(source, 'test/example.c')],
      flags: [`-I${source}`, '-DHAVE_UNISTD_H', '-D_LARGEFILE64_SOURCE=1'],
      runs: [[join(work, 'example.gz')]],
      directory: work,
      verdict: counting(/\w+\(\)(?:[^:\n]*)?: |OK$/gm, /error|bad/g),
    }),
  },
  {
    name: 'cryptography (mbedtls)',
    package: 'mbedtls',
    make: (source, work) => ({
      sources: [...filesIn(join(source, 'library'), /\.c$/), join(source, 'programs/test/selftest.c')],
      flags: [`-I${source}/include`, `-I${source}/library`],
      // Without the test of its clocks, which fails on a busy computer whoever has compiled it.
      runs: [['-x', 'timing']],
      directory: work,
      verdict: counting(/passed/g, /failed/g),
    }),
  },
  {
    name: 'parser (expat)',
    package: 'expat',
    make: (source, work) => {
      const definitions = ['XML_TESTING', 'XML_STATIC', 'XML_NS', 'XML_DTD', 'XML_GE', 'XML_CONTEXT_BYTES=1024', 'BYTEORDER=1234'];
      const tests = ['chardata', 'memcheck', 'minicheck', 'runtests', 'structdata'].map((n) => join(source, 'expat/tests', `${n}.c`));
      const lib = ['xmlparse', 'xmlrole', 'xmltok'].map((n) => join(source, 'expat/lib', `${n}.c`));
      return {
        sources: [...lib, ...tests],
        flags: [
          `-I${source}/expat/lib`,
          `-I${benchmarks}expat`,
          '-DHAVE_MEMMOVE',
          '-DXML_POOR_ENTROPY',
          '-DPACKAGE_STRING="expat"',
          ...definitions.map((d) => `-D${d}`),
        ],
        runs: [['-v']],
        directory: work,
        verdict: ({ output, status }) => {
          const [, checks, failed] = /Checks: (\d+), Failed: (\d+)/.exec(output) ?? ['', '0', '1'];
          return { passed: Number(checks) - Number(failed), failed: Math.max(Number(failed), status === 0 ? 0 : 1) };
        },
      };
    },
  },
  {
    name: 'floating point (kissfft)',
    package: 'kissfft',
    make: (source, work) => ({
      sources: ['kiss_fft', 'kiss_fftnd', 'kiss_fftr', 'test/twotonetest'].map((n) => join(source, `${n}.c`)),
      flags: [`-I${source}`],
      // It computes signal to noise ratios for 32 lengths and complains of poor ones.
      runs: [[]],
      directory: work,
      verdict: counting(/snr/gi, /poor|fail/gi),
    }),
  },
];

export { recipes as suiteRecipes };
