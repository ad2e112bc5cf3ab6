import type { FunctionWriter } from '../cpu/wasm.ts';

/** How a node of a control flow graph ends; numbers are nodes. */
export type FlowEnd =
  | { kind: 'jump'; to: number }
  /** The node's code leaves an i32 on the stack: not zero means `then`. */
  | { kind: 'branch'; then: number; otherwise: number }
  /** By the value of a local; the last one for all other values. */
  | { kind: 'switch'; local: number; to: number[] }
  /** The node's code does not come to its end. */
  | { kind: 'leave' };

export type FlowNode = { write: (code: FunctionWriter) => void; end: FlowEnd };

/** A control flow graph whose node 0 is the only way in. */
export class FlowGraph {
  readonly nodes: FlowNode[] = [];

  add(write: FlowNode['write'], end: FlowEnd): number {
    return this.nodes.push({ write, end }) - 1;
  }

  successors(node: number): readonly number[] {
    const { end } = this.nodes[node];
    switch (end.kind) {
      case 'jump':
        return [end.to];
      case 'branch':
        return [end.then, end.otherwise];
      case 'switch':
        return end.to;
      case 'leave':
        return [];
    }
  }

  /** Replaces the targets of a node's end. */
  redirect(node: number, replace: (to: number) => number): void {
    const { end } = this.nodes[node];
    if (end.kind === 'jump') end.to = replace(end.to);
    else if (end.kind === 'switch') end.to = end.to.map(replace);
    else if (end.kind === 'branch') {
      end.then = replace(end.then);
      end.otherwise = replace(end.otherwise);
    }
  }
}

/** Strongly connected components of the nodes in `within`, ignoring edges into `cut`; those that are cycles. Iterative (Tarjan). */
export function cycles(successors: (node: number) => readonly number[], within: ReadonlySet<number>, cut: number): number[][] {
  const order = new Map<number, number>();
  const low = new Map<number, number>();
  const open = new Set<number>();
  const stack: number[] = [];
  const found: number[][] = [];
  const inside = (node: number): number[] => successors(node).filter((to) => to !== cut && within.has(to));
  for (const root of within) {
    if (order.has(root)) continue;
    const path: { node: number; rest: number[] }[] = [];
    const visit = (node: number): void => {
      order.set(node, order.size);
      low.set(node, order.size - 1);
      stack.push(node);
      open.add(node);
      path.push({ node, rest: inside(node) });
    };
    visit(root);
    while (path.length > 0) {
      const { node, rest } = path[path.length - 1];
      const to = rest.pop();
      if (to !== undefined) {
        if (!order.has(to)) visit(to);
        else if (open.has(to)) low.set(node, Math.min(low.get(node) ?? 0, order.get(to) ?? 0));
        continue;
      }
      path.pop();
      const parent = path.at(-1);
      if (parent) low.set(parent.node, Math.min(low.get(parent.node) ?? 0, low.get(node) ?? 0));
      if (low.get(node) !== order.get(node)) continue;
      const component: number[] = [];
      for (;;) {
        const member = stack.pop();
        if (member === undefined) break;
        open.delete(member);
        component.push(member);
        if (member === node) break;
      }
      if (component.length > 1 || inside(node).includes(node)) found.push(component);
    }
  }
  return found;
}

/** Nodes that are reached from node 0, in reverse postorder. */
export function reversePostorder(graph: FlowGraph): number[] {
  const seen = new Set([0]);
  const postorder: number[] = [];
  const path = [{ node: 0, rest: [...graph.successors(0)] }];
  while (path.length > 0) {
    const { node, rest } = path[path.length - 1];
    const to = rest.pop();
    if (to === undefined) {
      postorder.push(node);
      path.pop();
    } else if (!seen.has(to)) {
      seen.add(to);
      path.push({ node: to, rest: [...graph.successors(to)] });
    }
  }
  return postorder.reverse();
}

/**
 * Gives every cycle one way in. A cycle that is entered at several nodes gets a dispatcher, a node through which all edges from outside
 * lead, and those to the first of the entered nodes: each puts a number into a local, by which the dispatcher goes on. Then the
 * cycles within are looked at in the same way, so each step takes one node out of further consideration.
 */
export function makeReducible(graph: FlowGraph, newLocal: () => number): void {
  const order = new Map(reversePostorder(graph).map((node, i) => [node, i]));
  const work: { within: Set<number>; cut: number }[] = [{ within: new Set(order.keys()), cut: -1 }];
  const place = (node: number): number => order.get(node) ?? Infinity;
  for (let item = work.pop(); item; item = work.pop()) {
    for (const component of cycles((node) => graph.successors(node), item.within, item.cut)) {
      const members = new Set(component);
      const entered = new Set<number>();
      for (let from = 0; from < graph.nodes.length; from++) {
        if (members.has(from) || !order.has(from)) continue;
        for (const to of graph.successors(from)) if (members.has(to)) entered.add(to);
      }
      const heads = [...entered].sort((a, b) => place(a) - place(b));
      const [head] = heads;
      if (heads.length <= 1) {
        work.push({ within: members, cut: head });
        continue;
      }
      const dispatcher = addDispatcher(graph, members, heads, newLocal(), order);
      members.delete(head);
      members.add(dispatcher);
      work.push({ within: members, cut: dispatcher });
    }
  }
}

function addDispatcher(
  graph: FlowGraph,
  members: ReadonlySet<number>,
  heads: readonly number[],
  local: number,
  order: Map<number, number>,
): number {
  const [head] = heads;
  const known = graph.nodes.length;
  const dispatcher = graph.add(() => undefined, { kind: 'switch', local, to: [...heads] });
  order.set(dispatcher, order.get(head) ?? 0);
  for (let from = 0; from < known; from++) {
    if (!order.has(from)) continue;
    const isInside = members.has(from);
    graph.redirect(from, (to) => {
      const number = heads.indexOf(to);
      if (number < 0 || (isInside && to !== head)) return to;
      const edge = graph.add((code) => code.i32(number).set(local), { kind: 'jump', to: dispatcher });
      order.set(edge, order.get(from) ?? 0);
      return edge;
    });
  }
  return dispatcher;
}
