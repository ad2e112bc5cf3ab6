/** Functions (LLVM Language Reference, "Functions"): `define`, `declare` and bodies. */
import type { Cursor } from './cursor.ts';
import { Char, Token } from './lexer.ts';
import { isTerminator } from './operands.ts';
import { readAttributes, type GroupReference } from './read-attributes.ts';
import { readConvention } from './read-calls.ts';
import { readTypedConstant } from './read-constants.ts';
import { readComdat, readGlobalFlags, unnamedWords } from './read-globals.ts';
import { readInstruction } from './read-instructions.ts';
import { readNonFunctionType, readType } from './read-types.ts';
import { readAttachment, readNode, readReference, readTypedValue } from './read-values.ts';
import { FunctionScope, numberOf } from './scope.ts';
import { typeText } from './type-table.ts';
import type { Attachments, Attributes, Block, DebugRecord, IrFunction, MetadataRef, Param, Value } from './types.ts';

type AttributeValue = Attributes extends ReadonlyMap<string, infer V> ? V : never;

/** After `define` or `declare`; a definition's body is read too. */
export function readFunction(c: Cursor, defined: boolean, irLine: number): void {
  const attachments: Attachments[number][] = [];
  while (c.kind === Token.metadataName) attachments.push(readAttachment(c));
  const flags = readGlobalFlags(c);
  const callingConvention = readConvention(c);
  const returnAttributes = readAttributes(c);
  const result = readNonFunctionType(c);
  if (result.kind === 'label' || result.kind === 'metadata') c.fail(`a function that returns ${result.kind}`);
  if (c.kind !== Token.global) c.unexpected('a function name');
  const { id, start: at } = c.lexer;
  const name = c.text;
  c.next();
  const { params, varargs } = readParams(c);
  const fn: IrFunction = {
    kind: 'function',
    name,
    ...flags,
    unnamedAddr: false,
    irLine,
    type: c.types.function(
      result,
      params.map((p) => p.type),
      varargs,
    ),
    callingConvention,
    returnAttributes,
    attributes: c.pool.noAttributes,
    params,
    blocks: [],
  };
  readProperties(c, fn, attachments);
  const debug = attachments.findIndex((a) => a.name === 'dbg' && typeof a.node === 'number');
  if (debug >= 0) {
    const [{ node }] = attachments.splice(debug, 1);
    if (typeof node === 'number') fn.debug = node;
  }
  if (attachments.length > 0) fn.attachments = attachments;
  c.symbols.define(id, fn, at);
  if (defined) readBody(c, fn);
}

function readParams(c: Cursor): { params: Param[]; varargs: boolean } {
  const params: Param[] = [];
  let varargs = false;
  let unnamed = 0;
  c.expect(Char.open);
  while (c.kind !== Char.close) {
    if (c.take(Token.ellipsis)) {
      varargs = true;
      break;
    }
    const at = c.lexer.start;
    const type = readType(c);
    if (type.kind === 'void' || type.kind === 'label' || type.kind === 'function') c.fail(`a parameter of type ${typeText(type)}`, at);
    const attributes = readAttributes(c);
    let name = String(unnamed);
    if (c.kind === Token.local) {
      name = c.text;
      c.next();
    } else unnamed++;
    if (numberOf(name) >= unnamed) unnamed = numberOf(name) + 1;
    params.push({ kind: 'param', index: params.length, type, name, attributes });
    if (!c.take(Char.comma)) break;
  }
  c.expect(Char.close);
  return { params, varargs };
}

/** What stands between the parameters and the body. */
function readProperties(c: Cursor, fn: IrFunction, attachments: Attachments[number][]): void {
  const groups: GroupReference[] = [];
  let own: Map<string, AttributeValue> | undefined;
  for (;;) {
    const unnamed = c.takeWordOf(unnamedWords);
    if (unnamed) [fn.unnamedAddr, fn.localUnnamedAddr] = [unnamed === 'unnamed_addr', unnamed === 'local_unnamed_addr'];
    else if (c.lexer.firstOfLine) break;
    else if (c.takeWord('section')) fn.section = c.string('a section name');
    else if (c.takeWord('partition')) fn.partition = c.string('a partition');
    else if (c.isWord('comdat')) fn.comdat = readComdat(c, fn.name);
    else if (c.takeWord('align')) fn.align = c.kind === Char.open ? c.parenthesized(() => c.alignment()) : c.alignment();
    else if (c.takeWord('gc')) fn.gc = c.string('a collector');
    else if (c.takeWord('prefix')) fn.prefix = readTypedConstant(c);
    else if (c.takeWord('prologue')) fn.prologue = readTypedConstant(c);
    else if (c.takeWord('personality')) fn.personality = readTypedConstant(c);
    else if (c.kind === Token.metadataName) attachments.push(readAttachment(c));
    else if (c.kind === Token.word || c.kind === Token.attributes || c.kind === Token.string) {
      const { start } = c.lexer;
      for (const [name, value] of readAttributes(c, groups)) {
        // Among attributes `align 16` reads as one of them, but it is a property of the function.
        if (name === 'align' && typeof value === 'number') fn.align = value;
        else (own ??= new Map()).set(name, value);
      }
      if (c.lexer.start === start) c.unexpected('a function attribute');
    } else break;
  }
  if (!fn.localUnnamedAddr) delete fn.localUnnamedAddr;
  fn.attributes = c.symbols.merged(own ?? c.pool.noAttributes, groups);
}

function readBody(c: Cursor, fn: IrFunction): void {
  c.expect(Char.openBrace);
  const scope = new FunctionScope(fn, c);
  c.scope = scope;
  for (const p of fn.params) {
    scope.define(c.lexer.idOf(p.name), p, c.lexer.start);
    scope.numbered(p.name, c.lexer.start);
  }
  let block: Block | undefined;
  let ended = true;
  let records: DebugRecord[] | undefined;
  while (c.kind !== Char.closeBrace && !c.isWord('uselistorder')) {
    if (c.kind === Token.label) {
      if (!ended) c.fail(`block %${block?.name} has no terminator`);
      if (records) c.fail('debug records at the end of a block');
      const { id, start, text } = c.lexer;
      block = scope.startBlock(id, start);
      scope.numbered(text, start);
      ended = false;
      c.next();
      continue;
    }
    if (c.kind === Token.end) c.fail(`the body of @${fn.name} has no end`);
    if (ended || !block) block = scope.startBlock(c.lexer.idOf(String(scope.unnamed++)), c.lexer.start);
    ended = false;
    if (c.kind === Token.record) {
      (records ??= []).push(readRecord(c));
      continue;
    }
    ended = readInto(c, scope, block, records);
    records = undefined;
  }
  if (!block || !ended) c.fail(block ? `block %${block.name} has no terminator` : `@${fn.name} has no blocks`);
  while (c.takeWord('uselistorder')) skipUseListOrder(c);
  c.scope = undefined;
  scope.finish();
  c.expect(Char.closeBrace);
}

/** Reads an instruction into the block; whether it ends the block. */
function readInto(c: Cursor, scope: FunctionScope, block: Block, records: DebugRecord[] | undefined): boolean {
  const { lexer } = c;
  const { start: at, line: irLine } = lexer;
  let id = -1;
  let name = '';
  if (lexer.kind === Token.local) {
    id = lexer.id;
    name = lexer.text;
    c.next();
    c.expect(Char.equal);
  }
  if (scope.usedForward && records) scope.resolveLater({ records });
  scope.usedForward = false;
  const i = readInstruction(c, { block, name, irLine, records }, scope);
  if (scope.usedForward) scope.resolveLater(i);
  if (i.type.kind === 'void') {
    if (id >= 0) c.fail(`%${name} is given no value`, at);
  } else {
    if (id < 0) {
      i.name = String(scope.unnamed++);
      id = lexer.idOf(i.name);
    } else scope.numbered(name, at);
    scope.define(id, i, at);
  }
  block.instructions.push(i);
  return isTerminator(i);
}

const recordKinds = new Map<string, DebugRecord['kind']>([
  ['dbg_value', 'value'],
  ['dbg_declare', 'declare'],
  ['dbg_declare_value', 'declare_value'],
  ['dbg_assign', 'assign'],
  ['dbg_label', 'label'],
]);

/** `#dbg_value(i32 %x, !5, !DIExpression(), !9)`: the location is the last operand. */
function readRecord(c: Cursor): DebugRecord {
  const kind = recordKinds.get(c.text) ?? c.fail(`there is no debug record '#${c.text}'`);
  const at = c.lexer.start;
  c.next();
  c.expect(Char.open);
  const operands: (Value | MetadataRef)[] = [];
  const metadata = c.types.simple('metadata');
  do {
    if (c.kind === Token.metadata) operands.push(readReference(c));
    else if (c.kind === Token.metadataName || c.kind === Char.bang)
      operands.push({ kind: 'metadataValue', type: metadata, metadata: readNode(c, false) });
    else operands.push(readTypedValue(c));
  } while (c.take(Char.comma));
  c.expect(Char.close);
  const location = operands.pop();
  if (typeof location !== 'number' || operands.length === 0) return c.fail('a debug record ends with its location', at);
  return { kind, operands, location };
}

/** `uselistorder i32 %x, { 1, 0 }`: order of uses within LLVM, which nothing here depends on. */
export function skipUseListOrder(c: Cursor): void {
  while (c.kind !== Char.openBrace && c.kind !== Token.end) c.next();
  c.expect(Char.openBrace);
  while (c.take(Token.integer) || c.take(Char.comma)) continue;
  c.expect(Char.closeBrace);
}
