import type { AccessBits, AccessKind, Emitter } from './emitter.ts';
import { row, signed, type Fields, type Operands } from './table.ts';

/** Loads and stores: Arm ARM C4.1.68. */

/** One kind of access: what a size and opc pair of the encoding means. */
type Access<Id extends string = string> = {
  /** Mnemonic and letter of the data register: `ldrsb_x`. */
  id: Id;
  size: string;
  opc: string;
  /** SIMD and floating-point register. */
  vector?: boolean;
  bits: AccessBits;
  load: boolean;
  /** Sign-extended to a register of this width. */
  signTo?: 32 | 64;
  /** Data register's width when not sign-extended. */
  wide: boolean;
};

const mnemonicOf = (a: Access): string => a.id.slice(0, -2);
/** Operand of the syntax. */
const operandOf = (a: Access): string => `{${a.id.slice(-1).toUpperCase()}t}`;

const integer = <const Id extends string>(id: Id, size: string, opc: string, bits: AccessBits, signTo?: 32 | 64): Access<Id> => ({
  id,
  size,
  opc,
  bits,
  load: id.startsWith('ld'),
  wide: id.endsWith('x'),
  ...(signTo ? { signTo } : {}),
});

const integerAccesses = [
  integer('strb_w', '00', '00', 8),
  integer('ldrb_w', '00', '01', 8),
  integer('ldrsb_x', '00', '10', 8, 64),
  integer('ldrsb_w', '00', '11', 8, 32),
  integer('strh_w', '01', '00', 16),
  integer('ldrh_w', '01', '01', 16),
  integer('ldrsh_x', '01', '10', 16, 64),
  integer('ldrsh_w', '01', '11', 16, 32),
  integer('str_w', '10', '00', 32),
  integer('ldr_w', '10', '01', 32),
  integer('ldrsw_x', '10', '10', 32, 64),
  integer('str_x', '11', '00', 64),
  integer('ldr_x', '11', '01', 64),
];

const vectorAccesses = (
  [
    ['b', '00', 8],
    ['h', '01', 16],
    ['s', '10', 32],
    ['d', '11', 64],
    ['q', '00', 128],
  ] as const
).flatMap(([letter, size, bits]) =>
  (['str', 'ldr'] as const).map((name) => {
    const load = name === 'ldr';
    const opc = `${bits === 128 ? 1 : 0}${load ? 1 : 0}`;
    return { id: `${name}_${letter}` as const, size, opc, vector: true, bits, load, wide: false };
  }),
);

const scaleOf = (bits: AccessBits): number => Math.log2(bits / 8);
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

const unscaledName = (name: string): string => name.replace(/^(ld|st)r/, '$1ur');

function singleRows<const Id extends string>(a: Access<Id>) {
  const V = a.vector ? 1 : 0;
  const scale = scaleOf(a.bits);
  const name = mnemonicOf(a);
  const operand = operandOf(a);
  const plain = <V, R>(e: Emitter<V, R>, o: Operands<V, R>): void => {
    checkVector(e, a.vector);
    perform(e, a, o, e.add(e.x(64, o.r.Rn, 'sp'), o.imm));
  };
  return [
    row(`${a.id}_uimm`, `${a.size} 111 ${V} 01 ${a.opc} imm12:12 Rn:5 Rt:5`, {
      ...featureOf(a),
      syntax: `${name} ${operand}, [{Xn|sp}{uoff${scale}}]`,
      immediates: ['imm12'],
      imm: (f) => BigInt(f.imm12 << scale),
      does: plain,
    }),
    row(`${a.id}_unscaled`, `${a.size} 111 ${V} 00 ${a.opc} 0 imm9:9 00 Rn:5 Rt:5`, {
      ...featureOf(a),
      syntax: `${unscaledName(name)} ${operand}, [{Xn|sp}{simm9}]`,
      // An offset that the scaled form cannot hold: assemblers take the plain mnemonic too.
      aliases: [{ syntax: `${name} ${operand}, [{Xn|sp}{simm9}]`, preset: {} }],
      immediates: ['imm9'],
      imm: (f) => signed(f.imm9, 9),
      does: plain,
    }),
    ...(['post', 'pre'] as const).map((mode) =>
      row(`${a.id}_${mode}`, `${a.size} 111 ${V} 00 ${a.opc} 0 imm9:9 ${mode === 'pre' ? 11 : '01'} Rn:5 Rt:5`, {
        ...featureOf(a),
        syntax: mode === 'pre' ? `${name} ${operand}, [{Xn|sp}{simm9always}]!` : `${name} ${operand}, [{Xn|sp}]{simm9always}`,
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
    row(`${a.id}_reg`, `${a.size} 111 ${V} 00 ${a.opc} 1 Rm:5 option:3 S 10 Rn:5 Rt:5`, {
      ...featureOf(a),
      syntax: `${name} ${operand}, [{Xn|sp}, {roff${scale}}]`,
      valid: (f) => (f.option & 2) !== 0,
      does: (e, o) => {
        checkVector(e, a.vector);
        perform(e, a, o, e.add(e.x(64, o.r.Rn, 'sp'), registerOffset(e, o, scale)));
      },
    }),
  ];
}

const single = [...integerAccesses, ...vectorAccesses].flatMap((a) => singleRows(a));

/** `ldrb_w` to `ldtrb_w`. */
type Unprivileged<Id extends string> = Id extends `${infer Way extends 'ld' | 'st'}r${infer Rest}` ? `${Way}tr${Rest}` : never;

const unprivileged = integerAccesses.map((a) => {
  const id = a.id.replace(/^(ld|st)r/, '$1tr') as Unprivileged<typeof a.id>;
  return row(id, `${a.size} 111 0 00 ${a.opc} 0 imm9:9 10 Rn:5 Rt:5`, {
    syntax: `${id.slice(0, -2)} ${operandOf(a)}, [{Xn|sp}{simm9}]`,
    immediates: ['imm9'],
    imm: (f) => signed(f.imm9, 9),
    does: (e, o) => perform(e, a, o, e.add(e.x(64, o.r.Rn, 'sp'), o.imm), { unprivileged: true }),
  });
});

function registerOffset<V, R>(e: Emitter<V, R>, o: Operands<V, R>, scale: number): V {
  const { option, S } = o.n;
  const offset = option & 1 ? e.x(64, o.r.Rm) : option & 4 ? e.extendS(e.x(32, o.r.Rm)) : e.extendU(e.x(32, o.r.Rm));
  return S && scale ? e.shl(offset, e.i64(BigInt(scale))) : offset;
}

// Prefetches do nothing: they may not even fault.
const prefetches = [
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

const literals = (
  [
    ['ldr_w_lit', '00', 0, 32],
    ['ldr_x_lit', '01', 0, 64],
    ['ldrsw_x_lit', '10', 0, 32],
    ['ldr_s_lit', '00', 1, 32],
    ['ldr_d_lit', '01', 1, 64],
    ['ldr_q_lit', '10', 1, 128],
  ] as const
).map(([id, opc, V, bits]) => {
  const [name, letter] = id.split('_');
  return row(id, `${opc} 011 ${V} 00 imm19:19 Rt:5`, {
    ...featureOf({ vector: V === 1 }),
    syntax: `${name} {${letter.toUpperCase()}t}, {ld19}`,
    immediates: ['imm19'],
    imm: (f) => signed(f.imm19, 19) * 4n,
    does: (e, o) => {
      checkVector(e, V === 1);
      const value = e.load(bits, e.add(e.pc(), o.imm));
      finishLoad(e, { bits, vector: V === 1, wide: letter === 'x', ...(name === 'ldrsw' ? { signTo: 64 } : {}) }, o.r.Rt, value);
    },
  });
});

// Pairs

type PairAccess = { opc: string; V: 0 | 1; letter: string; bits: 32 | 64 | 128; signTo?: 64 };
type PairMode = 'nontemporal' | 'post' | 'offset' | 'pre';
const pairModes: Readonly<Record<PairMode, string>> = { nontemporal: '000', post: '001', offset: '010', pre: '011' };

const pairs = [
  { opc: '00', V: 0, letter: 'w', bits: 32 },
  { opc: '10', V: 0, letter: 'x', bits: 64 },
  { opc: '00', V: 1, letter: 's', bits: 32 },
  { opc: '01', V: 1, letter: 'd', bits: 64 },
  { opc: '10', V: 1, letter: 'q', bits: 128 },
] as const satisfies readonly PairAccess[];

function pairAddress(mode: PairMode, scale: number): string {
  if (mode === 'pre') return `[{Xn|sp}{pairalways${scale}}]!`;
  return mode === 'post' ? `[{Xn|sp}]{pairalways${scale}}` : `[{Xn|sp}{pair${scale}}]`;
}

function pairRow<const Name extends string>(name: Name, p: PairAccess, mode: PairMode) {
  const load = name.startsWith('ld');
  const scale = scaleOf(p.bits);
  const access = { bits: p.bits, vector: p.V === 1, wide: p.letter === 'x', ...(p.signTo ? { signTo: p.signTo } : {}) };
  const register = p.letter.toUpperCase();
  return row(name, `${p.opc} 101 ${p.V} ${pairModes[mode]} ${load ? 1 : 0} imm7:7 Rt2:5 Rn:5 Rt:5`, {
    ...featureOf(access),
    syntax: `${name.split('_')[0]} {${register}t}, {${register}t2}, ${pairAddress(mode, scale)}`,
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
  });
}

const indexModes = ['post', 'offset', 'pre'] as const;
const pairRows = [
  ...pairs.flatMap((p) =>
    (['ld', 'st'] as const).flatMap((way) => [
      pairRow(`${way}np_${p.letter}`, p, 'nontemporal'),
      ...indexModes.map((mode) => pairRow(`${way}p_${p.letter}_${mode}`, p, mode)),
    ]),
  ),
  ...indexModes.map((mode) => pairRow(`ldpsw_x_${mode}`, { opc: '01', V: 0, letter: 'x', bits: 32, signTo: 64 }, mode)),
];

// Ordered and exclusive

/** `tail` ends the row's name, `suffix` the mnemonic. */
const sizes = [
  { size: '00', tail: 'b', suffix: 'b', letter: 'W', bits: 8 },
  { size: '01', tail: 'h', suffix: 'h', letter: 'W', bits: 16 },
  { size: '10', tail: '_w', suffix: '', letter: 'W', bits: 32 },
  { size: '11', tail: '_x', suffix: '', letter: 'X', bits: 64 },
] as const;

const ordered = sizes.flatMap(({ size, tail, suffix, letter, bits }) => {
  const access = { bits, wide: letter === 'X' };
  const value = <V, R>(e: Emitter<V, R>, reg: R): V => storeValue(e, access, reg);
  const load = <const Name extends string>(name: Name, o0: string) =>
    row(`${name}${tail}`, `${size} 001000 1 1 0 11111 ${o0} 11111 Rn:5 Rt:5`, {
      syntax: `${name}${suffix} {${letter}t}, [{Xn|sp}{zero}]`,
      does: (e, o) => finishLoad(e, access, o.r.Rt, e.load(bits, e.x(64, o.r.Rn, 'sp'), { ordered: true })),
    });
  const store = <const Name extends string>(name: Name, o0: string) =>
    row(`${name}${tail}`, `${size} 001000 1 0 0 11111 ${o0} 11111 Rn:5 Rt:5`, {
      syntax: `${name}${suffix} {${letter}t}, [{Xn|sp}{zero}]`,
      does: (e, o) => e.store(bits, e.x(64, o.r.Rn, 'sp'), value(e, o.r.Rt), { ordered: true }),
    });
  const loadExclusive = <const Name extends string>(name: Name, o0: string) =>
    row(`${name}${tail}`, `${size} 001000 0 1 0 11111 ${o0} 11111 Rn:5 Rt:5`, {
      syntax: `${name}${suffix} {${letter}t}, [{Xn|sp}{zero}]`,
      does: (e, o) => finishLoad(e, access, o.r.Rt, e.loadExclusive(bits, e.x(64, o.r.Rn, 'sp'), { ordered: o0 === '1' })),
    });
  const storeExclusive = <const Name extends string>(name: Name, o0: string) =>
    row(`${name}${tail}`, `${size} 001000 0 0 0 Rs:5 ${o0} 11111 Rn:5 Rt:5`, {
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

const exclusivePairs = (
  [
    ['10', 'w', 32],
    ['11', 'x', 64],
  ] as const
).flatMap(([size, letter, bits]) =>
  (['0', '1'] as const).flatMap((o0) => {
    const both: AccessBits = bits === 32 ? 64 : 128;
    const a = o0 === '1' ? 'a' : '';
    const l = o0 === '1' ? 'l' : '';
    return [
      row(`ld${a}xp_${letter}`, `${size} 001000 0 1 1 11111 ${o0} Rt2:5 Rn:5 Rt:5`, {
        syntax: `ld${a}xp {${letter.toUpperCase()}t}, {${letter.toUpperCase()}t2}, [{Xn|sp}{zero}]`,
        does: (e, o) => {
          const pair = e.loadExclusive(both, e.x(64, o.r.Rn, 'sp'), { ordered: o0 === '1' });
          const [low, high] = splitPair(e, pair, bits);
          e.setX(bits, o.r.Rt, low);
          e.setX(bits, o.r.Rt2, high);
        },
      }),
      row(`st${l}xp_${letter}`, `${size} 001000 0 0 1 Rs:5 ${o0} Rt2:5 Rn:5 Rt:5`, {
        syntax: `st${l}xp {Ws}, {${letter.toUpperCase()}t}, {${letter.toUpperCase()}t2}, [{Xn|sp}{zero}]`,
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

const combines = [
  ['add', '0000', (e, old, v) => e.add(old, v)],
  ['clr', '0001', (e, old, v) => e.and(old, e.not(v))],
  ['eor', '0010', (e, old, v) => e.xor(old, v)],
  ['set', '0011', (e, old, v) => e.or(old, v)],
  ['smax', '0100', (e, old, v, bits) => e.select(e.ltS(comparable(e, old, bits), comparable(e, v, bits)), v, old)],
  ['smin', '0101', (e, old, v, bits) => e.select(e.ltS(comparable(e, v, bits), comparable(e, old, bits)), v, old)],
  ['umax', '0110', (e, old, v, bits) => e.select(e.ltU(old, narrow(e, v, bits)), v, old)],
  ['umin', '0111', (e, old, v, bits) => e.select(e.ltU(narrow(e, v, bits), old), v, old)],
] as const satisfies readonly (readonly [string, string, Combine])[];
const orders = [
  ['', '00'],
  ['l', '01'],
  ['a', '10'],
  ['al', '11'],
] as const;

const atomics = sizes.flatMap(({ size, tail, suffix, letter, bits }) =>
  orders.flatMap(([order, AR]) => {
    const width = bits === 64 ? 64 : 32;
    const [A, Rbit] = AR;
    const kind = atomicAccess;
    return [
      ...combines.map(([name, opc, combine]) =>
        row(`ld${name}${order}${tail}`, `${size} 111 0 00 ${A} ${Rbit} 1 Rs:5 ${opc} 00 Rn:5 Rt:5`, {
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
      row(`swp${order}${tail}`, `${size} 111 0 00 ${A} ${Rbit} 1 Rs:5 1000 00 Rn:5 Rt:5`, {
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
      row(`cas${order}${tail}`, `${size} 001000 1 ${A} 1 Rs:5 ${Rbit} 11111 Rn:5 Rt:5`, {
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

function casPairSyntax(name: string, register: string): string {
  return `${name} {${register}s}, {${register}s+1}, {${register}t}, {${register}t+1}, [{Xn|sp}{zero}]`;
}

const casPairs = (
  [
    ['0', 'w', 32],
    ['1', 'x', 64],
  ] as const
).flatMap(([sz, letter, bits]) =>
  orders.map(([order, [A, Rbit]]) =>
    row(`casp${order}_${letter}`, `0 ${sz} 001000 0 ${A} 1 Rs:5 ${Rbit} 11111 Rn:5 Rt:5`, {
      feature: 'lse',
      syntax: casPairSyntax(`casp${order}`, letter.toUpperCase()),
      valid: (f) => (f.Rs & 1) === 0 && (f.Rt & 1) === 0,
      checksRegisters: true,
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

export const memoryRows = [
  ...single,
  ...unprivileged,
  ...prefetches,
  ...literals,
  ...pairRows,
  ...ordered,
  ...exclusivePairs,
  ...atomics,
  ...casPairs,
];
