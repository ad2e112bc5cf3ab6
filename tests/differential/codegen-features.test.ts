import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nodeClang } from '../../cli/clang-assets.ts';
import { DiskFiles } from '../../cli/disk-files.ts';
import type { Clang } from '../../src/lib/toolchain/clang/clang.ts';
import { MemoryFiles } from '../../src/lib/toolchain/clang/file-source.ts';
import { Driver } from '../../src/lib/toolchain/driver/driver.ts';
import { nativeBackend } from '../../src/lib/toolchain/driver/native-backend.ts';
import { writeElf } from '../../src/lib/toolchain/object/elf-writer.ts';
import { haveOracles } from '../oracle.ts';

/** What C and its extensions ask of a code generator beyond arithmetic: `programs/NAME.c`, compiled here and by clang-19, print the same. */
const programs: readonly (readonly [name: string, level: string, ...flags: string[]])[] = [
  ['asm-goto', '-O0'],
  ['asm-goto', '-O2'],
  ['asm-operands', '-O2'],
  ['asm-pairs', '-O2'],
  ['atomics', '-O1'],
  ['atomics', '-O2', '-march=armv8.1-a'],
  ['attributes', '-O2', '-fPIE'],
  ['jumps-and-structures', '-O0', '-fstack-protector-all'],
  ['jumps-and-structures', '-O3', '-fPIE'],
  ['label-addresses', '-O0'],
  ['label-addresses', '-O2'],
  ['long-double', '-O1'],
  ['small-floats', '-O2'],
  ['blocks', '-O1'],
  ['blocks', '-Os', '-mstrict-align'],
  ['narrow-logic', '-O2'],
  ['narrow-logic', '-Os'],
  ['packed-fields', '-O0'],
  ['packed-fields', '-O2'],
  ['rotations', '-O0'],
  ['rotations', '-O2'],
  ['stack-protector', '-O1', '-fstack-protector-strong'],
  ['tail-calls', '-O0'],
  ['tail-calls', '-O2'],
  ['thread-local', '-O2', '-fPIE'],
  ['variable-arguments', '-O0'],
  ['variable-arguments', '-Oz'],
  ['vector-division', '-O1'],
  ['vector-loops', '-O2'],
  ['vector-structures', '-O1'],
  ['wide-overflow', '-O0'],
  ['wide-overflow', '-O2'],
];

/** Clang has no registers for integers of 128 bits in inline assembly. */
const gccOnly = new Set(['asm-pairs']);

describe.skipIf(!haveOracles('aarch64-linux-gnu-gcc', 'qemu-aarch64', 'clang-19'))('features of C', () => {
  let folder = '';
  let clang: Clang;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'features-'));
    clang = await nodeClang();
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  function run(program: string): string {
    const { stdout, status } = spawnSync('qemu-aarch64', [program], { encoding: 'utf8', timeout: 60_000 });
    return `${stdout}exit ${status}`;
  }

  it.each(programs)(
    '%s %s %s',
    (name, level, ...flags) => {
      const source = join(import.meta.dirname, 'programs', `${name}.c`);
      const [ours, theirs, object] = ['ours', 'theirs', 'ours.o'].map((file) => join(folder, file));
      const target = '--target=aarch64-linux-gnu';
      const [oracle, ...to] = gccOnly.has(name) ? ['aarch64-linux-gnu-gcc'] : ['clang-19', target];
      execFileSync(oracle, [...to, '-O1', '-w', '-static', '-fstack-protector-all', '-o', theirs, source, '-lm', '-lpthread']);
      const include = ['-isystem', '/usr/aarch64-linux-gnu/include'];
      const ir = clang.emitIr({ source, language: 'c', flags: [target, level, '-w', ...flags, ...include] }, new DiskFiles());
      expect(ir.stderr).toBe('');
      const compiled = nativeBackend.compile(ir.text ?? '', {});
      if (!compiled.ok) throw new Error(compiled.problems.map((p) => p.message).join('\n'));
      const elf = writeElf(compiled.value.object);
      if (!elf.ok) throw new Error(elf.problems.map((p) => p.message).join('\n'));
      writeFileSync(object, elf.value);
      const kind = flags.includes('-fPIE') ? '-static-pie' : '-static';
      execFileSync('aarch64-linux-gnu-gcc', [kind, '-o', ours, object, '-lm', '-lpthread']);
      expect(run(ours)).toBe(run(theirs));
    },
    120_000,
  );

  it('names what it cannot compile, with the line of C', () => {
    const lines = ['typedef int v4 __attribute__((vector_size(16)));', 'v4 g;', 'void add(v4 *p) {', '  g += *p;', '}', ''];
    const files = new MemoryFiles(new Map([['/a.c', new TextEncoder().encode(lines.join('\n'))]]));
    const run = new Driver(clang, nativeBackend).run(['-O2', '-mgeneral-regs-only', '-c', 'a.c'], { directory: '/', files });
    expect(run.stderr).toBe(
      'a.c:4:5: error: add: floating point or SIMD with -mgeneral-regs-only is not supported by the code generator\n',
    );
  });
});
