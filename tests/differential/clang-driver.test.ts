import { describe, expect, it } from 'vitest';
import { nodeClang } from '../../cli/clang-assets.ts';
import { DiskFiles } from '../../cli/disk-files.ts';
import { LayeredFiles, MemoryFiles } from '../../src/lib/toolchain/clang/file-source.ts';
import type { Backend } from '../../src/lib/toolchain/driver/backend.ts';
import { parseCommandLine } from '../../src/lib/toolchain/driver/command-line.ts';
import { Driver } from '../../src/lib/toolchain/driver/driver.ts';
import { readElf } from '../../src/lib/toolchain/object/elf-reader.ts';
import { createObject, symbolOf } from '../../src/lib/toolchain/object/object.ts';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { haveOracles } from '../oracle.ts';

/** Stands in for the code generator, which has tests of its own: an object that only names what the IR defines. */
const backend: Backend = {
  version: 'test',
  compile(ir, { dump }) {
    dump?.('reading', 'a module');
    if (ir.includes('@refused')) return { ok: false, problems: [{ severity: 'error', message: "there is no code for 'refused'" }] };
    const object = createObject(/source_filename = "(.*)"/.exec(ir)?.[1] ?? '');
    for (const [, name] of ir.matchAll(/^define [^@]*@(\w+)/gm)) symbolOf(object, name).place = { absolute: 1n };
    return { ok: true, value: { object, problems: [] } };
  },
};
const driver = new Driver(await nodeClang(), backend);
const text = (bytes: Uint8Array | undefined) => new TextDecoder().decode(bytes);

function run(args: string, files: Record<string, string> = {}, stdin?: string) {
  const encoder = new TextEncoder();
  const map = new Map(Object.entries(files).map(([path, content]) => [`/home/me/${path}`, encoder.encode(content)]));
  return driver.run(args.split(' '), {
    directory: '/home/me',
    files: new MemoryFiles(map),
    ...(stdin === undefined ? {} : { stdin: encoder.encode(stdin) }),
  });
}

describe('command line', () => {
  it('sorts options by the stage that they concern', () => {
    const args =
      '-c -O2 -Iinclude -I other -DA=1 -Wall -isystem sys a.c -o a.o -MD -MF deps.d -L lib -lx -Wl,--gc-sections -x assembler b'.split(' ');
    expect(parseCommandLine(args, 'aarch64-none-elf')).toEqual({
      ok: true,
      value: {
        stage: 'object',
        inputs: [
          { path: 'a.c', language: 'c' },
          { path: '-lx', language: 'object' },
          { path: 'b', language: 'assembler' },
        ],
        output: 'a.o',
        target: 'aarch64-none-elf',
        compileFlags: ['-O2', '-Iinclude', '-Iother', '-DA=1', '-Wall', '-isystem', 'sys'],
        linkFlags: ['-O2', '-Llib', '-Wl,--gc-sections'],
        dependencies: { flag: '-MD', file: 'deps.d', hasTarget: false },
        dumpPasses: false,
        query: false,
        verbose: false,
      },
    });
  });

  it.each([
    ['-o', "argument to '-o' is missing"],
    ['-x cobol a', "language not recognized: 'cobol'"],
    ['-', '-E or -x required'],
  ])('refuses %s', (args, message) => {
    expect(parseCommandLine(args.split(' '), 't')).toMatchObject({ ok: false, problems: [{ message: expect.stringContaining(message) }] });
  });
});

describe('driver', () => {
  it('preprocesses to standard output', () => {
    const { status, stdout, outputs } = run('-E -P -DN=3 a.c', { 'a.c': '#include "b.h"\nint x = N + M;\n', 'b.h': '#define M 4\n' });
    expect([status, text(stdout), outputs.size]).toEqual([0, 'int x = 3 + 4;\n', 0]);
  });

  it('writes IR, objects and dependencies beside the working directory', () => {
    const files = { 'src/a.c': '#include "b.h"\nint f(void) { return M; }\n', 'src/b.h': '#define M 4\n' };
    const ir = run('-S -emit-llvm -O1 src/a.c', files);
    expect([...ir.outputs.keys()]).toEqual(['/home/me/a.ll']);
    expect(text(ir.outputs.get('/home/me/a.ll'))).toContain('ret i32 4');
    const object = run('-c src/a.c -o out/a.o -MMD --dump-passes', files);
    expect([...object.outputs.keys()].sort()).toEqual(['/home/me/out/a.d', '/home/me/out/a.o']);
    expect(text(object.outputs.get('/home/me/out/a.d'))).toBe('out/a.o: src/a.c src/b.h\n');
    expect(object.stderr).toContain('after reading');
  });

  it('assembles, with the preprocessor and without', () => {
    const files = { 'a.S': '#define N 7\n.global f\nf: mov x0, #N\n ret\n', 'b.s': '.include "c.inc"\n', 'c.inc': '.global g\ng: ret\n' };
    const { status, outputs } = run('-c a.S b.s', files);
    expect([status, [...outputs.keys()]]).toEqual([0, ['/home/me/a.o', '/home/me/b.o']]);
    const elf = readElf(outputs.get('/home/me/a.o') ?? new Uint8Array(0));
    expect(elf.ok && elf.value.symbols.find(({ name }) => name === 'f')?.binding).toBe('global');
    expect(text(run('-S -o - a.S', files).stdout)).toContain('mov x0, #7');
  });

  it('links what it assembles, by name in the order given', () => {
    const files = {
      'a.S': '.global _start\n_start: bl g\n',
      'b.S': '.global g\ng: ret\n',
      'l.ld': 'SECTIONS { . = 0x1000; .text : { *(.text) } }\n',
    };
    const { status, outputs, stderr } = run('-nostdlib -T l.ld a.S b.S -o prog', files);
    expect([status, stderr]).toEqual([0, '']);
    const elf = readElf(outputs.get('/home/me/prog') ?? new Uint8Array(0));
    expect(elf.ok && elf.value.entry).toBe(0x1000n);
    const missing = run('a.S', files);
    expect([missing.status, missing.outputs.size]).toEqual([1, 0]);
    expect(missing.stderr).toContain('undefined symbol: g');
  });

  it('reads response files and standard input', () => {
    expect(text(run('@args', { args: '-E -P\n-DX="a b" -', 'a.c': '' }, 'X\n').stdout)).toBe('a b\n');
  });

  it.each([
    ['-c none.c', {}, /no such file or directory: 'none.c'/],
    ['-c a.c', { 'a.c': 'int f( {' }, /a\.c:1:\d+: error: /],
    ['-c a.c', { 'a.c': 'void refused(void) { }' }, /a\.c:1:0: error: there is no code for 'refused'/],
    ['-c a.S', { 'a.S': '\n frob x0\n' }, /a\.S:2:0: error: .*frob/],
    ['-c -o x.o a.c b.c', { 'a.c': '', 'b.c': '' }, /cannot specify -o/],
    ['-c -frobnicate a.c', { 'a.c': '' }, /unknown argument: '-frobnicate'/],
    ['-O2', {}, /no input files/],
  ])('fails with a reason: %s', (args, files, message) => {
    const { status, stderr, problems, outputs } = run(args, files);
    expect([status, outputs.size]).toEqual([1, 0]);
    expect(stderr).toMatch(message);
    expect(problems.some(({ severity }) => severity === 'error')).toBe(true);
  });
});

describe('driver for bare metal', () => {
  it('does not see the headers of the host', () => {
    const source = new MemoryFiles(new Map([['/a.c', new TextEncoder().encode('#include <stdint.h>\n#include <stdio.h>\n')]]));
    const { status, stderr } = driver.run(['-fsyntax-only', 'a.c'], { directory: '/', files: new LayeredFiles([source, new DiskFiles()]) });
    expect([status, stderr.split('\n')[0]]).toEqual([1, "a.c:2:10: fatal error: 'stdio.h' file not found"]);
  });
});

describe.skipIf(!haveOracles('aarch64-linux-gnu-gcc', 'qemu-aarch64'))('driver for Linux', () => {
  it('finds the headers and libraries of the cross compiler, and links a program that runs', () => {
    const dir = mkdtempSync(join(tmpdir(), 'ukulele-driver-'));
    try {
      writeFileSync(
        join(dir, 'main.c'),
        '#include <stdio.h>\nint answer(void);\nint main(void) { return printf("%d\\n", answer()) < 0; }\n',
      );
      expect(spawnSync('aarch64-linux-gnu-gcc', ['-c', 'main.c'], { cwd: dir }).status).toBe(0);
      const files = new LayeredFiles([
        new MemoryFiles(new Map([[join(dir, 'a.S'), new TextEncoder().encode('.global answer\nanswer: mov w0, #42\n ret\n')]])),
        new DiskFiles(),
      ]);
      const checked = driver.run(['--target=aarch64-linux-gnu', '-fsyntax-only', '-Wall', 'main.c'], { directory: dir, files });
      expect([checked.status, checked.stderr]).toEqual([0, '']);
      const linked = driver.run(['--target=aarch64-linux-gnu', '-static', 'main.o', 'a.S', '-o', 'prog'], { directory: dir, files });
      expect([linked.status, linked.stderr]).toEqual([0, '']);
      writeFileSync(join(dir, 'prog'), linked.outputs.get(join(dir, 'prog')) ?? '');
      chmodSync(join(dir, 'prog'), 0o755);
      expect(spawnSync('qemu-aarch64', [join(dir, 'prog')], { encoding: 'utf8' }).stdout).toBe('42\n');
    } finally {
      rmSync(dir, { recursive: true });
    }
  });
});
