import type { Helper } from '../../arm64/index.ts';
import type { Value } from '../cpu/graph.ts';
import { Param } from '../cpu/handler-interface.ts';
import { State } from '../cpu/layout.ts';
import type { FunctionWriter, ModuleWriter } from '../cpu/wasm.ts';
import { placesToLook } from './counting.ts';
import { FlowGraph, makeReducible, type FlowEnd } from './flow.ts';
import { Frame, type Place, type Target } from './frame.ts';
import { innermostLoops, Loop } from './loops.ts';
import { RegionEmitter } from './region-emitter.ts';
import { successorsWithin, type Instruction, type Scan, type Straight } from './scan.ts';
import { writeStructured } from './structure.ts';

/**
 * A place where a region is entered: its address (relative to the scan), entry, page, the handler that the entry has otherwise, and whether a
 * loop goes back to it.
 */
export type RegionEntry = {
  readonly at: number;
  readonly entry: number;
  readonly page: number;
  readonly original: number;
  readonly isLoop: boolean;
};

/** Writes the function of one region: the code that a scan has found, entered at `entries`. */
export function writeRegion(
  module: ModuleWriter,
  target: Target,
  scan: Scan,
  entries: readonly RegionEntry[],
  helpers: Set<Helper>,
): FunctionWriter {
  return new RegionWriter(module, target, scan, entries, helpers).write();
}

/** A block by its address, and its last instruction. */
type Origin = { readonly at: number; readonly last: Instruction };

class RegionWriter {
  readonly #scan: Scan;
  readonly #entries: readonly RegionEntry[];
  readonly #frame: Frame;
  readonly #helpers: Set<Helper>;
  readonly #graph = new FlowGraph();
  /** Nodes of blocks, by address. */
  readonly #nodes = new Map<number, number>();
  /** Blocks that every return, by its block's address, may lead to. */
  readonly #returns: ReadonlyMap<number, readonly number[]>;
  /** Blocks that look whether enough instructions are left, by address: for how many. */
  readonly #looks: ReadonlyMap<number, number>;
  /** Innermost loops, by the addresses of their blocks. */
  readonly #loops = new Map<number, Loop>();

  constructor(module: ModuleWriter, target: Target, scan: Scan, entries: readonly RegionEntry[], helpers: Set<Helper>) {
    this.#scan = scan;
    this.#entries = entries;
    this.#helpers = helpers;
    this.#frame = new Frame(module, target, scan.pages, new Map(entries.map(({ entry, original }) => [entry, original])));
    this.#returns = returnsOf(scan.blocks);
    this.#looks = placesToLook(
      scan.blocks,
      this.#returns,
      entries.map(({ at }) => at),
    );
    for (const blocks of innermostLoops(scan.blocks, this.#returns)) {
      const loop = new Loop();
      for (const at of blocks) this.#loops.set(at, loop);
    }
  }

  write(): FunctionWriter {
    const frame = this.#frame;
    const graph = this.#graph;
    const { code } = frame;
    // Node 0 chooses among the entries; it is completed when they are known.
    const root = graph.add(() => undefined, { kind: 'leave' });
    for (const at of this.#scan.blocks.keys())
      this.#nodes.set(
        at,
        graph.add(() => undefined, { kind: 'leave' }),
      );
    for (const [at, block] of this.#scan.blocks) this.#writeBlock(this.#nodes.get(at) ?? root, block);
    graph.nodes[root].end = { kind: 'jump', to: this.#enter([...this.#entries].sort((a, b) => a.entry - b.entry)) };
    makeReducible(graph, () => code.local('i32'));
    frame.writeEntry();
    if (frame.usesFp) this.#checkFpEnabled();
    writeStructured(graph, code);
    // Reaching the end of the structured code is impossible, which the type checker must be told.
    code.unreachable();
    return code;
  }

  /** With SIMD and FP trapped, everything is the interpreter's. */
  #checkFpEnabled(): void {
    const { code } = this.#frame;
    code.get(Param.state).memory('i32.load', State.fpEnabled).op('i32.eqz').if();
    for (const { entry } of this.#entries.slice(1)) {
      code.get(Param.entry).i32(entry).op('i32.eq').if();
      this.#frame.leave({ entry, left: 0 });
      code.end();
    }
    this.#frame.leave({ entry: this.#entries[0].entry, left: 0 });
    code.end();
  }

  /** A node that goes on at the entry that Param.entry says; they are in order. */
  #enter(entries: readonly RegionEntry[]): number {
    const frame = this.#frame;
    if (entries.length === 1) {
      const [{ at, entry, page }] = entries;
      const elsewhere = this.#graph.add(() => frame.leave({ entry, left: 0 }), { kind: 'leave' });
      // Another virtual page may have the same code.
      return this.#graph.add(() => frame.pushMayEnter(page), { kind: 'branch', then: this.#nodeAt(at), otherwise: elsewhere });
    }
    const half = entries.length >> 1;
    const then = this.#enter(entries.slice(0, half));
    const otherwise = this.#enter(entries.slice(half));
    const { entry } = entries[half];
    return this.#graph.add((code) => code.get(Param.entry).i32(entry).op('i32.lt_u'), { kind: 'branch', then, otherwise });
  }

  #nodeAt(at: number): number {
    const node = this.#nodes.get(at);
    if (node === undefined) throw new Error('a region without one of its entries');
    return node;
  }

  #writeBlock(node: number, block: Straight): void {
    const frame = this.#frame;
    const { instructions } = block;
    const count = instructions.length;
    const emitter = new RegionEmitter(frame, this.#helpers, this.#loops.get(block.at));
    if (count > 0) {
      const [{ entry }] = instructions;
      const ahead = this.#looks.get(block.at);
      if (ahead !== undefined) emitter.beforeExit();
      emitter.raw(() => this.#count(emitter, { entry, left: count }, ahead));
    }
    for (const [i, instruction] of instructions.entries()) {
      const { row, fields, imm, imm2 } = instruction.decoded;
      emitter.start(instruction, this.#scan.virtual(instruction.at), count - i);
      const r = Object.fromEntries(row.registers.map(({ name }) => [name, fields[name]]));
      row.does(emitter, { n: fields, r, imm: emitter.i64(imm), imm2: emitter.i64(imm2) });
      if (emitter.end?.kind === 'leave') break;
    }
    const end = this.#endOf(block, emitter);
    this.#graph.nodes[node] = { write: () => emitter.write(), end };
  }

  /** Books a block's instructions; leaves in front of it when there are not as many left as may be executed until the next look, `ahead`. */
  #count(emitter: RegionEmitter, place: Place, ahead: number | undefined): void {
    const frame = this.#frame;
    const { code } = frame;
    code.get(frame.left).i32(place.left).op('i32.sub');
    if (ahead === undefined) return void code.set(frame.left);
    code
      .tee(frame.left)
      .i32(ahead - place.left)
      .op('i32.lt_s')
      .if();
    emitter.leave(place);
    code.end();
  }

  #endOf({ at, instructions, flow }: Straight, emitter: RegionEmitter): FlowEnd {
    const frame = this.#frame;
    const last = instructions.at(-1);
    const { end } = emitter;
    if (end?.kind === 'leave') return { kind: 'leave' };
    emitter.beforeExit();
    if (flow.kind === 'leave') {
      const { entry } = flow.instruction;
      emitter.raw(() => emitter.leave({ entry, left: 0 }));
      return { kind: 'leave' };
    }
    if (!last) throw new Error('a block without instructions');
    const from: Origin = { at, last };
    switch (flow.kind) {
      case 'next':
      case 'jump':
      case 'call':
        return { kind: 'jump', to: this.#edge(from, flow.to) };
      case 'branch': {
        if (end?.kind !== 'branch') throw new Error(`${last.decoded.row.name} does not branch`);
        const [then, otherwise] = [this.#edge(from, flow.to), this.#edge(from, flow.otherwise)];
        const { condition } = end;
        if (condition.constant !== undefined) return { kind: 'jump', to: condition.constant ? then : otherwise };
        emitter.pushLast(condition);
        return { kind: 'branch', then, otherwise };
      }
      case 'indirect':
      case 'return': {
        if (end?.kind !== 'goTo') throw new Error(`${last.decoded.row.name} does not branch`);
        emitter.keep(frame.target, end.target);
        const candidates = flow.kind === 'indirect' ? flow.targets : (this.#returns.get(at) ?? []);
        const far = this.#graph.add(
          () => {
            if (flow.kind === 'indirect') frame.noteStray(last.entry);
            frame.leaveFar(last.entry);
          },
          { kind: 'leave' },
        );
        return { kind: 'jump', to: this.#indirect(from, end.target, candidates, far) };
      }
    }
  }

  /** A node that goes from a block to an address. */
  #edge(from: Origin, to: number): number {
    const frame = this.#frame;
    const { last } = from;
    const page = this.#scan.pageOf(to);
    const node = this.#nodes.get(to);
    const inside = node === undefined ? undefined : this.#leavingLoop(from, to, node);
    const far = (): number => {
      const leave = this.#graph.add(
        (code) => {
          code.i64(this.#scan.virtual(to)).set(frame.target);
          frame.leaveFar(last.entry);
        },
        { kind: 'leave' },
      );
      return this.#leavingLoop(from, undefined, leave);
    };
    if (page === last.page) {
      if (inside !== undefined) return inside;
      const entry = last.entry + (to - last.at) * 8;
      return this.#leavingLoop(
        from,
        undefined,
        this.#graph.add(() => frame.leaveTo(entry), { kind: 'leave' }),
      );
    }
    if (inside === undefined) return far();
    // The way to another page is by the instruction TLB.
    const then = this.#graph.add(() => frame.writePage(page), { kind: 'jump', to: inside });
    return this.#graph.add(() => frame.pushIsMapped(page), { kind: 'branch', then, otherwise: far() });
  }

  /** A node that goes on with `node`, the block at `to` or a way out: what a loop has changed is saved when it is left. */
  #leavingLoop({ at }: Origin, to: number | undefined, node: number): number {
    const loop = this.#loops.get(at);
    if (!loop || (to !== undefined && this.#loops.get(to) === loop)) return node;
    const write = (): void => {
      if (loop.savesWhenLeft) this.#frame.save(loop.changed);
    };
    return this.#graph.add(write, { kind: 'jump', to: node });
  }

  /** A node that compares the target with what it is likely to be, and goes to `far` when it is something else. */
  #indirect(from: Origin, target: Value, candidates: readonly number[], far: number): number {
    const frame = this.#frame;
    if (target.constant !== undefined) {
      const at = Number(BigInt.asIntN(64, BigInt(target.constant) - this.#scan.virtual(0)));
      // Only where it is known to go: it must have been counted with.
      if (this.#nodes.has(at) && (candidates.includes(at) || this.#looks.has(at))) return this.#edge(from, at);
    }
    const elsewhere = this.#leavingLoop(from, undefined, far);
    // Far from here, or not reached: then the way is the same as without.
    const known = [...new Set(candidates)].filter((to) => this.#nodes.has(to)).sort((a, b) => a - b);
    const search = (sites: readonly number[]): number => {
      if (sites.length === 0) return elsewhere;
      if (sites.length <= maxCompared) {
        const [to] = sites;
        const address = this.#scan.virtual(to);
        return this.#graph.add((code) => code.get(frame.target).i64(address).op('i64.eq'), {
          kind: 'branch',
          then: this.#edge(from, to),
          otherwise: search(sites.slice(1)),
        });
      }
      const half = sites.length >> 1;
      const middle = this.#scan.virtual(sites[half]);
      const then = search(sites.slice(0, half));
      const otherwise = search(sites.slice(half));
      return this.#graph.add((code) => code.get(frame.target).i64(middle).op('i64.lt_s'), { kind: 'branch', then, otherwise });
    };
    return search(known);
  }
}

/** Likely targets that are compared with one after the other; more are halved first. */
const maxCompared = 3;

/** Return sites compared with at most. */
const maxCandidates = 48;

/** For each block that returns, by address, where from the calls within the scan it may return to. */
function returnsOf(blocks: ReadonlyMap<number, Straight>): Map<number, number[]> {
  const sites = new Map<number, number[]>();
  const add = (callee: number, returns: number): void => {
    if (!blocks.has(callee) || !blocks.has(returns)) return;
    const list = sites.get(callee);
    if (list) list.push(returns);
    else sites.set(callee, [returns]);
  };
  for (const { flow } of blocks.values()) {
    if (flow.kind === 'call') add(flow.to, flow.returns);
    else if (flow.kind === 'indirect' && flow.returns !== undefined) for (const to of flow.targets) add(to, flow.returns);
  }
  const result = new Map<number, number[]>();
  for (const [callee, list] of sites) {
    // The callee's own blocks: calls are stepped over.
    const own = new Set([callee]);
    for (const at of own) {
      const flow = blocks.get(at)?.flow;
      if (flow?.kind === 'return') result.set(at, [...(result.get(at) ?? []), ...list].slice(0, maxCandidates));
      for (const to of flow ? successorsWithin(flow) : []) own.add(to);
    }
  }
  return result;
}
