/** Plays a recording on a machine that has just booted, and stops exactly where the recording ends. */
import { Replay, type Machine, type MachineExit } from '../emulator/index.ts';
import type { Recording } from '../project/recording.ts';

export class ReplayRun {
  readonly #machine: Machine;
  readonly #replay: Replay;
  readonly #end: { instructions: number; virtualNs: number };

  constructor(machine: Machine, { input, instructions, virtualNs }: Recording) {
    this.#machine = machine;
    this.#replay = new Replay(machine, input);
    this.#end = { instructions, virtualNs };
  }

  get isComplete(): boolean {
    const { instructions, virtualNs } = this.#machine.counters;
    return instructions >= this.#end.instructions && virtualNs >= this.#end.virtualNs;
  }

  run(maxInstructions: number, untilNs: number): MachineExit {
    // A recording may end in the middle of a wait. Time passes only within a budget, and a machine that waits executes none of it.
    const left = Math.max(1, this.#end.instructions - this.#machine.counters.instructions);
    const exit = this.#replay.run(Math.min(maxInstructions, left), Math.min(untilNs, this.#end.virtualNs));
    // A machine that only input wakes is woken by the recording.
    if (exit.reason !== 'idle' || this.isComplete) return exit;
    const next = this.#replay.next?.virtualNs ?? Infinity;
    return { reason: 'idle', wakeAt: Math.min(exit.wakeAt ?? Infinity, next, this.#end.virtualNs) };
  }
}
