/** The vector operations of WebAssembly's SIMD proposal that are exact, on 128-bit integers: what `Emitter.simd` names. */

type Value = number | bigint;
type Unary = (a: bigint, bits: number) => bigint;
type Binary = (a: bigint, b: bigint, bits: number) => bigint;

const shapes: Readonly<Record<string, number>> = { i8x16: 8, i16x8: 16, i32x4: 32, i64x2: 64, f32x4: 32, f64x2: 64 };

const signed = (a: bigint, bits: number): bigint => BigInt.asIntN(bits, a);
const ones = (bits: number): bigint => (1n << BigInt(bits)) - 1n;

function lanesOf(value: bigint, bits: number): bigint[] {
  return Array.from({ length: 128 / bits }, (_, i) => BigInt.asUintN(bits, value >> BigInt(i * bits)));
}

function vectorOf(lanes: readonly bigint[], bits: number): bigint {
  return lanes.reduceRight((sum, lane) => (sum << BigInt(bits)) | BigInt.asUintN(bits, lane), 0n);
}

function saturateSigned(v: bigint, bits: number): bigint {
  const most = ones(bits - 1);
  return v > most ? most : v < -most - 1n ? -most - 1n : v;
}
function saturateUnsigned(v: bigint, bits: number): bigint {
  return v < 0n ? 0n : v > ones(bits) ? ones(bits) : v;
}

const unaries: Readonly<Record<string, Unary>> = {
  neg: (a) => -a,
  abs: (a, bits) => (signed(a, bits) < 0n ? -a : a),
  popcnt: (a) => {
    let count = 0n;
    for (let rest = a; rest !== 0n; rest &= rest - 1n) count++;
    return count;
  },
};

const test = (holds: (a: bigint, b: bigint, bits: number) => boolean): Binary => {
  return (a, b, bits) => (holds(a, b, bits) ? ones(bits) : 0n);
};
const bySign = (f: Binary): Binary => {
  return (a, b, bits) => f(signed(a, bits), signed(b, bits), bits);
};

const binaries: Readonly<Record<string, Binary>> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  eq: test((a, b) => a === b),
  ne: test((a, b) => a !== b),
  lt_s: test((a, b, bits) => signed(a, bits) < signed(b, bits)),
  lt_u: test((a, b) => a < b),
  gt_s: test((a, b, bits) => signed(a, bits) > signed(b, bits)),
  gt_u: test((a, b) => a > b),
  le_s: test((a, b, bits) => signed(a, bits) <= signed(b, bits)),
  le_u: test((a, b) => a <= b),
  ge_s: test((a, b, bits) => signed(a, bits) >= signed(b, bits)),
  ge_u: test((a, b) => a >= b),
  min_s: bySign((a, b) => (a < b ? a : b)),
  min_u: (a, b) => (a < b ? a : b),
  max_s: bySign((a, b) => (a > b ? a : b)),
  max_u: (a, b) => (a > b ? a : b),
  add_sat_s: bySign((a, b, bits) => saturateSigned(a + b, bits)),
  add_sat_u: (a, b, bits) => saturateUnsigned(a + b, bits),
  sub_sat_s: bySign((a, b, bits) => saturateSigned(a - b, bits)),
  sub_sat_u: (a, b, bits) => saturateUnsigned(a - b, bits),
  avgr_u: (a, b) => (a + b + 1n) >> 1n,
  q15mulr_sat_s: bySign((a, b, bits) => saturateSigned((a * b + 0x4000n) >> 15n, bits)),
};

const shifts: Readonly<Record<string, Binary>> = {
  shl: (a, by) => a << by,
  shr_s: (a, by, bits) => signed(a, bits) >> by,
  shr_u: (a, by) => a >> by,
};

function bitwise(op: string, args: readonly bigint[]): bigint | number | undefined {
  const [a, b, c] = args;
  switch (op) {
    case 'not':
      return a ^ ones(128);
    case 'and':
      return a & b;
    case 'andnot':
      return a & (b ^ ones(128));
    case 'or':
      return a | b;
    case 'xor':
      return a ^ b;
    case 'bitselect':
      return (a & c) | (b & (c ^ ones(128)));
    case 'any_true':
      return a === 0n ? 0 : 1;
    default:
      return undefined;
  }
}

/** Operations that change the width of lanes. `bits` is the result's. */
function changingWidth(op: string, bits: number, args: readonly bigint[]): bigint | undefined {
  const match = /^(narrow|extend_low|extend_high|extmul_low|extmul_high|extadd_pairwise|dot)_i(?:8x16|16x8|32x4)_([su])$/.exec(op);
  if (!match) return undefined;
  const [, kind, sign] = match;
  const from = kind === 'narrow' ? bits * 2 : bits / 2;
  const read = (v: bigint) => lanesOf(v, from).map((lane) => (sign === 's' || kind === 'narrow' ? signed(lane, from) : lane));
  const part = (v: bigint) => {
    const lanes = read(v);
    return kind.endsWith('low') ? lanes.slice(0, lanes.length / 2) : lanes.slice(lanes.length / 2);
  };
  const pairs = (lanes: readonly bigint[]) => Array.from({ length: lanes.length / 2 }, (_, i) => lanes[2 * i] + lanes[2 * i + 1]);
  if (kind === 'narrow') {
    const fit = sign === 's' ? saturateSigned : saturateUnsigned;
    return vectorOf(
      [...read(args[0]), ...read(args[1])].map((v) => fit(v, bits)),
      bits,
    );
  }
  if (kind.startsWith('extend')) return vectorOf(part(args[0]), bits);
  if (kind.startsWith('extmul')) {
    const other = part(args[1]);
    return vectorOf(
      part(args[0]).map((v, i) => v * other[i]),
      bits,
    );
  }
  if (kind === 'extadd_pairwise') return vectorOf(pairs(read(args[0])), bits);
  const other = read(args[1]);
  return vectorOf(pairs(read(args[0]).map((v, i) => v * other[i])), bits);
}

/** Operations between lanes and scalars. */
function scalarLanes(op: string, bits: number, args: readonly Value[], lanes: readonly number[]): Value | undefined {
  const a = BigInt(args[0]);
  const scalar = (v: bigint): Value => (bits === 64 ? v : Number(BigInt.asUintN(32, v)));
  switch (op) {
    case 'splat':
      return vectorOf(new Array<bigint>(128 / bits).fill(a), bits);
    case 'extract_lane':
    case 'extract_lane_u':
      return scalar(lanesOf(a, bits)[lanes[0]]);
    case 'extract_lane_s':
      return scalar(signed(lanesOf(a, bits)[lanes[0]], bits));
    case 'replace_lane':
      return vectorOf(
        lanesOf(a, bits).map((lane, i) => (i === lanes[0] ? BigInt(args[1]) : lane)),
        bits,
      );
    case 'all_true':
      return lanesOf(a, bits).every((lane) => lane !== 0n) ? 1 : 0;
    case 'bitmask':
      return lanesOf(a, bits).reduce((mask, lane, i) => mask | (Number(lane >> BigInt(bits - 1)) << i), 0);
    default:
      return undefined;
  }
}

function byteMoves(op: string, args: readonly bigint[], lanes: readonly number[]): bigint | undefined {
  const a = lanesOf(args[0], 8);
  if (op === 'shuffle') {
    const both = [...a, ...lanesOf(args[1], 8)];
    return vectorOf(
      lanes.map((at) => both[at]),
      8,
    );
  }
  if (op === 'swizzle')
    return vectorOf(
      lanesOf(args[1], 8).map((at) => (at < 16n ? a[Number(at)] : 0n)),
      8,
    );
  return undefined;
}

/** Sign operations of floating-point lanes, the only ones that are the same for every NaN. */
function signBits(op: string, bits: number, a: bigint): bigint | undefined {
  const sign = vectorOf(new Array<bigint>(128 / bits).fill(1n << BigInt(bits - 1)), bits);
  return op === 'neg' ? a ^ sign : op === 'abs' ? a & (sign ^ ones(128)) : undefined;
}

function laneOperation(op: string, bits: number, args: readonly bigint[]): bigint | undefined {
  const [a, b] = args;
  if (unaries[op])
    return vectorOf(
      lanesOf(a, bits).map((lane) => unaries[op](lane, bits)),
      bits,
    );
  if (binaries[op]) {
    const other = lanesOf(b, bits);
    return vectorOf(
      lanesOf(a, bits).map((lane, i) => binaries[op](lane, other[i], bits)),
      bits,
    );
  }
  if (shifts[op])
    return vectorOf(
      lanesOf(a, bits).map((lane) => shifts[op](lane, b % BigInt(bits), bits)),
      bits,
    );
  return undefined;
}

/** Result of an operation by name. Vectors are unsigned bigints of 128 bits; scalars are as in the emitter. */
export function simdOperation(name: string, args: readonly Value[], lanes: readonly number[]): Value {
  const [shape, op] = name.split('.');
  const wide = args.map(BigInt);
  const bits = shapes[shape];
  const result =
    shape === 'v128'
      ? bitwise(op, wide)
      : bits === undefined
        ? undefined
        : shape.startsWith('f')
          ? signBits(op, bits, wide[0])
          : (laneOperation(op, bits, wide) ??
            scalarLanes(op, bits, args, lanes) ??
            changingWidth(op, bits, wide) ??
            (bits === 8 ? byteMoves(op, wide, lanes) : undefined));
  if (result === undefined) throw new Error(`there is no exact vector operation ${name}`);
  return result;
}
