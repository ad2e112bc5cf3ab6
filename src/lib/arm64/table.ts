import type { Emitter, Width } from './emitter.ts';

/** What an instruction belongs to; a machine says which features it has. */
export type Feature = 'base' | 'lse' | 'crc' | 'fp' | 'simd' | 'crypto';

/** Raw values of an encoding's fields, by the Arm ARM's names. */
export type Fields = Readonly<Record<string, number>>;

export type FieldSpec = { readonly name: string; readonly lsb: number; readonly width: number };

/** An instruction's operands as its meaning gets them. */
export type Operands<V, R> = {
  /** Fields that select behaviour ("variant" fields), plain numbers in every tier. */
  readonly n: Fields;
  /** Register fields, by name. */
  readonly r: Readonly<Record<string, R>>;
  /** Immediates derived at decode time, i64. */
  readonly imm: V;
  readonly imm2: V;
};

/** Gives an immediate from raw fields; negative values are sign-extended. */
export type Immediate = (f: Fields) => bigint;

/** Another spelling of some of a row's encodings. */
export type Alias = {
  /** As in {@link RowSpec.syntax}. */
  readonly syntax: string;
  /** Fields that the spelling fixes. */
  readonly preset: Fields;
  /** Encodings that the spelling can stand for, where its operands alone would allow more. */
  readonly requires?: (f: Fields) => boolean;
  /** Whether a disassembler prefers this spelling; never when absent. */
  readonly preferred?: (f: Fields) => boolean;
};

export type RowSpec = {
  /** Mnemonic and operands; `{...}` names an operand of syntax.ts. */
  syntax: string;
  feature?: Feature;
  imm?: Immediate;
  imm2?: Immediate;
  /** Fields that are neither registers nor variants: they reach `does` only through `imm` and `imm2`. */
  immediates?: readonly string[];
  /** Fields that mean nothing: any value decodes, and an assembler writes zero. */
  ignored?: readonly string[];
  /** False: unallocated, or belongs to another row. */
  valid?: (f: Fields) => boolean;
  /** Whether {@link valid} looks at registers: else words that differ in registers only are the row's, or not, together. */
  checksRegisters?: boolean;
  aliases?: readonly Alias[];
  does: <V, R>(e: Emitter<V, R>, o: Operands<V, R>) => void;
};

export type Row<Name extends string = string> = RowSpec & {
  readonly name: Name;
  readonly feature: Feature;
  readonly mask: number;
  readonly value: number;
  readonly fields: readonly FieldSpec[];
  readonly registers: readonly FieldSpec[];
  readonly variants: readonly FieldSpec[];
  /** All bits that decide whether a word is the row's, and what its variant and immediates are. */
  readonly shape: number;
};

const registerName = /^R[a-z]\d?$/;

/**
 * One instruction: its pattern from bit 31 down (`0`, `1` and `NAME:WIDTH`, width 1 when left out), its spelling and its meaning.
 *
 * A field is one of three things. Named like a register (`Rd`, `Rt2`; vector registers too), it is an operand `o.r.Rd`. Listed in
 * `immediates`, it reaches `does` through `imm` and `imm2`. Otherwise it is a variant: a number `o.n.sf`, for each value of which
 * an interpreter has a handler of its own; so what has many values should be an immediate.
 *
 * Syntax is text with operands in braces, which operands.ts lists: `add {Rd|sp}, {Rn|sp}, {addimm}`,
 * `ld2 {Vt.T*2}, [{Xn|sp}]{list2}`. Spaces may be left out when reading. To add instructions, put rows into a
 * rows-*.ts file and its array into the list in decode.ts: encoder, decoder, assembler, disassembler, evaluator and the differential tests then
 * have them.
 */
export function row<const Name extends string>(name: Name, pattern: string, spec: RowSpec): Row<Name> {
  let at = 32;
  let mask = 0;
  let value = 0;
  const fields: FieldSpec[] = [];
  for (const token of pattern.trim().split(/\s+/)) {
    if (/^[01]+$/.test(token)) {
      for (const bit of token) {
        at--;
        mask |= 1 << at;
        if (bit === '1') value |= 1 << at;
      }
      continue;
    }
    const [field, width = '1'] = token.split(':');
    at -= Number(width);
    fields.push({ name: field, lsb: at, width: Number(width) });
  }
  if (at !== 0) throw new Error(`${name}: the pattern has ${32 - at} bits`);
  const immediates = new Set([...(spec.immediates ?? []), ...(spec.ignored ?? [])]);
  for (const i of immediates) if (!fields.some((f) => f.name === i)) throw new Error(`${name}: no field ${i}`);
  const registers = fields.filter((f) => registerName.test(f.name));
  const free = spec.checksRegisters ? 0 : registers.reduce((bits, { lsb, width }) => bits | (((1 << width) - 1) << lsb), 0);
  return {
    ...spec,
    name,
    feature: spec.feature ?? 'base',
    mask: mask >>> 0,
    value: value >>> 0,
    fields,
    registers,
    variants: fields.filter((f) => !registerName.test(f.name) && !immediates.has(f.name)),
    shape: ~free >>> 0,
  };
}

export function fieldsOf(r: Row, word: number): Record<string, number> {
  const fields: Record<string, number> = {};
  for (const { name, lsb, width } of r.fields) fields[name] = (word >>> lsb) & ((1 << width) - 1);
  return fields;
}

/** 32 or 64 by an sf bit. */
export function widthOf(sf: number): Width {
  return sf ? 64 : 32;
}

export function signed(value: number, bits: number): bigint {
  return BigInt.asIntN(bits, BigInt(value));
}

/** An i64 immediate in the type of a register of that width. */
export function sized<V, R>(e: Emitter<V, R>, sf: number, imm: V): V {
  return sf ? imm : e.wrap(imm);
}
