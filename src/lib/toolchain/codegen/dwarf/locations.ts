/**
 * Where variables are, instruction by instruction, in the code as it is finally emitted.
 *
 * Before allocation a record says "from here on the variable is the value of virtual register r". After it there are only physical registers
 * and slots, copies have been dropped and values moved. So the finished code is walked with the question: which places hold the current value
 * of which virtual register? A definition of r makes its own place the only one; a copy, a spill or a reload makes another one; a copy that
 * was dropped because both sides became one register hands the value on; anything else that writes a place ends what was there. At
 * joins only what holds on every path is kept. Whatever a pass does, the answer errs on the side of "not known": a place is named only if
 * the value is there on every path.
 */
import { bitsOf, evaluate, initializerOf, UnsupportedConstant, type DebugRecord, type MetadataRef, type Value } from '../../ir/index.ts';
import { distanceFromCfa, type Frame } from '../frame.ts';
import { firstVirtual, type MBlock, type MFunction, type MIns, type Reg, type RegOperand } from '../mir.ts';
import { partsOf, Unsupported } from '../parts.ts';
import type { Address, Expression } from './die.ts';
import { composed, locationOf, splitFragment, type Fragment, type Operations, type Place } from './expression.ts';
import type { DebugMetadata } from './metadata.ts';
import type { DebugTrace, TraceStep } from './trace.ts';

/** Where one variable (in one inlined call) is. Offsets are in the section. */
export type VariableLocation = {
  variable: MetadataRef;
  inlinedAt: MetadataRef | undefined;
  /** Valid in the whole function. */
  everywhere?: Expression;
  ranges: { start: number; end: number; expression: Expression }[];
};

export type LocationContext = {
  metadata: DebugMetadata;
  fn: MFunction;
  frame: Frame;
  trace: DebugTrace;
  /** Of instructions, in the section. */
  offsets: ReadonlyMap<MIns, { start: number; end: number }>;
  start: number;
  end: number;
  addressOf(value: ReturnType<typeof evaluate>): Address | undefined;
};

/** Number of a place that can hold a value: a register, or from 64 on a slot. */
type Holder = number;
const firstSlot = 64;
const stackOrZero = 31;

type Operand = { kind: 'place'; place: Place; bits: number } | { kind: 'registers'; regs: readonly Reg[]; value: Value };

/** What a record says of a variable or of a part of it. Compared by identity. */
type Assignment = { fragment: Fragment | undefined; ops: Operations; operands: Operand[]; inMemory: boolean };

type Variable = { variable: MetadataRef; inlinedAt: MetadataRef | undefined; located: VariableLocation };

type State = {
  /** Virtual registers whose current value a place holds. The lists are never changed. */
  held: Map<Holder, readonly Reg[]>;
  assigned: Map<Variable, readonly Assignment[]>;
};

/** Blocks times variables, past which nothing is carried from block to block. */
const maxFlow = 1_000_000;

export function locateVariables(context: LocationContext): VariableLocation[] {
  return new Locator(context).run();
}

class Locator {
  readonly #c: LocationContext;
  readonly #variables = new Map<string, Variable>();
  readonly #assignments = new Map<DebugRecord, { variable: Variable; assignment: Assignment | undefined }>();
  /** Virtual register that an operand defined before allocation. */
  readonly #origin = new Map<RegOperand, Reg>();
  /** What stood before an instruction that is still there: dropped instructions, and records. */
  readonly #before = new Map<MIns, TraceStep[]>();
  readonly #atEnd = new Map<MBlock, TraceStep[]>();
  readonly #records = new Map<MIns, readonly DebugRecord[]>();
  readonly #atStart: DebugRecord[] = [];
  #state: State = { held: new Map(), assigned: new Map() };
  /** Registers of which the places changed, while ranges are made. */
  readonly #touched = new Set<Reg>();
  readonly #changed = new Set<Variable>();
  readonly #open = new Map<Variable, { start: number; key: string; expression: Expression }>();

  constructor(context: LocationContext) {
    this.#c = context;
  }

  run(): VariableLocation[] {
    this.#readRecords();
    if (this.#variables.size === 0) return [];
    this.#readSteps();
    const entry = this.#entryState();
    const states = this.#flow(entry);
    this.#makeRanges(entry, states);
    return [...this.#variables.values()].map(({ located }) => located);
  }

  // Records

  #readRecords(): void {
    const fixed = new Map<Variable, { fragment: Fragment | undefined; expression: Expression }[]>();
    for (const list of this.#c.trace.records.values()) {
      for (const { record } of list) {
        const variable = this.#variableOf(record);
        if (!variable) continue;
        const assignment = this.#assignmentOf(record);
        const slot = record.kind === 'declare' ? assignment?.operands[0] : undefined;
        if (assignment && slot?.kind === 'place') {
          const expression = locationOf(assignment.ops, [slot], true);
          if (expression) fixed.set(variable, [...(fixed.get(variable) ?? []), { fragment: assignment.fragment, expression }]);
        } else this.#assignments.set(record, { variable, assignment });
      }
    }
    for (const [variable, parts] of fixed) {
      const [first] = parts;
      const pieces = parts.flatMap(({ fragment, expression }) => (fragment ? [{ fragment, expression }] : []));
      variable.located.everywhere = first.fragment ? composed(pieces) : first.expression;
    }
  }

  #variableOf(record: DebugRecord): Variable | undefined {
    if (record.kind === 'label') return undefined;
    const ref = record.operands[1];
    const location = this.#c.metadata.location(record.location);
    if (typeof ref !== 'number' || !location || !this.#c.metadata.node(ref, 'DILocalVariable')) return undefined;
    const { inlinedAt } = location;
    const key = `${ref} ${inlinedAt ?? ''}`;
    let found = this.#variables.get(key);
    if (!found) {
      found = { variable: ref, inlinedAt, located: { variable: ref, inlinedAt, ranges: [] } };
      this.#variables.set(key, found);
    }
    return found;
  }

  /** Undefined: the record says that the value is not known, or it says something that cannot be expressed. */
  #assignmentOf(record: DebugRecord): Assignment | undefined {
    const inMemory = record.kind === 'declare' || this.#c.trace.stored.has(record);
    const assigned = record.kind === 'assign' && inMemory;
    const value = record.operands[assigned ? 4 : 0];
    const written = splitFragment(this.#c.metadata.expression(record.operands[2]));
    const ops = assigned ? this.#c.metadata.expression(record.operands[5]) : written.ops;
    if (value === undefined || typeof value === 'number') return { fragment: written.fragment, ops: [], operands: [], inMemory: false };
    const values = valuesOf(value);
    const derived = values.length === 1 ? this.#derived(values[0]) : undefined;
    const operands = (derived ? [derived.value] : values).map((v) => this.#operandOf(v));
    const known = operands.filter((o) => o !== undefined);
    // An assignment of what is not known ends what was known of that part.
    if (known.length !== operands.length || known.length === 0)
      return { fragment: written.fragment, ops: [], operands: [], inMemory: false };
    return { fragment: written.fragment, ops: derived ? [...derived.ops, ...ops] : ops, operands: known, inMemory };
  }

  #derived(value: Value): { value: Value; ops: Operations } | undefined {
    const ops: (string | bigint)[] = [];
    let at = value;
    for (let step = this.#c.trace.derived.get(at); step; step = this.#c.trace.derived.get(at)) {
      ops.unshift(...step.ops);
      at = step.from;
    }
    return at === value ? undefined : { value: at, ops };
  }

  #operandOf(value: Value): Operand | undefined {
    if (value.kind === 'instruction' || value.kind === 'param') {
      const known = this.#c.trace.values.get(value);
      if (!known) return undefined;
      if ('regs' in known) return { kind: 'registers', regs: known.regs, value };
      const offset = distanceFromCfa(this.#c.frame, this.#c.fn.slots[known.slot]);
      return { kind: 'place', place: { kind: 'frameAddress', offset }, bits: 64 };
    }
    const place = this.#constant(value);
    return place && { kind: 'place', place, bits: bitsOf(value.type) };
  }

  #constant(value: Value): Place | undefined {
    switch (value.kind) {
      case 'undef':
      case 'poison':
      case 'asm':
      case 'metadataValue':
      case 'instruction':
      case 'param':
        return undefined;
      case 'int':
        if (value.type.kind === 'int' && value.type.bits <= 64)
          return { kind: 'constant', value: BigInt.asIntN(value.type.bits === 1 ? 2 : value.type.bits, value.value) };
        return bytesOf(value);
      case 'null':
        return { kind: 'constant', value: 0n };
      case 'global':
      case 'expr': {
        try {
          const found = evaluate(value);
          if (typeof found === 'bigint') return { kind: 'constant', value: BigInt.asIntN(64, found) };
          const address = this.#c.addressOf(found);
          return address && { kind: 'address', address };
        } catch (error) {
          if (error instanceof UnsupportedConstant) return undefined;
          throw error;
        }
      }
      default:
        return bytesOf(value);
    }
  }

  // The code before and after allocation

  #readSteps(): void {
    const present = new Set<MIns>();
    for (const b of this.#c.fn.blocks) for (const i of b.ins) present.add(i);
    const { blocks, parameterSteps } = this.#c.trace;
    blocks.forEach(({ block, steps, atEnd }, n) => {
      let waiting: TraceStep[] = [];
      let atStart = n === 0;
      for (const step of steps) {
        for (const { operand, reg } of step.definitions) this.#origin.set(operand, reg);
        const { records } = step;
        if (atStart && !parameterSteps.has(step.ins)) {
          this.#atStart.push(...records);
          atStart = false;
        } else if (records.length > 0) this.#records.set(step.ins, records);
        if (!present.has(step.ins)) waiting.push(step);
        else if (waiting.length > 0) {
          this.#before.set(step.ins, waiting);
          waiting = [];
        }
      }
      const last: TraceStep[] = atEnd.length > 0 ? [{ ins: { row: '', regs: [], fields: {} }, records: atEnd, definitions: [] }] : [];
      if (last.length > 0) this.#records.set(last[0].ins, atEnd);
      if (waiting.length + last.length > 0) this.#atEnd.set(block, [...waiting, ...last]);
    });
  }

  #entryState(): State {
    const held = new Map<Holder, readonly Reg[]>();
    for (const { physical, reg } of this.#c.trace.arrivals) held.set(physical, [...(held.get(physical) ?? []), reg]);
    this.#state = { held, assigned: new Map() };
    for (const record of this.#atStart) this.#record(record);
    return this.#state;
  }

  #flow(entry: State): (State | undefined)[] {
    const { blocks } = this.#c.fn;
    const incoming: (State | undefined)[] = new Array<State | undefined>(blocks.length).fill(undefined);
    if (blocks.length === 0) return incoming;
    const number = new Map(blocks.map((b, n) => [b, n]));
    const successors = blocks.map((b, n) => this.#successors(b, blocks[n + 1]).map((s) => number.get(s) ?? 0));
    const unknown: State = { held: new Map(), assigned: new Map() };
    if (blocks.length * this.#variables.size > maxFlow) return incoming.fill(unknown).fill(entry, 0, 1);
    incoming[0] = entry;
    const edges = this.#forwardedEdges();
    const pending = [0];
    const queued = new Uint8Array(blocks.length);
    for (let n = pending.shift(); n !== undefined; n = pending.shift()) {
      queued[n] = 0;
      const from = incoming[n] ?? unknown;
      this.#state = { held: new Map(from.held), assigned: new Map(from.assigned) };
      for (const i of blocks[n].ins) {
        this.#stepsBefore(i);
        this.#effect(i);
      }
      for (const step of this.#atEnd.get(blocks[n]) ?? []) this.#dropped(step);
      const out = this.#state;
      for (const s of successors[n]) {
        for (const way of edges.get(blocks[n])?.get(blocks[s]) ?? [[]]) {
          this.#state = { held: new Map(out.held), assigned: new Map(out.assigned) };
          for (const passed of way) for (const step of this.#atEnd.get(passed) ?? []) this.#dropped(step);
          const known = incoming[s];
          if (known && !narrow(known, this.#state)) continue;
          if (!known) incoming[s] = this.#state;
          if (queued[s]) continue;
          queued[s] = 1;
          pending.push(s);
        }
      }
    }
    return incoming;
  }

  /**
   * Blocks that are gone because nothing was left in them but a jump: by who went there and where it leads, the ways through them. What was dropped in
   * them still says which value is whose on that edge.
   */
  #forwardedEdges(): Map<MBlock, Map<MBlock, MBlock[][]>> {
    const { forwarded } = this.#c.fn;
    const edges = new Map<MBlock, Map<MBlock, MBlock[][]>>();
    for (const [first, to] of forwarded) {
      const way: MBlock[] = [];
      for (let at: MBlock | undefined = first; at && at !== to && forwarded.has(at) && !way.includes(at); at = at.ins.at(-1)?.target)
        way.push(at);
      for (const from of first.predecessors) {
        if (forwarded.has(from)) continue;
        const ways = edges.get(from) ?? new Map<MBlock, MBlock[][]>();
        edges.set(from, ways.set(to, [...(ways.get(to) ?? []), way]));
      }
    }
    return edges;
  }

  /** More edges than there are only make less known. */
  #successors(b: MBlock, next: MBlock | undefined): MBlock[] {
    const found = new Set(b.successors);
    for (const i of b.ins) {
      if (i.target) found.add(i.target);
      for (const t of i.table ?? []) found.add(t);
      for (const o of i.asm?.operands ?? []) if (o.kind === 'label') found.add(o.block);
    }
    const last = b.ins.at(-1)?.row;
    if (next && (last === undefined || !['b', 'br', '$ret', '$tail', '$table'].includes(last))) found.add(next);
    return [...found];
  }

  // Effects

  #record(record: DebugRecord): void {
    const found = this.#assignments.get(record);
    if (!found) return;
    const { variable, assignment } = found;
    const known = this.#state.assigned.get(variable) ?? [];
    const fragment = assignment?.fragment;
    const kept = fragment ? known.filter((a) => a.fragment && !overlap(a.fragment, fragment)) : [];
    this.#assign(variable, assignment && assignment.operands.length > 0 ? [...kept, assignment] : kept);
  }

  #assign(variable: Variable, list: readonly Assignment[]): void {
    if (list.length > 0) this.#state.assigned.set(variable, list);
    else this.#state.assigned.delete(variable);
    this.#changed.add(variable);
  }

  #stepsBefore(i: MIns): void {
    for (const step of this.#before.get(i) ?? []) this.#dropped(step);
    for (const record of this.#records.get(i) ?? []) this.#record(record);
  }

  /** An instruction that is no longer there, and the records before it. */
  #dropped(step: TraceStep): void {
    for (const record of this.#records.get(step.ins) ?? []) this.#record(record);
    for (const { reg } of step.definitions) {
      const source = step.copyOf;
      // A copy between a value and a register of the machine is gone because the value lies in that register.
      if (reg < firstVirtual) continue;
      if (source === undefined) this.#redefine(reg, step.ins, () => false);
      else this.#redefine(reg, step.ins, (regs, holder) => (source < firstVirtual ? holder === source : regs.includes(source)));
    }
  }

  /** `reg` has a new value: only places that hold it are still those of `reg`. */
  #redefine(reg: Reg, by: MIns, holds: (regs: readonly Reg[], holder: Holder) => boolean): void {
    for (const [holder, regs] of this.#state.held) {
      const has = regs.includes(reg);
      const should = holds(regs, holder);
      if (has !== should) this.#hold(holder, should ? [...regs, reg] : regs.filter((r) => r !== reg));
    }
    // What fetches a parameter gives it no new value.
    if (this.#c.trace.parameterSteps.has(by)) return;
    for (const [variable, list] of this.#state.assigned) {
      if (list.some((a) => uses(a, reg)))
        this.#assign(
          variable,
          list.filter((a) => !uses(a, reg)),
        );
    }
  }

  #hold(holder: Holder, regs: readonly Reg[]): void {
    const known = this.#state.held.get(holder);
    if (known) for (const r of known) this.#touched.add(r);
    for (const r of regs) this.#touched.add(r);
    if (regs.length > 0) this.#state.held.set(holder, regs);
    else this.#state.held.delete(holder);
  }

  #effect(i: MIns): void {
    const { held } = this.#state;
    const slot = i.frame && i.frame.slot >= 0 && this.#c.fn.slots[i.frame.slot].kind === 'spill' ? firstSlot + i.frame.slot : undefined;
    const definitions = i.regs.filter((r) => r.def && r.reg !== stackOrZero);
    const source = i.regs.find((r) => r.use)?.reg;
    let carried: readonly Reg[] = [];
    if (i.row === '$copy' || i.row === '$spill') carried = (source !== undefined && held.get(source)) || [];
    else if (i.row === '$reload' && slot !== undefined) carried = held.get(slot) ?? [];
    for (const reg of i.clobbers ?? []) if (held.has(reg)) this.#hold(reg, []);
    if (slot !== undefined && i.row === '$spill') this.#hold(slot, carried);
    else if (slot !== undefined && definitions.length === 0) this.#hold(slot, []);
    for (const d of definitions) this.#hold(d.reg, carried);
    for (const d of definitions) {
      const reg = this.#origin.get(d);
      if (reg === undefined) continue;
      // A copy onto itself or from another place of the same value leaves that place as good as the new one.
      const copied = i.row === '$copy' ? source : undefined;
      const fetches = this.#c.trace.parameterSteps.has(i);
      this.#redefine(reg, i, (regs, holder) => holder === d.reg || holder === copied || (fetches && regs.includes(reg)));
      if (!held.has(d.reg)) this.#hold(d.reg, [reg]);
    }
  }

  // Ranges

  #makeRanges(entry: State, states: readonly (State | undefined)[]): void {
    const { fn, offsets, start, end } = this.#c;
    this.#restart(entry, start);
    let at = start;
    fn.blocks.forEach((b, n) => {
      const place = b.ins.length > 0 ? offsets.get(b.ins[0])?.start : undefined;
      at = place ?? at;
      if (n > 0) this.#restart(states[n] ?? { held: new Map(), assigned: new Map() }, at);
      for (const i of b.ins) {
        const where = offsets.get(i) ?? { start: at, end: at };
        this.#stepsBefore(i);
        this.#refresh(where.start, where.start);
        this.#effect(i);
        this.#refresh(lastValid(i, where), where.end);
        at = where.end;
      }
      for (const step of this.#atEnd.get(b) ?? []) this.#dropped(step);
    });
    for (const variable of [...this.#open.keys()]) this.#close(variable, end);
  }

  #restart(state: State, at: number): void {
    const before = this.#state.assigned;
    this.#state = { held: new Map(state.held), assigned: new Map(state.assigned) };
    for (const variable of before.keys()) this.#changed.add(variable);
    for (const variable of state.assigned.keys()) this.#changed.add(variable);
    for (const variable of this.#open.keys()) this.#changed.add(variable);
    this.#refresh(at, at);
  }

  /** Ends at `ended` what is no longer so and begins at `begun` what is. */
  #refresh(ended: number, begun: number): void {
    if (this.#touched.size > 0)
      for (const [variable, list] of this.#state.assigned)
        if (!this.#changed.has(variable) && list.some((a) => [...this.#touched].some((r) => uses(a, r)))) this.#changed.add(variable);
    this.#touched.clear();
    for (const variable of this.#changed) {
      const now = this.#describe(this.#state.assigned.get(variable) ?? []);
      const open = this.#open.get(variable);
      if (open && now?.key === open.key) continue;
      if (open) this.#close(variable, ended);
      if (now) this.#open.set(variable, { start: begun, ...now });
    }
    this.#changed.clear();
  }

  #close(variable: Variable, at: number): void {
    const open = this.#open.get(variable);
    this.#open.delete(variable);
    if (!open || open.start >= at) return;
    const { ranges } = variable.located;
    const last = ranges.at(-1);
    ranges.push({ start: open.start, end: at, expression: open.expression });
    if (last && last.end > open.start) last.end = open.start;
  }

  #describe(list: readonly Assignment[]): { key: string; expression: Expression } | undefined {
    const parts: { fragment: Fragment | undefined; expression: Expression }[] = [];
    let key = '';
    for (const assignment of list) {
      for (const part of this.#parts(assignment)) {
        parts.push(part);
        key += `${part.fragment?.offset ?? ''}+${part.fragment?.size ?? ''}:${part.expression.bytes.join(' ')} ${part.expression.addresses.map(({ address }) => `${address.symbol.name}+${address.addend}`).join(' ')};`;
      }
    }
    if (parts.length === 0) return undefined;
    if (parts.length === 1 && !parts[0].fragment) return { key, expression: parts[0].expression };
    return { key, expression: composed(parts.flatMap(({ fragment, expression }) => (fragment ? [{ fragment, expression }] : []))) };
  }

  #parts({ fragment, ops, operands, inMemory }: Assignment): { fragment: Fragment | undefined; expression: Expression }[] {
    const [first] = operands;
    if (operands.length === 1 && first.kind === 'registers' && first.regs.length > 1) {
      const parts = partsOf(first.value.type);
      if (ops.length > 0 || inMemory || parts.length !== first.regs.length || parts.some((p) => p.bits % 8 !== 0)) return [];
      return first.regs.flatMap((reg, n) => {
        const place = this.#placeOf(reg);
        const expression = place && locationOf([], [{ place, bits: parts[n].bits }], false);
        const offset = (fragment?.offset ?? 0) + parts[n].offset * 8;
        return expression ? [{ fragment: { offset, size: parts[n].bits }, expression }] : [];
      });
    }
    const values: { place: Place; bits: number }[] = [];
    for (const operand of operands) {
      const place = operand.kind === 'place' ? operand.place : operand.regs.length === 1 ? this.#placeOf(operand.regs[0]) : undefined;
      if (!place) return [];
      values.push({ place, bits: operand.kind === 'place' ? operand.bits : bitsOf(operand.value.type) });
    }
    const expression = locationOf(ops, values, inMemory);
    return expression ? [{ fragment, expression }] : [];
  }

  #placeOf(reg: Reg): Place | undefined {
    for (const [holder, regs] of this.#state.held) {
      if (!regs.includes(reg)) continue;
      if (holder < firstSlot) return { kind: 'register', reg: holder };
      return { kind: 'frame', offset: distanceFromCfa(this.#c.frame, this.#c.fn.slots[holder - firstSlot]) };
    }
    return undefined;
  }
}

/**
 * Up to where what an instruction destroys was surely there. A debugger looks up the caller of a function at the address before the one to
 * which it returns, so what a call destroys must have ended there; what one instruction of several destroys, after the first.
 */
function lastValid(i: MIns, { start, end }: { start: number; end: number }): number {
  if (end - start > 4) return start + 4;
  return i.clobbers !== undefined && end > start ? end - 1 : end;
}

function uses({ operands }: Assignment, reg: Reg): boolean {
  return operands.some((o) => o.kind === 'registers' && o.regs.includes(reg));
}

function overlap(a: Fragment, b: Fragment): boolean {
  return a.offset < b.offset + b.size && b.offset < a.offset + a.size;
}

function valuesOf(value: Value): readonly Value[] {
  if (value.kind !== 'metadataValue') return [value];
  const { metadata } = value;
  if (typeof metadata === 'string') return [];
  if (metadata.kind === 'argList') return metadata.values;
  return metadata.kind === 'tuple' || metadata.kind === 'specialized' || metadata.kind === 'expression' ? [] : [metadata];
}

/** Keeps of `into` only what `other` says too; whether it lost something. */
function narrow(into: State, other: State): boolean {
  let lost = false;
  for (const [holder, regs] of into.held) {
    const theirs = other.held.get(holder) ?? [];
    if (theirs === regs) continue;
    const both = regs.filter((r) => theirs.includes(r));
    if (both.length === regs.length) continue;
    lost = true;
    if (both.length > 0) into.held.set(holder, both);
    else into.held.delete(holder);
  }
  for (const [variable, list] of into.assigned) {
    const theirs = other.assigned.get(variable) ?? [];
    if (theirs === list) continue;
    const both = list.filter((a) => theirs.includes(a));
    if (both.length === list.length) continue;
    lost = true;
    if (both.length > 0) into.assigned.set(variable, both);
    else into.assigned.delete(variable);
  }
  return lost;
}

function bytesOf(value: Value): Place | undefined {
  try {
    if (value.kind === 'instruction' || value.kind === 'param' || value.kind === 'asm' || value.kind === 'metadataValue') return undefined;
    const { bytes, relocations } = initializerOf(value);
    return relocations.length === 0 && bytes.length > 0 && bytes.length <= 64 ? { kind: 'bytes', bytes } : undefined;
  } catch (error) {
    if (error instanceof UnsupportedConstant || error instanceof Unsupported) return undefined;
    throw error;
  }
}
