/** Operands of SIMD and floating-point instructions. */
import { decodeFpImmediate, encodeFpImmediate } from './bits.ts';
import { computed, width, type OperandKind } from './syntax.ts';
// SIMD and floating-point registers

/** A scalar register of one size: `s3`. */
export function scalar(letter: string, field: string): OperandKind {
  return {
    print: (f) => `${letter}${f[field]}`,
    read(r) {
      const match = /^([bhsdq])(\d|[12]\d|3[01])$/.exec(r.word());
      if (!match || match[1] !== letter) return false;
      r.fields[field] = Number(match[2]);
      return true;
    },
  };
}

export const scalarByType = ['s', 'd', '', 'h'] as const;

/** A scalar register whose size is in `ftype` (0 single, 1 double, 3 half). */
export function scalarOfType(field: string): OperandKind {
  return {
    print: (f) => `${scalarByType[f.ftype]}${f[field]}`,
    read(r) {
      const match = /^([hsd])(\d|[12]\d|3[01])$/.exec(r.word());
      if (!match) return false;
      const ftype = (scalarByType as readonly string[]).indexOf(match[1]);
      if (r.fields.ftype === undefined) r.fields.ftype = ftype;
      else if (r.fields.ftype !== ftype) return false;
      r.fields[field] = Number(match[2]);
      return true;
    },
  };
}

/** Text of a floating-point constant as objdump gives it: sixteen decimal places, exponent. */
export function fpText(bits: bigint, width: 16 | 32 | 64): string {
  const fraction = { 16: 10, 32: 23, 64: 52 }[width];
  const bias = { 16: 15, 32: 127, 64: 1023 }[width];
  const exponentMask = (1n << BigInt(width - 1 - fraction)) - 1n;
  const exponent = Number((bits >> BigInt(fraction)) & exponentMask) - bias;
  const mantissa = Number(bits & ((1n << BigInt(fraction)) - 1n)) / 2 ** fraction;
  const value = (1 + mantissa) * 2 ** exponent * (bits >> BigInt(width - 1) ? -1 : 1);
  return value.toExponential(18).replace(/e([+-])(\d)$/, 'e$10$2');
}

export function parseFp(text: string, width: 16 | 32 | 64): bigint | undefined {
  if (!/^[+-]?(\d+\.?\d*(e[+-]?\d+)?|\.\d+(e[+-]?\d+)?)$/i.test(text)) return undefined;
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, Number(text));
  const double = view.getBigUint64(0);
  const imm8 = encodeFpImmediate(double, 64);
  return imm8 === undefined ? undefined : decodeFpImmediate(imm8, width);
}

/** 8-bit floating-point constant of FMOV (scalar). */
export const fpImmediate: OperandKind = {
  print: (f) => `#${fpText(decodeFpImmediate(f.imm8, 64), 64)}`,
  read(r) {
    const bits = parseFp(r.expressionText(), 64);
    if (bits === undefined) return r.refuse('not a constant that FMOV can hold');
    r.fields.imm8 = encodeFpImmediate(bits, 64) ?? 0;
    return true;
  },
};

/** Fraction bits of fixed-point conversions: 64 - scale. */
export const fractionBits = computed(
  (f) => 64 - f.scale,
  (v, f) => (f.scale = 64 - v),
  (f) => width(f),
  1,
);
