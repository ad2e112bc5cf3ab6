import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nodeClang } from '../../cli/clang-assets.ts';
import { haveOracles } from '../oracle.ts';
import { compareSeed } from './hosted/csmith.ts';
import { Hosted } from './hosted/hosted.ts';

/** Thirty that are new every day, and the same all day: one that fails can be looked at. tests/long/csmith.ts has any number. */
const count = 30;
const first = count * Math.floor(Date.now() / 86_400_000);
const seeds = Array.from({ length: count }, (_, i) => first + i);

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
