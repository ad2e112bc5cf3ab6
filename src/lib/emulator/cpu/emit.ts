import type { AccessBits, AccessKind, BranchKind, Emitter, FpWidth, Helper, Width } from '../../arm64/emitter.ts';
import { Graph, type Value } from './graph.ts';
import { Flags } from './layout.ts';
import type { WasmType } from './wasm.ts';
import { vectorResult, type NumericOp } from './wasm-opcodes.ts';

type Integer = 'i32' | 'i64';

/** The integer type of a value; a vector here is a bug in an instruction's meaning. */
export function integerOf(v: Value): Integer {
  if (v.type !== 'i32' && v.type !== 'i64') throw new Error(`an integer is needed here, not ${v.type}`);
  return v.type;
}

/** Bits of an access to the type that it has in registers. */
export function accessType(bits: AccessBits): 'i32' | 'i64' | 'v128' {
  return bits === 128 ? 'v128' : bits === 64 ? 'i64' : 'i32';
}

const bitsOf = { i32: 32, i64: 64 } as const;

type Folder = (a: bigint, b: bigint, bits: 32 | 64) => bigint;
const modulo = (amount: bigint, bits: number): bigint => amount & BigInt(bits - 1);

/** Operations on constants; operands are unsigned. */
const folders = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  and: (a, b) => a & b,
  or: (a, b) => a | b,
  xor: (a, b) => a ^ b,
  shl: (a, b, bits) => a << modulo(b, bits),
  shr_u: (a, b, bits) => a >> modulo(b, bits),
  shr_s: (a, b, bits) => BigInt.asIntN(bits, a) >> modulo(b, bits),
  rotr: (a, b, bits) => (a >> modulo(b, bits)) | (a << (BigInt(bits) - modulo(b, bits))),
} as const satisfies Record<string, Folder>;

type BinaryName = keyof typeof folders;

/** Operations that a zero on the right leaves as they are. */
const neutralZero = new Set<BinaryName>(['add', 'sub', 'or', 'xor', 'shl', 'shr_u', 'shr_s', 'rotr']);

const comparers = {
  eq: (a: bigint, b: bigint) => a === b,
  ne: (a: bigint, b: bigint) => a !== b,
  lt_u: (a: bigint, b: bigint) => a < b,
  lt_s: (a: bigint, b: bigint, bits: number) => BigInt.asIntN(bits, a) < BigInt.asIntN(bits, b),
} as const;

const laneShift = /^i\d+x\d+\.sh(l|r_[su])$/;

function unsigned(v: Value): bigint | undefined {
  return v.constant === undefined ? undefined : BigInt.asUintN(bitsOf[integerOf(v)], BigInt(v.constant));
}

/**
 * What interpreter handlers and translated regions have in common: everything that is a matter of values. Where registers, flags and
 * control live is for the subclasses.
 */
export abstract class WasmEmitter<R> implements Emitter<Value, R> {
  protected readonly graph = new Graph();
  /** Vectors made of two i64 halves, so that taking or storing a half does not go through a vector register. */
  readonly #halves = new Map<Value, readonly [Value, Value]>();

  abstract x(width: Width, reg: R, as?: 'sp'): Value;
  abstract setX(width: Width, reg: R, value: Value, as?: 'sp'): void;
  abstract register(n: number): R;
  abstract registerAfter(reg: R, by: number): R;
  /** Leaves NZCV to be computed from two i64 by {@link Flags}. */
  protected abstract setFlags(kind: (typeof Flags)[keyof typeof Flags], a: Value, b: Value): void;
  abstract nzcv(): Value;
  abstract carry(): Value;
  abstract condition(code: number): Value;
  abstract load(bits: AccessBits, address: Value, kind?: AccessKind): Value;
  abstract store(bits: AccessBits, address: Value, value: Value, kind?: AccessKind): void;
  abstract loadExclusive(bits: AccessBits, address: Value, kind?: AccessKind): Value;
  abstract storeExclusive(bits: AccessBits, address: Value, value: Value, kind?: AccessKind): Value;
  abstract clearExclusive(): void;
  abstract v(reg: R): Value;
  abstract setV(reg: R, value: Value): void;
  abstract fp(width: FpWidth, reg: R): Value;
  abstract setFp(width: FpWidth, reg: R, bits: Value): void;
  abstract fpOp(op: string, width: FpWidth, args: readonly Value[]): Value;
  abstract setSaturated(condition: Value): void;
  abstract checkFpEnabled(): void;
  abstract call(helper: Helper, args: readonly Value[]): Value;
  abstract pc(): Value;
  abstract branch(target: Value, kind: BranchKind): void;
  abstract branchIf(condition: Value, target: Value): void;
  abstract exception(cause: 'svc' | 'hvc' | 'smc' | 'brk' | 'hlt' | 'undefined', immediate: Value): void;
  abstract eret(): void;
  abstract mrs(key: Value): Value;
  abstract msr(key: Value, value: Value): void;
  abstract msrImmediate(field: number, immediate: Value): void;
  abstract sys(key: Value, value: Value): void;
  abstract hint(which: 'nop' | 'yield' | 'wfe' | 'wfi' | 'sev' | 'sevl'): void;

  // All accesses of one CPU are in program order, and CPUs take turns.
  barrier(): void {}

  i32(n: number): Value {
    return this.graph.constant('i32', n);
  }

  i64(n: bigint): Value {
    return this.graph.constant('i64', n);
  }

  add(a: Value, b: Value): Value {
    return this.#binary('add', a, b);
  }

  sub(a: Value, b: Value): Value {
    return this.#binary('sub', a, b);
  }

  mul(a: Value, b: Value): Value {
    return this.#binary('mul', a, b);
  }

  divU(a: Value, b: Value): Value {
    const type = integerOf(a);
    return this.graph.pureKept(type, [a, b], (code, push) => {
      push(b);
      code.op(`${type}.eqz`).if(type);
      push(b);
      code.else();
      push(a);
      push(b);
      code.op(`${type}.div_u`).end();
    });
  }

  divS(a: Value, b: Value): Value {
    const type = integerOf(a);
    const zero = this.graph.constant(type, 0);
    const minusOne = this.graph.constant(type, -1);
    return this.graph.pureKept(type, [a, b], (code, push) => {
      push(b);
      code.op(`${type}.eqz`).if(type);
      push(b);
      code.else();
      // The quotient that does not fit would trap.
      push(b);
      push(minusOne);
      code.op(`${type}.eq`).if(type);
      push(zero);
      push(a);
      code.op(`${type}.sub`).else();
      push(a);
      push(b);
      code.op(`${type}.div_s`).end().end();
    });
  }

  mulHighU(a: Value, b: Value): Value {
    const low = (v: Value) => this.and(v, this.i64(0xffff_ffffn));
    const high = (v: Value) => this.shrU(v, this.i64(32n));
    const lowProduct = this.mul(low(a), low(b));
    const first = this.add(this.mul(high(a), low(b)), high(lowProduct));
    const second = this.add(this.mul(low(a), high(b)), low(first));
    return this.add(this.add(this.mul(high(a), high(b)), high(first)), high(second));
  }

  mulHighS(a: Value, b: Value): Value {
    const ifNegative = (v: Value, other: Value) => this.and(this.shrS(v, this.i64(63n)), other);
    return this.sub(this.sub(this.mulHighU(a, b), ifNegative(a, b)), ifNegative(b, a));
  }

  and(a: Value, b: Value): Value {
    return this.#binary('and', a, b);
  }

  or(a: Value, b: Value): Value {
    return this.#binary('or', a, b);
  }

  xor(a: Value, b: Value): Value {
    return this.#binary('xor', a, b);
  }

  not(a: Value): Value {
    return this.xor(a, this.graph.constant(integerOf(a), -1));
  }

  shl(a: Value, amount: Value): Value {
    return this.#binary('shl', a, amount);
  }

  shrU(a: Value, amount: Value): Value {
    return this.#binary('shr_u', a, amount);
  }

  shrS(a: Value, amount: Value): Value {
    return this.#binary('shr_s', a, amount);
  }

  rotr(a: Value, amount: Value): Value {
    return this.#binary('rotr', a, amount);
  }

  clz(a: Value): Value {
    const type = integerOf(a);
    return this.graph.op(type, `${type}.clz`, a);
  }

  popcnt(a: Value): Value {
    const type = integerOf(a);
    return this.graph.op(type, `${type}.popcnt`, a);
  }

  eq(a: Value, b: Value): Value {
    return this.#compare('eq', a, b);
  }

  ne(a: Value, b: Value): Value {
    return this.#compare('ne', a, b);
  }

  ltU(a: Value, b: Value): Value {
    return this.#compare('lt_u', a, b);
  }

  ltS(a: Value, b: Value): Value {
    return this.#compare('lt_s', a, b);
  }

  isZero(a: Value): Value {
    const known = unsigned(a);
    return known === undefined ? this.graph.op('i32', `${integerOf(a)}.eqz`, a) : this.i32(known === 0n ? 1 : 0);
  }

  select(condition: Value, ifTrue: Value, ifFalse: Value): Value {
    if (condition.constant !== undefined) return condition.constant ? ifTrue : ifFalse;
    if (ifTrue === ifFalse) return ifTrue;
    if (ifTrue.type === 'v128') {
      // The plain select takes numeric types only: choose by a mask.
      const mask = this.graph.pure('v128', [condition], (code, push) => {
        push(condition);
        code.op('i32.eqz').i32(1).op('i32.sub').vector('i32x4.splat');
      });
      return this.simd('v128.bitselect', [ifTrue, ifFalse, mask]);
    }
    return this.graph.pure(ifTrue.type, [ifTrue, ifFalse, condition], (code, push) => {
      push(ifTrue);
      push(ifFalse);
      push(condition);
      code.op('select');
    });
  }

  signExtend(a: Value, bits: 8 | 16 | 32): Value {
    const type = integerOf(a);
    const known = unsigned(a);
    if (known !== undefined) return this.graph.constant(type, BigInt.asIntN(bits, known));
    if (type === 'i32' && bits === 32) return a;
    return this.graph.op(type, type === 'i64' ? `i64.extend${bits}_s` : bits === 8 ? 'i32.extend8_s' : 'i32.extend16_s', a);
  }

  wrap(a: Value): Value {
    const known = unsigned(a);
    return known === undefined ? this.graph.op('i32', 'i32.wrap_i64', a) : this.i32(Number(BigInt.asIntN(32, known)));
  }

  extendU(a: Value): Value {
    const known = unsigned(a);
    return known === undefined ? this.graph.op('i64', 'i64.extend_i32_u', a) : this.i64(known);
  }

  extendS(a: Value): Value {
    const known = unsigned(a);
    return known === undefined ? this.graph.op('i64', 'i64.extend_i32_s', a) : this.i64(BigInt.asIntN(32, known));
  }

  addFlags(a: Value, b: Value, carry?: Value): Value {
    if (carry) return this.#addWithCarry(a, b, carry);
    this.setFlags(Flags.add, this.raised(a), this.raised(b));
    return this.add(a, b);
  }

  subFlags(a: Value, b: Value, carry?: Value): Value {
    if (carry) return this.#addWithCarry(a, this.not(b), carry);
    this.setFlags(Flags.sub, this.raised(a), this.raised(b));
    return this.sub(a, b);
  }

  logicFlags(result: Value): void {
    this.setFlags(Flags.logic, this.raised(result), this.i64(0n));
  }

  setNzcv(value: Value): void {
    this.setFlags(Flags.packed, this.extendU(this.and(value, this.i32(0xf000_0000))), this.i64(0n));
  }

  ifElse(condition: Value, then: () => void, otherwise?: () => void): void {
    if (condition.constant === undefined) this.graph.ifElse(condition, then, otherwise);
    else if (condition.constant) then();
    else otherwise?.();
  }

  v128(low: Value, high: Value): Value {
    const { constant: lowConstant } = low;
    const { constant: highConstant } = high;
    const isConstant = lowConstant !== undefined && highConstant !== undefined;
    const made = this.graph.pure('v128', isConstant ? [] : [low, high], (code, push) => {
      if (isConstant) {
        code.v128(BigInt(lowConstant), BigInt(highConstant));
        return;
      }
      push(low);
      code.vector('i64x2.splat');
      push(high);
      code.vector('i64x2.replace_lane', [1]);
    });
    this.#halves.set(made, [low, high]);
    return made;
  }

  half(a: Value, index: 0 | 1): Value {
    return (
      this.#halves.get(a)?.[index] ??
      this.graph.pure('i64', [a], (code, push) => {
        push(a);
        code.vector('i64x2.extract_lane', [index]);
      })
    );
  }

  /** Lane by lane; a subclass may know better for some operations. */
  fpVector(op: string, width: 32 | 64, args: readonly Value[]): Value {
    const lane = (v: Value, i: number): Value => (width === 64 ? this.half(v, i === 0 ? 0 : 1) : this.simd('i32x4.extract_lane', [v], [i]));
    const results = Array.from({ length: 128 / width }, (_, i) => {
      return this.fpOp(
        op,
        width,
        args.map((a) => lane(a, i)),
      );
    });
    if (width === 64) return this.v128(results[0], results[1]);
    const pair = (low: Value, high: Value): Value => this.or(this.extendU(low), this.shl(this.extendU(high), this.i64(32n)));
    return this.v128(pair(results[0], results[1]), pair(results[2], results[3]));
  }

  simd(op: string, args: readonly Value[], lanes: readonly number[] = []): Value {
    if (args[1]?.constant === 0 && laneShift.test(op)) return args[0];
    return this.graph.pure(vectorResult(op), args, (code, push) => {
      for (const a of args) push(a);
      code.vector(op, lanes);
    });
  }

  /** The halves of a vector that was made of two. */
  protected halvesOf(a: Value): readonly [Value, Value] | undefined {
    return this.#halves.get(a);
  }

  /** A 32-bit operand in the upper half of an i64: sums, borrows and signs come out as those of 64 bits do. */
  protected raised(a: Value): Value {
    return a.type === 'i64' ? a : this.shl(this.extendU(a), this.i64(32n));
  }

  #addWithCarry(a: Value, b: Value, carry: Value): Value {
    const type = integerOf(a);
    const sum = this.add(this.add(a, b), type === 'i64' ? this.extendU(carry) : carry);
    const top = type === 'i64' ? this.i64(63n) : this.i32(31);
    const bit = (v: Value): Value => {
      const shifted = this.shrU(v, top);
      return type === 'i64' ? this.wrap(shifted) : shifted;
    };
    // With a carry in, a sum that equals an operand has gone all the way round.
    const carryOut = this.or(this.ltU(sum, a), this.and(carry, this.eq(sum, a)));
    const overflow = bit(this.and(this.xor(a, sum), this.xor(b, sum)));
    const at = (v: Value, position: number): Value => this.shl(v, this.i32(position));
    this.setNzcv(this.or(this.or(at(bit(sum), 31), at(this.isZero(sum), 30)), this.or(at(carryOut, 29), at(overflow, 28))));
    return sum;
  }

  #binary(name: BinaryName, a: Value, b: Value): Value {
    const type = integerOf(a);
    if (b.type !== type) throw new Error(`${name} of ${type} and ${b.type}`);
    const left = unsigned(a);
    const right = unsigned(b);
    if (right !== undefined) {
      if (left !== undefined) return this.graph.constant(type, folders[name](left, right, bitsOf[type]));
      if (right === 0n && neutralZero.has(name)) return a;
      if (right === 0n && (name === 'and' || name === 'mul')) return b;
      if (name === 'and' && right === BigInt.asUintN(bitsOf[type], -1n)) return a;
    }
    if (left === 0n && (name === 'add' || name === 'or' || name === 'xor')) return b;
    if (left === 0n && (name === 'and' || name === 'mul')) return a;
    const op: NumericOp = `${type}.${name}`;
    return this.graph.op(type satisfies WasmType, op, a, b);
  }

  #compare(name: keyof typeof comparers, a: Value, b: Value): Value {
    const type = integerOf(a);
    if (b.type !== type) throw new Error(`${name} of ${type} and ${b.type}`);
    const left = unsigned(a);
    const right = unsigned(b);
    if (left !== undefined && right !== undefined) return this.i32(comparers[name](left, right, bitsOf[type]) ? 1 : 0);
    return this.graph.op('i32', `${type}.${name}`, a, b);
  }
}
