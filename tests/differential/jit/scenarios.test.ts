import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { createMachine } from '../../../src/lib/emulator/index.ts';
import { haveOracles } from '../../oracle.ts';
import { base, comparePair, gigabyte } from './pair.ts';
import { assembled } from './programs.ts';

const eager = {
  firstLook: 1,
  firstPeriod: 37,
  longestPeriod: 111,
  threshold: 1,
  cost: 0,
  limits: { instructions: 400, pages: 4 },
  large: { pages: 1, cost: 0, exitCost: 0, instructions: 60, growth: 2000, least: 0, strays: 4, misses: 0 },
  maxBytes: 1 << 20,
};

/** Loads a constant. */
function constant(register: string, value: number): string[] {
  return [`movz ${register}, #${value & 0xffff}`, `movk ${register}, #${(value >>> 16) & 0xffff}, lsl #16`];
}

function difference(lines: readonly string[], seed: number, threading?: 'loop'): string | undefined {
  const words = lines.map(assembled);
  return comparePair({ words, level: 1, alignmentChecked: false }, eager, seed, 12_000, 700, threading).difference;
}

describe('translated code', () => {
  it.each([1, 2, 3])('follows stores into itself (seed %i)', (seed) => {
    const program = [
      'adr x1, #32',
      'ldr w2, [x1]',
      'eor w2, w2, #0x400',
      'str w2, [x1]',
      'ic ivau, x1',
      'isb',
      'movz x6, #100',
      'sub x6, x6, #1',
      'add x0, x0, #1',
      'cbnz x6, #-8',
      'b #-40',
    ];
    expect(difference(program, seed)).toBeUndefined();
    expect(difference(program, seed, 'loop')).toBeUndefined();
  });

  it.each(['tlbi vae1, x13', 'tlbi vmalle1', 'nop'])('follows changes of translation tables, for data and for code (%s)', (invalidate) => {
    // The fourth block is now one, now the other of two in RAM; both hold a function that counts, by 1 and by 2.
    const entry = base + 0x1000 + 8 * 3;
    const at = base + 0x60_0000;
    const other = base + 0x80_0000;
    const fn = (step: number): string[] => [
      ...constant('x9', assembled(`add x7, x7, #${step}`) | 0),
      'str w9, [x8]',
      ...constant('x9', assembled('ret') | 0),
      'str w9, [x8, #4]',
    ];
    const setUp = [...constant('x8', at), ...fn(1), ...constant('x8', other), ...fn(2), ...constant('x10', entry)];
    const attributes = 0x705;
    const loop = [
      ...constant('x11', at | attributes),
      ...constant('x12', other | attributes),
      ...constant('x15', at),
      'lsr x13, x15, #12',
      // Both mappings in turn.
      'str x11, [x10]',
      'dsb ish',
      // Without it, what the TLB has goes on holding.
      invalidate,
      'dsb ish',
      'isb',
      'movz x6, #50',
      'blr x15',
      'ldr x14, [x15, #64]',
      'add x14, x14, x7',
      'str x14, [x15, #64]',
      'sub x6, x6, #1',
      'cbnz x6, #-20',
      'eor x11, x11, x12',
      'eor x12, x11, x12',
      'eor x11, x11, x12',
    ];
    const program = [...setUp, ...loop, `b #${-4 * (loop.length - 7)}`];
    expect(difference(program, 1)).toBeUndefined();
    expect(difference(program, 2, 'loop')).toBeUndefined();
  });

  it.each([1, 2, 3])('finds what accesses by one base reach in two pages that lie apart (seed %i)', (seed) => {
    const above = base + gigabyte;
    const boundary = 0xa0_0000;
    const mapped = 0xe0_0000;
    const program = [
      // The sixth block is now where the eighth is.
      ...constant('x10', above + 0x1000 + 8 * 5),
      ...constant('x11', (base + mapped) | 0x705),
      'str x11, [x10]',
      'dsb ish',
      'tlbi vmalle1',
      'dsb ish',
      'isb',
      ...constant('x15', above + boundary - 16),
      ...constant('x16', above + boundary - 64),
      ...constant('x17', above + mapped),
      // In the loop a base whose accesses lie in two pages takes turns with one whose accesses do not.
      'ldr x1, [x15]',
      'ldr x2, [x15, #24]',
      'ldr x3, [x17, #8]',
      'add x1, x1, x2, lsr #3',
      'add x1, x1, x3',
      'add x1, x1, #1',
      'str x1, [x15]',
      'str x1, [x15, #24]',
      'eor x15, x15, x16',
      'eor x16, x16, x15',
      'eor x15, x15, x16',
      'b #-44',
    ];
    const setup = { words: program.map(assembled), level: 1, alignmentChecked: false, elsewhere: true } as const;
    expect(comparePair(setup, eager, seed, 12_000, 700).difference).toBeUndefined();
  });

  it.each([false, true])('stores exclusively only what is reserved (RAM mapped elsewhere: %s)', (elsewhere) => {
    const program = [
      'and x3, x0, #0xf8',
      'add x10, x27, x3',
      // Succeeds, unless an interrupt's return comes between.
      'ldxr x1, [x10]',
      'add x1, x1, #1',
      'stxr w2, x1, [x10]',
      'add x5, x5, x2',
      // No reservation, another size, another place, another access between; a pair.
      'stxr w2, x1, [x10]',
      'add x5, x5, x2, lsl #1',
      'ldaxr w1, [x10]',
      'stlxr w2, x5, [x10]',
      'add x5, x5, x2, lsl #2',
      'ldxrb w1, [x10]',
      'stxrb w2, w5, [x28]',
      'add x5, x5, x2, lsl #3',
      'ldxrh w1, [x10]',
      'str x5, [x10]',
      'stxrh w2, w5, [x10]',
      'add x5, x5, x2, lsl #4',
      'ldxr x1, [x10]',
      'clrex',
      'stxr w2, x5, [x10]',
      'add x5, x5, x2, lsl #5',
      'and x11, x10, #0xfffffffffffffff0',
      'ldxp x6, x7, [x11]',
      'stxp w2, x5, x6, [x11]',
      'add x5, x5, x2, lsl #6',
      // Now and then an address that is not aligned, which faults.
      'and x12, x0, #1',
      'add x12, x12, x10',
      'ldxrh w1, [x12]',
      'stxrh w2, w5, [x12]',
      'add x0, x0, #3',
    ];
    const words = [...program, `b #${-4 * program.length}`].map(assembled);
    for (const seed of [1, 2, 3]) {
      const { difference: found } = comparePair({ words, level: 1, alignmentChecked: false, elsewhere }, eager, seed, 12_000, 700);
      expect(found).toBeUndefined();
    }
  });

  it('goes where pointers to functions lead', () => {
    const functions = ['add x7, x7, #1', 'eor x7, x7, x6', 'ror x7, x7, #3', 'sub x7, x7, x0'].flatMap((line) => [line, 'ret']);
    const body = [
      // A function by a register that changes: eight bytes each.
      'and x9, x6, #3',
      `adr x10, #${-4 * (functions.length + 1)}`,
      'add x10, x10, x9, lsl #3',
      'blr x10',
      'add x0, x0, x7',
      'sub x6, x6, #1',
      'b #-24',
    ];
    const program = [`b #${4 * (functions.length + 1)}`, ...functions, ...body];
    expect(difference(program, 1)).toBeUndefined();
    expect(difference(program, 2, 'loop')).toBeUndefined();
  });
});

const workloads = fileURLToPath(new URL('../../../bench/workloads/', import.meta.url));

function tool(command: string, args: readonly string[]): void {
  const { status, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command}: ${stderr}`);
}

describe.skipIf(!haveOracles('clang-19', 'ld.lld-19'))('a machine with timer interrupts and threads', () => {
  it('has the same state at any instruction count with and without the translator', { timeout: 60_000 }, async () => {
    const directory = mkdtempSync(join(tmpdir(), 'jit-machine-'));
    const at = (file: string): string => join(directory, file);
    try {
      const target = ['--target=aarch64-none-elf', '-O2', '-ffreestanding', '-DYIELDS=4000', '-c', '-o'];
      tool('clang-19', [...target, at('a.o'), join(workloads, 'switching.c')]);
      tool('clang-19', [...target, at('start.o'), join(workloads, 'start.S')]);
      tool('ld.lld-19', ['-T', join(workloads, 'workload.ld'), '-o', at('a.elf'), at('start.o'), at('a.o')]);
      const image = readFileSync(at('a.elf'));
      const machines = await Promise.all(
        [true, false].map(async (translate) => {
          const made = await createMachine({ image, translate, memoryBytes: 4 << 20 });
          if (!made.ok) throw new Error(made.problems[0]?.message);
          return made.value;
        }),
      );
      // Odd slices of the one, one slice of the other.
      for (let point = 1; point <= 9; point++) {
        const count = point * 123_457;
        const [translated, plain] = machines;
        while (translated.counters.instructions < count) translated.run(Math.min(7919 * point, count - translated.counters.instructions));
        plain.run(count - plain.counters.instructions);
        expect(translated.stateHash()).toBe(plain.stateHash());
      }
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});
