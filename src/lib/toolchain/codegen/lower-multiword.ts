/**
 * Integers of more than 128 bits, which clang makes of bit-fields in wide packed structures and of overflow checks between signed and unsigned 128-bit
 * operands: a list of 64-bit words, low word first. No C type has that size, so only what reaches them is needed: logic, sums, products, shifts by
 * constants, comparisons and casts.
 */
import type { Instruction, Value } from '../ir/index.ts';
import { constantInt, type Lowering } from './lowering.ts';
import { zr, type Reg } from './mir.ts';

const plain = { sf: 1, shift: 0, imm6: 0 };

/** The words of a value, the bits above its width filled. */
export function extended(L: Lowering, value: Value, bits: number, signed: boolean): Reg[] {
  const words = [...L.regsOf(value)];
  const last = words.length - 1;
  const rest = bits - 64 * last;
  if (rest < 64 && words[last] !== zr) words[last] = L.extendReg(words[last], rest, signed, true);
  return words;
}

function signWord(L: Lowering, word: Reg): Reg {
  return word === zr ? zr : L.op('sbfm', [['Rn', word]], { sf: 1, N: 1, immr: 63, imms: 63 });
}

export function multiwordBinary(
  L: Lowering,
  i: Instruction & { operands: readonly [Value, Value] },
  op: string,
  bits: number,
  d: Reg[],
): void {
  const [a, b] = i.operands;
  if (op === 'shl' || op === 'lshr' || op === 'ashr') {
    const amount = constantInt(b);
    if (amount === undefined) L.unsupported(`a shift of a ${bits}-bit integer by a variable amount`);
    return shiftWords(L, op, Number(amount), op === 'shl' ? L.regsOf(a) : extended(L, a, bits, op === 'ashr'), d);
  }
  const x = L.regsOf(a);
  const y = L.regsOf(b);
  if (op === 'mul') {
    const product = multiplyWords(L, x, y, d.length);
    return d.forEach((into, n) => L.copy(into, product[n]));
  }
  const row = { and: 'and_shift', or: 'orr_shift', xor: 'eor_shift' }[op];
  d.forEach((into, n) => {
    const operands = [
      ['Rd', into, n < d.length - 1 ? 'e' : 'd'],
      ['Rn', x[n], 'u'],
      ['Rm', y[n], 'u'],
    ] as const;
    if (row) L.emit(row, operands, plain);
    else if (op !== 'add' && op !== 'sub') L.unsupported(`${bits}-bit integer operation ${op}`);
    else if (n === 0) L.emit(`${op}s_shift`, operands, plain);
    else L.emit(`${op === 'add' ? 'adc' : 'sbc'}${n < d.length - 1 ? 's' : ''}`, operands, { sf: 1 });
  });
}

/** As many words as asked for, the sign or zeros above. */
export function widened(L: Lowering, words: readonly Reg[], signed: boolean, count: number): Reg[] {
  const above = signed && count > words.length ? signWord(L, words[words.length - 1]) : zr;
  return Array.from({ length: count }, (_, n) => (n < words.length ? words[n] : above));
}

/** The sum or difference of as many words, its last carry left out. */
export function addWords(L: Lowering, op: 'add' | 'sub', a: readonly Reg[], b: readonly Reg[]): Reg[] {
  return a.map((word, n) => {
    const result = L.reg();
    const operands = [
      ['Rd', result, 'd'],
      ['Rn', word, 'u'],
      ['Rm', b[n], 'u'],
    ] as const;
    if (n === 0) L.emit(`${op}s_shift`, operands, plain);
    else L.emit(`${op === 'add' ? 'adc' : 'sbc'}s`, operands, { sf: 1 });
    return result;
  });
}

/** The lowest `count` words of a product. */
export function multiplyWords(L: Lowering, a: readonly Reg[], b: readonly Reg[], count: number): Reg[] {
  let sum: Reg[] = Array.from({ length: count }, () => zr);
  for (const [n, word] of a.entries()) {
    const factors = b.slice(0, count - n);
    const low = factors.map((factor) => multiply(L, word, factor));
    const high = factors.slice(0, count - n - 1).map((factor) => multiplyHigh(L, word, factor));
    // Two rows of the sum: the words' low halves from word n on, their high halves from the next.
    sum = accumulate(L, sum, low, n);
    if (n + 1 < count) sum = accumulate(L, sum, high, n + 1);
  }
  return sum;
}

/** The low 64 bits of a product of two registers. */
export function multiply(L: Lowering, a: Reg, b: Reg): Reg {
  const operands = [
    ['Rn', a],
    ['Rm', b],
    ['Ra', zr],
  ] as const;
  return L.op('madd', operands, { sf: 1 });
}

/** The high 64 bits of the unsigned product of two registers. */
export function multiplyHigh(L: Lowering, a: Reg, b: Reg): Reg {
  const operands = [
    ['Rn', a],
    ['Rm', b],
  ] as const;
  return L.op('umulh', operands);
}

/** `sum` and `row`, whose first word is the sum's word `from`. */
function accumulate(L: Lowering, sum: readonly Reg[], row: readonly Reg[], from: number): Reg[] {
  const upper = sum.slice(from);
  return [...sum.slice(0, from), ...addWords(L, 'add', upper, widened(L, row, false, upper.length))];
}

function shiftWords(L: Lowering, op: 'shl' | 'lshr' | 'ashr', amount: number, from: readonly Reg[], d: readonly Reg[]): void {
  const words = Math.floor(amount / 64);
  const bits = amount % 64;
  const above = op === 'ashr' ? signWord(L, from[from.length - 1]) : zr;
  const word = (n: number): Reg => (n < 0 ? zr : n < from.length ? from[n] : above);
  const results = d.map((_, n) => {
    const low = op === 'shl' ? n - words - 1 : n + words;
    if (bits === 0) return word(op === 'shl' ? n - words : low);
    // 64 bits out of two neighbouring words.
    const high = word(low + 1);
    if (high === zr && word(low) === zr) return zr;
    const operands = [
      ['Rn', high],
      ['Rm', word(low)],
    ] as const;
    return L.op('extr', operands, { sf: 1, N: 1, imms: op === 'shl' ? 64 - bits : bits });
  });
  // A result may be a word that another result is copied over.
  const safe = results.map((reg) =>
    reg === zr || !d.includes(reg)
      ? reg
      : L.op(
          'orr_shift',
          [
            ['Rn', zr],
            ['Rm', reg],
          ],
          plain,
        ),
  );
  d.forEach((into, n) => L.copy(into, safe[n]));
}

const conditions: Record<string, number> = { eq: 0, ne: 1, uge: 2, ult: 3, sge: 10, slt: 11 };
const swapped: Record<string, string> = { ugt: 'ult', ule: 'uge', sgt: 'slt', sle: 'sge' };

/** Sets the flags and gives the condition that then holds. */
export function compareMultiword(L: Lowering, predicate: string, a: Value, b: Value, bits: number): number {
  const signed = predicate[0] === 's';
  const operands = [extended(L, a, bits, signed), extended(L, b, bits, signed)];
  // a > b is b < a: the carry chain answers "less" and "not less".
  const [x, y] = predicate in swapped ? [operands[1], operands[0]] : operands;
  const equality = predicate === 'eq' || predicate === 'ne';
  x.forEach((word, n) => {
    const pair = [
      ['Rn', word, 'u'],
      ['Rm', y[n], 'u'],
    ] as const;
    if (n === 0) L.emit('subs_shift', [['Rd', zr, 'd'], ...pair], plain);
    else if (equality) L.emit('ccmp_reg', pair, { sf: 1, cond: conditions.eq, nzcv: 0 });
    else L.emit('sbcs', [['Rd', zr, 'd'], ...pair], { sf: 1 });
  });
  return conditions[swapped[predicate] ?? predicate];
}

export function castMultiword(L: Lowering, op: string, from: Value, fromBits: number, toBits: number, d: Reg[]): void {
  const signed = op === 'sext';
  if (toBits <= fromBits) {
    const words = L.regsOf(from);
    if (toBits === 1)
      L.emit(
        'and_imm',
        [
          ['Rd', d[0], 'd'],
          ['Rn', words[0], 'u'],
        ],
        { sf: 0, N: 0, immr: 0, imms: 0 },
      );
    else d.forEach((into, n) => L.copy(into, words[n]));
    return;
  }
  const words = extended(L, from, fromBits, signed);
  const above = signed ? signWord(L, words[words.length - 1]) : zr;
  d.forEach((into, n) => L.copy(into, n < words.length ? words[n] : above));
}
