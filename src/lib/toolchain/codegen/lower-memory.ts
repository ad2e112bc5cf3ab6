/** Loads, stores, addresses, allocas. */
import { alignOf, evaluate, sizeOf, storeSizeOf, structLayout, type Instruction, type Type, type Value } from '../ir/index.ts';
import type { ObjectSymbol } from '../object/object.ts';
import { bitsIn, constantInt, isNearAddend, type InstructionOf, type Lowering } from './lowering.ts';
import { zr, type FrameRef, type MIns, type Reg } from './mir.ts';
import { loadPair, storePair } from './lower-atomic.ts';
import { integerToMask, maskToInteger } from './lower-vector-cast.ts';
import { storeInterleaved } from './lower-structure.ts';
import { partsOf, type Part } from './parts.ts';
import { shapeOf } from './vectors.ts';

/** Where a load or store goes. */
export type Address =
  | { kind: 'base'; base: Reg; offset: bigint }
  | { kind: 'index'; base: Reg; index: Reg; option: number; shift: number }
  | { kind: 'frame'; frame: FrameRef }
  | { kind: 'symbol'; page: Reg; symbol: ObjectSymbol; addend: bigint };

/** Splits getelementptr into a constant and scaled variable indices. */
function splitIndices(sourceType: Type, indices: readonly Value[]): { constant: bigint; variable: { value: Value; scale: bigint }[] } {
  let constant = 0n;
  const variable: { value: Value; scale: bigint }[] = [];
  let type: Type = sourceType;
  indices.forEach((index, level) => {
    const k = constantInt(index);
    if (level > 0 && type.kind === 'struct') {
      const field = Number(k ?? 0n);
      constant += BigInt(structLayout(type).offsets[field]);
      type = type.fields[field];
      return;
    }
    if (level > 0) {
      if (type.kind !== 'array' && type.kind !== 'vector') throw new Error('getelementptr into a scalar');
      type = type.element;
    }
    const scale = BigInt(sizeOf(type));
    if (k !== undefined) constant += BigInt.asIntN(index.type.kind === 'int' ? index.type.bits : 64, k) * scale;
    else variable.push({ value: index, scale });
  });
  return { constant: BigInt.asIntN(64, constant), variable };
}

const isPowerOfTwo = (n: bigint): boolean => n > 0n && (n & (n - 1n)) === 0n;
const log2 = (n: bigint): number => n.toString(2).length - 1;

/** An index as 64 bits. */
function index64(L: Lowering, value: Value): Reg {
  const bits = bitsIn(value.type);
  return bits === 64 ? L.one(value) : L.signExtended(value, 64);
}

function addIndex(L: Lowering, base: Reg, value: Value, scale: bigint): Reg {
  const from = base === zr ? L.op('movz', [], { sf: 1, hw: 0, imm16: 0 }) : base;
  if (isPowerOfTwo(scale)) {
    const shift = log2(scale);
    if (
      L.foldable(value) &&
      (value.op === 'sext' || value.op === 'zext') &&
      bitsIn(value.type) === 64 &&
      bitsIn(value.operands[0].type) === 32 &&
      shift <= 4
    )
      return L.op(
        'add_ext',
        [
          ['Rn', from],
          ['Rm', L.one(value.operands[0])],
        ],
        { sf: 1, option: value.op === 'sext' ? 6 : 2, imm3: shift },
      );
    return L.op(
      'add_shift',
      [
        ['Rn', from],
        ['Rm', index64(L, value)],
      ],
      { sf: 1, shift: 0, imm6: shift },
    );
  }
  return L.op(
    'madd',
    [
      ['Rn', index64(L, value)],
      ['Rm', L.constant(scale, 64)],
      ['Ra', from],
    ],
    { sf: 1 },
  );
}

function addressOfGep(L: Lowering, i: InstructionOf<'getelementptr'>): Reg {
  const [base, ...indices] = i.operands;
  const { constant, variable } = splitIndices(i.sourceType, indices);
  let at = L.one(base);
  for (const { value, scale } of variable) at = addIndex(L, at, value, scale);
  if (at === zr && constant !== 0n) return L.constant(constant, 64);
  return L.addConstant(at, constant);
}

export function lowerGep(L: Lowering, i: InstructionOf<'getelementptr'>, d: Reg[]): void {
  const [base, ...indices] = i.operands;
  const slot = L.slots.get(base);
  const { constant, variable } = splitIndices(i.sourceType, indices);
  if (slot !== undefined && variable.length === 0 && constant >= 0n && constant < 1n << 24n) {
    L.emit('$frame', [['Rd', d[0], 'd']], {}, { frame: { slot, offset: Number(constant) } });
    return;
  }
  L.copy(d[0], addressOfGep(L, i));
}

/** A pointer that is the next value of the phi that it is computed from: with both alive the phi would need a register more, and a move. */
function stepsPhi(L: Lowering, value: InstructionOf<'getelementptr'>): boolean {
  const [phi] = value.operands;
  if (!L.isNeeded(value) || phi.kind !== 'instruction' || phi.op !== 'phi') return false;
  return phi.incoming.some((e) => e.value === value);
}

/** The address of an access of `size` bytes, with what the addressing mode can take folded in. */
export function addressOf(L: Lowering, pointer: Value, size: number): Address {
  let value = pointer;
  let offset = 0n;
  // Constant offsets fold at any distance; the pointer below stays alive instead.
  while (value.kind === 'instruction' && value.op === 'getelementptr' && value.type.kind === 'ptr') {
    const { constant, variable } = splitIndices(value.sourceType, value.operands.slice(1));
    if (variable.length > 0) {
      const [only] = variable;
      if (
        variable.length === 1 &&
        constant + offset === 0n &&
        only.scale === BigInt(size) &&
        isPowerOfTwo(only.scale) &&
        size <= 16 &&
        L.foldable(value)
      )
        return indexed(L, value.operands[0], only.value, log2(only.scale));
      if (variable.length === 1 && constant + offset === 0n && only.scale === 1n && L.foldable(value))
        return indexed(L, value.operands[0], only.value, 0);
      if (!L.foldable(value)) break;
      let base = L.one(value.operands[0]);
      for (const index of variable) base = addIndex(L, base, index.value, index.scale);
      return { kind: 'base', base, offset: offset + constant };
    }
    if (stepsPhi(L, value)) break;
    offset += constant;
    value = value.operands[0];
  }
  const slot = L.slots.get(value);
  if (slot !== undefined && offset >= 0n && offset < 1n << 20n) return { kind: 'frame', frame: { slot, offset: Number(offset) } };
  if (value.kind === 'global' || value.kind === 'expr') {
    const symbolic = symbolAddress(L, value, offset, size);
    if (symbolic) return symbolic;
  }
  return { kind: 'base', base: L.one(value), offset };
}

function indexed(L: Lowering, base: Value, index: Value, shift: number): Address {
  const b = L.one(base);
  const from = b === zr ? L.op('movz', [], { sf: 1, hw: 0, imm16: 0 }) : b;
  if (
    L.foldable(index) &&
    (index.op === 'sext' || index.op === 'zext') &&
    bitsIn(index.type) === 64 &&
    bitsIn(index.operands[0].type) === 32
  )
    return { kind: 'index', base: from, index: L.one(index.operands[0]), option: index.op === 'sext' ? 6 : 2, shift };
  return { kind: 'index', base: from, index: index64(L, index), option: 3, shift };
}

/** `adrp` and a scaled offset, when the object's alignment keeps the low bits of the address apart from carries. */
function symbolAddress(L: Lowering, value: Value, offset: bigint, size: number): Address | undefined {
  if (value.kind !== 'global' && value.kind !== 'expr') return undefined;
  const found = evaluate(value);
  if (typeof found === 'bigint' || found.target.kind !== 'global' || found.minus) return undefined;
  const { global } = found.target;
  if (global.kind !== 'variable' || global.threadLocal || global.linkage === 'extern_weak' || (L.module.options.pic && !global.dsoLocal))
    return undefined;
  const align = global.align ?? alignOf(global.type);
  const addend = found.addend + offset;
  if (align < size || addend % BigInt(size) !== 0n || !isNearAddend(addend)) return undefined;
  const symbol = L.module.symbol(global);
  const page = L.op('adrp', [], { immlo: 0, immhi: 0 }, { fixup: { type: 'ADR_PREL_PG_HI21', symbol, addend } });
  return { kind: 'symbol', page, symbol, addend };
}

export function offsetAddress(L: Lowering, a: Address, by: number): Address {
  if (by === 0) return a;
  switch (a.kind) {
    case 'base':
      return { ...a, offset: a.offset + BigInt(by) };
    case 'frame':
      return { kind: 'frame', frame: { slot: a.frame.slot, offset: a.frame.offset + by } };
    default:
      return { kind: 'base', base: materialize(L, a), offset: BigInt(by) };
  }
}

/** The address in one register. */
export function materialize(L: Lowering, a: Address): Reg {
  switch (a.kind) {
    case 'base':
      if (a.base === zr) return L.constant(a.offset, 64) === zr ? L.op('movz', [], { sf: 1, hw: 0, imm16: 0 }) : L.constant(a.offset, 64);
      return L.addConstant(a.base, a.offset);
    case 'frame':
      return L.frameAddress(a.frame.slot, a.frame.offset);
    case 'symbol':
      return L.op(
        'add_imm',
        [['Rn', a.page]],
        { sf: 1, sh: 0, imm12: 0 },
        { fixup: { type: 'ADD_ABS_LO12_NC', symbol: a.symbol, addend: a.addend } },
      );
    case 'index':
      return a.option === 3
        ? L.op(
            'add_shift',
            [
              ['Rn', a.base],
              ['Rm', a.index],
            ],
            { sf: 1, shift: 0, imm6: a.shift },
          )
        : L.op(
            'add_ext',
            [
              ['Rn', a.base],
              ['Rm', a.index],
            ],
            { sf: 1, option: a.option, imm3: a.shift },
          );
  }
}

/** The stem of a row: `ldr_x`, `strb_w`, `ldrsb_x`. */
export function accessStem(load: boolean, cls: 'general' | 'vector', bytes: number, signTo?: 32 | 64): string {
  if (cls === 'vector') return `${load ? 'ldr' : 'str'}_${{ 1: 'b', 2: 'h', 4: 's', 8: 'd', 16: 'q' }[bytes]}`;
  if (signTo) return `ldrs${{ 1: 'b', 2: 'h', 4: 'w' }[bytes]}_${signTo === 64 ? 'x' : 'w'}`;
  const size = { 1: 'b', 2: 'h', 4: '', 8: '' }[bytes];
  return `${load ? 'ldr' : 'str'}${size}_${bytes === 8 ? 'x' : 'w'}`;
}

/** Emits one access. */
export function access(L: Lowering, stem: string, bytes: number, reg: Reg, a: Address, load: boolean): MIns {
  const data = ['Rt', reg, load ? 'd' : 'u'] as const;
  switch (a.kind) {
    case 'frame':
      return L.emit(`${stem}_uimm`, [data], { imm12: 0 }, { frame: a.frame });
    case 'symbol': {
      const fixup = { type: `LDST${bytes * 8}_ABS_LO12_NC`, symbol: a.symbol, addend: a.addend };
      return L.emit(`${stem}_uimm`, [data, ['Rn', a.page, 'u']], { imm12: 0 }, { fixup });
    }
    case 'index':
      return L.emit(`${stem}_reg`, [data, ['Rn', a.base, 'u'], ['Rm', a.index, 'u']], { option: a.option, S: a.shift > 0 ? 1 : 0 });
    case 'base': {
      let { base, offset } = a;
      if (base === zr) {
        base = materialize(L, a);
        offset = 0n;
      }
      if (offset >= 0n && offset % BigInt(bytes) === 0n && offset / BigInt(bytes) < 4096n)
        return L.emit(`${stem}_uimm`, [data, ['Rn', base, 'u']], { imm12: Number(offset) / bytes });
      if (offset >= -256n && offset < 256n)
        return L.emit(`${stem}_unscaled`, [data, ['Rn', base, 'u']], { imm9: Number(BigInt.asUintN(9, offset)) });
      return L.emit(`${stem}_uimm`, [data, ['Rn', L.addConstant(base, offset), 'u']], { imm12: 0 });
    }
  }
}

const powers = [8, 4, 2, 1];

/** Loads an integer of `bytes` bytes, which need not be a power of two, with zeros above. */
function loadBytes(L: Lowering, bytes: number, d: Reg, a: Address): void {
  if (powers.includes(bytes)) {
    access(L, accessStem(true, 'general', bytes), bytes, d, a, true);
    return;
  }
  let at = 0;
  let sum: Reg | undefined;
  const base = a.kind === 'frame' ? a : ({ kind: 'base', base: materialize(L, a), offset: 0n } as const);
  for (const size of powers) {
    if (!(bytes & size)) continue;
    const piece = L.reg();
    access(L, accessStem(true, 'general', size), size, piece, offsetAddress(L, base, at), true);
    sum =
      sum === undefined
        ? piece
        : L.op(
            'orr_shift',
            [
              ['Rn', sum],
              ['Rm', piece],
            ],
            { sf: 1, shift: 0, imm6: at * 8 },
          );
    at += size;
  }
  L.copy(d, sum ?? zr);
}

function storeBytes(L: Lowering, bytes: number, from: Reg, a: Address): void {
  if (powers.includes(bytes)) {
    access(L, accessStem(false, 'general', bytes), bytes, from, a, false);
    return;
  }
  let at = 0;
  const base = a.kind === 'frame' ? a : ({ kind: 'base', base: materialize(L, a), offset: 0n } as const);
  for (const size of powers) {
    if (!(bytes & size)) continue;
    const piece = at === 0 || from === zr ? from : L.op('ubfm', [['Rn', from]], { sf: 1, N: 1, immr: at * 8, imms: 63 });
    access(L, accessStem(false, 'general', size), size, piece, offsetAddress(L, base, at), false);
    at += size;
  }
}

const partBytes = (p: Part): number => (p.type.kind === 'int' && p.type.bits > 64 ? Math.ceil(p.bits / 8) : storeSizeOf(p.type));

/** Loads every part of a value. */
export function loadValue(L: Lowering, type: Type, d: Reg[], a: Address): void {
  if (type.kind === 'vector' && type.element.kind === 'int' && type.element.bits % 8 !== 0) return loadBits(L, type, d, a);
  const parts = partsOf(type);
  const base = parts.length === 1 ? a : settled(L, a);
  parts.forEach((p, n) => {
    const place = offsetAddress(L, base, p.offset);
    if (p.vector) loadLanes(L, (p.vector.count * p.vector.lane) / 8, d[n], place);
    else if (p.cls === 'vector') access(L, accessStem(true, 'vector', p.bits / 8), p.bits / 8, d[n], place, true);
    else loadBytes(L, partBytes(p), d[n], place);
  });
}

export function storeValue(L: Lowering, type: Type, regs: readonly Reg[], a: Address): void {
  if (type.kind === 'vector' && type.element.kind === 'int' && type.element.bits % 8 !== 0) return storeBits(L, type, regs, a);
  const parts = partsOf(type);
  const base = parts.length === 1 ? a : settled(L, a);
  parts.forEach((p, n) => {
    const place = offsetAddress(L, base, p.offset);
    if (p.vector) storeLanes(L, (p.vector.count * p.vector.lane) / 8, regs[n], place);
    else if (p.cls === 'vector') access(L, accessStem(false, 'vector', p.bits / 8), p.bits / 8, regs[n], place, false);
    else {
      // Integers that do not fill their bytes are stored with zeros above.
      const odd = p.bits % 8 !== 0 && regs[n] !== zr;
      storeBytes(L, partBytes(p), odd ? L.extendReg(regs[n], p.bits, false, p.bits > 32) : regs[n], place);
    }
  });
}

/** Sizes that make up `bytes`, largest first. */
function piecesOf(bytes: number): { size: 1 | 2 | 4 | 8 | 16; at: number }[] {
  const list: { size: 1 | 2 | 4 | 8 | 16; at: number }[] = [];
  let at = 0;
  for (const size of [16, 8, 4, 2, 1] as const)
    if (bytes & size) {
      list.push({ size, at });
      at += size;
    }
  return list;
}

/** Part of a register that fills no whole access: lanes of the size, one after another. */
function laneAccess(L: Lowering, load: boolean, size: 1 | 2 | 4 | 8, at: number, reg: Reg, a: Address): void {
  const n = at / size;
  const letter = { 1: 'b', 2: 'h', 4: 's', 8: 'd' }[size];
  // The number's bits are spread over Q, S and the size field, from the top.
  const fields: Record<number, Record<string, number>> = {
    1: { Q: n >> 3, S: (n >> 2) & 1, size: n & 3 },
    2: { Q: n >> 2, S: (n >> 1) & 1, sz: n & 1 },
    4: { Q: n >> 1, S: n & 1 },
    8: { Q: n },
  };
  L.emit(
    `${load ? 'ld1' : 'st1'}_lane_${letter}`,
    [
      ['Rt', reg, load ? 'du' : 'u'],
      ['Rn', materialize(L, a), 'u'],
    ],
    fields[size],
  );
}

/** Loads the first `bytes` bytes of a SIMD register. */
function loadLanes(L: Lowering, bytes: number, d: Reg, a: Address): void {
  const [first, ...rest] = piecesOf(bytes);
  const base = rest.length > 0 ? settled(L, a) : a;
  access(L, accessStem(true, 'vector', first.size), first.size, d, base, true);
  for (const { size, at } of rest) if (size !== 16) laneAccess(L, true, size, at, d, offsetAddress(L, base, at));
}

function storeLanes(L: Lowering, bytes: number, from: Reg, a: Address): void {
  const [first, ...rest] = piecesOf(bytes);
  const base = rest.length > 0 ? settled(L, a) : a;
  access(L, accessStem(false, 'vector', first.size), first.size, from, base, false);
  for (const { size, at } of rest) if (size !== 16) laneAccess(L, false, size, at, from, offsetAddress(L, base, at));
}

/** Vectors of bits are packed in memory: masks, and integers of odd widths one after another. */
function loadBits(L: Lowering, type: Extract<Type, { kind: 'vector' }>, d: Reg[], a: Address): void {
  const bits = bitsIn(type.element);
  const total = bits * type.length;
  if (total > 64) L.unsupported(`a vector of ${type.length} ${bits}-bit integers in memory`);
  const packed = L.reg();
  loadBytes(L, Math.ceil(total / 8), packed, a);
  const shape = shapeOf(type);
  if (shape) return integerToMask(L, packed, shape, d);
  d.forEach((into, n) =>
    L.emit(
      'ubfm',
      [
        ['Rd', into, 'd'],
        ['Rn', packed, 'u'],
      ],
      { sf: 1, N: 1, immr: n * bits, imms: n * bits + bits - 1 },
    ),
  );
}

function storeBits(L: Lowering, type: Extract<Type, { kind: 'vector' }>, regs: readonly Reg[], a: Address): void {
  const bits = bitsIn(type.element);
  const total = bits * type.length;
  if (total > 64) L.unsupported(`a vector of ${type.length} ${bits}-bit integers in memory`);
  const shape = shapeOf(type);
  if (shape) return storeBytes(L, Math.ceil(total / 8), maskToInteger(L, regs, shape), a);
  let packed: Reg = zr;
  regs.forEach((r, n) => {
    if (r === zr) return;
    const clean = L.extendReg(r, bits, false, true);
    packed =
      packed === zr && n === 0
        ? clean
        : L.op(
            'orr_shift',
            [
              ['Rn', packed],
              ['Rm', clean],
            ],
            { sf: 1, shift: 0, imm6: n * bits },
          );
  });
  storeBytes(L, Math.ceil(total / 8), packed, a);
}

/** An address that several accesses can be made from. */
function settled(L: Lowering, a: Address): Address {
  return a.kind === 'frame' || (a.kind === 'base' && a.base !== zr) ? a : { kind: 'base', base: materialize(L, a), offset: 0n };
}

export function lowerLoad(L: Lowering, i: InstructionOf<'load'>, d: Reg[]): void {
  if (i.ordering !== 'notatomic' && sizeOf(i.type) === 16) {
    if (i.type.kind !== 'int') L.unsupported(`an atomic load of ${i.type.kind}`);
    return loadPair(L, L.one(i.operands[0]), i.ordering, d);
  }
  if (i.ordering !== 'notatomic' && i.ordering !== 'unordered' && i.ordering !== 'monotonic') return orderedLoad(L, i, d);
  loadValue(L, i.type, d, addressOf(L, i.operands[0], storeSizeOf(i.type)));
}

function orderedLoad(L: Lowering, i: InstructionOf<'load'>, d: Reg[]): void {
  const bytes = sizeOf(i.type);
  const base = nonZero(L, L.one(i.operands[0]));
  const [part] = partsOf(i.type);
  const into = part.cls === 'general' ? d[0] : L.reg();
  L.emit(bytes === 8 ? 'ldar_x' : bytes === 4 ? 'ldar_w' : bytes === 2 ? 'ldarh' : 'ldarb', [
    ['Rt', into, 'd'],
    ['Rn', base, 'u'],
  ]);
  if (part.cls === 'vector')
    L.emit(bytes === 8 ? 'fmov_d_x' : 'fmov_s_w', [
      ['Rd', d[0], 'd'],
      ['Rn', into, 'u'],
    ]);
}

export function nonZero(L: Lowering, r: Reg): Reg {
  return r === zr ? L.op('movz', [], { sf: 1, hw: 0, imm16: 0 }) : r;
}

export function lowerStore(L: Lowering, i: InstructionOf<'store'>): void {
  const [value, pointer] = i.operands;
  if (i.ordering !== 'notatomic' && sizeOf(value.type) === 16) {
    if (value.type.kind !== 'int') L.unsupported(`an atomic store of ${value.type.kind}`);
    return storePair(L, L.one(pointer), i.ordering, L.regsOf(value));
  }
  if (i.ordering !== 'notatomic' && i.ordering !== 'unordered' && i.ordering !== 'monotonic') {
    const bytes = sizeOf(value.type);
    const [part] = partsOf(value.type);
    let from = L.one(value);
    if (part.cls === 'vector') {
      const g = L.reg();
      L.emit(bytes === 8 ? 'fmov_x_d' : 'fmov_w_s', [
        ['Rd', g, 'd'],
        ['Rn', from, 'u'],
      ]);
      from = g;
    }
    if (part.bits % 8 !== 0 && from !== zr) from = L.extendReg(from, part.bits, false, false);
    L.emit(bytes === 8 ? 'stlr_x' : bytes === 4 ? 'stlr_w' : bytes === 2 ? 'stlrh' : 'stlrb', [
      ['Rt', from, 'u'],
      ['Rn', nonZero(L, L.one(pointer)), 'u'],
    ]);
    return;
  }
  // A constant that the general registers hold needs no trip through a SIMD register.
  if (value.kind === 'fp' && (value.type.kind === 'double' || value.type.kind === 'float')) {
    const bytes = sizeOf(value.type);
    const a = addressOf(L, pointer, bytes);
    access(L, accessStem(false, 'general', bytes), bytes, L.constant(value.bits, bytes === 8 ? 64 : 32), a, false);
    return;
  }
  if (storeInterleaved(L, i)) return;
  const a = addressOf(L, pointer, storeSizeOf(value.type));
  storeValue(L, value.type, L.passedRegs(value), a);
}

/** A load whose only use extends its sign: one instruction. Gives false when it must be done in two. */
export function foldSignedLoad(L: Lowering, i: Instruction & { operands: readonly [Value] }): boolean {
  const from = i.operands[0];
  if (!L.foldable(from) || from.op !== 'load' || from.ordering !== 'notatomic' || from.type.kind !== 'int') return false;
  const { bits } = from.type;
  return bits === 8 || bits === 16 || (bits === 32 && bitsIn(i.type) === 64);
}

export function lowerSignedLoad(L: Lowering, load: InstructionOf<'load'>, bits: number, toBits: number, d: Reg): void {
  const bytes = bits / 8;
  access(L, accessStem(true, 'general', bytes, toBits > 32 ? 64 : 32), bytes, d, addressOf(L, load.operands[0], bytes), true);
}

/** An alloca of variable size, or within a loop: moves the stack pointer. */
export function lowerDynamicAlloca(L: Lowering, i: InstructionOf<'alloca'>, d: Reg): void {
  L.fn.dynamicStack = true;
  const each = BigInt(sizeOf(i.allocated));
  let bytes: Reg;
  if (i.count) {
    const count = L.zeroExtended(i.count);
    const wide = bitsIn(i.count.type) === 64 ? count : count === zr ? zr : L.extendReg(count, 32, false, true);
    bytes =
      each === 1n
        ? wide
        : L.op(
            'madd',
            [
              ['Rn', wide],
              ['Rm', L.constant(each, 64)],
              ['Ra', zr],
            ],
            { sf: 1 },
          );
  } else bytes = L.constant(each, 64);
  const align = Math.max(i.align, 16);
  const padded = L.op('add_imm', [['Rn', nonZero(L, bytes)]], { sf: 1, sh: 0, imm12: 15 });
  const rounded = L.op('and_imm', [['Rn', padded]], { sf: 1, N: 1, immr: 60, imms: 59 });
  L.emit(
    '$alloca',
    [
      ['Rd', d, 'e'],
      ['Rm', rounded, 'u'],
    ],
    { align },
  );
}
