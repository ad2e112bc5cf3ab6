/**
 * Executes instructions directly: the plainest emitter there is. It is the yardstick for the tiers that compile, and lets the
 * meaning of rows be tested without them.
 */
import { decode } from './decode.ts';
import type { AccessBits, AccessKind, BranchKind, Emitter, FpWidth, Helper, Width } from './emitter.ts';
import { simdOperation } from './evaluate-simd.ts';
import { fpOps, fpResultBits, type FpEnvironment, type FpOperation } from './softfloat.ts';

/** i32 as number, i64 and v128 as bigint; all unsigned. */
export type Value = number | bigint;

/** Registers. `x` has 31 entries and `v` 32, unsigned; `nzcv` has N at bit 31 ... V at bit 28. */
export type EvaluateState = FpEnvironment & {
  x: bigint[];
  v: bigint[];
  sp: bigint;
  pc: bigint;
  nzcv: number;
};

export type ExceptionCause = 'svc' | 'hvc' | 'smc' | 'brk' | 'hlt' | 'undefined';

/**
 * What lies outside the registers. Any method may throw to abandon the instruction: registers then are as before it, for rows do all that
 * can fault before they write.
 */
export interface EvaluateHost {
  load(bits: AccessBits, address: bigint, kind: AccessKind): bigint;
  store(bits: AccessBits, address: bigint, value: bigint, kind: AccessKind): void;
  /** May move `pc`; the instruction ends here. */
  exception(cause: ExceptionCause, immediate: bigint): void;
  eret(): void;
  mrs(key: number): bigint;
  msr(key: number, value: bigint): void;
  msrImmediate(field: number, immediate: number): void;
  sys(key: number, value: bigint): void;
  hint?(which: 'nop' | 'yield' | 'wfe' | 'wfi' | 'sev' | 'sevl'): void;
  fpTrapped?(): boolean;
}

export function resetState(): EvaluateState {
  return { x: new Array<bigint>(31).fill(0n), v: new Array<bigint>(32).fill(0n), sp: 0n, pc: 0n, nzcv: 0, fpcr: 0, fpsr: 0 };
}

/** Ends an instruction that has caused an exception. */
class Ended extends Error {}

/** Cumulative saturation (C5.2.10 FPSR). */
const fpsrQC = 1 << 27;

const u64 = (v: bigint): bigint => BigInt.asUintN(64, v);
const s64 = (v: bigint): bigint => BigInt.asIntN(64, v);

export class Evaluator implements Emitter<Value, number> {
  readonly state: EvaluateState;
  readonly host: EvaluateHost;
  #next = 0n;
  #monitor: { address: bigint; bits: AccessBits } | undefined;

  constructor(state: EvaluateState, host: EvaluateHost) {
    this.state = state;
    this.host = host;
  }

  /** Executes one instruction word at `state.pc`, and moves `pc` on. */
  execute(word: number): void {
    const s = this.state;
    this.#next = u64(s.pc + 4n);
    try {
      const decoded = decode(word);
      if (!decoded) this.exception('undefined', 0n);
      else decoded.row.does(this, { n: decoded.fields, r: decoded.fields, imm: u64(decoded.imm), imm2: u64(decoded.imm2) });
    } catch (cause) {
      if (cause instanceof Ended) return;
      throw cause;
    }
    s.pc = this.#next;
  }

  i32(n: number): Value {
    return n >>> 0;
  }
  i64(n: bigint): Value {
    return u64(n);
  }

  x(width: Width, reg: number, as?: 'sp'): Value {
    const value = reg === 31 ? (as === 'sp' ? this.state.sp : 0n) : this.state.x[reg];
    return width === 64 ? value : Number(value & 0xffffffffn);
  }

  setX(width: Width, reg: number, value: Value, as?: 'sp'): void {
    if ((width === 64) !== (typeof value === 'bigint')) throw new Error(`a ${width}-bit register cannot take a ${typeof value}`);
    const wide = BigInt(value);
    if (reg !== 31) this.state.x[reg] = wide;
    else if (as === 'sp') this.state.sp = wide;
  }

  register(n: number): number {
    return n;
  }
  registerAfter(reg: number, by: number): number {
    return (reg + by) & 31;
  }

  add(a: Value, b: Value): Value {
    return this.#arithmetic(
      a,
      b,
      (p, q) => p + q,
      (p, q) => p + q,
    );
  }
  sub(a: Value, b: Value): Value {
    return this.#arithmetic(
      a,
      b,
      (p, q) => p - q,
      (p, q) => p - q,
    );
  }
  mul(a: Value, b: Value): Value {
    return this.#arithmetic(a, b, Math.imul, (p, q) => p * q);
  }
  divU(a: Value, b: Value): Value {
    return this.#arithmetic(
      a,
      b,
      (p, q) => (q === 0 ? 0 : Math.floor(p / q)),
      (p, q) => (q === 0n ? 0n : p / q),
    );
  }
  divS(a: Value, b: Value): Value {
    return this.#arithmetic(
      a,
      b,
      (p, q) => (q === 0 ? 0 : Math.trunc((p | 0) / (q | 0))),
      (p, q) => (q === 0n ? 0n : s64(p) / s64(q)),
    );
  }
  mulHighU(a: Value, b: Value): Value {
    return (long(a) * long(b)) >> 64n;
  }
  mulHighS(a: Value, b: Value): Value {
    return u64((s64(long(a)) * s64(long(b))) >> 64n);
  }
  and(a: Value, b: Value): Value {
    return this.#arithmetic(
      a,
      b,
      (p, q) => p & q,
      (p, q) => p & q,
    );
  }
  or(a: Value, b: Value): Value {
    return this.#arithmetic(
      a,
      b,
      (p, q) => p | q,
      (p, q) => p | q,
    );
  }
  xor(a: Value, b: Value): Value {
    return this.#arithmetic(
      a,
      b,
      (p, q) => p ^ q,
      (p, q) => p ^ q,
    );
  }
  not(a: Value): Value {
    return typeof a === 'number' ? ~a >>> 0 : u64(~a);
  }
  shl(a: Value, amount: Value): Value {
    return this.#arithmetic(
      a,
      amount,
      (p, q) => p << (q & 31),
      (p, q) => p << (q & 63n),
    );
  }
  shrU(a: Value, amount: Value): Value {
    return this.#arithmetic(
      a,
      amount,
      (p, q) => p >>> (q & 31),
      (p, q) => p >> (q & 63n),
    );
  }
  shrS(a: Value, amount: Value): Value {
    return this.#arithmetic(
      a,
      amount,
      (p, q) => (p | 0) >> (q & 31),
      (p, q) => s64(p) >> (q & 63n),
    );
  }
  rotr(a: Value, amount: Value): Value {
    return this.#arithmetic(
      a,
      amount,
      (p, q) => (p >>> (q & 31)) | (p << (-q & 31)),
      (p, q) => (p >> (q & 63n)) | (p << (-q & 63n)),
    );
  }
  clz(a: Value): Value {
    if (typeof a === 'number') return Math.clz32(a);
    const high = Number(a >> 32n);
    return BigInt(high !== 0 ? Math.clz32(high) : 32 + Math.clz32(Number(a & 0xffffffffn)));
  }
  popcnt(a: Value): Value {
    let count = 0;
    for (let rest = BigInt(a); rest !== 0n; rest &= rest - 1n) count++;
    return typeof a === 'number' ? count : BigInt(count);
  }

  eq(a: Value, b: Value): Value {
    sameType(a, b);
    return a === b ? 1 : 0;
  }
  ne(a: Value, b: Value): Value {
    sameType(a, b);
    return a !== b ? 1 : 0;
  }
  ltU(a: Value, b: Value): Value {
    sameType(a, b);
    return a < b ? 1 : 0;
  }
  ltS(a: Value, b: Value): Value {
    sameType(a, b);
    return signedValue(a) < signedValue(b) ? 1 : 0;
  }
  isZero(a: Value): Value {
    return a === 0 || a === 0n ? 1 : 0;
  }
  select(condition: Value, ifTrue: Value, ifFalse: Value): Value {
    sameType(ifTrue, ifFalse);
    return truth(condition) ? ifTrue : ifFalse;
  }
  signExtend(a: Value, bits: 8 | 16 | 32): Value {
    return typeof a === 'number' ? ((a << (32 - bits)) >> (32 - bits)) >>> 0 : u64(BigInt.asIntN(bits, a));
  }
  wrap(a: Value): Value {
    return Number(long(a) & 0xffffffffn);
  }
  extendU(a: Value): Value {
    return BigInt(word(a));
  }
  extendS(a: Value): Value {
    return u64(BigInt(word(a) | 0));
  }

  addFlags(a: Value, b: Value, carry: Value = 0): Value {
    sameType(a, b);
    const bits = typeof a === 'number' ? 32 : 64;
    const c = BigInt(word(carry));
    const sum = BigInt(a) + BigInt(b) + c;
    const result = BigInt.asUintN(bits, sum);
    const signed = BigInt.asIntN(bits, BigInt(a)) + BigInt.asIntN(bits, BigInt(b)) + c;
    this.#setFlags(bits, result, result !== sum, BigInt.asIntN(bits, result) !== signed);
    return bits === 32 ? Number(result) : result;
  }
  subFlags(a: Value, b: Value, carry: Value = 1): Value {
    return this.addFlags(a, this.not(b), carry);
  }
  logicFlags(result: Value): void {
    this.#setFlags(typeof result === 'number' ? 32 : 64, BigInt(result), false, false);
  }
  nzcv(): Value {
    return this.state.nzcv;
  }
  setNzcv(value: Value): void {
    this.state.nzcv = (word(value) & 0xf0000000) >>> 0;
  }
  carry(): Value {
    return (this.state.nzcv >>> 29) & 1;
  }
  condition(code: number): Value {
    return conditionHolds(code, this.state.nzcv) ? 1 : 0;
  }
  ifElse(condition: Value, then: () => void, otherwise?: () => void): void {
    if (truth(condition)) then();
    else otherwise?.();
  }

  load(bits: AccessBits, address: Value, kind: AccessKind = {}): Value {
    const value = this.host.load(bits, long(address), kind);
    return bits <= 32 ? Number(value) : value;
  }
  store(bits: AccessBits, address: Value, value: Value, kind: AccessKind = {}): void {
    if (bits <= 32 !== (typeof value === 'number')) throw new Error(`a ${bits}-bit store cannot take a ${typeof value}`);
    this.host.store(bits, long(address), BigInt.asUintN(bits, BigInt(value)), kind);
  }
  loadExclusive(bits: AccessBits, address: Value, kind: AccessKind = {}): Value {
    const value = this.load(bits, address, { ...kind, ordered: true });
    this.#monitor = { address: long(address), bits };
    return value;
  }
  storeExclusive(bits: AccessBits, address: Value, value: Value, kind: AccessKind = {}): Value {
    const monitor = this.#monitor;
    this.#monitor = undefined;
    if (monitor?.address !== address || monitor.bits !== bits) return 1;
    this.store(bits, address, value, { ...kind, ordered: true });
    return 0;
  }
  clearExclusive(): void {
    this.#monitor = undefined;
  }

  v(reg: number): Value {
    return this.state.v[reg];
  }
  setV(reg: number, value: Value): void {
    this.state.v[reg] = long(value);
  }
  fp(width: FpWidth, reg: number): Value {
    const bits = BigInt.asUintN(width, this.state.v[reg]);
    return width === 64 ? bits : Number(bits);
  }
  setFp(width: FpWidth, reg: number, bits: Value): void {
    if ((width === 64) !== (typeof bits === 'bigint')) throw new Error(`a ${width}-bit FP register cannot take a ${typeof bits}`);
    this.state.v[reg] = BigInt.asUintN(width, BigInt(bits));
  }
  v128(low: Value, high: Value): Value {
    return long(low) | (long(high) << 64n);
  }
  half(a: Value, index: 0 | 1): Value {
    return u64(long(a) >> BigInt(64 * index));
  }
  simd(op: string, args: readonly Value[], lanes: readonly number[] = []): Value {
    return simdOperation(op, args, lanes);
  }
  fpOp(op: string, width: FpWidth, args: readonly Value[]): Value {
    const operation: FpOperation | undefined = (fpOps as Readonly<Record<string, FpOperation>>)[op];
    if (!operation) throw new Error(`softfloat has no operation ${op}`);
    const result = operation(this.state, width, ...args.map(BigInt));
    return fpResultBits(op, width) === 64 ? result : Number(result);
  }
  setSaturated(condition: Value): void {
    if (truth(condition)) this.state.fpsr |= fpsrQC;
  }
  fpVector(op: string, width: 32 | 64, args: readonly Value[]): Value {
    let result = 0n;
    for (let at = 0; at < 128; at += width) {
      const lanes = args.map((a) => BigInt.asUintN(width, long(a) >> BigInt(at)));
      result |= BigInt(this.fpOp(op, width, width === 64 ? lanes : lanes.map(Number))) << BigInt(at);
    }
    return result;
  }
  checkFpEnabled(): void {
    if (this.host.fpTrapped?.()) throw new Ended();
  }
  call(helper: Helper, args: readonly Value[]): Value {
    helper.params.forEach((type, i) => {
      if ((type === 'i32') !== (typeof args[i] === 'number')) throw new Error(`${helper.name}: argument ${i} is not ${type}`);
    });
    return helper.fn(...args);
  }

  pc(): Value {
    return this.state.pc;
  }
  // The kind is for tiers that predict.
  branch(target: Value, _kind: BranchKind): void {
    this.#next = long(target);
  }
  branchIf(condition: Value, target: Value): void {
    if (truth(condition)) this.#next = long(target);
  }

  exception(cause: ExceptionCause, immediate: Value): void {
    this.host.exception(cause, long(immediate));
    throw new Ended();
  }
  eret(): void {
    this.host.eret();
    throw new Ended();
  }
  mrs(key: Value): Value {
    return this.host.mrs(Number(key));
  }
  msr(key: Value, value: Value): void {
    this.host.msr(Number(key), long(value));
  }
  msrImmediate(field: number, immediate: Value): void {
    this.host.msrImmediate(field, Number(immediate));
  }
  sys(key: Value, value: Value): void {
    this.host.sys(Number(key), long(value));
  }
  hint(which: 'nop' | 'yield' | 'wfe' | 'wfi' | 'sev' | 'sevl'): void {
    this.host.hint?.(which);
  }
  // Accesses take effect in program order as it is.
  barrier(): void {}

  #arithmetic(a: Value, b: Value, narrow: (p: number, q: number) => number, wide: (p: bigint, q: bigint) => bigint): Value {
    if (typeof a === 'number' && typeof b === 'number') return narrow(a, b) >>> 0;
    if (typeof a === 'bigint' && typeof b === 'bigint') return u64(wide(a, b));
    throw new Error('operands of two types');
  }

  #setFlags(bits: 32 | 64, result: bigint, carry: boolean, overflow: boolean): void {
    const n = Number(result >> BigInt(bits - 1));
    const z = result === 0n ? 1 : 0;
    this.state.nzcv = ((n << 31) | (z << 30) | ((carry ? 1 : 0) << 29) | ((overflow ? 1 : 0) << 28)) >>> 0;
  }
}

/** ConditionHolds (shared/functions/system, J1): bits 3:1 select, bit 0 inverts, but 1111 is always. */
export function conditionHolds(code: number, nzcv: number): boolean {
  const n = nzcv >>> 31 === 1;
  const z = ((nzcv >>> 30) & 1) === 1;
  const c = ((nzcv >>> 29) & 1) === 1;
  const v = ((nzcv >>> 28) & 1) === 1;
  const holds = [z, c, n, v, c && !z, n === v, n === v && !z, true][code >> 1];
  return code & 1 && code !== 15 ? !holds : holds;
}

function sameType(a: Value, b: Value): void {
  if (typeof a !== typeof b) throw new Error('operands of two types');
}
function word(a: Value): number {
  if (typeof a !== 'number') throw new Error('an i32 is needed');
  return a;
}
function long(a: Value): bigint {
  if (typeof a !== 'bigint') throw new Error('an i64 is needed');
  return a;
}
function truth(a: Value): boolean {
  return word(a) !== 0;
}
function signedValue(a: Value): Value {
  return typeof a === 'number' ? a | 0 : s64(a);
}
