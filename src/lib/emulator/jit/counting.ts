import { successorsOf } from './loops.ts';
import type { Straight } from './scan.ts';

/** Instructions from one look at the count to the next, at most, but for longer blocks: with fewer left, all are the interpreter's. */
const mostAhead = 64;

/**
 * Where a region must look whether enough instructions are left, by addresses of blocks: for as many as are executed at most before the next such place. Those are
 * where it is entered, and one block of every cycle. All other blocks only count. `returns`: for blocks that return, where they may lead.
 */
export function placesToLook(
  blocks: ReadonlyMap<number, Straight>,
  returns: ReadonlyMap<number, readonly number[]>,
  entries: Iterable<number>,
): Map<number, number> {
  const looks = new Set(entries);
  /** Instructions from a block on to the next look; undefined: the block is on the path to the one that is visited. */
  const ahead = new Map<number, number | undefined>();
  for (const root of blocks.keys()) {
    if (ahead.has(root)) continue;
    const path: { block: Straight; successors: readonly number[]; next: number }[] = [];
    const visit = (at: number): void => {
      const block = blocks.get(at);
      if (!block) return;
      ahead.set(at, undefined);
      path.push({ block, successors: successorsOf(block, returns).filter((to) => blocks.has(to)), next: 0 });
    };
    visit(root);
    for (let top = path.at(-1); top; top = path.at(-1)) {
      const { block, successors } = top;
      if (top.next < successors.length) {
        const to = successors[top.next++];
        if (!ahead.has(to)) visit(to);
        else if (ahead.get(to) === undefined) looks.add(to);
        continue;
      }
      const own = block.instructions.length;
      let most = 0;
      for (const to of successors) {
        const further = ahead.get(to) ?? 0;
        if (looks.has(to)) continue;
        if (own + further > mostAhead) looks.add(to);
        else most = Math.max(most, further);
      }
      ahead.set(block.at, own + most);
      path.pop();
    }
  }
  return new Map([...looks].map((at) => [at, ahead.get(at) ?? 0]));
}
