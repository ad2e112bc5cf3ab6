/**
 * From LLVM IR to machine instructions over virtual registers, one function at a time, backwards: an instruction is selected after
 * everything that uses it, so what nobody needs any more is not selected, and what a user folded into itself is not either.
 */
import { encodeFpImmediate, encodeLogicalImmediate, moveImmediate, sysregKey } from '../../arm64/index.ts';
import {
  evaluate,
  UnsupportedConstant,
  operandsOf,
  successorsOf,
  type Block,
  type Constant,
  type Global,
  type Instruction,
  type IrFunction,
  type MetadataNode,
  type MetadataRef,
  type Param,
  type SymbolicValue,
  type Type,
  type Value,
} from '../ir/index.ts';
import type { ObjectSymbol } from '../object/object.ts';
import {
  firstVirtual,
  newSlot,
  newVirtual,
  zr,
  type MBlock,
  type MFunction,
  type MIns,
  type Reg,
  type RegClass,
  type RegOperand,
} from './mir.ts';
import { zeroAbove } from './known-bits.ts';
import { callExternal } from './lower-call.ts';
import { loadValue, storeValue } from './lower-memory.ts';
import { interleavedLoads, type InterleavedLoad } from './lower-structure.ts';
import { isConstant, vectorConstant } from './lower-vector-constant.ts';
import { partsOf, Unsupported, type Part } from './parts.ts';
import { isMaskType, maskLaneOf, registersOf, resize, shapeOf, shapeOfValue, type Lane } from './vectors.ts';

export type ModuleContext = {
  symbol(global: Global): ObjectSymbol;
  /** A function of the run-time library. */
  external(name: string): ObjectSymbol;
  blockSymbol(fn: IrFunction, block: Block): ObjectSymbol;
  constantPool(bytes: Uint8Array, align: number): ObjectSymbol;
  /** A metadata node by number. */
  metadata(ref: number): MetadataNode | undefined;
  nextUid(): number;
  options: {
    lse: boolean;
    /** Position-independent: what another object may define is reached through the global offset table. */
    pic: boolean;
    /** For a shared object, of which the thread-local variables lie at no known distance from the thread pointer. */
    shared: boolean;
    size: boolean;
  };
};

type Place = { slot: number; offset: number } | { base: Reg };

type RegSpec = readonly [field: string, reg: Reg, role: 'd' | 'u' | 'du' | 'e'];

export type InstructionOf<Op extends Instruction['op']> = Instruction & { op: Op };

export class Lowering {
  readonly ir: IrFunction;
  readonly module: ModuleContext;
  readonly fn: MFunction;
  readonly blocks = new Map<Block, MBlock>();
  readonly useCounts = new Map<Value, number>();
  readonly useBlocks = new Map<Value, Block | 'several'>();
  /** Registers in which parameters arrive, one for each part. */
  readonly incoming = new Map<Param, readonly Reg[]>();
  /** Fixed allocas by slot. */
  readonly slots = new Map<Value, number>();
  readonly generalOnly: boolean;
  /** Instructions of the IR instruction at hand, forwards. */
  out: MIns[] = [];
  /** Blocks made while lowering one IR block, in order after it. */
  extraBlocks: MBlock[] = [];
  currentBlock: Block | undefined;
  /** The word that -fstack-protector checks before the function returns. */
  guardSlot: number | undefined;
  /** Blocks on the edges from the block at hand, by where they lead. */
  readonly edgeBlocks = new Map<Block, MBlock>();
  /** What predecessors copy to, by phi. */
  readonly phiInputs = new Map<Instruction, Reg[]>();
  /** Phis whose value reaches something with an effect. A back edge is lowered before the uses of its phi, so this is found beforehand. */
  readonly livePhis = new Set<Instruction>();
  /** Loads that a sign extension has taken over, with its register. */
  readonly foldedLoads = new Map<Instruction, { reg: Reg; bits: number }>();
  /** Wide loads that LD2 to LD4 do, with what of each is asked for. */
  readonly interleavedLoads: ReadonlyMap<Instruction, InterleavedLoad>;
  /** How many fixed registers have been handed out in groups. */
  tupleRegisters = 0;
  varargs: { general: number; vector: number; generalSlot: number; vectorSlot: number; stackSlot: number } | undefined;
  #regs = new Map<Value, Reg[]>();
  /** Values of type i1 that something needs in a register. */
  #beyondConditions = new Set<Value>();
  #phiValues = new Map<Instruction, Map<Block, Value>>();
  #line = 0;
  #debug: MetadataRef | undefined;

  constructor(ir: IrFunction, module: ModuleContext, generalOnly: boolean) {
    this.ir = ir;
    this.module = module;
    this.generalOnly = generalOnly;
    this.fn = {
      name: ir.name,
      blocks: [],
      classes: [],
      widths: [],
      slots: [],
      outgoing: 0,
      hasCalls: false,
      dynamicStack: false,
      keepsFrame: false,
      naked: ir.attributes.has('naked'),
      remake: new Map(),
      forwarded: new Map(),
    };
    for (const b of ir.blocks) {
      for (const i of b.instructions) {
        for (const o of operandsOf(i)) {
          this.#countUse(o, b);
          if (!isConditionOf(i, o)) this.#beyondConditions.add(o);
        }
      }
    }
    this.interleavedLoads = interleavedLoads(this);
  }

  #countUse(value: Value, block: Block): void {
    if (value.kind !== 'instruction' && value.kind !== 'param') return;
    this.useCounts.set(value, (this.useCounts.get(value) ?? 0) + 1);
    const seen = this.useBlocks.get(value);
    this.useBlocks.set(value, seen === undefined || seen === block ? block : 'several');
  }

  /** Whether all users of a comparison ask for its outcome and not for its value. */
  onlyConditions(value: Value): boolean {
    return !this.#beyondConditions.has(value);
  }

  /** A phi's values by predecessor. */
  phiValues(phi: InstructionOf<'phi'>): ReadonlyMap<Block, Value> {
    let known = this.#phiValues.get(phi);
    if (!known) this.#phiValues.set(phi, (known = new Map(phi.incoming.map((e) => [e.block, e.value]))));
    return known;
  }

  unsupported(what: string): never {
    throw new Unsupported(what);
  }

  /** Where what is emitted next comes from: line in the IR, and the DILocation if there is one. */
  setLine(line: number, debug?: MetadataRef): void {
    this.#line = line;
    this.#debug = debug;
  }

  /** The DILocation of what is being selected. */
  get debugLocation(): MetadataRef | undefined {
    return this.#debug;
  }

  blockOf(block: Block): MBlock {
    const found = this.blocks.get(block);
    if (!found) throw new Error(`block %${block.name} is not of ${this.ir.name}`);
    return found;
  }

  /** A block after the one at hand. */
  newBlock(): MBlock {
    const made: MBlock = {
      index: 0,
      name: `${this.currentBlock?.name ?? ''}.${this.extraBlocks.length}`,
      ins: [],
      successors: [],
      predecessors: [],
    };
    this.extraBlocks.push(made);
    return made;
  }

  // Emission

  reg(cls: RegClass = 'general', width = 64): Reg {
    if (cls === 'vector' && this.generalOnly) this.unsupported('floating point or SIMD with -mgeneral-regs-only');
    return newVirtual(this.fn, cls, width);
  }

  emit(row: string, regs: readonly RegSpec[], fields: Record<string, number> = {}, more: Partial<MIns> = {}): MIns {
    const operands: RegOperand[] = regs.map(([field, reg, role]) => ({
      field,
      reg,
      def: role !== 'u',
      use: role === 'u' || role === 'du',
      ...(role === 'e' ? { early: true } : {}),
    }));
    const made: MIns = { row, regs: operands, fields, line: this.#line, debug: this.#debug, ...more };
    this.out.push(made);
    return made;
  }

  copy(to: Reg, from: Reg): void {
    if (to === from) return;
    const wide = [to, from].some((r) => r >= firstVirtual && this.fn.widths[r - firstVirtual] > 64);
    this.emit(
      '$copy',
      [
        ['Rd', to, 'd'],
        ['Rm', from, 'u'],
      ],
      wide ? { q: 1 } : {},
    );
  }

  /** An operation with one result in a new general register. */
  op(row: string, uses: readonly (readonly [string, Reg])[], fields: Record<string, number> = {}, more: Partial<MIns> = {}): Reg {
    const d = this.reg();
    this.emit(row, [['Rd', d, 'd'], ...uses.map(([f, r]) => [f, r, 'u'] as const)], fields, more);
    return d;
  }

  /** A constant in a register; zero is the zero register. */
  constant(value: bigint, width: 32 | 64): Reg {
    const bits = BigInt.asUintN(width, value);
    if (bits === 0n) return zr;
    const d = this.reg();
    this.moveConstant(d, bits, width);
    return d;
  }

  moveConstant(d: Reg, bits: bigint, width: 32 | 64): void {
    const from = this.out.length;
    const sf = width === 64 ? 1 : 0;
    for (const step of moveImmediate(BigInt.asUintN(width, bits), width)) {
      if (step.op === 'orr')
        this.emit(
          'orr_imm',
          [
            ['Rd', d, 'd'],
            ['Rn', zr, 'u'],
          ],
          { sf, N: step.N, immr: step.immr, imms: step.imms },
        );
      else this.emit(step.op, [['Rd', d, step.op === 'movk' ? 'du' : 'd']], { sf, hw: step.hw, imm16: step.imm16 });
    }
    const made = this.out.slice(from);
    if (made.length === 1)
      this.fn.remake.set(
        d,
        made.map((i) => ({ ...i, regs: i.regs.map((r) => ({ ...r })) })),
      );
  }

  // Values

  /** Registers of a value, one for each part. Asking for them makes the value needed. */
  regsOf(value: Value): Reg[] {
    switch (value.kind) {
      case 'instruction':
      case 'param': {
        const slot = this.slots.get(value);
        if (slot !== undefined) return [this.frameAddress(slot, 0)];
        return this.destination(value);
      }
      case 'asm':
        return this.unsupported('inline assembly as a value');
      case 'metadataValue':
        return this.unsupported('metadata as a value');
      default:
        return this.#constantRegs(value);
    }
  }

  one(value: Value): Reg {
    return this.regsOf(value)[0];
  }

  /** The registers that hold the value from its definition on. */
  destination(value: Value): Reg[] {
    let regs = this.#regs.get(value);
    if (!regs) {
      const mask = isMaskType(value.type) ? shapeOfValue(value) : undefined;
      regs = mask
        ? registersOf(mask).map((r) => this.reg('vector', r.bits))
        : partsOf(value.type).map((p) => this.reg(p.cls, p.bits > 64 ? 128 : 64));
      this.#regs.set(value, regs);
    }
    return regs;
  }

  /** Registers of a vector, a mask's lanes brought to the width. */
  maskRegs(value: Value, lane: Lane): Reg[] {
    if (!isMaskType(value.type)) return this.regsOf(value);
    if (isConstant(value)) return vectorConstant(this, value, lane);
    const shape = shapeOfValue(value);
    return shape ? resize(this, shape, this.regsOf(value), lane, true) : this.regsOf(value);
  }

  /** Registers of a value as its type alone says: for what is passed on to where nothing else is known. */
  passedRegs(value: Value): Reg[] {
    return isMaskType(value.type) ? this.maskRegs(value, maskLaneOf(value.type.length)) : this.regsOf(value);
  }

  /** The registers of a value if anybody asked for them. */
  knownRegs(value: Value): readonly Reg[] | undefined {
    return this.#regs.get(value);
  }

  isNeeded(value: Value): boolean {
    return this.#regs.has(value);
  }

  /** Makes the registers of one value those of another: for casts that change nothing. */
  alias(value: Value, regs: Reg[]): void {
    this.#regs.set(value, regs);
  }

  frameAddress(slot: number, offset: number): Reg {
    const d = this.reg();
    this.emit('$frame', [['Rd', d, 'd']], {}, { frame: { slot, offset } });
    const made = this.out[this.out.length - 1];
    this.fn.remake.set(d, [{ ...made, regs: made.regs.map((r) => ({ ...r })) }]);
    return d;
  }

  #constantRegs(c: Constant): Reg[] {
    const { type } = c;
    if (shapeOf(type) && c.kind !== 'expr') return vectorConstant(this, c);
    switch (c.kind) {
      case 'undef':
      case 'poison':
      case 'zero':
      case 'null':
      case 'none':
        return partsOf(type).map((p) => this.#zero(p));
      case 'int': {
        const parts = partsOf(type);
        if (parts.length === 1) return [this.constant(c.value, parts[0].bits > 32 ? 64 : 32)];
        return parts.map((_, n) => this.constant(c.value >> BigInt(64 * n), 64));
      }
      case 'fp':
        return [this.fpConstant(c.bits, type)];
      case 'aggregate':
        return c.elements.flatMap((e) => this.#constantRegs(e));
      case 'bytes':
        return [...c.bytes].map((b) => this.constant(BigInt(b), 32));
      default: {
        let value: ReturnType<typeof evaluate>;
        try {
          value = evaluate(c);
        } catch (error) {
          // What no relocation can express is computed.
          if (error instanceof UnsupportedConstant && c.kind === 'expr') return [this.#expression(c, error)];
          throw error;
        }
        if (typeof value === 'bigint')
          return this.#constantRegs(
            type.kind === 'ptr' ? { kind: 'int', type: { kind: 'int', bits: 64 }, value } : { kind: 'int', type, value },
          );
        return [this.symbolAddress(value)];
      }
    }
  }

  /** A constant expression by instructions. */
  #expression(c: Extract<Constant, { kind: 'expr' }>, why: UnsupportedConstant): Reg {
    const rows: Record<string, string> = { add: 'add_shift', sub: 'sub_shift', xor: 'eor_shift' };
    if (partsOf(c.type).length !== 1) throw why;
    const operands = c.operands.map((operand) => this.#constantRegs(operand)[0]);
    if (['trunc', 'ptrtoint', 'ptrtoaddr', 'inttoptr', 'bitcast'].includes(c.op)) return operands[0];
    if (!(c.op in rows)) throw why;
    const [n, m] = operands;
    const uses = [
      ['Rn', n],
      ['Rm', m],
    ] as const;
    return this.op(rows[c.op], uses, { sf: 1, shift: 0, imm6: 0 });
  }

  #zero(p: Part): Reg {
    if (p.cls === 'general') return zr;
    return this.fpConstant(0n, p.type);
  }

  fpConstant(bits: bigint, type: Type): Reg {
    if (type.kind === 'fp128') {
      const d = this.reg('vector', 128);
      const bytes = new Uint8Array(16);
      new DataView(bytes.buffer).setBigUint64(0, bits & 0xffffffffffffffffn, true);
      new DataView(bytes.buffer).setBigUint64(8, bits >> 64n, true);
      const symbol = this.module.constantPool(bytes, 16);
      const page = this.op('adrp', [], { immlo: 0, immhi: 0 }, { fixup: { type: 'ADR_PREL_PG_HI21', symbol, addend: 0n } });
      this.emit(
        'ldr_q_uimm',
        [
          ['Rt', d, 'd'],
          ['Rn', page, 'u'],
        ],
        { imm12: 0 },
        { fixup: { type: 'LDST128_ABS_LO12_NC', symbol, addend: 0n } },
      );
      return d;
    }
    const width = type.kind === 'double' ? 64 : type.kind === 'float' ? 32 : 16;
    const d = this.reg('vector');
    const imm8 = bits === 0n ? undefined : encodeFpImmediate(bits, width);
    if (imm8 !== undefined && width !== 16) this.emit('fmov_imm', [['Rd', d, 'd']], { ftype: width === 64 ? 1 : 0, imm8 });
    else
      this.emit(width === 64 ? 'fmov_d_x' : 'fmov_s_w', [
        ['Rd', d, 'd'],
        ['Rn', this.constant(bits, width === 64 ? 64 : 32), 'u'],
      ]);
    return d;
  }

  /** The address of a symbol plus a constant. */
  symbolAddress(value: SymbolicValue): Reg {
    const { target, minus } = value;
    if (minus) {
      const a = this.symbolAddress({ target, addend: value.addend });
      const b = this.symbolAddress({ target: minus, addend: 0n });
      return this.op(
        'sub_shift',
        [
          ['Rn', a],
          ['Rm', b],
        ],
        { sf: 1, shift: 0, imm6: 0 },
      );
    }
    if (target.kind === 'block') return this.#addressOf(this.module.blockSymbol(target.fn, target.block), value.addend);
    const { global } = target;
    if (global.kind === 'variable' && global.threadLocal) this.unsupported('the address of a thread-local variable as a constant');
    const symbol = this.module.symbol(global);
    const weakUndefined = global.linkage === 'extern_weak';
    if (weakUndefined || (this.module.options.pic && !global.dsoLocal)) {
      const page = this.op('adrp', [], { immlo: 0, immhi: 0 }, { fixup: { type: 'ADR_GOT_PAGE', symbol, addend: 0n } });
      const d = this.reg();
      this.emit(
        'ldr_x_uimm',
        [
          ['Rt', d, 'd'],
          ['Rn', page, 'u'],
        ],
        { imm12: 0 },
        { fixup: { type: 'LD64_GOT_LO12_NC', symbol, addend: 0n } },
      );
      return value.addend === 0n ? d : this.addConstant(d, value.addend);
    }
    if (!isNearAddend(value.addend)) return this.addConstant(this.#addressOf(symbol, 0n), value.addend);
    return this.#addressOf(symbol, value.addend);
  }

  #addressOf(symbol: ObjectSymbol, addend: bigint): Reg {
    const d = this.reg();
    const from = this.out.length;
    this.emit('adrp', [['Rd', d, 'd']], { immlo: 0, immhi: 0 }, { fixup: { type: 'ADR_PREL_PG_HI21', symbol, addend } });
    this.emit(
      'add_imm',
      [
        ['Rd', d, 'd'],
        ['Rn', d, 'u'],
      ],
      { sf: 1, sh: 0, imm12: 0 },
      { fixup: { type: 'ADD_ABS_LO12_NC', symbol, addend } },
    );
    this.fn.remake.set(
      d,
      this.out.slice(from).map((i) => ({ ...i, regs: i.regs.map((r) => ({ ...r })) })),
    );
    return d;
  }

  /** base + constant. */
  addConstant(base: Reg, offset: bigint): Reg {
    if (offset === 0n) return base;
    const [row, size] = offset < 0n ? ['sub_imm', -offset] : ['add_imm', offset];
    if (size < 4096n) return this.op(row, [['Rn', base]], { sf: 1, sh: 0, imm12: Number(size) });
    if (size < 1n << 24n && (size & 0xfffn) === 0n) return this.op(row, [['Rn', base]], { sf: 1, sh: 1, imm12: Number(size >> 12n) });
    if (size < 1n << 24n) {
      const high = this.op(row, [['Rn', base]], { sf: 1, sh: 1, imm12: Number(size >> 12n) });
      return this.op(row, [['Rn', high]], { sf: 1, sh: 0, imm12: Number(size & 0xfffn) });
    }
    return this.op(
      'add_shift',
      [
        ['Rn', base],
        ['Rm', this.constant(offset, 64)],
      ],
      { sf: 1, shift: 0, imm6: 0 },
    );
  }

  // Narrow integers live in registers with undefined high bits; these give them a meaning.

  /** The value (one part, up to 64 bits) with zeros above its width, to 32 or 64 bits. */
  zeroExtended(value: Value): Reg {
    const bits = bitsIn(value.type);
    const r = this.one(value);
    if (r === zr || zeroAbove(value)) return r;
    return this.extendReg(r, bits, false, bits > 32);
  }

  signExtended(value: Value, toWidth: 32 | 64 = bitsIn(value.type) > 32 ? 64 : 32): Reg {
    const bits = bitsIn(value.type);
    if (value.kind === 'int') return this.constant(BigInt.asUintN(toWidth, BigInt.asIntN(bits, value.value)), toWidth);
    const r = this.one(value);
    if (r === zr || bits === toWidth) return r;
    if (toWidth === 32 && value.kind === 'param' && value.attributes.has('signext')) return r;
    return this.extendReg(r, bits, true, toWidth === 64);
  }

  extendReg(r: Reg, bits: number, signed: boolean, wide: boolean): Reg {
    if (!signed && wide && bits === 32)
      return this.op(
        'orr_shift',
        [
          ['Rn', zr],
          ['Rm', r],
        ],
        { sf: 0, shift: 0, imm6: 0 },
      );
    const sf = wide ? 1 : 0;
    if (!signed) {
      const mask = encodeLogicalImmediate((1n << BigInt(bits)) - 1n, wide ? 64 : 32);
      if (mask) return this.op('and_imm', [['Rn', r]], { sf, ...mask });
    }
    return this.op(signed ? 'sbfm' : 'ubfm', [['Rn', r]], { sf, N: sf, immr: 0, imms: bits - 1 });
  }

  /** Whether an instruction may be folded into its user at hand: nobody else uses it, and it stands in the same block. */
  foldable(value: Value): value is Instruction {
    return value.kind === 'instruction' && this.useCounts.get(value) === 1 && value.block === this.currentBlock && !this.isNeeded(value);
  }

  newSlot(size: number, align: number): number {
    return newSlot(this.fn, size, align);
  }

  /** Stores a value's parts to the frame or through a pointer. */
  storeParts(type: Type, regs: readonly Reg[], to: Place): void {
    storeValue(this, type, regs, 'base' in to ? { kind: 'base', base: to.base, offset: 0n } : { kind: 'frame', frame: to });
  }

  loadParts(type: Type, d: Reg[], from: Place): void {
    loadValue(this, type, d, 'base' in from ? { kind: 'base', base: from.base, offset: 0n } : { kind: 'frame', frame: from });
  }

  /** Calls a function of the run-time library. */
  callExternal(name: string, args: readonly Reg[], d: readonly Reg[]): void {
    callExternal(this, name, args, d);
  }

  /** Fields of MRS and MSR for a register's name as clang writes it: `currentel`, `3:0:1:0:0`. */
  systemRegister(name: string): { o0: number; op1: number; CRn: number; CRm: number; op2: number } | undefined {
    const numbers = /^(\d+):(\d+):(\d+):(\d+):(\d+)$/.exec(name);
    const key = numbers ? undefined : sysregKey(name.toLowerCase());
    if (numbers)
      return {
        o0: Number(numbers[1]) & 1,
        op1: Number(numbers[2]),
        CRn: Number(numbers[3]),
        CRm: Number(numbers[4]),
        op2: Number(numbers[5]),
      };
    return key === undefined
      ? undefined
      : { o0: (key >> 14) & 1, op1: (key >> 11) & 7, CRn: (key >> 7) & 15, CRm: (key >> 3) & 15, op2: key & 7 };
  }

  /** A number that no other inline assembly of the module got (`%=`). */
  nextUid(): number {
    return this.module.nextUid();
  }
}

/** Whether the user takes the operand as a condition only: a branch, the choice of a select, `and` and `or` of conditions. */
function isConditionOf(user: Instruction, operand: Value): boolean {
  switch (user.op) {
    case 'br':
      return true;
    case 'select':
      return (
        user.operands[0] === operand &&
        (user.type.kind === 'int' && user.type.bits === 1 ? true : !user.operands.slice(1).includes(operand))
      );
    case 'and':
    case 'or':
      return user.type.kind === 'int' && user.type.bits === 1;
    default:
      return false;
  }
}

/** Whether a relocation takes the constant: far from its symbol an address may be out of the reach of `adrp`. */
export function isNearAddend(addend: bigint): boolean {
  return addend > -(1n << 20n) && addend < 1n << 20n;
}

export function bitsIn(type: Type): number {
  if (type.kind === 'int') return type.bits;
  if (type.kind === 'ptr') return 64;
  throw new Unsupported(`an integer operation on ${type.kind}`);
}

export function isZero(value: Value): boolean {
  return (value.kind === 'int' && value.value === 0n) || value.kind === 'null' || value.kind === 'zero';
}

export function constantInt(value: Value): bigint | undefined {
  if (value.kind === 'int') return value.value;
  if (value.kind === 'null' || value.kind === 'zero') return 0n;
  return undefined;
}

export { successorsOf };
