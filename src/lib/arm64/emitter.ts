/**
 * The interface against which every instruction's meaning is written, once.
 *
 * `does(e, f)` calls methods of an emitter; the emitter decides what a value is. An interpreter generator makes
 * them WebAssembly locals computed from the decoded instruction's operands; a translator knows every operand and folds;
 * a printer makes text of them. So no tier can disagree about what an instruction means.
 *
 * `V` is the emitter's value, `R` its register operand (a number for a translator, a run-time index for an
 * interpreter). Fields of an encoding that select behaviour (sf, size, opc, cond, shift type) are plain numbers
 * in both: an interpreter has one handler for each combination ("variant") that occurs.
 *
 * Order: calls have effect in program order. Values are immutable: a value read from a register stays what it was
 * after the register is written. An instruction must do everything that can fault before it writes
 * registers, so that exceptions are precise: after a faulting load or store nothing that follows is executed.
 */
export type ValueType = 'i32' | 'i64' | 'v128';
export type Width = 32 | 64;
export type FpWidth = 16 | 32 | 64;
export type AccessBits = 8 | 16 | 32 | 64 | 128;

/** How an access differs from a plain one. */
export type AccessKind = {
  /** Load-acquire, store-release, atomic: must be aligned; order is program order in any case. */
  ordered?: boolean;
  /** LDTR, STTR: checked as EL0. */
  unprivileged?: boolean;
  /** A load that a store to the same place follows (LSE atomics): checked as a write. */
  forWrite?: boolean;
};

export type BranchKind = 'jump' | 'call' | 'indirect' | 'indirectCall' | 'return';

/** A function of plain values that is too rare or too long to be emitted; see {@link Emitter.call}. */
export type Helper = {
  readonly name: string;
  readonly params: readonly ValueType[];
  readonly result: ValueType;
  /** i32 as number, i64 as bigint (unsigned), v128 as bigint of 128 bits (unsigned), both ways. */
  readonly fn: (...args: (number | bigint)[]) => number | bigint;
};

export interface Emitter<V, R> {
  // Constants. A translator folds operations on them.
  i32(n: number): V;
  i64(n: bigint): V;

  // General-purpose registers. Number 31 is the zero register, or SP with the 'sp' argument.
  x(width: Width, reg: R, as?: 'sp'): V;
  /** A 32-bit value is zero-extended to the register. */
  setX(width: Width, reg: R, value: V, as?: 'sp'): void;

  /** A register that the instruction fixes (X30 of BL). */
  register(n: number): R;
  /** The register `by` numbers after another, modulo 32 (register pairs and lists). */
  registerAfter(reg: R, by: number): R;

  // Integer arithmetic. Operands have one type, i32 or i64, which is the result's.
  add(a: V, b: V): V;
  sub(a: V, b: V): V;
  mul(a: V, b: V): V;
  /** Division as Arm has it: by zero gives zero, the most negative by -1 gives itself. */
  divU(a: V, b: V): V;
  divS(a: V, b: V): V;
  /** High 64 bits of a 64 x 64 bit product. */
  mulHighU(a: V, b: V): V;
  mulHighS(a: V, b: V): V;
  and(a: V, b: V): V;
  or(a: V, b: V): V;
  xor(a: V, b: V): V;
  not(a: V): V;
  /** Shift amounts have the operand's type and are taken modulo its width. */
  shl(a: V, amount: V): V;
  shrU(a: V, amount: V): V;
  shrS(a: V, amount: V): V;
  rotr(a: V, amount: V): V;
  clz(a: V): V;
  popcnt(a: V): V;
  /** Comparisons give i32 0 or 1. */
  eq(a: V, b: V): V;
  ne(a: V, b: V): V;
  ltU(a: V, b: V): V;
  ltS(a: V, b: V): V;
  isZero(a: V): V;
  /** `condition` is i32; both values are already computed, so neither may have effects. */
  select(condition: V, ifTrue: V, ifFalse: V): V;
  /** Sign-extends the low `bits` (8, 16 or 32) in place, keeping the type. */
  signExtend(a: V, bits: 8 | 16 | 32): V;
  /** i64 to its low 32 bits; i32 to i64. */
  wrap(a: V): V;
  extendU(a: V): V;
  extendS(a: V): V;

  // Condition flags.
  /** a + b (+ carry, an i32 0 or 1), setting NZCV. */
  addFlags(a: V, b: V, carry?: V): V;
  /** a - b, or with carry a + ~b + carry, setting NZCV. */
  subFlags(a: V, b: V, carry?: V): V;
  /** N and Z of a result; C and V clear. */
  logicFlags(result: V): void;
  /** i32 with N at bit 31 ... V at bit 28. */
  nzcv(): V;
  setNzcv(value: V): void;
  carry(): V;
  /** Condition code 0..15 (Arm ARM C1.2.4) as i32 0 or 1. */
  condition(code: number): V;
  /** Runs one of two bodies. */
  ifElse(condition: V, then: () => void, otherwise?: () => void): void;

  // Memory. Addresses are i64. Up to 32 bits the value is a zero-extended i32, then i64, then v128.
  load(bits: AccessBits, address: V, kind?: AccessKind): V;
  store(bits: AccessBits, address: V, value: V, kind?: AccessKind): void;
  /** Sets the monitor; a pair is one access of twice the size, low half first. */
  loadExclusive(bits: AccessBits, address: V, kind?: AccessKind): V;
  /** Gives i32 0 when stored, 1 when the monitor was lost. */
  storeExclusive(bits: AccessBits, address: V, value: V, kind?: AccessKind): V;
  clearExclusive(): void;

  // SIMD and floating-point registers.
  v(reg: R): V;
  setV(reg: R, value: V): void;
  /** The low bits of a register: i32 for 16 and 32, i64 for 64. Writing clears the rest. */
  fp(width: FpWidth, reg: R): V;
  setFp(width: FpWidth, reg: R, bits: V): void;
  v128(low: V, high: V): V;
  /** i64 half of a v128. */
  half(a: V, index: 0 | 1): V;
  /**
   * A vector operation by its WebAssembly name without prefix dots, e.g. `i32x4.add`, `v128.bitselect`,
   * `i8x16.shuffle` with `lanes`. Only exact operations: floating-point arithmetic goes by {@link fpOp}.
   */
  simd(op: string, args: readonly V[], lanes?: readonly number[]): V;
  /**
   * A floating-point operation on bit patterns under FPCR, accumulating FPSR flags; `op` names a function of softfloat.ts, which is
   * the definition. An emitter may use host arithmetic where the result is provably the same.
   */
  fpOp(op: string, width: FpWidth, args: readonly V[]): V;
  /** {@link fpOp} on each lane of whole vectors; for operations whose result is as wide as their operands. */
  fpVector(op: string, width: 32 | 64, args: readonly V[]): V;
  /** Sets FPSR.QC, which stays until software clears it, when the condition (i32 0 or 1) holds. */
  setSaturated(condition: V): void;
  /** Traps to EL1 when CPACR_EL1.FPEN says so; comes first in every SIMD and FP instruction. */
  checkFpEnabled(): void;
  call(helper: Helper, args: readonly V[]): V;

  // Control.
  /** Address of this instruction, i64. */
  pc(): V;
  branch(target: V, kind: BranchKind): void;
  branchIf(condition: V, target: V): void;

  // System. None of these returns to the instruction when it causes an exception.
  exception(cause: 'svc' | 'hvc' | 'smc' | 'brk' | 'hlt' | 'undefined', immediate: V): void;
  eret(): void;
  /** `key` is op0:op1:CRn:CRm:op2 packed in 16 bits (2,3,4,4,3), as encoded. */
  mrs(key: V): V;
  msr(key: V, value: V): void;
  /** MSR (immediate): `field` is op1:op2. */
  msrImmediate(field: number, immediate: V): void;
  /** SYS: cache, TLB and address translation maintenance. */
  sys(key: V, value: V): void;
  hint(which: 'nop' | 'yield' | 'wfe' | 'wfi' | 'sev' | 'sevl'): void;
  barrier(which: 'dmb' | 'dsb' | 'isb'): void;
}
