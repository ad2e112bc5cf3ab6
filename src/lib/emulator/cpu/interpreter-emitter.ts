import type { AccessBits, AccessKind, FpWidth, Helper, Width } from '../../arm64/emitter.ts';
import { pstateFields } from '../../arm64/pstate.ts';
import { accessType, WasmEmitter } from './emit.ts';
import {
  AccessFlags,
  exceptionCauses,
  handlerSignature,
  hintKinds,
  holdsSignature,
  hostSignatures,
  loadOps,
  loadSignature,
  noteOftenSignature,
  pageMask,
  Param,
  pushAddress,
  pushHandler,
  storeExclusiveSignature,
  storeOps,
  storeSignature,
  type OperandSlot,
  type RegisterOperand,
  type Threading,
} from './handler-interface.ts';
import { conditionInline } from './conditions.ts';
import { Pstate } from './core.ts';
import { helperSignature, writeHelperCall } from './helper-call.ts';
import { fpResult } from './fp-module.ts';
import { fastFpVectorName } from './fp-vectors.ts';
import type { Value } from './graph.ts';
import { Entry, Flags, Often, State, TlbEntry, tlbEntries } from './layout.ts';
import { pushMasksMatter, Shortcut, writeZeroes } from './system-instructions.ts';
import { zeroedBytes } from './system-operations.ts';
import { FunctionWriter, type ModuleWriter, type Signature, type WasmType } from './wasm.ts';

/** Cumulative saturation (C5.2.10 FPSR). */
const fpsrQCBit = 27;

function accessFlags(kind: AccessKind | undefined): number {
  return (
    (kind?.ordered ? AccessFlags.aligned : 0) |
    (kind?.unprivileged ? AccessFlags.unprivileged : 0) |
    (kind?.forWrite ? AccessFlags.forWrite : 0)
  );
}

/**
 * Makes one handler: the code of all instructions that have the same row and variant fields. Operands come from the decoded entry.
 *
 * `limit` is the address that `entry` reaches when the budget is used up on a straight way: the instructions that are left are
 * (limit - entry) / 32, modulo 2^32. A branch adds to the limit what it adds to the entry less the one that it has executed itself.
 */
export class InterpreterEmitter extends WasmEmitter<RegisterOperand> {
  readonly slots: OperandSlot[] = [];
  /** Field that is the base register of an access, when SP may be it. */
  baseField: string | undefined;
  readonly imm: Value;
  readonly imm2: Value;

  readonly #code: FunctionWriter;
  /** Depth of the loop that goes on with the next instruction; undefined: a call does. */
  readonly #loop: number | undefined;
  readonly #module: ModuleWriter;
  readonly #threading: Threading;
  readonly #handlerType: number;
  readonly #handlerOffset: number;
  /** Whether the base register is SP, whose alignment is to be checked. */
  readonly #spBase: boolean;
  readonly #fixedAddress = new Map<number, Value>();
  readonly #slotAddress = new Map<OperandSlot, Value>();
  #pc: Value | undefined;
  #near: Value | undefined;
  #base: { field: string; value: Value } | undefined;
  #ended = false;
  #temporaries: { address: number; low: number; tlb: number } | undefined;

  constructor(
    module: ModuleWriter,
    threading: Threading,
    handlerOffset: number,
    spBase: boolean,
    { code, loop }: { code: FunctionWriter; loop?: number } = { code: new FunctionWriter(3) },
  ) {
    super();
    this.#code = code;
    this.#loop = loop;
    this.#module = module;
    this.#threading = threading;
    this.#handlerType = module.type(handlerSignature(threading));
    this.#handlerOffset = handlerOffset;
    this.#spBase = spBase;
    this.imm = this.#entryField('i64', Entry.imm);
    this.imm2 = this.#entryField('i64', Entry.imm2);
  }

  /** Writes the code and what follows it; the emitter is used up. */
  finish(): FunctionWriter {
    if (!this.#ended) this.graph.effect([], () => this.#next());
    this.graph.write(this.#code);
    // The end of a tail-calling or returning function is not reached, which the type checker must be told.
    this.#code.unreachable();
    return this.#code;
  }

  // Registers

  x(width: Width, reg: RegisterOperand, as?: 'sp'): Value {
    const address = this.#address(reg, as === 'sp' ? 'sp' : 'x', 'reads');
    const value = this.graph.read(width === 64 ? 'i64' : 'i32', [address.value], (code, push) => {
      push(address.value);
      code.memory(width === 64 ? 'i64.load' : 'i32.load', 0);
    });
    if (as === 'sp' && 'field' in reg) this.#base = { field: reg.field, value };
    return value;
  }

  setX(width: Width, reg: RegisterOperand, value: Value, as?: 'sp'): void {
    const address = this.#address(reg, as === 'sp' ? 'sp' : 'x', 'writes');
    const wide = width === 64 ? value : this.extendU(value);
    this.graph.effect([address.value, wide], (code, push) => {
      push(address.value);
      push(wide);
      code.memory('i64.store', 0);
      // A register that is read as well may be the zero register: it must go on reading as zero.
      if (address.slot?.file === 'x' && address.slot.reads) code.get(Param.state).i64(0n).memory('i64.store', State.zeroRegister);
    });
  }

  register(n: number): RegisterOperand {
    return { fixed: n };
  }

  registerAfter(reg: RegisterOperand, by: number): RegisterOperand {
    return 'fixed' in reg ? { fixed: (reg.fixed + by) & 31 } : { field: reg.field, plus: (reg.plus + by) & 31 };
  }

  v(reg: RegisterOperand): Value {
    const { value } = this.#address(reg, 'v', 'reads');
    return this.graph.read('v128', [value], (code, push) => {
      push(value);
      code.memory('v128.load', 0);
    });
  }

  setV(reg: RegisterOperand, value: Value): void {
    const { value: address } = this.#address(reg, 'v', 'writes');
    const halves = this.halvesOf(value);
    if (halves) return this.#setHalves(address, ...halves);
    this.graph.effect([address, value], (code, push) => {
      push(address);
      push(value);
      code.memory('v128.store', 0);
    });
  }

  fp(width: FpWidth, reg: RegisterOperand): Value {
    const { value } = this.#address(reg, 'v', 'reads');
    return this.graph.read(width === 64 ? 'i64' : 'i32', [value], (code, push) => {
      push(value);
      code.memory(loadOps[width], 0);
    });
  }

  setFp(width: FpWidth, reg: RegisterOperand, bits: Value): void {
    const { value: address } = this.#address(reg, 'v', 'writes');
    const low = width === 16 ? this.and(bits, this.i32(0xffff)) : bits;
    this.#setHalves(address, width === 64 ? low : this.extendU(low), this.i64(0n));
  }

  #setHalves(address: Value, low: Value, high: Value): void {
    this.graph.effect(
      [address, low, high],
      (code, push) => {
        push(address);
        push(low);
        code.memory('i64.store', 0);
        push(address);
        push(high);
        code.memory('i64.store', 8);
      },
      true,
    );
  }

  // Flags

  protected setFlags(kind: (typeof Flags)[keyof typeof Flags], a: Value, b: Value): void {
    this.graph.effect([a, b], (code, push) => {
      code.get(Param.state);
      push(a);
      code.memory('i64.store', State.flagA);
      // The second operand of a logical result is zero too, but packed flags have none.
      if (kind !== Flags.packed) {
        code.get(Param.state);
        push(b);
        code.memory('i64.store', State.flagB);
      }
      code.get(Param.state).i32(kind).memory('i32.store', State.flagKind);
    });
  }

  nzcv(): Value {
    return this.graph.read('i32', [], (code) => {
      code.get(Param.state).call(this.#core('nzcv', { params: ['i32'], results: ['i32'] }));
    });
  }

  carry(): Value {
    return this.graph.read('i32', [], (code) => conditionInline(code, 2, () => this.#core('holds', holdsSignature)));
  }

  condition(code: number): Value {
    if (code >= 14) return this.i32(1);
    return this.graph.read('i32', [], (writer) => conditionInline(writer, code, () => this.#core('holds', holdsSignature)));
  }

  // Memory

  load(bits: AccessBits, address: Value, kind?: AccessKind): Value {
    this.#checkBase();
    const type = accessType(bits);
    const flags = accessFlags(kind);
    return this.graph.effectValue(
      type,
      [address],
      (code, push) => {
        const t = this.#lookUp(bits, address, push, flags, kind?.forWrite ? TlbEntry.writeTag : TlbEntry.readTag);
        code.if(type);
        code.get(t.low).get(t.tlb).memory('i32.load', TlbEntry.addend).op('i32.add').memory(loadOps[bits], 0, 0);
        code.else();
        this.#pushContext();
        push(address);
        code.i32(flags).call(this.#core(`load${bits}`, loadSignature(bits)));
        this.#leaveOnExit(type);
        code.end();
      },
      true,
    );
  }

  store(bits: AccessBits, address: Value, value: Value, kind?: AccessKind): void {
    this.#checkBase();
    const flags = accessFlags(kind) | AccessFlags.forWrite;
    this.graph.effect(
      [address, value],
      (code, push) => {
        const t = this.#lookUp(bits, address, push, flags, TlbEntry.writeTag);
        code.if();
        code.get(t.low).get(t.tlb).memory('i32.load', TlbEntry.addend).op('i32.add');
        push(value);
        code.memory(storeOps[bits], 0, 0);
        code.else();
        this.#pushContext();
        push(address);
        push(value);
        code.i32(flags).call(this.#core(`store${bits}`, storeSignature(bits)));
        this.#leaveOnExit();
        code.end();
      },
      true,
    );
  }

  loadExclusive(bits: AccessBits, address: Value): Value {
    this.#checkBase();
    const type = accessType(bits);
    return this.graph.effectValue(type, [address], (code, push) => {
      this.#pushContext();
      push(address);
      code.i32(AccessFlags.aligned).call(this.#core(`loadExclusive${bits}`, loadSignature(bits)));
      this.#leaveOnExit(type);
    });
  }

  storeExclusive(bits: AccessBits, address: Value, value: Value): Value {
    this.#checkBase();
    return this.graph.effectValue('i32', [address, value], (code, push) => {
      this.#pushContext();
      push(address);
      push(value);
      code.call(this.#core(`storeExclusive${bits}`, storeExclusiveSignature(bits)));
      this.#leaveOnExit('i32');
    });
  }

  clearExclusive(): void {
    this.graph.effect([], (code) => code.get(Param.state).i32(0).memory('i32.store', State.monitor));
  }

  // Floating point and helpers

  fpOp(op: string, width: FpWidth, args: readonly Value[]): Value {
    const result = fpResult(op, width);
    const signature: Signature = { params: ['i32', ...args.map((a) => a.type)], results: [result] };
    return this.graph.effectValue(result, args, (code, push) => {
      code.get(Param.state);
      for (const a of args) push(a);
      code.call(this.#core(`fp:${op}:${width}`, signature));
    });
  }

  setSaturated(condition: Value): void {
    this.graph.effect([condition], (code, push) => {
      code.get(Param.state).get(Param.state).memory('i32.load', State.fpsr);
      push(condition);
      code.i32(fpsrQCBit).op('i32.shl').op('i32.or').memory('i32.store', State.fpsr);
    });
  }

  override fpVector(op: string, width: 32 | 64, args: readonly Value[]): Value {
    const name = fastFpVectorName(op, width);
    if (name === undefined) return super.fpVector(op, width, args);
    const signature: Signature = { params: ['i32', ...args.map((a) => a.type)], results: ['v128'] };
    return this.graph.effectValue('v128', args, (code, push) => {
      code.get(Param.state);
      for (const a of args) push(a);
      code.call(this.#core(name, signature));
    });
  }

  checkFpEnabled(): void {
    this.graph.effect([], (code) => {
      code.get(Param.state).memory('i32.load', State.fpEnabled).op('i32.eqz').if();
      this.#saveContext();
      code.get(Param.state).call(this.#core('fpTrap', hostSignatures.fpTrap));
      this.#leave();
      code.end();
    });
  }

  call(helper: Helper, args: readonly Value[]): Value {
    const signature = helperSignature(helper, args);
    // Not pure: operands in memory must not be overwritten by those of another call.
    return this.graph.effectValue(helper.result, args, (code, push) => {
      const callee = this.#core(`helper:${helper.name}`, signature, helper);
      writeHelperCall(code, push, helper, args, () => this.#code.local('v128'), callee);
    });
  }

  // Control

  pc(): Value {
    this.#pc ??= this.graph.pure('i64', [], (code) => pushAddress(code, Param.state, Param.entry));
    return this.#pc;
  }

  override add(a: Value, b: Value): Value {
    const sum = super.add(a, b);
    if (a === this.#pc && b === this.imm) this.#near = sum;
    return sum;
  }

  branch(target: Value): void {
    this.#ended = true;
    if (target === this.#near) this.graph.effect([], () => this.#branchNear());
    else {
      this.graph.effect([target], (code, push) => {
        push(target);
        this.#branchFar();
      });
    }
  }

  branchIf(condition: Value, target: Value): void {
    const then = (): void => {
      this.#countWay(Entry.taken);
      this.branch(target);
    };
    this.graph.ifElse(condition, then, () => this.#countWay(Entry.passed));
    this.#ended = false;
  }

  /** For the translator, which leaves ways out that are hardly ever gone. */
  #countWay(offset: number): void {
    this.graph.effect([], (code) => {
      const count = code.local('i32');
      code.get(Param.entry).get(Param.entry).memory('i32.load', offset).i32(1).op('i32.add').tee(count).memory('i32.store', offset);
      code
        .get(count)
        .i32(Often.times - 1)
        .op('i32.and')
        .op('i32.eqz')
        .if();
      code.get(Param.state).get(Param.entry).call(this.#core('noteOften', noteOftenSignature));
      code.end();
    });
  }

  exception(cause: (typeof exceptionCauses)[number], immediate: Value): void {
    const low = immediate.type === 'i64' ? this.wrap(immediate) : immediate;
    this.graph.effect([low], (code, push) => {
      this.#saveContext();
      code.get(Param.state).i32(exceptionCauses.indexOf(cause));
      push(low);
      code.call(this.#core('exception', hostSignatures.exception));
      this.#leave();
    });
    this.#ended = true;
  }

  eret(): void {
    this.#host('eret', []);
  }

  mrs(key: Value): Value {
    const low = this.#key(key);
    return this.graph.effectValue('i64', [low], (code, push) => {
      const shortcut = this.#pushIsOwn();
      code.if('i64');
      code.get(shortcut).i32(Shortcut.offset).op('i32.and').get(Param.state).op('i32.add').memory('i64.load', 0);
      code.i64(BigInt(Pstate.daif)).i64(-1n).get(shortcut).i32(Shortcut.masks).op('i32.and').op('select').op('i64.and');
      code.else();
      this.#callHost('mrs', [low], push);
      code.get(Param.state).memory('i64.load', State.scratch);
      code.end();
    });
  }

  msr(key: Value, value: Value): void {
    const low = this.#key(key);
    this.graph.effect([value, low], (code, push) => {
      this.#pushIsOwn();
      this.#pushMayMask(true);
      code.op('i32.and').if();
      code.get(Param.state);
      this.#pushPstate().i32(~Pstate.daif).op('i32.and');
      push(value);
      code.op('i32.wrap_i64').i32(Pstate.daif).op('i32.and').op('i32.or').memory('i32.store', State.pstate);
      code.else();
      this.#callWithValue('msr', low, value, push);
      code.end();
    });
  }

  sys(key: Value, value: Value): void {
    const low = this.#key(key);
    const block = this.and(value, this.i64(BigInt(-zeroedBytes)));
    this.graph.effect(
      [value, low, block],
      (code, push) => {
        const shortcut = this.#pushIsOwn();
        const done = code.local('i32');
        code.tee(done).if();
        code.get(shortcut).i32(Shortcut.zeroes).op('i32.and').if();
        const t = this.#lookUp(8, block, push, 0, TlbEntry.writeTag);
        code.if();
        code.get(t.low).get(t.tlb).memory('i32.load', TlbEntry.addend).op('i32.add').set(t.low);
        writeZeroes(code, t.low, 0);
        code.else().i32(0).set(done).end();
        code.end().end();
        code.get(done).op('i32.eqz').if();
        this.#callWithValue('sys', low, value, push);
        code.end();
      },
      true,
    );
  }

  /** Pushes whether the handler does a system instruction itself; gives the local of the entry's {@link Shortcut}. */
  #pushIsOwn(): number {
    const code = this.#code;
    const shortcut = code.local('i32');
    code.get(Param.entry).memory('i32.load', Entry.imm2).tee(shortcut);
    code.i32(Shortcut.pstateShift).op('i32.shr_u').get(Param.state).memory('i32.load', State.pstate).i32(-1).op('i32.xor').op('i32.and');
    code.op('i32.eqz').get(shortcut).op('i32.and');
    return shortcut;
  }

  msrImmediate(field: number, immediate: Value): void {
    const value = this.#key(immediate);
    const sets = field === pstateFields.daifset;
    if (!sets && field !== pstateFields.daifclr) return this.#host('msrImmediate', [this.i32(field), value]);
    const number = this.i32(field);
    this.graph.effect([number, value], (code, push) => {
      this.#pushPstate().i32(Pstate.el1).op('i32.and').op('i32.eqz').op('i32.eqz');
      this.#pushMayMask(!sets);
      code.op('i32.and').if();
      code.get(Param.state);
      this.#pushPstate();
      push(value);
      code.i32(Math.log2(Pstate.daif & -Pstate.daif)).op('i32.shl');
      if (sets) code.op('i32.or');
      else code.i32(-1).op('i32.xor').op('i32.and');
      code.memory('i32.store', State.pstate);
      code.else();
      this.#callHost('msrImmediate', [number, value], push);
      code.end();
    });
  }

  #pushPstate(): FunctionWriter {
    return this.#code.get(Param.state).memory('i32.load', State.pstate);
  }

  /** Pushes whether nothing follows from a change of PSTATE's masks at EL1 but that. */
  #pushMayMask(mayUnmask: boolean): void {
    pushMasksMatter((op, offset) => this.#code.get(Param.state).memory(op, offset), mayUnmask);
    this.#code.op('i32.eqz');
  }

  hint(which: (typeof hintKinds)[number]): void {
    if (which !== 'nop') this.#host('hint', [this.i32(hintKinds.indexOf(which))]);
  }

  #key(key: Value): Value {
    return key.type === 'i64' ? this.wrap(key) : key;
  }

  #callWithValue(name: 'msr' | 'sys', key: Value, value: Value, push: (v: Value) => void): void {
    this.#code.get(Param.state);
    push(value);
    this.#code.memory('i64.store', State.scratch);
    this.#callHost(name, [key], push);
  }

  #host(name: keyof typeof hostSignatures, args: readonly Value[]): void {
    this.graph.effect(args, (_, push) => this.#callHost(name, args, push));
  }

  #callHost(name: keyof typeof hostSignatures, args: readonly Value[], push: (v: Value) => void): void {
    this.#saveContext();
    this.#code.get(Param.state);
    for (const a of args) push(a);
    this.#code.call(this.#core(name, hostSignatures[name]));
    this.#leaveOnExit();
  }

  // Pieces of code

  #core(name: string, signature: Signature, helper?: Helper): number {
    if (helper) this.helpers.add(helper);
    return this.#module.importFunction(name, signature);
  }

  /** Helpers that the code calls; whoever instantiates the module provides them. */
  readonly helpers = new Set<Helper>();

  #entryField(type: 'i64', offset: number): Value {
    return this.graph.pure(type, [], (code) => code.get(Param.entry).memory('i64.load', offset));
  }

  #address(reg: RegisterOperand, file: OperandSlot['file'], use: 'reads' | 'writes'): { value: Value; slot?: OperandSlot } {
    if ('fixed' in reg) return { value: this.#addressOfFixed(reg.fixed, file) };
    let slot = this.slots.find((s) => s.field === reg.field && s.plus === reg.plus && s.file === file);
    if (!slot) {
      slot = { field: reg.field, plus: reg.plus, file, reads: false, writes: false };
      const index = this.slots.push(slot) - 1;
      if (index >= Entry.maxOperands) throw new Error('too many register operands');
      const value = this.graph.pure('i32', [], (code) => code.get(Param.entry).memory('i32.load16_u', Entry.operands + 2 * index));
      this.#slotAddress.set(slot, value);
    }
    slot[use] = true;
    const value = this.#slotAddress.get(slot);
    if (!value) throw new Error('a slot without an address');
    return { value, slot };
  }

  #addressOfFixed(n: number, file: OperandSlot['file']): Value {
    if (n === 31) throw new Error('register 31 is not fixed by any instruction');
    const offset = file === 'v' ? State.v + 16 * n : State.x + 8 * n;
    let value = this.#fixedAddress.get(offset);
    if (!value) {
      value = this.graph.pure('i32', [], (code) => code.get(Param.state).i32(offset).op('i32.add'));
      this.#fixedAddress.set(offset, value);
    }
    return value;
  }

  /** SP as a base must be aligned to 16 before anything is accessed (D1.8.2). */
  #checkBase(): void {
    if (!this.#base) return;
    const { field, value } = this.#base;
    this.#base = undefined;
    this.baseField = field;
    if (!this.#spBase) return;
    this.graph.effect([value], (code, push) => {
      push(value);
      code.op('i32.wrap_i64').get(Param.state).memory('i32.load', State.spMask).op('i32.and').if();
      this.#saveContext();
      code.get(Param.state).call(this.#core('spAlignment', hostSignatures.spAlignment));
      this.#leave();
      code.end();
    });
  }

  /**
   * Finds the TLB entry and leaves on the stack whether it allows the access at once: the tag must equal the page of the last byte, or
   * the address's own page and alignment when it must be aligned.
   */
  #lookUp(bits: AccessBits, address: Value, push: (v: Value) => void, flags: number, tag: number): { low: number; tlb: number } {
    const code = this.#code;
    this.#temporaries ??= { address: code.local('i64'), low: code.local('i32'), tlb: code.local('i32') };
    const { low, tlb } = this.#temporaries;
    const bytes = BigInt(bits / 8);
    push(address);
    code.op('i32.wrap_i64').tee(low);
    code
      .i32(12 - Math.log2(TlbEntry.bytes))
      .op('i32.shr_u')
      .i32((tlbEntries - 1) * TlbEntry.bytes)
      .op('i32.and');
    code
      .get(Param.state)
      .memory('i32.load', flags & AccessFlags.unprivileged ? State.unprivilegedTlb : State.dataTlb)
      .op('i32.add');
    code.tee(tlb).memory('i64.load', tag);
    push(address);
    if (flags & AccessFlags.aligned) code.i64(pageMask | (bytes - 1n));
    else {
      if (bytes > 1n) code.i64(bytes - 1n).op('i64.add');
      code.i64(pageMask);
    }
    code.op('i64.and').op('i64.eq');
    return { low, tlb };
  }

  #pushContext(): void {
    this.#code.get(Param.state).get(Param.entry).get(Param.limit);
  }

  #saveContext(): void {
    this.#code.get(Param.state).get(Param.entry).memory('i32.store', State.entry);
    this.#code.get(Param.state).get(Param.limit).memory('i32.store', State.limit);
  }

  #leave(): void {
    if (this.#threading === 'loop') this.#code.i32(0);
    this.#code.return();
  }

  /** After a call that may have faulted or changed the limit. A value on the stack stays there. */
  #leaveOnExit(_value?: WasmType): void {
    const code = this.#code;
    code.get(Param.state).memory('i32.load', State.exit).if();
    this.#leave();
    code.end();
    code.get(Param.state).memory('i32.load', State.limit).set(Param.limit);
  }

  #next(): void {
    this.#code.get(Param.entry).i32(Entry.bytes).op('i32.add').set(Param.entry);
    this.#dispatch();
  }

  /** Goes on at `entry`, unless that is the limit. */
  #dispatch(): void {
    const code = this.#code;
    if (this.#threading === 'loop') {
      code.get(Param.state).get(Param.limit).memory('i32.store', State.limit).get(Param.entry).return();
      return;
    }
    code.get(Param.entry).get(Param.limit).op('i32.eq').if();
    this.#saveContext();
    code.return().end();
    if (this.#loop !== undefined) {
      code.br(code.depth - this.#loop);
      return;
    }
    this.#pushContext();
    pushHandler(code, Param.entry, this.#handlerOffset).returnCallIndirect(this.#handlerType);
  }

  /** A branch by `imm` from this instruction; most stay in the page. */
  #branchNear(): void {
    const code = this.#code;
    const target = code.local('i32');
    code.get(Param.entry).get(Param.entry).memory('i32.load', Entry.imm);
    code
      .i32(Math.log2(Entry.bytes / 4))
      .op('i32.shl')
      .op('i32.add')
      .tee(target);
    code
      .get(Param.state)
      .memory('i32.load', State.pageEntries)
      .op('i32.sub')
      .i32((4096 / 4) * Entry.bytes)
      .op('i32.lt_u')
      .if();
    code.get(Param.limit).get(target).op('i32.add').get(Param.entry).op('i32.sub').i32(Entry.bytes).op('i32.sub').set(Param.limit);
    code.get(target).set(Param.entry);
    this.#dispatch();
    code.end();
    pushAddress(code, Param.state, Param.entry);
    code.get(Param.entry).memory('i64.load', Entry.imm).op('i64.add');
    this.#branchFar();
  }

  /** A branch to the guest address on the stack. */
  #branchFar(): void {
    const code = this.#code;
    const target = code.local('i64');
    code.set(target);
    this.#pushContext();
    code.get(target);
    const far = this.#core('far', { params: ['i32', 'i32', 'i32', 'i64'], results: handlerSignature(this.#threading).results });
    if (this.#threading === 'tailCalls') code.returnCall(far);
    else code.call(far).return();
  }
}
