/** Instructions (LLVM Language Reference, "Instruction Reference"). */
import type { Cursor } from './cursor.ts';
import type { Head, InstructionReader } from './instruction-parts.ts';
import { Char, Token } from './lexer.ts';
import { aggregateReaders } from './read-aggregates.ts';
import { arithmeticReaders } from './read-arithmetic.ts';
import { readCall } from './read-calls.ts';
import { memoryReaders } from './read-memory.ts';
import { terminatorReaders } from './read-terminators.ts';
import { readAttachment } from './read-values.ts';
import type { FunctionScope } from './scope.ts';
import type { Instruction } from './types.ts';

/** One instruction at the cursor, after `%name =`. */
export function readInstruction(c: Cursor, head: Head, scope: FunctionScope): Instruction {
  if (c.kind !== Token.word) c.unexpected('an instruction');
  const read = readers.get(c.text);
  if (!read) return c.fail(`there is no instruction '${c.text}'`);
  c.next();
  const i = read(c, head, scope);
  readAttachments(c, i);
  return i;
}

/** `, !dbg !5, !nontemporal !3` after an instruction. */
function readAttachments(c: Cursor, i: Instruction): void {
  while (c.take(Char.comma)) {
    const attachment = readAttachment(c);
    if (attachment.name === 'dbg' && typeof attachment.node === 'number') i.debug = attachment.node;
    else i.attachments = [...(i.attachments ?? []), attachment];
  }
}

const exceptions: InstructionReader = (c) => c.fail('exceptions are not supported; compile with -fno-exceptions');

const readers: ReadonlyMap<string, InstructionReader> = new Map<string, InstructionReader>([
  ...arithmeticReaders,
  ...memoryReaders,
  ...aggregateReaders,
  ...terminatorReaders,
  ['call', (c, head) => readCall(c, head, 'none')],
  ...(['tail', 'musttail', 'notail'] as const).map((tail): [string, InstructionReader] => [
    tail,
    (c, head) => {
      c.expectWord('call');
      return readCall(c, head, tail);
    },
  ]),
  ...['invoke', 'landingpad', 'resume', 'catchpad', 'cleanuppad', 'catchswitch', 'catchret', 'cleanupret'].map(
    (op): [string, InstructionReader] => [op, exceptions],
  ),
]);
