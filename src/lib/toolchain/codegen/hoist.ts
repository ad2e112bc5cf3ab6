/**
 * Constants and addresses made once instead of at each use. Selection makes them where they are used; here equal ones of a block become one, and
 * those within a loop move before it. Before and after: what {@link MFunction.remake} has a recipe for has that one definition. The allocator can
 * always go back: it makes such a value again where it finds no register for it.
 */
import { findLoops, type Loop, type Loops } from './loops.ts';
import { classOf, insText, newVirtual, type MBlock, type MFunction, type MIns, type Reg } from './mir.ts';

/** A value made from nothing by the instructions from `at` on. */
type Group = { block: MBlock; at: number; count: number; reg: Reg; key: string };

/** How many values one loop may have kept for it: with calls within, those live in registers that the function must save. */
const budget = { quiet: 10, calling: 3 };

export function hoistConstants(fn: MFunction): void {
  if (fn.remake.size === 0) return;
  const groups = findGroups(fn);
  if (groups.length === 0) return;
  const replaced = new Map<Reg, Reg>();
  const dropped = new Set<Group>();
  hoistFromLoops(fn, groups, replaced, dropped);
  shareInBlocks(groups, replaced, dropped);
  if (replaced.size > 0) apply(fn, replaced, dropped);
}

/** What has a recipe and no other definition. */
function findGroups(fn: MFunction): Group[] {
  const definitions = new Uint32Array(fn.classes.length + 64);
  for (const b of fn.blocks) for (const i of b.ins) for (const r of i.regs) if (r.def) definitions[r.reg]++;
  const groups: Group[] = [];
  for (const block of fn.blocks) {
    for (let at = 0; at < block.ins.length; at++) {
      const reg = block.ins[at].regs.find((r) => r.def)?.reg;
      const recipe = reg === undefined ? undefined : fn.remake.get(reg);
      if (reg === undefined || !recipe || definitions[reg] !== recipe.length) continue;
      const key = `${classOf(fn, reg)} ${recipe.map((i) => insText({ ...i, regs: i.regs.filter((r) => r.reg !== reg) })).join('; ')}`;
      groups.push({ block, at, count: recipe.length, reg, key });
      at += recipe.length - 1;
    }
  }
  return groups;
}

function hoistFromLoops(fn: MFunction, groups: readonly Group[], replaced: Map<Reg, Reg>, dropped: Set<Group>): void {
  const loops = findLoops(fn);
  if (loops.loops.length === 0) return;
  const wanted = new Map<Loop, Map<string, { groups: Group[]; gain: number }>>();
  for (const group of groups) {
    let loop = loops.of(group.block);
    if (!loop) continue;
    while (loop.parent) loop = loop.parent;
    let keys = wanted.get(loop);
    if (!keys) wanted.set(loop, (keys = new Map()));
    let entry = keys.get(group.key);
    if (!entry) keys.set(group.key, (entry = { groups: [], gain: 0 }));
    entry.groups.push(group);
    entry.gain += group.count * 8 ** Math.min(loops.depth(group.block), 4);
  }
  for (const [loop, keys] of wanted) {
    const before = landing(loop, loops);
    if (!before) continue;
    const calls = [...loop.members].some((b) => b.ins.some(isCall));
    const best = [...keys.values()].sort((a, b) => b.gain - a.gain).slice(0, calls ? budget.calling : budget.quiet);
    for (const { groups: same } of best) {
      const [first] = same;
      const recipe = fn.remake.get(first.reg) ?? [];
      const made = newVirtual(fn, classOf(fn, first.reg), fn.widths[first.reg - 64]);
      const copies = recipe.map((i) => ({
        ...i,
        debug: undefined,
        regs: i.regs.map((r) => (r.reg === first.reg ? { ...r, reg: made } : { ...r })),
      }));
      before.ins.splice(endOf(before), 0, ...copies);
      fn.remake.set(
        made,
        copies.map((i) => ({ ...i, regs: i.regs.map((r) => ({ ...r })) })),
      );
      for (const group of same) {
        replaced.set(group.reg, made);
        dropped.add(group);
      }
    }
  }
}

/** The block before the loop that every way into it goes through, and that is in no other loop that this one is not in. */
function landing(loop: Loop, loops: Loops): MBlock | undefined {
  let at = loops.immediateDominator(loop.header);
  const depth = loops.depth(loop.header) - 1;
  while (at && loops.depth(at) > depth) at = loops.immediateDominator(at);
  return at;
}

/** Index of the first instruction that may leave the block. */
function endOf(b: MBlock): number {
  const leaves = (i: MIns): boolean =>
    i.target !== undefined ||
    i.table !== undefined ||
    ['$ret', '$tail', '$unreachable', 'br'].includes(i.row) ||
    (i.asm?.operands.some((o) => o.kind === 'label') ?? false);
  const found = b.ins.findIndex(leaves);
  return found < 0 ? b.ins.length : found;
}

const isCall = (i: MIns): boolean => i.row === 'bl' || i.row === 'blr' || i.row === '$asm';

/** Equal values between two calls of a block become the first of them. */
function shareInBlocks(groups: readonly Group[], replaced: Map<Reg, Reg>, dropped: Set<Group>): void {
  let block: MBlock | undefined;
  let from = 0;
  const known = new Map<string, Reg>();
  for (const group of groups) {
    if (dropped.has(group)) continue;
    if (group.block !== block) {
      block = group.block;
      from = 0;
      known.clear();
    }
    for (; from < group.at; from++) if (isCall(block.ins[from])) known.clear();
    const first = known.get(group.key);
    if (first === undefined) known.set(group.key, group.reg);
    else {
      replaced.set(group.reg, first);
      dropped.add(group);
    }
  }
}

function apply(fn: MFunction, replaced: ReadonlyMap<Reg, Reg>, dropped: ReadonlySet<Group>): void {
  const gone = new Set<MIns>();
  const fresh = new Set<Reg>(replaced.values());
  for (const { reg } of dropped) fn.remake.delete(reg);
  for (const b of fn.blocks) {
    for (const i of b.ins) {
      if (i.regs.some((r) => r.def && replaced.has(r.reg) && !fresh.has(r.reg))) gone.add(i);
      for (const r of i.regs) r.reg = replaced.get(r.reg) ?? r.reg;
      if (i.asm) for (const o of i.asm.operands) if (o.kind === 'reg' || o.kind === 'mem') o.reg = replaced.get(o.reg) ?? o.reg;
    }
  }
  const next = new Map<MIns, MIns | undefined>();
  for (const b of fn.blocks) {
    if (!b.ins.some((i) => gone.has(i))) continue;
    let after: MIns | undefined;
    for (const i of b.ins.toReversed()) {
      if (gone.has(i)) next.set(i, after);
      else after = i;
    }
    b.ins = b.ins.filter((i) => !gone.has(i));
  }
  // What debug records stand before must still be there.
  for (const list of fn.trace?.records.values() ?? [])
    for (const record of list) if (record.before && gone.has(record.before)) record.before = next.get(record.before);
}
