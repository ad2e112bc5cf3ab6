/** Heat of pages on an axis: how much each stretch of the screen is read, written and executed. */
import type { View } from './address-space.ts';
import { firstBeyond } from './address-space.ts';

export const uses = ['read', 'written', 'executed'] as const;
export type Use = (typeof uses)[number];

export type PageHeat = { start: number; size: number; read: number; written: number; executed: number };
/** `level` 1 to 4, from warm to hot. `left` and `width` in pixels. */
export type HeatMark = { left: number; width: number; level: number };

const pageBytes = 4096;

/** As the message has it: number of the page, and its heat as it was read, written and executed, 0 to 1. */
export function pageHeats(heat: Float32Array | undefined, ramStart: number): PageHeat[] {
  return Array.from({ length: (heat?.length ?? 0) / 4 }, (_, i) => {
    const [page, read, written, executed] = heat?.subarray(4 * i, 4 * i + 4) ?? [];
    return { start: ramStart + page * pageBytes, size: pageBytes, read, written, executed };
  });
}

/** Marks of one use in view; where several pages share a pixel the hottest counts. Pages are in order. */
export function heatMarks(pages: readonly PageHeat[], use: Use, { start, span }: View, width: number): HeatMark[] {
  const scale = width / span;
  const marks: HeatMark[] = [];
  for (let i = firstBeyond(pages, start); i < pages.length && pages[i].start < start + span; i++) {
    const level = Math.ceil(Math.min(1, pages[i][use]) * 4);
    if (level === 0) continue;
    const left = Math.max(0, (pages[i].start - start) * scale);
    const right = Math.min(width, Math.max(left + 2, (pages[i].start + pageBytes - start) * scale));
    const last = marks.at(-1);
    const gap = last ? left - (last.left + last.width) : Infinity;
    if (last && gap < 0.5 && (last.level === level || right - left <= 2)) {
      last.width = Math.max(last.width, right - last.left);
      last.level = Math.max(last.level, level);
    } else if (right > left) {
      marks.push({ left, width: right - left, level });
    }
  }
  return marks;
}

/** The pages that were used most, hottest first. */
export function hottest(pages: readonly PageHeat[], count: number): PageHeat[] {
  const sum = (p: PageHeat) => p.read + p.written + p.executed;
  return [...pages].sort((a, b) => sum(b) - sum(a) || a.start - b.start).slice(0, count);
}
