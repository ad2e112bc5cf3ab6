import type { Type } from './types.ts';

const widths = { half: 16, bfloat: 16, float: 32, double: 64, fp128: 128 } as const;

/**
 * Bits of a floating-point constant as IR writes it; undefined if the text is none of that type. Hexadecimal without a letter has the
 * form of a double, also for a float; `f0x` is the type's own bits.
 */
export function floatBits(text: string, type: Type): bigint | undefined {
  const { kind } = type;
  if (kind !== 'half' && kind !== 'bfloat' && kind !== 'float' && kind !== 'double' && kind !== 'fp128') return undefined;
  const hex = /^(f?)0x([HKLMR]?)([0-9A-Fa-f]{1,32})$/.exec(text);
  if (!hex) return /^[-+]?\d+\.\d*(?:[eE][-+]?\d+)?$/.test(text) ? decimalBits(text, kind) : undefined;
  const [, own, letter, digits] = hex;
  const value = BigInt(`0x${digits}`);
  if (own) return letter === '' && value < 1n << BigInt(widths[kind]) ? value : undefined;
  switch (letter) {
    case 'H':
      return kind === 'half' && value < 1n << 16n ? value : undefined;
    case 'R':
      return kind === 'bfloat' && value < 1n << 16n ? value : undefined;
    case 'L':
      // The low half is written first.
      return kind === 'fp128' ? swapHalves(BigInt(`0x${digits.padStart(32, '0')}`)) : undefined;
    case '':
      if (value >= 1n << 64n) return undefined;
      return kind === 'double' ? value : fromDouble(value, kind);
    default:
      return undefined;
  }
}

function decimalBits(text: string, kind: keyof typeof widths): bigint | undefined {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, Number(text));
  const bits = view.getBigUint64(0);
  return kind === 'double' ? bits : fromDouble(bits, kind);
}

export function swapHalves(value: bigint): bigint {
  return ((value & 0xffffffffffffffffn) << 64n) | (value >> 64n);
}

const formats = { half: [5, 10], bfloat: [8, 7], float: [8, 23], fp128: [15, 112] } as const;

/** A double that is exactly a value of the type, to the type's bits; a NaN keeps the top of its payload. Undefined if inexact. */
function fromDouble(bits: bigint, kind: keyof typeof formats): bigint | undefined {
  const [exponentBits, fractionBits] = formats[kind];
  const sign = bits >> 63n;
  const exponent = Number((bits >> 52n) & 0x7ffn);
  const fraction = bits & 0xfffffffffffffn;
  const most = (1 << exponentBits) - 1;
  const bias = most >> 1;
  const make = (e: number, f: bigint): bigint => (sign << BigInt(exponentBits + fractionBits)) | (BigInt(e) << BigInt(fractionBits)) | f;
  if (exponent === 0x7ff)
    return make(most, fractionBits >= 52 ? fraction << BigInt(fractionBits - 52) : fraction >> BigInt(52 - fractionBits));
  if (exponent === 0 && fraction === 0n) return make(0, 0n);
  // value = significand * 2^power
  let significand = exponent === 0 ? fraction : fraction | (1n << 52n);
  const power = (exponent === 0 ? 1 : exponent) - 1075;
  const length = significand.toString(2).length;
  let e = power + length - 1 + bias;
  if (e >= most) return undefined;
  const places = e <= 0 ? fractionBits + e : fractionBits + 1;
  if (e <= 0) e = 0;
  const shift = places - length;
  if (shift < 0) {
    if ((significand & ((1n << BigInt(-shift)) - 1n)) !== 0n) return undefined;
    significand >>= BigInt(-shift);
  } else significand <<= BigInt(shift);
  return make(e, significand & ((1n << BigInt(fractionBits)) - 1n));
}

/** A constant's bits as IR writes them. */
export function floatText(bits: bigint, type: Type): string {
  const hex = (value: bigint, digits: number): string => value.toString(16).toUpperCase().padStart(digits, '0');
  switch (type.kind) {
    case 'half':
      return `0xH${hex(bits, 4)}`;
    case 'bfloat':
      return `0xR${hex(bits, 4)}`;
    case 'fp128':
      return `0xL${hex(swapHalves(bits), 32)}`;
    case 'float':
      return `0x${hex(floatAsDouble(bits), 16)}`;
    default:
      return `0x${hex(bits, 16)}`;
  }
}

/** The double of the same value; a NaN's payload goes to the top. */
function floatAsDouble(bits: bigint): bigint {
  const exponent = (bits >> 23n) & 0xffn;
  const fraction = bits & 0x7fffffn;
  if (exponent === 0xffn) return ((bits >> 31n) << 63n) | (0x7ffn << 52n) | (fraction << 29n);
  const view = new DataView(new ArrayBuffer(8));
  view.setUint32(0, Number(bits));
  view.setFloat64(0, view.getFloat32(0));
  return view.getBigUint64(0);
}
