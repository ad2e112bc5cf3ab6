/** Natural loops of machine code: for weights, for hoisting and for the order of blocks. */
import type { MBlock, MFunction } from './mir.ts';

export type Loop = { header: MBlock; members: ReadonlySet<MBlock>; parent?: Loop };

export class Loops {
  readonly loops: readonly Loop[];
  readonly #innermost = new Map<MBlock, Loop>();
  readonly #byHeader = new Map<MBlock, Loop>();
  readonly #immediate: ReadonlyMap<MBlock, MBlock>;

  constructor(loops: readonly Loop[], immediate: ReadonlyMap<MBlock, MBlock>) {
    this.loops = loops;
    this.#immediate = immediate;
    for (const loop of loops) {
      this.#byHeader.set(loop.header, loop);
      for (const b of loop.members) {
        const known = this.#innermost.get(b);
        if (!known || known.members.size > loop.members.size) this.#innermost.set(b, loop);
      }
    }
  }

  /** The innermost loop that the block is in. */
  of(b: MBlock): Loop | undefined {
    return this.#innermost.get(b);
  }

  depth(b: MBlock): number {
    let depth = 0;
    for (let loop = this.#innermost.get(b); loop; loop = loop.parent) depth++;
    return depth;
  }

  /** The blocks of the loop that this block is the header of. */
  membersOf(header: MBlock): ReadonlySet<MBlock> | undefined {
    return this.#byHeader.get(header)?.members;
  }

  isBackEdge(from: MBlock, to: MBlock): boolean {
    return this.#byHeader.get(to)?.members.has(from) ?? false;
  }

  /** The block that every way to this one goes through last. */
  immediateDominator(b: MBlock): MBlock | undefined {
    return this.#immediate.get(b);
  }
}

export function findLoops(fn: MFunction): Loops {
  const order = postorder(fn);
  const position = new Map(order.map((b, n) => [b, n]));
  const immediate = dominators(fn, order, position);
  const dominates = (a: MBlock, b: MBlock): boolean => {
    let at: MBlock | undefined = b;
    const limit = position.get(a) ?? 0;
    while (at && at !== a && (position.get(at) ?? 0) < limit) at = immediate.get(at);
    return at === a;
  };
  const loops: { header: MBlock; members: Set<MBlock>; parent?: Loop }[] = [];
  for (const header of order) {
    const latches = header.predecessors.filter((p) => position.has(p) && dominates(header, p));
    if (latches.length === 0) continue;
    const members = new Set<MBlock>([header]);
    const pending = [...latches];
    for (let b = pending.pop(); b; b = pending.pop()) {
      if (members.has(b)) continue;
      members.add(b);
      for (const p of b.predecessors) if (position.has(p)) pending.push(p);
    }
    loops.push({ header, members });
  }
  loops.sort((a, b) => a.members.size - b.members.size);
  loops.forEach((loop, n) => (loop.parent = loops.slice(n + 1).find((outer) => outer.members.has(loop.header))));
  return new Loops(loops, immediate);
}

function postorder(fn: MFunction): MBlock[] {
  const order: MBlock[] = [];
  const seen = new Set<MBlock>([fn.blocks[0]]);
  const stack: { block: MBlock; next: number }[] = [{ block: fn.blocks[0], next: 0 }];
  for (let top = stack.at(-1); top; top = stack.at(-1)) {
    const s = top.block.successors[top.next++] as MBlock | undefined;
    if (!s) {
      order.push(top.block);
      stack.pop();
    } else if (!seen.has(s)) {
      seen.add(s);
      stack.push({ block: s, next: 0 });
    }
  }
  return order;
}

/** Immediate dominators (K. Cooper, T. Harvey, K. Kennedy, "A Simple, Fast Dominance Algorithm", 2001); the entry has none. */
function dominators(fn: MFunction, order: readonly MBlock[], position: ReadonlyMap<MBlock, number>): Map<MBlock, MBlock> {
  const [entry] = fn.blocks;
  const immediate = new Map<MBlock, MBlock>([[entry, entry]]);
  const rank = (b: MBlock): number => position.get(b) ?? -1;
  for (let changed = true; changed;) {
    changed = false;
    for (let n = order.length - 2; n >= 0; n--) {
      const b = order[n];
      let nearest: MBlock | undefined;
      for (const p of b.predecessors) {
        if (!immediate.has(p)) continue;
        let [x, y] = [p, nearest ?? p];
        while (x !== y) {
          if (rank(x) < rank(y)) x = immediate.get(x) ?? x;
          else y = immediate.get(y) ?? y;
        }
        nearest = x;
      }
      if (nearest && immediate.get(b) !== nearest) {
        immediate.set(b, nearest);
        changed = true;
      }
    }
  }
  immediate.delete(entry);
  return immediate;
}
