import type { Cursor } from './cursor.ts';
import { Char, Token } from './lexer.ts';
import type { FunctionScope } from './scope.ts';
import type { Attachments, Block, DebugRecord, Type } from './types.ts';

/** What an instruction has before its operation is read. */
export type Head = { block: Block; name: string; irLine: number; records: readonly DebugRecord[] | undefined };
/** The fields that every instruction has, always in this order: V8 then gives each operation one shape. */
export type Start = Head & { kind: 'instruction'; type: Type; debug: number | undefined; attachments: Attachments | undefined };

export function start(head: Head, type: Type): Start {
  const { block, name, irLine, records } = head;
  return { kind: 'instruction', type, name, block, debug: undefined, records, attachments: undefined, irLine };
}

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
