/**
 * Shrink-wrapping: where a function builds its frame, and where it takes it down. A way through the function that needs none, an early exit above all,
 * does not pay for one.
 *
 * The frame is built in one block, which dominates all that need it and is in no loop, and taken down before every exit that is reached with it and on
 * every edge to where nothing needs it any more. Every way through the function then builds it at most once, so none is longer than
 * with a frame from entry to exit. Where there is no such block but the entry, that is what it is.
 *
 * Two halves. {@link splitAtFrame}, before allocation, gives values that live across calls a register of their own from that block on, for else they would
 * be in callee-saved registers from the entry on. {@link wrapFrame}, after it, looks at what has come of it and puts in `$enter` and `$leave`.
 */
import { traceCopy } from './dwarf/trace.ts';
import type { Frame } from './frame.ts';
import { forEachReg, has, livenessOf } from './liveness.ts';
import { findLoops, type Loops } from './loops.ts';
import {
  calleeSaved,
  classOf,
  firstVirtual,
  fp,
  isVirtual,
  linkPredecessors,
  lr,
  namedBlocks,
  newVirtual,
  sp,
  type MBlock,
  type MFunction,
  type MIns,
  type Reg,
} from './mir.ts';

/** Before: nothing is allocated. After: the same, with copies (`splits`) that keep what lives across calls apart from what it was before. */
export function splitAtFrame(fn: MFunction): void {
  const block = frameBlock(fn, new Set(fn.blocks.filter((b) => b.ins.some(usesFrame))));
  if (!block) return;
  const { liveIn, liveOut } = livenessOf(fn);
  const across = liveAcrossCalls(fn, liveOut);
  const dominated = dominatedBy(fn, block);
  // What is copied may become one register with what lives across calls.
  const copied = new Set<Reg>();
  for (const b of dominated) for (const i of b.ins) if (i.row === '$copy' && isVirtual(i.regs[0].reg)) copied.add(i.regs[1].reg);
  const defined = definitionCounts(fn);
  const values: Reg[] = [];
  const phis = new Set<Reg>();
  forEachReg(liveIn[block.index], (reg) => {
    if (!isVirtual(reg) || fn.remake.has(reg) || !(across.has(reg) || copied.has(reg))) return;
    if (defined[reg] === 1) values.push(reg);
    else phis.add(reg);
  });
  // A value that is asked for where both ways meet lives across the calls under its old name.
  const meeting = [...reachable(block)].filter((b) => !dominated.has(b));
  const needed = [...values, ...phis].filter((reg) => across.has(reg));
  if (needed.some((reg) => phis.has(reg) || meeting.some((b) => has(liveIn[b.index], reg)))) return;
  for (const i of block.ins) if (i.row === '$copy' && phis.has(i.regs[1].reg)) i.splits = true;
  const names = new Map(values.map((reg) => [reg, newVirtual(fn, classOf(fn, reg), fn.widths[reg - firstVirtual])]));
  const copies = values.map((reg) => copyInto(names.get(reg) ?? reg, reg, fn.widths[reg - firstVirtual] > 64));
  for (const b of dominated) {
    for (const i of b.ins) {
      for (const r of i.regs) if (r.use) r.reg = names.get(r.reg) ?? r.reg;
      for (const o of i.asm?.operands ?? []) if (o.kind === 'reg' || o.kind === 'mem') o.reg = names.get(o.reg) ?? o.reg;
    }
  }
  block.ins.unshift(...copies);
}

function copyInto(d: Reg, from: Reg, wide: boolean): MIns {
  const regs = [
    { field: 'Rd', reg: d, def: true, use: false },
    { field: 'Rm', reg: from, def: false, use: true },
  ];
  return { row: '$copy', regs, fields: wide ? { q: 1 } : {}, splits: true };
}

function definitionCounts(fn: MFunction): Uint32Array {
  const counts = new Uint32Array(fn.classes.length + firstVirtual);
  for (const b of fn.blocks) for (const i of b.ins) for (const r of i.regs) if (r.def) counts[r.reg]++;
  return counts;
}

const isCall = (i: MIns): boolean => i.row === 'bl' || i.row === 'blr';

/** Virtual registers that are alive on both sides of a call. */
function liveAcrossCalls(fn: MFunction, liveOut: readonly Uint32Array[]): Set<Reg> {
  const across = new Set<Reg>();
  for (const b of fn.blocks) {
    if (!b.ins.some(isCall)) continue;
    const live = new Set<Reg>();
    forEachReg(liveOut[b.index], (reg) => live.add(reg));
    for (const i of b.ins.toReversed()) {
      for (const r of i.regs) if (r.def) live.delete(r.reg);
      if (isCall(i)) for (const reg of live) if (isVirtual(reg)) across.add(reg);
      for (const r of i.regs) if (r.use) live.add(r.reg);
    }
  }
  return across;
}

/**
 * Before: registers are allocated, the frame's contents are known, nothing builds it. After: `$enter` builds it and `$leave` takes it down, on every way
 * to each other in turn, and all that needs it lies between. `narrow`: not from the entry on, where that is possible.
 */
export function wrapFrame(fn: MFunction, frame: Frame, { narrow, size }: { narrow: boolean; size: boolean }): void {
  if (fn.naked || frame.saves.length + frame.localBytes === 0) return;
  const saved = frame.saves.flatMap((s) => s.regs);
  const leave = (debug: MIns['debug']): MIns => ({ row: '$leave', regs: [], fields: {}, clobbers: saved, debug });
  const [entry] = fn.blocks;
  const needs = new Set(fn.blocks.filter((b) => b.ins.some((i) => usesFrame(i) || touches(i, calleeSaved))));
  const block = (narrow && frameBlock(fn, needs)) || entry;
  const within = block === entry ? new Set(fn.blocks) : region(fn, block, needs);
  const exits = exitsOf(within);
  const start = exits && (!size || cost(frame, exits, fn, within) <= 0) ? block : entry;
  if (start === block && exits) for (const [to, from] of exits) leaveTowards(fn, to, from, leave, size);
  for (const b of start === block ? within : fn.blocks) {
    const last = b.ins.at(-1);
    if (last && isExit(last)) b.ins.splice(-1, 0, leave(last.debug));
  }
  start.ins.unshift({ row: '$enter', regs: [], fields: {} });
}

const isExit = (i: MIns): boolean => i.row === '$ret' || i.row === '$tail';

/** What needs the frame whatever registers it is given. Inline assembly may do anything with the stack. */
function usesFrame(i: MIns): boolean {
  if (i.frame || isCall(i) || i.row === '$alloca' || i.row === '$set_sp') return true;
  if (i.row === '$asm') return true;
  if (i.regs.some((r) => r.reg === fp || r.reg === lr)) return true;
  // Number 31 is the stack pointer as the base of this row.
  return i.row === 'add_imm' && i.regs.some((r) => r.field === 'Rn' && r.reg === sp);
}

function touches(i: MIns, registers: ReadonlySet<Reg>): boolean {
  return i.regs.some((r) => registers.has(r.reg)) || (i.clobbers?.some((r) => registers.has(r)) ?? false);
}

/**
 * The block in which to build a frame for those that need one: it dominates them and is in no loop. None when it would be the entry, or
 * when every way to an exit goes through it. Where it is to stand before a loop and there is no place, an edge gets a block.
 */
function frameBlock(fn: MFunction, needs: ReadonlySet<MBlock>): MBlock | undefined {
  const [entry] = fn.blocks;
  if (needs.size === 0 || needs.has(entry)) return undefined;
  const loops = findLoops(fn);
  const reached = reachable(entry);
  const wanting = [...needs].filter((b) => reached.has(b));
  let at: MBlock | undefined = wanting.reduce<MBlock | undefined>((a, b) => a && nearestCommon(loops, a, b), wanting[0]);
  let before: MBlock | undefined;
  while (at && !before) {
    let loop = loops.of(at);
    if (!loop) break;
    while (loop.parent) loop = loop.parent;
    const { header, members } = loop;
    const outside = header.predecessors.filter((p) => reached.has(p) && !members.has(p));
    const [only] = outside;
    if (outside.length === 1 && only.successors.length > 1 && !loops.of(only) && namedBlocks(only).has(header)) {
      before = only;
      at = header;
    } else at = loops.immediateDominator(header);
  }
  if (!at || at === entry) return undefined;
  const after = reachable(at);
  // A way back to it that is no natural loop.
  if (before ? after.has(before) : at.predecessors.some((p) => after.has(p))) return undefined;
  if (![...reachable(entry, at)].some((b) => b.ins.some(isExit))) return undefined;
  return before ? splitEdges(fn, at, [before], 'frame') : at;
}

/** All blocks that can be reached, the first included, without going through `without`. */
function reachable(from: MBlock, without?: MBlock): Set<MBlock> {
  const found = new Set<MBlock>([from]);
  for (const b of found) for (const s of b.successors) if (s !== without) found.add(s);
  return found;
}

function dominatedBy(fn: MFunction, block: MBlock): Set<MBlock> {
  const others = reachable(fn.blocks[0], block);
  return new Set([...reachable(block)].filter((b) => !others.has(b)));
}

function nearestCommon(loops: Loops, a: MBlock, b: MBlock): MBlock | undefined {
  const above = new Set<MBlock>();
  for (let at: MBlock | undefined = a; at; at = loops.immediateDominator(at)) above.add(at);
  let at: MBlock | undefined = b;
  while (at && !above.has(at)) at = loops.immediateDominator(at);
  return at;
}

/**
 * The blocks that have the frame: from `start` on, those from which one that needs it can still be reached, and those that are reached
 * only from such. `start` dominates them all, for it dominates what they lead to and nothing leads back to it.
 */
function region(fn: MFunction, start: MBlock, needs: ReadonlySet<MBlock>): Set<MBlock> {
  const after = reachable(start);
  const within = new Set([...needs].filter((b) => after.has(b)));
  for (const b of within) for (const p of b.predecessors) if (after.has(p)) within.add(p);
  within.add(start);
  const pending = [...within];
  for (let b = pending.pop(); b; b = pending.pop()) {
    for (const s of b.successors) {
      if (within.has(s) || !s.predecessors.every((p) => within.has(p))) continue;
      within.add(s);
      pending.push(s);
    }
  }
  return within;
}

/** Where the frame is no longer needed, and from where that is reached with it. Undefined when one of the jumps there cannot be led elsewhere. */
function exitsOf(within: ReadonlySet<MBlock>): Map<MBlock, MBlock[]> | undefined {
  const exits = new Map<MBlock, MBlock[]>();
  for (const from of within) {
    const named = namedBlocks(from);
    for (const to of from.successors) {
      if (within.has(to)) continue;
      if (!named.has(to)) return undefined;
      exits.set(to, [...(exits.get(to) ?? []), from]);
    }
  }
  return exits;
}

/** Instructions that are more than with a frame from entry to exit. */
function cost(frame: Frame, exits: ReadonlyMap<MBlock, MBlock[]>, fn: MFunction, within: ReadonlySet<MBlock>): number {
  const each = frame.saves.length + (frame.localBytes > 0 ? 1 : 0);
  const leaving = (b: MBlock): boolean => b.ins.some(isExit);
  const now = [...within].filter(leaving).length + exits.size;
  const jumps = [...exits.keys()].filter((to) => !isBareReturn(to)).length;
  return (now - fn.blocks.filter(leaving).length) * each + jumps;
}

const dropsOut = (i: MIns): boolean => i.row === '$copy' && i.regs[0].reg === i.regs[1].reg;

const isBareReturn = (b: MBlock): boolean => b.ins.at(-1)?.row === '$ret' && b.ins.slice(0, -1).every(dropsOut);

/** This many instructions before a return are copied rather than jumped to. */
const copiedReturn = 3;

/** A block between, which takes the frame down. It returns on its own if there is little more to do. */
function leaveTowards(fn: MFunction, to: MBlock, from: readonly MBlock[], leave: (debug: MIns['debug']) => MIns, size: boolean): void {
  const between = splitEdges(fn, to, from, 'leave');
  const left = to.ins.filter((i) => !dropsOut(i));
  const first = leave(left[0].debug);
  if (to.ins.at(-1)?.row === '$ret' && left.length - 1 <= (size ? 0 : copiedReturn)) {
    const copies = new Map(left.map((i) => [i, { ...i, regs: i.regs.map((r) => ({ ...r })) }]));
    between.ins = [first, ...copies.values()];
    between.successors = [];
    to.predecessors = to.predecessors.filter((p) => p !== between);
    if (fn.trace) traceCopy(fn.trace, to, between, copies);
  } else between.ins.unshift(first);
}

/** A new block on the edges from some blocks to one. */
function splitEdges(fn: MFunction, to: MBlock, from: readonly MBlock[], name: string): MBlock {
  const ins: MIns[] = [{ row: 'b', regs: [], fields: { imm26: 0 }, target: to, debug: to.ins[0].debug }];
  const between: MBlock = { index: 0, name: `${to.name}.${name}`, ins, successors: [to], predecessors: [] };
  const there = (b: MBlock): MBlock => (b === to ? between : b);
  for (const b of from) {
    for (const i of b.ins) {
      if (i.target) i.target = there(i.target);
      if (i.table) i.table = i.table.map(there);
      for (const o of i.asm?.operands ?? []) if (o.kind === 'label') o.block = there(o.block);
    }
    b.successors = b.successors.map(there);
  }
  fn.blocks.splice(to.index, 0, between);
  fn.blocks.forEach((b, n) => (b.index = n));
  linkPredecessors(fn);
  return between;
}

/** The blocks at whose start the frame stands. */
export function framedBlocks(fn: MFunction): Set<MBlock> {
  const framed = new Set<MBlock>();
  const seen = new Set<MBlock>([fn.blocks[0]]);
  for (const b of seen) {
    const change = b.ins.findLast((i) => i.row === '$enter' || i.row === '$leave')?.row;
    for (const s of b.successors) {
      if (change ? change === '$enter' : framed.has(b)) framed.add(s);
      seen.add(s);
    }
  }
  return framed;
}
