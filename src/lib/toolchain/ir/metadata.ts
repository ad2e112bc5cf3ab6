import type { Cursor } from './cursor.ts';
import { Char } from './lexer.ts';
import { readDefinition } from './read-values.ts';
import type { MetadataSpans } from './symbols.ts';
import type { MetadataNode } from './types.ts';

/**
 * Metadata nodes by number, made from the text when somebody asks: most of the IR of a file with debug information is metadata, and
 * a build without it never looks there. The text was read once before, so that it is known to be well formed.
 */
export class LazyMetadata implements ReadonlyMap<number, MetadataNode> {
  readonly #nodes = new Map<number, MetadataNode>();
  readonly #spans: MetadataSpans;
  readonly #cursor: Cursor;
  readonly size: number;

  constructor(spans: MetadataSpans, cursor: Cursor) {
    this.#spans = spans;
    this.#cursor = cursor;
    let size = 0;
    for (const _ of this.keys()) size++;
    this.size = size;
  }

  has(number: number): boolean {
    return this.#spans.at(number) !== undefined;
  }

  get(number: number): MetadataNode | undefined {
    const known = this.#nodes.get(number);
    if (known) return known;
    const span = this.#spans.at(number);
    if (!span) return undefined;
    const c = this.#cursor;
    c.lexer.moveTo(span.at, span.line);
    c.next();
    c.next();
    c.expect(Char.equal);
    const node = readDefinition(c);
    this.#nodes.set(number, node);
    return node;
  }

  *keys(): MapIterator<number> {
    for (let n = 0; n < this.#spans.end; n++) if (this.has(n)) yield n;
    return undefined;
  }

  *entries(): MapIterator<[number, MetadataNode]> {
    for (const n of this.keys()) {
      const node = this.get(n);
      if (node) yield [n, node];
    }
    return undefined;
  }

  *values(): MapIterator<MetadataNode> {
    for (const [, node] of this.entries()) yield node;
    return undefined;
  }

  [Symbol.iterator](): MapIterator<[number, MetadataNode]> {
    return this.entries();
  }

  forEach(see: (node: MetadataNode, number: number, map: ReadonlyMap<number, MetadataNode>) => void): void {
    for (const [n, node] of this.entries()) see(node, n, this);
  }
}
