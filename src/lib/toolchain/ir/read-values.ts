/**
 * Operands, which are locals, constants, inline assembly or metadata, and metadata, whose parts may be operands (LLVM Language
 * Reference, "Metadata Nodes and Metadata Strings" and "Specialized Metadata Nodes").
 */
import type { Cursor } from './cursor.ts';
import { Char, Token } from './lexer.ts';
import { readConstant } from './read-constants.ts';
import { readType, startsType } from './read-types.ts';
import { typeText } from './type-table.ts';
import type { Attachments, InlineAsm, MetadataField, MetadataNode, MetadataRef, MetadataValue, Type, Value } from './types.ts';

type Element = Extract<MetadataNode, { kind: 'tuple' }>['elements'][number];

export function readTypedValue(c: Cursor): Value {
  const type = readType(c);
  return readValue(c, type);
}

export function readValue(c: Cursor, type: Type): Value {
  if (c.kind === Token.local) {
    if (!c.scope) c.fail('a local value outside a function');
    if (type.kind === 'void' || type.kind === 'label' || type.kind === 'metadata' || type.kind === 'function')
      c.fail(`a value of type ${typeText(type)}`);
    const value = c.scope.use(c.lexer.id, type);
    c.next();
    return value;
  }
  if (type.kind === 'metadata') return readMetadataOperand(c, type);
  return readConstant(c, type);
}

/** What a call calls: an address, or assembly. */
export function readCallee(c: Cursor): Value {
  const pointer = c.types.simple('ptr');
  return c.isWord('asm') ? inlineAsm(c, pointer) : readValue(c, pointer);
}

function inlineAsm(c: Cursor, type: Type): InlineAsm {
  c.next();
  const sideEffect = c.takeWord('sideeffect');
  const alignStack = c.takeWord('alignstack');
  const intelDialect = c.takeWord('inteldialect');
  const unwind = c.takeWord('unwind');
  const text = c.string('the text of inline assembly');
  c.expect(Char.comma);
  const constraints = c.string('the constraints of inline assembly');
  return { kind: 'asm', type, text, constraints, sideEffect, alignStack, intelDialect, unwind };
}

/** `!5`. */
export function readReference(c: Cursor): MetadataRef {
  if (c.kind !== Token.metadata) c.unexpected('a reference to metadata');
  const ref = c.symbols.metadata.use(c.lexer.number, c.lexer.start);
  c.next();
  return ref;
}

/** What stands after the type `metadata`: a reference, a node written in place, a string, or a typed value. */
export function readMetadataOperand(c: Cursor, type: Type): MetadataValue {
  if (c.kind === Token.metadata) {
    const ref = readReference(c);
    return { kind: 'metadataValue', type, metadata: { kind: 'tuple', distinct: false, elements: [ref] }, ref };
  }
  return { kind: 'metadataValue', type, metadata: nodeOrValue(c) };
}

function nodeOrValue(c: Cursor): MetadataNode | Value | string {
  if (c.kind === Token.metadataString) {
    const { text } = c;
    c.next();
    return text;
  }
  if (c.kind === Token.metadataName || c.kind === Char.bang) return readNode(c, false);
  c.enter();
  const value = readTypedValue(c);
  c.leave();
  if (value.kind === 'metadataValue') c.fail('metadata within metadata as a value');
  return value;
}

/** A node: `!{...}`, `!DILocation(...)`, `!DIExpression(...)`, `!DIArgList(...)`. */
export function readNode(c: Cursor, distinct: boolean): MetadataNode {
  c.enter();
  const node = c.kind === Char.bang ? tuple(c, distinct) : named(c, distinct);
  c.leave();
  return node;
}

/** What follows `!5 = `. */
export function readDefinition(c: Cursor): MetadataNode {
  return readNode(c, c.takeWord('distinct'));
}

function tuple(c: Cursor, distinct: boolean): MetadataNode {
  c.next();
  c.expect(Char.openBrace);
  const elements: Element[] = [];
  while (c.kind !== Char.closeBrace) {
    if (c.kind === Token.metadata) elements.push(readReference(c));
    else elements.push(c.takeWord('null') ? null : nodeOrValue(c));
    if (!c.take(Char.comma)) break;
  }
  c.expect(Char.closeBrace);
  return { kind: 'tuple', distinct, elements };
}

function named(c: Cursor, distinct: boolean): MetadataNode {
  if (c.kind !== Token.metadataName) c.unexpected('metadata');
  const name = c.text;
  c.next();
  c.expect(Char.open);
  const node = namedBody(c, name, distinct);
  c.expect(Char.close);
  return node;
}

function namedBody(c: Cursor, name: string, distinct: boolean): MetadataNode {
  if (name === 'DIExpression') return { kind: 'expression', ops: operations(c) };
  if (name === 'DIArgList') {
    const values: Value[] = [];
    while (c.kind !== Char.close) {
      values.push(readTypedValue(c));
      if (!c.take(Char.comma)) break;
    }
    return { kind: 'argList', values };
  }
  const fields = new Map<string, MetadataField>();
  while (c.kind !== Char.close) {
    if (c.kind !== Token.label) c.unexpected('a field');
    const key = c.text;
    if (fields.has(key)) c.fail(`field '${key}' is given twice`);
    c.next();
    fields.set(key, field(c));
    if (!c.take(Char.comma)) break;
  }
  return { kind: 'specialized', name, distinct, fields };
}

/** Operations and numbers of `!DIExpression(...)`. */
function operations(c: Cursor): (string | bigint)[] {
  const ops: (string | bigint)[] = [];
  while (c.kind !== Char.close) {
    if (c.kind === Token.integer) ops.push(integer(c));
    else ops.push(c.word('an operation of DIExpression'));
    if (!c.take(Char.comma)) break;
  }
  return ops;
}

function integer(c: Cursor): bigint {
  const { number } = c.lexer;
  const { text } = c;
  if (Number.isNaN(number) && !/^-?\d{1,400}$/.test(text)) c.unexpected('an integer');
  c.next();
  return BigInt(Number.isNaN(number) ? text : number);
}

function field(c: Cursor): MetadataField {
  switch (c.kind) {
    case Token.metadata:
      return { ref: readReference(c) };
    case Token.string: {
      const { text } = c;
      c.next();
      return text;
    }
    case Token.integer:
      return integer(c);
    case Token.metadataName:
    case Char.bang:
      return { inline: readNode(c, false) };
    case Token.word:
      return wordField(c);
    case Char.openBracket:
    case Char.openBrace:
    case Char.less:
    case Token.local:
      return { value: readTypedValue(c) };
    default:
      return c.unexpected('a field');
  }
}

function wordField(c: Cursor): MetadataField {
  if (c.takeWord('true')) return true;
  if (c.takeWord('false')) return false;
  if (c.takeWord('null')) return null;
  if (startsType(c)) return { value: readTypedValue(c) };
  const flags = [c.word('a field')];
  while (c.take(Char.bar)) flags.push(c.word('a flag'));
  return { flags };
}

/** `!name !5` or `!name !{...}`, the name being current. */
export function readAttachment(c: Cursor): Attachments[number] {
  if (c.kind !== Token.metadataName) c.unexpected('metadata');
  const name = c.text;
  c.next();
  return { name, node: referenceOrNode(c) };
}

function referenceOrNode(c: Cursor): MetadataRef | MetadataNode {
  return c.kind === Token.metadata ? readReference(c) : readNode(c, false);
}
