/**
 * Runs a machine of 64 MB for a long time and tells what it holds: `npx tsx tests/long/memory.ts [MINUTES] [CPUS]`, ten minutes on one CPU by default.
 * The guest is Debian's kernel with a shell that runs a script of many short processes for ever: new address spaces and new code in old pages.
 * Ends with 1 when this process holds more than 32 MB more at the end than after a quarter of the time, or when the guest came to an end.
 */
import { readFileSync } from 'node:fs';
import { createMachine } from '../../src/lib/emulator/index.ts';
import { debianArm64 } from '../differential/linux/debian.ts';
import { initramfs } from '../differential/linux/initramfs.ts';

const [minutes = 10, cpus = 1] = process.argv.slice(2).map(Number);
const allowedGrowth = 32 << 20;
const slice = 5_000_000;

const debian = debianArm64();
if (typeof debian === 'string') throw new Error(debian);
const made = await createMachine({
  image: readFileSync(debian.kernel),
  initrd: initramfs(readFileSync(debian.busybox)),
  commandLine: 'console=ttyAMA0 quiet',
  memoryBytes: 64 << 20,
  cpus,
});
if (!made.ok) throw new Error(made.problems[0]?.message);
const machine = made.value;

let tail = '';
let rounds = 0;
let prompted = false;
machine.onUart = (bytes) => {
  tail = (tail + Buffer.from(bytes).toString('latin1')).slice(-2000);
  rounds += Buffer.from(bytes).toString('latin1').split('slept').length - 1;
  if (!prompted && tail.includes('uk# ')) {
    prompted = true;
    machine.sendInput(Buffer.from('while :; do sh /check; done\n'));
  }
};

const megabytes = (bytes: number): string => (bytes / 2 ** 20).toFixed(0).padStart(4);
const started = performance.now();
const seconds = (): number => (performance.now() - started) / 1000;
const end = minutes * 60;
let atQuarter: number | undefined;
let next = 0;
let ended: string | undefined;
while (seconds() < end && ended === undefined) {
  const exit = machine.run(slice);
  if (exit.reason !== 'budget') ended = exit.reason;
  // What was compiled or collected in the background is settled between slices only.
  await new Promise(setImmediate);
  if (seconds() >= end / 4) atQuarter ??= process.memoryUsage().rss;
  if (seconds() < next) continue;
  next += end / 20;
  const { rss, heapUsed, external } = process.memoryUsage();
  const { instructions } = machine.counters;
  console.log(
    `${seconds().toFixed(0).padStart(4)} s ${(instructions / 1e6).toFixed(0).padStart(7)} M instructions, ${rounds} rounds: ` +
      `process ${megabytes(rss)} MB, heap ${megabytes(heapUsed)} MB, external ${megabytes(external)} MB`,
  );
}
const growth = process.memoryUsage().rss - (atQuarter ?? 0);
console.log(`growth since a quarter of the time: ${megabytes(growth)} MB`);
if (ended !== undefined) console.log(`the guest ended: ${ended}\n${tail}`);
process.exitCode = ended !== undefined || growth > allowedGrowth ? 1 : 0;
