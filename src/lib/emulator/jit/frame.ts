import { Fpsr } from '../../arm64/softfloat.ts';
import { hostModeMask } from '../cpu/fp-vectors.ts';
import { holdsSignature, leaveFarSignature, leaveSignature, Param, PlaceBits, type Threading } from '../cpu/handler-interface.ts';
import type { IdentityRanges } from '../cpu/identity.ts';
import { Entry, FetchEntry, fetchEntries, narrowFlags, State, stateShift } from '../cpu/layout.ts';
import { FunctionWriter, type ModuleWriter, type Signature, type WasmType } from '../cpu/wasm.ts';
import type { MemoryOp } from '../cpu/wasm-opcodes.ts';
import type { CodePage } from './scan.ts';

/** Number of the stack pointer among the registers of a frame. */
export const stackPointer = 31;

/** Numbers of general-purpose registers ({@link stackPointer} among them) and of vector registers. */
export type RegisterSet = { readonly x: Set<number>; readonly v: Set<number> };

/** An instruction in front of which a region may be left: its entry, and how many instructions of its block come from it on. */
export type Place = { readonly entry: number; readonly left: number };

/**
 * What a region is made for: the way of calling handlers, the address of the CPU's state, the identity ranges that must hold when it is
 * entered (undefined: any), and what a guest address of RAM exceeds its linear address by.
 */
export type Target = {
  readonly threading: Threading;
  readonly state: number;
  readonly identity: IdentityRanges | undefined;
  readonly ramOffset: number;
  /** Whether the instruction of an entry has been seen to access memory outside the identity ranges. */
  readonly strays: (entry: number) => boolean;
  /** Address of the counter of entries. */
  readonly counter: number;
};

const entryShift = Math.log2(Entry.bytes);

/**
 * What the parts of one region's function share: the function under construction, and the locals that hold guest state in it. In front of
 * every instruction that may leave the region, and between blocks, all locals have the architectural values. The CPU's state has them too,
 * but for registers that an innermost loop changes: those only when it is left (loops.ts).
 */
export class Frame {
  /** Parameters are those of a handler. */
  readonly code = new FunctionWriter(3);
  readonly module: ModuleWriter;
  readonly pages: readonly CodePage[];
  /** Instructions that may be executed beyond the current block, i32. */
  readonly left: number;
  readonly flagKind: number;
  readonly flagA: number;
  readonly flagB: number;
  /** Target of an indirect branch, i64. */
  readonly target: number;
  /** Base of the data TLB, i32. */
  readonly dataTlb: number;
  readonly spMask: number;
  /** All ones when FPCR asks for the host's floating-point mode and inexactness is recorded, else zero. i32. */
  readonly hostMode: number;
  usesFlags = false;
  usesFp = false;
  /** Where RAM is accessed at its own address without a look at the TLB; undefined: everything goes by the TLB. */
  readonly identity: IdentityRanges | undefined;
  /** Guest address less linear address of RAM. */
  readonly ramOffset: number;
  readonly strays: Target['strays'];
  /** Entries through which the region is entered, with the handlers that they have otherwise. */
  readonly #originals: ReadonlyMap<number, number>;
  readonly #threading: Threading;
  /** Address of the CPU's state: a region is one CPU's. */
  readonly #state: number;
  readonly #counter: number;
  readonly #x = new Map<number, number>();
  readonly #v = new Map<number, number>();
  readonly #free: Record<WasmType, number[]> = { i32: [], i64: [], f32: [], f64: [], v128: [] };

  constructor(module: ModuleWriter, target: Target, pages: readonly CodePage[], originals: ReadonlyMap<number, number>) {
    const { threading, state } = target;
    this.module = module;
    this.#state = state;
    this.identity = target.identity;
    this.ramOffset = target.ramOffset;
    this.strays = target.strays;
    this.#counter = target.counter;
    this.pages = pages;
    this.#originals = originals;
    this.#threading = threading;
    const { code } = this;
    this.left = code.local('i32');
    this.flagKind = code.local('i32');
    this.dataTlb = code.local('i32');
    this.spMask = code.local('i32');
    this.hostMode = code.local('i32');
    this.flagA = code.local('i64');
    this.flagB = code.local('i64');
    this.target = code.local('i64');
  }

  /** The local of a general-purpose register, or of {@link stackPointer}. */
  x(n: number): number {
    return localOf(this.#x, n, this.code, 'i64');
  }

  v(n: number): number {
    return localOf(this.#v, n, this.code, 'v128');
  }

  /** A local until {@link release}: engines take long over functions with many. */
  readonly take = (type: WasmType): number => this.#free[type].pop() ?? this.code.local(type);

  readonly release = (type: WasmType, local: number): void => {
    this.#free[type].push(local);
  };

  /** A function of the core module, or of the host. */
  imported(name: string, signature: Signature): number {
    return this.module.importFunction(name, signature);
  }

  /** Pushes a member of the CPU's state. */
  load(op: MemoryOp, offset: number): FunctionWriter {
    return this.code.i32(0).memory(op, this.#state + offset);
  }

  /** Stores in a member of the CPU's state what `push` pushes. */
  store(op: MemoryOp, offset: number, push: () => FunctionWriter): void {
    this.code.i32(0);
    push().memory(op, this.#state + offset);
  }

  /** Loads what the region uses. */
  writeEntry(): void {
    const { code } = this;
    code.i32(0).i32(0).memory('i32.load', this.#counter).i32(1).op('i32.add').memory('i32.store', this.#counter);
    code.get(Param.limit).get(Param.entry).op('i32.sub').i32(entryShift).op('i32.shr_u').set(this.left);
    this.load('i32.load', State.dataTlb).set(this.dataTlb);
    this.load('i32.load', State.spMask).set(this.spMask);
    for (const [n, local] of this.#x) this.load('i64.load', offsetOfX(n)).set(local);
    for (const [n, local] of this.#v) this.load('v128.load', State.v + 16 * n).set(local);
    if (this.usesFp) this.writeHostMode();
    if (!this.usesFlags) return;
    this.load('i32.load', State.flagKind).set(this.flagKind);
    this.load('i64.load', State.flagA).set(this.flagA);
    this.load('i64.load', State.flagB).set(this.flagB);
  }

  /** Finds {@link Frame.hostMode} out. */
  writeHostMode(): void {
    this.code.i32(0);
    this.load('i32.load', State.fpcr).i32(hostModeMask).op('i32.and').op('i32.eqz');
    this.load('i32.load', State.fpsr).i32(Math.log2(Fpsr.IXC)).op('i32.shr_u').op('i32.and').op('i32.sub').set(this.hostMode);
  }

  /** Puts registers in the CPU's state. */
  save({ x, v }: RegisterSet): void {
    for (const n of x) this.store('i64.store', offsetOfX(n), () => this.code.get(this.x(n)));
    for (const n of v) this.store('v128.store', State.v + 16 * n, () => this.code.get(this.v(n)));
  }

  /** Puts the flags where the machine has them, which keeps 32-bit operands in upper halves. */
  writeFlags(): void {
    const { code } = this;
    code.get(this.flagKind).i32(narrowFlags).op('i32.and').if();
    for (const local of [this.flagA, this.flagB]) code.get(local).i64(32n).op('i64.shl').set(local);
    code.get(this.flagKind).i32(narrowFlags).op('i32.xor').set(this.flagKind).end();
    this.store('i32.store', State.flagKind, () => code.get(this.flagKind));
    this.store('i64.store', State.flagA, () => code.get(this.flagA));
    this.store('i64.store', State.flagB, () => code.get(this.flagB));
  }

  /** Pushes whether the even condition of a pair holds for flags of a kind that is not known here. */
  writeHolds(pair: number): void {
    const holds = this.imported('holds', holdsSignature);
    this.writeFlags();
    this.code.i32(this.#state).i32(pair).call(holds);
  }

  /** Makes a page the current one, as a branch to it does. */
  writePage(index: number): void {
    const { virtual, entries } = this.pages[index];
    this.store('i64.store', State.pcBase, () => this.code.i64(virtual - BigInt(entries / 8)));
    this.store('i32.store', State.pageEntries, () => this.code.i32(entries));
  }

  /** Pushes whether a page is the current one, and everything else is as the region was made for. */
  pushMayEnter(page: number): void {
    const { virtual, entries } = this.pages[page];
    this.load('i64.load', State.pcBase)
      .i64(virtual - BigInt(entries / 8))
      .op('i64.eq');
    if (this.identity) this.load('i32.load', State.identity).i32(this.identity.number).op('i32.eq').op('i32.and');
  }

  /** Pushes whether a branch to a page would find it where it was when the region was made. */
  pushIsMapped(page: number): void {
    const { virtual, entries } = this.pages[page];
    const offset = (Number((virtual >> 12n) & BigInt(fetchEntries - 1)) * FetchEntry.bytes) | 0;
    const { code } = this;
    const tlb = this.take('i32');
    this.load('i32.load', State.fetchTlb).tee(tlb);
    code
      .memory('i64.load', offset + FetchEntry.tag)
      .i64(virtual)
      .op('i64.eq');
    code
      .get(tlb)
      .memory('i32.load', offset + FetchEntry.entries)
      .i32(entries)
      .op('i32.eq')
      .op('i32.and');
    this.release('i32', tlb);
  }

  /** Leaves in front of an instruction, which the interpreter is to execute. */
  leave({ entry, left }: Place): void {
    this.#leaveBy('leave', entry, this.#originals.get(entry) ?? 0, left);
  }

  /** Leaves in front of an instruction that accesses memory outside the identity ranges. */
  leaveMissed({ entry, left }: Place): void {
    this.#leaveBy('leaveMissed', entry, this.#originals.get(entry) ?? 0, left);
  }

  /** Goes on at an entry outside the region, in a page of the region. */
  leaveTo(entry: number): void {
    this.#leaveBy('leaveNoted', entry, 0, 0);
  }

  /** `left`: instructions of the current block that are not executed. */
  #leaveBy(name: 'leave' | 'leaveMissed' | 'leaveNoted', entry: number, handler: number, left: number): void {
    this.#pushPlace(entry, handler, left);
    this.#pushFlags();
    this.#goOn(this.imported(`${name}${this.#suffix}`, leaveSignature(this.#threading, this.usesFlags)));
  }

  #pushPlace(entry: number, handler: number, left: number): void {
    const state = (this.#state >>> stateShift) << (PlaceBits.state - 32);
    this.code.i64Halves(entry, state | (handler << (PlaceBits.handler - 32)));
    this.code.get(this.left);
    if (left !== 0) this.code.i32(left).op('i32.add');
  }

  /** Branches from the instruction of an entry to the address in {@link Frame.target}. */
  leaveFar(entry: number): void {
    this.#pushPlace(entry, 0, 1);
    this.code.get(this.target);
    this.#pushFlags();
    this.#goOn(this.imported(`leaveFar${this.#suffix}`, leaveFarSignature(this.#threading, this.usesFlags)));
  }

  get #suffix(): string {
    return this.usesFlags ? 'WithFlags' : '';
  }

  #pushFlags(): void {
    if (this.usesFlags) this.code.get(this.flagKind).get(this.flagA).get(this.flagB);
  }

  /** Notes that the branch of an entry is about to leave for {@link Frame.target}. */
  noteStray(entry: number): void {
    this.store('i32.store', State.strayEntry, () => this.code.i32(entry));
    this.store('i64.store', State.strayTarget, () => this.code.get(this.target));
  }

  #goOn(callee: number): void {
    if (this.#threading === 'tailCalls') this.code.returnCall(callee);
    else this.code.call(callee).return();
  }
}

export function offsetOfX(n: number): number {
  return n === stackPointer ? State.sp : State.x + 8 * n;
}

function localOf(map: Map<number, number>, n: number, code: FunctionWriter, type: WasmType): number {
  let local = map.get(n);
  if (local === undefined) map.set(n, (local = code.local(type)));
  return local;
}
