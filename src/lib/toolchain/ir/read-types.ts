/** Types (LLVM Language Reference, "Type System"). */
import type { Cursor } from './cursor.ts';
import { Char, Token } from './lexer.ts';
import type { SimpleKind } from './type-table.ts';
import type { Type } from './types.ts';

const simpleWords = new Map<string, SimpleKind>(
  (['void', 'label', 'metadata', 'token', 'ptr', 'half', 'bfloat', 'float', 'double', 'fp128'] as const).map((k) => [k, k]),
);
const foreignTypes = new Set(['x86_fp80', 'ppc_fp128', 'x86_amx', 'x86_mmx', 'target']);

/** Bounds that only hostile text exceeds: LLVM's own for integers, the largest array that has a size in 48 bits of address. */
const maxBits = 1 << 23;
const maxArray = 2 ** 48;
const maxLanes = 1 << 16;

/** The type that the current word is, if it is one. */
export function typeOfWord(c: Cursor): Type | undefined {
  const { lexer, pool } = c;
  if (lexer.kind !== Token.word) return undefined;
  let type = pool.typeOfWord[lexer.id];
  if (type === undefined) pool.typeOfWord[lexer.id] = type = wordType(c, lexer.text) ?? null;
  return type ?? undefined;
}

function wordType(c: Cursor, text: string): Type | undefined {
  const simple = simpleWords.get(text);
  if (simple) return c.types.simple(simple);
  if (!/^i\d{1,8}$/.test(text)) return undefined;
  const bits = Number(text.slice(1));
  return bits >= 1 && bits < maxBits ? c.types.int(bits) : undefined;
}

/** Whether a type starts here. */
export function startsType(c: Cursor): boolean {
  switch (c.kind) {
    case Token.local:
    case Char.openBracket:
    case Char.less:
    case Char.openBrace:
      return true;
    default:
      return typeOfWord(c) !== undefined;
  }
}

/** A type; one that is followed by parameters is that of a function, `i32 (ptr, ...)`. */
export function readType(c: Cursor): Type {
  let type = readNonFunctionType(c);
  while (c.kind === Char.open) type = functionType(c, type);
  return type;
}

/** A type, leaving a `(` after it alone. */
export function readNonFunctionType(c: Cursor): Type {
  const type = typeOfWord(c);
  if (!type) return compoundType(c);
  c.next();
  if (type.kind === 'ptr' && c.takeWord('addrspace')) readAddressSpace(c);
  return type;
}

/** `(0)` of an address space. */
export function readAddressSpace(c: Cursor): void {
  c.parenthesized(() => {
    if (c.kind !== Token.integer || c.lexer.number !== 0) c.fail(`address space ${c.found()} is not supported`);
    c.next();
  });
}

function functionType(c: Cursor, result: Type): Type {
  const at = c.lexer.start;
  c.expect(Char.open);
  c.enter();
  const params: Type[] = [];
  let varargs = false;
  while (c.kind !== Char.close) {
    if (c.take(Token.ellipsis)) {
      varargs = true;
      break;
    }
    params.push(element(c, 'a parameter'));
    if (!c.take(Char.comma)) break;
  }
  c.leave();
  c.expect(Char.close);
  if (result.kind === 'function' || result.kind === 'label' || result.kind === 'metadata')
    c.fail(`a function cannot return ${result.kind}`, at);
  return c.types.function(result, params, varargs);
}

function compoundType(c: Cursor): Type {
  c.enter();
  const type = readCompound(c);
  c.leave();
  return type;
}

function readCompound(c: Cursor): Type {
  switch (c.kind) {
    case Token.local: {
      const { text } = c;
      c.next();
      return c.types.namedStruct(text);
    }
    case Char.openBracket: {
      c.next();
      const length = lengthBefore(c, 'an array length', maxArray);
      const type = c.types.array(length, element(c, 'an element'));
      c.expect(Char.closeBracket);
      return type;
    }
    case Char.openBrace:
      return c.types.struct(fields(c), false);
    case Char.less:
      return angled(c);
  }
  if (c.kind === Token.word && foreignTypes.has(c.text)) c.fail(`type ${c.text} does not exist on AArch64`);
  return c.unexpected('a type');
}

function angled(c: Cursor): Type {
  c.next();
  if (c.kind === Char.openBrace) {
    const packed = c.types.struct(fields(c), true);
    c.expect(Char.greater);
    return packed;
  }
  if (c.isWord('vscale')) c.fail('scalable vectors (vscale) are not supported');
  const length = lengthBefore(c, 'a vector length', maxLanes);
  if (length === 0) c.fail('a vector without elements');
  const at = c.lexer.start;
  const lane = readType(c);
  if (!isScalar(lane)) c.fail(`a vector of ${lane.kind}`, at);
  c.expect(Char.greater);
  return c.types.vector(length, lane);
}

function isScalar(type: Type): boolean {
  switch (type.kind) {
    case 'int':
    case 'ptr':
    case 'half':
    case 'bfloat':
    case 'float':
    case 'double':
    case 'fp128':
      return true;
    default:
      return false;
  }
}

function lengthBefore(c: Cursor, what: string, most: number): number {
  const at = c.lexer.start;
  const length = c.count(what);
  if (length > most) c.fail(`${what} of ${length} is not supported`, at);
  c.expectWord('x');
  return length;
}

/** A type that a value in memory or a parameter can have. */
function element(c: Cursor, what: string): Type {
  const at = c.lexer.start;
  const type = readType(c);
  const { kind } = type;
  if (kind === 'void' || kind === 'label' || kind === 'function' || (what !== 'a parameter' && (kind === 'metadata' || kind === 'token')))
    c.fail(`${what} cannot have type ${kind}`, at);
  return type;
}

function fields(c: Cursor): Type[] {
  c.expect(Char.openBrace);
  const types: Type[] = [];
  while (c.kind !== Char.closeBrace) {
    types.push(element(c, 'a field'));
    if (!c.take(Char.comma)) break;
  }
  c.expect(Char.closeBrace);
  return types;
}
