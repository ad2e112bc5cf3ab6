import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nodeClang } from '../../cli/clang-assets.ts';
import { haveOracles } from '../oracle.ts';
import { DebianArchive } from './hosted/debian-archive.ts';
import { Hosted } from './hosted/hosted.ts';
import { compareTorture, tortureFolder, tortureTests, type TortureTest } from './hosted/torture.ts';

/** A fixed tenth of the suite, at one level; tests/long/torture.ts has all of it at all five. */
const isInTenth = (_: unknown, i: number): boolean => i % 10 === 0;

describe.skipIf(!haveOracles('aarch64-linux-gnu-gcc', 'qemu-aarch64', 'clang-19'))(
  "gcc's C torture execute tests",
  { timeout: 600_000 },
  () => {
    let folder = '';
    let hosted: Hosted;
    let tests: TortureTest[] = [];
    beforeAll(async () => {
      const fetched = tortureFolder(new DebianArchive());
      if (typeof fetched === 'string') throw new Error(fetched);
      tests = tortureTests(fetched.folder).filter(isInTenth);
      folder = mkdtempSync(join(tmpdir(), 'torture-'));
      hosted = new Hosted(folder, await nodeClang(), ['-fuse-ld=gold']);
    }, 600_000);
    afterAll(() => rmSync(folder, { recursive: true, force: true }));

    it.each(['O0'])('pass at -%s where they pass with clang-19', (level) => {
      const verdicts = tests.map((test) => compareTorture(hosted, test, level));
      expect(verdicts.filter((each) => each.verdict === 'failed')).toEqual([]);
      expect(verdicts.filter(({ verdict }) => verdict === 'passed').length).toBeGreaterThan(150);
    });
  },
);
