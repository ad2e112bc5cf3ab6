/** Branches, switches, selects, phis. */
import { successorsOf, type Block, type Instruction, type Value } from '../ir/index.ts';
import { compareFloats, scalarOf } from './lower-float.ts';
import { compareIntegers } from './lower-integer.ts';
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

/** Copies to the phis of the successors, before the terminator. */
export function lowerPhiCopies(L: Lowering, block: Block): void {
  const last = block.instructions[block.instructions.length - 1];
  for (const s of new Set(successorsOf(last))) {
    for (const phi of s.instructions) {
      if (phi.op !== 'phi') break;
      if (!L.livePhis.has(phi)) continue;
      const edge = phi.incoming.find((e) => e.block === block);
      if (!edge) throw new Error(`phi %${phi.name} has no value for %${block.name}`);
      // What an `asm goto` gives is copied on the way out.
      if (edge.value.kind === 'undef' || edge.value.kind === 'poison' || edge.value === last) continue;
      const from = L.passedRegs(edge.value);
      phiRegs(L, phi).forEach((to, n) => L.copy(to, from[n]));
    }
  }
}

/** Flags for a condition of type i1, folded from its comparison when that has no other use. Gives the conditions, any of which may hold. */
export function lowerCondition(L: Lowering, value: Value): number[] | boolean {
  const k = constantInt(value);
  if (k !== undefined) return k !== 0n;
  if (L.foldable(value) && value.op === 'icmp') return [compareIntegers(L, value.predicate, value.operands[0], value.operands[1])];
  if (L.foldable(value) && value.op === 'fcmp') {
    const [a, b] = value.operands;
    return compareFloats(L, value.predicate, scalarOf(a.type), L.one(a), L.one(b));
  }
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

export function jump(L: Lowering, target: MBlock): void {
  L.emit('b', [], { imm26: 0 }, { target });
}

export function lowerBranch(L: Lowering, i: InstructionOf<'br'>): void {
  if (!i.condition) return jump(L, L.blockOf(i.targets[0]));
  const yes = L.blockOf(i.targets[0]);
  const no = L.blockOf(i.targets[1] ?? i.targets[0]);
  const c = i.condition;
  if (L.foldable(c) && c.op === 'icmp' && zeroTest(L, c, yes, no)) return;
  const conditions = lowerCondition(L, c);
  if (typeof conditions === 'boolean') return jump(L, conditions ? yes : no);
  for (const cond of conditions) L.emit('b_cond', [], { imm19: 0, cond }, { target: yes });
  jump(L, no);
}

/** Comparisons with zero, and tests of one bit, branch without flags. */
function zeroTest(L: Lowering, c: InstructionOf<'icmp' | 'fcmp'>, yes: MBlock, no: MBlock): boolean {
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

function bitTest(L: Lowering, set: boolean, bit: number, r: Reg, target: MBlock): void {
  L.emit(set ? 'tbnz' : 'tbz', [['Rt', r, 'u']], { b5: bit >> 5, b40: bit & 31, imm14: 0 }, { target });
}

/** At most this many cases are compared one after another. */
const chainLimit = 3;

export function lowerSwitch(L: Lowering, i: InstructionOf<'switch'>): void {
  const value = i.operands[0];
  const bits = bitsIn(value.type);
  const fallback = L.blockOf(i.defaultTarget);
  if (bits > 64) L.unsupported(`a switch on ${bits} bits`);
  if (i.cases.length === 0) return jump(L, fallback);
  const signed = (k: bigint) => BigInt.asIntN(bits, k);
  const cases = i.cases.map((c) => ({ value: signed(c.value), target: L.blockOf(c.target) })).sort((a, b) => (a.value < b.value ? -1 : 1));
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
