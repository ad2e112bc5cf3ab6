import type { Machine } from '../board/machine.ts';
import { PageUses } from '../cpu/page-use.ts';

/** Counts for each page of RAM, numbered from its start: in how many intervals it was read, written, executed. */
export type PageCounts = {
  readonly reads: Uint32Array;
  readonly writes: Uint32Array;
  readonly executes: Uint32Array;
  /** Intervals that have ended. */
  readonly intervals: number;
  close(): void;
};

/**
 * Counts page use from now on, by intervals of so many instructions of the whole machine: equal runs give equal counts. A page costs one slow
 * access in an interval for each kind of use (docs/introspection.md has figures); before this call and after `close` nothing.
 */
export function countPages(machine: Machine, intervalInstructions = 1_000_000): PageCounts {
  const pages = machine.memory.size / 4096;
  const [reads, writes, executes] = [new Uint32Array(pages), new Uint32Array(pages), new Uint32Array(pages)];
  const reader = machine.pageUse.subscribe(PageUses.read | PageUses.write | PageUses.execute);
  let intervals = 0;
  const stop = machine.every(intervalInstructions, () => {
    intervals++;
    reader.take((page, uses) => {
      if (uses & PageUses.read) reads[page]++;
      if (uses & PageUses.write) writes[page]++;
      if (uses & PageUses.execute) executes[page]++;
    });
  });
  return {
    reads,
    writes,
    executes,
    get intervals() {
      return intervals;
    },
    close: () => {
      stop();
      reader.close();
    },
  };
}
