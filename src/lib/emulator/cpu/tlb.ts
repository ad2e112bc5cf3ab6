import {
  dataTlbAddress,
  FetchEntry,
  fetchEntries,
  fetchModes,
  fetchTlbAddress,
  pageBytes,
  TlbEntry,
  tlbEntries,
  TlbFlags,
  tlbModes,
} from './layout.ts';
import type { SharedMemory } from './shared-memory.ts';

/** What a page is allowed and how, for one TLB: {@link TlbFlags}. */
export type TlbPage = { physical: number; flags: number };

const invalid = 0xffff_ffff;

/**
 * One CPU's translation look-aside buffers: 256 pages for data in each of three modes (EL0, EL1, EL1 with PAN), 256 for instructions at each
 * exception level. Direct-mapped; compiled code looks in them, this fills and empties them.
 *
 * All entries are of the current ASID: everything goes when TTBRs or the ASID change.
 */
export class Tlb {
  readonly #memory: SharedMemory;
  readonly #data: number;
  readonly #fetch: number;
  /** Physical pages of the data entries. */
  readonly #physical = new Float64Array(tlbModes * tlbEntries);
  #dataUsed = false;
  #fetchUsed = false;
  /** Virtual ranges that larger descriptors mapped: one invalidation must drop all their pages. */
  #largest = 0;

  constructor(memory: SharedMemory, cpu: number) {
    this.#memory = memory;
    this.#data = dataTlbAddress(cpu, 0);
    this.#fetch = fetchTlbAddress(cpu, 0);
    this.#dataUsed = this.#fetchUsed = true;
    this.flush();
  }

  /** Number of the data entry of a page in use, or -1. */
  find(mode: number, high: number, low: number): number {
    const index = mode * tlbEntries + ((low >>> 12) & (tlbEntries - 1));
    const at = (this.#data + index * TlbEntry.bytes + TlbEntry.slowTag) / 4;
    const { u32 } = this.#memory;
    return u32[at] === (low & ~(pageBytes - 1)) >>> 0 && u32[at + 1] === high >>> 0 ? index : -1;
  }

  physical(index: number): number {
    return this.#physical[index];
  }

  flags(index: number): number {
    return this.#memory.u32[(this.#data + index * TlbEntry.bytes + TlbEntry.flags) / 4];
  }

  /** Enters a page; gives the entry's number. `blockBits`: log2 of what its descriptor maps. */
  fill(mode: number, high: number, low: number, page: TlbPage, blockBits: number): number {
    const index = mode * tlbEntries + ((low >>> 12) & (tlbEntries - 1));
    const at = (this.#data + index * TlbEntry.bytes) / 4;
    const { i32, u32 } = this.#memory;
    const lowTag = (low & ~(pageBytes - 1)) >>> 0;
    u32[at + TlbEntry.slowTag / 4] = lowTag;
    u32[at + TlbEntry.slowTag / 4 + 1] = high;
    // What is not RAM gets addresses that no reservation can have.
    i32[at + TlbEntry.addend / 4] = ((page.flags & TlbFlags.io ? 0 : this.#memory.linear(page.physical)) - lowTag) | 0;
    this.#physical[index] = page.physical;
    this.#setFlags(index, page.flags);
    this.#dataUsed = true;
    this.#largest = Math.max(this.#largest, blockBits);
    return index;
  }

  /** Sets flags and the tags that follow from them. */
  #setFlags(index: number, flags: number): void {
    const at = (this.#data + index * TlbEntry.bytes) / 4;
    const { u32 } = this.#memory;
    const tag = at + TlbEntry.slowTag / 4;
    u32[at + TlbEntry.flags / 4] = flags;
    const plain = !(flags & (TlbFlags.strict | TlbFlags.slow));
    const readable = plain && flags & TlbFlags.read;
    const writable = plain && flags & TlbFlags.write && !(flags & TlbFlags.code);
    for (const [offset, usable] of [
      [TlbEntry.readTag, readable],
      [TlbEntry.writeTag, writable],
    ] as const) {
      u32[at + offset / 4] = usable ? u32[tag] : invalid;
      u32[at + offset / 4 + 1] = usable ? u32[tag + 1] : invalid;
    }
  }

  /** A page of RAM now has decoded instructions, or has them no longer: stores to it take the slow path or not. */
  markCode(physical: number, code: boolean): void {
    for (let index = 0; index < this.#physical.length; index++) {
      if (this.#physical[index] !== physical) continue;
      const flags = this.flags(index);
      this.#setFlags(index, code ? flags | TlbFlags.code : flags & ~TlbFlags.code);
    }
  }

  /** Decoded entries of a page, or 0. */
  findFetch(mode: number, high: number, low: number): number {
    const at = (this.#fetch + (mode * fetchEntries + ((low >>> 12) & (fetchEntries - 1))) * FetchEntry.bytes) / 4;
    const { u32 } = this.#memory;
    return u32[at] === (low & ~(pageBytes - 1)) >>> 0 && u32[at + 1] === high ? u32[at + FetchEntry.entries / 4] : 0;
  }

  fillFetch(mode: number, high: number, low: number, entries: number, blockBits: number): void {
    const at = (this.#fetch + (mode * fetchEntries + ((low >>> 12) & (fetchEntries - 1))) * FetchEntry.bytes) / 4;
    const { u32 } = this.#memory;
    u32[at] = (low & ~(pageBytes - 1)) >>> 0;
    u32[at + 1] = high;
    u32[at + FetchEntry.entries / 4] = entries;
    this.#fetchUsed = true;
    this.#largest = Math.max(this.#largest, blockBits);
  }

  flush(): void {
    const { u8 } = this.#memory;
    if (this.#dataUsed) {
      u8.fill(0xff, this.#data, this.#data + tlbModes * tlbEntries * TlbEntry.bytes);
      this.#physical.fill(-1);
    }
    this.#dataUsed = false;
    this.#largest = 12;
    this.flushFetch();
  }

  flushFetch(): void {
    if (this.#fetchUsed) this.#memory.u8.fill(0xff, this.#fetch, this.#fetch + fetchModes * fetchEntries * FetchEntry.bytes);
    this.#fetchUsed = false;
  }

  /** Drops the page of an address, whatever the regime. */
  flushPage(low: number): void {
    // A block's pages may be anywhere around: rare, so no more precise than this.
    if (this.#largest > 12) return this.flush();
    const slot = (low >>> 12) & (tlbEntries - 1);
    const { u8 } = this.#memory;
    for (let mode = 0; mode < tlbModes; mode++) {
      const index = mode * tlbEntries + slot;
      u8.fill(0xff, this.#data + index * TlbEntry.bytes, this.#data + (index + 1) * TlbEntry.bytes);
      this.#physical[index] = -1;
    }
    for (let mode = 0; mode < fetchModes; mode++) {
      const at = this.#fetch + (mode * fetchEntries + slot) * FetchEntry.bytes;
      u8.fill(0xff, at, at + FetchEntry.bytes);
    }
  }

  /** Valid data entries as rows of index, tag high, tag low, physical page, flags; then the largest block. */
  save(): Float64Array {
    const rows: number[] = [this.#largest];
    const { u32 } = this.#memory;
    for (let index = 0; index < this.#physical.length; index++) {
      if (this.#physical[index] < 0) continue;
      const tag = (this.#data + index * TlbEntry.bytes + TlbEntry.slowTag) / 4;
      rows.push(index, u32[tag + 1], u32[tag], this.#physical[index], this.flags(index));
    }
    return Float64Array.from(rows);
  }

  restore(rows: Float64Array): void {
    this.flush();
    for (let i = 1; i + 4 < rows.length; i += 5) {
      const page = { physical: rows[i + 3], flags: rows[i + 4] & ~TlbFlags.code };
      const mode = Math.floor(rows[i] / tlbEntries);
      const isRam = this.#memory.contains(page.physical, pageBytes);
      if (mode < tlbModes && (page.flags & TlbFlags.io || isRam)) this.fill(mode, rows[i + 1], rows[i + 2], page, rows[0]);
    }
    this.#largest = Math.max(this.#largest, rows[0] ?? 12);
  }
}
