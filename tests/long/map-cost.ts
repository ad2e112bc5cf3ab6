/**
 * What looking at a guest's memory costs it: instructions for each millisecond of CPU time with every picture taken as the page takes them, against
 * none, in adjacent pairs. The guest computes and goes through memory all the time.
 *
 *   npx tsx tests/long/map-cost.ts ELF [PAIRS]
 *
 * An ELF file that never ends, of `uk build`. CPU time and not wall-clock time is measured, so other work on the computer matters little.
 */
import { readFileSync } from 'node:fs';
import { createMachine } from '../../src/lib/emulator/index.ts';
import { readExceptions, readTlb } from '../../src/lib/session/cpu-pictures.ts';
import { HeatMeter } from '../../src/lib/session/heat.ts';
import { MapReader, readMap } from '../../src/lib/session/memory-map.ts';
import { readBytes } from '../../src/lib/session/read-bytes.ts';

const [path, pairs = '12'] = process.argv.slice(2);
const image = new Uint8Array(readFileSync(path));
/** As the page asks: after each answer it waits for so long. */
const pauseMs = 400;
const roundMs = 2000;
const slice = 200_000;

const made = await createMachine({ image, memoryBytes: 64 << 20 });
if (!made.ok) throw new Error(made.problems[0].message);
const machine = made.value;
const reader = new MapReader(image);
const cpuMs = () => process.cpuUsage().user / 1000;

/** Instructions for each millisecond of CPU time over one round. */
function round(views: boolean): number {
  const heat = views ? new HeatMeter(machine) : undefined;
  const began = cpuMs();
  const before = machine.counters.instructions;
  for (let next = began; cpuMs() - began < roundMs;) {
    machine.run(slice);
    if (!heat || cpuMs() < next) continue;
    structuredClone({ ...readMap(reader, machine), heat: heat.take(), tlb: readTlb(machine), exceptions: readExceptions(machine) });
    structuredClone(
      readBytes(machine, { type: 'read', space: 'virtual', address: 0x4010_0000, start: 0x4010_0000, length: 256 }, reader.sources),
    );
    next = cpuMs() + pauseMs;
  }
  heat?.close();
  return (machine.counters.instructions - before) / (cpuMs() - began);
}

round(false);
round(true);
const ratios: number[] = [];
for (let pair = 0; pair < Number(pairs); pair++) {
  // Which comes first alternates, so that a machine that warms up or slows down favours neither.
  const first = round(pair % 2 === 0);
  const second = round(pair % 2 !== 0);
  const [open, closed] = pair % 2 === 0 ? [first, second] : [second, first];
  ratios.push(open / closed);
  console.log(
    `pair ${pair + 1}: open ${open.toFixed(0)}, closed ${closed.toFixed(0)} instructions/ms, ratio ${(open / closed).toFixed(4)}`,
  );
}
ratios.sort((a, b) => a - b);
console.log(`median ratio ${ratios[ratios.length >> 1].toFixed(4)}, worst ${ratios[0].toFixed(4)}`);
