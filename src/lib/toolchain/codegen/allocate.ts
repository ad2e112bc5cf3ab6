/**
 * Register allocation on live intervals with holes. Before: virtual registers in SSA-like form (phis are parallel copies). After: only
 * physical registers; values that found none live in stack slots, reloaded at their uses, or are made again.
 *
 * Intervals are placed in order of start into the register whose other tenants do not overlap; the hints of copies come first.
 * When none is free the cheapest of the conflicting intervals is spilled, and allocation starts again: it becomes one interval for each piece of
 * a block between calls, and such a piece, spilled again, a tiny interval for each use. A tiny interval is never spilled, so this ends.
 */
import { forEachReg, livenessOf } from './liveness.ts';
import { findLoops } from './loops.ts';
import {
  classOf,
  firstVirtual,
  generalOrder,
  isVirtual,
  newSlot,
  newVirtual,
  vectorOrder,
  type MFunction,
  type MIns,
  type Reg,
} from './mir.ts';

/** Half-open ranges of positions; instruction n reads at 2n and writes at 2n + 1. */
type Interval = { reg: Reg; ranges: number[]; weight: number; tiny: boolean; hints: Reg[]; assigned: Reg };

const maxRounds = 60;
/** From this round on nothing is tried that may have to be undone. */
const lateRound = 12;

/** `given` is called when every register has its place, before the code names it. */
export function allocateRegisters(fn: MFunction, given: (assigned: ReadonlyMap<Reg, Reg>) => void): void {
  const spills = new Spills(fn);
  coalesce(fn);
  for (let round = 0; round < maxRounds; round++) {
    const { intervals, fixed } = buildIntervals(fn, spills.tiny);
    const spilled = assign(fn, intervals, fixed);
    if (spilled.size === 0) {
      const assigned = new Map(intervals.map((i) => [i.reg, i.assigned]));
      given(assigned);
      rewrite(fn, assigned);
      return;
    }
    spill(fn, spilled, spills, round >= lateRound);
  }
  throw new Error(`${fn.name}: register allocation does not end`);
}

function buildIntervals(fn: MFunction, tiny: ReadonlySet<Reg>): { intervals: Interval[]; fixed: Map<Reg, number[]> } {
  const { liveOut } = livenessOf(fn);
  const loops = findLoops(fn);
  const table: (Interval | undefined)[] = new Array(fn.classes.length);
  const fixed = new Map<Reg, number[]>();
  const intervalOf = (reg: Reg): Interval => {
    let found = table[reg - firstVirtual];
    if (!found) {
      found = { reg, ranges: [], weight: 0, tiny: tiny.has(reg), hints: [], assigned: -1 };
      table[reg - firstVirtual] = found;
    }
    return found;
  };
  /** Ranges are collected backwards: each new one starts before those there are. */
  const addRange = (reg: Reg, from: number, to: number): void => {
    let ranges: number[];
    if (isVirtual(reg)) ranges = intervalOf(reg).ranges;
    else {
      if (reg === 31) return;
      const known = fixed.get(reg);
      ranges = known ?? [];
      if (!known) fixed.set(reg, ranges);
    }
    const n = ranges.length;
    if (n > 0 && ranges[n - 2] <= to) {
      ranges[n - 2] = Math.min(ranges[n - 2], from);
      ranges[n - 1] = Math.max(ranges[n - 1], to);
    } else ranges.push(from, to);
  };
  const starts: number[] = [];
  let position = 0;
  for (const b of fn.blocks) {
    starts.push(position);
    position += 2 * b.ins.length + 2;
  }
  const end = new Map<Reg, number>();
  for (let bi = fn.blocks.length - 1; bi >= 0; bi--) {
    const b = fn.blocks[bi];
    const from = starts[bi];
    const to = from + 2 * b.ins.length + 2;
    end.clear();
    forEachReg(liveOut[b.index], (reg) => end.set(reg, to));
    const weight = 10 ** Math.min(loops.depth(b), 5);
    for (let n = b.ins.length - 1; n >= 0; n--) {
      const i = b.ins[n];
      const at = from + 2 * n;
      const define = (reg: Reg, early = false): void => {
        const start = early ? at : at + 1;
        addRange(reg, start, end.get(reg) ?? start + 1);
        end.delete(reg);
        if (isVirtual(reg)) intervalOf(reg).weight += weight;
      };
      const use = (reg: Reg): void => {
        if (!end.has(reg)) end.set(reg, at + 1);
        if (isVirtual(reg)) intervalOf(reg).weight += weight;
      };
      // Inline assembly may write what it destroys before it reads its operands.
      const destroyed = i.row === '$asm' ? at : at + 1;
      if (i.clobbers) for (const reg of i.clobbers) if (!end.has(reg)) addRange(reg, destroyed, at + 2);
      for (const r of i.regs) if (r.def) define(r.reg, r.early);
      for (const r of i.regs) if (r.use) use(r.reg);
      if (i.row === '$copy') {
        const [d, s] = i.regs;
        if (isVirtual(d.reg)) intervalOf(d.reg).hints.push(s.reg);
        if (isVirtual(s.reg)) intervalOf(s.reg).hints.push(d.reg);
      }
    }
    for (const [reg, last] of end) addRange(reg, from, last);
  }
  const intervals: Interval[] = [];
  for (const interval of table) {
    if (!interval) continue;
    interval.ranges = ascending(interval.ranges);
    const length = interval.ranges.reduce((sum, p, k) => (k & 1 ? sum + p : sum - p), 0);
    // Over the length itself, a value of the whole function would give way to every short one, and be loaded at all its uses.
    interval.weight = interval.tiny ? Infinity : interval.weight / Math.sqrt(length + 4);
    intervals.push(interval);
  }
  for (const [reg, ranges] of fixed) fixed.set(reg, ascending(ranges));
  return { intervals, fixed };
}

/**
 * Merges the two sides of copies whose intervals do not overlap, those in deep loops first, and drops the copies. What a phi and its
 * sources share becomes one register.
 */
function coalesce(fn: MFunction): void {
  const { intervals } = buildIntervals(fn, new Set());
  const ranges = new Map(intervals.map((i) => [i.reg, i.ranges]));
  const leader = new Map<Reg, Reg>();
  const find = (reg: Reg): Reg => {
    let at = reg;
    for (let up = leader.get(at); up !== undefined; up = leader.get(at)) at = up;
    if (at !== reg) leader.set(reg, at);
    return at;
  };
  const loops = findLoops(fn);
  const copies = fn.blocks.flatMap((b) =>
    b.ins.filter((i) => i.row === '$copy' && !i.splits && i.regs.every((r) => isVirtual(r.reg))).map((i) => ({ i, depth: loops.depth(b) })),
  );
  copies.sort((a, b) => b.depth - a.depth);
  for (const { i } of copies) {
    const a = find(i.regs[0].reg);
    const b = find(i.regs[1].reg);
    if (a === b || classOf(fn, a) !== classOf(fn, b) || fn.widths[a - firstVirtual] !== fn.widths[b - firstVirtual]) continue;
    const ra = ranges.get(a) ?? [];
    const rb = ranges.get(b) ?? [];
    if (overlaps(ra, rb)) continue;
    ranges.set(a, union(ra, rb));
    leader.set(b, a);
    // A merged register has several definitions, so no recipe makes its value.
    fn.remake.delete(a);
    fn.remake.delete(b);
  }
  if (leader.size === 0) return;
  for (const b of fn.blocks) {
    for (const i of b.ins) {
      for (const r of i.regs) r.reg = find(r.reg);
      if (i.asm) for (const o of i.asm.operands) if (o.kind === 'reg' || o.kind === 'mem') o.reg = find(o.reg);
    }
    b.ins = b.ins.filter((i) => i.row !== '$copy' || i.regs[0].reg !== i.regs[1].reg);
  }
}

function union(a: readonly number[], b: readonly number[]): number[] {
  const merged: number[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    const fromA = j >= b.length || (i < a.length && a[i] < b[j]);
    const [start, end] = fromA ? [a[i], a[i + 1]] : [b[j], b[j + 1]];
    if (fromA) i += 2;
    else j += 2;
    const n = merged.length;
    if (n > 0 && start <= merged[n - 1]) merged[n - 1] = Math.max(merged[n - 1], end);
    else merged.push(start, end);
  }
  return merged;
}

function ascending(ranges: readonly number[]): number[] {
  const sorted: number[] = [];
  for (let k = ranges.length - 2; k >= 0; k -= 2) {
    const n = sorted.length;
    if (n > 0 && ranges[k] <= sorted[n - 1]) sorted[n - 1] = Math.max(sorted[n - 1], ranges[k + 1]);
    else sorted.push(ranges[k], ranges[k + 1]);
  }
  return sorted;
}

/** First index of a range in `ranges` that ends after `position`. */
function firstAfter(ranges: readonly number[], position: number): number {
  let low = 0;
  let high = ranges.length >> 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ranges[2 * middle + 1] <= position) low = middle + 1;
    else high = middle;
  }
  return 2 * low;
}

function overlaps(a: readonly number[], b: readonly number[]): boolean {
  if (a.length === 0 || b.length === 0) return false;
  let i = 0;
  let j = firstAfter(b, a[0]);
  while (i < a.length && j < b.length) {
    if (a[i + 1] <= b[j]) i += 2;
    else if (b[j + 1] <= a[i]) j += 2;
    else return true;
  }
  return false;
}

/** Who lives in one physical register, by start of range. */
class Tenancy {
  #starts: number[] = [];
  #ends: number[] = [];
  #who: Interval[] = [];

  add(interval: Interval): void {
    for (let k = 0; k < interval.ranges.length; k += 2) {
      const at = this.#find(interval.ranges[k]);
      this.#starts.splice(at, 0, interval.ranges[k]);
      this.#ends.splice(at, 0, interval.ranges[k + 1]);
      this.#who.splice(at, 0, interval);
    }
  }

  remove(interval: Interval): void {
    for (let k = this.#who.length - 1; k >= 0; k--) {
      if (this.#who[k] !== interval) continue;
      this.#starts.splice(k, 1);
      this.#ends.splice(k, 1);
      this.#who.splice(k, 1);
    }
  }

  /** First entry that ends after the position. */
  #find(position: number): number {
    let low = 0;
    let high = this.#ends.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#ends[middle] <= position) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  conflicts(interval: Interval, stopAtFirst: boolean): Set<Interval> {
    const found = new Set<Interval>();
    for (let k = 0; k < interval.ranges.length; k += 2) {
      const to = interval.ranges[k + 1];
      for (let at = this.#find(interval.ranges[k]); at < this.#starts.length && this.#starts[at] < to; at++) {
        found.add(this.#who[at]);
        if (stopAtFirst) return found;
      }
    }
    return found;
  }
}

function assign(fn: MFunction, intervals: Interval[], fixed: ReadonlyMap<Reg, number[]>): Set<Reg> {
  const tenancies = new Map<Reg, Tenancy>();
  for (const reg of [...generalOrder, ...vectorOrder]) tenancies.set(reg, new Tenancy());
  const byReg = new Map(intervals.map((i) => [i.reg, i]));
  const spilled = new Set<Reg>();
  const queue = [...intervals].sort((a, b) => a.ranges[0] - b.ranges[0] || a.reg - b.reg);
  const none: number[] = [];
  for (let head = 0; head < queue.length; head++) {
    const interval = queue[head];
    if (spilled.has(interval.reg)) continue;
    const order = classOf(fn, interval.reg) === 'general' ? generalOrder : vectorOrder;
    const wide = fn.widths[interval.reg - firstVirtual] > 64;
    // A callee keeps only the low half of V8 to V15.
    const usable = (reg: Reg) => !(wide && reg >= 40 && reg <= 47) && !overlaps(interval.ranges, fixed.get(reg) ?? none);
    const hinted = interval.hints.map((h) => (isVirtual(h) ? (byReg.get(h)?.assigned ?? -1) : h)).filter((h) => order.includes(h));
    let place = [...hinted, ...order].find((reg) => usable(reg) && tenancies.get(reg)?.conflicts(interval, true).size === 0);
    if (place === undefined) {
      let best: { reg: Reg; victims: Set<Interval>; cost: number } | undefined;
      for (const reg of order) {
        if (!usable(reg)) continue;
        const victims = tenancies.get(reg)?.conflicts(interval, false) ?? new Set();
        let cost = 0;
        for (const victim of victims) cost += victim.weight;
        if (!best || cost < best.cost) best = { reg, victims, cost };
      }
      if (!best || best.cost >= interval.weight) {
        if (interval.tiny) throw new Error(`${fn.name}: no register for a reloaded value`);
        spilled.add(interval.reg);
        continue;
      }
      for (const victim of best.victims) {
        tenancies.get(best.reg)?.remove(victim);
        victim.assigned = -1;
        spilled.add(victim.reg);
      }
      place = best.reg;
    }
    interval.assigned = place;
    tenancies.get(place)?.add(interval);
  }
  return spilled;
}

/** What has been spilled so far, over the rounds. */
class Spills {
  /** Registers of one use: they are never spilled. */
  readonly tiny = new Set<Reg>();
  /** Of registers that stand for a spilled one within a piece of a block: which one. */
  readonly #origins = new Map<Reg, Reg>();
  readonly #slots = new Map<Reg, number>();
  readonly #fn: MFunction;

  constructor(fn: MFunction) {
    this.#fn = fn;
  }

  /** Whether the register is a spilled one's stand-in within a piece of a block: spilled as well, it is one for each use. */
  isPiece(reg: Reg): boolean {
    return this.#origins.has(reg);
  }

  slotOf(reg: Reg): number {
    const origin = this.#origins.get(reg) ?? reg;
    let slot = this.#slots.get(origin);
    if (slot === undefined) {
      const bytes = this.#fn.widths[origin - firstVirtual] > 64 ? 16 : 8;
      this.#slots.set(origin, (slot = newSlot(this.#fn, bytes, bytes, 'spill')));
    }
    return slot;
  }

  /** A register to stand for a spilled one. */
  standIn(reg: Reg, tiny: boolean): Reg {
    const fn = this.#fn;
    const made = newVirtual(fn, classOf(fn, reg), fn.widths[reg - firstVirtual]);
    if (tiny) this.tiny.add(made);
    else {
      this.#origins.set(made, this.#origins.get(reg) ?? reg);
      const recipe = fn.remake.get(reg);
      if (recipe) fn.remake.set(made, renamed(recipe, reg, made));
    }
    return made;
  }
}

function renamed(recipe: readonly MIns[], from: Reg, to: Reg): MIns[] {
  return recipe.map((i) => ({ ...i, regs: i.regs.map((r) => ({ ...r, reg: r.reg === from ? to : r.reg })) }));
}

/**
 * Gives each spilled register a slot (or its recipe), and a stand-in for the uses of each piece of a block between calls; a stand-in that is spilled in
 * its turn, or any register when `late`, gets one for each use and definition.
 */
function spill(fn: MFunction, spilled: ReadonlySet<Reg>, spills: Spills, late: boolean): void {
  const load = (reg: Reg, into: Reg, user: MIns): MIns[] => {
    const recipe = fn.remake.get(reg);
    if (recipe) return renamed(recipe, reg, into).map((i) => ({ ...i, debug: user.debug }));
    return [transfer('$reload', into, spills.slotOf(reg))];
  };
  for (const b of fn.blocks) {
    const out: MIns[] = [];
    const pieces = new Map<Reg, Reg>();
    for (const i of b.ins) {
      // The transfers of a stand-in are made anew at its uses and definitions.
      if ((i.row === '$reload' || i.row === '$spill') && spilled.has(i.regs[0].reg)) continue;
      // Its slot keeps the value as well as a register would.
      if (i.row === '$use') i.regs = i.regs.filter((r) => !spilled.has(r.reg));
      const before: MIns[] = [];
      const after: MIns[] = [];
      const names = new Map<Reg, Reg>();
      let dead = false;
      // Uses first: a definition of the same register follows them.
      for (const r of [...i.regs].sort((x, y) => Number(y.use) - Number(x.use))) {
        if (!spilled.has(r.reg)) continue;
        const tiny = late || spills.isPiece(r.reg);
        let to = names.get(r.reg) ?? (r.use ? pieces.get(r.reg) : undefined);
        if (to === undefined) {
          to = spills.standIn(r.reg, tiny);
          if (r.use) before.push(...load(r.reg, to, i));
        }
        names.set(r.reg, to);
        if (!tiny) pieces.set(r.reg, to);
        if (!r.def) continue;
        // The recipe makes the value where it is used: this definition has no other purpose.
        if (fn.remake.has(r.reg)) dead = true;
        else after.push(transfer('$spill', to, spills.slotOf(r.reg)));
      }
      if (dead) {
        for (const r of i.regs) if (r.def) pieces.delete(r.reg);
        continue;
      }
      for (const r of i.regs) r.reg = names.get(r.reg) ?? r.reg;
      if (i.asm) for (const o of i.asm.operands) if (o.kind === 'reg' || o.kind === 'mem') o.reg = names.get(o.reg) ?? o.reg;
      out.push(...before, i, ...after);
      if (i.clobbers) pieces.clear();
    }
    b.ins = out;
  }
}

function transfer(row: '$reload' | '$spill', reg: Reg, slot: number): MIns {
  const isLoad = row === '$reload';
  return { row, regs: [{ field: 'Rt', reg, def: isLoad, use: !isLoad }], fields: {}, frame: { slot, offset: 0 } };
}

function rewrite(fn: MFunction, assigned: ReadonlyMap<Reg, Reg>): void {
  const physical = (reg: Reg): Reg => {
    if (!isVirtual(reg)) return reg;
    const found = assigned.get(reg);
    if (found === undefined || found < 0) throw new Error(`${fn.name}: register %${reg - firstVirtual} was not allocated`);
    return found;
  };
  for (const b of fn.blocks)
    for (const i of b.ins) {
      for (const r of i.regs) r.reg = physical(r.reg);
      if (i.asm) for (const o of i.asm.operands) if (o.kind === 'reg' || o.kind === 'mem') o.reg = physical(o.reg);
    }
}
