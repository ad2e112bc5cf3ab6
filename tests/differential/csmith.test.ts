import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nodeClang } from '../../cli/clang-assets.ts';
import { haveOracles } from '../oracle.ts';
import { compareSeed } from './hosted/csmith.ts';
import { Hosted } from './hosted/hosted.ts';

/** Other programs with every commit, the same ones each time for one commit; tests/long/csmith.ts has any number. */
const commit = spawnSync('git', ['rev-parse', 'HEAD'], { encoding: 'utf8' }).stdout.trim();
const first = /^[0-9a-f]{40}$/.test(commit) ? parseInt(commit.slice(0, 7), 16) : Math.floor(Date.now() / 86_400_000);
const seeds = Array.from({ length: 30 }, (_, i) => first + i);

describe.skipIf(!haveOracles('aarch64-linux-gnu-gcc', 'qemu-aarch64', 'clang-19', 'csmith'))('random C programs', () => {
  let folder = '';
  let hosted: Hosted;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'csmith-'));
    hosted = new Hosted(folder, await nodeClang(), ['-fuse-ld=gold']);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each(seeds)('csmith seed %i does what it does with clang-19 and gcc', (seed) => {
    const verdicts = compareSeed(hosted, folder, seed, ['O0', 'O2', 'Os']);
    if (verdicts !== 'endless') expect(verdicts.filter(({ verdict }) => verdict === 'different')).toEqual([]);
  });
});
