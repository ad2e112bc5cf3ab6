import { FixedHandler } from './core-module.ts';
import { decodedPageBytes, Entry, pageBytes } from './layout.ts';
import type { CodeDropper, SharedMemory } from './shared-memory.ts';

/** Who is to know that decoded instructions go; pages are named by the address of their first entry, words are numbers in them. */
export type CodeListener = {
  changed: (page: number, first: number, last: number) => void;
  /** A debugger or the guest has set or removed a breakpoint there; the instruction is the same. */
  breakpointChanged: (page: number, word: number) => void;
  released: (page: number) => void;
};

/**
 * Stores to a page, since an instruction of it was decoded last, after which it is taken for data: without decoded instructions stores to it are
 * fast again. Twice as many each time, as there are pages of both.
 */
const storesOfData = 8;
const mostDoublings = 16;

/**
 * The decoded instructions of a machine, shared by its CPUs: a fixed number of pages, each of 1024 entries and one more that goes on with the next page. Entries are
 * decoded when they are first executed. A new page takes the place of the first in turn that was not asked for since its last turn: instruction
 * TLBs are small, so pages in use are asked for now and then.
 */
export class CodeCache implements CodeDropper {
  readonly #memory: SharedMemory;
  readonly #first: number;
  readonly #capacity: number;
  /** Page number in RAM of each slot, or -1. */
  readonly #pages: Int32Array;
  readonly #slots = new Map<number, number>();
  /** Whether a slot's page was asked for since {@link #next} came by. */
  readonly #used: Uint8Array;
  /** Stores to a slot's page since an instruction of it was decoded last. */
  readonly #stores: Uint32Array;
  /** How often a page of RAM, by its number, has been taken for data. */
  readonly #timesData = new Map<number, number>();
  #next = 0;
  /** The page whose first entry has that address, or every page, has been given up: nothing may lead to its entries any more. */
  readonly #onEvict: (entries: number | undefined) => void;
  /** Set when the machine has a translator. */
  listener: CodeListener | undefined;
  /** A page will have decoded instructions. */
  readonly #onCode: (physical: number) => void;
  /** Whether the page with that first entry is the one that a CPU executes just now. */
  readonly #isCurrent: (entries: number) => boolean;

  constructor(
    memory: SharedMemory,
    onEvict: (entries: number | undefined) => void,
    onCode: (physical: number) => void,
    isCurrent: (entries: number) => boolean,
  ) {
    const { decoded, decodedPages } = memory.layout;
    this.#memory = memory;
    this.#first = decoded;
    this.#capacity = decodedPages;
    this.#pages = new Int32Array(decodedPages).fill(-1);
    this.#used = new Uint8Array(decodedPages);
    this.#stores = new Uint32Array(decodedPages);
    this.#onEvict = onEvict;
    this.#onCode = onCode;
    this.#isCurrent = isCurrent;
  }

  /** Pages that have decoded instructions. */
  get pages(): number {
    return this.#slots.size;
  }

  /** Address of the first entry of a page of RAM. */
  entriesOf(physical: number): number {
    const page = (physical - this.#memory.base) / pageBytes;
    const slot = this.#slots.get(page) ?? this.#make(page);
    this.#used[slot] = 1;
    return this.#first + slot * decodedPageBytes;
  }

  /** Physical address of the instruction that an entry stands for. */
  physicalOf(entry: number): number {
    const offset = entry - this.#first;
    const slot = Math.floor(offset / decodedPageBytes);
    return this.#memory.base + this.#pages[slot] * pageBytes + ((offset % decodedPageBytes) / Entry.bytes) * 4;
  }

  /** Address of the first entry of the page that an entry belongs to. */
  pageOf(entry: number): number {
    return entry - ((entry - this.#first) % decodedPageBytes);
  }

  /** Entries of the page that an entry belongs to are being decoded. */
  decoding(entry: number): void {
    this.#stores[Math.floor((entry - this.#first) / decodedPageBytes)] = 0;
  }

  drop(offset: number, length: number): void {
    const page = Math.floor(offset / pageBytes);
    const slot = this.#slots.get(page);
    if (slot === undefined) return;
    const entries = this.#first + slot * decodedPageBytes;
    const times = this.#timesData.get(page) ?? 0;
    if (++this.#stores[slot] >= storesOfData << times && !this.#isCurrent(entries)) {
      this.#timesData.set(page, Math.min(mostDoublings, times + 1));
      return this.#giveUp(page, slot);
    }
    const first = (offset % pageBytes) >>> 2;
    const last = ((offset % pageBytes) + length - 1) >>> 2;
    this.listener?.changed(entries, first, last);
    for (let word = first; word <= last; word++) this.#memory.setHandler(entries + word * Entry.bytes, FixedHandler.decode);
  }

  /** A breakpoint has come or gone at an offset in any page: the instructions there are to be decoded again. */
  decodeAgain(offsetInPage: number): void {
    const word = offsetInPage >>> 2;
    for (const slot of this.#slots.values()) {
      const entries = this.#first + slot * decodedPageBytes;
      this.listener?.breakpointChanged(entries, word);
      this.#memory.setHandler(entries + word * Entry.bytes, FixedHandler.decode);
    }
  }

  /** Forgets everything. */
  clear(): void {
    for (const [page, slot] of this.#slots) this.#release(page, slot);
    this.#slots.clear();
    this.#pages.fill(-1);
    this.#used.fill(0);
    this.#timesData.clear();
    this.#next = 0;
    this.#onEvict(undefined);
  }

  #make(page: number): number {
    while (this.#used[this.#next] !== 0) {
      this.#used[this.#next] = 0;
      this.#next = (this.#next + 1) % this.#capacity;
    }
    const slot = this.#next;
    this.#next = (slot + 1) % this.#capacity;
    const old = this.#pages[slot];
    if (old >= 0) this.#giveUp(old, slot);
    this.#pages[slot] = page;
    this.#stores[slot] = 0;
    this.#slots.set(page, slot);
    const entries = this.#first + slot * decodedPageBytes;
    // Fresh memory says `decode` already, but a host that is asked for it by a read and then by a write provides it twice, and must tell all its CPUs.
    const handlers = this.#memory.handlerIndex(entries);
    this.#memory.u32.fill(FixedHandler.decode, handlers, handlers + pageBytes / 4);
    this.#memory.u32[handlers + pageBytes / 4] = FixedHandler.pageEnd;
    this.#memory.codePages[page] = 1;
    this.#onCode(this.#memory.base + page * pageBytes);
    return slot;
  }

  #giveUp(page: number, slot: number): void {
    this.#slots.delete(page);
    this.#pages[slot] = -1;
    this.#used[slot] = 0;
    this.#release(page, slot);
    this.#onEvict(this.#first + slot * decodedPageBytes);
  }

  #release(page: number, slot: number): void {
    this.listener?.released(this.#first + slot * decodedPageBytes);
    this.#memory.codePages[page] = 0;
  }
}
