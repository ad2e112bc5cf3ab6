import { ByteWriter } from '../byte-writer.ts';

/**
 * Plain data in bytes: what devices and CPUs save (numbers, booleans, strings, bigints, null, undefined, arrays, records and typed arrays).
 * The reader takes bytes from anybody: it checks every length against what is left, so what it makes is bounded by what it was given.
 *
 * A value is a tag byte and what follows from it; lengths are variable-length numbers of seven bits a byte, least significant first.
 */
const Tag = {
  null: 0,
  undefined: 1,
  false: 2,
  true: 3,
  /** Variable-length, zigzag: 0, -1, 1, -2... */
  integer: 4,
  /** Eight bytes, for all other numbers. */
  double: 5,
  /** A byte for the sign, length, bytes of the magnitude, least significant first. */
  bigint: 6,
  string: 7,
  array: 8,
  /** Number of fields, then for each its name (as a string without tag) and value. */
  record: 9,
  /** Kind, number of elements, elements in little-endian order. */
  typedArray: 10,
} as const;

type TypedArray =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | BigUint64Array
  | BigInt64Array
  | Float32Array
  | Float64Array;

/** In the order of their numbers in the format. */
const typedArrays = [
  Uint8Array,
  Int8Array,
  Uint16Array,
  Int16Array,
  Uint32Array,
  Int32Array,
  BigUint64Array,
  BigInt64Array,
  Float32Array,
  Float64Array,
] as const;

const maxDepth = 24;
const maxBigintBytes = 64;

/** What the bytes of a reader are not. Caught where the reading began and told as a problem. */
export class Malformed extends Error {}

/** Reads bytes from anybody; throws {@link Malformed} where they end too early or say what cannot be. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  byte(): number {
    if (this.left < 1) throw new Malformed('it ends too early');
    return this.#bytes[this.#at++];
  }

  varint(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 0x80) {
      const byte = this.byte();
      value += (byte & 0x7f) * scale;
      if (value > Number.MAX_SAFE_INTEGER) throw new Malformed('a number is too large');
      if (byte < 0x80) return value;
      if (scale > 2 ** 49) throw new Malformed('a number is too long');
    }
  }

  /** A view, not a copy. */
  bytes(length: number): Uint8Array {
    if (length > this.left) throw new Malformed('it ends too early');
    const bytes = this.#bytes.subarray(this.#at, this.#at + length);
    this.#at += length;
    return bytes;
  }

  text(): string {
    try {
      return new TextDecoder('utf-8', { fatal: true }).decode(this.bytes(this.varint()));
    } catch (error) {
      if (error instanceof Malformed) throw error;
      throw new Malformed('a text is not UTF-8');
    }
  }

  end(): void {
    if (this.left > 0) throw new Malformed(`${this.left} bytes follow its end`);
  }
}

/** Throws for what is not plain data: that is a mistake of ours. */
export function writePlain(writer: ByteWriter, value: unknown): void {
  if (value === null) writer.byte(Tag.null);
  else if (value === undefined) writer.byte(Tag.undefined);
  else if (typeof value === 'boolean') writer.byte(value ? Tag.true : Tag.false);
  else if (typeof value === 'number') writeNumber(writer, value);
  else if (typeof value === 'bigint') writeBigint(writer, value);
  else if (typeof value === 'string') {
    writer.byte(Tag.string);
    writer.text(value);
  } else if (Array.isArray(value)) {
    writer.byte(Tag.array);
    writer.varint(value.length);
    for (const element of value) writePlain(writer, element);
  } else if (ArrayBuffer.isView(value)) writeTypedArray(writer, value);
  else if (typeof value === 'object') {
    const fields = Object.entries(value);
    writer.byte(Tag.record);
    writer.varint(fields.length);
    for (const [name, field] of fields) {
      writer.text(name);
      writePlain(writer, field);
    }
  } else throw new TypeError(`not plain data: ${typeof value}`);
}

function writeNumber(writer: ByteWriter, value: number): void {
  if (Number.isSafeInteger(value) && Math.abs(value) < 2 ** 52 && !Object.is(value, -0)) {
    writer.byte(Tag.integer);
    writer.varint(value < 0 ? -2 * value - 1 : 2 * value);
    return;
  }
  writer.byte(Tag.double);
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setFloat64(0, value, true);
  writer.bytes(bytes);
}

function writeBigint(writer: ByteWriter, value: bigint): void {
  writer.byte(Tag.bigint);
  writer.byte(value < 0n ? 1 : 0);
  const bytes: number[] = [];
  for (let rest = value < 0n ? -value : value; rest > 0n; rest >>= 8n) bytes.push(Number(rest & 0xffn));
  writer.varint(bytes.length);
  writer.bytes(Uint8Array.from(bytes));
}

function writeTypedArray(writer: ByteWriter, value: ArrayBufferView): void {
  const kind = typedArrays.findIndex((type) => value instanceof type);
  if (kind < 0) throw new TypeError('not plain data: a view of an unknown kind');
  writer.byte(Tag.typedArray);
  writer.byte(kind);
  writer.varint(value.byteLength / typedArrays[kind].BYTES_PER_ELEMENT);
  writer.bytes(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
}

export function readPlain(reader: ByteReader, depth = 0): unknown {
  if (depth > maxDepth) throw new Malformed('it is nested too deeply');
  const tag = reader.byte();
  switch (tag) {
    case Tag.null:
      return null;
    case Tag.undefined:
      return undefined;
    case Tag.false:
      return false;
    case Tag.true:
      return true;
    case Tag.integer: {
      const zigzag = reader.varint();
      return zigzag % 2 === 1 ? -(zigzag + 1) / 2 : zigzag / 2;
    }
    case Tag.double: {
      const bytes = reader.bytes(8);
      return new DataView(bytes.buffer, bytes.byteOffset, 8).getFloat64(0, true);
    }
    case Tag.bigint:
      return readBigint(reader);
    case Tag.string:
      return reader.text();
    case Tag.array: {
      const length = countOf(reader);
      const array: unknown[] = [];
      for (let i = 0; i < length; i++) array.push(readPlain(reader, depth + 1));
      return array;
    }
    case Tag.record:
      return readRecord(reader, depth);
    case Tag.typedArray:
      return readTypedArray(reader);
    default:
      throw new Malformed(`there is no value of kind ${tag}`);
  }
}

/** A number of things of at least a byte each. */
function countOf(reader: ByteReader): number {
  const count = reader.varint();
  if (count > reader.left) throw new Malformed('it ends too early');
  return count;
}

function readBigint(reader: ByteReader): bigint {
  const negative = reader.byte() !== 0;
  const length = reader.varint();
  if (length > maxBigintBytes) throw new Malformed('a number is too long');
  let value = 0n;
  for (const byte of reader.bytes(length).slice().reverse()) value = (value << 8n) | BigInt(byte);
  return negative ? -value : value;
}

function readRecord(reader: ByteReader, depth: number): Record<string, unknown> {
  const fields: [string, unknown][] = [];
  const count = countOf(reader);
  for (let i = 0; i < count; i++) {
    const name = reader.text();
    fields.push([name, readPlain(reader, depth + 1)]);
  }
  // Defines fields, so that a field named __proto__ is only a field.
  return Object.fromEntries(fields);
}

function readTypedArray(reader: ByteReader): TypedArray {
  const kind = reader.byte();
  if (kind >= typedArrays.length) throw new Malformed(`there is no typed array of kind ${kind}`);
  const type = typedArrays[kind];
  const length = reader.varint();
  const bytes = reader.bytes(Math.min(length * type.BYTES_PER_ELEMENT, Number.MAX_SAFE_INTEGER));
  // A copy: aligned, and it does not keep the file alive.
  return new type(bytes.slice().buffer);
}
