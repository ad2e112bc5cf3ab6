import type { Cursor } from './cursor.ts';
import { Char, Token } from './lexer.ts';
import { readTypedValue } from './read-values.ts';
import type { FunctionScope } from './scope.ts';
import { typeText } from './type-table.ts';
import type { Block, DebugRecord, Instruction, Type, Value } from './types.ts';

/**
 * What an instruction has before its operation is read. Every reader writes these fields out in one object literal, with all that may
 * come later as undefined: a spread of them was measured a hundred times slower, and objects of one shape are quicker to use.
 */
export type Head = { block: Block; name: string; irLine: number; records: readonly DebugRecord[] | undefined };

/** `label %name`. */
export function readLabel(c: Cursor, scope: FunctionScope): Block {
  c.expectWord('label');
  if (c.kind !== Token.local) c.unexpected('a block');
  const block = scope.block(c.lexer.id);
  c.next();
  return block;
}

/** `[label %a, label %b]`. */
export function readLabels(c: Cursor, scope: FunctionScope): Block[] {
  c.expect(Char.openBracket);
  const targets: Block[] = [];
  while (c.kind !== Char.closeBracket) {
    targets.push(readLabel(c, scope));
    if (!c.take(Char.comma)) break;
  }
  c.expect(Char.closeBracket);
  return targets;
}

/** Whether a comma and another operand follow; a comma before metadata is left for the reader of attachments. */
export function moreOperands(c: Cursor): boolean {
  const { lexer } = c;
  if (lexer.kind !== Char.comma) return false;
  const { start: at, line } = lexer;
  c.next();
  if (c.kind !== Token.metadataName) return true;
  lexer.moveTo(at, line);
  c.next();
  return false;
}

/** Reads one instruction after its name. */
export type InstructionReader = (c: Cursor, head: Head, scope: FunctionScope) => Instruction;

export const laneOf = (type: Type): Type => (type.kind === 'vector' ? type.element : type);
export const isInteger = (type: Type): boolean => laneOf(type).kind === 'int';
export const isFloat = (type: Type): boolean => {
  const { kind } = laneOf(type);
  return kind === 'float' || kind === 'double' || kind === 'half' || kind === 'bfloat' || kind === 'fp128';
};

export function pointer(c: Cursor): Value {
  const at = c.lexer.start;
  const value = readTypedValue(c);
  if (value.type.kind !== 'ptr') c.fail(`an address of type ${typeText(value.type)}`, at);
  return value;
}

/** A type of values that can be in memory. */
export function inMemory(c: Cursor, type: Type, at: number): Type {
  if (type.kind === 'void' || type.kind === 'function' || type.kind === 'label' || type.kind === 'metadata' || type.kind === 'token')
    c.fail(`a value of type ${typeText(type)} in memory`, at);
  return type;
}
