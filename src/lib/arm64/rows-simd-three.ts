/**
 * AdvSIMD instructions with three registers of integers: Arm ARM C4.1.68 "Advanced SIMD three same", "three different" and their scalar
 * forms.
 */
import {
  absoluteDifference,
  doubled,
  doublingHigh,
  halvingAdd,
  halvingSub,
  multiplyAdd,
  multiplySub,
  polynomialMultiply,
  roundingHalvingAdd,
  saturatingAdd,
  saturatingSub,
  shiftByRegister,
  test,
  type LaneOperation,
} from './lane-operations.ts';
import { bytesBy, Lanes, writeLow, type Part, type Sign } from './lanes.ts';
import { row, type Alias, type Fields, type Row } from './table.ts';

/** Element sizes that an instruction has: of bytes up to doublewords. */
type Sizes = 'bhsd' | 'bhs' | 'hs' | 'b';
const hasSize = (sizes: Sizes, size: number): boolean => sizes.includes('bhsd'[size]);

// Three registers of the same shape

type Same = {
  name: string;
  U: 0 | 1;
  opcode: string;
  sizes: Sizes;
  /** Element sizes of the scalar form, if there is one. */
  scalar?: 'bhsd' | 'hs' | 'd';
  /** Another mnemonic, for the operands the other way round. */
  swapped?: string;
  does: LaneOperation;
};

const signs = [
  ['s', 0],
  ['u', 1],
] as const;

const bySign: Same[] = signs.flatMap(([sign, U]): Same[] => [
  { name: `${sign}hadd`, U, opcode: '00000', sizes: 'bhs', does: halvingAdd(sign) },
  { name: `${sign}qadd`, U, opcode: '00001', sizes: 'bhsd', scalar: 'bhsd', does: saturatingAdd(sign) },
  { name: `${sign}rhadd`, U, opcode: '00010', sizes: 'bhs', does: roundingHalvingAdd(sign) },
  { name: `${sign}hsub`, U, opcode: '00100', sizes: 'bhs', does: halvingSub(sign) },
  { name: `${sign}qsub`, U, opcode: '00101', sizes: 'bhsd', scalar: 'bhsd', does: saturatingSub(sign) },
  {
    name: sign === 's' ? 'cmgt' : 'cmhi',
    U,
    opcode: '00110',
    sizes: 'bhsd',
    scalar: 'd',
    swapped: sign === 's' ? 'cmlt' : 'cmlo',
    does: (x, a, b) => x.gt(sign, a, b),
  },
  {
    name: sign === 's' ? 'cmge' : 'cmhs',
    U,
    opcode: '00111',
    sizes: 'bhsd',
    scalar: 'd',
    swapped: sign === 's' ? 'cmle' : 'cmls',
    does: (x, a, b) => x.ge(sign, a, b),
  },
  {
    name: `${sign}shl`,
    U,
    opcode: '01000',
    sizes: 'bhsd',
    scalar: 'd',
    does: shiftByRegister({ sign, rounding: false, saturating: false }),
  },
  {
    name: `${sign}qshl`,
    U,
    opcode: '01001',
    sizes: 'bhsd',
    scalar: 'bhsd',
    does: shiftByRegister({ sign, rounding: false, saturating: true }),
  },
  {
    name: `${sign}rshl`,
    U,
    opcode: '01010',
    sizes: 'bhsd',
    scalar: 'd',
    does: shiftByRegister({ sign, rounding: true, saturating: false }),
  },
  {
    name: `${sign}qrshl`,
    U,
    opcode: '01011',
    sizes: 'bhsd',
    scalar: 'bhsd',
    does: shiftByRegister({ sign, rounding: true, saturating: true }),
  },
  { name: `${sign}max`, U, opcode: '01100', sizes: 'bhs', does: (x, a, b) => x.max(sign, a, b) },
  { name: `${sign}min`, U, opcode: '01101', sizes: 'bhs', does: (x, a, b) => x.min(sign, a, b) },
  { name: `${sign}abd`, U, opcode: '01110', sizes: 'bhs', does: absoluteDifference(sign) },
  { name: `${sign}aba`, U, opcode: '01111', sizes: 'bhs', does: (x, a, b, d) => x.add(d(), absoluteDifference(sign)(x, a, b, d)) },
]);

const same: Same[] = [
  ...bySign,
  { name: 'add', U: 0, opcode: '10000', sizes: 'bhsd', scalar: 'd', does: (x, a, b) => x.add(a, b) },
  { name: 'sub', U: 1, opcode: '10000', sizes: 'bhsd', scalar: 'd', does: (x, a, b) => x.sub(a, b) },
  { name: 'cmtst', U: 0, opcode: '10001', sizes: 'bhsd', scalar: 'd', does: test },
  { name: 'cmeq', U: 1, opcode: '10001', sizes: 'bhsd', scalar: 'd', does: (x, a, b) => x.eq(a, b) },
  { name: 'mla', U: 0, opcode: '10010', sizes: 'bhs', does: multiplyAdd },
  { name: 'mls', U: 1, opcode: '10010', sizes: 'bhs', does: multiplySub },
  { name: 'mul', U: 0, opcode: '10011', sizes: 'bhs', does: (x, a, b) => x.mul(a, b) },
  { name: 'pmul', U: 1, opcode: '10011', sizes: 'b', does: polynomialMultiply },
  { name: 'sqdmulh', U: 0, opcode: '10110', sizes: 'hs', scalar: 'hs', does: doublingHigh(false) },
  { name: 'sqrdmulh', U: 1, opcode: '10110', sizes: 'hs', scalar: 'hs', does: doublingHigh(true) },
];

/** Operands the other way round, as an assembler takes them. */
const swap = (name: string | undefined, d: string, n: string, m: string): { aliases?: Alias[] } =>
  name === undefined ? {} : { aliases: [{ syntax: `${name} {${d}}, {${m}}, {${n}}`, preset: {} }] };

const sameVectors = same.map(({ name, U, opcode, sizes, swapped, does }) =>
  row(`${name}_v`, `0 Q ${U} 01110 size:2 1 Rm:5 ${opcode} 1 Rn:5 Rd:5`, {
    feature: 'simd',
    syntax: `${name} {Vd.T}, {Vn.T}, {Vm.T}`,
    ...swap(swapped, 'Vd.T', 'Vn.T', 'Vm.T'),
    valid: (f) => hasSize(sizes, f.size) && (f.size !== 3 || f.Q === 1),
    does: (e, o) => {
      e.checkFpEnabled();
      const x = new Lanes(e, o.n.size);
      const result = does(x, e.v(o.r.Rn), e.v(o.r.Rm), () => e.v(o.r.Rd));
      x.finish(o.r.Rd, result, o.n.Q ? 128 : 64);
    },
  }),
);

const sameScalars = same.flatMap(({ name, U, opcode, scalar, swapped, does }) =>
  scalar === undefined
    ? []
    : [
        row(`${name}_scalar`, `01 ${U} 11110 size:2 1 Rm:5 ${opcode} 1 Rn:5 Rd:5`, {
          feature: 'simd',
          syntax: `${name} {Ed}, {En}, {Em}`,
          ...swap(swapped, 'Ed', 'En', 'Em'),
          valid: (f) => scalar.includes('bhsd'[f.size]),
          does: (e, o) => {
            e.checkFpEnabled();
            const x = new Lanes(e, o.n.size);
            x.finish(
              o.r.Rd,
              does(x, e.v(o.r.Rn), e.v(o.r.Rm), () => e.v(o.r.Rd)),
              x.bits,
            );
          },
        }),
      ],
);

// Bitwise: all lanes are alike, so the element size says which operation

type Bitwise = { name: string; U: 0 | 1; size: string; does: LaneOperation };
const bitwise: Bitwise[] = [
  { name: 'and', U: 0, size: '00', does: (x, a, b) => x.and(a, b) },
  { name: 'bic', U: 0, size: '01', does: (x, a, b) => x.without(a, b) },
  { name: 'orr', U: 0, size: '10', does: (x, a, b) => x.or(a, b) },
  { name: 'orn', U: 0, size: '11', does: (x, a, b) => x.or(a, x.not(b)) },
  { name: 'eor', U: 1, size: '00', does: (x, a, b) => x.xor(a, b) },
  { name: 'bsl', U: 1, size: '01', does: (x, a, b, d) => x.select(d(), a, b) },
  { name: 'bit', U: 1, size: '10', does: (x, a, b, d) => x.select(b, a, d()) },
  { name: 'bif', U: 1, size: '11', does: (x, a, b, d) => x.select(b, d(), a) },
];

const isCopy = (f: Fields): boolean => f.Rn === f.Rm;

const bitwiseRows = bitwise.map(({ name, U, size, does }) =>
  row(`${name}_v`, `0 Q ${U} 01110 ${size} 1 Rm:5 00011 1 Rn:5 Rd:5`, {
    feature: 'simd',
    syntax: `${name} {Vd.B}, {Vn.B}, {Vm.B}`,
    ...(name === 'orr' ? { aliases: [{ syntax: 'mov {Vd.B}, {Vn=Vm.B}', preset: {}, preferred: isCopy }] } : {}),
    does: (e, o) => {
      e.checkFpEnabled();
      const result = does(new Lanes(e, 0), e.v(o.r.Rn), e.v(o.r.Rm), () => e.v(o.r.Rd));
      writeLow(e, o.r.Rd, result, o.n.Q ? 128 : 64);
    },
  }),
);

// Pairs of neighbouring lanes, of the two operands laid end to end

/** The even or odd lanes of two operands, each with `used` bytes, laid end to end; what lies above that is of no matter. */
function everyOther<V, R>(x: Lanes<V, R>, a: V, b: V, used: number, odd: 0 | 1): V {
  const bytes = x.bits / 8;
  const from = (k: number): number => {
    const at = (Math.floor(k / bytes) * 2 + odd) * bytes + (k % bytes);
    return at < used ? at : 16 + ((at - used) & 15);
  };
  return x.e.simd('i8x16.shuffle', [a, b], bytesBy(from));
}

type Pairwise = { name: string; U: 0 | 1; opcode: string; sizes: Sizes; does: LaneOperation };
const pairwise: Pairwise[] = [
  ...signs.flatMap(([sign, U]): Pairwise[] => [
    { name: `${sign}maxp`, U, opcode: '10100', sizes: 'bhs', does: (x, a, b) => x.max(sign, a, b) },
    { name: `${sign}minp`, U, opcode: '10101', sizes: 'bhs', does: (x, a, b) => x.min(sign, a, b) },
  ]),
  { name: 'addp', U: 0, opcode: '10111', sizes: 'bhsd', does: (x, a, b) => x.add(a, b) },
];

const pairwiseRows = pairwise.map(({ name, U, opcode, sizes, does }) =>
  row(`${name}_v`, `0 Q ${U} 01110 size:2 1 Rm:5 ${opcode} 1 Rn:5 Rd:5`, {
    feature: 'simd',
    syntax: `${name} {Vd.T}, {Vn.T}, {Vm.T}`,
    valid: (f) => hasSize(sizes, f.size) && (f.size !== 3 || f.Q === 1),
    does: (e, o) => {
      e.checkFpEnabled();
      const x = new Lanes(e, o.n.size);
      const [n, m] = [e.v(o.r.Rn), e.v(o.r.Rm)];
      const lanes = (odd: 0 | 1) => everyOther(x, n, m, o.n.Q ? 16 : 8, odd);
      writeLow(
        e,
        o.r.Rd,
        does(x, lanes(0), lanes(1), () => e.v(o.r.Rd)),
        o.n.Q ? 128 : 64,
      );
    },
  }),
);

const scalarPair = row('addp_scalar', '01 0 11110 11 11000 11011 10 Rn:5 Rd:5', {
  feature: 'simd',
  syntax: 'addp {Dd}, {Vn.2d}',
  does: (e, o) => {
    e.checkFpEnabled();
    const n = e.v(o.r.Rn);
    e.setFp(64, o.r.Rd, e.add(e.half(n, 0), e.half(n, 1)));
  },
});

// Three registers of different shapes. The second form, `...2`, has its narrow operands in (or its narrow result to) the upper halves.

const halves = [
  { Q: 0, suffix: '', narrow: 'N', part: 'low' },
  { Q: 1, suffix: '2', narrow: 'W', part: 'high' },
] as const;

type Different = { name: string; U: 0 | 1; opcode: string; sizes: 'bhs' | 'hs' | 'b'; scalar?: true };
/** Wide results of two narrow operands; `part` is the half that they are in. `x` has the wide lanes. */
type Long = Different & { does: <V, R>(x: Lanes<V, R>, a: V, b: V, part: Part, d: () => V) => V };

const byExtension = (sign: Sign, combine: LaneOperation): Long['does'] => {
  return (x, a, b, part, d) => combine(x, x.extend(a, part, sign), x.extend(b, part, sign), d);
};
/** After extension no difference overflows, and its magnitude is right for both signs. */
const difference: LaneOperation = (x, a, b) => x.abs(x.sub(a, b));

const doubledSum: Long['does'] = (x, a, b, part, d) => saturatingAdd('s')(x, d(), doubled(x, x.product(a, b, part, 's')), d);
const doubledDifference: Long['does'] = (x, a, b, part, d) => saturatingSub('s')(x, d(), doubled(x, x.product(a, b, part, 's')), d);

const long: Long[] = [
  ...signs.flatMap(([sign, U]): Long[] => [
    { name: `${sign}addl`, U, opcode: '0000', sizes: 'bhs', does: byExtension(sign, (x, a, b) => x.add(a, b)) },
    { name: `${sign}subl`, U, opcode: '0010', sizes: 'bhs', does: byExtension(sign, (x, a, b) => x.sub(a, b)) },
    { name: `${sign}abal`, U, opcode: '0101', sizes: 'bhs', does: byExtension(sign, (x, a, b, d) => x.add(d(), difference(x, a, b, d))) },
    { name: `${sign}abdl`, U, opcode: '0111', sizes: 'bhs', does: byExtension(sign, difference) },
    { name: `${sign}mlal`, U, opcode: '1000', sizes: 'bhs', does: (x, a, b, part, d) => x.add(d(), x.product(a, b, part, sign)) },
    { name: `${sign}mlsl`, U, opcode: '1010', sizes: 'bhs', does: (x, a, b, part, d) => x.sub(d(), x.product(a, b, part, sign)) },
    { name: `${sign}mull`, U, opcode: '1100', sizes: 'bhs', does: (x, a, b, part) => x.product(a, b, part, sign) },
  ]),
  { name: 'sqdmlal', U: 0, opcode: '1001', sizes: 'hs', scalar: true, does: doubledSum },
  { name: 'sqdmlsl', U: 0, opcode: '1011', sizes: 'hs', scalar: true, does: doubledDifference },
  { name: 'sqdmull', U: 0, opcode: '1101', sizes: 'hs', scalar: true, does: (x, a, b, part) => doubled(x, x.product(a, b, part, 's')) },
  {
    name: 'pmull',
    U: 0,
    opcode: '1110',
    sizes: 'b',
    does: (x, a, b, part, d) => polynomialMultiply(x, x.extend(a, part, 'u'), x.extend(b, part, 'u'), d),
  },
];

const longVectors = long.flatMap(({ name, U, opcode, sizes, does }) =>
  halves.map(({ Q, suffix, narrow, part }) =>
    row(`${name}${suffix}`, `0 ${Q} ${U} 01110 ${sizes === 'b' ? '00' : 'size:2'} 1 Rm:5 ${opcode} 00 Rn:5 Rd:5`, {
      feature: 'simd',
      syntax:
        sizes === 'b'
          ? `${name}${suffix} {Vd.8h}, {Vn.${Q ? '16b' : '8b'}}, {Vm.${Q ? '16b' : '8b'}}`
          : `${name}${suffix} {Vd.L}, {Vn.${narrow}}, {Vm.${narrow}}`,
      valid: (f) => sizes === 'b' || hasSize(sizes, f.size),
      does: (e, o) => {
        e.checkFpEnabled();
        const x = new Lanes(e, (sizes === 'b' ? 0 : o.n.size) + 1);
        x.finish(
          o.r.Rd,
          does(x, e.v(o.r.Rn), e.v(o.r.Rm), part, () => e.v(o.r.Rd)),
          128,
        );
      },
    }),
  ),
);

const longScalars = long
  .filter(({ scalar }) => scalar)
  .map(({ name, U, opcode, sizes, does }) =>
    row(`${name}_scalar`, `01 ${U} 11110 size:2 1 Rm:5 ${opcode} 00 Rn:5 Rd:5`, {
      feature: 'simd',
      syntax: `${name} {Ld}, {En}, {Em}`,
      valid: (f) => hasSize(sizes, f.size),
      does: (e, o) => {
        e.checkFpEnabled();
        const x = new Lanes(e, o.n.size + 1);
        x.finish(
          o.r.Rd,
          does(x, e.v(o.r.Rn), e.v(o.r.Rm), 'low', () => e.v(o.r.Rd)),
          x.bits,
        );
      },
    }),
  );

/** A wide and a narrow operand, a wide result. */
const wideRows = signs.flatMap(([sign, U]) =>
  (
    [
      ['addw', '0001', 'add'],
      ['subw', '0011', 'sub'],
    ] as const
  ).flatMap(([name, opcode, operation]) =>
    halves.map(({ Q, suffix, narrow, part }) =>
      row(`${sign}${name}${suffix}`, `0 ${Q} ${U} 01110 size:2 1 Rm:5 ${opcode} 00 Rn:5 Rd:5`, {
        feature: 'simd',
        syntax: `${sign}${name}${suffix} {Vd.L}, {Vn.L}, {Vm.${narrow}}`,
        valid: (f) => f.size !== 3,
        does: (e, o) => {
          e.checkFpEnabled();
          const x = new Lanes(e, o.n.size + 1);
          e.setV(o.r.Rd, x[operation](e.v(o.r.Rn), x.extend(e.v(o.r.Rm), part, sign)));
        },
      }),
    ),
  ),
);

/** Two wide operands, the high halves of the sums as a narrow result. */
const highNarrowRows = (
  [
    ['addhn', 0, '0100', 'add', false],
    ['raddhn', 1, '0100', 'add', true],
    ['subhn', 0, '0110', 'sub', false],
    ['rsubhn', 1, '0110', 'sub', true],
  ] as const
).flatMap(([name, U, opcode, operation, rounds]) =>
  halves.map(({ Q, suffix, narrow }) =>
    row(`${name}${suffix}`, `0 ${Q} ${U} 01110 size:2 1 Rm:5 ${opcode} 00 Rn:5 Rd:5`, {
      feature: 'simd',
      syntax: `${name}${suffix} {Vd.${narrow}}, {Vn.L}, {Vm.L}`,
      valid: (f) => f.size !== 3,
      does: (e, o) => {
        e.checkFpEnabled();
        const x = new Lanes(e, o.n.size + 1);
        const whole = x[operation](e.v(o.r.Rn), e.v(o.r.Rm));
        const result = x.packed(rounds ? x.add(whole, x.fill(1n << BigInt(x.bits / 2 - 1))) : whole, 'high');
        e.setV(o.r.Rd, Q ? e.v128(e.half(e.v(o.r.Rd), 0), result) : e.v128(result, e.i64(0n)));
      },
    }),
  ),
);

export const simdThreeRows: readonly Row[] = [
  ...sameVectors,
  ...sameScalars,
  ...bitwiseRows,
  ...pairwiseRows,
  scalarPair,
  ...longVectors,
  ...longScalars,
  ...wideRows,
  ...highNarrowRows,
];
