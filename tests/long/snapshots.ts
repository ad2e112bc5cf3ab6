/**
 * Saves and restores running machines at random points, and damages snapshots: `npx tsx tests/long/snapshots.ts [POINTS] [DAMAGES] [SEED]`, by default
 * 1,000 points over all workloads and 10,000 damaged files from seed 1. Ends with 1 when a final state differs, or when a file is neither
 * refused nor runs.
 */
import { readFileSync } from 'node:fs';
import { createMachine, openSnapshot, writeSnapshot } from '../../src/lib/emulator/index.ts';
import { damage, rewrap } from '../../src/lib/emulator/snapshot/damage.ts';
import { buildProgram } from '../differential/board/programs.ts';
import { differenceBySnapshots, workloads } from '../differential/board/snapshot-points.ts';

const points = Number(process.argv[2] ?? 1000);
const damages = Number(process.argv[3] ?? 10_000);
const seed = Number(process.argv[4] ?? 1);
let wrong = 0;

async function restorePoints(): Promise<void> {
  const each = Math.ceil(points / workloads.length);
  for (const workload of workloads) {
    const difference = await differenceBySnapshots(workload, each, seed);
    if (difference !== undefined) wrong++;
    console.log(`${workload.program} ${workload.defines.join(' ')}: ${each} points, ${difference ?? 'equal final states'}`);
  }
}

async function damageFiles(): Promise<void> {
  for (const gic of [2, 3] as const) {
    const image = readFileSync(buildProgram('smp', [`GIC=${gic}`]));
    const made = await createMachine({ image, gic, cpus: 4, memoryBytes: 4 << 20 });
    if (!made.ok) throw new Error(made.problems[0].message);
    made.value.run(50_000);
    const file = await writeSnapshot(made.value);
    const counts = { refused: 0, accepted: 0, slowestMs: 0 };
    for (let i = 0; i < damages / 2; i++) {
      const began = performance.now();
      // Every twentieth is by somebody who makes the checks fit: that takes three machines each.
      const knowing = i % 20 === 0;
      const result = await openSnapshot(knowing ? await rewrap(file, seed + i) : damage(file, seed + i));
      if (result.ok) {
        counts.accepted++;
        if (!knowing) wrong++;
        result.value.machine.run(20_000);
        await writeSnapshot(result.value.machine);
      } else counts.refused++;
      counts.slowestMs = Math.max(counts.slowestMs, Math.round(performance.now() - began));
    }
    console.log(
      `GIC ${gic}: ${damages / 2} damaged files, ${counts.refused} refused, ${counts.accepted} ran on, slowest ${counts.slowestMs} ms`,
    );
  }
}

await restorePoints();
await damageFiles();
process.exitCode = wrong > 0 ? 1 : 0;
