/** Snapshots that somebody has damaged by accident or on purpose, for tests. Everything follows from a seed. */
import { createMachine, openSnapshot } from '../index.ts';
import type { MachineCore } from '../board/machine.ts';
import { Container, writeContainer, type Section } from './container.ts';
import { ByteWriter } from '../byte-writer.ts';
import { ByteReader, readPlain, writePlain } from './plain-data.ts';

/** A generator of 32-bit numbers (xorshift), by its seed. */
export function numbersFrom(seed: number): (below: number) => number {
  let state = (seed * 2_654_435_761 + 1) | 0 || 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

/** Bytes cut off, inserted, changed or repeated: never the same as before. */
export function damage(file: Uint8Array, seed: number): Uint8Array {
  const below = numbersFrom(seed);
  const at = below(file.length);
  switch (below(4)) {
    case 0:
      return file.slice(0, at);
    case 1:
      return Uint8Array.from([...file.subarray(0, at), below(256), ...file.subarray(at)]);
    case 2: {
      const copy = file.slice();
      for (let changes = 1 + below(4); changes > 0; changes--) {
        const place = below(2) === 0 ? below(Math.min(file.length, 256)) : below(file.length);
        copy[place] ^= 1 + below(255);
      }
      return copy.every((byte, i) => byte === file[i]) ? damage(file, seed + 1) : copy;
    }
    default:
      return Uint8Array.from([...file, ...file.subarray(at)]);
  }
}

/** Numbers that are at the ends of something. */
const ends = [0, 1, -1, 31, 32, 255, 256, 1023, 1024, 65_535, 2 ** 31, 2 ** 32, 2 ** 53 - 1, -(2 ** 53 - 1), 0.5, NaN, Infinity, -Infinity];

/** A value of the same kind, often of a size or magnitude that does not fit. */
function mutate(value: unknown, below: (n: number) => number): unknown {
  if (typeof value === 'number') return below(2) === 0 ? ends[below(ends.length)] : value + below(9) - 4;
  if (typeof value === 'boolean') return !value;
  if (typeof value === 'bigint') return BigInt.asUintN(64, value ^ (1n << BigInt(below(64))));
  if (typeof value === 'string') return `${value}x`;
  if (value instanceof Uint8Array || value instanceof Float64Array || value instanceof Uint32Array) {
    if (value.length === 0 || below(8) === 0) return value.slice(0, below(value.length + 1));
    const copy = value.slice();
    for (let changes = 1 + below(16); changes > 0; changes--)
      copy[below(copy.length)] = value instanceof Float64Array ? ends[below(ends.length)] : below(2 ** 32);
    return copy;
  }
  if (Array.isArray(value)) {
    const copy: unknown[] = [...(value as unknown[])];
    if (copy.length === 0) return [ends[below(ends.length)], below(100)];
    const at = below(copy.length);
    if (below(8) === 0) copy.splice(at, 1);
    else copy[at] = mutate(copy[at], below);
    return copy;
  }
  if (typeof value === 'object' && value !== null) {
    const fields = Object.entries(value);
    if (fields.length === 0) return { extra: 1 };
    const at = below(fields.length);
    fields[at] = [fields[at][0], mutate(fields[at][1], below)];
    return Object.fromEntries(fields);
  }
  return value === null ? 0 : null;
}

/**
 * A snapshot whose state was changed by somebody who knows the format: lengths, checks and the state's hash fit again, as far as a state can
 * be restored at all.
 */
export async function rewrap(file: Uint8Array, seed: number): Promise<Uint8Array> {
  const below = numbersFrom(seed);
  const container = Container.open(file);
  const opened = await openSnapshot(file);
  if (!container.ok || !opened.ok) throw new Error('not a snapshot to begin with');
  const sections: Section[] = [];
  for (const { name } of container.value.sections()) {
    const section = await container.value.section(name, 2 ** 30);
    if (section.ok) sections.push({ name, bytes: section.value });
  }
  const find = (name: string): Section => sections.find((section) => section.name === name) ?? { name, bytes: new Uint8Array(0) };
  let core = readPlain(new ByteReader(find('CORE').bytes));
  for (let changes = 1 + below(3); changes > 0; changes--) core = mutate(core, below);
  const made = await createMachine(opened.value.machine.options);
  if (!made.ok) throw new Error(made.problems[0].message);
  made.value.memory.store(made.value.memory.base, opened.value.machine.memory.view().slice());
  const { info } = opened.value;
  let { stateHash } = info;
  try {
    made.value.restoreCore(core as MachineCore);
    stateHash = made.value.stateHash();
  } catch {
    // It cannot be restored, and the door will have to say so.
  }
  const bytesOf = (value: unknown): Uint8Array => {
    const writer = new ByteWriter();
    writePlain(writer, value);
    return writer.finish();
  };
  find('CORE').bytes = bytesOf(core);
  find('INFO').bytes = bytesOf({
    options: { ...info.options },
    instructions: info.instructions,
    virtualNs: info.virtualNs,
    stateHash,
  });
  return writeContainer(sections);
}
