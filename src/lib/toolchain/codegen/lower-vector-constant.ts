/** Constant vectors: by an instruction with an immediate, by repeating a scalar, or from the constant pool. */
import { encodeFpImmediate, moveImmediate } from '../../arm64/index.ts';
import type { Constant, Value } from '../ir/index.ts';
import type { Lowering } from './lowering.ts';
import type { Reg } from './mir.ts';
import {
  buildVector,
  isMaskType,
  registersOf,
  laneFields,
  shapeOf,
  unary,
  vectorReg,
  type Lane,
  type Shape,
  type VectorRegister,
} from './vectors.ts';

/** Elements of a constant vector, each a constant. */
export function constantElements(c: Constant): readonly Constant[] {
  if (c.type.kind !== 'vector') throw new Error('elements of a constant that is no vector');
  const { element, length } = c.type;
  switch (c.kind) {
    case 'aggregate':
      return c.elements;
    case 'bytes':
      return [...c.bytes].map((b) => ({ kind: 'int', type: element, value: BigInt(b) }));
    case 'zero':
    case 'null':
    case 'undef':
    case 'poison':
    case 'none': {
      const one: Constant =
        c.kind !== 'zero'
          ? { kind: c.kind, type: element }
          : element.kind === 'int'
            ? { kind: 'int', type: element, value: 0n }
            : element.kind === 'ptr'
              ? { kind: 'null', type: element }
              : { kind: 'fp', type: element, bits: 0n };
      return Array.from({ length }, () => one);
    }
    default:
      throw new Error(`a constant vector of kind ${c.kind}`);
  }
}

export function isConstant(value: Value): value is Constant {
  return value.kind !== 'instruction' && value.kind !== 'param' && value.kind !== 'asm' && value.kind !== 'metadataValue';
}

/** Bits of each element; undefined where any will do. Absent when an element is an address. */
export function constantBits(value: Value): (bigint | undefined)[] | undefined {
  if (!isConstant(value) || value.type.kind !== 'vector' || value.kind === 'expr') return undefined;
  const list: (bigint | undefined)[] = [];
  for (const e of constantElements(value)) {
    if (e.kind === 'int') list.push(e.value);
    else if (e.kind === 'fp') list.push(e.bits);
    else if (e.kind === 'null' || e.kind === 'zero') list.push(0n);
    else if (e.kind === 'undef' || e.kind === 'poison') list.push(undefined);
    else return undefined;
  }
  return list;
}

/** The element that all defined ones equal. */
export function splatBits(value: Value): bigint | undefined {
  const bits = constantBits(value);
  const first = bits?.find((b) => b !== undefined);
  return bits?.every((b) => b === undefined || b === first) ? first : undefined;
}

/** Whether all elements are zero (or undefined). */
export function isZeroVector(value: Value): boolean {
  return splatBits(value) === 0n;
}

/** Whether all bits of all elements are set. */
export function isOnesVector(value: Value): boolean {
  const { type } = value;
  return type.kind === 'vector' && type.element.kind === 'int' && splatBits(value) === (1n << BigInt(type.element.bits)) - 1n;
}

/** Registers of a constant vector; of a mask with lanes of the width that is asked for. */
export function vectorConstant(L: Lowering, c: Constant, maskLane?: Lane): Reg[] {
  const own = shapeOf(c.type);
  if (!own) throw new Error('a constant vector kept as scalars');
  const mask = isMaskType(c.type);
  const shape = mask && maskLane ? { ...own, lane: maskLane } : own;
  const bits = constantBits(c);
  if (!bits) {
    const d = registersOf(shape).map((r) => vectorReg(L, r));
    const scalars = constantElements(c).map((e) => (e.kind === 'undef' || e.kind === 'poison' ? undefined : L.one(e)));
    buildVector(L, shape, d, scalars);
    return d;
  }
  const ones = (1n << BigInt(shape.lane)) - 1n;
  return lanesConstant(L, shape, mask ? bits.map((b) => (b === undefined ? b : b ? ones : 0n)) : bits);
}

/** Registers of lanes with the given contents. */
export function lanesConstant(L: Lowering, shape: Shape, bits: readonly (bigint | undefined)[]): Reg[] {
  const each = 128 / shape.lane;
  return registersOf(shape).map((r, k) => {
    const mine = bits.slice(k * each, k * each + r.count);
    // Whatever makes all lanes alike is the cheapest.
    const filler = mine.find((b) => b !== undefined) ?? 0n;
    const alike = mine.every((b) => b === undefined || b === filler);
    let whole = 0n;
    const lanes = (r.bits === 128 ? 128 : 64) / shape.lane;
    for (let n = lanes - 1; n >= 0; n--) {
      const lane = mine.at(n) !== undefined && n < mine.length ? (mine[n] ?? 0n) : alike ? filler : 0n;
      whole = (whole << BigInt(shape.lane)) | lane;
    }
    return registerConstant(L, whole, r);
  });
}

function registerConstant(L: Lowering, whole: bigint, r: VectorRegister): Reg {
  const d = vectorReg(L, r);
  const low = BigInt.asUintN(64, whole);
  const even = r.bits === 64 || whole >> 64n === low;
  const found = even ? immediate(low, r.bits === 128) : undefined;
  if (found) {
    const made = L.emit(found.row, [['Rd', d, 'd']], found.fields);
    L.fn.remake.set(d, [{ ...made, regs: made.regs.map((o) => ({ ...o })) }]);
    return d;
  }
  if (even && repeated(L, d, low, r)) return d;
  literal(L, d, whole, r.bits);
  return d;
}

type Immediate = { row: string; fields: Record<string, number> };

/** One instruction that repeats 64 bits. */
function immediate(low: bigint, wide: boolean): Immediate | undefined {
  const Q = wide ? 1 : 0;
  const of = (row: string, imm8: number, more: Record<string, number> = {}): Immediate => ({
    row,
    fields: { ...more, abc: imm8 >> 5, defgh: imm8 & 31 },
  });
  const bytes = Array.from({ length: 8 }, (_, n) => Number((low >> BigInt(8 * n)) & 0xffn));
  if (bytes.every((b) => b === 0 || b === 0xff)) {
    const mask = bytes.reduce<number>((sum, b, n) => sum | ((b & 1) << n), 0);
    return of(wide ? 'movi_2d' : 'movi_d', mask);
  }
  const word = Number(low & 0xffffffffn);
  if (Number(low >> 32n) === word) {
    const half = word & 0xffff;
    if (word >>> 16 === half) {
      if ((half & 0xff) === half >> 8) return of('movi_b', half & 0xff, { Q });
      for (const [row, value] of [
        ['movi_h', half],
        ['mvni_h', ~half & 0xffff],
      ] as const)
        for (const sh of [0, 1]) if ((value & ~(0xff << (8 * sh))) === 0) return of(row, value >> (8 * sh), { Q, sh });
    }
    for (const [sign, value] of [
      ['movi', word],
      ['mvni', ~word >>> 0],
    ] as const) {
      for (const sh of [0, 1, 2, 3]) if ((value & ~(0xff << (8 * sh))) === 0) return of(`${sign}_s`, value >>> (8 * sh), { Q, sh });
      if ((value & 0xff) === 0xff && value >>> 16 === 0) return of(`${sign}_msl`, value >>> 8, { Q, sh: 0 });
      if ((value & 0xffff) === 0xffff && value >>> 24 === 0) return of(`${sign}_msl`, value >>> 16, { Q, sh: 1 });
    }
    const single = encodeFpImmediate(BigInt(word), 32);
    if (single !== undefined) return of('fmov_imm_2s', single, { Q });
  }
  const double = encodeFpImmediate(low, 64);
  if (double === undefined) return undefined;
  return wide ? of('fmov_imm_2d', double) : { row: 'fmov_imm', fields: { ftype: 1, imm8: double } };
}

/** By a scalar that one instruction makes. */
function repeated(L: Lowering, d: Reg, low: bigint, r: VectorRegister): boolean {
  const Q = r.bits === 128 ? 1 : 0;
  const word = low & 0xffffffffn;
  const half = low & 0xffffn;
  const [value, letter, width] =
    low >> 32n !== word ? ([low, 'd', 64] as const) : word >> 16n !== half ? ([word, 's', 32] as const) : ([half, 'h', 32] as const);
  if (moveImmediate(value, width).length > 1) return false;
  const scalar = L.constant(value, width);
  if (letter === 'd' && !Q) unary(L, 'fmov_d_x', d, scalar, {});
  else {
    const lane = laneFields(letter === 'd' ? 64 : letter === 's' ? 32 : 16, 0);
    unary(L, `dup_general_${letter}`, d, scalar, { Q, ...lane });
  }
  return true;
}

function literal(L: Lowering, d: Reg, whole: bigint, bits: 64 | 128): void {
  const bytes = new Uint8Array(bits / 8);
  for (let n = 0; n < bytes.length; n++) bytes[n] = Number((whole >> BigInt(8 * n)) & 0xffn);
  const symbol = L.module.constantPool(bytes, bytes.length);
  const page = L.op('adrp', [], { immlo: 0, immhi: 0 }, { fixup: { type: 'ADR_PREL_PG_HI21', symbol, addend: 0n } });
  L.emit(
    bits === 128 ? 'ldr_q_uimm' : 'ldr_d_uimm',
    [
      ['Rt', d, 'd'],
      ['Rn', page, 'u'],
    ],
    { imm12: 0 },
    { fixup: { type: `LDST${bits}_ABS_LO12_NC`, symbol, addend: 0n } },
  );
}
