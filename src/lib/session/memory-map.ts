/** What lies where in the running guest's memory: sections of its image, and what its introspection table tells of heap, stacks and page tables. */
import type { Machine } from '../emulator/index.ts';
import { readElf, type ElfFile, type ElfSection } from '../toolchain/object/elf-reader.ts';
import { GuestMemory } from './guest-memory.ts';
import { findTable, readIntrospection, RegionType, type GuestRegion, type Introspection } from './introspection.ts';
import { mappedRanges } from './mapped-ranges.ts';
import { SourcePlaces } from './source-places.ts';
import type { HeapMap, MapRegion, MemoryMapData, StackMap } from './messages.ts';

/** The image's own knowledge of the map, read once for a run. */
export class MapReader {
  readonly elf: ElfFile | undefined;
  readonly sources: SourcePlaces | undefined;
  readonly #tableSymbol: number | undefined;
  #table: number | undefined;
  #devices: MapRegion[] | undefined;

  constructor(image: Uint8Array) {
    const read = readElf(image, 'the image');
    this.elf = read.ok ? read.value : undefined;
    this.sources = this.elf && new SourcePlaces(this.elf);
    const symbol = this.elf?.symbols.find((s) => s.name === 'uk_introspect_table');
    const section = this.elf?.sections.find((s) => s.name === '.uk_introspect');
    this.#tableSymbol = symbol ? Number(symbol.value) : section && Number(section.address);
  }

  /** Address of the introspection table, found once. */
  table(guest: GuestMemory, image: { start: number; size: number }): number | undefined {
    return (this.#table ??= findTable(guest, this.#tableSymbol, [image]));
  }

  /** Devices stay where they are, and to ask for their registers is much work. */
  devices(machine: Machine): MapRegion[] {
    return (this.#devices ??= deviceWindows(machine));
  }
}

const SHF_WRITE = 1;
const SHF_ALLOC = 2;
const SHF_EXECINSTR = 4;
const SHT_NOBITS = 8;
/** Tables that a picture shows at most; a guest with thousands of address spaces is not drawn whole. */
const maxTables = 512;

function kindOf(section: ElfSection): MapRegion['kind'] {
  if (section.flags & SHF_EXECINSTR) return 'text';
  if (section.type === SHT_NOBITS) return 'bss';
  return section.flags & SHF_WRITE ? 'data' : 'rodata';
}

/** One look at everything, between two slices of the guest. */
export function readMap(reader: MapReader, machine: Machine): MemoryMapData {
  const guest = new GuestMemory(machine.memory.base, machine.memory.view());
  const { image } = machine.boot;
  const cpu = machine.cpus[0];
  const table = reader.table(guest, { start: image.start, size: image.end - image.start });
  const tables = cpu.translationTables(maxTables);
  const stackPointer = Number(cpu.systemRegister('SP_EL0') ?? 0n);
  const told = table === undefined ? undefined : readIntrospection(guest, table, stackPointer);
  const claims = [...sections(reader, guest), ...loaded(machine, reader, told), ...(told ? described(guest, told) : [])];
  return {
    instructions: machine.counters.instructions,
    ramStart: guest.base,
    ramSize: guest.size,
    regions: fill(claims, guest.base, guest.size),
    devices: reader.devices(machine),
    introspected: told !== undefined,
    heaps: told?.heaps ?? [],
    stacks: told?.stacks ?? [],
    bootNs: (told?.marks ?? []).map((ticks) => ticks * nsPerTick(machine)),
    tables,
    mapped: mappedRanges(tables),
  };
}

function nsPerTick(machine: Machine): number {
  const frequency = Number(machine.cpus[0].systemRegister('CNTFRQ_EL0') ?? 0n);
  return frequency > 0 ? 1e9 / frequency : 0;
}

function sections(reader: MapReader, guest: GuestMemory): MapRegion[] {
  return (reader.elf?.sections ?? []).flatMap((s) => {
    const start = Number(s.address);
    return s.flags & SHF_ALLOC && guest.has(start, s.size) ? [{ start, size: s.size, kind: kindOf(s), name: s.name }] : [];
  });
}

/** What the loader put into memory, as far as the guest does not know better. */
function loaded(machine: Machine, reader: MapReader, told: Introspection | undefined): MapRegion[] {
  const { dtb, initrd, image } = machine.boot;
  const claims: MapRegion[] = [];
  if (!reader.elf) claims.push({ start: image.start, size: image.end - image.start, kind: 'text', name: 'Image' });
  const known = told?.regions.some((r) => dtb && r.type & RegionType.dtb && r.start <= dtb.start && dtb.start < r.start + r.size);
  if (dtb && !known)
    claims.push({
      start: dtb.start,
      size: dtb.end - dtb.start,
      kind: 'dtb',
      name: 'device tree',
      detail: 'made by the board, as QEMU makes it',
    });
  if (initrd) claims.push({ start: initrd.start, size: initrd.end - initrd.start, kind: 'other', name: 'initial RAM disk' });
  return claims;
}

/** Neighbours that are slots of one kind are one window. */
function deviceWindows(machine: Machine): MapRegion[] {
  const windows: MapRegion[] = [];
  for (const device of [...machine.devices()].sort((a, b) => a.base - b.base)) {
    const name = device.name.replace(/virtio-mmio.*|virtio.*/, 'virtio-mmio slots');
    const last = windows.at(-1);
    if (last && last.name === name && last.start + last.size === device.base) last.size += device.size;
    else windows.push({ start: device.base, size: device.size, kind: 'device', name });
  }
  return windows;
}

function described(guest: GuestMemory, { regions, heaps, stacks }: Introspection): MapRegion[] {
  return [...regions.flatMap((region) => regionClaim(region, heaps)), ...heaps.map(heapClaim), ...stacks.flatMap(stackClaims)].filter(
    (r) => r.size > 0 && guest.has(r.start, r.size),
  );
}

function regionClaim({ start, size, type, name }: GuestRegion, heaps: readonly HeapMap[]): MapRegion[] {
  if (type & RegionType.pageTable) return [{ start, size, kind: 'pageTable', name: name || 'page tables' }];
  if (type & RegionType.stack) return [{ start, size, kind: 'stack', name: name || 'stack' }];
  if (type & RegionType.guard) return [{ start, size, kind: 'guard', name: name || 'guard', detail: 'no access' }];
  if (type & RegionType.dtb)
    return [{ start, size, kind: 'dtb', name: name || 'device tree', detail: 'made by the board, as QEMU makes it' }];
  if (type & RegionType.initrd) return [{ start, size, kind: 'other', name: name || 'initial RAM disk' }];
  const isHeap = type & RegionType.free && heaps.some((heap) => heap.start >= start && heap.start < start + size);
  return isHeap ? [{ start, size, kind: 'books', name: "allocator's books", detail: 'where it keeps which blocks are free' }] : [];
}

function heapClaim({ start, size, kind, bytes }: HeapMap): MapRegion {
  return { start, size, kind: 'heap', name: `heap (${kind})`, detail: `${bytes.used.toLocaleString('en-US')} bytes in use` };
}

function stackClaims({ name, start, size, guard }: StackMap): MapRegion[] {
  const stack: MapRegion = { start, size, kind: 'stack', name: /stack/.test(name) ? name : `stack of ${name}` };
  return guard ? [stack, { start: guard, size: start - guard, kind: 'guard', name: `guard of ${name}`, detail: 'no access' }] : [stack];
}

/** Who wins where claims overlap: the most special. */
const priority: Record<MapRegion['kind'], number> = {
  guard: 0,
  pageTable: 1,
  stack: 2,
  dtb: 3,
  text: 4,
  rodata: 4,
  data: 4,
  bss: 5,
  other: 6,
  heap: 7,
  books: 8,
  device: 9,
  free: 10,
};

/** Sorted, without overlaps, with free memory between. */
export function fill(claims: readonly MapRegion[], ramStart: number, ramSize: number): MapRegion[] {
  const edges = new Set([ramStart, ramStart + ramSize]);
  for (const c of claims) edges.add(c.start).add(c.start + c.size);
  const points = [...edges].filter((e) => e >= ramStart && e <= ramStart + ramSize).sort((a, b) => a - b);
  const regions: MapRegion[] = [];
  for (let n = 0; n + 1 < points.length; n++) {
    const [start, end] = [points[n], points[n + 1]];
    const owners = claims.filter((c) => c.start <= start && c.start + c.size >= end);
    const owner = owners.sort((a, b) => priority[a.kind] - priority[b.kind] || a.size - b.size)[0];
    const last = regions[regions.length - 1];
    const name = owner?.name ?? 'free';
    const kind = owner?.kind ?? 'free';
    if (last && last.name === name && last.kind === kind) last.size += end - start;
    else regions.push({ start, size: end - start, kind, name, ...(owner?.detail ? { detail: owner.detail } : {}) });
  }
  return regions;
}
