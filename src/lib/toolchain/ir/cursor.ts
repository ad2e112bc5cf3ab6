import { Lexer, Token } from './lexer.ts';
import type { FunctionScope } from './scope.ts';
import type { Symbols } from './symbols.ts';
import type { TypeTable } from './type-table.ts';
import type { Attributes, Constant, Flags, Type } from './types.ts';

/** Deeper nesting than any compiler makes; hostile text must not exhaust the stack. */
const maxDepth = 200;

const endKinds: Record<number, string> = {
  [Token.end]: 'the end of the text',
};

/**
 * A place in the text with everything that reading needs to know about the module so far. The functions that read types, constants,
 * attributes, metadata and instructions take one and leave it behind what they have read; they throw an IrSyntaxError.
 */
export class Cursor {
  readonly lexer: Lexer;
  readonly types: TypeTable;
  readonly symbols: Symbols;
  readonly pool: Pool;
  /** The function whose body is being read. */
  scope: FunctionScope | undefined;
  #depth = 0;

  constructor(lexer: Lexer, types: TypeTable, symbols: Symbols, pool: Pool) {
    this.lexer = lexer;
    this.types = types;
    this.symbols = symbols;
    this.pool = pool;
  }

  /** Another cursor for the same module, outside functions. */
  fork(): Cursor {
    return new Cursor(this.lexer.fork(), this.types, this.symbols, this.pool);
  }

  get kind(): number {
    return this.lexer.kind;
  }
  get text(): string {
    return this.lexer.text;
  }
  next(): void {
    this.lexer.next();
  }
  fail(message: string, at?: number): never {
    return this.lexer.fail(message, at);
  }
  unexpected(expected: string): never {
    return this.fail(`expected ${expected}, found ${this.found()}`);
  }
  /** The current token, for messages. */
  found(): string {
    const { lexer } = this;
    return endKinds[lexer.kind] ?? `'${lexer.source.slice(lexer.start, Math.min(lexer.end, lexer.start + 40))}'`;
  }

  take(mark: number): boolean {
    if (this.lexer.kind !== mark) return false;
    this.lexer.next();
    return true;
  }
  expect(mark: number): void {
    if (this.lexer.kind !== mark) this.unexpected(`'${String.fromCharCode(mark)}'`);
    this.lexer.next();
  }

  isWord(word: string): boolean {
    return this.lexer.kind === Token.word && this.lexer.text === word;
  }
  takeWord(word: string): boolean {
    if (!this.isWord(word)) return false;
    this.lexer.next();
    return true;
  }
  expectWord(word: string): void {
    if (!this.takeWord(word)) this.unexpected(`'${word}'`);
  }
  /** Any word. */
  word(what: string): string {
    if (this.lexer.kind !== Token.word) this.unexpected(what);
    const { text } = this.lexer;
    this.lexer.next();
    return text;
  }
  /** A word of the set, if that is what comes. */
  takeWordOf<T extends string>(words: ReadonlyMap<string, T>): T | undefined {
    if (this.lexer.kind !== Token.word) return undefined;
    const found = words.get(this.lexer.text);
    if (found !== undefined) this.lexer.next();
    return found;
  }

  /** An integer that is not negative. */
  count(what: string): number {
    const { lexer } = this;
    if (lexer.kind !== Token.integer) this.unexpected(what);
    const value = lexer.number;
    if (!(value >= 0)) this.fail(`${what} cannot be ${this.found()}`);
    lexer.next();
    return value;
  }
  alignment(): number {
    const at = this.lexer.start;
    const value = this.count('an alignment');
    if (value < 1 || value > 2 ** 32 || !Number.isInteger(Math.log2(value)))
      this.fail(`an alignment of ${value} is not a power of two`, at);
    return value;
  }
  string(what: string): string {
    if (this.lexer.kind !== Token.string) this.unexpected(what);
    const { text } = this.lexer;
    this.lexer.next();
    return text;
  }
  /** `(12)`, `("text")` and other text in parentheses, without them. */
  parenthesized<T>(read: () => T): T {
    this.expect(40);
    const value = read();
    this.expect(41);
    return value;
  }

  enter(): void {
    if (++this.#depth > maxDepth) this.fail(`nested deeper than ${maxDepth} levels`);
  }
  leave(): void {
    this.#depth--;
  }
}

/** Objects that are shared because the same ones are made over and over. */
export class Pool {
  readonly noAttributes: Attributes = new Map();
  readonly noFlags: Flags = new Set();
  /** Types of words, by the word's number; null for words that are no types. */
  readonly typeOfWord: (Type | null | undefined)[] = [];
  readonly attributesByText = new Map<string, Attributes>();
  readonly #flagSets = new Map<number, Flags>();
  readonly #integers = new Map<Type, Map<number, Constant>>();
  readonly #simple = new Map<string, Map<Type, Constant>>();

  flags(mask: number, words: readonly string[]): Flags {
    if (mask === 0) return this.noFlags;
    let found = this.#flagSets.get(mask);
    if (!found) this.#flagSets.set(mask, (found = new Set(words.filter((_, bit) => (mask >> bit) & 1))));
    return found;
  }

  /** An integer constant; `value` may be negative. */
  integer(type: Type & { kind: 'int' }, value: number): Constant {
    let known = this.#integers.get(type);
    if (!known) this.#integers.set(type, (known = new Map()));
    let found = known.get(value);
    if (!found) known.set(value, (found = { kind: 'int', type, value: BigInt.asUintN(type.bits, BigInt(value)) }));
    return found;
  }

  simple(kind: 'null' | 'zero' | 'undef' | 'poison' | 'none', type: Type): Constant {
    let known = this.#simple.get(kind);
    if (!known) this.#simple.set(kind, (known = new Map()));
    let found = known.get(type);
    if (!found) known.set(type, (found = { kind, type }));
    return found;
  }
}
