/** Loads, stores, atomics, addresses (LLVM Language Reference, "Memory Access and Addressing Operations"). */
import type { Cursor } from './cursor.ts';
import { inMemory, isInteger, laneOf, moreOperands, pointer, type InstructionReader } from './instruction-parts.ts';
import { Char } from './lexer.ts';
import { readFlags, stepsInto } from './read-constants.ts';
import { readAddressSpace, readType } from './read-types.ts';
import { readTypedValue } from './read-values.ts';
import { typeText } from './type-table.ts';
import type { Ordering, Value } from './types.ts';

const orderings = new Map<string, Ordering>(
  (['unordered', 'monotonic', 'acquire', 'release', 'acq_rel', 'seq_cst'] as const).map((o) => [o, o]),
);

function ordering(c: Cursor): Ordering {
  return c.takeWordOf(orderings) ?? c.unexpected('an ordering');
}

function syncscope(c: Cursor): string | undefined {
  return c.takeWord('syncscope') ? c.parenthesized(() => c.string('a scope')) : undefined;
}

/** `, align 8`, or `fallback` if that is not written. */
function alignment(c: Cursor, fallback: number): number {
  if (!moreOperands(c)) return fallback;
  c.expectWord('align');
  return c.alignment();
}

const alloca: InstructionReader = (c, head) => {
  const inalloca = c.takeWord('inalloca');
  const allocated = inMemory(c, readType(c), c.lexer.start);
  let count: Value | undefined;
  let align = 0;
  while (moreOperands(c)) {
    if (c.takeWord('align')) align = c.alignment();
    else if (c.takeWord('addrspace')) readAddressSpace(c);
    else {
      const at = c.lexer.start;
      count = readTypedValue(c);
      if (count.type.kind !== 'int') c.fail('the number of elements is an integer', at);
    }
  }
  const one = count?.kind === 'int' && count.value === 1n;
  return {
    kind: 'instruction',
    type: c.types.simple('ptr'),
    name: head.name,
    block: head.block,
    debug: undefined,
    records: head.records,
    attachments: undefined,
    irLine: head.irLine,
    op: 'alloca',
    allocated,
    count: one ? undefined : count,
    align,
    inalloca,
  };
};

const load: InstructionReader = (c, head) => {
  const atomic = c.takeWord('atomic');
  const volatile = c.takeWord('volatile');
  const type = inMemory(c, readType(c), c.lexer.start);
  c.expect(Char.comma);
  const address = pointer(c);
  const scope = syncscope(c);
  const order = atomic ? ordering(c) : 'notatomic';
  const align = alignment(c, 1);
  return {
    kind: 'instruction',
    type,
    name: head.name,
    block: head.block,
    debug: undefined,
    records: head.records,
    attachments: undefined,
    irLine: head.irLine,
    op: 'load',
    operands: [address],
    align,
    volatile,
    ordering: order,
    syncscope: scope,
  };
};

const store: InstructionReader = (c, head) => {
  const atomic = c.takeWord('atomic');
  const volatile = c.takeWord('volatile');
  const value = readTypedValue(c);
  inMemory(c, value.type, c.lexer.start);
  c.expect(Char.comma);
  const address = pointer(c);
  const scope = syncscope(c);
  const order = atomic ? ordering(c) : 'notatomic';
  const align = alignment(c, 1);
  return {
    kind: 'instruction',
    type: c.types.simple('void'),
    name: head.name,
    block: head.block,
    debug: undefined,
    records: head.records,
    attachments: undefined,
    irLine: head.irLine,
    op: 'store',
    operands: [value, address],
    align,
    volatile,
    ordering: order,
    syncscope: scope,
  };
};

const fence: InstructionReader = (c, head) => {
  const scope = syncscope(c);
  return {
    kind: 'instruction',
    type: c.types.simple('void'),
    name: head.name,
    block: head.block,
    debug: undefined,
    records: head.records,
    attachments: undefined,
    irLine: head.irLine,
    op: 'fence',
    ordering: ordering(c),
    syncscope: scope,
  };
};

const cmpxchg: InstructionReader = (c, head) => {
  const weak = c.takeWord('weak');
  const volatile = c.takeWord('volatile');
  const address = pointer(c);
  c.expect(Char.comma);
  const expected = readTypedValue(c);
  c.expect(Char.comma);
  const desired = readTypedValue(c);
  if (desired.type !== expected.type) c.fail(`cmpxchg of ${typeText(expected.type)} and ${typeText(desired.type)}`);
  const scope = syncscope(c);
  const success = ordering(c);
  const failure = ordering(c);
  const align = alignment(c, 0);
  const type = c.types.struct([expected.type, c.types.int(1)], false);
  return {
    kind: 'instruction',
    type,
    name: head.name,
    block: head.block,
    debug: undefined,
    records: head.records,
    attachments: undefined,
    irLine: head.irLine,
    op: 'cmpxchg',
    operands: [address, expected, desired],
    weak,
    volatile,
    align,
    success,
    failure,
    syncscope: scope,
  };
};

const atomicrmw: InstructionReader = (c, head) => {
  const volatile = c.takeWord('volatile');
  const rmw = c.word('an operation');
  const address = pointer(c);
  c.expect(Char.comma);
  const value = readTypedValue(c);
  const scope = syncscope(c);
  const order = ordering(c);
  const align = alignment(c, 0);
  return {
    kind: 'instruction',
    type: value.type,
    name: head.name,
    block: head.block,
    debug: undefined,
    records: head.records,
    attachments: undefined,
    irLine: head.irLine,
    op: 'atomicrmw',
    rmw,
    operands: [address, value],
    volatile,
    align,
    ordering: order,
    syncscope: scope,
  };
};

const getelementptr: InstructionReader = (c, head) => {
  const flags = readFlags(c);
  const at = c.lexer.start;
  const sourceType = readType(c);
  const operands: Value[] = [];
  while (moreOperands(c)) operands.push(readTypedValue(c));
  if (operands.length === 0 || laneOf(operands[0].type).kind !== 'ptr') c.fail('getelementptr starts from a ptr', at);
  if (operands.slice(1).some((index) => !isInteger(index.type))) c.fail('indices of getelementptr are integers', at);
  const wrong = stepsInto(sourceType, operands.slice(1).map(laneZero));
  if (wrong !== undefined) c.fail(wrong, at);
  const lanes = operands.find((v) => v.type.kind === 'vector')?.type;
  const result = lanes?.kind === 'vector' ? c.types.vector(lanes.length, c.types.simple('ptr')) : c.types.simple('ptr');
  return {
    kind: 'instruction',
    type: result,
    name: head.name,
    block: head.block,
    debug: undefined,
    records: head.records,
    attachments: undefined,
    irLine: head.irLine,
    op: 'getelementptr',
    sourceType,
    operands,
    flags,
  };
};

/** The index that selects a field: all lanes of a vector of them are equal. */
function laneZero(value: Value): Value {
  return value.kind === 'aggregate' ? value.elements[0] : value;
}

const vaArg: InstructionReader = (c, head) => {
  const list = pointer(c);
  c.expect(Char.comma);
  return {
    kind: 'instruction',
    type: inMemory(c, readType(c), c.lexer.start),
    name: head.name,
    block: head.block,
    debug: undefined,
    records: head.records,
    attachments: undefined,
    irLine: head.irLine,
    op: 'va_arg',
    operands: [list],
  };
};

export const memoryReaders: readonly [string, InstructionReader][] = [
  ['alloca', alloca],
  ['load', load],
  ['store', store],
  ['fence', fence],
  ['cmpxchg', cmpxchg],
  ['atomicrmw', atomicrmw],
  ['getelementptr', getelementptr],
  ['va_arg', vaArg],
];
