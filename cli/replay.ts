/** `uk replay SNAPSHOT [--json F]`: runs a recording from power-on with its input, and compares the end with what was saved. */
import { readFileSync, writeFileSync } from 'node:fs';
import { createMachine, openSnapshot, Replay } from '../src/lib/emulator/index.ts';
import { parseArguments } from './arguments.ts';
import { complain } from './run.ts';

const usage = `usage: uk replay SNAPSHOT [--json F]
  --json F   write figures of the run to F
Runs the image of a snapshot from power-on with the input that was recorded in it, as far as it was saved, its output to this terminal.
Exit status: 0 the state is the one that was saved, bit for bit; 1 it is not, or the file is not valid; 2 bad usage.
`;

const slice = 10_000_000;

export async function main(args: readonly string[]): Promise<number> {
  const parsed = parseArguments(args, { flags: ['--help'], values: ['--json'] });
  if (typeof parsed === 'string' || (parsed.rest.length !== 1 && !parsed.flags.has('--help'))) {
    process.stderr.write(`uk replay: ${typeof parsed === 'string' ? parsed : 'which snapshot?'}\n${usage}`);
    return 2;
  }
  if (parsed.flags.has('--help')) {
    process.stdout.write(usage);
    return 0;
  }
  const opened = await openSnapshot(readFileSync(parsed.rest[0]));
  if (!opened.ok) return complain(opened.problems);
  const { machine: saved, log, info } = opened.value;
  const made = await createMachine(saved.options);
  if (!made.ok) return complain(made.problems);
  const machine = made.value;
  machine.onUart = (bytes) => process.stdout.write(bytes);
  const replay = new Replay(machine, log);
  for (;;) {
    // Time spent waiting at the very end was part of the run.
    const exit = replay.run(Math.min(slice, info.instructions - machine.counters.instructions), info.virtualNs);
    const { instructions, virtualNs } = machine.counters;
    if (exit.reason !== 'budget' && exit.reason !== 'idle') break;
    if (virtualNs >= info.virtualNs || (instructions >= info.instructions && exit.reason === 'budget')) break;
  }
  const stateHash = machine.stateHash();
  const equal = stateHash === info.stateHash;
  const { instructions, virtualNs } = machine.counters;
  process.stderr.write(
    `\nuk replay: ${instructions} instructions, state ${stateHash}: ${equal ? 'as saved' : `not the ${info.stateHash} that was saved`}\n`,
  );
  const [json] = parsed.values.get('--json') ?? [];
  if (json !== undefined) writeFileSync(json, `${JSON.stringify({ instructions, virtualNs, stateHash, equal }, undefined, 1)}\n`);
  return equal ? 0 : 1;
}
