/**
 * Equal ends of blocks become one. Before: registers are allocated, nobody jumps to a jump. After: the same, with fewer instructions; a block that lost
 * its end jumps to where it went. Only for size: the jump is executed too.
 *
 * The shared end is made of copies, so that debug information does not take what it defines for the value of one of its origins.
 */
import { asksFlags, linkPredecessors, makesFlags, namedBlocks, type MBlock, type MFunction, type MIns } from './mir.ts';

/** So many blocks with one end are compared with each other. */
const maxCompared = 40;

export function mergeTails(fn: MFunction): void {
  const groups = new Map<string, MBlock[]>();
  for (const b of fn.blocks) {
    const key = endKey(b);
    if (key === undefined) continue;
    const known = groups.get(key);
    if (known) known.push(b);
    else groups.set(key, [b]);
  }
  const changed = new Set<MBlock>();
  for (const group of groups.values()) mergeGroup(fn, group, changed);
  if (changed.size > 0) reconnect(fn, changed);
}

/** Text of the last two instructions; none for a block whose end cannot be shared. */
function endKey({ ins }: MBlock): string | undefined {
  const last = ins.at(-1);
  if (!last || !['b', '$ret', '$tail'].includes(last.row)) return undefined;
  const before = ins.at(-2);
  return before && isShareable(before)
    ? `${last.row} ${last.target?.index ?? ''} ${before.row} ${before.regs.map((r) => r.reg).join()}`
    : undefined;
}

/** Inline assembly and what has several ways out stay where they are. */
function isShareable(i: MIns): boolean {
  return !i.asm && !i.table && i.row !== 'br' && i.row !== '$unreachable' && i.row !== '$use';
}

function mergeGroup(fn: MFunction, group: MBlock[], changed: Set<MBlock>): void {
  let blocks = group;
  while (blocks.length > 1) {
    const found = longestCommon(blocks.slice(0, maxCompared));
    if (!found) return;
    const { first, length } = found;
    const members = blocks.filter((b) => commonLength(first, b) >= length);
    // A block that is nothing but the shared end can be it; the entry cannot, for nothing may lead there.
    const whole = members.find((b) => b.ins.length === length && b.index > 0);
    const saved = (members.length - 1) * (length - 1);
    if (saved < (whole ? 1 : 2)) return;
    const tail = whole ?? newTail(fn, first);
    const shared = first.ins.slice(-length).map(copyOf);
    for (const b of members) {
      if (b === tail) continue;
      b.ins.splice(b.ins.length - length, length, { row: 'b', regs: [], fields: { imm26: 0 }, target: tail, debug: shared[0].debug });
      changed.add(b);
    }
    tail.ins = shared;
    changed.add(tail);
    blocks = [...blocks.filter((b) => !members.includes(b)), tail];
  }
}

function newTail(fn: MFunction, like: MBlock): MBlock {
  const tail: MBlock = { index: fn.blocks.length, name: `${like.name}.tail`, ins: [], successors: [], predecessors: [] };
  fn.blocks.push(tail);
  return tail;
}

function copyOf(i: MIns): MIns {
  return { ...i, regs: i.regs.map((r) => ({ ...r })) };
}

function longestCommon(blocks: readonly MBlock[]): { first: MBlock; length: number } | undefined {
  let best: { first: MBlock; length: number } | undefined;
  blocks.forEach((first, n) => {
    for (const other of blocks.slice(n + 1)) {
      const length = commonLength(first, other);
      if (length > (best?.length ?? 1)) best = { first, length };
    }
  });
  return best;
}

function commonLength(a: MBlock, b: MBlock): number {
  const most = Math.min(a.ins.length, b.ins.length);
  let length = 0;
  while (length < most && isEqual(a.ins[a.ins.length - 1 - length], b.ins[b.ins.length - 1 - length])) length++;
  return ownFlags(a.ins, length);
}

/** The length of the end that makes all flags that it asks for: no flags live from block to block. */
function ownFlags(ins: readonly MIns[], length: number): number {
  const start = ins.length - length;
  const made = ins.findIndex((i, n) => n >= start && makesFlags.test(i.row) && !asksFlags.test(i.row));
  const before = ins.slice(start, made < 0 ? ins.length : made);
  return length - 1 - before.findLastIndex((i) => asksFlags.test(i.row));
}

function isEqual(a: MIns, b: MIns): boolean {
  return (
    a.row === b.row &&
    a.target === b.target &&
    a.ordered === b.ordered &&
    isShareable(a) &&
    isShareable(b) &&
    a.regs.length === b.regs.length &&
    a.regs.every((r, n) => {
      const s = b.regs[n];
      return r.reg === s.reg && r.field === s.field && r.def === s.def && r.use === s.use;
    }) &&
    sameNumbers(a.fields, b.fields) &&
    a.fixup?.symbol === b.fixup?.symbol &&
    a.fixup?.type === b.fixup?.type &&
    a.fixup?.addend === b.fixup?.addend &&
    a.frame?.slot === b.frame?.slot &&
    a.frame?.offset === b.frame?.offset &&
    sameList(a.clobbers, b.clobbers)
  );
}

function sameNumbers(a: Readonly<Record<string, number>>, b: Readonly<Record<string, number>>): boolean {
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((k) => a[k] === b[k]);
}

function sameList(a: readonly number[] | undefined, b: readonly number[] | undefined): boolean {
  return a === b || (a !== undefined && b !== undefined && a.length === b.length && a.every((r, n) => r === b[n]));
}

/** Edges anew for what has changed. */
function reconnect(fn: MFunction, changed: ReadonlySet<MBlock>): void {
  for (const b of changed) b.successors = [...namedBlocks(b)];
  linkPredecessors(fn);
}
