/** Immediate operands of AdvSIMD instructions. Those of constants are in the fields abc and defgh, and their shift in sh. */
import { decodeFpImmediate, encodeFpImmediate } from './bits.ts';
import { fpText, parseFp } from './operands-vector.ts';
import { computed, hex, type OperandKind } from './syntax.ts';
import type { Fields } from './table.ts';

const imm8 = (f: Fields): number => (f.abc << 5) | f.defgh;

function setImm8(f: Record<string, number>, value: number): void {
  f.abc = (value >> 5) & 7;
  f.defgh = value & 31;
}

/** The eight bits of a constant; where lanes are bytes it may be written as a negative number. */
export function byteConstant(least: 0 | -128): OperandKind {
  return {
    print: (f) => `#${hex(imm8(f))}`,
    read(r) {
      const value = r.constant(BigInt(least), 255n);
      if (value === undefined) return false;
      setImm8(r.fields, Number(value) & 255);
      return true;
    },
  };
}

/** `, lsl #8` after a constant, from zero on in steps of eight; `, msl #8` shifts in ones, and must be there. */
export function constantShift(name: 'lsl' | 'msl', most: 1 | 3, base: 0 | 8): OperandKind {
  return {
    print: (f) => (f.sh * 8 + base ? `, ${name} #${f.sh * 8 + base}` : ''),
    read(r) {
      r.fields.sh = 0;
      if (name === 'lsl' && r.atEnd()) return true;
      if (!r.literal(',') || r.word() !== name) return false;
      const value = r.constant(BigInt(base), BigInt(base + most * 8), 'shift');
      if (value === undefined) return false;
      if (value % 8n !== 0n) return r.refuse(`a shift by ${value} is not one by bytes`);
      r.fields.sh = Number(value) / 8 - base / 8;
      return true;
    },
  };
}

/** 64 bits of which each byte is 0 or 0xff. */
export const byteMask: OperandKind = {
  print(f) {
    let value = 0n;
    for (let i = 0; i < 8; i++) if ((imm8(f) >> i) & 1) value |= 0xffn << BigInt(8 * i);
    return `#${hex(value)}`;
  },
  read(r) {
    const written = r.constant(-(1n << 63n), (1n << 64n) - 1n);
    if (written === undefined) return false;
    let bits = 0;
    for (let i = 0; i < 8; i++) {
      const byte = (BigInt.asUintN(64, written) >> BigInt(8 * i)) & 0xffn;
      if (byte !== 0n && byte !== 0xffn) return r.refuse('each byte of this constant must be 0 or 0xff');
      if (byte) bits |= 1 << i;
    }
    setImm8(r.fields, bits);
    return true;
  },
};

/** Floating-point constant of FMOV (vector). */
export const fpConstant: OperandKind = {
  print: (f) => `#${fpText(decodeFpImmediate(imm8(f), 64), 64)}`,
  read(r) {
    const bits = parseFp(r.expressionText(), 64);
    if (bits === undefined) return r.refuse('not a constant that FMOV can hold');
    setImm8(r.fields, encodeFpImmediate(bits, 64) ?? 0);
    return true;
  },
};

/** Right shift by 1 to the width of a lane: the field has the width less the amount. */
export function rightShift(bits: number): OperandKind {
  return computed(
    (f) => bits - f.sh,
    (v, f) => (f.sh = bits - v),
    () => bits,
    1,
  );
}

/** The width of the narrow lanes, the only shift that SHLL has. */
export const laneWidth: OperandKind = {
  print: (f) => `#${8 << f.size}`,
  read(r) {
    const only = BigInt(8 << r.fields.size);
    return r.constant(only, only, 'shift') !== undefined;
  },
};

/** The zero that lanes are compared with. */
export const onlyZero: OperandKind = {
  print: () => '#0',
  read: (r) => r.constant(0n, 0n) !== undefined,
};
