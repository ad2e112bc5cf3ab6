/** LLVM's intrinsic functions on vectors, and reductions of a vector to a scalar. */
import type { Value } from '../ir/index.ts';
import { lanesConstant, splatBits } from './lower-vector-constant.ts';
import { asSingles, rightShift } from './lower-vector-arithmetic.ts';
import { calleeName } from './lower-intrinsic.ts';
import { lowerNeon } from './lower-neon.ts';
import { maskToInteger } from './lower-vector-cast.ts';
import { reduceVector } from './lower-vector-reduce.ts';
import type { InstructionOf, Lowering } from './lowering.ts';
import type { Reg } from './mir.ts';
import {
  accumulate,
  binary,
  fresh,
  isMaskType,
  letterOf,
  qField,
  registersOf,
  shapeOf,
  shapeOfValue,
  sizeField,
  unary,
  type Lane,
  type Shape,
  type VectorRegister,
} from './vectors.ts';

type Call = InstructionOf<'call'>;
type Lower = (L: Lowering, shape: Shape, d: readonly Reg[], args: readonly Value[]) => boolean;

/** False when it has no form for whole registers. */
export function lowerVectorIntrinsic(L: Lowering, i: Call, d: readonly Reg[]): boolean {
  const name = calleeName(i).slice('llvm.'.length);
  if (name.startsWith('vector.reduce.')) return reduceVector(L, name.split('.')[2], i, d);
  if (name.startsWith('experimental.cttz.elts.')) return firstElement(L, i, d[0]);
  if (name.startsWith('aarch64.')) return lowerNeon(L, i, name.slice('aarch64.'.length), d) || L.unsupported(`the intrinsic llvm.${name}`);
  const shape = shapeOfValue(i);
  if (!shape || isMaskType(i.type)) return false;
  const stem = name.replace(/\.v\d+.*$/, '');
  const lower = Object.hasOwn(table, stem) ? table[stem] : undefined;
  const args = i.args.map((a) => a.value);
  return lower?.(L, shape, d, args) ?? false;
}

/** How many lanes of a mask are false before the first that is true; all of them if none is. */
function firstElement(L: Lowering, i: Call, d: Reg): boolean {
  const [{ value: mask }] = i.args;
  const shape = shapeOfValue(mask);
  if (!shape || !isMaskType(mask.type) || shape.count >= 64 || i.type.kind !== 'int' || i.type.bits > 64) return false;
  const bits = maskToInteger(L, L.regsOf(mask), shape);
  const stop = L.op(
    'orr_shift',
    [
      ['Rn', bits],
      ['Rm', L.constant(1n << BigInt(shape.count), 64)],
    ],
    { sf: 1, shift: 0, imm6: 0 },
  );
  const reversed = L.op('rbit', [['Rn', stop]], { sf: 1 });
  unary(L, 'clz', d, reversed, { sf: 1 });
  return true;
}

type Sizes = readonly Lane[];
const narrowLanes: Sizes = [8, 16, 32];
const allLanes: Sizes = [8, 16, 32, 64];

const size = (shape: Shape, r: VectorRegister): { Q: number; size: number } => ({
  Q: qField(shape.lane, r),
  size: sizeField(shape.lane),
});
const sz = (shape: Shape, r: VectorRegister): { Q: number; sz: number } => ({ Q: qField(shape.lane, r), sz: shape.lane === 64 ? 1 : 0 });

/** An integer operation on two operands. */
const two =
  (row: string, lanes: Sizes = allLanes): Lower =>
  (L, shape, d, [a, b]) => {
    if (!lanes.includes(shape.lane)) return false;
    const x = L.regsOf(a);
    const y = L.regsOf(b);
    registersOf(shape).forEach((r, n) => binary(L, row, d[n], x[n], y[n], size(shape, r)));
    return true;
  };

const one =
  (row: string, lanes: Sizes = allLanes): Lower =>
  (L, shape, d, [a]) => {
    if (!lanes.includes(shape.lane)) return false;
    const x = L.regsOf(a);
    registersOf(shape).forEach((r, n) => unary(L, row, d[n], x[n], size(shape, r)));
    return true;
  };

/** Minimum or maximum; of 64-bit lanes by a comparison. */
const extreme =
  (row: string, compare: string, first: 'greater' | 'less'): Lower =>
  (L, shape, d, args) => {
    if (shape.lane !== 64) return two(row)(L, shape, d, args);
    const [x, y] = args.map((a) => L.regsOf(a));
    registersOf(shape).forEach((r, n) => {
      const fields = size(shape, r);
      const [p, q] = first === 'greater' ? [x[n], y[n]] : [y[n], x[n]];
      const m = fresh(L, r, (into) => binary(L, compare, into, p, q, fields));
      accumulate(L, 'bsl_v', d[n], m, [x[n], y[n]], { Q: 1 });
    });
    return true;
  };

/** A floating-point operation; halves by way of singles. */
const float =
  (row: string): Lower =>
  (L, shape, d, args) => {
    const operands = args.map((a) => L.regsOf(a));
    const emit = (into: Reg, regs: readonly Reg[], fields: Record<string, number>): void => {
      if (regs.length === 1) unary(L, row, into, regs[0], fields);
      else binary(L, row, into, regs[0], regs[1], fields);
    };
    if (shape.lane === 16) asSingles(L, shape, operands, d, (into, regs) => emit(into, regs, { Q: 1, sz: 0 }));
    else
      registersOf(shape).forEach((r, n) =>
        emit(
          d[n],
          operands.map((o) => o[n]),
          sz(shape, r),
        ),
      );
    return true;
  };

const fused: Lower = (L, shape, d, args) => {
  // A half's product and sum would be rounded twice.
  if (shape.lane === 16) return false;
  const [x, y, z] = args.map((a) => L.regsOf(a));
  registersOf(shape).forEach((r, n) => accumulate(L, 'fmla_vec', d[n], z[n], [x[n], y[n]], sz(shape, r)));
  return true;
};

const signBits = (L: Lowering, shape: Shape): Reg[] =>
  lanesConstant(L, { ...shape, float: false }, new Array<bigint>(shape.count).fill(1n << BigInt(shape.lane - 1)));

const absoluteFloat: Lower = (L, shape, d, args) => {
  if (shape.lane !== 16) return float('fabs_vec')(L, shape, d, args);
  const x = L.regsOf(args[0]);
  const signs = signBits(L, shape);
  registersOf(shape).forEach((r, n) => binary(L, 'bic_v', d[n], x[n], signs[n], { Q: r.bits === 128 ? 1 : 0 }));
  return true;
};

const copySign: Lower = (L, shape, d, [a, b]) => {
  const x = L.regsOf(a);
  const y = L.regsOf(b);
  const signs = signBits(L, shape);
  registersOf(shape).forEach((r, n) => accumulate(L, 'bit_v', d[n], x[n], [y[n], signs[n]], { Q: r.bits === 128 ? 1 : 0 }));
  return true;
};

/** Bits of each byte, added up to the width of the lanes. */
const populationCount: Lower = (L, shape, d, [a]) => {
  const x = L.regsOf(a);
  registersOf(shape).forEach((r, n) => countBits(L, shape, r, d[n], x[n]));
  return true;
};

function countBits(L: Lowering, { lane }: Shape, r: VectorRegister, d: Reg, x: Reg): void {
  const Q = qField(lane, r);
  let at = x;
  for (let width = 8; width <= lane; width *= 2) {
    const into = width === lane ? d : L.reg('vector', r.bits);
    if (width === 8) unary(L, 'cnt_v', into, at, { Q });
    else unary(L, 'uaddlp', into, at, { Q, size: Math.log2(width / 16) });
    at = into;
  }
}

/** Ones below the lowest one: what they count. */
const trailingZeros: Lower = (L, shape, d, [a]) => {
  const x = L.regsOf(a);
  const ones = lanesConstant(L, shape, new Array<bigint>(shape.count).fill((1n << BigInt(shape.lane)) - 1n));
  registersOf(shape).forEach((r, n) => {
    const less = fresh(L, r, (into) => binary(L, 'add_v', into, x[n], ones[n], size(shape, r)));
    const below = fresh(L, r, (into) => binary(L, 'bic_v', into, less, x[n], { Q: r.bits === 128 ? 1 : 0 }));
    countBits(L, shape, r, d[n], below);
  });
  return true;
};

/** Leading zeros of 64 bits are those of the halves, or all of the upper and some of the lower. */
const leadingZeros: Lower = (L, shape, d, args) => (shape.lane === 64 ? false : one('clz_v', narrowLanes)(L, shape, d, args));

const reverseBytes =
  (bits: boolean): Lower =>
  (L, shape, d, [a]) => {
    const x = L.regsOf(a);
    registersOf(shape).forEach((r, n) => {
      const Q = r.bits === 128 || shape.lane === 64 ? 1 : 0;
      const row = `rev${shape.lane}_v`;
      if (!bits) return unary(L, row, d[n], x[n], { Q, size: 0 });
      if (shape.lane === 8) return unary(L, 'rbit_v', d[n], x[n], { Q });
      const turned = fresh(L, r, (into) => unary(L, row, into, x[n], { Q, size: 0 }));
      unary(L, 'rbit_v', d[n], turned, { Q });
    });
    return true;
  };

/** fshl and fshr by a constant: one part shifted, the other inserted. */
const funnel =
  (left: boolean): Lower =>
  (L, shape, d, [a, b, c]) => {
    const k = splatBits(c);
    if (k === undefined) return false;
    const by = Number(k % BigInt(shape.lane));
    const up = left ? by : shape.lane - by;
    const letter = letterOf(shape.lane);
    if (by === 0) {
      const x = L.regsOf(left ? a : b);
      registersOf(shape).forEach((_, n) => L.copy(d[n], x[n]));
      return true;
    }
    const high = L.regsOf(a);
    const low = L.regsOf(b);
    registersOf(shape).forEach((r, n) => {
      const Q = qField(shape.lane, r);
      const down = fresh(L, r, (into) =>
        unary(L, `ushr_imm_${letter}`, into, low[n], { Q, ...rightShift(shape, BigInt(shape.lane - up)) }),
      );
      accumulate(L, `sli_imm_${letter}`, d[n], down, [high[n]], { Q, sh: up });
    });
    return true;
  };

/** Conversions that keep to the range of the result: the instructions do, for lanes of their width. */
const saturatingConversion =
  (signed: boolean) =>
  (L: Lowering, to: Shape, d: readonly Reg[], [a]: readonly Value[]): boolean => {
    const from = shapeOf(a.type);
    if (!from || from.lane === 16 || to.lane > from.lane) return false;
    const row = signed ? 'fcvtzs_vec' : 'fcvtzu_vec';
    const x = L.regsOf(a);
    let shape: Shape = { ...from, float: false };
    let regs = registersOf(shape).map((r, n) => fresh(L, r, (into) => unary(L, row, into, x[n], sz(shape, r))));
    while (shape.lane > to.lane) ({ shape, regs } = saturatingNarrow(L, shape, regs, signed));
    regs.forEach((r, n) => L.copy(d[n], r));
    return true;
  };

function saturatingNarrow(L: Lowering, shape: Shape, regs: readonly Reg[], signed: boolean): { shape: Shape; regs: Reg[] } {
  const small: Shape = { ...shape, lane: shape.lane === 64 ? 32 : shape.lane === 32 ? 16 : 8 };
  const fields = { size: sizeField(small.lane) };
  const row = signed ? 'sqxtn' : 'uqxtn';
  const out = registersOf(small).map((r, k) => {
    const low = fresh(L, r, (d) => unary(L, row, d, regs[2 * k], fields));
    return 2 * k + 1 < regs.length ? fresh(L, r, (d) => accumulate(L, `${row}2`, d, low, [regs[2 * k + 1]], fields)) : low;
  });
  return { shape: small, regs: out };
}

/** The second argument of abs, whether its least value is poison, changes nothing. */
const table: Readonly<Record<string, Lower>> = {
  abs: one('abs_v'),
  smax: extreme('smax_v', 'cmgt_v', 'greater'),
  smin: extreme('smin_v', 'cmgt_v', 'less'),
  umax: extreme('umax_v', 'cmhi_v', 'greater'),
  umin: extreme('umin_v', 'cmhi_v', 'less'),
  'sadd.sat': two('sqadd_v'),
  'uadd.sat': two('uqadd_v'),
  'ssub.sat': two('sqsub_v'),
  'usub.sat': two('uqsub_v'),
  ctpop: populationCount,
  ctlz: leadingZeros,
  cttz: trailingZeros,
  bswap: reverseBytes(false),
  bitreverse: reverseBytes(true),
  fshl: funnel(true),
  fshr: funnel(false),
  fabs: absoluteFloat,
  sqrt: float('fsqrt_vec'),
  floor: float('frintm_vec'),
  ceil: float('frintp_vec'),
  trunc: float('frintz_vec'),
  rint: float('frintx_vec'),
  nearbyint: float('frinti_vec'),
  round: float('frinta_vec'),
  roundeven: float('frintn_vec'),
  minnum: float('fminnm_vec'),
  maxnum: float('fmaxnm_vec'),
  minimumnum: float('fminnm_vec'),
  maximumnum: float('fmaxnm_vec'),
  minimum: float('fmin_vec'),
  maximum: float('fmax_vec'),
  fma: fused,
  fmuladd: fused,
  copysign: copySign,
  'fptosi.sat': saturatingConversion(true),
  'fptoui.sat': saturatingConversion(false),
};
