/** AdvSIMD multiplication of integers by one lane: Arm ARM C4.1.68 "Advanced SIMD vector x indexed element" and its scalar form. */
import { doubled, doublingHigh, multiplyAdd, multiplySub, saturatingAdd, saturatingSub, type LaneOperation } from './lane-operations.ts';
import type { Emitter } from './emitter.ts';
import { Lanes, type Part } from './lanes.ts';
import { row, type Fields, type Operands, type Row } from './table.ts';

/** The lane's number is H:L:M of halves, when Rm has four bits, and H:L of words. H, its half of the register, selects the variant. */
type Element = { letter: 'h' | 's'; size: 1 | 2; pattern: string; operand: string; immediates: string[]; imm: (f: Fields) => bigint };
const elements: readonly Element[] = [
  {
    letter: 'h',
    size: 1,
    pattern: '01 L M Rm:4',
    operand: '{Vm15.h[H:L:M]}',
    immediates: ['L', 'M'],
    imm: (f) => BigInt((f.L * 2 + f.M) * 16),
  },
  { letter: 's', size: 2, pattern: '10 L Rm:5', operand: '{Vm.s[H:L]}', immediates: ['L'], imm: (f) => BigInt(f.L * 32) },
];

/** The lane in all lanes of a vector. */
function elementOf<V, R>(e: Emitter<V, R>, o: Operands<V, R>, size: 1 | 2): V {
  return new Lanes(e, size).splat(e.wrap(e.shrU(e.half(e.v(o.r.Rm), o.n.H ? 1 : 0), o.imm)));
}

// Results of the operand's shape

type Same = { name: string; U: 0 | 1; opcode: string; scalar?: true; does: LaneOperation };
const same: Same[] = [
  { name: 'mul', U: 0, opcode: '1000', does: (x, a, b) => x.mul(a, b) },
  { name: 'mla', U: 1, opcode: '0000', does: multiplyAdd },
  { name: 'mls', U: 1, opcode: '0100', does: multiplySub },
  { name: 'sqdmulh', U: 0, opcode: '1100', scalar: true, does: doublingHigh(false) },
  { name: 'sqrdmulh', U: 0, opcode: '1101', scalar: true, does: doublingHigh(true) },
];

const sameRows = same.flatMap(({ name, U, opcode, scalar, does }) =>
  elements.flatMap(({ letter, size, pattern, operand, immediates, imm }) => {
    const upper = letter.toUpperCase();
    const vector = row(`${name}_element_${letter}`, `0 Q ${U} 01111 ${pattern} ${opcode} H 0 Rn:5 Rd:5`, {
      feature: 'simd',
      syntax: `${name} {Vd.${upper}}, {Vn.${upper}}, ${operand}`,
      immediates,
      imm,
      does: (e, o) => {
        e.checkFpEnabled();
        const x = new Lanes(e, size);
        x.finish(
          o.r.Rd,
          does(x, e.v(o.r.Rn), elementOf(e, o, size), () => e.v(o.r.Rd)),
          o.n.Q ? 128 : 64,
        );
      },
    });
    if (!scalar) return [vector];
    const single = row(`${name}_element_scalar_${letter}`, `01 ${U} 11111 ${pattern} ${opcode} H 0 Rn:5 Rd:5`, {
      feature: 'simd',
      syntax: `${name} {${upper}d}, {${upper}n}, ${operand}`,
      immediates,
      imm,
      does: (e, o) => {
        e.checkFpEnabled();
        const x = new Lanes(e, size);
        x.finish(
          o.r.Rd,
          does(x, e.v(o.r.Rn), elementOf(e, o, size), () => e.v(o.r.Rd)),
          x.bits,
        );
      },
    });
    return [vector, single];
  }),
);

// Results of twice the width. The second form takes its narrow operand from the upper half.

type Long = {
  name: string;
  U: 0 | 1;
  opcode: string;
  scalar?: true;
  /** `x` has the wide lanes. */
  does: <V, R>(x: Lanes<V, R>, a: V, b: V, part: Part, d: () => V) => V;
};
const long: Long[] = [
  ...(
    [
      ['s', 0],
      ['u', 1],
    ] as const
  ).flatMap(([sign, U]): Long[] => [
    { name: `${sign}mlal`, U, opcode: '0010', does: (x, a, b, part, d) => x.add(d(), x.product(a, b, part, sign)) },
    { name: `${sign}mlsl`, U, opcode: '0110', does: (x, a, b, part, d) => x.sub(d(), x.product(a, b, part, sign)) },
    { name: `${sign}mull`, U, opcode: '1010', does: (x, a, b, part) => x.product(a, b, part, sign) },
  ]),
  {
    name: 'sqdmlal',
    U: 0,
    opcode: '0011',
    scalar: true,
    does: (x, a, b, part, d) => saturatingAdd('s')(x, d(), doubled(x, x.product(a, b, part, 's')), d),
  },
  {
    name: 'sqdmlsl',
    U: 0,
    opcode: '0111',
    scalar: true,
    does: (x, a, b, part, d) => saturatingSub('s')(x, d(), doubled(x, x.product(a, b, part, 's')), d),
  },
  { name: 'sqdmull', U: 0, opcode: '1011', scalar: true, does: (x, a, b, part) => doubled(x, x.product(a, b, part, 's')) },
];

const longRows = long.flatMap(({ name, U, opcode, scalar, does }) =>
  elements.flatMap(({ letter, size, pattern, operand, immediates, imm }) => {
    const [half, whole, wide] = letter === 'h' ? ['4h', '8h', '4s'] : ['2s', '4s', '2d'];
    const vectors = ([0, 1] as const).map((Q) =>
      row(`${name}${Q ? '2' : ''}_element_${letter}`, `0 ${Q} ${U} 01111 ${pattern} ${opcode} H 0 Rn:5 Rd:5`, {
        feature: 'simd',
        syntax: `${name}${Q ? '2' : ''} {Vd.${wide}}, {Vn.${Q ? whole : half}}, ${operand}`,
        immediates,
        imm,
        does: (e, o) => {
          e.checkFpEnabled();
          const x = new Lanes(e, size + 1);
          x.finish(
            o.r.Rd,
            does(x, e.v(o.r.Rn), elementOf(e, o, size), Q ? 'high' : 'low', () => e.v(o.r.Rd)),
            128,
          );
        },
      }),
    );
    if (!scalar) return vectors;
    const single = row(`${name}_element_scalar_${letter}`, `01 ${U} 11111 ${pattern} ${opcode} H 0 Rn:5 Rd:5`, {
      feature: 'simd',
      syntax: `${name} {${letter === 'h' ? 'S' : 'D'}d}, {${letter.toUpperCase()}n}, ${operand}`,
      immediates,
      imm,
      does: (e, o) => {
        e.checkFpEnabled();
        const x = new Lanes(e, size + 1);
        x.finish(
          o.r.Rd,
          does(x, e.v(o.r.Rn), elementOf(e, o, size), 'low', () => e.v(o.r.Rd)),
          x.bits,
        );
      },
    });
    return [...vectors, single];
  }),
);

export const simdElementRows: readonly Row[] = [...sameRows, ...longRows];
