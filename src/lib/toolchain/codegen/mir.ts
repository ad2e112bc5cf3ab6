/**
 * Machine code before it is words: functions of blocks of instructions over virtual registers. An instruction names a row of the
 * instruction table and gives its fields; registers are numbers: 0 to 31 general (31 is ZR or SP as the field says), 32 to 63
 * SIMD and floating point, from {@link firstVirtual} on virtual.
 */
import type { Block, MetadataRef } from '../ir/index.ts';
import type { ObjectSymbol } from '../object/object.ts';
import type { DebugTrace } from './dwarf/trace.ts';

export type Reg = number;
export type RegClass = 'general' | 'vector';

export const firstVirtual = 64;
export const zr = 31;
/** The stack pointer shares number 31 with the zero register: which it is depends on the field. */
export const sp = 31;
export const fp = 29;
export const lr = 30;
/** Registers that selection and allocation never use: for frame addresses and moves that need a temporary late. */
export const scratch0 = 16;
export const scratch1 = 17;
export const vectorScratch = 63;

export const v = (n: number): Reg => 32 + n;

export type RegOperand = {
  /** Field of the row. */
  field: string;
  reg: Reg;
  def: boolean;
  use: boolean;
  /** A definition that is written before all uses are read. */
  early?: boolean;
};

export type FixupRef = { type: string; symbol: ObjectSymbol; addend: bigint };

export type AsmOperand = { reg: Reg; kind: 'reg' | 'mem' } | { kind: 'imm'; text: string } | { kind: 'label'; block: MBlock };

/** Memory in the frame, by number; its address is known when the frame is laid out. */
export type FrameRef = { slot: number; offset: number };

export type MIns = {
  /** A row's name, or a pseudo instruction: those start with `$`. */
  row: string;
  regs: RegOperand[];
  fields: Record<string, number>;
  fixup?: FixupRef;
  target?: MBlock;
  frame?: FrameRef;
  /** Registers destroyed besides definitions. */
  clobbers?: readonly Reg[];
  /** `$asm`: text with `\u0000n\u0000` where operand n goes. */
  asm?: { text: (name: (operand: number) => string) => string; operands: AsmOperand[] };
  /** `$table`: jump table entries. */
  table?: readonly MBlock[];
  /** Volatile or atomic: stays what it is and where it is. */
  ordered?: boolean;
  /** A copy that divides the life of a value: its two sides do not become one register. */
  splits?: boolean;
  /** IR line, for problems. */
  line?: number;
  /** The DILocation of what it was selected from. Absent: that of what stands before it. */
  debug?: MetadataRef;
};

export type MBlock = {
  index: number;
  /** The IR block that it came from; blocks made by lowering have none. */
  ir?: Block;
  name: string;
  ins: MIns[];
  successors: MBlock[];
  predecessors: MBlock[];
  /** Address taken (blockaddress, asm goto). */
  symbol?: ObjectSymbol;
};

export type StackSlot = { size: number; align: number; offset: number; kind: 'local' | 'spill' | 'incoming' | 'guard' };

export type MFunction = {
  name: string;
  blocks: MBlock[];
  classes: RegClass[];
  /** Width in bits of a virtual register's value, for spilling: 64 or 128. */
  widths: number[];
  slots: StackSlot[];
  /** Bytes of arguments on the stack of the largest call. */
  outgoing: number;
  hasCalls: boolean;
  dynamicStack: boolean;
  /** Something reads X29: the frame record must be there. */
  keepsFrame: boolean;
  naked: boolean;
  /** Values that can be made again instead of reloaded, by virtual register. */
  remake: Map<Reg, MIns[]>;
  /** Blocks that were nothing but a jump, and where that led. */
  forwarded: Map<MBlock, MBlock>;
  /** Present when the function has debug information. */
  trace?: DebugTrace;
};

export function isVirtual(reg: Reg): boolean {
  return reg >= firstVirtual;
}

export function classOf(fn: MFunction, reg: Reg): RegClass {
  return isVirtual(reg) ? fn.classes[reg - firstVirtual] : reg < 32 ? 'general' : 'vector';
}

export function newVirtual(fn: MFunction, cls: RegClass, width = 64): Reg {
  fn.classes.push(cls);
  fn.widths.push(width);
  return firstVirtual + fn.classes.length - 1;
}

export function newSlot(fn: MFunction, size: number, align: number, kind: StackSlot['kind'] = 'local'): number {
  fn.slots.push({ size, align, offset: 0, kind });
  return fn.slots.length - 1;
}

/** General registers in the order in which they are handed out: those that calls destroy first. */
export const generalOrder: readonly Reg[] = [...range(0, 15), ...range(19, 28)];
export const vectorOrder: readonly Reg[] = [...range(0, 7), ...range(16, 30), ...range(8, 15)].map(v);
/** AAPCS64 6.1: what a call destroys. */
export const callClobbers: readonly Reg[] = [...range(0, 17), 18, 30, ...[...range(0, 7), ...range(16, 31)].map(v)];
export const calleeSaved: ReadonlySet<Reg> = new Set([...range(19, 28), ...range(8, 15).map(v)]);

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}

/** Rows whose outcome depends on the flags, and rows that give all of them a value. */
export const asksFlags = /^(b_cond|csel|csinc|csinv|csneg|ccm[np]_.*|fccmpe?|fcsel|adcs?|sbcs?|\$select_q)$/;
export const makesFlags = /^(adds_.*|subs_.*|ands_.*|bics_.*|adcs|sbcs|ccm[np]_.*|fcmpe?(_.*)?|fccmpe?|\$asm)$/;

/** The instruction as text, for dumps. */
export function insText(i: MIns): string {
  const name = (r: Reg) => (r >= firstVirtual ? `%${r - firstVirtual}` : r < 32 ? (r === 31 ? 'zr/sp' : `x${r}`) : `v${r - 32}`);
  const defs = i.regs.filter((r) => r.def).map((r) => name(r.reg));
  const uses = i.regs.filter((r) => r.use).map((r) => `${r.field}=${name(r.reg)}`);
  const fields = Object.entries(i.fields).map(([k, n]) => `${k}=${n}`);
  const extra = [
    ...(i.fixup ? [`${i.fixup.type}(${i.fixup.symbol.name}${i.fixup.addend ? `+${i.fixup.addend}` : ''})`] : []),
    ...(i.target ? [`-> ${i.target.name}`] : []),
    ...(i.frame ? [`slot ${i.frame.slot}+${i.frame.offset}`] : []),
  ];
  return `${defs.length > 0 ? `${defs.join(', ')} = ` : ''}${i.row} ${[...uses, ...fields, ...extra].join(', ')}`;
}

export function functionText(fn: MFunction): string {
  const lines = [`${fn.name}:`];
  for (const b of fn.blocks) {
    lines.push(`${b.name}:  ; -> ${b.successors.map((s) => s.name).join(', ')}`);
    for (const i of b.ins) lines.push(`  ${insText(i)}`);
  }
  return lines.join('\n');
}

/** Blocks that a block's instructions name, in their order. */
export function namedBlocks({ ins }: MBlock): Set<MBlock> {
  const named = new Set<MBlock>();
  for (const i of ins) {
    if (i.target) named.add(i.target);
    for (const t of i.table ?? []) named.add(t);
    for (const o of i.asm?.operands ?? []) if (o.kind === 'label') named.add(o.block);
  }
  return named;
}

/** Predecessors anew, from the successors. */
export function linkPredecessors({ blocks }: MFunction): void {
  for (const b of blocks) b.predecessors = [];
  for (const b of blocks) for (const s of b.successors) s.predecessors.push(b);
}
