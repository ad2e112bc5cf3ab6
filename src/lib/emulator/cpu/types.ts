/** What goes in and out at this room's door (cpu.ts). */
import type { GuestMemory } from '../device.ts';
import type { TranslatorTuning } from '../jit/translator.ts';
import type { CpuHost } from './host.ts';
import type { PageUse } from './page-use.ts';

/** What the CPUs of one machine have in common. */
export type CpuConfig = {
  /** Guest physical base (a multiple of 4 KiB below 2^40) and bytes (a multiple of 4 KiB) of RAM. */
  ram: { base: number; size: number };
  /** Number of CPUs, 1 to 8; a CPU's affinity (MPIDR_EL1.Aff0) is its index. */
  cpus: number;
  /** Whether ID registers announce the GICv3 system register interface; ICC_* accesses then go to the host. Default false. */
  gicSystemRegisters?: boolean;
  /** Whether code that is executed often is translated, and when. Nothing of it can be seen by the guest. Default false. */
  translator?: TranslatorTuning | boolean;
  /** Whether what machines before this one have had compiled is there from the beginning, not when it is first met. Default false. */
  ready?: boolean;
};

/** Where a CPU starts: EL1h, MMU and caches off, all interrupts masked, X0..X3 as given and the other registers zero. */
export type EntryState = { pc: number; x0?: bigint; x1?: bigint; x2?: bigint; x3?: bigint };

/**
 * Why a run ended. `executed` counts instructions since `run` was called, exactly: one that took an exception counts as
 * one, taking an interrupt as none.
 *  - budget: the number of instructions asked for, or what {@link Cpu.shorten} made of it;
 *  - wfi: waits for an interrupt, and none is pending; PC is behind the WFI. A later `run` gives this again with `executed` 0 until
 *    an interrupt line is up (masked by PSTATE or not);
 *  - yield: WFE or YIELD; go on with this or another CPU;
 *  - stopped: {@link Cpu.stop} was called; PC is the next instruction to be executed;
 *  - breakpoint, watchpoint: set by a debugger; the instruction at `pc` has not been executed;
 *  - stuck: the exception vector itself cannot be fetched, so nothing would ever happen again but exceptions.
 */
export type RunExit =
  | { reason: 'budget' | 'wfi' | 'yield' | 'stopped'; executed: number }
  | { reason: 'breakpoint'; executed: number; pc: bigint }
  | { reason: 'watchpoint'; executed: number; pc: bigint; address: bigint; write: boolean }
  | { reason: 'stuck'; executed: number; exception: ExceptionRecord };

/** An exception as it was taken to EL1. */
export type ExceptionRecord = {
  kind: 'synchronous' | 'irq' | 'fiq' | 'serror';
  /** Vector address, return address, and syndrome and fault address registers after it was taken. */
  vector: bigint;
  elr: bigint;
  esr: bigint;
  far: bigint;
  spsr: bigint;
};

/** A debugger's watch on virtual addresses. */
export type Watchpoint = { address: bigint; length: number; read: boolean; write: boolean };

/** CNT{P,V}_CTL_EL0, CNT{P,V}_CVAL_EL0 and the counter that it is compared with (CNTVCT has CNTVOFF taken off, which is 0 here). */
export type TimerState = { control: number; compare: bigint; counter: bigint };

/** What a descriptor allows and how, limits of the tables above it included. */
export type MappingView = {
  readable: { el0: boolean; el1: boolean };
  writable: { el0: boolean; el1: boolean };
  executable: { el0: boolean; el1: boolean };
  /** The MAIR attribute byte; 0 (Device-nGnRnE) with the MMU off. */
  attributes: number;
  device: boolean;
  /** 0 not, 2 outer, 3 inner shareable. */
  shareability: number;
  global: boolean;
  contiguous: boolean;
};

/**
 * One entry of a translation table, or `count` adjacent leaves that differ in nothing but the addresses, which go on: `bytes` is what one of
 * them maps, `virtual` the first address. `table` is absent where there is no RAM, or beyond the bound of the call.
 */
export type TableEntryView = { index: number; count: number; virtual: bigint; bytes: number; descriptor: bigint } & (
  | { kind: 'table'; table?: TableView }
  | ({ kind: 'block' | 'page'; physical: number } & MappingView)
  /** A leaf that cannot be used: `accessFlag` (not set), `addressSize`, `translation` (a reserved form). */
  | { kind: 'fault'; fault: string }
);

/** A translation table: its level, physical address, the first virtual address of its reach, and the entries that are valid. */
export type TableView = { level: number; address: number; start: bigint; entries: TableEntryView[] };

/** The tables that one register leads to, as a tree. `root` absent: the register does not point to RAM. */
export type TranslationTables = {
  register: 'TTBR0_EL1' | 'TTBR1_EL1';
  granuleBytes: number;
  /** Bits of a virtual address, and the first one. */
  inputBits: number;
  start: bigint;
  root?: TableView;
  /** There are more tables than the call asked for at most. */
  truncated: boolean;
};

/** One entry of a TLB. Ours are direct-mapped, hold pages of 4 KiB, and are kept for 16 translation regimes a CPU side by side. */
export type TlbView = {
  kind: 'data' | 'instruction';
  /** Whose accesses it serves. */
  mode: 'EL0' | 'EL1' | 'EL1 with PAN';
  virtual: bigint;
  physical: number;
  /** Of RAM, not of a device. */
  ram: boolean;
  /** Always true for instruction entries. */
  readable: boolean;
  writable: boolean;
  /** Of the regime; and whether that is the current one. */
  asid: number;
  current: boolean;
};

/** One step of a translation table walk, for views. */
export type WalkStep = { level: number; tableAddress: number; index: number; descriptor: bigint };

/** What a virtual address means just now, without touching any state. */
export type Translation = {
  steps: WalkStep[];
} & (
  | ({
      ok: true;
      physical: number;
      /** Bytes of the page or block, and its first virtual address. */
      pageBytes: number;
    } & MappingView)
  | { ok: false; fault: string; level: number }
);

/** Plain data: structured-clonable; the machine's snapshot holds it next to RAM. */
export type CpuState = { version: 2; registers: Uint8Array; tlb: Float64Array };

/** RAM as devices, loaders, debuggers and views see it. Every store drops what was decoded or translated from the bytes it changes. */
export interface CpuMemory extends GuestMemory {
  readonly base: number;
  readonly size: number;
  /** All of RAM, without a copy; valid until the next call into this room. Do not write to it. */
  view(): Uint8Array;
  /** To be called after RAM was replaced as a whole (a snapshot was restored through {@link store}). */
  fill(address: number, length: number, byte: number): boolean;
}

/** One CPU: the room's door. */
export interface Cpu {
  readonly index: number;

  /** Power-on reset and entry at EL1. */
  reset(entry: EntryState): void;

  /**
   * Executes up to `budget` instructions (at least 0, a safe integer). Interrupts that are pending and not masked are taken before the first
   * instruction and whenever the guest unmasks them; so run up to the next event, set the lines, run again.
   */
  run(budget: number): RunExit;
  /**
   * Within a host callback: instructions executed by this run before the one that calls back; 0 when not running. The clock's `elapsed`.
   */
  executed(): number;
  /** Within a host callback: ends this run with 'budget' after `count` instructions in all, but not before the current one is complete. */
  shorten(count: number): void;
  /** Ends the run with 'stopped' after the current instruction, or makes the next run end at once. */
  stop(): void;

  /** Levels of the interrupt inputs. In a host callback they take effect behind the current instruction. */
  setIrq(level: boolean): void;
  setFiq(level: boolean): void;
  /** Makes an SError pending until it is taken. */
  raiseSError(): void;
  /** Forgets a load-exclusive's reservation and sets the event register: the board calls it when it goes from one CPU to another. */
  deschedule(): void;
  timer(which: 'physical' | 'virtual'): TimerState;

  /** General-purpose register 0..30. */
  x(n: number): bigint;
  setX(n: number, value: bigint): void;
  /** The stack pointer that is selected now. */
  sp: bigint;
  pc: bigint;
  /** NZCV, DAIF, PAN, SS, IL, M[4:0] where SPSR_EL1 has them. */
  pstate: bigint;
  /** SIMD register as 128 unsigned bits. */
  v(n: number): bigint;
  setV(n: number, value: bigint): void;
  /** 0 or 1. */
  readonly exceptionLevel: 0 | 1;
  /** Names of the system registers that there are, in lower case. */
  systemRegisterNames(): string[];
  /**
   * A system register by its name (`TTBR0_EL1`), as EL1 would read it but without side effects; undefined when there is none of that name.
   */
  systemRegister(name: string): bigint | undefined;
  /** False: no such register or read-only. */
  setSystemRegister(name: string, value: bigint): boolean;

  /** What an address means to the current regime, without faults, TLB or access flags being touched. */
  translate(address: bigint): Translation;
  /** Bytes at a virtual address as far as they are mapped to RAM, without side effects; shorter than asked for, or empty, when not. */
  peek(address: bigint, length: number): Uint8Array;
  /** Writes RAM by virtual address regardless of permissions; false, and nothing is written, when not all of it is mapped to RAM. */
  poke(address: bigint, bytes: Uint8Array): boolean;

  /** The tables of the current regime, at most `maxTables` (default 1024); empty with the MMU off. */
  translationTables(maxTables?: number): TranslationTables[];
  tlb(): TlbView[];

  /**
   * Replaces the set of breakpoints: virtual addresses of instructions. A run ends before each of them but the one at which the run before
   * ended; neither this nor watchpoints change anything that the guest could notice.
   */
  setBreakpoints(addresses: readonly bigint[]): void;
  /** Replaces the set of watchpoints. A run ends before the instruction that makes such an access, and the next run executes it. */
  setWatchpoints(watchpoints: readonly Watchpoint[]): void;
  /** The next run executes its first instruction whatever breakpoints and watchpoints say: somebody has been shown it. */
  passNext(): void;

  save(): CpuState;
  restore(state: CpuState): void;
}

/** The CPUs of one machine with the RAM that they share. */
export interface CpuCluster {
  readonly memory: CpuMemory;
  readonly pageUse: PageUse;
  readonly cpus: readonly Cpu[];
}

export type CreateCpus = (config: CpuConfig, host: CpuHost) => CpuCluster;
