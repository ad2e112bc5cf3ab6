/** Arithmetic, conversions, comparisons and phi (LLVM Language Reference, "Binary Operations" to "Other Operations"). */
import { isFloat, isInteger, laneOf, moreOperands, type InstructionReader } from './instruction-parts.ts';
import { Char, Token } from './lexer.ts';
import { readFlags } from './read-constants.ts';
import { readType } from './read-types.ts';
import { readTypedValue, readValue } from './read-values.ts';
import { typeText } from './type-table.ts';
import type { BinaryOp, Block, CastOp, Type, Value } from './types.ts';

const integerOps = ['add', 'sub', 'mul', 'udiv', 'sdiv', 'urem', 'srem', 'shl', 'lshr', 'ashr', 'and', 'or', 'xor'] as const;
const floatOps = ['fadd', 'fsub', 'fmul', 'fdiv', 'frem'] as const;
const casts = [
  ...(['trunc', 'zext', 'sext', 'fptrunc', 'fpext', 'fptoui', 'fptosi', 'uitofp', 'sitofp'] as const),
  ...(['ptrtoint', 'ptrtoaddr', 'inttoptr', 'bitcast', 'addrspacecast'] as const),
];

function binary(op: BinaryOp, takes: (type: Type) => boolean): InstructionReader {
  return (c, head) => {
    const flags = readFlags(c);
    const at = c.lexer.start;
    const type = readType(c);
    if (!takes(type)) c.fail(`${op} of ${typeText(type)}`, at);
    const a = readValue(c, type);
    c.expect(Char.comma);
    const b = readValue(c, type);
    return {
      kind: 'instruction',
      type,
      name: head.name,
      block: head.block,
      debug: undefined,
      records: head.records,
      attachments: undefined,
      irLine: head.irLine,
      op,
      operands: [a, b],
      flags,
    };
  };
}

function cast(op: CastOp): InstructionReader {
  return (c, head) => {
    const flags = readFlags(c);
    const from = readTypedValue(c);
    c.expectWord('to');
    const type = readType(c);
    return {
      kind: 'instruction',
      type,
      name: head.name,
      block: head.block,
      debug: undefined,
      records: head.records,
      attachments: undefined,
      irLine: head.irLine,
      op,
      operands: [from],
      flags,
    };
  };
}

function unary(op: 'fneg' | 'freeze'): InstructionReader {
  return (c, head) => {
    const flags = readFlags(c);
    const at = c.lexer.start;
    const type = readType(c);
    if (op === 'fneg' && !isFloat(type)) c.fail(`fneg of ${typeText(type)}`, at);
    return {
      kind: 'instruction',
      type,
      name: head.name,
      block: head.block,
      debug: undefined,
      records: head.records,
      attachments: undefined,
      irLine: head.irLine,
      op,
      operands: [readValue(c, type)],
      flags,
    };
  };
}

const integerPredicates = new Set(['eq', 'ne', 'ugt', 'uge', 'ult', 'ule', 'sgt', 'sge', 'slt', 'sle']);
const floatPredicates = new Set([
  ...['false', 'oeq', 'ogt', 'oge', 'olt', 'ole', 'one', 'ord', 'ueq', 'ugt', 'uge', 'ult', 'ule', 'une', 'uno', 'true'],
]);

function compare(op: 'icmp' | 'fcmp'): InstructionReader {
  return (c, head) => {
    const flags = readFlags(c);
    const at = c.lexer.start;
    const predicate = c.word('a predicate');
    if (!(op === 'icmp' ? integerPredicates : floatPredicates).has(predicate)) c.fail(`${op} has no predicate '${predicate}'`, at);
    const type = readType(c);
    if (op === 'icmp' ? !isInteger(type) && laneOf(type).kind !== 'ptr' : !isFloat(type)) c.fail(`${op} of ${typeText(type)}`, at);
    const a = readValue(c, type);
    c.expect(Char.comma);
    const b = readValue(c, type);
    const bit = c.types.int(1);
    const result = type.kind === 'vector' ? c.types.vector(type.length, bit) : bit;
    return {
      kind: 'instruction',
      type: result,
      name: head.name,
      block: head.block,
      debug: undefined,
      records: head.records,
      attachments: undefined,
      irLine: head.irLine,
      op,
      predicate,
      operands: [a, b],
      flags,
    };
  };
}

const select: InstructionReader = (c, head) => {
  const flags = readFlags(c);
  const condition = readTypedValue(c);
  c.expect(Char.comma);
  const type = readType(c);
  const a = readValue(c, type);
  c.expect(Char.comma);
  const at = c.lexer.start;
  const b = readTypedValue(c);
  if (b.type !== type) c.fail(`select of ${typeText(type)} or ${typeText(b.type)}`, at);
  return {
    kind: 'instruction',
    type,
    name: head.name,
    block: head.block,
    debug: undefined,
    records: head.records,
    attachments: undefined,
    irLine: head.irLine,
    op: 'select',
    operands: [condition, a, b],
    flags,
  };
};

const phi: InstructionReader = (c, head, scope) => {
  const flags = readFlags(c);
  const type = readType(c);
  const incoming: { value: Value; block: Block }[] = [];
  do {
    c.expect(Char.openBracket);
    const value = readValue(c, type);
    c.expect(Char.comma);
    if (c.kind !== Token.local) c.unexpected('a block');
    const block = scope.block(c.lexer.id);
    c.next();
    c.expect(Char.closeBracket);
    incoming.push({ value, block });
  } while (moreOperands(c));
  return {
    kind: 'instruction',
    type,
    name: head.name,
    block: head.block,
    debug: undefined,
    records: head.records,
    attachments: undefined,
    irLine: head.irLine,
    op: 'phi',
    incoming,
    flags,
  };
};

export const arithmeticReaders: readonly [string, InstructionReader][] = [
  ...integerOps.map((op): [string, InstructionReader] => [op, binary(op, isInteger)]),
  ...floatOps.map((op): [string, InstructionReader] => [op, binary(op, isFloat)]),
  ...casts.map((op): [string, InstructionReader] => [op, cast(op)]),
  ['fneg', unary('fneg')],
  ['freeze', unary('freeze')],
  ['icmp', compare('icmp')],
  ['fcmp', compare('fcmp')],
  ['select', select],
  ['phi', phi],
];
