import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { createMachine, openSnapshot, readSnapshotInfo, recordInput, Replay, writeSnapshot, type Machine } from '../index.ts';
import { assembleLines } from '../cpu/testing.ts';
import { Container, writeContainer } from './container.ts';
import { damage, rewrap } from './damage.ts';
import { ByteWriter } from '../byte-writer.ts';
import { ByteReader, Malformed, readPlain, writePlain } from './plain-data.ts';

/** Adds up in a loop, stores to ever new pages, and sends back what comes by the UART. */
const guest = assembleLines([
  'movz x1, #0x4020, lsl #16',
  'movz x2, #0x0900, lsl #16',
  'add x0, x0, x0, lsl #3',
  'add x0, x0, #7',
  'str x0, [x1, x5]',
  'add x5, x5, #1032',
  'and x5, x5, #0xffff8',
  'ldr w3, [x2, #0x18]',
  'tbnz w3, #4, #-24',
  'ldr w4, [x2]',
  'str w4, [x2]',
  'b #-36',
]);

async function boot(options: { memoryBytes?: number; cpus?: number; gic?: 2 | 3 } = {}): Promise<Machine> {
  const made = await createMachine({ image: guest, memoryBytes: 4 << 20, ...options });
  if (!made.ok) throw new Error(made.problems[0].message);
  return made.value;
}

async function opened(file: Uint8Array): Promise<Machine> {
  const result = await openSnapshot(file);
  if (!result.ok) throw new Error(result.problems[0].message);
  return result.value.machine;
}

const text = (bytes: string): Uint8Array => new TextEncoder().encode(bytes);

describe('plain data', () => {
  const plain = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      fc.constantFrom(null, undefined, true, false, -0, Infinity, 2 ** 53, -(2 ** 53), 2 ** 52),
      fc.double(),
      fc.integer(),
      fc.maxSafeInteger(),
      fc.bigInt({ min: -(2n ** 80n), max: 2n ** 80n }),
      fc.string({ unit: 'grapheme' }),
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(fc.string(), tie('value'), { maxKeys: 4, noNullPrototype: true }),
      fc.uint8Array(),
      fc.float64Array(),
      fc.bigUint64Array(),
      fc.int16Array(),
    ),
  })).value;
  const read = (bytes: Uint8Array): unknown => {
    const reader = new ByteReader(bytes);
    const value = readPlain(reader);
    reader.end();
    return value;
  };
  const written = (value: unknown): Uint8Array => {
    const writer = new ByteWriter();
    writePlain(writer, value);
    return writer.finish();
  };

  it('reads back what it wrote', () => {
    fc.assert(
      fc.property(plain, (value) => {
        expect(read(written(value))).toEqual(value);
      }),
    );
  });

  it('reads any bytes as data or as malformed', () => {
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 64 }), plain.map(written)), fc.nat(), fc.nat(255), (bytes, at, byte) => {
        const changed = bytes.slice();
        if (changed.length > 0) changed[at % changed.length] = byte;
        try {
          read(changed);
        } catch (error) {
          expect(error).toBeInstanceOf(Malformed);
        }
      }),
    );
  });

  it('a field named __proto__ is a field', () => {
    const value = read(written(JSON.parse('{"__proto__": {"x": 1}}')));
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(Object.keys(value as object)).toEqual(['__proto__']);
  });
});

describe('snapshots', () => {
  it.each([
    { cpus: 1, gic: 2 as const },
    { cpus: 4, gic: 3 as const },
  ])('go on as the saved machine does: %j', async (options) => {
    const machine = await boot(options);
    const reference = await boot(options);
    for (const point of [0, 1, 12_345, 700_000]) {
      machine.run(point);
      reference.run(point);
      const copy = await opened(await writeSnapshot(machine));
      expect(copy.counters).toEqual(machine.counters);
      expect(copy.stateHash()).toBe(machine.stateHash());
      for (const each of [machine, reference, copy]) each.run(100_000);
      expect(copy.stateHash()).toBe(reference.stateHash());
      expect(machine.stateHash()).toBe(reference.stateHash());
    }
  });

  it('cost nothing for pages that are as loaded, or zero', async () => {
    const machine = await boot({ memoryBytes: 96 << 20 });
    const fresh = await writeSnapshot(machine);
    expect(fresh.length).toBeLessThan(5000);
    machine.memory.store(0x4400_0000, text('a page'));
    machine.memory.store(0x4500_0000, text('a page'));
    machine.memory.fill(0x4500_0000, 4096, 0);
    const info = await readSnapshotInfo(await writeSnapshot(machine));
    expect(info.ok && info.value.sections.find(({ name }) => name === 'PAGE')?.plainBytes).toBe(4096);
    // The loader's own page, zeroed by the guest, is not as loaded.
    machine.memory.fill(machine.boot.placements[0].address, 4096, 0);
    const copy = await opened(await writeSnapshot(machine));
    expect(copy.stateHash()).toBe(machine.stateHash());
  });

  it('say what they are of', async () => {
    const machine = await boot({ cpus: 2, gic: 3 });
    machine.run(5000);
    const info = await readSnapshotInfo(await writeSnapshot(machine));
    expect(info).toMatchObject({
      ok: true,
      value: {
        options: { cpus: 2, gic: 3, memoryBytes: 4 << 20, seed: 1 },
        imageBytes: guest.length,
        instructions: 5000,
        virtualNs: 5000,
        stateHash: machine.stateHash(),
      },
    });
  });

  it('have the same bytes for the same state', async () => {
    const [a, b] = [await boot(), await boot()];
    a.run(100_000);
    for (let i = 0; i < 100; i++) b.run(1000);
    expect(await writeSnapshot(a)).toEqual(await writeSnapshot(b));
  });
});

describe('input logs', () => {
  it('reproduce the run, whole or from a snapshot in its midst, in slices of any size', async () => {
    const machine = await boot();
    const log = recordInput(machine);
    let snapshot: Uint8Array | undefined;
    machine.onUart = (bytes) => {
      // Input that comes within a run, as an answer.
      if (bytes[0] === 0x61) machine.sendInput(text('z'));
    };
    for (let i = 0; i < 40; i++) {
      if (i % 7 === 6) machine.sendInput(text(`abc${i}`));
      if (i === 20) snapshot = await writeSnapshot(machine, log);
      if (i === 30) machine.pressPowerKey();
      if (i === 33) machine.reset();
      machine.run(1357 * i);
    }
    const end = machine.counters.instructions;
    const proof = machine.stateHash();
    expect(log.map(({ kind }) => kind)).toContain('reset');
    for (const slice of [1e9, 997]) {
      const again = await boot();
      const replay = new Replay(again, log);
      while (again.counters.instructions < end) replay.run(Math.min(slice, end - again.counters.instructions));
      expect(replay.left).toBe(0);
      expect(again.counters).toEqual(machine.counters);
      expect(again.stateHash()).toBe(proof);
    }
    const resumed = await openSnapshot(snapshot ?? new Uint8Array());
    if (!resumed.ok) throw new Error(resumed.problems[0].message);
    expect(resumed.value.log).toEqual(log.slice(0, resumed.value.log.length));
    const replay = new Replay(resumed.value.machine, log, resumed.value.log.length);
    replay.run(end - resumed.value.machine.counters.instructions);
    expect(resumed.value.machine.stateHash()).toBe(proof);
  });
});

describe('hostile snapshots', () => {
  it('are refused with a reason when bytes are cut off, changed or added', async () => {
    const machine = await boot({ cpus: 2 });
    machine.run(20_000);
    const file = await writeSnapshot(machine, [{ instructions: 0, virtualNs: 0, kind: 'receive', bytes: text('x') }]);
    await fc.assert(
      fc.asyncProperty(fc.nat(2 ** 31 - 1), async (seed) => {
        const result = await openSnapshot(damage(file, seed));
        expect(result.ok || result.problems[0].message.length > 10).toBe(true);
        expect(result.ok).toBe(false);
      }),
      { numRuns: 60 },
    );
  });

  it('with checks that fit are refused, or give a machine that runs', async () => {
    const machine = await boot({ cpus: 2, gic: 3 });
    machine.run(30_000);
    const file = await writeSnapshot(machine);
    let accepted = 0;
    for (let seed = 0; seed < 24; seed++) {
      const result = await openSnapshot(await rewrap(file, seed));
      if (!result.ok) continue;
      accepted++;
      result.value.machine.run(5000);
      result.value.machine.devices();
      result.value.machine.interrupts();
      for (const cpu of result.value.machine.cpus) for (const name of cpu.systemRegisterNames()) cpu.systemRegister(name);
    }
    // The test is worth something only while damage gets past the door.
    expect(accepted).toBeGreaterThan(2);
  });

  it('that would unpack to more than they say, or say more than they can, are refused before memory is set aside', async () => {
    const file = await writeSnapshot(await boot());
    const sections = async (change: (name: string, bytes: Uint8Array) => Uint8Array): Promise<Uint8Array> => {
      const container = Container.open(file);
      if (!container.ok) throw new Error('not a container');
      const result = [];
      for (const { name } of container.value.sections()) {
        const bytes = await container.value.section(name, 1e9);
        if (bytes.ok) result.push({ name, bytes: change(name, bytes.value) });
      }
      return writeContainer(result);
    };
    const refusal = async (bytes: Uint8Array): Promise<string> => {
      const result = await openSnapshot(bytes);
      return result.ok ? 'accepted' : result.problems[0].message;
    };
    const bomb = await sections((name, bytes) => (name === 'CORE' ? new Uint8Array(200 << 20) : bytes));
    expect(bomb.length).toBeLessThan(1 << 20);
    expect(await refusal(bomb)).toMatch(/CORE.*at most/);
    const pages = await sections((name, bytes) => (name === 'RUNS' ? Uint8Array.of(0x80, 0x80, 0x08, 0xff, 0xff, 0x7f) : bytes));
    expect(await refusal(pages)).toMatch(/beyond the end of memory/);
    const more = await sections((name, bytes) => (name === 'PAGE' ? new Uint8Array(4096) : bytes));
    expect(await refusal(more)).toMatch(/4096 bytes follow/);
    expect(await sections((_, bytes) => bytes)).toEqual(file);
    const huge = await openSnapshot(file, { maxMemoryBytes: 1 << 20 });
    expect(!huge.ok && huge.problems[0].message).toMatch(/at most 1048576/);
  });
});
