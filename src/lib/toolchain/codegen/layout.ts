/**
 * The order of blocks. Before: registers are allocated; every block ends in its jumps. After: copies that became nothing are gone, nobody jumps to a jump,
 * what a loop's back edge copies stands before the branch where that is free, and blocks are ordered so that most jumps lead to what follows
 * (the emitter leaves those out): loops in one piece, a block after one of its predecessors.
 */
import { livenessOf, type Liveness } from './liveness.ts';
import { findLoops, type Loops } from './loops.ts';
import { linkPredecessors, type MBlock, type MFunction, type Reg } from './mir.ts';
import { mergeTails } from './tails.ts';

export function layOutBlocks(fn: MFunction, forSize: boolean): void {
  for (const b of fn.blocks) dropCopies(b);
  forwardJumps(fn);
  liftEdges(fn, forSize);
  forwardJumps(fn);
  if (forSize && !fn.naked) {
    mergeTails(fn);
    forwardJumps(fn);
  }
  place(fn);
}

/** Copies of general registers whose two sides are equal already: the same one, or what an earlier copy of the block made equal. */
function dropCopies(b: MBlock): void {
  let equal: { a: Reg; b: Reg }[] = [];
  b.ins = b.ins.filter((i) => {
    const copy = i.row === '$copy' ? { a: i.regs[0].reg, b: i.regs[1].reg } : undefined;
    if (copy && (copy.a === copy.b || equal.some((e) => (e.a === copy.a && e.b === copy.b) || (e.a === copy.b && e.b === copy.a))))
      return false;
    if (equal.length > 0) {
      const written = (reg: Reg): boolean => i.regs.some((r) => r.def && r.reg === reg) || (i.clobbers?.includes(reg) ?? false);
      equal = equal.filter((e) => !written(e.a) && !written(e.b));
    }
    if (copy && copy.a < 31 && copy.b < 31) equal.push(copy);
    return true;
  });
}

/** Whoever goes to a block that is only a jump goes where that leads. */
function forwardJumps(fn: MFunction): void {
  const end = (b: MBlock): MBlock => {
    let at = b;
    for (const seen = new Set<MBlock>(); at.ins.length === 1 && at.ins[0].row === 'b' && at.ins[0].target && !seen.has(at);) {
      seen.add(at);
      at = at.ins[0].target;
    }
    return at;
  };
  const kept: MBlock[] = [];
  const before = fn.forwarded.size;
  fn.blocks.forEach((b, n) => {
    const to = end(b);
    if (n > 0 && to !== b) fn.forwarded.set(b, to);
    else kept.push(b);
  });
  if (fn.forwarded.size === before) return;
  for (const [b, to] of fn.forwarded) fn.forwarded.set(b, fn.forwarded.get(to) ?? to);
  const there = (b: MBlock): MBlock => fn.forwarded.get(b) ?? b;
  for (const b of kept) {
    for (const i of b.ins) {
      if (i.target) i.target = there(i.target);
      if (i.table) i.table = i.table.map(there);
      if (i.asm) for (const o of i.asm.operands) if (o.kind === 'label') o.block = there(o.block);
    }
    b.successors = [...new Set(b.successors.map(there))];
  }
  fn.blocks = kept;
  kept.forEach((b, n) => (b.index = n));
  linkPredecessors(fn);
}

/** What may run without being wanted: it writes one register and does nothing else, the flags included. */
const harmless = new Set(['$copy', 'movz', 'movn', 'movk', 'orr_imm', 'fmov_imm']);

/**
 * Copies on an edge of its own move before the branch when the other way does not mind: around a loop that saves a jump each time, elsewhere
 * it saves the jump's four bytes.
 */
function liftEdges(fn: MFunction, forSize: boolean): void {
  let liveness: Liveness | undefined;
  for (const edge of fn.blocks) {
    const from = edge.predecessors[0];
    const jump = edge.ins.at(-1);
    if (edge.predecessors.length !== 1 || !from || from === edge || jump?.row !== 'b' || !jump.target) continue;
    const moves = edge.ins.slice(0, -1);
    const backwards = jump.target.index <= from.index;
    if (moves.length === 0 || !moves.every((i) => harmless.has(i.row)) || !(backwards || (forSize && moves.length === 1))) continue;
    const branches = from.ins.findIndex((i) => i.target !== undefined);
    if (branches < 0 || !from.ins.slice(branches).every((i) => i.target && i.row[0] !== '$')) continue;
    liveness ??= livenessOf(fn, 64);
    const { liveIn } = liveness;
    const written = moves.flatMap((i) => i.regs.filter((r) => r.def).map((r) => r.reg));
    const others = from.successors.filter((s) => s !== edge);
    const minds = (reg: number): boolean =>
      others.some((s) => (liveIn[s.index][reg >>> 5] >>> (reg & 31)) & 1) ||
      from.ins.slice(branches).some((i) => i.regs.some((r) => r.reg === reg));
    if (written.some(minds)) continue;
    from.ins.splice(branches, 0, ...moves);
    edge.ins = [jump];
    for (const reg of written) liveIn[edge.index][reg >>> 5] |= 1 << (reg & 31);
  }
}

/** Reverse postorder with the blocks of each loop in one piece; then each block is followed by a successor of its loop where there is one left. */
function place(fn: MFunction): void {
  const loops = findLoops(fn);
  const all = inOnePiece(reversePostorder(fn), loops);
  // What ends the program stands last: it is not come by, and must not stand between a loop's jump and its target.
  const last = new Set(all.filter((b, n) => n > 0 && isDeadEnd(b)));
  const rough = [...all.filter((b) => !last.has(b)), ...last];
  const placed = new Set<MBlock>();
  const order: MBlock[] = [];
  for (const seed of rough) {
    for (let at: MBlock | undefined = seed; at && !placed.has(at); at = follower(at, placed, loops)) {
      placed.add(at);
      order.push(at);
    }
  }
  fn.blocks = order;
  order.forEach((b, n) => (b.index = n));
}

const isDeadEnd = (b: MBlock): boolean => b.ins.at(-1)?.row === '$unreachable' && b.ins.length > 1;

function follower(b: MBlock, placed: ReadonlySet<MBlock>, loops: Loops): MBlock | undefined {
  let best: MBlock | undefined;
  for (const s of b.successors) {
    if (placed.has(s) || isDeadEnd(s) || loops.depth(s) < loops.depth(b)) continue;
    // A block that others still lead to waits for the last of them.
    if (s.predecessors.some((p) => !placed.has(p) && !loops.isBackEdge(p, s))) continue;
    if (!best || loops.depth(s) > loops.depth(best) || b.ins.at(-1)?.target === s) best = s;
  }
  return best;
}

function reversePostorder(fn: MFunction): MBlock[] {
  const order: MBlock[] = [];
  const seen = new Set<MBlock>([fn.blocks[0]]);
  const stack: { block: MBlock; next: number }[] = [{ block: fn.blocks[0], next: 0 }];
  for (let top = stack.at(-1); top; top = stack.at(-1)) {
    // In the order of the old layout from the back, so that what stood first comes first again.
    const successors = top.block.successors;
    if (top.next === 0) successors.sort((a, b) => b.index - a.index);
    const s = successors[top.next++];
    if (s === undefined) {
      order.push(top.block);
      stack.pop();
    } else if (!seen.has(s)) {
      seen.add(s);
      stack.push({ block: s, next: 0 });
    }
  }
  return order.reverse();
}

/** The same order, but that the rest of a loop follows its header at once. */
function inOnePiece(order: readonly MBlock[], loops: Loops): MBlock[] {
  const position = new Map(order.map((b, n) => [b, n]));
  const at = (b: MBlock): number => position.get(b) ?? order.length;
  const result: MBlock[] = [];
  const taken = new Set<MBlock>();
  const take = (list: readonly MBlock[]): void => {
    for (const b of list) {
      if (taken.has(b)) continue;
      taken.add(b);
      result.push(b);
      const members = loops.membersOf(b);
      if (members) take([...members].sort((x, y) => at(x) - at(y)));
    }
  };
  take(order);
  return result;
}
