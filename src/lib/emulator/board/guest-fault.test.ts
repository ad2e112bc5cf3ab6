import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ExceptionRecord } from '../cpu/types.ts';
import { describeException, describeStuck } from './guest-fault.ts';

const exception = (fields: Partial<ExceptionRecord>): ExceptionRecord => ({
  kind: 'synchronous',
  vector: 0x200n,
  elr: 0x4020_0010n,
  esr: 0n,
  far: 0n,
  spsr: 0x3c5n,
  ...fields,
});

describe('exceptions in words', () => {
  it.each([
    [{ esr: 0x96000050n, far: 0x10n }, 'data abort at PC 0x40200010, writing address 0x10: nothing answers at that address'],
    [{ esr: 0x96000006n, far: 0xdead0000n }, 'data abort at PC 0x40200010, reading address 0xdead0000: no translation, level 2'],
    [{ esr: 0x9600004fn, far: 0x1000n }, 'writing address 0x1000: permission denied, level 3'],
    [{ esr: 0x96000021n, far: 0x3n }, 'misaligned address'],
    [{ esr: 0x86000010n, elr: 0n }, 'instruction abort at PC 0x0: nothing answers at that address'],
    [{ esr: 0x02000000n }, 'undefined instruction at PC 0x40200010'],
    [{ esr: 0xf200002an }, 'BRK #42 at PC 0x40200010'],
    [{ esr: 0x56000007n }, 'SVC instruction'],
    [{ esr: 0x8a000000n, far: 0x4020_0011n }, 'misaligned PC'],
    [{ kind: 'irq' as const }, 'irq at PC 0x40200010'],
  ])('%o', (fields, words) => {
    expect(describeException(exception(fields))).toContain(words);
  });

  it('never fails', () => {
    const bits = fc.bigInt(0n, 0xffff_ffff_ffff_ffffn);
    fc.assert(
      fc.property(bits, bits, bits, (esr, far, elr) => {
        expect(describeException(exception({ esr, far, elr }))).toMatch(/at PC 0x/);
      }),
    );
  });

  it('say why a CPU is stuck', () => {
    const origin = exception({ esr: 0x86000010n, elr: 0n, far: 0n });
    const last = exception({ esr: 0x86000010n, elr: 0x200n, far: 0x200n });
    expect(describeStuck(0, 1, origin, last, 0n)).toContain('No exception vectors are set');
    expect(describeStuck(2, 4, origin, { ...last, vector: 0x4008_0200n }, 0x4008_0000n)).toMatch(
      /^CPU 2 .*vector at 0x40080200 faults too/,
    );
  });
});
