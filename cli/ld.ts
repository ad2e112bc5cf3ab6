/** `uk ld ARGS`: lld as `ld.lld -m aarch64elf`, on the files of the disk. */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { WorkingDirectoryFiles } from '../src/lib/toolchain/clang/working-directory.ts';
import { nodeClang } from './clang-assets.ts';
import { DiskFiles } from './disk-files.ts';

export async function main(args: readonly string[]): Promise<number> {
  const clang = await nodeClang();
  const directory = process.cwd();
  const emulation = args.some((arg) => arg === '-m' || arg.startsWith('-maarch64')) ? [] : ['-m', 'aarch64elf'];
  const run = clang.run('ld.lld', [...emulation, ...args], new WorkingDirectoryFiles(directory, new DiskFiles()));
  process.stdout.write(run.stdout);
  process.stderr.write(run.stderr);
  if (run.stderr === '') for (const { message } of run.problems) process.stderr.write(`ld.lld: ${message}\n`);
  for (const [path, bytes] of run.outputs) {
    // A relative name of the command line arrives here as if it were below the root.
    const isAbsolute = args.some((arg) => arg.endsWith(path));
    const file = isAbsolute ? path : join(directory, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, bytes);
    if (bytes[0] === 0x7f) chmodSync(file, 0o755);
  }
  return run.status;
}
