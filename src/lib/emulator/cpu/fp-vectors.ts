import { Fpcr, Fpsr } from '../../arm64/softfloat.ts';
import { State } from './layout.ts';
import { FunctionWriter } from './wasm.ts';

/**
 * Floating-point operations on whole vectors by the host's vector arithmetic, under the conditions of fp-module.ts: FPCR asks for the host's
 * mode, no lane is NaN, infinite or tiny where that would matter, and the result is exact or FPSR.IXC is set already. When one lane does not
 * fit, all go lane by lane.
 */
type LaneWidth = 32 | 64;

const formats = {
  32: { shape: 'f32x4', integer: 'i32x4', smallestNormal: 2 ** -126, fractionBits: 23 },
  64: { shape: 'f64x2', integer: 'i64x2', smallestNormal: 2 ** -1022, fractionBits: 52 },
} as const;

/** Bits of a double or of two equal singles. */
function bitsOf(value: number, width: LaneWidth): bigint {
  const view = new DataView(new ArrayBuffer(8));
  if (width === 64) view.setFloat64(0, value);
  else [0, 4].forEach((at) => view.setFloat32(at, value));
  return view.getBigUint64(0);
}

/**
 * Code as a sequence of assignments: each method leaves its result in a local of its own and gives its number. Masks are vectors whose
 * lanes are all ones or zero.
 */
class VectorFunction {
  readonly code: FunctionWriter;
  readonly width: LaneWidth;
  /** Locals of the operands, which must not change: the way lane by lane reads them again. */
  readonly operands: readonly number[];

  constructor(width: LaneWidth, operands: number) {
    this.width = width;
    this.code = new FunctionWriter(1 + operands);
    this.operands = Array.from({ length: operands }, (_, n) => 1 + n);
  }

  /** An operation of any shape. */
  any(name: string, args: readonly number[], lanes: readonly number[] = []): number {
    for (const a of args) this.code.get(a);
    this.code.vector(name, lanes);
    return this.#keep();
  }
  /** Of floating-point lanes of the operands' format, of integer lanes, and of bits. */
  f(name: string, ...args: number[]): number {
    return this.any(`${formats[this.width].shape}.${name}`, args);
  }
  i(name: string, ...args: number[]): number {
    return this.any(`${formats[this.width].integer}.${name}`, args);
  }
  bits(name: string, ...args: number[]): number {
    return this.any(`v128.${name}`, args);
  }
  fill(value: number, width: LaneWidth = this.width): number {
    return this.fillBits(bitsOf(value, width));
  }
  /** 64 bits, twice. */
  fillBits(value: bigint): number {
    this.code.v128(value, value);
    return this.#keep();
  }
  #keep(): number {
    const local = this.code.local('v128');
    this.code.set(local);
    return local;
  }

  isFinite(a: number): number {
    return this.f('lt', this.f('abs', a), this.fill(Infinity));
  }
  isZero(a: number): number {
    return this.f('eq', a, this.fill(0));
  }
  isNumber(a: number): number {
    return this.f('eq', a, a);
  }
  /** Neither tiny, so that underflow is out of the question, nor infinite nor NaN. */
  isOrdinary(a: number): number {
    return this.isWithin(a, formats[this.width].smallestNormal, Infinity);
  }
  /** Whether a magnitude lies between bounds, both excluded. */
  isWithin(a: number, least: number, most: number): number {
    const magnitude = this.f('abs', a);
    return this.bits('and', this.f('gt', magnitude, this.fill(least)), this.f('lt', magnitude, this.fill(most)));
  }

  /** Sum and its rounding error (Knuth). */
  twoSum(a: number, b: number): { sum: number; error: number } {
    const sum = this.f('add', a, b);
    const second = this.f('sub', sum, a);
    const error = this.f('add', this.f('sub', a, this.f('sub', sum, second)), this.f('sub', b, second));
    return { sum, error };
  }

  /** Pushes whether all lanes of all masks are set. */
  pushAll(masks: readonly number[]): void {
    if (masks.length === 0) return void this.code.i32(1);
    this.code.get(masks.reduce((a, b) => this.bits('and', a, b)));
    this.code.vector(`${formats[this.width].integer}.all_true`);
  }
}

/** What a function has computed: it counts when all `when` hold, and all `exact` do or inexactness is recorded. */
type Outcome = {
  result: number;
  when: readonly number[];
  /** Absent: never inexact. Empty: nothing is known to be exact. */
  exact?: readonly number[];
};
type Write = (fn: VectorFunction) => Outcome;

function sum(negate: boolean, absolute = false): Write {
  return (fn) => {
    const [a, b] = fn.operands;
    const total = fn.twoSum(a, negate ? fn.f('neg', b) : b);
    const result = absolute ? fn.f('abs', total.sum) : total.sum;
    return { result, when: [fn.isFinite(total.sum)], exact: [fn.isZero(total.error)] };
  };
}

const product: Write = (fn) => {
  const [a, b] = fn.operands;
  const result = fn.f('mul', a, b);
  const zero = fn.bits('and', fn.bits('or', fn.isZero(a), fn.isZero(b)), fn.isNumber(result));
  return { result, when: [fn.bits('or', fn.isOrdinary(result), zero)], exact: [zero] };
};

const quotient: Write = (fn) => {
  const [a, b] = fn.operands;
  const result = fn.f('div', a, b);
  const zero = fn.bits('and', fn.isZero(a), fn.isNumber(result));
  return { result, when: [fn.bits('or', fn.isOrdinary(result), zero)], exact: [zero] };
};

const squareRoot: Write = (fn) => {
  const [a] = fn.operands;
  const result = fn.f('sqrt', a);
  const zero = fn.isZero(a);
  return { result, when: [fn.bits('or', fn.isOrdinary(result), zero)], exact: [zero] };
};

const lowHalf = [0, 1, 2, 3, 4, 5, 6, 7] as const;
const highHalf = [8, 9, 10, 11, 12, 13, 14, 15] as const;
/** The lower 32 bits of the 64-bit lanes of two vectors. */
const lowWords = [0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27] as const;

/**
 * addend + x * y of single precision. The product is exact in double precision, and rounding the sum twice is rounding it once unless the
 * double lies in the middle between two singles.
 */
function fusedSingle(fn: VectorFunction, addend: number, x: number, y: number): Outcome {
  const halves = [lowHalf, highHalf].map((half) => {
    const wide = (v: number): number => {
      const low = half === lowHalf ? v : fn.any('i8x16.shuffle', [v, v], [...half, ...half]);
      return fn.any('f64x2.promote_low_f32x4', [low]);
    };
    const total = fn.any('f64x2.add', [fn.any('f64x2.mul', [wide(x), wide(y)]), wide(addend)]);
    const belowSingle = fn.bits('and', total, fn.fillBits(0x1fff_ffffn));
    return {
      zero: fn.any('f64x2.eq', [total, fn.fill(0, 64)]),
      safe: fn.any('i64x2.ne', [belowSingle, fn.fillBits(0x1000_0000n)]),
      single: fn.any('f32x4.demote_f64x2_zero', [total]),
    };
  });
  const both = (part: 'zero' | 'safe'): number =>
    fn.any(
      'i8x16.shuffle',
      halves.map((h) => h[part]),
      lowWords,
    );
  const result = fn.any(
    'i8x16.shuffle',
    halves.map((h) => h.single),
    [...lowHalf, ...lowHalf.map((k) => k + 16)],
  );
  return { result, when: [fn.bits('or', fn.isOrdinary(result), both('zero')), both('safe')], exact: [both('zero')] };
}

/** Magnitudes of a product whose error is a double, and whose sum with another number does not overflow but where that is seen. */
const productBounds = { least: 2 ** -960, most: 2 ** 1020 } as const;

/** Product and its error (Dekker): exact within {@link productBounds}, NaN when a factor is too large to be split. */
function twoProduct(fn: VectorFunction, x: number, y: number): { sum: number; error: number } {
  const half = fn.fillBits(1n << 26n);
  const mask = fn.fillBits(BigInt.asUintN(64, -1n << 27n));
  const split = (v: number): { high: number; low: number } => {
    const high = fn.bits('and', fn.i('add', v, half), mask);
    return { high, low: fn.f('sub', v, high) };
  };
  const whole = fn.f('mul', x, y);
  const [a, b] = [split(x), split(y)];
  const first = fn.f('sub', fn.f('mul', a.high, b.high), whole);
  const second = fn.f('add', first, fn.f('mul', a.high, b.low));
  const third = fn.f('add', second, fn.f('mul', a.low, b.high));
  return { sum: whole, error: fn.f('add', third, fn.f('mul', a.low, b.low)) };
}

/**
 * addend + x * y of double precision, as fusedDouble of jit/host-float.ts explains it: sum + rest, where the rest is rounded, counts when a little
 * more and a little less come to the same number. A product of zero is exact by itself.
 */
function fusedDouble(fn: VectorFunction, addend: number, x: number, y: number): Outcome {
  const p = twoProduct(fn, x, y);
  const s = fn.twoSum(p.sum, addend);
  const rest = fn.f('add', s.error, p.error);
  const margin = fn.f('mul', rest, fn.fill(2 ** -52));
  const result = fn.f('add', s.sum, fn.f('sub', rest, margin));
  const same = fn.f('eq', result, fn.f('add', s.sum, fn.f('add', rest, margin)));
  const rounded = [same, fn.isWithin(p.sum, productBounds.least, productBounds.most), fn.isOrdinary(result)].reduce((a, b) =>
    fn.bits('and', a, b),
  );
  const zero = fn.bits('and', fn.bits('or', fn.isZero(x), fn.isZero(y)), fn.isNumber(s.sum));
  return {
    result: fn.bits('bitselect', s.sum, result, zero),
    when: [fn.bits('or', zero, rounded)],
    exact: [fn.bits('or', zero, fn.isZero(rest))],
  };
}

function fused(negateProduct: boolean): Write {
  return (fn) => {
    const [addend, x, y] = fn.operands;
    const factor = negateProduct ? fn.f('neg', x) : x;
    return (fn.width === 32 ? fusedSingle : fusedDouble)(fn, addend, factor, y);
  };
}

function comparison(test: 'eq' | 'ge' | 'gt', absolute: boolean): Write {
  return (fn) => {
    const [a, b] = fn.operands.map((v) => (absolute ? fn.f('abs', v) : v));
    return { result: fn.f(test, a, b), when: [fn.isNumber(a), fn.isNumber(b)] };
  };
}

function extreme(which: 'max' | 'min'): Write {
  return (fn) => {
    const [a, b] = fn.operands;
    return { result: fn.f(which, a, b), when: [fn.isNumber(a), fn.isNumber(b)] };
  };
}

type Rounding = 'nearest' | 'ceil' | 'floor' | 'trunc';

function integral(rounding: Rounding, reportsInexact = false): Write {
  return (fn) => {
    const [a] = fn.operands;
    const result = fn.f(rounding, a);
    return { result, when: [fn.isNumber(a)], ...(reportsInexact ? { exact: [fn.f('eq', result, a)] } : {}) };
  };
}

/** Of 32 bits: there are no conversions of 64-bit lanes. */
function fromInteger(signed: boolean): Write {
  return (fn) => {
    const [a] = fn.operands;
    const result = fn.f(`convert_i32x4_${signed ? 's' : 'u'}`, a);
    const limit = 1n << BigInt(formats[32].fractionBits);
    const twice = (n: bigint): number => fn.fillBits((n << 32n) | n);
    const shifted = signed ? fn.i('add', a, twice(limit)) : a;
    return { result, when: [], exact: [fn.i('lt_u', shifted, twice(signed ? 2n * limit : limit))] };
  };
}

function toInteger(signed: boolean, rounding: Rounding): Write {
  return (fn) => {
    const [a] = fn.operands;
    const integer = fn.f(rounding, a);
    const inRange = [fn.f('ge', integer, fn.fill(signed ? -(2 ** 31) : 0)), fn.f('lt', integer, fn.fill(signed ? 2 ** 31 : 2 ** 32))];
    return { result: fn.i(`trunc_sat_f32x4_${signed ? 's' : 'u'}`, integer), when: inRange, exact: [fn.f('eq', integer, a)] };
  };
}

type VectorOperation = { operands: number; widths: readonly LaneWidth[]; write: Write };
const both = [32, 64] as const;

const roundings = { TieEven: 'nearest', PlusInfinity: 'ceil', MinusInfinity: 'floor', Zero: 'trunc' } as const;

/** Operations on vectors that have a fast way, by the names of softfloat.ts. */
export const fastFpVectorOperations: Readonly<Record<string, VectorOperation>> = {
  add: { operands: 2, widths: both, write: sum(false) },
  sub: { operands: 2, widths: both, write: sum(true) },
  abd: { operands: 2, widths: both, write: sum(true, true) },
  mul: { operands: 2, widths: both, write: product },
  mulx: { operands: 2, widths: both, write: product },
  div: { operands: 2, widths: both, write: quotient },
  sqrt: { operands: 1, widths: both, write: squareRoot },
  muladd: { operands: 3, widths: both, write: fused(false) },
  mulsub: { operands: 3, widths: both, write: fused(true) },
  max: { operands: 2, widths: both, write: extreme('max') },
  min: { operands: 2, widths: both, write: extreme('min') },
  maxnm: { operands: 2, widths: both, write: extreme('max') },
  minnm: { operands: 2, widths: both, write: extreme('min') },
  eqMask: { operands: 2, widths: both, write: comparison('eq', false) },
  geMask: { operands: 2, widths: both, write: comparison('ge', false) },
  gtMask: { operands: 2, widths: both, write: comparison('gt', false) },
  absGeMask: { operands: 2, widths: both, write: comparison('ge', true) },
  absGtMask: { operands: 2, widths: both, write: comparison('gt', true) },
  roundTieEven: { operands: 1, widths: both, write: integral('nearest') },
  roundPlusInfinity: { operands: 1, widths: both, write: integral('ceil') },
  roundMinusInfinity: { operands: 1, widths: both, write: integral('floor') },
  roundZero: { operands: 1, widths: both, write: integral('trunc') },
  roundCurrent: { operands: 1, widths: both, write: integral('nearest') },
  roundExact: { operands: 1, widths: both, write: integral('nearest', true) },
  fromS32: { operands: 1, widths: [32], write: fromInteger(true) },
  fromU32: { operands: 1, widths: [32], write: fromInteger(false) },
  ...Object.fromEntries(
    Object.entries(roundings).flatMap(([mode, rounding]): [string, VectorOperation][] => [
      [`toS32${mode}`, { operands: 1, widths: [32], write: toInteger(true, rounding) }],
      [`toU32${mode}`, { operands: 1, widths: [32], write: toInteger(false, rounding) }],
    ]),
  ),
};

/** Name under which a module has an operation on vectors of such lanes; undefined when there is no fast way. */
export function fastFpVectorName(op: string, width: LaneWidth): string | undefined {
  return fastFpVectorOperations[op]?.widths.includes(width) ? `fp:${op}:${width}x${128 / width}` : undefined;
}

/** Bits of FPCR that are clear in the host's mode: rounding to nearest, no flushing, no default NaN. */
export const hostModeMask = (3 << 22) | Fpcr.FZ | Fpcr.DN;

/** A function (state, vectors ...) -> vector. `scalar` is the index of the same operation's function on one lane. */
export function fpVectorFunction({ operands, write }: VectorOperation, width: LaneWidth, scalar: number): FunctionWriter {
  const fn = new VectorFunction(width, operands);
  const { code } = fn;
  code.get(0).memory('i32.load', State.fpcr).i32(hostModeMask).op('i32.and').op('i32.eqz').if();
  const { result, when, exact } = write(fn);
  fn.pushAll(when);
  if (exact) {
    code.get(0).memory('i32.load', State.fpsr).i32(Math.log2(Fpsr.IXC)).op('i32.shr_u').i32(1).op('i32.and');
    if (exact.length > 0) {
      fn.pushAll(exact);
      code.op('i32.or');
    }
    code.op('i32.and');
  }
  code.if().get(result).return().end().end();
  const { integer } = formats[width];
  const lanes = code.local('v128');
  for (let i = 0; i < 128 / width; i++) {
    code.get(lanes).get(0);
    for (const operand of fn.operands) code.get(operand).vector(`${integer}.extract_lane`, [i]);
    code.call(scalar).vector(`${integer}.replace_lane`, [i]).set(lanes);
  }
  code.get(lanes);
  return code;
}
