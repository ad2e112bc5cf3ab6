/**
 * Division of vectors by a constant: NEON has no division of integers, but multiplies. T. Granlund and P. Montgomery, "Division by Invariant
 * Integers using Multiplication", 1994: x / d is the upper half of x * m, shifted, with m close to 2^p / d.
 */
import { rightShift, type Binary } from './lower-vector-arithmetic.ts';
import { lanesConstant, splatBits } from './lower-vector-constant.ts';
import type { Lowering } from './lowering.ts';
import type { Reg } from './mir.ts';
import { accumulate, binary, fresh, letterOf, qField, registersOf, sizeField, unary, type Shape, type VectorRegister } from './vectors.ts';

/** False for what is divided by something else than one constant, and for lanes of 64 bits, which NEON does not multiply. */
export function divideByConstant(L: Lowering, i: Binary, shape: Shape, d: readonly Reg[]): boolean {
  const bits = splatBits(i.operands[1]);
  if (bits === undefined || bits === 0n || shape.lane === 64 || shape.float) return false;
  const signed = i.op === 'sdiv' || i.op === 'srem';
  const divisor = signed ? BigInt.asIntN(shape.lane, bits) : bits;
  const x = L.regsOf(i.operands[0]);
  const emit = new Lanes(L, shape);
  const quotient = signed ? signedQuotient : unsignedQuotient;
  const remainder = i.op === 'urem' || i.op === 'srem';
  const [factor] = remainder ? emit.constant(divisor) : [];
  registersOf(shape).forEach((r, n) => {
    const whole = quotient(emit, r, x[n], divisor);
    if (remainder) accumulate(L, 'mls_v', d[n], x[n], [whole, factor], { Q: qField(shape.lane, r), size: sizeField(shape.lane) });
    else L.copy(d[n], whole);
  });
  return true;
}

/** Operations on one register of lanes. */
class Lanes {
  readonly shape: Shape;
  private readonly L: Lowering;
  private readonly constants = new Map<bigint, Reg[]>();

  constructor(L: Lowering, shape: Shape) {
    this.L = L;
    this.shape = shape;
  }

  /** A whole register of equal lanes. */
  constant(value: bigint): Reg[] {
    const bits = BigInt.asUintN(this.shape.lane, value);
    let known = this.constants.get(bits);
    if (!known) {
      const count = 128 / this.shape.lane;
      known = lanesConstant(this.L, { ...this.shape, count }, new Array<bigint>(count).fill(bits));
      this.constants.set(bits, known);
    }
    return known;
  }

  two(row: string, r: VectorRegister, n: Reg, m: Reg): Reg {
    return fresh(this.L, r, (d) => binary(this.L, row, d, n, m, { Q: qField(this.shape.lane, r), size: sizeField(this.shape.lane) }));
  }

  negated(r: VectorRegister, n: Reg): Reg {
    return fresh(this.L, r, (d) => unary(this.L, 'neg_v', d, n, { Q: qField(this.shape.lane, r), size: sizeField(this.shape.lane) }));
  }

  /** `row` is `ushr` or `sshr`. */
  shifted(row: 'ushr' | 'sshr', r: VectorRegister, n: Reg, by: number): Reg {
    if (by === 0) return n;
    const fields = { Q: qField(this.shape.lane, r), ...rightShift(this.shape, BigInt(by)) };
    return fresh(this.L, r, (d) => unary(this.L, `${row}_imm_${letterOf(this.shape.lane)}`, d, n, fields));
  }

  /** The upper halves of products. */
  upperProduct(sign: 's' | 'u', r: VectorRegister, n: Reg, m: Reg): Reg {
    const size = sizeField(this.shape.lane);
    const wide: VectorRegister = { count: r.count, bits: 128 };
    const low = fresh(this.L, wide, (d) => binary(this.L, `${sign}mull`, d, n, m, { size }));
    const high = r.bits === 128 ? fresh(this.L, wide, (d) => binary(this.L, `${sign}mull2`, d, n, m, { size })) : low;
    return fresh(this.L, r, (d) => binary(this.L, 'uzp2', d, low, high, { Q: 1, size }));
  }
}

const isPowerOfTwo = (n: bigint): boolean => (n & (n - 1n)) === 0n;
const bitLength = (n: bigint): number => n.toString(2).length;

function unsignedQuotient(emit: Lanes, r: VectorRegister, x: Reg, divisor: bigint): Reg {
  const width = BigInt(emit.shape.lane);
  if (isPowerOfTwo(divisor)) return emit.shifted('ushr', r, x, bitLength(divisor) - 1);
  const log = BigInt(bitLength(divisor - 1n));
  for (let shift = 0n; shift < log; shift++) {
    const factor = (1n << (width + shift)) / divisor + 1n;
    const fits = factor >> width === 0n && factor * divisor - (1n << (width + shift)) <= 1n << shift;
    if (fits) return emit.shifted('ushr', r, emit.upperProduct('u', r, x, emit.constant(factor)[0]), Number(shift));
  }
  // A factor of one bit more than a lane has: its upper bit is an addition, halved so that it does not overflow.
  const factor = ((1n << width) * ((1n << log) - divisor)) / divisor + 1n;
  const product = emit.upperProduct('u', r, x, emit.constant(factor)[0]);
  const rest = emit.shifted('ushr', r, emit.two('sub_v', r, x, product), 1);
  return emit.shifted('ushr', r, emit.two('add_v', r, rest, product), Number(log) - 1);
}

function signedQuotient(emit: Lanes, r: VectorRegister, x: Reg, divisor: bigint): Reg {
  const { lane } = emit.shape;
  const size = divisor < 0n ? -divisor : divisor;
  const positive = isPowerOfTwo(size) ? signedByPower(emit, r, x, bitLength(size) - 1) : signedByFactor(emit, r, x, size, BigInt(lane));
  return divisor < 0n ? emit.negated(r, positive) : positive;
}

/** Towards zero: what is negative is rounded up. */
function signedByPower(emit: Lanes, r: VectorRegister, x: Reg, log: number): Reg {
  if (log === 0) return x;
  const { lane } = emit.shape;
  const rounding = emit.shifted('ushr', r, emit.shifted('sshr', r, x, lane - 1), lane - log);
  return emit.shifted('sshr', r, emit.two('add_v', r, x, rounding), log);
}

function signedByFactor(emit: Lanes, r: VectorRegister, x: Reg, divisor: bigint, width: bigint): Reg {
  let shift = 0n;
  let factor = (1n << width) / divisor + 1n;
  while (factor * divisor - (1n << (width + shift)) > 1n << (shift + 1n)) {
    shift++;
    factor = (1n << (width + shift)) / divisor + 1n;
  }
  let product = emit.upperProduct('s', r, x, emit.constant(factor)[0]);
  // As a signed lane the factor is smaller by 2^width.
  if (factor >> (width - 1n) !== 0n) product = emit.two('add_v', r, product, x);
  const down = emit.shifted('sshr', r, product, Number(shift));
  return emit.two('add_v', r, down, emit.shifted('ushr', r, x, Number(width) - 1));
}
