import { Cursor } from './cursor.ts';
import { Lexer, Token } from './lexer.ts';
import type { TypeTable } from './type-table.ts';
import type { Block, Global, IrFunction, MetadataNode } from './types.ts';

/**
 * Metadata nodes by number, read from the text when somebody first asks: most of the IR of a file with debug information is
 * metadata that a build without it never looks at.
 */
export class LazyMetadata extends Map<number, MetadataNode> {
  #spans = new Map<number, { at: number; line: number }>();
  #source: string;
  #types: TypeTable;
  #globals: Map<string, Global>;
  #blockOf: (fn: IrFunction, name: string) => Block;

  constructor(source: string, types: TypeTable, globals: Map<string, Global>, blockOf: (fn: IrFunction, name: string) => Block) {
    super();
    this.#source = source;
    this.#types = types;
    this.#globals = globals;
    this.#blockOf = blockOf;
  }

  add(number: number, at: number, line: number): void {
    this.#spans.set(number, { at, line });
  }

  override has(number: number): boolean {
    return this.#spans.has(number);
  }

  override get size(): number {
    return this.#spans?.size ?? 0;
  }

  override keys(): MapIterator<number> {
    return this.#spans.keys();
  }

  /** Throws an IrSyntaxError when the node's text is malformed. */
  override get(number: number): MetadataNode | undefined {
    const known = super.get(number);
    if (known) return known;
    const span = this.#spans.get(number);
    if (!span) return undefined;
    const c = new Cursor(new Lexer(this.#source, span.at, span.line), this.#types, this.#globals, this.#blockOf);
    c.next();
    if (c.kind !== Token.metadata) c.fail('expected a metadata definition');
    c.next();
    c.expect('=');
    const node = c.metadataNode(c.take('distinct'));
    super.set(number, node);
    return node;
  }
}
