/** Parts of aggregates and lanes of vectors (LLVM Language Reference, "Vector Operations" and "Aggregate Operations"). */
import type { Cursor } from './cursor.ts';
import { moreOperands, type InstructionReader } from './instruction-parts.ts';
import { Char } from './lexer.ts';
import { readTypedConstant } from './read-constants.ts';
import { readTypedValue } from './read-values.ts';
import { typeText } from './type-table.ts';
import type { Constant, Type, Value } from './types.ts';

function indices(c: Cursor): number[] {
  const found: number[] = [];
  while (moreOperands(c)) found.push(c.count('an index'));
  if (found.length === 0) c.unexpected("',' and an index");
  return found;
}

function elementAt(c: Cursor, type: Type, path: readonly number[]): Type {
  let at = type;
  for (const index of path) {
    if (at.kind === 'struct' && index < at.fields.length) at = at.fields[index];
    else if (at.kind === 'array' && index < at.length) at = at.element;
    else c.fail(`${typeText(type)} has no element ${path.join(', ')}`);
  }
  return at;
}

const extractvalue: InstructionReader = (c, head) => {
  const aggregate = readTypedValue(c);
  const path = indices(c);
  return {
    kind: 'instruction',
    type: elementAt(c, aggregate.type, path),
    name: head.name,
    block: head.block,
    debug: undefined,
    records: head.records,
    attachments: undefined,
    irLine: head.irLine,
    op: 'extractvalue',
    operands: [aggregate],
    indices: path,
  };
};

const insertvalue: InstructionReader = (c, head) => {
  const aggregate = readTypedValue(c);
  c.expect(Char.comma);
  const element = readTypedValue(c);
  const path = indices(c);
  const place = elementAt(c, aggregate.type, path);
  if (place !== element.type) c.fail(`insertvalue of ${typeText(element.type)} where ${typeText(place)} is needed`);
  return {
    kind: 'instruction',
    type: aggregate.type,
    name: head.name,
    block: head.block,
    debug: undefined,
    records: head.records,
    attachments: undefined,
    irLine: head.irLine,
    op: 'insertvalue',
    operands: [aggregate, element],
    indices: path,
  };
};

function vector(c: Cursor): { value: Value; type: Extract<Type, { kind: 'vector' }> } {
  const at = c.lexer.start;
  const value = readTypedValue(c);
  const { type } = value;
  if (type.kind !== 'vector') return c.fail(`${typeText(type)} is not a vector`, at);
  return { value, type };
}

function laneIndex(c: Cursor): Value {
  c.expect(Char.comma);
  const index = readTypedValue(c);
  if (index.type.kind !== 'int') c.fail('the number of a lane is an integer');
  return index;
}

const extractelement: InstructionReader = (c, head) => {
  const { value, type } = vector(c);
  return {
    kind: 'instruction',
    type: type.element,
    name: head.name,
    block: head.block,
    debug: undefined,
    records: head.records,
    attachments: undefined,
    irLine: head.irLine,
    op: 'extractelement',
    operands: [value, laneIndex(c)],
  };
};

const insertelement: InstructionReader = (c, head) => {
  const { value, type } = vector(c);
  c.expect(Char.comma);
  const element = readTypedValue(c);
  if (element.type !== type.element) c.fail(`insertelement of ${typeText(element.type)} into ${typeText(type)}`);
  return {
    kind: 'instruction',
    type,
    name: head.name,
    block: head.block,
    debug: undefined,
    records: head.records,
    attachments: undefined,
    irLine: head.irLine,
    op: 'insertelement',
    operands: [value, element, laneIndex(c)],
  };
};

const shufflevector: InstructionReader = (c, head) => {
  const { value: a, type } = vector(c);
  c.expect(Char.comma);
  const b = readTypedValue(c);
  if (b.type !== type) c.fail(`shufflevector of ${typeText(type)} and ${typeText(b.type)}`);
  c.expect(Char.comma);
  const mask = shuffleMask(c, readTypedConstant(c), type.length * 2);
  return {
    kind: 'instruction',
    type: c.types.vector(mask.length, type.element),
    name: head.name,
    block: head.block,
    debug: undefined,
    records: head.records,
    attachments: undefined,
    irLine: head.irLine,
    op: 'shufflevector',
    operands: [a, b],
    mask,
  };
};

function shuffleMask(c: Cursor, mask: Constant, lanes: number): number[] {
  if (mask.type.kind !== 'vector') return c.fail('a shuffle mask is a vector');
  const { length } = mask.type;
  switch (mask.kind) {
    case 'zero':
      return new Array<number>(length).fill(0);
    case 'undef':
    case 'poison':
      return new Array<number>(length).fill(-1);
    case 'aggregate':
      return mask.elements.map((e) => {
        if (e.kind === 'undef' || e.kind === 'poison') return -1;
        if (e.kind !== 'int' || e.value >= BigInt(lanes)) return c.fail(`a shuffle mask selects lanes below ${lanes}`);
        return Number(e.value);
      });
    default:
      return c.fail('a shuffle mask must be constant');
  }
}

export const aggregateReaders: readonly [string, InstructionReader][] = [
  ['extractvalue', extractvalue],
  ['insertvalue', insertvalue],
  ['extractelement', extractelement],
  ['insertelement', insertelement],
  ['shufflevector', shufflevector],
];
