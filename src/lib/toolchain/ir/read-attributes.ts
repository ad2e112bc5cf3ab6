/** Attributes of parameters, results, functions and calls (LLVM Language Reference, "Parameter Attributes" and "Function Attributes"). */
import type { Cursor } from './cursor.ts';
import { Char, Token } from './lexer.ts';
import { readType, typeOfWord } from './read-types.ts';
import type { Attributes } from './types.ts';

type Value = Attributes extends ReadonlyMap<string, infer V> ? V : never;
export type GroupReference = { number: number; at: number };

/** Attributes whose argument is a type. */
export const typeAttributes: ReadonlySet<string> = new Set(['sret', 'byval', 'byref', 'inalloca', 'preallocated', 'elementtype']);

/** Words that start a value: a list of attributes before it ends there. */
const valueWords = new Set([
  ...['true', 'false', 'null', 'undef', 'poison', 'none', 'zeroinitializer', 'splat', 'blockaddress', 'dso_local_equivalent', 'no_cfi'],
  ...['asm', 'getelementptr', 'ptrtoint', 'ptrtoaddr', 'inttoptr', 'bitcast', 'addrspacecast', 'trunc', 'zext', 'sext', 'fptrunc', 'fpext'],
  ...['add', 'sub', 'mul', 'xor', 'shl', 'and', 'or', 'lshr', 'ashr', 'icmp', 'fcmp', 'select', 'ptrauth', 'inf', 'nan'],
  ...['extractelement', 'insertelement', 'shufflevector'],
]);

/** Words that follow attributes of functions and are none. `align` is one only of parameters. */
const propertyWords = new Set([
  ...['section', 'comdat', 'gc', 'prefix', 'prologue', 'personality', 'partition', 'to', 'unwind', 'addrspace', 'global', 'constant'],
  ...['unnamed_addr', 'local_unnamed_addr', 'define', 'declare', 'attributes', 'source_filename', 'target', 'module'],
]);

/**
 * Attributes up to something that is none of them. References to groups (`#12`) are added to `groups` where there may be some.
 * Attributes that LLVM has and this reader does not know are kept by their name, with their argument as text.
 */
export function readAttributes(c: Cursor, groups?: GroupReference[]): Attributes {
  const { lexer, pool } = c;
  const start = lexer.start;
  let end = start;
  let found: Map<string, Value> | undefined;
  for (;;) {
    if (lexer.kind === Token.attributes && groups) {
      groups.push({ number: lexer.number, at: lexer.start });
      c.next();
      continue;
    }
    // In IR as LLVM prints it an attribute never starts a line, and an instruction always does.
    if (lexer.firstOfLine && !(groups === undefined && lexer.kind === Token.string)) break;
    if (lexer.kind === Token.string) (found ??= new Map()).set(...stringAttribute(c));
    else if (lexer.kind === Token.word && !valueWords.has(lexer.text) && !propertyWords.has(lexer.text) && !typeOfWord(c))
      (found ??= new Map()).set(...wordAttribute(c));
    else break;
    end = lexer.start;
  }
  if (!found) return pool.noAttributes;
  // The same few lists stand at every call: they are kept once.
  if (end - start > 400) return found;
  const text = lexer.source.slice(start, end);
  const known = pool.attributesByText.get(text);
  if (known) return known;
  pool.attributesByText.set(text, found);
  return found;
}

/** The contents of `attributes #1 = { ... }`. */
export function readAttributeGroup(c: Cursor): Attributes {
  const found = new Map<string, Value>();
  c.expect(Char.openBrace);
  while (c.kind !== Char.closeBrace) {
    if (c.kind === Token.string) found.set(...stringAttribute(c));
    else if (c.kind === Token.word) found.set(...wordAttribute(c));
    else c.unexpected('an attribute');
  }
  c.next();
  return found;
}

function stringAttribute(c: Cursor): [string, Value] {
  const name = c.string('an attribute');
  return [name, c.take(Char.equal) ? c.string('an attribute value') : true];
}

function wordAttribute(c: Cursor): [string, Value] {
  const name = c.word('an attribute');
  if (c.take(Char.equal)) return [name, c.count('an attribute value')];
  if (name === 'align' && c.kind === Token.integer) return [name, c.alignment()];
  if (c.kind !== Char.open) return [name, true];
  if (!typeAttributes.has(name)) return [name, argument(c)];
  return [name, c.parenthesized(() => readType(c))];
}

function argument(c: Cursor): Value {
  const from = c.lexer.end;
  const numbers: number[] = [];
  let onlyNumbers = true;
  const to = skipParentheses(c, () => {
    if (c.kind === Token.integer && Number.isSafeInteger(c.lexer.number)) numbers.push(c.lexer.number);
    else if (c.kind !== Char.comma) onlyNumbers = false;
  });
  if (onlyNumbers && numbers.length === 1) return numbers[0];
  if (onlyNumbers && numbers.length > 1) return numbers;
  return c.lexer.source.slice(from, to).replace(/\s+/g, ' ').trim();
}

/** Skips `( ... )` with whatever is in it; gives the offset of its end. */
export function skipParentheses(c: Cursor, see?: () => void): number {
  c.expect(Char.open);
  for (let depth = 1; ; c.next()) {
    const kind = c.kind;
    if (kind === Token.end) c.fail("')' is missing");
    if (kind === Char.open) depth++;
    if (kind === Char.close && --depth === 0) break;
    see?.();
  }
  const end = c.lexer.start;
  c.next();
  return end;
}
