import { describe, expect, it } from 'vitest';
import { assembleLines } from '../emulator/cpu/testing.ts';
import { createMachine, interruptSource } from '../emulator/index.ts';
import { readExceptions } from './cpu-pictures.ts';

describe('the picture of exceptions', () => {
  it('tells what happened, where and when', async () => {
    // The vectors lie in memory that holds nothing: the call is taken, and then there is nothing that could go on.
    const image = assembleLines(['movz x0, #0x4008, lsl #16', 'movk x0, #0x800', 'msr vbar_el1, x0', 'isb', 'svc #7']);
    const made = await createMachine({ image, memoryBytes: 4 << 20 });
    if (!made.ok) throw new Error(made.problems[0].message);
    const machine = made.value;
    expect(readExceptions(machine)).toEqual({ events: [], total: 0 });
    expect(machine.run(100_000).reason).toBe('fault');

    const { events, total } = readExceptions(machine);
    expect(events).toHaveLength(1);
    expect(events[0]).toMatchObject({ cpu: 0, cause: 'SVC instruction', pc: 0x4008_0014 });
    expect(events[0].description).toContain('at PC 0x40080014');
    expect(events[0].instructions).toBeLessThan(machine.counters.instructions);
    expect(total).toBe(1);
  });

  it('knows who raises which interrupt', () => {
    const sources = [
      [0, 'software, from a CPU'],
      [27, 'virtual timer'],
      [33, 'UART'],
      [48, 'virtio slot 0'],
      [79, 'virtio slot 31'],
      [16, undefined],
    ] as const;
    for (const [interrupt, source] of sources) expect(interruptSource(interrupt)).toBe(source);
  });
});
