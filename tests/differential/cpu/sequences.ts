import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decode, encodeRow, rows, variantFields, type Row } from '../../../src/lib/arm64/index.ts';
import { Random } from '../../../src/lib/emulator/cpu/compare.ts';
import { createCpus } from '../../../src/lib/emulator/cpu/cpu.ts';
import { emptyHost } from '../../../src/lib/emulator/cpu/testing.ts';

/**
 * Random instruction sequences, each in a loop, as one program that runs under qemu-aarch64 and here; it writes all registers and
 * the memory that it used. X26..X30 are the loop's own, and SP stays where it is.
 */
export type Sequences = { words: number[][]; source: string };

/** Room for the furthest unsigned offset, and for negative ones before x27. */
const bufferBytes = 0x1_2000;
const bufferBefore = 0x1000;
const reserved = 26;

const isMemory = (row: Row): boolean => /^(ld|st|swp|cas)/.test(row.name);
const isOrdered = (row: Row): boolean =>
  /^(ld|st)(l?ar|llr|lr|a?x[rp]|l?x[rp])|^(ldadd|ldclr|ldeor|ldset|ldsmax|ldsmin|ldumax|ldumin|swp|cas)/.test(row.name);
const writesSp = (row: Row): boolean => /^(add|sub|and|orr|eor)_(imm|ext)/.test(row.name);
const usable = (row: Row): boolean =>
  !/^(b|bl|b_cond|cbn?z|tbn?z|br|blr|ret|eret|svc|hvc|smc|brk|hlt|dcps.|drps|udf|hint|wfi|wfe|yield|sevl?|mrs|msr|msr_imm|sysl?|adrp?|prf.*|clrex)$|_lit$/.test(
    row.name,
  );

const weighted = rows.filter(usable);

/** Fields that the architecture leaves unpredictable together. */
function predictable(row: Row, f: Readonly<Record<string, number>>): boolean {
  if (/^ldn?p|^ld(a?)xp/.test(row.name) && f.Rt === f.Rt2) return false;
  if (/^st(l?)x[rp]/.test(row.name) && (f.Rs === f.Rt || f.Rs === f.Rt2)) return false;
  return true;
}

/** LDXR for STXR, LDAXP for STLXP and so on. */
function matchingLoad(store: Row): Row {
  return rowNamed(store.name.replace(/^st(l?)x/, (_, ordered: string) => `ld${ordered ? 'a' : ''}x`));
}

function widthOf(row: Row, field: string): number {
  return row.fields.find(({ name }) => name === field)?.width ?? 5;
}

/** One random instruction, with what sets up its address in front. */
export function randomInstruction(random: Random): number[] {
  for (;;) {
    const row = weighted[random.below(weighted.length)];
    const memory = isMemory(row);
    const variantBits = row.variants.reduce((sum, v) => sum + v.width, 0);
    const fields = { ...variantFields(row, random.below(2 ** variantBits)) };
    for (const { name, width } of row.fields) fields[name] ??= random.next() & (2 ** width - 1);
    for (const { name } of row.registers) {
      const pick = random.below(reserved + 2);
      // Elements of halfwords come from V0 to V15 only: their field has four bits.
      fields[name] = (pick >= reserved ? 31 : pick) & (2 ** widthOf(row, name) - 1);
    }
    if (/^casp/.test(row.name)) for (const name of ['Rs', 'Rt']) fields[name] = fields[name] % 22;
    const setup: number[] = [];
    if (memory) {
      fields.Rn = 28;
      // x28 = x27 + offset; x26 = small.
      const offset = isOrdered(row) ? random.below(256) * 16 : random.below(4096);
      setup.push(encodeNamed('add_imm', { sf: 1, sh: 0, imm12: offset, Rn: 27, Rd: 28 }));
      if ('Rm' in fields && row.registers.some((r) => r.name === 'Rm')) {
        fields.Rm = 26;
        setup.push(encodeNamed('movz', { sf: 1, hw: 0, imm16: random.below(64), Rd: 26 }));
      }
    } else if (writesSp(row) && fields.Rd === 31) continue;
    if (!predictable(row, fields)) continue;
    const word = encodeRow(row, fields);
    if (decode(word)?.row !== row) continue;
    // Whether a reservation of another size serves a store-exclusive is unpredictable: it gets one of its own.
    const load = /^st(l?)x/.test(row.name) ? encodeRow(matchingLoad(row), { ...fields, Rt: 24, Rt2: 25 }) : undefined;
    return load === undefined ? [...setup, word] : [...setup, load, word];
  }
}

const literalLoads = ['ldr_w_lit', 'ldr_x_lit', 'ldrsw_x_lit', 'ldr_s_lit', 'ldr_d_lit', 'ldr_q_lit'] as const;

/** Instructions with their set-ups in a row, and before some of them a branch, or a load by address, over the next few. */
function withBranches(random: Random, groups: readonly number[][]): number[] {
  // From the end, because a branch goes over the branches of those that it skips as well.
  const pieces: number[][] = [];
  for (const group of groups.toReversed()) {
    const over = random.below(12) === 0 ? random.below(4) : undefined;
    const branch =
      over === undefined ? [] : branchOver(random, group.length * Math.min(over, 1) + pieces.slice(0, Math.max(0, over - 1)).flat().length);
    pieces.unshift([...branch, ...group]);
  }
  return pieces.flat();
}

/** A branch, taken or not, to behind the next `words`; X28 and X30 are free for its use. */
function branchOver(random: Random, words: number): number[] {
  const register = random.below(reserved);
  const ahead = words + 1;
  switch (random.below(7)) {
    case 0:
      return [encodeNamed(random.below(2) ? 'b' : 'bl', { imm26: ahead })];
    case 1:
      return [encodeNamed('b_cond', { imm19: ahead, cond: random.below(16) })];
    case 2:
      return [encodeNamed(random.below(2) ? 'cbz' : 'cbnz', { sf: random.below(2), imm19: ahead, Rt: register })];
    case 3:
      return [encodeNamed(random.below(2) ? 'tbz' : 'tbnz', { b5: random.below(2), b40: random.below(32), imm14: ahead, Rt: register })];
    case 4: {
      // The distance is from the ADR: the branch itself is one more word.
      const distance = 4 * (words + 2);
      const address = encodeNamed('adr', { immlo: distance & 3, immhi: distance >>> 2, Rd: 28 });
      return [address, encodeNamed((['br', 'blr', 'ret'] as const)[random.below(3)], { Rn: 28 })];
    }
    case 5:
      return [encodeNamed('prfm_lit', { imm19: ahead, prfop: random.below(32) })];
    default:
      // The instructions ahead are the data.
      return [encodeNamed(literalLoads[random.below(literalLoads.length)], { imm19: ahead, Rt: register })];
  }
}

const named = new Map<string, Row>(rows.map((r) => [r.name, r]));
function rowNamed(name: string): Row {
  const row = named.get(name);
  if (!row) throw new Error(`no row ${name}`);
  return row;
}
function encodeNamed(name: string, fields: Readonly<Record<string, number>>): number {
  return encodeRow(rowNamed(name), fields);
}

function stateBlock(random: Random): string {
  const x = Array.from({ length: 26 }, () => `0x${random.wide().toString(16)}`);
  const v = Array.from({ length: 64 }, () => `0x${random.wide().toString(16)}`);
  const fpcr = random.below(2) ? 0 : (random.below(8) << 22) | (random.below(2) << 25) | (random.below(2) << 26);
  return [[(random.below(16) << 28) >>> 0, fpcr], x, v].map((values) => `    .quad ${values.join(', ')}`).join('\n');
}

const pairs = (op: 'ldp' | 'stp'): string =>
  Array.from({ length: 13 }, (_, i) => `    ${op} x${2 * i}, x${2 * i + 1}, [x30, #${16 + 16 * i}]`).join('\n');
const vectors = (op: 'ldr' | 'str'): string => Array.from({ length: 32 }, (_, i) => `    ${op} q${i}, [x30, #${224 + 16 * i}]`).join('\n');

/** `count` sequences of `length` instructions, each executed `loops` times. */
export function makeSequences(seed: number, count: number, length: number, loops: number): Sequences {
  const random = new Random(seed);
  const words: number[][] = [];
  const code: string[] = [];
  const data: string[] = [];
  for (let k = 0; k < count; k++) {
    const sequence = withBranches(
      random,
      Array.from({ length }, () => randomInstruction(random)),
    );
    words.push(sequence);
    data.push(`state${k}:\n${stateBlock(random)}`);
    code.push(`
    ldr x30, =state${k}
    ldp x0, x1, [x30]
    msr nzcv, x0
    msr fpcr, x1
    msr fpsr, xzr
${vectors('ldr')}
${pairs('ldp')}
    ldr x27, =(buffer + ${bufferBefore})
    movz w29, #${loops}
1:
${sequence.map((w) => `    .inst 0x${w.toString(16).padStart(8, '0')}`).join('\n')}
    sub w29, w29, #1
    cbnz w29, 1b
    ldr x30, =state${k}
${pairs('stp')}
${vectors('str')}
    mrs x0, nzcv
    mrs x1, fpsr
    stp x0, x1, [x30]
    b 2f
    .ltorg
2:`);
  }
  const source = `
    .globl _start
_start:
    ldr x0, =(buffer + ${bufferBytes / 2})
    mov sp, x0
${code.join('\n')}
    mov x0, #1
    ldr x1, =state0
    ldr x2, =(buffer + ${bufferBytes})
    sub x2, x2, x1
    mov x8, #64
    svc #0
    mov x0, #0
    mov x8, #93
    svc #0
    .ltorg
    .data
    .align 4
${data.join('\n')}
    .align 4
buffer:
${Array.from({ length: bufferBytes / 64 }, () => `    .quad ${Array.from({ length: 8 }, () => `0x${random.wide().toString(16)}`).join(', ')}`).join('\n')}
`;
  return { words, source };
}

const base = 0x4000_0000;
const loadAddress = 0x4010_0000;

export type Results = { qemu: Uint8Array; here: Uint8Array; executed: number };

function tool(command: string, args: readonly string[]): Uint8Array {
  const { status, stdout, stderr, error } = spawnSync(command, args, { timeout: 120_000, maxBuffer: 1 << 28 });
  if (status !== 0) throw new Error(`${command}: status ${status} ${error?.message ?? stderr.toString()}`);
  return stdout;
}

/** Runs a program on both. */
export function runSequences({ source }: Sequences): Results {
  const directory = mkdtempSync(join(tmpdir(), 'cpu-sequences-'));
  const at = (file: string): string => join(directory, file);
  try {
    writeFileSync(at('a.s'), source);
    tool('aarch64-linux-gnu-as', ['-march=armv8.2-a', '-o', at('a.o'), at('a.s')]);
    tool('aarch64-linux-gnu-ld', [`-Ttext=0x${loadAddress.toString(16)}`, '-o', at('a.elf'), at('a.o')]);
    tool('aarch64-linux-gnu-objcopy', ['-O', 'binary', at('a.elf'), at('a.bin')]);
    const qemu = tool('qemu-aarch64', ['-cpu', 'max', at('a.elf')]);
    return { qemu, ...runHere(readFileSync(at('a.bin'))) };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function runHere(image: Uint8Array): { here: Uint8Array; executed: number } {
  const { memory, cpus } = createCpus({ ram: { base, size: 16 << 20 }, cpus: 1 }, { ...emptyHost, exceptionTaken: () => cpu.stop() });
  const [cpu] = cpus;
  memory.store(loadAddress, image);
  // RAM at its own address as normal memory, open to LDTR and STTR, executed by EL0.
  const table = new DataView(new ArrayBuffer(16));
  table.setBigUint64(8, BigInt(base) | 0x741n, true);
  memory.store(base, new Uint8Array(table.buffer));
  cpu.reset({ pc: loadAddress });
  const registers = { mair_el1: 0xffn, tcr_el1: 25n | (2n << 32n), ttbr0_el1: BigInt(base), cpacr_el1: 3n << 20n, sctlr_el1: 0x1015n };
  for (const [name, value] of Object.entries(registers)) cpu.setSystemRegister(name, value);
  cpu.pstate = 0n;
  const exit = cpu.run(100_000_000);
  if (exit.reason !== 'stopped' || cpu.systemRegister('esr_el1') !== 0x5600_0000n) {
    const esr = cpu.systemRegister('esr_el1')?.toString(16);
    throw new Error(`ended by ${exit.reason} with ESR ${esr} at ${cpu.systemRegister('elr_el1')?.toString(16)}`);
  }
  const here = memory.load(Number(cpu.x(1)), Number(cpu.x(2)));
  if (!here) throw new Error('results outside RAM');
  return { here, executed: exit.executed };
}

/** Byte offset in the results to what it is. */
export function placeOf(offset: number, sequences: Sequences): string {
  const stateBytes = 26 * 8 + 32 * 16 + 16;
  const index = Math.floor(offset / stateBytes);
  if (index >= sequences.words.length) return `buffer+${offset - sequences.words.length * stateBytes}`;
  const at = offset % stateBytes;
  const register = at < 8 ? 'nzcv' : at < 16 ? 'fpsr' : at < 224 ? `x${(at - 16) >> 3}` : `v${(at - 224) >> 4}`;
  return `sequence ${index}, ${register}`;
}
