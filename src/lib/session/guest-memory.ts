/** What lies in RAM, for whoever follows a guest's own lists; what is not there reads as zero, so that a broken list ends itself. */
export class GuestMemory {
  readonly base: number;
  readonly size: number;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;

  /** `bytes`: all of RAM, from physical address `base` on. Looked at, never kept beyond the guest's next instruction. */
  constructor(base: number, bytes: Uint8Array) {
    this.base = base;
    this.size = bytes.length;
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Whether all of it is RAM. */
  has(address: number, length: number): boolean {
    return length >= 0 && address >= this.base && address + length <= this.base + this.size;
  }

  /** A view of RAM, cut where RAM ends; empty when it does not begin in it. */
  bytes(address: number, length: number): Uint8Array {
    if (!this.has(address, 0)) return new Uint8Array();
    return this.#bytes.subarray(address - this.base, Math.min(address + Math.max(0, length) - this.base, this.size));
  }

  u8(address: number): number {
    return this.has(address, 1) ? this.#view.getUint8(address - this.base) : 0;
  }
  u16(address: number): number {
    return this.has(address, 2) ? this.#view.getUint16(address - this.base, true) : 0;
  }
  u32(address: number): number {
    return this.has(address, 4) ? this.#view.getUint32(address - this.base, true) : 0;
  }
  u64(address: number): bigint {
    return this.has(address, 8) ? this.#view.getBigUint64(address - this.base, true) : 0n;
  }
  /** 64 bits that are an address or a size; more than memory can have reads as zero. */
  word(address: number): number {
    const value = this.u64(address);
    return value < 1n << 48n ? Number(value) : 0;
  }
  /** A zero-terminated string, cut after 64 bytes; without what cannot be printed. */
  text(address: number): string {
    const bytes = this.bytes(address, 64);
    const end = bytes.indexOf(0);
    const text = new TextDecoder().decode(bytes.subarray(0, end < 0 ? 64 : end));
    return text.replace(/[^\x20-\x7e]/g, '?');
  }

  /** Bytes from the first 8 (aligned to 8) in the range that are not zero to its end. */
  usedFromEnd(address: number, length: number): number {
    const bytes = this.bytes(address, length);
    let at = 0;
    while (at + 4 <= bytes.length && this.#view.getUint32(address - this.base + at, true) === 0) at += 4;
    return at + 4 > bytes.length ? 0 : bytes.length - (at & ~7);
  }
}
