/** Rearranging lanes: shufflevector, and inserting and extracting elements. */
import type { Value } from '../ir/index.ts';
import { lanesConstant, isConstant } from './lower-vector-constant.ts';
import { constantInt, type InstructionOf, type Lowering } from './lowering.ts';
import type { Reg } from './mir.ts';
import {
  binary,
  extractLaneTo,
  insertLane,
  isMaskType,
  laneFields,
  letterOf,
  moveLane,
  qField,
  registersOf,
  shapeOfValue,
  sizeField,
  splat,
  accumulate,
  unary,
  undefine,
  vectorReg,
  type Lane,
  type Shape,
  type VectorRegister,
} from './vectors.ts';

/** Where a lane of a result comes from: one of two registers; absent when any contents will do. */
type Origin = { source: 0 | 1; lane: number } | undefined;

export function lowerShuffle(L: Lowering, i: InstructionOf<'shufflevector'>, d: readonly Reg[]): void {
  const shape = shapeOfValue(i);
  const from = shapeOfValue(i.operands[0]);
  if (!shape || !from) throw new Error('a shuffle of a vector kept as scalars');
  if (repeatedScalar(L, i, shape, d)) return;
  const lanes = { ...from, lane: shape.lane };
  const used = [0, 1].map((k) => i.mask.some((m) => m >= 0 && m >= k * from.count && m < (k + 1) * from.count));
  const operands = i.operands.map((o, k) => (used[k] ? L.maskRegs(o, shape.lane) : []));
  const each = 128 / shape.lane;
  /** The register and lane in it of element `m` of both operands laid end to end. */
  const place = (m: number): { reg: Reg; lane: number } => {
    const k = m < from.count ? 0 : 1;
    const at = m - k * from.count;
    return { reg: operands[k][Math.floor(at / each)], lane: at % each };
  };
  registersOf(shape).forEach((r, k) => {
    const want = i.mask.slice(k * each, k * each + r.count).map((m) => (m < 0 ? undefined : place(m)));
    arrange(L, lanes, d[k], r, want);
  });
}

/** A scalar put into a lane and repeated from there. */
function repeatedScalar(L: Lowering, i: InstructionOf<'shufflevector'>, shape: Shape, d: readonly Reg[]): boolean {
  const [a] = i.operands;
  if (a.kind !== 'instruction' || a.op !== 'insertelement' || isMaskType(i.type)) return false;
  const at = constantInt(a.operands[2]);
  if (at === undefined || !i.mask.every((m) => m < 0 || BigInt(m) === at)) return false;
  const scalar = L.one(a.operands[1]);
  registersOf(shape).forEach((r, k) => splat(L, shape, d[k], scalar, r));
  return true;
}

type Place = { reg: Reg; lane: number };

function arrange(L: Lowering, shape: Shape, d: Reg, r: VectorRegister, want: readonly (Place | undefined)[]): void {
  const sources = [...new Set(want.flatMap((w) => (w ? [w.reg] : [])))];
  if (sources.length === 0) return undefine(L, d);
  if (sources.length <= 2) {
    const [a] = sources;
    const b = sources[sources.length - 1];
    const origins = want.map((w): Origin => w && { source: w.reg === a ? 0 : 1, lane: w.lane });
    if (arrangeTwo(L, shape.lane, d, r, a, b, origins)) return;
  }
  const inserts = want.filter((w) => w).length;
  if (sources.length > 2 && (shape.lane >= 32 || inserts <= 3 * sources.length)) return insertEach(L, shape.lane, d, want);
  lookUp(L, shape.lane, d, r, sources, want);
}

/** One instruction, or a copy and two; false when there is no such form. */
function arrangeTwo(L: Lowering, lane: Lane, d: Reg, r: VectorRegister, a: Reg, b: Reg, origins: readonly Origin[]): boolean {
  for (const width of [64, 32, 16, 8] as const) {
    if (width < lane) break;
    const wide = coarsen(origins, width / lane);
    if (!wide) continue;
    if (permute(L, width, d, r, a, b, wide)) return true;
  }
  for (const width of [64, 32, 16, 8] as const) {
    if (width < lane) break;
    const wide = coarsen(origins, width / lane);
    if (wide && patch(L, width, d, a, b, wide)) return true;
  }
  return false;
}

/** The same for lanes `by` times as wide, if whole wide lanes move. */
function coarsen(origins: readonly Origin[], by: number): Origin[] | undefined {
  if (by === 1) return [...origins];
  const wide: Origin[] = [];
  for (let at = 0; at < origins.length; at += by) {
    let found: Origin;
    for (let n = 0; n < by; n++) {
      const o = origins.at(at + n);
      if (at + n >= origins.length || !o) continue;
      if (o.lane % by !== n) return undefined;
      const here = { source: o.source, lane: (o.lane - n) / by };
      if (found && (found.source !== here.source || found.lane !== here.lane)) return undefined;
      found = here;
    }
    wide.push(found);
  }
  return wide;
}

type Rule = (n: number, count: number) => { source: 0 | 1; lane: number };

const pairs: Readonly<Record<string, Rule>> = {
  zip1: (n) => ({ source: n & 1 ? 1 : 0, lane: n >> 1 }),
  zip2: (n, count) => ({ source: n & 1 ? 1 : 0, lane: (n + count) >> 1 }),
  uzp1: (n, count) => ({ source: 2 * n < count ? 0 : 1, lane: (2 * n) % count }),
  uzp2: (n, count) => ({ source: 2 * n < count ? 0 : 1, lane: ((2 * n) % count) + 1 }),
  trn1: (n) => ({ source: n & 1 ? 1 : 0, lane: n & ~1 }),
  trn2: (n) => ({ source: n & 1 ? 1 : 0, lane: n | 1 }),
};

function permute(L: Lowering, width: Lane, d: Reg, r: VectorRegister, a: Reg, b: Reg, origins: readonly Origin[]): boolean {
  const size = sizeField(width);
  const fits = (rule: (n: number) => Origin, single: boolean): boolean =>
    origins.every((o, n) => {
      const want = rule(n);
      return !o || (want && o.lane === want.lane && (single || o.source === want.source));
    });
  const one = a === b;
  for (const source of [0, 1] as const)
    if (fits((n) => ({ source, lane: n }), one)) {
      L.copy(d, source ? b : a);
      return true;
    }
  const first = origins.find((o) => o);
  if (!first) return false;
  const firstReg = first.source ? b : a;
  if (fits(() => first, one)) {
    const only = origins.length === 1;
    if (only && width === 64) unary(L, 'dup_scalar_d', d, firstReg, laneFields(64, first.lane));
    else unary(L, `dup_element_${letterOf(width)}`, d, firstReg, { Q: qField(width, r), ...laneFields(width, first.lane) });
    return true;
  }
  // Half registers first: their second operand begins earlier.
  for (const Q of [0, 1] as const) {
    const count = (Q ? 128 : 64) / width;
    if (Q === 0 && (r.bits === 128 || width === 64 || origins.some((o) => o && o.lane >= count))) continue;
    for (const [x, y, swap] of [
      [a, b, 0],
      [b, a, 1],
    ] as const) {
      const flip = (o: { source: 0 | 1; lane: number }): Origin => ({ source: o.source === swap ? 0 : 1, lane: o.lane });
      for (const [row, rule] of Object.entries(pairs))
        if (fits((n) => flip(rule(n, count)), one)) {
          binary(L, row, d, x, y, { Q, size });
          return true;
        }
      for (let by = 1; by < count; by++)
        if (fits((n) => flip({ source: n + by < count ? 0 : 1, lane: (n + by) % count }), one)) {
          binary(L, 'ext_v', d, x, y, { Q, imm4: (by * width) / 8 });
          return true;
        }
    }
    if (!one && origins.some((o) => o && o.source !== first.source)) continue;
    for (const group of [64, 32, 16] as const)
      if (group > width && fits((n) => ({ source: first.source, lane: n ^ (group / width - 1) }), one)) {
        unary(L, `rev${group}_v`, d, firstReg, { Q, size });
        return true;
      }
  }
  return false;
}

/** One operand with one or two lanes overwritten. */
function patch(L: Lowering, width: Lane, d: Reg, a: Reg, b: Reg, origins: readonly Origin[]): boolean {
  for (const base of [0, 1] as const) {
    const others = origins.flatMap((o, n) => (o && !(o.source === base && o.lane === n) ? [{ o, n }] : []));
    if (others.length > 2) continue;
    L.copy(d, base ? b : a);
    for (const { o, n } of others) moveLane(L, width, d, n, o.source ? b : a, o.lane);
    return true;
  }
  return false;
}

function insertEach(L: Lowering, lane: Lane, d: Reg, want: readonly (Place | undefined)[]): void {
  // What is in its place already makes the base.
  const at = want.findIndex((w, n) => w?.lane === n);
  const base = want[at] ?? want.find((w) => w);
  if (!base) return undefine(L, d);
  L.copy(d, base.reg);
  want.forEach((w, n) => {
    if (w && !(w.reg === base.reg && w.lane === n)) moveLane(L, lane, d, n, w.reg, w.lane);
  });
}

/** By a table of byte numbers for each source. A number outside of its table leaves the byte as it is, or zero. */
function lookUp(L: Lowering, lane: Lane, d: Reg, r: VectorRegister, sources: readonly Reg[], want: readonly (Place | undefined)[]): void {
  const bytes: Shape = { lane: 8, count: r.bits / 8, float: false };
  const each = lane / 8;
  const Q = r.bits === 128 ? 1 : 0;
  let sum: Reg | undefined;
  sources.forEach((source, k) => {
    const numbers = Array.from({ length: bytes.count }, (_, n): bigint => {
      const w = want.at(Math.floor(n / each));
      return w && Math.floor(n / each) < want.length && w.reg === source ? BigInt(w.lane * each + (n % each)) : 0xffn;
    });
    const [table] = lanesConstant(L, bytes, numbers);
    const into = k === sources.length - 1 ? d : vectorReg(L, r);
    if (sum === undefined) binary(L, 'tbl1', into, source, table, { Q });
    else accumulate(L, 'tbx1', into, sum, [source, table], { Q });
    sum = into;
  });
}

export function lowerExtractElement(L: Lowering, i: InstructionOf<'extractelement'>, d: Reg): void {
  const [vector, index] = i.operands;
  const shape = shapeOfValue(vector);
  if (!shape) throw new Error('an element of a vector kept as scalars');
  const k = constantInt(index);
  const each = 128 / shape.lane;
  if (k === undefined) return extractVariable(L, i, shape, d);
  const at = Number(k % BigInt(shape.count));
  const from = L.regsOf(vector)[Math.floor(at / each)];
  extractLaneTo(L, d, shape, from, at % each);
  if (isMaskType(vector.type)) lowBit(L, d);
}

/** A lane of a mask as an i1. */
export function lowBit(L: Lowering, d: Reg): void {
  L.emit(
    'and_imm',
    [
      ['Rd', d, 'd'],
      ['Rn', d, 'u'],
    ],
    { sf: 0, N: 0, immr: 0, imms: 0 },
  );
}

/** A variable element goes by way of memory. */
function extractVariable(L: Lowering, i: InstructionOf<'extractelement'>, shape: Shape, d: Reg): void {
  const [vector, index] = i.operands;
  const address = elementAddress(L, shape, spread(L, shape, L.regsOf(vector)), index);
  const letter = letterOf(shape.lane);
  const row = shape.float ? `ldr_${letter}` : { 8: 'ldrb_w', 16: 'ldrh_w', 32: 'ldr_w', 64: 'ldr_x' }[shape.lane];
  L.emit(
    `${row}_uimm`,
    [
      ['Rt', d, 'd'],
      ['Rn', address, 'u'],
    ],
    { imm12: 0 },
  );
  if (isMaskType(vector.type)) lowBit(L, d);
}

export function lowerInsertElement(L: Lowering, i: InstructionOf<'insertelement'>, d: readonly Reg[]): void {
  const [vector, element, index] = i.operands;
  const shape = shapeOfValue(i);
  if (!shape) throw new Error('an element of a vector kept as scalars');
  const scalar = isMaskType(i.type) ? L.op('sbfm', [['Rn', L.one(element)]], { sf: 1, N: 1, immr: 0, imms: 0 }) : L.one(element);
  const k = constantInt(index);
  const each = 128 / shape.lane;
  const unknown = isConstant(vector) && (vector.kind === 'poison' || vector.kind === 'undef');
  if (k === undefined) {
    const slot = spread(L, shape, unknown ? [] : L.maskRegs(vector, shape.lane));
    const letter = letterOf(shape.lane);
    const row = shape.float ? `str_${letter}` : { 8: 'strb_w', 16: 'strh_w', 32: 'str_w', 64: 'str_x' }[shape.lane];
    L.emit(
      `${row}_uimm`,
      [
        ['Rt', scalar, 'u'],
        ['Rn', elementAddress(L, shape, slot, index), 'u'],
      ],
      { imm12: 0 },
    );
    registersOf(shape).forEach((r, n) =>
      L.emit(`ldr_${r.bits === 128 ? 'q' : 'd'}_uimm`, [['Rt', d[n], 'd']], { imm12: 0 }, { frame: { slot, offset: 16 * n } }),
    );
    return;
  }
  const at = Number(k % BigInt(shape.count));
  const old = unknown ? [] : L.maskRegs(vector, shape.lane);
  registersOf(shape).forEach((r, n) => {
    const here = n === Math.floor(at / each);
    if (!unknown) L.copy(d[n], old[n]);
    else if (!here) undefine(L, d[n]);
    else if (at % each !== 0) splat(L, shape, d[n], scalar, r);
    else if (shape.float)
      L.emit('$copy', [
        ['Rd', d[n], 'd'],
        ['Rm', scalar, 'u'],
      ]);
    else unary(L, shape.lane === 64 ? 'fmov_d_x' : 'fmov_s_w', d[n], scalar, {});
    if (!unknown && here) insertLane(L, shape, d[n], at % each, scalar);
  });
}

/** A slot that holds the registers, one for each 16 bytes. */
function spread(L: Lowering, shape: Shape, regs: readonly Reg[]): number {
  const list = registersOf(shape);
  // Room for every number that the masked index may have.
  const slot = L.newSlot(Math.max(16 * list.length, ((1 << indexBits(shape)) * shape.lane) / 8), 16);
  regs.forEach((reg, n) =>
    L.emit(`str_${list[n].bits === 128 ? 'q' : 'd'}_uimm`, [['Rt', reg, 'u']], { imm12: 0 }, { frame: { slot, offset: 16 * n } }),
  );
  return slot;
}

/** Address of a variable element; a number out of range is poison, and stays within the slot. */
function elementAddress(L: Lowering, shape: Shape, slot: number, index: Value): Reg {
  const base = L.frameAddress(slot, 0);
  const masked = L.op('and_imm', [['Rn', L.one(index)]], { sf: 1, N: 1, immr: 0, imms: indexBits(shape) - 1 });
  return L.op(
    'add_shift',
    [
      ['Rn', base],
      ['Rm', masked],
    ],
    { sf: 1, shift: 0, imm6: Math.log2(shape.lane / 8) },
  );
}

function indexBits({ count }: Shape): number {
  return Math.ceil(Math.log2(Math.max(2, count)));
}
