/** Variable arguments by AAPCS64 (10.1.5 and appendix B): va_list has stack, gr_top, vr_top, gr_offs, vr_offs. */
import { alignOf, sizeOf, type Type, type Value } from '../ir/index.ts';
import type { Lowering } from './lowering.ts';
import { access, accessStem, loadValue } from './lower-memory.ts';
import { v, zr, type Reg } from './mir.ts';
import { ArgumentAssigner, partsOf } from './parts.ts';

/** Puts the registers that named arguments left over where va_arg finds them. */
export function saveVarargs(L: Lowering, assigner: ArgumentAssigner): void {
  const area = L.varargs;
  if (!area) return;
  area.general = 8 - assigner.nextGeneral;
  area.vector = L.generalOnly ? 0 : 8 - assigner.nextVector;
  L.fn.slots[area.stackSlot].offset = Math.ceil(assigner.stack / 8) * 8;
  for (let n = assigner.nextGeneral; n < 8; n++)
    L.emit('str_x_uimm', [['Rt', n, 'u']], { imm12: 0 }, { frame: { slot: area.generalSlot, offset: 8 * n } });
  if (L.generalOnly) return;
  for (let n = assigner.nextVector; n < 8; n++)
    L.emit('str_q_uimm', [['Rt', v(n), 'u']], { imm12: 0 }, { frame: { slot: area.vectorSlot, offset: 16 * n } });
}

/** llvm.va_start: fills in the list. */
export function lowerVaStart(L: Lowering, list: Value): void {
  const area = L.varargs;
  if (!area) throw new Error('va_start without an area');
  const base = L.one(list);
  const put = (reg: Reg, bytes: number, offset: number) =>
    access(L, accessStem(false, 'general', bytes), bytes, reg, { kind: 'base', base, offset: BigInt(offset) }, false);
  put(L.frameAddress(area.stackSlot, 0), 8, 0);
  put(L.frameAddress(area.generalSlot, 64), 8, 8);
  put(L.frameAddress(area.vectorSlot, L.generalOnly ? 0 : 128), 8, 16);
  // The counts are known when the parameters have been placed; the function's entry is lowered last.
  const general = L.reg();
  const vector = L.reg();
  const fixed = new ArgumentAssigner();
  for (const p of L.ir.params) if (!p.attributes.has('sret')) fixed.place(p.type);
  L.moveConstant(general, BigInt.asUintN(32, BigInt(-8 * (8 - fixed.nextGeneral))), 32);
  L.moveConstant(vector, BigInt.asUintN(32, BigInt(L.generalOnly ? 0 : -16 * (8 - fixed.nextVector))), 32);
  put(general, 4, 24);
  put(vector, 4, 28);
}

/**
 * The instruction `va_arg`. Clang writes its steps out for AArch64; IR from elsewhere need not. Without branches: both places are computed, and what
 * is left of the registers chooses.
 */
export function lowerVaArg(L: Lowering, type: Type, list: Value, d: readonly Reg[]): void {
  const parts = partsOf(type);
  const vector = parts.length > 0 && parts.every((p) => p.cls === 'vector');
  if ((vector && parts.length > 1) || (!vector && parts.some((p) => p.cls === 'vector')) || sizeOf(type) > 16)
    L.unsupported('va_arg of an aggregate that is not in general registers');
  const base = L.one(list);
  const field = (load: boolean, reg: Reg, bytes: number, offset: number): Reg => {
    access(
      L,
      load && bytes === 4 ? 'ldrsw_x' : accessStem(load, 'general', bytes),
      bytes,
      reg,
      { kind: 'base', base, offset: BigInt(offset) },
      load,
    );
    return reg;
  };
  const wide = alignOf(type) === 16;
  /** Rounded up to 16 bytes where the type asks for it. */
  const aligned = (reg: Reg): Reg => {
    if (!wide) return reg;
    const up = L.op('add_imm', [['Rn', reg]], { sf: 1, sh: 0, imm12: 15 });
    return L.op('and_imm', [['Rn', up]], { sf: 1, N: 1, immr: 60, imms: 59 });
  };
  const plus = (reg: Reg, bytes: number): Reg => L.op('add_imm', [['Rn', reg]], { sf: 1, sh: 0, imm12: bytes });
  const counter = vector ? 28 : 24;
  const loaded = field(true, L.reg(), 4, counter);
  const offset = vector ? loaded : aligned(loaded);
  const next = plus(offset, vector ? 16 : 8 * parts.length);
  const stack = field(true, L.reg(), 8, 0);
  const onStack = aligned(stack);
  const top = field(true, L.reg(), 8, vector ? 16 : 8);
  const saved = L.op(
    'add_shift',
    [
      ['Rn', top],
      ['Rm', offset],
    ],
    { sf: 1, shift: 0, imm6: 0 },
  );
  const beyond = plus(onStack, Math.ceil(sizeOf(type) / 8) * 8);
  const choose = (cond: number, a: Reg, b: Reg): Reg =>
    L.op(
      'csel',
      [
        ['Rn', a],
        ['Rm', b],
      ],
      { sf: 1, cond },
    );
  const compareWithZero = (reg: Reg): void =>
    void L.emit(
      'subs_imm',
      [
        ['Rd', zr, 'd'],
        ['Rn', reg, 'u'],
      ],
      { sf: 1, sh: 0, imm12: 0 },
    );
  // Less or equal: the argument was still in a register.
  compareWithZero(next);
  const place = choose(13, saved, onStack);
  const stackAfter = choose(13, stack, beyond);
  // Less: there were registers left, which now are fewer or none.
  compareWithZero(loaded);
  field(false, choose(11, next, loaded), 4, counter);
  field(false, stackAfter, 8, 0);
  if (d.length > 0) loadValue(L, type, [...d], { kind: 'base', base: place, offset: 0n });
}
