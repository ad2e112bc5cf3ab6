import { cycles } from './flow.ts';
import type { RegisterSet } from './frame.ts';
import { successorsWithin, type Straight } from './scan.ts';

/** Stores in the exits of one loop at most: compilers take long over more. */
const maxSaves = 160;

/**
 * A loop within which registers are not saved but where it is left. That costs nothing in the loop and one store for each register and exit;
 * a loop for which that is too much saves them as all other code does: what has been changed, before the next exit. What a loop changes is
 * known when all its blocks have been made, so before they are written.
 */
export class Loop {
  readonly changed: RegisterSet = { x: new Set(), v: new Set() };
  exits = 0;

  get savesWhenLeft(): boolean {
    return this.exits * (this.changed.x.size + this.changed.v.size) <= maxSaves;
  }
}

/** Where control may go from a block, returns to callers included; addresses. */
export function successorsOf(block: Straight, returns: ReadonlyMap<number, readonly number[]>): readonly number[] {
  const { at, flow } = block;
  if (flow.kind === 'return') return returns.get(at) ?? [];
  if (flow.kind === 'call') return [flow.to];
  if (flow.kind === 'indirect') return flow.targets;
  return flow.kind === 'leave' ? [] : successorsWithin(flow);
}

/** Cycles of blocks that have no cycle within, by the addresses of their blocks. `returns`: for blocks that return, where they may lead. */
export function innermostLoops(blocks: ReadonlyMap<number, Straight>, returns: ReadonlyMap<number, readonly number[]>): number[][] {
  const successors = (at: number): readonly number[] => {
    const block = blocks.get(at);
    return block ? successorsOf(block, returns) : [];
  };
  const found: number[][] = [];
  const work = [{ within: new Set(blocks.keys()), cut: -1 }];
  for (let item = work.pop(); item; item = work.pop()) {
    for (const loop of cycles(successors, item.within, item.cut)) {
      const within = new Set(loop);
      const head = headOf(within, blocks, successors);
      if (cycles(successors, within, head).length === 0) found.push(loop);
      else work.push({ within, cut: head });
    }
  }
  return found;
}

/** The block of a cycle that is entered from outside: the one that was found first. */
function headOf(loop: ReadonlySet<number>, blocks: ReadonlyMap<number, Straight>, successors: (at: number) => readonly number[]): number {
  const entered = new Set<number>();
  for (const from of blocks.keys()) if (!loop.has(from)) for (const to of successors(from)) if (loop.has(to)) entered.add(to);
  const candidates = entered.size > 0 ? entered : loop;
  for (const at of blocks.keys()) if (candidates.has(at)) return at;
  throw new Error('a cycle without blocks');
}
