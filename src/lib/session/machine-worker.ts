/** The machine's worker: runs the guest in slices of a few milliseconds, so that every message gets its turn. */
import {
  createMachine,
  openSnapshot,
  prepareMachine,
  readAttached,
  readSnapshotInfo,
  recordInput,
  writeSnapshot,
  type InputEvent,
  type Machine,
  type MachineExit,
} from '../emulator/index.ts';
import type { Recording } from '../project/recording.ts';
import type { Result } from '../problem.ts';
import { ReplayRun } from './replay-run.ts';
import { readExceptions, readTlb } from './cpu-pictures.ts';
import { DebugSession } from './debug-session.ts';
import { HeatMeter } from './heat.ts';
import { readMap, MapReader } from './memory-map.ts';
import { readBytes } from './read-bytes.ts';
import type { FromMachine, InspectedSnapshot, MachineFigures, MachineState, MachineStop, MapDetail, ToMachine } from './messages.ts';

const scope: { postMessage(message: FromMachine): void } = self;
const tell = (message: FromMachine): void => scope.postMessage(message);

const sliceMs = 8;
const reportMs = 250;
/** UART bytes on their way to the page; with more the guest waits. */
const uartAheadBytes = 1 << 16;
const firstSlice = 200_000;
/** More than a unikernel's start takes. */
const rehearsedInstructions = 1_000_000;
/** The guest has the processor for itself until its start is over; what the next power-on needs is made then. */
const prepareAfterMs = 1000;
const changesMachine: ToMachine['type'][] = ['input', 'pause', 'resume', 'reset', 'stop', 'debug', 'debugMove', 'debugStops'];
/** Somebody who types pauses longer than anybody wants to watch. */
const longestReplayWaitMs = 1000;
/** What a snapshot file may carry for the page. */
const maxProjectBytes = 4 << 20;
const maxTerminalBytes = 1 << 20;

class MachineWorker {
  #machine: Machine | undefined;
  #map: MapReader | undefined;
  #heat: HeatMeter | undefined;
  #heatWanted = false;
  /** What maps tell beside the memory: what the last question asked for. */
  #detail: MapDetail | undefined;
  #run = 0;
  #log: InputEvent[] = [];
  #replay: ReplayRun | undefined;
  #debug: DebugSession | undefined;
  #state: MachineState = { state: 'off' };
  #paused = false;
  #slice = firstSlice;
  #bootedAt = 0;
  #firstUartMs: number | undefined;
  #uartAhead = 0;
  #mips = 0;
  #reportedAt = 0;
  /** Wall clock of virtual time zero, while the machine is paced. */
  #epoch = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #preparing: ReturnType<typeof setTimeout> | undefined;
  #channel = new MessageChannel();
  #scheduled = false;

  constructor() {
    this.#channel.port1.onmessage = () => {
      this.#scheduled = false;
      this.#turn();
    };
  }

  async handle(message: ToMachine): Promise<void> {
    // What has ended can be looked at, and that is all.
    if (this.#state.state === 'ended' && changesMachine.includes(message.type)) return;
    switch (message.type) {
      case 'boot':
        return this.#boot(message);
      case 'rehearse':
        return this.#rehearse(message.image);
      case 'restore':
        return this.#restore(message.run, message.file);
      case 'input':
        if (this.#replay) return;
        this.#machine?.sendInput(message.bytes);
        return this.#wake();
      case 'taken':
        this.#uartAhead = Math.max(0, this.#uartAhead - message.bytes);
        return this.#wake();
      case 'pause':
        this.#debug?.pause();
        return this.#stand();
      case 'resume':
        this.#paused = false;
        this.#pace();
        this.#tellDebug();
        return this.#wake();
      case 'reset':
        this.#replay = undefined;
        this.#machine?.reset();
        this.#paused = false;
        this.#tellDebug();
        return this.#wake();
      case 'stop':
        return this.#end({ reason: 'stopped' });
      case 'map':
        this.#detail = message.detail;
        return this.#tellMap();
      case 'heat':
        this.#heatWanted = message.on;
        return this.#setHeat();
      case 'read':
        if (this.#machine) tell({ type: 'bytes', run: this.#run, bytes: readBytes(this.#machine, message, this.#map?.sources) });
        return;
      case 'debug':
        return message.on ? this.#attachDebugger() : this.#detachDebugger();
      case 'debugMove':
        if (!this.#debug || !this.#paused) return;
        this.#debug.move(message.move);
        return this.#stand();
      case 'debugStops':
        if (!this.#debug) return;
        this.#debug.setStops(message.stops);
        return this.#tellDebug();
      case 'record':
        return tell({ type: 'recorded', request: message.request, recording: this.#recording() });
      case 'snapshot': {
        const { project, terminal } = message.attached;
        const attached = [
          { name: 'PROJ', bytes: project },
          { name: 'TERM', bytes: terminal },
        ];
        const file = this.#machine && (await writeSnapshot(this.#machine, this.#inputSoFar(), attached));
        return tell({ type: 'snapshot', request: message.request, file });
      }
      case 'inspect':
        return tell({ type: 'inspected', request: message.request, result: await inspect(message.file) });
    }
  }

  #recording(): Recording | undefined {
    if (!this.#machine) return undefined;
    return { input: this.#inputSoFar(), ...this.#machine.counters, stateHash: this.#machine.stateHash() };
  }

  #inputSoFar(): InputEvent[] {
    return this.#debug?.log ?? [...this.#log];
  }

  #attachDebugger(): void {
    if (!this.#machine || this.#debug) return;
    // What a recording would have given from here on is not part of the run that is looked at.
    this.#replay = undefined;
    this.#debug = new DebugSession(this.#machine, this.#map?.elf, this.#map?.sources, this.#log);
    this.#stand();
  }

  #detachDebugger(): void {
    if (!this.#machine || !this.#debug) return;
    const log = this.#debug.log;
    this.#debug.close();
    this.#debug = undefined;
    this.#log = recordInput(this.#machine);
    this.#log.push(...log);
    this.#tellDebug();
  }

  #stand(): void {
    this.#paused = true;
    this.#reportedAt = 0;
    this.#set({ state: 'paused' });
    this.#tellDebug();
  }

  /** A picture is worth its price only while the machine stands. */
  #tellDebug(): void {
    const picture = this.#paused ? this.#debug?.picture() : undefined;
    tell({ type: 'debugged', run: this.#run, isAttached: this.#debug !== undefined, ...(picture ? { picture } : {}) });
  }

  /** Forgets the machine before; what comes for an older run than this one is late. */
  #begin(run: number): void {
    clearTimeout(this.#timer);
    clearTimeout(this.#preparing);
    this.#machine = undefined;
    this.#heat = undefined;
    this.#replay = undefined;
    this.#debug = undefined;
    this.#run = run;
    this.#bootedAt = performance.now();
    this.#firstUartMs = undefined;
    this.#uartAhead = 0;
    this.#slice = firstSlice;
    this.#paused = false;
    this.#state = { state: 'off' };
  }

  async #restore(run: number, file: Uint8Array): Promise<void> {
    this.#begin(run);
    const opened = await openSnapshot(file);
    if (run !== this.#run) return;
    if (!opened.ok) return this.#end({ reason: 'refused', problems: opened.problems });
    this.#adopt(opened.value.machine, opened.value.log);
    this.#paused = true;
    this.#set({ state: 'paused' });
  }

  async #boot({ run, image, machine: settings, replay, begin }: Extract<ToMachine, { type: 'boot' }>): Promise<void> {
    this.#begin(run);
    const board = { memoryBytes: settings.memoryMiB * 2 ** 20, cpus: settings.cpus, gic: settings.gic };
    const made = await createMachine({ image, imageName: 'the image', commandLine: settings.commandLine, ...board });
    if (run !== this.#run) return;
    if (!made.ok) return this.#end({ reason: 'refused', problems: made.problems });
    this.#adopt(made.value, []);
    this.#preparing = setTimeout(() => prepareMachine(board), prepareAfterMs);
    if (begin === 'debugged') return this.#attachDebugger();
    if (replay) this.#replay = new ReplayRun(made.value, replay);
    this.#set({ state: 'running' });
    this.#wake();
  }

  /** The first start of a worker takes ten times as long as later ones: compilers have not seen any of the code, neither this nor the guest's. */
  async #rehearse(image: Uint8Array): Promise<void> {
    if (this.#machine) return;
    const made = await createMachine({ image });
    // Meanwhile somebody may have booted in earnest.
    if (!made.ok || this.#machine) return;
    made.value.onUart = () => made.value.stop();
    made.value.run(rehearsedInstructions);
    prepareMachine({});
  }

  /** `log`: the input that brought the machine where it is. */
  #adopt(machine: Machine, log: readonly InputEvent[]): void {
    const run = this.#run;
    machine.onUart = (bytes) => {
      // What is said in the past has been said before.
      if (this.#debug?.inPast) return;
      this.#firstUartMs ??= performance.now() - this.#bootedAt;
      this.#uartAhead += bytes.length;
      if (this.#uartAhead > uartAheadBytes) machine.stop();
      tell({ type: 'uart', run, bytes });
    };
    this.#log = recordInput(machine);
    this.#log.push(...log);
    this.#machine = machine;
    this.#map = new MapReader(machine.options.image);
    this.#setHeat();
    this.#pace();
  }

  /** From here on virtual time keeps up with the clock on the wall, and no more: sleeps last as long as the guest means them to. */
  #pace(): void {
    this.#epoch = performance.now() - (this.#machine?.counters.virtualNs ?? 0) / 1e6;
  }

  #wake(): void {
    clearTimeout(this.#timer);
    if (this.#scheduled || !this.#machine || this.#paused || this.#state.state === 'ended') return;
    this.#scheduled = true;
    this.#channel.port2.postMessage(null);
  }

  #turn(): void {
    const machine = this.#machine;
    if (!machine || this.#paused || this.#state.state === 'ended' || this.#uartAhead > uartAheadBytes) return;
    const began = performance.now();
    const before = machine.counters.instructions;
    // Time spent computing may run ahead of the wall's; waiting may not.
    const wall = (began - this.#epoch) * 1e6;
    const exit = (this.#debug ?? this.#replay ?? machine).run(this.#slice, Math.max(wall, machine.counters.virtualNs + this.#slice));
    const took = performance.now() - began;
    const executed = machine.counters.instructions - before;
    if (executed > 1000 && took > 0) this.#mips = executed / took / 1000;
    if (executed === this.#slice)
      this.#slice = Math.max(20_000, Math.min(20_000_000, Math.round((this.#slice * sliceMs) / Math.max(took, 0.2))));
    const isOver = exit.reason === 'poweroff' || exit.reason === 'fault';
    if (this.#replay?.isComplete && !isOver) return this.#endReplay(machine);
    // Under a debugger the end is a place like others: one can go back from it.
    if (this.#debug && (isOver || exit.reason === 'breakpoint' || exit.reason === 'watchpoint')) return this.#stand();
    this.#after(exit, machine);
  }

  #after(exit: MachineExit, machine: Machine): void {
    switch (exit.reason) {
      case 'budget':
      case 'stopped':
      case 'breakpoint':
      case 'watchpoint':
        this.#set({ state: 'running' });
        return this.#wake();
      case 'idle': {
        this.#set({ state: 'waiting' });
        if (exit.wakeAt === undefined) return;
        const waitMs = exit.wakeAt / 1e6 - (performance.now() - this.#epoch);
        // Behind the clock: the guest computed for longer than that took here.
        if (waitMs <= 1) {
          if (waitMs < -50) this.#pace();
          return this.#wake();
        }
        if (this.#replay && waitMs > longestReplayWaitMs) this.#epoch -= waitMs - longestReplayWaitMs;
        this.#timer = setTimeout(() => this.#wake(), Math.min(waitMs, 1000));
        return;
      }
      case 'poweroff':
        return this.#end({ reason: 'poweroff' });
      case 'reset':
        machine.reset();
        return this.#wake();
      case 'fault':
        return this.#end({ reason: 'fault', message: exit.fault.message });
    }
  }

  /** The person looks at the very state that was recorded, and may go on from there. */
  #endReplay(machine: Machine): void {
    this.#replay = undefined;
    tell({ type: 'replayed', run: this.#run, stateHash: machine.stateHash() });
    this.#paused = true;
    this.#set({ state: 'paused' });
  }

  #figures(): MachineFigures {
    const { instructions = 0, virtualNs = 0 } = this.#machine?.counters ?? {};
    const first = this.#firstUartMs;
    return {
      instructions,
      virtualNs,
      mips: this.#state.state === 'running' ? this.#mips : 0,
      replaying: this.#replay !== undefined,
      ...(first !== undefined ? { firstUartMs: first } : {}),
    };
  }

  /** Tells the page, at once when the state's name changes and otherwise now and then. */
  #set(machine: MachineState): void {
    const now = performance.now();
    const changed = machine.state !== this.#state.state;
    this.#state = machine;
    if (!changed && now - this.#reportedAt < reportMs) return;
    this.#reportedAt = now;
    tell({ type: 'state', run: this.#run, machine, figures: this.#figures() });
  }

  #end(stop: MachineStop): void {
    clearTimeout(this.#timer);
    this.#detachDebugger();
    // One last picture of the memory as the guest left it. The machine stays to be looked at until the next one.
    this.#tellMap();
    this.#state = { state: 'ended', stop };
    // A recording may end where the machine does.
    if (this.#replay && this.#machine) tell({ type: 'replayed', run: this.#run, stateHash: this.#machine.stateHash() });
    this.#replay = undefined;
    tell({ type: 'state', run: this.#run, machine: this.#state, figures: this.#figures() });
  }

  #tellMap(): void {
    if (!this.#machine || !this.#map) return;
    const map = readMap(this.#map, this.#machine);
    const heat = this.#heat?.take();
    if (heat) map.heat = heat;
    if (this.#detail === 'tlb') map.tlb = readTlb(this.#machine);
    if (this.#detail === 'exceptions') map.exceptions = readExceptions(this.#machine);
    tell({ type: 'map', run: this.#run, map });
  }

  #setHeat(): void {
    if (this.#heatWanted && this.#machine) this.#heat ??= new HeatMeter(this.#machine);
    if (this.#heatWanted) return;
    this.#heat?.close();
    this.#heat = undefined;
  }
}

async function inspect(file: Uint8Array): Promise<Result<InspectedSnapshot>> {
  const info = await readSnapshotInfo(file);
  if (!info.ok) return info;
  const project = await readAttached(file, 'PROJ', maxProjectBytes);
  if (!project.ok) return project;
  const terminal = await readAttached(file, 'TERM', maxTerminalBytes);
  if (!terminal.ok) return terminal;
  return {
    ok: true,
    value: { info: info.value, ...(project.value ? { project: project.value } : {}), terminal: terminal.value ?? new Uint8Array() },
  };
}

const worker = new MachineWorker();
self.onmessage = ({ data }: MessageEvent<ToMachine>) => {
  worker.handle(data).catch((error: unknown) => {
    tell({ type: 'crashed', message: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  });
};
