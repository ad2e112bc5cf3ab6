/**
 * AdvSIMD instructions that move, repeat and rearrange lanes, and constants: Arm ARM C4.1.68 "Advanced SIMD copy", "extract", "table lookup",
 * "permute" and "modified immediate".
 */
import { decodeSimdImmediate } from './bits.ts';
import type { Emitter } from './emitter.ts';
import { bytesBy, insertElement, Lanes, writeLow } from './lanes.ts';
import { row, type Fields, type Operands, type Row } from './table.ts';

// Single lanes. Their number is in imm5 above a bit that gives the size; its top bit, the half of the register, selects the variant, and
// where the lane lies in that half is an immediate.

type Lane = { letter: 'b' | 'h' | 's' | 'd'; size: 0 | 1 | 2 | 3; bits: 8 | 16 | 32 | 64; imm5: string; index: string; field: string };
const lanes: readonly Lane[] = [
  { letter: 'b', size: 0, bits: 8, imm5: 'hi lo3:3 1', index: 'hi:lo3', field: 'lo3' },
  { letter: 'h', size: 1, bits: 16, imm5: 'hi lo2:2 10', index: 'hi:lo2', field: 'lo2' },
  { letter: 's', size: 2, bits: 32, imm5: 'hi lo1 100', index: 'hi:lo1', field: 'lo1' },
  { letter: 'd', size: 3, bits: 64, imm5: 'hi 1000', index: 'hi', field: '' },
];

/** Bit of its half at which the lane begins. */
function laneShift(lane: Lane): { immediates: string[]; imm: (f: Fields) => bigint } {
  return { immediates: lane.field ? [lane.field] : [], imm: (f) => BigInt(lane.field ? f[lane.field] * lane.bits : 0) };
}

/** The lane of Rn at bit `shift` of one half as an i64, with its neighbours above it. */
function laneOf<V, R>(e: Emitter<V, R>, o: Operands<V, R>): V {
  return e.shrU(e.half(e.v(o.r.Rn), o.n.hi ? 1 : 0), o.imm);
}
/** The same without its neighbours. */
function cleanLaneOf<V, R>(e: Emitter<V, R>, o: Operands<V, R>, lane: Lane): V {
  return e.and(laneOf(e, o), e.i64((1n << BigInt(lane.bits)) - 1n));
}

const copyRows: Row[] = lanes.flatMap((lane) => {
  const { letter, bits, imm5, index } = lane;
  const general = letter === 'd' ? 'X' : 'W';
  return [
    row(`dup_element_${letter}`, `0 Q 0 01110000 ${imm5} 0 0000 1 Rn:5 Rd:5`, {
      feature: 'simd',
      syntax: `dup {Vd.${letter.toUpperCase()}}, {Vn.${letter}[${index}]}`,
      ...laneShift(lane),
      valid: (f) => letter !== 'd' || f.Q === 1,
      does: (e, o) => {
        e.checkFpEnabled();
        const element = laneOf(e, o);
        writeLow(e, o.r.Rd, new Lanes(e, lane.size).splat(bits === 64 ? element : e.wrap(element)), o.n.Q ? 128 : 64);
      },
    }),
    row(`dup_scalar_${letter}`, `01 0 11110000 ${imm5} 0 0000 1 Rn:5 Rd:5`, {
      feature: 'simd',
      syntax: `dup {${letter.toUpperCase()}d}, {Vn.${letter}[${index}]}`,
      aliases: [{ syntax: `mov {${letter.toUpperCase()}d}, {Vn.${letter}[${index}]}`, preset: {}, preferred: () => true }],
      ...laneShift(lane),
      does: (e, o) => {
        e.checkFpEnabled();
        e.setFp(64, o.r.Rd, cleanLaneOf(e, o, lane));
      },
    }),
    row(`dup_general_${letter}`, `0 Q 0 01110000 ${imm5} 0 0001 1 Rn:5 Rd:5`, {
      feature: 'simd',
      ignored: ['hi', ...(lane.field ? [lane.field] : [])],
      syntax: `dup {Vd.${letter.toUpperCase()}}, {${general}n}`,
      valid: (f) => letter !== 'd' || f.Q === 1,
      does: (e, o) => {
        e.checkFpEnabled();
        writeLow(e, o.r.Rd, new Lanes(e, lane.size).splat(e.x(bits === 64 ? 64 : 32, o.r.Rn)), o.n.Q ? 128 : 64);
      },
    }),
    row(`umov_${letter}`, `0 ${letter === 'd' ? 1 : 0} 0 01110000 ${imm5} 0 0111 1 Rn:5 Rd:5`, {
      feature: 'simd',
      syntax: `umov {${general}d}, {Vn.${letter}[${index}]}`,
      aliases: bits < 32 ? [] : [{ syntax: `mov {${general}d}, {Vn.${letter}[${index}]}`, preset: {}, preferred: () => true }],
      ...laneShift(lane),
      does: (e, o) => {
        e.checkFpEnabled();
        e.setX(64, o.r.Rd, cleanLaneOf(e, o, lane));
      },
    }),
    row(`ins_general_${letter}`, `0 1 0 01110000 ${imm5} 0 0011 1 Rn:5 Rd:5`, {
      feature: 'simd',
      syntax: `ins {Vd.${letter}[${index}]}, {${general}n}`,
      aliases: [{ syntax: `mov {Vd.${letter}[${index}]}, {${general}n}`, preset: {}, preferred: () => true }],
      ...laneShift(lane),
      does: (e, o) => {
        e.checkFpEnabled();
        const element = e.and(e.x(64, o.r.Rn), e.i64((1n << BigInt(bits)) - 1n));
        e.setV(o.r.Rd, insertElement(e, e.v(o.r.Rd), bits, o.n.hi, o.imm, element));
      },
    }),
    insertFromLane(lane),
  ];
});

/** Signed lanes into general registers. */
const signedMoves = lanes.flatMap((lane) =>
  (['W', 'X'] as const)
    .filter((general) => lane.bits < (general === 'W' ? 32 : 64))
    .map((general) =>
      row(`smov_${general.toLowerCase()}_${lane.letter}`, `0 ${general === 'X' ? 1 : 0} 0 01110000 ${lane.imm5} 0 0101 1 Rn:5 Rd:5`, {
        feature: 'simd',
        syntax: `smov {${general}d}, {Vn.${lane.letter}[${lane.index}]}`,
        ...laneShift(lane),
        does: (e, o) => {
          e.checkFpEnabled();
          const element = laneOf(e, o);
          const bits = lane.bits === 8 ? 8 : lane.bits === 16 ? 16 : 32;
          if (general === 'X') e.setX(64, o.r.Rd, e.signExtend(element, bits));
          else e.setX(32, o.r.Rd, e.signExtend(e.wrap(element), bits));
        },
      }),
    ),
);

/** INS (element): imm4 has the number of the source's lane, above bits that are ignored. */
function insertFromLane(lane: Lane): Row {
  const { letter, bits, imm5, index, size } = lane;
  const low = size === 3 ? 0 : 3 - size;
  const source = `from ${low ? `fl${low}:${low} ` : ''}${size ? `below:${size}` : ''}`;
  const sourceIndex = low ? `from:fl${low}` : 'from';
  const operands = `{Vd.${letter}[${index}]}, {Vn.${letter}[${sourceIndex}]}`;
  return row(`ins_element_${letter}`, `0 1 1 01110000 ${imm5} 0 ${source} 1 Rn:5 Rd:5`, {
    feature: 'simd',
    syntax: `ins ${operands}`,
    aliases: [{ syntax: `mov ${operands}`, preset: {}, preferred: () => true }],
    immediates: [...laneShift(lane).immediates, ...(low ? [`fl${low}`] : [])],
    ignored: size ? ['below'] : [],
    imm: laneShift(lane).imm,
    imm2: (f) => BigInt(low ? f[`fl${low}`] * bits : 0),
    does: (e, o) => {
      e.checkFpEnabled();
      const element = e.and(e.shrU(e.half(e.v(o.r.Rn), o.n.from ? 1 : 0), o.imm2), e.i64((1n << BigInt(bits)) - 1n));
      e.setV(o.r.Rd, insertElement(e, e.v(o.r.Rd), bits, o.n.hi, o.imm, element));
    },
  });
}

// Rearrangements

const extract = row('ext_v', '0 Q 1 01110 00 0 Rm:5 0 imm4:4 0 Rn:5 Rd:5', {
  feature: 'simd',
  syntax: 'ext {Vd.B}, {Vn.B}, {Vm.B}, {imm4dec}',
  valid: (f) => f.Q === 1 || f.imm4 < 8,
  does: (e, o) => {
    e.checkFpEnabled();
    const used = o.n.Q ? 16 : 8;
    const from = (k: number): number => (k + o.n.imm4 < used ? k + o.n.imm4 : 16 + ((k + o.n.imm4 - used) & 15));
    writeLow(e, o.r.Rd, e.simd('i8x16.shuffle', [e.v(o.r.Rn), e.v(o.r.Rm)], bytesBy(from)), o.n.Q ? 128 : 64);
  },
});

const tableRows = ([1, 2, 3, 4] as const).flatMap((length) =>
  (['tbl', 'tbx'] as const).map((name) =>
    row(`${name}${length}`, `0 Q 0 01110 00 0 Rm:5 0 ${['00', '01', '10', '11'][length - 1]} ${name === 'tbx' ? 1 : 0} 00 Rn:5 Rd:5`, {
      feature: 'simd',
      syntax: `${name} {Vd.B}, {Vn.16b*${length}}, {Vm.B}`,
      does: (e, o) => {
        e.checkFpEnabled();
        const x = new Lanes(e, 0);
        const indices = e.v(o.r.Rm);
        // Numbers outside a register select zero; those below its first wrap round to numbers that are too large.
        let result: typeof indices | undefined;
        for (let k = 0; k < length; k++) {
          const found = x.op('swizzle', e.v(e.registerAfter(o.r.Rn, k)), k ? x.sub(indices, x.fill(16 * k)) : indices);
          result = result === undefined ? found : x.or(result, found);
        }
        const all = result ?? indices;
        const kept = name === 'tbl' ? all : x.select(x.gt('u', x.fill(16 * length), indices), all, e.v(o.r.Rd));
        writeLow(e, o.r.Rd, kept, o.n.Q ? 128 : 64);
      },
    }),
  ),
);

/** Lane `i` of the result as the number of a lane of two operands, laid end to end, of `count` lanes each. */
type Permutation = { name: string; opcode: string; from: (i: number, count: number) => number };
const permutations: Permutation[] = ([1, 2] as const).flatMap((which) => {
  const bit = which === 2 ? '1' : '0';
  const second = which - 1;
  return [
    { name: `uzp${which}`, opcode: `${bit}01`, from: (i) => 2 * i + second },
    { name: `trn${which}`, opcode: `${bit}10`, from: (i, count) => (i & 1 ? count + i - 1 : i) + second },
    { name: `zip${which}`, opcode: `${bit}11`, from: (i, count) => (i >> 1) + (second * count) / 2 + (i & 1 ? count : 0) },
  ];
});

const permutationRows = permutations.map(({ name, opcode, from }) =>
  row(name, `0 Q 0 01110 size:2 0 Rm:5 0 ${opcode} 10 Rn:5 Rd:5`, {
    feature: 'simd',
    syntax: `${name} {Vd.T}, {Vn.T}, {Vm.T}`,
    valid: (f) => f.size !== 3 || f.Q === 1,
    does: (e, o) => {
      e.checkFpEnabled();
      const used = o.n.Q ? 16 : 8;
      const { size } = o.n;
      const bytes = bytesBy((k) => {
        if (k >= used) return 0;
        const at = (from(k >> size, used >> size) << size) + (k & ((1 << size) - 1));
        return at < used ? at : 16 + at - used;
      });
      writeLow(e, o.r.Rd, e.simd('i8x16.shuffle', [e.v(o.r.Rn), e.v(o.r.Rm)], bytes), o.n.Q ? 128 : 64);
    },
  }),
);

// Constants

const imm8 = (f: Fields): number => (f.abc << 5) | f.defgh;

/** `cmode` with a field `sh` where amounts of shift differ. */
type Constant = { name: string; op: 0 | 1; Q?: 0 | 1; cmode: string; syntax: string; does: 'move' | 'invert' | 'or' | 'clear' };
const constants: Constant[] = [
  { name: 'movi_s', op: 0, cmode: '0 sh:2 0', syntax: 'movi {Vd.S}, {imm8v}{lslv}', does: 'move' },
  { name: 'orr_imm_s', op: 0, cmode: '0 sh:2 1', syntax: 'orr {Vd.S}, {imm8v}{lslv}', does: 'or' },
  { name: 'movi_h', op: 0, cmode: '10 sh 0', syntax: 'movi {Vd.H}, {imm8v}{lslv1}', does: 'move' },
  { name: 'orr_imm_h', op: 0, cmode: '10 sh 1', syntax: 'orr {Vd.H}, {imm8v}{lslv1}', does: 'or' },
  { name: 'movi_msl', op: 0, cmode: '110 sh', syntax: 'movi {Vd.S}, {imm8v}{mslv}', does: 'move' },
  { name: 'movi_b', op: 0, cmode: '1110', syntax: 'movi {Vd.B}, {imm8b}', does: 'move' },
  { name: 'fmov_imm_2s', op: 0, cmode: '1111', syntax: 'fmov {Vd.S}, {fimm8v}', does: 'move' },
  { name: 'mvni_s', op: 1, cmode: '0 sh:2 0', syntax: 'mvni {Vd.S}, {imm8v}{lslv}', does: 'invert' },
  { name: 'bic_imm_s', op: 1, cmode: '0 sh:2 1', syntax: 'bic {Vd.S}, {imm8v}{lslv}', does: 'clear' },
  { name: 'mvni_h', op: 1, cmode: '10 sh 0', syntax: 'mvni {Vd.H}, {imm8v}{lslv1}', does: 'invert' },
  { name: 'bic_imm_h', op: 1, cmode: '10 sh 1', syntax: 'bic {Vd.H}, {imm8v}{lslv1}', does: 'clear' },
  { name: 'mvni_msl', op: 1, cmode: '110 sh', syntax: 'mvni {Vd.S}, {imm8v}{mslv}', does: 'invert' },
  { name: 'movi_d', op: 1, Q: 0, cmode: '1110', syntax: 'movi {Dd}, {bytemask}', does: 'move' },
  { name: 'movi_2d', op: 1, Q: 1, cmode: '1110', syntax: 'movi {Vd.2d}, {bytemask}', does: 'move' },
  { name: 'fmov_imm_2d', op: 1, Q: 1, cmode: '1111', syntax: 'fmov {Vd.2d}, {fimm8v}', does: 'move' },
];

/** cmode of a constant's encoding. */
function cmodeOf(cmode: string, f: Fields): number {
  const bits = cmode.replace(/sh(:2)?/, (_, two?: string) => f.sh.toString(2).padStart(two ? 2 : 1, '0'));
  return parseInt(bits.replaceAll(' ', ''), 2);
}

const constantRows = constants.map(({ name, op, Q, cmode, syntax, does }) =>
  row(name, `0 ${Q ?? 'Q'} ${op} 0111100000 abc:3 ${cmode} 01 defgh:5 Rd:5`, {
    feature: 'simd',
    syntax,
    immediates: ['abc', 'defgh', ...(cmode.includes('sh') ? ['sh'] : [])],
    imm: (f) => {
      const value = decodeSimdImmediate(op, cmodeOf(cmode, f), imm8(f));
      return BigInt.asUintN(64, does === 'invert' || does === 'clear' ? ~value : value);
    },
    does: (e, o) => {
      e.checkFpEnabled();
      const whole = (Q ?? o.n.Q) === 1;
      const combine = (old: typeof o.imm): typeof o.imm => {
        return does === 'or' ? e.or(old, o.imm) : does === 'clear' ? e.and(old, o.imm) : o.imm;
      };
      const old = e.v(o.r.Rd);
      e.setV(o.r.Rd, e.v128(combine(e.half(old, 0)), whole ? combine(e.half(old, 1)) : e.i64(0n)));
    },
  }),
);

export const simdMoveRows: readonly Row[] = [...copyRows, ...signedMoves, extract, ...tableRows, ...permutationRows, ...constantRows];
