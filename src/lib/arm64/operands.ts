/**
 * Every operand by the name that rows have for it in their syntax.
 *
 * Registers of field Rd (and so on for n, m, a, t, s, t2):
 * - `{Rd}` general, its width by the field sf; `{Wd}`, `{Xd}` of fixed width; `{Rd|sp}`: number 31 is SP instead of ZR.
 * - `{Bd}` ... `{Qd}` scalar of fixed size; `{Fd}` sized by the field ftype, `{Fd:sz}` by sz.
 * - `{Vd.16b}` vector; `{Vd.T}` with lanes by size and Q (operands-vector.ts has the other ways); `{Vt.T*3}` a list of three;
 *   `{Vn.s[Q:S]}` one lane, its number in those fields; `{Vt.b[Q:S:size]*2}` one lane of each of a list.
 */
import * as general from './operands-general.ts';
import * as memory from './operands-memory.ts';
import * as system from './operands-system.ts';
import { literalModifiers } from './modifiers.ts';
import * as constant from './operands-vector-constant.ts';
import * as vector from './operands-vector.ts';
import { computed, unsigned, width, type OperandKind } from './syntax.ts';

const operandKinds: Readonly<Record<string, OperandKind>> = buildKinds();

/** The operand of that name; throws when rows use one that does not exist. */
export function operandKind(name: string): OperandKind {
  const found = operandKinds[name] ?? vector.vectorOperand(name);
  if (!found) throw new Error(`there is no operand {${name}}`);
  return found;
}

function buildKinds(): Record<string, OperandKind> {
  const kinds: Record<string, OperandKind> = {
    addimm: general.addImmediate(false),
    addimmneg: general.addImmediate(true),
    shift: general.shifted(false),
    shiftror: general.shifted(true),
    extend: general.extended,
    bitmask: general.logicalImmediate(false),
    bitmaskinv: general.logicalImmediate(true),
    wide: general.wideImmediate,
    movz: general.moveValue(false),
    movn: general.moveValue(true),
    cond: general.condition(false),
    condinv: general.condition(true),
    immr: unsigned('immr', 6),
    imms: unsigned('imms', 6),
    lsb: unsigned('imms', 6),
    nzcv: unsigned('nzcv', 4, { base: 16 }),
    imm5: unsigned('imm5', 5, { base: 16 }),
    imm16: unsigned('imm16', 16, { base: 16 }),
    imm16opt: general.optionalImmediate('imm16', 16),
    hint: system.hintNumber,
    CRm: unsigned('CRm', 4, { base: 16 }),
    Cn: system.controlRegister('CRn'),
    Cm: system.controlRegister('CRm'),
    optx: system.optionalX,
    retreg: general.returnRegister,
    sysr: system.systemRegister('read'),
    sysw: system.systemRegister('write'),
    barrier: system.barrier,
    isb: system.isbOption,
    clrex: system.clrexImmediate,
    prfop: memory.prefetch,
    zero: memory.zeroOffset,
    Tt: general.testedRegister,
    'Rn=Rm': general.sameRegister('Rn', 'Rm'),
    'Ws+1': general.nextRegister('Rs', false),
    'Xs+1': general.nextRegister('Rs', true),
    'Wt+1': general.nextRegister('Rt', false),
    'Xt+1': general.nextRegister('Rt', true),
    pstate: system.pstate,
    sysop: system.systemOperation,
    op1: unsigned('op1', 3),
    op2: unsigned('op2', 3),
    imm16dec: unsigned('imm16', 16),
    b26: general.simpleTarget('JUMP26', 'imm26', 26),
    bl26: general.simpleTarget('CALL26', 'imm26', 26),
    b19: general.simpleTarget('CONDBR19', 'imm19', 19),
    ld19: general.simpleTarget('LD_PREL_LO19', 'imm19', 19, literalModifiers),
    b14: general.simpleTarget('TSTBR14', 'imm14', 14),
    adr: general.adrTarget('ADR_PREL_LO21', false),
    adrp: general.adrTarget('ADR_PREL_PG_HI21', true),
    tbit: general.testedBit,
    simm9: memory.signedOffset('imm9', 9, 0, true),
    simm9always: memory.signedOffset('imm9', 9, 0, false),
    fimm8: vector.fpImmediate,
    imm4dec: unsigned('imm4', 4),
    imm8v: constant.byteConstant(0),
    imm8b: constant.byteConstant(-128),
    lslv: constant.constantShift('lsl', 3, 0),
    lslv1: constant.constantShift('lsl', 1, 0),
    mslv: constant.constantShift('msl', 1, 8),
    bytemask: constant.byteMask,
    lanebits: constant.laneWidth,
    only0: constant.onlyZero,
    fimm8v: constant.fpConstant,
    fbits: vector.fractionBits,
    fbits32: vector.elementFractionBits('imm5'),
    fbits64: vector.elementFractionBits('imm6'),
    fzero: vector.fpZero,
    // Aliases of the bitfield moves.
    lslimm: computed(
      (f) => (width(f) - f.immr) % width(f),
      (v, f) => {
        f.immr = (width(f) - v) % width(f);
        f.imms = width(f) - 1 - v;
      },
      (f) => width(f) - 1,
    ),
    srimm: computed(
      (f) => f.immr,
      (v, f) => {
        f.immr = v;
        f.imms = width(f) - 1;
      },
      (f) => width(f) - 1,
    ),
    xlsb: computed(
      (f) => f.immr,
      (v, f) => {
        f.immr = v;
      },
      (f) => width(f) - 1,
    ),
    xwidth: computed(
      (f) => f.imms - f.immr + 1,
      (v, f) => {
        f.imms = f.immr + v - 1;
      },
      (f) => width(f) - f.immr,
      1,
    ),
    ilsb: computed(
      (f) => (width(f) - f.immr) % width(f),
      (v, f) => {
        f.immr = (width(f) - v) % width(f);
      },
      (f) => width(f) - 1,
    ),
    iwidth: computed(
      (f) => f.imms + 1,
      (v, f) => {
        f.imms = v - 1;
      },
      (f) => width(f) - ((width(f) - f.immr) % width(f)),
      1,
    ),
    rorimm: computed(
      (f) => f.imms,
      (v, f) => {
        f.imms = v;
      },
      (f) => width(f) - 1,
    ),
  };
  for (const field of ['d', 'n', 'm', 'a', 't', 's', 't2', 'n2', 'm2', 'd2']) {
    const name = `R${field}`;
    kinds[name] = general.general(name, 'sf', false);
    kinds[`${name}|sp`] = general.general(name, 'sf', true);
    for (const [letter, bits] of [
      ['W', 32],
      ['X', 64],
    ] as const) {
      kinds[`${letter}${field}`] = general.general(name, bits, false);
      kinds[`${letter}${field}|sp`] = general.general(name, bits, true);
    }
    for (const letter of ['B', 'H', 'S', 'D', 'Q']) kinds[`${letter}${field}`] = vector.scalar(letter.toLowerCase(), name);
    kinds[`F${field}`] = vector.scalarOfType(name);
    kinds[`E${field}`] = vector.scalarBySize(name, 0);
    kinds[`L${field}`] = vector.scalarBySize(name, 1);
    kinds[`F${field}:sz`] = vector.scalarOfType(name, 'sz');
  }
  for (const bits of [8, 16, 32, 64]) {
    kinds[`shr${bits}`] = constant.rightShift(bits);
    kinds[`shl${bits}`] = unsigned('sh', Math.log2(bits));
  }
  for (let count = 1; count <= 4; count++) {
    kinds[`list${count}`] = vector.movedBytes((f) => (count * 8) << f.Q);
    kinds[`each${count}`] = vector.movedBytes((f) => count << f.size);
    for (let scale = 0; scale <= 3; scale++) kinds[`lane${count << scale}`] = vector.movedBytes(() => count << scale);
  }
  for (let scale = 0; scale <= 4; scale++) {
    kinds[`uoff${scale}`] = memory.scaledOffset(scale);
    kinds[`roff${scale}`] = memory.registerOffset(scale);
    kinds[`pair${scale}`] = memory.signedOffset('imm7', 7, scale, true);
    kinds[`pairalways${scale}`] = memory.signedOffset('imm7', 7, scale, false);
  }
  return kinds;
}
