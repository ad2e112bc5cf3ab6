/**
 * LLVM's intrinsics behind arm_neon.h, `llvm.aarch64.neon.*`: each is an instruction, and says which by its name and its types. Integers of one
 * element come and go in general registers.
 */
import type { Type, Value } from '../ir/index.ts';
import { splatBits } from './lower-vector-constant.ts';
import { consecutive } from './lower-structure.ts';
import { constantInt, type InstructionOf, type Lowering } from './lowering.ts';
import { zr, type Reg } from './mir.ts';
import { accumulate, binary, laneFields, letterOf, shapeOf, sizeField, unary, type Lane } from './vectors.ts';

type Call = InstructionOf<'call'>;

/** One operand or result as the instruction sees it. */
type Form = { lane: Lane; count: number; scalar: boolean; float: boolean };

/** False for what is not such an intrinsic, or has no instruction in Armv8.0. */
export function lowerNeon(L: Lowering, i: Call, name: string, d: readonly Reg[]): boolean {
  const stem = /^(?:neon|sisd)\.((?:scalar\.)?[a-z0-9]+(?:\.scalar|\.laneq?)?)/.exec(name)?.[1];
  if (stem === undefined) return false;
  const args = i.args.map((a) => a.value);
  if (/^(ld|st)\d/.test(stem)) return structure(L, i, stem, args, d);
  const kind = kinds.find(({ names }) => names.test(stem));
  const from = args[0] && formOf(args[0].type);
  const to = formOf(i.type);
  return kind !== undefined && from !== undefined && to !== undefined && kind.lower({ L, stem, args, from, to, d: d[0] });
}

function formOf(type: Type): Form | undefined {
  const shape = shapeOf(type);
  if (shape) return shape.lane * shape.count <= 128 ? { ...shape, scalar: false } : undefined;
  if (type.kind === 'int' && (type.bits === 32 || type.bits === 64)) return { lane: type.bits, count: 1, scalar: true, float: false };
  if (type.kind === 'float') return { lane: 32, count: 1, scalar: true, float: true };
  return type.kind === 'double' ? { lane: 64, count: 1, scalar: true, float: true } : undefined;
}

const isFull = ({ lane, count }: Form): boolean => lane * count === 128;
/** Single doublewords have no form of their own: the whole register does as well. */
const q = (form: Form): 0 | 1 => (isFull(form) || form.lane === 64 ? 1 : 0);
const sz = ({ lane }: Form): 0 | 1 => (lane === 64 ? 1 : 0);

/** A value in a SIMD register. */
function operand(L: Lowering, value: Value): Reg {
  const form = formOf(value.type);
  const [reg] = L.regsOf(value);
  if (!form?.scalar || form.float) return reg;
  const moved = L.reg('vector');
  unary(L, form.lane === 64 ? 'fmov_d_x' : 'fmov_s_w', moved, reg, {});
  return moved;
}

/** Gives the result where it belongs: what `make` leaves in a SIMD register. */
function result(L: Lowering, to: Form, d: Reg, make: (into: Reg) => void): true {
  if (!to.scalar || to.float) make(d);
  else {
    const made = L.reg('vector', 128);
    make(made);
    unary(L, to.lane === 64 ? 'fmov_x_d' : 'fmov_w_s', d, made, {});
  }
  return true;
}

type Job = { L: Lowering; stem: string; args: readonly Value[]; from: Form; to: Form; d: Reg };

/** The row of a stem and its fields that tell the shape. */
function integerForm(stem: string, form: Form): [row: string, fields: Record<string, number>] {
  const size = sizeField(form.lane);
  return form.scalar ? [`${stem}_scalar`, { size }] : [`${stem}_v`, { Q: q(form), size }];
}

function floatForm(stem: string, form: Form): [row: string, fields: Record<string, number>] {
  return form.scalar ? [`${stem}_scalar`, { sz: sz(form) }] : [`${stem}_vec`, { Q: q(form), sz: sz(form) }];
}

function two({ L, args, to, d }: Job, [row, fields]: [string, Record<string, number>]): true {
  const [n, m] = args.map((a) => operand(L, a));
  return result(L, to, d, (into) => binary(L, row, into, n, m, fields));
}

function one({ L, args, to, d }: Job, [row, fields]: [string, Record<string, number>]): true {
  const n = operand(L, args[0]);
  return result(L, to, d, (into) => unary(L, row, into, n, fields));
}

/** The first operand is overwritten by the result. */
function onto({ L, args, to, d }: Job, [row, fields]: [string, Record<string, number>]): true {
  const [old, n] = args.map((a) => operand(L, a));
  return result(L, to, d, (into) => accumulate(L, row, into, old, [n], fields));
}

/** A constant operand; of vectors, in every lane. */
function constantOf(value: Value | undefined): number | undefined {
  const bits = value && (constantInt(value) ?? splatBits(value));
  return bits === undefined ? undefined : Number(bits);
}

function shiftedLeft(job: Job): boolean {
  const by = constantOf(job.args[1]);
  if (by === undefined) return false;
  const { from } = job;
  const row = `${job.stem}_imm_${from.scalar ? 'scalar_' : ''}${letterOf(from.lane)}`;
  return one(job, [row, from.scalar ? { sh: by } : { Q: q(from), sh: by }]);
}

function shiftedInto(job: Job): boolean {
  const by = constantOf(job.args[2]);
  if (by === undefined) return false;
  const { from } = job;
  const sh = job.stem === 'vsli' ? by : from.lane - by;
  const row = `${job.stem.slice(1)}_imm_${from.scalar ? 'scalar_' : ''}${letterOf(from.lane)}`;
  return onto(job, [row, from.scalar ? { sh } : { Q: q(from), sh }]);
}

function shiftedNarrow(job: Job): boolean {
  const by = constantOf(job.args[1]);
  const { to } = job;
  return by !== undefined && one(job, [`${job.stem}_${to.scalar ? 'scalar_' : ''}${letterOf(to.lane)}`, { sh: to.lane - by }]);
}

function fixedPoint(job: Job): boolean {
  const bits = constantOf(job.args[1]);
  if (bits === undefined) return false;
  const { from, stem } = job;
  const operation = { vcvtfxs2fp: 'scvtf', vcvtfxu2fp: 'ucvtf', vcvtfp2fxs: 'fcvtzs', vcvtfp2fxu: 'fcvtzu' }[stem] ?? '';
  const encoded: Record<string, number> = from.lane === 64 ? { imm6: (64 - bits) & 63 } : { imm5: (32 - bits) & 31 };
  const row = `${operation}_fixed_${from.scalar ? 'scalar' : 'vec'}_${letterOf(from.lane)}`;
  return one(job, [row, from.scalar || from.lane === 64 ? encoded : { Q: q(from), ...encoded }]);
}

function toInteger(job: Job): boolean {
  const { L, args, stem, from, to, d } = job;
  if (!to.scalar) return one(job, floatForm(stem, from));
  unary(L, stem, d, operand(L, args[0]), { sf: sz(to), ftype: sz(from) });
  return true;
}

/** All lanes into one; lanes of two have the pairwise operation instead. */
function acrossIntegers({ L, stem, args, from, to, d }: Job): boolean {
  const n = operand(L, args[0]);
  const signed = stem.startsWith('s');
  const sum = L.reg('vector', 128);
  const fields = { Q: q(from), size: sizeField(from.lane) };
  const long = stem.endsWith('lv');
  const lane = long ? 2 * from.lane : from.lane;
  const pair = stem.endsWith('addv') ? 'addp' : `${stem.slice(0, -1)}p`;
  if (from.count > 2) unary(L, stem.endsWith('addv') ? 'addv' : stem, sum, n, fields);
  else if (long) unary(L, `${stem.slice(0, -1)}p`, sum, n, fields);
  else if (from.lane === 64) unary(L, 'addp_scalar', sum, n, {});
  else binary(L, `${pair}_v`, sum, n, n, fields);
  if (lane >= to.lane) {
    unary(L, to.lane === 64 ? 'fmov_x_d' : 'fmov_w_s', d, sum, {});
    return true;
  }
  const part = L.reg();
  unary(L, `umov_${letterOf(lane === 8 ? 8 : lane === 16 ? 16 : 32)}`, part, sum, laneFields(lane === 8 ? 8 : lane === 16 ? 16 : 32, 0));
  L.copy(d, signed ? L.extendReg(part, lane, true, to.lane === 64) : part);
  return true;
}

function acrossFloats({ L, stem, args, from, d }: Job): boolean {
  const n = operand(L, args[0]);
  const pair = `${stem.slice(0, -1)}p`;
  if (from.count === 2) unary(L, `${pair}_scalar`, d, n, { sz: sz(from) });
  else if (stem !== 'faddv') unary(L, stem, d, n, {});
  else {
    const pairs = L.reg('vector', 128);
    binary(L, 'faddp_vec', pairs, n, n, { Q: 1, sz: 0 });
    unary(L, 'faddp_scalar', d, pairs, { sz: 0 });
  }
  return true;
}

/** Multiplied by one lane, which is repeated first: the form by element reaches only half of the registers. */
function byLane({ L, stem, args, from, d }: Job): boolean {
  const lane = constantOf(args[2]);
  if (lane === undefined) return false;
  const [n, m] = [args[0], args[1]].map((a) => operand(L, a));
  const repeated = L.reg('vector', isFull(from) ? 128 : 64);
  unary(L, `dup_element_${letterOf(from.lane)}`, repeated, m, { Q: q(from), ...laneFields(from.lane, lane) });
  const [row, fields] = integerForm(stem.replace(/\.laneq?$/, ''), from);
  binary(L, row, d, n, repeated, fields);
  return true;
}

function lookUp({ L, stem, args, to, d }: Job): boolean {
  const fallback = stem.startsWith('tbx') ? args[0] : undefined;
  const tables = args.slice(fallback ? 1 : 0, -1).map((a) => operand(L, a));
  const numbers = operand(L, args[args.length - 1]);
  const regs = tables.length === 1 ? tables : group(L, tables);
  if (fallback) L.copy(d, operand(L, fallback));
  L.emit(
    stem,
    [['Rd', d, fallback ? 'du' : 'd'], ...regs.map((reg, n) => [n === 0 ? 'Rn' : '$', reg, 'u'] as const), ['Rm', numbers, 'u']],
    { Q: q(to) },
  );
  return true;
}

/** Copies in registers that follow each other. */
function group(L: Lowering, from: readonly Reg[]): Reg[] {
  const regs = consecutive(L, from.length);
  regs.forEach((reg, n) => L.copy(reg, from[n]));
  return regs;
}

const kinds: readonly { names: RegExp; lower: (job: Job) => boolean }[] = [
  {
    names: /^([su](hadd|hsub|rhadd|q?r?shl|qadd|qsub|abd|max|min|maxp|minp)|addp|pmul|sqr?dmulh)$/,
    lower: (job) => two(job, integerForm(job.stem, job.from)),
  },
  { names: /^f(abd|mulx|max|min|maxnm|minnm|maxp|minp|maxnmp|minnmp|addp)$/, lower: (job) => two(job, floatForm(job.stem, job.from)) },
  { names: /^f(recps|rsqrts|acge|acgt)$/, lower: (job) => two(job, floatForm(job.stem, job.from)) },
  { names: /^(abs|cls|sqabs|sqneg)$/, lower: (job) => one(job, integerForm(job.stem, job.from)) },
  { names: /^f(recpe|rsqrte|recpx)$/, lower: (job) => one(job, floatForm(job.stem, job.from)) },
  { names: /^[su]addlp$/, lower: (job) => one(job, [job.stem, { Q: isFull(job.from) ? 1 : 0, size: sizeField(job.from.lane) }]) },
  { names: /^u(recpe|rsqrte)$/, lower: (job) => one(job, [job.stem, { Q: q(job.from) }]) },
  { names: /^(suqadd|usqadd)$/, lower: (job) => onto(job, integerForm(job.stem, job.from)) },
  { names: /^fcvt[amnpz][su]$/, lower: toInteger },
  { names: /^fcvtxn$/, lower: (job) => one(job, [job.to.scalar ? 'fcvtxn_scalar' : 'fcvtxn', {}]) },
  { names: /^vcvtfp2hf$/, lower: (job) => one(job, ['fcvtn', { sz: 0 }]) },
  { names: /^vcvthf2fp$/, lower: (job) => one(job, ['fcvtl', { sz: 0 }]) },
  { names: /^vcvtf(x[su]2fp|p2fx[su])$/, lower: fixedPoint },
  { names: /^([su]addl?v|[su](max|min)v)$/, lower: acrossIntegers },
  { names: /^f(add|max|min|maxnm|minnm)v$/, lower: acrossFloats },
  { names: /^([su]|sqd)mull$/, lower: (job) => two(job, [job.stem, { size: sizeField(job.from.lane) }]) },
  { names: /^pmull$/, lower: (job) => job.from.lane === 8 && two(job, ['pmull', {}]) },
  { names: /^sqdmulls\.scalar$/, lower: (job) => two(job, ['sqdmull_scalar', { size: 2 }]) },
  { names: /^r(add|sub)hn$/, lower: (job) => two(job, [job.stem, { size: sizeField(job.to.lane) }]) },
  { names: /^(sqxtn|sqxtun|uqxtn)$/, lower: (job) => one(job, [job.stem, { size: sizeField(job.to.lane) }]) },
  { names: /^scalar\.(sqxtn|sqxtun|uqxtn)$/, lower: (job) => one(job, [`${job.stem.slice(7)}_scalar`, { size: sizeField(job.to.lane) }]) },
  { names: /^(rshrn|[su]qr?shrn|sqr?shrun)$/, lower: shiftedNarrow },
  { names: /^sqshlu$/, lower: shiftedLeft },
  { names: /^vs[lr]i$/, lower: shiftedInto },
  { names: /^sqr?dmulh\.laneq?$/, lower: byLane },
  { names: /^tb[lx][1-4]$/, lower: lookUp },
];

/** LD1 to LD4 and ST1 to ST4 of several registers: `ld3`, `ld1x2`, `ld4r`, `st2lane`. */
function structure(L: Lowering, i: Call, stem: string, args: readonly Value[], d: readonly Reg[]): boolean {
  const parts = /^(ld|st)([1-4])(x[2-4]|lane|r)?$/.exec(stem);
  if (!parts) return false;
  const [, way, structures, kind = ''] = parts;
  const count = kind.startsWith('x') ? Number(kind[1]) : Number(structures);
  const vectors = args.filter((a) => a.type.kind === 'vector');
  const type = i.type.kind === 'struct' ? i.type.fields[0] : vectors[0]?.type;
  const form = type && formOf(type);
  const lane = kind === 'lane' ? constantOf(args[args.length - 2]) : undefined;
  if (!form || (kind === 'lane' && lane === undefined)) return false;
  const regs =
    vectors.length > 0
      ? group(
          L,
          vectors.map((a) => operand(L, a)),
        )
      : consecutive(L, count);
  const role = way === 'st' ? 'u' : lane === undefined ? 'd' : 'du';
  // A single doubleword has no other one to take turns with.
  const row =
    lane !== undefined
      ? `${way}${structures}_lane_${letterOf(form.lane)}`
      : kind === 'r'
        ? `${way}${structures}r`
        : kind.startsWith('x') || (form.lane * form.count < 128 && form.lane === 64)
          ? `${way}1_${count}`
          : `${way}${structures}`;
  const fields = lane === undefined ? { Q: isFull(form) ? 1 : 0, size: sizeField(form.lane) } : laneOfStructure(form.lane, lane);
  const base = L.one(args[args.length - 1]);
  const address = base === zr ? L.op('movz', [], { sf: 1, hw: 0, imm16: 0 }) : base;
  L.emit(row, [...regs.map((reg, n) => [n === 0 ? 'Rt' : '$', reg, role] as const), ['Rn', address, 'u']], fields);
  d.forEach((into, n) => L.copy(into, regs[n]));
  return true;
}

/** The number of a lane, spread over Q, S and the size field from the top. */
function laneOfStructure(lane: Lane, n: number): Record<string, number> {
  switch (lane) {
    case 8:
      return { Q: n >> 3, S: (n >> 2) & 1, size: n & 3 };
    case 16:
      return { Q: n >> 2, S: (n >> 1) & 1, sz: n & 1 };
    case 32:
      return { Q: n >> 1, S: n & 1 };
    case 64:
      return { Q: n };
  }
}
