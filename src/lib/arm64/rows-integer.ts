import { bitfieldMasks, decodeLogicalImmediate } from './bits.ts';
import type { Emitter } from './emitter.ts';
import { row, signed, sized, widthOf, type Fields, type Operands } from './table.ts';

/** Data processing: Arm ARM C4.1.65 (immediate) and C4.1.66 (register). */

const is32 = (f: Fields): boolean => f.sf === 0;
const shiftFits = (f: Fields): boolean => !(is32(f) && f.imm6 > 31);
const w = (f: Fields) => widthOf(f.sf);

function applyShift<V, R>(e: Emitter<V, R>, value: V, shift: number, amount: V): V {
  switch (shift) {
    case 0:
      return e.shl(value, amount);
    case 1:
      return e.shrU(value, amount);
    case 2:
      return e.shrS(value, amount);
    default:
      return e.rotr(value, amount);
  }
}

/** Rm of a shifted-register instruction. */
function shiftedOperand<V, R>(e: Emitter<V, R>, o: Operands<V, R>): V {
  return applyShift(e, e.x(w(o.n), o.r.Rm), o.n.shift, sized(e, o.n.sf, o.imm));
}

function extendRegister<V, R>(e: Emitter<V, R>, sf: number, option: number, register: R): V {
  const sign = (option & 4) !== 0;
  const size = option & 3;
  if (size === 3) return sf ? e.x(64, register) : e.x(32, register);
  const low = e.x(32, register);
  const narrow = size === 2 ? low : sign ? e.signExtend(low, size === 0 ? 8 : 16) : e.and(low, e.i32(size === 0 ? 0xff : 0xffff));
  if (!sf) return narrow;
  return sign ? e.extendS(narrow) : e.extendU(narrow);
}

type Sum = <V, R>(e: Emitter<V, R>, a: V, b: V) => V;
const sums = [
  { name: 'add', op: 0, S: 0, sum: (e, a, b) => e.add(a, b) },
  { name: 'adds', op: 0, S: 1, sum: (e, a, b) => e.addFlags(a, b) },
  { name: 'sub', op: 1, S: 0, sum: (e, a, b) => e.sub(a, b) },
  { name: 'subs', op: 1, S: 1, sum: (e, a, b) => e.subFlags(a, b) },
] as const satisfies readonly { name: string; op: number; S: number; sum: Sum }[];

const addSubImmediate = sums.map(({ name, op, S, sum }) =>
  row(`${name}_imm`, `sf ${op} ${S} 100010 sh imm12:12 Rn:5 Rd:5`, {
    syntax: `${name} ${S ? '{Rd}' : '{Rd|sp}'}, {Rn|sp}, {addimm}`,
    immediates: ['sh', 'imm12'],
    imm: (f) => BigInt(f.imm12) << (f.sh ? 12n : 0n),
    aliases: [
      ...(S ? [{ syntax: `${op ? 'cmp' : 'cmn'} {Rn|sp}, {addimm}`, preset: { Rd: 31 }, preferred: (f: Fields) => f.Rd === 31 }] : []),
      ...(name === 'add'
        ? [
            {
              syntax: 'mov {Rd|sp}, {Rn|sp}',
              preset: { imm12: 0, sh: 0 },
              requires: (f: Fields) => f.Rd === 31 || f.Rn === 31,
              preferred: (f: Fields) => f.imm12 === 0 && f.sh === 0 && (f.Rd === 31 || f.Rn === 31),
            },
          ]
        : []),
      // To add a negative constant is to subtract.
      { syntax: `${op ? 'add' : 'sub'}${S ? 's {Rd}' : ' {Rd|sp}'}, {Rn|sp}, {addimmneg}`, preset: {} },
      ...(S ? [{ syntax: `${op ? 'cmn' : 'cmp'} {Rn|sp}, {addimmneg}`, preset: { Rd: 31 } }] : []),
    ],
    does: (e, o) => e.setX(w(o.n), o.r.Rd, sum(e, e.x(w(o.n), o.r.Rn, 'sp'), sized(e, o.n.sf, o.imm)), S ? undefined : 'sp'),
  }),
);

const addSubShifted = sums.map(({ name, op, S, sum }) =>
  row(`${name}_shift`, `sf ${op} ${S} 01011 shift:2 0 Rm:5 imm6:6 Rn:5 Rd:5`, {
    syntax: `${name} {Rd}, {Rn}, {Rm}{shift}`,
    immediates: ['imm6'],
    imm: (f) => BigInt(f.imm6),
    valid: (f) => f.shift !== 3 && shiftFits(f),
    aliases: [
      ...(S ? [{ syntax: `${op ? 'cmp' : 'cmn'} {Rn}, {Rm}{shift}`, preset: { Rd: 31 }, preferred: (f: Fields) => f.Rd === 31 }] : []),
      ...(op
        ? [
            {
              syntax: `${S ? 'negs' : 'neg'} {Rd}, {Rm}{shift}`,
              preset: { Rn: 31 },
              preferred: (f: Fields) => f.Rn === 31 && !(S && f.Rd === 31),
            },
          ]
        : []),
    ],
    does: (e, o) => e.setX(w(o.n), o.r.Rd, sum(e, e.x(w(o.n), o.r.Rn), shiftedOperand(e, o))),
  }),
);

const addSubExtended = sums.map(({ name, op, S, sum }) =>
  row(`${name}_ext`, `sf ${op} ${S} 01011001 Rm:5 option:3 imm3:3 Rn:5 Rd:5`, {
    syntax: `${name} ${S ? '{Rd}' : '{Rd|sp}'}, {Rn|sp}, {extend}`,
    immediates: ['imm3'],
    imm: (f) => BigInt(f.imm3),
    valid: (f) => f.imm3 <= 4,
    aliases: S ? [{ syntax: `${op ? 'cmp' : 'cmn'} {Rn|sp}, {extend}`, preset: { Rd: 31 }, preferred: (f) => f.Rd === 31 }] : [],
    does: (e, o) => {
      const operand = e.shl(extendRegister(e, o.n.sf, o.n.option, o.r.Rm), sized(e, o.n.sf, o.imm));
      e.setX(w(o.n), o.r.Rd, sum(e, e.x(w(o.n), o.r.Rn, 'sp'), operand), S ? undefined : 'sp');
    },
  }),
);

type CarrySum = <V, R>(e: Emitter<V, R>, sf: number, a: V, b: V) => V;
const carryAs = <V, R>(e: Emitter<V, R>, sf: number): V => (sf ? e.extendU(e.carry()) : e.carry());
const carrySums = [
  { name: 'adc', op: 0, S: 0, sum: (e, sf, a, b) => e.add(e.add(a, b), carryAs(e, sf)) },
  { name: 'adcs', op: 0, S: 1, sum: (e, _, a, b) => e.addFlags(a, b, e.carry()) },
  { name: 'sbc', op: 1, S: 0, sum: (e, sf, a, b) => e.add(e.add(a, e.not(b)), carryAs(e, sf)) },
  { name: 'sbcs', op: 1, S: 1, sum: (e, _, a, b) => e.subFlags(a, b, e.carry()) },
] as const satisfies readonly { name: string; op: number; S: number; sum: CarrySum }[];

const addSubCarry = carrySums.map(({ name, op, S, sum }) =>
  row(name, `sf ${op} ${S} 11010000 Rm:5 000000 Rn:5 Rd:5`, {
    syntax: `${name} {Rd}, {Rn}, {Rm}`,
    aliases: op ? [{ syntax: `ngc${S ? 's' : ''} {Rd}, {Rm}`, preset: { Rn: 31 }, preferred: (f) => f.Rn === 31 }] : [],
    does: (e, o) => e.setX(w(o.n), o.r.Rd, sum(e, o.n.sf, e.x(w(o.n), o.r.Rn), e.x(w(o.n), o.r.Rm))),
  }),
);

// Logical

type Logic = <V, R>(e: Emitter<V, R>, a: V, b: V) => V;
const logics = [
  { name: 'and', inverted: 'bic', opc: '00', flags: false, op: (e, a, b) => e.and(a, b) },
  { name: 'orr', inverted: 'orn', opc: '01', flags: false, op: (e, a, b) => e.or(a, b) },
  { name: 'eor', inverted: 'eon', opc: '10', flags: false, op: (e, a, b) => e.xor(a, b) },
  { name: 'ands', inverted: 'bics', opc: '11', flags: true, op: (e, a, b) => e.and(a, b) },
] as const satisfies readonly { name: string; inverted: string; opc: string; flags: boolean; op: Logic }[];

const logicalValue = (f: Fields): bigint => decodeLogicalImmediate(f.N, f.imms, f.immr, widthOf(f.sf)) ?? 0n;

/** MoveWidePreferred: constants that MOVZ or MOVN can make are not shown as `mov` of a bitmask. */
function movePreferred(f: Fields): boolean {
  const value = logicalValue(f);
  const halves = f.sf ? [0, 1, 2, 3] : [0, 1];
  const bits = f.sf ? 64 : 32;
  const single = (v: bigint) => halves.some((h) => (v & ~(0xffffn << BigInt(16 * h))) === 0n);
  return single(value) || single(BigInt.asUintN(bits, ~value));
}

const logicalImmediate = logics.map(({ name, inverted, opc, flags, op }) =>
  row(`${name}_imm`, `sf ${opc} 100100 N immr:6 imms:6 Rn:5 Rd:5`, {
    syntax: `${name} ${flags ? '{Rd}' : '{Rd|sp}'}, {Rn}, {bitmask}`,
    immediates: ['N', 'immr', 'imms'],
    imm: logicalValue,
    valid: (f) => decodeLogicalImmediate(f.N, f.imms, f.immr, widthOf(f.sf)) !== undefined,
    aliases: [
      ...(name === 'ands' ? [{ syntax: 'tst {Rn}, {bitmask}', preset: { Rd: 31 }, preferred: (f: Fields) => f.Rd === 31 }] : []),
      ...(name === 'orr'
        ? [{ syntax: 'mov {Rd|sp}, {bitmask}', preset: { Rn: 31 }, preferred: (f: Fields) => f.Rn === 31 && !movePreferred(f) }]
        : []),
      ...(flags || name === 'and'
        ? [{ syntax: `${inverted} ${flags ? '{Rd}' : '{Rd|sp}'}, {Rn}, {bitmaskinv}`, preset: {} }]
        : [{ syntax: `${inverted} {Rd|sp}, {Rn}, {bitmaskinv}`, preset: {} }]),
    ],
    does: (e, o) => {
      const result = op(e, e.x(w(o.n), o.r.Rn), sized(e, o.n.sf, o.imm));
      if (flags) e.logicFlags(result);
      e.setX(w(o.n), o.r.Rd, result, flags ? undefined : 'sp');
    },
  }),
);

const logicalShifted = logics.flatMap(({ name, inverted, opc, flags, op }) =>
  ([0, 1] as const).map((N) => {
    const mnemonic = N ? inverted : name;
    return row(`${mnemonic}_shift`, `sf ${opc} 01010 shift:2 ${N} Rm:5 imm6:6 Rn:5 Rd:5`, {
      syntax: `${mnemonic} {Rd}, {Rn}, {Rm}{shiftror}`,
      immediates: ['imm6'],
      imm: (f) => BigInt(f.imm6),
      valid: shiftFits,
      aliases:
        mnemonic === 'orr'
          ? [
              {
                syntax: 'mov {Rd}, {Rm}',
                preset: { Rn: 31, shift: 0, imm6: 0 },
                preferred: (f) => f.Rn === 31 && f.shift === 0 && f.imm6 === 0,
              },
              { syntax: 'uxtw {Xd}, {Wm}', preset: { sf: 0, Rn: 31, shift: 0, imm6: 0 } },
            ]
          : mnemonic === 'orn'
            ? [{ syntax: 'mvn {Rd}, {Rm}{shiftror}', preset: { Rn: 31 }, preferred: (f) => f.Rn === 31 }]
            : mnemonic === 'ands'
              ? [{ syntax: 'tst {Rn}, {Rm}{shiftror}', preset: { Rd: 31 }, preferred: (f) => f.Rd === 31 }]
              : [],
      does: (e, o) => {
        const operand = shiftedOperand(e, o);
        const result = op(e, e.x(w(o.n), o.r.Rn), N ? e.not(operand) : operand);
        if (flags) e.logicFlags(result);
        e.setX(w(o.n), o.r.Rd, result);
      },
    });
  }),
);

// Moves, bitfields, addresses

const wide = (f: Fields): bigint => BigInt(f.imm16) << BigInt(16 * f.hw);
const wideFits = (f: Fields): boolean => !(is32(f) && f.hw > 1);

const moves = [
  row('movz', 'sf 10 100101 hw:2 imm16:16 Rd:5', {
    syntax: 'movz {Rd}, {wide}',
    immediates: ['hw', 'imm16'],
    imm: wide,
    valid: wideFits,
    aliases: [{ syntax: 'mov {Rd}, {movz}', preset: {}, preferred: (f) => !(f.imm16 === 0 && f.hw !== 0) }],
    does: (e, o) => e.setX(w(o.n), o.r.Rd, sized(e, o.n.sf, o.imm)),
  }),
  row('movn', 'sf 00 100101 hw:2 imm16:16 Rd:5', {
    syntax: 'movn {Rd}, {wide}',
    immediates: ['hw', 'imm16'],
    imm: (f) => BigInt.asUintN(f.sf ? 64 : 32, ~wide(f)),
    valid: wideFits,
    aliases: [
      { syntax: 'mov {Rd}, {movn}', preset: {}, preferred: (f) => !(f.imm16 === 0 && f.hw !== 0) && (f.sf === 1 || f.imm16 !== 0xffff) },
    ],
    does: (e, o) => e.setX(w(o.n), o.r.Rd, sized(e, o.n.sf, o.imm)),
  }),
  row('movk', 'sf 11 100101 hw:2 imm16:16 Rd:5', {
    syntax: 'movk {Rd}, {wide}',
    immediates: ['hw', 'imm16'],
    imm: wide,
    imm2: (f) => BigInt.asUintN(64, ~(0xffffn << BigInt(16 * f.hw))),
    valid: wideFits,
    does: (e, o) => {
      const kept = e.and(e.x(w(o.n), o.r.Rd), sized(e, o.n.sf, o.imm2));
      e.setX(w(o.n), o.r.Rd, e.or(kept, sized(e, o.n.sf, o.imm)));
    },
  }),
  row('adr', '0 immlo:2 10000 immhi:19 Rd:5', {
    syntax: 'adr {Xd}, {adr}',
    immediates: ['immlo', 'immhi'],
    imm: (f) => signed((f.immhi << 2) | f.immlo, 21),
    does: (e, o) => e.setX(64, o.r.Rd, e.add(e.pc(), o.imm)),
  }),
  row('adrp', '1 immlo:2 10000 immhi:19 Rd:5', {
    syntax: 'adrp {Xd}, {adrp}',
    immediates: ['immlo', 'immhi'],
    imm: (f) => signed((f.immhi << 2) | f.immlo, 21) << 12n,
    does: (e, o) => e.setX(64, o.r.Rd, e.add(e.and(e.pc(), e.i64(-4096n)), o.imm)),
  }),
];

const bitfieldValid = (f: Fields): boolean => f.N === f.sf && (f.sf === 1 || (f.immr < 32 && f.imms < 32));
const bitfieldFields = ['immr', 'imms', 'N'] as const;
const maskOf =
  (which: 'wmask' | 'tmask') =>
  (f: Fields): bigint =>
    bitfieldMasks(f.imms, f.immr, widthOf(f.sf))[which];

const bitfields = [
  row('sbfm', 'sf 00 100110 N immr:6 imms:6 Rn:5 Rd:5', {
    syntax: 'sbfm {Rd}, {Rn}, {immr}, {imms}',
    immediates: bitfieldFields,
    // Left shift that brings bit imms to the top, then the arithmetic right shift that puts the field in place.
    imm: (f) => BigInt(widthOf(f.sf) - 1 - f.imms),
    imm2: (f) => BigInt(f.imms >= f.immr ? widthOf(f.sf) - 1 - f.imms + f.immr : f.immr - f.imms - 1),
    valid: bitfieldValid,
    aliases: [
      { syntax: 'asr {Rd}, {Rn}, {srimm}', preset: {}, preferred: (f) => f.imms === widthOf(f.sf) - 1 },
      { syntax: 'sxtb {Rd}, {Wn}', preset: { immr: 0, imms: 7 }, preferred: (f) => f.immr === 0 && f.imms === 7 },
      { syntax: 'sxth {Rd}, {Wn}', preset: { immr: 0, imms: 15 }, preferred: (f) => f.immr === 0 && f.imms === 15 },
      { syntax: 'sxtw {Xd}, {Wn}', preset: { sf: 1, immr: 0, imms: 31 }, preferred: (f) => f.sf === 1 && f.immr === 0 && f.imms === 31 },
      { syntax: 'sbfiz {Rd}, {Rn}, {ilsb}, {iwidth}', preset: {}, preferred: (f) => f.imms < f.immr },
      { syntax: 'sbfx {Rd}, {Rn}, {xlsb}, {xwidth}', preset: {}, preferred: () => true },
    ],
    does: (e, o) => {
      const top = e.shl(e.x(w(o.n), o.r.Rn), sized(e, o.n.sf, o.imm));
      e.setX(w(o.n), o.r.Rd, e.shrS(top, sized(e, o.n.sf, o.imm2)));
    },
  }),
  row('ubfm', 'sf 10 100110 N immr:6 imms:6 Rn:5 Rd:5', {
    syntax: 'ubfm {Rd}, {Rn}, {immr}, {imms}',
    immediates: bitfieldFields,
    imm: (f) => BigInt(f.immr),
    imm2: (f) => maskOf('wmask')(f) & maskOf('tmask')(f),
    valid: bitfieldValid,
    aliases: [
      { syntax: 'lsl {Rd}, {Rn}, {lslimm}', preset: {}, preferred: (f) => f.imms !== widthOf(f.sf) - 1 && f.imms + 1 === f.immr },
      { syntax: 'lsr {Rd}, {Rn}, {srimm}', preset: {}, preferred: (f) => f.imms === widthOf(f.sf) - 1 },
      { syntax: 'uxtb {Wd}, {Wn}', preset: { sf: 0, immr: 0, imms: 7 }, preferred: (f) => f.sf === 0 && f.immr === 0 && f.imms === 7 },
      { syntax: 'uxth {Wd}, {Wn}', preset: { sf: 0, immr: 0, imms: 15 }, preferred: (f) => f.sf === 0 && f.immr === 0 && f.imms === 15 },
      { syntax: 'ubfiz {Rd}, {Rn}, {ilsb}, {iwidth}', preset: {}, preferred: (f) => f.imms < f.immr },
      { syntax: 'ubfx {Rd}, {Rn}, {xlsb}, {xwidth}', preset: {}, preferred: () => true },
    ],
    does: (e, o) => {
      const turned = e.rotr(e.x(w(o.n), o.r.Rn), sized(e, o.n.sf, o.imm));
      e.setX(w(o.n), o.r.Rd, e.and(turned, sized(e, o.n.sf, o.imm2)));
    },
  }),
  row('bfm', 'sf 01 100110 N immr:6 imms:6 Rn:5 Rd:5', {
    syntax: 'bfm {Rd}, {Rn}, {immr}, {imms}',
    immediates: bitfieldFields,
    imm: (f) => BigInt(f.immr),
    imm2: (f) => maskOf('wmask')(f) & maskOf('tmask')(f),
    valid: bitfieldValid,
    aliases: [
      { syntax: 'bfi {Rd}, {Rn}, {ilsb}, {iwidth}', preset: {}, preferred: (f) => f.imms < f.immr && f.Rn !== 31 },
      { syntax: 'bfc {Rd}, {ilsb}, {iwidth}', preset: { Rn: 31 }, preferred: (f) => f.imms < f.immr && f.Rn === 31 },
      { syntax: 'bfxil {Rd}, {Rn}, {xlsb}, {xwidth}', preset: {}, preferred: (f) => f.imms >= f.immr },
    ],
    does: (e, o) => {
      const keep = sized(e, o.n.sf, o.imm2);
      const turned = e.rotr(e.x(w(o.n), o.r.Rn), sized(e, o.n.sf, o.imm));
      e.setX(w(o.n), o.r.Rd, e.or(e.and(e.x(w(o.n), o.r.Rd), e.not(keep)), e.and(turned, keep)));
    },
  }),
  row('extr', 'sf 00 100111 N 0 Rm:5 imms:6 Rn:5 Rd:5', {
    syntax: 'extr {Rd}, {Rn}, {Rm}, {lsb}',
    immediates: ['imms', 'N'],
    imm: (f) => BigInt(f.imms),
    valid: (f) => f.N === f.sf && (f.sf === 1 || f.imms < 32),
    aliases: [{ syntax: 'ror {Rd}, {Rn=Rm}, {rorimm}', preset: {}, preferred: (f) => f.Rn === f.Rm }],
    does: (e, o) => {
      const amount = sized(e, o.n.sf, o.imm);
      const low = e.shrU(e.x(w(o.n), o.r.Rm), amount);
      // Shifting by the width minus zero would wrap to no shift at all: shift by one less, and once more.
      const one = o.n.sf ? e.i64(1n) : e.i32(1);
      const most = o.n.sf ? e.i64(63n) : e.i32(31);
      const high = e.shl(e.shl(e.x(w(o.n), o.r.Rn), e.sub(most, amount)), one);
      e.setX(w(o.n), o.r.Rd, e.or(low, high));
    },
  }),
];

// Two, one and three sources

type Two = <V, R>(e: Emitter<V, R>, a: V, b: V) => V;
const twoSources = (
  [
    ['udiv', '000010', '', (e, a, b) => e.divU(a, b)],
    ['sdiv', '000011', '', (e, a, b) => e.divS(a, b)],
    ['lslv', '001000', 'lsl', (e, a, b) => e.shl(a, b)],
    ['lsrv', '001001', 'lsr', (e, a, b) => e.shrU(a, b)],
    ['asrv', '001010', 'asr', (e, a, b) => e.shrS(a, b)],
    ['rorv', '001011', 'ror', (e, a, b) => e.rotr(a, b)],
  ] as const satisfies readonly (readonly [string, string, string, Two])[]
).map(([name, opcode, alias, op]) =>
  row(name, `sf 0 0 11010110 Rm:5 ${opcode} Rn:5 Rd:5`, {
    syntax: `${name} {Rd}, {Rn}, {Rm}`,
    aliases: alias ? [{ syntax: `${alias} {Rd}, {Rn}, {Rm}`, preset: {}, preferred: () => true }] : [],
    does: (e, o) => e.setX(w(o.n), o.r.Rd, op(e, e.x(w(o.n), o.r.Rn), e.x(w(o.n), o.r.Rm))),
  }),
);

/** Polynomials of CRC32 and CRC32C, bit-reversed. */
const polynomials = { crc32: 0xedb88320, crc32c: 0x82f63b78 } as const;

function crcTable(polynomial: number): Uint32Array {
  return Uint32Array.from({ length: 256 }, (_, byte) => {
    let sum = byte;
    for (let bit = 0; bit < 8; bit++) sum = sum & 1 ? (sum >>> 1) ^ polynomial : sum >>> 1;
    return sum;
  });
}
const crcTables = { crc32: crcTable(polynomials.crc32), crc32c: crcTable(polynomials.crc32c) } as const;

/** A reflected CRC continued over the low `bytes` of data. */
function crc(table: Uint32Array, start: number, data: bigint, bytes: number): number {
  let sum = start;
  let rest = Number(data & 0xffffffffn);
  for (let i = 0; i < bytes; i++) {
    if (i === 4) rest = Number(data >> 32n);
    sum = (sum >>> 8) ^ table[(sum ^ rest) & 0xff];
    rest >>>= 8;
  }
  return sum >>> 0;
}

const crcs = (['crc32', 'crc32c'] as const).flatMap((kind) =>
  (['b', 'h', 'w', 'x'] as const).map((letter, sz) => {
    const sf = sz === 3 ? 1 : 0;
    const helper = {
      name: `${kind}${letter}`,
      params: ['i32', 'i64'] as const,
      result: 'i32' as const,
      fn: (start: number | bigint, data: number | bigint) => crc(crcTables[kind], Number(start) >>> 0, BigInt(data), 1 << sz),
    };
    return row(
      `${kind}${letter}`,
      `${sf} 0 0 11010110 Rm:5 010 ${kind === 'crc32c' ? 1 : 0} ${sz.toString(2).padStart(2, '0')} Rn:5 Rd:5`,
      {
        syntax: `${kind}${letter} {Wd}, {Wn}, ${sf ? '{Xm}' : '{Wm}'}`,
        feature: 'crc',
        does: (e, o) => e.setX(32, o.r.Rd, e.call(helper, [e.x(32, o.r.Rn), e.x(64, o.r.Rm)])),
      },
    );
  }),
);

/** Reverses the order of the `unit`-bit pieces within each `group` bits, by swapping neighbours, then pairs, and so on. */
export function reverse<V, R>(e: Emitter<V, R>, value: V, sf: number, unit: number, group: number): V {
  const k = (n: bigint) => (sf ? e.i64(n) : e.i32(Number(BigInt.asIntN(32, n))));
  let v = value;
  for (let size = unit; size < group; size *= 2) {
    let mask = 0n;
    for (let at = 0; at < 64; at += size * 2) mask |= ((1n << BigInt(size)) - 1n) << BigInt(at);
    v = e.or(e.shl(e.and(v, k(mask)), k(BigInt(size))), e.and(e.shrU(v, k(BigInt(size))), k(mask)));
  }
  return v;
}

type One = <V, R>(e: Emitter<V, R>, a: V, sf: number) => V;
const oneSource = (
  [
    ['rbit', 'sf', '000000', (e, a, sf) => reverse(e, a, sf, 1, sf ? 64 : 32)],
    ['rev16', 'sf', '000001', (e, a, sf) => reverse(e, a, sf, 8, 16)],
    ['rev_w', '0', '000010', (e, a) => reverse(e, a, 0, 8, 32)],
    ['rev32', '1', '000010', (e, a) => reverse(e, a, 1, 8, 32)],
    ['rev_x', '1', '000011', (e, a) => reverse(e, a, 1, 8, 64)],
    ['clz', 'sf', '000100', (e, a) => e.clz(a)],
    // Sign bits that follow the first: leading zeros of a XOR (a arithmetically shifted by one), less the first.
    [
      'cls',
      'sf',
      '000101',
      (e, a, sf) => {
        const one = sf ? e.i64(1n) : e.i32(1);
        return e.sub(e.clz(e.xor(a, e.shrS(a, one))), one);
      },
    ],
  ] as const satisfies readonly (readonly [string, string, string, One])[]
).map(([name, sf, opcode, op]) => {
  const mnemonic = name.replace(/_[wx]$/, '');
  const operands = sf === 'sf' ? '{Rd}, {Rn}' : sf === '1' ? '{Xd}, {Xn}' : '{Wd}, {Wn}';
  const fixed = sf === 'sf' ? undefined : Number(sf);
  return row(name, `${sf} 1 0 11010110 00000 ${opcode} Rn:5 Rd:5`, {
    syntax: `${mnemonic} ${operands}`,
    aliases: name === 'rev_x' ? [{ syntax: 'rev64 {Xd}, {Xn}', preset: {} }] : [],
    does: (e, o) => {
      const sfNow = fixed ?? o.n.sf;
      e.setX(widthOf(sfNow), o.r.Rd, op(e, e.x(widthOf(sfNow), o.r.Rn), sfNow));
    },
  });
});

const threeSources = [
  row('madd', 'sf 00 11011 000 Rm:5 0 Ra:5 Rn:5 Rd:5', {
    syntax: 'madd {Rd}, {Rn}, {Rm}, {Ra}',
    aliases: [{ syntax: 'mul {Rd}, {Rn}, {Rm}', preset: { Ra: 31 }, preferred: (f) => f.Ra === 31 }],
    does: (e, o) => e.setX(w(o.n), o.r.Rd, e.add(e.x(w(o.n), o.r.Ra), e.mul(e.x(w(o.n), o.r.Rn), e.x(w(o.n), o.r.Rm)))),
  }),
  row('msub', 'sf 00 11011 000 Rm:5 1 Ra:5 Rn:5 Rd:5', {
    syntax: 'msub {Rd}, {Rn}, {Rm}, {Ra}',
    aliases: [{ syntax: 'mneg {Rd}, {Rn}, {Rm}', preset: { Ra: 31 }, preferred: (f) => f.Ra === 31 }],
    does: (e, o) => e.setX(w(o.n), o.r.Rd, e.sub(e.x(w(o.n), o.r.Ra), e.mul(e.x(w(o.n), o.r.Rn), e.x(w(o.n), o.r.Rm)))),
  }),
  ...(['s', 'u'] as const).flatMap((sign) => {
    const U = sign === 'u' ? '1' : '0';
    const long = <const Name extends string>(name: Name, subtract: boolean, alias: string) =>
      row(`${sign}${name}`, `1 00 11011 ${U}01 Rm:5 ${subtract ? 1 : 0} Ra:5 Rn:5 Rd:5`, {
        syntax: `${sign}${name} {Xd}, {Wn}, {Wm}, {Xa}`,
        aliases: [{ syntax: `${sign}${alias} {Xd}, {Wn}, {Wm}`, preset: { Ra: 31 }, preferred: (f) => f.Ra === 31 }],
        does: (e, o) => {
          const extend = <V>(v: V, by: { extendS(v: V): V; extendU(v: V): V }) => (sign === 's' ? by.extendS(v) : by.extendU(v));
          const product = e.mul(extend(e.x(32, o.r.Rn), e), extend(e.x(32, o.r.Rm), e));
          const addend = e.x(64, o.r.Ra);
          e.setX(64, o.r.Rd, subtract ? e.sub(addend, product) : e.add(addend, product));
        },
      });
    return [
      long('maddl', false, 'mull'),
      long('msubl', true, 'mnegl'),
      row(`${sign}mulh`, `1 00 11011 ${U}10 Rm:5 0 11111 Rn:5 Rd:5`, {
        syntax: `${sign}mulh {Xd}, {Xn}, {Xm}`,
        does: (e, o) => {
          const a = e.x(64, o.r.Rn);
          const b = e.x(64, o.r.Rm);
          e.setX(64, o.r.Rd, sign === 's' ? e.mulHighS(a, b) : e.mulHighU(a, b));
        },
      }),
    ];
  }),
];

// Conditional

const selects = (
  [
    ['csel', '0', '00', undefined],
    ['csinc', '0', '01', ['cset', 'cinc']],
    ['csinv', '1', '00', ['csetm', 'cinv']],
    ['csneg', '1', '01', [undefined, 'cneg']],
  ] as const
).map(([name, op, o2, alias]) =>
  row(name, `sf ${op} 0 11010100 Rm:5 cond:4 ${o2} Rn:5 Rd:5`, {
    syntax: `${name} {Rd}, {Rn}, {Rm}, {cond}`,
    aliases: alias
      ? [
          ...(alias[0]
            ? [
                {
                  syntax: `${alias[0]} {Rd}, {condinv}`,
                  preset: { Rn: 31, Rm: 31 },
                  preferred: (f: Fields) => f.Rn === 31 && f.Rm === 31 && f.cond < 14,
                },
              ]
            : []),
          {
            syntax: `${alias[1]} {Rd}, {Rn=Rm}, {condinv}`,
            preset: {},
            preferred: (f: Fields) => f.Rn === f.Rm && f.cond < 14 && (f.Rn !== 31 || name === 'csneg'),
          },
        ]
      : [],
    does: (e, o) => {
      const other = e.x(w(o.n), o.r.Rm);
      const one = o.n.sf ? e.i64(1n) : e.i32(1);
      const zero = o.n.sf ? e.i64(0n) : e.i32(0);
      const changed =
        name === 'csinc' ? e.add(other, one) : name === 'csinv' ? e.not(other) : name === 'csneg' ? e.sub(zero, other) : other;
      e.setX(w(o.n), o.r.Rd, e.select(e.condition(o.n.cond), e.x(w(o.n), o.r.Rn), changed));
    },
  }),
);

const compares = (['ccmn', 'ccmp'] as const).flatMap((name, op) =>
  ([0, 1] as const).map((immediate) =>
    row(`${name}_${immediate ? 'imm' : 'reg'}`, `sf ${op} 1 11010010 ${immediate ? 'imm5:5' : 'Rm:5'} cond:4 ${immediate}0 Rn:5 0 nzcv:4`, {
      syntax: `${name} {Rn}, ${immediate ? '{imm5}' : '{Rm}'}, {nzcv}, {cond}`,
      immediates: immediate ? ['imm5', 'nzcv'] : ['nzcv'],
      ...(immediate ? { imm2: (f: Fields) => BigInt(f.imm5) } : {}),
      imm: (f) => BigInt(f.nzcv) << 28n,
      does: (e, o) => {
        const b = immediate ? sized(e, o.n.sf, o.imm2) : e.x(w(o.n), o.r.Rm);
        e.ifElse(
          e.condition(o.n.cond),
          () => void (name === 'ccmp' ? e.subFlags(e.x(w(o.n), o.r.Rn), b) : e.addFlags(e.x(w(o.n), o.r.Rn), b)),
          () => e.setNzcv(e.wrap(o.imm)),
        );
      },
    }),
  ),
);

export const integerRows = [
  ...addSubImmediate,
  ...addSubShifted,
  ...addSubExtended,
  ...addSubCarry,
  // Assemblers try spellings in this order: a constant is moved by MOVZ or MOVN before a bitmask is considered.
  ...moves,
  ...logicalImmediate,
  ...logicalShifted,
  ...bitfields,
  ...twoSources,
  ...crcs,
  ...oneSource,
  ...threeSources,
  ...selects,
  ...compares,
];
