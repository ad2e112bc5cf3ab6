/** Sums, differences and products that say whether they overflowed. */
import type { Value } from '../ir/index.ts';
import { setFromCondition } from './lower-integer.ts';
import { addWords, extended, multiply, multiplyHigh, multiplyWords, widened } from './lower-multiword.ts';
import { bitsIn, type InstructionOf, type Lowering } from './lowering.ts';
import { zr, type Reg } from './mir.ts';

type Operation = 'add' | 'sub' | 'mul';

/** Conditions that say so after a sum or a difference, and one for what is not equal (Arm ARM C1.2.4). */
const overflow = 6;
const carry = 2;
const borrow = 3;
const different = 1;

/** Lowers `llvm.*.with.overflow` to {result, overflowed}. */
export const withOverflow =
  (op: Operation, signed: boolean) =>
  (L: Lowering, _: InstructionOf<'call'>, d: Reg[], [a, b]: readonly Value[]): void => {
    const bits = bitsIn(a.type);
    if (bits === 128 && (op !== 'mul' || !signed)) return wideOverflow(L, op, signed, d, a, b);
    // GCC's library has no __muloti4, which LLVM would call for the signed product of 128 bits.
    if (bits > 64 || (op === 'mul' && bits > 32 && bits < 64)) return multiwordOverflow(L, op, signed, d, [a, b], bits);
    const exact = bits === 32 || bits === 64;
    const x = exact ? L.one(a) : signed ? L.signExtended(a) : L.zeroExtended(a);
    const y = exact ? L.one(b) : signed ? L.signExtended(b) : L.zeroExtended(b);
    if (op === 'mul') return mulOverflow(L, signed, d, x, y, bits);
    const sf = bits > 32 ? 1 : 0;
    const result = binary(L, exact ? `${op}s_shift` : `${op}_shift`, x, y, sf);
    if (exact) setFromCondition(L, d[1], signed ? overflow : op === 'add' ? carry : borrow);
    else differsFromExtended(L, d[1], result, bits, signed, sf);
    L.copy(d[0], result);
  };

function binary(L: Lowering, row: string, a: Reg, b: Reg, sf: 0 | 1 = 1): Reg {
  const operands = [
    ['Rn', a],
    ['Rm', b],
  ] as const;
  return L.op(row, operands, { sf, shift: 0, imm6: 0 });
}

function compare(L: Lowering, a: Reg, b: Reg, { sf = 1, shift = 0, imm6 = 0 } = {}): void {
  const operands = [
    ['Rd', zr, 'd'],
    ['Rn', a, 'u'],
    ['Rm', b, 'u'],
  ] as const;
  L.emit('subs_shift', operands, { sf, shift, imm6 });
}

/** 1 when a result of a wider operation does not fit its width. */
function differsFromExtended(L: Lowering, d: Reg, result: Reg, bits: number, signed: boolean, sf: 0 | 1): void {
  compare(L, result, L.extendReg(result, bits, signed, sf === 1), { sf });
  setFromCondition(L, d, different);
}

/** Products of up to 32 bits, which fit a register, and of 64. */
function mulOverflow(L: Lowering, signed: boolean, d: Reg[], x: Reg, y: Reg, bits: number): void {
  const operands = [
    ['Rn', x],
    ['Rm', y],
  ] as const;
  if (bits === 64) {
    const result = L.op('madd', [...operands, ['Ra', zr]], { sf: 1 });
    const high = L.op(signed ? 'smulh' : 'umulh', operands);
    if (signed) compare(L, high, result, { shift: 2, imm6: 63 });
    else compare(L, high, zr);
    setFromCondition(L, d[1], different);
    return L.copy(d[0], result);
  }
  const result = L.op(signed ? 'smaddl' : 'umaddl', [...operands, ['Ra', zr]]);
  differsFromExtended(L, d[1], result, bits, signed, 1);
  L.copy(d[0], result);
}

function wideOverflow(L: Lowering, op: Operation, signed: boolean, d: Reg[], a: Value, b: Value): void {
  const [al, ah] = L.regsOf(a);
  const [bl, bh] = L.regsOf(b);
  if (op !== 'mul') {
    const [low, high] = addWords(L, op, [al, ah], [bl, bh]);
    setFromCondition(L, d[2], signed ? overflow : op === 'add' ? carry : borrow);
    L.copy(d[0], low);
    L.copy(d[1], high);
    return;
  }
  unsignedWideProduct(L, d, al, ah, bl, bh);
}

/** Overflow of an unsigned 128-bit product: both high halves in use, a cross product above 64 bits, or a carry. */
function unsignedWideProduct(L: Lowering, d: Reg[], al: Reg, ah: Reg, bl: Reg, bh: Reg): void {
  const nonZero = (x: Reg): Reg => {
    compare(L, x, zr);
    const r = L.reg();
    setFromCondition(L, r, different);
    return r;
  };
  const or = (x: Reg, y: Reg) => binary(L, 'orr_shift', x, y);
  const both = binary(L, 'and_shift', nonZero(ah), nonZero(bh));
  const crossHigh = or(multiplyHigh(L, ah, bl), multiplyHigh(L, al, bh));
  const cross = binary(L, 'add_shift', multiply(L, ah, bl), multiply(L, al, bh));
  const low = multiply(L, al, bl);
  const top = binary(L, 'adds_shift', multiplyHigh(L, al, bl), cross);
  const carried = L.reg();
  setFromCondition(L, carried, carry);
  L.copy(d[2], or(or(both, carried), nonZero(crossHigh)));
  L.copy(d[0], low);
  L.copy(d[1], top);
}

/** Widths that no register has: the exact result has enough words, and what does not come back from its low `bits` bits has overflowed. */
function multiwordOverflow(L: Lowering, op: Operation, signed: boolean, d: Reg[], [a, b]: readonly [Value, Value], bits: number): void {
  const count = Math.ceil((op === 'mul' ? 2 * bits : bits + 1) / 64);
  const operand = (value: Value) => widened(L, extended(L, value, bits, signed), signed, count);
  const exact = op === 'mul' ? multiplyWords(L, operand(a), operand(b), count) : addWords(L, op, operand(a), operand(b));
  const size = d.length - 1;
  const kept = exact.slice(0, size);
  const rest = bits - 64 * (size - 1);
  if (rest < 64) kept[size - 1] = L.extendReg(kept[size - 1], rest, signed, true);
  const expected = widened(L, kept, signed, count);
  const difference = exact
    .map((word, n) => (word === expected[n] ? undefined : binary(L, 'eor_shift', word, expected[n])))
    .filter((word) => word !== undefined)
    .reduce((sum, word) => binary(L, 'orr_shift', sum, word));
  compare(L, difference, zr);
  setFromCondition(L, d[size], different);
  for (let n = 0; n < size; n++) L.copy(d[n], exact[n]);
}
