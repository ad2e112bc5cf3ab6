import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  fpOps,
  fromFixed,
  toFixed,
  type FpEnvironment,
  type FpFormat,
  type FpOpName,
  type Rounding,
} from '../../src/lib/arm64/softfloat.ts';
import { haveOracles } from '../oracle.ts';

/**
 * Every operation of softfloat.ts against the same instruction under qemu-aarch64: result and FPSR, in every rounding mode, with and
 * without default NaN and flush-to-zero.
 */
type Case = {
  name: string;
  asm: string;
  widths: readonly FpFormat[];
  ours: (env: FpEnvironment, w: FpFormat, a: bigint, b: bigint, c: bigint) => bigint;
};

const all: readonly FpFormat[] = [16, 32, 64];
const op =
  (name: FpOpName, args: 1 | 2 | 3 = 2): Case['ours'] =>
  (env, w, a, b, c) => {
    const f: (env: FpEnvironment, w: FpFormat, ...args: bigint[]) => bigint = fpOps[name];
    return args === 1 ? f(env, w, a) : args === 2 ? f(env, w, a, b) : f(env, w, c, a, b);
  };

const binary = (mnemonic: string, name: FpOpName): Case => ({
  name: mnemonic,
  asm: `${mnemonic} %R0, %R1, %R2`,
  widths: all,
  ours: op(name),
});
const unary = (mnemonic: string, name: FpOpName): Case => ({ name: mnemonic, asm: `${mnemonic} %R0, %R1`, widths: all, ours: op(name, 1) });
const fused = (mnemonic: string, name: FpOpName): Case => ({
  name: mnemonic,
  asm: `${mnemonic} %R0, %R1, %R2, %R3`,
  widths: all,
  ours: op(name, 3),
});
const toInteger = (mnemonic: string, bits: 32 | 64, signed: boolean, rounding: Rounding): Case => ({
  name: `${mnemonic} ${bits}`,
  asm: `${mnemonic} ${bits === 32 ? 'w9' : 'x9'}, %R1; fmov d0, x9`,
  widths: all,
  ours: (env, w, a) => toFixed(env, w, a, bits, signed, rounding),
});

const cases: Case[] = [
  binary('fadd', 'add'),
  binary('fsub', 'sub'),
  binary('fmul', 'mul'),
  binary('fnmul', 'nmul'),
  binary('fmulx', 'mulx'),
  binary('fdiv', 'div'),
  binary('fmax', 'max'),
  binary('fmin', 'min'),
  binary('fmaxnm', 'maxnm'),
  binary('fminnm', 'minnm'),
  binary('fabd', 'abd'),
  binary('fcmeq', 'eqMask'),
  binary('fcmge', 'geMask'),
  binary('fcmgt', 'gtMask'),
  binary('facge', 'absGeMask'),
  binary('facgt', 'absGtMask'),
  binary('frecps', 'recps'),
  binary('frsqrts', 'rsqrts'),
  fused('fmadd', 'muladd'),
  fused('fmsub', 'mulsub'),
  fused('fnmadd', 'nmuladd'),
  fused('fnmsub', 'nmulsub'),
  unary('fsqrt', 'sqrt'),
  unary('frintn', 'roundTieEven'),
  unary('frintp', 'roundPlusInfinity'),
  unary('frintm', 'roundMinusInfinity'),
  unary('frintz', 'roundZero'),
  unary('frinta', 'roundTieAway'),
  unary('frinti', 'roundCurrent'),
  unary('frintx', 'roundExact'),
  unary('frecpe', 'recpe'),
  unary('frsqrte', 'rsqrte'),
  unary('frecpx', 'recpx'),
  { name: 'fcmp', asm: 'fcmp %R1, %R2; mrs x9, nzcv; fmov d0, x9', widths: all, ours: op('compareQuiet') },
  { name: 'fcmpe', asm: 'fcmpe %R1, %R2; mrs x9, nzcv; fmov d0, x9', widths: all, ours: op('compareSignalling') },
  { name: 'fcvt to half', asm: 'fcvt h0, %R1', widths: [32, 64], ours: op('toHalf', 1) },
  { name: 'fcvt to single', asm: 'fcvt s0, %R1', widths: [16, 64], ours: op('toSingle', 1) },
  { name: 'fcvt to double', asm: 'fcvt d0, %R1', widths: [16, 32], ours: op('toDouble', 1) },
  { name: 'fcvtxn', asm: 'fcvtxn s0, %R1', widths: [64], ours: op('toSingleOdd', 1) },
  toInteger('fcvtns', 32, true, 'tieEven'),
  toInteger('fcvtps', 64, true, 'plusInfinity'),
  toInteger('fcvtms', 32, true, 'minusInfinity'),
  toInteger('fcvtzs', 64, true, 'zero'),
  toInteger('fcvtas', 32, true, 'tieAway'),
  toInteger('fcvtnu', 64, false, 'tieEven'),
  toInteger('fcvtpu', 32, false, 'plusInfinity'),
  toInteger('fcvtzu', 32, false, 'zero'),
  toInteger('fcvtau', 64, false, 'tieAway'),
  {
    name: 'fcvtzs fixed',
    asm: 'fcvtzs x9, %R1, #13; fmov d0, x9',
    widths: all,
    ours: (env, w, a) => toFixed(env, w, a, 64, true, 'zero', 13),
  },
  { name: 'scvtf', asm: 'fmov x9, d1; scvtf %R0, x9', widths: all, ours: (env, w, a) => fromFixed(env, w, BigInt.asIntN(64, a)) },
  { name: 'ucvtf', asm: 'fmov x9, d1; ucvtf %R0, x9', widths: all, ours: (env, w, a) => fromFixed(env, w, a) },
  {
    name: 'scvtf fixed',
    asm: 'fmov x9, d1; scvtf %R0, x9, #20',
    widths: all,
    ours: (env, w, a) => fromFixed(env, w, BigInt.asIntN(64, a), 20),
  },
];

const registers = { 16: 'h', 32: 's', 64: 'd' } as const;
const integerSource = new Set(['scvtf', 'ucvtf', 'scvtf fixed']);

/** A C program that reads records of seven 64-bit words (case, fpcr, a, b, c and two spare) and writes result and FPSR of each. */
function harness(): string {
  const bodies = cases.flatMap((c, i) =>
    c.widths.map((w) => {
      const code = c.asm.replace(/%R(\d)/g, (_, n: string) => `${registers[w]}${n}`);
      return `case ${i * 3 + all.indexOf(w)}: asm volatile("fmov d1, %1\\n fmov d2, %2\\n fmov d3, %3\\n movi v0.2d, #0\\n msr fpcr, %4\\n msr fpsr, xzr\\n ${code.replaceAll(';', '\\n')}\\n fmov %0, d0\\n mrs %5, fpsr\\n msr fpcr, xzr" : "=&r"(out[0]) , "+r"(in[2]), "+r"(in[3]), "+r"(in[4]), "+r"(in[1]), "=&r"(out[1]) : : "v0","v1","v2","v3","x9","cc","memory"); break;`;
    }),
  );
  return `#include <stdio.h>
int main(void) { unsigned long in[5], out[2];
  while (fread(in, 8, 5, stdin) == 5) { switch (in[0]) { ${bodies.join('\n')} default: return 1; }
    fwrite(out, 8, 2, stdout); } return 0; }`;
}

/** Bit patterns near every edge of a format, and random ones. */
function interesting(w: FpFormat, random: () => bigint): bigint {
  const fraction = { 16: 10n, 32: 23n, 64: 52n }[w];
  const width = BigInt(w);
  const exponentOnes = (1n << (width - 1n - fraction)) - 1n;
  const choose = <T>(items: readonly T[]): T => items[Number(random() % BigInt(items.length))];
  const exponents = [
    0n,
    0n,
    1n,
    exponentOnes,
    exponentOnes - 1n,
    exponentOnes >> 1n,
    (exponentOnes >> 1n) + 1n,
    (exponentOnes >> 1n) + fraction,
    random() & exponentOnes,
    random() & exponentOnes,
  ];
  const ones = (1n << fraction) - 1n;
  const fractions = [
    0n,
    0n,
    1n,
    ones,
    1n << (fraction - 1n),
    (1n << (fraction - 1n)) - 1n,
    random() & ones,
    random() & ones,
    random() & ones,
  ];
  return ((random() & 1n) << (width - 1n)) | (choose(exponents) << fraction) | choose(fractions);
}

function xorshift(seed: bigint): () => bigint {
  let state = seed;
  return () => {
    state ^= BigInt.asUintN(64, state << 13n);
    state ^= state >> 7n;
    state ^= BigInt.asUintN(64, state << 17n);
    return state;
  };
}

describe.skipIf(!haveOracles('qemu-aarch64', 'aarch64-linux-gnu-gcc'))('softfloat against qemu-aarch64', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'softfloat-'));
    writeFileSync(join(folder, 'h.c'), harness());
    execFileSync('aarch64-linux-gnu-gcc', ['-O1', '-static', '-march=armv8.2-a+fp16', '-o', join(folder, 'h'), join(folder, 'h.c')]);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each(cases.map((c, i) => [c.name, c, i] as const))('%s', (_, c, index) => {
    const perWidth = 1500;
    const random = xorshift(0x9e3779b97f4a7c15n + BigInt(index));
    const records: { w: FpFormat; fpcr: bigint; a: bigint; b: bigint; c: bigint }[] = [];
    for (const w of c.widths) {
      for (let i = 0; i < perWidth; i++) {
        // Rounding mode, FZ, DN, AHP, FZ16: half of the cases with defaults.
        const fpcr =
          i & 1 ? 0n : ((random() & 0xfn) << 22n) | ((random() & 7n) === 0n ? 1n << 26n : 0n) | ((random() & 3n) === 0n ? 1n << 19n : 0n);
        const integer = integerSource.has(c.name);
        const value = () => (integer ? BigInt.asUintN(64, random() >> (random() & 63n)) : interesting(w, random));
        records.push({ w, fpcr, a: value(), b: value(), c: value() });
      }
    }
    const input = new BigUint64Array(records.length * 5);
    records.forEach((r, i) => input.set([BigInt(index * 3 + all.indexOf(r.w)), r.fpcr, r.a, r.b, r.c], i * 5));
    const output = execFileSync('qemu-aarch64', [join(folder, 'h')], { input: new Uint8Array(input.buffer), maxBuffer: 1 << 26 });
    const results = new BigUint64Array(new Uint8Array(output).buffer);
    const hex = (n: bigint) => n.toString(16);
    const differences = records.flatMap((r, i) => {
      const env = { fpcr: Number(r.fpcr), fpsr: 0 };
      const ours = c.ours(env, r.w, r.a, r.b, r.c);
      const fpsr = Number(results[2 * i + 1] & 0x9fn);
      if (ours === results[2 * i] && env.fpsr === fpsr) return [];
      return [
        `f${r.w} fpcr ${hex(r.fpcr)} ${hex(r.a)} ${hex(r.b)} ${hex(r.c)}: ours ${hex(ours)} ${env.fpsr.toString(16)}, qemu ${hex(results[2 * i])} ${fpsr.toString(16)}`,
      ];
    });
    expect(differences.slice(0, 6)).toEqual([]);
  });
});
