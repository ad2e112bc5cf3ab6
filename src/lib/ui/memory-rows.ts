/** What fills the rows of the memory map: from the board down to single functions and variables, in physical and in virtual addresses. */
import type { HeapMap, ImagePiece, MapRegion, MappedRange, MemoryMapData, StackMap } from '../session/messages.ts';
import { firstBeyond, type Box, type BoxRow, type Limits } from './address-space.ts';
import { pieceName } from './footprint.ts';
import { formatBytes } from './format.ts';

export type Space = 'physical' | 'virtual';

const pieceKinds: Record<ImagePiece['kind'], MapRegion['kind']> = { code: 'text', readOnly: 'rodata', data: 'data', zeroed: 'bss' };

/** Rows from coarse to fine; the virtual ones show what is mapped, and where. */
export function memoryRows(map: MemoryMapData, pieces: readonly ImagePiece[], space: Space): BoxRow[] {
  const physical = physicalRows(map, pieces);
  if (space === 'physical') return physical;
  const ranges = mappedRanges(map);
  const [board, ...finer] = physical;
  const mappings = ranges.map(({ start, size, name, kind, physical: to }) => ({
    start,
    size,
    kind,
    name,
    ...(to === start ? {} : { detail: `at ${to.toString(16)}` }),
  }));
  return [
    { title: 'Mapping', boxes: mappings },
    { title: 'Use', boxes: projected([...(board?.boxes ?? []).filter((b) => b.kind === 'device'), ...(finer[0]?.boxes ?? [])], ranges) },
    ...finer.slice(1).map((row) => ({ title: row.title, boxes: projected(row.boxes, ranges) })),
  ];
}

function physicalRows(map: MemoryMapData, pieces: readonly ImagePiece[]): BoxRow[] {
  const ram: Box = { start: map.ramStart, size: map.ramSize, kind: 'ram', name: 'RAM' };
  const image = pieces.filter((p) => p.start >= map.ramStart && p.start + p.size <= map.ramStart + map.ramSize);
  // Stacks and tables that the linker script reserved are within the image, but what they are used for says more.
  const special = map.regions.filter((r) => r.kind === 'stack' || r.kind === 'pageTable' || r.kind === 'guard');
  const owned = image.filter((piece) => piece.library !== undefined);
  const parts = inOrder([
    ...runs(owned, (p) => `${p.library} ${p.section}`).map(({ first, start, size }) =>
      box(start, size, pieceKinds[first.kind], first.library ?? ''),
    ),
    ...map.heaps.flatMap(heapBoxes),
    ...map.stacks.flatMap(stackBoxes),
  ]);
  return [
    { title: 'Board', boxes: inOrder([ram, ...map.devices]) },
    { title: 'Use', boxes: map.regions },
    { title: 'Part', boxes: withoutOverlap(parts) },
    {
      title: 'Object',
      boxes: runs(owned, (p) => `${p.object} ${p.section}`).map(({ first, start, size }) =>
        box(start, size, pieceKinds[first.kind], (first.object ?? '').replace(/^.*?\//, ''), first.library),
      ),
    },
    {
      title: 'Symbol',
      boxes: image
        .filter((p) => p.symbol !== undefined || p.inputSection !== undefined)
        .filter((p) => !special.some((r) => p.symbol === undefined && r.start <= p.start && p.start < r.start + r.size))
        .map((p) => box(p.start, p.size, pieceKinds[p.kind], pieceName(p), p.library)),
    },
  ];
}

function box(start: number, size: number, kind: string, name: string, detail?: string): Box {
  return { start, size, kind, name, ...(detail !== undefined ? { detail } : {}) };
}

function inOrder<T extends { start: number }>(boxes: T[]): T[] {
  return boxes.sort((a, b) => a.start - b.start);
}

/** Sorted boxes; what begins within the one before is left out. */
function withoutOverlap(boxes: readonly Box[]): Box[] {
  let end = -1;
  return boxes.filter((b) => {
    if (b.start < end) return false;
    end = b.start + b.size;
    return true;
  });
}

/** Neighbours with the same key as one stretch; small gaps of alignment between them count as theirs. */
function runs(pieces: readonly ImagePiece[], key: (piece: ImagePiece) => string): { first: ImagePiece; start: number; size: number }[] {
  const alignment = 16;
  const out: { first: ImagePiece; start: number; size: number }[] = [];
  for (const piece of pieces) {
    const last = out.at(-1);
    if (last && key(last.first) === key(piece) && piece.start - (last.start + last.size) < alignment)
      last.size = piece.start + piece.size - last.start;
    else out.push({ first: piece, start: piece.start, size: piece.size });
  }
  return out;
}

/** Names of the states that a heap block's number stands for. */
export const blockStates = ['free', 'in use', 'given back', 'unknown'] as const;
const blockKinds = ['heapFree', 'heapUsed', 'heapFreed', 'unknown'] as const;

/** The blocks of a heap, as the message has them: start, size, state. */
export function heapBlocks(heap: HeapMap): { start: number; size: number; state: (typeof blockStates)[number] }[] {
  return Array.from({ length: heap.blocks.length / 3 }, (_, i) => ({
    start: heap.blocks[3 * i],
    size: heap.blocks[3 * i + 1],
    state: blockStates[heap.blocks[3 * i + 2]] ?? 'unknown',
  }));
}

function heapBoxes(heap: HeapMap): Box[] {
  return heapBlocks(heap).map((b) =>
    box(b.start, b.size, blockKinds[blockStates.indexOf(b.state)], `block ${b.state}`, formatBytes(b.size)),
  );
}

/** A stack from its far end: never used, used before, in use now. */
function stackBoxes(stack: StackMap): Box[] {
  const end = stack.start + stack.size;
  const mark = end - stack.highWater;
  const now = Math.max(mark, stack.stackPointer ?? end);
  return [
    box(stack.start, mark - stack.start, 'stackFree', 'never used', stack.name),
    box(mark, now - mark, 'stackMark', 'used before', stack.name),
    box(now, end - now, 'stackUsed', 'in use', stack.name),
  ].filter((b) => b.size > 0);
}

/** Leaves of the translation tables in order of virtual address, neighbours of equal attributes as one. Everything is mapped 1:1 while the MMU is off. */
export function mappedRanges(map: MemoryMapData): (MappedRange & { kind: string })[] {
  if (map.mapped.length === 0) {
    const end = physicalLimits(map).end;
    return [{ start: 0, size: end, physical: 0, name: 'MMU off: as physical', kind: 'mapRead' }];
  }
  return map.mapped.map((range) => ({ ...range, kind: mappingKind(range.name) }));
}

function mappingKind(name: string): string {
  if (/device/i.test(name)) return 'device';
  if (/execute/.test(name)) return 'mapExecute';
  return /write/.test(name) ? 'mapWrite' : 'mapRead';
}

/** Boxes of physical addresses at all the virtual addresses that lead to them. */
function projected(boxes: readonly Box[], ranges: readonly MappedRange[]): Box[] {
  const sorted = inOrder([...boxes]);
  const out: Box[] = [];
  for (const { start, size, physical } of ranges) {
    const end = physical + size;
    for (let i = firstBeyond(sorted, physical); i < sorted.length && sorted[i].start < end; i++) {
      const from = Math.max(physical, sorted[i].start);
      const to = Math.min(end, sorted[i].start + sorted[i].size);
      const last = out.at(-1);
      const at = start + from - physical;
      // A box that neighbouring mappings cut apart is one again.
      if (last && last.name === sorted[i].name && last.kind === sorted[i].kind && last.start + last.size === at && from > sorted[i].start)
        last.size += to - from;
      else out.push({ ...sorted[i], start: at, size: to - from });
    }
  }
  return out;
}

function physicalLimits(map: MemoryMapData): Limits {
  const end = [...map.devices, { start: map.ramStart, size: map.ramSize }].reduce(
    (most, { start, size }) => Math.max(most, start + size),
    1,
  );
  return { start: 0, end: 2 ** Math.ceil(Math.log2(end)) };
}

/** How far a space reaches. */
export function limitsOf(map: MemoryMapData, space: Space): Limits {
  const physical = physicalLimits(map);
  if (space === 'physical') return physical;
  const last = map.mapped.at(-1);
  return { start: 0, end: Math.max(physical.end, last ? last.start + last.size : 0) };
}

/** Bytes of RAM in use: all that is not free, of heaps only the blocks that are. */
export function usedBytes(map: MemoryMapData): number {
  const regions = map.regions.reduce((sum, r) => sum + (r.kind === 'free' || r.kind === 'heap' ? 0 : r.size), 0);
  return regions + map.heaps.reduce((sum, heap) => sum + heap.bytes.used + heap.bytes.freed, 0);
}

/** Bytes by kind, largest first. */
export function totalsByKind(regions: readonly MapRegion[]): { kind: MapRegion['kind']; bytes: number }[] {
  const totals = new Map<MapRegion['kind'], number>();
  for (const region of regions) totals.set(region.kind, (totals.get(region.kind) ?? 0) + region.size);
  return [...totals].map(([kind, bytes]) => ({ kind, bytes })).sort((a, b) => b.bytes - a.bytes);
}
