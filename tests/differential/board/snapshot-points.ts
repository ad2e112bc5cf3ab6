import { readFileSync } from 'node:fs';
import {
  createMachine,
  openSnapshot,
  prepareMachine,
  recordInput,
  Replay,
  writeSnapshot,
  type BoardOptions,
  type Machine,
} from '../../../src/lib/emulator/index.ts';
import { numbersFrom } from '../../../src/lib/emulator/snapshot/damage.ts';
import { buildProgram } from './programs.ts';

export type Workload = { program: string; defines: string[]; gic: 2 | 3; cpus: number; input?: string };

/** Four CPUs with locks and SGIs on both GICs, timers that preempt, and a UART that interrupts. */
export const workloads: Workload[] = [
  { program: 'smp', defines: ['GIC=2'], gic: 2, cpus: 4 },
  { program: 'smp', defines: ['GIC=3'], gic: 3, cpus: 4 },
  { program: 'echo', defines: ['RXIM=0x50'], gic: 2, cpus: 1, input: 'hello\nsome longer line that does not fit into the FIFO\n\nquit\n' },
  { program: 'timer', defines: ['GIC=3'], gic: 3, cpus: 1 },
];

const much = 1e9;

const boardOf = ({ gic, cpus }: Workload): BoardOptions => ({ gic, cpus, memoryBytes: 4 << 20 });

async function boot(workload: Workload): Promise<Machine> {
  const image = readFileSync(buildProgram(workload.program, workload.defines));
  const made = await createMachine({ image, ...boardOf(workload) });
  if (!made.ok) throw new Error(made.problems[0].message);
  return made.value;
}

/**
 * Runs a workload once in one piece, then again, saved and restored at random points: what was restored runs on to the next point, so one state
 * that was not exact would show in all that follow. Gives what differs; undefined: nothing.
 */
export async function differenceBySnapshots(workload: Workload, points: number, seed: number): Promise<string | undefined> {
  const whole = await boot(workload);
  const log = recordInput(whole);
  if (workload.input !== undefined) whole.sendInput(new TextEncoder().encode(workload.input));
  whole.run(much);
  const { instructions: end } = whole.counters;
  const proof = whole.stateHash();
  const below = numbersFrom(seed);
  const places = Array.from({ length: points }, () => below(end)).sort((a, b) => a - b);
  // A run beside it that is never interrupted tells where the first difference is.
  const reference = await boot(workload);
  const follow = new Replay(reference, log);
  let machine = await boot(workload);
  let replay = new Replay(machine, log);
  for (const place of places) {
    replay.run(place - machine.counters.instructions);
    follow.run(place - reference.counters.instructions);
    const given = log.length - replay.left;
    const opened = await openSnapshot(await writeSnapshot(machine, log.slice(0, given)));
    if (!opened.ok) return `${place}: ${opened.problems[0].message}`;
    ({ machine } = opened.value);
    replay = new Replay(machine, log, opened.value.log.length);
    if (machine.stateHash() !== reference.stateHash()) return `at ${place} the state is another`;
  }
  replay.run(much);
  if (machine.counters.instructions !== end) return `${machine.counters.instructions} instructions instead of ${end}`;
  return machine.stateHash() === proof ? undefined : 'the final state is another';
}

/** Runs a workload in a machine that is made when it is asked for, and in one that was prepared, with hashes on the way. Gives what differs; undefined: nothing. */
export async function differenceByPreparing(workload: Workload, points: number): Promise<string | undefined> {
  const usual = await boot(workload);
  // By now this thread has the handlers that the workload's start needs, so the second machine has them from the beginning.
  usual.run(1000);
  prepareMachine(boardOf(workload));
  const prepared = await boot(workload);
  if (prepared.memory === usual.memory) return 'both have the same memory';
  prepared.run(1000);
  for (const machine of [usual, prepared]) if (workload.input !== undefined) machine.sendInput(new TextEncoder().encode(workload.input));
  for (let point = 0; point < points; point++) {
    const [usually, preparedly] = [usual, prepared].map((machine) => `${machine.run(40_000).reason} ${machine.stateHash()}`);
    if (usually !== preparedly) return `after ${usual.counters.instructions} instructions ${preparedly} instead of ${usually}`;
  }
  const ends = [usual, prepared].map((machine) => `${machine.run(much).reason} ${machine.counters.instructions} ${machine.stateHash()}`);
  return ends[0] === ends[1] ? undefined : `${ends[1]} at the end instead of ${ends[0]}`;
}
