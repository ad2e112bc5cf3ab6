import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DiskFiles } from '../../../cli/disk-files.ts';
import { nodeClang } from '../../../cli/clang-assets.ts';
import type { Clang } from '../../../src/lib/toolchain/clang/clang.ts';
import { nativeObjectMaker } from '../../../src/lib/toolchain/driver/native-backend.ts';
import { SHF } from '../../../src/lib/toolchain/object/elf-format.ts';
import { readElf } from '../../../src/lib/toolchain/object/elf-reader.ts';
import { haveOracles } from '../../oracle.ts';
import { cxxProgram, typesProgram } from './programs.ts';

const sources = { 'types.c': typesProgram, 'classes.cpp': cxxProgram } as const;
const levels = ['-O0', '-Og', '-O2', '-Os'] as const;
const hosted = ['--target=aarch64-linux-gnu', '-isystem', '/usr/aarch64-linux-gnu/include', '-w'];

describe.skipIf(!haveOracles('llvm-dwarfdump-19', 'clang-19', 'aarch64-linux-gnu-gcc'))('debug information of objects', () => {
  let folder = '';
  let clang: Clang;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'debug-info-'));
    clang = await nodeClang();
    for (const [name, text] of Object.entries(sources)) writeFileSync(join(folder, name), text);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  function compile(name: string, flags: readonly string[]): Uint8Array {
    const language = name.endsWith('.c') ? 'c' : 'c++';
    const ir = clang.emitIr({ source: join(folder, name), language, flags }, new DiskFiles());
    if (ir.text === undefined) throw new Error(ir.stderr);
    const made = nativeObjectMaker.fromIr(ir.text, name);
    if (!made.ok) throw new Error(made.problems.map((p) => p.message).join('\n'));
    return made.value.object;
  }

  /** What is loaded: names, contents and relocations of sections. */
  function loaded(object: Uint8Array): unknown {
    const elf = readElf(object);
    if (!elf.ok) throw new Error(elf.problems[0].message);
    return elf.value.sections
      .filter((s) => (s.flags & SHF.alloc) !== 0)
      .map(({ name, bytes, size, relocations }) => ({
        name,
        size,
        bytes: Buffer.from(bytes).toString('hex'),
        relocations: relocations.map((r) => `${r.offset} ${r.type} ${r.symbol?.name ?? ''} ${r.addend}`),
      }));
  }

  const cases = Object.keys(sources).flatMap((name) => levels.map((level) => ({ name, level })));

  it.each(cases)('$name at $level passes llvm-dwarfdump --verify', ({ name, level }) => {
    for (const debug of ['-g', '-g1']) {
      const object = join(folder, 'verified.o');
      writeFileSync(object, compile(name, [...hosted, level, debug, '-fno-exceptions', '-fno-rtti', '-ffunction-sections']));
      const done = spawnSync('llvm-dwarfdump-19', ['--verify', object], { encoding: 'utf8' });
      expect(done.stdout).toContain('No errors.');
      expect(done.status).toBe(0);
    }
  });

  it.each(cases)('$name at $level: what is loaded is the same with and without', ({ name, level }) => {
    const flags = [...hosted, level, '-fno-exceptions', '-fno-rtti'];
    expect(loaded(compile(name, [...flags, '-g']))).toEqual(loaded(compile(name, flags)));
  });

  it('links with GNU ld and runs', () => {
    writeFileSync(join(folder, 'linked.o'), compile('types.c', [...hosted, '-O2', '-g']));
    execFileSync('aarch64-linux-gnu-gcc', ['-static', '-o', join(folder, 'linked'), join(folder, 'linked.o')]);
    const done = spawnSync('llvm-dwarfdump-19', ['--verify', join(folder, 'linked')], { encoding: 'utf8' });
    expect(done.stdout).toContain('No errors.');
  });
});
