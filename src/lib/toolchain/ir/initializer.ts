import { bitsOf, sizeOf, storeSizeOf, structLayout } from './layout.ts';
import type { Block, Constant, Global, IrFunction, Type } from './types.ts';

/** An address plus a constant, perhaps relative to where it is stored. */
export type SymbolicValue = {
  target: { kind: 'global'; global: Global } | { kind: 'block'; fn: IrFunction; block: Block };
  addend: bigint;
  /** Subtracted address: `a - b`. */
  minus?: { kind: 'global'; global: Global } | { kind: 'block'; fn: IrFunction; block: Block };
};

export type InitializerRelocation = SymbolicValue & { offset: number; size: 4 | 8 | 2 | 1 };
export type InitializedData = { bytes: Uint8Array; relocations: InitializerRelocation[]; zero: boolean };

/** What cannot be written as data; the message names the construct. */
export class UnsupportedConstant extends Error {}

/** Bytes and relocations of a constant of some type. Throws {@link UnsupportedConstant}. */
export function initializerOf(constant: Constant): InitializedData {
  const bytes = new Uint8Array(sizeOf(constant.type));
  const relocations: InitializerRelocation[] = [];
  write(constant, bytes, 0, relocations);
  return { bytes, relocations, zero: relocations.length === 0 && bytes.every((b) => b === 0) };
}

function putInteger(bytes: Uint8Array, at: number, value: bigint, size: number): void {
  let rest = value;
  for (let i = 0; i < size; i++) {
    bytes[at + i] = Number(rest & 0xffn);
    rest >>= 8n;
  }
}

function write(c: Constant, bytes: Uint8Array, at: number, relocations: InitializerRelocation[]): void {
  switch (c.kind) {
    case 'zero':
    case 'null':
    case 'undef':
    case 'poison':
    case 'none':
      return;
    case 'int':
      return putInteger(bytes, at, c.value, storeSizeOf(c.type));
    case 'fp':
      return putInteger(bytes, at, c.bits, sizeOf(c.type));
    case 'bytes':
      bytes.set(c.bytes, at);
      return;
    case 'aggregate':
      return writeAggregate(c, bytes, at, relocations);
    default: {
      const value = evaluate(c);
      if (typeof value === 'bigint') return putInteger(bytes, at, value, storeSizeOf(c.type));
      const size = storeSizeOf(c.type);
      if (size !== 1 && size !== 2 && size !== 4 && size !== 8) throw new UnsupportedConstant(`an address in a constant of ${size} bytes`);
      relocations.push({ ...value, offset: at, size });
    }
  }
}

function writeAggregate(
  c: Extract<Constant, { kind: 'aggregate' }>,
  bytes: Uint8Array,
  at: number,
  relocations: InitializerRelocation[],
): void {
  const { type } = c;
  if (type.kind === 'struct') {
    const { offsets } = structLayout(type);
    c.elements.forEach((e, i) => write(e, bytes, at + offsets[i], relocations));
  } else if (type.kind === 'array') {
    const step = sizeOf(type.element);
    c.elements.forEach((e, i) => write(e, bytes, at + i * step, relocations));
  } else if (type.kind === 'vector') {
    const bits = bitsOf(type.element);
    if (bits % 8 === 0) c.elements.forEach((e, i) => write(e, bytes, at + (i * bits) / 8, relocations));
    else {
      const packed = c.elements.reduce((sum, e, i) => sum | ((e.kind === 'int' ? e.value : 0n) << BigInt(i * bits)), 0n);
      putInteger(bytes, at, packed, storeSizeOf(type));
    }
  }
}

/** An integer, or an address with an addend. */
export function evaluate(c: Constant): bigint | SymbolicValue {
  switch (c.kind) {
    case 'int':
      return c.value;
    case 'fp':
      return c.bits;
    case 'zero':
    case 'null':
    case 'undef':
    case 'poison':
    case 'none':
      return 0n;
    case 'global':
    case 'dso_local_equivalent':
    case 'no_cfi':
      return { target: { kind: 'global', global: c.global }, addend: 0n };
    case 'blockaddress':
      return { target: { kind: 'block', fn: c.fn, block: c.block }, addend: 0n };
    case 'expr':
      return evaluateExpression(c);
    default:
      throw new UnsupportedConstant(`a constant ${c.kind} where a number is needed`);
  }
}

function evaluateExpression(c: Extract<Constant, { kind: 'expr' }>): bigint | SymbolicValue {
  const bits = c.type.kind === 'int' ? c.type.bits : 64;
  const cut = (v: bigint | SymbolicValue): bigint | SymbolicValue => (typeof v === 'bigint' ? BigInt.asUintN(bits, v) : v);
  switch (c.op) {
    case 'ptrtoint':
    case 'ptrtoaddr':
    case 'inttoptr':
    case 'bitcast':
    case 'addrspacecast':
    case 'trunc':
    case 'zext':
      return cut(evaluate(c.operands[0]));
    case 'sext': {
      const value = evaluate(c.operands[0]);
      return typeof value === 'bigint' ? cut(BigInt.asIntN(bitsOf(c.operands[0].type), value)) : value;
    }
    case 'getelementptr':
      return evaluateAddress(c);
    case 'add':
      return cut(plus(evaluate(c.operands[0]), evaluate(c.operands[1])));
    case 'sub':
      return cut(minus(evaluate(c.operands[0]), evaluate(c.operands[1])));
  }
  const [a, b] = c.operands.map(evaluate);
  if (typeof a !== 'bigint' || typeof b !== 'bigint') throw new UnsupportedConstant(`constant expression ${c.op} of an address`);
  switch (c.op) {
    case 'mul':
      return cut(a * b);
    case 'xor':
      return cut(a ^ b);
    case 'and':
      return cut(a & b);
    case 'or':
      return cut(a | b);
    case 'shl':
      return cut(a << b);
    case 'lshr':
      return cut(a >> b);
  }
  throw new UnsupportedConstant(`constant expression ${c.op}`);
}

function plus(a: bigint | SymbolicValue, b: bigint | SymbolicValue): bigint | SymbolicValue {
  if (typeof a === 'bigint') return typeof b === 'bigint' ? a + b : { ...b, addend: b.addend + BigInt.asIntN(64, a) };
  if (typeof b === 'bigint') return { ...a, addend: a.addend + BigInt.asIntN(64, b) };
  throw new UnsupportedConstant('the sum of two addresses');
}

function minus(a: bigint | SymbolicValue, b: bigint | SymbolicValue): bigint | SymbolicValue {
  if (typeof b === 'bigint') return plus(a, -BigInt.asIntN(64, b));
  if (typeof a === 'bigint' || a.minus || b.minus) throw new UnsupportedConstant('the negative of an address');
  return { ...a, addend: a.addend - b.addend, minus: b.target };
}

function evaluateAddress(c: Extract<Constant, { kind: 'expr' }>): bigint | SymbolicValue {
  const indices = c.operands.slice(1).map((i) => {
    const v = evaluate(i);
    if (typeof v !== 'bigint') throw new UnsupportedConstant('an address as an index');
    return BigInt.asIntN(bitsOf(i.type), v);
  });
  return plus(evaluate(c.operands[0]), constantOffset(c.sourceType ?? c.type, indices));
}

/** Byte offset of constant getelementptr indices. */
export function constantOffset(sourceType: Type, indices: readonly bigint[]): bigint {
  let offset = 0n;
  let type: Type = sourceType;
  indices.forEach((index, level) => {
    if (level === 0) offset += index * BigInt(sizeOf(type));
    else if (type.kind === 'struct') {
      offset += BigInt(structLayout(type).offsets[Number(index)]);
      type = type.fields[Number(index)];
    } else if (type.kind === 'array' || type.kind === 'vector') {
      type = type.element;
      offset += index * BigInt(sizeOf(type));
    } else throw new UnsupportedConstant(`an index into ${type.kind}`);
  });
  return offset;
}
