import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DiskFiles } from '../../../cli/disk-files.ts';
import { nodeClang } from '../../../cli/clang-assets.ts';
import type { Clang } from '../../../src/lib/toolchain/clang/clang.ts';
import { objectMaker } from '../../../src/lib/toolchain/driver/backend.ts';
import { nativeBackend } from '../../../src/lib/toolchain/driver/native-backend.ts';
import { SHF } from '../../../src/lib/toolchain/object/elf-format.ts';
import { readElf } from '../../../src/lib/toolchain/object/elf-reader.ts';
import { readSourceMap } from '../../../src/lib/toolchain/dwarf/source-map.ts';
import { haveOracles } from '../../oracle.ts';
import { cxxProgram, lineOf, typesProgram } from './programs.ts';

const sources = { 'types.c': typesProgram, 'classes.cpp': cxxProgram } as const;
const levels = ['-O0', '-Og', '-O2', '-Os'] as const;
const hosted = ['--target=aarch64-linux-gnu', '-isystem', '/usr/aarch64-linux-gnu/include', '-w'];

const tools = ['llvm-dwarfdump-19', 'llvm-symbolizer-19', 'aarch64-linux-gnu-gcc', 'qemu-aarch64', 'gdb-multiarch'] as const;

describe.skipIf(!haveOracles(...tools))('debug information of objects', () => {
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
    const made = objectMaker(nativeBackend, 'test').fromIr(ir.text, name);
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
    for (const debug of level === '-O2' ? ['-g', '-g1'] : ['-g']) {
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

  function link(level: string): string {
    const program = join(folder, `types${level}`);
    writeFileSync(`${program}.o`, compile('types.c', [...hosted, level, '-g']));
    execFileSync('aarch64-linux-gnu-gcc', ['-static', '-o', program, `${program}.o`]);
    return program;
  }

  it.each(['-O0', '-O2'])('a program at %s: every instruction has the frames that llvm-symbolizer finds', (level) => {
    const program = link(level);
    const bytes = readFileSync(program);
    const [elf, map] = [readElf(bytes), readSourceMap(bytes)];
    if (!elf.ok || !map.ok) throw new Error('the program is not readable');
    const functions = elf.value.symbols.filter(({ name }) => ['add', 'work', 'many', 'recurse', 'variable_length', 'main'].includes(name));
    const addresses = functions.flatMap(({ value, size }) => Array.from({ length: Number(size) / 4 }, (_, n) => Number(value) + 4 * n));
    expect(addresses.length).toBeGreaterThan(100);
    const input = addresses.map((a) => `0x${a.toString(16)}\n`).join('');
    const theirs = execFileSync('llvm-symbolizer-19', [`--obj=${program}`, '--output-style=JSON'], { input, encoding: 'utf8' });
    const text = (f: { name: string; file: string; line: number; column: number }) => `${f.name} ${f.file}:${f.line}:${f.column}`;
    const expected = theirs
      .trim()
      .split('\n')
      .map((line) => {
        const { Symbol: frames } = JSON.parse(line) as {
          Symbol: { FunctionName: string; FileName: string; Line: number; Column: number }[];
        };
        return frames.map((f) => text({ name: f.FunctionName, file: f.FileName, line: f.Line, column: f.Column }));
      });
    const ours = addresses.map((a) => map.value.frames(a).map((f) => text({ ...f, name: f.function ?? '' })));
    expect(ours).toEqual(expected);
    if (level !== '-O0') expect(ours.some((frames) => frames.length > 1)).toBe(true);
  });

  it('never throws at damaged debug information', () => {
    const bytes = readFileSync(link('-O2'));
    const elf = readElf(bytes);
    if (!elf.ok) throw new Error('the program is not readable');
    const main = Number(elf.value.symbols.find(({ name }) => name === 'main')?.value);
    const debug = elf.value.sections.filter(({ name }) => name.startsWith('.debug_'));
    fc.assert(
      fc.property(fc.nat({ max: debug.length - 1 }), fc.double({ min: 0, max: 1, noNaN: true }), fc.nat({ max: 255 }), (n, where, byte) => {
        const damaged = bytes.slice();
        const { offset, size } = debug[n];
        damaged[offset + Math.floor(where * (size - 1))] = byte;
        const map = readSourceMap(damaged);
        if (map.ok) for (const at of [main, main + 40, 0, 2 ** 60]) map.value.frames(at);
      }),
      { numRuns: 60 },
    );
  });

  /** What gdb answers about the program under qemu-aarch64. */
  async function gdb(program: string, stops: readonly unknown[]): Promise<Map<string, unknown>> {
    const socket = `${program}.socket`;
    const machine = spawn('qemu-aarch64', ['-g', socket, program], { stdio: 'ignore' });
    const plan = JSON.stringify({ socket, inlined: ['square'], stops });
    while (!existsSync(socket) && machine.exitCode === null) await new Promise((resolve) => setImmediate(resolve));
    const script = join(import.meta.dirname, 'session.py');
    const args = ['-batch', '-nx', '-ex', `set args ${plan}`, '-x', script, program];
    const done = spawnSync('gdb-multiarch', args, { encoding: 'utf8', timeout: 300_000 });
    machine.kill();
    const answers = done.stdout.split('\n').filter((line) => line.startsWith('ANSWER '));
    if (answers.length === 0) throw new Error(done.stdout + done.stderr);
    return new Map(answers.map((line) => JSON.parse(line.slice('ANSWER '.length)) as [string, unknown]));
  }

  const at = (mark: string) => lineOf(typesProgram, mark);
  // The last builds its frame late: every way out of it.
  const through = ['work', 'add', 'many', 'variable_length', 'early', 'early', 'early'].map((name, n) => ({
    through: name,
    as: `${n} ${name}`,
  }));

  it.each(['-O0', '-Og'])('gdb at %s: lines, steps, callers, locals and members', async (level) => {
    const answers = await gdb(link(level), [
      { at: 'main' },
      { at: `types.c:${at('work-total')}`, values: ['n', 'total', 'i', 't', '*p', 'p->y', 'calls'], chain: true, run: ['next'] },
      { at: `types.c:${at('main-after')}`, values: ['n', 'pt', 'argc', 'f', 'v', 'global', 'counter', 'names[1]'] },
      { at: 'add', values: ['a', 'b'], chain: true, ask: ['info symbol $pc'] },
      ...(level === '-O0'
        ? [
            {
              at: `types.c:${at('main-end')}`,
              values: [
                ...['a.p', 'a.bits', 'a.signed_bits', 'a.flag', 'a.wide_bits', 'a.c', 'a.w', '*a.name@5', 'a.n.i', 'a.matrix', 'a.d'],
                ...['a.next == &a', '*a.fn', 'a.vs', 'a.inner', 'a.z', 'sizeof(a)'],
              ],
            },
          ]
        : []),
    ]);
    const values = Object.fromEntries(answers);
    expect(values[`stop types.c:${at('work-total')}`]).toEqual(['work', at('work-total')]);
    expect(values).toMatchObject({ t: '42', i: '0', calls: '8', '*p': '{x = 3, y = 4}', 'p->y': '4' });
    expect(answers.get('next')).toBeGreaterThan(at('work-total'));
    expect(values).toMatchObject({ argc: '1', f: '1.25', v: '{1, 2, 3, 4}', global: '42', counter: '14', b: "99 'c'" });
    expect(values.pt).toMatch(/^\{x = 11, y = \d+\}$/);
    expect(answers.get('chain')).toEqual(['add', 'main']);
    if (level !== '-O0') return;
    expect(values).toMatchObject({
      'a.p': '{x = 1, y = 2}',
      'a.bits': '3',
      'a.signed_bits': '-2',
      'a.flag': 'true',
      'a.wide_bits': String(0x123456789a),
      'a.c': 'BLUE',
      'a.w': 'HUGE',
      'a.n.i': '7',
      'a.matrix': '{{1, 2, 3}, {4, 5, 6}}',
      'a.d': '2.5',
      'a.next == &a': '1',
      'a.vs': '-9',
      'a.inner': '65',
    });
  });

  it.each(['-O0', '-O2'])('gdb at %s: callers are known at every instruction of a function', async (level) => {
    const answers = await gdb(link(level), [{ at: 'main' }, ...through]);
    for (const { as } of through) expect([as, answers.get(`through ${as}`)]).toEqual([as, { bad: [], steps: true }]);
  });
});
