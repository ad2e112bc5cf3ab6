import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sysregNames } from '../../../src/lib/arm64/index.ts';

/** What comes of reading a register, or of reading it after all ones were written to it: a value, or undefined for an UNDEFINED access. */
export type Access = { register: string; written: boolean; value: bigint | undefined };

/** Registers of features that neither CPU has, of EL2 and EL3, of time, MDCCINT_EL1 which QEMU ignores, and those that the program itself depends on. */
const skipped =
  /^(icc_|ich_|dbgdtr|sctlr_el1|mdccint_el1|sp_el0|spsel|rndr|pmxevcntr|cntp?v?ct_|cnt[pv]_tval|cntpct|cntvct|.*_el(2|3|12|02)$|spsr_(abt|fiq|irq|svc|und)$)/;

const registers = [...sysregNames()].filter(([name]) => !skipped.test(name)).sort();

const encoding = (key: number): string => `s${key >>> 14}_${(key >>> 11) & 7}_c${(key >>> 7) & 15}_c${(key >>> 3) & 15}_${key & 7}`;

/** Writes a program of runtime.S that accesses every system register, labelled by its number; gives the path. */
export function writeRegisterProgram(runtime: string): string {
  const accesses = registers.map(([, key], i) => {
    const pool = i % 20 === 19 ? '    b 88f\n    .ltorg\n88:\n' : '';
    return `    try ${2 * i}, mrs x0, ${encoding(key)}\n    all_ones ${2 * i + 1}, ${encoding(key)}\n${pool}`;
  });
  const source = `#include "${runtime}"
    .macro all_ones label, register
    mov x27, #\\label
    adr x28, 99f
    mrs x5, \\register
    mov x0, #-1
    msr \\register, x0
    mrs x1, \\register
    msr \\register, x5
    show \\label, x1
99:
    .endm
main:
    mov x0, #(3 << 20)
    msr cpacr_el1, x0
    isb
${accesses.join('')}
    b finish
    .ltorg
    .bss
    .align 12
    .space 4096
stack_top:
`;
  const path = join(tmpdir(), `registers-${process.pid}.S`);
  writeFileSync(path, source);
  return path;
}

/** What the program printed. */
export function readAccesses(output: string): Access[] {
  return output
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const numbers = line
        .trim()
        .split(' ')
        .map((text) => BigInt(`0x${text}`));
      const label = Number(numbers[0]);
      // An exception has more to tell: its syndrome is the third number.
      if (numbers.length > 2 && numbers[2] !== 0x200_0000n) throw new Error(`exception ${line} at ${registers[label >>> 1][0]}`);
      return { register: registers[label >>> 1][0], written: label % 2 === 1, value: numbers.length > 2 ? undefined : numbers[1] };
    });
}
