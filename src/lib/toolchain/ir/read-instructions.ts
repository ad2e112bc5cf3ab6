/** Instructions (LLVM Language Reference, "Instruction Reference"), except calls. */
import type { Cursor } from './cursor.ts';
import { Char, Token } from './lexer.ts';
import { readLabel, readLabels, type Head } from './instruction-parts.ts';
import { readCall, readCallbr } from './read-calls.ts';
import { readFlags, readTypedConstant, stepsInto } from './read-constants.ts';
import { readAddressSpace, readType } from './read-types.ts';
import { readAttachment, readTypedValue, readValue } from './read-values.ts';
import type { FunctionScope } from './scope.ts';
import { typeText } from './type-table.ts';
import type { BinaryOp, Block, CastOp, Constant, Instruction, Ordering, Type, Value } from './types.ts';

type Reader = (c: Cursor, head: Head, scope: FunctionScope) => Instruction;

const orderings = new Map<string, Ordering>(
  (['unordered', 'monotonic', 'acquire', 'release', 'acq_rel', 'seq_cst'] as const).map((o) => [o, o]),
);

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

/** Whether a comma and another operand follow; a comma before metadata is left for {@link readAttachments}. */
function moreOperands(c: Cursor): boolean {
  const { lexer } = c;
  if (lexer.kind !== Char.comma) return false;
  const { start: at, line } = lexer;
  c.next();
  if (c.kind !== Token.metadataName) return true;
  lexer.moveTo(at, line);
  c.next();
  return false;
}

// Arithmetic

const integerOps = ['add', 'sub', 'mul', 'udiv', 'sdiv', 'urem', 'srem', 'shl', 'lshr', 'ashr', 'and', 'or', 'xor'] as const;
const floatOps = ['fadd', 'fsub', 'fmul', 'fdiv', 'frem'] as const;
const casts = [
  ...(['trunc', 'zext', 'sext', 'fptrunc', 'fpext', 'fptoui', 'fptosi', 'uitofp', 'sitofp'] as const),
  ...(['ptrtoint', 'ptrtoaddr', 'inttoptr', 'bitcast', 'addrspacecast'] as const),
];

const laneOf = (type: Type): Type => (type.kind === 'vector' ? type.element : type);
const isInteger = (type: Type): boolean => laneOf(type).kind === 'int';
const isFloat = (type: Type): boolean => {
  const { kind } = laneOf(type);
  return kind === 'float' || kind === 'double' || kind === 'half' || kind === 'bfloat' || kind === 'fp128';
};

function binary(op: BinaryOp, takes: (type: Type) => boolean): Reader {
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

function cast(op: CastOp): Reader {
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

function unary(op: 'fneg' | 'freeze'): Reader {
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

function compare(op: 'icmp' | 'fcmp'): Reader {
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

const select: Reader = (c, head) => {
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

const phi: Reader = (c, head, scope) => {
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

// Memory

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

function pointer(c: Cursor): Value {
  const at = c.lexer.start;
  const value = readTypedValue(c);
  if (value.type.kind !== 'ptr') c.fail(`an address of type ${typeText(value.type)}`, at);
  return value;
}

/** A type of values that can be in memory. */
function inMemory(c: Cursor, type: Type, at: number): Type {
  if (type.kind === 'void' || type.kind === 'function' || type.kind === 'label' || type.kind === 'metadata' || type.kind === 'token')
    c.fail(`a value of type ${typeText(type)} in memory`, at);
  return type;
}

const alloca: Reader = (c, head) => {
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

const load: Reader = (c, head) => {
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

const store: Reader = (c, head) => {
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

const fence: Reader = (c, head) => {
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

const cmpxchg: Reader = (c, head) => {
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

const atomicrmw: Reader = (c, head) => {
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

const getelementptr: Reader = (c, head) => {
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

// Aggregates and vectors

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

const extractvalue: Reader = (c, head) => {
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

const insertvalue: Reader = (c, head) => {
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

const extractelement: Reader = (c, head) => {
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

const insertelement: Reader = (c, head) => {
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

const shufflevector: Reader = (c, head) => {
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

const vaArg: Reader = (c, head) => {
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

// Terminators

const ret: Reader = (c, head, scope) => {
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

const br: Reader = (c, head, scope) => {
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

const switchReader: Reader = (c, head, scope) => {
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

const indirectbr: Reader = (c, head, scope) => {
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

const unreachable: Reader = (c, head) => ({
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

const exceptions: Reader = (c) => c.fail('exceptions are not supported; compile with -fno-exceptions');

const readers: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ...integerOps.map((op): [string, Reader] => [op, binary(op, isInteger)]),
  ...floatOps.map((op): [string, Reader] => [op, binary(op, isFloat)]),
  ...casts.map((op): [string, Reader] => [op, cast(op)]),
  ['fneg', unary('fneg')],
  ['freeze', unary('freeze')],
  ['icmp', compare('icmp')],
  ['fcmp', compare('fcmp')],
  ['select', select],
  ['phi', phi],
  ['alloca', alloca],
  ['load', load],
  ['store', store],
  ['fence', fence],
  ['cmpxchg', cmpxchg],
  ['atomicrmw', atomicrmw],
  ['getelementptr', getelementptr],
  ['extractvalue', extractvalue],
  ['insertvalue', insertvalue],
  ['extractelement', extractelement],
  ['insertelement', insertelement],
  ['shufflevector', shufflevector],
  ['va_arg', vaArg],
  ['ret', ret],
  ['br', br],
  ['switch', switchReader],
  ['indirectbr', indirectbr],
  ['unreachable', unreachable],
  ['call', (c, head) => readCall(c, head, 'none')],
  ...(['tail', 'musttail', 'notail'] as const).map((tail): [string, Reader] => [
    tail,
    (c, head) => {
      c.expectWord('call');
      return readCall(c, head, tail);
    },
  ]),
  ['callbr', readCallbr],
  ...['invoke', 'landingpad', 'resume', 'catchpad', 'cleanuppad', 'catchswitch', 'catchret', 'cleanupret'].map((op): [string, Reader] => [
    op,
    exceptions,
  ]),
]);
