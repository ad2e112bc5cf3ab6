/** Which code belongs to which scope: the function, its blocks, and calls that were inlined, each with the ranges of its instructions. */
import type { MetadataRef } from '../../ir/index.ts';
import type { MFunction, MIns } from '../mir.ts';
import { maxDepth, refOf, type DebugMetadata } from './metadata.ts';

export type Range = { start: number; end: number };

export type Scope = {
  /** DISubprogram or DILexicalBlock. */
  node: MetadataRef;
  kind: 'function' | 'block' | 'inlined';
  /** Of an inlined call: the DILocation of the call. Of a block: that of the call it is in. */
  inlinedAt: MetadataRef | undefined;
  children: Scope[];
  parent: Scope | undefined;
  /** Offsets in the section, in order, apart from each other. */
  ranges: Range[];
};

export class ScopeTree {
  readonly root: Scope;
  readonly #metadata: DebugMetadata;
  readonly #known = new Map<string, Scope>();

  constructor(metadata: DebugMetadata, subprogram: MetadataRef) {
    this.#metadata = metadata;
    this.root = { node: subprogram, kind: 'function', inlinedAt: undefined, children: [], parent: undefined, ranges: [] };
    this.#known.set(`${subprogram} `, this.root);
  }

  /** The scope of a location. What leads nowhere belongs to the function. */
  scopeOf(node: MetadataRef, inlinedAt: MetadataRef | undefined, depth = 0): Scope {
    const key = `${node} ${inlinedAt ?? ''}`;
    const known = this.#known.get(key);
    if (known) return known;
    const made = this.#make(node, inlinedAt, depth);
    this.#known.set(key, made);
    return made;
  }

  #make(ref: MetadataRef, inlinedAt: MetadataRef | undefined, depth: number): Scope {
    const node = this.#metadata.node(ref);
    if (!node || depth > maxDepth) return this.root;
    if (node.name === 'DISubprogram') {
      const call = this.#metadata.location(inlinedAt);
      if (!call) return this.root;
      return this.#child(this.scopeOf(call.scope, call.inlinedAt, depth + 1), ref, 'inlined', inlinedAt);
    }
    const outer = refOf(node, 'scope');
    if (outer === undefined) return this.root;
    const parent = this.scopeOf(outer, inlinedAt, depth + 1);
    // A DILexicalBlockFile only says that a part of the block stands in another file.
    return node.name === 'DILexicalBlock' ? this.#child(parent, ref, 'block', inlinedAt) : parent;
  }

  #child(parent: Scope, node: MetadataRef, kind: Scope['kind'], inlinedAt: MetadataRef | undefined): Scope {
    const made: Scope = { node, kind, inlinedAt, children: [], parent, ranges: [] };
    parent.children.push(made);
    return made;
  }

  /** Adds code to a scope and to those around it. To be called in order of addresses. */
  cover(scope: Scope, range: Range): void {
    for (let at: Scope | undefined = scope; at; at = at.parent) {
      const last = at.ranges.at(-1);
      if (last && last.end >= range.start) last.end = Math.max(last.end, range.end);
      else at.ranges.push({ ...range });
    }
  }
}

/** Gives every instruction of a finished function to its scope. What has no location belongs where the instruction before it does. */
export function coverFunction(
  tree: ScopeTree,
  metadata: DebugMetadata,
  fn: MFunction,
  offsets: ReadonlyMap<MIns, Range>,
  whole: Range,
): void {
  let scope = tree.root;
  let from = whole.start;
  for (const b of fn.blocks) {
    for (const i of b.ins) {
      const location = metadata.location(i.debug);
      const where = offsets.get(i);
      if (!location || !where || where.start === where.end) continue;
      const next = tree.scopeOf(location.scope, location.inlinedAt);
      if (next === scope) continue;
      if (where.start > from) tree.cover(scope, { start: from, end: where.start });
      scope = next;
      from = where.start;
    }
  }
  if (whole.end > from) tree.cover(scope, { start: from, end: whole.end });
  const [only] = tree.root.ranges;
  if (!only || tree.root.ranges.length > 1 || only.start !== whole.start || only.end !== whole.end) tree.root.ranges = [{ ...whole }];
}
