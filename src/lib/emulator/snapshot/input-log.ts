import type { InputEvent, Machine, MachineExit } from '../board/machine.ts';
import type { ByteWriter } from '../byte-writer.ts';
import { type ByteReader, Malformed } from './plain-data.ts';

/**
 * All that came to a machine from outside, in order. With the image and the machine's options it reproduces the run: an event goes in again
 * when as many instructions have been executed and virtual time is the same as when it first did.
 */
export type InputLog = readonly InputEvent[];

/** Collects what comes to a machine from now on; it is the machine's one listener for that. */
export function recordInput(machine: Machine): InputEvent[] {
  const log: InputEvent[] = [];
  machine.onInput = (event) => log.push(event);
  return log;
}

/**
 * Runs a machine with the input of a log, from wherever the machine is. Slices may be of any size: what the guest sees does not depend on them.
 *
 * ```ts
 * const replay = new Replay(machine, log);
 * for (let exit = replay.run(1e7); exit.reason === 'budget'; exit = replay.run(1e7)) await turn();
 * expect(machine.stateHash()).toBe(proof);
 * ```
 */
export class Replay {
  readonly #machine: Machine;
  readonly #log: InputLog;
  #next: number;

  /** `given`: events that the machine, which comes from a snapshot, has had already. Its time does not tell: events may share one. */
  constructor(machine: Machine, log: InputLog, given = 0) {
    this.#machine = machine;
    this.#log = log;
    this.#next = given;
  }

  /** Events that are still to come. */
  get left(): number {
    return this.#log.length - this.#next;
  }

  /** The first of them. */
  get next(): InputEvent | undefined {
    return this.#next < this.#log.length ? this.#log[this.#next] : undefined;
  }

  /** As Machine.run, and gives what the log has on the way. A guest that asks for a reset gets it. */
  run(maxInstructions: number, untilNs = Infinity): MachineExit {
    const machine = this.#machine;
    const end = machine.counters.instructions + maxInstructions;
    for (;;) {
      this.#giveDue();
      const event = this.#next < this.#log.length ? this.#log[this.#next] : undefined;
      const until = Math.min(untilNs, event?.virtualNs ?? Infinity);
      const exit = machine.run(end - machine.counters.instructions, until);
      const { instructions, virtualNs } = machine.counters;
      if (exit.reason === 'reset') {
        machine.reset();
        if (instructions < end && virtualNs < untilNs) continue;
        return { reason: 'budget' };
      }
      const interrupted = exit.reason === 'budget' || exit.reason === 'idle';
      if (!interrupted || !event || virtualNs < event.virtualNs) return exit;
      if (instructions >= end || virtualNs >= untilNs) {
        this.#giveDue();
        return exit;
      }
    }
  }

  #giveDue(): void {
    const machine = this.#machine;
    for (; this.#next < this.#log.length; this.#next++) {
      const event = this.#log[this.#next];
      if (event.virtualNs > machine.counters.virtualNs) return;
      giveInput(machine, event);
    }
  }
}

export function giveInput(machine: Machine, event: InputEvent): void {
  if (event.kind === 'receive') machine.sendInput(event.bytes);
  else if (event.kind === 'powerKey') machine.pressPowerKey();
  else machine.reset();
}

const kinds = ['receive', 'powerKey', 'reset'] as const;

/** Numbers as differences from the event before. */
export function writeLog(writer: ByteWriter, log: InputLog): void {
  let [instructions, virtualNs] = [0, 0];
  writer.varint(log.length);
  for (const event of log) {
    writer.varint(event.instructions - instructions);
    writer.varint(event.virtualNs - virtualNs);
    ({ instructions, virtualNs } = event);
    writer.byte(kinds.indexOf(event.kind));
    if (event.kind !== 'receive') continue;
    writer.varint(event.bytes.length);
    writer.bytes(event.bytes);
  }
}

/** Throws {@link Malformed}. */
export function readLog(reader: ByteReader): InputEvent[] {
  const log: InputEvent[] = [];
  let [instructions, virtualNs] = [0, 0];
  const count = reader.varint();
  for (let i = 0; i < count; i++) {
    instructions += reader.varint();
    virtualNs += reader.varint();
    if (Math.max(instructions, virtualNs) > Number.MAX_SAFE_INTEGER) throw new Malformed('an event is too late');
    const kind = kinds.at(reader.byte());
    if (kind === undefined) throw new Malformed('there is no input of that kind');
    log.push(
      kind === 'receive'
        ? { instructions, virtualNs, kind, bytes: reader.bytes(reader.varint()).slice() }
        : { instructions, virtualNs, kind },
    );
  }
  return log;
}
