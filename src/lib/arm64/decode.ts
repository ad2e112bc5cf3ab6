import { branchRows } from './rows-branch.ts';
import { cryptoRows } from './rows-crypto.ts';
import { fpRows } from './rows-fp.ts';
import { integerRows } from './rows-integer.ts';
import { memoryRows } from './rows-memory.ts';
import { simdFpConvertRows } from './rows-simd-fp-convert.ts';
import { simdFpRows } from './rows-simd-fp.ts';
import { simdRows } from './rows-simd.ts';
import { structureRows } from './rows-structure.ts';
import { fieldsOf, type FieldSpec, type Fields, type Row } from './table.ts';

const table = [
  ...integerRows,
  ...branchRows,
  ...memoryRows,
  ...structureRows,
  ...fpRows,
  ...simdFpRows,
  ...simdFpConvertRows,
  ...cryptoRows,
  ...simdRows,
];

export type RowName = (typeof table)[number]['name'];

/** All rows. The order means nothing: no word matches two of them. */
export const rows: readonly Row<RowName>[] = table;

export const rowsByName: ReadonlyMap<string, Row> = new Map(rows.map((r) => [r.name, r]));
if (rowsByName.size !== rows.length) {
  const seen = new Set<string>();
  for (const r of rows) {
    if (seen.has(r.name)) throw new Error(`two rows are called ${r.name}`);
    seen.add(r.name);
  }
}

/** An instruction word taken apart. */
export type Decoded = {
  row: Row;
  word: number;
  fields: Fields;
  /** Derived immediates, signed or unsigned as the row gives them; 0n where it has none. */
  imm: bigint;
  imm2: bigint;
  /** The same for all words of the row with equal variant fields: a handler's identity. */
  variant: number;
};

/** What a word is compared with; objects of one shape for engines, which rows are not. */
export type Candidate = Pick<Row, 'mask' | 'value' | 'shape'> & { readonly row: Row };

/** Rows by bits 31:21, which tell most of them apart. */
const buckets: Candidate[][] = Array.from({ length: 2048 }, () => []);
for (const r of rows) {
  const free = ~(r.mask >>> 21) & 2047;
  const candidate: Candidate = { mask: r.mask, value: r.value, shape: r.shape, row: r };
  let part = 0;
  do {
    buckets[(r.value >>> 21) | part].push(candidate);
    part = (part - free) & free;
  } while (part !== 0);
}

/** The rows that a word may be of: it is, if it is `value` under `mask` and the row holds its fields for valid. */
export function candidatesOf(word: number): readonly Candidate[] {
  return buckets[word >>> 21];
}

export function rowOf(word: number): { row: Row; fields: Fields } | undefined {
  for (const { mask, value, row: r } of buckets[word >>> 21]) {
    if ((word & mask) >>> 0 !== value) continue;
    const fields = fieldsOf(r, word);
    if (!r.valid || r.valid(fields)) return { row: r, fields };
  }
  return undefined;
}

/** The instruction in a word; undefined when the word is unallocated (or not in the table). */
export function decode(word: number): Decoded | undefined {
  const found = rowOf(word);
  if (!found) return undefined;
  const { row, fields } = found;
  return { row, word: word >>> 0, fields, imm: row.imm?.(fields) ?? 0n, imm2: row.imm2?.(fields) ?? 0n, variant: variantOf(row, fields) };
}

/** Variant fields packed into one number. */
export function variantOf(row: Row, fields: Fields): number {
  let key = 0;
  for (const { name, width } of row.variants) key = (key << width) | fields[name];
  return key;
}

/** The inverse of {@link variantOf}. */
export function variantFields(row: Row, variant: number): Fields {
  const fields: Record<string, number> = {};
  let rest = variant;
  for (const { name, width } of [...row.variants].reverse()) {
    fields[name] = rest & ((1 << width) - 1);
    rest >>>= width;
  }
  return fields;
}

/** Every combination of variant fields that some valid word of the row has. */
export function variantsOf(row: Row): Fields[] {
  const free = row.fields.filter((f) => !row.variants.includes(f));
  const count = 1 << row.variants.reduce((sum, f) => sum + f.width, 0);
  // Rows relate variants to other fields simply enough (bounds, parity, equal bits) that some of these settings is valid for each.
  const settings = settingsOf(free);
  return Array.from({ length: count }, (_, variant) => variantFields(row, variant)).filter((variant) =>
    settings.some((rest) => !row.valid || row.valid({ ...rest, ...variant })),
  );
}

/** All fields zero, all ones, each alone zero or one, or with only its top or low bit set, with the others zero. */
function settingsOf(fields: readonly FieldSpec[]): Fields[] {
  const all = (value: (f: FieldSpec) => number): Record<string, number> => Object.fromEntries(fields.map((f) => [f.name, value(f)]));
  const settings = [all(() => 0), all((f) => 2 ** f.width - 1), all((f) => 2 ** (f.width - 1))];
  for (const f of fields)
    for (const value of [1, 2 ** f.width - 1, 2 ** (f.width - 1)])
      for (const base of settings.slice(0, 2)) settings.push({ ...base, [f.name]: value }, { ...base, [f.name]: 0 });
  return settings;
}

function checked(r: Row, field: FieldSpec, value: number | undefined): number {
  if (value === undefined) throw new Error(`${r.name}: field ${field.name} is missing`);
  if (!Number.isInteger(value) || value < 0 || value >= 1 << field.width)
    throw new Error(`${r.name}: ${field.name}=${value} does not fit ${field.width} bits`);
  return value;
}

/** The word of a row with these fields. Throws when a field is missing or does not fit: that is a bug of the caller. */
export function encodeRow(r: Row, fields: Fields): number {
  let word = r.value;
  for (const field of r.fields) word |= checked(r, field, fields[field.name]) << field.lsb;
  return word >>> 0;
}

/** The word of the row of that name with these fields. Throws as {@link encodeRow} does. */
export function encode(name: RowName, fields: Fields): number {
  const r = rowsByName.get(name);
  if (!r) throw new Error(`there is no row called ${name}`);
  return encodeRow(r, fields);
}
