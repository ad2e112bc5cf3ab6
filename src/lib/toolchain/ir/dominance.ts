import { successorsOf } from './operands.ts';
import type { Block, IrFunction } from './types.ts';

/**
 * Which blocks every path from the entry to a block goes through (K. Cooper, T. Harvey, K. Kennedy, "A Simple, Fast Dominance
 * Algorithm", 2001). Blocks are identified by their index.
 */
export class Dominators {
  /** Predecessors by block index, one for each edge. */
  readonly predecessors: readonly (readonly Block[])[];
  /** Immediate dominator by block index; the entry's is itself, -1 for blocks that cannot be reached. */
  readonly #immediate: Int32Array;
  /** Position of each block in reverse postorder; -1 for blocks that cannot be reached. */
  readonly #order: Int32Array;

  constructor(fn: IrFunction) {
    const { blocks } = fn;
    const predecessors: Block[][] = blocks.map(() => []);
    for (const block of blocks) for (const to of terminatorTargets(block)) predecessors[to.index].push(block);
    this.predecessors = predecessors;
    const order = reversePostorder(blocks);
    this.#order = new Int32Array(blocks.length).fill(-1);
    order.forEach((block, position) => (this.#order[block.index] = position));
    this.#immediate = new Int32Array(blocks.length).fill(-1);
    if (blocks.length > 0) this.#solve(order);
  }

  #solve(order: readonly Block[]): void {
    const immediate = this.#immediate;
    immediate[order[0].index] = order[0].index;
    for (let changed = true; changed;) {
      changed = false;
      for (const block of order.slice(1)) {
        let nearest = -1;
        for (const p of this.predecessors[block.index])
          if (immediate[p.index] >= 0) nearest = nearest < 0 ? p.index : this.#meet(nearest, p.index);
        if (immediate[block.index] !== nearest) {
          immediate[block.index] = nearest;
          changed = true;
        }
      }
    }
  }

  #meet(a: number, b: number): number {
    let [left, right] = [a, b];
    while (left !== right) {
      while (this.#order[left] > this.#order[right]) left = this.#immediate[left];
      while (this.#order[right] > this.#order[left]) right = this.#immediate[right];
    }
    return left;
  }

  reachable(block: Block): boolean {
    return this.#order[block.index] >= 0;
  }

  /** Whether every path from the entry to `b` goes through `a`. A block dominates itself. */
  dominates(a: Block, b: Block): boolean {
    if (!this.reachable(b)) return true;
    if (!this.reachable(a)) return false;
    let at = b.index;
    while (this.#order[at] > this.#order[a.index]) at = this.#immediate[at];
    return at === a.index;
  }
}

function terminatorTargets(block: Block): readonly Block[] {
  const last = block.instructions.at(-1);
  return last ? successorsOf(last) : [];
}

function reversePostorder(blocks: readonly Block[]): Block[] {
  const seen = new Uint8Array(blocks.length);
  const order: Block[] = [];
  const stack: { block: Block; targets: readonly Block[]; next: number }[] = [];
  const visit = (block: Block): void => {
    if (seen[block.index]) return;
    seen[block.index] = 1;
    stack.push({ block, targets: terminatorTargets(block), next: 0 });
  };
  if (blocks.length > 0) visit(blocks[0]);
  for (let top = stack.at(-1); top; top = stack.at(-1)) {
    if (top.next < top.targets.length) visit(top.targets[top.next++]);
    else {
      order.push(top.block);
      stack.pop();
    }
  }
  return order.reverse();
}
