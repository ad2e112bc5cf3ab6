import type { Cursor } from './cursor.ts';
import { Char, Token } from './lexer.ts';
import type { FunctionScope } from './scope.ts';
import type { Block, DebugRecord } from './types.ts';

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
