import { alignOf, bitsOf, sizeOf, structLayout, type MetadataRef, type Type } from '../ir/index.ts';
import type { RegClass } from './mir.ts';
import { registersOf, shapeOf, type Lane } from './vectors.ts';

/** A piece of a value that fits one register, and where it lies when the value is in memory. */
export type Part = {
  cls: RegClass;
  bits: number;
  type: Type;
  offset: number;
  /** Lanes in use, of a register of a vector. */
  vector?: { lane: Lane; count: number };
};

/** What cannot be compiled: becomes a problem that names the construct. */
export class Unsupported extends Error {
  /** The DILocation of the instruction, when it has one. */
  debug?: MetadataRef;
}

const cache = new WeakMap<Type, readonly Part[]>();

/**
 * The registers that a value of the type takes: integers one for each 64 bits, low word first; aggregates those of
 * their elements; vectors one for each 128 bits (see vectors.ts).
 */
export function partsOf(type: Type): readonly Part[] {
  const known = cache.get(type);
  if (known) return known;
  const parts: Part[] = [];
  collect(type, 0, parts);
  cache.set(type, parts);
  return parts;
}

function collect(type: Type, offset: number, out: Part[]): void {
  switch (type.kind) {
    case 'int':
      for (let at = 0; at < type.bits; at += 64)
        out.push({ cls: 'general', bits: Math.min(64, type.bits - at), type, offset: offset + at / 8 });
      return;
    case 'ptr':
      out.push({ cls: 'general', bits: 64, type, offset });
      return;
    case 'half':
    case 'bfloat':
    case 'float':
    case 'double':
    case 'fp128':
      out.push({ cls: 'vector', bits: bitsOf(type), type, offset });
      return;
    case 'array': {
      if (type.length > 64) throw new Unsupported(`an array of ${type.length} elements as a value`);
      const step = sizeOf(type.element);
      for (let n = 0; n < type.length; n++) collect(type.element, offset + n * step, out);
      return;
    }
    case 'vector': {
      const shape = shapeOf(type);
      if (shape)
        registersOf(shape).forEach(({ count, bits }, n) =>
          out.push({ cls: 'vector', bits, type, offset: offset + 16 * n, vector: { lane: shape.lane, count } }),
        );
      else {
        const bits = bitsOf(type.element);
        for (let n = 0; n < type.length; n++) collect(type.element, offset + Math.floor((n * bits) / 8), out);
      }
      return;
    }
    case 'struct': {
      if (type.opaque) throw new Unsupported(`the incomplete type %${type.name ?? ''} as a value`);
      const { offsets } = structLayout(type);
      type.fields.forEach((field, n) => collect(field, offset + offsets[n], out));
      return;
    }
    case 'void':
    case 'label':
    case 'metadata':
    case 'token':
    case 'function':
      return;
  }
}

/** Index of the first part of an element, by extractvalue indices, and how many parts it has. */
export function partRange(type: Type, indices: readonly number[]): { first: number; count: number; type: Type } {
  let first = 0;
  let at = type;
  for (const index of indices) {
    if (at.kind === 'struct') {
      for (let n = 0; n < index; n++) first += partsOf(at.fields[n]).length;
      at = at.fields[index];
    } else if (at.kind === 'array' || at.kind === 'vector') {
      first += index * partsOf(at.element).length;
      at = at.element;
    } else throw new Error(`a type ${at.kind} has no element`);
  }
  return { first, count: partsOf(at).length, type: at };
}

/** Where AAPCS64 (6.8) puts one argument. */
export type ArgumentPlace = { kind: 'registers'; first: number; cls: RegClass; count: number } | { kind: 'stack'; offset: number };

export class ArgumentAssigner {
  nextGeneral = 0;
  nextVector = 0;
  stack = 0;

  place(type: Type): ArgumentPlace {
    const parts = partsOf(type);
    const vector = parts.length > 0 && parts.every((p) => p.cls === 'vector');
    const general = parts.length > 0 && parts.every((p) => p.cls === 'general');
    if (!vector && !general) throw new Unsupported('an argument of mixed registers');
    if (vector) {
      if (this.nextVector + parts.length <= 8) {
        const first = this.nextVector;
        this.nextVector += parts.length;
        return { kind: 'registers', first, cls: 'vector', count: parts.length };
      }
      this.nextVector = 8;
      return this.#onStack(type);
    }
    if (alignOf(type) === 16) this.nextGeneral = (this.nextGeneral + 1) & ~1;
    if (this.nextGeneral + parts.length <= 8) {
      const first = this.nextGeneral;
      this.nextGeneral += parts.length;
      return { kind: 'registers', first, cls: 'general', count: parts.length };
    }
    this.nextGeneral = 8;
    return this.#onStack(type);
  }

  #onStack(type: Type): ArgumentPlace {
    const align = Math.max(8, alignOf(type));
    this.stack = Math.ceil(this.stack / align) * align;
    const offset = this.stack;
    this.stack += Math.ceil(sizeOf(type) / 8) * 8;
    return { kind: 'stack', offset };
  }
}
