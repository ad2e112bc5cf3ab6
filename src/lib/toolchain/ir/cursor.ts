import { Lexer, Token, type TokenKind } from './lexer.ts';
import { TypeTable } from './type-table.ts';
import type { Attributes, Block, Constant, Global, IrFunction, MetadataNode, Param, Type, Value } from './types.ts';

/** Words that start a value, so that a list of attributes before it ends there. */
const valueWords = new Set([
  'true',
  'false',
  'null',
  'undef',
  'poison',
  'none',
  'zeroinitializer',
  'splat',
  'blockaddress',
  'dso_local_equivalent',
  'no_cfi',
  'asm',
  'getelementptr',
  'ptrtoint',
  'ptrtoaddr',
  'inttoptr',
  'bitcast',
  'addrspacecast',
  'trunc',
  'add',
  'sub',
  'mul',
  'xor',
  'shl',
  'extractelement',
  'insertelement',
  'shufflevector',
  'icmp',
  'fcmp',
  'zext',
  'sext',
  'select',
  'and',
  'or',
  'lshr',
  'ashr',
  'fptrunc',
  'fpext',
  'ptrauth',
]);
const castOps = new Set(['ptrtoint', 'ptrtoaddr', 'inttoptr', 'bitcast', 'addrspacecast', 'trunc', 'zext', 'sext', 'fptrunc', 'fpext']);
const binaryOps = new Set(['add', 'sub', 'mul', 'xor', 'shl', 'and', 'or', 'lshr', 'ashr']);
const typeAttributes = new Set(['sret', 'byval', 'byref', 'inalloca', 'preallocated', 'elementtype']);

/** Deeper nesting than any compiler makes; hostile text must not exhaust the stack. */
const maxDepth = 256;

/** What reading a function's body adds to a module's: local names. */
export type LocalScope = {
  fn: IrFunction;
  values: Map<string, Value>;
  blocks: Map<string, Block>;
  /** A local that is used before it is defined. */
  forward(name: string, type: Type): Value;
};

/** Reads what all parts of the text have in common: types, constants, attributes, metadata references. */
export class Cursor {
  readonly lexer: Lexer;
  readonly types: TypeTable;
  readonly globals: Map<string, Global>;
  /** Block names of functions whose bodies were not read yet, for blockaddress. */
  readonly blockOf: (fn: IrFunction, name: string) => Block;
  scope: LocalScope | undefined;
  #depth = 0;

  constructor(lexer: Lexer, types: TypeTable, globals: Map<string, Global>, blockOf: (fn: IrFunction, name: string) => Block) {
    this.lexer = lexer;
    this.types = types;
    this.globals = globals;
    this.blockOf = blockOf;
  }

  get kind(): TokenKind {
    return this.lexer.kind;
  }
  get text(): string {
    return this.lexer.text;
  }
  /** The kind of the current token, for a look after a token was taken (narrowing by {@link kind} does not see that). */
  current(): TokenKind {
    return this.lexer.kind;
  }
  next(): void {
    this.lexer.next();
  }
  fail(message: string): never {
    return this.lexer.fail(message);
  }

  is(text: string): boolean {
    return this.lexer.text === text && (this.kind === Token.punctuation || this.kind === Token.word);
  }
  take(text: string): boolean {
    if (!this.is(text)) return false;
    this.next();
    return true;
  }
  expect(text: string): void {
    if (!this.take(text)) this.fail(`expected '${text}', found ${this.found()}`);
  }
  found(): string {
    return this.kind === Token.end
      ? 'the end of the text'
      : `'${this.lexer.source.slice(this.lexer.start, this.lexer.position).slice(0, 40)}'`;
  }
  word(what: string): string {
    if (this.kind !== Token.word) this.fail(`expected ${what}, found ${this.found()}`);
    const { text } = this.lexer;
    this.next();
    return text;
  }
  integer(what: string): number {
    if (this.kind !== Token.integer) this.fail(`expected ${what}, found ${this.found()}`);
    const value = Number(this.lexer.text);
    if (!Number.isSafeInteger(value)) this.fail(`${what} ${this.lexer.text} is too large`);
    this.next();
    return value;
  }
  string(what: string): string {
    if (this.kind !== Token.string) this.fail(`expected ${what}, found ${this.found()}`);
    const { text } = this.lexer;
    this.next();
    return text;
  }
  takeWordOf<T extends string>(words: readonly T[]): T | undefined {
    if (this.kind !== Token.word) return undefined;
    const found = words.find((w) => w === this.lexer.text);
    if (found !== undefined) this.next();
    return found;
  }

  #nested<T>(read: () => T): T {
    if (++this.#depth > maxDepth) this.fail(`nested deeper than ${maxDepth} levels`);
    const result = read();
    this.#depth--;
    return result;
  }

  // Types

  startsType(): boolean {
    if (this.kind === Token.local) return true;
    if (this.kind === Token.punctuation) return this.text === '[' || this.text === '<' || this.text === '{';
    return this.kind === Token.word && this.#wordType(this.text) !== undefined;
  }

  #wordType(text: string): Type | undefined {
    switch (text) {
      case 'void':
      case 'label':
      case 'metadata':
      case 'token':
      case 'ptr':
      case 'half':
      case 'bfloat':
      case 'float':
      case 'double':
      case 'fp128':
        return this.types.simple(text);
    }
    if (text[0] === 'i' && /^i\d{1,7}$/.test(text)) {
      const bits = Number(text.slice(1));
      return bits >= 1 && bits < 1 << 23 ? this.types.int(bits) : undefined;
    }
    return undefined;
  }

  type(): Type {
    return this.#nested(() => {
      let type = this.#simpleType();
      // Function types: `i32 (ptr, ...)`.
      while (this.is('(')) type = this.#functionType(type);
      return type;
    });
  }

  /** A type, leaving a `(` after it alone. */
  typeBeforeParenthesis(): Type {
    return this.#nested(() => this.#simpleType());
  }

  #functionType(result: Type): Type {
    this.expect('(');
    const params: Type[] = [];
    let varargs = false;
    while (!this.is(')')) {
      if (this.take('...')) varargs = true;
      else params.push(this.type());
      if (!this.take(',')) break;
    }
    this.expect(')');
    return this.types.function(result, params, varargs);
  }

  #simpleType(): Type {
    const { lexer } = this;
    if (this.kind === Token.word) {
      const type = this.#wordType(lexer.text);
      if (!type) {
        if (lexer.text === 'x86_fp80' || lexer.text === 'ppc_fp128' || lexer.text === 'x86_amx' || lexer.text === 'target')
          this.fail(`type ${lexer.text} does not exist on AArch64`);
        this.fail(`expected a type, found ${this.found()}`);
      }
      this.next();
      if (type.kind === 'ptr' && this.take('addrspace')) {
        this.expect('(');
        if (this.current() === Token.integer && this.text !== '0') this.fail(`address space ${this.text} is not supported`);
        this.next();
        this.expect(')');
      }
      return type;
    }
    if (this.kind === Token.local) {
      const { text } = lexer;
      this.next();
      return this.types.namedStruct(text);
    }
    if (this.take('[')) {
      const length = this.integer('an array length');
      this.expect('x');
      const element = this.type();
      this.expect(']');
      return this.types.array(length, element);
    }
    if (this.take('<')) {
      if (this.is('{')) {
        const body = this.structBody();
        this.expect('>');
        return this.types.struct(body, true);
      }
      if (this.is('vscale')) this.fail('scalable vectors (vscale) are not supported');
      const length = this.integer('a vector length');
      this.expect('x');
      const element = this.type();
      this.expect('>');
      return this.types.vector(length, element);
    }
    if (this.is('{')) return this.types.struct(this.structBody(), false);
    return this.fail(`expected a type, found ${this.found()}`);
  }

  structBody(): Type[] {
    this.expect('{');
    const fields: Type[] = [];
    while (!this.is('}')) {
      fields.push(this.type());
      if (!this.take(',')) break;
    }
    this.expect('}');
    return fields;
  }

  // Values

  typedValue(): Value {
    const type = this.type();
    return this.value(type);
  }

  value(type: Type): Value {
    if (this.kind === Token.local) {
      if (!this.scope) this.fail('a local value outside a function');
      const name = this.text;
      const value = this.scope.values.get(name) ?? this.scope.forward(name, type);
      this.next();
      return value;
    }
    if (this.is('asm')) return this.#inlineAsm(type);
    if (type.kind === 'metadata') return { kind: 'metadataValue', type, metadata: this.metadataOperand() };
    return this.constant(type);
  }

  #inlineAsm(type: Type): Value {
    this.next();
    const flags = { sideEffect: false, alignStack: false, intelDialect: false, unwind: false };
    for (;;) {
      if (this.take('sideeffect')) flags.sideEffect = true;
      else if (this.take('alignstack')) flags.alignStack = true;
      else if (this.take('inteldialect')) flags.intelDialect = true;
      else if (this.take('unwind')) flags.unwind = true;
      else break;
    }
    const text = this.string('the text of inline assembly');
    this.expect(',');
    const constraints = this.string('the constraints of inline assembly');
    return { kind: 'asm', type, text, constraints, ...flags };
  }

  typedConstant(): Constant {
    const type = this.type();
    return this.constant(type);
  }

  constant(type: Type): Constant {
    return this.#nested(() => this.#constant(type));
  }

  #constant(type: Type): Constant {
    const { lexer } = this;
    switch (this.kind) {
      case Token.integer:
        return this.#integerConstant(type);
      case Token.float:
        return this.#floatConstant(type);
      case Token.bytes: {
        const bytes = new Uint8Array(lexer.text.length);
        for (let i = 0; i < bytes.length; i++) bytes[i] = lexer.text.charCodeAt(i);
        if (type.kind !== 'array' || type.length !== bytes.length) this.fail('a string constant of another length than its type');
        this.next();
        return { kind: 'bytes', type, bytes };
      }
      case Token.global: {
        const global = this.globals.get(lexer.text);
        if (!global) this.fail(`@${lexer.text} is not defined`);
        this.next();
        return { kind: 'global', type, global };
      }
      case Token.word:
        return this.#wordConstant(type);
      case Token.punctuation:
        return this.#aggregate(type);
    }
    return this.fail(`expected a constant, found ${this.found()}`);
  }

  #integerConstant(type: Type): Constant {
    const text = this.text;
    let value: bigint;
    if (text[0] === 'u') value = BigInt(text.slice(1));
    else if (text[0] === 's') value = BigInt(text.slice(1));
    else if (text.length > 10_000) this.fail('an integer of more than 10000 digits');
    else value = BigInt(text);
    this.next();
    if (type.kind === 'int') return { kind: 'int', type, value: BigInt.asUintN(type.bits, value) };
    return this.fail(`an integer constant of type ${type.kind}`);
  }

  #floatConstant(type: Type): Constant {
    const bits = floatBits(this.text, type);
    if (bits === undefined) this.fail(`'${this.text}' is not a constant of type ${type.kind}`);
    this.next();
    return { kind: 'fp', type, bits };
  }

  #wordConstant(type: Type): Constant {
    const text = this.text;
    switch (text) {
      case 'true':
      case 'false':
        this.next();
        return { kind: 'int', type, value: text === 'true' ? 1n : 0n };
      case 'null':
      case 'undef':
      case 'poison':
      case 'none':
        this.next();
        return { kind: text, type };
      case 'zeroinitializer':
        this.next();
        return { kind: 'zero', type };
      case 'splat': {
        this.next();
        this.expect('(');
        const element = this.typedConstant();
        this.expect(')');
        if (type.kind !== 'vector') this.fail('splat of a type that is not a vector');
        return { kind: 'aggregate', type, elements: Array.from({ length: type.length }, () => element) };
      }
      case 'blockaddress': {
        this.next();
        this.expect('(');
        const fn = this.#globalReference();
        this.expect(',');
        if (this.kind !== Token.local) this.fail('expected a block');
        const name = this.text;
        this.next();
        this.expect(')');
        if (fn.kind !== 'function') this.fail('blockaddress of something that is not a function');
        return { kind: 'blockaddress', type, fn, block: this.blockOf(fn, name) };
      }
      case 'dso_local_equivalent':
      case 'no_cfi':
        this.next();
        return { kind: text, type, global: this.#globalReference() };
    }
    if (castOps.has(text)) {
      this.next();
      this.#flags();
      this.expect('(');
      const operand = this.typedConstant();
      this.expect('to');
      const to = this.type();
      this.expect(')');
      return { kind: 'expr', type: to, op: text, operands: [operand] };
    }
    if (text === 'getelementptr') return this.#getElementPointer(type);
    if (binaryOps.has(text) || text === 'extractelement' || text === 'insertelement' || text === 'shufflevector' || text === 'select') {
      this.next();
      this.#flags();
      return { kind: 'expr', type, op: text, operands: this.#operands() };
    }
    if (text === 'icmp' || text === 'fcmp') {
      this.next();
      const predicate = this.word('a predicate');
      return { kind: 'expr', type, op: `${text} ${predicate}`, operands: this.#operands() };
    }
    return this.fail(`expected a constant, found ${this.found()}`);
  }

  #globalReference(): Global {
    if (this.kind !== Token.global) this.fail(`expected a global name, found ${this.found()}`);
    const global = this.globals.get(this.text);
    if (!global) this.fail(`@${this.text} is not defined`);
    this.next();
    return global;
  }

  #flags(): void {
    while (this.takeWordOf(['nuw', 'nsw', 'exact', 'inbounds', 'nusw', 'nneg', 'disjoint', 'samesign'])) continue;
  }

  #operands(): Constant[] {
    this.expect('(');
    const operands: Constant[] = [];
    do operands.push(this.typedConstant());
    while (this.take(','));
    this.expect(')');
    return operands;
  }

  #getElementPointer(type: Type): Constant {
    this.next();
    this.#flags();
    let inrange = false;
    if (this.take('inrange')) {
      inrange = true;
      this.skipParentheses();
    }
    this.#flags();
    this.expect('(');
    const sourceType = this.type();
    const operands: Constant[] = [];
    while (this.take(',')) {
      this.take('inrange');
      operands.push(this.typedConstant());
    }
    this.expect(')');
    return { kind: 'expr', type, op: 'getelementptr', operands, sourceType, ...(inrange ? { inrange } : {}) };
  }

  #aggregate(type: Type): Constant {
    const elements: Constant[] = [];
    const read = (close: string): void => {
      while (!this.is(close)) {
        elements.push(this.typedConstant());
        if (!this.take(',')) break;
      }
      this.expect(close);
    };
    if (this.take('[')) read(']');
    else if (this.take('{')) read('}');
    else if (this.take('<')) {
      if (this.take('{')) {
        read('}');
        this.expect('>');
      } else read('>');
    } else this.fail(`expected a constant, found ${this.found()}`);
    const expected = type.kind === 'struct' ? type.fields.length : type.kind === 'array' || type.kind === 'vector' ? type.length : -1;
    if (elements.length !== expected) this.fail(`a constant of ${elements.length} elements where the type has ${Math.max(expected, 0)}`);
    return { kind: 'aggregate', type, elements };
  }

  // Attributes

  /** Attributes up to something that is none of them. `#12` references are given to `groups`. */
  attributes(groups: string[] = []): Attributes {
    const found = new Map<string, true | number | string | Type | readonly number[]>();
    for (;;) {
      // An attribute never starts a line; an instruction does.
      if (this.lexer.firstOfLine) return found;
      if (this.kind === Token.attributes) {
        groups.push(this.text);
        this.next();
        continue;
      }
      if (this.kind === Token.string) {
        const name = this.text;
        this.next();
        found.set(name, this.take('=') ? this.string('an attribute value') : true);
        continue;
      }
      if (this.kind !== Token.word || valueWords.has(this.text) || endsAttributes.has(this.text) || this.#wordType(this.text)) return found;
      const name = this.text;
      this.next();
      if (this.take('=')) {
        if (this.current() === Token.integer) found.set(name, this.integer('an attribute value'));
        else found.set(name, this.word('an attribute value'));
      } else if (name === 'align' && this.current() === Token.integer) found.set(name, this.integer('an alignment'));
      else if (this.is('(')) found.set(name, this.#attributeArgument(name));
      else found.set(name, true);
    }
  }

  #attributeArgument(name: string): true | number | string | Type | readonly number[] {
    if (typeAttributes.has(name)) {
      this.expect('(');
      const type = this.type();
      this.expect(')');
      return type;
    }
    const numbers: number[] = [];
    let onlyNumbers = true;
    const from = this.lexer.position;
    this.skipParentheses((kind, text) => {
      if (kind === Token.integer && Number.isSafeInteger(Number(text))) numbers.push(Number(text));
      else if (text !== ',') onlyNumbers = false;
    });
    if (onlyNumbers && numbers.length === 1) return numbers[0];
    if (onlyNumbers && numbers.length > 1) return numbers;
    return this.lexer.source
      .slice(from, this.lexer.start)
      .replace(/\)\s*$/, '')
      .trim();
  }

  /** Skips `( ... )` with whatever is in it. */
  skipParentheses(see?: (kind: TokenKind, text: string) => void): void {
    this.expect('(');
    for (let depth = 1; depth > 0;) {
      if (this.kind === Token.end) this.fail("')' is missing");
      if (this.kind === Token.punctuation && this.text === '(') depth++;
      else if (this.kind === Token.punctuation && this.text === ')') depth--;
      else see?.(this.kind, this.text);
      this.next();
    }
  }

  // Metadata

  /** What stands after `metadata` as an operand: a reference, a node written in place, a string, or a typed value. */
  metadataOperand(): MetadataNode | Value | string {
    if (this.kind === Token.metadata) {
      const n = Number(this.text);
      this.next();
      return { kind: 'tuple', distinct: false, elements: [n] };
    }
    if (this.kind === Token.metadataString) {
      const { text } = this.lexer;
      this.next();
      return text;
    }
    if (this.kind === Token.metadataName || this.is('!')) return this.metadataNode(false);
    return this.typedValue();
  }

  /** `!{...}`, `!DILocation(...)`, `!DIExpression(...)`, `!DIArgList(...)`. */
  metadataNode(distinct: boolean): MetadataNode {
    return this.#nested(() => {
      if (this.take('!')) {
        this.expect('{');
        const elements: (MetadataNode | Value | string | number | null)[] = [];
        while (!this.is('}')) {
          elements.push(this.#tupleElement());
          if (!this.take(',')) break;
        }
        this.expect('}');
        return { kind: 'tuple', distinct, elements };
      }
      if (this.kind !== Token.metadataName) this.fail(`expected metadata, found ${this.found()}`);
      const name = this.text;
      this.next();
      if (name === 'DIExpression') return this.#expression();
      if (name === 'DIArgList') {
        this.expect('(');
        const values: Value[] = [];
        while (!this.is(')')) {
          values.push(this.typedValue());
          if (!this.take(',')) break;
        }
        this.expect(')');
        return { kind: 'argList', values };
      }
      return this.#specialized(name, distinct);
    });
  }

  #tupleElement(): MetadataNode | Value | string | number | null {
    if (this.take('null')) return null;
    if (this.kind === Token.metadata) {
      const n = Number(this.text);
      this.next();
      return n;
    }
    return this.metadataOperand();
  }

  #expression(): MetadataNode {
    this.expect('(');
    const ops: (string | bigint)[] = [];
    while (!this.is(')')) {
      const kind = this.current();
      if (kind === Token.integer) ops.push(BigInt(this.text));
      else if (kind === Token.word) ops.push(this.text);
      else this.fail(`expected an operation of DIExpression, found ${this.found()}`);
      this.next();
      if (!this.take(',')) break;
    }
    this.expect(')');
    return { kind: 'expression', ops };
  }

  #specialized(name: string, distinct: boolean): MetadataNode {
    type Field = Extract<MetadataNode, { kind: 'specialized' }>['fields'] extends ReadonlyMap<string, infer F> ? F : never;
    const fields = new Map<string, Field>();
    this.expect('(');
    while (!this.is(')')) {
      let key: string;
      if (this.kind === Token.label) {
        key = this.text;
        this.next();
      } else {
        key = this.word('a field name');
        this.expect(':');
      }
      fields.set(key, this.#field());
      if (!this.take(',')) break;
    }
    this.expect(')');
    return { kind: 'specialized', name, distinct, fields };
  }

  #field():
    string | bigint | boolean | null | { ref: number } | { flags: readonly string[] } | { inline: MetadataNode } | { value: Value } {
    switch (this.current()) {
      case Token.metadata: {
        const ref = Number(this.text);
        this.next();
        return { ref };
      }
      case Token.string:
        return this.string('a field');
      case Token.integer: {
        const value = BigInt(this.text);
        this.next();
        return value;
      }
      case Token.metadataName:
        return { inline: this.metadataNode(false) };
      case Token.word: {
        if (this.take('true')) return true;
        if (this.take('false')) return false;
        if (this.take('null')) return null;
        if (this.startsType()) return { value: this.typedValue() };
        const flags = [this.word('a field')];
        while (this.take('|')) flags.push(this.word('a flag'));
        return { flags };
      }
    }
    if (this.is('!')) return { inline: this.metadataNode(false) };
    return this.fail(`expected a field, found ${this.found()}`);
  }
}

/** Words that follow attributes in some position and are none. */
const endsAttributes = new Set([
  'section',
  'comdat',
  'gc',
  'prefix',
  'prologue',
  'personality',
  'partition',
  'to',
  'unwind',
  'addrspace',
  'global',
  'constant',
  'void',
  'ptr',
  'half',
  'bfloat',
  'float',
  'double',
  'fp128',
  'metadata',
  'label',
  'token',
  'x',
  'define',
  'declare',
  'attributes',
  'source_filename',
  'target',
  'module',
  'uselistorder',
]);

const floatLayouts = { half: [5, 10], bfloat: [8, 7], float: [8, 23], double: [11, 52], fp128: [15, 112] } as const;

/** Bits of a floating-point constant as IR writes it: float and double in hexadecimal double form, others with their letter. */
export function floatBits(text: string, type: Type): bigint | undefined {
  if (!(type.kind in floatLayouts)) return undefined;
  const view = new DataView(new ArrayBuffer(8));
  const hex = /^0x([HKLMR]?)([0-9A-Fa-f]+)$/.exec(text);
  if (hex) {
    const value = BigInt(`0x${hex[2]}`);
    switch (hex[1]) {
      case 'H':
        return type.kind === 'half' && value < 1n << 16n ? value : undefined;
      case 'R':
        return type.kind === 'bfloat' && value < 1n << 16n ? value : undefined;
      case 'L':
        // The low half is written first.
        return type.kind === 'fp128' && hex[2].length <= 32 ? swapHalves(BigInt(`0x${hex[2].padStart(32, '0')}`)) : undefined;
      case '':
        if (value >= 1n << 64n) return undefined;
        if (type.kind === 'double') return value;
        if (type.kind === 'float') return doubleToFloatBits(value);
        return undefined;
    }
    return undefined;
  }
  view.setFloat64(0, Number(text));
  const double = view.getBigUint64(0);
  if (type.kind === 'double') return double;
  if (type.kind === 'float') return doubleToFloatBits(double);
  return undefined;
}

function swapHalves(value: bigint): bigint {
  return ((value & 0xffffffffffffffffn) << 64n) | (value >> 64n);
}

/** A double that is exactly a float, to the float's bits; a NaN keeps its payload's top bits and whether it signals. */
function doubleToFloatBits(bits: bigint): bigint {
  const exponent = (bits >> 52n) & 0x7ffn;
  const fraction = bits & 0xfffffffffffffn;
  if (exponent === 0x7ffn && fraction !== 0n) return ((bits >> 63n) << 31n) | 0x7f800000n | (fraction >> 29n);
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, bits);
  view.setFloat32(0, view.getFloat64(0));
  return BigInt(view.getUint32(0));
}

export type { Param };
