/** What AdvSIMD integer instructions do to lanes, apart from where operands come from: vectors, scalars and elements use the same. */
import type { Lanes, Sign } from './lanes.ts';

/** `d` gives the old value of the destination, for those that accumulate. */
export type LaneOperation = <V, R>(x: Lanes<V, R>, a: V, b: V, d: () => V) => V;
export type UnaryOperation = <V, R>(x: Lanes<V, R>, a: V, d: () => V) => V;
/** `amount` is an i32. */
export type ShiftOperation = <V, R>(x: Lanes<V, R>, a: V, amount: Amount<V>, d: () => V) => V;

/**
 * Right shifts may be by the whole width of a lane, which WebAssembly's are not: they are done in two steps. `plain` is less than the
 * width; `rest` is what a right shift lacks, 0 or 1; `lessOne` is one less than the whole amount.
 */
export type Amount<V> = { plain: V; rest: V };

// Halving: exact, as bits that both operands have count whole and the others half

export const halvingAdd = (sign: Sign): LaneOperation => {
  return (x, a, b) => x.add(x.and(a, b), x.shr(sign, x.xor(a, b), 1));
};
export const roundingHalvingAdd = (sign: Sign): LaneOperation => {
  return (x, a, b) => (sign === 'u' && x.size < 2 ? x.op('avgr_u', a, b) : x.sub(x.or(a, b), x.shr(sign, x.xor(a, b), 1)));
};
export const halvingSub = (sign: Sign): LaneOperation => {
  return (x, a, b) => x.sub(x.shr(sign, x.xor(a, b), 1), x.without(b, a));
};

// Saturating sums

export const saturatingAdd = (sign: Sign): LaneOperation => {
  return (x, a, b) => {
    const sum = x.add(a, b);
    if (x.size < 2) {
      const fitted = x.op(`add_sat_${sign}`, a, b);
      x.saturates(x.xor(fitted, sum));
      return fitted;
    }
    if (sign === 's') return x.saturated(sum, x.signs(x.and(x.xor(a, sum), x.xor(b, sum))), x.limitBySign(a));
    const overflow = x.gt('u', a, sum);
    x.saturates(overflow);
    return x.or(sum, overflow);
  };
};

export const saturatingSub = (sign: Sign): LaneOperation => {
  return (x, a, b) => {
    const difference = x.sub(a, b);
    if (x.size < 2) {
      const fitted = x.op(`sub_sat_${sign}`, a, b);
      x.saturates(x.xor(fitted, difference));
      return fitted;
    }
    if (sign === 's') return x.saturated(difference, x.signs(x.and(x.xor(a, b), x.xor(a, difference))), x.limitBySign(a));
    const overflow = x.gt('u', b, a);
    x.saturates(overflow);
    return x.without(difference, overflow);
  };
};

/** SUQADD (signed `d` and unsigned `a`) and USQADD: moved by half the range, the sum is one of two operands of the other kind. */
export const saturatingAccumulate = (sign: Sign): UnaryOperation => {
  return (x, a, d) => x.xor(saturatingAdd(sign === 's' ? 'u' : 's')(x, x.xor(d(), x.least()), a, d), x.least());
};

// Comparisons

export const test: LaneOperation = (x, a, b) => x.ne(x.and(a, b), x.zero());

// Shifts by the signed number in the low byte of each lane of `b`

export type RegisterShift = { sign: Sign; rounding: boolean; saturating: boolean };

/** Each lane of `a` shifted by the low bits of that lane of `amounts`: by 1 where bit 0 is set, then by 2 where bit 1 is, and so on. */
function stepwise<V, R>(x: Lanes<V, R>, a: V, amounts: V, by: (v: V, amount: number) => V): V {
  let result = a;
  for (let k = 0; 1 << k < x.bits; k++) {
    const chosen = x.signs(x.shl(amounts, x.bits - 1 - k));
    result = x.select(chosen, by(result, 1 << k), result);
  }
  return result;
}

export const shiftByRegister = (kind: RegisterShift): LaneOperation => {
  return (x, a, b) => {
    const amounts = x.bits === 8 ? b : x.shr('s', x.shl(b, x.bits - 8), x.bits - 8);
    const isRight = x.signs(amounts);
    return x.select(isRight, shiftedRight(x, a, amounts, kind), shiftedLeft(x, a, amounts, isRight, kind));
  };
};

function shiftedLeft<V, R>(x: Lanes<V, R>, a: V, amounts: V, isRight: V, kind: RegisterShift): V {
  const isFar = x.gt('s', amounts, x.fill(x.bits - 1));
  const moved = stepwise(x, a, amounts, (v, n) => x.shl(v, n));
  const result = x.without(moved, isFar);
  if (!kind.saturating) return result;
  const back = stepwise(x, moved, amounts, (v, n) => x.shr(kind.sign, v, n));
  const overflow = x.select(isFar, x.ne(a, x.zero()), x.ne(back, a));
  return x.saturated(result, x.without(overflow, isRight), kind.sign === 's' ? x.limitBySign(a) : x.fill(-1));
}

function shiftedRight<V, R>(x: Lanes<V, R>, a: V, amounts: V, kind: RegisterShift): V {
  const right = (v: V, n: number): V => x.shr(kind.sign, v, n);
  if (kind.rounding) {
    // One place less: the lowest bit then says how to round. Further than that, nothing is left, whatever the sign.
    const moved = stepwise(x, a, x.not(amounts), right);
    return x.without(roundedHalf(x, moved, kind.sign), x.gt('s', x.fill(-x.bits), amounts));
  }
  const isFar = x.gt('s', x.fill(1 - x.bits), amounts);
  const moved = stepwise(x, a, x.neg(amounts), right);
  return kind.sign === 'u' ? x.without(moved, isFar) : x.select(isFar, x.signs(a), moved);
}

/** Half of each lane, rounded up. */
function roundedHalf<V, R>(x: Lanes<V, R>, a: V, sign: Sign): V {
  return x.add(x.shr(sign, a, 1), x.and(a, x.fill(1)));
}

// Shifts by an immediate

export const shiftRight = (sign: Sign, rounding: boolean): ShiftOperation => {
  return (x, a, { plain, rest }) => {
    if (!rounding) return x.shr(sign, x.shr(sign, a, plain), rest);
    // `plain` is one less than the amount.
    return roundedHalf(x, x.shr(sign, a, plain), sign);
  };
};

export const shiftRightAccumulate = (sign: Sign, rounding: boolean): ShiftOperation => {
  return (x, a, amount, d) => x.add(d(), shiftRight(sign, rounding)(x, a, amount, d));
};

/** SRI and SLI keep the bits of the destination that the shift would make zero. */
export const shiftRightInsert: ShiftOperation = (x, a, { plain, rest }, d) => {
  const right = (v: typeof a): typeof a => x.shr('u', x.shr('u', v, plain), rest);
  return x.select(right(x.fill(-1)), right(a), d());
};
export const shiftLeftInsert: ShiftOperation = (x, a, { plain }, d) => x.select(x.shl(x.fill(-1), plain), x.shl(a, plain), d());

export const saturatingShiftLeft = (sign: Sign): ShiftOperation => {
  return (x, a, { plain }) => {
    const moved = x.shl(a, plain);
    const overflow = x.ne(x.shr(sign, moved, plain), a);
    return x.saturated(moved, overflow, sign === 's' ? x.limitBySign(a) : x.fill(-1));
  };
};

/** SQSHLU: signed operands, unsigned results. */
export const saturatingShiftLeftUnsigned: ShiftOperation = (x, a, { plain }) => {
  const moved = x.shl(a, plain);
  const isNegative = x.signs(a);
  const overflow = x.or(isNegative, x.ne(x.shr('u', moved, plain), a));
  return x.saturated(moved, overflow, x.not(isNegative));
};

// Differences

export const absoluteDifference = (sign: Sign): LaneOperation => {
  return (x, a, b) => x.sub(x.max(sign, a, b), x.min(sign, a, b));
};

// Multiplication

export const multiplyAdd: LaneOperation = (x, a, b, d) => x.add(d(), x.mul(a, b));
export const multiplySub: LaneOperation = (x, a, b, d) => x.sub(d(), x.mul(a, b));

/** Carry-less product: of each lane of `a` with the low eight bits of that of `b`, modulo 2^bits. */
export const polynomialMultiply: LaneOperation = (x, a, b) => {
  let result = x.zero();
  for (let k = 0; k < 8; k++) {
    const chosen = x.signs(x.shl(b, x.bits - 1 - k));
    result = x.xor(result, x.and(x.shl(a, k), chosen));
  }
  return result;
};

/** SQDMULH and SQRDMULH: the high half of twice the product. Only the product of the two least numbers does not fit. */
export const doublingHigh = (rounding: boolean): LaneOperation => {
  return (x, a, b) => {
    const overflow = x.and(x.eq(a, x.least()), x.eq(b, x.least()));
    x.saturates(overflow);
    if (x.size === 1 && rounding) return x.op('q15mulr_sat_s', a, b);
    const wide = x.wider();
    const halves = (['low', 'high'] as const).map((part) => {
      const product = wide.product(a, b, part, 's');
      return wide.shr('s', rounding ? wide.add(product, wide.fill(1n << BigInt(x.bits - 2))) : product, x.bits - 1);
    });
    if (x.size === 1) return x.op('narrow_i32x4_s', ...halves);
    return x.xor(x.e.v128(wide.packed(halves[0]), wide.packed(halves[1])), overflow);
  };
};

/** Twice the products of narrower lanes, for SQDMULL: `product` has lanes of `x`. Only that of two least numbers does not fit. */
export function doubled<V, R>(x: Lanes<V, R>, product: V): V {
  const overflow = x.eq(product, x.fill(1n << BigInt(x.bits - 2)));
  x.saturates(overflow);
  return x.xor(x.shl(product, 1), overflow);
}

// Narrowing: `x` has the wide lanes; the low half of each lane of the result counts

export type Narrowing = 'truncate' | 'signed' | 'unsigned' | 'signedToUnsigned';

export function narrowed<V, R>(x: Lanes<V, R>, a: V, kind: Narrowing): V {
  const half = x.bits / 2;
  switch (kind) {
    case 'truncate':
      return a;
    case 'signed': {
      const overflow = x.ne(x.shr('s', x.shl(a, half), half), a);
      return x.saturated(a, overflow, x.xor(x.signs(a), x.fill((1n << BigInt(half - 1)) - 1n)));
    }
    case 'unsigned': {
      const overflow = x.ne(x.shr('u', a, half), x.zero());
      x.saturates(overflow);
      return x.or(a, overflow);
    }
    case 'signedToUnsigned':
      return x.saturated(a, x.ne(x.shr('u', a, half), x.zero()), x.not(x.signs(a)));
  }
}

// Counting

/** Number of set bits in each lane. */
function population<V, R>(x: Lanes<V, R>, a: V): V {
  let result = x.e.simd('i8x16.popcnt', [a]);
  if (x.size >= 1) result = x.e.simd('i16x8.extadd_pairwise_i8x16_u', [result]);
  if (x.size >= 2) result = x.e.simd('i32x4.extadd_pairwise_i16x8_u', [result]);
  return result;
}

export const countLeadingZeros: UnaryOperation = (x, a) => {
  let smeared = a;
  for (let by = 1; by < x.bits; by *= 2) smeared = x.or(smeared, x.shr('u', smeared, by));
  return population(x, x.not(smeared));
};

export const countLeadingSigns: UnaryOperation = (x, a, d) => x.sub(countLeadingZeros(x, x.xor(a, x.signs(a)), d), x.fill(1));

// Magnitudes

/** SQABS and SQNEG: only the least number has no opposite. */
export const saturatingMagnitude = (name: 'abs' | 'neg'): UnaryOperation => {
  return (x, a) => {
    const overflow = x.eq(a, x.least());
    x.saturates(overflow);
    return x.xor(x[name](a), overflow);
  };
};
