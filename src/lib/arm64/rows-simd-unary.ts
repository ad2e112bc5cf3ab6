/** AdvSIMD instructions with one register of integers: Arm ARM C4.1.68 "Advanced SIMD two-register miscellaneous" and "across lanes". */
import {
  countLeadingSigns,
  countLeadingZeros,
  narrowed,
  saturatingAccumulate,
  saturatingMagnitude,
  type LaneOperation,
  type Narrowing,
  type UnaryOperation,
} from './lane-operations.ts';
import { bytesBy, Lanes, writeLow } from './lanes.ts';
import { row, type Row } from './table.ts';

const signs = [
  ['s', 0],
  ['u', 1],
] as const;

// Results of the operand's shape

type Unary = {
  name: string;
  U: 0 | 1;
  opcode: string;
  sizes: 'bhsd' | 'bhs';
  scalar?: 'bhsd' | 'd';
  /** A comparison with zero. */
  zero?: true;
  does: UnaryOperation;
};

const unaries: Unary[] = [
  { name: 'suqadd', U: 0, opcode: '00011', sizes: 'bhsd', scalar: 'bhsd', does: saturatingAccumulate('s') },
  { name: 'usqadd', U: 1, opcode: '00011', sizes: 'bhsd', scalar: 'bhsd', does: saturatingAccumulate('u') },
  { name: 'cls', U: 0, opcode: '00100', sizes: 'bhs', does: countLeadingSigns },
  { name: 'clz', U: 1, opcode: '00100', sizes: 'bhs', does: countLeadingZeros },
  { name: 'sqabs', U: 0, opcode: '00111', sizes: 'bhsd', scalar: 'bhsd', does: saturatingMagnitude('abs') },
  { name: 'sqneg', U: 1, opcode: '00111', sizes: 'bhsd', scalar: 'bhsd', does: saturatingMagnitude('neg') },
  { name: 'cmgt', U: 0, opcode: '01000', sizes: 'bhsd', scalar: 'd', zero: true, does: (x, a) => x.gt('s', a, x.zero()) },
  { name: 'cmge', U: 1, opcode: '01000', sizes: 'bhsd', scalar: 'd', zero: true, does: (x, a) => x.ge('s', a, x.zero()) },
  { name: 'cmeq', U: 0, opcode: '01001', sizes: 'bhsd', scalar: 'd', zero: true, does: (x, a) => x.eq(a, x.zero()) },
  { name: 'cmle', U: 1, opcode: '01001', sizes: 'bhsd', scalar: 'd', zero: true, does: (x, a) => x.ge('s', x.zero(), a) },
  { name: 'cmlt', U: 0, opcode: '01010', sizes: 'bhsd', scalar: 'd', zero: true, does: (x, a) => x.signs(a) },
  { name: 'abs', U: 0, opcode: '01011', sizes: 'bhsd', scalar: 'd', does: (x, a) => x.abs(a) },
  { name: 'neg', U: 1, opcode: '01011', sizes: 'bhsd', scalar: 'd', does: (x, a) => x.neg(a) },
];

const unaryVectors = unaries.map(({ name, U, opcode, sizes, zero, does }) =>
  row(`${name}${zero ? '_zero' : ''}_v`, `0 Q ${U} 01110 size:2 10000 ${opcode} 10 Rn:5 Rd:5`, {
    feature: 'simd',
    syntax: `${name} {Vd.T}, {Vn.T}${zero ? ', {only0}' : ''}`,
    valid: (f) => sizes.includes('bhsd'[f.size]) && (f.size !== 3 || f.Q === 1),
    does: (e, o) => {
      e.checkFpEnabled();
      const x = new Lanes(e, o.n.size);
      x.finish(
        o.r.Rd,
        does(x, e.v(o.r.Rn), () => e.v(o.r.Rd)),
        o.n.Q ? 128 : 64,
      );
    },
  }),
);

const unaryScalars = unaries.flatMap(({ name, U, opcode, scalar, zero, does }) =>
  scalar === undefined
    ? []
    : [
        row(`${name}${zero ? '_zero' : ''}_scalar`, `01 ${U} 11110 size:2 10000 ${opcode} 10 Rn:5 Rd:5`, {
          feature: 'simd',
          syntax: `${name} {Ed}, {En}${zero ? ', {only0}' : ''}`,
          valid: (f) => scalar.includes('bhsd'[f.size]),
          does: (e, o) => {
            e.checkFpEnabled();
            const x = new Lanes(e, o.n.size);
            x.finish(
              o.r.Rd,
              does(x, e.v(o.r.Rn), () => e.v(o.r.Rd)),
              x.bits,
            );
          },
        }),
      ],
);

// Bits and bytes

/** For each number of four bits, those bits from last to first, shifted left. */
const reversedNibbles = (shift: number): bigint =>
  Array.from({ length: 16 }, (_, n) => ((n & 1) * 8 + (n & 2) * 2 + ((n & 4) >> 1) + ((n & 8) >> 3)) << shift).reduceRight(
    (sum, byte) => (sum << 8n) | BigInt(byte),
    0n,
  );

const reverseBits: UnaryOperation = (x, a) => {
  const table = (shift: number) => {
    const bytes = reversedNibbles(shift);
    return x.e.v128(x.e.i64(BigInt.asUintN(64, bytes)), x.e.i64(bytes >> 64n));
  };
  const low = x.op('swizzle', table(4), x.and(a, x.fill(15)));
  return x.or(low, x.op('swizzle', table(0), x.shr('u', a, 4)));
};

const byteRows = (
  [
    ['cnt', 0, '00', (x, a) => x.op('popcnt', a)],
    ['not', 1, '00', (x, a) => x.not(a)],
    ['rbit', 1, '01', reverseBits],
  ] as const satisfies readonly (readonly [string, 0 | 1, string, UnaryOperation])[]
).map(([name, U, size, does]) =>
  row(`${name}_v`, `0 Q ${U} 01110 ${size} 10000 00101 10 Rn:5 Rd:5`, {
    feature: 'simd',
    syntax: `${name} {Vd.B}, {Vn.B}`,
    ...(name === 'not' ? { aliases: [{ syntax: 'mvn {Vd.B}, {Vn.B}', preset: {}, preferred: () => true }] } : {}),
    does: (e, o) => {
      e.checkFpEnabled();
      writeLow(
        e,
        o.r.Rd,
        (does as UnaryOperation)(new Lanes(e, 0), e.v(o.r.Rn), () => e.v(o.r.Rd)),
        o.n.Q ? 128 : 64,
      );
    },
  }),
);

/** Lanes in reverse order within each 16, 32 or 64 bits. */
const reversals = (
  [
    ['rev64', 0, '00000', 3],
    ['rev32', 1, '00000', 2],
    ['rev16', 0, '00001', 1],
  ] as const
).map(([name, U, opcode, container]) =>
  row(`${name}_v`, `0 Q ${U} 01110 size:2 10000 ${opcode} 10 Rn:5 Rd:5`, {
    feature: 'simd',
    syntax: `${name} {Vd.T}, {Vn.T}`,
    valid: (f) => f.size < container,
    does: (e, o) => {
      e.checkFpEnabled();
      // In a group of 2^n lanes, the number of a lane's mirror image has the other bits.
      const flip = (1 << container) - (1 << o.n.size);
      const n = e.v(o.r.Rn);
      writeLow(
        e,
        o.r.Rd,
        e.simd(
          'i8x16.shuffle',
          [n, n],
          bytesBy((k) => k ^ flip),
        ),
        o.n.Q ? 128 : 64,
      );
    },
  }),
);

// Pairs of lanes added to lanes of twice the width

const pairSums = signs.flatMap(([sign, U]) =>
  (
    [
      ['addlp', '00010', false],
      ['adalp', '00110', true],
    ] as const
  ).map(([name, opcode, accumulates]) =>
    row(`${sign}${name}`, `0 Q ${U} 01110 size:2 10000 ${opcode} 10 Rn:5 Rd:5`, {
      feature: 'simd',
      syntax: `${sign}${name} {Vd.P}, {Vn.T}`,
      valid: (f) => f.size !== 3,
      does: (e, o) => {
        e.checkFpEnabled();
        const x = new Lanes(e, o.n.size + 1);
        const sums = x.pairSums(e.v(o.r.Rn), sign);
        writeLow(e, o.r.Rd, accumulates ? x.add(e.v(o.r.Rd), sums) : sums, o.n.Q ? 128 : 64);
      },
    }),
  ),
);

// Lanes of half the width; the second form leaves the lower half of its result as it was

type Narrow = { name: string; U: 0 | 1; opcode: string; scalar: boolean; kind: Narrowing };
const narrows: Narrow[] = [
  { name: 'xtn', U: 0, opcode: '10010', scalar: false, kind: 'truncate' },
  { name: 'sqxtun', U: 1, opcode: '10010', scalar: true, kind: 'signedToUnsigned' },
  { name: 'sqxtn', U: 0, opcode: '10100', scalar: true, kind: 'signed' },
  { name: 'uqxtn', U: 1, opcode: '10100', scalar: true, kind: 'unsigned' },
];

const narrowRows = narrows.flatMap(({ name, U, opcode, scalar, kind }) => [
  ...([0, 1] as const).map((Q) =>
    row(`${name}${Q ? '2' : ''}`, `0 ${Q} ${U} 01110 size:2 10000 ${opcode} 10 Rn:5 Rd:5`, {
      feature: 'simd',
      syntax: Q ? `${name}2 {Vd.W}, {Vn.L}` : `${name} {Vd.N}, {Vn.L}`,
      valid: (f) => f.size !== 3,
      does: (e, o) => {
        e.checkFpEnabled();
        const x = new Lanes(e, o.n.size + 1);
        const result = x.packed(narrowed(x, e.v(o.r.Rn), kind));
        x.note(128);
        e.setV(o.r.Rd, Q ? e.v128(e.half(e.v(o.r.Rd), 0), result) : e.v128(result, e.i64(0n)));
      },
    }),
  ),
  ...(scalar
    ? [
        row(`${name}_scalar`, `01 ${U} 11110 size:2 10000 ${opcode} 10 Rn:5 Rd:5`, {
          feature: 'simd',
          syntax: `${name} {Ed}, {Ln}`,
          valid: (f) => f.size !== 3,
          does: (e, o) => {
            e.checkFpEnabled();
            const x = new Lanes(e, o.n.size + 1);
            const result = narrowed(x, e.v(o.r.Rn), kind);
            x.note(x.bits);
            writeLow(e, o.r.Rd, result, x.narrower().bits);
          },
        }),
      ]
    : []),
]);

/** SHLL: a shift by the width of the narrow lanes, which is written out. */
const shiftLong = ([0, 1] as const).map((Q) =>
  row(`shll${Q ? '2' : ''}`, `0 ${Q} 1 01110 size:2 10000 10011 10 Rn:5 Rd:5`, {
    feature: 'simd',
    syntax: Q ? 'shll2 {Vd.L}, {Vn.W}, {lanebits}' : 'shll {Vd.L}, {Vn.N}, {lanebits}',
    valid: (f) => f.size !== 3,
    does: (e, o) => {
      e.checkFpEnabled();
      const x = new Lanes(e, o.n.size + 1);
      e.setV(o.r.Rd, x.shl(x.extend(e.v(o.r.Rn), Q ? 'high' : 'low', 'u'), x.bits / 2));
    },
  }),
);

// One result of all lanes

/** Combines all lanes in `used` bytes, halving their number until the result is in lane 0. */
function reduced<V, R>(x: Lanes<V, R>, a: V, used: number, does: LaneOperation): V {
  let result = a;
  for (let distance = used / 2; distance >= x.bits / 8; distance /= 2) {
    const upper = x.e.simd(
      'i8x16.shuffle',
      [result, result],
      bytesBy((k) => (k + distance) & 15),
    );
    result = does(x, result, upper, () => result);
  }
  return result;
}

const across = (
  [
    ...signs.flatMap(([sign, U]) => [
      [`${sign}maxv`, U, '01010', (x, a, b) => x.max(sign, a, b)] as const satisfies Across,
      [`${sign}minv`, U, '11010', (x, a, b) => x.min(sign, a, b)] as const satisfies Across,
    ]),
    ['addv', 0, '11011', (x, a, b) => x.add(a, b)],
  ] as readonly Across[]
).map(([name, U, opcode, does]) =>
  row(name, `0 Q ${U} 01110 size:2 11000 ${opcode} 10 Rn:5 Rd:5`, {
    feature: 'simd',
    syntax: `${name} {Ed}, {Vn.T}`,
    valid: (f) => f.size < 2 || (f.size === 2 && f.Q === 1),
    does: (e, o) => {
      e.checkFpEnabled();
      const x = new Lanes(e, o.n.size);
      writeLow(e, o.r.Rd, reduced(x, e.v(o.r.Rn), o.n.Q ? 16 : 8, does), x.bits);
    },
  }),
);
type Across = readonly [string, 0 | 1, string, LaneOperation];

const longSums = signs.map(([sign, U]) =>
  row(`${sign}addlv`, `0 Q ${U} 01110 size:2 11000 00011 10 Rn:5 Rd:5`, {
    feature: 'simd',
    syntax: `${sign}addlv {Ld}, {Vn.T}`,
    valid: (f) => f.size < 2 || (f.size === 2 && f.Q === 1),
    does: (e, o) => {
      e.checkFpEnabled();
      const x = new Lanes(e, o.n.size + 1);
      writeLow(
        e,
        o.r.Rd,
        reduced(x, x.pairSums(e.v(o.r.Rn), sign), o.n.Q ? 16 : 8, (y, a, b) => y.add(a, b)),
        x.bits,
      );
    },
  }),
);

export const simdUnaryRows: readonly Row[] = [
  ...unaryVectors,
  ...unaryScalars,
  ...byteRows,
  ...reversals,
  ...pairSums,
  ...narrowRows,
  ...shiftLong,
  ...across,
  ...longSums,
];
