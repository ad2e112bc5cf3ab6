import { IdentityMap, type IdentityRanges } from './identity.ts';
import {
  dataTlbAddress,
  FetchEntry,
  fetchEntries,
  fetchModes,
  fetchTlbAddress,
  pageBytes,
  State,
  TlbEntry,
  tlbContexts,
  tlbEntries,
  TlbFlags,
  tlbModes,
  useShift,
} from './layout.ts';
import type { Regime } from './mmu.ts';
import { PageUses } from './page-use.ts';
import type { SharedMemory } from './shared-memory.ts';
import type { TlbView } from './types.ts';

/** What a page is allowed and how, for one TLB: {@link TlbFlags}. */
export type TlbPage = { physical: number; flags: number };

const invalid = 0xffff_ffff;
const entriesPerContext = tlbModes * tlbEntries;
const low32 = 0xffff_ffffn;
const modeNames = ['EL0', 'EL1', 'EL1 with PAN'] as const;

/** The registers that a translation depends on: SCTLR_EL1, TTBR0_EL1, TTBR1_EL1, TCR_EL1, MAIR_EL1. */
export type RegimeKey = readonly [bigint, bigint, bigint, bigint, bigint];

/**
 * The pages of one translation regime. Regimes are told apart by all registers that decide a translation, which is finer than by ASID: what
 * the architecture lets share entries may miss here, and nothing is shared that it keeps apart.
 */
type Context = {
  key: RegimeKey;
  regime: Regime;
  /** Data entries, and addresses of instruction entries, that have been filled since it was last empty. */
  data: Filled;
  fetch: Filled;
  /** Larger descriptors than of 4 KiB whose pages may be here: log2 of their bytes, and the numbers of the blocks. */
  blocks: Map<number, Set<number>>;
  /** For each mode the identity map, once there is one; and the misses until then that it would have had. */
  identity: (IdentityMap | undefined)[];
  identityMisses: number[];
};

/** Places that are emptied one by one; more of them are emptied all together. */
const maxListed = 256;

/** What has been filled: a few places by their numbers, or any. */
class Filled {
  #places: number[] = [];
  #isAny: boolean;

  /** `isAny`: nothing is known of them. */
  constructor(isAny: boolean) {
    this.#isAny = isAny;
  }

  get isNone(): boolean {
    return !this.#isAny && this.#places.length === 0;
  }

  add(place: number): void {
    if (this.#isAny) return;
    if (this.#places.length < maxListed) this.#places.push(place);
    else this.#isAny = true;
  }

  /** Calls `one` for each place that may be filled, or `all`. */
  forEach(one: (place: number) => void, all: () => void): void {
    if (this.#isAny) all();
    else for (const place of this.#places) one(place);
  }

  /** The same, and nothing is filled any more. */
  empty(one: (place: number) => void, all: () => void): void {
    this.forEach(one, all);
    this.#isAny = false;
    this.#places = [];
  }
}

/** Misses after which a regime's identity map is made: it takes longer than a few of them. */
const missesBeforeScan = 4;

/** Contexts to be opened ahead: a kernel that turns its MMU on has one without it, and some while it sets the registers. */
const contextsAhead = 6;

/**
 * One CPU's translation look-aside buffers: for each of the regimes used last, pages for data in three modes (EL0, EL1, EL1 with PAN) and
 * for instructions at both exception levels. Direct-mapped; compiled code looks in them, this fills and empties them.
 */
export class Tlb {
  readonly #memory: SharedMemory;
  readonly #cpu: number;
  /** Physical pages of the data entries of all contexts that there are; -1: not in use. */
  readonly #physical = new Float64Array(tlbContexts * entriesPerContext);
  /** For each page of RAM the entry that may let compiled code write to it, by its number and one; 0: none, -1: several. */
  readonly #writers: Int32Array;
  readonly #contexts: Context[] = [];
  /**
   * Entries whose places pages of an identity map have taken, by index. What else is in the TLB must not depend on those pages: translated code
   * does without their entries.
   */
  readonly #displaced = new Map<number, { high: number; low: number; page: TlbPage }>();
  #current = 0;
  /** For the first identity maps. */
  readonly #permissionsAhead: Uint8Array[] = [];
  /** Contexts whose memory holds no entries, although they were never opened. */
  #blank = 0;
  /** Mode of the CPU's own data accesses. */
  #mode = 0;
  readonly #stateAddress: () => number;
  /** Whether nobody watches data accesses. */
  readonly #isUnwatched: () => boolean;
  readonly #numbered = new WeakMap<object, IdentityRanges>();
  /** The context that makes room for the next new one. */
  #victim = 0;

  constructor(memory: SharedMemory, cpu: number, stateAddress: () => number, isUnwatched: () => boolean) {
    this.#stateAddress = stateAddress;
    this.#isUnwatched = isUnwatched;
    this.#memory = memory;
    this.#cpu = cpu;
    this.#writers = new Int32Array(memory.codePages.length);
    memory.use.onRearm(() => this.#rearm());
  }

  /** Makes a regime the current one, with what is still there of it. */
  select(key: RegimeKey, makeRegime: () => Regime): Regime {
    const known = this.#contexts.findIndex((context) => context.key.every((value, i) => value === key[i]));
    if (known >= 0) {
      this.#current = known;
      return this.#contexts[known].regime;
    }
    this.#current = this.#contexts.length < tlbContexts ? this.#contexts.length : this.#nextVictim();
    if (this.#current < this.#contexts.length) this.#empty(this.#current);
    return this.#open(this.#current, key, makeRegime()).regime;
  }

  /** Makes the context of a regime. Only then is its memory written: most guests need few of them. */
  #open(context: number, key: RegimeKey, regime: Regime): Context {
    const isNew = context === this.#contexts.length;
    const used = isNew && context >= this.#blank;
    const fresh = {
      key,
      regime,
      data: new Filled(used),
      fetch: new Filled(used),
      blocks: new Map(),
      identity: [],
      identityMisses: [0, 0, 0],
    };
    this.#contexts[context] = fresh;
    if (isNew) this.#empty(context);
    return fresh;
  }

  /** Writes the memory of the contexts that most guests need, before a guest does. */
  openAhead(): void {
    for (; this.#blank < contextsAhead; this.#blank++) {
      this.#blankData(this.#blank);
      this.#blankFetch(this.#blank);
      // Written, so that the host provides the memory now.
      this.#permissionsAhead.push(this.#noPermissions().fill(0));
    }
  }

  #noPermissions(): Uint8Array {
    return new Uint8Array(this.#memory.size / pageBytes);
  }

  #nextVictim(): number {
    // Never the one just left: the two are likely to alternate.
    if (this.#victim === this.#current) this.#victim = (this.#victim + 1) % tlbContexts;
    const victim = this.#victim;
    this.#victim = (victim + 1) % tlbContexts;
    return victim;
  }

  dataAddress(mode: number): number {
    return dataTlbAddress(this.#cpu, this.#current, mode);
  }

  fetchAddress(mode: number): number {
    return fetchTlbAddress(this.#cpu, this.#current, mode);
  }

  /** Number of the data entry of a page in use, or -1. */
  find(mode: number, high: number, low: number): number {
    const index = this.#indexOf(this.#current, mode, low);
    const at = (this.#entryAddress(index) + TlbEntry.slowTag) / 4;
    const { u32 } = this.#memory;
    return u32[at] === (low & ~(pageBytes - 1)) >>> 0 && u32[at + 1] === high >>> 0 ? index : -1;
  }

  #indexOf(context: number, mode: number, low: number): number {
    return context * entriesPerContext + mode * tlbEntries + ((low >>> 12) & (tlbEntries - 1));
  }

  #entryAddress(index: number): number {
    const inContext = index % entriesPerContext;
    return dataTlbAddress(this.#cpu, (index - inContext) / entriesPerContext, 0) + inContext * TlbEntry.bytes;
  }

  physical(index: number): number {
    return this.#physical[index];
  }

  // Identity maps

  /** The CPU's data accesses are of that mode now. */
  selectMode(mode: number): void {
    this.#mode = mode;
    this.#refresh();
  }

  /** A page that is in the TLB although {@link find} does not find it: of the identity map, or displaced by one of that. */
  findKept(mode: number, high: number, low: number): TlbPage | undefined {
    const map = this.#contexts[this.#current].identity[mode];
    if (!map) return undefined;
    const page = this.#ramPage(high, low);
    const permissions = page < 0 ? 0 : map.permissions[page];
    if (permissions !== 0) return { physical: this.#memory.base + page * pageBytes, flags: permissions | TlbFlags.identity };
    const displaced = this.#displaced.get(this.#indexOf(this.#current, mode, low));
    return displaced?.high === high >>> 0 && displaced.low === (low & ~(pageBytes - 1)) >>> 0 ? displaced.page : undefined;
  }

  /** A page that the identity map could have is not in the TLB. Makes the map if that has happened often enough. `alignmentChecked`: SCTLR_EL1.A. */
  missedIdentity(mode: number, alignmentChecked: boolean): void {
    const context = this.#contexts[this.#current];
    if (context.identity[mode] || ++context.identityMisses[mode] < missesBeforeScan) return;
    const map = IdentityMap.scan(
      context.regime,
      this.#memory,
      mode,
      alignmentChecked,
      (bits, high, low) => noteBlock(context, bits, high, low),
      this.#permissionsAhead.pop() ?? this.#noPermissions(),
    );
    // Entries that say otherwise are older.
    const first = this.#current * entriesPerContext + mode * tlbEntries;
    for (let index = first; index < first + tlbEntries; index++) if (this.#physical[index] >= 0) this.#drop(index);
    context.identity[mode] = map;
    this.#refresh();
  }

  /** Where the CPU's data accesses need no TLB just now. */
  identityRanges(): IdentityRanges | undefined {
    const { use, base, codePages } = this.#memory;
    const map = this.#contexts[this.#current].identity[this.#mode];
    if (!map || use.observed & (PageUses.read | PageUses.write) || !this.#isUnwatched()) return undefined;
    const ranges = map.ranges(base, codePages);
    const { read, write } = ranges;
    if (!read && !write) return undefined;
    const known = this.#numbered.get(ranges);
    if (known) return known;
    const numbered = { number: this.#memory.rangeNumbers.of(ranges), read, write };
    this.#numbered.set(ranges, numbered);
    return numbered;
  }

  /** Tells translated code. */
  #refresh(): void {
    this.#memory.u32[(this.#stateAddress() + State.identity) / 4] = this.identityRanges()?.number ?? 0;
  }

  /** Number of the page of RAM at an address, or -1. */
  #ramPage(high: number, low: number): number {
    const offset = (high >>> 0) * 2 ** 32 + (low >>> 0) - this.#memory.base;
    return offset >= 0 && offset < this.#memory.size ? Math.floor(offset / pageBytes) : -1;
  }

  /** Flags of an entry in use. */
  flags(index: number): number {
    const at = (this.#entryAddress(index) + TlbEntry.flags) / 4;
    const flags = this.#memory.u32[at];
    // The instructions may be gone by now: then stores are fast again.
    if (flags & TlbFlags.code && this.#memory.codePages[this.#pageOf(this.#physical[index])] === 0) {
      this.#setFlags(index, flags & ~TlbFlags.code);
      return flags & ~TlbFlags.code;
    }
    return flags;
  }

  /** An entry's page is about to be read or written ({@link PageUses}) by the slow path, which thereby knows of it. */
  used(index: number, use: number): void {
    const flags = this.#memory.u32[(this.#entryAddress(index) + TlbEntry.flags) / 4];
    if (!(flags & (use << useShift))) return;
    this.#memory.use.seen[this.#pageOf(this.#physical[index])] |= use;
    this.#setFlags(index, flags & ~(use << useShift));
  }

  /** Flags for the uses of a page of RAM that are asked for and not known yet. */
  #unseen(physical: number): number {
    const { observed, seen } = this.#memory.use;
    return (observed & ~seen[this.#pageOf(physical)] & (PageUses.read | PageUses.write)) << useShift;
  }

  /** Page use begins anew, or is no longer asked for. */
  #rearm(): void {
    this.#forEach((index) => {
      const flags = this.#memory.u32[(this.#entryAddress(index) + TlbEntry.flags) / 4];
      if (!(flags & TlbFlags.io)) this.#setFlags(index, withoutUse(flags) | this.#unseen(this.#physical[index]));
    });
    if (this.#memory.use.observed & PageUses.execute) this.flushFetch();
    if (this.#contexts.length > 0) this.#refresh();
  }

  /** All data entries in use. */
  #forEach(visit: (index: number) => void): void {
    const visitUsed = (index: number): void => {
      if (this.#physical[index] >= 0) visit(index);
    };
    this.#contexts.forEach(({ data }, context) => {
      const all = (): void => {
        const end = (context + 1) * entriesPerContext;
        for (let index = context * entriesPerContext; index < end; index++) visitUsed(index);
      };
      data.forEach(visitUsed, all);
    });
  }

  /** The watched pages are other ones now. `isWatched` is asked for a page by the halves of its virtual address. */
  rewatch(isWatched: (high: number, low: number) => boolean): void {
    const { u32 } = this.#memory;
    this.#forEach((index) => {
      const at = this.#entryAddress(index) / 4;
      const tag = at + TlbEntry.slowTag / 4;
      const flags = u32[at + TlbEntry.flags / 4];
      const slow = flags & TlbFlags.io || isWatched(u32[tag + 1], u32[tag]) ? TlbFlags.slow : 0;
      if ((flags & TlbFlags.slow) !== slow) this.#setFlags(index, (flags & ~TlbFlags.slow) | slow);
    });
    this.#refresh();
  }

  #pageOf(physical: number): number {
    return (physical - this.#memory.base) / pageBytes;
  }

  /** Enters a page; gives the entry's number. `blockBits`: log2 of what its descriptor maps. */
  fill(mode: number, high: number, low: number, page: TlbPage, blockBits: number): number {
    const index = this.#indexOf(this.#current, mode, low);
    const at = this.#entryAddress(index) / 4;
    const { i32, u32 } = this.#memory;
    const lowTag = (low & ~(pageBytes - 1)) >>> 0;
    if (page.flags & TlbFlags.identity) this.#displace(index);
    else this.#displaced.delete(index);
    u32[at + TlbEntry.slowTag / 4] = lowTag;
    u32[at + TlbEntry.slowTag / 4 + 1] = high;
    // What is not RAM gets addresses that no reservation can have.
    i32[at + TlbEntry.addend / 4] = ((page.flags & TlbFlags.io ? 0 : this.#memory.linear(page.physical)) - lowTag) | 0;
    const context = this.#contexts[this.#current];
    if (this.#physical[index] < 0) context.data.add(index);
    this.#physical[index] = page.physical;
    this.#setFlags(index, page.flags & TlbFlags.io ? page.flags : page.flags | this.#unseen(page.physical));
    if (blockBits > 12) noteBlock(context, blockBits, high, low);
    return index;
  }

  /** A page of the identity map takes the place of what is there. */
  #displace(index: number): void {
    if (this.#physical[index] < 0) return;
    const at = this.#entryAddress(index) / 4;
    const { u32 } = this.#memory;
    const flags = u32[at + TlbEntry.flags / 4];
    if (flags & TlbFlags.identity) return;
    const tag = at + TlbEntry.slowTag / 4;
    const page = { physical: this.#physical[index], flags: lasting(flags) };
    this.#displaced.set(index, { high: u32[tag + 1], low: u32[tag], page });
  }

  #drop(index: number): void {
    this.#invalidate(this.#entryAddress(index), TlbEntry.bytes);
    this.#physical[index] = -1;
    this.#displaced.delete(index);
  }

  /** Fills an entry with ones: for so few bytes a loop is faster than asking the engine. */
  #invalidate(at: number, bytes: number): void {
    const { u32 } = this.#memory;
    for (let word = at / 4; word < (at + bytes) / 4; word++) u32[word] = invalid;
  }

  /** Sets flags and the tags that follow from them. */
  #setFlags(index: number, flags: number): void {
    const at = this.#entryAddress(index) / 4;
    const { u32 } = this.#memory;
    const tag = at + TlbEntry.slowTag / 4;
    u32[at + TlbEntry.flags / 4] = flags;
    const plain = !(flags & (TlbFlags.strict | TlbFlags.slow));
    const readable = plain && flags & TlbFlags.read && !(flags & TlbFlags.unread);
    const writable = plain && flags & TlbFlags.write && !(flags & (TlbFlags.code | TlbFlags.unwritten));
    u32[at + TlbEntry.readTag / 4] = readable ? u32[tag] : invalid;
    u32[at + TlbEntry.readTag / 4 + 1] = readable ? u32[tag + 1] : invalid;
    u32[at + TlbEntry.writeTag / 4] = writable ? u32[tag] : invalid;
    u32[at + TlbEntry.writeTag / 4 + 1] = writable ? u32[tag + 1] : invalid;
    // Slow accesses of the strict kind look at the flags only, so they count as well.
    if (!(flags & TlbFlags.write) || flags & (TlbFlags.io | TlbFlags.code)) return;
    const page = this.#pageOf(this.#physical[index]);
    const writer = this.#writers[page];
    this.#writers[page] = writer === 0 || writer === index + 1 ? index + 1 : -1;
  }

  /** A page of RAM now has decoded instructions: stores to it take the slow path from now on, until {@link flags} finds them gone. */
  markCode(physical: number): void {
    const page = this.#pageOf(physical);
    for (const { identity } of this.#contexts) for (const map of identity) map?.addCode(physical);
    this.#refresh();
    const writer = this.#writers[page];
    this.#writers[page] = 0;
    if (writer === 0) return;
    const mark = (index: number): void => {
      if (this.#physical[index] !== physical) return;
      this.#setFlags(index, this.#memory.u32[(this.#entryAddress(index) + TlbEntry.flags) / 4] | TlbFlags.code);
    };
    if (writer > 0) mark(writer - 1);
    else this.#forEach(mark);
  }

  /** Decoded entries of a page, or 0. */
  findFetch(mode: number, high: number, low: number): number {
    const at = (this.fetchAddress(mode) + ((low >>> 12) & (fetchEntries - 1)) * FetchEntry.bytes) / 4;
    const { u32 } = this.#memory;
    return u32[at] === (low & ~(pageBytes - 1)) >>> 0 && u32[at + 1] === high ? u32[at + FetchEntry.entries / 4] : 0;
  }

  fillFetch(mode: number, high: number, low: number, entries: number, blockBits: number): void {
    const at = (this.fetchAddress(mode) + ((low >>> 12) & (fetchEntries - 1)) * FetchEntry.bytes) / 4;
    const { u32 } = this.#memory;
    u32[at] = (low & ~(pageBytes - 1)) >>> 0;
    u32[at + 1] = high;
    u32[at + FetchEntry.entries / 4] = entries;
    const context = this.#contexts[this.#current];
    context.fetch.add(4 * at);
    if (blockBits > 12) noteBlock(context, blockBits, high, low);
  }

  /** Drops everything. */
  flush(): void {
    for (let context = 0; context < this.#contexts.length; context++) this.#empty(context);
    this.#refresh();
  }

  /** Drops what belongs to an address space. Global pages may go as well. */
  flushAsid(asid: number): void {
    this.#contexts.forEach(({ regime }, context) => {
      // With TCR_EL1.AS clear only eight bits count.
      if (regime.asid === asid || regime.asid === (asid & 0xff)) this.#empty(context);
    });
    this.#refresh();
  }

  #empty(context: number): void {
    const state = this.#contexts[context];
    state.data.empty(
      (index) => this.#drop(index),
      () => this.#blankData(context),
    );
    this.#emptyFetch(context);
    state.blocks.clear();
    state.identity = [];
    state.identityMisses = [0, 0, 0];
    for (const index of this.#displaced.keys()) if (Math.floor(index / entriesPerContext) === context) this.#displaced.delete(index);
  }

  #emptyFetch(context: number): void {
    this.#contexts[context].fetch.empty(
      (at) => this.#invalidate(at, FetchEntry.bytes),
      () => this.#blankFetch(context),
    );
  }

  #blankData(context: number): void {
    this.#memory.u8.fill(0xff, dataTlbAddress(this.#cpu, context, 0), dataTlbAddress(this.#cpu, context, tlbModes));
    this.#physical.fill(-1, context * entriesPerContext, (context + 1) * entriesPerContext);
  }

  #blankFetch(context: number): void {
    this.#memory.u8.fill(0xff, fetchTlbAddress(this.#cpu, context, 0), fetchTlbAddress(this.#cpu, context, fetchModes));
  }

  /** A decoded page, by the address of its first entry, is given up. */
  dropFetch(entries: number): void {
    const { u32 } = this.#memory;
    this.#contexts.forEach(({ fetch }, context) => {
      if (fetch.isNone) return;
      const end = fetchTlbAddress(this.#cpu, context, fetchModes);
      for (let at = fetchTlbAddress(this.#cpu, context, 0); at < end; at += FetchEntry.bytes)
        if (u32[(at + FetchEntry.entries) / 4] === entries) this.#invalidate(at, FetchEntry.bytes);
    });
  }

  /** No decoded page is where it was. */
  flushFetch(): void {
    for (let context = 0; context < this.#contexts.length; context++) this.#emptyFetch(context);
  }

  /** Drops the page of an address, and everything of a regime that has a block there. Gives whether there was such a one. */
  flushPage(high: number, low: number): boolean {
    let wasAll = false;
    for (let context = 0; context < this.#contexts.length; context++) {
      const state = this.#contexts[context];
      if (state.data.isNone && state.fetch.isNone && state.identity.length === 0) continue;
      const isAll = isInBlock(state, high, low);
      if (isAll) this.#empty(context);
      else this.#dropPage(context, high, low);
      wasAll ||= isAll;
    }
    this.#refresh();
    return wasAll;
  }

  #dropPage(context: number, high: number, low: number): void {
    const page = this.#ramPage(high & 0xffff, low);
    for (let mode = 0; mode < tlbModes; mode++) {
      this.#drop(this.#indexOf(context, mode, low));
      if (page >= 0) this.#contexts[context].identity[mode]?.drop(page);
    }
    const slot = (low >>> 12) & (fetchEntries - 1);
    for (let mode = 0; mode < fetchModes; mode++) {
      this.#invalidate(fetchTlbAddress(this.#cpu, context, mode) + slot * FetchEntry.bytes, FetchEntry.bytes);
    }
  }

  /** All entries, for views. `physicalOf` gives the page of decoded entries. */
  describe(physicalOf: (entries: number) => number): TlbView[] {
    const { u32 } = this.#memory;
    const virtualAt = (at: number): bigint => (BigInt(u32[at + 1]) << 32n) | BigInt(u32[at]);
    const rows: TlbView[] = [];
    const used = new Set<number>();
    this.#forEach((index) => used.add(index));
    for (const index of [...used].sort((a, b) => a - b)) {
      const context = Math.floor(index / entriesPerContext);
      const at = this.#entryAddress(index) / 4;
      const flags = u32[at + TlbEntry.flags / 4];
      rows.push({
        kind: 'data',
        mode: modeNames[Math.floor((index % entriesPerContext) / tlbEntries)],
        virtual: virtualAt(at + TlbEntry.slowTag / 4),
        physical: this.#physical[index],
        ram: !(flags & TlbFlags.io),
        readable: (flags & TlbFlags.read) !== 0,
        writable: (flags & TlbFlags.write) !== 0,
        asid: this.#contexts[context].regime.asid,
        current: context === this.#current,
      });
    }
    this.#contexts.forEach(({ fetch, regime }, context) => {
      for (let slot = 0; !fetch.isNone && slot < fetchModes * fetchEntries; slot++) {
        const at = (fetchTlbAddress(this.#cpu, context, 0) + slot * FetchEntry.bytes) / 4;
        if (u32[at] === invalid) continue;
        const physical = physicalOf(u32[at + FetchEntry.entries / 4]);
        const place = { virtual: virtualAt(at), physical, ram: true, readable: true, writable: false };
        const mode = modeNames[Math.floor(slot / fetchEntries)];
        rows.push({ kind: 'instruction', mode, ...place, asid: regime.asid, current: context === this.#current });
      }
    });
    return rows;
  }

  /**
   * Data entries as numbers. First the current context and the next victim; then for each context the ten halves of its key, its number
   * of blocks with their sizes and numbers, its number of entries, and for each entry its index in the context, tag
   * high and low, physical page and flags; for each mode the misses that count for the identity map, whether there is one, and its number of
   * stretches with first page, pages and permissions of each. Entries of the identity map are made from that. Instruction TLBs are not kept: they are refilled from the same tables, or from what is here.
   */
  save(): Float64Array {
    const numbers: number[] = [this.#current, this.#victim];
    const { u32 } = this.#memory;
    this.#contexts.forEach(({ key, blocks, identity, identityMisses }, context) => {
      for (const value of key) numbers.push(Number(value >> 32n), Number(value & low32));
      const all = [...blocks].flatMap(([bits, set]) => [...set].map((block) => [bits, block]));
      numbers.push(all.length, ...all.flat());
      const entries: number[] = [];
      for (let i = 0; i < entriesPerContext; i++) {
        const index = context * entriesPerContext + i;
        const displaced = this.#displaced.get(index);
        if (displaced) entries.push(i, displaced.high, displaced.low, displaced.page.physical, displaced.page.flags);
        if (this.#physical[index] < 0 || displaced) continue;
        const flags = this.flags(index);
        if (flags & TlbFlags.identity) continue;
        const tag = (this.#entryAddress(index) + TlbEntry.slowTag) / 4;
        entries.push(i, u32[tag + 1], u32[tag], this.#physical[index], withoutUse(flags & ~TlbFlags.code));
      }
      numbers.push(entries.length / 5, ...entries);
      for (let mode = 0; mode < tlbModes; mode++) {
        const stretches = identity[mode]?.save() ?? [];
        numbers.push(identityMisses[mode], identity[mode] ? 1 : 0, stretches.length / 3, ...stretches);
      }
    });
    return Float64Array.from(numbers);
  }

  /** Takes what {@link save} gave, checked to be possible; `regimeOfKey` decodes a regime's registers. */
  restore(numbers: Float64Array, regimeOfKey: (key: RegimeKey) => Regime): void {
    this.flush();
    this.#contexts.length = 0;
    let at = 2;
    const next = (): number => numbers[at++] ?? 0;
    const half = (): bigint => BigInt(Math.trunc(next()) >>> 0);
    while (at < numbers.length && this.#contexts.length < tlbContexts) {
      const quad = (): bigint => (half() << 32n) | half();
      const key: RegimeKey = [quad(), quad(), quad(), quad(), quad()];
      this.#current = this.#contexts.length;
      const context = this.#open(this.#current, key, regimeOfKey(key));
      for (let blocks = next(); blocks > 0 && at < numbers.length; blocks--) addBlock(context, next(), next());
      for (let entries = next(); entries > 0 && at < numbers.length; entries--) this.#restoreEntry(next(), next(), next(), next(), next());
      for (let mode = 0; mode < tlbModes; mode++) {
        context.identityMisses[mode] = next();
        const map = next() === 1 ? new IdentityMap(new Uint8Array(this.#memory.size / pageBytes)) : undefined;
        for (let stretches = next(); stretches > 0 && at < numbers.length; stretches--) map?.restore(next(), next(), next());
        context.identity[mode] = map;
      }
    }
    const [current = 0, victim = 0] = numbers;
    this.#current = this.#contexts[current] ? current : 0;
    this.#victim = Math.abs(Math.trunc(victim)) % tlbContexts;
  }

  #restoreEntry(index: number, high: number, low: number, physical: number, flags: number): void {
    const mode = Math.floor(index / tlbEntries);
    const isRam = this.#memory.contains(physical, pageBytes) && physical % pageBytes === 0;
    if (!(mode >= 0 && mode < tlbModes) || !(isRam || flags & TlbFlags.io)) return;
    const code = isRam && this.#memory.codePages[this.#pageOf(physical)] !== 0 ? TlbFlags.code : 0;
    this.fill(mode, high, low, { physical, flags: withoutUse(flags & ~TlbFlags.code) | code }, 12);
  }
}

/** What of an entry's flags does not depend on who looks at the page. */
function lasting(flags: number): number {
  return flags & (TlbFlags.read | TlbFlags.write | TlbFlags.strict | TlbFlags.io);
}

function withoutUse(flags: number): number {
  return flags & ~(TlbFlags.unread | TlbFlags.unwritten);
}

/** 2^-bits, exactly: engines call a function for powers, and a kernel's start asks for some hundred thousand. */
const inverses = Float64Array.from({ length: 64 }, (_, bits) => 2 ** -bits);

/** Number of the block of 2^bits bytes that an address lies in, its top byte apart. */
function blockOf(bits: number, high: number, low: number): number {
  return Math.floor(((high & 0xff_ffff) * 0x1_0000_0000 + (low >>> 0)) * inverses[bits]);
}

function noteBlock(context: Context, bits: number, high: number, low: number): void {
  addBlock(context, bits, blockOf(bits, high, low));
}

function addBlock(context: Context, bits: number, block: number): void {
  let set = context.blocks.get(bits);
  if (!set) context.blocks.set(bits, (set = new Set()));
  set.add(block);
}

function isInBlock(context: Context, high: number, low: number): boolean {
  for (const [bits, set] of context.blocks) if (set.has(blockOf(bits, high, low))) return true;
  return false;
}
