import type { CodeCache } from './code-cache.ts';
import type { ExceptionRecord, Watchpoint } from './types.ts';
import type { CpuHost } from './host.ts';
import { Entry, Exit, Flags, pageBytes, spareBlock, State, stateAddress } from './layout.ts';
import { regimeOf, type Regime } from './mmu.ts';
import type { GuestWatchpoint } from './self-hosted-debug.ts';
import type { SharedMemory } from './shared-memory.ts';
import { Tlb, type RegimeKey } from './tlb.ts';

/** PSTATE in the places of SPSR_EL1 (C5.2.19). */
export const Pstate = {
  sp: 1,
  el1: 1 << 2,
  mode: 0x1f,
  f: 1 << 6,
  i: 1 << 7,
  a: 1 << 8,
  d: 1 << 9,
  daif: 0xf << 6,
  il: 1 << 20,
  ss: 1 << 21,
  pan: 1 << 22,
  uao: 1 << 23,
} as const;

/** Bits of State.lines. */
export const Line = { irq: 1, fiq: 2, serror: 4 } as const;

/** As a Cortex-A53 comes out of reset: caches and MMU off, stack alignment checked, WFI and WFE not trapped, SPAN. */
export const sctlrReset = 0x00c5_0838n;

/** SCTLR_EL1 (D17.2.118). */
export const Sctlr = {
  m: 1 << 0,
  a: 1 << 1,
  sa: 1 << 3,
  sa0: 1 << 4,
  uma: 1 << 9,
  dze: 1 << 14,
  uct: 1 << 15,
  ntwi: 1 << 16,
  ntwe: 1 << 18,
  wxn: 1 << 19,
  span: 1 << 23,
  uci: 1 << 26,
} as const;

/** Registers whose values other parts of the CPU depend on, by their slots among the i64 system registers. */
export const Slot = {
  sctlr: 0,
  cpacr: 1,
  ttbr0: 2,
  ttbr1: 3,
  tcr: 4,
  mair: 5,
  vbar: 6,
  esr: 7,
  far: 8,
  elr: 9,
  spsr: 10,
  par: 11,
  mdscr: 12,
  oslsr: 13,
  cntkctl: 14,
  cntpCtl: 15,
  cntpCval: 16,
  cntvCtl: 17,
  cntvCval: 18,
  pmcr: 19,
  pmuserenr: 20,
  csselr: 21,
  contextidr: 22,
  /** DBGBVR and DBGBCR of six breakpoints in turn, DBGWVR and DBGWCR of four watchpoints. */
  breakpoints: 23,
  watchpoints: 35,
  /** The rest is numbered by the register table. */
  first: 43,
} as const;

export type StopAddresses = { breakpoint?: bigint; watch?: bigint };

/** Who looks where a CPU is: `period` is how many instructions it may execute before `look` is called. */
export type Observer = { readonly period: number; look: (core: Core) => void };

/** What all parts of one CPU work on: its state in shared memory, its caches, and the run that is going on. */
export class Core {
  readonly index: number;
  /** Of its state: the first block while it runs. */
  address: number;
  readonly host: CpuHost;
  readonly memory: SharedMemory;
  readonly tlb: Tlb;
  readonly gicSystemRegisters: boolean;
  /** All CPUs of the machine, this one among them. */
  readonly cluster: readonly Core[];
  /** Decoded instructions, of all CPUs; set by the cluster. */
  code!: CodeCache;
  /** Looks from time to time where this CPU is; absent when nothing is translated. */
  observer: Observer | undefined;
  /** Instructions until it looks again, over as many runs as they take: turns of a few thousand are no reason to look more often. */
  untilLook = 1;
  regime: Regime;
  /** Data TLB mode of the current PSTATE, and of LDTR and STTR. */
  dataMode = 1;
  unprivilegedMode = 0;

  breakpoints: ReadonlySet<bigint> = new Set();
  breakpointHit = false;
  watchpoints: readonly Watchpoint[] = [];
  watchHit: { address: bigint; write: boolean } | undefined;
  /** Those that the guest has set, by what self-hosted-debug.ts finds in its registers. */
  guestBreakpoints: ReadonlyMap<bigint, readonly number[]> = new Map();
  guestWatchpoints: readonly GuestWatchpoint[] = [];
  /** The exception that was taken last; and whether it is being taken again and again. */
  lastException: ExceptionRecord | undefined;
  stuck = false;
  yielded = false;
  /** Whether compiled code is entered: PC, counts and limits are then in State.entry and State.limit. */
  running = false;
  /** The instruction at which a breakpoint, a watched access ended the last run: the next run begins with it and is to go on. */
  stoppedAt: StopAddresses = {};
  /** {@link stoppedAt} as the current run found it. */
  passes: StopAddresses = {};
  /** What this run's count of executed instructions will be when `entry` reaches `limit`. */
  end = 0;
  /** The count at which this run ends. */
  budget = 0;
  /** The retired count at which a performance counter overflows. */
  overflowAt = Infinity;
  stopRequested = false;
  inRun = false;
  /** Instructions that this run has executed, while compiled code is not entered. */
  done = 0;
  /** All CPUs of the machine hear SEV; set by the cluster. */
  sendEvent: () => void = () => this.setWord(State.eventRegister, 1);

  constructor(memory: SharedMemory, host: CpuHost, index: number, gicSystemRegisters: boolean, cluster: readonly Core[]) {
    this.index = index;
    this.address = stateAddress(index);
    this.host = host;
    this.memory = memory;
    this.gicSystemRegisters = gicSystemRegisters;
    this.cluster = cluster;
    this.tlb = new Tlb(
      memory,
      index,
      () => this.address,
      () => this.watchpoints.length === 0 && this.guestWatchpoints.length === 0,
    );
    const off: RegimeKey = [sctlrReset, 0n, 0n, 0n, 0n];
    this.regime = this.tlb.select(off, () => regimeOfKey(off));
  }

  /** Brings the state to where the CPU that runs has it. */
  takeTurn(): void {
    const first = stateAddress(0);
    if (this.address === first) return;
    const { u8 } = this.memory;
    u8.copyWithin(spareBlock, first, first + State.end);
    u8.copyWithin(first, this.address, this.address + State.end);
    u8.copyWithin(this.address, spareBlock, spareBlock + State.end);
    this.cluster[this.memory.running].address = this.address;
    this.address = first;
    this.memory.running = this.index;
  }

  // State

  word(offset: number): number {
    return this.memory.i32[(this.address + offset) >> 2];
  }

  setWord(offset: number, value: number): void {
    this.memory.i32[(this.address + offset) >> 2] = value;
  }

  quad(offset: number): bigint {
    return this.memory.u64[(this.address + offset) >> 3];
  }

  setQuad(offset: number, value: bigint): void {
    this.memory.u64[(this.address + offset) >> 3] = value;
  }

  system(slot: number): bigint {
    return this.quad(State.system + 8 * slot);
  }

  setSystem(slot: number, value: bigint): void {
    this.setQuad(State.system + 8 * slot, value);
  }

  /** Low half of a system register, for single bits. */
  systemBits(slot: number): number {
    return this.word(State.system + 8 * slot);
  }

  get pstate(): number {
    return this.word(State.pstate);
  }

  get exceptionLevel(): 0 | 1 {
    return this.pstate & Pstate.el1 ? 1 : 0;
  }

  /** Address of the instruction that is being executed, or is next. */
  get pc(): bigint {
    if (!this.running) return this.quad(State.pc);
    return BigInt.asUintN(64, this.quad(State.pcBase) + BigInt((this.word(State.entry) >>> 0) >>> 3));
  }

  /** N, Z, C, V in bits 31:28. */
  get nzcv(): number {
    const kind = this.word(State.flagKind);
    const a = this.quad(State.flagA);
    if (kind === Flags.packed) return Number(a) >>> 0;
    const b = this.quad(State.flagB);
    const result = BigInt.asUintN(64, kind === Flags.add ? a + b : a - b);
    const carry = kind === Flags.add ? result < a : kind === Flags.sub && a >= b;
    const overflow = kind === Flags.add ? (a ^ result) & (b ^ result) : (a ^ b) & (a ^ result);
    const bit = (v: bigint): number => Number(v >> 63n);
    return ((bit(result) << 31) | ((result === 0n ? 1 : 0) << 30) | ((carry ? 1 : 0) << 29) | (bit(overflow) << 28)) >>> 0;
  }

  set nzcv(value: number) {
    this.setWord(State.flagKind, Flags.packed);
    this.setQuad(State.flagA, BigInt((value & 0xf000_0000) >>> 0));
  }

  // PSTATE

  /** Changes PSTATE (without NZCV) and all that follows from it. */
  setPstate(value: number): void {
    const old = this.spBank(this.pstate);
    const now = this.spBank(value);
    this.setWord(State.pstate, value);
    if (old !== now) {
      this.setQuad(State.spBanks + 8 * old, this.quad(State.sp));
      this.setQuad(State.sp, this.quad(State.spBanks + 8 * now));
    }
    this.controlsChanged();
  }

  /** Changes nothing of PSTATE but D, A, I and F: much the most frequent change. */
  setMasks(value: number): void {
    this.setWord(State.pstate, value);
    this.interruptsChanged();
    // Unmasking D may turn software step on.
    if (this.systemBits(Slot.mdscr) & 1) this.endAfterCurrent();
  }

  /** The stack pointer that PSTATE selects: 0 or 1, for SP_EL0 and SP_EL1. */
  spBank(pstate: number): 0 | 1 {
    return pstate & Pstate.el1 && pstate & Pstate.sp ? 1 : 0;
  }

  stackPointer(bank: 0 | 1): bigint {
    return this.quad(bank === this.spBank(this.pstate) ? State.sp : State.spBanks + 8 * bank);
  }

  setStackPointer(bank: 0 | 1, value: bigint): void {
    this.setQuad(bank === this.spBank(this.pstate) ? State.sp : State.spBanks + 8 * bank, value);
  }

  /** Recomputes what compiled code reads instead of PSTATE, CPACR_EL1 and SCTLR_EL1. */
  controlsChanged(): void {
    const pstate = this.pstate;
    const el1 = (pstate & Pstate.el1) !== 0;
    const sctlr = this.systemBits(Slot.sctlr);
    this.dataMode = el1 ? (pstate & Pstate.pan ? 2 : 1) : 0;
    // UAO makes LDTR and STTR at EL1 plain accesses.
    this.unprivilegedMode = el1 && pstate & Pstate.uao ? this.dataMode : 0;
    this.tlb.selectMode(this.dataMode);
    this.setWord(State.dataTlb, this.tlb.dataAddress(this.dataMode));
    this.setWord(State.unprivilegedTlb, this.tlb.dataAddress(this.unprivilegedMode));
    this.setWord(State.fetchTlb, this.tlb.fetchAddress(el1 ? 1 : 0));
    // CPACR_EL1.FPEN: 11 nothing is trapped, 01 EL0 is.
    const fpen = (this.systemBits(Slot.cpacr) >>> 20) & 3;
    this.setWord(State.fpEnabled, fpen === 3 || (fpen === 1 && el1) ? 1 : 0);
    this.setWord(State.spMask, sctlr & (el1 ? Sctlr.sa : Sctlr.sa0) ? 15 : 0);
  }

  /** SCTLR_EL1, TCR_EL1, TTBRs or MAIR_EL1 have changed: the TLBs are now those of another regime. */
  translationChanged(): void {
    const key: RegimeKey = [
      this.system(Slot.sctlr),
      this.system(Slot.ttbr0),
      this.system(Slot.ttbr1),
      this.system(Slot.tcr),
      this.system(Slot.mair),
    ];
    const isOn = (this.systemBits(Slot.sctlr) & Sctlr.m) !== 0;
    this.regime = this.tlb.select(isOn ? key : keyWithoutTables(key), () => regimeOfKey(key));
    // With the MMU off one TLB serves whatever the registers of the tables say, but what they say is to be seen.
    if (!isOn) this.regime = regimeOfKey(key);
    this.controlsChanged();
    this.endAfterCurrent();
  }

  /** Empties the TLBs; the page that is being executed is looked up again after the current instruction. */
  flushTlb(): void {
    this.tlb.flush();
    this.endAfterCurrent();
  }

  /** Drops an address space from the TLBs. */
  flushTlbAsid(asid: number): void {
    this.tlb.flushAsid(asid);
    this.endAfterCurrent();
  }

  /** Drops one page from the TLBs, and the whole block if one maps it. Guests do so by the ten thousand, rarely for the page that is being executed. */
  flushTlbPage(high: number, low: number): void {
    const wasAll = this.tlb.flushPage(high, low);
    if (wasAll || this.#mayBeExecuting(low)) this.endAfterCurrent();
  }

  /** Whether the page that is being executed may be one with these low 32 bits of its address. */
  #mayBeExecuting(low: number): boolean {
    const pc = this.word(State.pcBase) + (this.word(State.entry) >>> 3);
    return ((pc ^ low) & ~(pageBytes - 1)) === 0;
  }

  /** Addresses of the breakpoints of all CPUs: they share decoded instructions. */
  *allBreakpoints(): Generator<bigint> {
    for (const { breakpoints, guestBreakpoints } of this.cluster) {
      yield* breakpoints;
      yield* guestBreakpoints.keys();
    }
  }

  // The run

  /** Instructions executed by this run before the current one. */
  executed(): number {
    return this.end - this.remaining();
  }

  remaining(): number {
    return ((this.word(State.limit) - this.word(State.entry)) >>> 0) / Entry.bytes;
  }

  /** Since reset. */
  retired(): number {
    return this.memory.f64[(this.address + State.retired) >> 3] + (this.running ? this.executed() : this.done);
  }

  /** Compiled code returns when `count` more instructions, the current one included, are complete. */
  limitTo(count: number): void {
    if (!this.running) return;
    this.end += count - this.remaining();
    this.setWord(State.limit, this.word(State.entry) + count * Entry.bytes);
  }

  /** The run loop is to look at interrupts, budget and requests after the current instruction. */
  endAfterCurrent(): void {
    if (this.running && this.remaining() > 1) this.limitTo(1);
  }

  /** The current instruction is complete, and the next one is at `pc`. */
  transfer(pc: bigint): void {
    this.setQuad(State.pc, pc);
    this.setWord(State.exit, Exit.transfer);
  }

  /** Interrupts that would be taken now: {@link Line}. */
  deliverable(): number {
    const lines = this.word(State.lines);
    if (lines === 0) return 0;
    const pstate = this.pstate;
    return lines & ((pstate & Pstate.i ? 0 : Line.irq) | (pstate & Pstate.f ? 0 : Line.fiq) | (pstate & Pstate.a ? 0 : Line.serror));
  }

  /** PSTATE masks or lines have changed. */
  interruptsChanged(): void {
    if (this.deliverable() !== 0) this.endAfterCurrent();
  }
}

/** TCR_EL1.TBI0 and TBI1: all of the tables' registers that matters while the MMU is off. */
const topByteIgnored = (1n << 37n) | (1n << 38n);

function keyWithoutTables([sctlr, , , tcr]: RegimeKey): RegimeKey {
  return [sctlr, 0n, 0n, tcr & topByteIgnored, 0n];
}

export function regimeOfKey([sctlr, ttbr0, ttbr1, tcr, mair]: RegimeKey): Regime {
  return regimeOf(sctlr, tcr, ttbr0, ttbr1, mair);
}
