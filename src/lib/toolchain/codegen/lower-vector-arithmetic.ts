/** Arithmetic of vectors in SIMD registers: integers, with multiplications that widen and accumulate, shifts, floating point. */
import type { Instruction, Value } from '../ir/index.ts';
import { constantBits, isOnesVector, isZeroVector, lanesConstant, splatBits } from './lower-vector-constant.ts';
import type { Lowering } from './lowering.ts';
import type { Reg } from './mir.ts';
import {
  accumulate,
  binary,
  fresh,
  half,
  isMaskType,
  letterOf,
  qField,
  registersOf,
  shapeOf,
  sizeField,
  unary,
  type Shape,
  type VectorRegister,
} from './vectors.ts';

export type Binary = Instruction & { operands: readonly [Value, Value] };

// Integers

const bitwise: Readonly<Record<string, string>> = { and: 'and_v', or: 'orr_v', xor: 'eor_v' };
const inverted: Readonly<Record<string, string>> = { and: 'bic_v', or: 'orn_v' };

/** False for what NEON has no instruction for. */
export function integerOperation(L: Lowering, i: Binary, shape: Shape, d: readonly Reg[]): boolean {
  if (i.op in bitwise) {
    bitwiseOperation(L, i, shape, d);
    return true;
  }
  if (isMaskType(i.type)) return false;
  const [a, b] = i.operands;
  const size = sizeField(shape.lane);
  const list = registersOf(shape);
  switch (i.op) {
    case 'add':
    case 'sub': {
      if (multiplyAdd(L, i, shape, d) || shiftAdd(L, i, shape, d) || wideSum(L, i, shape, d)) return true;
      if (i.op === 'sub' && isZeroVector(a)) {
        const y = L.regsOf(b);
        list.forEach((r, n) => unary(L, 'neg_v', d[n], y[n], { Q: qField(shape.lane, r), size }));
        return true;
      }
      const x = L.regsOf(a);
      const y = L.regsOf(b);
      list.forEach((r, n) => binary(L, `${i.op}_v`, d[n], x[n], y[n], { Q: qField(shape.lane, r), size }));
      return true;
    }
    case 'mul': {
      const long = longProduct(L, a, b, shape);
      if (long) {
        long((row, n, x, y) => binary(L, `${row}mull${n & 1 && long.pairs ? '2' : ''}`, d[n], x, y, { size: size - 1 }));
        return true;
      }
      if (shape.lane === 64) return false;
      const x = L.regsOf(a);
      const y = L.regsOf(b);
      list.forEach((r, n) => binary(L, 'mul_v', d[n], x[n], y[n], { Q: qField(shape.lane, r), size }));
      return true;
    }
    case 'shl':
    case 'lshr':
    case 'ashr':
      shiftLanes(L, i.op, a, b, shape, d);
      return true;
    default:
      return false;
  }
}

/** The operand of NOT, if the value is one that nobody else needs. */
function complement(L: Lowering, value: Value): Value | undefined {
  if (!L.foldable(value) || value.op !== 'xor') return undefined;
  return isOnesVector(value.operands[1]) ? value.operands[0] : undefined;
}

function bitwiseOperation(L: Lowering, i: Binary, shape: Shape, d: readonly Reg[]): void {
  const [a, b] = i.operands;
  const list = registersOf(shape);
  const Q = (r: VectorRegister): number => (r.bits === 128 ? 1 : 0);
  const regs = (value: Value) => L.maskRegs(value, shape.lane);
  if (i.op === 'xor' && isOnesVector(b)) {
    const x = regs(a);
    list.forEach((r, n) => unary(L, 'not_v', d[n], x[n], { Q: Q(r) }));
    return;
  }
  if (i.op in inverted)
    for (const [x, y] of [
      [a, b],
      [b, a],
    ]) {
      const plain = complement(L, y);
      if (!plain) continue;
      const n = regs(x);
      const m = regs(plain);
      list.forEach((r, k) => binary(L, inverted[i.op], d[k], n[k], m[k], { Q: Q(r) }));
      return;
    }
  const x = regs(a);
  const y = regs(b);
  list.forEach((r, n) => binary(L, bitwise[i.op], d[n], x[n], y[n], { Q: Q(r) }));
}

type EachProduct = (emit: (sign: 's' | 'u', n: number, x: Reg, y: Reg) => void) => void;

/** A value that is a narrower one extended, half as wide as its lanes; or a constant that fits half. */
function extended(value: Value, shape: Shape): { from: Value; signed: boolean } | undefined {
  if (value.kind !== 'instruction' || (value.op !== 'sext' && value.op !== 'zext')) return undefined;
  const from = shapeOf(value.operands[0].type);
  if (!from || isMaskType(value.operands[0].type) || from.lane !== half(shape.lane) || shape.lane === 8) return undefined;
  return { from: value.operands[0], signed: value.op === 'sext' };
}

/** Both operands extended from half the width in the same manner: the registers to multiply for each register of the result. */
function longOperands(L: Lowering, a: Value, b: Value, shape: Shape): { x: Reg[]; y: Reg[]; sign: 's' | 'u'; pairs: boolean } | undefined {
  const p = extended(a, shape);
  const q = extended(b, shape);
  if (!p || (!L.foldable(a) && !(a === b && L.useCounts.get(a) === 2))) return undefined;
  const narrow: Shape = { ...shape, lane: half(shape.lane) };
  const pairs = shape.count * narrow.lane > 64;
  const sign = p.signed ? 's' : 'u';
  if (q) {
    if (p.signed !== q.signed || (!L.foldable(b) && a !== b)) return undefined;
    return { x: L.regsOf(p.from), y: L.regsOf(q.from), sign, pairs };
  }
  const bits = constantBits(b);
  const limit = 1n << BigInt(narrow.lane);
  const fits = (k: bigint | undefined): boolean =>
    k === undefined || (p.signed ? BigInt.asUintN(shape.lane, BigInt.asIntN(narrow.lane, k)) === k : k < limit);
  if (!bits?.every(fits)) return undefined;
  const y = lanesConstant(
    L,
    narrow,
    bits.map((k) => k && BigInt.asUintN(narrow.lane, k)),
  );
  return { x: L.regsOf(p.from), y, sign, pairs };
}

function longProduct(L: Lowering, a: Value, b: Value, shape: Shape): (EachProduct & { pairs: boolean }) | undefined {
  const found = longOperands(L, a, b, shape);
  if (!found) return undefined;
  const { x, y, sign, pairs } = found;
  const each: EachProduct = (emit) => registersOf(shape).forEach((_, n) => emit(sign, n, x[n >> 1], y[n >> 1]));
  return Object.assign(each, { pairs });
}

/** c + a * b, c - a * b. */
function multiplyAdd(L: Lowering, i: Binary, shape: Shape, d: readonly Reg[]): boolean {
  const [a, b] = i.operands;
  const orders: [Value, Value][] =
    i.op === 'add'
      ? [
          [a, b],
          [b, a],
        ]
      : [[a, b]];
  for (const [c, product] of orders) {
    if (!L.foldable(product) || product.op !== 'mul') continue;
    const [x, y] = product.operands;
    const kind = i.op === 'add' ? 'mla' : 'mls';
    const size = sizeField(shape.lane);
    const long = longProduct(L, x, y, shape);
    if (long) {
      const old = L.regsOf(c);
      long((sign, n, p, q) => accumulate(L, `${sign}${kind}l${n & 1 && long.pairs ? '2' : ''}`, d[n], old[n], [p, q], { size: size - 1 }));
      return true;
    }
    if (shape.lane === 64) continue;
    const n = L.regsOf(x);
    const m = L.regsOf(y);
    const old = L.regsOf(c);
    registersOf(shape).forEach((r, k) => accumulate(L, `${kind}_v`, d[k], old[k], [n[k], m[k]], { Q: qField(shape.lane, r), size }));
    return true;
  }
  return false;
}

/** a + (b >> k). */
function shiftAdd(L: Lowering, i: Binary, shape: Shape, d: readonly Reg[]): boolean {
  if (i.op !== 'add') return false;
  const [a, b] = i.operands;
  for (const [c, shifted] of [
    [a, b],
    [b, a],
  ]) {
    if (!L.foldable(shifted) || (shifted.op !== 'lshr' && shifted.op !== 'ashr')) continue;
    const k = splatBits(shifted.operands[1]);
    if (k === undefined || k === 0n || k >= BigInt(shape.lane)) continue;
    const x = L.regsOf(shifted.operands[0]);
    const old = L.regsOf(c);
    const row = `${shifted.op === 'lshr' ? 'u' : 's'}sra_imm_${letterOf(shape.lane)}`;
    registersOf(shape).forEach((r, n) => accumulate(L, row, d[n], old[n], [x[n]], { Q: qField(shape.lane, r), ...rightShift(shape, k) }));
    return true;
  }
  return false;
}

/** Sums and differences of narrower lanes. */
function wideSum(L: Lowering, i: Binary, shape: Shape, d: readonly Reg[]): boolean {
  const [a, b] = i.operands;
  const size = sizeField(shape.lane) - 1;
  const pairs = (shape.count * shape.lane) / 2 > 64;
  const suffix = (n: number): string => (n & 1 && pairs ? '2' : '');
  const p = L.foldable(a) ? extended(a, shape) : undefined;
  const q = L.foldable(b) ? extended(b, shape) : undefined;
  if (p && q && p.signed === q.signed) {
    const x = L.regsOf(p.from);
    const y = L.regsOf(q.from);
    registersOf(shape).forEach((_, n) => binary(L, `${p.signed ? 's' : 'u'}${i.op}l${suffix(n)}`, d[n], x[n >> 1], y[n >> 1], { size }));
    return true;
  }
  const [plain, narrow] = q ? [a, q] : i.op === 'add' && p ? [b, p] : [];
  if (!plain || !narrow) return false;
  const x = L.regsOf(plain);
  const y = L.regsOf(narrow.from);
  registersOf(shape).forEach((_, n) => binary(L, `${narrow.signed ? 's' : 'u'}${i.op}w${suffix(n)}`, d[n], x[n], y[n >> 1], { size }));
  return true;
}

/** The field of a right shift's amount: what is missing to the width. */
export function rightShift({ lane }: Shape, by: bigint): { sh: number } {
  return { sh: lane - Number(by) };
}

function shiftLanes(L: Lowering, op: 'shl' | 'lshr' | 'ashr', a: Value, b: Value, shape: Shape, d: readonly Reg[]): void {
  const list = registersOf(shape);
  const letter = letterOf(shape.lane);
  const x = L.regsOf(a);
  const k = splatBits(b);
  if (k === 0n) return list.forEach((_, n) => L.copy(d[n], x[n]));
  if (k !== undefined && k < BigInt(shape.lane)) {
    const row = { shl: 'shl_imm', lshr: 'ushr_imm', ashr: 'sshr_imm' }[op];
    const field = op === 'shl' ? { sh: Number(k) } : rightShift(shape, k);
    list.forEach((r, n) => unary(L, `${row}_${letter}`, d[n], x[n], { Q: qField(shape.lane, r), ...field }));
    return;
  }
  // USHL and SSHL shift left by the low byte of each lane, right when it is negative.
  const size = sizeField(shape.lane);
  const bits = constantBits(b);
  let amounts: Reg[];
  if (op === 'shl') amounts = L.regsOf(b);
  else if (bits)
    amounts = lanesConstant(
      L,
      shape,
      bits.map((n) => n && BigInt.asUintN(shape.lane, -n)),
    );
  else {
    const plain = L.regsOf(b);
    amounts = list.map((r, n) => fresh(L, r, (m) => unary(L, 'neg_v', m, plain[n], { Q: qField(shape.lane, r), size })));
  }
  list.forEach((r, n) => binary(L, op === 'ashr' ? 'sshl_v' : 'ushl_v', d[n], x[n], amounts[n], { Q: qField(shape.lane, r), size }));
}

// Floating point

const sz = (shape: Shape): 0 | 1 => (shape.lane === 64 ? 1 : 0);

export function floatOperation(L: Lowering, i: Binary, shape: Shape, d: readonly Reg[]): boolean {
  const [a, b] = i.operands;
  if (shape.lane === 16) {
    asSingles(L, shape, [L.regsOf(a), L.regsOf(b)], d, (into, [x, y]) => binary(L, `${i.op}_vec`, into, x, y, { Q: 1, sz: 0 }));
    return true;
  }
  const list = registersOf(shape);
  if ((i.op === 'fadd' || i.op === 'fsub') && contracted(L, i, shape, d)) return true;
  const x = L.regsOf(a);
  const y = L.regsOf(b);
  list.forEach((r, n) => binary(L, `${i.op}_vec`, d[n], x[n], y[n], { Q: qField(shape.lane, r), sz: sz(shape) }));
  return true;
}

/** A product added to or taken away from a sum, where the program allows it to be rounded once only. */
function contracted(L: Lowering, i: Binary, shape: Shape, d: readonly Reg[]): boolean {
  if (!mayContract(i)) return false;
  const [a, b] = i.operands;
  const orders: [Value, Value][] =
    i.op === 'fadd'
      ? [
          [a, b],
          [b, a],
        ]
      : [[a, b]];
  for (const [c, product] of orders) {
    if (!L.foldable(product) || product.op !== 'fmul' || !mayContract(product)) continue;
    const [x, y] = product.operands.map((o) => L.regsOf(o));
    const old = L.regsOf(c);
    const row = i.op === 'fadd' ? 'fmla_vec' : 'fmls_vec';
    registersOf(shape).forEach((r, n) => accumulate(L, row, d[n], old[n], [x[n], y[n]], { Q: qField(shape.lane, r), sz: sz(shape) }));
    return true;
  }
  return false;
}

function mayContract(i: Instruction): boolean {
  return 'flags' in i && (i.flags.has('contract') || i.flags.has('fast'));
}

/** Halves are computed with as singles, four at a time, and rounded back. */
export function asSingles(
  L: Lowering,
  shape: Shape,
  operands: readonly (readonly Reg[])[],
  d: readonly Reg[],
  operation: (d: Reg, operands: Reg[]) => void,
): void {
  const whole: VectorRegister = { count: 4, bits: 128 };
  registersOf(shape).forEach((r, n) => {
    const results = [0, 1].slice(0, r.bits / 64).map((part) => {
      const ready = operands.map((o) => fresh(L, whole, (s) => unary(L, part ? 'fcvtl2' : 'fcvtl', s, o[n], { sz: 0 })));
      return fresh(L, whole, (s) => operation(s, ready));
    });
    const low = results.length > 1 ? L.reg('vector', 128) : d[n];
    unary(L, 'fcvtn', low, results[0], { sz: 0 });
    if (results.length > 1) accumulate(L, 'fcvtn2', d[n], low, [results[1]], { sz: 0 });
  });
}

export function negate(L: Lowering, value: Value, shape: Shape, d: readonly Reg[]): boolean {
  const x = L.regsOf(value);
  const list = registersOf(shape);
  if (shape.lane !== 16) list.forEach((r, n) => unary(L, 'fneg_vec', d[n], x[n], { Q: qField(shape.lane, r), sz: sz(shape) }));
  else {
    const signs = lanesConstant(L, shape, new Array<bigint>(shape.count).fill(0x8000n));
    list.forEach((r, n) => binary(L, 'eor_v', d[n], x[n], signs[n], { Q: r.bits === 128 ? 1 : 0 }));
  }
  return true;
}
