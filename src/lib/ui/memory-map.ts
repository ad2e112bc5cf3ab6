import type { MapRegion } from '../session/messages.ts';

/**
 * Widths for a strip that shows regions from a few hundred bytes to many megabytes side by side: the square root of
 * the size keeps order and comparison while small regions stay visible.
 */
export function mapBands(regions: readonly MapRegion[]): { region: MapRegion; weight: number }[] {
  return regions.filter((region) => region.size > 0).map((region) => ({ region, weight: Math.sqrt(region.size) }));
}

/** Bytes by kind, largest first. */
export function totalsByKind(regions: readonly MapRegion[]): { kind: MapRegion['kind']; bytes: number }[] {
  const totals = new Map<MapRegion['kind'], number>();
  for (const region of regions) totals.set(region.kind, (totals.get(region.kind) ?? 0) + region.size);
  return [...totals].map(([kind, bytes]) => ({ kind, bytes })).sort((a, b) => b.bytes - a.bytes);
}
