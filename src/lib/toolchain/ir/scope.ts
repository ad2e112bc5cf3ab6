import type { Cursor } from './cursor.ts';
import { IrSyntaxError } from './lexer.ts';
import { mapOperands } from './operands.ts';
import { typeText } from './type-table.ts';
import type { Block, DebugRecord, Instruction, IrFunction, MetadataNode, Type, Value } from './types.ts';

/** Where values that are used before their definition stand until it is read. */
const nowhere: Block = { kind: 'block', name: '', index: -1, instructions: [] };

/** Names of a function's values and blocks while its body is read. Both may be used before they are defined. */
export class FunctionScope {
  readonly fn: IrFunction;
  readonly #c: Cursor;
  /** By number of the interned name. */
  readonly #values = new Map<number, Value>();
  readonly #forwards = new Map<number, { value: Instruction; at: number }>();
  readonly #blocks = new Map<number, { block: Block; at: number }>();
  /** Whether an operand read since this was last cleared was not defined yet. */
  usedForward = false;
  readonly #toResolve: (Instruction | { records: DebugRecord[] })[] = [];
  /** Number that the next unnamed value or block gets. */
  unnamed = 0;

  constructor(fn: IrFunction, cursor: Cursor) {
    this.fn = fn;
    this.#c = cursor;
  }

  /** The value of that name as a use of `type`. */
  use(id: number, type: Type): Value {
    const found = this.#values.get(id);
    if (found) {
      if (found.type !== type) this.#mismatch(id, found.type, type);
      return found;
    }
    this.usedForward = true;
    const known = this.#forwards.get(id);
    if (known) {
      if (known.value.type !== type) this.#mismatch(id, known.value.type, type);
      return known.value;
    }
    const { lexer } = this.#c;
    const name = lexer.nameOf(id);
    const value: Instruction = { kind: 'instruction', op: 'unreachable', type, name, block: nowhere, irLine: lexer.line };
    this.#forwards.set(id, { value, at: lexer.start });
    return value;
  }

  #mismatch(id: number, is: Type, used: Type): never {
    const name = this.#c.lexer.nameOf(id);
    if (this.#blocks.has(id)) this.#c.fail(`%${name} is a block, not a value`);
    return this.#c.fail(`%${name} is ${typeText(is)} and used as ${typeText(used)}`);
  }

  /** Gives a value its name. */
  define(id: number, value: Value, at: number): void {
    if (this.#values.has(id) || (this.#blocks.get(id)?.block.index ?? -1) >= 0)
      this.#c.fail(`%${this.#c.lexer.nameOf(id)} is defined twice`, at);
    const forward = this.#forwards.get(id);
    if (forward && forward.value.type !== value.type)
      throw new IrSyntaxError(
        `%${this.#c.lexer.nameOf(id)} is ${typeText(value.type)} and used as ${typeText(forward.value.type)}`,
        forward.at,
      );
    this.#values.set(id, value);
  }

  /** A number may be left out, so the next unnamed one must not be smaller than that. */
  numbered(name: string, at: number): void {
    const n = numberOf(name);
    if (n < 0) return;
    if (n < this.unnamed) this.#c.fail(`expected a number of at least %${this.unnamed}, found %${name}`, at);
    this.unnamed = n + 1;
  }

  /** The block of that name, defined or not. */
  block(id: number): Block {
    let found = this.#blocks.get(id);
    if (!found) {
      const name = this.#c.lexer.nameOf(id);
      this.#blocks.set(id, (found = { block: { kind: 'block', name, index: -1, instructions: [] }, at: this.#c.lexer.start }));
    }
    return found.block;
  }

  startBlock(id: number, at: number): Block {
    const block = this.block(id);
    if (block.index >= 0 || this.#values.has(id)) this.#c.fail(`%${block.name} is defined twice`, at);
    block.index = this.fn.blocks.length;
    this.fn.blocks.push(block);
    return block;
  }

  /** To be told of everything that was read while {@link usedForward} became true. */
  resolveLater(user: Instruction | { records: DebugRecord[] }): void {
    this.#toResolve.push(user);
    this.usedForward = false;
  }

  /** Puts definitions where values were used before them. */
  finish(): void {
    for (const { block, at } of this.#blocks.values())
      if (block.index < 0) throw new IrSyntaxError(`block %${block.name} is not defined`, at);
    const real = new Map<Value, Value>();
    for (const [id, { value, at }] of this.#forwards) {
      const found = this.#values.get(id);
      if (!found) throw new IrSyntaxError(`%${value.name} is not defined`, at);
      real.set(value, found);
    }
    const replace = (v: Value): Value => real.get(v) ?? inMetadata(v, replace);
    for (const user of this.#toResolve) {
      if ('kind' in user) mapOperands(user, replace);
      else for (const r of user.records) r.operands = r.operands.map((o) => (typeof o === 'number' ? o : replace(o)));
    }
  }
}

/** Value of an all-digit name, -1 for others. */
export function numberOf(name: string): number {
  const first = name.charCodeAt(0);
  return first >= 48 && first <= 57 && /^\d{1,9}$/.test(name) ? Number(name) : -1;
}

function inMetadata(value: Value, replace: (v: Value) => Value): Value {
  if (value.kind !== 'metadataValue' || typeof value.metadata === 'string') return value;
  const { metadata } = value;
  if (metadata.kind === 'argList') return { ...value, metadata: { kind: 'argList', values: metadata.values.map(replace) } };
  if (isNode(metadata)) return value;
  return { ...value, metadata: replace(metadata) };
}

/** Whether metadata written as an operand is a node, not a value. */
export function isNode(metadata: MetadataNode | Value): metadata is MetadataNode {
  const { kind } = metadata;
  return kind === 'tuple' || kind === 'specialized' || kind === 'expression' || kind === 'argList';
}
