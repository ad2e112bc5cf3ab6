import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AccessBytes } from '../device.ts';
import { EventClock } from './clock.ts';
import { MemoryMap } from './memory-map.ts';
import { makePeripherals } from './peripherals.ts';

const cpus = 4;

function board(gic: 2 | 3) {
  const clock = new EventClock(
    () => 0,
    () => undefined,
  );
  const ram = new Uint8Array(0x1_0000);
  const at = (address: number, length: number) => {
    const offset = address - MemoryMap.ram;
    return offset >= 0 && offset + length <= ram.length ? offset : undefined;
  };
  const signals: string[] = new Array<string>(cpus).fill('');
  const state = { requester: 0, printed: 0 };
  const peripherals = makePeripherals({
    gic,
    cpus,
    startTime: 1000,
    clock,
    memory: {
      load: (address, length) => {
        const offset = at(address, length);
        return offset === undefined ? undefined : ram.slice(offset, offset + length);
      },
      store: (address, bytes) => {
        const offset = at(address, bytes.length);
        if (offset !== undefined) ram.set(bytes, offset);
        return offset !== undefined;
      },
    },
    requester: () => state.requester,
    signals: (cpu, irq, fiq) => void (signals[cpu] = `${irq} ${fiq}`),
    transmit: () => state.printed++,
  });
  return { clock, signals, state, ...peripherals };
}

type Step = { device: number; place: number; bytes: AccessBytes; write: boolean; value: bigint; cpu: number; time: number };

const step: fc.Arbitrary<Step> = fc.record({
  device: fc.nat(100),
  place: fc.nat(),
  bytes: fc.constantFrom<AccessBytes>(1, 2, 4, 4, 4, 8),
  write: fc.boolean(),
  value: fc.oneof(fc.bigInt(0n, 0xffff_ffff_ffff_ffffn), fc.constantFrom(0n, 1n, 0xffff_ffffn, 0x10n, 0x3ffn)),
  cpu: fc.nat(cpus - 1),
  time: fc.oneof(fc.constant(0), fc.nat(3e9)),
});

/** One access to a register of some device, or anywhere in its window. */
function perform(b: ReturnType<typeof board>, s: Step): bigint | boolean | undefined {
  const device = b.bus.devices[s.device % b.bus.devices.length];
  const register = device.registers.at(s.place % (device.registers.length + 1));
  const offset = register ? register.at + 4 * (s.place % (register.count ?? 1)) : s.place % device.size;
  b.state.requester = s.cpu;
  b.clock.advance(s.time);
  b.clock.fireDue();
  if (s.place % 97 === 0) b.uart.receive(Uint8Array.of(s.place));
  if (s.place % 101 === 0) b.gpio.pressPowerKey();
  return s.write ? b.bus.write(device.base + offset, s.bytes, s.value) : b.bus.read(device.base + offset, s.bytes);
}

describe.each([2, 3] as const)('devices with GICv%i', (gic) => {
  it('take any access without an exception, and give values of the access size', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const b = board(gic);
        for (const s of steps) {
          const value = perform(b, s);
          if (typeof value === 'bigint') expect(value >= 0n && value < 1n << BigInt(8 * s.bytes)).toBe(true);
        }
        for (const device of b.bus.devices)
          for (const register of device.registers) expect(Number.isInteger((register.peek ?? register.read)?.(0) ?? 0)).toBe(true);
      }),
      { numRuns: 150 },
    );
  });

  it('behave the same after save and restore', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), fc.array(step, { maxLength: 80 }), (before, after) => {
        const one = board(gic);
        for (const s of before) perform(one, s);
        one.clock.fireDue();
        const two = board(gic);
        two.clock.restart(one.clock.now());
        const saved = structuredClone(one.bus.devices.map((device) => device.save()));
        two.bus.devices.forEach((device, i) => device.restore(saved[i]));
        expect(two.signals).toEqual(one.signals);
        expect(two.bus.devices.map((device) => device.save())).toEqual(saved);
        // RAM is not part of this: leave fw_cfg's DMA out.
        const onward = after.filter((s) => one.bus.devices[s.device % one.bus.devices.length].name !== 'fw_cfg');
        for (const s of onward) expect(perform(two, s)).toEqual(perform(one, s));
        expect(two.bus.devices.map((device) => device.save())).toEqual(one.bus.devices.map((device) => device.save()));
      }),
      { numRuns: 60 },
    );
  });

  it('are as new after a reset, but for the time of day and what the outside holds', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
        const b = board(gic);
        for (const s of steps) perform(b, { ...s, place: s.place - (s.place % 97 === 0 || s.place % 101 === 0 ? 1 : 0) });
        for (const device of b.bus.devices) device.reset();
        const fresh = board(gic);
        const comparable = (x: ReturnType<typeof board>) =>
          x.bus.devices.filter(({ name }) => !/^(flash|pl031|pl011|pl061)/.test(name)).map((device) => device.save());
        expect(comparable(b)).toEqual(comparable(fresh));
        expect(b.signals).toEqual(fresh.signals);
      }),
      { numRuns: 60 },
    );
  });
});
