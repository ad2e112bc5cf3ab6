/** All intrinsics of clang-19's arm_neon.h through our code generator, against clang-19's: `npx tsx tests/long/neon.ts [PATTERN]`. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { neonHeader, neonIntrinsics, runNeonProgram } from '../differential/neon-programs.ts';

const pattern = new RegExp(process.argv[2] ?? '');
const header = neonHeader();
if (header === undefined) throw new Error('clang-19 is not installed');
const folder = mkdtempSync(join(tmpdir(), 'neon-'));
const intrinsics = neonIntrinsics(header).filter(({ name }) => pattern.test(name));
const { calls, ours, theirs } = runNeonProgram(folder, intrinsics);
rmSync(folder, { recursive: true });
const wrong = theirs.filter((line, n) => line !== ours[n]);
for (const line of wrong) process.stdout.write(`${line.split(' ')[0]}\n`);
process.stdout.write(`${intrinsics.length} intrinsics, ${calls} calls, ${wrong.length} different\n`);
process.exitCode = wrong.length > 0 ? 1 : 0;
