import { describe, expect, it } from 'vitest';
import { createMachine, type Machine, type MachineOptions } from '../index.ts';
import { assembleLines } from '../cpu/testing.ts';
import { numbersFrom } from '../snapshot/damage.ts';
import { Debugger, type DebugStop } from './debugger.ts';
import { History } from './history.ts';
import { fieldsOf } from './system-register-fields.ts';

const base = 0x4008_0000n;
/** Stores to ever other pages, reads the UART, calls a function. */
const guest = assembleLines([
  'movz x1, #0x4020, lsl #16',
  'movz x2, #0x0900, lsl #16',
  'movz x6, #0x4030, lsl #16',
  'add x0, x0, #1',
  'bl #32',
  'str x0, [x1, x5]',
  'add x5, x5, #1032',
  'and x5, x5, #0xffff8',
  'ldr w3, [x2, #0x18]',
  'tbnz w3, #4, #-24',
  'ldr w4, [x2]',
  'b #-32',
  'add x7, x7, x0',
  'ret',
]);
const at = (line: number): bigint => base + BigInt(4 * line);
const callee = at(12);
const store = at(5);

async function boot(options: Partial<MachineOptions> = {}): Promise<Machine> {
  const made = await createMachine({ image: guest, memoryBytes: 4 << 20, ...options });
  if (!made.ok) throw new Error(made.problems[0].message);
  return made.value;
}

const history = { intervalInstructions: 1000 };
const text = (letters: string): Uint8Array => new TextEncoder().encode(letters);

describe('history', () => {
  it('goes to any place it has been at, and comes forward to the same', async () => {
    const machine = await boot();
    const past = new History(machine, history);
    const hashes = new Map<number, string>();
    const below = numbersFrom(1);
    for (let i = 0; i < 60; i++) {
      past.run(1 + below(400));
      // A place is gone to with the input that came there.
      if (i % 9 === 4) machine.sendInput(text('input'));
      hashes.set(machine.counters.instructions, machine.stateHash());
    }
    const places = [...hashes.keys()];
    for (let i = 0; i < 60; i++) {
      const place = places[below(places.length)];
      past.goTo(place);
      expect(machine.counters.instructions).toBe(place);
      expect(machine.stateHash(), `at ${place}`).toBe(hashes.get(place));
    }
    expect(past.log).toHaveLength(7);
    past.goTo(0);
    past.run(places[places.length - 1]);
    expect(machine.stateHash()).toBe(hashes.get(places[places.length - 1]));
    // And live beyond it.
    past.run(5000);
    expect(past.range.end).toBe(places[places.length - 1] + 5000);
  });

  it('keeps within its memory, and still goes everywhere', async () => {
    const machine = await boot();
    const small = new History(machine, { intervalInstructions: 1000, maxBytes: 3 << 20 });
    const whole = new History(await boot(), { intervalInstructions: 1000 });
    for (let i = 0; i < 100; i++) {
      small.run(1000);
      expect(small.size.bytes).toBeLessThan(3.3 * 2 ** 20);
    }
    whole.run(100_000);
    expect(whole.size.checkpoints).toBe(101);
    expect(small.size.checkpoints).toBeLessThan(60);
    expect(small.range).toEqual({ begin: 0, end: 100_000 });
    const hash = machine.stateHash();
    small.goTo(1234);
    expect(machine.counters.instructions).toBe(1234);
    small.goTo(100_000);
    expect(machine.stateHash()).toBe(hash);
  });

  it('forgets the future when the past is changed, by input or by hand, and keeps the change', async () => {
    const machine = await boot();
    const past = new History(machine, history);
    past.run(10_000);
    const before = machine.stateHash();
    past.goTo(5500);
    machine.sendInput(text('x'));
    expect(past.range.end).toBe(5500);
    past.run(4500);
    expect(machine.stateHash()).not.toBe(before);
    past.goTo(7000);
    machine.cpus[0].setX(7, 0n);
    past.altered();
    past.run(3000);
    const after = machine.stateHash();
    past.goTo(6000);
    expect(machine.cpus[0].x(7)).not.toBe(0n);
    past.run(4000);
    expect(machine.stateHash()).toBe(after);
  });
});

describe.each([
  { cpus: 1, gic: 2 as const },
  { cpus: 2, gic: 3 as const },
])('the debugger, %j', (options) => {
  it('steps back what it stepped forward', async () => {
    const machine = await boot(options);
    const debug = new Debugger(machine, { history });
    debug.run(12_345);
    const trail: [bigint, string][] = [];
    for (let i = 0; i < 40; i++) {
      trail.push([machine.cpus[0].pc, machine.stateHash()]);
      expect(debug.step(0)).toEqual({ reason: 'step' });
    }
    for (const [pc, hash] of trail.reverse()) {
      expect(debug.stepBack(0)).toEqual({ reason: 'step' });
      expect(machine.cpus[0].pc).toBe(pc);
      expect(machine.stateHash()).toBe(hash);
    }
  });

  it('finds backwards each stop that it made forwards, the last first', async () => {
    const machine = await boot(options);
    const debug = new Debugger(machine, { history });
    debug.addBreakpoint(callee);
    debug.addWatchpoint({ address: 0x4020_0000n + 1032n * 77n, length: 4, read: false, write: true });
    const stops: [number, DebugStop][] = [];
    while (machine.counters.instructions < 4000) stops.push([machine.counters.instructions, debug.run(100_000)]);
    const places = stops.map(([, stop], i) => ({ stop, place: stops[i + 1]?.[0] ?? machine.counters.instructions }));
    expect(places.map(({ stop }) => stop.reason)).toContain('watchpoint');
    for (const { stop, place } of places.reverse().slice(1)) {
      expect(debug.runBack()).toEqual(stop);
      expect(machine.counters.instructions).toBe(place);
    }
    expect(debug.runBack()).toEqual({ reason: 'begin' });
    expect(machine.counters.instructions).toBe(0);
    debug.close();
    expect(machine.run(100_000)).toEqual({ reason: 'budget' });
  });
});

describe('the debugger', () => {
  it('tells of registers by name and field, and sets them', async () => {
    const machine = await boot();
    const debug = new Debugger(machine);
    debug.run(100);
    const registers = new Map(debug.registers(0).map((register) => [register.name, register]));
    expect(registers.get('pc')?.value).toBe(machine.cpus[0].pc);
    expect(registers.get('cpsr')?.fields?.find(({ name }) => name === 'M')).toMatchObject({ value: 5n, meaning: 'EL1h' });
    for (const name of ['x3', 'v31', 'sp', 'tpidr_el1']) {
      expect(debug.setRegister(0, name, 0x1234n), name).toBe(true);
      expect(debug.registers(0).find((register) => register.name === name)?.value).toBe(0x1234n);
    }
    for (const name of ['x31', 'v32', 'midr_el1', 'nothing']) expect(debug.setRegister(0, name, 1n), name).toBe(false);
  });

  it('reads and writes memory by virtual and by physical address', async () => {
    const debug = new Debugger(await boot());
    expect(debug.write(0x4010_0ffen, text('abcd'), 0)).toBe(true);
    expect(debug.read(0x4010_0fffn, 2)).toEqual(text('bc'));
    expect(debug.write(0x4040_0000n, text('beyond'))).toBe(false);
    expect(debug.read(0x403f_fffen, 16, 0)).toHaveLength(2);
    expect(debug.read(0x403f_fffen, 16)).toHaveLength(2);
    expect(debug.read(0x0900_0000n, 4)).toHaveLength(0);
  });

  it('walks frame records, and names places by the resolver it was given', async () => {
    const resolver = {
      symbolAt: (address: bigint) =>
        address >= callee ? { name: 'callee', offset: Number(address - callee) } : { name: 'main', offset: Number(address - base) },
      addressOf: () => undefined,
      lineAt: (address: bigint) => ({ file: 'guest.s', line: Number(address - base) / 4 }),
    };
    const debug = new Debugger(await boot(), { resolver });
    debug.addBreakpoint(callee);
    debug.run(1000);
    const frame = 0x4030_0000n;
    debug.write(frame, new Uint8Array(BigUint64Array.of(0n, store).buffer));
    debug.setRegister(0, 'x29', frame);
    expect(debug.backtrace(0)).toMatchObject([
      { pc: callee, symbol: { name: 'callee', offset: 0 }, line: { line: 12 } },
      { pc: store, symbol: { name: 'main', offset: 16 }, line: { line: 4 } },
    ]);
    expect(debug.describe(store)).toBe('0x40080014 main+0x14 at guest.s:5');
    // A record that leads to itself.
    debug.write(frame, new Uint8Array(BigUint64Array.of(frame, store).buffer));
    expect(debug.backtrace(0)).toHaveLength(1);
  });

  it('decodes fields', () => {
    const shown = (name: string, value: bigint) =>
      fieldsOf(name, value)
        ?.map((field) => `${field.name}=${field.meaning ?? field.value}`)
        .join(' ');
    expect(shown('esr_el1', 0x9600_0045n)).toBe('EC=data abort IL=1 ISS=69');
    expect(shown('mair_el1', 0xff44_0400n)).toContain(
      'Attr3=Normal, write-back Attr2=Normal, non-cacheable Attr1=Device-nGnRE Attr0=Device-nGnRnE',
    );
    expect(shown('tcr_el1', 28n)).toContain('TG0=4 KiB');
    expect(fieldsOf('elr_el1', 0n)).toBeUndefined();
  });
});
