/**
 * What a guest tells of itself: the introspection contract, docs/introspection.md version 1. The guest may not have come so far, may have crashed, or
 * may lie: lists are bounded, and whoever draws the answer checks addresses against RAM.
 */
import type { GuestMemory } from './guest-memory.ts';
import type { HeapMap, StackMap } from './messages.ts';

export type GuestRegion = { start: number; size: number; type: number; flags: number; name: string };
export type Introspection = {
  regions: GuestRegion[];
  heaps: HeapMap[];
  stacks: StackMap[];
  /** Ticks of the virtual counter at the stages of the boot; 0: not reached. */
  marks: number[];
};

/** `UKPLAT_MEMRT_*` of uk/plat/memory.h. */
export const RegionType = { free: 0x1, image: 0x4, initrd: 0x8, dtb: 0x20, stack: 0x40, pageTable: 0x100, guard: 0x200 } as const;

const tableMagic = 0x4f52544e494b55n;
/** Longer lists than these are not believed. */
const listLimit = 256;
/** More blocks than these are counted but not drawn. */
const blockLimit = 20_000;
const buddyKind = 0x59444442;
const regionKind = 0x4e474552;
const regionBlock = 0x4b4c4221;

export const BlockState = { free: 0, used: 1, freed: 2, unknown: 3 } as const;

/** Where the table is: `symbol` if the image has symbols, else the first place in `within` that has the magic number. */
export function findTable(guest: GuestMemory, symbol: number | undefined, within: { start: number; size: number }[]): number | undefined {
  if (symbol !== undefined) return symbol;
  for (const { start, size } of within)
    for (let at = Math.ceil(start / 8) * 8; at + 96 <= start + size; at += 8) if (guest.u64(at) === tableMagic) return at;
  return undefined;
}

/** Follows the table; undefined when there is none of a version that we know. `stackPointer`: SP_EL0, where the running thread is. */
export function readIntrospection(guest: GuestMemory, table: number, stackPointer: number): Introspection | undefined {
  if (guest.u64(table) !== tableMagic || guest.u16(table + 8) !== 1) return undefined;
  const regions = readRegions(guest, table);
  return {
    regions,
    heaps: readHeaps(guest, table),
    stacks: readStacks(guest, table, regions, stackPointer),
    marks: Array.from({ length: Math.min(guest.u32(table + 12), 16) }, (_, n) => guest.word(guest.word(table + 16) + 8 * n)),
  };
}

function readRegions(guest: GuestMemory, table: number): GuestRegion[] {
  const first = guest.word(table + 32);
  const count = Math.min(guest.u32(guest.word(table + 40)), listLimit);
  const size = guest.u32(table + 48);
  return Array.from({ length: count }, (_, n) => first + n * size).map((at) => ({
    start: guest.word(at),
    size: guest.word(at + 16),
    type: guest.u16(at + 24),
    flags: guest.u16(at + 26),
    name: guest.text(guest.word(at + 32)),
  }));
}

function readHeaps(guest: GuestMemory, table: number): HeapMap[] {
  const heaps: HeapMap[] = [];
  for (let at = guest.word(guest.word(table + 24)); at && heaps.length < listLimit; at = guest.word(at)) {
    const start = guest.word(at + 16);
    const size = guest.word(at + 24);
    if (!guest.has(start, size)) continue;
    const kind = guest.u32(at + 8);
    const blocks = new BlockList(start, size);
    if (kind === buddyKind) walkBuddy(guest, at, blocks);
    else if (kind === regionKind) walkRegion(guest, at, blocks);
    heaps.push({
      start,
      size,
      kind: kind === buddyKind ? 'binary buddy' : kind === regionKind ? 'region' : 'unknown',
      ...blocks.finish(),
    });
  }
  return heaps.sort((a, b) => a.start - b.start);
}

/** Blocks from the start of a heap on, end to end. */
class BlockList {
  readonly #end: number;
  readonly #rows: number[] = [];
  #at: number;
  readonly #bytes = [0, 0, 0, 0];
  readonly #counts = [0, 0, 0, 0];
  #largestFree = 0;
  #listed = 0;

  constructor(start: number, size: number) {
    this.#at = start;
    this.#end = start + size;
  }

  get end(): number {
    return this.#end;
  }

  add(size: number, state: number): void {
    if (size <= 0) return;
    if (this.#listed < blockLimit) {
      this.#rows.push(this.#at, size, state);
      this.#listed++;
    }
    this.#bytes[state] += size;
    this.#counts[state]++;
    if (state === BlockState.free) this.#largestFree = Math.max(this.#largestFree, size);
    this.#at += size;
  }

  finish(): Pick<HeapMap, 'blocks' | 'bytes' | 'counts' | 'largestFree' | 'truncated'> {
    this.add(this.#end - this.#at, BlockState.unknown);
    const total = this.#counts.reduce((sum, count) => sum + count, 0);
    const [free, used, freed, unknown] = this.#bytes;
    const [freeBlocks, usedBlocks, freedBlocks] = this.#counts;
    return {
      blocks: Float64Array.from(this.#rows),
      bytes: { free, used, freed, unknown },
      counts: { free: freeBlocks, used: usedBlocks, freed: freedBlocks },
      largestFree: this.#largestFree,
      truncated: total > this.#listed,
    };
  }
}

function walkBuddy(guest: GuestMemory, heap: number, blocks: BlockList): void {
  const unit = guest.u32(heap + 12);
  const size = guest.word(heap + 24);
  if (unit < 16) return;
  const units = Math.floor(size / unit);
  const map = guest.bytes(guest.word(heap + 32), units);
  if (map.length < units) return;
  for (let i = 0; i < units;) {
    const span = 2 ** (map[i] & 0x3f);
    const state = map[i] & 0x40 ? BlockState.used : map[i] & 0x80 ? BlockState.free : undefined;
    if (state === undefined || i + span > units) return;
    blocks.add(span * unit, state);
    i += span;
  }
}

function walkRegion(guest: GuestMemory, heap: number, blocks: BlockList): void {
  const header = 16;
  const top = guest.word(heap + 40);
  let at = guest.word(heap + 16);
  while (at < top && guest.u32(at + 8) === regionBlock) {
    const length = header + guest.word(at);
    if (at + length > top) break;
    blocks.add(length, guest.u32(at + 12) === 1 ? BlockState.freed : BlockState.used);
    at += length;
  }
  // Between a broken header and the top nobody knows.
  if (at < top && top <= blocks.end) blocks.add(top - at, BlockState.unknown);
  if (top >= at && top <= blocks.end) blocks.add(blocks.end - top, BlockState.free);
}

function readStacks(guest: GuestMemory, table: number, regions: readonly GuestRegion[], stackPointer: number): StackMap[] {
  const offset = (at: number) => guest.u16(table + at);
  const current = guest.word(guest.word(table + 72));
  const stacks: StackMap[] = [];
  const inside = (sp: number, start: number, size: number) => sp >= start && sp <= start + size;
  for (
    let at = guest.word(guest.word(table + 64)), n = 1;
    at && stacks.length < listLimit;
    at = guest.word(at + offset(80)), n++ // Newest first.
  ) {
    const start = guest.word(at + offset(88));
    const size = guest.word(at + offset(90));
    if (size === 0 || !guest.has(start, size)) continue;
    const flags = guest.u32(at + offset(86));
    const running = at === current;
    const sp = running ? stackPointer : guest.word(at + offset(84));
    const guard = guest.word(at + offset(92));
    const wakeUpNs = guest.word(at + offset(94));
    const exited = (flags & 0x8) !== 0;
    stacks.push({
      name: guest.text(guest.word(at + offset(82))) || `thread ${n}`,
      state: exited ? 'exited' : running ? 'running' : flags & 0x4 ? 'ready' : 'waiting',
      start,
      size,
      ...(inside(sp, start, size) && !exited ? { stackPointer: sp } : {}),
      highWater: guest.usedFromEnd(start, size),
      // Of a stack of the heap nobody knows what its memory held before.
      exact: regions.some((region) => region.type & RegionType.stack && region.start === start),
      ...(guard ? { guard } : {}),
      ...(wakeUpNs && !exited && !running ? { wakeUpNs } : {}),
    });
  }
  for (const region of regions) {
    if (!(region.type & RegionType.stack) || !guest.has(region.start, region.size)) continue;
    if (stacks.some((stack) => stack.start === region.start)) continue;
    const isBoot = /boot/.test(region.name);
    stacks.push({
      name: region.name,
      state: isBoot ? 'running' : 'handler',
      start: region.start,
      size: region.size,
      ...(isBoot && inside(stackPointer, region.start, region.size) ? { stackPointer } : {}),
      highWater: guest.usedFromEnd(region.start, region.size),
      exact: true,
    });
  }
  return stacks;
}
