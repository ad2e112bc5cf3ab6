import { describe, expect, it } from 'vitest';
import { psciCall, type PsciHost } from './psci.ts';

function host() {
  const log: string[] = [];
  const on = [true, false, false, false];
  const machine: PsciHost = {
    cpus: 4,
    isOn: (cpu) => on[cpu],
    turnOn: (cpu, entry, context) => {
      on[cpu] = true;
      log.push(`on ${cpu} ${entry} ${context}`);
    },
    turnOff: (cpu) => {
      on[cpu] = false;
      log.push(`off ${cpu}`);
    },
    suspend: (cpu) => log.push(`suspend ${cpu}`),
    powerOff: () => log.push('power off'),
    reset: () => log.push('reset'),
  };
  return {
    log,
    call: (...args: bigint[]) => BigInt.asIntN(64, psciCall(machine, 0, [args[0], args[1] ?? 0n, args[2] ?? 0n, args[3] ?? 0n])),
  };
}

describe('PSCI', () => {
  it('is version 1.1 with the functions it says', () => {
    const { call } = host();
    expect(call(0x84000000n)).toBe(0x10001n);
    expect(call(0x84000006n)).toBe(2n);
    for (const id of [0x84000001n, 0xc4000001n, 0x84000002n, 0x84000003n, 0xc4000003n, 0x84000008n, 0x84000009n, 0x8400000an])
      expect(call(0x8400000an, id)).toBe(0n);
    for (const id of [0x84000005n, 0xc4000002n, 0x84000012n, 0x80000000n]) expect(call(0x8400000an, id)).toBe(-1n);
    expect(call(0x80000000n)).toBe(-1n);
    expect(call(0xffff_ffff_8400_0000n)).toBe(-1n);
  });

  it('turns CPUs on and off', () => {
    const { call, log } = host();
    expect(call(0xc4000004n, 2n, 0n)).toBe(1n);
    expect(call(0xc4000003n, 2n, 0x40080000n, 42n)).toBe(0n);
    expect(call(0xc4000003n, 2n, 0x40080000n, 42n)).toBe(-4n);
    expect(call(0xc4000003n, 4n, 0x40080000n, 42n)).toBe(-2n);
    expect(call(0xc4000003n, 0x100n, 0x40080000n, 42n)).toBe(-2n);
    expect(call(0xc4000004n, 2n, 0n)).toBe(0n);
    expect(call(0xc4000004n, 2n, 1n)).toBe(0n);
    expect(call(0xc4000004n, 9n, 0n)).toBe(-2n);
    call(0x84000002n);
    expect(call(0xc4000001n, 0n)).toBe(0n);
    expect(call(0xc4000001n, 0x20000n)).toBe(-2n);
    call(0x84000008n);
    call(0x84000009n);
    expect(log).toEqual(['on 2 1074266112 42', 'off 0', 'suspend 0', 'power off', 'reset']);
  });
});
