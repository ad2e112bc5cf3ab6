/**
 * Floating-point arithmetic of Advanced SIMD, vectors and scalars: Arm ARM C4.1.68. Half precision arithmetic is Armv8.2: unallocated here.
 * Each lane is an operation of softfloat.ts of its own; their exception flags accumulate.
 */
import type { Emitter } from './emitter.ts';
import { lane, laneConstant, laneCount, lanesOf, laneWidth, vectorOf, wholeIfDouble, type LaneWidth } from './lanes-fp.ts';
import { row, type Operands, type Row } from './table.ts';

/** What an operation does with one lane of each source. */
type LaneOperation = <V, R>(e: Emitter<V, R>, width: LaneWidth, ...sources: V[]) => V;

const named =
  (op: string): LaneOperation =>
  (e, width, ...sources) =>
    e.fpOp(op, width, sources);

/** Compares with zero; `op` is of the register forms. */
const withZero =
  (op: string, zeroFirst: boolean): LaneOperation =>
  (e, width, source) => {
    const zero = laneConstant(e, width, 0n);
    return e.fpOp(op, width, zeroFirst ? [zero, source] : [source, zero]);
  };

// Two sources

/** Name, U, bit 23, opcode, operation; `scalar` when there is a scalar form, `swapped` an alias with its sources exchanged. */
type ThreeSame = { name: string; U: 0 | 1; a: 0 | 1; opcode: string; op: string; scalar?: boolean; swapped?: string };
const threeSame = [
  { name: 'fmaxnm', U: 0, a: 0, opcode: '11000', op: 'maxnm' },
  { name: 'fadd', U: 0, a: 0, opcode: '11010', op: 'add' },
  { name: 'fmulx', U: 0, a: 0, opcode: '11011', op: 'mulx', scalar: true },
  { name: 'fcmeq', U: 0, a: 0, opcode: '11100', op: 'eqMask', scalar: true },
  { name: 'fmax', U: 0, a: 0, opcode: '11110', op: 'max' },
  { name: 'frecps', U: 0, a: 0, opcode: '11111', op: 'recps', scalar: true },
  { name: 'fminnm', U: 0, a: 1, opcode: '11000', op: 'minnm' },
  { name: 'fsub', U: 0, a: 1, opcode: '11010', op: 'sub' },
  { name: 'fmin', U: 0, a: 1, opcode: '11110', op: 'min' },
  { name: 'frsqrts', U: 0, a: 1, opcode: '11111', op: 'rsqrts', scalar: true },
  { name: 'fmul', U: 1, a: 0, opcode: '11011', op: 'mul' },
  { name: 'fcmge', U: 1, a: 0, opcode: '11100', op: 'geMask', scalar: true, swapped: 'fcmle' },
  { name: 'facge', U: 1, a: 0, opcode: '11101', op: 'absGeMask', scalar: true, swapped: 'facle' },
  { name: 'fdiv', U: 1, a: 0, opcode: '11111', op: 'div' },
  { name: 'fabd', U: 1, a: 1, opcode: '11010', op: 'abd', scalar: true },
  { name: 'fcmgt', U: 1, a: 1, opcode: '11100', op: 'gtMask', scalar: true, swapped: 'fcmlt' },
  { name: 'facgt', U: 1, a: 1, opcode: '11101', op: 'absGtMask', scalar: true, swapped: 'faclt' },
] as const satisfies readonly ThreeSame[];

const vectorThreeSame: Row[] = threeSame.map((spec: ThreeSame) =>
  row(`${spec.name}_vec`, `0 Q ${spec.U} 01110 ${spec.a} sz 1 Rm:5 ${spec.opcode} 1 Rn:5 Rd:5`, {
    feature: 'simd',
    syntax: `${spec.name} {Vd.F}, {Vn.F}, {Vm.F}`,
    ...(spec.swapped ? { aliases: [{ syntax: `${spec.swapped} {Vd.F}, {Vm.F}, {Vn.F}`, preset: {} }] } : {}),
    valid: wholeIfDouble,
    does: (e, o) => lanewise(e, o, named(spec.op), ['Rn', 'Rm']),
  }),
);

const scalarThreeSame: Row[] = threeSame
  .filter((spec: ThreeSame) => spec.scalar)
  .map((spec: ThreeSame) =>
    row(`${spec.name}_scalar`, `01 ${spec.U} 11110 ${spec.a} sz 1 Rm:5 ${spec.opcode} 1 Rn:5 Rd:5`, {
      feature: 'simd',
      syntax: `${spec.name} {Fd:sz}, {Fn:sz}, {Fm:sz}`,
      ...(spec.swapped ? { aliases: [{ syntax: `${spec.swapped} {Fd:sz}, {Fm:sz}, {Fn:sz}`, preset: {} }] } : {}),
      does: (e, o) => onScalars(e, o, named(spec.op), ['Rn', 'Rm']),
    }),
  );

/** The destination is a source too, the addend. */
const fused: Row[] = (
  [
    ['fmla', 0, 'muladd'],
    ['fmls', 1, 'mulsub'],
  ] as const
).map(([name, a, op]) =>
  row(`${name}_vec`, `0 Q 0 01110 ${a} sz 1 Rm:5 11001 1 Rn:5 Rd:5`, {
    feature: 'simd',
    syntax: `${name} {Vd.F}, {Vn.F}, {Vm.F}`,
    valid: wholeIfDouble,
    does: (e, o) => lanewise(e, o, named(op), ['Rd', 'Rn', 'Rm']),
  }),
);

/** Lane i of the result is of lane i of each source. */
function lanewise<V, R>(e: Emitter<V, R>, o: Operands<V, R>, operation: LaneOperation, sources: readonly string[]): void {
  e.checkFpEnabled();
  const width = laneWidth(o.n.sz);
  const count = laneCount(width, o.n.Q);
  const values = sources.map((name) => lanesOf(e, e.v(o.r[name]), width, count));
  const results = Array.from({ length: count }, (_, i) => operation(e, width, ...values.map((lanes) => lanes[i])));
  e.setV(o.r.Rd, vectorOf(e, results, width));
}

function onScalars<V, R>(e: Emitter<V, R>, o: Operands<V, R>, operation: LaneOperation, sources: readonly string[]): void {
  e.checkFpEnabled();
  const width = laneWidth(o.n.sz);
  e.setFp(width, o.r.Rd, operation(e, width, ...sources.map((name) => e.fp(width, o.r[name]))));
}

// Pairs and whole vectors

const pairs = [
  { name: 'fmaxnm', a: 0, vector: '11000', scalar: '01100', op: 'maxnm' },
  { name: 'fadd', a: 0, vector: '11010', scalar: '01101', op: 'add' },
  { name: 'fmax', a: 0, vector: '11110', scalar: '01111', op: 'max' },
  { name: 'fminnm', a: 1, vector: '11000', scalar: '01100', op: 'minnm' },
  { name: 'fmin', a: 1, vector: '11110', scalar: '01111', op: 'min' },
] as const;

const pairwise: Row[] = pairs.flatMap(({ name, a, vector, scalar, op }) => [
  row(`${name}p_vec`, `0 Q 1 01110 ${a} sz 1 Rm:5 ${vector} 1 Rn:5 Rd:5`, {
    feature: 'simd',
    syntax: `${name}p {Vd.F}, {Vn.F}, {Vm.F}`,
    valid: wholeIfDouble,
    does: (e, o) => {
      e.checkFpEnabled();
      const width = laneWidth(o.n.sz);
      const count = laneCount(width, o.n.Q);
      const both = [o.r.Rn, o.r.Rm].flatMap((reg) => lanesOf(e, e.v(reg), width, count));
      const results = Array.from({ length: count }, (_, i) => e.fpOp(op, width, [both[2 * i], both[2 * i + 1]]));
      e.setV(o.r.Rd, vectorOf(e, results, width));
    },
  }),
  row(`${name}p_scalar`, `01 1 11110 ${a} sz 11000 ${scalar} 10 Rn:5 Rd:5`, {
    feature: 'simd',
    syntax: `${name}p {Fd:sz}, {Vn.FP}`,
    does: (e, o) => {
      e.checkFpEnabled();
      const width = laneWidth(o.n.sz);
      e.setFp(width, o.r.Rd, e.fpOp(op, width, lanesOf(e, e.v(o.r.Rn), width, 2)));
    },
  }),
]);

/** Of four single-precision lanes: both halves first (Reduce, shared/functions/vector), which decides between NaNs. */
const across: Row[] = pairs
  .filter(({ name }) => name !== 'fadd')
  .map(({ name, a, scalar, op }) =>
    row(`${name}v`, `0 1 1 01110 ${a} 0 11000 ${scalar} 10 Rn:5 Rd:5`, {
      feature: 'simd',
      syntax: `${name}v {Sd}, {Vn.4s}`,
      does: (e, o) => {
        e.checkFpEnabled();
        const [v0, v1, v2, v3] = lanesOf(e, e.v(o.r.Rn), 32, 4);
        const low = e.fpOp(op, 32, [v0, v1]);
        e.setFp(32, o.r.Rd, e.fpOp(op, 32, [low, e.fpOp(op, 32, [v2, v3])]));
      },
    }),
  );

// By one lane of Rm

const byElement: Row[] = (
  [
    { name: 'fmla', U: 0, opcode: '0001', op: 'muladd', accumulates: true },
    { name: 'fmls', U: 0, opcode: '0101', op: 'mulsub', accumulates: true },
    { name: 'fmul', U: 0, opcode: '1001', op: 'mul', accumulates: false },
    { name: 'fmulx', U: 1, opcode: '1001', op: 'mulx', accumulates: false },
  ] as const
).flatMap(({ name, U, opcode, op, accumulates }) =>
  ([32, 64] as const).flatMap((width) => {
    const element = width === 64 ? { letter: 'd', bits: '1 0', index: 'H' } : { letter: 's', bits: '0 L', index: 'H:L' };
    const factor = `{Vm.${element.letter}[${element.index}]}`;
    const upper = element.letter.toUpperCase();
    const result = <V, R>(e: Emitter<V, R>, o: Operands<V, R>, count: number): V[] => {
      const y = lane(e, e.v(o.r.Rm), width, width === 64 ? o.n.H : 2 * o.n.H + o.n.L);
      const x = lanesOf(e, e.v(o.r.Rn), width, count);
      const addend = accumulates ? lanesOf(e, e.v(o.r.Rd), width, count) : [];
      return x.map((value, i) => e.fpOp(op, width, accumulates ? [addend[i], value, y] : [value, y]));
    };
    const arrangement = width === 64 ? '2d' : 'S';
    return [
      row(`${name}_elem_${element.letter}`, `0 ${width === 64 ? '1' : 'Q'} ${U} 01111 1 ${element.bits} Rm:5 ${opcode} H 0 Rn:5 Rd:5`, {
        feature: 'simd',
        syntax: `${name} {Vd.${arrangement}}, {Vn.${arrangement}}, ${factor}`,
        does: (e, o) => {
          e.checkFpEnabled();
          e.setV(o.r.Rd, vectorOf(e, result(e, o, width === 64 ? 2 : laneCount(32, o.n.Q)), width));
        },
      }),
      row(`${name}_elem_scalar_${element.letter}`, `01 ${U} 11111 1 ${element.bits} Rm:5 ${opcode} H 0 Rn:5 Rd:5`, {
        feature: 'simd',
        syntax: `${name} {${upper}d}, {${upper}n}, ${factor}`,
        does: (e, o) => {
          e.checkFpEnabled();
          e.setFp(width, o.r.Rd, result(e, o, 1)[0]);
        },
      }),
    ];
  }),
);

// One source

/** `forms`: of vectors, scalars or both; `zero`: written with `#0.0`. */
type TwoRegister = { name: string; U: 0 | 1; a: 0 | 1; opcode: string; operation: LaneOperation; forms: readonly Form[]; zero?: boolean };
type Form = 'vec' | 'scalar';
const everywhere = ['vec', 'scalar'] as const;
const vectorsOnly = ['vec'] as const;

const rounding = (
  [
    ['frintn', 0, 0, '11000', 'roundTieEven'],
    ['frintm', 0, 0, '11001', 'roundMinusInfinity'],
    ['frintp', 0, 1, '11000', 'roundPlusInfinity'],
    ['frintz', 0, 1, '11001', 'roundZero'],
    ['frinta', 1, 0, '11000', 'roundTieAway'],
    ['frintx', 1, 0, '11001', 'roundExact'],
    ['frinti', 1, 1, '11001', 'roundCurrent'],
  ] as const
).map(([name, U, a, opcode, op]): TwoRegister => ({ name, U, a, opcode, operation: named(op), forms: vectorsOnly }));

const twoRegister: Row[] = (
  [
    { name: 'fcmgt', U: 0, a: 1, opcode: '01100', operation: withZero('gtMask', false), forms: everywhere, zero: true },
    { name: 'fcmeq', U: 0, a: 1, opcode: '01101', operation: withZero('eqMask', false), forms: everywhere, zero: true },
    { name: 'fcmlt', U: 0, a: 1, opcode: '01110', operation: withZero('gtMask', true), forms: everywhere, zero: true },
    { name: 'fcmge', U: 1, a: 1, opcode: '01100', operation: withZero('geMask', false), forms: everywhere, zero: true },
    { name: 'fcmle', U: 1, a: 1, opcode: '01101', operation: withZero('geMask', true), forms: everywhere, zero: true },
    { name: 'frecpe', U: 0, a: 1, opcode: '11101', operation: named('recpe'), forms: everywhere },
    { name: 'frsqrte', U: 1, a: 1, opcode: '11101', operation: named('rsqrte'), forms: everywhere },
    { name: 'frecpx', U: 0, a: 1, opcode: '11111', operation: named('recpx'), forms: ['scalar'] },
    { name: 'fsqrt', U: 1, a: 1, opcode: '11111', operation: named('sqrt'), forms: vectorsOnly },
    ...rounding,
  ] as readonly TwoRegister[]
).flatMap(({ name, U, a, opcode, operation, forms, zero }) =>
  forms.map((form) => {
    const vector = form === 'vec';
    const last = zero ? ', {fzero}' : '';
    return row(
      `${name}${zero ? '_zero' : ''}_${form}`,
      `${vector ? '0 Q' : '01'} ${U} ${vector ? '01110' : '11110'} ${a} sz 10000 ${opcode} 10 Rn:5 Rd:5`,
      {
        feature: 'simd',
        syntax: vector ? `${name} {Vd.F}, {Vn.F}${last}` : `${name} {Fd:sz}, {Fn:sz}${last}`,
        ...(vector ? { valid: wholeIfDouble } : {}),
        does: (e, o) => (vector ? lanewise : onScalars)(e, o, operation, ['Rn']),
      },
    );
  }),
);

/** Signs are bits: these are exact for every NaN, and no flag is raised. */
const signs: Row[] = (
  [
    ['fabs', 0, 'abs'],
    ['fneg', 1, 'neg'],
  ] as const
).map(([name, U, op]) =>
  row(`${name}_vec`, `0 Q ${U} 01110 1 sz 10000 01111 10 Rn:5 Rd:5`, {
    feature: 'simd',
    syntax: `${name} {Vd.F}, {Vn.F}`,
    valid: wholeIfDouble,
    does: (e, o) => {
      e.checkFpEnabled();
      const result = e.simd(`${o.n.sz ? 'f64x2' : 'f32x4'}.${op}`, [e.v(o.r.Rn)]);
      e.setV(o.r.Rd, o.n.Q ? result : e.v128(e.half(result, 0), e.i64(0n)));
    },
  }),
);

/** URECPE and URSQRTE: of 32-bit fixed point, without flags. */
const unsignedEstimates: Row[] = (
  [
    ['urecpe', 0, 'unsignedRecpe'],
    ['ursqrte', 1, 'unsignedRsqrte'],
  ] as const
).map(([name, U, op]) =>
  row(name, `0 Q ${U} 01110 10 10000 11100 10 Rn:5 Rd:5`, {
    feature: 'simd',
    syntax: `${name} {Vd.S}, {Vn.S}`,
    does: (e, o) => {
      e.checkFpEnabled();
      const results = lanesOf(e, e.v(o.r.Rn), 32, laneCount(32, o.n.Q)).map((value) => e.fpOp(op, 32, [value]));
      e.setV(o.r.Rd, vectorOf(e, results, 32));
    },
  }),
);

export const simdFpRows = [
  ...vectorThreeSame,
  ...scalarThreeSame,
  ...fused,
  ...pairwise,
  ...across,
  ...byElement,
  ...twoRegister,
  ...signs,
  ...unsignedEstimates,
] as const;
