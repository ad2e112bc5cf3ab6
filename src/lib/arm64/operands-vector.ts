/** Operands of SIMD and floating-point instructions. */
import { decodeFpImmediate, encodeFpImmediate } from './bits.ts';
import { computed, width, type OperandKind, type OperandReader } from './syntax.ts';
import type { Fields } from './table.ts';

/** A scalar register of one size: `s3`. */
export function scalar(letter: string, field: string): OperandKind {
  return {
    print: (f) => `${letter}${f[field]}`,
    read(r) {
      const match = /^([bhsdq])(\d|[12]\d|3[01])$/.exec(r.word());
      if (!match || match[1] !== letter) return false;
      r.fields[field] = Number(match[2]);
      return true;
    },
  };
}

/** A scalar register of 8 << size bits, or of twice that. */
export function scalarBySize(field: string, doubled: 0 | 1): OperandKind {
  return {
    print: (f) => `${'bhsd'[f.size + doubled]}${f[field]}`,
    read(r) {
      const match = /^([bhsd])(\d|[12]\d|3[01])$/.exec(r.word());
      const size = match ? 'bhsd'.indexOf(match[1]) - doubled : -1;
      if (!match || size < 0 || (r.fields.size ?? size) !== size) return false;
      r.fields.size = size;
      r.fields[field] = Number(match[2]);
      return true;
    },
  };
}

export const scalarByType = ['s', 'd', '', 'h'] as const;

/** A scalar register whose size is in `ftype` (0 single, 1 double, 3 half), or in `sz`, which has single and double only. */
export function scalarOfType(field: string, type: 'ftype' | 'sz' = 'ftype'): OperandKind {
  return {
    print: (f) => `${scalarByType[f[type]]}${f[field]}`,
    read(r) {
      const match = /^([hsd])(\d|[12]\d|3[01])$/.exec(r.word());
      if (!match) return false;
      const value = (scalarByType as readonly string[]).indexOf(match[1]);
      if ((type === 'sz' && value > 1) || !agree(r.fields, { [type]: value })) return false;
      r.fields[field] = Number(match[2]);
      return true;
    },
  };
}

// Vector registers: `{Vd.T}`, `{Vn.16b}`, `{Vt.T*4}` (a list), `{Vt.b[Q:S:size]*2}` (one lane of a list)

type MutableFields = Record<string, number>;

/** How an arrangement such as `4s` follows from fields, and what fields an arrangement asks for. */
type Arrangement = { of(f: Fields): string; fields(text: string): Fields | undefined };

function arrangementBy(names: readonly string[], of: (f: Fields) => number, fields: (at: number) => Fields): Arrangement {
  return {
    of: (f) => names[of(f)],
    fields(text) {
      const at = names.indexOf(text);
      return at < 0 ? undefined : fields(at);
    },
  };
}

/** Arrangements by the name that syntax has for them; any other name is an arrangement itself. */
const arrangements: Readonly<Record<string, Arrangement>> = {
  /** Integer lanes: size and Q. */
  T: arrangementBy(
    ['8b', '16b', '4h', '8h', '2s', '4s', '1d', '2d'],
    (f) => (f.size << 1) | f.Q,
    (at) => ({ size: at >> 1, Q: at & 1 }),
  ),
  /** Bytes: Q. */
  B: arrangementBy(
    ['8b', '16b'],
    (f) => f.Q,
    (at) => ({ Q: at }),
  ),
  /** Halves, words, doublewords: Q. */
  H: arrangementBy(
    ['4h', '8h'],
    (f) => f.Q,
    (at) => ({ Q: at }),
  ),
  S: arrangementBy(
    ['2s', '4s'],
    (f) => f.Q,
    (at) => ({ Q: at }),
  ),
  D: arrangementBy(
    ['1d', '2d'],
    (f) => f.Q,
    (at) => ({ Q: at }),
  ),
  /** Half a register of lanes by size, and a whole one, where Q is fixed. */
  N: arrangementBy(
    ['8b', '4h', '2s', '1d'],
    (f) => f.size,
    (at) => ({ size: at }),
  ),
  W: arrangementBy(
    ['16b', '8h', '4s', '2d'],
    (f) => f.size,
    (at) => ({ size: at }),
  ),
  /** Lanes of twice the size, as many bytes as T has: size and Q. */
  P: arrangementBy(
    ['4h', '8h', '2s', '4s', '1d', '2d'],
    (f) => (f.size << 1) | f.Q,
    (at) => ({ size: at >> 1, Q: at & 1 }),
  ),
  /** Lanes of twice the size, always a whole register. */
  L: arrangementBy(
    ['8h', '4s', '2d', '1q'],
    (f) => f.size,
    (at) => ({ size: at }),
  ),
  /** Floating-point lanes: sz and Q. */
  F: arrangementBy(
    ['2s', '4s', '', '2d'],
    (f) => (f.sz << 1) | f.Q,
    (at) => ({ sz: at >> 1, Q: at & 1 }),
  ),
  /** The two lanes of a scalar pairwise operation. */
  FP: arrangementBySz(['2s', '2d']),
  /** The wide lanes of a conversion between formats, and its narrow ones in the lower and in the upper half. */
  FW: arrangementBySz(['4s', '2d']),
  FN0: arrangementBySz(['4h', '2s']),
  FN1: arrangementBySz(['8h', '4s']),
};

function arrangementBySz(names: readonly string[]): Arrangement {
  return arrangementBy(
    names,
    (f) => f.sz,
    (at) => ({ sz: at }),
  );
}

function arrangementOf(name: string): Arrangement {
  return (
    arrangements[name] ??
    arrangementBy(
      [name],
      () => 0,
      () => ({}),
    )
  );
}

/** Takes values for fields; false when one has another value already. */
function agree(f: MutableFields, wanted: Fields): boolean {
  for (const [name, value] of Object.entries(wanted)) {
    if (f[name] === undefined) f[name] = value;
    else if (f[name] !== value) return false;
  }
  return true;
}

/** A lane number kept in several fields, the highest first: `Q:S:size`. */
type LaneIndex = { name: string; width: number }[];
const indexWidths: Readonly<Record<string, number>> = { size: 2, imm4: 4, lo2: 2, lo3: 3, fl2: 2, fl3: 3 };

function laneIndex(spec: string): LaneIndex {
  return spec.split(':').map((name) => ({ name, width: indexWidths[name] ?? 1 }));
}
function laneOf(index: LaneIndex, f: Fields): number {
  return index.reduce((lane, { name, width }) => (lane << width) | f[name], 0);
}
function readLane<H>(index: LaneIndex, r: OperandReader<H>): boolean {
  if (!r.literal('[')) return false;
  const most = (1 << index.reduce((sum, { width }) => sum + width, 0)) - 1;
  const value = r.constant(0n, BigInt(most), 'lane');
  if (value === undefined) return false;
  let rest = Number(value);
  const wanted: MutableFields = {};
  for (const { name, width } of [...index].reverse()) {
    wanted[name] = rest & ((1 << width) - 1);
    rest >>= width;
  }
  return agree(r.fields, wanted) && r.literal(']');
}

function readVector<H>(r: OperandReader<H>): { n: number; arrangement: string } | undefined {
  const match = /^v(\d|[12]\d|3[01])\.(\w+)$/.exec(r.word());
  return match ? { n: Number(match[1]), arrangement: match[2] } : undefined;
}

/** Consecutive registers in braces, with a comma between two and a hyphen between the ends of more, as objdump has it. */
function listText(first: number, count: number, arrangement: string): string {
  const name = (i: number) => `v${(first + i) & 31}.${arrangement}`;
  if (count > 2 && first + count <= 32) return `{${name(0)}-${name(count - 1)}}`;
  return `{${Array.from({ length: count }, (_, i) => name(i)).join(', ')}}`;
}

function readList<H>(r: OperandReader<H>, count: number): { n: number; arrangement: string } | undefined {
  if (!r.literal('{')) return undefined;
  const first = readVector(r);
  if (!first) return undefined;
  const follows = (by: number): boolean => {
    const next = readVector(r);
    return next !== undefined && next.arrangement === first.arrangement && next.n === ((first.n + by) & 31);
  };
  r.skipSpace();
  if (r.text[r.at] === '-') {
    r.at++;
    if (first.n + count > 32 || !follows(count - 1)) return r.complain(`${count} registers that follow each other are needed`);
  } else
    for (let i = 1; i < count; i++)
      if (!r.literal(',') || !follows(i)) return r.complain(`${count} registers that follow each other are needed`);
  return r.literal('}') ? first : undefined;
}

const vectorName = /^V([dnmat])(15)?(=Vm)?(?:\.(\w+))(?:\[([\w:]+)\])?(?:\*([1-4]))?$/;

/** The operand of a name such as `Vd.T`; undefined when it is none. `Vm15.h` is one of v0 to v15, `Vn=Vm.B` fills Rm in too. */
export function vectorOperand(name: string): OperandKind | undefined {
  const match = vectorName.exec(name);
  if (!match) return undefined;
  const [, letter, fifteen, isTwice, shape, indexFields, listLength] = match;
  const field = `R${letter}`;
  const arrangement = arrangementOf(shape);
  const index = indexFields ? laneIndex(indexFields) : undefined;
  const count = listLength ? Number(listLength) : 0;
  return {
    print(f) {
      const text = count ? listText(f[field], count, arrangement.of(f)) : `v${f[field]}.${arrangement.of(f)}`;
      return index ? `${text}[${laneOf(index, f)}]` : text;
    },
    read(r) {
      const found = count ? readList(r, count) : readVector(r);
      const wanted = found && arrangement.fields(found.arrangement);
      if (!found || !wanted || !agree(r.fields, wanted)) return false;
      if (fifteen && found.n > 15) return r.refuse('only registers v0 to v15 can be named here');
      r.fields[field] = found.n;
      if (isTwice) r.fields.Rm = found.n;
      return index ? readLane(index, r) : true;
    },
  };
}

/** `, #32` after an address: the bytes that the instruction moves, in the only amount that is allowed. */
export function movedBytes(bytes: (f: Fields) => number): OperandKind {
  return {
    print: (f) => `, #${bytes(f)}`,
    read(r) {
      if (!r.literal(',')) return false;
      const most = BigInt(bytes(r.fields));
      return r.constant(most, most, 'offset') !== undefined;
    },
  };
}

/** Text of a floating-point constant as objdump gives it: sixteen decimal places, exponent. */
export function fpText(bits: bigint, width: 16 | 32 | 64): string {
  const fraction = { 16: 10, 32: 23, 64: 52 }[width];
  const bias = { 16: 15, 32: 127, 64: 1023 }[width];
  const exponentMask = (1n << BigInt(width - 1 - fraction)) - 1n;
  const exponent = Number((bits >> BigInt(fraction)) & exponentMask) - bias;
  const mantissa = Number(bits & ((1n << BigInt(fraction)) - 1n)) / 2 ** fraction;
  const value = (1 + mantissa) * 2 ** exponent * (bits >> BigInt(width - 1) ? -1 : 1);
  return value.toExponential(18).replace(/e([+-])(\d)$/, 'e$10$2');
}

export function parseFp(text: string, width: 16 | 32 | 64): bigint | undefined {
  if (!/^[+-]?(\d+\.?\d*(e[+-]?\d+)?|\.\d+(e[+-]?\d+)?)$/i.test(text)) return undefined;
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, Number(text));
  const double = view.getBigUint64(0);
  const imm8 = encodeFpImmediate(double, 64);
  return imm8 === undefined ? undefined : decodeFpImmediate(imm8, width);
}

/** 8-bit floating-point constant of FMOV (scalar). */
export const fpImmediate: OperandKind = {
  print: (f) => `#${fpText(decodeFpImmediate(f.imm8, 64), 64)}`,
  read(r) {
    const bits = parseFp(r.expressionText(), 64);
    if (bits === undefined) return r.refuse('not a constant that FMOV can hold');
    r.fields.imm8 = encodeFpImmediate(bits, 64) ?? 0;
    return true;
  },
};

/** Fraction bits of fixed-point conversions: 64 - scale. */
export const fractionBits = computed(
  (f) => 64 - f.scale,
  (v, f) => (f.scale = 64 - v),
  (f) => width(f),
  1,
);

/** Fraction bits of fixed-point conversions in SIMD registers: the element's width less the field. */
export function elementFractionBits(field: 'imm5' | 'imm6'): OperandKind {
  const bits = field === 'imm5' ? 32 : 64;
  return computed(
    (f) => bits - f[field],
    (v, f) => (f[field] = bits - v),
    () => bits,
    1,
  );
}

/** `#0.0` of comparisons with zero. */
export const fpZero: OperandKind = {
  print: () => '#0.0',
  read: (r) => /^\+?0(\.0*)?$/.test(r.expressionText()) || r.refuse('only a comparison with 0.0 exists'),
};
