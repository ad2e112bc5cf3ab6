import { describe, expect, it } from 'vitest';
import { haveOracles } from '../../oracle.ts';
import { assembleProgram, runHere, runQemu } from './bare-metal.ts';

/** The same bare-metal program here and under QEMU prints the same: exceptions, translation, registers. */
const programs: { name: string; cpu: string; defines?: string[] }[] = [
  { name: 'exceptions.S', cpu: 'cortex-a53' },
  { name: 'debug.S', cpu: 'cortex-a53' },
  { name: 'pmu.S', cpu: 'cortex-a53' },
  { name: 'mmu.S', cpu: 'cortex-a53', defines: ['GRANULE=12', 'PAGES=128'] },
  // This QEMU's Cortex-A53 has no 16K granule and no PAN.
  { name: 'mmu.S', cpu: 'max', defines: ['GRANULE=14', 'PAGES=40', 'PAN'] },
  { name: 'mmu.S', cpu: 'cortex-a53', defines: ['GRANULE=16', 'PAGES=40'] },
];

/** A translator that translates nearly everything. */
const eager = {
  firstLook: 1,
  firstPeriod: 50,
  longestPeriod: 150,
  threshold: 1,
  cost: 0,
  limits: { instructions: 300, pages: 4 },
  large: { pages: 1, cost: 0, exitCost: 0, instructions: 60, growth: 1000, least: 0, strays: 1, misses: 0 },
  maxBytes: 1 << 20,
};

describe.skipIf(!haveOracles('qemu-system-aarch64', 'aarch64-linux-gnu-gcc'))('system behaviour', () => {
  it.each(programs)('$name $defines is that of $cpu', ({ name, cpu, defines }) => {
    const program = assembleProgram(name, defines);
    try {
      const { output, exit } = runHere(program);
      expect(output.split('\n')).toEqual(runQemu(program, cpu).replaceAll('\r', '').split('\n'));
      expect(exit.reason).toBe('stopped');
      expect(runHere(program, eager)).toEqual({ output, exit });
    } finally {
      program.remove();
    }
  });
});
