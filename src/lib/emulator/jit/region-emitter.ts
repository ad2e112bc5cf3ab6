import type { AccessBits, AccessKind, FpWidth, Helper, Width } from '../../arm64/emitter.ts';
import { pstateFields } from '../../arm64/pstate.ts';
import { Pstate } from '../cpu/core.ts';
import { accessType, integerOf, WasmEmitter } from '../cpu/emit.ts';
import { formats } from '../cpu/fp-function.ts';
import { fpResult } from '../cpu/fp-module.ts';
import { fastFpVectorName } from '../cpu/fp-vectors.ts';
import type { Value } from '../cpu/graph.ts';
import { helperSignature, writeHelperCall } from '../cpu/helper-call.ts';
import { loadOps, pageMask, Param, storeOps } from '../cpu/handler-interface.ts';
import type { AddressRange } from '../cpu/identity.ts';
import { Flags, narrowFlags, pageBytes, State, TlbEntry, tlbEntries } from '../cpu/layout.ts';
import type { FunctionWriter, Signature, WasmType } from '../cpu/wasm.ts';
import { stackPointer, type Frame, type Place, type RegisterSet } from './frame.ts';
import { hostFloat, HostWriter, type HostFloat } from './host-float.ts';
import type { Loop } from './loops.ts';
import type { Instruction } from './scan.ts';
import { isMasks, isWithoutEffect, isZeroing, pushMasksMatter, systemRead, systemWrite, writeZeroes } from '../cpu/system-instructions.ts';
import { zeroedBytes } from '../cpu/system-operations.ts';

/** What is known of NZCV at a place in a block: how it follows from values, or that it was one of two, or nothing. */
type KnownFlags =
  | { kind: (typeof Flags)[keyof typeof Flags]; a: Value; b: Value }
  | { kind: 'choice'; condition: Value; then: KnownFlags; otherwise: KnownFlags };

/** How a block's last instruction goes on. */
export type BlockEnd = { kind: 'goTo'; target: Value } | { kind: 'branch'; condition: Value; target: Value } | { kind: 'leave' };

const toBits = { f32: 'i32.reinterpret_f32', f64: 'i64.reinterpret_f64' } as const;
const toFloat = { f32: 'f32.reinterpret_i32', f64: 'f64.reinterpret_i64' } as const;

/** Cumulative saturation (C5.2.10 FPSR). */
const fpsrQCBit = 27;
const zeroRegister = 31;

/** A value as the sum of one that has no other name, and a constant. */
type Symbolic = { readonly root: number; readonly offset: number };

/**
 * Accesses of one block by the same root, from `low` to in front of `high`: the first of them checks for all, and a linear address is kept in a
 * local for as many as there are. `within`: what they are checked to lie in, an identity range or a page of the TLB; undefined: each is by itself.
 */
type AccessGroup = { within: AddressRange | 'page' | undefined; low: number; high: number; members: number; local: number };

type Access = { readonly args: readonly Value[]; readonly write: (push: (v: Value) => void) => number };

/** Bytes that a group in a range spans at most: what is farther away may be something else. And one in a page: it must not often reach into the next. */
const maxSpan = 4096;
const maxSpanInPage = 256;
const stackAlignment = 16;

/** Takes an access into a group, unless it is too far away. */
function admit(group: AccessGroup, offset: number, bytes: number): boolean {
  const low = Math.min(group.low, offset);
  const high = Math.max(group.high, offset + bytes);
  if (!group.within || high - low > (group.within === 'page' ? maxSpanInPage : maxSpan)) return false;
  group.low = low;
  group.high = high;
  group.members++;
  return true;
}

function isMultipleApart(a: Symbolic | undefined, b: Symbolic | undefined, bytes: number): boolean {
  return a !== undefined && a.root === b?.root && (a.offset - b.offset) % bytes === 0;
}

/** Makes the code of one block of a region: registers are numbers, and guest state is in the frame's locals. */
export class RegionEmitter extends WasmEmitter<number> {
  readonly #frame: Frame;
  readonly helpers: Set<Helper>;
  end: BlockEnd | undefined;
  /** Registers that have been changed since they were last saved. */
  #unsaved: RegisterSet = { x: new Set(), v: new Set() };
  /** The loop that the block belongs to. */
  readonly #loop: Loop | undefined;
  #place: Place = { entry: 0, left: 0 };
  #pc: Value;
  /** Registers whose value is a constant here. */
  readonly #constants = new Map<number, Value>();
  #flags: KnownFlags | undefined;
  /** 32-bit operands by what stands for them among those of flags. */
  readonly #narrow = new Map<Value, Value>();
  /** The stack pointer as this instruction has read it, and whether an access by it is still to be checked. */
  #stackBase: Value | undefined;
  #mustCheckStack = false;
  /** Whether the stack pointer is known to be aligned. */
  #isAligned = false;
  /** Vector registers that this block has written, and the lowest lanes of vectors that are zero but for them. */
  readonly #vectors = new Map<number, Value>();
  readonly #lows = new Map<Value, Value>();
  /** The other way round: vectors by values that are their lowest lanes. And values as floating-point ones, by their bits. */
  readonly #lowOf = new Map<Value, Value>();
  readonly #floats = new Map<Value, Value>();
  /** Bits of PSTATE that are known to be set in the rest of the block. */
  #setPstate = 0;
  /** Where addresses are known to lie from one another, of registers as they are now and of values. */
  readonly #symbols = new Map<number, Symbolic>();
  readonly #symbolOf = new Map<Value, Symbolic>();
  #nextRoot = 0;
  /** Accesses that one check is for, by root. */
  readonly #reads = new Map<number, AccessGroup>();
  readonly #writes = new Map<number, AccessGroup>();
  /** Depth of conditional code. */
  #depth = 0;

  constructor(frame: Frame, helpers: Set<Helper>, loop: Loop | undefined) {
    super();
    this.#frame = frame;
    this.helpers = helpers;
    this.#loop = loop;
    this.#pc = this.i64(0n);
  }

  /** Goes on with an instruction; `left`: how many of the block come from it on. */
  start(instruction: Instruction, pc: bigint, left: number): void {
    this.#place = { entry: instruction.entry, left };
    this.#pc = this.i64(pc);
    this.#stackBase = undefined;
    this.#mustCheckStack = false;
  }

  /** The region may be left here: from now on the CPU's state has all registers, unless the loop saves them when it is left. */
  beforeExit(): void {
    const loop = this.#loop;
    if (loop) loop.exits++;
    const unsaved = this.#unsaved;
    if (unsaved.x.size + unsaved.v.size === 0) return;
    this.#unsaved = { x: new Set(), v: new Set() };
    this.raw(() => {
      if (!loop?.savesWhenLeft) this.#frame.save(unsaved);
    });
  }

  /** Leaves in front of an instruction; within the writing of an effect that follows {@link beforeExit}. */
  leave(place: Place): void {
    if (this.#loop?.savesWhenLeft) this.#frame.save(this.#loop.changed);
    this.#frame.leave(place);
  }

  /** Code at this place that is not a matter of values. */
  raw(write: () => void): void {
    this.graph.effect([], write);
  }

  /** Leaves a value in a local. */
  keep(local: number, value: Value): void {
    this.graph.setLocal(local, value);
  }

  /** Leaves a condition on the stack; the last thing to be done. */
  pushLast(condition: Value): void {
    this.graph.effect([condition], (_, push) => push(condition));
  }

  write(): void {
    this.graph.write(this.#frame.code, this.#frame);
  }

  // Registers

  x(width: Width, reg: number, as?: 'sp'): Value {
    if (reg === zeroRegister && as !== 'sp') return width === 64 ? this.i64(0n) : this.i32(0);
    const wide = this.#constants.get(reg) ?? this.#local(reg);
    if (as === 'sp' && reg === stackPointer) {
      this.#stackBase = wide;
      this.#mustCheckStack = true;
    }
    return width === 64 ? wide : this.wrap(wide);
  }

  /** A register's local, with what is known of its value. */
  #local(reg: number): Value {
    const value = this.graph.local('i64', this.#frame.x(reg));
    let symbol = this.#symbols.get(reg);
    // Behind a conditional, what was read within may be something else.
    if (!symbol && this.#depth > 0) return value;
    if (!symbol) this.#symbols.set(reg, (symbol = { root: this.#nextRoot++, offset: 0 }));
    this.#symbolOf.set(value, symbol);
    return value;
  }

  setX(width: Width, reg: number, value: Value, as?: 'sp'): void {
    if (reg === zeroRegister && as !== 'sp') return;
    const wide = width === 64 ? value : this.extendU(value);
    this.#unsaved.x.add(reg);
    this.#loop?.changed.x.add(reg);
    this.graph.setLocal(this.#frame.x(reg), wide);
    if (wide.constant === undefined) this.#constants.delete(reg);
    else this.#constants.set(reg, wide);
    const symbol = this.#symbolOf.get(wide);
    const before = this.#symbols.get(reg);
    // What either branch of a conditional sets is not known behind it.
    if (symbol && this.#depth === 0) this.#symbols.set(reg, symbol);
    else this.#symbols.delete(reg);
    if (reg === stackPointer) this.#isAligned &&= isMultipleApart(symbol, before, stackAlignment);
  }

  register(n: number): number {
    return n;
  }

  registerAfter(reg: number, by: number): number {
    return (reg + by) & 31;
  }

  v(reg: number): Value {
    return this.#vectors.get(reg) ?? this.graph.local('v128', this.#frame.v(reg));
  }

  setV(reg: number, value: Value): void {
    this.#unsaved.v.add(reg);
    this.#loop?.changed.v.add(reg);
    this.graph.setLocal(this.#frame.v(reg), value);
    this.#vectors.set(reg, value);
  }

  fp(width: FpWidth, reg: number): Value {
    const whole = this.v(reg);
    const low = this.#lows.get(whole);
    const lowest = (): Value => {
      const lane = width === 64 ? this.half(whole, 0) : this.simd('i32x4.extract_lane', [whole], [0]);
      this.#lowOf.set(lane, whole);
      return lane;
    };
    if (width === 64) return low?.type === 'i64' ? low : lowest();
    const word = low?.type === 'i32' ? low : lowest();
    return width === 32 ? word : this.and(word, this.i32(0xffff));
  }

  setFp(width: FpWidth, reg: number, bits: Value): void {
    const low = width === 16 ? this.and(bits, this.i32(0xffff)) : bits;
    this.setV(reg, this.#lowOnly(low));
  }

  /** A vector of zeros but for its lowest lane. */
  #lowOnly(low: Value): Value {
    const lane = this.#floats.get(low) ?? low;
    const shape = low.type === 'i64' ? (lane === low ? 'i64x2' : 'f64x2') : lane === low ? 'i32x4' : 'f32x4';
    const vector = this.graph.pure('v128', [lane], (code, push) => {
      code.v128(0n, 0n);
      push(lane);
      code.vector(`${shape}.replace_lane`, [0]);
    });
    this.#lows.set(vector, low);
    return vector;
  }

  override v128(low: Value, high: Value): Value {
    if (high.constant === 0n && low.constant === undefined) return this.#lowOnly(low);
    return super.v128(low, high);
  }

  override add(a: Value, b: Value): Value {
    const sum = super.add(a, b);
    const symbol = this.#symbolOf.get(a);
    if (symbol && b.constant !== undefined) {
      const offset = symbol.offset + Number(b.constant);
      if (Number.isSafeInteger(offset)) this.#symbolOf.set(sum, { root: symbol.root, offset });
    }
    return sum;
  }

  override sub(a: Value, b: Value): Value {
    if (b.constant === undefined || a.type !== 'i64') return super.sub(a, b);
    return this.add(a, this.i64(-BigInt(b.constant)));
  }

  // Flags

  protected override raised(a: Value): Value {
    if (a.type === 'i64') return a;
    const raised = super.raised(a);
    this.#narrow.set(raised, a);
    return raised;
  }

  protected setFlags(kind: (typeof Flags)[keyof typeof Flags], a: Value, b: Value): void {
    const frame = this.#frame;
    frame.usesFlags = true;
    const [narrowA, narrowB] = [this.#narrow.get(a), this.#narrow.get(b)];
    // The second operand of a logical result is a zero of either width.
    const isNarrow = narrowA !== undefined && kind !== Flags.packed;
    const known = isNarrow ? { kind, a: narrowA, b: narrowB ?? this.i32(0) } : { kind, a, b };
    const wide = (v: Value): Value => (v.type === 'i32' ? this.extendU(v) : v);
    this.graph.setLocal(frame.flagA, wide(known.a));
    this.graph.setLocal(frame.flagB, wide(known.b));
    this.graph.setLocal(frame.flagKind, this.i32(isNarrow ? kind | narrowFlags : kind));
    this.#flags = known;
  }

  override ifElse(condition: Value, then: () => void, otherwise?: () => void): void {
    if (condition.constant !== undefined) return super.ifElse(condition, then, otherwise);
    const before = this.#flags;
    const constants = new Map(this.#constants);
    const after: (KnownFlags | undefined)[] = [];
    const branch = (body: (() => void) | undefined) => (): void => {
      this.#flags = before;
      body?.();
      after.push(this.#flags);
    };
    this.#depth++;
    super.ifElse(condition, branch(then), branch(otherwise));
    this.#depth--;
    const [a, b] = after;
    this.#flags = a === b ? a : a && b ? { kind: 'choice', condition, then: a, otherwise: b } : undefined;
    // What either branch has written is not known any more.
    for (const [n, value] of this.#constants) if (constants.get(n) !== value) this.#constants.delete(n);
  }

  nzcv(): Value {
    const frame = this.#frame;
    frame.usesFlags = true;
    return this.graph.effectValue('i32', [], (code) => {
      frame.writeFlags();
      code.get(Param.state).call(frame.imported('nzcv', { params: ['i32'], results: ['i32'] }));
    });
  }

  carry(): Value {
    return this.condition(2);
  }

  condition(code: number): Value {
    if (code >= 14) return this.i32(1);
    const even = this.#holds(code >> 1);
    return code & 1 ? this.isZero(even) : even;
  }

  #holds(pair: number): Value {
    if (this.#flags) return this.#evaluate(this.#flags, pair);
    const frame = this.#frame;
    frame.usesFlags = true;
    return this.graph.effectValue('i32', [], () => frame.writeHolds(pair));
  }

  #evaluate(flags: KnownFlags, pair: number): Value {
    switch (flags.kind) {
      case 'choice':
        return this.select(flags.condition, this.#evaluate(flags.then, pair), this.#evaluate(flags.otherwise, pair));
      case Flags.sub:
        return this.#holdsOfDifference(flags.a, flags.b, pair);
      case Flags.logic:
        // C is clear, and then so is HI.
        return pair === Pair.cs || pair === Pair.hi ? this.i32(0) : this.#holdsOfDifference(flags.a, this.#zero(flags.a), pair);
      case Flags.add:
        return this.#holdsOfSum(flags.a, flags.b, pair);
      default:
        return this.#holdsOfBits(this.wrap(flags.a), pair);
    }
  }

  #zero(like: Value): Value {
    return this.graph.constant(integerOf(like), 0);
  }

  #isNegative(a: Value): Value {
    return this.ltS(a, this.#zero(a));
  }

  #holdsOfDifference(a: Value, b: Value, pair: number): Value {
    switch (pair) {
      case Pair.eq:
        return this.eq(a, b);
      case Pair.cs:
        return this.isZero(this.ltU(a, b));
      case Pair.mi:
        return this.#isNegative(this.sub(a, b));
      case Pair.vs:
        return this.#isNegative(this.and(this.xor(a, b), this.xor(a, this.sub(a, b))));
      case Pair.hi:
        return this.ltU(b, a);
      case Pair.ge:
        return this.isZero(this.ltS(a, b));
      default:
        return this.ltS(b, a);
    }
  }

  #holdsOfSum(a: Value, b: Value, pair: number): Value {
    const sum = this.add(a, b);
    const overflow = (): Value => this.and(this.xor(a, sum), this.xor(b, sum));
    switch (pair) {
      case Pair.eq:
        return this.isZero(sum);
      case Pair.cs:
        return this.ltU(sum, a);
      case Pair.mi:
        return this.#isNegative(sum);
      case Pair.vs:
        return this.#isNegative(overflow());
      case Pair.hi:
        return this.and(this.ltU(sum, a), this.ne(sum, this.#zero(sum)));
      case Pair.ge:
        return this.isZero(this.#isNegative(this.xor(sum, overflow())));
      default:
        return this.and(this.isZero(this.#isNegative(this.xor(sum, overflow()))), this.ne(sum, this.#zero(sum)));
    }
  }

  /** Of NZCV in bits 31:28. */
  #holdsOfBits(bits: Value, pair: number): Value {
    const flag = (position: number): Value => this.and(this.shrU(bits, this.i32(position)), this.i32(1));
    switch (pair) {
      case Pair.eq:
        return flag(30);
      case Pair.cs:
        return flag(29);
      case Pair.mi:
        return flag(31);
      case Pair.vs:
        return flag(28);
      case Pair.hi:
        return this.and(flag(29), this.isZero(flag(30)));
      case Pair.ge:
        return this.eq(flag(31), flag(28));
      default:
        return this.and(this.eq(flag(31), flag(28)), this.isZero(flag(30)));
    }
  }

  // Memory

  load(bits: AccessBits, address: Value, kind?: AccessKind): Value {
    if (kind?.unprivileged) return this.#abandon(accessType(bits));
    this.#checkStack();
    const { args, write } = this.#access(bits, address, kind, kind?.forWrite ? 'write' : 'read');
    return this.graph.effectValue(accessType(bits), args, (code, push) => code.memory(loadOps[bits], write(push), 0), true);
  }

  store(bits: AccessBits, address: Value, value: Value, kind?: AccessKind): void {
    if (kind?.unprivileged) return void this.#abandon('i32');
    this.#checkStack();
    const { args, write } = this.#access(bits, address, kind, 'write');
    const store = (code: FunctionWriter, push: (v: Value) => void): void => {
      const offset = write(push);
      push(value);
      code.memory(storeOps[bits], offset, 0);
    };
    this.graph.effect([...args, value], store, true);
  }

  /** An access: the values that `write` needs, which pushes an i32 and gives the constant by which the linear address exceeds that; or it leaves. */
  #access(bits: AccessBits, address: Value, kind: AccessKind | undefined, use: 'read' | 'write'): Access {
    const place = this.#place;
    const range = this.#frame.identity?.[use];
    const fixed = address.constant === undefined ? undefined : Number(BigInt.asUintN(64, BigInt(address.constant)));
    const isFree = range && !range.aligned && !kind?.ordered;
    if (isFree && fixed !== undefined && fixed >= range.low && fixed + bits / 8 <= range.high) {
      const linear = fixed - this.#frame.ramOffset;
      const write = (): number => {
        this.#frame.code.i32(0);
        return linear;
      };
      return { args: [], write };
    }
    const symbol = this.#depth === 0 && !range?.aligned && !kind?.ordered ? this.#symbolOf.get(address) : undefined;
    const groups = use === 'read' ? this.#reads : this.#writes;
    const known = symbol && groups.get(symbol.root);
    if (symbol && known && admit(known, symbol.offset, bits / 8)) return { args: [], write: () => this.#pushGroup(known, symbol.offset) };
    this.beforeExit();
    const isStray = this.#frame.strays(place.entry);
    const tag = use === 'write' ? TlbEntry.writeTag : TlbEntry.readTag;
    const isByTlb = !range || isStray || (known && !known.within);
    const within = isByTlb ? (range || isStray ? undefined : 'page') : range;
    if (!symbol || !within) {
      // Others of this base are as likely to be outside the range.
      if (symbol && range) groups.set(symbol.root, { within, low: 0, high: 0, members: 0, local: 0 });
      const write = isByTlb
        ? (push: (v: Value) => void) => this.#pushLinear(place, bits, address, push, kind, tag)
        : (push: (v: Value) => void) => this.#pushOffset(place, bits, address, push, kind, range);
      return { args: [address], write };
    }
    const group: AccessGroup = { within, low: symbol.offset, high: symbol.offset + bits / 8, members: 1, local: 0 };
    groups.set(symbol.root, group);
    return {
      args: [address],
      write: (push) => {
        const pushAddress = (): void => push(address);
        if (within !== 'page') this.#checkGroup(group, within, place, symbol.offset, pushAddress);
        else if (group.members === 1) return this.#pushLinear(place, bits, address, push, kind, tag);
        else this.#checkPage(group, place, symbol.offset, pushAddress, tag);
        return this.#pushGroup(group, symbol.offset);
      },
    };
  }

  /** Checks all accesses of a group, of which `pushAddress` pushes the one at `offset`, or leaves in front of that. */
  #checkGroup(group: AccessGroup, range: AddressRange, place: Place, offset: number, pushAddress: () => void): void {
    const { low, high } = group;
    const { code } = this.#frame;
    const wide = this.#frame.take('i64');
    pushAddress();
    code
      .i64(BigInt(range.low + offset - low))
      .op('i64.sub')
      .tee(wide);
    code
      .i64(BigInt(Math.max(0, range.high - range.low - (high - low) + 1)))
      .op('i64.ge_u')
      .if();
    this.#leaveMissed(place);
    code.end();
    group.local = this.#frame.take('i32');
    code.get(wide).op('i32.wrap_i64').set(group.local);
    this.#frame.release('i64', wide);
  }

  /** The same for a group in a page of the TLB. One that reaches into the next page is noted, and becomes single accesses when that is often. */
  #checkPage(group: AccessGroup, place: Place, offset: number, pushAddress: () => void, tag: number): void {
    const frame = this.#frame;
    const { code } = frame;
    const [wide, low, tlb] = [frame.take('i64'), frame.take('i32'), frame.take('i32')];
    pushAddress();
    if (offset !== group.low) code.i64(BigInt(offset - group.low)).op('i64.sub');
    code.tee(wide).op('i32.wrap_i64').tee(low);
    code
      .i32(pageBytes - 1)
      .op('i32.and')
      .i32(pageBytes - (group.high - group.low))
      .op('i32.gt_u')
      .if();
    this.#leaveMissed(place);
    code.end();
    this.#pushTag(low, tlb, tag);
    code.get(wide).i64(pageMask).op('i64.and').op('i64.ne').if();
    this.leave(place);
    code.end();
    code.get(low).get(tlb).memory('i32.load', TlbEntry.addend).op('i32.add');
    for (const local of [low, tlb]) frame.release('i32', local);
    frame.release('i64', wide);
    group.local = frame.take('i32');
    code.set(group.local);
  }

  /** Pushes the tag of the TLB entry that an address, by its low half in a local, would be in; its address goes to `tlb`. */
  #pushTag(low: number, tlb: number, tag: number): void {
    const { code, dataTlb } = this.#frame;
    code
      .get(low)
      .i32(12 - Math.log2(TlbEntry.bytes))
      .op('i32.shr_u')
      .i32((tlbEntries - 1) * TlbEntry.bytes)
      .op('i32.and');
    code.get(dataTlb).op('i32.add').tee(tlb).memory('i64.load', tag);
  }

  #pushGroup(group: AccessGroup, offset: number): number {
    this.#frame.code.get(group.local);
    if (--group.members === 0) this.#frame.release('i32', group.local);
    return (group.within && group.within !== 'page' ? this.#linear(group.within) : 0) + offset - group.low;
  }

  #leaveMissed(place: Place): void {
    if (this.#loop?.savesWhenLeft) this.#frame.save(this.#loop.changed);
    this.#frame.leaveMissed(place);
  }

  /** Pushes the offset of an access in an identity range, or leaves in front of its instruction. */
  #pushOffset(
    place: Place,
    bits: AccessBits,
    address: Value,
    push: (v: Value) => void,
    kind: AccessKind | undefined,
    range: AddressRange,
  ): number {
    const { low, high, aligned } = range;
    const { code } = this.#frame;
    const bytes = bits / 8;
    const offset = this.#frame.take('i64');
    push(address);
    code.i64(BigInt(low)).op('i64.sub').tee(offset);
    if (bytes > 1 && (aligned || kind?.ordered)) {
      // What is not a multiple of the access's size becomes a very large number.
      code.i64(BigInt(Math.log2(bytes))).op('i64.rotr');
      code.i64(BigInt((high - low) / bytes));
    } else code.i64(BigInt(high - low - bytes + 1));
    code.op('i64.ge_u').if();
    this.#leaveMissed(place);
    code.end().get(offset).op('i32.wrap_i64');
    this.#frame.release('i64', offset);
    return this.#linear(range);
  }

  /** Linear address of an identity range. */
  #linear({ low }: AddressRange): number {
    return low - this.#frame.ramOffset;
  }

  /** Pushes the linear address of an access, or leaves in front of its instruction. */
  #pushLinear(place: Place, bits: AccessBits, address: Value, push: (v: Value) => void, kind: AccessKind | undefined, tag: number): number {
    const frame = this.#frame;
    const { code } = frame;
    const low = frame.take('i32');
    const tlb = frame.take('i32');
    const bytes = BigInt(bits / 8);
    push(address);
    code.op('i32.wrap_i64').set(low);
    this.#pushTag(low, tlb, tag);
    push(address);
    // The tag must equal the page of the last byte, or the address's own page and alignment when it must be aligned.
    if (kind?.ordered) code.i64(pageMask | (bytes - 1n));
    else {
      if (bytes > 1n) code.i64(bytes - 1n).op('i64.add');
      code.i64(pageMask);
    }
    code.op('i64.and').op('i64.ne').if();
    this.leave(place);
    code.end();
    code.get(low).get(tlb).memory('i32.load', TlbEntry.addend).op('i32.add');
    frame.release('i32', low);
    frame.release('i32', tlb);
    return 0;
  }

  /** SP as a base must be aligned to 16 before anything is accessed (D1.8.2). */
  #checkStack(): void {
    const base = this.#stackBase;
    if (base === undefined || !this.#mustCheckStack || this.#isAligned) return;
    this.#mustCheckStack = false;
    this.#isAligned = true;
    this.beforeExit();
    const frame = this.#frame;
    const place = this.#place;
    this.graph.effect([base], (code, push) => {
      push(base);
      code.op('i32.wrap_i64').get(frame.spMask).op('i32.and').if();
      this.leave(place);
      code.end();
    });
  }

  loadExclusive(bits: AccessBits, address: Value): Value {
    const frame = this.#frame;
    const access = this.#exclusiveAccess(bits, address, 'read');
    return this.graph.effectValue(
      accessType(bits),
      [address],
      (code, push) => {
        const { at, base } = access(push);
        frame.store('i32.store', State.monitor, () => code.get(at).i32(base).op('i32.add'));
        frame.store('i32.store', State.monitorBytes, () => code.i32(bits / 8));
        code.get(at).memory(loadOps[bits], base, 0);
        frame.release('i32', at);
      },
      true,
    );
  }

  storeExclusive(bits: AccessBits, address: Value, value: Value): Value {
    const frame = this.#frame;
    const access = this.#exclusiveAccess(bits, address, 'write');
    return this.graph.effectValue(
      'i32',
      [address, value],
      (code, push) => {
        const { at, base } = access(push);
        const failed = frame.take('i32');
        frame.load('i32.load', State.monitor);
        code.get(at).i32(base).op('i32.add').op('i32.ne');
        frame
          .load('i32.load', State.monitorBytes)
          .i32(bits / 8)
          .op('i32.ne')
          .op('i32.or')
          .set(failed);
        frame.store('i32.store', State.monitor, () => code.i32(0));
        code.get(failed).op('i32.eqz').if().get(at);
        push(value);
        code.memory(storeOps[bits], base, 0).end().get(failed);
        for (const local of [at, failed]) frame.release('i32', local);
      },
      true,
    );
  }

  /** Writes the check of an exclusive access: it is in `at`, and a constant beyond. What is not aligned, or not in RAM that the TLB has, leaves. */
  #exclusiveAccess(bits: AccessBits, address: Value, use: 'read' | 'write'): (push: (v: Value) => void) => { at: number; base: number } {
    this.#checkStack();
    this.beforeExit();
    const place = this.#place;
    const frame = this.#frame;
    const range = frame.strays(place.entry) ? undefined : frame.identity?.[use];
    const kind: AccessKind = { ordered: true };
    const tag = use === 'write' ? TlbEntry.writeTag : TlbEntry.readTag;
    return (push) => {
      const base = range
        ? this.#pushOffset(place, bits, address, push, kind, range)
        : this.#pushLinear(place, bits, address, push, kind, tag);
      const at = frame.take('i32');
      frame.code.set(at);
      return { at, base };
    };
  }

  clearExclusive(): void {
    this.graph.effect([], (code) => code.get(Param.state).i32(0).memory('i32.store', State.monitor));
  }

  // Floating point and helpers

  checkFpEnabled(): void {
    // The region is not entered when they are trapped.
    this.#frame.usesFp = true;
  }

  fpOp(op: string, width: FpWidth, args: readonly Value[]): Value {
    const host = hostFloat(op, width);
    if (host && width !== 16) return this.#hostOp(op, width, host, args);
    return this.#fpCall(`fp:${op}:${width}`, fpResult(op, width), args);
  }

  /** By the host's instructions where their result is Arm's; the function of fp-module.ts does the others, after which FPSR.IXC may be set. */
  #hostOp(op: string, width: 32 | 64, host: HostFloat, args: readonly Value[]): Value {
    const frame = this.#frame;
    const bits = fpResult(op, width);
    const callee = frame.imported(`fp:${op}:${width}`, { params: ['i32', ...args.map((a) => a.type)], results: [bits] });
    const operands = args.map((a) => (host.operand === 'f32' || host.operand === 'f64' ? this.#float(host.operand, a) : a));
    const made = this.graph.effectValue(
      host.result,
      operands,
      (code, push) => {
        const w = new HostWriter(frame, formats[width].f, (n) => push(operands[n]));
        const pushResult = host.write(w);
        if (host.always) pushResult();
        else {
          code.if(host.result);
          pushResult();
          code.else().get(Param.state);
          for (const [n, operand] of operands.entries()) {
            push(operand);
            if (operand !== args[n]) code.op(toBits[operand.type === 'f32' ? 'f32' : 'f64']);
          }
          code.call(callee);
          if (host.result === 'f32' || host.result === 'f64') code.op(toFloat[host.result]);
          frame.writeHostMode();
          code.end();
        }
        w.release();
      },
      true,
    );
    if (made.type !== 'f32' && made.type !== 'f64') return made;
    const result = this.graph.op(made.type === 'f64' ? 'i64' : 'i32', toBits[made.type], made);
    this.#floats.set(result, made);
    return result;
  }

  /** A floating-point value by its bits. */
  #float(type: 'f32' | 'f64', bits: Value): Value {
    const known = this.#floats.get(bits);
    if (known) return known;
    const vector = this.#lowOf.get(bits);
    const shape = type === 'f64' ? 'f64x2' : 'f32x4';
    const float = vector
      ? this.graph.pure(type, [vector], (code, push) => {
          push(vector);
          code.vector(`${shape}.extract_lane`, [0]);
        })
      : this.graph.op(type, toFloat[type], bits);
    this.#floats.set(bits, float);
    return float;
  }

  override fpVector(op: string, width: 32 | 64, args: readonly Value[]): Value {
    const name = fastFpVectorName(op, width);
    return name === undefined ? super.fpVector(op, width, args) : this.#fpCall(name, 'v128', args);
  }

  #fpCall(name: string, result: WasmType, args: readonly Value[]): Value {
    const signature: Signature = { params: ['i32', ...args.map((a) => a.type)], results: [result] };
    const callee = this.#frame.imported(name, signature);
    return this.graph.effectValue(result, args, (code, push) => {
      code.get(Param.state);
      for (const a of args) push(a);
      code.call(callee);
    });
  }

  setSaturated(condition: Value): void {
    this.graph.effect([condition], (code, push) => {
      code.get(Param.state).get(Param.state).memory('i32.load', State.fpsr);
      push(condition);
      code.i32(fpsrQCBit).op('i32.shl').op('i32.or').memory('i32.store', State.fpsr);
    });
  }

  call(helper: Helper, args: readonly Value[]): Value {
    this.helpers.add(helper);
    const frame = this.#frame;
    const callee = frame.imported(`helper:${helper.name}`, helperSignature(helper, args));
    return this.graph.effectValue(helper.result, args, (code, push) => {
      const taken: number[] = [];
      const vector = (): number => {
        const local = frame.take('v128');
        taken.push(local);
        return local;
      };
      writeHelperCall(code, push, helper, args, vector, callee);
      for (const local of taken) frame.release('v128', local);
    });
  }

  // Control

  pc(): Value {
    return this.#pc;
  }

  branch(target: Value): void {
    this.end = { kind: 'goTo', target };
  }

  branchIf(condition: Value, target: Value): void {
    this.end = { kind: 'branch', condition, target };
  }

  // System instructions

  mrs(key: Value): Value {
    const read = systemRead(Number(key.constant));
    if (!read) return this.#abandon('i64');
    this.#require(read.pstate);
    if ('value' in read) return this.i64(read.value);
    const { offset, bits, mask } = read;
    return this.graph.read('i64', [], (code) => {
      this.#frame.load(bits === 64 ? 'i64.load' : 'i64.load32_u', offset);
      if (mask !== -1n) code.i64(mask).op('i64.and');
    });
  }

  msr(key: Value, value: Value): void {
    if (isMasks(Number(key.constant))) return this.#setMasks(0, this.and(this.wrap(value), this.i32(Pstate.daif)), true);
    const member = systemWrite(Number(key.constant));
    if (!member) return void this.#abandon('i32');
    const { offset, mask, pstate } = member;
    this.#require(pstate);
    const masked = mask === -1n ? value : this.and(value, this.i64(mask));
    this.graph.effect([masked], (code, push) => {
      this.#frame.store('i64.store', offset, () => {
        push(masked);
        return code;
      });
    });
  }

  msrImmediate(field: number, immediate: Value): void {
    const bits = Number(immediate.constant) << 6;
    if (field === pstateFields.daifset) this.#setMasks(Pstate.daif, this.i32(bits), false);
    else if (field === pstateFields.daifclr) this.#setMasks(Pstate.daif & ~bits, this.i32(0), true);
    else this.#abandon('i32');
  }

  sys(key: Value, value: Value): void {
    if (isWithoutEffect(Number(key.constant))) this.#require(Pstate.el1);
    else if (isZeroing(Number(key.constant))) this.#zeroBlock(value);
    else this.#abandon('i32');
  }

  /** Leaves in front of the current instruction when what is pushed is not zero. */
  #leaveIf(push: () => void): void {
    this.beforeExit();
    const place = this.#place;
    this.raw(() => {
      push();
      this.#frame.code.if();
      this.leave(place);
      this.#frame.code.end();
    });
  }

  /** Leaves in front of the current instruction unless bits of PSTATE are set, those of exception level and stack pointer. */
  #require(pstate: number): void {
    if ((this.#setPstate & pstate) === pstate) return;
    this.#setPstate |= pstate;
    this.#leaveIf(() => this.#frame.load('i32.load', State.pstate).i32(pstate).op('i32.and').i32(pstate).op('i32.ne'));
  }

  /**
   * Changes D, A, I and F: keeps some, sets others. What may let an interrupt in that waits, or a software step exception, is the
   * interpreter's.
   */
  #setMasks(kept: number, set: Value, mayUnmask: boolean): void {
    const frame = this.#frame;
    this.#require(Pstate.el1);
    this.#leaveIf(() => pushMasksMatter((op, offset) => frame.load(op, offset), mayUnmask));
    this.graph.effect([set], (code, push) => {
      frame.store('i32.store', State.pstate, () => {
        frame.load('i32.load', State.pstate);
        if (kept !== Pstate.daif) code.i32(~(Pstate.daif & ~kept)).op('i32.and');
        push(set);
        return code.op('i32.or');
      });
    });
  }

  /** DC ZVA of 64 bytes. That of device memory faults, and of EL0 may. */
  #zeroBlock(address: Value): void {
    const { identity, strays } = this.#frame;
    const range = strays(this.#place.entry) ? undefined : identity?.write;
    if (range?.aligned) return void this.#abandon('i32');
    this.#require(Pstate.el1);
    this.beforeExit();
    const place = this.#place;
    const block = this.and(address, this.i64(BigInt(-zeroedBytes)));
    this.graph.effect(
      [block],
      (code, push) => {
        const base = range
          ? this.#pushOffset(place, 128, block, push, undefined, range)
          : this.#pushLinear(place, 128, block, push, undefined, TlbEntry.writeTag);
        const at = this.#frame.take('i32');
        code.set(at);
        writeZeroes(code, at, base);
        this.#frame.release('i32', at);
      },
      true,
    );
  }

  // What the interpreter does

  /** Leaves in front of the current instruction; gives a value that is never used. */
  #abandon(type: WasmType): Value {
    const place = this.#place;
    if (this.end?.kind !== 'leave') {
      this.beforeExit();
      this.graph.effect([], () => this.leave(place));
    }
    this.end = { kind: 'leave' };
    if (type === 'v128') return this.v128(this.i64(0n), this.i64(0n));
    return this.graph.constant(type === 'i64' ? 'i64' : 'i32', 0);
  }

  exception(): void {
    this.#abandon('i32');
  }

  eret(): void {
    this.#abandon('i32');
  }

  hint(which: string): void {
    if (which !== 'nop') this.#abandon('i32');
  }
}

/** Pairs of condition codes (Arm ARM C1.2.4) by code >> 1. */
const Pair = { eq: 0, cs: 1, mi: 2, vs: 3, hi: 4, ge: 5 } as const;
