import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MemoryMap } from '../../../src/lib/emulator/board/memory-map.ts';
import { planBoot } from '../../../src/lib/emulator/board/loader.ts';
import { haveOracles } from '../../oracle.ts';

const mebi = 2 ** 20;

/** A flat image: QEMU boots it like Linux, so that command line and initrd reach the tree. */
const image = new Uint8Array(8192).fill(0x1f);

type Case = { gic: 2 | 3; cpus: number; memoryMib: number; commandLine?: string; initrdBytes?: number };

const cases: Case[] = [
  { gic: 2, cpus: 1, memoryMib: 64 },
  { gic: 2, cpus: 1, memoryMib: 128, commandLine: 'console=ttyAMA0 quiet' },
  { gic: 2, cpus: 4, memoryMib: 512, commandLine: '', initrdBytes: 12345 },
  { gic: 2, cpus: 8, memoryMib: 3072, commandLine: 'umlaut=ä "quoted words"', initrdBytes: 1 },
  { gic: 3, cpus: 1, memoryMib: 64, commandLine: 'a', initrdBytes: 4096 },
  { gic: 3, cpus: 2, memoryMib: 100 },
  { gic: 3, cpus: 8, memoryMib: 1000, initrdBytes: 70_000 },
  { gic: 2, cpus: 3, memoryMib: 65, commandLine: 'x'.repeat(2000) },
  { gic: 2, cpus: 7, memoryMib: 2048, commandLine: ' leading and trailing ' },
  { gic: 3, cpus: 5, memoryMib: 256, initrdBytes: 3_000_001 },
  { gic: 3, cpus: 6, memoryMib: 1536, commandLine: 'tab\tand # = ; {} <0>' },
];

describe.skipIf(!haveOracles('qemu-system-aarch64', 'dtc'))('devicetree as QEMU gives it', () => {
  let directory = '';
  beforeAll(() => (directory = mkdtempSync(join(tmpdir(), 'board-dtb-'))));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  const source = (blob: Uint8Array | string): string[] => {
    const file = typeof blob === 'string' ? blob : join(directory, 'ours.dtb');
    if (typeof blob !== 'string') writeFileSync(file, blob);
    const dtc = spawnSync('dtc', ['-q', '-I', 'dtb', '-O', 'dts', file]);
    expect(dtc.status).toBe(0);
    // The seeds are random in QEMU's: only their presence and length can agree.
    return dtc.stdout
      .toString()
      .split('\n')
      .map((line) => (/^\s*(rng|kaslr)-seed/.test(line) ? line.replace(/0x[0-9a-f]+/g, 'random') : line));
  };

  const qemu = (c: Case): string[] => {
    const dump = join(directory, 'qemu.dtb');
    const kernel = join(directory, 'image');
    writeFileSync(kernel, image);
    const args = ['-M', `virt,gic-version=${c.gic}${c.gic === 3 ? ',its=off' : ''},dumpdtb=${dump}`, '-cpu', 'cortex-a53'];
    args.push('-smp', `${c.cpus}`, '-m', `${c.memoryMib}M`, '-nographic', '-kernel', kernel);
    if (c.commandLine !== undefined) args.push('-append', c.commandLine);
    if (c.initrdBytes !== undefined) {
      writeFileSync(join(directory, 'initrd'), new Uint8Array(c.initrdBytes));
      args.push('-initrd', join(directory, 'initrd'));
    }
    const run = spawnSync('qemu-system-aarch64', args, { timeout: 60_000 });
    expect(run.stderr.toString()).toContain('dtb dumped');
    return source(dump);
  };

  it.each(cases)('gic $gic, $cpus CPUs, $memoryMib MiB, append $commandLine, initrd $initrdBytes', (c) => {
    const plan = planBoot(image, {
      file: 'image',
      gic: c.gic,
      cpus: c.cpus,
      memoryBytes: c.memoryMib * mebi,
      commandLine: c.commandLine,
      initrd: c.initrdBytes === undefined ? undefined : new Uint8Array(c.initrdBytes),
      seed: 1,
    });
    if (!plan.ok) throw new Error(plan.problems[0].message);
    const { dtb, placements } = plan.value;
    const blob = placements.find((p) => p.address === dtb?.start);
    expect(dtb && dtb.start % (2 * mebi)).toBe(0);
    expect(dtb && dtb.start >= MemoryMap.ram).toBe(true);
    expect(source(blob?.bytes ?? new Uint8Array(0))).toEqual(qemu(c));
  });
});
