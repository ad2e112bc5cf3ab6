/**
 * IEEE 754 arithmetic as the Arm ARM's shared pseudocode defines it (J1.3 "shared/functions/float"), bit for bit: rounding modes, NaN
 * propagation, default NaN, flush-to-zero, cumulative exception flags. This is the definition; faster paths elsewhere must agree with it.
 *
 * Values are bit patterns as unsigned bigints. Finite numbers are worked on exactly, as integer mantissa times a power of
 * two, and rounded once.
 */
export type FpFormat = 16 | 32 | 64;

/** FPCR and FPSR as they are laid out in the registers. Operations read `fpcr` and accumulate into `fpsr`. */
export type FpEnvironment = { fpcr: number; fpsr: number };

export type Rounding = 'tieEven' | 'plusInfinity' | 'minusInfinity' | 'zero' | 'tieAway' | 'odd';

export const Fpcr = { AHP: 1 << 26, DN: 1 << 25, FZ: 1 << 24, FZ16: 1 << 19 } as const;
export const Fpsr = { IOC: 1, DZC: 2, OFC: 4, UFC: 8, IXC: 16, IDC: 128, QC: 1 << 27 } as const;

const roundingModes: readonly Rounding[] = ['tieEven', 'plusInfinity', 'minusInfinity', 'zero'];

/** FPCR.RMode. */
export function roundingOf(env: FpEnvironment): Rounding {
  return roundingModes[(env.fpcr >>> 22) & 3];
}

type Layout = {
  bits: bigint;
  exponentBits: number;
  fractionBits: number;
  bias: number;
  signBit: bigint;
  fractionMask: bigint;
  exponentMask: bigint;
};

function layout(width: number, exponentBits: number): Layout {
  const fractionBits = width - exponentBits - 1;
  return {
    bits: BigInt(width),
    exponentBits,
    fractionBits,
    bias: (1 << (exponentBits - 1)) - 1,
    signBit: 1n << BigInt(width - 1),
    fractionMask: (1n << BigInt(fractionBits)) - 1n,
    exponentMask: ((1n << BigInt(exponentBits)) - 1n) << BigInt(fractionBits),
  };
}

const layouts = { 16: layout(16, 5), 32: layout(32, 8), 64: layout(64, 11) } as const;

type Kind = 'zero' | 'finite' | 'infinity' | 'quiet' | 'signalling';

/** A finite value is (-1)^sign * mantissa * 2^exponent. */
type Unpacked = { kind: Kind; sign: boolean; mantissa: bigint; exponent: number; bits: bigint };

function isNaNKind(a: Unpacked): boolean {
  return a.kind === 'quiet' || a.kind === 'signalling';
}

function flushes(env: FpEnvironment, width: FpFormat): boolean {
  return (env.fpcr & (width === 16 ? Fpcr.FZ16 : Fpcr.FZ)) !== 0;
}

/** FPUnpack; `conversion` is FPUnpackCV, which ignores FZ16 and honours AHP. */
function unpack(env: FpEnvironment, width: FpFormat, bits: bigint, conversion = false): Unpacked {
  const f = layouts[width];
  const sign = (bits & f.signBit) !== 0n;
  const biased = Number((bits & f.exponentMask) >> BigInt(f.fractionBits));
  const fraction = bits & f.fractionMask;
  const finite = (mantissa: bigint, exponent: number): Unpacked => ({ kind: 'finite', sign, mantissa, exponent, bits });
  if (biased === 0) {
    if (fraction === 0n) return { kind: 'zero', sign, mantissa: 0n, exponent: 0, bits };
    if (flushes(env, width) && !(width === 16 && conversion)) {
      if (width !== 16) env.fpsr |= Fpsr.IDC;
      return { kind: 'zero', sign, mantissa: 0n, exponent: 0, bits: sign ? f.signBit : 0n };
    }
    return finite(fraction, 1 - f.bias - f.fractionBits);
  }
  const alternative = width === 16 && conversion && (env.fpcr & Fpcr.AHP) !== 0;
  if (biased === (1 << f.exponentBits) - 1 && !alternative) {
    if (fraction === 0n) return { kind: 'infinity', sign, mantissa: 0n, exponent: 0, bits };
    const quiet = (fraction >> BigInt(f.fractionBits - 1)) & 1n;
    return { kind: quiet ? 'quiet' : 'signalling', sign, mantissa: 0n, exponent: 0, bits };
  }
  return finite(fraction | (1n << BigInt(f.fractionBits)), biased - f.bias - f.fractionBits);
}

export function defaultNaN(width: FpFormat): bigint {
  const f = layouts[width];
  return f.exponentMask | (1n << BigInt(f.fractionBits - 1));
}

function infinity(width: FpFormat, sign: boolean): bigint {
  return layouts[width].exponentMask | (sign ? layouts[width].signBit : 0n);
}

function zero(width: FpFormat, sign: boolean): bigint {
  return sign ? layouts[width].signBit : 0n;
}

function invalid(env: FpEnvironment, width: FpFormat): bigint {
  env.fpsr |= Fpsr.IOC;
  return defaultNaN(width);
}

/** FPProcessNaN. */
function processNaN(env: FpEnvironment, width: FpFormat, a: Unpacked): bigint {
  const f = layouts[width];
  if (a.kind === 'signalling') env.fpsr |= Fpsr.IOC;
  if (env.fpcr & Fpcr.DN) return defaultNaN(width);
  return a.bits | (1n << BigInt(f.fractionBits - 1));
}

/** FPProcessNaNs for any number of operands: the first signalling one, else the first quiet one. */
function processNaNs(env: FpEnvironment, width: FpFormat, ...operands: Unpacked[]): bigint | undefined {
  const chosen = operands.find((a) => a.kind === 'signalling') ?? operands.find((a) => a.kind === 'quiet');
  return chosen && processNaN(env, width, chosen);
}

function bitLength(a: bigint): number {
  return a === 0n ? 0 : a.toString(16).length * 4 - Math.clz32(parseInt(a.toString(16)[0], 16)) + 28;
}

/**
 * Whether an integer part moves away from zero. `remainder` is compared with half of `unit`, the weight of the last kept bit.
 */
function roundsUp(rounding: Rounding, sign: boolean, integer: bigint, remainder: bigint, unit: bigint): boolean {
  if (remainder === 0n) return false;
  const twice = remainder * 2n;
  switch (rounding) {
    case 'tieEven':
      return twice > unit || (twice === unit && (integer & 1n) === 1n);
    case 'tieAway':
      return twice >= unit;
    case 'plusInfinity':
      return !sign;
    case 'minusInfinity':
      return sign;
    case 'zero':
      return false;
    case 'odd':
      return (integer & 1n) === 0n;
  }
}

/**
 * FPRound: the nearest representable value of (-1)^sign * mantissa * 2^exponent, mantissa not zero. A mantissa may carry a sticky
 * lowest bit for what was cut off, provided that it has at least two bits more than the format.
 */
function round(
  env: FpEnvironment,
  width: FpFormat,
  sign: boolean,
  mantissa: bigint,
  exponent: number,
  rounding: Rounding = roundingOf(env),
  conversion = false,
): bigint {
  const f = layouts[width];
  const signBits = zero(width, sign);
  const minimumExponent = 1 - f.bias;
  const magnitude = exponent + bitLength(mantissa) - 1;
  if (magnitude < minimumExponent && flushes(env, width) && !(width === 16 && conversion)) {
    env.fpsr |= Fpsr.UFC;
    return signBits;
  }
  let biased = Math.max(magnitude - minimumExponent + 1, 0);
  // Weight of the last fraction bit, as a power of two.
  const lastBit = (biased === 0 ? minimumExponent : magnitude) - f.fractionBits;
  const cut = lastBit - exponent;
  const unit = cut > 0 ? 1n << BigInt(cut) : 1n;
  let integer = cut > 0 ? mantissa / unit : mantissa << BigInt(-cut);
  const remainder = cut > 0 ? mantissa % unit : 0n;
  const inexact = remainder !== 0n;
  if (biased === 0 && inexact) env.fpsr |= Fpsr.UFC;
  if (roundsUp(rounding, sign, integer, remainder, unit)) integer += 1n;
  if (biased === 0 && integer >> BigInt(f.fractionBits) === 1n) biased = 1;
  else if (integer >> BigInt(f.fractionBits + 1) === 1n) {
    biased += 1;
    integer >>= 1n;
  }
  const alternative = width === 16 && conversion && (env.fpcr & Fpcr.AHP) !== 0;
  const exponentLimit = (1 << f.exponentBits) - (alternative ? 0 : 1);
  if (biased >= exponentLimit) {
    if (alternative) {
      env.fpsr |= Fpsr.IOC;
      return signBits | (f.signBit - 1n);
    }
    env.fpsr |= Fpsr.OFC | Fpsr.IXC;
    const toInfinity =
      rounding === 'tieEven' || rounding === 'tieAway' || (rounding === 'plusInfinity' && !sign) || (rounding === 'minusInfinity' && sign);
    return toInfinity ? infinity(width, sign) : signBits | (f.exponentMask - 1n);
  }
  if (inexact) env.fpsr |= Fpsr.IXC;
  return signBits | (BigInt(biased) << BigInt(f.fractionBits)) | (integer & f.fractionMask);
}

/** Beyond this many bits between two operands the smaller one only decides rounding. */
const farApart = 300;

/** Exact sum of two finite values, or undefined when it is zero. */
function exactSum(a: Unpacked, b: Unpacked): { sign: boolean; mantissa: bigint; exponent: number } | undefined {
  let [high, low] = a.exponent >= b.exponent ? [a, b] : [b, a];
  let lowMantissa = low.mantissa;
  let exponent = low.exponent;
  const gap = high.exponent - low.exponent;
  if (gap > farApart && high.mantissa !== 0n && lowMantissa !== 0n) {
    // Replace the far smaller operand by one unit far below the larger: same rounding, same flags.
    exponent = high.exponent - farApart;
    lowMantissa = 1n;
  } else if (high.mantissa === 0n) {
    [high, low] = [low, high];
    exponent = high.exponent;
    lowMantissa = 0n;
  }
  const signed = (sign: boolean, m: bigint) => (sign ? -m : m);
  const sum = signed(high.sign, high.mantissa << BigInt(high.exponent - exponent)) + signed(low.sign, lowMantissa);
  if (sum === 0n) return undefined;
  return { sign: sum < 0n, mantissa: sum < 0n ? -sum : sum, exponent };
}

function addUnpacked(env: FpEnvironment, width: FpFormat, a: Unpacked, b: Unpacked): bigint {
  if (a.kind === 'infinity' || b.kind === 'infinity') {
    if (a.kind === b.kind && a.sign !== b.sign) return invalid(env, width);
    return infinity(width, a.kind === 'infinity' ? a.sign : b.sign);
  }
  if (a.kind === 'zero' && b.kind === 'zero' && a.sign === b.sign) return zero(width, a.sign);
  const sum = exactSum(a, b);
  if (!sum) return zero(width, roundingOf(env) === 'minusInfinity');
  return round(env, width, sum.sign, sum.mantissa, sum.exponent);
}

const negated = (a: Unpacked): Unpacked => ({ ...a, sign: !a.sign });

function add(env: FpEnvironment, width: FpFormat, x: bigint, y: bigint): bigint {
  const a = unpack(env, width, x);
  const b = unpack(env, width, y);
  return processNaNs(env, width, a, b) ?? addUnpacked(env, width, a, b);
}

function sub(env: FpEnvironment, width: FpFormat, x: bigint, y: bigint): bigint {
  const a = unpack(env, width, x);
  const b = unpack(env, width, y);
  return processNaNs(env, width, a, b) ?? addUnpacked(env, width, a, negated(b));
}

/** Product of operands of which neither is a NaN; `infinityTimesZero` makes the result of that case. */
function multiply(env: FpEnvironment, width: FpFormat, a: Unpacked, b: Unpacked, infinityTimesZero: (sign: boolean) => bigint): bigint {
  const sign = a.sign !== b.sign;
  if (a.kind === 'infinity' || b.kind === 'infinity') {
    return a.kind === 'zero' || b.kind === 'zero' ? infinityTimesZero(sign) : infinity(width, sign);
  }
  if (a.kind === 'zero' || b.kind === 'zero') return zero(width, sign);
  return round(env, width, sign, a.mantissa * b.mantissa, a.exponent + b.exponent);
}

function mul(env: FpEnvironment, width: FpFormat, x: bigint, y: bigint): bigint {
  const a = unpack(env, width, x);
  const b = unpack(env, width, y);
  return processNaNs(env, width, a, b) ?? multiply(env, width, a, b, () => invalid(env, width));
}

/** FMULX: infinity times zero is 2.0. */
function mulx(env: FpEnvironment, width: FpFormat, x: bigint, y: bigint): bigint {
  const a = unpack(env, width, x);
  const b = unpack(env, width, y);
  return processNaNs(env, width, a, b) ?? multiply(env, width, a, b, (sign) => constant(width, sign, 1n, 1));
}

/** FNMUL: the negated product. */
function nmul(env: FpEnvironment, width: FpFormat, x: bigint, y: bigint): bigint {
  return mul(env, width, x, y) ^ layouts[width].signBit;
}

function div(env: FpEnvironment, width: FpFormat, x: bigint, y: bigint): bigint {
  const a = unpack(env, width, x);
  const b = unpack(env, width, y);
  const nan = processNaNs(env, width, a, b);
  if (nan !== undefined) return nan;
  const sign = a.sign !== b.sign;
  if (a.kind === b.kind && a.kind !== 'finite') return invalid(env, width);
  if (a.kind === 'infinity') return infinity(width, sign);
  if (b.kind === 'zero') {
    env.fpsr |= Fpsr.DZC;
    return infinity(width, sign);
  }
  if (a.kind === 'zero' || b.kind === 'infinity') return zero(width, sign);
  const extra = layouts[width].fractionBits * 2 + 4;
  const dividend = a.mantissa << BigInt(extra);
  const sticky = dividend % b.mantissa === 0n ? 0n : 1n;
  return round(env, width, sign, ((dividend / b.mantissa) << 1n) | sticky, a.exponent - b.exponent - extra - 1);
}

function integerSquareRoot(n: bigint): bigint {
  let x = 1n << BigInt((bitLength(n) + 1) >> 1);
  for (;;) {
    const y = (x + n / x) >> 1n;
    if (y >= x) return x;
    x = y;
  }
}

function sqrt(env: FpEnvironment, width: FpFormat, x: bigint): bigint {
  const a = unpack(env, width, x);
  const nan = processNaNs(env, width, a);
  if (nan !== undefined) return nan;
  if (a.kind === 'zero') return zero(width, a.sign);
  if (a.sign) return invalid(env, width);
  if (a.kind === 'infinity') return infinity(width, false);
  let extra = layouts[width].fractionBits * 2 + 6;
  if ((a.exponent - extra) & 1) extra++;
  const radicand = a.mantissa << BigInt(extra);
  const root = integerSquareRoot(radicand);
  const sticky = root * root === radicand ? 0n : 1n;
  return round(env, width, false, (root << 1n) | sticky, (a.exponent - extra) / 2 - 1);
}

/** FPMulAdd: addend + x * y, rounded once. */
function muladd(env: FpEnvironment, width: FpFormat, addend: bigint, x: bigint, y: bigint): bigint {
  const c = unpack(env, width, addend);
  const a = unpack(env, width, x);
  const b = unpack(env, width, y);
  const infinityTimesZero = (a.kind === 'infinity' && b.kind === 'zero') || (a.kind === 'zero' && b.kind === 'infinity');
  const nan = processNaNs(env, width, c, a, b);
  if (c.kind === 'quiet' && infinityTimesZero) return invalid(env, width);
  if (nan !== undefined) return nan;
  const sign = a.sign !== b.sign;
  const productInfinite = a.kind === 'infinity' || b.kind === 'infinity';
  if (infinityTimesZero || (c.kind === 'infinity' && productInfinite && c.sign !== sign)) return invalid(env, width);
  if (c.kind === 'infinity' || productInfinite) return infinity(width, c.kind === 'infinity' ? c.sign : sign);
  const productZero = a.kind === 'zero' || b.kind === 'zero';
  const product: Unpacked = {
    kind: productZero ? 'zero' : 'finite',
    sign,
    mantissa: a.mantissa * b.mantissa,
    exponent: productZero ? 0 : a.exponent + b.exponent,
    bits: 0n,
  };
  return addUnpacked(env, width, c, product);
}

const flip = (width: FpFormat, x: bigint) => x ^ layouts[width].signBit;

/** A finite constant mantissa * 2^exponent that the format has exactly. */
function constant(width: FpFormat, sign: boolean, mantissa: bigint, exponent: number): bigint {
  return round({ fpcr: 0, fpsr: 0 }, width, sign, mantissa, exponent);
}

/** -1, 0 or 1 for operands of which neither is a NaN; zeros are equal. */
function order(a: Unpacked, b: Unpacked): number {
  const rank = (u: Unpacked): number => (u.kind === 'zero' ? 0 : u.sign ? -1 : 1);
  if (rank(a) !== rank(b)) return Math.sign(rank(a) - rank(b));
  if (a.kind === 'zero') return 0;
  const sign = a.sign ? -1 : 1;
  if (a.kind === 'infinity' || b.kind === 'infinity') return a.kind === b.kind ? 0 : a.kind === 'infinity' ? sign : -sign;
  // Bit patterns of one format order as their magnitudes do.
  const mask = a.bits < b.bits ? -1 : a.bits > b.bits ? 1 : 0;
  return sign * mask;
}

function extreme(env: FpEnvironment, width: FpFormat, x: bigint, y: bigint, wanted: 1 | -1): bigint {
  const a = unpack(env, width, x);
  const b = unpack(env, width, y);
  const nan = processNaNs(env, width, a, b);
  if (nan !== undefined) return nan;
  if (a.kind === 'zero' && b.kind === 'zero') return zero(width, wanted === 1 ? a.sign && b.sign : a.sign || b.sign);
  return order(a, b) === wanted ? a.bits : b.bits;
}

/** FMAXNM and FMINNM: a quiet NaN against a number counts as the infinity that loses. */
function extremeNumber(env: FpEnvironment, width: FpFormat, x: bigint, y: bigint, wanted: 1 | -1): bigint {
  const quiet = { fpcr: env.fpcr, fpsr: 0 };
  const a = unpack(quiet, width, x);
  const b = unpack(quiet, width, y);
  const loser = infinity(width, wanted === 1);
  if (a.kind === 'quiet' && b.kind !== 'quiet') return extreme(env, width, loser, y, wanted);
  if (b.kind === 'quiet' && a.kind !== 'quiet') return extreme(env, width, x, loser, wanted);
  return extreme(env, width, x, y, wanted);
}

/** FPCompare: NZCV in bits 31:28. `signalQuiet`: FCMPE. */
function compare(env: FpEnvironment, width: FpFormat, x: bigint, y: bigint, signalQuiet: boolean): bigint {
  const a = unpack(env, width, x);
  const b = unpack(env, width, y);
  if (isNaNKind(a) || isNaNKind(b)) {
    if (signalQuiet || a.kind === 'signalling' || b.kind === 'signalling') env.fpsr |= Fpsr.IOC;
    return 0x30000000n;
  }
  const ordering = order(a, b);
  return ordering === 0 ? 0x60000000n : ordering < 0 ? 0x80000000n : 0x20000000n;
}

/** All ones or zero; greater-than forms signal quiet NaNs too. */
function compareMask(env: FpEnvironment, width: FpFormat, x: bigint, y: bigint, test: 'eq' | 'ge' | 'gt'): bigint {
  const flags = compare(env, width, x, y, test !== 'eq');
  const holds =
    test === 'eq' ? flags === 0x60000000n : test === 'gt' ? flags === 0x20000000n : flags === 0x20000000n || flags === 0x60000000n;
  return holds ? (1n << BigInt(width)) - 1n : 0n;
}

const withoutSign = (width: FpFormat, x: bigint) => x & (layouts[width].signBit - 1n);

/** FPRoundInt. `exact`: FRINTX, which reports inexactness. */
function roundToIntegral(env: FpEnvironment, width: FpFormat, x: bigint, rounding: Rounding, exact: boolean): bigint {
  const a = unpack(env, width, x);
  const nan = processNaNs(env, width, a);
  if (nan !== undefined) return nan;
  if (a.kind !== 'finite') return a.bits;
  if (a.exponent >= 0) return a.bits;
  const unit = 1n << BigInt(-a.exponent);
  let integer = a.mantissa / unit;
  const remainder = a.mantissa % unit;
  if (roundsUp(rounding, a.sign, integer, remainder, unit)) integer += 1n;
  if (exact && remainder !== 0n) env.fpsr |= Fpsr.IXC;
  return integer === 0n ? zero(width, a.sign) : constant(width, a.sign, integer, 0);
}

/**
 * FPToFixed: x * 2^fractionBits as an integer of `toBits`, saturating; the result is in two's complement of that width.
 */
export function toFixed(
  env: FpEnvironment,
  width: FpFormat,
  x: bigint,
  toBits: 16 | 32 | 64,
  signed: boolean,
  rounding: Rounding,
  fractionBits = 0,
): bigint {
  const a = unpack(env, width, x);
  if (isNaNKind(a)) {
    env.fpsr |= Fpsr.IOC;
    return 0n;
  }
  if (a.kind === 'zero') return 0n;
  const least = signed ? -(1n << BigInt(toBits - 1)) : 0n;
  const most = signed ? (1n << BigInt(toBits - 1)) - 1n : (1n << BigInt(toBits)) - 1n;
  const saturate = (negative: boolean): bigint => {
    env.fpsr |= Fpsr.IOC;
    return BigInt.asUintN(toBits, negative ? least : most);
  };
  const exponent = a.exponent + fractionBits;
  if (a.kind === 'infinity' || exponent + bitLength(a.mantissa) > toBits + 1) return saturate(a.sign);
  const unit = exponent < 0 ? 1n << BigInt(-exponent) : 1n;
  let integer = exponent < 0 ? a.mantissa / unit : a.mantissa << BigInt(exponent);
  const remainder = exponent < 0 ? a.mantissa % unit : 0n;
  if (roundsUp(rounding, a.sign, integer, remainder, unit)) integer += 1n;
  const value = a.sign ? -integer : integer;
  if (value < least || value > most) return saturate(a.sign);
  if (remainder !== 0n) env.fpsr |= Fpsr.IXC;
  return BigInt.asUintN(toBits, value);
}

/** FixedToFP: an integer (already sign- or zero-extended to an exact bigint) divided by 2^fractionBits. */
export function fromFixed(env: FpEnvironment, width: FpFormat, value: bigint, fractionBits = 0): bigint {
  if (value === 0n) return 0n;
  return round(env, width, value < 0n, value < 0n ? -value : value, -fractionBits);
}

/** FPConvert between formats; honours AHP when one of them is half precision. */
export function convert(env: FpEnvironment, from: FpFormat, to: FpFormat, x: bigint, rounding: Rounding = roundingOf(env)): bigint {
  const a = unpack(env, from, x, true);
  const source = layouts[from];
  const target = layouts[to];
  const alternative = to === 16 && (env.fpcr & Fpcr.AHP) !== 0;
  if (isNaNKind(a)) {
    if (a.kind === 'signalling' || alternative) env.fpsr |= Fpsr.IOC;
    if (alternative) return zero(to, a.sign);
    if (env.fpcr & Fpcr.DN) return defaultNaN(to);
    const fraction = a.bits & source.fractionMask;
    const shift = target.fractionBits - source.fractionBits;
    const kept = shift >= 0 ? fraction << BigInt(shift) : fraction >> BigInt(-shift);
    return zero(to, a.sign) | target.exponentMask | (1n << BigInt(target.fractionBits - 1)) | kept;
  }
  if (a.kind === 'infinity') {
    if (!alternative) return infinity(to, a.sign);
    env.fpsr |= Fpsr.IOC;
    return zero(to, a.sign) | (target.signBit - 1n);
  }
  if (a.kind === 'zero') return zero(to, a.sign);
  return round(env, to, a.sign, a.mantissa, a.exponent, rounding, true);
}

/** FPRecipStepFused (2 - x*y) and FPRSqrtStepFused ((3 - x*y) / 2), each rounded once. */
function step(env: FpEnvironment, width: FpFormat, x: bigint, y: bigint, from: 2n | 3n): bigint {
  const a = negated(unpack(env, width, x));
  const b = unpack(env, width, y);
  // The pseudocode negates the first operand before it looks for NaNs, so the sign of a propagated NaN is flipped.
  const nan = processNaNs(env, width, isNaNKind(a) ? { ...a, bits: flip(width, a.bits) } : a, b);
  if (nan !== undefined) return nan;
  const infinite = a.kind === 'infinity' || b.kind === 'infinity';
  const isZero = a.kind === 'zero' || b.kind === 'zero';
  const half = from === 3n ? -1 : 0;
  if (infinite && isZero) return constant(width, false, from, half);
  const sign = a.sign !== b.sign;
  if (infinite) return infinity(width, sign);
  const product: Unpacked = {
    kind: isZero ? 'zero' : 'finite',
    sign,
    mantissa: a.mantissa * b.mantissa,
    exponent: isZero ? 0 : a.exponent + b.exponent,
    bits: 0n,
  };
  const sum = exactSum({ kind: 'finite', sign: false, mantissa: from, exponent: 0, bits: 0n }, product);
  if (!sum) return zero(width, roundingOf(env) === 'minusInfinity');
  return round(env, width, sum.sign, sum.mantissa, sum.exponent + half);
}

/** RecipEstimate: 9-bit table value for 256 <= a < 512. */
function reciprocalTable(a: number): number {
  const doubled = a * 2 + 1;
  return Math.floor((Math.floor((1 << 19) / doubled) + 1) / 2);
}

/** RecipSqrtEstimate: 9-bit table value for 128 <= a < 512. */
function reciprocalSquareRootTable(a: number): number {
  const scaled = a < 256 ? a * 2 + 1 : ((a >> 1) << 1) * 2 + 2;
  let b = 512;
  while (scaled * (b + 1) * (b + 1) < 1 << 28) b++;
  return Math.floor((b + 1) / 2);
}

/** FPRecipEstimate. */
function recpe(env: FpEnvironment, width: FpFormat, x: bigint): bigint {
  const f = layouts[width];
  const a = unpack(env, width, x);
  const nan = processNaNs(env, width, a);
  if (nan !== undefined) return nan;
  if (a.kind === 'infinity') return zero(width, a.sign);
  if (a.kind === 'zero') {
    env.fpsr |= Fpsr.DZC;
    return infinity(width, a.sign);
  }
  const magnitude = a.exponent + bitLength(a.mantissa) - 1;
  if (magnitude < -f.bias - 1) {
    const rounding = roundingOf(env);
    const toInfinity = rounding === 'tieEven' || (rounding === 'plusInfinity' && !a.sign) || (rounding === 'minusInfinity' && a.sign);
    env.fpsr |= Fpsr.OFC | Fpsr.IXC;
    return toInfinity ? infinity(width, a.sign) : zero(width, a.sign) | (f.exponentMask - 1n);
  }
  if (flushes(env, width) && magnitude >= f.bias - 1) {
    env.fpsr |= Fpsr.UFC;
    return zero(width, a.sign);
  }
  const shift = bitLength(a.mantissa) - 9;
  const scaled = Number(shift >= 0 ? a.mantissa >> BigInt(shift) : a.mantissa << BigInt(-shift));
  const estimate = BigInt(reciprocalTable(scaled));
  // The result is estimate / 256 * 2^(-magnitude - 1), truncated to eight fraction bits; subnormal results keep what fits.
  return pack(width, a.sign, estimate, -magnitude - 1 - 8);
}

/** FPRSqrtEstimate. */
function rsqrte(env: FpEnvironment, width: FpFormat, x: bigint): bigint {
  const a = unpack(env, width, x);
  const nan = processNaNs(env, width, a);
  if (nan !== undefined) return nan;
  if (a.kind === 'zero') {
    env.fpsr |= Fpsr.DZC;
    return infinity(width, a.sign);
  }
  if (a.sign) return invalid(env, width);
  if (a.kind === 'infinity') return zero(width, false);
  const magnitude = a.exponent + bitLength(a.mantissa) - 1;
  const odd = (magnitude & 1) !== 0;
  // Nine bits of a value in [0.5, 1), or eight of one in [0.25, 0.5), so that the exponent is even.
  const shift = bitLength(a.mantissa) - (odd ? 9 : 8);
  const scaled = Number(shift >= 0 ? a.mantissa >> BigInt(shift) : a.mantissa << BigInt(-shift));
  const estimate = BigInt(reciprocalSquareRootTable(scaled));
  return pack(width, false, estimate, -(magnitude + (odd ? 1 : 2)) / 2 - 8);
}

/** An estimate's mantissa, cut (not rounded) to the format. */
function pack(width: FpFormat, sign: boolean, mantissa: bigint, exponent: number): bigint {
  return round({ fpcr: 0, fpsr: 0 }, width, sign, mantissa, exponent, 'zero');
}

/** FPRecpX: an exponent complement that scales operands of a division. */
function recpx(env: FpEnvironment, width: FpFormat, x: bigint): bigint {
  const f = layouts[width];
  const a = unpack(env, width, x);
  const nan = processNaNs(env, width, a);
  if (nan !== undefined) return nan;
  const biased = (x & f.exponentMask) >> BigInt(f.fractionBits);
  const largest = (1n << BigInt(f.exponentBits)) - 1n;
  if (a.kind === 'zero' || biased === 0n) return zero(width, a.sign) | ((largest - 1n) << BigInt(f.fractionBits));
  return zero(width, a.sign) | ((~biased & largest) << BigInt(f.fractionBits));
}

const toIntegerRoundings = {
  TieEven: 'tieEven',
  PlusInfinity: 'plusInfinity',
  MinusInfinity: 'minusInfinity',
  Zero: 'zero',
  TieAway: 'tieAway',
} as const;

/** `toS32Zero`, `toU64TieAway` ...: to integers, saturating; the result has the integer's width. */
const toIntegerOps: Readonly<Record<string, FpOperation>> = Object.fromEntries(
  ([32, 64] as const).flatMap((bits) =>
    (['S', 'U'] as const).flatMap((sign) =>
      Object.entries(toIntegerRoundings).map(([name, rounding]): [string, FpOperation] => [
        `to${sign}${bits}${name}`,
        (env, width, x) => toFixed(env, width, x, bits, sign === 'S', rounding),
      ]),
    ),
  ),
);

/** `toS32Fixed`, `fromU64Fixed` ...: the same with a fixed-point number; the last argument is how many of its bits are a fraction. */
const fixedPointOps: Readonly<Record<string, FpOperation>> = Object.fromEntries(
  ([32, 64] as const).flatMap((bits) =>
    (['S', 'U'] as const).flatMap((sign): [string, FpOperation][] => {
      const value = (x: bigint): bigint => (sign === 'S' ? BigInt.asIntN(bits, x) : BigInt.asUintN(bits, x));
      return [
        [`to${sign}${bits}Fixed`, (env, width, x, fraction) => toFixed(env, width, x, bits, sign === 'S', 'zero', Number(fraction))],
        [`from${sign}${bits}Fixed`, (env, width, x, fraction) => fromFixed(env, width, value(x), Number(fraction))],
      ];
    }),
  ),
);

/** UnsignedRecipEstimate, of a fixed-point number in [0.5, 1). */
function unsignedRecpe(x: bigint): bigint {
  return x >> 31n === 0n ? 0xffffffffn : BigInt(reciprocalTable(Number(x >> 23n))) << 23n;
}

/** UnsignedRSqrtEstimate, of a fixed-point number in [0.25, 1). */
function unsignedRsqrte(x: bigint): bigint {
  return x >> 30n === 0n ? 0xffffffffn : BigInt(reciprocalSquareRootTable(Number(x >> 23n))) << 23n;
}

/** Bits of what an operation gives: flags of a comparison and single precision take 32. */
export function fpResultBits(op: string, width: FpFormat): 32 | 64 {
  const integer = /^to[SU](32|64)/.exec(op);
  if (integer) return integer[1] === '64' ? 64 : 32;
  if (op.startsWith('compare') || op.startsWith('toSingle') || op === 'toHalf') return 32;
  return op === 'toDouble' || width === 64 ? 64 : 32;
}

/** Operations by the name that `Emitter.fpOp` uses. Arguments and result are bit patterns of the given width unless said otherwise. */
export const fpOps = {
  add,
  sub,
  mul,
  mulx,
  nmul,
  div,
  sqrt,
  /** addend, x, y: addend + x*y. */
  muladd,
  /** addend - x*y. */
  mulsub: (env, width, addend, x, y) => muladd(env, width, addend, flip(width, x), y),
  /** -addend - x*y. */
  nmuladd: (env, width, addend, x, y) => muladd(env, width, flip(width, addend), flip(width, x), y),
  /** -addend + x*y. */
  nmulsub: (env, width, addend, x, y) => muladd(env, width, flip(width, addend), x, y),
  max: (env, width, x, y) => extreme(env, width, x, y, 1),
  min: (env, width, x, y) => extreme(env, width, x, y, -1),
  maxnm: (env, width, x, y) => extremeNumber(env, width, x, y, 1),
  minnm: (env, width, x, y) => extremeNumber(env, width, x, y, -1),
  /** |x - y|. */
  abd: (env, width, x, y) => withoutSign(width, sub(env, width, x, y)),
  /** NZCV in bits 31:28. */
  compareQuiet: (env, width, x, y) => compare(env, width, x, y, false),
  compareSignalling: (env, width, x, y) => compare(env, width, x, y, true),
  /** All ones or zero, of the operand's width. */
  eqMask: (env, width, x, y) => compareMask(env, width, x, y, 'eq'),
  geMask: (env, width, x, y) => compareMask(env, width, x, y, 'ge'),
  gtMask: (env, width, x, y) => compareMask(env, width, x, y, 'gt'),
  absGeMask: (env, width, x, y) => compareMask(env, width, withoutSign(width, x), withoutSign(width, y), 'ge'),
  absGtMask: (env, width, x, y) => compareMask(env, width, withoutSign(width, x), withoutSign(width, y), 'gt'),
  roundTieEven: (env, width, x) => roundToIntegral(env, width, x, 'tieEven', false),
  roundPlusInfinity: (env, width, x) => roundToIntegral(env, width, x, 'plusInfinity', false),
  roundMinusInfinity: (env, width, x) => roundToIntegral(env, width, x, 'minusInfinity', false),
  roundZero: (env, width, x) => roundToIntegral(env, width, x, 'zero', false),
  roundTieAway: (env, width, x) => roundToIntegral(env, width, x, 'tieAway', false),
  roundCurrent: (env, width, x) => roundToIntegral(env, width, x, roundingOf(env), false),
  roundExact: (env, width, x) => roundToIntegral(env, width, x, roundingOf(env), true),
  recpe,
  rsqrte,
  recpx,
  recps: (env, width, x, y) => step(env, width, x, y, 2n),
  rsqrts: (env, width, x, y) => step(env, width, x, y, 3n),
  /** To another format. `width` is the source's. */
  toHalf: (env, width, x) => convert(env, width, 16, x),
  toSingle: (env, width, x) => convert(env, width, 32, x),
  toDouble: (env, width, x) => convert(env, width, 64, x),
  /** FCVTXN: to single, rounding to odd. */
  toSingleOdd: (env, width, x) => convert(env, width, 32, x, 'odd'),
  /** From integers; `width` is the result's. */
  fromS32: (env, width, x) => fromFixed(env, width, BigInt.asIntN(32, x)),
  fromU32: (env, width, x) => fromFixed(env, width, BigInt.asUintN(32, x)),
  fromS64: (env, width, x) => fromFixed(env, width, BigInt.asIntN(64, x)),
  fromU64: (env, width, x) => fromFixed(env, width, BigInt.asUintN(64, x)),
  ...toIntegerOps,
  ...fixedPointOps,
  /** URECPE and URSQRTE: 32 bits of fixed point. */
  unsignedRecpe: (_env, _width, x) => unsignedRecpe(x),
  unsignedRsqrte: (_env, _width, x) => unsignedRsqrte(x),
} as const satisfies Record<string, FpOperation>;

export type FpOperation = (env: FpEnvironment, width: FpFormat, ...args: bigint[]) => bigint;
export type FpOpName = keyof typeof fpOps;
