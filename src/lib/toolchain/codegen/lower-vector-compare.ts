/** Comparisons of vectors, which give masks, and what masks choose. */
import type { Value } from '../ir/index.ts';
import { isOnesVector, isZeroVector } from './lower-vector-constant.ts';
import type { InstructionOf, Lowering } from './lowering.ts';
import type { Reg } from './mir.ts';
import {
  accumulate,
  binary,
  fresh,
  isMaskType,
  qField,
  registersOf,
  shapeOf,
  shapeOfValue,
  sizeField,
  unary,
  type Shape,
  type VectorRegister,
} from './vectors.ts';

const sz = (shape: Shape): 0 | 1 => (shape.lane === 64 ? 1 : 0);

// Comparisons

const swapped: Readonly<Record<string, string>> = { slt: 'sgt', sle: 'sge', ult: 'ugt', ule: 'uge' };
const compareRows: Readonly<Record<string, string>> = { eq: 'cmeq', sgt: 'cmgt', sge: 'cmge', ugt: 'cmhi', uge: 'cmhs' };
const zeroRows: Readonly<Record<string, string>> = { eq: 'cmeq', sgt: 'cmgt', sge: 'cmge', slt: 'cmlt', sle: 'cmle' };

export function compareVectors(L: Lowering, i: InstructionOf<'icmp' | 'fcmp'>, d: readonly Reg[]): boolean {
  const [a, b] = i.operands;
  const shape = shapeOfValue(a.kind === 'instruction' ? a : b);
  if (!shape) return false;
  const list = registersOf(shape);
  if (isMaskType(a.type)) {
    if (i.predicate !== 'eq' && i.predicate !== 'ne') return false;
    const lane = shapeOfValue(i)?.lane ?? shape.lane;
    const x = L.maskRegs(a, lane);
    const y = L.maskRegs(b, lane);
    registersOf({ ...shape, lane }).forEach((r, n) => {
      const Q = r.bits === 128 ? 1 : 0;
      binary(L, 'eor_v', d[n], x[n], y[n], { Q });
      if (i.predicate === 'eq') unary(L, 'not_v', d[n], d[n], { Q });
    });
    return true;
  }
  compareLanes(L, i.predicate === 'ne' ? 'eq' : i.predicate, a, b, shape, d);
  if (i.predicate === 'ne') list.forEach((r, n) => unary(L, 'not_v', d[n], d[n], { Q: r.bits === 128 ? 1 : 0 }));
  return true;
}

/** Lanes of ones where the comparison holds; any predicate but `ne`. */
function compareLanes(L: Lowering, predicate: string, a: Value, b: Value, shape: Shape, d: readonly Reg[]): void {
  const size = sizeField(shape.lane);
  const list = registersOf(shape);
  if (isZeroVector(b) && predicate in zeroRows) {
    const x = L.regsOf(a);
    return list.forEach((r, n) => unary(L, `${zeroRows[predicate]}_zero_v`, d[n], x[n], { Q: qField(shape.lane, r), size }));
  }
  const x = L.regsOf(a);
  const y = L.regsOf(b);
  const turned = swapped[predicate];
  const row = `${compareRows[turned ?? predicate]}_v`;
  list.forEach((r, n) =>
    turned
      ? binary(L, row, d[n], y[n], x[n], { Q: qField(shape.lane, r), size })
      : binary(L, row, d[n], x[n], y[n], { Q: qField(shape.lane, r), size }),
  );
}

/** What a floating-point predicate is made of: comparisons of which one must hold, or none must. `<` marks operands the other way round. */
const floatRules: Readonly<Record<string, { rows: readonly string[]; not?: true }>> = {
  oeq: { rows: ['fcmeq'] },
  ogt: { rows: ['fcmgt'] },
  oge: { rows: ['fcmge'] },
  olt: { rows: ['<fcmgt'] },
  ole: { rows: ['<fcmge'] },
  one: { rows: ['fcmgt', '<fcmgt'] },
  ord: { rows: ['fcmge', '<fcmgt'] },
  ueq: { rows: ['fcmgt', '<fcmgt'], not: true },
  ugt: { rows: ['<fcmge'], not: true },
  uge: { rows: ['<fcmgt'], not: true },
  ult: { rows: ['fcmge'], not: true },
  ule: { rows: ['fcmgt'], not: true },
  une: { rows: ['fcmeq'], not: true },
  uno: { rows: ['fcmge', '<fcmgt'], not: true },
};

export function compareFloatVectors(L: Lowering, i: InstructionOf<'icmp' | 'fcmp'>, d: readonly Reg[]): boolean {
  const [a, b] = i.operands;
  const shape = shapeOf(a.type);
  const rule = floatRules[i.predicate];
  if (!shape || !rule) return false;
  const x = L.regsOf(a);
  const y = L.regsOf(b);
  registersOf(shape).forEach((r, n) => {
    if (shape.lane !== 16) return compareRegisters(L, rule, shape, r, d[n], x[n], y[n]);
    // Halves as singles; the lanes of the mask are then halved.
    const whole: VectorRegister = { count: 4, bits: 128 };
    const parts = [0, 1].slice(0, r.bits / 64).map((part) => {
      const [p, q] = [x[n], y[n]].map((v) => fresh(L, whole, (s) => unary(L, part ? 'fcvtl2' : 'fcvtl', s, v, { sz: 0 })));
      return fresh(L, whole, (m) => compareRegisters(L, rule, { ...shape, lane: 32 }, whole, m, p, q));
    });
    if (parts.length > 1) binary(L, 'uzp1', d[n], parts[0], parts[1], { Q: 1, size: 1 });
    else unary(L, 'xtn', d[n], parts[0], { size: 1 });
  });
  return true;
}

function compareRegisters(
  L: Lowering,
  { rows, not }: { rows: readonly string[]; not?: true },
  shape: Shape,
  r: VectorRegister,
  d: Reg,
  x: Reg,
  y: Reg,
): void {
  const fields = { Q: qField(shape.lane, r), sz: sz(shape) };
  const results = rows.map((row, n) => {
    const into = n === 0 && rows.length === 1 ? d : L.reg('vector', r.bits);
    if (row[0] === '<') binary(L, `${row.slice(1)}_vec`, into, y, x, fields);
    else binary(L, `${row}_vec`, into, x, y, fields);
    return into;
  });
  const Q = r.bits === 128 ? 1 : 0;
  if (results.length > 1) binary(L, 'orr_v', d, results[0], results[1], { Q });
  if (not) unary(L, 'not_v', d, d, { Q });
}

// Choices

export function choose(L: Lowering, i: InstructionOf<'select'>, shape: Shape, d: readonly Reg[]): boolean {
  const [condition, a, b] = i.operands;
  const list = registersOf(shape);
  const regs = (value: Value) => L.maskRegs(value, shape.lane);
  if (condition.type.kind !== 'vector') {
    // A mask chosen by one bit: that bit in every lane.
    const bit = L.op('sbfm', [['Rn', L.one(condition)]], { sf: 1, N: 1, immr: 0, imms: 0 });
    const x = regs(a);
    const y = regs(b);
    list.forEach((r, n) => {
      const m = fresh(L, r, (into) =>
        unary(L, r.bits === 128 ? 'dup_general_d' : 'fmov_d_x', into, bit, r.bits === 128 ? { Q: 1, hi: 0 } : {}),
      );
      accumulate(L, 'bsl_v', d[n], m, [x[n], y[n]], { Q: r.bits === 128 ? 1 : 0 });
    });
    return true;
  }
  // The opposite of "unequal" is the instruction there is.
  if (L.foldable(condition) && condition.op === 'icmp' && condition.predicate === 'ne' && !isMaskType(condition.operands[0].type)) {
    const of = shapeOfValue(condition.operands[0]);
    if (of && of.lane === shape.lane) {
      const m = registersOf(of).map((r) => L.reg('vector', r.bits));
      compareLanes(L, 'eq', condition.operands[0], condition.operands[1], of, m);
      selectLanes(L, list, d, m, b, a, regs);
      return true;
    }
  }
  selectLanes(L, list, d, regs(condition), a, b, regs);
  return true;
}

function selectLanes(
  L: Lowering,
  list: readonly VectorRegister[],
  d: readonly Reg[],
  m: readonly Reg[],
  a: Value,
  b: Value,
  regs: (v: Value) => Reg[],
): void {
  const Q = (r: VectorRegister): number => (r.bits === 128 ? 1 : 0);
  if (isZeroVector(b)) {
    const x = regs(a);
    return list.forEach((r, n) => binary(L, 'and_v', d[n], x[n], m[n], { Q: Q(r) }));
  }
  if (isZeroVector(a)) {
    const y = regs(b);
    return list.forEach((r, n) => binary(L, 'bic_v', d[n], y[n], m[n], { Q: Q(r) }));
  }
  if (isOnesVector(a)) {
    const y = regs(b);
    return list.forEach((r, n) => binary(L, 'orr_v', d[n], y[n], m[n], { Q: Q(r) }));
  }
  const x = regs(a);
  const y = regs(b);
  list.forEach((r, n) => accumulate(L, 'bsl_v', d[n], m[n], [x[n], y[n]], { Q: Q(r) }));
}
