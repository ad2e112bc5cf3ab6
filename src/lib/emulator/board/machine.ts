import type { Problem, Result } from '../../problem.ts';
import type { Cpu, CpuConfig, CpuMemory, CpuState, CreateCpus, ExceptionRecord, RunExit, Translation } from '../cpu/types.ts';
import type { PageUse } from '../cpu/page-use.ts';
import type { CpuHost } from '../cpu/host.ts';
import type { InterruptLine } from '../device.ts';
import { GenericTimer } from '../devices/generic-timer.ts';
import { iccByKey } from '../devices/icc-encoding.ts';
import type { InterruptView } from '../devices/interrupt-controller.ts';
import { EventClock } from './clock.ts';
import { ExceptionTrace } from './exception-trace.ts';
import { describeStuck, type GuestFault } from './guest-fault.ts';
import { inflateImage } from './inflate-image.ts';
import { type BootImage, planBoot } from './loader.ts';
import { MemoryMap, nsPerTick, Ppi } from './memory-map.ts';
import { makePeripherals, type Peripherals } from './peripherals.ts';
import { psciCall, type PsciHost } from './psci.ts';
import { StateHash } from './state-hash.ts';

export type MachineOptions = {
  /** ELF64, Linux `Image` (gzipped or not) or flat binary. */
  image: Uint8Array;
  /** What problems call the image. Default `image`. */
  imageName?: string;
  /** RAM, a multiple of 4 KiB from 64 KiB to 3 GiB. Default 64 MiB. */
  memoryBytes?: number;
  /** 1 to 8. Default 1. */
  cpus?: number;
  /** GIC version. Default 2. */
  gic?: 2 | 3;
  commandLine?: string;
  initrd?: Uint8Array;
  /** The real time clock at power-on, seconds since 1970. Default 2024-01-01: the same for everybody, so that runs are. */
  startTime?: number;
  /** What the guest's random seeds follow from. Default 1. */
  seed?: number;
  /** Whether code that is executed often is translated to WebAssembly; the run is the same with and without. Default true. */
  translate?: boolean;
};

/**
 * Why {@link Machine.run} ended:
 *  - budget: the instructions, or the virtual time, that it was given;
 *  - idle: every CPU waits for an interrupt. `wakeAt`: the virtual time of the event that will give one; absent: only input will;
 *  - poweroff, reset: the guest asked for it by PSCI. After a reset, call {@link Machine.reset} to go on;
 *  - fault: a CPU can never do anything useful again;
 *  - stopped: {@link Machine.stop} was called.
 */
export type MachineExit =
  | { reason: 'budget' | 'poweroff' | 'reset' | 'stopped' }
  | { reason: 'idle'; wakeAt?: number }
  | { reason: 'fault'; fault: GuestFault }
  | { reason: 'breakpoint'; cpu: number; pc: bigint }
  | { reason: 'watchpoint'; cpu: number; pc: bigint; address: bigint; write: boolean };

export type MachineCounters = {
  /** Executed by all CPUs since power-on. */
  instructions: number;
  /** Virtual time since power-on: one nanosecond for each instruction, and what was spent waiting. */
  virtualNs: number;
};

/**
 * Something that comes from outside: `receive` are bytes for the UART, `powerKey` a press of the power key, `reset` of the reset button.
 * It came between two instructions, after `instructions` executed ones at the virtual time `virtualNs`; both together say where.
 */
export type InputEvent = { instructions: number; virtualNs: number } & (
  { kind: 'receive'; bytes: Uint8Array } | { kind: 'powerKey' } | { kind: 'reset' }
);

/** Everything that decides how the run goes on, but the options and RAM. Plain data: structured-clonable. */
export type MachineCore = {
  version: 1;
  now: number;
  instructions: number;
  current: number;
  quantum: number;
  on: boolean[];
  waiting: boolean[];
  ended: 'poweroff' | 'reset' | null;
  devices: Record<string, unknown>;
  cpus: CpuState[];
  /** For each CPU what tells that it can do nothing useful any more: the exception that led to its vector, and the last one. */
  origins: (ExceptionRecord | null)[];
  latest: (ExceptionRecord | null)[];
  fault: GuestFault | null;
};

/** With RAM as a whole. */
export type MachineState = MachineCore & { ram: Uint8Array };

export type MachineSettings = MachineOptions & Required<Pick<MachineOptions, keyof typeof defaults>>;

/** A device with its registers' values, for views. */
export type DeviceView = { name: string; base: number; size: number; registers: { name: string; at: number; value: number }[] };

/** Instructions that a CPU gets before the next one's turn, if it does not wait or yield earlier. */
export const quantumInstructions = 10_000;
const uartChunk = 4096;
const newline = 0x0a;
const page = 4096;
const memoryLimits = { min: 64 * 1024, max: 3 * 2 ** 30 } as const;
const defaults = { memoryBytes: 64 * 2 ** 20, cpus: 1, gic: 2, startTime: 1_704_067_200, seed: 1, translate: true } as const;

/**
 * The virt board with its CPUs. Deterministic: what it does follows from its options and from the virtual times at which
 * {@link sendInput} and {@link pressPowerKey} were called, never from the host's clock or from how a run was cut in slices.
 */
export class Machine {
  /** What it was made with, defaults filled in. */
  readonly options: MachineSettings;
  /** Where things lie in memory, and what the loader had to say. */
  readonly boot: BootImage;
  readonly cpus: readonly Cpu[];
  readonly memory: CpuMemory;
  /** Which pages are used, for who asks. */
  readonly pageUse: PageUse;
  /** The exceptions and interrupts that were taken last. */
  readonly exceptions = new ExceptionTrace();
  #onUart: (bytes: Uint8Array) => void = () => undefined;
  #onInput: ((event: InputEvent) => void) | undefined;
  #ticks: Tick[] = [];
  /** Input that came within {@link run}: it waits until the current instruction is complete. */
  #held: (() => void)[] = [];
  #devices: Peripherals;
  #clock: EventClock;
  #timers: GenericTimer[];
  #performanceLines: InterruptLine[] = [];
  #psci: PsciHost;
  #uart = new Uint8Array(uartChunk);
  #uartLength = 0;
  #uartStarted = false;
  #instructions = 0;
  /** The CPU that is running or ran last, whether it is within `run`, and what is left of its turn. */
  #current = 0;
  #running = false;
  #quantum = quantumInstructions;
  #on: boolean[];
  #waiting: boolean[];
  /** Whether an interrupt input of the CPU is up. */
  #signalled: boolean[] = [];
  #ended: 'poweroff' | 'reset' | null = null;
  #stopped = false;
  #fault: GuestFault | undefined;
  #origins: (ExceptionRecord | undefined)[] = [];
  #latest: (ExceptionRecord | undefined)[] = [];

  /** Checks the options and the image, and gives a machine about to execute its first instruction. `createCpus`: which CPUs to put on the board. */
  static async create(options: MachineOptions, createCpus: CreateCpus): Promise<Result<Machine>> {
    const settings = { ...defaults, ...definedFields(options) };
    const problems = checkOptions(settings);
    if (problems.length > 0) return { ok: false, problems };
    const file = options.imageName ?? 'image';
    const image = await inflateImage(options.image, file, settings.memoryBytes);
    if (!image.ok) return image;
    const boot = planBoot(image.value, { ...settings, file });
    if (!boot.ok) return boot;
    return { ok: true, value: new Machine(settings, boot.value, createCpus) };
  }

  private constructor(settings: MachineSettings, boot: BootImage, createCpus: CreateCpus) {
    this.options = settings;
    this.boot = boot;
    this.#on = new Array<boolean>(settings.cpus).fill(false);
    this.#waiting = this.#on.slice();
    this.#clock = new EventClock(
      () => (this.#running ? this.cpus[this.#current].executed() : 0),
      () => this.#nextEventMoved(),
    );
    const cluster = createCpus(cpuConfig(settings), this.#makeHost());
    this.cpus = cluster.cpus;
    this.memory = cluster.memory;
    this.pageUse = cluster.pageUse;
    this.#devices = makePeripherals({
      ...settings,
      clock: this.#clock,
      memory: this.memory,
      requester: () => this.#current,
      signals: (cpu, irq, fiq) => this.#signal(cpu, irq, fiq),
      transmit: (byte) => this.#transmit(byte),
    });
    this.#timers = this.cpus.flatMap((cpu) =>
      (['physical', 'virtual'] as const).map((which) => {
        const line = this.#devices.gic.privateLine(cpu.index, which === 'physical' ? Ppi.physicalTimer : Ppi.virtualTimer);
        return new GenericTimer(() => cpu.timer(which), line, this.#clock, nsPerTick);
      }),
    );
    this.#performanceLines = this.cpus.map((cpu) => this.#devices.gic.privateLine(cpu.index, Ppi.pmu));
    this.#psci = this.#makePsci();
    this.#powerUp();
  }

  /** Takes the guest's output during {@link run}, in pieces of at most 4 KiB, at line ends and when a run ends. The bytes are the callee's to keep. */
  set onUart(callback: (bytes: Uint8Array) => void) {
    this.#onUart = callback;
  }

  /** Is told of everything that comes from outside when it takes effect: a log of it reproduces the run. */
  set onInput(callback: ((event: InputEvent) => void) | undefined) {
    this.#onInput = callback;
  }

  /**
   * Calls back whenever another `instructions` have been executed since power-on, in the course of {@link run} but between two instructions,
   * where the machine may be looked at and saved but not changed. Gives what ends it.
   */
  every(instructions: number, callback: () => void): () => void {
    const tick: Tick = { instructions, next: 0, callback };
    this.#ticks.push(tick);
    this.#aimTicks();
    return () => {
      this.#ticks = this.#ticks.filter((other) => other !== tick);
    };
  }

  get counters(): MachineCounters {
    return { instructions: this.#instructions, virtualNs: this.#clock.now() };
  }

  /** The CPU that has or had its turn, and the instructions that it has executed in it. */
  get turn(): { cpu: number; executed: number } {
    return { cpu: this.#current, executed: quantumInstructions - this.#quantum };
  }

  /** CPUs that PSCI has turned on. */
  isOn(cpu: number): boolean {
    return this.#on[cpu];
  }

  /** Queues bytes for the UART; the guest gets them as fast as it takes them. */
  sendInput(bytes: Uint8Array): void {
    this.#input({ kind: 'receive', bytes: bytes.slice() });
  }

  /** Bytes of input that the guest has not taken yet. */
  get unreadInput(): number {
    return this.#devices.uart.unread;
  }

  pressPowerKey(): void {
    this.#input({ kind: 'powerKey' });
  }

  /** Ends the run under way after the current instruction, or the next one at once. May be called from the UART callback. */
  stop(): void {
    this.#stopped = true;
    if (this.#running) this.cpus[this.#current].stop();
  }

  /**
   * Runs up to `maxInstructions`. Time that all CPUs spend waiting passes at once, but not beyond `untilNs`: who paces the machine
   * by a real clock gives that clock's time here, and sleeps when `idle` comes back.
   */
  run(maxInstructions: number, untilNs = Infinity): MachineExit {
    const end = this.#instructions + maxInstructions;
    // Virtual time is whole nanoseconds, whatever clock it is paced by: sums of fractions would depend on where a run was cut.
    const exit = this.#loop(end, Math.floor(untilNs));
    this.#stopped = false;
    this.#flushUart();
    return exit;
  }

  /**
   * What a reset button does: RAM is cleared and loaded again, devices and CPUs are reset. Virtual time and counters go on, input that
   * the guest has not read is kept.
   */
  reset(): void {
    // A guest that asked for it does so again in a replay; a button has to be pressed.
    if (this.#ended === 'reset') this.#reset();
    else this.#input({ kind: 'reset' });
  }

  #reset(): void {
    this.#uartLength = 0;
    this.memory.fill(this.memory.base, this.memory.size, 0);
    for (const device of this.#devices.bus.devices) device.reset();
    this.#powerUp();
  }

  /** 64-bit hash of RAM, CPUs, devices and time: equal for machines that will behave alike. */
  stateHash(): string {
    const hash = new StateHash();
    hash.pages(this.memory.view());
    const { cpus, origins: _, latest: __, fault: ___, ...rest } = this.saveCore();
    hash.value(rest);
    for (const cpu of cpus) hash.value(cpu.registers);
    return hash.digest();
  }

  save(): MachineState {
    return { ...this.saveCore(), ram: this.memory.view().slice() };
  }

  /** Goes back to a state that this machine, or one of equal options, saved. */
  restore(state: MachineState): void {
    this.memory.store(this.memory.base, state.ram);
    this.restoreCore(state);
  }

  /** {@link restore} but for RAM, which must be what it was already. */
  restoreCore(state: MachineCore): void {
    this.#clock.restart(state.now);
    this.#instructions = state.instructions;
    this.#current = state.current;
    this.#quantum = state.quantum;
    this.#on = [...state.on];
    this.#ended = state.ended;
    this.#fault = state.fault ?? undefined;
    this.#held = [];
    this.#origins = state.origins.map((record) => record ?? undefined);
    this.#latest = state.latest.map((record) => record ?? undefined);
    this.cpus.forEach((cpu, i) => cpu.restore(state.cpus[i]));
    for (const device of this.#devices.bus.devices) device.restore(state.devices[device.name]);
    for (const timer of this.#timers) timer.update();
    // Last: restoring lines wakes CPUs.
    this.#waiting = [...state.waiting];
    this.exceptions.cut(state.instructions);
    this.#aimTicks();
  }

  /** The devices with their registers, read without side effects. Arrays of registers give a row for each. */
  devices(): DeviceView[] {
    return this.#devices.bus.devices.map(({ name, base, size, registers }) => ({
      name,
      base,
      size,
      registers: registers.flatMap((register) =>
        Array.from({ length: register.count ?? 1 }, (_, i) => ({
          name: register.count === undefined ? register.name : `${register.name}${i}`,
          at: register.at + 4 * i,
          value: (register.peek ?? register.read)?.(i) ?? 0,
        })),
      ),
    }));
  }

  /** Interrupts that are enabled, pending or active. */
  interrupts(): InterruptView[] {
    return this.#devices.gic.describe();
  }

  /** What a virtual address means to a CPU just now. */
  translate(address: bigint, cpu = 0): Translation {
    return this.cpus[cpu].translate(address);
  }

  #loop(end: number, untilNs: number): MachineExit {
    for (;;) {
      this.#clock.fireDue();
      this.#takeHeld();
      const tick = this.#tick();
      if (this.#fault) return { reason: 'fault', fault: this.#fault };
      if (this.#ended) return { reason: this.#ended };
      if (this.#stopped) return { reason: 'stopped' };
      const now = this.#clock.now();
      if (this.#instructions >= end) return { reason: 'budget' };
      const turn = this.nextCpu();
      const next = this.#clock.next();
      if (turn === undefined) {
        if (this.#uartLength > 0) {
          // Who waits for this output may want to act on it before time passes.
          this.#flushUart();
          continue;
        }
        if (next > untilNs || next === Infinity) {
          if (untilNs !== Infinity && untilNs > now) this.#clock.advance(untilNs - now);
          return next === Infinity ? { reason: 'idle' } : { reason: 'idle', wakeAt: next };
        }
        this.#clock.advance(next - now);
        continue;
      }
      // Only now is the turn given: input that comes at this very time may still wake another CPU.
      if (now >= untilNs) return { reason: 'budget' };
      const cpu = this.#giveTurn(turn);
      const exit = this.#execute(cpu, Math.ceil(Math.min(end - this.#instructions, tick, this.#turnLength(), next - now, untilNs - now)));
      if (exit) return exit;
    }
  }

  #aimTicks(): void {
    for (const tick of this.#ticks) tick.next = (Math.floor(this.#instructions / tick.instructions) + 1) * tick.instructions;
  }

  /** Calls back who is due; gives the instructions until the next one is. */
  #tick(): number {
    let left = Infinity;
    for (const tick of this.#ticks) {
      if (this.#instructions >= tick.next) {
        tick.next += tick.instructions;
        tick.callback();
      }
      left = Math.min(left, tick.next - this.#instructions);
    }
    return left;
  }

  /** Input takes effect between instructions, after the events of its time: there a replay can give it again. */
  #input(what: { kind: 'receive'; bytes: Uint8Array } | { kind: 'powerKey' } | { kind: 'reset' }): void {
    const act = (): void => {
      this.#onInput?.({ instructions: this.#instructions, virtualNs: this.#clock.now(), ...what });
      if (what.kind === 'receive') this.#devices.uart.receive(what.bytes);
      else if (what.kind === 'powerKey') this.#devices.gpio.pressPowerKey();
      else this.#reset();
    };
    if (!this.#running) {
      this.#clock.fireDue();
      return act();
    }
    this.#held.push(act);
    this.cpus[this.#current].shorten(0);
  }

  #takeHeld(): void {
    if (this.#held.length > 0) for (const act of this.#held.splice(0)) act();
  }

  /** Instructions that the CPU may have at a time: its turn, but an only CPU's next turn is its own too. */
  #turnLength(): number {
    return this.cpus.length === 1 ? Infinity : this.#quantum;
  }

  /** Runs one CPU for at most `budget` instructions, and books them. Gives an exit when the whole machine ends with it. */
  #execute(cpu: Cpu, budget: number): MachineExit | undefined {
    this.#running = true;
    let exit: RunExit;
    try {
      exit = cpu.run(budget);
    } finally {
      this.#running = false;
    }
    this.#clock.advance(exit.executed);
    this.#instructions += exit.executed;
    this.#quantum -= exit.executed;
    // An only CPU has had several turns: what is left of the last one is as if each had been given.
    if (this.#quantum < 0) this.#quantum = quantumInstructions - 1 - ((-this.#quantum - 1) % quantumInstructions);
    switch (exit.reason) {
      case 'budget':
      case 'stopped':
        return undefined;
      case 'yield':
        this.#quantum = 0;
        return undefined;
      case 'wfi':
        this.#waiting[cpu.index] = true;
        return undefined;
      case 'breakpoint':
        return { reason: 'breakpoint', cpu: cpu.index, pc: exit.pc };
      case 'watchpoint':
        return { reason: 'watchpoint', cpu: cpu.index, pc: exit.pc, address: exit.address, write: exit.write };
      case 'stuck':
        this.#setFault(cpu.index, exit.exception);
        return undefined;
    }
  }

  /**
   * The CPU that will execute the next instruction: the current one until its quantum ends, then the next that has something to do. None when
   * all wait.
   */
  nextCpu(): number | undefined {
    const runnable = (cpu: number) => this.#on[cpu] && !this.#waiting[cpu];
    if (this.#quantum > 0 && runnable(this.#current)) return this.#current;
    for (let step = 1; step <= this.cpus.length; step++) {
      const cpu = (this.#current + step) % this.cpus.length;
      if (runnable(cpu)) return cpu;
    }
    return undefined;
  }

  #giveTurn(cpu: number): Cpu {
    if (this.#quantum === 0 || cpu !== this.#current) {
      if (cpu !== this.#current) this.cpus[this.#current].deschedule();
      this.#current = cpu;
      this.#quantum = quantumInstructions;
    }
    return this.cpus[cpu];
  }

  /** An event was scheduled ahead of all others, perhaps within the run of a CPU, which must then stop in time for it. */
  #nextEventMoved(): void {
    if (this.#running) this.cpus[this.#current].shorten(Math.max(0, Math.ceil(this.#clock.next() - this.#clock.start)));
  }

  #makeHost(): CpuHost {
    const { gicCpuInterface } = MemoryMap;
    const acknowledgeAt = this.options.gic === 2 ? [gicCpuInterface + 0x0c, gicCpuInterface + 0x20] : [];
    return {
      busRead: (address, size) => {
        const value = this.#devices.bus.read(address, size);
        if (value !== undefined && acknowledgeAt.includes(address)) this.exceptions.acknowledge(this.#current, Number(value) & 0x3ff);
        return value;
      },
      busWrite: (address, size, value) => this.#devices.bus.write(address, size, value),
      counter: () => BigInt(Math.floor(this.#clock.now() / nsPerTick)),
      timerChanged: (cpu) => this.#updateTimers(cpu),
      performanceInterrupt: (cpu, level) => this.#performanceLines[cpu]?.set(level),
      conduit: (cpu) => {
        const caller = this.cpus[cpu];
        caller.setX(0, psciCall(this.#psci, cpu, [caller.x(0), caller.x(1), caller.x(2), caller.x(3)]));
        return true;
      },
      gicRead: (cpu, key) => {
        const register = iccByKey.get(key);
        const value = register && this.#devices.gic.readSystem(cpu, register);
        if (value !== undefined && (register === 'IAR1' || register === 'IAR0')) this.exceptions.acknowledge(cpu, Number(value));
        return value;
      },
      gicWrite: (cpu, key, value) => {
        const register = iccByKey.get(key);
        return register !== undefined && this.#devices.gic.writeSystem(cpu, register, value);
      },
      exceptionTaken: (cpu, exception) => this.#exceptionTaken(cpu, exception),
    };
  }

  #updateTimers(cpu: number): void {
    this.#timers[2 * cpu]?.update();
    this.#timers[2 * cpu + 1]?.update();
  }

  #makePsci(): PsciHost {
    const end = (how: 'poweroff' | 'reset') => {
      this.#ended = how;
      this.cpus[this.#current].stop();
    };
    return {
      cpus: this.cpus.length,
      isOn: (cpu) => this.#on[cpu],
      turnOn: (cpu, entry, context) => {
        this.cpus[cpu].reset({ pc: Number(entry), x0: context });
        this.#updateTimers(cpu);
        this.#on[cpu] = true;
        this.#waiting[cpu] = false;
      },
      turnOff: (cpu) => {
        this.#on[cpu] = false;
        this.cpus[cpu].stop();
      },
      suspend: (cpu) => {
        if (this.#signalled[cpu]) return;
        this.#waiting[cpu] = true;
        this.cpus[cpu].stop();
      },
      powerOff: () => end('poweroff'),
      reset: () => end('reset'),
    };
  }

  #signal(cpu: number, irq: boolean, fiq: boolean): void {
    this.#signalled[cpu] = irq || fiq;
    this.cpus[cpu].setIrq(irq);
    this.cpus[cpu].setFiq(fiq);
    if (irq || fiq) this.#waiting[cpu] = false;
  }

  /**
   * Watches for exceptions at the first instruction of their own vector: such a CPU takes the same exception for ever. `#origins` keeps the
   * exception that led to the vector.
   */
  #exceptionTaken(cpu: number, exception: ExceptionRecord): void {
    const instructions = this.#instructions + this.cpus[cpu].executed();
    this.exceptions.add(exception, cpu, instructions, this.#clock.now());
    const before = this.#latest[cpu];
    const atVector = before !== undefined && exception.kind === 'synchronous' && exception.elr === before.vector;
    if (!atVector) this.#origins[cpu] = exception;
    else if (exception.elr === exception.vector && before.elr === before.vector && before.esr === exception.esr) {
      this.#setFault(cpu, exception);
      this.cpus[cpu].stop();
    }
    this.#latest[cpu] = exception;
  }

  #setFault(cpu: number, last: ExceptionRecord): void {
    const exception = this.#origins[cpu] ?? last;
    const vectorBase = this.cpus[cpu].systemRegister('VBAR_EL1');
    this.#fault = { cpu, exception, message: describeStuck(cpu, this.cpus.length, exception, last, vectorBase) };
  }

  #transmit(byte: number): void {
    this.#uart[this.#uartLength++] = byte;
    // The first byte at once, for who measures the time to it; then by lines.
    if (this.#uartLength === uartChunk || byte === newline || !this.#uartStarted) this.#flushUart();
    this.#uartStarted = true;
  }

  #flushUart(): void {
    if (this.#uartLength === 0) return;
    const bytes = this.#uart.slice(0, this.#uartLength);
    this.#uartLength = 0;
    this.#onUart(bytes);
  }

  /** Loads memory, which is zero, and starts the boot CPU. RAM is not touched elsewhere: a host need not provide what no guest uses. */
  #powerUp(): void {
    for (const { address, bytes } of this.boot.placements) this.memory.store(address, bytes);
    this.#ended = null;
    this.#fault = undefined;
    this.#origins = [];
    this.#latest = [];
    this.#current = 0;
    this.#quantum = quantumInstructions;
    this.#on.fill(false);
    this.#waiting.fill(false);
    for (const cpu of this.cpus) cpu.reset({ pc: this.boot.start });
    this.#on[0] = true;
    for (const timer of this.#timers) timer.update();
  }

  /** {@link save} but for RAM. */
  saveCore(): MachineCore {
    return {
      version: 1,
      now: this.#clock.now(),
      instructions: this.#instructions,
      current: this.#current,
      quantum: this.#quantum,
      on: [...this.#on],
      waiting: [...this.#waiting],
      ended: this.#ended,
      devices: Object.fromEntries(this.#devices.bus.devices.map((device) => [device.name, device.save()])),
      cpus: this.cpus.map((cpu) => cpu.save()),
      origins: this.cpus.map((cpu) => this.#origins[cpu.index] ?? null),
      latest: this.cpus.map((cpu) => this.#latest[cpu.index] ?? null),
      fault: this.#fault ?? null,
    };
  }
}

/** Somebody who is called back at multiples of a number of instructions. */
type Tick = { instructions: number; next: number; callback: () => void };

/** Without fields that are there but undefined, so that defaults fill them. */
function definedFields<T extends object>(options: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}

/** Options that decide which CPUs a machine has. */
export type BoardOptions = Pick<MachineOptions, 'memoryBytes' | 'cpus' | 'gic' | 'translate'>;

/** The CPUs of a board. */
export function cpuConfig(options: BoardOptions): CpuConfig {
  const { memoryBytes, cpus, gic, translate } = { ...defaults, ...definedFields(options) };
  return { ram: { base: MemoryMap.ram, size: memoryBytes }, cpus, gicSystemRegisters: gic === 3, translator: translate };
}

function checkOptions({ memoryBytes, cpus, gic }: { memoryBytes: number; cpus: number; gic: number }): Problem[] {
  const problems: Problem[] = [];
  const refuse = (message: string) => problems.push({ severity: 'error', message });
  if (!(memoryBytes >= memoryLimits.min && memoryBytes <= memoryLimits.max)) refuse('Memory must be 64 KiB to 3 GiB.');
  else if (memoryBytes % page !== 0) refuse('Memory must be a multiple of 4 KiB.');
  if (!Number.isInteger(cpus) || cpus < 1 || cpus > 8) refuse('The machine has 1 to 8 CPUs.');
  if (gic !== 2 && gic !== 3) refuse('The interrupt controller is GIC version 2 or 3.');
  return problems;
}
