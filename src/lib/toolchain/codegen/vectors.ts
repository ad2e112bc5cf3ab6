/**
 * Vectors in SIMD registers. A vector of elements that a lane can hold takes one register for each 128 bits; what is left over takes one of 64
 * bits if it fits. Lanes above the last element have undefined contents. Vectors of other elements (i24, i128, fp128) are kept as scalars,
 * one after another.
 *
 * A vector of i1 is a mask: lanes of all ones or all zeros, as comparisons make them. How wide its lanes are depends on the value: a
 * comparison of 32-bit lanes gives 32-bit lanes, and what combines masks keeps theirs. Where only the type is known (parameters, phis) they are
 * as wide as one register allows.
 */
import type { Type, Value } from '../ir/index.ts';
import type { Lowering } from './lowering.ts';
import type { Reg } from './mir.ts';

export type Lane = 8 | 16 | 32 | 64;

export type Shape = {
  /** Bits of a lane. */
  lane: Lane;
  /** Elements of the whole vector. */
  count: number;
  /** Elements are floating-point numbers: alone they live in SIMD registers too. */
  float: boolean;
};

/** One register of a vector: how many elements are in it, and how much of it is in use. */
export type VectorRegister = { count: number; bits: 64 | 128 };

export type VectorType = Extract<Type, { kind: 'vector' }>;

export function isMaskType(type: Type): type is VectorType {
  return type.kind === 'vector' && type.element.kind === 'int' && type.element.bits === 1;
}

/** Width of a mask's lanes where nothing but its type is known. */
export function maskLaneOf(count: number): Lane {
  return count <= 2 ? 64 : count <= 4 ? 32 : count <= 8 ? 16 : 8;
}

/** Absent for what is no vector, and for vectors kept as scalars. */
export function shapeOf(type: Type): Shape | undefined {
  if (type.kind !== 'vector') return undefined;
  const { element, length: count } = type;
  switch (element.kind) {
    case 'int':
      if (element.bits === 1) return { lane: maskLaneOf(count), count, float: false };
      return element.bits === 8 || element.bits === 16 || element.bits === 32 || element.bits === 64
        ? { lane: element.bits, count, float: false }
        : undefined;
    case 'ptr':
      return { lane: 64, count, float: false };
    case 'half':
      return { lane: 16, count, float: true };
    case 'float':
      return { lane: 32, count, float: true };
    case 'double':
      return { lane: 64, count, float: true };
    default:
      return undefined;
  }
}

/** How far the width of a mask is traced through what combines masks. */
const maskDepth = 8;

/** Width of the lanes of a value of type vector of i1. */
export function maskLane(value: Value, depth = 0): Lane {
  if (value.type.kind !== 'vector') throw new Error('a mask that is no vector');
  const canonical = maskLaneOf(value.type.length);
  if (value.kind !== 'instruction' || depth > maskDepth) return canonical;
  const like = (operands: readonly Value[]): Lane => {
    const from = operands.find((o) => o.kind === 'instruction');
    return from ? maskLane(from, depth + 1) : canonical;
  };
  switch (value.op) {
    case 'icmp':
    case 'fcmp':
    case 'trunc': {
      const [a] = value.operands;
      return isMaskType(a.type) ? like(value.operands) : (shapeOf(a.type)?.lane ?? canonical);
    }
    case 'and':
    case 'or':
    case 'xor':
    case 'freeze':
      return like(value.operands);
    case 'shufflevector':
      return like([value.operands[0]]);
    case 'select':
      return like(value.operands.slice(1));
    default:
      return canonical;
  }
}

export function shapeOfValue(value: Value): Shape | undefined {
  if (!isMaskType(value.type)) return shapeOf(value.type);
  return { lane: maskLane(value), count: value.type.length, float: false };
}

export function registersOf({ lane, count }: Shape): VectorRegister[] {
  const each = 128 / lane;
  const list: VectorRegister[] = [];
  for (let at = 0; at < count; at += each) {
    const n = Math.min(each, count - at);
    list.push({ count: n, bits: n * lane > 64 ? 128 : 64 });
  }
  return list;
}

export const sizeField = (lane: Lane): number => ({ 8: 0, 16: 1, 32: 2, 64: 3 })[lane];
export const letterOf = (lane: Lane): 'b' | 'h' | 's' | 'd' => (({ 8: 'b', 16: 'h', 32: 's', 64: 'd' }) as const)[lane];
/** Lanes of 64 bits have no form on half a register; the whole of it does as well. */
export const qField = (lane: Lane, { bits }: VectorRegister): 0 | 1 => (bits === 128 || lane === 64 ? 1 : 0);

/** Fields that number a lane: `hi` and what stands below it. */
export function laneFields(lane: Lane, n: number): Record<string, number> {
  switch (lane) {
    case 8:
      return { hi: n >> 3, lo3: n & 7 };
    case 16:
      return { hi: n >> 2, lo2: n & 3 };
    case 32:
      return { hi: n >> 1, lo1: n & 1 };
    case 64:
      return { hi: n };
  }
}

/** The same for the source of INS (element). */
function sourceFields(lane: Lane, n: number): Record<string, number> {
  switch (lane) {
    case 8:
      return { from: n >> 3, fl3: n & 7 };
    case 16:
      return { from: n >> 2, fl2: n & 3, below: 0 };
    case 32:
      return { from: n >> 1, fl1: n & 1, below: 0 };
    case 64:
      return { from: n, below: 0 };
  }
}

// Emission

/** `d = row(n)`. */
export function unary(L: Lowering, row: string, d: Reg, n: Reg, fields: Record<string, number>): void {
  L.emit(
    row,
    [
      ['Rd', d, 'd'],
      ['Rn', n, 'u'],
    ],
    fields,
  );
}

/** `d = row(n, m)`. */
export function binary(L: Lowering, row: string, d: Reg, n: Reg, m: Reg, fields: Record<string, number>): void {
  L.emit(
    row,
    [
      ['Rd', d, 'd'],
      ['Rn', n, 'u'],
      ['Rm', m, 'u'],
    ],
    fields,
  );
}

/** `d = row(old, n, m)` of instructions whose destination is an operand too. */
export function accumulate(L: Lowering, row: string, d: Reg, old: Reg, uses: readonly Reg[], fields: Record<string, number>): void {
  L.copy(d, old);
  L.emit(row, [['Rd', d, 'du'], ...uses.map((r, n) => [n === 0 ? 'Rn' : 'Rm', r, 'u'] as const)], fields);
}

export function vectorReg(L: Lowering, { bits }: VectorRegister): Reg {
  return L.reg('vector', bits);
}

/** A result in a new register. */
export function fresh(L: Lowering, r: VectorRegister, make: (d: Reg) => void): Reg {
  const d = vectorReg(L, r);
  make(d);
  return d;
}

/** Lane `n` of a register as a scalar: integers with zeros above. */
export function extractLane(L: Lowering, { lane, float }: Shape, from: Reg, n: number): Reg {
  const d = L.reg(float ? 'vector' : 'general');
  extractLaneTo(L, d, { lane, float }, from, n);
  return d;
}

export function extractLaneTo(L: Lowering, d: Reg, { lane, float }: Pick<Shape, 'lane' | 'float'>, from: Reg, n: number): void {
  if (!float) unary(L, `umov_${letterOf(lane)}`, d, from, laneFields(lane, n));
  else if (n > 0) unary(L, `dup_scalar_${letterOf(lane)}`, d, from, laneFields(lane, n));
  // The lowest lane is where the scalar is; the rest of the register does not matter.
  else
    L.emit('$copy', [
      ['Rd', d, 'd'],
      ['Rm', from, 'u'],
    ]);
}

/** Overwrites lane `n` of `d` with a scalar. */
export function insertLane(L: Lowering, { lane, float }: Pick<Shape, 'lane' | 'float'>, d: Reg, n: number, scalar: Reg): void {
  if (float) return moveLane(L, lane, d, n, scalar, 0);
  L.emit(
    `ins_general_${letterOf(lane)}`,
    [
      ['Rd', d, 'du'],
      ['Rn', scalar, 'u'],
    ],
    laneFields(lane, n),
  );
}

/** Overwrites lane `n` of `d` with a lane of another register. */
export function moveLane(L: Lowering, lane: Lane, d: Reg, n: number, from: Reg, fromLane: number): void {
  L.emit(
    `ins_element_${letterOf(lane)}`,
    [
      ['Rd', d, 'du'],
      ['Rn', from, 'u'],
    ],
    { ...laneFields(lane, n), ...sourceFields(lane, fromLane) },
  );
}

/** Every lane of `d` becomes the scalar. */
export function splat(L: Lowering, { lane, float }: Pick<Shape, 'lane' | 'float'>, d: Reg, scalar: Reg, r: VectorRegister): void {
  const Q = qField(lane, r);
  if (float) unary(L, `dup_element_${letterOf(lane)}`, d, scalar, { Q, ...laneFields(lane, 0) });
  else unary(L, `dup_general_${letterOf(lane)}`, d, scalar, { Q, ...laneFields(lane, 0) });
}

/** A vector of scalars, absent ones undefined. */
export function buildVector(L: Lowering, shape: Shape, d: readonly Reg[], scalars: readonly (Reg | undefined)[]): void {
  const each = 128 / shape.lane;
  registersOf(shape).forEach((r, k) => {
    const mine = scalars.slice(k * each, k * each + r.count);
    const into = d[k];
    const first = mine.findIndex((s) => s !== undefined);
    const start = mine[first];
    if (start === undefined) {
      undefine(L, into);
      return;
    }
    if (first > 0 || (mine.length > 1 && mine.every((s) => s === start))) splat(L, shape, into, start, r);
    else if (shape.float)
      L.emit('$copy', [
        ['Rd', into, 'd'],
        ['Rm', start, 'u'],
      ]);
    else unary(L, shape.lane === 64 ? 'fmov_d_x' : 'fmov_s_w', into, start, {});
    mine.forEach((s, n) => {
      if (n !== first && s !== undefined && !(s === start && (first > 0 || mine.every((o) => o === start))))
        insertLane(L, shape, into, n, s);
    });
  });
}

/** Gives a register of which nothing is known a definition. */
export function undefine(L: Lowering, d: Reg): void {
  L.emit('movi_2d', [['Rd', d, 'd']], { abc: 0, defgh: 0 });
}

/** Lanes of twice the width: extended with their sign, or with zeros. */
export function widen(L: Lowering, shape: Shape, regs: readonly Reg[], signed: boolean): { shape: Shape; regs: Reg[] } {
  const wide: Shape = { ...shape, lane: twice(shape.lane), float: false };
  const out = registersOf(wide).map((r, k) => fresh(L, r, (d) => widenHalf(L, shape.lane, d, regs[k >> 1], k & 1, signed)));
  return { shape: wide, regs: out };
}

/** The lower or upper half of a register's lanes, extended. */
export function widenHalf(L: Lowering, lane: Lane, d: Reg, from: Reg, half: number, signed: boolean): void {
  unary(L, `${signed ? 's' : 'u'}shll${half ? '2' : ''}_${letterOf(lane)}`, d, from, { sh: 0 });
}

/** The lower halves of lanes. */
export function narrow(L: Lowering, shape: Shape, regs: readonly Reg[]): { shape: Shape; regs: Reg[] } {
  const small: Shape = { ...shape, lane: half(shape.lane), float: false };
  const size = sizeField(small.lane);
  const out = registersOf(small).map((r, k) =>
    fresh(L, r, (d) => {
      if (2 * k + 1 < regs.length) binary(L, 'uzp1', d, regs[2 * k], regs[2 * k + 1], { Q: 1, size });
      else unary(L, 'xtn', d, regs[2 * k], { size });
    }),
  );
  return { shape: small, regs: out };
}

export function twice(lane: Lane): Lane {
  return lane === 8 ? 16 : lane === 16 ? 32 : 64;
}

export function half(lane: Lane): Lane {
  return lane === 64 ? 32 : lane === 32 ? 16 : 8;
}

/** Brings lanes to a width by doubling or halving. */
export function resize(L: Lowering, shape: Shape, regs: readonly Reg[], lane: Lane, signed: boolean): Reg[] {
  let at = { shape, regs: [...regs] };
  while (at.shape.lane < lane) at = widen(L, at.shape, at.regs, signed);
  while (at.shape.lane > lane) at = narrow(L, at.shape, at.regs);
  return at.regs;
}
