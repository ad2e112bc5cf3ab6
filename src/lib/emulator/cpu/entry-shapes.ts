import { candidatesOf, type Row } from '../../arm64/index.ts';

/** Shapes that are remembered at their hashes' places: a kernel's start meets some sixty thousand, most of them often or once. */
const shapeBits = 14;

/**
 * What all words that differ in registers only have in common, as far as it has been met lately: a handler and immediates. Kernels execute hundreds of
 * thousands of instructions once, and taking one apart takes ten times as long as looking it up here. `T`: what is remembered of each beside its immediates.
 */
export class EntryShapes<T> {
  readonly #keys = new Uint32Array(1 << shapeBits);
  readonly #rows = new Array<Row | undefined>(1 << shapeBits).fill(undefined);
  readonly values = new Array<T | undefined>(1 << shapeBits).fill(undefined);
  /** The two immediates of each place, as low and high halves. */
  readonly immediates = new Uint32Array(4 << shapeBits);

  /** The place of a word's shape; -1 when it is not known. */
  find(word: number): number {
    for (const { mask, value, shape, row } of candidatesOf(word)) {
      if ((word & mask) >>> 0 !== value) continue;
      const key = (word & shape) >>> 0;
      const place = placeOf(key);
      if (this.#keys[place] === key && this.#rows[place] === row) return place;
    }
    return -1;
  }

  /** Remembers the shape of a row's word; gives its place. */
  learn(word: number, row: Row, value: T, imm: bigint, imm2: bigint): number {
    const key = (word & row.shape) >>> 0;
    const place = placeOf(key);
    this.#keys[place] = key;
    this.#rows[place] = row;
    this.values[place] = value;
    const { immediates } = this;
    immediates[4 * place] = low(imm);
    immediates[4 * place + 1] = low(imm >> 32n);
    immediates[4 * place + 2] = low(imm2);
    immediates[4 * place + 3] = low(imm2 >> 32n);
    return place;
  }
}

function placeOf(key: number): number {
  return Math.imul(key, 0x9e37_79b1) >>> (32 - shapeBits);
}

/** The low half, of negative ones too. */
function low(value: bigint): number {
  return Number(BigInt.asUintN(32, value));
}
