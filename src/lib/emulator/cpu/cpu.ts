/** The door of this room: the CPUs of a machine and the RAM that they share. */
import { watched } from './access.ts';
import { CodeCache } from './code-cache.ts';
import { Core, Line, Pstate, regimeOfKey } from './core.ts';
import { Handlers, preferredThreading } from './handlers.ts';
import { hostFunctions } from './host-functions.ts';
import type { CpuHost } from './host.ts';
import { defaultTuning, Translator } from '../jit/translator.ts';
import type { Threading } from './handler-interface.ts';
import { Flags, maxCpus, pageBytes, State } from './layout.ts';
import { walk } from './mmu.ts';
import { runCore } from './run.ts';
import { debugControlsChanged } from './self-hosted-debug.ts';
import { SharedMemory } from './shared-memory.ts';
import { SystemOperations } from './system-operations.ts';
import { SystemRegisters, timerSlots } from './system-registers.ts';
import { settle } from './pmu.ts';
import { mappingOf, translationTables } from './translation-tables.ts';
import type {
  Cpu, CpuCluster, CpuConfig, CpuState, EntryState, RunExit, TimerState, TlbView, Translation, TranslationTables, WalkStep, Watchpoint,
} from './types.ts'; // prettier-ignore

export type * from './types.ts';
export type { CpuHost } from './host.ts';

/** Bytes of a state block that are a CPU's state: all but what is only meaningful while compiled code runs. */
const stateBytes = State.end;
const savedPstate = Pstate.el1 | Pstate.sp | Pstate.daif | Pstate.il | Pstate.ss | Pstate.pan | Pstate.uao;

/** The CPU that executes by compiled handlers. Members are described at {@link Cpu}. */
class CompiledCpu implements Cpu {
  readonly index: number;
  readonly #core: Core;
  readonly #handlers: Handlers;
  readonly #registers: SystemRegisters;

  /** Made by {@link createCpus}. */
  constructor(core: Core, handlers: Handlers, registers: SystemRegisters) {
    this.index = core.index;
    this.#core = core;
    this.#handlers = handlers;
    this.#registers = registers;
    this.reset({ pc: 0 });
  }

  /** Power-on reset and entry at EL1h, MMU and caches off, interrupts masked. */
  reset(entry: EntryState): void {
    const core = this.#core;
    // The inputs are not this CPU's to reset, and neither is the count of a run that a host callback resets it in.
    const kept = [State.entry, State.limit].map((offset) => core.word(offset));
    const lines = core.word(State.lines) & ~Line.serror;
    core.memory.u8.fill(0, core.address, core.address + State.system);
    [State.entry, State.limit].forEach((offset, i) => core.setWord(offset, kept[i]));
    this.#registers.reset();
    core.setWord(State.lines, lines);
    core.setPstate(Pstate.el1 | Pstate.sp | Pstate.daif);
    // Unknown by the architecture; what QEMU has.
    core.nzcv = 0x4000_0000;
    core.flushTlb();
    core.translationChanged();
    debugControlsChanged(core);
    for (const [n, value] of [entry.x0, entry.x1, entry.x2, entry.x3].entries()) if (value !== undefined) this.setX(n, value);
    core.stuck = false;
    core.lastException = undefined;
    core.transfer(BigInt(entry.pc));
  }

  /**
   * Executes up to `budget` instructions (a safe integer, at least 0). Interrupts that are pending and not masked are taken before the first
   * instruction and whenever the guest unmasks them; so run up to the next event, set the lines, run again.
   */
  run(budget: number): RunExit {
    return runCore(this.#core, this.#handlers, budget);
  }

  /** Within a host callback: instructions executed by this run before the one that calls back; 0 when not running. The clock's `elapsed`. */
  executed(): number {
    return this.#core.running ? this.#core.executed() : this.#core.done;
  }

  /** Within a host callback: ends this run with 'budget' after `count` instructions in all, but not before the current one is complete. */
  shorten(count: number): void {
    const core = this.#core;
    if (!core.running) {
      core.budget = Math.min(core.budget, Math.max(count, core.done));
      return;
    }
    const executed = core.executed();
    core.budget = Math.min(core.budget, Math.max(count, executed + 1));
    if (core.end > core.budget) core.limitTo(core.budget - executed);
  }

  /** Ends the run with 'stopped' after the current instruction, or makes the next run end at once. */
  stop(): void {
    this.#core.stopRequested = true;
    this.#core.endAfterCurrent();
  }

  /** Levels of the interrupt inputs. In a host callback they take effect behind the current instruction. */
  setIrq(level: boolean): void {
    this.#setLine(Line.irq, level);
  }

  setFiq(level: boolean): void {
    this.#setLine(Line.fiq, level);
  }

  /** Makes an SError pending until it is taken. */
  raiseSError(): void {
    this.#setLine(Line.serror, true);
  }

  #setLine(line: number, level: boolean): void {
    const core = this.#core;
    const lines = core.word(State.lines);
    core.setWord(State.lines, level ? lines | line : lines & ~line);
    if (level) core.interruptsChanged();
  }

  /** Forgets a load-exclusive's reservation and sets the event register: to be called when another CPU gets its turn. */
  deschedule(): void {
    this.#core.setWord(State.monitor, 0);
    this.#core.setWord(State.eventRegister, 1);
  }

  timer(which: 'physical' | 'virtual'): TimerState {
    const { control, compare } = timerSlots[which === 'physical' ? 'cntp' : 'cntv'];
    return { control: this.#core.systemBits(control), compare: this.#core.system(compare), counter: this.#core.host.counter() };
  }

  /** General-purpose register 0..30. */
  x(n: number): bigint {
    return this.#core.quad(State.x + 8 * registerNumber(n, 31));
  }

  setX(n: number, value: bigint): void {
    this.#core.setQuad(State.x + 8 * registerNumber(n, 31), BigInt.asUintN(64, value));
  }

  /** The stack pointer that is selected now. */
  get sp(): bigint {
    return this.#core.quad(State.sp);
  }

  set sp(value: bigint) {
    this.#core.setQuad(State.sp, BigInt.asUintN(64, value));
  }

  get pc(): bigint {
    return this.#core.pc;
  }

  /** Not within a host callback. */
  set pc(value: bigint) {
    this.#core.setQuad(State.pc, BigInt.asUintN(64, value));
    this.#core.setWord(State.waiting, 0);
    this.#core.stuck = false;
  }

  /** NZCV, DAIF, PAN, SS, IL, M[4:0] where SPSR_EL1 has them. */
  get pstate(): bigint {
    return BigInt(this.#core.pstate) | BigInt(this.#core.nzcv);
  }

  set pstate(value: bigint) {
    const bits = Number(value & 0xffff_ffffn);
    this.#core.nzcv = bits;
    const flags = Pstate.daif | Pstate.il | Pstate.ss | Pstate.pan | Pstate.uao;
    this.#core.setPstate((bits & flags) | (bits & Pstate.el1 ? bits & (Pstate.el1 | Pstate.sp) : 0));
  }

  /** SIMD register as 128 unsigned bits. */
  v(n: number): bigint {
    const at = State.v + 16 * registerNumber(n, 32);
    return this.#core.quad(at) | (this.#core.quad(at + 8) << 64n);
  }

  setV(n: number, value: bigint): void {
    const at = State.v + 16 * registerNumber(n, 32);
    this.#core.setQuad(at, BigInt.asUintN(64, value));
    this.#core.setQuad(at + 8, BigInt.asUintN(64, value >> 64n));
  }

  get exceptionLevel(): 0 | 1 {
    return this.#core.exceptionLevel;
  }

  /** Names of the system registers that there are, in lower case. */
  systemRegisterNames(): string[] {
    return this.#registers.names();
  }

  /** A system register by its name (case does not matter), as EL1 would read it but without side effects; undefined when there is none. */
  systemRegister(name: string): bigint | undefined {
    return this.#registers.peek(name);
  }

  /** False: no such register, or it is read-only. */
  setSystemRegister(name: string, value: bigint): boolean {
    return this.#registers.poke(name, value);
  }

  /** What an address means to the current regime, without faults, TLB or access flags being touched. */
  translate(address: bigint): Translation {
    const { regime, memory } = this.#core;
    const steps: WalkStep[] = [];
    const leaf = walk(regime, memory, Number(BigInt.asUintN(64, address) >> 32n), Number(address & 0xffff_ffffn), steps);
    if (!leaf.ok) return { steps, ok: false, fault: leaf.fault, level: leaf.level };
    return {
      steps,
      ok: true,
      physical: leaf.physical,
      pageBytes: 2 ** leaf.blockBits,
      ...mappingOf(regime, leaf),
    };
  }

  /** Bytes at a virtual address as far as they are mapped to RAM, without side effects; shorter than asked for, or empty, when not. */
  peek(address: bigint, length: number): Uint8Array {
    const result = new Uint8Array(length);
    let done = 0;
    for (const { physical, bytes } of this.#ramPieces(address, length)) {
      const piece = this.#core.memory.load(physical, bytes);
      if (!piece) break;
      result.set(piece, done);
      done += bytes;
    }
    return result.subarray(0, done);
  }

  /** Writes RAM by virtual address regardless of permissions; false, and nothing is written, when not all of it is mapped to RAM. */
  poke(address: bigint, bytes: Uint8Array): boolean {
    const pieces = [...this.#ramPieces(address, bytes.length)];
    if (pieces.reduce((sum, p) => sum + p.bytes, 0) !== bytes.length) return false;
    let done = 0;
    for (const piece of pieces) {
      this.#core.memory.store(piece.physical, bytes.subarray(done, done + piece.bytes));
      done += piece.bytes;
    }
    return true;
  }

  *#ramPieces(address: bigint, length: number): Generator<{ physical: number; bytes: number }> {
    for (let done = 0; done < length;) {
      const at = this.translate(address + BigInt(done));
      if (!at.ok) return;
      const bytes = Math.min(length - done, pageBytes - (at.physical % pageBytes));
      if (!this.#core.memory.contains(at.physical, bytes)) return;
      yield { physical: at.physical, bytes };
      done += bytes;
    }
  }

  translationTables(maxTables = 1024): TranslationTables[] {
    return translationTables(this.#core.regime, this.#core.memory, maxTables);
  }

  tlb(): TlbView[] {
    return this.#core.tlb.describe((entries) => this.#core.code.physicalOf(entries));
  }

  setBreakpoints(addresses: readonly bigint[]): void {
    const core = this.#core;
    const before = core.breakpoints;
    core.breakpoints = new Set(addresses.map((a) => BigInt.asUintN(64, a)));
    // Debuggers insert and remove them at every stop: only what changes is decoded again.
    for (const address of before) if (!core.breakpoints.has(address)) core.code.decodeAgain(Number(address & 0xfffn));
    for (const address of core.breakpoints) if (!before.has(address)) core.code.decodeAgain(Number(address & 0xfffn));
  }

  setWatchpoints(watchpoints: readonly Watchpoint[]): void {
    const core = this.#core;
    core.watchpoints = watchpoints.map((w) => ({ ...w }));
    core.tlb.rewatch((high, low) => watched(core, high, low));
  }

  passNext(): void {
    const { pc } = this.#core;
    this.#core.stoppedAt = { breakpoint: pc, watch: pc };
  }

  /** Everything that decides how this CPU goes on. Not within a host callback. */
  save(): CpuState {
    const core = this.#core;
    const registers = core.memory.u8.slice(core.address, core.address + stateBytes);
    const words = new Int32Array(registers.buffer);
    const set = (offset: number, ...values: number[]): void => words.set(values, offset / 4);
    // Equal states have equal bytes: flags in one form, and nothing of what compiled code keeps for itself.
    set(State.flagKind, Flags.packed);
    set(State.flagA, core.nzcv, 0, 0, 0);
    set(State.pcBase, ...new Array<number>((State.flagKind - State.pcBase) / 4).fill(0));
    set(State.identity, ...new Array<number>((State.pmu - State.identity) / 4).fill(0));
    set(State.scratch, ...new Array<number>((State.pc - State.scratch) / 4).fill(0));
    set(State.discard, 0, 0);
    set(State.spBanks + 8 * core.spBank(core.pstate), 0, 0);
    // Reservations are kept as offsets in RAM: where that lies in WebAssembly's memory is this run's own business.
    const monitor = core.word(State.monitor) >>> 0;
    set(State.monitor, monitor === 0 ? 0 : monitor - core.memory.layout.ram + 1);
    return { version: 2, registers, tlb: core.tlb.save() };
  }

  /** Takes what {@link save} gave; RAM must already be what it was then. */
  restore(state: CpuState): void {
    const core = this.#core;
    if (state.version !== 2 || state.registers.length !== stateBytes) throw new RangeError('not a state of this CPU');
    const view = new DataView(state.registers.buffer, state.registers.byteOffset, stateBytes);
    const retired = view.getFloat64(State.retired, true);
    if (!(Number.isSafeInteger(retired) && retired >= 0)) throw new RangeError('a CPU cannot have executed so many instructions');
    core.memory.u8.set(state.registers, core.address);
    core.setWord(State.pstate, core.pstate & savedPstate);
    const monitor = core.word(State.monitor) >>> 0;
    const inRam = monitor > 0 && monitor <= core.memory.size;
    core.setWord(State.monitor, inRam ? monitor - 1 + core.memory.layout.ram : 0);
    core.stuck = false;
    core.stoppedAt = {};
    core.code.clear();
    core.translationChanged();
    core.tlb.restore(state.tlb, regimeOfKey);
    core.translationChanged();
    debugControlsChanged(core);
    settle(core);
  }
}

function registerNumber(n: number, count: number): number {
  if (!Number.isInteger(n) || n < 0 || n >= count) throw new RangeError(`no register ${n}`);
  return n;
}

/** Makes the CPUs of a machine, and its RAM. `threading` is for tests of the way that engines without tail calls go. */
export function createCpus(config: CpuConfig, host: CpuHost, threading: Threading = preferredThreading()): CpuCluster {
  if (!Number.isInteger(config.cpus) || config.cpus < 1 || config.cpus > maxCpus) throw new RangeError(`1 to ${maxCpus} CPUs`);
  const memory = new SharedMemory(config.ram, config.cpus);
  const cores: Core[] = [];
  for (let i = 0; i < config.cpus; i++) cores.push(new Core(memory, host, i, config.gicSystemRegisters ?? false, cores));
  const registers = cores.map((core) => new SystemRegisters(core));
  const sendEvent = (): void => {
    for (const core of cores) core.setWord(State.eventRegister, 1);
  };
  for (const core of cores) core.sendEvent = sendEvent;
  const operations = cores.map(
    (core) =>
      new SystemOperations(core, (_, act) => {
        for (const each of cores) act(each);
      }),
  );
  const handlers: Handlers = new Handlers(
    memory,
    hostFunctions(cores, registers, operations, () => handlers),
    threading,
  );
  if (config.ready) {
    memory.touchAhead();
    handlers.installKnown();
    for (const core of cores) core.tlb.openAhead();
  }
  const code = new CodeCache(
    memory,
    (entries) => {
      for (const each of cores) {
        if (entries === undefined) each.tlb.flushFetch();
        else each.tlb.dropFetch(entries);
      }
    },
    (physical) => {
      for (const each of cores) each.tlb.markCode(physical);
    },
    (entries) => cores[memory.running].word(State.pageEntries) === entries,
  );
  memory.dropper = code;
  const tuning = config.translator === true ? defaultTuning : config.translator || undefined;
  const translator = tuning && new Translator(cores[0], handlers, tuning);
  code.listener = translator;
  for (const core of cores) {
    core.code = code;
    core.observer = translator;
    if (tuning) core.untilLook = tuning.firstLook;
  }
  return { memory, pageUse: memory.use, cpus: cores.map((core, i) => new CompiledCpu(core, handlers, registers[i])) };
}
