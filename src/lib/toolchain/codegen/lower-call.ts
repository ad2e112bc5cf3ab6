/** Calls, returns and parameters by AAPCS64. */
import { sizeOf, storeSizeOf, type Attributes, type Type, type Value } from '../ir/index.ts';
import type { ObjectSymbol } from '../object/object.ts';
import { bitsIn, type InstructionOf, type Lowering } from './lowering.ts';
import { accessStem, loadValue } from './lower-memory.ts';
import { checkGuard } from './lower-guard.ts';
import { callClobbers, newSlot, v, zr, type FrameRef, type MIns, type Reg } from './mir.ts';
import { saveVarargs } from './lower-varargs.ts';
import { ArgumentAssigner, partsOf, type ArgumentPlace } from './parts.ts';

type Argument = { type: Type; regs: () => Reg[]; attributes?: Attributes; value?: Value };

/** What the callee is: a symbol, or a register. */
type Callee = { symbol: ObjectSymbol } | { reg: Reg };

/** Copies arguments to where the callee looks for them; gives the registers that the call reads. */
function passArguments(L: Lowering, args: readonly Argument[], tail: boolean): Reg[] {
  const assigner = new ArgumentAssigner();
  const used: Reg[] = [];
  const moves: { to: Reg; from: Reg }[] = [];
  for (const a of args) {
    const attributes = a.attributes;
    if (attributes?.has('byval') || attributes?.has('inalloca') || attributes?.has('preallocated')) L.unsupported('a byval argument');
    const regs = a.value && bitsNarrow(a.type) ? [extendedArgument(L, a.value, attributes)] : a.regs();
    if (attributes?.has('sret')) {
      moves.push({ to: 8, from: regs[0] });
      used.push(8);
      continue;
    }
    const place = assigner.place(a.type);
    if (place.kind === 'registers') {
      regs.forEach((from, n) => {
        const to = place.cls === 'general' ? place.first + n : v(place.first + n);
        moves.push({ to, from });
        used.push(to);
      });
    } else storeArgument(L, a.type, regs, tail ? incomingPlace(L, a.type, place.offset) : { slot: -1, offset: place.offset });
  }
  if (!tail) L.fn.outgoing = Math.max(L.fn.outgoing, Math.ceil(assigner.stack / 16) * 16);
  for (const { to, from } of moves) L.copy(to, from);
  return used;
}

function bitsNarrow(type: Type): boolean {
  return type.kind === 'int' && type.bits < 32;
}

function extendedArgument(L: Lowering, value: Value, attributes: Attributes | undefined): Reg {
  if (attributes?.has('signext')) return L.signExtended(value, 32);
  if (attributes?.has('zeroext')) return L.zeroExtended(value);
  return L.one(value);
}

/** Where our caller put an argument that came on the stack. */
function incomingPlace(L: Lowering, type: Type, offset: number): FrameRef {
  const slot = newSlot(L.fn, sizeOf(type), 8, 'incoming');
  L.fn.slots[slot].offset = offset;
  return { slot, offset: 0 };
}

function storeArgument(L: Lowering, type: Type, regs: readonly Reg[], { slot, offset }: FrameRef): void {
  partsOf(type).forEach((p, n) => {
    const bytes = p.cls === 'vector' ? p.bits / 8 : p.type.kind === 'int' && p.type.bits <= 64 ? storeSizeOf(p.type) : 8;
    const size = [1, 2, 4, 8, 16].find((s) => s >= bytes) ?? 8;
    // Unscaled where the offset is no multiple: packed structures do not travel by value, so it always is one.
    L.emit(`${accessStem(false, p.cls, size)}_uimm`, [['Rt', regs[n], 'u']], { imm12: 0 }, { frame: { slot, offset: offset + p.offset } });
  });
}

function emitCall(L: Lowering, callee: Callee, used: readonly Reg[], results: readonly Reg[], noreturn: boolean): MIns {
  L.fn.hasCalls = true;
  const regs = [...new Set(used)].map((r) => ['$', r, 'u'] as const);
  const defs = results.map((r) => ['$', r, 'd'] as const);
  const clobbers = callClobbers.filter((r) => !results.includes(r));
  void noreturn;
  if ('symbol' in callee)
    return L.emit('bl', [...defs, ...regs], { imm26: 0 }, { clobbers, fixup: { type: 'CALL26', symbol: callee.symbol, addend: 0n } });
  return L.emit('blr', [...defs, ['Rn', callee.reg, 'u'], ...regs], {}, { clobbers });
}

/** Physical registers of a result, and copying them to where the value lives. */
function takeResult(L: Lowering, type: Type, d: readonly Reg[]): { regs: Reg[]; finish: () => void } {
  if (type.kind === 'void') return { regs: [], finish: () => undefined };
  const regs = resultRegs(L, type);
  return { regs, finish: () => d.forEach((into, n) => L.copy(into, regs[n])) };
}

function resultRegs(L: Lowering, type: Type): Reg[] {
  let general = 0;
  let vector = 0;
  const regs = partsOf(type).map((p) => (p.cls === 'general' ? general++ : v(vector++)));
  if (general > 8 || vector > 8) L.unsupported('a result of more than eight registers');
  return regs;
}

/** A call of the run-time library with values in registers: all of them full, typed by their classes. */
export function callExternal(L: Lowering, name: string, args: readonly Reg[], d: readonly Reg[]): void {
  const used: Reg[] = [];
  let general = 0;
  let vector = 0;
  const moves = args.map((from) => {
    const cls = from < 64 ? (from < 32 ? 'general' : 'vector') : L.fn.classes[from - 64];
    const to = cls === 'general' ? general++ : v(vector++);
    used.push(to);
    return { to, from };
  });
  for (const { to, from } of moves) L.copy(to, from);
  let g = 0;
  let f = 0;
  const results = d.map((r) => (L.fn.classes[r - 64] === 'general' ? g++ : v(f++)));
  emitCall(L, { symbol: L.module.external(name) }, used, results, false);
  d.forEach((into, n) => L.copy(into, results[n]));
}

const conventions: readonly string[] = ['ccc', 'fastcc', 'coldcc'];

function calleeOf(L: Lowering, value: Value): Callee {
  if (value.kind === 'global') {
    const { global } = value;
    if (global.linkage !== 'extern_weak') return { symbol: L.module.symbol(global) };
  }
  return { reg: L.one(value) };
}

function argumentsOf(L: Lowering, i: InstructionOf<'call'>): Argument[] {
  return i.args.map((a) => ({ type: a.value.type, regs: () => L.passedRegs(a.value), attributes: a.attributes, value: a.value }));
}

export function lowerCall(L: Lowering, i: InstructionOf<'call'>, d: readonly Reg[]): void {
  if (!conventions.includes(i.callingConvention)) L.unsupported(`the calling convention ${i.callingConvention}`);
  if (i.tail === 'musttail') L.unsupported('a call that must be a tail call, with these arguments');
  const callee = calleeOf(L, i.callee);
  const used = passArguments(L, argumentsOf(L, i), false);
  const { regs, finish } = takeResult(L, i.functionType.result, d);
  emitCall(L, callee, used, regs, i.attributes.has('noreturn'));
  if (d.length > 0) finish();
}

/**
 * Whether a call in tail position can leave this function's frame first: no more arguments on the stack than our caller gave us room for, no
 * variable arguments of our own in the frame, and the compiler's word that no local is looked at.
 */
export function isTailCall(L: Lowering, i: InstructionOf<'call'>): boolean {
  if (i.tail !== 'tail' && i.tail !== 'musttail') return false;
  if (L.varargs || L.ir.attributes.has('returns_twice') || i.attributes.has('returns_twice')) return false;
  if (i.callee.kind === 'asm' || !conventions.includes(i.callingConvention)) return false;
  const needed = stackBytes(i.args.map((a) => ({ type: a.value.type, attributes: a.attributes })));
  return needed <= stackBytes(L.ir.params) && (needed === 0 || !i.functionType.varargs);
}

/** Bytes of arguments on the stack. */
function stackBytes(list: readonly { type: Type; attributes: Attributes }[]): number {
  const assigner = new ArgumentAssigner();
  for (const { type, attributes } of list) if (!attributes.has('sret')) assigner.place(type);
  return assigner.stack;
}

export function lowerTailCall(L: Lowering, i: InstructionOf<'call'>): void {
  const callee = calleeOf(L, i.callee);
  checkGuard(L);
  const used = passArguments(L, argumentsOf(L, i), true);
  const regs = used.map((r) => ['$', r, 'u'] as const);
  if ('symbol' in callee) {
    L.emit('$tail', regs, {}, { fixup: { type: 'JUMP26', symbol: callee.symbol, addend: 0n } });
    return;
  }
  // X16 is nobody's: the epilogue does not touch it.
  L.copy(16, callee.reg);
  L.emit('$tail', [['Rn', 16, 'u'], ...regs], {});
}

export function lowerReturn(L: Lowering, i: InstructionOf<'ret'>): void {
  const [value] = i.operands;
  const used: Reg[] = [];
  checkGuard(L);
  if (value) {
    const { type } = value;
    const narrow = type.kind === 'int' && type.bits < 32;
    const regs = narrow ? [extendedArgument(L, value, L.ir.returnAttributes)] : L.passedRegs(value);
    resultRegs(L, type).forEach((to, n) => {
      L.copy(to, regs[n]);
      used.push(to);
    });
  }
  L.emit(
    '$ret',
    used.map((r) => ['$', r, 'u'] as const),
  );
}

/** Copies parameters from where the caller put them; and saves the registers that variable arguments may be in. */
export function lowerParameters(L: Lowering): void {
  const { ir } = L;
  const assigner = new ArgumentAssigner();
  const copies: { to: Reg; from: Reg }[] = [];
  const later: (() => void)[] = [];
  for (const p of ir.params) {
    const needed = L.isNeeded(p);
    if (p.attributes.has('byval') || p.attributes.has('inalloca')) L.unsupported('a byval parameter');
    if (p.attributes.has('sret')) {
      L.incoming.set(p, [8]);
      if (needed) copies.push({ to: L.destination(p)[0], from: 8 });
      continue;
    }
    const place = assigner.place(p.type);
    if (place.kind === 'registers') L.incoming.set(p, argumentRegisters(place));
    if (!needed) continue;
    const d = L.destination(p);
    if (place.kind === 'registers') argumentRegisters(place).forEach((from, n) => copies.push({ to: d[n], from }));
    else {
      later.push(() => {
        loadValue(L, p.type, d, { kind: 'frame', frame: incomingPlace(L, p.type, place.offset) });
      });
    }
  }
  if (ir.type.varargs) {
    L.varargs = L.varargs ?? undefined;
    if (L.varargs) saveVarargs(L, assigner);
  }
  for (const { to, from } of copies) L.copy(to, from);
  for (const finish of later) finish();
}

function argumentRegisters({ cls, first, count }: Extract<ArgumentPlace, { kind: 'registers' }>): Reg[] {
  return Array.from({ length: count }, (_, n) => (cls === 'general' ? first + n : v(first + n)));
}

export { bitsIn, zr };
