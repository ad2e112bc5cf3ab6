/** `uk cc ARGS`: compiles, assembles and links as clang does from the same arguments. */
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { Driver, type DriverRun } from '../src/lib/toolchain/driver/driver.ts';
import { nativeBackend } from '../src/lib/toolchain/driver/native-backend.ts';
import { nodeClang } from './clang-assets.ts';
import { DiskFiles } from './disk-files.ts';

const EXECUTABLE = 2;

export async function main(args: readonly string[]): Promise<number> {
  const stdin = args.includes('-') ? new Uint8Array(readFileSync(0)) : undefined;
  const driver = new Driver(await nodeClang(), nativeBackend);
  const run = driver.run(args, { directory: process.cwd(), files: new DiskFiles(), ...(stdin ? { stdin } : {}) });
  writeRun(run);
  return run.status;
}

/** Puts on the disk and the streams what a run of the driver gave. */
export function writeRun(run: DriverRun): void {
  for (const [path, bytes] of run.outputs) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, bytes);
    if (isExecutable(bytes)) chmodSync(path, 0o755);
  }
  if (run.stdout.length > 0) process.stdout.write(run.stdout);
  if (run.stderr !== '') process.stderr.write(run.stderr);
}

export function isExecutable(bytes: Uint8Array): boolean {
  const type = bytes.length > 18 && bytes[0] === 0x7f && bytes[1] === 0x45 ? bytes[16] : 0;
  return type === EXECUTABLE || type === EXECUTABLE + 1;
}
