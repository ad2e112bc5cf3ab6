/** What ends a block (LLVM Language Reference, "Terminator Instructions"). */
import { pointer, readLabel, readLabels, type InstructionReader } from './instruction-parts.ts';
import { Char } from './lexer.ts';
import { readCallbr } from './read-calls.ts';
import { readTypedConstant } from './read-constants.ts';
import { readType } from './read-types.ts';
import { readTypedValue, readValue } from './read-values.ts';
import { typeText } from './type-table.ts';
import type { Block } from './types.ts';

const ret: InstructionReader = (c, head, scope) => {
  const at = c.lexer.start;
  const type = readType(c);
  const { result } = scope.fn.type;
  if (type !== result) c.fail(`ret of ${typeText(type)} in a function that returns ${typeText(result)}`, at);
  return {
    kind: 'instruction',
    type: c.types.simple('void'),
    name: head.name,
    block: head.block,
    debug: undefined,
    records: head.records,
    attachments: undefined,
    irLine: head.irLine,
    op: 'ret',
    operands: type.kind === 'void' ? [] : [readValue(c, type)],
  };
};

const br: InstructionReader = (c, head, scope) => {
  const nothing = c.types.simple('void');
  if (c.isWord('label'))
    return {
      kind: 'instruction',
      type: nothing,
      name: head.name,
      block: head.block,
      debug: undefined,
      records: head.records,
      attachments: undefined,
      irLine: head.irLine,
      op: 'br',
      targets: [readLabel(c, scope)],
    };
  const at = c.lexer.start;
  const condition = readTypedValue(c);
  if (condition.type !== c.types.int(1)) c.fail('the condition of br is i1', at);
  c.expect(Char.comma);
  const yes = readLabel(c, scope);
  c.expect(Char.comma);
  return {
    kind: 'instruction',
    type: nothing,
    name: head.name,
    block: head.block,
    debug: undefined,
    records: head.records,
    attachments: undefined,
    irLine: head.irLine,
    op: 'br',
    condition,
    targets: [yes, readLabel(c, scope)],
  };
};

const switchReader: InstructionReader = (c, head, scope) => {
  const value = readTypedValue(c);
  if (value.type.kind !== 'int') c.fail(`switch of ${typeText(value.type)}`);
  c.expect(Char.comma);
  const defaultTarget = readLabel(c, scope);
  c.expect(Char.openBracket);
  const cases: { value: bigint; target: Block }[] = [];
  while (c.kind !== Char.closeBracket) {
    const at = c.lexer.start;
    const constant = readTypedConstant(c);
    if (constant.kind !== 'int' || constant.type !== value.type) return c.fail(`a case is a constant of type ${typeText(value.type)}`, at);
    c.expect(Char.comma);
    cases.push({ value: constant.value, target: readLabel(c, scope) });
  }
  c.expect(Char.closeBracket);
  return {
    kind: 'instruction',
    type: c.types.simple('void'),
    name: head.name,
    block: head.block,
    debug: undefined,
    records: head.records,
    attachments: undefined,
    irLine: head.irLine,
    op: 'switch',
    operands: [value],
    defaultTarget,
    cases,
  };
};

const indirectbr: InstructionReader = (c, head, scope) => {
  const address = pointer(c);
  c.expect(Char.comma);
  return {
    kind: 'instruction',
    type: c.types.simple('void'),
    name: head.name,
    block: head.block,
    debug: undefined,
    records: head.records,
    attachments: undefined,
    irLine: head.irLine,
    op: 'indirectbr',
    operands: [address],
    targets: readLabels(c, scope),
  };
};

const unreachable: InstructionReader = (c, head) => ({
  kind: 'instruction',
  type: c.types.simple('void'),
  name: head.name,
  block: head.block,
  debug: undefined,
  records: head.records,
  attachments: undefined,
  irLine: head.irLine,
  op: 'unreachable',
});

export const terminatorReaders: readonly [string, InstructionReader][] = [
  ['ret', ret],
  ['br', br],
  ['switch', switchReader],
  ['indirectbr', indirectbr],
  ['unreachable', unreachable],
  ['callbr', readCallbr],
];
