import type { AccessBits, AccessKind, Emitter } from './emitter.ts';
import { row, signed, type Fields, type Operands, type Row } from './table.ts';

/** Loads and stores: Arm ARM C4.1.68. */

/** One kind of access: what a size and opc pair of the encoding means. */
type Access = {
  name: string;
  size: string;
  opc: string;
  /** SIMD and floating-point register. */
  vector?: boolean;
  bits: AccessBits;
  load: boolean;
  /** Sign-extended to a register of this width. */
  signTo?: 32 | 64;
  /** Operand of the syntax. */
  operand: string;
  /** Data register's width when not sign-extended. */
  wide: boolean;
};

const integer = (name: string, size: string, opc: string, bits: AccessBits, load: boolean, operand: string, signTo?: 32 | 64): Access => ({
  name,
  size,
  opc,
  bits,
  load,
  operand,
  wide: operand === '{Xt}',
  ...(signTo ? { signTo } : {}),
});
const vector = (letter: string, size: string, load: boolean, bits: AccessBits): Access => ({
  name: load ? 'ldr' : 'str',
  size,
  opc: `${bits === 128 ? 1 : 0}${load ? 1 : 0}`,
  vector: true,
  bits,
  load,
  operand: `{${letter}t}`,
  wide: false,
});

const accesses: Access[] = [
  integer('strb', '00', '00', 8, false, '{Wt}'),
  integer('ldrb', '00', '01', 8, true, '{Wt}'),
  integer('ldrsb', '00', '10', 8, true, '{Xt}', 64),
  integer('ldrsb', '00', '11', 8, true, '{Wt}', 32),
  integer('strh', '01', '00', 16, false, '{Wt}'),
  integer('ldrh', '01', '01', 16, true, '{Wt}'),
  integer('ldrsh', '01', '10', 16, true, '{Xt}', 64),
  integer('ldrsh', '01', '11', 16, true, '{Wt}', 32),
  integer('str', '10', '00', 32, false, '{Wt}'),
  integer('ldr', '10', '01', 32, true, '{Wt}'),
  integer('ldrsw', '10', '10', 32, true, '{Xt}', 64),
  integer('str', '11', '00', 64, false, '{Xt}'),
  integer('ldr', '11', '01', 64, true, '{Xt}'),
  ...(
    [
      ['B', '00', 8],
      ['H', '01', 16],
      ['S', '10', 32],
      ['D', '11', 64],
      ['Q', '00', 128],
    ] as const
  ).flatMap(([letter, size, bits]) => [vector(letter, size, false, bits), vector(letter, size, true, bits)]),
];

const scaleOf = (bits: AccessBits): number => Math.log2(bits / 8);
/** `ldrsb_x`, `str_q`: unique among accesses. */
const accessName = (a: Access): string => `${a.name}_${a.operand[1].toLowerCase()}`;

/** Puts a loaded value into the data register. */
function finishLoad<V, R>(e: Emitter<V, R>, a: Pick<Access, 'bits' | 'vector' | 'signTo' | 'wide'>, reg: R, value: V): void {
  if (a.vector) {
    if (a.bits === 128) e.setV(reg, value);
    else e.setV(reg, e.v128(a.bits === 64 ? value : e.extendU(value), e.i64(0n)));
  } else if (a.signTo === undefined) e.setX(a.bits === 64 ? 64 : 32, reg, value);
  else {
    const word = a.bits === 8 || a.bits === 16 ? e.signExtend(value, a.bits) : value;
    e.setX(a.signTo, reg, a.signTo === 64 ? e.extendS(word) : word);
  }
}

/** The value that a store writes. */
function storeValue<V, R>(e: Emitter<V, R>, a: Pick<Access, 'bits' | 'vector'>, reg: R): V {
  if (!a.vector) return e.x(a.bits === 64 ? 64 : 32, reg);
  if (a.bits === 128) return e.v(reg);
  return a.bits === 64 ? e.fp(64, reg) : e.fp(32, reg);
}

function perform<V, R>(e: Emitter<V, R>, a: Access, o: Operands<V, R>, address: V, kind?: AccessKind): void {
  if (a.load) finishLoad(e, a, o.r.Rt, e.load(a.bits, address, kind));
  else e.store(a.bits, address, storeValue(e, a, o.r.Rt), kind);
}

function checkVector<V, R>(e: Emitter<V, R>, vectorRegister: boolean | undefined): void {
  if (vectorRegister) e.checkFpEnabled();
}

const featureOf = (a: { vector?: boolean }) => (a.vector ? ({ feature: 'fp' } as const) : {});

const single: Row[] = accesses.flatMap((a) => {
  const V = a.vector ? 1 : 0;
  const scale = scaleOf(a.bits);
  const unscaledName = a.name.replace(/^(ld|st)r/, '$1ur');
  const id = accessName(a);
  const rows = [
    row(`${id}_uimm`, `${a.size} 111 ${V} 01 ${a.opc} imm12:12 Rn:5 Rt:5`, {
      ...featureOf(a),
      syntax: `${a.name} ${a.operand}, [{Xn|sp}{uoff${scale}}]`,
      immediates: ['imm12'],
      imm: (f) => BigInt(f.imm12 << scale),
      does: (e, o) => {
        checkVector(e, a.vector);
        perform(e, a, o, e.add(e.x(64, o.r.Rn, 'sp'), o.imm));
      },
    }),
    row(`${id}_unscaled`, `${a.size} 111 ${V} 00 ${a.opc} 0 imm9:9 00 Rn:5 Rt:5`, {
      ...featureOf(a),
      syntax: `${unscaledName} ${a.operand}, [{Xn|sp}{simm9}]`,
      // An offset that the scaled form cannot hold: assemblers take the plain mnemonic too.
      aliases: [{ syntax: `${a.name} ${a.operand}, [{Xn|sp}{simm9}]`, preset: {} }],
      immediates: ['imm9'],
      imm: (f) => signed(f.imm9, 9),
      does: (e, o) => {
        checkVector(e, a.vector);
        perform(e, a, o, e.add(e.x(64, o.r.Rn, 'sp'), o.imm));
      },
    }),
    ...(['post', 'pre'] as const).map((mode) =>
      row(`${id}_${mode}`, `${a.size} 111 ${V} 00 ${a.opc} 0 imm9:9 ${mode === 'pre' ? 11 : '01'} Rn:5 Rt:5`, {
        ...featureOf(a),
        syntax: mode === 'pre' ? `${a.name} ${a.operand}, [{Xn|sp}{simm9always}]!` : `${a.name} ${a.operand}, [{Xn|sp}]{simm9always}`,
        immediates: ['imm9'],
        imm: (f) => signed(f.imm9, 9),
        does: (e, o) => {
          checkVector(e, a.vector);
          const base = e.x(64, o.r.Rn, 'sp');
          const moved = e.add(base, o.imm);
          const address = mode === 'pre' ? moved : base;
          if (a.load) {
            const value = e.load(a.bits, address);
            e.setX(64, o.r.Rn, moved, 'sp');
            finishLoad(e, a, o.r.Rt, value);
          } else {
            e.store(a.bits, address, storeValue(e, a, o.r.Rt));
            e.setX(64, o.r.Rn, moved, 'sp');
          }
        },
      }),
    ),
    row(`${id}_reg`, `${a.size} 111 ${V} 00 ${a.opc} 1 Rm:5 option:3 S 10 Rn:5 Rt:5`, {
      ...featureOf(a),
      syntax: `${a.name} ${a.operand}, [{Xn|sp}, {roff${scale}}]`,
      valid: (f) => (f.option & 2) !== 0,
      does: (e, o) => {
        checkVector(e, a.vector);
        perform(e, a, o, e.add(e.x(64, o.r.Rn, 'sp'), registerOffset(e, o, scale)));
      },
    }),
  ];
  if (!a.vector)
    rows.push(
      row(`${a.name.replace(/^(ld|st)r/, '$1tr')}_${a.operand[1].toLowerCase()}`, `${a.size} 111 0 00 ${a.opc} 0 imm9:9 10 Rn:5 Rt:5`, {
        syntax: `${a.name.replace(/^(ld|st)r/, '$1tr')} ${a.operand}, [{Xn|sp}{simm9}]`,
        immediates: ['imm9'],
        imm: (f) => signed(f.imm9, 9),
        does: (e, o) => perform(e, a, o, e.add(e.x(64, o.r.Rn, 'sp'), o.imm), { unprivileged: true }),
      }),
    );
  return rows;
});

function registerOffset<V, R>(e: Emitter<V, R>, o: Operands<V, R>, scale: number): V {
  const { option, S } = o.n;
  const offset = option & 1 ? e.x(64, o.r.Rm) : option & 4 ? e.extendS(e.x(32, o.r.Rm)) : e.extendU(e.x(32, o.r.Rm));
  return S && scale ? e.shl(offset, e.i64(BigInt(scale))) : offset;
}

// Prefetches do nothing: they may not even fault.
const prefetches: Row[] = [
  row('prfm_uimm', '11 111 0 01 10 imm12:12 Rn:5 prfop:5', {
    syntax: 'prfm {prfop}, [{Xn|sp}{uoff3}]',
    immediates: ['imm12', 'prfop'],
    does: (e) => e.hint('nop'),
  }),
  row('prfum', '11 111 0 00 10 0 imm9:9 00 Rn:5 prfop:5', {
    syntax: 'prfum {prfop}, [{Xn|sp}{simm9}]',
    immediates: ['imm9', 'prfop'],
    aliases: [{ syntax: 'prfm {prfop}, [{Xn|sp}{simm9}]', preset: {} }],
    does: (e) => e.hint('nop'),
  }),
  row('prfm_reg', '11 111 0 00 10 1 Rm:5 option:3 S 10 Rn:5 prfop:5', {
    syntax: 'prfm {prfop}, [{Xn|sp}, {roff3}]',
    immediates: ['prfop'],
    valid: (f) => (f.option & 2) !== 0,
    does: (e) => e.hint('nop'),
  }),
  row('prfm_lit', '11 011 0 00 imm19:19 prfop:5', {
    syntax: 'prfm {prfop}, {ld19}',
    immediates: ['imm19', 'prfop'],
    does: (e) => e.hint('nop'),
  }),
];

const literals: Row[] = (
  [
    ['00', 0, 'ldr', 'W', 32],
    ['01', 0, 'ldr', 'X', 64],
    ['10', 0, 'ldrsw', 'X', 32],
    ['00', 1, 'ldr', 'S', 32],
    ['01', 1, 'ldr', 'D', 64],
    ['10', 1, 'ldr', 'Q', 128],
  ] as const
).map(([opc, V, name, letter, bits]) =>
  row(`${name}_${letter.toLowerCase()}_lit`, `${opc} 011 ${V} 00 imm19:19 Rt:5`, {
    ...featureOf({ vector: V === 1 }),
    syntax: `${name} {${letter}t}, {ld19}`,
    immediates: ['imm19'],
    imm: (f) => signed(f.imm19, 19) * 4n,
    does: (e, o) => {
      checkVector(e, V === 1);
      const value = e.load(bits, e.add(e.pc(), o.imm));
      finishLoad(e, { bits, vector: V === 1, wide: letter === 'X', ...(name === 'ldrsw' ? { signTo: 64 } : {}) }, o.r.Rt, value);
    },
  }),
);

// Pairs

type PairAccess = { name: string; opc: string; V: 0 | 1; letter: string; bits: 32 | 64 | 128; signTo?: 64 };
const pairs: PairAccess[] = [
  { name: 'p', opc: '00', V: 0, letter: 'W', bits: 32 },
  { name: 'psw', opc: '01', V: 0, letter: 'X', bits: 32, signTo: 64 },
  { name: 'p', opc: '10', V: 0, letter: 'X', bits: 64 },
  { name: 'p', opc: '00', V: 1, letter: 'S', bits: 32 },
  { name: 'p', opc: '01', V: 1, letter: 'D', bits: 64 },
  { name: 'p', opc: '10', V: 1, letter: 'Q', bits: 128 },
];
const pairModes = { nontemporal: '000', post: '001', offset: '010', pre: '011' } as const;

const pairRows: Row[] = pairs.flatMap((p) =>
  ([true, false] as const).flatMap((load) =>
    (Object.keys(pairModes) as (keyof typeof pairModes)[]).flatMap((mode) => {
      if (p.signTo && (!load || mode === 'nontemporal')) return [];
      const scale = scaleOf(p.bits);
      const name = `${load ? 'ld' : 'st'}${mode === 'nontemporal' ? 'n' : ''}${p.name}`;
      const operands = `{${p.letter}t}, {${p.letter}t2}`;
      const address = {
        nontemporal: `[{Xn|sp}{pair${scale}}]`,
        offset: `[{Xn|sp}{pair${scale}}]`,
        pre: `[{Xn|sp}{pairalways${scale}}]!`,
        post: `[{Xn|sp}]{pairalways${scale}}`,
      }[mode];
      const access = { bits: p.bits, vector: p.V === 1, wide: p.letter === 'X', ...(p.signTo ? { signTo: p.signTo } : {}) };
      const suffix = mode === 'nontemporal' ? '' : `_${mode}`;
      return row(
        `${name}_${p.letter.toLowerCase()}${suffix}`,
        `${p.opc} 101 ${p.V} ${pairModes[mode]} ${load ? 1 : 0} imm7:7 Rt2:5 Rn:5 Rt:5`,
        {
          ...featureOf(access),
          syntax: `${name} ${operands}, ${address}`,
          immediates: ['imm7'],
          imm: (f) => signed(f.imm7, 7) << BigInt(scale),
          does: (e, o) => {
            checkVector(e, access.vector);
            const base = e.x(64, o.r.Rn, 'sp');
            const moved = e.add(base, o.imm);
            const first = mode === 'post' ? base : moved;
            const second = e.add(first, e.i64(BigInt(p.bits / 8)));
            const writeback = () => {
              if (mode === 'pre' || mode === 'post') e.setX(64, o.r.Rn, moved, 'sp');
            };
            if (load) {
              const a = e.load(p.bits, first);
              const b = e.load(p.bits, second);
              writeback();
              finishLoad(e, access, o.r.Rt, a);
              finishLoad(e, access, o.r.Rt2, b);
            } else {
              const a = storeValue(e, access, o.r.Rt);
              const b = storeValue(e, access, o.r.Rt2);
              e.store(p.bits, first, a);
              e.store(p.bits, second, b);
              writeback();
            }
          },
        },
      );
    }),
  ),
);

// Ordered and exclusive

const sizes = [
  { size: '00', suffix: 'b', letter: 'W', bits: 8 },
  { size: '01', suffix: 'h', letter: 'W', bits: 16 },
  { size: '10', suffix: '', letter: 'W', bits: 32 },
  { size: '11', suffix: '', letter: 'X', bits: 64 },
] as const;

const ordered: Row[] = sizes.flatMap(({ size, suffix, letter, bits }) => {
  const id = suffix === '' ? `_${letter.toLowerCase()}` : '';
  const access = { bits, wide: letter === 'X' };
  const value = <V, R>(e: Emitter<V, R>, reg: R): V => storeValue(e, access, reg);
  const load = (name: string, o0: string) =>
    row(`${name}${suffix}${id}`, `${size} 001000 1 1 0 11111 ${o0} 11111 Rn:5 Rt:5`, {
      syntax: `${name}${suffix} {${letter}t}, [{Xn|sp}{zero}]`,
      does: (e, o) => finishLoad(e, access, o.r.Rt, e.load(bits, e.x(64, o.r.Rn, 'sp'), { ordered: true })),
    });
  const store = (name: string, o0: string) =>
    row(`${name}${suffix}${id}`, `${size} 001000 1 0 0 11111 ${o0} 11111 Rn:5 Rt:5`, {
      syntax: `${name}${suffix} {${letter}t}, [{Xn|sp}{zero}]`,
      does: (e, o) => e.store(bits, e.x(64, o.r.Rn, 'sp'), value(e, o.r.Rt), { ordered: true }),
    });
  const loadExclusive = (name: string, o0: string) =>
    row(`${name}${suffix}${id}`, `${size} 001000 0 1 0 11111 ${o0} 11111 Rn:5 Rt:5`, {
      syntax: `${name}${suffix} {${letter}t}, [{Xn|sp}{zero}]`,
      does: (e, o) => finishLoad(e, access, o.r.Rt, e.loadExclusive(bits, e.x(64, o.r.Rn, 'sp'), { ordered: o0 === '1' })),
    });
  const storeExclusive = (name: string, o0: string) =>
    row(`${name}${suffix}${id}`, `${size} 001000 0 0 0 Rs:5 ${o0} 11111 Rn:5 Rt:5`, {
      syntax: `${name}${suffix} {Ws}, {${letter}t}, [{Xn|sp}{zero}]`,
      does: (e, o) => e.setX(32, o.r.Rs, e.storeExclusive(bits, e.x(64, o.r.Rn, 'sp'), value(e, o.r.Rt), { ordered: o0 === '1' })),
    });
  return [
    load('ldar', '1'),
    load('ldlar', '0'),
    store('stlr', '1'),
    store('stllr', '0'),
    loadExclusive('ldxr', '0'),
    loadExclusive('ldaxr', '1'),
    storeExclusive('stxr', '0'),
    storeExclusive('stlxr', '1'),
  ];
});

const exclusivePairs: Row[] = (
  [
    ['10', 'W', 32],
    ['11', 'X', 64],
  ] as const
).flatMap(([size, letter, bits]) =>
  (['0', '1'] as const).flatMap((o0) => {
    const both: AccessBits = bits === 32 ? 64 : 128;
    const a = o0 === '1' ? 'a' : '';
    const l = o0 === '1' ? 'l' : '';
    return [
      row(`ld${a}xp_${letter.toLowerCase()}`, `${size} 001000 0 1 1 11111 ${o0} Rt2:5 Rn:5 Rt:5`, {
        syntax: `ld${a}xp {${letter}t}, {${letter}t2}, [{Xn|sp}{zero}]`,
        does: (e, o) => {
          const pair = e.loadExclusive(both, e.x(64, o.r.Rn, 'sp'), { ordered: o0 === '1' });
          const [low, high] = splitPair(e, pair, bits);
          e.setX(bits, o.r.Rt, low);
          e.setX(bits, o.r.Rt2, high);
        },
      }),
      row(`st${l}xp_${letter.toLowerCase()}`, `${size} 001000 0 0 1 Rs:5 ${o0} Rt2:5 Rn:5 Rt:5`, {
        syntax: `st${l}xp {Ws}, {${letter}t}, {${letter}t2}, [{Xn|sp}{zero}]`,
        does: (e, o) => {
          const value = joinPair(e, e.x(bits, o.r.Rt), e.x(bits, o.r.Rt2), bits);
          e.setX(32, o.r.Rs, e.storeExclusive(both, e.x(64, o.r.Rn, 'sp'), value, { ordered: o0 === '1' }));
        },
      }),
    ];
  }),
);

function splitPair<V, R>(e: Emitter<V, R>, pair: V, bits: 32 | 64): [V, V] {
  if (bits === 64) return [e.half(pair, 0), e.half(pair, 1)];
  return [e.wrap(pair), e.wrap(e.shrU(pair, e.i64(32n)))];
}

function joinPair<V, R>(e: Emitter<V, R>, low: V, high: V, bits: 32 | 64): V {
  if (bits === 64) return e.v128(low, high);
  return e.or(e.extendU(low), e.shl(e.extendU(high), e.i64(32n)));
}

// Atomics of Armv8.1 (FEAT_LSE)

/** Every atomic must be aligned, whether it orders other accesses or not (CheckAlignment with AccType_ATOMICRW). */
const atomicAccess: AccessKind = { ordered: true, forWrite: true };

type Combine = <V, R>(e: Emitter<V, R>, old: V, operand: V, bits: AccessBits) => V;

/** Signed order of values of less than a word needs them extended. */
function comparable<V, R>(e: Emitter<V, R>, v: V, bits: AccessBits): V {
  return bits === 8 || bits === 16 ? e.signExtend(v, bits) : v;
}
/** The operand of a narrow access, cut to its size. */
function narrow<V, R>(e: Emitter<V, R>, v: V, bits: AccessBits): V {
  return bits === 8 || bits === 16 ? e.and(v, e.i32((1 << bits) - 1)) : v;
}

const combines: [string, string, Combine][] = [
  ['add', '0000', (e, old, v) => e.add(old, v)],
  ['clr', '0001', (e, old, v) => e.and(old, e.not(v))],
  ['eor', '0010', (e, old, v) => e.xor(old, v)],
  ['set', '0011', (e, old, v) => e.or(old, v)],
  ['smax', '0100', (e, old, v, bits) => e.select(e.ltS(comparable(e, old, bits), comparable(e, v, bits)), v, old)],
  ['smin', '0101', (e, old, v, bits) => e.select(e.ltS(comparable(e, v, bits), comparable(e, old, bits)), v, old)],
  ['umax', '0110', (e, old, v, bits) => e.select(e.ltU(old, narrow(e, v, bits)), v, old)],
  ['umin', '0111', (e, old, v, bits) => e.select(e.ltU(narrow(e, v, bits), old), v, old)],
];
const orders = [
  ['', '00'],
  ['l', '01'],
  ['a', '10'],
  ['al', '11'],
] as const;

const atomics: Row[] = sizes.flatMap(({ size, suffix, letter, bits }) =>
  orders.flatMap(([order, AR]) => {
    const id = suffix === '' ? `_${letter.toLowerCase()}` : '';
    const width = bits === 64 ? 64 : 32;
    const [A, Rbit] = AR;
    const kind = atomicAccess;
    return [
      ...combines.map(([name, opc, combine]) =>
        row(`ld${name}${order}${suffix}${id}`, `${size} 111 0 00 ${A} ${Rbit} 1 Rs:5 ${opc} 00 Rn:5 Rt:5`, {
          feature: 'lse',
          syntax: `ld${name}${order}${suffix} {${letter}s}, {${letter}t}, [{Xn|sp}{zero}]`,
          aliases:
            A === '0'
              ? [
                  {
                    syntax: `st${name}${order}${suffix} {${letter}s}, [{Xn|sp}{zero}]`,
                    preset: { Rt: 31 },
                    preferred: (f: Fields) => f.Rt === 31,
                  },
                ]
              : [],
          does: (e, o) => {
            const address = e.x(64, o.r.Rn, 'sp');
            const operand = e.x(width, o.r.Rs);
            const old = e.load(bits, address, kind);
            e.store(bits, address, combine(e, old, operand, bits), kind);
            e.setX(width, o.r.Rt, old);
          },
        }),
      ),
      row(`swp${order}${suffix}${id}`, `${size} 111 0 00 ${A} ${Rbit} 1 Rs:5 1000 00 Rn:5 Rt:5`, {
        feature: 'lse',
        syntax: `swp${order}${suffix} {${letter}s}, {${letter}t}, [{Xn|sp}{zero}]`,
        does: (e, o) => {
          const address = e.x(64, o.r.Rn, 'sp');
          const value = e.x(width, o.r.Rs);
          const old = e.load(bits, address, kind);
          e.store(bits, address, value, kind);
          e.setX(width, o.r.Rt, old);
        },
      }),
      // CAS orders its bits as L (acquire) at 22 and o0 (release) at 15.
      row(`cas${order}${suffix}${id}`, `${size} 001000 1 ${A} 1 Rs:5 ${Rbit} 11111 Rn:5 Rt:5`, {
        feature: 'lse',
        syntax: `cas${order}${suffix} {${letter}s}, {${letter}t}, [{Xn|sp}{zero}]`,
        does: (e, o) => {
          const address = e.x(64, o.r.Rn, 'sp');
          const expected = narrow(e, e.x(width, o.r.Rs), bits);
          const desired = e.x(width, o.r.Rt);
          const old = e.load(bits, address, kind);
          e.ifElse(e.eq(old, expected), () => e.store(bits, address, desired, kind));
          e.setX(width, o.r.Rs, old);
        },
      }),
    ];
  }),
);

const casPairs: Row[] = (
  [
    ['0', 'W', 32],
    ['1', 'X', 64],
  ] as const
).flatMap(([sz, letter, bits]) =>
  orders.map(([order, [A, Rbit]]) =>
    row(`casp${order}_${letter.toLowerCase()}`, `0 ${sz} 001000 0 ${A} 1 Rs:5 ${Rbit} 11111 Rn:5 Rt:5`, {
      feature: 'lse',
      syntax: `casp${order} {${letter}s}, {${letter}s+1}, {${letter}t}, {${letter}t+1}, [{Xn|sp}{zero}]`,
      valid: (f) => (f.Rs & 1) === 0 && (f.Rt & 1) === 0,
      does: (e, o) => {
        const both: AccessBits = bits === 32 ? 64 : 128;
        const address = e.x(64, o.r.Rn, 'sp');
        const kind = atomicAccess;
        const second = e.registerAfter(o.r.Rs, 1);
        const expectedLow = e.x(bits, o.r.Rs);
        const expectedHigh = e.x(bits, second);
        const desired = joinPair(e, e.x(bits, o.r.Rt), e.x(bits, e.registerAfter(o.r.Rt, 1)), bits);
        const [low, high] = splitPair(e, e.load(both, address, kind), bits);
        e.ifElse(e.and(e.eq(low, expectedLow), e.eq(high, expectedHigh)), () => e.store(both, address, desired, kind));
        e.setX(bits, o.r.Rs, low);
        e.setX(bits, second, high);
      },
    }),
  ),
);

export const memoryRows: readonly Row[] = [
  ...single,
  ...prefetches,
  ...literals,
  ...pairRows,
  ...ordered,
  ...exclusivePairs,
  ...atomics,
  ...casPairs,
];
