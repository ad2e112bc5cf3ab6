/** The machine's worker: runs the guest in slices of a few milliseconds, so that every message gets its turn. */
import { createMachine, type Machine, type MachineExit } from '../emulator/index.ts';
import type { MachineSettings } from '../project/project.ts';
import { HeatMeter } from './heat.ts';
import { readMap, MapReader } from './memory-map.ts';
import { readBytes } from './read-bytes.ts';
import type { FromMachine, MachineFigures, MachineState, MachineStop, ToMachine } from './messages.ts';

const scope: { postMessage(message: FromMachine): void } = self;
const tell = (message: FromMachine): void => scope.postMessage(message);

const sliceMs = 8;
const reportMs = 250;
/** UART bytes on their way to the page; with more the guest waits. */
const uartAheadBytes = 1 << 16;
const firstSlice = 200_000;

class MachineWorker {
  #machine: Machine | undefined;
  #map: MapReader | undefined;
  #heat: HeatMeter | undefined;
  #heatWanted = false;
  #run = 0;
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
    if (this.#state.state === 'ended' && !['boot', 'map', 'heat', 'read'].includes(message.type)) return;
    switch (message.type) {
      case 'boot':
        return this.#boot(message.run, message.image, message.machine);
      case 'input':
        this.#machine?.sendInput(message.bytes);
        return this.#wake();
      case 'taken':
        this.#uartAhead = Math.max(0, this.#uartAhead - message.bytes);
        return this.#wake();
      case 'pause':
        this.#paused = true;
        return this.#set({ state: 'paused' });
      case 'resume':
        this.#paused = false;
        this.#pace();
        return this.#wake();
      case 'reset':
        this.#machine?.reset();
        this.#paused = false;
        return this.#wake();
      case 'stop':
        return this.#end({ reason: 'stopped' });
      case 'map':
        return this.#tellMap();
      case 'heat':
        this.#heatWanted = message.on;
        return this.#setHeat();
      case 'read':
        if (this.#machine) tell({ type: 'bytes', run: this.#run, bytes: readBytes(this.#machine, message) });
        return;
    }
  }

  async #boot(run: number, image: Uint8Array, settings: MachineSettings): Promise<void> {
    clearTimeout(this.#timer);
    this.#machine = undefined;
    this.#heat = undefined;
    this.#state = { state: 'off' };
    this.#run = run;
    this.#bootedAt = performance.now();
    this.#firstUartMs = undefined;
    this.#uartAhead = 0;
    this.#slice = firstSlice;
    this.#paused = false;
    const made = await createMachine({
      image,
      imageName: 'the image',
      memoryBytes: settings.memoryMiB * 2 ** 20,
      cpus: settings.cpus,
      gic: settings.gic,
      commandLine: settings.commandLine,
    });
    if (run !== this.#run) return;
    if (!made.ok) return this.#end({ reason: 'refused', problems: made.problems });
    const machine = made.value;
    machine.onUart = (bytes) => {
      this.#firstUartMs ??= performance.now() - this.#bootedAt;
      this.#uartAhead += bytes.length;
      if (this.#uartAhead > uartAheadBytes) machine.stop();
      tell({ type: 'uart', run, bytes });
    };
    this.#machine = machine;
    this.#map = new MapReader(image);
    this.#setHeat();
    this.#pace();
    this.#set({ state: 'running' });
    this.#wake();
  }

  /** From here on virtual time keeps up with the clock on the wall, and no more: sleeps last as long as the guest means them to. */
  #pace(): void {
    this.#epoch = performance.now() - (this.#machine?.counters.virtualNs ?? 0) / 1e6;
  }

  #wake(): void {
    clearTimeout(this.#timer);
    if (this.#scheduled || !this.#machine || this.#paused) return;
    this.#scheduled = true;
    this.#channel.port2.postMessage(null);
  }

  #turn(): void {
    const machine = this.#machine;
    if (!machine || this.#state.state === 'ended' || this.#paused || this.#uartAhead > uartAheadBytes) return;
    const began = performance.now();
    const before = machine.counters.instructions;
    // Time spent computing may run ahead of the wall's; waiting may not.
    const wall = (began - this.#epoch) * 1e6;
    const exit = machine.run(this.#slice, Math.max(wall, machine.counters.virtualNs + this.#slice));
    const took = performance.now() - began;
    const executed = machine.counters.instructions - before;
    if (executed > 1000 && took > 0) this.#mips = executed / took / 1000;
    if (executed === this.#slice)
      this.#slice = Math.max(20_000, Math.min(20_000_000, Math.round((this.#slice * sliceMs) / Math.max(took, 0.2))));
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

  #figures(): MachineFigures {
    const { instructions = 0, virtualNs = 0 } = this.#machine?.counters ?? {};
    const first = this.#firstUartMs;
    return {
      instructions,
      virtualNs,
      mips: this.#state.state === 'running' ? this.#mips : 0,
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
    // One last picture of the memory as the guest left it. The machine stays to be looked at until the next one.
    this.#tellMap();
    this.#state = { state: 'ended', stop };
    tell({ type: 'state', run: this.#run, machine: this.#state, figures: this.#figures() });
  }

  #tellMap(): void {
    if (!this.#machine || !this.#map) return;
    const heat = this.#heat?.take();
    tell({ type: 'map', run: this.#run, map: { ...readMap(this.#map, this.#machine), ...(heat ? { heat } : {}) } });
  }

  #setHeat(): void {
    if (this.#heatWanted && this.#machine) this.#heat ??= new HeatMeter(this.#machine);
    if (this.#heatWanted) return;
    this.#heat?.close();
    this.#heat = undefined;
  }
}

const worker = new MachineWorker();
self.onmessage = ({ data }: MessageEvent<ToMachine>) => {
  worker.handle(data).catch((error: unknown) => {
    tell({ type: 'crashed', message: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  });
};
