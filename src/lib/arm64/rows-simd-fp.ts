/**
 * Floating-point arithmetic of Advanced SIMD, vectors and scalars: Arm ARM C4.1.68. Half precision arithmetic is Armv8.2: unallocated here.
 * Each lane is an operation of softfloat.ts of its own; their exception flags accumulate.
 */
import type { Emitter } from './emitter.ts';
import { lane, laneCount, lanesOf, laneWidth, onLanes, splat, wholeIfDouble, type LaneWidth } from './lanes-fp.ts';
import { row, type Operands, type Row } from './table.ts';

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
    does: (e, o) => onVectors(e, o, spec.op, ['Rn', 'Rm']),
  }),
);

const scalarThreeSame: Row[] = threeSame
  .filter((spec: ThreeSame) => spec.scalar)
  .map((spec: ThreeSame) =>
    row(`${spec.name}_scalar`, `01 ${spec.U} 11110 ${spec.a} sz 1 Rm:5 ${spec.opcode} 1 Rn:5 Rd:5`, {
      feature: 'simd',
      syntax: `${spec.name} {Fd:sz}, {Fn:sz}, {Fm:sz}`,
      ...(spec.swapped ? { aliases: [{ syntax: `${spec.swapped} {Fd:sz}, {Fm:sz}, {Fn:sz}`, preset: {} }] } : {}),
      does: (e, o) => onScalars(e, o, spec.op, ['Rn', 'Rm']),
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
    does: (e, o) => onVectors(e, o, op, ['Rd', 'Rn', 'Rm']),
  }),
);

/** Registers that are sources of an operation, in its order; `zero` stands for the constant. */
type Sources = readonly ('Rd' | 'Rn' | 'Rm' | 'zero')[];

function onVectors<V, R>(e: Emitter<V, R>, o: Operands<V, R>, op: string, sources: Sources): void {
  e.checkFpEnabled();
  const vectors = sources.map((name) => (name === 'zero' ? e.v128(e.i64(0n), e.i64(0n)) : e.v(o.r[name])));
  e.setV(o.r.Rd, onLanes(e, op, laneWidth(o.n.sz), o.n.Q, vectors));
}

function onScalars<V, R>(e: Emitter<V, R>, o: Operands<V, R>, op: string, sources: Sources): void {
  e.checkFpEnabled();
  const width = laneWidth(o.n.sz);
  const values = sources.map((name) => (name === 'zero' ? (width === 64 ? e.i64(0n) : e.i32(0)) : e.fp(width, o.r[name])));
  e.setFp(width, o.r.Rd, e.fpOp(op, width, values));
}

// Pairs and whole vectors

const pairs = [
  { name: 'fmaxnm', a: 0, vector: '11000', scalar: '01100', op: 'maxnm' },
  { name: 'fadd', a: 0, vector: '11010', scalar: '01101', op: 'add' },
  { name: 'fmax', a: 0, vector: '11110', scalar: '01111', op: 'max' },
  { name: 'fminnm', a: 1, vector: '11000', scalar: '01100', op: 'minnm' },
  { name: 'fmin', a: 1, vector: '11110', scalar: '01111', op: 'min' },
] as const;

/** Bytes of every second lane of two vectors, or of their lower halves. */
function everySecond(width: LaneWidth, Q: number, odd: 0 | 1): number[] {
  const bytes = width / 8;
  const perSource = laneCount(width, Q);
  return Array.from({ length: 16 }, (_, k) => {
    const lane = 2 * Math.floor(k / bytes) + odd;
    const from = lane % (2 * perSource);
    return 16 * Math.floor(from / perSource) + (from % perSource) * bytes + (k % bytes);
  });
}

const pairwise: Row[] = pairs.flatMap(({ name, a, vector, scalar, op }) => [
  row(`${name}p_vec`, `0 Q 1 01110 ${a} sz 1 Rm:5 ${vector} 1 Rn:5 Rd:5`, {
    feature: 'simd',
    syntax: `${name}p {Vd.F}, {Vn.F}, {Vm.F}`,
    valid: wholeIfDouble,
    does: (e, o) => {
      e.checkFpEnabled();
      const width = laneWidth(o.n.sz);
      const sources = [e.v(o.r.Rn), e.v(o.r.Rm)];
      // Lanes with even numbers and with odd ones, of both sources end to end.
      const lanes = ([0, 1] as const).map((odd) => e.simd('i8x16.shuffle', sources, everySecond(width, o.n.Q, odd)));
      e.setV(o.r.Rd, onLanes(e, op, width, o.n.Q, lanes));
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
    const factorOf = <V, R>(e: Emitter<V, R>, o: Operands<V, R>): V =>
      lane(e, e.v(o.r.Rm), width, width === 64 ? o.n.H : 2 * o.n.H + o.n.L);
    const arrangement = width === 64 ? '2d' : 'S';
    return [
      row(`${name}_elem_${element.letter}`, `0 ${width === 64 ? '1' : 'Q'} ${U} 01111 1 ${element.bits} Rm:5 ${opcode} H 0 Rn:5 Rd:5`, {
        feature: 'simd',
        syntax: `${name} {Vd.${arrangement}}, {Vn.${arrangement}}, ${factor}`,
        does: (e, o) => {
          e.checkFpEnabled();
          const vectors = [...(accumulates ? [e.v(o.r.Rd)] : []), e.v(o.r.Rn), splat(e, factorOf(e, o), width)];
          e.setV(o.r.Rd, onLanes(e, op, width, width === 64 ? 1 : o.n.Q, vectors));
        },
      }),
      row(`${name}_elem_scalar_${element.letter}`, `01 ${U} 11111 1 ${element.bits} Rm:5 ${opcode} H 0 Rn:5 Rd:5`, {
        feature: 'simd',
        syntax: `${name} {${upper}d}, {${upper}n}, ${factor}`,
        does: (e, o) => {
          e.checkFpEnabled();
          const values = [...(accumulates ? [e.fp(width, o.r.Rd)] : []), e.fp(width, o.r.Rn), factorOf(e, o)];
          e.setFp(width, o.r.Rd, e.fpOp(op, width, values));
        },
      }),
    ];
  }),
);

// One source

/** `forms`: of vectors, scalars or both; `sources` other than Rn alone are of comparisons with zero. */
type TwoRegister = {
  name: string;
  U: 0 | 1;
  a: 0 | 1;
  opcode: string;
  op: string;
  forms: readonly ('vec' | 'scalar')[];
  sources?: Sources;
};
const everywhere = ['vec', 'scalar'] as const;
const vectorsOnly = ['vec'] as const;

const zeroSecond: Sources = ['Rn', 'zero'];
const zeroFirst: Sources = ['zero', 'Rn'];

const twoRegister: Row[] = (
  [
    { name: 'fcmgt', U: 0, a: 1, opcode: '01100', op: 'gtMask', forms: everywhere, sources: zeroSecond },
    { name: 'fcmeq', U: 0, a: 1, opcode: '01101', op: 'eqMask', forms: everywhere, sources: zeroSecond },
    { name: 'fcmlt', U: 0, a: 1, opcode: '01110', op: 'gtMask', forms: everywhere, sources: zeroFirst },
    { name: 'fcmge', U: 1, a: 1, opcode: '01100', op: 'geMask', forms: everywhere, sources: zeroSecond },
    { name: 'fcmle', U: 1, a: 1, opcode: '01101', op: 'geMask', forms: everywhere, sources: zeroFirst },
    { name: 'frecpe', U: 0, a: 1, opcode: '11101', op: 'recpe', forms: everywhere },
    { name: 'frsqrte', U: 1, a: 1, opcode: '11101', op: 'rsqrte', forms: everywhere },
    { name: 'frecpx', U: 0, a: 1, opcode: '11111', op: 'recpx', forms: ['scalar'] },
    { name: 'fsqrt', U: 1, a: 1, opcode: '11111', op: 'sqrt', forms: vectorsOnly },
    { name: 'frintn', U: 0, a: 0, opcode: '11000', op: 'roundTieEven', forms: vectorsOnly },
    { name: 'frintm', U: 0, a: 0, opcode: '11001', op: 'roundMinusInfinity', forms: vectorsOnly },
    { name: 'frintp', U: 0, a: 1, opcode: '11000', op: 'roundPlusInfinity', forms: vectorsOnly },
    { name: 'frintz', U: 0, a: 1, opcode: '11001', op: 'roundZero', forms: vectorsOnly },
    { name: 'frinta', U: 1, a: 0, opcode: '11000', op: 'roundTieAway', forms: vectorsOnly },
    { name: 'frintx', U: 1, a: 0, opcode: '11001', op: 'roundExact', forms: vectorsOnly },
    { name: 'frinti', U: 1, a: 1, opcode: '11001', op: 'roundCurrent', forms: vectorsOnly },
  ] as readonly TwoRegister[]
).flatMap(({ name, U, a, opcode, op, forms, sources }) =>
  forms.map((form) => {
    const vector = form === 'vec';
    const last = sources ? ', {fzero}' : '';
    return row(
      `${name}${sources ? '_zero' : ''}_${form}`,
      `${vector ? '0 Q' : '01'} ${U} ${vector ? '01110' : '11110'} ${a} sz 10000 ${opcode} 10 Rn:5 Rd:5`,
      {
        feature: 'simd',
        syntax: vector ? `${name} {Vd.F}, {Vn.F}${last}` : `${name} {Fd:sz}, {Fn:sz}${last}`,
        ...(vector ? { valid: wholeIfDouble } : {}),
        does: (e, o) => (vector ? onVectors : onScalars)(e, o, op, sources ?? ['Rn']),
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
      e.setV(o.r.Rd, onLanes(e, op, 32, o.n.Q, [e.v(o.r.Rn)]));
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
