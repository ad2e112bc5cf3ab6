/** llvm.vector.reduce.*: a vector to one scalar. */
import { elementsOf } from './lower-vector-scalar.ts';
import { lowerInto } from './lower-function.ts';
import type { BinaryOp, Flags, Instruction, Value } from '../ir/index.ts';
import type { InstructionOf, Lowering } from './lowering.ts';
import type { Reg } from './mir.ts';
import {
  binary,
  extractLaneTo,
  fresh,
  isMaskType,
  laneFields,
  qField,
  registersOf,
  shapeOfValue,
  sizeField,
  unary,
  type Shape,
  type VectorRegister,
} from './vectors.ts';
import { partsOf } from './parts.ts';

type Call = InstructionOf<'call'>;

export function reduceVector(L: Lowering, kind: string, i: Call, d: readonly Reg[]): boolean {
  const value = i.args[i.args.length - 1].value;
  const shape = shapeOfValue(value);
  const ordered = (kind === 'fadd' || kind === 'fmul') && !i.flags.has('reassoc') && !i.flags.has('fast');
  if (shape && isMaskType(value.type)) return reduceMask(L, kind, value, shape, d[0]) || one(L, kind, i, value, d);
  if (!shape || ordered || !uniform(shape) || !inRegisters(L, kind, i, value, shape, d[0])) one(L, kind, i, value, d);
  return true;
}

/** Whether all registers are full, so that they can be combined with each other and across. */
function uniform(shape: Shape): boolean {
  const list = registersOf(shape);
  return list.every((r) => r.count * shape.lane === r.bits && r.bits === list[0].bits);
}

type Reduction = {
  /** Combines two registers. */
  row: string;
  /** Combines all lanes of one. */
  across?: string;
  /** Combines neighbours. */
  pairs?: string;
  lanes: readonly number[];
};

const integers: Readonly<Record<string, Reduction>> = {
  add: { row: 'add_v', across: 'addv', pairs: 'addp_v', lanes: [8, 16, 32, 64] },
  smax: { row: 'smax_v', across: 'smaxv', pairs: 'smaxp_v', lanes: [8, 16, 32] },
  smin: { row: 'smin_v', across: 'sminv', pairs: 'sminp_v', lanes: [8, 16, 32] },
  umax: { row: 'umax_v', across: 'umaxv', pairs: 'umaxp_v', lanes: [8, 16, 32] },
  umin: { row: 'umin_v', across: 'uminv', pairs: 'uminp_v', lanes: [8, 16, 32] },
  and: { row: 'and_v', lanes: [8, 16, 32, 64] },
  or: { row: 'orr_v', lanes: [8, 16, 32, 64] },
  xor: { row: 'eor_v', lanes: [8, 16, 32, 64] },
  mul: { row: 'mul_v', lanes: [8, 16, 32] },
};

const floats: Readonly<Record<string, Reduction>> = {
  fadd: { row: 'fadd_vec', pairs: 'faddp', lanes: [32, 64] },
  fmul: { row: 'fmul_vec', lanes: [32, 64] },
  fmax: { row: 'fmaxnm_vec', across: 'fmaxnmv', pairs: 'fmaxnmp', lanes: [32, 64] },
  fmin: { row: 'fminnm_vec', across: 'fminnmv', pairs: 'fminnmp', lanes: [32, 64] },
  fmaximum: { row: 'fmax_vec', across: 'fmaxv', pairs: 'fmaxp', lanes: [32, 64] },
  fminimum: { row: 'fmin_vec', across: 'fminv', pairs: 'fminp', lanes: [32, 64] },
};

function inRegisters(L: Lowering, kind: string, i: Call, value: Value, shape: Shape, d: Reg): boolean {
  const found = shape.float ? floats[kind] : integers[kind];
  if (!found?.lanes.includes(shape.lane)) return false;
  const list = registersOf(shape);
  let regs = L.regsOf(value);
  const combine = (x: Reg, y: Reg, r: VectorRegister): Reg =>
    fresh(L, r, (into) => binary(L, found.row, into, x, y, fieldsFor(found.row, shape, r)));
  while (regs.length > 1) {
    const next: Reg[] = [];
    for (let n = 0; n + 1 < regs.length; n += 2) next.push(combine(regs[n], regs[n + 1], list[0]));
    if (regs.length % 2 === 1) next.push(regs[regs.length - 1]);
    regs = next;
  }
  const [last] = regs;
  const r = list[0];
  if (shape.float) return reduceFloats(L, kind, i, found, shape, r, last, d);
  if (found.across) acrossIntegers(L, found, shape, r, last, d);
  else halves(L, found, shape, r, last, (from) => extractLaneTo(L, d, shape, from, 0));
  return true;
}

function fieldsFor(row: string, shape: Shape, r: VectorRegister): Record<string, number> {
  const Q = qField(shape.lane, r);
  if (row.endsWith('_vec')) return { Q, sz: shape.lane === 64 ? 1 : 0 };
  return row === 'and_v' || row === 'orr_v' || row === 'eor_v' ? { Q } : { Q, size: sizeField(shape.lane) };
}

function acrossIntegers(L: Lowering, found: Reduction, shape: Shape, r: VectorRegister, from: Reg, d: Reg): void {
  const sum = L.reg('vector', r.bits);
  const size = sizeField(shape.lane);
  if (r.count === 1) return extractLaneTo(L, d, shape, from, 0);
  if (shape.lane === 64) unary(L, 'addp_scalar', sum, from, {});
  else if (r.count === 2) binary(L, found.pairs ?? '', sum, from, from, { Q: 0, size });
  else unary(L, found.across ?? '', sum, from, { Q: qField(shape.lane, r), size });
  extractLaneTo(L, d, shape, sum, 0);
}

/** The upper half with the lower, until one lane is left. */
function halves(L: Lowering, { row }: Reduction, shape: Shape, r: VectorRegister, from: Reg, finish: (last: Reg) => void): void {
  let at = from;
  for (let bytes = r.bits / 16; bytes >= shape.lane / 8; bytes /= 2) {
    const half: VectorRegister = { count: 1, bits: 64 };
    const upper = fresh(L, r, (into) => binary(L, 'ext_v', into, at, at, { Q: r.bits === 128 ? 1 : 0, imm4: bytes }));
    const lower = at;
    at = fresh(L, r, (into) => binary(L, row, into, lower, upper, fieldsFor(row, shape, bytes >= 16 ? r : half)));
  }
  finish(at);
}

function reduceFloats(L: Lowering, kind: string, i: Call, found: Reduction, shape: Shape, r: VectorRegister, from: Reg, d: Reg): boolean {
  const sz = shape.lane === 64 ? 1 : 0;
  // Sums and products have a start value.
  const result = i.args.length > 1 ? L.reg('vector') : d;
  if (r.count === 1) extractLaneTo(L, result, shape, from, 0);
  else if (!found.pairs) halves(L, found, shape, r, from, (last) => extractLaneTo(L, result, shape, last, 0));
  else if (r.count === 2) unary(L, `${found.pairs}_scalar`, result, from, { sz });
  else if (found.across) unary(L, found.across, result, from, {});
  else {
    const two = fresh(L, r, (into) => binary(L, `${found.pairs}_vec`, into, from, from, { Q: 1, sz }));
    unary(L, `${found.pairs}_scalar`, result, two, { sz });
  }
  if (i.args.length > 1) binary(L, kind, d, L.one(i.args[0].value), result, { ftype: sz });
  return true;
}

/** Whether any or all lanes of a mask are set; or an odd number of them. */
function reduceMask(L: Lowering, kind: string, value: Value, shape: Shape, d: Reg): boolean {
  const list = registersOf(shape);
  const all = kind === 'and' || kind === 'umin' || kind === 'smax' || kind === 'mul';
  const any = kind === 'or' || kind === 'umax' || kind === 'smin';
  if ((!all && !any) || !uniform(shape)) return false;
  const row = all ? 'and_v' : 'orr_v';
  const Q = list[0].bits === 128 ? 1 : 0;
  const together = L.regsOf(value).reduce((x, y) => fresh(L, list[0], (into) => binary(L, row, into, x, y, { Q })));
  const bytes = L.reg('vector', 64);
  unary(L, all ? 'uminv' : 'umaxv', bytes, together, { Q, size: 0 });
  const scalar = L.op('umov_b', [['Rn', bytes]], laneFields(8, 0));
  L.emit(
    'and_imm',
    [
      ['Rd', d, 'd'],
      ['Rn', scalar, 'u'],
    ],
    { sf: 0, N: 0, immr: 0, imms: 0 },
  );
  return true;
}

const scalarOps: Readonly<Record<string, BinaryOp>> = {
  add: 'add',
  mul: 'mul',
  and: 'and',
  or: 'or',
  xor: 'xor',
  fadd: 'fadd',
  fmul: 'fmul',
};
const scalarCalls: Readonly<Record<string, string>> = {
  smax: 'llvm.smax',
  smin: 'llvm.smin',
  umax: 'llvm.umax',
  umin: 'llvm.umin',
  fmax: 'llvm.maxnum',
  fmin: 'llvm.minnum',
  fmaximum: 'llvm.maximum',
  fminimum: 'llvm.minimum',
};

/** Element after element, in order. */
function one(L: Lowering, kind: string, i: Call, value: Value, d: readonly Reg[]): boolean {
  const elements = elementsOf(L, value);
  const start = i.args.length > 1 ? [i.args[0].value] : [];
  const [first, ...rest] = [...start, ...elements];
  let sum: Value = first;
  for (const next of rest) {
    const into = partsOf(i.type).map((p) => L.reg(p.cls, p.bits > 64 ? 128 : 64));
    lowerInto(L, scalarStep(L, kind, i, sum, next), into);
    const made: Value = { kind: 'param', index: -1, type: i.type, name: '', attributes: new Map() };
    L.alias(made, into);
    sum = made;
  }
  L.regsOf(sum).forEach((r, n) => L.copy(d[n], r));
  return true;
}

function scalarStep(L: Lowering, kind: string, i: Call, a: Value, b: Value): Instruction {
  const { type, name, block, irLine } = i;
  const base = { kind: 'instruction', type, name, block, irLine } as const;
  const flags: Flags = i.flags;
  if (kind in scalarOps) return { ...base, op: scalarOps[kind], operands: [a, b], flags };
  const known = scalarCalls[kind];
  if (!known) L.unsupported(`the reduction ${kind}`);
  return { ...i, callee: intrinsic(i, known), args: [a, b].map((v) => ({ value: v, attributes: new Map() })) };
}

/** The callee of another name: only that is looked at. */
function intrinsic(i: Call, name: string): Value {
  if (i.callee.kind !== 'global') throw new Error('a reduction that is no intrinsic');
  return { ...i.callee, global: { ...i.callee.global, name } };
}
