/** DWARF expressions (DWARF 5, section 2.5) from expressions of the IR (LLVM Language Reference, "DIExpression"). */
import { sleb128, uleb128 } from '../../assembler/frames.ts';
import { ATE, numberOf, OP } from '../../dwarf/constants.ts';
import { dwarfNumber } from '../emit.ts';
import type { Reg } from '../mir.ts';
import type { Address, Expression } from './die.ts';

/** Where a value is: in a register, in memory at a distance from the frame's base, an address of memory itself, or known. */
export type Place =
  | { kind: 'register'; reg: Reg }
  /** The value lies in memory, `offset` bytes from the canonical frame address. */
  | { kind: 'frame'; offset: number }
  /** The value is the address `offset` bytes from the canonical frame address. */
  | { kind: 'frameAddress'; offset: number }
  | { kind: 'constant'; value: bigint }
  | { kind: 'bytes'; bytes: Uint8Array }
  | { kind: 'address'; address: Address };

/** Bits of a variable that a location speaks of. */
export type Fragment = { offset: number; size: number };

export type Operations = readonly (string | bigint)[];

export function emptyExpression(): Expression {
  return { bytes: [], addresses: [] };
}

function push(e: Expression, ...bytes: number[]): void {
  for (const byte of bytes) e.bytes.push(byte);
}

/** Splits `DW_OP_LLVM_fragment` from the rest. */
export function splitFragment(ops: Operations): { ops: Operations; fragment?: Fragment } {
  const at = ops.indexOf('DW_OP_LLVM_fragment');
  if (at < 0) return { ops };
  const [offset, size] = [ops[at + 1], ops[at + 2]];
  if (typeof offset !== 'bigint' || typeof size !== 'bigint' || offset < 0n || size <= 0n || offset + size > 1n << 40n)
    return { ops: ops.slice(0, at) };
  return { ops: ops.slice(0, at), fragment: { offset: Number(offset), size: Number(size) } };
}

/** Puts the value at a place on the stack. */
function load(e: Expression, place: Place): boolean {
  switch (place.kind) {
    case 'register': {
      const n = dwarfNumber(place.reg);
      if (n < 32) push(e, OP.breg0 + n, 0);
      // The low 64 bits: what a stack entry holds.
      else push(e, OP.bregx, ...uleb128(BigInt(n)), 0);
      return true;
    }
    case 'frame':
      push(e, OP.fbreg, ...sleb128(BigInt(place.offset)), OP.deref);
      return true;
    case 'frameAddress':
      push(e, OP.fbreg, ...sleb128(BigInt(place.offset)));
      return true;
    case 'constant':
      constant(e, place.value);
      return true;
    case 'address':
      e.addresses.push({ at: e.bytes.length + 1, address: place.address });
      push(e, OP.addr, ...new Array<number>(8).fill(0));
      return true;
    case 'bytes':
      return false;
  }
}

function constant(e: Expression, value: bigint): void {
  if (value >= 0n && value < 32n) push(e, OP.lit0 + Number(value));
  else if (value < 0n) push(e, OP.consts, ...sleb128(value));
  else push(e, OP.constu, ...uleb128(value));
}

/** The value itself at a place, without operations on it. */
function simple(e: Expression, place: Place): void {
  switch (place.kind) {
    case 'register': {
      const n = dwarfNumber(place.reg);
      if (n < 32) push(e, OP.reg0 + n);
      else push(e, OP.regx, ...uleb128(BigInt(n)));
      return;
    }
    case 'frame':
      push(e, OP.fbreg, ...sleb128(BigInt(place.offset)));
      return;
    case 'bytes':
      push(e, OP.implicit_value, ...uleb128(BigInt(place.bytes.length)), ...place.bytes);
      return;
    default:
      load(e, place);
      push(e, OP.stack_value);
  }
}

const withoutOperand = new Set([
  ...['deref', 'dup', 'drop', 'over', 'swap', 'rot', 'abs', 'and', 'div', 'minus', 'mod', 'mul', 'neg', 'not', 'or', 'plus'],
  ...['shl', 'shr', 'shra', 'xor', 'eq', 'ge', 'gt', 'le', 'lt', 'ne', 'nop', 'push_object_address'],
]);

/** Operations whose result depends on bits of the operand above its width. */
const seesHighBits = /^DW_OP_(div|mod|shr|shra|eq|ge|gt|le|lt|ne|abs|LLVM_convert|deref)/;

/**
 * A location from values and the operations on them. Without operations it is where the value is; operations make a value of it, unless the last
 * one is DW_OP_deref, which says that the variable is in memory there, or `inMemory` says so of the result. Undefined when a value or an
 * operation cannot be expressed.
 */
export function locationOf(ops: Operations, values: readonly { place: Place; bits: number }[], inMemory: boolean): Expression | undefined {
  const e = emptyExpression();
  const explicit = ops.includes('DW_OP_LLVM_arg');
  const plain = ops.filter((op, n) => op !== 'DW_OP_stack_value' && op !== 'DW_OP_LLVM_arg' && ops[n - 1] !== 'DW_OP_LLVM_arg');
  if (plain.length === 0 && values.length === 1) {
    const [{ place }] = values;
    if (!inMemory) simple(e, place);
    else if (place.kind === 'bytes' || !load(e, place)) return undefined;
    return e;
  }
  const mask = ops.some((op) => typeof op === 'string' && seesHighBits.test(op));
  const take = (n: number): boolean => {
    if (n >= values.length || !load(e, values[n].place)) return false;
    const { bits } = values[n];
    if (mask && bits < 64) {
      constant(e, (1n << BigInt(bits)) - 1n);
      push(e, OP.and);
    }
    return true;
  };
  if (!explicit && !take(0)) return undefined;
  const last = ops.length - 1;
  const endsInMemory = ops[last] === 'DW_OP_deref';
  if (!operations(e, endsInMemory ? ops.slice(0, last) : ops, take)) return undefined;
  if (!endsInMemory && !inMemory) push(e, OP.stack_value);
  return e;
}

function operations(e: Expression, ops: Operations, take: (argument: number) => boolean): boolean {
  let from: { bits: number; signed: boolean } | undefined;
  for (let n = 0; n < ops.length; n++) {
    const op = ops[n];
    if (typeof op !== 'string') return false;
    const name = op.replace(/^DW_OP_/, '');
    const operand = (k: number): bigint => {
      const value = ops[n + k];
      return typeof value === 'bigint' ? value : -1n;
    };
    if (withoutOperand.has(name)) push(e, numberOf(OP, name) ?? OP.nop);
    else if (name === 'stack_value') continue;
    else if (name === 'plus_uconst' || name === 'constu') push(e, name === 'constu' ? OP.constu : OP.plus_uconst, ...uleb128(operand(1)));
    else if (name === 'consts') push(e, OP.consts, ...sleb128(BigInt.asIntN(64, operandOf(ops[n + 1]))));
    else if (name === 'deref_size') push(e, OP.deref_size, Number(operand(1) & 0xffn));
    else if (name === 'LLVM_arg') {
      if (!take(Number(operand(1)))) return false;
    } else if (name === 'LLVM_convert') {
      const bits = Number(operand(1));
      const encoding = ops[n + 2];
      const signed = encoding === 'DW_ATE_signed' || encoding === 'DW_ATE_signed_char';
      if (bits <= 0 || bits > 64 || (!signed && !isUnsigned(encoding))) return false;
      if (from) extend(e, Math.min(from.bits, bits), from.signed);
      from = from ? undefined : { bits, signed };
      n++;
    } else if (name === 'LLVM_extract_bits_sext' || name === 'LLVM_extract_bits_zext') {
      const [offset, size] = [operand(1), operand(2)];
      if (offset < 0n || size <= 0n || offset + size > 64n) return false;
      shift(e, 64n - offset - size, OP.shl);
      shift(e, 64n - size, name.endsWith('sext') ? OP.shra : OP.shr);
      n++;
    } else if (/^lit([12]?\d|3[01])$/.test(name)) {
      push(e, OP.lit0 + Number(name.slice(3)));
      continue;
    } else return false;
    if (!withoutOperand.has(name)) n++;
  }
  return true;
}

function operandOf(op: string | bigint | undefined): bigint {
  return typeof op === 'bigint' ? op : 0n;
}

function isUnsigned(encoding: string | bigint | undefined): boolean {
  return (
    encoding === 'DW_ATE_unsigned' ||
    encoding === 'DW_ATE_unsigned_char' ||
    encoding === 'DW_ATE_boolean' ||
    encoding === BigInt(ATE.unsigned)
  );
}

/** The low bits of the entry on the stack, extended to all of it. */
function extend(e: Expression, bits: number, signed: boolean): void {
  if (bits >= 64) return;
  const distance = BigInt(64 - bits);
  shift(e, distance, OP.shl);
  shift(e, distance, signed ? OP.shra : OP.shr);
}

function shift(e: Expression, distance: bigint, op: number): void {
  if (distance === 0n) return;
  constant(e, distance);
  push(e, op);
}

/** Several locations, each of a part of the variable. Gaps are parts whose value is not known. */
export function composed(parts: readonly { fragment: Fragment; expression: Expression }[]): Expression {
  const e = emptyExpression();
  let at = 0;
  const piece = (bits: number): void => {
    if (bits % 8 === 0) push(e, OP.piece, ...uleb128(BigInt(bits / 8)));
    else push(e, OP.bit_piece, ...uleb128(BigInt(bits)), 0);
  };
  for (const { fragment, expression } of [...parts].sort((a, b) => a.fragment.offset - b.fragment.offset)) {
    if (fragment.offset < at) continue;
    if (fragment.offset > at) piece(fragment.offset - at);
    for (const { at: within, address } of expression.addresses) e.addresses.push({ at: e.bytes.length + within, address });
    push(e, ...expression.bytes);
    piece(fragment.size);
    at = fragment.offset + fragment.size;
  }
  return e;
}
