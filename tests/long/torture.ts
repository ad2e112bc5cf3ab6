/**
 * gcc's C torture execute suite through our compiler: `npx tsx tests/long/torture.ts [--levels O0,O1,O2,O3,Os] [--part N/M] [NAME ...]`.
 * A test counts when clang-19 compiles and passes it at that level; clang-19 is asked only when we fail.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeClang } from '../../cli/clang-assets.ts';
import { DebianArchive } from '../differential/hosted/debian-archive.ts';
import { Hosted } from '../differential/hosted/hosted.ts';
import { compareTorture, tortureFolder, tortureTests } from '../differential/hosted/torture.ts';

const args = process.argv.slice(2);
const option = (name: string, fallback: string): string => {
  const at = args.indexOf(name);
  return at < 0 ? fallback : args.splice(at, 2)[1];
};
const levels = option('--levels', 'O0,O1,O2,O3,Os').split(',');
const [part, parts] = option('--part', '0/1').split('/').map(Number);

const fetched = tortureFolder(new DebianArchive());
if (typeof fetched === 'string') throw new Error(fetched);
const tests = tortureTests(fetched.folder).filter(({ name }, i) => (args.length > 0 ? args.includes(name) : i % parts === part));
const folder = mkdtempSync(join(tmpdir(), 'torture-'));
const hosted = new Hosted(folder, await nodeClang(), ['-fuse-ld=gold']);

const counts = { passed: 0, failed: 0, excused: 0 };
for (const test of tests)
  for (const level of levels) {
    const result = compareTorture(hosted, test, level);
    counts[result.verdict]++;
    if (result.verdict === 'failed') console.log(`FAIL ${test.name} -${level}: ${result.what}`);
  }
rmSync(folder, { recursive: true, force: true });
console.log(
  `${tests.length} tests at ${levels.join(' ')}: ${counts.passed} passed, ${counts.failed} failed, ${counts.excused} fail with clang-19 as well`,
);
console.log(`clang ${(hosted.time.clang / 1000).toFixed(1)} s, code generator ${(hosted.time.codegen / 1000).toFixed(1)} s`);
process.exitCode = counts.failed > 0 ? 1 : 0;
