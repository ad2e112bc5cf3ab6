import { disassemble } from '../../arm64/index.ts';
import { quantumInstructions, type Machine, type MachineExit } from '../board/machine.ts';
import type { Watchpoint } from '../cpu/types.ts';
import { History, type HistoryOptions } from './history.ts';
import { fieldsOf, type RegisterField } from './system-register-fields.ts';

/** What a debugger knows of the program, from whoever has its symbols: the emulator does not. */
export type SymbolResolver = {
  /** The symbol that holds an address, and how far into it. */
  symbolAt(address: bigint): { name: string; offset: number } | undefined;
  addressOf(name: string): bigint | undefined;
  lineAt(address: bigint): { file: string; line: number } | undefined;
};

/** Why the machine stands: as a run ended; `step`: the step was made; `begin`: there is no history further back. */
export type DebugStop = MachineExit | { reason: 'step' } | { reason: 'begin' };

export type RegisterView = { name: string; bits: 32 | 64 | 128; value: bigint; fields?: RegisterField[] };

/** A function on the stack: where it is, or will go on. */
export type StackFrame = {
  pc: bigint;
  framePointer: bigint;
  symbol?: { name: string; offset: number };
  line?: { file: string; line: number };
};

const maxFrames = 256;

/**
 * A machine with breakpoints that goes forwards and backwards. Nothing here changes the run but {@link write}, {@link setRegister} and input: stops, steps and
 * trips to the past leave every CPU's turn and every nanosecond as they were.
 *
 * While a debugger is there, run the machine by it and not directly. A machine of several CPUs is always stopped and run as a whole; a step of
 * one CPU lets the others have their turns until it comes to that.
 */
export class Debugger {
  readonly machine: Machine;
  readonly history: History;
  readonly #resolver: SymbolResolver | undefined;
  readonly #breakpoints = new Set<bigint>();
  #watchpoints: Watchpoint[] = [];

  constructor(machine: Machine, options: { history?: HistoryOptions; resolver?: SymbolResolver } = {}) {
    this.machine = machine;
    this.history = new History(machine, options.history);
    this.#resolver = options.resolver;
  }

  /** Takes breakpoints, watchpoints and the history away. */
  close(): void {
    this.#breakpoints.clear();
    this.#watchpoints = [];
    this.#arm();
    this.history.close();
  }

  // Breakpoints

  /** Virtual addresses of instructions, for all CPUs; reached in any address space. */
  get breakpoints(): ReadonlySet<bigint> {
    return this.#breakpoints;
  }

  get watchpoints(): readonly Watchpoint[] {
    return this.#watchpoints;
  }

  addBreakpoint(address: bigint): void {
    this.#breakpoints.add(BigInt.asUintN(64, address));
    this.#arm();
  }

  removeBreakpoint(address: bigint): void {
    this.#breakpoints.delete(BigInt.asUintN(64, address));
    this.#arm();
  }

  addWatchpoint(watchpoint: Watchpoint): void {
    this.#watchpoints.push(watchpoint);
    this.#arm();
  }

  /** Takes away one watchpoint of exactly this range and kind, if there is one. */
  removeWatchpoint({ address, length, read, write }: Watchpoint): void {
    const at = this.#watchpoints.findIndex((w) => w.address === address && w.length === length && w.read === read && w.write === write);
    if (at >= 0) this.#watchpoints.splice(at, 1);
    this.#arm();
  }

  // Running

  /**
   * Runs on as Machine.run does. The instruction at which the machine stands is executed, also when it has a breakpoint: whoever calls has
   * been shown it.
   */
  run(maxInstructions: number, untilNs = Infinity): MachineExit {
    this.#passNext();
    return this.resume(maxInstructions, untilNs);
  }

  /** Goes on with a {@link run} that ended with its budget. */
  resume(maxInstructions: number, untilNs = Infinity): MachineExit {
    return this.history.run(maxInstructions, untilNs);
  }

  /** Lets one CPU execute one instruction. The others stop it, with what they stopped for, when they come to a breakpoint first. */
  step(cpu: number): DebugStop {
    this.#passNext();
    for (;;) {
      const next = this.machine.nextCpu();
      const exit = this.history.run(next === undefined || next === cpu ? 1 : turnsLeft(this.machine));
      if (exit.reason !== 'budget') return exit;
      if (next === cpu || (next === undefined && this.machine.turn.cpu === cpu)) return { reason: 'step' };
      if (!this.machine.isOn(cpu)) return exit;
    }
  }

  /** Undoes the last instruction that a CPU executed, and what the others did since. */
  stepBack(cpu: number): DebugStop {
    const { history, machine } = this;
    const { begin } = history.range;
    let place = machine.counters.instructions - 1;
    this.#disarm();
    while (place >= begin) {
      const executor = this.#executorOf(place);
      if (executor === cpu || !machine.isOn(cpu)) break;
      // The rest of another CPU's turn is of no interest, unless it only comes to an end here.
      place -= executor === machine.turn.cpu ? 1 + machine.turn.executed : 1;
    }
    if (place < begin) history.goTo(begin);
    this.#arm();
    return place < begin ? { reason: 'begin' } : { reason: 'step' };
  }

  /** Goes to a place and tells which CPU executes the instruction there. */
  #executorOf(place: number): number {
    const { history, machine } = this;
    history.goTo(place);
    const next = machine.nextCpu();
    if (next !== undefined) return next;
    // All wait: who wakes first shows when time has passed.
    history.runTo(place + 1);
    const executor = machine.turn.cpu;
    history.goTo(place);
    return executor;
  }

  /**
   * Goes back to the last time that a breakpoint or watchpoint stopped the machine, or would have: to before that instruction. With
   * `afterAccess` a watchpoint stops behind the access, which is where somebody stands who comes from the future.
   */
  runBack(options: { afterAccess?: boolean } = {}): DebugStop {
    const search = this.searchBack(options);
    for (;;) {
      const step = search.next();
      if (step.done) return step.value;
    }
  }

  /** {@link runBack} in pieces of a history interval each. Whoever does not see it through must go to some place then. */
  *searchBack({ afterAccess = false }: { afterAccess?: boolean } = {}): Generator<undefined, DebugStop> {
    const { history, machine } = this;
    let end = machine.counters.instructions;
    for (let index = history.checkpointBefore(end - 1); index >= 0 && end > history.range.begin; index--) {
      const hits = this.#hitsFrom(index, end, Infinity);
      if (hits.count > 0) {
        const { exit } = this.#hitsFrom(index, end, hits.count);
        if (exit.reason === 'watchpoint' && afterAccess) {
          machine.cpus[exit.cpu].passNext();
          history.run(1);
        }
        return exit;
      }
      end = history.placeOf(index);
      yield;
    }
    this.goTo(history.range.begin);
    return { reason: 'begin' };
  }

  /** Goes to a place in the history, by executed instructions of the whole machine. */
  goTo(instructions: number): void {
    this.#disarm();
    this.history.goTo(instructions);
    this.#arm();
  }

  /** Runs from a checkpoint until breakpoints and watchpoints have stopped it `most` times, or to the place `end`. Counts the stops. */
  #hitsFrom(index: number, end: number, most: number): { count: number; exit: MachineExit } {
    const { history, machine } = this;
    history.restore(index);
    let count = 0;
    for (;;) {
      const exit = history.runTo(end);
      const stops = exit.reason === 'breakpoint' || exit.reason === 'watchpoint';
      if (stops) count++;
      if (!stops || count === most || machine.counters.instructions >= end) return { count, exit };
    }
  }

  #passNext(): void {
    const next = this.machine.nextCpu();
    if (next !== undefined) this.machine.cpus[next].passNext();
  }

  #arm(): void {
    for (const cpu of this.machine.cpus) {
      cpu.setBreakpoints([...this.#breakpoints]);
      cpu.setWatchpoints(this.#watchpoints);
    }
  }

  #disarm(): void {
    for (const cpu of this.machine.cpus) {
      cpu.setBreakpoints([]);
      cpu.setWatchpoints([]);
    }
  }

  // State

  /** X0 to X30, SP, PC, PSTATE, V0 to V31, FPCR, FPSR, then the system registers with their fields. */
  registers(cpu: number): RegisterView[] {
    const of = this.machine.cpus[cpu];
    const system = of.systemRegisterNames().flatMap((name): RegisterView[] => {
      const value = of.systemRegister(name);
      if (value === undefined) return [];
      const fields = fieldsOf(name, value);
      return [{ name, bits: 64, value, ...(fields ? { fields } : {}) }];
    });
    return [
      ...Array.from({ length: 31 }, (_, n): RegisterView => ({ name: `x${n}`, bits: 64, value: of.x(n) })),
      { name: 'sp', bits: 64, value: of.sp },
      { name: 'pc', bits: 64, value: of.pc },
      { name: 'cpsr', bits: 32, value: of.pstate, fields: fieldsOf('spsr_el1', of.pstate) },
      ...Array.from({ length: 32 }, (_, n): RegisterView => ({ name: `v${n}`, bits: 128, value: of.v(n) })),
      ...system,
    ];
  }

  /** Sets any register by its name in {@link registers}; false: there is none, or it is read-only. */
  setRegister(cpu: number, name: string, value: bigint): boolean {
    if (!this.#setRegister(cpu, name, value)) return false;
    this.history.altered();
    return true;
  }

  #setRegister(index: number, name: string, value: bigint): boolean {
    const cpu = this.machine.cpus[index];
    const [, letter, digits = ''] = /^([xv])(\d\d?)$/.exec(name) ?? [];
    const n = Number(digits);
    if (letter === 'x' && n < 31) cpu.setX(n, value);
    else if (letter === 'v' && n < 32) cpu.setV(n, value);
    else if (name === 'sp') cpu.sp = value;
    else if (name === 'pc') cpu.pc = value;
    else if (name === 'cpsr') cpu.pstate = value;
    else return letter === undefined && cpu.setSystemRegister(name, value);
    return true;
  }

  /** RAM at a virtual address as a CPU maps it, as far as there is any; at a physical one without `cpu`. */
  read(address: bigint, length: number, cpu?: number): Uint8Array {
    if (cpu !== undefined) return this.machine.cpus[cpu].peek(address, length);
    const { base, size } = this.machine.memory;
    const inRam = Math.max(0, Math.min(length, base + size - Number(address)));
    return this.machine.memory.load(Number(address), inRam) ?? new Uint8Array(0);
  }

  /** Writes RAM, read-only pages too; false, and nothing is written, when not all of it is RAM. */
  write(address: bigint, bytes: Uint8Array, cpu?: number): boolean {
    const done = cpu === undefined ? this.machine.memory.store(Number(address), bytes) : this.machine.cpus[cpu].poke(address, bytes);
    if (done && bytes.length > 0) this.history.altered();
    return done;
  }

  // Code

  /** Instructions from an address on, as far as there is memory, with the symbols that branches lead to. */
  disassemble(cpu: number, address: bigint, count: number): { address: bigint; text: string }[] {
    const bytes = this.machine.cpus[cpu].peek(address, 4 * count);
    const words = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const symbolise = (target: bigint): string | undefined => {
      const symbol = this.#resolver?.symbolAt(target);
      return symbol && `${symbol.name}${symbol.offset === 0 ? '' : `+0x${symbol.offset.toString(16)}`}`;
    };
    return Array.from({ length: Math.floor(bytes.length / 4) }, (_, n) => {
      const at = address + 4n * BigInt(n);
      return { address: at, text: disassemble(words.getUint32(4 * n, true), at, symbolise) };
    });
  }

  // Symbols

  /** `function+offset at file:line`, as far as it is known, behind the address. */
  describe(address: bigint): string {
    const symbol = this.#resolver?.symbolAt(address);
    const line = this.#resolver?.lineAt(address);
    const name = symbol && (symbol.offset === 0 ? symbol.name : `${symbol.name}+0x${symbol.offset.toString(16)}`);
    return [`0x${address.toString(16)}`, name, line && `at ${line.file}:${line.line}`].filter(Boolean).join(' ');
  }

  /** The functions that a CPU is in, innermost first, by frame records (AAPCS64 6.4.6): right where code keeps them. */
  backtrace(cpu: number): StackFrame[] {
    const of = this.machine.cpus[cpu];
    const frames: StackFrame[] = [];
    let [pc, framePointer] = [of.pc, of.x(29)];
    while (frames.length < maxFrames) {
      // A return address may be that of the next function: the call is in the one before it.
      const inFunction = frames.length === 0 ? pc : pc - 4n;
      const [symbol, line] = [this.#resolver?.symbolAt(inFunction), this.#resolver?.lineAt(inFunction)];
      frames.push({ pc, framePointer, ...(symbol ? { symbol } : {}), ...(line ? { line } : {}) });
      const record = of.peek(framePointer, 16);
      if (framePointer === 0n || framePointer % 8n !== 0n || record.length < 16) break;
      const [next, returnTo] = new BigUint64Array(record.slice().buffer);
      // Stacks grow down: a record that does not lie above this one leads in a circle, or nowhere.
      if (returnTo === 0n || (next !== 0n && next <= framePointer)) break;
      [pc, framePointer] = [returnTo, next];
    }
    return frames;
  }
}

/** Instructions after which it is another CPU's turn at the latest. */
function turnsLeft(machine: Machine): number {
  return Math.max(1, quantumInstructions - machine.turn.executed);
}
