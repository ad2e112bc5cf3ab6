import type { Lexer } from './lexer.ts';
import { IrSyntaxError } from './lexer.ts';
import type { TypeTable } from './type-table.ts';
import type { Attributes, Block, Constant, Global, GlobalVariable, IrFunction, MetadataRef } from './types.ts';

type GlobalConstant = Extract<Constant, { kind: 'global' }>;
type Use = { constant: GlobalConstant; at: number; defined: boolean };
type BlockAddress = Extract<Constant, { kind: 'blockaddress' }>;

/** Metadata numbers are bounded so that hostile text cannot make the tables of them large. */
const maxMetadata = 1 << 24;

/**
 * What a module names at its outer level, which may be used before it is defined: globals, blocks of other functions, attribute
 * groups, metadata numbers. {@link finish} reports what was never defined.
 */
export class Symbols {
  readonly globals = new Map<string, Global>();
  readonly metadata = new MetadataSpans();
  readonly #lexer: Lexer;
  readonly #types: TypeTable;
  readonly #uses = new Map<number, Use>();
  readonly #groups = new Map<number, { attributes: Map<string, AttributeValue>; at: number; defined: boolean }>();
  /** Runs when everything is defined. */
  readonly #pending: (() => void)[] = [];
  readonly #blockAddresses: { constant: BlockAddress; fn: GlobalConstant; name: string; at: number }[] = [];

  constructor(lexer: Lexer, types: TypeTable) {
    this.#lexer = lexer;
    this.#types = types;
  }

  #use(id: number, at: number): Use {
    let use = this.#uses.get(id);
    if (!use) {
      const constant: GlobalConstant = { kind: 'global', type: this.#types.simple('ptr'), global: notYet };
      this.#uses.set(id, (use = { constant, at, defined: false }));
    }
    return use;
  }

  /** The address of the global of that name, one object per global. */
  reference(id: number, at: number): GlobalConstant {
    return this.#use(id, at).constant;
  }

  define(id: number, global: Global, at: number): void {
    const use = this.#use(id, at);
    if (use.defined) throw new IrSyntaxError(`@${global.name} is defined twice`, at);
    use.defined = true;
    use.constant.global = global;
    this.globals.set(global.name, global);
  }

  /** Runs `then` once every global is known. */
  whenDefined(then: () => void): void {
    this.#pending.push(then);
  }

  blockAddress(fn: GlobalConstant, name: string, at: number): BlockAddress {
    const constant: BlockAddress = { kind: 'blockaddress', type: fn.type, fn: noFunction, block: noBlock };
    this.#blockAddresses.push({ constant, fn, name, at });
    return constant;
  }

  /** The attributes of `#number`: the object is filled when the group is defined. */
  group(number: number, at: number): Attributes {
    return this.#group(number, at).attributes;
  }

  #group(number: number, at: number): { attributes: Map<string, AttributeValue>; defined: boolean } {
    let group = this.#groups.get(number);
    if (!group) this.#groups.set(number, (group = { attributes: new Map(), at, defined: false }));
    return group;
  }

  defineGroup(number: number, attributes: Attributes, at: number): void {
    const group = this.#group(number, at);
    if (group.defined) throw new IrSyntaxError(`#${number} is defined twice`, at);
    group.defined = true;
    for (const [name, value] of attributes) group.attributes.set(name, value);
  }

  /** Attributes written in place with those of groups, which may not be defined yet; the former win. */
  merged(own: Attributes, groups: readonly { number: number; at: number }[]): Attributes {
    if (groups.length === 0) return own;
    if (groups.length === 1 && own.size === 0) return this.group(groups[0].number, groups[0].at);
    const merged = new Map(own);
    const from = groups.map((g) => this.group(g.number, g.at));
    this.#pending.push(() => {
      for (const attributes of from) for (const [name, value] of attributes) if (!merged.has(name)) merged.set(name, value);
    });
    return merged;
  }

  finish(): void {
    for (const [id, use] of this.#uses) {
      if (!use.defined) throw new IrSyntaxError(`@${this.#lexer.nameOf(id)} is not defined`, use.at);
    }
    // A group that nobody defines has no attributes; LLVM takes it so too.
    for (const then of this.#pending) then();
    this.#resolveBlockAddresses();
    this.metadata.finish();
  }

  #resolveBlockAddresses(): void {
    const blocks = new Map<IrFunction, Map<string, Block>>();
    for (const { constant, fn, name, at } of this.#blockAddresses) {
      const { global } = fn;
      if (global.kind !== 'function') throw new IrSyntaxError(`blockaddress of @${global.name}, which is not a function`, at);
      let byName = blocks.get(global);
      if (!byName) blocks.set(global, (byName = new Map(global.blocks.map((b) => [b.name, b]))));
      const block = byName.get(name);
      if (!block) throw new IrSyntaxError(`blockaddress names a block %${name} that @${global.name} does not have`, at);
      constant.fn = global;
      constant.block = block;
    }
  }
}

type AttributeValue = Attributes extends ReadonlyMap<string, infer V> ? V : never;

/** Where constants point until the global they name is read. */
const notYet: GlobalVariable = {
  kind: 'variable',
  name: '',
  linkage: 'external',
  visibility: 'default',
  dsoLocal: false,
  unnamedAddr: false,
  type: { kind: 'void' },
  constant: false,
  irLine: 0,
};
const noBlock: Block = { kind: 'block', name: '', index: -1, instructions: [] };
const noFunction: IrFunction = {
  kind: 'function',
  name: '',
  linkage: 'external',
  visibility: 'default',
  dsoLocal: false,
  unnamedAddr: false,
  type: { kind: 'function', result: { kind: 'void' }, params: [], varargs: false },
  callingConvention: 'ccc',
  returnAttributes: new Map(),
  attributes: new Map(),
  params: [],
  blocks: [],
  irLine: 0,
};

/** Where each numbered node stands in the text, and where it is first referred to. */
export class MetadataSpans {
  /** Offset + 1 of the definition by number; 0 if there is none. */
  #definitions = new Int32Array(64);
  /** Offset + 1 of the first use. */
  #uses = new Int32Array(64);
  #lines = new Int32Array(64);
  /** One more than the largest number. */
  end = 0;

  #reserve(number: number, at: number): void {
    if (!(number < maxMetadata)) throw new IrSyntaxError(`metadata is numbered up to ${maxMetadata - 1}`, at);
    if (number >= this.end) this.end = number + 1;
    if (number < this.#definitions.length) return;
    const grow = (old: Int32Array): Int32Array<ArrayBuffer> => {
      const grown = new Int32Array(Math.max(number + 1, this.#definitions.length * 2));
      grown.set(old);
      return grown;
    };
    [this.#lines, this.#uses, this.#definitions] = [grow(this.#lines), grow(this.#uses), grow(this.#definitions)];
  }

  use(number: number, at: number): MetadataRef {
    this.#reserve(number, at);
    if (this.#uses[number] === 0) this.#uses[number] = at + 1;
    return number;
  }

  define(number: number, at: number, line: number): void {
    this.#reserve(number, at);
    if (this.#definitions[number] !== 0) throw new IrSyntaxError(`!${number} is defined twice`, at);
    this.#definitions[number] = at + 1;
    this.#lines[number] = line;
  }

  /** Where the definition starts, if there is one. */
  at(number: number): { at: number; line: number } | undefined {
    const at = number < this.end ? this.#definitions[number] : 0;
    return at > 0 ? { at: at - 1, line: this.#lines[number] } : undefined;
  }

  finish(): void {
    for (let n = 0; n < this.end; n++)
      if (this.#uses[n] !== 0 && this.#definitions[n] === 0) throw new IrSyntaxError(`!${n} is not defined`, this.#uses[n] - 1);
  }
}
