/** AdvSIMD shifts of integers by an immediate: Arm ARM C4.1.68 "Advanced SIMD shift by immediate" and "scalar shift by immediate". */
import {
  narrowed,
  saturatingShiftLeft,
  saturatingShiftLeftUnsigned,
  shiftLeftInsert,
  shiftRight,
  shiftRightAccumulate,
  shiftRightInsert,
  type Narrowing,
  type ShiftOperation,
} from './lane-operations.ts';
import { Lanes, writeLow, type Sign } from './lanes.ts';
import { row, type Fields, type Row } from './table.ts';

/**
 * immh:immb has its highest bit where the size of lanes says, and below it the amount: of a left shift, or the width less that of a right
 * shift. So each size is a row.
 */
type Size = { letter: 'b' | 'h' | 's' | 'd'; size: 0 | 1 | 2 | 3; bits: 8 | 16 | 32 | 64; imm: string };
const sizes: readonly Size[] = [
  { letter: 'b', size: 0, bits: 8, imm: '0001 sh:3' },
  { letter: 'h', size: 1, bits: 16, imm: '001 sh:4' },
  { letter: 's', size: 2, bits: 32, imm: '01 sh:5' },
  { letter: 'd', size: 3, bits: 64, imm: '1 sh:6' },
];

/** `rounding` right shifts have one less than the amount as their immediate; see {@link Amount}. */
type Direction = 'left' | 'right' | 'rounding';

/** The immediates of a row, and its operand. */
function amountOf(direction: Direction, bits: number) {
  const right = (f: Fields): number => bits - f.sh;
  const plain = (f: Fields): number => {
    return direction === 'left' ? f.sh : direction === 'rounding' ? right(f) - 1 : Math.min(right(f), bits - 1);
  };
  return {
    operand: direction === 'left' ? `{shl${bits}}` : `{shr${bits}}`,
    immediates: ['sh'],
    imm: (f: Fields) => BigInt(plain(f)),
    imm2: (f: Fields) => BigInt(direction === 'right' ? right(f) - plain(f) : 0),
  };
}

const signs = [
  ['s', 0],
  ['u', 1],
] as const;

// Results of the operand's shape

type Shift = { name: string; U: 0 | 1; opcode: string; direction: Direction; scalar: 'bhsd' | 'd'; does: ShiftOperation };
const shifts: Shift[] = [
  ...signs.flatMap(([sign, U]): Shift[] => [
    { name: `${sign}shr`, U, opcode: '00000', direction: 'right', scalar: 'd', does: shiftRight(sign, false) },
    { name: `${sign}sra`, U, opcode: '00010', direction: 'right', scalar: 'd', does: shiftRightAccumulate(sign, false) },
    { name: `${sign}rshr`, U, opcode: '00100', direction: 'rounding', scalar: 'd', does: shiftRight(sign, true) },
    { name: `${sign}rsra`, U, opcode: '00110', direction: 'rounding', scalar: 'd', does: shiftRightAccumulate(sign, true) },
    { name: `${sign}qshl`, U, opcode: '01110', direction: 'left', scalar: 'bhsd', does: saturatingShiftLeft(sign) },
  ]),
  { name: 'sri', U: 1, opcode: '01000', direction: 'right', scalar: 'd', does: shiftRightInsert },
  { name: 'shl', U: 0, opcode: '01010', direction: 'left', scalar: 'd', does: (x, a, { plain }) => x.shl(a, plain) },
  { name: 'sli', U: 1, opcode: '01010', direction: 'left', scalar: 'd', does: shiftLeftInsert },
  { name: 'sqshlu', U: 1, opcode: '01100', direction: 'left', scalar: 'bhsd', does: saturatingShiftLeftUnsigned },
];

const shiftRows = shifts.flatMap(({ name, U, opcode, direction, scalar, does }) =>
  sizes.flatMap(({ letter, size, bits, imm }) => {
    const { operand, ...immediates } = amountOf(direction, bits);
    const upper = letter.toUpperCase();
    const vector = row(`${name}_imm_${letter}`, `0 Q ${U} 011110 ${imm} ${opcode} 1 Rn:5 Rd:5`, {
      feature: 'simd',
      syntax: `${name} {Vd.${upper}}, {Vn.${upper}}, ${operand}`,
      ...immediates,
      valid: (f) => letter !== 'd' || f.Q === 1,
      does: (e, o) => {
        e.checkFpEnabled();
        const x = new Lanes(e, size);
        const result = does(x, e.v(o.r.Rn), { plain: e.wrap(o.imm), rest: e.wrap(o.imm2) }, () => e.v(o.r.Rd));
        x.finish(o.r.Rd, result, o.n.Q ? 128 : 64);
      },
    });
    if (!scalar.includes(letter)) return [vector];
    const single = row(`${name}_imm_scalar_${letter}`, `01 ${U} 111110 ${imm} ${opcode} 1 Rn:5 Rd:5`, {
      feature: 'simd',
      syntax: `${name} {${upper}d}, {${upper}n}, ${operand}`,
      ...immediates,
      does: (e, o) => {
        e.checkFpEnabled();
        const x = new Lanes(e, size);
        const result = does(x, e.v(o.r.Rn), { plain: e.wrap(o.imm), rest: e.wrap(o.imm2) }, () => e.v(o.r.Rd));
        x.finish(o.r.Rd, result, bits);
      },
    });
    return [vector, single];
  }),
);

// Wide lanes to narrow ones, whose size the encoding has. The second form leaves the lower half of its result as it was.

type Narrow = { name: string; U: 0 | 1; opcode: string; sign: Sign; rounding: boolean; kind: Narrowing };
const narrows: Narrow[] = [
  { name: 'shrn', U: 0, opcode: '10000', sign: 'u', rounding: false, kind: 'truncate' },
  { name: 'rshrn', U: 0, opcode: '10001', sign: 'u', rounding: true, kind: 'truncate' },
  { name: 'sqshrun', U: 1, opcode: '10000', sign: 's', rounding: false, kind: 'signedToUnsigned' },
  { name: 'sqrshrun', U: 1, opcode: '10001', sign: 's', rounding: true, kind: 'signedToUnsigned' },
  { name: 'sqshrn', U: 0, opcode: '10010', sign: 's', rounding: false, kind: 'signed' },
  { name: 'sqrshrn', U: 0, opcode: '10011', sign: 's', rounding: true, kind: 'signed' },
  { name: 'uqshrn', U: 1, opcode: '10010', sign: 'u', rounding: false, kind: 'unsigned' },
  { name: 'uqrshrn', U: 1, opcode: '10011', sign: 'u', rounding: true, kind: 'unsigned' },
];

const narrowSizes = sizes.filter(({ size }) => size < 3);
const arrangements = { b: ['8b', '16b', '8h'], h: ['4h', '8h', '4s'], s: ['2s', '4s', '2d'], d: ['1d', '2d', '1q'] } as const;

const narrowRows = narrows.flatMap(({ name, U, opcode, sign, rounding, kind }) =>
  narrowSizes.flatMap(({ letter, size, bits, imm }) => {
    const { operand, ...immediates } = amountOf(rounding ? 'rounding' : 'right', bits);
    // Less than the width of the wide lanes: no second step.
    const wideAmount = { ...immediates, imm: (f: Fields) => BigInt(bits - f.sh - (rounding ? 1 : 0)), imm2: () => 0n };
    const shifted = <V, R>(x: Lanes<V, R>, a: V, amount: V): V => {
      const rest = x.e.i32(0);
      return narrowed(
        x,
        shiftRight(sign, rounding)(x, a, { plain: x.e.wrap(amount), rest }, () => a),
        kind,
      );
    };
    const vectors = ([0, 1] as const).map((Q) =>
      row(`${name}${Q ? '2' : ''}_${letter}`, `0 ${Q} ${U} 011110 ${imm} ${opcode} 1 Rn:5 Rd:5`, {
        feature: 'simd',
        syntax: `${name}${Q ? '2' : ''} {Vd.${arrangements[letter][Q]}}, {Vn.${arrangements[letter][2]}}, ${operand}`,
        ...wideAmount,
        does: (e, o) => {
          e.checkFpEnabled();
          const x = new Lanes(e, size + 1);
          const result = x.packed(shifted(x, e.v(o.r.Rn), o.imm));
          x.note(128);
          e.setV(o.r.Rd, Q ? e.v128(e.half(e.v(o.r.Rd), 0), result) : e.v128(result, e.i64(0n)));
        },
      }),
    );
    if (kind === 'truncate') return vectors;
    const single = row(`${name}_scalar_${letter}`, `01 ${U} 111110 ${imm} ${opcode} 1 Rn:5 Rd:5`, {
      feature: 'simd',
      syntax: `${name} {${letter.toUpperCase()}d}, {${'HSD'[size]}n}, ${operand}`,
      ...wideAmount,
      does: (e, o) => {
        e.checkFpEnabled();
        const x = new Lanes(e, size + 1);
        const result = shifted(x, e.v(o.r.Rn), o.imm);
        x.note(x.bits);
        writeLow(e, o.r.Rd, result, bits);
      },
    });
    return [...vectors, single];
  }),
);

// Narrow lanes to wide ones; without a shift it is a mere extension

const longRows = signs.flatMap(([sign, U]) =>
  narrowSizes.flatMap(({ letter, size, bits, imm }) =>
    ([0, 1] as const).map((Q) => {
      const suffix = Q ? '2' : '';
      const operands = `{Vd.${arrangements[letter][2]}}, {Vn.${arrangements[letter][Q]}}`;
      const { operand, ...immediates } = amountOf('left', bits);
      return row(`${sign}shll${suffix}_${letter}`, `0 ${Q} ${U} 011110 ${imm} 10100 1 Rn:5 Rd:5`, {
        feature: 'simd',
        syntax: `${sign}shll${suffix} ${operands}, ${operand}`,
        aliases: [{ syntax: `${sign}xtl${suffix} ${operands}`, preset: { sh: 0 }, preferred: (f) => f.sh === 0 }],
        ...immediates,
        does: (e, o) => {
          e.checkFpEnabled();
          const x = new Lanes(e, size + 1);
          e.setV(o.r.Rd, x.shl(x.extend(e.v(o.r.Rn), Q ? 'high' : 'low', sign), e.wrap(o.imm)));
        },
      });
    }),
  ),
);

export const simdShiftRows: readonly Row[] = [...shiftRows, ...narrowRows, ...longRows];
