/** A debugger on the machine of the page: what it can be told to do, and what it shows whenever the machine stands. */
import { Debugger, type InputEvent, type Machine, type MachineExit, type SymbolResolver } from '../emulator/index.ts';
import { CodeSymbols } from '../toolchain/object/code-symbols.ts';
import type { ElfFile } from '../toolchain/object/elf-reader.ts';
import { foldAddress, unfoldAddress } from './mapped-ranges.ts';
import type { DebugMove, DebugPicture, DebugStops, LineStop, Watch } from './messages.ts';
import type { SourcePlaces } from './source-places.ts';

/** Going back executes at most so much again: few enough that nobody waits. */
const intervalInstructions = 1_000_000;
const historyBytes = 128 << 20;
/** A line that loops for longer than this is left where it is then. */
const longestLine = 50_000;
const shownInstructions = { before: 4, all: 16 };

/** Why a machine stands; nothing where the person knows. */
const stopTexts = {
  budget: '',
  stopped: '',
  step: '',
  idle: 'The guest waits for something to happen.',
  breakpoint: 'Stopped at a breakpoint.',
  watchpoint: 'Stopped before an access that is watched.',
  poweroff: 'The guest has powered the machine off.',
  reset: '',
  begin: 'There is nothing to go back to: the history begins here.',
};

export class DebugSession {
  readonly #machine: Machine;
  readonly #debugger: Debugger;
  readonly #sources: SourcePlaces | undefined;
  readonly #before: readonly InputEvent[];
  /** Whether the next run is a new one, and not the next slice of the one before. */
  #stands = true;
  #stop = '';
  #watched: { address: number; write: boolean } | undefined;
  #breakpoints: readonly number[] = [];
  #lines: readonly LineStop[] = [];
  #watches: readonly Watch[] = [];

  /** `log`: the input that brought the machine where it is. From here on its past is kept. */
  constructor(machine: Machine, elf: ElfFile | undefined, sources: SourcePlaces | undefined, log: readonly InputEvent[]) {
    this.#machine = machine;
    this.#sources = sources;
    this.#before = [...log];
    const history = { intervalInstructions, maxBytes: historyBytes };
    this.#debugger = new Debugger(machine, { history, ...(elf ? { resolver: resolverOf(elf) } : {}) });
  }

  close(): void {
    this.#debugger.close();
  }

  /** The input that led to where the machine is now: what came later in a future that it went back from is not among it. */
  get log(): InputEvent[] {
    const now = this.#machine.counters.virtualNs;
    return [...this.#before, ...this.#debugger.history.log.filter((event) => event.virtualNs <= now)];
  }

  /** Whether what the machine does is what it did before. */
  get inPast(): boolean {
    return this.#debugger.history.inPast;
  }

  /** As Machine.run, in slices. Stops before breakpoints, but for the instruction at which the machine stood. */
  run(maxInstructions: number, untilNs: number): MachineExit {
    const exit = this.#stands ? this.#debugger.run(maxInstructions, untilNs) : this.#debugger.resume(maxInstructions, untilNs);
    this.#stands = false;
    if (exit.reason !== 'budget' && exit.reason !== 'idle') this.#standFor(exit);
    return exit;
  }

  /** The person stopped it. */
  pause(): void {
    this.#stands = true;
    this.#stop = '';
    this.#watched = undefined;
  }

  /** Says where the machine is to stop, instead of what was said of that kind before. */
  setStops(stops: DebugStops): void {
    if (stops.do === 'setWatches') return this.#setWatches(stops.watches);
    if (stops.do === 'setBreakpoints') this.#breakpoints = [...new Set(stops.addresses)];
    else
      this.#lines = stops.lines.map(({ file, line }) => {
        const found = this.#sources?.startsOf(file, line);
        return { file, line, ...(found ? { found } : {}) };
      });
    const wanted = new Set([...this.#breakpoints, ...this.#lines.flatMap(({ found }) => found?.addresses ?? [])].map(unfoldAddress));
    for (const address of [...this.#debugger.breakpoints]) if (!wanted.has(address)) this.#debugger.removeBreakpoint(address);
    for (const address of wanted) this.#debugger.addBreakpoint(address);
  }

  #setWatches(watches: readonly Watch[]): void {
    for (const old of [...this.#debugger.watchpoints]) this.#debugger.removeWatchpoint(old);
    for (const { address, ...watch } of watches) this.#debugger.addWatchpoint({ ...watch, address: unfoldAddress(address) });
    this.#watches = watches;
  }

  /** Moves the machine, which stands. */
  move(action: DebugMove): void {
    const cpu = this.#cpu();
    switch (action.do) {
      case 'step':
        return this.#standFor(this.#debugger.step(cpu));
      case 'stepLine':
        return this.#standFor(this.#stepLine(cpu));
      case 'stepBack':
        return this.#standFor(this.#debugger.stepBack(cpu));
      case 'runBack':
        return this.#standFor(this.#debugger.runBack());
      case 'goTo':
        this.#debugger.goTo(action.instructions);
        return this.pause();
    }
  }

  /** Until another line begins, in whatever function. */
  #stepLine(cpu: number): ReturnType<Debugger['step']> {
    const from = this.#lineAt(cpu);
    for (let steps = 1; ; steps++) {
      const stop = this.#debugger.step(cpu);
      const line = this.#lineAt(cpu);
      if (stop.reason !== 'step' || steps >= longestLine || (line !== undefined && line !== from)) return stop;
    }
  }

  #lineAt(cpu: number): string | undefined {
    const place = this.#sources?.at(foldAddress(this.#machine.cpus[cpu].pc)).at(0);
    return place && `${place.file}:${place.line}`;
  }

  #cpu(): number {
    return this.#machine.nextCpu() ?? this.#machine.turn.cpu;
  }

  #standFor(exit: MachineExit | { reason: 'step' | 'begin' }): void {
    this.#stands = true;
    this.#watched = exit.reason === 'watchpoint' ? { address: foldAddress(exit.address), write: exit.write } : undefined;
    this.#stop = exit.reason === 'fault' ? `The guest cannot go on: ${exit.fault.message}.` : stopTexts[exit.reason];
  }

  picture(): DebugPicture {
    const cpu = this.#cpu();
    const { begin, end } = this.#debugger.history.range;
    const { instructions, virtualNs } = this.#machine.counters;
    const pc = this.#machine.cpus[cpu].pc;
    const registers = this.#debugger.registers(cpu);
    const general = /^(x\d+|sp|pc|cpsr)$/;
    return {
      cpu,
      instructions,
      virtualNs,
      begin,
      end,
      stop: this.#stop,
      frames: this.#debugger.backtrace(cpu).map(({ pc: at, symbol }, depth) => ({
        pc: foldAddress(at),
        // A caller is at its call, which lies before the address of return.
        source: this.#sources?.at(foldAddress(depth === 0 ? at : at - 4n)) ?? [],
        ...(symbol ? { function: symbol.name } : {}),
      })),
      code: this.#debugger
        .disassemble(cpu, pc - 4n * BigInt(shownInstructions.before), shownInstructions.all)
        .map(({ address, text }) => ({ address: foldAddress(address), text })),
      registers: registers.filter(({ name }) => general.test(name)),
      system: registers.filter(({ name, fields }) => !general.test(name) && fields !== undefined),
      breakpoints: [...this.#breakpoints].sort((a, b) => a - b),
      lines: [...this.#lines],
      watches: [...this.#watches],
      ...(this.#watched ? { watched: this.#watched } : {}),
    };
  }
}

/** Names of code, from a symbol table. */
function resolverOf(elf: ElfFile): SymbolResolver {
  const symbols = new CodeSymbols(elf);
  return {
    symbolAt(address) {
      const found = symbols.at(address);
      return found && { name: found.name, offset: Number(address - found.start) };
    },
    addressOf: (name) => symbols.named(name)?.start,
    lineAt: () => undefined,
  };
}
