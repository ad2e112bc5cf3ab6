import type { Type } from './types.ts';

/**
 * Sizes and alignments in bytes for AArch64 (AAPCS64 section 5; LLVM's data layout e-m:e-p270:32:32-...-i64:64-i128:128-n32:64-S128).
 */
export function alignOf(type: Type): number {
  switch (type.kind) {
    case 'int':
      return type.bits <= 8 ? 1 : type.bits <= 16 ? 2 : type.bits <= 32 ? 4 : type.bits <= 64 ? 8 : 16;
    case 'half':
    case 'bfloat':
      return 2;
    case 'float':
      return 4;
    case 'double':
    case 'ptr':
      return 8;
    case 'fp128':
      return 16;
    case 'array':
      return alignOf(type.element);
    case 'vector':
      // LLVM's default for widths that the data layout does not name: their size, rounded up to a power of two.
      return nextPowerOfTwo(vectorBytes(type));
    case 'struct':
      return type.packed ? 1 : type.fields.reduce((most, field) => Math.max(most, alignOf(field)), 1);
    default:
      return 1;
  }
}

/** Whether values of the type can be in memory. Opaque structures cannot, nor what holds one. */
export function isSized(type: Type): boolean {
  switch (type.kind) {
    case 'void':
    case 'label':
    case 'metadata':
    case 'token':
    case 'function':
      return false;
    case 'array':
      return isSized(type.element);
    case 'struct':
      return !type.opaque && type.fields.every(isSized);
    default:
      return true;
  }
}

function nextPowerOfTwo(n: number): number {
  let power = 1;
  while (power < n) power *= 2;
  return power;
}

function vectorBytes(type: Extract<Type, { kind: 'vector' }>): number {
  return Math.ceil((type.length * bitsOf(type.element)) / 8);
}

/** Width of a value in bits, without padding. */
export function bitsOf(type: Type): number {
  switch (type.kind) {
    case 'int':
      return type.bits;
    case 'half':
    case 'bfloat':
      return 16;
    case 'float':
      return 32;
    case 'double':
    case 'ptr':
      return 64;
    case 'fp128':
      return 128;
    case 'vector':
      return type.length * bitsOf(type.element);
    default:
      return sizeOf(type) * 8;
  }
}

/** Bytes that a store of the type writes. */
export function storeSizeOf(type: Type): number {
  return type.kind === 'int' || type.kind === 'vector' ? Math.ceil(bitsOf(type) / 8) : sizeOf(type);
}

/** Distance between elements of an array of the type. */
export function sizeOf(type: Type): number {
  switch (type.kind) {
    case 'int':
    case 'vector': {
      const align = alignOf(type);
      return Math.ceil(Math.ceil(bitsOf(type) / 8) / align) * align;
    }
    case 'array':
      return type.length * sizeOf(type.element);
    case 'struct':
      return structLayout(type).size;
    case 'void':
    case 'label':
    case 'metadata':
    case 'token':
    case 'function':
      return 0;
    default:
      return bitsOf(type) / 8;
  }
}

export type StructLayout = { size: number; align: number; offsets: readonly number[] };
const layouts = new WeakMap<Type, StructLayout>();

export function structLayout(type: Extract<Type, { kind: 'struct' }>): StructLayout {
  const known = layouts.get(type);
  if (known) return known;
  const offsets: number[] = [];
  let at = 0;
  for (const field of type.fields) {
    const align = type.packed ? 1 : alignOf(field);
    at = Math.ceil(at / align) * align;
    offsets.push(at);
    at += sizeOf(field);
  }
  const align = alignOf(type);
  const layout = { size: Math.ceil(at / align) * align, align, offsets };
  layouts.set(type, layout);
  return layout;
}

/** Byte offset of an element of an aggregate by constant indices (extractvalue, insertvalue). */
export function offsetOf(type: Type, indices: readonly number[]): { offset: number; type: Type } {
  let offset = 0;
  let at = type;
  for (const index of indices) {
    if (at.kind === 'struct') {
      offset += structLayout(at).offsets[index];
      at = at.fields[index];
    } else if (at.kind === 'array' || at.kind === 'vector') {
      offset += index * sizeOf(at.element);
      at = at.element;
    } else throw new Error(`a type ${at.kind} has no element ${index}`);
  }
  return { offset, type: at };
}
