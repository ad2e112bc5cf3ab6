import { pack, unpack } from '../../packing.ts';
import type { Problem, Result } from '../../problem.ts';

/**
 * A file of named sections, each deflated and checked by a CRC of its own:
 *
 *     0  8 bytes   89 55 4B 53 0D 0A 1A 0A: not text, and damaged by whatever treats it as text
 *     8  u32       version, 1
 *    12  u32       number of sections, at most 32
 *    16  u32       CRC-32 of the table
 *    20  16 bytes for each section: name (4 characters), u32 stored bytes, u32 plain bytes, u32 CRC-32 of the stored bytes
 *        then the sections' bytes, in order, without gaps. Stored as they are when stored and plain length are equal, else deflated (RFC 1951).
 *
 * All numbers are little-endian.
 */
export type Section = { name: string; bytes: Uint8Array };

const magic = [0x89, 0x55, 0x4b, 0x53, 0x0d, 0x0a, 0x1a, 0x0a];
const version = 1;
const headerBytes = 20;
const rowBytes = 16;
const maxSections = 32;
/** Deflate codes at most 258 bytes in two bits. */
const largestRatio = 1032;

export async function writeContainer(sections: readonly Section[]): Promise<Uint8Array<ArrayBuffer>> {
  const stored: Uint8Array[] = [];
  for (const { bytes } of sections) {
    const deflated = await pack(bytes, 'deflate-raw');
    stored.push(deflated.length < bytes.length ? deflated : bytes);
  }
  const tableEnd = headerBytes + rowBytes * sections.length;
  const file = new Uint8Array(stored.reduce((sum, bytes) => sum + bytes.length, tableEnd));
  const view = new DataView(file.buffer);
  file.set(magic);
  let at = tableEnd;
  sections.forEach(({ name, bytes }, i) => {
    const row = headerBytes + rowBytes * i;
    if (!/^[A-Z]{4}$/.test(name)) throw new RangeError(`not a section name: ${name}`);
    for (let c = 0; c < 4; c++) file[row + c] = name.charCodeAt(c);
    view.setUint32(row + 4, stored[i].length, true);
    view.setUint32(row + 8, bytes.length, true);
    view.setUint32(row + 12, crc32(stored[i]), true);
    file.set(stored[i], at);
    at += stored[i].length;
  });
  view.setUint32(8, version, true);
  view.setUint32(12, sections.length, true);
  view.setUint32(16, crc32(file.subarray(headerBytes, tableEnd)), true);
  return file;
}

/** Whether a file begins as a snapshot does. */
export function isContainer(file: Uint8Array): boolean {
  return magic.every((byte, i) => file[i] === byte);
}

type Row = { name: string; storedBytes: number; plainBytes: number; crc: number };

/** Sections that are not unpacked yet. */
export class Container {
  readonly #file: Uint8Array;
  readonly #rows: ReadonlyMap<string, Row & { at: number }>;

  private constructor(file: Uint8Array, rows: ReadonlyMap<string, Row & { at: number }>) {
    this.#file = file;
    this.#rows = rows;
  }

  /** Reads the table. */
  static open(file: Uint8Array): Result<Container> {
    if (!isContainer(file)) return refuse('This is not a snapshot of a Ukulele machine.');
    if (file.length < headerBytes) return refuse('The snapshot is cut off in its header.');
    const view = new DataView(file.buffer, file.byteOffset, file.length);
    if (view.getUint32(8, true) !== version)
      return refuse(`The snapshot is of version ${view.getUint32(8, true)}; version ${version} is read here.`);
    const count = view.getUint32(12, true);
    const tableEnd = headerBytes + rowBytes * count;
    if (count > maxSections) return refuse(`The snapshot has ${count} sections; at most ${maxSections} are read.`);
    if (file.length < tableEnd) return refuse('The snapshot is cut off in its table of sections.');
    if (view.getUint32(16, true) !== crc32(file.subarray(headerBytes, tableEnd)))
      return refuse("The snapshot's table of sections is damaged.");
    const rows = new Map<string, Row & { at: number }>();
    let at = tableEnd;
    for (let i = 0; i < count; i++) {
      const row = headerBytes + rowBytes * i;
      const name = String.fromCharCode(...file.subarray(row, row + 4));
      const [storedBytes, plainBytes, crc] = [4, 8, 12].map((offset) => view.getUint32(row + offset, true));
      if (rows.has(name)) return refuse(`The snapshot has two sections ${name}.`);
      rows.set(name, { name, storedBytes, plainBytes, crc, at });
      at += storedBytes;
    }
    if (at > file.length) return refuse(`The snapshot is cut off: it should have ${at} bytes and has ${file.length}.`);
    if (at < file.length) return refuse(`${file.length - at} bytes follow the end of the snapshot.`);
    return { ok: true, value: new Container(file, rows) };
  }

  /** Names and lengths, for people. */
  sections(): { name: string; storedBytes: number; plainBytes: number }[] {
    return [...this.#rows.values()].map(({ name, storedBytes, plainBytes }) => ({ name, storedBytes, plainBytes }));
  }

  has(name: string): boolean {
    return this.#rows.has(name);
  }

  /** Checks and unpacks a section, which may have `maxBytes` at most. */
  async section(name: string, maxBytes: number): Promise<Result<Uint8Array>> {
    const row = this.#rows.get(name);
    if (!row) return refuse(`The snapshot has no section ${name}.`);
    if (row.plainBytes > maxBytes)
      return refuse(`Section ${name} of the snapshot has ${row.plainBytes} bytes; at most ${maxBytes} are read.`);
    const stored = this.#file.subarray(row.at, row.at + row.storedBytes);
    if (crc32(stored) !== row.crc) return refuse(`Section ${name} of the snapshot is damaged.`);
    if (row.storedBytes === row.plainBytes) return { ok: true, value: stored };
    // No deflate stream does better, so no file makes us set aside much more than that.
    if (row.plainBytes > row.storedBytes * largestRatio) return refuse(`Section ${name} of the snapshot cannot unpack to what it says.`);
    const plain = await inflate(stored, row.plainBytes);
    return plain
      ? { ok: true, value: plain }
      : refuse(`Section ${name} of the snapshot does not unpack to the ${row.plainBytes} bytes that it says.`);
  }
}

export function refuse(message: string, hint?: string): { ok: false; problems: Problem[] } {
  return { ok: false, problems: [{ severity: 'error', message, ...(hint ? { hint } : {}) }] };
}

/** Exactly `length` bytes, or undefined. */
async function inflate(packed: Uint8Array, length: number): Promise<Uint8Array | undefined> {
  const plain = await unpack(packed, 'deflate-raw', length);
  return typeof plain !== 'string' && plain.length === length ? plain : undefined;
}

const crcTable = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let bit = 0; bit < 8; bit++) c = c & 1 ? 0xedb8_8320 ^ (c >>> 1) : c >>> 1;
  return c;
});

/** CRC-32 as of IEEE 802.3 and zip. */
export function crc32(bytes: Uint8Array): number {
  let crc = 0xffff_ffff;
  for (const byte of bytes) crc = crcTable[(crc ^ byte) & 0xff] ^ (crc >>> 8);
  return (crc ^ 0xffff_ffff) >>> 0;
}
