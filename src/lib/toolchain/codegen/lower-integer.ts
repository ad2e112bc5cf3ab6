/** Integer arithmetic, comparisons, selects and casts. */
import { encodeLogicalImmediate } from '../../arm64/index.ts';
import type { Instruction, Type, Value } from '../ir/index.ts';
import { bitsIn, constantInt, isZero, type InstructionOf, type Lowering } from './lowering.ts';
import { zr, type Reg } from './mir.ts';
import { clearAbove, zeroAbove } from './known-bits.ts';
import { castMultiword, compareMultiword, extended, multiwordBinary } from './lower-multiword.ts';

const sfOf = (bits: number): 0 | 1 => (bits > 32 ? 1 : 0);
const widthOf = (bits: number): 32 | 64 => (bits > 32 ? 64 : 32);

/** A constant that ADD or SUB takes directly. */
function arithmeticImmediate(value: bigint | undefined, bits: number): { negative: boolean; imm12: number; sh: number } | undefined {
  if (value === undefined) return undefined;
  const signed = BigInt.asIntN(bits, value);
  const negative = signed < 0n;
  const size = negative ? -signed : signed;
  if (size < 4096n) return { negative, imm12: Number(size), sh: 0 };
  if (size < 1n << 24n && (size & 0xfffn) === 0n) return { negative, imm12: Number(size >> 12n), sh: 1 };
  return undefined;
}

/** A shift by a constant that an operand can carry. */
function shiftOperand(L: Lowering, value: Value, bits: number): { reg: Reg; shift: number; imm6: number } | undefined {
  if (!L.foldable(value) || (bits !== 32 && bits !== 64)) return undefined;
  if (value.op !== 'shl' && value.op !== 'lshr' && value.op !== 'ashr') return undefined;
  const amount = constantInt(value.operands[1]);
  if (amount === undefined || amount >= BigInt(bits)) return undefined;
  return { reg: L.one(value.operands[0]), shift: { shl: 0, lshr: 1, ashr: 2 }[value.op], imm6: Number(amount) };
}

export function lowerBinary(L: Lowering, i: Instruction & { operands: readonly [Value, Value] }, op: string, type: Type, d: Reg[]): void {
  const bits = bitsIn(type);
  if (bits > 128) return multiwordBinary(L, i, op, bits, d);
  if (bits > 64) return wideBinary(L, i, op, bits, d);
  narrowBinary(L, i, bits === 1 ? (oneBit[op] ?? op) : op, bits, d[0]);
}

/** What arithmetic is on one bit, whose register holds 0 or 1: sums have no carry, and who divides or shifts without undefined behaviour changes nothing. */
const oneBit: Readonly<Record<string, string>> = {
  add: 'xor',
  sub: 'xor',
  mul: 'and',
  shl: 'or',
  lshr: 'or',
  ashr: 'or',
  udiv: 'and',
  sdiv: 'and',
};

function narrowBinary(L: Lowering, i: Instruction & { operands: readonly [Value, Value] }, op: string, bits: number, d: Reg): void {
  const [a, b] = i.operands;
  const sf = sfOf(bits);
  const k = constantInt(b);
  switch (op) {
    case 'add':
    case 'sub': {
      const imm = arithmeticImmediate(k, bits);
      if (imm) {
        const row = (op === 'add') !== imm.negative ? 'add_imm' : 'sub_imm';
        // ADD (immediate) reads register 31 as SP.
        const from = isZero(a) ? materialZero(L) : L.one(a);
        L.emit(
          row,
          [
            ['Rd', d, 'd'],
            ['Rn', from, 'u'],
          ],
          { sf, sh: imm.sh, imm12: imm.imm12 },
        );
        return;
      }
      // a + b * c, a - b * c.
      for (const [x, y] of op === 'add'
        ? [
            [a, b],
            [b, a],
          ]
        : [[a, b]]) {
        if (!L.foldable(y) || y.op !== 'mul' || constantInt(y.operands[1]) !== undefined || y.type.kind !== 'int') continue;
        const n = L.one(y.operands[0]);
        const m = L.one(y.operands[1]);
        L.emit(
          op === 'add' ? 'madd' : 'msub',
          [
            ['Rd', d, 'd'],
            ['Rn', n, 'u'],
            ['Rm', m, 'u'],
            ['Ra', L.one(x), 'u'],
          ],
          { sf },
        );
        return;
      }
      for (const [x, y] of op === 'add'
        ? [
            [a, b],
            [b, a],
          ]
        : [[a, b]]) {
        const shifted = shiftOperand(L, y, bits);
        if (!shifted) continue;
        L.emit(
          `${op}_shift`,
          [
            ['Rd', d, 'd'],
            ['Rn', L.one(x), 'u'],
            ['Rm', shifted.reg, 'u'],
          ],
          { sf, shift: shifted.shift, imm6: shifted.imm6 },
        );
        return;
      }
      if (bits === 64) {
        for (const [x, y] of op === 'add'
          ? [
              [a, b],
              [b, a],
            ]
          : [[a, b]]) {
          if (!L.foldable(y) || (y.op !== 'zext' && y.op !== 'sext')) continue;
          const from = bitsIn(y.operands[0].type);
          if (from !== 32 || isZero(x)) continue;
          const m = L.one(y.operands[0]);
          const n = L.one(x);
          if (n === zr) continue;
          L.emit(
            `${op}_ext`,
            [
              ['Rd', d, 'd'],
              ['Rn', n, 'u'],
              ['Rm', m, 'u'],
            ],
            { sf: 1, option: y.op === 'zext' ? 2 : 6, imm3: 0 },
          );
          return;
        }
      }
      L.emit(
        `${op}_shift`,
        [
          ['Rd', d, 'd'],
          ['Rn', L.one(a), 'u'],
          ['Rm', L.one(b), 'u'],
        ],
        { sf, shift: 0, imm6: 0 },
      );
      return;
    }
    case 'and':
    case 'or':
    case 'xor':
      return logical(L, i, op, bits, d);
    case 'mul': {
      if (k !== undefined && k > 0n && (k & (k - 1n)) === 0n) {
        const shift = k.toString(2).length - 1;
        const w = widthOf(bits);
        L.emit(
          'ubfm',
          [
            ['Rd', d, 'd'],
            ['Rn', L.one(a), 'u'],
          ],
          { sf, N: sf, immr: (w - shift) % w, imms: w - 1 - shift },
        );
        return;
      }
      L.emit(
        'madd',
        [
          ['Rd', d, 'd'],
          ['Rn', L.one(a), 'u'],
          ['Rm', L.one(b), 'u'],
          ['Ra', zr, 'u'],
        ],
        { sf },
      );
      return;
    }
    case 'udiv':
    case 'urem': {
      const n = L.zeroExtended(a);
      const m = L.zeroExtended(b);
      return divide(L, 'udiv', op === 'urem', sf, d, n, m);
    }
    case 'sdiv':
    case 'srem': {
      const n = L.signExtended(a);
      const m = L.signExtended(b);
      return divide(L, 'sdiv', op === 'srem', sf, d, n, m);
    }
    case 'shl':
    case 'lshr':
    case 'ashr':
      return shift(L, i, op, bits, d);
  }
  L.unsupported(`integer operation ${op}`);
}

/** A register that holds zero where number 31 would mean SP. */
function materialZero(L: Lowering): Reg {
  return L.op('movz', [], { sf: 1, hw: 0, imm16: 0 });
}

function divide(L: Lowering, row: 'udiv' | 'sdiv', remainder: boolean, sf: number, d: Reg, n: Reg, m: Reg): void {
  if (!remainder) {
    L.emit(
      row,
      [
        ['Rd', d, 'd'],
        ['Rn', n, 'u'],
        ['Rm', m, 'u'],
      ],
      { sf },
    );
    return;
  }
  const q = L.op(
    row,
    [
      ['Rn', n],
      ['Rm', m],
    ],
    { sf },
  );
  L.emit(
    'msub',
    [
      ['Rd', d, 'd'],
      ['Rn', q, 'u'],
      ['Rm', m, 'u'],
      ['Ra', n, 'u'],
    ],
    { sf },
  );
}

const logicRows = { and: ['and', 'bic'], or: ['orr', 'orn'], xor: ['eor', 'eon'] } as const;

function isNot(value: Value): value is InstructionOf<'xor'> {
  return (
    value.kind === 'instruction' &&
    value.op === 'xor' &&
    value.operands[1].kind === 'int' &&
    value.operands[1].value === (1n << BigInt(bitsIn(value.type))) - 1n
  );
}

function logical(
  L: Lowering,
  i: Instruction & { operands: readonly [Value, Value] },
  op: 'and' | 'or' | 'xor',
  bits: number,
  d: Reg,
): void {
  const [a, b] = i.operands;
  const sf = sfOf(bits);
  const k = constantInt(b);
  const [plain, inverted] = logicRows[op];
  if (k !== undefined) {
    if (op === 'xor' && k === (1n << BigInt(bits)) - 1n && bits !== 1) {
      L.emit(
        'orn_shift',
        [
          ['Rd', d, 'd'],
          ['Rn', zr, 'u'],
          ['Rm', L.one(a), 'u'],
        ],
        { sf, shift: 0, imm6: 0 },
      );
      return;
    }
    // Bits above the value's width may be anything, so a mask may be widened until it can be encoded.
    const w = widthOf(bits);
    for (const candidate of bits === w || op !== 'or' ? [k] : [k, BigInt.asUintN(w, BigInt.asIntN(bits, k))]) {
      const mask = encodeLogicalImmediate(candidate, w);
      if (!mask) continue;
      if (op === 'and' && L.foldable(a) && a.op === 'lshr' && (k & (k + 1n)) === 0n && bits === w) {
        const amount = constantInt(a.operands[1]);
        const ones = k.toString(2).length;
        if (amount !== undefined && Number(amount) + ones <= bits) {
          L.emit(
            'ubfm',
            [
              ['Rd', d, 'd'],
              ['Rn', L.one(a.operands[0]), 'u'],
            ],
            { sf, N: sf, immr: Number(amount), imms: Number(amount) + ones - 1 },
          );
          return;
        }
      }
      L.emit(
        `${plain}_imm`,
        [
          ['Rd', d, 'd'],
          ['Rn', L.one(a), 'u'],
        ],
        { sf, ...mask },
      );
      return;
    }
  }
  for (const [x, y] of [
    [a, b],
    [b, a],
  ]) {
    if (L.foldable(y) && isNot(y) && bits !== 1) {
      const m = L.one(y.operands[0]);
      L.emit(
        `${inverted}_shift`,
        [
          ['Rd', d, 'd'],
          ['Rn', L.one(x), 'u'],
          ['Rm', m, 'u'],
        ],
        { sf, shift: 0, imm6: 0 },
      );
      return;
    }
    const shifted = shiftOperand(L, y, bits);
    if (shifted) {
      L.emit(
        `${plain}_shift`,
        [
          ['Rd', d, 'd'],
          ['Rn', L.one(x), 'u'],
          ['Rm', shifted.reg, 'u'],
        ],
        { sf, shift: shifted.shift, imm6: shifted.imm6 },
      );
      return;
    }
  }
  L.emit(
    `${plain}_shift`,
    [
      ['Rd', d, 'd'],
      ['Rn', L.one(a), 'u'],
      ['Rm', L.one(b), 'u'],
    ],
    { sf, shift: 0, imm6: 0 },
  );
}

function shift(
  L: Lowering,
  i: Instruction & { operands: readonly [Value, Value] },
  op: 'shl' | 'lshr' | 'ashr',
  bits: number,
  d: Reg,
): void {
  const [a, b] = i.operands;
  const sf = sfOf(bits);
  const w = widthOf(bits);
  const k = constantInt(b);
  if (k !== undefined && k < BigInt(bits)) {
    const n = Number(k);
    if (op === 'shl')
      L.emit(
        'ubfm',
        [
          ['Rd', d, 'd'],
          ['Rn', L.one(a), 'u'],
        ],
        { sf, N: sf, immr: (w - n) % w, imms: w - 1 - n },
      );
    // Taking the field up to the top bit of the value extends it as well.
    else
      L.emit(
        op === 'lshr' ? 'ubfm' : 'sbfm',
        [
          ['Rd', d, 'd'],
          ['Rn', L.one(a), 'u'],
        ],
        { sf, N: sf, immr: n, imms: bits - 1 },
      );
    return;
  }
  const amount = bits === 32 || bits === 64 ? L.one(b) : L.zeroExtended(b);
  const from = op === 'shl' ? L.one(a) : op === 'lshr' ? L.zeroExtended(a) : L.signExtended(a);
  L.emit(
    { shl: 'lslv', lshr: 'lsrv', ashr: 'asrv' }[op],
    [
      ['Rd', d, 'd'],
      ['Rn', from, 'u'],
      ['Rm', amount, 'u'],
    ],
    { sf },
  );
}

/** Integers of 65 to 128 bits in two registers. */
function wideBinary(L: Lowering, i: Instruction & { operands: readonly [Value, Value] }, op: string, bits: number, d: Reg[]): void {
  const [a, b] = i.operands;
  switch (op) {
    case 'add':
    case 'sub': {
      const [al, ah] = L.regsOf(a);
      const [bl, bh] = L.regsOf(b);
      L.emit(
        `${op}s_shift`,
        [
          ['Rd', d[0], 'e'],
          ['Rn', al, 'u'],
          ['Rm', bl, 'u'],
        ],
        { sf: 1, shift: 0, imm6: 0 },
      );
      L.emit(
        op === 'add' ? 'adc' : 'sbc',
        [
          ['Rd', d[1], 'd'],
          ['Rn', ah, 'u'],
          ['Rm', bh, 'u'],
        ],
        { sf: 1 },
      );
      return;
    }
    case 'and':
    case 'or':
    case 'xor': {
      const x = L.regsOf(a);
      const y = L.regsOf(b);
      for (const n of [0, 1])
        L.emit(
          `${logicRows[op][0]}_shift`,
          [
            ['Rd', d[n], 'd'],
            ['Rn', x[n], 'u'],
            ['Rm', y[n], 'u'],
          ],
          { sf: 1, shift: 0, imm6: 0 },
        );
      return;
    }
    case 'mul': {
      const [al, ah] = L.regsOf(a);
      const [bl, bh] = L.regsOf(b);
      const high = L.op('umulh', [
        ['Rn', al],
        ['Rm', bl],
      ]);
      const cross = L.op(
        'madd',
        [
          ['Rn', al],
          ['Rm', bh],
          ['Ra', high],
        ],
        { sf: 1 },
      );
      const low = L.op(
        'madd',
        [
          ['Rn', al],
          ['Rm', bl],
          ['Ra', zr],
        ],
        { sf: 1 },
      );
      L.emit(
        'madd',
        [
          ['Rd', d[1], 'd'],
          ['Rn', ah, 'u'],
          ['Rm', bl, 'u'],
          ['Ra', cross, 'u'],
        ],
        { sf: 1 },
      );
      L.copy(d[0], low);
      return;
    }
    case 'shl':
    case 'lshr':
    case 'ashr':
      return wideShift(L, i, op, bits, d);
    case 'udiv':
    case 'sdiv':
    case 'urem':
    case 'srem': {
      const signed = op[0] === 's';
      const name = { udiv: '__udivti3', sdiv: '__divti3', urem: '__umodti3', srem: '__modti3' }[op];
      const x = extended(L, a, bits, signed);
      const y = extended(L, b, bits, signed);
      L.callExternal(name, [...x, ...y], d);
      return;
    }
  }
  L.unsupported(`${bits}-bit integer operation ${op}`);
}

function wideShift(
  L: Lowering,
  i: Instruction & { operands: readonly [Value, Value] },
  op: 'shl' | 'lshr' | 'ashr',
  bits: number,
  d: Reg[],
): void {
  const [a, b] = i.operands;
  const [low, high] = op === 'shl' ? L.regsOf(a) : extended(L, a, bits, op === 'ashr');
  const k = constantInt(b);
  if (k !== undefined) return wideShiftConstant(L, op, Number(k & 127n), low, high, d);
  const [amount] = L.regsOf(b);
  // Both cases of the amount (below 64, and not), then a choice.
  const inverse = L.op(
    'orn_shift',
    [
      ['Rn', zr],
      ['Rm', amount],
    ],
    { sf: 0, shift: 0, imm6: 0 },
  );
  const [near, far] = op === 'shl' ? [low, high] : [high, low];
  const [away, toward] = op === 'shl' ? ['lslv', 'lsrv'] : ['lsrv', 'lslv'];
  const moved = L.op(
    op === 'ashr' ? 'asrv' : away,
    [
      ['Rn', near],
      ['Rm', amount],
    ],
    { sf: 1 },
  );
  const one = L.op('ubfm', [['Rn', near]], op === 'shl' ? { sf: 1, N: 1, immr: 1, imms: 63 } : { sf: 1, N: 1, immr: 63, imms: 62 });
  const spill = L.op(
    toward,
    [
      ['Rn', one],
      ['Rm', inverse],
    ],
    { sf: 1 },
  );
  const kept = L.op(
    away,
    [
      ['Rn', far],
      ['Rm', amount],
    ],
    { sf: 1 },
  );
  const mixed = L.op(
    'orr_shift',
    [
      ['Rn', kept],
      ['Rm', spill],
    ],
    { sf: 1, shift: 0, imm6: 0 },
  );
  const filler = op === 'ashr' ? L.op('sbfm', [['Rn', high]], { sf: 1, N: 1, immr: 63, imms: 63 }) : zr;
  const mask = encodeLogicalImmediate(64n, 64);
  if (!mask) throw new Error('64 is a bitmask immediate');
  L.emit(
    'ands_imm',
    [
      ['Rd', zr, 'd'],
      ['Rn', amount, 'u'],
    ],
    { sf: 1, ...mask },
  );
  const [dn, df] = op === 'shl' ? [d[0], d[1]] : [d[1], d[0]];
  L.emit(
    'csel',
    [
      ['Rd', df, 'e'],
      ['Rn', moved, 'u'],
      ['Rm', mixed, 'u'],
    ],
    { sf: 1, cond: 1 },
  );
  L.emit(
    'csel',
    [
      ['Rd', dn, 'd'],
      ['Rn', filler, 'u'],
      ['Rm', moved, 'u'],
    ],
    { sf: 1, cond: 1 },
  );
}

function wideShiftConstant(L: Lowering, op: 'shl' | 'lshr' | 'ashr', n: number, low: Reg, high: Reg, d: Reg[]): void {
  const lsl = (r: Reg, by: number): Reg => L.op('ubfm', [['Rn', r]], { sf: 1, N: 1, immr: (64 - by) % 64, imms: 63 - by });
  const right = (r: Reg, by: number): Reg => L.op(op === 'ashr' ? 'sbfm' : 'ubfm', [['Rn', r]], { sf: 1, N: 1, immr: by, imms: 63 });
  const extract = (h: Reg, l: Reg, by: number): Reg =>
    L.op(
      'extr',
      [
        ['Rn', h],
        ['Rm', l],
      ],
      { sf: 1, N: 1, imms: by },
    );
  let result: [Reg, Reg];
  if (n === 0) result = [low, high];
  else if (op === 'shl') result = n >= 64 ? [zr, n === 64 ? low : lsl(low, n - 64)] : [lsl(low, n), extract(high, low, 64 - n)];
  else if (n >= 64) result = [n === 64 ? high : right(high, n - 64), op === 'ashr' ? right(high, 63) : zr];
  else result = [extract(high, low, n), right(high, n)];
  L.copy(d[0], result[0]);
  L.copy(d[1], result[1]);
}

// Comparisons

const conditions: Record<string, number> = { eq: 0, ne: 1, uge: 2, ult: 3, ugt: 8, ule: 9, sge: 10, slt: 11, sgt: 12, sle: 13 };
const swapped: Record<string, string> = {
  eq: 'eq',
  ne: 'ne',
  ugt: 'ult',
  ult: 'ugt',
  uge: 'ule',
  ule: 'uge',
  sgt: 'slt',
  slt: 'sgt',
  sge: 'sle',
  sle: 'sge',
};

/** The condition that holds after a comparison if the predicate does. */
export function conditionOf(predicate: string): number {
  return conditions[predicate];
}

/** Sets the flags for an integer comparison and gives the condition that then holds. The user must follow at once. */
export function compareIntegers(L: Lowering, predicate: string, a: Value, b: Value): number {
  const type = a.type;
  const bits = bitsIn(type);
  if (bits > 128) return compareMultiword(L, predicate, a, b, bits);
  if (bits > 64) return compareWide(L, predicate, a, b, bits);
  if (constantInt(a) !== undefined && constantInt(b) === undefined) return compareIntegers(L, swapped[predicate], b, a);
  const signed = predicate[0] === 's';
  const sf = sfOf(bits);
  const w = widthOf(bits);
  const k = constantInt(b);
  const exact = bits === 32 || bits === 64;
  if (k === 0n && (predicate === 'eq' || predicate === 'ne') && L.foldable(a) && a.op === 'and') {
    const mask = constantInt(a.operands[1]);
    const encoded = mask === undefined ? undefined : encodeLogicalImmediate(mask, w);
    if (encoded) {
      L.emit(
        'ands_imm',
        [
          ['Rd', zr, 'd'],
          ['Rn', L.one(a.operands[0]), 'u'],
        ],
        { sf, ...encoded },
      );
      return conditions[predicate];
    }
    if (exact) {
      L.emit(
        'ands_shift',
        [
          ['Rd', zr, 'd'],
          ['Rn', L.one(a.operands[0]), 'u'],
          ['Rm', L.one(a.operands[1]), 'u'],
        ],
        { sf, shift: 0, imm6: 0 },
      );
      return conditions[predicate];
    }
  }
  const x = exact ? L.one(a) : signed ? L.signExtended(a) : L.zeroExtended(a);
  if (k !== undefined) {
    const value = signed ? BigInt.asUintN(w, BigInt.asIntN(bits, k)) : k;
    const imm = arithmeticImmediate(value, w);
    if (imm) {
      const n = x === zr ? L.op('movz', [], { sf: 1, hw: 0, imm16: 0 }) : x;
      L.emit(
        imm.negative ? 'adds_imm' : 'subs_imm',
        [
          ['Rd', zr, 'd'],
          ['Rn', n, 'u'],
        ],
        { sf, sh: imm.sh, imm12: imm.imm12 },
      );
      return conditions[predicate];
    }
    L.emit(
      'subs_shift',
      [
        ['Rd', zr, 'd'],
        ['Rn', x, 'u'],
        ['Rm', L.constant(value, w), 'u'],
      ],
      { sf, shift: 0, imm6: 0 },
    );
    return conditions[predicate];
  }
  const y = exact ? L.one(b) : signed ? L.signExtended(b) : L.zeroExtended(b);
  L.emit(
    'subs_shift',
    [
      ['Rd', zr, 'd'],
      ['Rn', x, 'u'],
      ['Rm', y, 'u'],
    ],
    { sf, shift: 0, imm6: 0 },
  );
  return conditions[predicate];
}

function compareWide(L: Lowering, predicate: string, a: Value, b: Value, bits: number): number {
  const signed = predicate[0] === 's';
  const x = extended(L, a, bits, signed);
  const y = extended(L, b, bits, signed);
  if (predicate === 'eq' || predicate === 'ne') {
    L.emit(
      'subs_shift',
      [
        ['Rd', zr, 'd'],
        ['Rn', x[0], 'u'],
        ['Rm', y[0], 'u'],
      ],
      { sf: 1, shift: 0, imm6: 0 },
    );
    L.emit(
      'ccmp_reg',
      [
        ['Rn', x[1], 'u'],
        ['Rm', y[1], 'u'],
      ],
      { sf: 1, cond: 0, nzcv: 0 },
    );
    return conditions[predicate];
  }
  // a > b is b < a: the carry chain answers "less" and "not less".
  const reverse = /gt|le/.test(predicate);
  const [m, n] = reverse ? [y, x] : [x, y];
  L.emit(
    'subs_shift',
    [
      ['Rd', zr, 'd'],
      ['Rn', m[0], 'u'],
      ['Rm', n[0], 'u'],
    ],
    { sf: 1, shift: 0, imm6: 0 },
  );
  L.emit(
    'sbcs',
    [
      ['Rd', zr, 'd'],
      ['Rn', m[1], 'u'],
      ['Rm', n[1], 'u'],
    ],
    { sf: 1 },
  );
  return conditions[reverse ? swapped[predicate] : predicate];
}

export function lowerIcmp(L: Lowering, i: InstructionOf<'icmp' | 'fcmp'>, d: Reg[]): void {
  const [a, b] = i.operands;
  setFromCondition(L, d[0], compareIntegers(L, i.predicate, a, b));
}

/** 1 when the condition holds, else 0. */
export function setFromCondition(L: Lowering, d: Reg, cond: number): void {
  L.emit(
    'csinc',
    [
      ['Rd', d, 'd'],
      ['Rn', zr, 'u'],
      ['Rm', zr, 'u'],
    ],
    { sf: 0, cond: cond ^ 1 },
  );
}

// Casts

export function lowerCast(L: Lowering, i: Instruction & { operands: readonly [Value] }, d: Reg[]): void {
  const from = i.operands[0];
  const fromType = from.type;
  const fromBits = bitsIn(fromType);
  const toBits = bitsIn(i.type);
  if (toBits > 128 || fromBits > 128) return castMultiword(L, i.op, from, fromBits, toBits, d);
  if (toBits > 64 || fromBits > 64) return castWide(L, i.op, from, fromBits, toBits, d);
  if (i.op === 'zext' && fromBits <= 32 && toBits > 32 && clearAbove(from)) return L.copy(d[0], L.one(from));
  if (i.op === 'zext' && fromBits <= 32 && toBits > 32 && zeroAbove(from)) {
    // Writing a W register clears the upper half, but who wrote it last may have written X: move to be sure.
    castReg(L, 'zext', L.one(from), 32, 64, d[0]);
    return;
  }
  if (i.op === 'zext' && zeroAbove(from)) return L.copy(d[0], L.one(from));
  castReg(L, i.op, L.one(from), fromBits, toBits, d[0]);
}

function castReg(L: Lowering, op: string, from: Reg, fromBits: number, toBits: number, d: Reg): void {
  const sf = sfOf(toBits);
  if (op === 'zext' || op === 'sext') {
    if (from === zr) return L.copy(d, zr);
    if (op === 'zext' && fromBits === 32)
      L.emit(
        'orr_shift',
        [
          ['Rd', d, 'd'],
          ['Rn', zr, 'u'],
          ['Rm', from, 'u'],
        ],
        { sf: 0, shift: 0, imm6: 0 },
      );
    else
      L.emit(
        op === 'zext' ? 'ubfm' : 'sbfm',
        [
          ['Rd', d, 'd'],
          ['Rn', from, 'u'],
        ],
        { sf, N: sf, immr: 0, imms: fromBits - 1 },
      );
    return;
  }
  if (op === 'trunc' && toBits === 1) {
    L.emit(
      'and_imm',
      [
        ['Rd', d, 'd'],
        ['Rn', from, 'u'],
      ],
      { sf: 0, N: 0, immr: 0, imms: 0 },
    );
    return;
  }
  // ptrtoint and inttoptr of narrower integers extend with zeros.
  if (op === 'ptrtoint' || op === 'inttoptr' || op === 'ptrtoaddr') {
    if (toBits > fromBits) return castReg(L, 'zext', from, fromBits, toBits, d);
    if (toBits === 1) return castReg(L, 'trunc', from, fromBits, 1, d);
  }
  L.copy(d, from);
}

function castWide(L: Lowering, op: string, from: Value, fromBits: number, toBits: number, d: Reg[]): void {
  const source = L.regsOf(from);
  if (toBits <= 64) {
    castReg(L, 'trunc', source[0], 64, toBits, d[0]);
    return;
  }
  if (fromBits > 64) {
    const [low, high] = op === 'sext' || op === 'zext' ? extended(L, from, fromBits, op === 'sext') : source;
    L.copy(d[0], low);
    L.copy(d[1], high);
    return;
  }
  const low = op === 'sext' ? L.signExtended(from, 64) : fromBits === 64 ? source[0] : widen(L, from, fromBits);
  if (op === 'sext')
    L.emit(
      'sbfm',
      [
        ['Rd', d[1], 'e'],
        ['Rn', low, 'u'],
      ],
      { sf: 1, N: 1, immr: 63, imms: 63 },
    );
  else L.copy(d[1], zr);
  L.copy(d[0], low);
}

function widen(L: Lowering, from: Value, fromBits: number): Reg {
  const r = L.one(from);
  return r === zr ? zr : L.extendReg(r, fromBits, false, true);
}
