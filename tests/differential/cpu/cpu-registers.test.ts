import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { haveOracles } from '../../oracle.ts';
import { assembleProgram, runHere, runQemu } from './bare-metal.ts';
import { readAccesses, writeRegisterProgram } from './register-program.ts';

/** They say what is there, which is not what a Cortex-A53 has: no AArch32, no EL2, but atomics, PAN, UAO and all granules. */
const identification = /^(id_|mvfr)/;

/** Registers that QEMU 7.2 lacks: of Armv8.0's debug architecture, and of PAN and UAO, which its Cortex-A53 has not. */
const missingThere = new Set(
  'dbgauthstatus_el1 dbgclaimclr_el1 dbgclaimset_el1 dbgprcr_el1 osdtrrx_el1 osdtrtx_el1 oseccr_el1 pan uao'.split(' '),
);

/** Instructions retired are counted here, and under QEMU only with -icount. */
const instructionsRetired = 1n << 8n;

describe.skipIf(!haveOracles('qemu-system-aarch64', 'aarch64-linux-gnu-gcc'))('system registers', () => {
  it('are those of a Cortex-A53, with its values and no bits that QEMU does not keep', () => {
    const source = writeRegisterProgram(join(import.meta.dirname, 'runtime.S'));
    const program = assembleProgram(source);
    try {
      const ours = readAccesses(runHere(program).output);
      const theirs = new Map(readAccesses(runQemu(program, 'cortex-a53')).map((a) => [`${a.register} ${a.written}`, a.value]));
      expect(ours.length).toBe(theirs.size);
      const wrong = ours.filter(({ register, written, value }) => {
        const their = theirs.get(`${register} ${written}`);
        if (missingThere.has(register)) return their !== undefined;
        if (value === undefined || their === undefined) return value !== their;
        if (identification.test(register)) return false;
        // Reserved bits are zero here; QEMU keeps many.
        if (written) return (value & ~their) !== 0n;
        return register === 'pmceid0_el0' ? (value & ~instructionsRetired) !== their : value !== their;
      });
      expect(wrong).toEqual([]);
      expect(ours.length).toBeGreaterThan(200);
    } finally {
      program.remove();
      rmSync(source);
    }
  });
});
