/** Statements that are instructions: operands come from the instruction table, expressions and symbols from here. */
import { assembleInstruction, type AssembleContext, type Expression } from '../../arm64/index.ts';
import { Cursor, SyntaxProblem } from './cursor.ts';
import { parseExpression, type Value } from './expression.ts';
import type { Literal } from './literals.ts';
import type { Pass } from './pass.ts';

/** `ldr x0, =expression` and `ldrsw x0, =expression`. */
const literalLoad = /^(ldr|ldrsw)\s+([A-Za-z_][\w.$]*)\s*,\s*=(.*)$/is;
const literalSizes: Readonly<Record<string, Literal['size']>> = { w: 4, s: 4, x: 8, d: 8, q: 16, l: 8 };

/** `uxtw x0, w1`: not in Arm's manual, but GNU as reads it as a move of the word, which clears the rest, and GCC writes it. */
const zeroExtension = /^uxtw\s+[wx](\d+)\s*,\s*w(\d+)$/i;

/** Assembles one instruction at the current position. */
export function encodeStatement(pass: Pass, text: string): void {
  const literal = literalLoad.exec(text);
  if (literal) {
    loadLiteral(pass, literal[1], literal[2], literal[3]);
    return;
  }
  encode(pass, text.replace(zeroExtension, 'mov w$1, w$2'), contextOf(pass));
}

function encode(pass: Pass, text: string, context: AssembleContext<Value>): void {
  const result = assembleInstruction(text, context);
  if (!result.ok) throw new SyntaxProblem(result.message);
  const { word, fixup } = result;
  if (!fixup) pass.word(word);
  else pass.word(word, { relocation: fixup.type, value: fixup.expression });
}

function loadLiteral(pass: Pass, mnemonic: string, operand: string, expression: string): void {
  const register = pass.state.registerNames.get(operand.toLowerCase()) ?? operand;
  const size = mnemonic.toLowerCase() === 'ldrsw' ? 4 : literalSizes[register[0].toLowerCase()];
  if (!size) throw new SyntaxProblem(`'${operand}' cannot be loaded from a literal pool`);
  const cursor = new Cursor(expression);
  const value = parseExpression(cursor, pass);
  cursor.expectEnd();
  const label = pass.literal(value, size);
  encode(pass, `${mnemonic} ${register}, ${label.name}`, {
    expression: () => ({ kind: 'symbolic', handle: { constant: 0n, add: label } }),
  });
}

function contextOf(pass: Pass): AssembleContext<Value> {
  return {
    expression: (text) => evaluate(pass, text),
    registerAlias: (name) => pass.state.registerNames.get(name.toLowerCase()),
  };
}

function evaluate(pass: Pass, text: string): Expression<Value> {
  try {
    const cursor = new Cursor(text);
    const value = pass.reduce(parseExpression(cursor, pass), 0);
    cursor.expectEnd();
    if (!value.add && !value.sub) return { kind: 'value', value: value.constant };
    // No relocation holds a difference: it must be a number, if only in the next pass.
    if (value.sub) return { kind: 'value', value: pass.number(value, 'the operand') };
    const constant = pass.laterConstant(value);
    return constant === undefined ? { kind: 'symbolic', handle: value } : { kind: 'value', value: constant };
  } catch (cause) {
    if (cause instanceof SyntaxProblem) return { kind: 'error', message: cause.message };
    throw cause;
  }
}
