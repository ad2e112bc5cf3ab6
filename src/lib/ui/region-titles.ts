import type { MapRegion } from '../session/messages.ts';

/** What the legend calls the kinds of regions. */
export const regionTitles: Record<MapRegion['kind'], string> = {
  text: 'Code',
  rodata: 'Constants',
  data: 'Data',
  bss: 'Zeroed data',
  heap: 'Heap',
  books: "Allocator's books",
  stack: 'Stacks',
  guard: 'Guard pages',
  pageTable: 'Page tables',
  dtb: 'Device tree',
  device: 'Devices',
  free: 'Free',
  other: 'Other',
};
