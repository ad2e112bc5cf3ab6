import { execFileSync, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { nativeBackend } from '../../src/lib/toolchain/driver/native-backend.ts';
import { writeElf } from '../../src/lib/toolchain/object/elf-writer.ts';
import type { IrProgram } from './ir-programs.ts';

/** One call of a function whose results differ. */
export type IrDifference = { name: string; ir: string; ours: string; theirs: string };

/** Compiles a program here and with clang-19, runs both under qemu-aarch64, and gives the functions that differ. */
export function compareIrProgram({ ir, driver, textOf }: IrProgram, folder: string): IrDifference[] {
  const path = (name: string): string => join(folder, name);
  writeFileSync(path('v.ll'), ir);
  writeFileSync(path('driver.c'), driver);
  const target = '--target=aarch64-linux-gnu';
  execFileSync('clang-19', [target, '-O1', '-w', '-c', '-o', path('theirs.o'), path('v.ll')]);
  execFileSync('aarch64-linux-gnu-gcc', ['-O1', '-c', '-o', path('driver.o'), path('driver.c')]);
  const compiled = nativeBackend.compile(ir, {});
  if (!compiled.ok) throw new Error(`${compiled.problems.map((p) => p.message).join('\n')}`);
  const elf = writeElf(compiled.value.object);
  if (!elf.ok) throw new Error(elf.problems.map((p) => p.message).join('\n'));
  writeFileSync(path('ours.o'), elf.value);
  const [ours, theirs] = ['ours', 'theirs'].map((which) => {
    execFileSync('aarch64-linux-gnu-gcc', ['-static', '-o', path(which), path('driver.o'), path(`${which}.o`), '-lm']);
    const done = spawnSync('qemu-aarch64', [path(which)], { encoding: 'utf8', maxBuffer: 1 << 26 });
    if (done.status !== 0) throw new Error(`${which} ended with ${done.status ?? done.signal}`);
    return done.stdout.split('\n');
  });
  return ours.flatMap((line, n) => {
    const name = line.split('.')[0];
    return line === theirs[n] ? [] : [{ name, ir: textOf(name), ours: line, theirs: theirs[n] }];
  });
}
