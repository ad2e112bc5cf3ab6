import { candidatesOf, type Decoded, type Row } from '../../arm64/index.ts';

/** Numbers of rows with a setting of their variant fields: what has a handler of its own. The same for all machines of a thread. */
const kinds = new Map<Row, Map<number, number>>();
let kindsKnown = 0;

export function kindOf({ row, variant }: Pick<Decoded, 'row' | 'variant'>): number {
  let variants = kinds.get(row);
  if (!variants) kinds.set(row, (variants = new Map()));
  let kind = variants.get(variant);
  if (kind === undefined) variants.set(variant, (kind = kindsKnown++));
  return kind;
}

/** Shapes that are remembered at their hashes' places: a kernel's start meets some sixty thousand, most of them often or once. */
const shapeBits = 14;

const keys = new Uint32Array(1 << shapeBits);
const rows = new Array<Row | undefined>(1 << shapeBits).fill(undefined);
const kindsOfShapes = new Uint16Array(1 << shapeBits);
const immediates = new Uint32Array(4 << shapeBits);

/**
 * What all words that differ in registers only have in common, as far as any machine of this thread has met it lately: a kind and two immediates. Kernels
 * execute hundreds of thousands of instructions once, and taking one apart takes ten times as long as looking it up here.
 */
export const entryShapes = {
  /** The {@link kindOf} what is at a place. */
  kinds: kindsOfShapes,
  /** The two immediates of each place, as low and high halves. */
  immediates,

  /** The place of a word's shape; -1 when it is not known. */
  find(word: number): number {
    for (const { mask, value, shape, row } of candidatesOf(word)) {
      if ((word & mask) >>> 0 !== value) continue;
      const key = (word & shape) >>> 0;
      const place = placeOf(key);
      if (keys[place] === key && rows[place] === row) return place;
    }
    return -1;
  },

  /** Remembers the shape of a word; gives its place. `imm2` is instead of the row's. */
  learn({ word, row, variant, imm }: Decoded, imm2: bigint): number {
    const key = (word & row.shape) >>> 0;
    const place = placeOf(key);
    keys[place] = key;
    rows[place] = row;
    kindsOfShapes[place] = kindOf({ row, variant });
    immediates[4 * place] = low(imm);
    immediates[4 * place + 1] = low(imm >> 32n);
    immediates[4 * place + 2] = low(imm2);
    immediates[4 * place + 3] = low(imm2 >> 32n);
    return place;
  },
};

function placeOf(key: number): number {
  return Math.imul(key, 0x9e37_79b1) >>> (32 - shapeBits);
}

/** The low half, of negative ones too. */
function low(value: bigint): number {
  return Number(BigInt.asUintN(32, value));
}
