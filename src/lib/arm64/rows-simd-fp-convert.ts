/**
 * Conversions in SIMD and floating-point registers: between formats, to integers and from them, fixed-point numbers (Arm ARM C4.1.68), and
 * the fixed-point forms with general registers (C4.1.69).
 */
import type { Emitter } from './emitter.ts';
import { lane, laneCount, lanesOf, laneWidth, onLanes, pack64, vectorOf, wholeIfDouble } from './lanes-fp.ts';
import { row, widthOf, type Row } from './table.ts';

// Integers of the same width

/** Name, U, bit 23, opcode, and the operation by the width of integers. */
type IntegerConversion = readonly [name: string, U: 0 | 1, a: 0 | 1, opcode: string, op: (bits: number) => string];

const integerConversions: readonly IntegerConversion[] = (
  [
    ['fcvtn', 0, '11010', 'TieEven'],
    ['fcvtm', 0, '11011', 'MinusInfinity'],
    ['fcvta', 0, '11100', 'TieAway'],
    ['fcvtp', 1, '11010', 'PlusInfinity'],
    ['fcvtz', 1, '11011', 'Zero'],
  ] as const
)
  .flatMap(([name, a, opcode, rounding]): IntegerConversion[] => [
    [`${name}s`, 0, a, opcode, (bits) => `toS${bits}${rounding}`],
    [`${name}u`, 1, a, opcode, (bits) => `toU${bits}${rounding}`],
  ])
  .concat([
    ['scvtf', 0, 0, '11101', (bits) => `fromS${bits}`],
    ['ucvtf', 1, 0, '11101', (bits) => `fromU${bits}`],
  ]);

const integers: Row[] = integerConversions.flatMap(([name, U, a, opcode, op]) => {
  return [
    row(`${name}_vec`, `0 Q ${U} 01110 ${a} sz 10000 ${opcode} 10 Rn:5 Rd:5`, {
      feature: 'simd',
      syntax: `${name} {Vd.F}, {Vn.F}`,
      valid: wholeIfDouble,
      does: (e, o) => {
        e.checkFpEnabled();
        const width = laneWidth(o.n.sz);
        e.setV(o.r.Rd, onLanes(e, op(width), width, o.n.Q, [e.v(o.r.Rn)]));
      },
    }),
    row(`${name}_scalar`, `01 ${U} 11110 ${a} sz 10000 ${opcode} 10 Rn:5 Rd:5`, {
      feature: 'simd',
      syntax: `${name} {Fd:sz}, {Fn:sz}`,
      does: (e, o) => {
        e.checkFpEnabled();
        const width = laneWidth(o.n.sz);
        e.setFp(width, o.r.Rd, e.fpOp(op(width), width, [e.fp(width, o.r.Rn)]));
      },
    }),
  ];
});

// Fixed-point numbers. `imm` is how many bits are the fraction.

const fixedPoint = [
  { name: 'scvtf', U: 0, opcode: '11100', op: (bits: number) => `fromS${bits}Fixed` },
  { name: 'ucvtf', U: 1, opcode: '11100', op: (bits: number) => `fromU${bits}Fixed` },
  { name: 'fcvtzs', U: 0, opcode: '11111', op: (bits: number) => `toS${bits}Fixed` },
  { name: 'fcvtzu', U: 1, opcode: '11111', op: (bits: number) => `toU${bits}Fixed` },
] as const;

const fixedPointInSimd: Row[] = fixedPoint.flatMap(({ name, U, opcode, op }) =>
  ([32, 64] as const).flatMap((width) => {
    const double = width === 64;
    // immh:immb counts down from twice the width.
    const amount = double ? '1 imm6:6' : '01 imm5:5';
    const field = double ? 'imm6' : 'imm5';
    const arrangement = double ? '2d' : 'S';
    const letter = double ? 'D' : 'S';
    return [
      row(`${name}_fixed_vec_${letter.toLowerCase()}`, `0 ${double ? '1' : 'Q'} ${U} 011110 ${amount} ${opcode} 1 Rn:5 Rd:5`, {
        feature: 'simd',
        syntax: `${name} {Vd.${arrangement}}, {Vn.${arrangement}}, {fbits${width}}`,
        immediates: [field],
        imm: (f) => BigInt(width - f[field]),
        does: (e, o) => {
          e.checkFpEnabled();
          const values = lanesOf(e, e.v(o.r.Rn), width, double ? 2 : laneCount(32, o.n.Q));
          const results = values.map((value) => e.fpOp(op(width), width, [value, o.imm]));
          e.setV(o.r.Rd, vectorOf(e, results, width));
        },
      }),
      row(`${name}_fixed_scalar_${letter.toLowerCase()}`, `01 ${U} 111110 ${amount} ${opcode} 1 Rn:5 Rd:5`, {
        feature: 'simd',
        syntax: `${name} {${letter}d}, {${letter}n}, {fbits${width}}`,
        immediates: [field],
        imm: (f) => BigInt(width - f[field]),
        does: (e, o) => {
          e.checkFpEnabled();
          e.setFp(width, o.r.Rd, e.fpOp(op(width), width, [e.fp(width, o.r.Rn), o.imm]));
        },
      }),
    ];
  }),
);

/** With general registers: scale is 64 less the bits of the fraction, of which 32-bit registers have 32 at most. */
const fixedPointWithGeneral: Row[] = fixedPoint.map(({ name, U, op }) => {
  const toGeneral = name.startsWith('f');
  return row(`${name}_fixed`, `sf 0 0 11110 0 sz 0 ${toGeneral ? '11 00' : '00 01'}${U} scale:6 Rn:5 Rd:5`, {
    feature: 'fp',
    syntax: toGeneral ? `${name} {Rd}, {Fn:sz}, {fbits}` : `${name} {Fd:sz}, {Rn}, {fbits}`,
    immediates: ['scale'],
    imm: (f) => BigInt(64 - f.scale),
    valid: (f) => f.sf === 1 || f.scale >= 32,
    does: (e, o) => {
      e.checkFpEnabled();
      const width = laneWidth(o.n.sz);
      const bits = widthOf(o.n.sf);
      if (toGeneral) e.setX(bits, o.r.Rd, e.fpOp(op(bits), width, [e.fp(width, o.r.Rn), o.imm]));
      else e.setFp(width, o.r.Rd, e.fpOp(op(bits), width, [e.x(bits, o.r.Rn), o.imm]));
    },
  });
});

// Between formats. sz is of the wide side: single (with half precision) or double (with single).

/** Half a register of lanes, each half as wide as in a whole source, as an i64. */
function narrowed<V, R>(e: Emitter<V, R>, source: V, op: string, sz: number): V {
  if (sz) {
    const [low, high] = lanesOf(e, source, 64, 2).map((value) => e.fpOp(op, 64, [value]));
    return pack64(e, low, high);
  }
  const halves = lanesOf(e, source, 32, 4).map((value) => e.extendU(e.fpOp(op, 32, [value])));
  return halves.reduce((sum, value, i) => e.or(sum, e.shl(value, e.i64(BigInt(16 * i)))));
}

/** The lanes of half a register, each twice as wide. */
function widened<V, R>(e: Emitter<V, R>, source: V, upper: 0 | 1, sz: number): V {
  if (sz) {
    const lanes = [0, 1].map((i) => e.fpOp('toDouble', 32, [lane(e, source, 32, 2 * upper + i)]));
    return vectorOf(e, lanes, 64);
  }
  const half = e.half(source, upper);
  const lanes = Array.from({ length: 4 }, (_, i) => {
    const shifted = e.wrap(e.shrU(half, e.i64(BigInt(16 * i))));
    return e.fpOp('toSingle', 16, [e.and(shifted, e.i32(0xffff))]);
  });
  return vectorOf(e, lanes, 32);
}

/** The narrow half goes to the lower or upper half of Rd; writing the lower one clears the rest. */
function setHalf<V, R>(e: Emitter<V, R>, reg: R, upper: 0 | 1, value: V): void {
  e.setV(reg, upper ? e.v128(e.half(e.v(reg), 0), value) : e.v128(value, e.i64(0n)));
}

const formats: Row[] = ([0, 1] as const).flatMap((upper) => {
  const suffix = upper ? '2' : '';
  return [
    row(`fcvtn${suffix}`, `0 ${upper} 0 01110 0 sz 10000 10110 10 Rn:5 Rd:5`, {
      feature: 'simd',
      syntax: `fcvtn${suffix} {Vd.FN${upper}}, {Vn.FW}`,
      does: (e, o) => {
        e.checkFpEnabled();
        setHalf(e, o.r.Rd, upper, narrowed(e, e.v(o.r.Rn), o.n.sz ? 'toSingle' : 'toHalf', o.n.sz));
      },
    }),
    row(`fcvtl${suffix}`, `0 ${upper} 0 01110 0 sz 10000 10111 10 Rn:5 Rd:5`, {
      feature: 'simd',
      syntax: `fcvtl${suffix} {Vd.FW}, {Vn.FN${upper}}`,
      does: (e, o) => {
        e.checkFpEnabled();
        e.setV(o.r.Rd, widened(e, e.v(o.r.Rn), upper, o.n.sz));
      },
    }),
    row(`fcvtxn${suffix}`, `0 ${upper} 1 01110 01 10000 10110 10 Rn:5 Rd:5`, {
      feature: 'simd',
      syntax: `fcvtxn${suffix} {Vd.${upper ? '4s' : '2s'}}, {Vn.2d}`,
      does: (e, o) => {
        e.checkFpEnabled();
        setHalf(e, o.r.Rd, upper, narrowed(e, e.v(o.r.Rn), 'toSingleOdd', 1));
      },
    }),
  ];
});

const roundToOdd = row('fcvtxn_scalar', '01 1 11110 01 10000 10110 10 Rn:5 Rd:5', {
  feature: 'simd',
  syntax: 'fcvtxn {Sd}, {Dn}',
  does: (e, o) => {
    e.checkFpEnabled();
    e.setFp(32, o.r.Rd, e.fpOp('toSingleOdd', 64, [e.fp(64, o.r.Rn)]));
  },
});

// The upper half of a register to a general one and back

const upperHalf = [
  row('fmov_x_vd1', '1 0 0 11110 10 1 01 110 000000 Rn:5 Rd:5', {
    feature: 'fp',
    syntax: 'fmov {Xd}, {Vn.d}[1]',
    does: (e, o) => {
      e.checkFpEnabled();
      e.setX(64, o.r.Rd, e.half(e.v(o.r.Rn), 1));
    },
  }),
  row('fmov_vd1_x', '1 0 0 11110 10 1 01 111 000000 Rn:5 Rd:5', {
    feature: 'fp',
    syntax: 'fmov {Vd.d}[1], {Xn}',
    does: (e, o) => {
      e.checkFpEnabled();
      e.setV(o.r.Rd, e.v128(e.half(e.v(o.r.Rd), 0), e.x(64, o.r.Rn)));
    },
  }),
] as const;

export const simdFpConvertRows = [
  ...integers,
  ...fixedPointInSimd,
  ...fixedPointWithGeneral,
  ...formats,
  roundToOdd,
  ...upperHalf,
] as const;
