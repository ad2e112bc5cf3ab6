/**
 * Takes down what debug information needs to know of a function while it is lowered: which debug records stand where, which registers hold the
 * values that they name, and which register every instruction defines. Nothing is made for them: debug information never changes the code.
 */
import { constantOffset, type Block, type Constant, type DebugRecord, type Instruction, type Value } from '../../ir/index.ts';
import type { Lowering } from '../lowering.ts';
import { firstVirtual, type MBlock, type MIns, type Reg, type RegOperand } from '../mir.ts';
import { partsOf } from '../parts.ts';

/** How a value that was never made follows from one that was: by operations of DIExpression. */
export type DerivedValue = { from: Value; ops: readonly (string | bigint)[] };

/** One instruction as it was lowered. Passes after it rename registers and drop copies; this stays. */
export type TraceStep = {
  ins: MIns;
  /** Records that stand before it. */
  records: readonly DebugRecord[];
  definitions: readonly { operand: RegOperand; reg: Reg }[];
  /** Of a copy, where its value comes from. */
  copyOf?: Reg;
};

export type TracedBlock = { block: MBlock; steps: TraceStep[]; atEnd: readonly DebugRecord[] };

/** Kept beside the code and never in it, so that the code is the same with and without. */
export type DebugTrace = {
  /** Records in the order of the text of each IR block, and the instruction before which they stand; absent at the end of the block. */
  records: Map<Block, { record: DebugRecord; before?: MIns }[]>;
  /** Registers of the values that records name, one for each part, or the slot whose address they are. Values that were never made have none. */
  values: Map<Value, { regs: readonly Reg[] } | { slot: number }>;
  derived: Map<Value, DerivedValue>;
  /** `#dbg_assign` records of which the store is done where they stand: the variable is in memory. */
  stored: Set<DebugRecord>;
  /** In the order of the function, before allocation. */
  blocks: TracedBlock[];
  /** Registers in which arguments arrive, and the virtual ones that stand for their values. */
  arrivals: { physical: Reg; reg: Reg }[];
  /** Instructions that only fetch parameters. */
  parameterSteps: ReadonlySet<MIns>;
};

/** Values are looked through this far for one that was made. */
const maxDerivation = 8;

/**
 * To be called after an instruction was lowered, or left out. Blocks are lowered backwards: `groups` holds the machine instructions of this
 * one and of all after it, the latest group standing first in the block.
 */
export function traceBlock(L: Lowering, i: Instruction, groups: readonly (readonly MIns[])[]): void {
  if (L.ir.debug === undefined || !i.records) return;
  const trace = traceOf(L);
  const before = groups.findLast((g) => g.length > 0)?.[0];
  const known = trace.records.get(i.block) ?? [];
  trace.records.set(i.block, [...i.records.map((record) => ({ record, before })), ...known]);
}

function traceOf(L: Lowering): DebugTrace {
  return (L.fn.trace ??= {
    records: new Map(),
    values: new Map(),
    derived: new Map(),
    stored: new Set(),
    blocks: [],
    arrivals: [],
    parameterSteps: new Set(),
  });
}

/** To be called when the whole function is lowered; `parameters` are the instructions that fetch them. */
export function traceFunction(L: Lowering, parameters: readonly MIns[]): void {
  if (L.ir.debug === undefined) return;
  const trace = traceOf(L);
  trace.parameterSteps = new Set(parameters);
  for (const list of trace.records.values())
    for (const { record } of list) for (const operand of record.operands) if (typeof operand !== 'number') seeValue(L, trace, operand, 0);
  let unneeded = firstVirtual + L.fn.classes.length;
  for (const [param, registers] of L.incoming) {
    const known = trace.values.get(param);
    if (known && 'slot' in known) continue;
    const regs = known?.regs ?? registers.map(() => unneeded++);
    if (!known) trace.values.set(param, { regs });
    if (regs.length === registers.length) registers.forEach((physical, n) => trace.arrivals.push({ physical, reg: regs[n] }));
  }
  findStored(L, trace);
  const before = new Map<MIns, DebugRecord[]>();
  const atEnd = new Map<Block, DebugRecord[]>();
  for (const [block, list] of trace.records) {
    for (const { record, before: ins } of list) {
      if (ins) append(before, ins, record);
      else append(atEnd, block, record);
    }
  }
  trace.blocks = L.fn.blocks.map((block) => ({
    block,
    steps: block.ins.map((ins) => stepOf(ins, before.get(ins) ?? [])),
    atEnd: (block.ir && atEnd.get(block.ir)) ?? [],
  }));
}

/** To be called when a block gets a copy of the end of another, with what became of each instruction. */
export function traceCopy(trace: DebugTrace, from: MBlock, to: MBlock, copies: ReadonlyMap<MIns, MIns>): void {
  const known = trace.blocks.find(({ block }) => block === from);
  if (!known) return;
  const steps = known.steps.map((step): TraceStep => {
    const ins = copies.get(step.ins) ?? step.ins;
    // A copied operand stands where its original does.
    const operandOf = (operand: RegOperand): RegOperand => ins.regs[step.ins.regs.indexOf(operand)];
    return ins === step.ins
      ? step
      : { ...step, ins, definitions: step.definitions.map(({ operand, reg }) => ({ operand: operandOf(operand), reg })) };
  });
  trace.blocks.push({ block: to, steps, atEnd: known.atEnd });
}

function append<K>(map: Map<K, DebugRecord[]>, key: K, record: DebugRecord): void {
  const list = map.get(key);
  if (list) list.push(record);
  else map.set(key, [record]);
}

function stepOf(ins: MIns, records: readonly DebugRecord[]): TraceStep {
  const definitions = ins.regs.filter((r) => r.def).map((operand) => ({ operand, reg: operand.reg }));
  const source = ins.row === '$copy' ? ins.regs.find((r) => r.use) : undefined;
  return { ins, records, definitions, ...(source ? { copyOf: source.reg } : {}) };
}

function seeValue(L: Lowering, trace: DebugTrace, value: Value, depth: number): void {
  if (value.kind === 'metadataValue') {
    const { metadata } = value;
    if (typeof metadata === 'string') return;
    if (metadata.kind === 'argList') metadata.values.forEach((v) => seeValue(L, trace, v, depth));
    else if (metadata.kind !== 'tuple' && metadata.kind !== 'specialized' && metadata.kind !== 'expression')
      seeValue(L, trace, metadata, depth);
    return;
  }
  if ((value.kind !== 'instruction' && value.kind !== 'param') || trace.values.has(value) || trace.derived.has(value)) return;
  const slot = L.slots.get(value);
  const regs = L.knownRegs(value);
  if (slot !== undefined) trace.values.set(value, { slot });
  else if (regs) trace.values.set(value, { regs });
  else if (value.kind === 'instruction' && depth < maxDerivation) {
    const derived = derivation(value);
    if (!derived) return;
    trace.derived.set(value, derived);
    seeValue(L, trace, derived.from, depth + 1);
  }
}

/** What was folded into its users can often be told from its operand. */
function derivation(i: Instruction): DerivedValue | undefined {
  switch (i.op) {
    case 'bitcast':
    case 'inttoptr':
    case 'ptrtoint':
    case 'ptrtoaddr':
    case 'freeze':
      return partsOf(i.type).length === 1 && scalarBits(i) === scalarBits(i.operands[0]) ? { from: i.operands[0], ops: [] } : undefined;
    case 'zext':
    case 'sext':
    case 'trunc': {
      const [from, to] = [scalarBits(i.operands[0]), scalarBits(i)];
      const encoding = i.op === 'sext' ? 'DW_ATE_signed' : 'DW_ATE_unsigned';
      if (from === undefined || to === undefined) return undefined;
      return {
        from: i.operands[0],
        ops: ['DW_OP_LLVM_convert', BigInt(from), encoding, 'DW_OP_LLVM_convert', BigInt(to), encoding],
      };
    }
    case 'add':
    case 'sub': {
      const [from, by] = i.operands;
      if (by.kind !== 'int' || scalarBits(i) === undefined) return undefined;
      return { from, ops: ['DW_OP_constu', by.value, i.op === 'add' ? 'DW_OP_plus' : 'DW_OP_minus'] };
    }
    case 'getelementptr': {
      const [from, ...indices] = i.operands;
      const numbers = indices.filter((n): n is Extract<Constant, { kind: 'int' }> => n.kind === 'int');
      if (numbers.length !== indices.length || i.type.kind !== 'ptr') return undefined;
      const offset = constantOffset(
        i.sourceType,
        numbers.map((n) => BigInt.asIntN(n.type.kind === 'int' ? n.type.bits : 64, n.value)),
      );
      return { from, ops: offset < 0n ? ['DW_OP_constu', -offset, 'DW_OP_minus'] : ['DW_OP_plus_uconst', offset] };
    }
    default:
      return undefined;
  }
}

/** Width of an integer or pointer that fits a register. */
function scalarBits(value: Value): number | undefined {
  const { type } = value;
  if (type.kind === 'ptr') return 64;
  return type.kind === 'int' && type.bits <= 64 ? type.bits : undefined;
}

/** A record and the stores that it speaks of carry the same identifier (LLVM, "Debug Info Assignment Tracking"). */
function findStored(L: Lowering, trace: DebugTrace): void {
  for (const block of L.ir.blocks) {
    const done = new Set<number>();
    for (const i of block.instructions) {
      for (const record of i.records ?? []) {
        if (record.kind === 'assign' && typeof record.operands[3] === 'number' && done.has(record.operands[3])) trace.stored.add(record);
      }
      for (const { name, node } of i.attachments ?? []) if (name === 'DIAssignID' && typeof node === 'number') done.add(node);
    }
  }
}
