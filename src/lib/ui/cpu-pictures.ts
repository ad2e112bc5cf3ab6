/** Layout of the pictures of a TLB and of exceptions: which rows there are, and what lies where in them. */
import type { ExceptionEvent, TlbRun } from '../session/messages.ts';

const pageBytes = 4096;
/** What one second-level block descriptor maps with 4 KiB pages: a row of the picture. */
export const tlbRowBytes = 2 << 20;
export const tlbRowPages = tlbRowBytes / pageBytes;

/** `at` and `pages` count pages from the row's start. */
export type TlbSpan = { at: number; pages: number; kind: TlbRun['kind'] };
export type TlbRow = { start: number; pages: { data: number; instruction: number }; spans: TlbSpan[] };

/** The 2 MiB stretches that have pages in the TLB, by address. */
export function tlbRows(runs: readonly TlbRun[]): TlbRow[] {
  const rows = new Map<number, TlbRow>();
  for (const { kind, start, size } of runs) {
    for (let from = start; from < start + size;) {
      const row = Math.floor(from / tlbRowBytes) * tlbRowBytes;
      const to = Math.min(start + size, row + tlbRowBytes);
      const shown = rows.get(row) ?? { start: row, pages: { data: 0, instruction: 0 }, spans: [] };
      rows.set(row, shown);
      const pages = (to - from) / pageBytes;
      shown.spans.push({ at: (from - row) / pageBytes, pages, kind });
      shown.pages[kind] += pages;
      from = to;
    }
  }
  return [...rows.values()].sort((a, b) => a.start - b.start);
}

/** All events of one cause; `at` is where each lies between the first and the last of all, 0 to 1. */
export type ExceptionLane = { cause: string; at: number[] };

/** A lane for each cause, the most frequent first. */
export function exceptionLanes(events: readonly ExceptionEvent[]): ExceptionLane[] {
  const begin = events.at(0)?.virtualNs ?? 0;
  const span = Math.max(1, (events.at(-1)?.virtualNs ?? 0) - begin);
  const lanes = new Map<string, number[]>();
  for (const { cause, virtualNs } of events) {
    const at = lanes.get(cause) ?? [];
    lanes.set(cause, at);
    at.push((virtualNs - begin) / span);
  }
  return [...lanes].map(([cause, at]) => ({ cause, at })).sort((a, b) => b.at.length - a.at.length || a.cause.localeCompare(b.cause));
}
