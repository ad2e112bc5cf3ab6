/** What lies where in the running guest's memory: sections of its image, and what its introspection table tells of heap, stacks and page tables. */
import type { Machine } from '../emulator/index.ts';
import { readElf, type ElfFile, type ElfSection } from '../toolchain/object/elf-reader.ts';
import type { MapRegion, MemoryMapData } from './messages.ts';

/** The image's own knowledge of the map, read once for a run. */
export class MapReader {
  readonly elf: ElfFile | undefined;

  constructor(image: Uint8Array) {
    const read = readElf(image, 'the image');
    this.elf = read.ok ? read.value : undefined;
  }

  symbol(name: string): { address: number; size: number } | undefined {
    const found = this.elf?.symbols.find((s) => s.name === name);
    return found && { address: Number(found.value), size: Number(found.size) };
  }
}

const SHF_WRITE = 1;
const SHF_ALLOC = 2;
const SHF_EXECINSTR = 4;
const SHT_NOBITS = 8;

function kindOf(section: ElfSection): MapRegion['kind'] {
  if (/stack/.test(section.name)) return 'stack';
  if (/pagetable|\.pt\b/.test(section.name)) return 'pageTable';
  if (section.flags & SHF_EXECINSTR) return 'text';
  if (section.type === SHT_NOBITS) return 'bss';
  return section.flags & SHF_WRITE ? 'data' : 'rodata';
}

export function readMap(reader: MapReader, machine: Machine): MemoryMapData {
  const ramStart = machine.memory.base;
  const ramSize = machine.memory.size;
  const claims: MapRegion[] = [];
  for (const s of reader.elf?.sections ?? []) {
    const start = Number(s.address);
    if (!(s.flags & SHF_ALLOC) || s.size === 0 || start < ramStart) continue;
    claims.push({ start, size: Number(s.size), kind: kindOf(s), name: s.name });
  }
  const { dtb, initrd } = machine.boot;
  if (dtb)
    claims.push({
      start: dtb.start,
      size: dtb.end - dtb.start,
      kind: 'dtb',
      name: 'Device tree blob',
      detail: 'made by the board, as QEMU makes it',
    });
  if (initrd) claims.push({ start: initrd.start, size: initrd.end - initrd.start, kind: 'other', name: 'Initial RAM disk' });
  claims.push(...described(reader, machine));
  const devices = machine.devices().map((d): MapRegion => ({ start: d.base, size: d.size, kind: 'device', name: d.name }));
  return { ramStart, ramSize, regions: fill(claims, ramStart, ramSize), devices: devices.filter((d) => !/virtio/.test(d.name)) };
}

/** What the guest says of itself; a guest may say anything, so everything is checked against RAM. */
function described(reader: MapReader, machine: Machine): MapRegion[] {
  const inside = (start: number, size: number) =>
    size > 0 && start >= machine.memory.base && start + size <= machine.memory.base + machine.memory.size;
  return introspect(reader, machine).filter((r) => inside(r.start, r.size));
}

/** `UKPLAT_MEMRT_*` of uk/plat/memory.h that say more than the sections do. */
const regionKinds: readonly [bit: number, kind: MapRegion['kind']][] = [
  [0x0100, 'pageTable'],
  [0x0040, 'stack'],
  [0x0200, 'other'],
  [0x0020, 'dtb'],
];
const heapBuddy = 0x59444442;
const heapUsed = 0x40;
const tableMagic = 0x4f52544e494b55n;
/** Longer lists than these are not believed. */
const listLimit = 256;

/** Reads guest memory; what is not there reads as zero, so that a broken table ends its own lists. */
class GuestReader {
  readonly #machine: Machine;

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  bytes(address: number, length: number): Uint8Array | undefined {
    return this.#machine.memory.load(address, length);
  }
  u64(address: number): bigint {
    const bytes = this.bytes(address, 8);
    return bytes ? new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true) : 0n;
  }
  /** An address or size; more than memory can have reads as zero. */
  word(address: number): number {
    const value = this.u64(address);
    return value < 1n << 48n ? Number(value) : 0;
  }
  u32(address: number): number {
    return Number(this.u64(address) & 0xffffffffn);
  }
  u16(address: number): number {
    return Number(this.u64(address) & 0xffffn);
  }
  text(address: number): string {
    const bytes = this.bytes(address, 64);
    if (!address || !bytes) return '';
    const end = bytes.indexOf(0);
    return new TextDecoder().decode(bytes.subarray(0, end < 0 ? 64 : end));
  }
}

/** The introspection contract, docs/introspection.md version 1. Nothing when the image has no table. */
function introspect(reader: MapReader, machine: Machine): MapRegion[] {
  const table = reader.symbol('uk_introspect_table')?.address;
  const guest = new GuestReader(machine);
  if (!table || guest.u64(table) !== tableMagic || guest.u16(table + 8) !== 1) return [];
  return [...memoryRegions(guest, table), ...heaps(guest, table), ...threads(guest, table)];
}

function memoryRegions(guest: GuestReader, table: number): MapRegion[] {
  const first = guest.word(table + 32);
  const count = Math.min(guest.u32(guest.word(table + 40)), listLimit);
  const size = guest.u32(table + 48);
  return Array.from({ length: count }, (_, n) => first + n * size).flatMap((at): MapRegion[] => {
    const type = guest.u16(at + 24);
    const kind = regionKinds.find(([bit]) => type & bit)?.[1];
    const name = guest.text(guest.word(at + 32));
    return kind
      ? [
          {
            start: guest.word(at),
            size: guest.word(at + 16),
            kind,
            name: name || kind,
            ...(type & 0x200 ? { detail: 'guard: no access' } : {}),
          },
        ]
      : [];
  });
}

function heaps(guest: GuestReader, table: number): MapRegion[] {
  const found: MapRegion[] = [];
  for (let heap = guest.word(guest.word(table + 24)); heap && found.length < listLimit; heap = guest.word(heap)) {
    const isBuddy = guest.u32(heap + 8) === heapBuddy;
    const start = guest.word(heap + 16);
    const size = guest.word(heap + 24);
    const used = isBuddy ? buddyBytes(guest, heap, size) : Math.max(0, guest.word(heap + 40) - start);
    found.push({
      start,
      size,
      kind: 'heap',
      name: isBuddy ? 'Heap (binary buddy)' : 'Heap (region)',
      detail: `${used.toLocaleString('en-US')} bytes in use`,
    });
  }
  return found;
}

/** Bytes in blocks that are in use, by the buddy allocator's map. */
function buddyBytes(guest: GuestReader, heap: number, size: number): number {
  const unit = guest.u32(heap + 12);
  if (unit < 16) return 0;
  const map = guest.bytes(guest.word(heap + 32), Math.min(Math.floor(size / unit), 1 << 22));
  let used = 0;
  for (let at = 0; map && at < map.length;) {
    const units = 2 ** Math.min(map[at] & 0x3f, 30);
    if (map[at] & heapUsed) used += units * unit;
    at += units;
  }
  return used;
}

function threads(guest: GuestReader, table: number): MapRegion[] {
  const offset = (at: number) => guest.u16(table + at);
  const found: MapRegion[] = [];
  for (let thread = guest.word(guest.word(table + 64)); thread && found.length < listLimit; thread = guest.word(thread + offset(80))) {
    const name = guest.text(guest.word(thread + offset(82)));
    found.push({
      start: guest.word(thread + offset(88)),
      size: guest.word(thread + offset(90)),
      kind: 'stack',
      name: `Stack of thread ${name || found.length}`,
    });
  }
  return found;
}

/** Sorted, without overlaps (the more special claim wins), with free memory between. */
function fill(claims: readonly MapRegion[], ramStart: number, ramSize: number): MapRegion[] {
  const priority: Record<MapRegion['kind'], number> = {
    pageTable: 0,
    stack: 1,
    dtb: 2,
    text: 3,
    rodata: 3,
    data: 3,
    bss: 4,
    other: 5,
    heap: 6,
    device: 7,
    free: 8,
  };
  const edges = new Set([ramStart, ramStart + ramSize]);
  for (const c of claims) edges.add(c.start).add(c.start + c.size);
  const points = [...edges].filter((e) => e >= ramStart && e <= ramStart + ramSize).sort((a, b) => a - b);
  const regions: MapRegion[] = [];
  for (let n = 0; n + 1 < points.length; n++) {
    const [start, end] = [points[n], points[n + 1]];
    const owners = claims.filter((c) => c.start <= start && c.start + c.size >= end);
    const owner = owners.sort((a, b) => priority[a.kind] - priority[b.kind] || a.size - b.size)[0];
    const last = regions[regions.length - 1];
    const name = owner?.name ?? 'Free';
    const kind = owner?.kind ?? 'free';
    if (last && last.name === name && last.kind === kind) last.size += end - start;
    else regions.push({ start, size: end - start, kind, name, ...(owner?.detail ? { detail: owner.detail } : {}) });
  }
  return regions;
}
