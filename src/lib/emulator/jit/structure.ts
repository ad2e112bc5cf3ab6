import type { FunctionWriter } from '../cpu/wasm.ts';
import { reversePostorder, type FlowGraph } from './flow.ts';

/**
 * Writes a reducible graph with WebAssembly's structured control flow (Ramsey, "Beyond Relooper", 2022): nodes nest as in the dominator
 * tree; a node that several edges lead to forwards follows a `block` that those leave; one that edges lead back to is in a `loop`.
 */
export function writeStructured(graph: FlowGraph, code: FunctionWriter): void {
  new Structurer(graph, code).write(0);
}

class Structurer {
  readonly #graph: FlowGraph;
  readonly #code: FunctionWriter;
  /** Position of a node in reverse postorder. */
  readonly #position = new Map<number, number>();
  /** For each node the nodes that it immediately dominates and several edges lead to, last one first. */
  readonly #merges = new Map<number, number[]>();
  readonly #isMerge = new Set<number>();
  readonly #isLoop = new Set<number>();
  /** Depth at which the block that precedes a node, or its loop, was opened. */
  readonly #blockDepth = new Map<number, number>();
  readonly #loopDepth = new Map<number, number>();

  constructor(graph: FlowGraph, code: FunctionWriter) {
    this.#graph = graph;
    this.#code = code;
    const order = reversePostorder(graph);
    order.forEach((node, i) => this.#position.set(node, i));
    const forwards = new Map<number, number[]>(order.map((node) => [node, []]));
    for (const from of order) {
      for (const to of graph.successors(from)) {
        if (this.#at(to) <= this.#at(from)) this.#isLoop.add(to);
        else forwards.get(to)?.push(from);
      }
    }
    const dominators = new Map<number, number>();
    for (const node of order) {
      const sources = forwards.get(node) ?? [];
      if (sources.length === 0) continue;
      // In this order, the dominators of all sources are known; edges back come from dominated nodes and do not count.
      const dominator = sources.reduce((a, b) => this.#common(dominators, a, b));
      dominators.set(node, dominator);
      if (sources.length < 2) continue;
      this.#isMerge.add(node);
      const list = this.#merges.get(dominator);
      if (list) list.unshift(node);
      else this.#merges.set(dominator, [node]);
    }
  }

  #at(node: number): number {
    return this.#position.get(node) ?? -1;
  }

  #common(dominators: ReadonlyMap<number, number>, a: number, b: number): number {
    let [x, y] = [a, b];
    while (x !== y) {
      if (this.#at(x) > this.#at(y)) x = dominators.get(x) ?? 0;
      else y = dominators.get(y) ?? 0;
    }
    return x;
  }

  write(node: number): void {
    const loops = this.#isLoop.has(node);
    if (loops) {
      this.#loopDepth.set(node, this.#code.depth);
      this.#code.loop();
    }
    this.#writeWithin(node, this.#merges.get(node) ?? [], 0);
    if (loops) this.#code.end();
  }

  #writeWithin(node: number, merges: readonly number[], from: number): void {
    if (from < merges.length) {
      const merge = merges[from];
      this.#blockDepth.set(merge, this.#code.depth);
      this.#code.block();
      this.#writeWithin(node, merges, from + 1);
      this.#code.end();
      this.write(merge);
      return;
    }
    const { write, end } = this.#graph.nodes[node];
    write(this.#code);
    switch (end.kind) {
      case 'jump':
        return this.#goTo(node, end.to);
      case 'branch':
        return this.#branch(node, end.then, end.otherwise);
      case 'switch':
        return this.#switch(node, end.local, end.to);
      case 'leave':
    }
  }

  /** The label of a node that is reached by a branch instruction; undefined when its code goes here. */
  #label(from: number, to: number): number | undefined {
    const depth = this.#at(to) <= this.#at(from) ? this.#loopDepth.get(to) : this.#isMerge.has(to) ? this.#blockDepth.get(to) : undefined;
    return depth === undefined ? undefined : this.#code.depth - 1 - depth;
  }

  #goTo(from: number, to: number): void {
    const label = this.#label(from, to);
    if (label === undefined) this.write(to);
    else this.#code.br(label);
  }

  #branch(node: number, then: number, otherwise: number): void {
    const code = this.#code;
    const thenLabel = this.#label(node, then);
    if (thenLabel !== undefined) {
      code.brIf(thenLabel);
      return this.#goTo(node, otherwise);
    }
    const otherwiseLabel = this.#label(node, otherwise);
    if (otherwiseLabel !== undefined) {
      code.op('i32.eqz').brIf(otherwiseLabel);
      return this.#goTo(node, then);
    }
    code.if();
    this.#goTo(node, then);
    code.else();
    this.#goTo(node, otherwise);
    code.end();
  }

  #switch(node: number, local: number, targets: readonly number[]): void {
    const code = this.#code;
    // Targets whose code goes here follow blocks of their own.
    const inline = [...new Set(targets)].filter((to) => this.#label(node, to) === undefined);
    const depths = new Map<number, number>();
    for (const to of inline) {
      depths.set(to, code.depth);
      code.block();
    }
    const labels = targets.map((to) => {
      const depth = depths.get(to);
      return depth === undefined ? (this.#label(node, to) ?? 0) : code.depth - 1 - depth;
    });
    code.get(local).brTable(labels.slice(0, -1), labels[labels.length - 1]);
    for (const to of inline.reverse()) {
      code.end();
      this.write(to);
    }
  }
}
