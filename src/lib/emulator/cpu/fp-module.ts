import type { FpWidth } from '../../arm64/emitter.ts';
import { fpResultBits } from '../../arm64/softfloat.ts';
import { reciprocal, reciprocalSquareRoot } from './fp-estimates.ts';
import { FastFunction, formats, returnIf, type Write } from './fp-function.ts';
import { fastFpVectorName, fastFpVectorOperations, fpVectorFunction } from './fp-vectors.ts';
import { ModuleWriter, type Signature, type WasmType } from './wasm.ts';

/**
 * Floating-point operations by the host's arithmetic where that provably gives Arm's result and flags; the exact functions of
 * softfloat.ts everywhere else.
 *
 * The host rounds to nearest even and keeps subnormals, as FPCR = 0 says. What it does not give are flags and defined NaNs. So: FPCR must
 * ask for that mode; results that are NaN or infinite, or that may be tiny, go the exact way; and a result is either known to be
 * exact, or FPSR.IXC is set already, so that inexactness changes nothing.
 */

/** Type of an operation's result: bits in i32 or i64, or NZCV of a comparison as i32. */
export function fpResult(op: string, width: FpWidth): 'i32' | 'i64' {
  return fpResultBits(op, width) === 64 ? 'i64' : 'i32';
}

function sum(negate: boolean, absolute = false): Write {
  return (fn) => {
    const [a, b] = fn.operands;
    if (negate) {
      fn.get(b).f('neg');
      fn.code.set(b);
    }
    const { sum: total, error } = fn.twoSum(a, b);
    let result = total;
    if (absolute) {
      fn.get(total).f('abs');
      result = fn.keep();
    }
    // A sum that is tiny or zero is exact.
    returnIf(
      fn,
      result,
      () => fn.pushIsFinite(total),
      () => fn.pushIsZero(error),
    );
  };
}

function product(negate: boolean): Write {
  return (fn) => {
    const [a, b] = fn.operands;
    fn.get(a).get(b).f('mul');
    if (negate) fn.f('neg');
    const r = fn.keep();
    returnIf(
      fn,
      r,
      () => fn.pushIsOrdinary(r),
      () => fn.pushProductFits(a, b),
    );
    // Zero times something finite.
    fn.pushIsZero(a);
    fn.pushIsZero(b);
    fn.code.op('i32.or');
    fn.get(r).get(r).f('eq').op('i32.and').if();
    fn.returnFloat(r);
    fn.code.end();
  };
}

const quotient: Write = (fn) => {
  const [a, b] = fn.operands;
  fn.get(a).get(b).f('div');
  const r = fn.keep();
  returnIf(
    fn,
    r,
    () => fn.pushIsOrdinary(r),
    () => {
      fn.get(r).get(b).f('mul');
      fn.get(a).f('eq');
      fn.pushProductFits(r, b);
      fn.code.op('i32.and');
      fn.pushIsOrdinary(a);
      fn.code.op('i32.and');
    },
  );
  // Zero divided by something else.
  fn.pushIsZero(a);
  fn.get(r).get(r).f('eq').op('i32.and').if();
  fn.returnFloat(r);
  fn.code.end();
};

const squareRoot: Write = (fn) => {
  const [a] = fn.operands;
  fn.get(a).f('sqrt');
  const r = fn.keep();
  returnIf(
    fn,
    r,
    () => fn.pushIsOrdinary(r),
    () => {
      fn.get(r).get(r).f('mul');
      fn.get(a).f('eq');
      fn.pushProductFits(r, r);
      fn.code.op('i32.and');
    },
  );
  fn.pushIsZero(a);
  fn.code.if();
  fn.returnFloat(r);
  fn.code.end();
};

/** addend + x * y with one rounding, of single precision: the product is exact in double precision. */
function fusedSingle(fn: FastFunction, [addend, x, y]: readonly number[], scale = 1): void {
  const { code } = fn;
  code.get(x).op('f64.promote_f32').get(y).op('f64.promote_f32').op('f64.mul');
  const exactProduct = fn.keep('f64');
  code.get(addend).op('f64.promote_f32');
  const wideAddend = fn.keep('f64');
  const total = fn.twoSum(exactProduct, wideAddend, 'f64');
  fn.roundToOdd(total);
  if (scale !== 1) {
    code.get(total.sum);
    fn.constant(scale, 'f64').op('f64.mul').set(total.sum);
  }
  code.get(total.sum).op('f32.demote_f64');
  const r = fn.keep();
  returnIf(
    fn,
    r,
    () => fn.pushIsOrdinary(r),
    () => {
      code.get(r).op('f64.promote_f32').get(total.sum).op('f64.eq').get(total.error);
      fn.constant(0, 'f64').op('f64.eq').op('i32.and');
    },
  );
  // A sum of exactly zero.
  fn.get(total.sum);
  fn.constant(0, 'f64').op('f64.eq').if();
  fn.returnFloat(r);
  code.end();
}

/** Pushes whether the exponent of a double is within 2^-reach and 2^reach. */
function pushIsModerate(fn: FastFunction, local: number, reach: number): void {
  fn.get(local).f('abs');
  fn.constant(2 ** -reach);
  fn.f('gt');
  fn.get(local).f('abs');
  fn.constant(2 ** reach);
  fn.f('lt').op('i32.and');
}

/** Product and its error, both doubles (Dekker, with Veltkamp's splitting). Exact for moderate operands. */
function twoProduct(fn: FastFunction, x: number, y: number): { sum: number; error: number } {
  const split = (v: number): { high: number; low: number } => {
    fn.get(v);
    fn.constant(2 ** 27 + 1);
    fn.f('mul');
    const scaled = fn.keep();
    fn.get(scaled).get(scaled).get(v).f('sub');
    fn.f('sub');
    const high = fn.keep();
    fn.get(v).get(high).f('sub');
    return { high, low: fn.keep() };
  };
  fn.get(x).get(y).f('mul');
  const whole = fn.keep();
  const a = split(x);
  const b = split(y);
  fn.get(a.high).get(b.high).f('mul');
  fn.get(whole).f('sub');
  fn.get(a.high).get(b.low).f('mul');
  fn.f('add');
  fn.get(a.low).get(b.high).f('mul');
  fn.f('add');
  fn.get(a.low).get(b.low).f('mul');
  fn.f('add');
  return { sum: whole, error: fn.keep() };
}

/**
 * addend + x * y with one rounding, of double precision: Boldo and Melquiond, "Emulation of FMA and correctly rounded sums: proved
 * algorithms using rounding to odd" (2008). Holds where nothing under- or overflows on the way.
 */
function fusedDouble(fn: FastFunction, [addend, x, y]: readonly number[], scale = 1): void {
  // A product of zero is exact, and adding it is too.
  fn.get(addend).get(x).get(y).f('mul');
  fn.f('add');
  if (scale !== 1) fn.constant(scale).op('f64.mul');
  const plain = fn.keep();
  fn.pushIsZero(x);
  fn.pushIsZero(y);
  fn.code.op('i32.or');
  fn.get(plain).get(plain).f('eq').op('i32.and').if();
  fn.returnFloat(plain);
  fn.code.end();
  pushIsModerate(fn, x, 400);
  pushIsModerate(fn, y, 400);
  fn.code.op('i32.and');
  pushIsModerate(fn, addend, 800);
  fn.pushIsZero(addend);
  fn.code.op('i32.or').op('i32.and').if();
  const p = twoProduct(fn, x, y);
  const t = fn.twoSum(addend, p.error);
  const v = fn.twoSum(p.sum, t.sum);
  const z = fn.twoSum(t.error, v.error);
  fn.roundToOdd(z);
  const r = fn.twoSum(v.sum, z.sum);
  fn.get(r.sum);
  if (scale !== 1) fn.constant(scale).op('f64.mul');
  const result = fn.keep();
  returnIf(
    fn,
    result,
    () => fn.pushIsOrdinary(result),
    () => {
      fn.pushIsZero(r.error);
      fn.pushIsZero(z.error);
      fn.code.op('i32.and');
    },
  );
  fn.code.end();
}

function fused(negateAddend: boolean, negateProduct: boolean): Write {
  return (fn) => {
    const [addend, x, y] = fn.operands;
    const flip = (local: number): void => {
      fn.get(local).f('neg');
      fn.code.set(local);
    };
    if (negateAddend) flip(addend);
    if (negateProduct) flip(x);
    if (fn.format.f === 'f32') fusedSingle(fn, fn.operands);
    else fusedDouble(fn, [addend, x, y]);
  };
}

/** (from - x * y) * scale, rounded once; the scale is a power of two. */
function step(from: number, scale: number): Write {
  return (fn) => {
    const [x, y] = fn.operands;
    fn.get(x).f('neg');
    fn.code.set(x);
    fn.constant(from);
    const addend = fn.keep();
    if (fn.format.f === 'f32') fusedSingle(fn, [addend, x, y], scale);
    else fusedDouble(fn, [addend, x, y], scale);
  };
}

/** Opens a block for operands that are not NaN. */
function ifNumbers(fn: FastFunction): void {
  fn.operands.forEach((local, n) => {
    fn.get(local).get(local).f('eq');
    if (n > 0) fn.code.op('i32.and');
  });
  fn.code.if();
}

const comparison: Write = (fn) => {
  const [a, b] = fn.operands;
  ifNumbers(fn);
  fn.code.i32(0x6000_0000).i32(0x8000_0000).i32(0x2000_0000);
  fn.get(a).get(b).f('lt').op('select');
  fn.get(a).get(b).f('eq').op('select').return().end();
};

function mask(test: 'eq' | 'ge' | 'gt', absolute: boolean): Write {
  return (fn) => {
    ifNumbers(fn);
    for (const local of fn.operands) {
      fn.get(local);
      if (absolute) fn.f('abs');
    }
    const { i } = fn.format;
    fn.f(test);
    if (i === 'i64') fn.code.op('i64.extend_i32_u').set(1).i64(0n).get(1).op('i64.sub');
    else fn.code.set(1).i32(0).get(1).op('i32.sub');
    fn.code.return().end();
  };
}

function extreme(which: 'max' | 'min'): Write {
  return (fn) => {
    const [a, b] = fn.operands;
    ifNumbers(fn);
    fn.get(a).get(b).f(which);
    fn.returnFloat(fn.keep());
    fn.code.end();
  };
}

function integral(op: 'nearest' | 'ceil' | 'floor' | 'trunc', exact = false): Write {
  return (fn) => {
    const [a] = fn.operands;
    ifNumbers(fn);
    fn.get(a).f(op);
    const r = fn.keep();
    if (exact) {
      fn.pushInexactSet();
      fn.get(r).get(a).f('eq').op('i32.or').if();
    }
    fn.returnFloat(r);
    if (exact) fn.code.end();
    fn.code.end();
  };
}

const toDouble: Write = (fn) => {
  ifNumbers(fn);
  fn.get(fn.operands[0]).code.op('f64.promote_f32').op('i64.reinterpret_f64').return().end();
};

const toSingle: Write = (fn) => {
  const [a] = fn.operands;
  const { code } = fn;
  code.get(a).op('f32.demote_f64');
  const r = fn.keep('f32');
  code.get(r).op('f32.abs');
  fn.constant(Infinity, 'f32').op('f32.lt').get(r).op('f32.abs');
  fn.constant(formats[32].smallestNormal, 'f32').op('f32.gt').op('i32.and');
  fn.pushInexactSet();
  code.get(r).op('f64.promote_f32').get(a).op('f64.eq').op('i32.or').op('i32.and');
  fn.pushIsZero(a);
  code.op('i32.or').if().get(r).op('i32.reinterpret_f32').return().end();
};

/** From an integer of `bits`: exact when it has no more bits than the fraction. */
function fromInteger(bits: 32 | 64, signed: boolean): Write {
  return (fn) => {
    const { code } = fn;
    const i = bits === 64 ? 'i64' : 'i32';
    const { f, fractionBits } = fn.format;
    code.get(1).op(`${f}.convert_${i}_${signed ? 's' : 'u'}`);
    const r = fn.keep();
    if (bits <= fractionBits) return fn.returnFloat(r);
    const push = (value: bigint): void => void (i === 'i64' ? code.i64(value) : code.i32(Number(value)));
    const limit = 1n << BigInt(fractionBits);
    fn.pushInexactSet();
    code.get(1);
    if (signed) {
      push(limit);
      code.op(`${i}.add`);
    }
    push(signed ? 2n * limit : limit);
    code.op(`${i}.lt_u`).op('i32.or').if();
    fn.returnFloat(r);
    code.end();
  };
}

/** To an integer of `bits`, when it is in range. */
function toInteger(bits: 32 | 64, signed: boolean, rounding: 'nearest' | 'ceil' | 'floor' | 'trunc'): Write {
  return (fn) => {
    const [a] = fn.operands;
    fn.get(a).f(rounding);
    const r = fn.keep();
    fn.get(r);
    fn.constant(signed ? -(2 ** (bits - 1)) : 0);
    fn.f('ge').get(r);
    fn.constant(2 ** (signed ? bits - 1 : bits));
    fn.f('lt').op('i32.and');
    fn.pushInexactSet();
    fn.get(r).get(a).f('eq').op('i32.or').op('i32.and').if();
    fn.get(r)
      .code.op(`i${bits}.trunc_${fn.format.f}_${signed ? 's' : 'u'}`)
      .return()
      .end();
  };
}

const both = [32, 64] as const;

type Fast = {
  operands: number;
  widths: readonly (32 | 64)[];
  write: Write;
  /** Type of an operand that is no float. */ integer?: 'i32' | 'i64';
};

const integerConversions: Readonly<Record<string, Fast>> = Object.fromEntries(
  ([32, 64] as const).flatMap((bits) =>
    [true, false].flatMap((signed): [string, Fast][] => {
      const name = `${signed ? 'S' : 'U'}${bits}`;
      const roundings = { TieEven: 'nearest', PlusInfinity: 'ceil', MinusInfinity: 'floor', Zero: 'trunc' } as const;
      return [
        [`from${name}`, { operands: 1, widths: both, write: fromInteger(bits, signed), integer: `i${bits}` }],
        ...Object.entries(roundings).map(([mode, rounding]): [string, Fast] => [
          `to${name}${mode}`,
          { operands: 1, widths: both, write: toInteger(bits, signed, rounding) },
        ]),
      ];
    }),
  ),
);

/** Operations that have a fast way. */
const fast: Readonly<Record<string, Fast>> = {
  ...integerConversions,
  add: { operands: 2, widths: both, write: sum(false) },
  sub: { operands: 2, widths: both, write: sum(true) },
  abd: { operands: 2, widths: both, write: sum(true, true) },
  mul: { operands: 2, widths: both, write: product(false) },
  // Infinity times zero is NaN to the host, which goes the exact way.
  mulx: { operands: 2, widths: both, write: product(false) },
  nmul: { operands: 2, widths: both, write: product(true) },
  div: { operands: 2, widths: both, write: quotient },
  sqrt: { operands: 1, widths: both, write: squareRoot },
  muladd: { operands: 3, widths: both, write: fused(false, false) },
  mulsub: { operands: 3, widths: both, write: fused(false, true) },
  nmuladd: { operands: 3, widths: both, write: fused(true, true) },
  nmulsub: { operands: 3, widths: both, write: fused(true, false) },
  recpe: { operands: 1, widths: both, write: reciprocal },
  rsqrte: { operands: 1, widths: both, write: reciprocalSquareRoot },
  recps: { operands: 2, widths: both, write: step(2, 1) },
  rsqrts: { operands: 2, widths: both, write: step(3, 0.5) },
  max: { operands: 2, widths: both, write: extreme('max') },
  min: { operands: 2, widths: both, write: extreme('min') },
  maxnm: { operands: 2, widths: both, write: extreme('max') },
  minnm: { operands: 2, widths: both, write: extreme('min') },
  compareQuiet: { operands: 2, widths: both, write: comparison },
  compareSignalling: { operands: 2, widths: both, write: comparison },
  eqMask: { operands: 2, widths: both, write: mask('eq', false) },
  geMask: { operands: 2, widths: both, write: mask('ge', false) },
  gtMask: { operands: 2, widths: both, write: mask('gt', false) },
  absGeMask: { operands: 2, widths: both, write: mask('ge', true) },
  absGtMask: { operands: 2, widths: both, write: mask('gt', true) },
  roundTieEven: { operands: 1, widths: both, write: integral('nearest') },
  roundPlusInfinity: { operands: 1, widths: both, write: integral('ceil') },
  roundMinusInfinity: { operands: 1, widths: both, write: integral('floor') },
  roundZero: { operands: 1, widths: both, write: integral('trunc') },
  roundCurrent: { operands: 1, widths: both, write: integral('nearest') },
  roundExact: { operands: 1, widths: both, write: integral('nearest', true) },
  toDouble: { operands: 1, widths: [32], write: toDouble },
  toSingle: { operands: 1, widths: [64], write: toSingle },
};

export const fastFpOperations = fast;

/**
 * A module of all fast operations, exported as `fp:OP:WIDTH` with (state, operands ...) -> result. It imports the memory and the exact
 * functions as `exact:OP:WIDTH`. Operations on vectors are `fp:OP:WIDTHxLANES` with (state, vectors ...) -> vector.
 */
export function fpModule(memoryPages: number): Uint8Array<ArrayBuffer> {
  const module = new ModuleWriter();
  module.importMemory('memory', memoryPages);
  const functions = Object.entries(fast).flatMap(([op, { operands, widths, write, integer }]) =>
    widths.map((width) => {
      const { i } = formats[width];
      const signature: Signature = { params: ['i32', ...new Array<WasmType>(operands).fill(integer ?? i)], results: [fpResult(op, width)] };
      return { op, width, operands, write, integer, signature, exact: module.importFunction(`exact:${op}:${width}`, signature) };
    }),
  );
  const scalars = new Map<string, number>();
  for (const { op, width, operands, write, integer, signature, exact } of functions) {
    const fn = new FastFunction(width, operands, integer !== undefined);
    // The fast way may overwrite float locals, but not the parameters unless it returns.
    fn.ifHostMode();
    write(fn);
    fn.code.end().get(0);
    for (let n = 1; n <= operands; n++) fn.code.get(n);
    fn.code.call(exact);
    scalars.set(`${op}:${width}`, module.function(signature, fn.code, `fp:${op}:${width}`));
  }
  for (const [op, operation] of Object.entries(fastFpVectorOperations)) {
    for (const width of operation.widths) {
      const scalar = scalars.get(`${op}:${width}`);
      if (scalar === undefined) throw new Error(`${op} has a fast way for vectors but none for one lane`);
      const signature: Signature = { params: ['i32', ...new Array<WasmType>(operation.operands).fill('v128')], results: ['v128'] };
      module.function(signature, fpVectorFunction(operation, width, scalar), fastFpVectorName(op, width));
    }
  }
  return module.finish();
}
