/** Branches, switches, selects, phis. */
import { successorsOf, type Block, type Instruction, type Value } from '../ir/index.ts';
import { compareFloats, scalarOf } from './lower-float.ts';
import { compareIntegers, conditionOf, setFromCondition } from './lower-integer.ts';
import { bitsIn, constantInt, isZero, type InstructionOf, type Lowering } from './lowering.ts';
import { zr, type MBlock, type Reg } from './mir.ts';
import { partsOf } from './parts.ts';

/** What a phi's sources are copied to at the ends of predecessors; the phi's own registers take it over at the block's start. */
export function phiRegs(L: Lowering, phi: Instruction): Reg[] {
  let regs = L.phiInputs.get(phi);
  if (!regs) {
    regs = partsOf(phi.type).map((p) => L.reg(p.cls, p.bits > 64 ? 128 : 64));
    L.phiInputs.set(phi, regs);
  }
  return regs;
}

/**
 * Copies to the phis of the successors. Where the block has several successors they stand on the edge, in a block of their own: only the way that
 * is taken pays for them, and a value that lives on along another way can share the phi's register. Targets of an indirect branch and of
 * `asm goto` cannot be told apart by edges: their copies come before the terminator.
 */
export function lowerPhiCopies(L: Lowering, block: Block): void {
  const here = L.out;
  for (const s of new Set(successorsOf(lastOf(block)))) {
    const copies = phiCopies(L, block, s);
    const edge = L.edgeBlocks.get(s);
    if (edge) L.out = edge.ins;
    for (const { to, value } of copies) {
      const from = L.passedRegs(value);
      to.forEach((d, n) => L.copy(d, from[n]));
    }
    if (edge) jump(L, L.blockOf(s));
    L.out = here;
  }
}

const lastOf = (block: Block): Instruction => block.instructions[block.instructions.length - 1];

function phiCopies(L: Lowering, from: Block, to: Block): { to: readonly Reg[]; value: Value }[] {
  const copies: { to: readonly Reg[]; value: Value }[] = [];
  for (const phi of to.instructions) {
    if (phi.op !== 'phi') break;
    if (!L.livePhis.has(phi)) continue;
    const value = L.phiValues(phi).get(from);
    if (!value) throw new Error(`phi %${phi.name} has no value for %${from.name}`);
    // What an `asm goto` gives is copied on the way out.
    if (value.kind !== 'undef' && value.kind !== 'poison' && value !== lastOf(from)) copies.push({ to: phiRegs(L, phi), value });
  }
  return copies;
}

/** Where a branch at the end of the block at hand goes to reach an IR block: there, or to the block on the edge. */
function target(L: Lowering, from: Block, to: Block): MBlock {
  const known = L.edgeBlocks.get(to);
  if (known) return known;
  if (phiCopies(L, from, to).length === 0) return L.blockOf(to);
  const made = L.newBlock();
  L.edgeBlocks.set(to, made);
  return made;
}

const severalSuccessors = (block: Block): boolean => new Set(successorsOf(lastOf(block))).size > 1;

type Comparison = InstructionOf<'icmp' | 'fcmp'>;

/**
 * A comparison that its user can make itself: nobody else needs its result in a register, and comparing again costs no more than testing a register.
 * Other than what is folded otherwise, it may have several users and stand in another block.
 */
function comparison(L: Lowering, value: Value): value is Comparison {
  if (value.kind !== 'instruction' || (value.op !== 'icmp' && value.op !== 'fcmp')) return false;
  const [{ type }] = value.operands;
  if (type.kind === 'vector') return false;
  const cheap = type.kind !== 'int' || type.bits <= 64;
  return (cheap && !L.isNeeded(value) && L.onlyConditions(value)) || L.foldable(value);
}

/** The flags of a comparison; gives the conditions, any of which may hold. */
function compare(L: Lowering, c: Comparison): number[] | boolean {
  const [a, b] = c.operands;
  if (c.op === 'icmp') return [compareIntegers(L, c.predicate, a, b)];
  return compareFloats(L, c.predicate, scalarOf(a.type), L.one(a), L.one(b));
}

/** Flags for a condition of type i1, folded from its comparison when that has no other use. Gives the conditions, any of which may hold. */
export function lowerCondition(L: Lowering, value: Value): number[] | boolean {
  const k = constantInt(value);
  if (k !== undefined) return k !== 0n;
  if (comparison(L, value)) return compare(L, value);
  const chain = conditionChain(L, value);
  if (chain) return [compareChain(L, chain)];
  L.emit(
    'ands_imm',
    [
      ['Rd', zr, 'd'],
      ['Rn', L.one(value), 'u'],
    ],
    { sf: 0, N: 0, immr: 0, imms: 0 },
  );
  return [1];
}

/** `a and b`, `a or b` of conditions, however clang spells them. */
type Junction = { all: boolean; first: Value; second: Value };

function junction(L: Lowering, value: Value): Junction | undefined {
  return L.foldable(value) ? junctionOf(value) : undefined;
}

function junctionOf(value: Instruction): Junction | undefined {
  if (value.type.kind !== 'int' || value.type.bits !== 1) return undefined;
  if (value.op === 'and' || value.op === 'or') return { all: value.op === 'and', first: value.operands[0], second: value.operands[1] };
  if (value.op !== 'select') return undefined;
  const [first, yes, no] = value.operands;
  if (constantInt(no) === 0n) return { all: true, first, second: yes };
  if (constantInt(yes) === 1n) return { all: false, first, second: no };
  return undefined;
}

/** The comparisons of a chain of conditional comparisons: all of them hold, or any does. */
type Chain = { all: boolean; comparisons: Comparison[] };

const chainLength = 4;

/** Junctions of one kind whose leaves are comparisons that CCMP can make. */
function conditionChain(L: Lowering, value: Value): Chain | undefined {
  const top = junction(L, value);
  return top && chainOf(L, top);
}

function chainOf(L: Lowering, top: Junction): Chain | undefined {
  const comparisons: Comparison[] = [];
  const collect = (each: Value): boolean => {
    const inner = junction(L, each);
    if (inner) return inner.all === top.all && collect(inner.first) && collect(inner.second);
    if (!comparison(L, each) || each.op !== 'icmp' || comparisons.length === chainLength) return false;
    if (comparisons.length > 0 && !conditional(each)) return false;
    comparisons.push(each);
    return true;
  };
  return collect(top.first) && collect(top.second) ? { all: top.all, comparisons } : undefined;
}

/** Whether CCMP can make the comparison: registers as they are, or a small constant. */
function conditional(c: Comparison): boolean {
  const [a, b] = c.operands;
  const bits = bitsIn(a.type);
  if (bits !== 32 && bits !== 64) return false;
  if (constantInt(a) !== undefined) return false;
  const k = constantInt(b);
  return k === undefined || smallConstant(k, bits) !== undefined;
}

/** The row's suffix and operand for a constant that CCMP or CCMN takes. */
function smallConstant(k: bigint, bits: number): { row: 'ccmp_imm' | 'ccmn_imm'; imm5: number } | undefined {
  const signed = BigInt.asIntN(bits, k);
  if (signed >= 0n && signed < 32n) return { row: 'ccmp_imm', imm5: Number(signed) };
  return signed < 0n && signed > -32n ? { row: 'ccmn_imm', imm5: Number(-signed) } : undefined;
}

/** NZCV under which a condition holds; the odd conditions are the opposites of the even ones. */
const holding: readonly number[] = [0b0100, 0b0010, 0b1000, 0b0001, 0b0010, 0b0000, 0b0000];

function flagsFor(cond: number, hold: boolean): number {
  const even = cond & ~1;
  // Flags that make EQ, CS, MI, VS, HI, GE, GT hold, and others that make it fail.
  const failing = [0, 0, 0, 0, 0, 0b1000, 0b0100];
  return ((cond & 1) === 0) === hold ? holding[even >> 1] : failing[even >> 1];
}

/** Compares first to last, each only if the ones before leave the answer open. Gives the condition under which the whole holds. */
function compareChain(L: Lowering, { all, comparisons }: Chain): number {
  // What is only in registers may be needed: the operands are asked for before the flags are made.
  const [first, ...rest] = comparisons;
  const operands = rest.map((c) => {
    const k = constantInt(c.operands[1]);
    const bits = bitsIn(c.operands[0].type);
    const imm = k === undefined ? undefined : smallConstant(k, bits);
    return { c, sf: bits === 64 ? 1 : 0, n: L.one(c.operands[0]), imm, m: imm ? zr : L.one(c.operands[1]) };
  });
  let cond = compareIntegers(L, first.predicate, first.operands[0], first.operands[1]);
  for (const { c, sf, n, imm, m } of operands) {
    const next = conditionOf(c.predicate);
    // If the answer is known, the flags are set so that the next condition gives it too.
    const nzcv = flagsFor(next, !all);
    const fields = { sf, nzcv, cond: all ? cond : cond ^ 1 };
    if (imm) L.emit(imm.row, [['Rn', n, 'u']], { ...fields, imm5: imm.imm5 });
    else
      L.emit(
        'ccmp_reg',
        [
          ['Rn', n, 'u'],
          ['Rm', m, 'u'],
        ],
        fields,
      );
    cond = next;
  }
  return cond;
}

/** `and`, `or` and `select` of type i1 as a chain of comparisons. Gives false when that cannot be. */
export function lowerJunction(L: Lowering, i: Instruction, d: Reg): boolean {
  const top = junctionOf(i);
  const chain = top && chainOf(L, top);
  if (!chain) return false;
  setFromCondition(L, d, compareChain(L, chain));
  return true;
}

export function jump(L: Lowering, target: MBlock): void {
  L.emit('b', [], { imm26: 0 }, { target });
}

export function lowerBranch(L: Lowering, i: InstructionOf<'br'>): void {
  const [yes, no = yes] = i.targets;
  if (!i.condition || yes === no) return jump(L, L.blockOf(yes));
  branchOn(L, i.condition, target(L, i.block, yes), target(L, i.block, no));
}

function branchOn(L: Lowering, c: Value, yes: MBlock, no: MBlock): void {
  if (L.foldable(c) && c.op === 'xor' && constantInt(c.operands[1]) === 1n && c.type.kind === 'int' && c.type.bits === 1)
    return branchOn(L, c.operands[0], no, yes);
  if (comparison(L, c) && c.op === 'icmp' && zeroTest(L, c, yes, no)) return;
  const parts = junction(L, c);
  const chain = parts && conditionChain(L, c);
  if (parts && !(chain && chain.comparisons.every((each) => !isZeroTest(each)))) return branchOnBoth(L, parts, yes, no);
  if (!chain && constantInt(c) === undefined && !comparison(L, c)) {
    // A condition in a register.
    bitTest(L, true, 0, L.one(c), yes);
    return jump(L, no);
  }
  const conditions = lowerCondition(L, c);
  if (typeof conditions === 'boolean') return jump(L, conditions ? yes : no);
  for (const cond of conditions) L.emit('b_cond', [], { imm19: 0, cond }, { target: yes });
  jump(L, no);
}

/** Comparisons with zero, and tests of one bit, branch without flags. */
function zeroTest(L: Lowering, c: Comparison, yes: MBlock, no: MBlock): boolean {
  const [a, b] = c.operands;
  const bits = bitsIn(a.type);
  if (bits > 64) return false;
  const sf = bits > 32 ? 1 : 0;
  const k = constantInt(b);
  if ((c.predicate === 'eq' || c.predicate === 'ne') && isZero(b)) {
    if (L.foldable(a) && a.op === 'and') {
      const mask = constantInt(a.operands[1]);
      if (mask !== undefined && mask > 0n && (mask & (mask - 1n)) === 0n) {
        bitTest(L, c.predicate === 'ne', mask.toString(2).length - 1, L.one(a.operands[0]), yes);
        jump(L, no);
        return true;
      }
      if (mask === undefined || !(bits === 32 || bits === 64)) return false;
      return false;
    }
    const r = bits === 32 || bits === 64 ? L.one(a) : L.zeroExtended(a);
    L.emit(c.predicate === 'eq' ? 'cbz' : 'cbnz', [['Rt', r, 'u']], { sf, imm19: 0 }, { target: yes });
    jump(L, no);
    return true;
  }
  const negative = (c.predicate === 'slt' && k === 0n) || (c.predicate === 'sle' && k === (1n << BigInt(bits)) - 1n);
  const notNegative = (c.predicate === 'sge' && k === 0n) || (c.predicate === 'sgt' && k === (1n << BigInt(bits)) - 1n);
  if (negative || notNegative) {
    bitTest(L, negative, bits - 1, L.one(a), yes);
    jump(L, no);
    return true;
  }
  return false;
}

/** Two branches, the second reached only if the first leaves the answer open. */
function branchOnBoth(L: Lowering, { all, first, second }: Junction, yes: MBlock, no: MBlock): void {
  const next = L.newBlock();
  const here = L.out;
  L.out = next.ins;
  branchOn(L, second, yes, no);
  L.out = here;
  branchOn(L, first, all ? next : yes, all ? no : next);
}

/** Whether a branch on the comparison needs no flags. */
function isZeroTest(c: Comparison): boolean {
  return (c.predicate === 'eq' || c.predicate === 'ne') && isZero(c.operands[1]) && bitsIn(c.operands[0].type) <= 64;
}

function bitTest(L: Lowering, set: boolean, bit: number, r: Reg, target: MBlock): void {
  L.emit(set ? 'tbnz' : 'tbz', [['Rt', r, 'u']], { b5: bit >> 5, b40: bit & 31, imm14: 0 }, { target });
}

/** At most this many cases are compared one after another. */
const chainLimit = 3;

export function lowerSwitch(L: Lowering, i: InstructionOf<'switch'>): void {
  const value = i.operands[0];
  const bits = bitsIn(value.type);
  const split = severalSuccessors(i.block);
  const reach = (to: Block): MBlock => (split ? target(L, i.block, to) : L.blockOf(to));
  const fallback = reach(i.defaultTarget);
  if (bits > 64) L.unsupported(`a switch on ${bits} bits`);
  if (i.cases.length === 0) return jump(L, fallback);
  const signed = (k: bigint) => BigInt.asIntN(bits, k);
  const cases = i.cases.map((c) => ({ value: signed(c.value), target: reach(c.target) })).sort((a, b) => (a.value < b.value ? -1 : 1));
  const r = bits === 32 || bits === 64 ? L.one(value) : L.signExtended(value);
  const low = cases[0].value;
  const span = cases[cases.length - 1].value - low + 1n;
  const sf = bits > 32 ? 1 : 0;
  if (cases.length >= 4 && span <= BigInt(cases.length) * 4n + 8n) return jumpTable(L, r, sf, low, Number(span), cases, fallback);
  tree(L, r, sf, cases, fallback);
}

function compareWith(L: Lowering, r: Reg, sf: number, k: bigint): void {
  const n = r === zr ? L.op('movz', [], { sf: 1, hw: 0, imm16: 0 }) : r;
  if (k >= 0n && k < 4096n)
    L.emit(
      'subs_imm',
      [
        ['Rd', zr, 'd'],
        ['Rn', n, 'u'],
      ],
      { sf, sh: 0, imm12: Number(k) },
    );
  else if (k < 0n && k > -4096n)
    L.emit(
      'adds_imm',
      [
        ['Rd', zr, 'd'],
        ['Rn', n, 'u'],
      ],
      { sf, sh: 0, imm12: Number(-k) },
    );
  else
    L.emit(
      'subs_shift',
      [
        ['Rd', zr, 'd'],
        ['Rn', n, 'u'],
        ['Rm', L.constant(k, sf ? 64 : 32), 'u'],
      ],
      { sf, shift: 0, imm6: 0 },
    );
}

type Case = { value: bigint; target: MBlock };

function tree(L: Lowering, r: Reg, sf: number, cases: readonly Case[], fallback: MBlock): void {
  if (cases.length <= chainLimit) {
    for (const { value, target } of cases) {
      compareWith(L, r, sf, value);
      L.emit('b_cond', [], { imm19: 0, cond: 0 }, { target });
    }
    jump(L, fallback);
    return;
  }
  const middle = cases.length >> 1;
  compareWith(L, r, sf, cases[middle].value);
  const left = L.newBlock();
  const right = L.newBlock();
  L.emit('b_cond', [], { imm19: 0, cond: 11 }, { target: left });
  jump(L, right);
  const here = L.out;
  for (const [block, part] of [
    [left, cases.slice(0, middle)],
    [right, cases.slice(middle)],
  ] as const) {
    L.out = [];
    tree(L, r, sf, part, fallback);
    block.ins = L.out;
  }
  L.out = here;
}

function jumpTable(L: Lowering, r: Reg, sf: number, low: bigint, span: number, cases: readonly Case[], fallback: MBlock): void {
  const from = r === zr ? L.op('movz', [], { sf: 1, hw: 0, imm16: 0 }) : r;
  let index = from;
  if (low !== 0n) {
    const size = low < 0n ? -low : low;
    index =
      size < 4096n
        ? L.op(low < 0n ? 'add_imm' : 'sub_imm', [['Rn', from]], { sf, sh: 0, imm12: Number(size) })
        : L.op(
            'sub_shift',
            [
              ['Rn', from],
              ['Rm', L.constant(low, sf ? 64 : 32)],
            ],
            { sf, shift: 0, imm6: 0 },
          );
  }
  compareWith(L, index, sf, BigInt(span - 1));
  L.emit('b_cond', [], { imm19: 0, cond: 8 }, { target: fallback });
  const table: MBlock[] = Array.from({ length: span }, () => fallback);
  for (const c of cases) table[Number(c.value - low)] = c.target;
  // The table holds distances from itself; a 32-bit index is extended by the load.
  L.emit(
    '$table',
    [
      ['Rm', index, 'u'],
      ['Rd', L.reg(), 'e'],
      ['Rt', L.reg(), 'e'],
    ],
    { sf },
    { table },
  );
}

export function lowerSelect(L: Lowering, i: InstructionOf<'select'>, d: Reg[]): void {
  const [condition, a, b] = i.operands;
  if (lowerJunction(L, i, d[0])) return;
  if (selectConstant(L, i, d[0])) return;
  const x = L.regsOf(a);
  const y = L.regsOf(b);
  const conditions = lowerCondition(L, condition);
  if (typeof conditions === 'boolean') {
    d.forEach((into, n) => L.copy(into, conditions ? x[n] : y[n]));
    return;
  }
  d.forEach((into, n) => {
    if (conditions.length === 1) return choose(L, i, into, x[n], y[n], n, conditions[0]);
    const first = L.reg(partsOf(i.type)[n].cls, L.fn.widths[into - 64]);
    choose(L, i, first, x[n], y[n], n, conditions[0]);
    choose(L, i, into, x[n], first, n, conditions[1]);
  });
}

/** A choice between something and 1 or -1, which the zero register gives when it is incremented or inverted. */
function selectConstant(L: Lowering, i: InstructionOf<'select'>, d: Reg): boolean {
  const { type } = i;
  const [condition, a, b] = i.operands;
  if (type.kind !== 'int' || type.bits > 64 || constantInt(condition) !== undefined) return false;
  const exact = type.bits === 32 || type.bits === 64;
  const special = (value: Value): 'csinc' | 'csinv' | undefined => {
    const k = constantInt(value);
    if (k === undefined || k === 0n) return undefined;
    return k === 1n ? 'csinc' : exact && BigInt.asIntN(type.bits, k) === -1n ? 'csinv' : undefined;
  };
  const second = special(b);
  const row = second ?? special(a);
  const other = second ? a : b;
  // What is true of both of two conditions is not true of their opposites.
  if (!row || (condition.kind === 'instruction' && condition.op === 'fcmp')) return false;
  const n = L.one(other);
  const conditions = lowerCondition(L, condition);
  if (typeof conditions === 'boolean') throw new Error('a comparison of integers has a condition');
  const [cond] = conditions;
  L.emit(
    row,
    [
      ['Rd', d, 'd'],
      ['Rn', n, 'u'],
      ['Rm', zr, 'u'],
    ],
    { sf: type.bits > 32 ? 1 : 0, cond: second ? cond : cond ^ 1 },
  );
  return true;
}

function choose(L: Lowering, i: Instruction, d: Reg, a: Reg, b: Reg, n: number, cond: number): void {
  const part = partsOf(i.type)[n];
  if (part.cls === 'general')
    L.emit(
      'csel',
      [
        ['Rd', d, 'd'],
        ['Rn', a, 'u'],
        ['Rm', b, 'u'],
      ],
      { sf: part.bits > 32 ? 1 : 0, cond },
    );
  else if (part.bits > 64)
    L.emit(
      '$select_q',
      [
        ['Rd', d, 'e'],
        ['Rn', a, 'u'],
        ['Rm', b, 'u'],
      ],
      { cond },
    );
  else
    L.emit(
      'fcsel',
      [
        ['Rd', d, 'd'],
        ['Rn', a, 'u'],
        ['Rm', b, 'u'],
      ],
      { ftype: part.bits === 64 ? 1 : 0, cond },
    );
}

export function lowerIndirectBranch(L: Lowering, i: InstructionOf<'indirectbr'>): void {
  L.emit('br', [['Rn', L.one(i.operands[0]), 'u']]);
}
