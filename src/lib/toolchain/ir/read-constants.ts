/** Constants (LLVM Language Reference, "Constants" and "Constant Expressions"). */
import type { Cursor } from './cursor.ts';
import { floatBits } from './float-bits.ts';
import { Char, Token } from './lexer.ts';
import { readType } from './read-types.ts';
import { typeText } from './type-table.ts';
import type { Constant, Flags, Type } from './types.ts';

const castWords = new Set(['ptrtoint', 'ptrtoaddr', 'inttoptr', 'bitcast', 'addrspacecast', 'trunc', 'zext', 'sext', 'fptrunc', 'fpext']);
const binaryWords = new Set(['add', 'sub', 'mul', 'xor', 'shl', 'and', 'or', 'lshr', 'ashr']);
const laneWords = new Set(['extractelement', 'insertelement', 'shufflevector', 'select']);

/** Flags of instructions and constant expressions, in the order of the bits of a mask. */
const flagWords = [
  ...['nuw', 'nsw', 'exact', 'disjoint', 'nneg', 'samesign', 'inbounds', 'nusw'],
  ...['fast', 'nnan', 'ninf', 'nsz', 'arcp', 'contract', 'afn', 'reassoc'],
];
const flagBit = new Map(flagWords.map((word, bit) => [word, bit]));

/** Flags that stand here, in whichever order. */
export function readFlags(c: Cursor): Flags {
  let mask = 0;
  while (c.kind === Token.word) {
    const bit = flagBit.get(c.text);
    if (bit === undefined) break;
    mask |= 1 << bit;
    c.next();
  }
  return c.pool.flags(mask, flagWords);
}

export function readTypedConstant(c: Cursor): Constant {
  const type = readType(c);
  return readConstant(c, type);
}

export function readConstant(c: Cursor, type: Type): Constant {
  switch (c.kind) {
    case Token.integer:
      return integer(c, type);
    case Token.float:
      return float(c, type);
    case Token.global: {
      if (type.kind !== 'ptr') c.fail(`@${c.text} is a ptr and used as ${typeText(type)}`);
      const constant = c.symbols.reference(c.lexer.id, c.lexer.start);
      c.next();
      return constant;
    }
    case Token.bytes:
      return bytes(c, type);
    case Token.word:
      return word(c, type);
    case Char.openBracket:
    case Char.openBrace:
    case Char.less:
      return aggregate(c, type);
    default:
      return c.unexpected('a value');
  }
}

function integer(c: Cursor, type: Type): Constant {
  if (type.kind !== 'int') return c.fail(`an integer where ${typeText(type)} is needed`);
  const { number } = c.lexer;
  if (Number.isSafeInteger(number)) {
    c.next();
    return c.pool.integer(type, number);
  }
  const text = c.lexer.source.slice(c.lexer.start, c.lexer.end);
  // The decimal digits of the widest integer there is would take minutes; nobody has such a constant.
  if (text.length > 5000) c.fail('an integer of more than 5000 digits');
  let value: bigint;
  if (text[0] === 'u' || text[0] === 's') {
    if (!/^[us]0x[0-9A-Fa-f]+$/.test(text)) c.unexpected('an integer');
    value = BigInt(text.slice(1));
    if (text[0] === 's') value = BigInt.asIntN((text.length - 3) * 4, value);
  } else value = BigInt(text);
  c.next();
  return { kind: 'int', type, value: BigInt.asUintN(type.bits, value) };
}

function float(c: Cursor, type: Type): Constant {
  const bits = floatBits(c.text, type);
  if (bits === undefined) return c.fail(`${c.found()} is no constant of type ${typeText(type)}`);
  c.next();
  return { kind: 'fp', type, bits };
}

function bytes(c: Cursor, type: Type): Constant {
  const { bytes } = c.lexer;
  if (type.kind !== 'array' || type.element.kind !== 'int' || type.element.bits !== 8)
    return c.fail(`a string where ${typeText(type)} is needed`);
  if (bytes.length !== type.length) c.fail(`a string of ${bytes.length} bytes where the type has ${type.length}`);
  c.next();
  return { kind: 'bytes', type, bytes };
}

function word(c: Cursor, type: Type): Constant {
  const { text } = c;
  switch (text) {
    case 'true':
    case 'false':
      if (type.kind !== 'int' || type.bits !== 1) return c.fail(`'${text}' where ${typeText(type)} is needed`);
      c.next();
      return c.pool.integer(type, text === 'true' ? 1 : 0);
    case 'null':
      if (type.kind !== 'ptr') c.fail(`'null' where ${typeText(type)} is needed`);
      c.next();
      return c.pool.simple('null', type);
    case 'none':
      if (type.kind !== 'token') c.fail(`'none' where ${typeText(type)} is needed`);
      c.next();
      return c.pool.simple('none', type);
    case 'undef':
    case 'poison':
    case 'zeroinitializer':
      if (!isFirstClass(type)) c.fail(`'${text}' of type ${typeText(type)}`);
      c.next();
      return c.pool.simple(text === 'zeroinitializer' ? 'zero' : text, type);
    case 'splat':
      return splat(c, type);
    case 'blockaddress':
    case 'dso_local_equivalent':
    case 'no_cfi':
      if (type.kind !== 'ptr') c.fail(`an address where ${typeText(type)} is needed`);
      c.next();
      return text === 'blockaddress' ? blockAddress(c) : globalForm(c, text, type);
    case 'ptrauth':
      return c.fail('signed pointers (ptrauth) are not supported');
  }
  return expression(c, text, type);
}

function isFirstClass(type: Type): boolean {
  return type.kind !== 'void' && type.kind !== 'label' && type.kind !== 'metadata' && type.kind !== 'function';
}

function splat(c: Cursor, type: Type): Constant {
  if (type.kind !== 'vector') return c.fail(`'splat' where ${typeText(type)} is needed`);
  const { length, element } = type;
  c.next();
  const at = c.lexer.end;
  const lane = c.parenthesized(() => readTypedConstant(c));
  if (lane.type !== element) c.fail(`splat of ${typeText(lane.type)} where the vector has ${typeText(element)}`, at);
  return { kind: 'aggregate', type, elements: new Array<Constant>(length).fill(lane) };
}

function globalUse(c: Cursor): Extract<Constant, { kind: 'global' }> {
  if (c.kind !== Token.global) c.unexpected('a global name');
  const constant = c.symbols.reference(c.lexer.id, c.lexer.start);
  c.next();
  return constant;
}

function blockAddress(c: Cursor): Constant {
  return c.parenthesized(() => {
    const at = c.lexer.start;
    const fn = globalUse(c);
    c.expect(Char.comma);
    if (c.kind !== Token.local) c.unexpected('a block');
    const name = c.text;
    c.next();
    return c.symbols.blockAddress(fn, name, at);
  });
}

function globalForm(c: Cursor, kind: 'dso_local_equivalent' | 'no_cfi', type: Type): Constant {
  const use = globalUse(c);
  const constant: Constant = { kind, type, global: use.global };
  c.symbols.whenDefined(() => (constant.global = use.global));
  return constant;
}

function expression(c: Cursor, op: string, type: Type): Constant {
  const at = c.lexer.start;
  const made = nestedExpression(c, op, type);
  if (made.type !== type) c.fail(`${op} gives ${typeText(made.type)} where ${typeText(type)} is needed`, at);
  return made;
}

function nestedExpression(c: Cursor, op: string, type: Type): Constant {
  c.enter();
  const made = readExpression(c, op, type);
  c.leave();
  return made;
}

function readExpression(c: Cursor, op: string, type: Type): Constant {
  if (castWords.has(op)) {
    c.next();
    const flags = readFlags(c);
    return c.parenthesized(() => {
      const operand = readTypedConstant(c);
      c.expectWord('to');
      return { kind: 'expr', type: readType(c), op, operands: [operand], flags: flags.size > 0 ? flags : undefined };
    });
  }
  if (op === 'getelementptr') return getElementPointer(c);
  if (binaryWords.has(op)) {
    c.next();
    const flags = readFlags(c);
    const operands = operandList(c, 2);
    if (operands[0].type !== operands[1].type) c.fail(`${op} of ${typeText(operands[0].type)} and ${typeText(operands[1].type)}`);
    return { kind: 'expr', type: operands[0].type, op, operands, flags: flags.size > 0 ? flags : undefined };
  }
  if (laneWords.has(op)) {
    c.next();
    return { kind: 'expr', type, op, operands: operandList(c, op === 'extractelement' ? 2 : 3) };
  }
  if (op === 'icmp' || op === 'fcmp') {
    c.next();
    const predicate = c.word('a predicate');
    return { kind: 'expr', type, op: `${op} ${predicate}`, operands: operandList(c, 2) };
  }
  return c.unexpected('a value');
}

function operandList(c: Cursor, count: number): Constant[] {
  return c.parenthesized(() => {
    const operands: Constant[] = [];
    do operands.push(readTypedConstant(c));
    while (c.take(Char.comma));
    if (operands.length !== count) c.fail(`${operands.length} operands where ${count} are needed`);
    return operands;
  });
}

function getElementPointer(c: Cursor): Constant {
  c.next();
  const before = readFlags(c);
  const inrange = c.takeWord('inrange') ? c.parenthesized(() => readRange(c)) : undefined;
  const flags = before.size > 0 ? before : readFlags(c);
  return c.parenthesized(() => {
    const sourceType = readType(c);
    const operands: Constant[] = [];
    while (c.take(Char.comma)) {
      const index = readTypedConstant(c);
      if (operands.length === 0 ? index.type.kind !== 'ptr' : index.type.kind !== 'int')
        c.fail('a constant getelementptr takes a ptr and integers');
      operands.push(index);
    }
    if (operands.length === 0) c.fail('getelementptr without a base');
    const steps = stepsInto(sourceType, operands.slice(1));
    if (steps !== undefined) c.fail(steps);
    const { type } = operands[0];
    return {
      kind: 'expr',
      type,
      op: 'getelementptr',
      operands,
      sourceType,
      inrange,
      flags: flags.size > 0 ? flags : undefined,
    };
  });
}

function readRange(c: Cursor): readonly [bigint, bigint] {
  const bound = (): bigint => {
    if (c.kind !== Token.integer || !Number.isSafeInteger(c.lexer.number)) c.unexpected('an offset');
    const value = BigInt(c.lexer.number);
    c.next();
    return value;
  };
  const low = bound();
  c.expect(Char.comma);
  return [low, bound()];
}

/** What is wrong with indices of getelementptr into a type, if something is. */
export function stepsInto(sourceType: Type, indices: readonly { kind: string; value?: unknown }[]): string | undefined {
  let type = sourceType;
  for (const index of indices.slice(1)) {
    if (type.kind === 'array' || type.kind === 'vector') type = type.element;
    else if (type.kind === 'struct') {
      const lane = fieldNumber(index);
      if (lane === undefined || lane >= type.fields.length) return `${typeText(type)} has no such field`;
      type = type.fields[lane];
    } else return `getelementptr into ${typeText(type)}`;
  }
  return undefined;
}

function fieldNumber(index: { kind: string; value?: unknown }): number | undefined {
  if (index.kind === 'int' && typeof index.value === 'bigint') return Number(index.value);
  return index.kind === 'zero' ? 0 : undefined;
}

function aggregate(c: Cursor, type: Type): Constant {
  c.enter();
  const at = c.lexer.start;
  const elements: Constant[] = [];
  const list = (close: number): void => {
    c.next();
    while (c.kind !== close) {
      elements.push(readTypedConstant(c));
      if (!c.take(Char.comma)) break;
    }
    c.expect(close);
  };
  let kind: Type['kind'] = 'struct';
  let packed = false;
  if (c.kind === Char.openBracket) {
    kind = 'array';
    list(Char.closeBracket);
  } else if (c.kind === Char.openBrace) list(Char.closeBrace);
  else {
    c.next();
    packed = c.kind === Char.openBrace;
    if (packed) {
      list(Char.closeBrace);
      c.expect(Char.greater);
    } else {
      kind = 'vector';
      readLanes(c, elements);
    }
  }
  c.leave();
  const wrong = mismatch(type, kind, packed, elements);
  if (wrong !== undefined) c.fail(wrong, at);
  return { kind: 'aggregate', type, elements };
}

function readLanes(c: Cursor, elements: Constant[]): void {
  do elements.push(readTypedConstant(c));
  while (c.take(Char.comma));
  c.expect(Char.greater);
}

/** Why the elements make no constant of the type. */
function mismatch(type: Type, kind: Type['kind'], packed: boolean, elements: readonly Constant[]): string | undefined {
  if (type.kind !== kind || (type.kind === 'struct' && type.packed !== packed))
    return `a constant ${kind} where ${typeText(type)} is needed`;
  if (type.kind !== 'struct' && type.kind !== 'array' && type.kind !== 'vector') return `a constant ${kind} of type ${typeText(type)}`;
  const count = type.kind === 'struct' ? type.fields.length : type.length;
  if (elements.length !== count) return `a constant of ${elements.length} elements where ${typeText(type)} has ${count}`;
  for (let i = 0; i < count; i++) {
    const expected = type.kind === 'struct' ? type.fields[i] : type.element;
    if (elements[i].type !== expected) return `element ${i} is ${typeText(elements[i].type)} where ${typeText(expected)} is needed`;
  }
  return undefined;
}
