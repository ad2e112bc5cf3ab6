/** The cryptographic extension: AES, SHA-1, SHA-256 and the polynomial product of 64 bits (Arm ARM C4.1.68, "Cryptographic"). */
import type { Emitter } from './emitter.ts';
import { lanesOf, vectorOf } from './lanes-fp.ts';
import { reverse } from './rows-integer.ts';
import { row, type Operands, type Row } from './table.ts';

/** A constant vector of bytes, the lowest first. */
function bytes<V, R>(e: Emitter<V, R>, values: readonly number[]): V {
  const half = (from: number): V => e.i64(values.slice(from, from + 8).reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n));
  return e.v128(half(0), half(8));
}

const repeated = (byte: number): number[] => new Array<number>(16).fill(byte);

// AES (FIPS 197). Byte r + 4c of a vector is row r and column c of the state.

/** Multiplication by x in GF(2^8) modulo x^8 + x^4 + x^3 + x + 1. */
const timesX = (a: number): number => ((a << 1) ^ (a & 0x80 ? 0x11b : 0)) & 0xff;

/** The S-box: inverse in GF(2^8), then an affine map of its bits. */
function substitution(): { forward: number[]; inverse: number[] } {
  const powers = [1];
  // x + 1 generates the field: its powers are all elements but zero, and inverse powers are inverses.
  for (let i = 1; i < 255; i++) powers.push(timesX(powers[i - 1]) ^ powers[i - 1]);
  const forward = new Array<number>(256).fill(0);
  const affine = (b: number): number => {
    const turned = (by: number): number => ((b << by) | (b >> (8 - by))) & 0xff;
    return b ^ turned(1) ^ turned(2) ^ turned(3) ^ turned(4) ^ 0x63;
  };
  forward[0] = affine(0);
  powers.forEach((power, i) => (forward[power] = affine(powers[(255 - i) % 255])));
  const inverse = new Array<number>(256).fill(0);
  forward.forEach((to, from) => (inverse[to] = from));
  return { forward, inverse };
}
const sbox = substitution();

/** Each byte through a table of 256: of sixteen lookups among sixteen bytes, all but the one for its high nibble give zero. */
function lookUp<V, R>(e: Emitter<V, R>, table: readonly number[], v: V): V {
  const parts = Array.from({ length: 16 }, (_, high) => {
    const index = high === 0 ? v : e.simd('v128.xor', [v, bytes(e, repeated(high << 4))]);
    return e.simd('i8x16.swizzle', [bytes(e, table.slice(16 * high, 16 * high + 16)), index]);
  });
  return parts.reduce((all, part) => e.simd('v128.or', [all, part]));
}

/** Byte k of the result is byte `from(k)`. */
function permuted<V, R>(e: Emitter<V, R>, v: V, from: (k: number) => number): V {
  return e.simd(
    'i8x16.shuffle',
    [v, v],
    Array.from({ length: 16 }, (_, k) => from(k)),
  );
}

/** ShiftRows turns row r left by r columns, its inverse turns it right. */
const shiftedRows = (direction: 1 | -1) => (k: number) => ((k & 3) + 4 * ((k >> 2) + direction * (k & 3))) & 15;

const columnByte = (by: number) => (k: number) => (k & ~3) | ((k + by) & 3);

/** All bytes times x. */
function doubled<V, R>(e: Emitter<V, R>, v: V): V {
  const carries = e.simd('i8x16.shr_s', [v, e.i32(7)]);
  const reduction = e.simd('v128.and', [carries, bytes(e, repeated(0x1b))]);
  return e.simd('v128.xor', [e.simd('i8x16.add', [v, v]), reduction]);
}

/** 2a + 3b + c + d for each byte a and those below it in its column: 2(a + b) + b + (c + d). */
function mixColumns<V, R>(e: Emitter<V, R>, v: V): V {
  const xor = (a: V, b: V): V => e.simd('v128.xor', [a, b]);
  const below = permuted(e, v, columnByte(1));
  const sums = xor(v, below);
  return xor(xor(doubled(e, sums), below), permuted(e, sums, columnByte(2)));
}

/** The inverse matrix is the forward one times one that gives 5a + 4c. */
function inverseMixColumns<V, R>(e: Emitter<V, R>, v: V): V {
  const opposite = e.simd('v128.xor', [v, permuted(e, v, columnByte(2))]);
  return mixColumns(e, e.simd('v128.xor', [v, doubled(e, doubled(e, opposite))]));
}

type AesStep = <V, R>(e: Emitter<V, R>, o: Operands<V, R>) => V;

/** The key is added first. */
const keyed =
  (table: readonly number[], direction: 1 | -1): AesStep =>
  (e, o) =>
    lookUp(e, table, permuted(e, e.simd('v128.xor', [e.v(o.r.Rd), e.v(o.r.Rn)]), shiftedRows(direction)));

const aes: Row[] = (
  [
    ['aese', '00100', keyed(sbox.forward, 1)],
    ['aesd', '00101', keyed(sbox.inverse, -1)],
    ['aesmc', '00110', (e, o) => mixColumns(e, e.v(o.r.Rn))],
    ['aesimc', '00111', (e, o) => inverseMixColumns(e, e.v(o.r.Rn))],
  ] as readonly (readonly [string, string, AesStep])[]
).map(([name, opcode, step]) =>
  row(name, `01001110 00 10100 ${opcode} 10 Rn:5 Rd:5`, {
    feature: 'crypto',
    syntax: `${name} {Vd.16b}, {Vn.16b}`,
    does: (e, o) => {
      e.checkFpEnabled();
      e.setV(o.r.Rd, step(e, o));
    },
  }),
);

// SHA-1 and SHA-256 (FIPS 180-4). Four words a vector, the first the lowest.

const rol = <V, R>(e: Emitter<V, R>, v: V, by: number): V => e.rotr(v, e.i32(32 - by));
const words = <V, R>(e: Emitter<V, R>, reg: R): V[] => lanesOf(e, e.v(reg), 32, 4);
const sum = <V, R>(e: Emitter<V, R>, ...terms: V[]): V => terms.reduce((a, b) => e.add(a, b));
const difference = <V, R>(e: Emitter<V, R>, ...terms: V[]): V => terms.reduce((a, b) => e.xor(a, b));

type Mixing = <V, R>(e: Emitter<V, R>, x: V, y: V, z: V) => V;
const choose: Mixing = (e, x, y, z) => e.xor(e.and(e.xor(y, z), x), z);
const parity: Mixing = (e, x, y, z) => difference(e, x, y, z);
const majority: Mixing = (e, x, y, z) => e.or(e.and(x, y), e.and(e.or(x, y), z));

/** Four rounds of SHA-1. */
function sha1Rounds<V, R>(e: Emitter<V, R>, o: Operands<V, R>, mixing: Mixing): V {
  let [a, b, c, d] = words(e, o.r.Rd);
  let last = e.fp(32, o.r.Rn);
  for (const word of words(e, o.r.Rm)) {
    const next = sum(e, last, rol(e, a, 5), mixing(e, b, c, d), word);
    [a, b, c, d, last] = [next, a, rol(e, b, 30), c, d];
  }
  return vectorOf(e, [a, b, c, d], 32);
}

/** Four rounds of SHA-256 on x = abcd and y = efgh. */
function sha256Rounds<V, R>(e: Emitter<V, R>, first: readonly V[], second: readonly V[], schedule: readonly V[]): { x: V[]; y: V[] } {
  let [x, y] = [[...first], [...second]];
  const turned = (v: V, ...by: number[]): V => difference(e, ...by.map((n) => e.rotr(v, e.i32(n))));
  for (const word of schedule) {
    const t = sum(e, y[3], turned(y[0], 6, 11, 25), choose(e, y[0], y[1], y[2]), word);
    const top = sum(e, t, turned(x[0], 2, 13, 22), majority(e, x[0], x[1], x[2]));
    [x, y] = [
      [top, x[0], x[1], x[2]],
      [e.add(t, x[3]), y[0], y[1], y[2]],
    ];
  }
  return { x, y };
}

/** The small sigmas of the schedule: two rotations and a shift. */
function sigma<V, R>(e: Emitter<V, R>, v: V, first: number, second: number, shift: number): V {
  return difference(e, e.rotr(v, e.i32(first)), e.rotr(v, e.i32(second)), e.shrU(v, e.i32(shift)));
}

type Sha = { name: string; opcode: string; syntax: string; result: <V, R>(e: Emitter<V, R>, o: Operands<V, R>) => V };

const threeRegisters: readonly Sha[] = [
  ...(
    [
      ['sha1c', '000', choose],
      ['sha1p', '001', parity],
      ['sha1m', '010', majority],
    ] as const
  ).map(([name, opcode, mixing]): Sha => ({ name, opcode, syntax: '{Qd}, {Sn}, {Vm.4s}', result: (e, o) => sha1Rounds(e, o, mixing) })),
  {
    name: 'sha1su0',
    opcode: '011',
    syntax: '{Vd.4s}, {Vn.4s}, {Vm.4s}',
    result: (e, o) => {
      const [d, n, m] = [o.r.Rd, o.r.Rn, o.r.Rm].map((reg) => e.v(reg));
      const moved = e.v128(e.half(d, 1), e.half(n, 0));
      return e.simd('v128.xor', [e.simd('v128.xor', [moved, d]), m]);
    },
  },
  {
    name: 'sha256h',
    opcode: '100',
    syntax: '{Qd}, {Qn}, {Vm.4s}',
    result: (e, o) => vectorOf(e, sha256Rounds(e, words(e, o.r.Rd), words(e, o.r.Rn), words(e, o.r.Rm)).x, 32),
  },
  {
    name: 'sha256h2',
    opcode: '101',
    syntax: '{Qd}, {Qn}, {Vm.4s}',
    result: (e, o) => vectorOf(e, sha256Rounds(e, words(e, o.r.Rn), words(e, o.r.Rd), words(e, o.r.Rm)).y, 32),
  },
  {
    name: 'sha256su1',
    opcode: '110',
    syntax: '{Vd.4s}, {Vn.4s}, {Vm.4s}',
    result: (e, o) => {
      const [d, n, m] = [o.r.Rd, o.r.Rn, o.r.Rm].map((reg) => words(e, reg));
      const following = [n[1], n[2], n[3], m[0]];
      const word = (i: number, earlier: (typeof d)[number]) => sum(e, sigma(e, earlier, 17, 19, 10), d[i], following[i]);
      // The upper two words need the lower two.
      const [w0, w1] = [word(0, m[2]), word(1, m[3])];
      return vectorOf(e, [w0, w1, word(2, w0), word(3, w1)], 32);
    },
  },
];

const twoRegisters: readonly Sha[] = [
  { name: 'sha1h', opcode: '00000', syntax: '{Sd}, {Sn}', result: (e, o) => e.v128(e.extendU(rol(e, e.fp(32, o.r.Rn), 30)), e.i64(0n)) },
  {
    name: 'sha1su1',
    opcode: '00001',
    syntax: '{Vd.4s}, {Vn.4s}',
    result: (e, o) => {
      const [, n1, n2, n3] = words(e, o.r.Rn);
      const t = words(e, o.r.Rd).map((d, i) => (i < 3 ? e.xor(d, [n1, n2, n3][i]) : d));
      const once = t.map((v) => rol(e, v, 1));
      return vectorOf(e, [once[0], once[1], once[2], e.xor(once[3], rol(e, t[0], 2))], 32);
    },
  },
  {
    name: 'sha256su0',
    opcode: '00010',
    syntax: '{Vd.4s}, {Vn.4s}',
    result: (e, o) => {
      const d = words(e, o.r.Rd);
      const following = [d[1], d[2], d[3], lanesOf(e, e.v(o.r.Rn), 32, 1)[0]];
      const results = d.map((v, i) => e.add(v, sigma(e, following[i], 7, 18, 3)));
      return vectorOf(e, results, 32);
    },
  },
];

const sha: Row[] = [
  ...threeRegisters.map((spec) => ({ ...spec, pattern: `01011110 00 0 Rm:5 0 ${spec.opcode} 00 Rn:5 Rd:5` })),
  ...twoRegisters.map((spec) => ({ ...spec, pattern: `01011110 00 10100 ${spec.opcode} 10 Rn:5 Rd:5` })),
].map(({ name, pattern, syntax, result }) =>
  row(name, pattern, {
    feature: 'crypto',
    syntax: `${name} ${syntax}`,
    does: (e, o) => {
      e.checkFpEnabled();
      e.setV(o.r.Rd, result(e, o));
    },
  }),
);

// Polynomials over GF(2)

/** Every fourth bit, from bit 0. */
const everyFourth = 0x1111_1111_1111_1111n;

/**
 * The low 64 bits of a product of polynomials, by integer products of numbers in which only every fourth bit may be set. A bit of such a
 * product is the lowest of four that count at most fifteen ones, so no count runs into the next; only at bits 60 and above there may be
 * sixteen, and they run out at the top.
 */
function polynomialLow<V, R>(e: Emitter<V, R>, a: V, b: V): V {
  const mask = (residue: number): V => e.i64(everyFourth << BigInt(residue));
  const split = (v: V): V[] => [0, 1, 2, 3].map((residue) => e.and(v, mask(residue)));
  const [x, y] = [split(a), split(b)];
  const parts = [0, 1, 2, 3].map((residue) => {
    const products = x.map((part, i) => e.mul(part, y[(residue - i) & 3]));
    return e.and(difference(e, ...products), mask(residue));
  });
  return parts.reduce((all, part) => e.or(all, part));
}

/** PMULL of doublewords. The upper half of a product is the lower one of the reversed factors, reversed. */
const polynomialProducts: Row[] = ([0, 1] as const).map((upper) => {
  const suffix = upper ? '2' : '';
  const source = upper ? '2d' : '1d';
  return row(`pmull${suffix}_1q`, `0 ${upper} 0 01110 11 1 Rm:5 1110 00 Rn:5 Rd:5`, {
    feature: 'crypto',
    syntax: `pmull${suffix} {Vd.1q}, {Vn.${source}}, {Vm.${source}}`,
    does: (e, o) => {
      e.checkFpEnabled();
      const [a, b] = [o.r.Rn, o.r.Rm].map((reg) => e.half(e.v(reg), upper));
      const backwards = polynomialLow(e, reverse(e, a, 1, 1, 64), reverse(e, b, 1, 1, 64));
      const high = e.shrU(reverse(e, backwards, 1, 1, 64), e.i64(1n));
      e.setV(o.r.Rd, e.v128(polynomialLow(e, a, b), high));
    },
  });
});

export const cryptoRows = [...aes, ...sha, ...polynomialProducts] as const;
