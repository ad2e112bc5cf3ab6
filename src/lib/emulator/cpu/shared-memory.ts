import type { CpuMemory } from './types.ts';
import { RangeNumbers } from './identity.ts';
import { decodedPageBytes, handlerShift, layoutFor, pageBytes, type MemoryLayout } from './layout.ts';
import { PageUse, PageUses } from './page-use.ts';

/** What is provided ahead: pages of decoded instructions, and bytes of RAM. */
const decodedPagesAhead = 64;
const ramAhead = 4 << 20;

/** Drops decoded instructions of a range of RAM; offsets in RAM. */
export type CodeDropper = { drop(offset: number, length: number): void };

/**
 * The WebAssembly memory of a machine, and guest RAM in it. It never grows, so views stay valid.
 */
export class SharedMemory implements CpuMemory {
  readonly base: number;
  readonly size: number;
  readonly layout: MemoryLayout;
  readonly wasm: WebAssembly.Memory;
  readonly u8: Uint8Array<ArrayBuffer>;
  readonly u16: Uint16Array;
  readonly i32: Int32Array;
  readonly u32: Uint32Array;
  readonly u64: BigUint64Array;
  readonly f64: Float64Array;
  readonly #handlersFrom: number;
  /** The CPU whose state is in the first block: the one that runs, or ran last. */
  running = 0;
  readonly rangeNumbers = new RangeNumbers();
  /** For each page of RAM whether instructions of it are decoded. */
  readonly codePages: Uint8Array;
  readonly use: PageUse;
  /** Who has decoded instructions; set by the cluster. */
  dropper: CodeDropper | undefined;

  constructor(ram: { base: number; size: number }, cpus: number) {
    if (ram.base % pageBytes !== 0 || ram.size % pageBytes !== 0 || ram.base + ram.size > 2 ** 40)
      throw new RangeError('RAM must be whole pages below 2^40');
    this.base = ram.base;
    this.size = ram.size;
    this.layout = layoutFor(ram.size, cpus);
    this.#handlersFrom = this.layout.handlerOffset / 4;
    this.wasm = new WebAssembly.Memory({ initial: this.layout.totalPages, maximum: this.layout.totalPages });
    const buffer = this.wasm.buffer as ArrayBuffer;
    this.u8 = new Uint8Array(buffer);
    this.u16 = new Uint16Array(buffer);
    this.i32 = new Int32Array(buffer);
    this.u32 = new Uint32Array(buffer);
    this.u64 = new BigUint64Array(buffer);
    this.f64 = new Float64Array(buffer);
    this.codePages = new Uint8Array(ram.size / pageBytes);
    this.use = new PageUse(ram.size / pageBytes);
  }

  /** Makes the host provide the pages that a small guest writes first. Nothing is changed: they are zero. */
  touchAhead(): void {
    const { decoded, decodedPages, ram } = this.layout;
    const touch = (from: number, bytes: number) => {
      for (let at = from; at < from + bytes; at += pageBytes) this.u8[at] = 0;
    };
    const ahead = Math.min(decodedPages, decodedPagesAhead) * decodedPageBytes;
    touch(decoded, ahead);
    touch(4 * this.handlerIndex(decoded), ahead / 2 ** handlerShift);
    touch(ram, Math.min(this.size, ramAhead));
  }

  /** Where {@link u32} has the index of an entry's handler. */
  handlerIndex(entry: number): number {
    return (entry >>> (handlerShift + 2)) + this.#handlersFrom;
  }

  handlerOf(entry: number): number {
    return this.u32[this.handlerIndex(entry)];
  }

  setHandler(entry: number, handler: number): void {
    this.u32[this.handlerIndex(entry)] = handler;
  }

  contains(address: number, length: number): boolean {
    return address >= this.base && length >= 0 && address + length <= this.base + this.size;
  }

  /** Linear address of RAM. */
  linear(address: number): number {
    return address - this.base + this.layout.ram;
  }

  /** Index of an aligned word for a table walk, or -1. */
  readonly locate = (address: number): number => (this.contains(address, 8) ? this.linear(address) / 4 : -1);

  get words(): Uint32Array {
    return this.u32;
  }

  load(address: number, length: number): Uint8Array | undefined {
    if (!this.contains(address, length)) return undefined;
    return this.u8.slice(this.linear(address), this.linear(address) + length);
  }

  store(address: number, bytes: Uint8Array): boolean {
    if (!this.contains(address, bytes.length)) return false;
    this.u8.set(bytes, this.linear(address));
    this.changed(address, bytes.length);
    return true;
  }

  fill(address: number, length: number, byte: number): boolean {
    if (!this.contains(address, length)) return false;
    this.u8.fill(byte, this.linear(address), this.linear(address) + length);
    this.changed(address, length);
    return true;
  }

  view(): Uint8Array {
    return this.u8.subarray(this.layout.ram, this.layout.ram + this.size);
  }

  /** To be called after RAM was changed other than by a CPU's fast path. */
  changed(address: number, length: number): void {
    if (length === 0) return;
    const offset = address - this.base;
    const last = Math.floor((offset + length - 1) / pageBytes);
    for (let page = Math.floor(offset / pageBytes); page <= last; page++) {
      if (this.use.observed & PageUses.write) this.use.seen[page] |= PageUses.write;
      if (this.codePages[page] === 0) continue;
      const from = Math.max(offset, page * pageBytes);
      const to = Math.min(offset + length, (page + 1) * pageBytes);
      this.dropper?.drop(from, to - from);
    }
  }
}
