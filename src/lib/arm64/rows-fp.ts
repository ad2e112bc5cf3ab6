import type { FpWidth } from './emitter.ts';
import { decodeFpImmediate } from './bits.ts';
import { row, widthOf, type Fields, type Row } from './table.ts';

/** Scalar floating-point data processing: Arm ARM C4.1.69. Half precision (ftype 3) is Armv8.2: unallocated here. */

const typed = (f: Fields): boolean => f.ftype < 2;
const widthOfType = (ftype: number): FpWidth => (ftype === 1 ? 64 : 32);

const twoSources: Row[] = (
  [
    ['fmul', '0000', 'mul'],
    ['fdiv', '0001', 'div'],
    ['fadd', '0010', 'add'],
    ['fsub', '0011', 'sub'],
    ['fmax', '0100', 'max'],
    ['fmin', '0101', 'min'],
    ['fmaxnm', '0110', 'maxnm'],
    ['fminnm', '0111', 'minnm'],
    ['fnmul', '1000', 'nmul'],
  ] as const
).map(([name, opcode, op]) =>
  row(name, `0 0 0 11110 ftype:2 1 Rm:5 ${opcode} 10 Rn:5 Rd:5`, {
    feature: 'fp',
    syntax: `${name} {Fd}, {Fn}, {Fm}`,
    valid: typed,
    does: (e, o) => {
      e.checkFpEnabled();
      const width = widthOfType(o.n.ftype);
      e.setFp(width, o.r.Rd, e.fpOp(op, width, [e.fp(width, o.r.Rn), e.fp(width, o.r.Rm)]));
    },
  }),
);

const threeSources: Row[] = (
  [
    ['fmadd', '0', '0', 'muladd'],
    ['fmsub', '0', '1', 'mulsub'],
    ['fnmadd', '1', '0', 'nmuladd'],
    ['fnmsub', '1', '1', 'nmulsub'],
  ] as const
).map(([name, o1, o0, op]) =>
  row(name, `0 0 0 11111 ftype:2 ${o1} Rm:5 ${o0} Ra:5 Rn:5 Rd:5`, {
    feature: 'fp',
    syntax: `${name} {Fd}, {Fn}, {Fm}, {Fa}`,
    valid: typed,
    does: (e, o) => {
      e.checkFpEnabled();
      const width = widthOfType(o.n.ftype);
      e.setFp(width, o.r.Rd, e.fpOp(op, width, [e.fp(width, o.r.Ra), e.fp(width, o.r.Rn), e.fp(width, o.r.Rm)]));
    },
  }),
);

/** Bits that a register's sign is changed by, as an i32 or i64. */
const signBit = { 32: 0x8000_0000, 64: 1n << 63n } as const;

const oneSource: Row[] = [
  ...(
    [
      ['fmov_reg', '000000'],
      ['fabs', '000001'],
      ['fneg', '000010'],
    ] as const
  ).map(([name, opcode]) =>
    row(name, `0 0 0 11110 ftype:2 1 ${opcode} 10000 Rn:5 Rd:5`, {
      feature: 'fp',
      syntax: `${name === 'fmov_reg' ? 'fmov' : name} {Fd}, {Fn}`,
      valid: typed,
      does: (e, o) => {
        e.checkFpEnabled();
        const width = widthOfType(o.n.ftype);
        const value = e.fp(width, o.r.Rn);
        const sign = width === 64 ? e.i64(signBit[64]) : e.i32(signBit[32] | 0);
        e.setFp(width, o.r.Rd, name === 'fmov_reg' ? value : name === 'fneg' ? e.xor(value, sign) : e.and(value, e.not(sign)));
      },
    }),
  ),
  ...(
    [
      ['fsqrt', '000011', 'sqrt'],
      ['frintn', '001000', 'roundTieEven'],
      ['frintp', '001001', 'roundPlusInfinity'],
      ['frintm', '001010', 'roundMinusInfinity'],
      ['frintz', '001011', 'roundZero'],
      ['frinta', '001100', 'roundTieAway'],
      ['frintx', '001110', 'roundExact'],
      ['frinti', '001111', 'roundCurrent'],
    ] as const
  ).map(([name, opcode, op]) =>
    row(name, `0 0 0 11110 ftype:2 1 ${opcode} 10000 Rn:5 Rd:5`, {
      feature: 'fp',
      syntax: `${name} {Fd}, {Fn}`,
      valid: typed,
      does: (e, o) => {
        e.checkFpEnabled();
        const width = widthOfType(o.n.ftype);
        e.setFp(width, o.r.Rd, e.fpOp(op, width, [e.fp(width, o.r.Rn)]));
      },
    }),
  ),
];

const precisions = { s: ['00', 32], d: ['01', 64], h: ['11', 16] } as const;
const conversions = { s: ['00', 'toSingle', 32], d: ['01', 'toDouble', 64], h: ['11', 'toHalf', 16] } as const;

const formatConversions: Row[] = (['s', 'd', 'h'] as const).flatMap((to) =>
  (['s', 'd', 'h'] as const)
    .filter((from) => from !== to)
    .map((from) =>
      row(`fcvt_${to}_${from}`, `0 0 0 11110 ${precisions[from][0]} 1 0001${conversions[to][0]} 10000 Rn:5 Rd:5`, {
        feature: 'fp',
        syntax: `fcvt {${to.toUpperCase()}d}, {${from.toUpperCase()}n}`,
        does: (e, o) => {
          e.checkFpEnabled();
          const width = precisions[from][1];
          e.setFp(conversions[to][2], o.r.Rd, e.fpOp(conversions[to][1], width, [e.fp(width, o.r.Rn)]));
        },
      }),
    ),
);

const compares: Row[] = (
  [
    ['fcmp', 0, 'compareQuiet'],
    ['fcmpe', 1, 'compareSignalling'],
  ] as const
).flatMap(([name, signals, op]) => [
  row(name, `0 0 0 11110 ftype:2 1 Rm:5 00 1000 Rn:5 ${signals}0 000`, {
    feature: 'fp',
    syntax: `${name} {Fn}, {Fm}`,
    valid: typed,
    does: (e, o) => {
      e.checkFpEnabled();
      const width = widthOfType(o.n.ftype);
      e.setNzcv(e.fpOp(op, width, [e.fp(width, o.r.Rn), e.fp(width, o.r.Rm)]));
    },
  }),
  row(`${name}_zero`, `0 0 0 11110 ftype:2 1 00000 00 1000 Rn:5 ${signals}1 000`, {
    feature: 'fp',
    syntax: `${name} {Fn}, #0.0`,
    valid: typed,
    does: (e, o) => {
      e.checkFpEnabled();
      const width = widthOfType(o.n.ftype);
      e.setNzcv(e.fpOp(op, width, [e.fp(width, o.r.Rn), width === 64 ? e.i64(0n) : e.i32(0)]));
    },
  }),
  row(name.replace('cmp', 'ccmp'), `0 0 0 11110 ftype:2 1 Rm:5 cond:4 01 Rn:5 ${signals} nzcv:4`, {
    feature: 'fp',
    syntax: `${name.replace('cmp', 'ccmp')} {Fn}, {Fm}, {nzcv}, {cond}`,
    immediates: ['nzcv'],
    imm: (f) => BigInt(f.nzcv) << 28n,
    valid: typed,
    does: (e, o) => {
      e.checkFpEnabled();
      const width = widthOfType(o.n.ftype);
      e.ifElse(
        e.condition(o.n.cond),
        () => e.setNzcv(e.fpOp(op, width, [e.fp(width, o.r.Rn), e.fp(width, o.r.Rm)])),
        () => e.setNzcv(e.wrap(o.imm)),
      );
    },
  }),
]);

const moves: Row[] = [
  row('fcsel', '0 0 0 11110 ftype:2 1 Rm:5 cond:4 11 Rn:5 Rd:5', {
    feature: 'fp',
    syntax: 'fcsel {Fd}, {Fn}, {Fm}, {cond}',
    valid: typed,
    does: (e, o) => {
      e.checkFpEnabled();
      const width = widthOfType(o.n.ftype);
      e.setFp(width, o.r.Rd, e.select(e.condition(o.n.cond), e.fp(width, o.r.Rn), e.fp(width, o.r.Rm)));
    },
  }),
  row('fmov_imm', '0 0 0 11110 ftype:2 1 imm8:8 100 00000 Rd:5', {
    feature: 'fp',
    syntax: 'fmov {Fd}, {fimm8}',
    immediates: ['imm8'],
    imm: (f) => decodeFpImmediate(f.imm8, widthOfType(f.ftype) === 64 ? 64 : 32),
    valid: typed,
    does: (e, o) => {
      e.checkFpEnabled();
      const width = widthOfType(o.n.ftype);
      e.setFp(width, o.r.Rd, width === 64 ? o.imm : e.wrap(o.imm));
    },
  }),
  row('fmov_w_s', '0 0 0 11110 00 1 00 110 000000 Rn:5 Rd:5', {
    feature: 'fp',
    syntax: 'fmov {Wd}, {Sn}',
    does: (e, o) => {
      e.checkFpEnabled();
      e.setX(32, o.r.Rd, e.fp(32, o.r.Rn));
    },
  }),
  row('fmov_s_w', '0 0 0 11110 00 1 00 111 000000 Rn:5 Rd:5', {
    feature: 'fp',
    syntax: 'fmov {Sd}, {Wn}',
    does: (e, o) => {
      e.checkFpEnabled();
      e.setFp(32, o.r.Rd, e.x(32, o.r.Rn));
    },
  }),
  row('fmov_x_d', '1 0 0 11110 01 1 00 110 000000 Rn:5 Rd:5', {
    feature: 'fp',
    syntax: 'fmov {Xd}, {Dn}',
    does: (e, o) => {
      e.checkFpEnabled();
      e.setX(64, o.r.Rd, e.fp(64, o.r.Rn));
    },
  }),
  row('fmov_d_x', '1 0 0 11110 01 1 00 111 000000 Rn:5 Rd:5', {
    feature: 'fp',
    syntax: 'fmov {Dd}, {Xn}',
    does: (e, o) => {
      e.checkFpEnabled();
      e.setFp(64, o.r.Rd, e.x(64, o.r.Rn));
    },
  }),
];

const fromInteger: Row[] = (
  [
    ['scvtf', '010', 'S'],
    ['ucvtf', '011', 'U'],
  ] as const
).map(([name, opcode, sign]) =>
  row(name, `sf 0 0 11110 ftype:2 1 00 ${opcode} 000000 Rn:5 Rd:5`, {
    feature: 'fp',
    syntax: `${name} {Fd}, {Rn}`,
    valid: typed,
    does: (e, o) => {
      e.checkFpEnabled();
      const width = widthOfType(o.n.ftype);
      const bits = widthOf(o.n.sf);
      e.setFp(width, o.r.Rd, e.fpOp(`from${sign}${bits}`, width, [e.x(bits, o.r.Rn)]));
    },
  }),
);

const toInteger: Row[] = (
  [
    ['n', '00', 'TieEven'],
    ['p', '01', 'PlusInfinity'],
    ['m', '10', 'MinusInfinity'],
    ['z', '11', 'Zero'],
  ] as const
)
  .flatMap(([letter, rmode, rounding]) => [
    [`fcvt${letter}s`, rmode, '000', 'S', rounding],
    [`fcvt${letter}u`, rmode, '001', 'U', rounding],
  ])
  .concat([
    ['fcvtas', '00', '100', 'S', 'TieAway'],
    ['fcvtau', '00', '101', 'U', 'TieAway'],
  ])
  .map(([name, rmode, opcode, sign, rounding]) =>
    row(name, `sf 0 0 11110 ftype:2 1 ${rmode} ${opcode} 000000 Rn:5 Rd:5`, {
      feature: 'fp',
      syntax: `${name} {Rd}, {Fn}`,
      valid: typed,
      does: (e, o) => {
        e.checkFpEnabled();
        const width = widthOfType(o.n.ftype);
        const bits = widthOf(o.n.sf);
        e.setX(bits, o.r.Rd, e.fpOp(`to${sign}${bits}${rounding}`, width, [e.fp(width, o.r.Rn)]));
      },
    }),
  );

export const fpRows = [
  ...twoSources,
  ...threeSources,
  ...oneSource,
  ...formatConversions,
  ...compares,
  ...moves,
  ...fromInteger,
  ...toInteger,
] as const;
