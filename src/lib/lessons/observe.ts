import { createMachine, type Machine, type MachineExit } from '../emulator/index.ts';
import type { Problem } from '../problem.ts';

/** What a run is given, all of it. */
export type RunSetup = {
  machine: { memoryKiB: number; cpus: number; gic: 2 | 3; commandLine: string };
  input: readonly { after: string; send: string }[];
  /** Instructions that it may take. */
  limit: number;
};

/** Something to be read while the guest stands at an address, or at the end of the run (undefined). */
export type Probe = { at: number | undefined; look: (machine: Machine, reached: boolean) => void };

/** What a run showed. */
export type Observation = {
  /** UART output as a person reads it: without carriage returns, at most the first MiB. */
  uart: string;
  end: 'poweroff' | 'reset' | 'fault' | 'idle' | 'limit';
  /** What ended it, when that was a fault. */
  fault: string | undefined;
  /** First line of the crash screen, when there was one. */
  crash: string | undefined;
  instructions: number;
  /** Interrupts taken, by number. */
  interrupts: ReadonlyMap<number, number>;
};

/** Between slices other work gets its turn, and whoever waits may give up. */
export type RunHost = { turn: () => Promise<void>; signal?: AbortSignal };

const sliceInstructions = 1_000_000;
const maxUart = 1 << 20;
const crashLine = /^\*\*\* (.+)$/m;

/** Runs an image and watches it. Gives problems when there is no machine for it, or `cancelled`. */
export async function observe(
  image: Uint8Array,
  setup: RunSetup,
  probes: readonly Probe[],
  host: RunHost,
): Promise<Observation | Problem[] | 'cancelled'> {
  const { memoryKiB, ...machine } = setup.machine;
  const made = await createMachine({ ...machine, image, imageName: 'the image', memoryBytes: memoryKiB * 1024 });
  return made.ok ? new Watch(made.value, setup, probes).run(host) : made.problems;
}

class Watch {
  readonly #machine: Machine;
  readonly #setup: RunSetup;
  #waiting: Probe[];
  readonly #atEnd: readonly Probe[];
  readonly #decoder = new TextDecoder();
  #uart = '';
  #fault: string | undefined;
  #nextInput = 0;
  /** How far the output has been searched for what the next input waits for. */
  #searched = 0;

  constructor(machine: Machine, setup: RunSetup, probes: readonly Probe[]) {
    this.#machine = machine;
    this.#setup = setup;
    this.#waiting = probes.filter((probe) => probe.at !== undefined);
    this.#atEnd = probes.filter((probe) => probe.at === undefined);
    machine.onUart = (bytes) => {
      if (this.#uart.length < maxUart) this.#uart += this.#decoder.decode(bytes, { stream: true }).replaceAll('\r', '');
    };
  }

  async run({ turn, signal }: RunHost): Promise<Observation | 'cancelled'> {
    this.#setBreakpoints();
    for (;;) {
      if (signal?.aborted) return 'cancelled';
      const left = this.#setup.limit - this.#machine.counters.instructions;
      const end = left > 0 ? this.#judge(this.#machine.run(Math.min(left, sliceInstructions))) : 'limit';
      if (end) return this.#finish(end);
      await turn();
    }
  }

  /** What an exit means; undefined: the run goes on. */
  #judge(exit: MachineExit): Observation['end'] | undefined {
    const sent = this.#sendInput();
    switch (exit.reason) {
      case 'breakpoint':
        this.#reached(Number(exit.pc));
        return undefined;
      case 'idle':
        return sent || exit.wakeAt !== undefined ? undefined : 'idle';
      case 'fault':
        this.#fault = exit.fault.message;
        return 'fault';
      case 'poweroff':
      case 'reset':
        return exit.reason;
      default:
        return undefined;
    }
  }

  #reached(address: number): void {
    for (const probe of this.#waiting) if (probe.at === address) probe.look(this.#machine, true);
    this.#waiting = this.#waiting.filter((probe) => probe.at !== address);
    this.#setBreakpoints();
  }

  #setBreakpoints(): void {
    const addresses = [...new Set(this.#waiting.map(({ at }) => BigInt(at ?? 0)))];
    for (const cpu of this.#machine.cpus) cpu.setBreakpoints(addresses);
  }

  /** Types what is due. */
  #sendInput(): boolean {
    let sent = false;
    for (let step = this.#setup.input.at(this.#nextInput); step; step = this.#setup.input.at(++this.#nextInput)) {
      const found = this.#uart.indexOf(step.after, this.#searched);
      if (found < 0) break;
      this.#searched = found + step.after.length;
      this.#machine.sendInput(new TextEncoder().encode(step.send));
      sent = true;
    }
    return sent;
  }

  #finish(end: Observation['end']): Observation {
    for (const probe of this.#waiting) probe.look(this.#machine, false);
    for (const probe of this.#atEnd) probe.look(this.#machine, true);
    return {
      uart: this.#uart,
      end,
      fault: this.#fault,
      crash: crashLine.exec(this.#uart)?.[1],
      instructions: this.#machine.counters.instructions,
      interrupts: this.#machine.exceptions.acknowledged,
    };
  }
}
