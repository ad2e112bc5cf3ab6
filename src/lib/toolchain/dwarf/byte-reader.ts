/** Little-endian reads of a section, each checked against its end. */

/** What was read is not DWARF. Never leaves this folder. */
export class Malformed extends Error {}

export class ByteReader {
  readonly bytes: Uint8Array;
  readonly end: number;
  at: number;
  readonly #view: DataView;

  constructor(bytes: Uint8Array, at = 0, end = bytes.length) {
    if (at < 0 || at > end || end > bytes.length) throw new Malformed(`offset 0x${at.toString(16)} lies outside its section`);
    this.bytes = bytes;
    this.at = at;
    this.end = end;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  atEnd(): boolean {
    return this.at >= this.end;
  }

  /** The offset before the next `size` bytes, which are passed over. */
  skip(size: number): number {
    const { at } = this;
    if (!(size >= 0) || at + size > this.end) throw new Malformed('a value runs beyond the end of its section');
    this.at = at + size;
    return at;
  }

  u8(): number {
    return this.bytes[this.skip(1)];
  }

  u16(): number {
    return this.#view.getUint16(this.skip(2), true);
  }

  u24(): number {
    return this.u16() + this.u8() * 0x10000;
  }

  u32(): number {
    return this.#view.getUint32(this.skip(4), true);
  }

  /** Exact below 2^53, rounded above: no address or size of a program that runs here is as large. */
  u64(): number {
    const low = this.u32();
    return low + this.u32() * 2 ** 32;
  }

  i8(): number {
    return this.#view.getInt8(this.skip(1));
  }

  address(): number {
    return this.u64();
  }

  uleb(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.u8();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      if (scale > 2 ** 70) throw new Malformed('a number is too long');
    }
  }

  sleb(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.u8();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return byte & 0x40 ? value - scale * 128 : value;
      if (scale > 2 ** 70) throw new Malformed('a number is too long');
    }
  }

  text(): string {
    const end = this.bytes.indexOf(0, this.at);
    if (end < 0 || end >= this.end) throw new Malformed('a string has no end');
    const bytes = this.bytes.subarray(this.at, end);
    this.at = end + 1;
    return new TextDecoder().decode(bytes);
  }

  /** DWARF 5, section 7.4: the length of what follows, and the size of offsets in it. */
  unitLength(): { end: number; offsetSize: 4 | 8 } {
    const first = this.u32();
    const wide = first === 0xffff_ffff;
    if (!wide && first >= 0xffff_fff0) throw new Malformed('a length is reserved');
    const length = wide ? this.u64() : first;
    if (this.at + length > this.end) throw new Malformed('a unit runs beyond the end of its section');
    return { end: this.at + length, offsetSize: wide ? 8 : 4 };
  }

  offset(size: 4 | 8): number {
    return size === 4 ? this.u32() : this.u64();
  }
}
