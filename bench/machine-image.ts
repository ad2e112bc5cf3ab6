/** Boots an image to its power-off and prints what it sends: `npx tsx bench/machine-image.ts IMAGE [interpreter]`. For machine.ts. */
import { readFileSync } from 'node:fs';
import { createMachine } from '../src/lib/emulator/index.ts';

const [file, tier] = process.argv.slice(2);
const made = await createMachine({ image: readFileSync(file), translate: tier !== 'interpreter' });
if (!made.ok) throw new Error(made.problems.map((p) => p.message).join('\n'));
const machine = made.value;
machine.onUart = (bytes) => process.stdout.write(bytes);
const started = performance.now();
const before = process.cpuUsage();
let exit = machine.run(50_000_000);
while (exit.reason === 'budget') exit = machine.run(50_000_000);
const ms = performance.now() - started;
const { user, system } = process.cpuUsage(before);
const cpuMs = (user + system) / 1000;
process.stderr.write(
  `${exit.reason} ${ms.toFixed(0)} ms, ${cpuMs.toFixed(0)} ms of processor time, ${machine.counters.instructions} instructions\n`,
);
