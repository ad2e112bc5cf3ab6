import { decode, type Decoded } from '../../arm64/index.ts';

/** Instruction words that were decoded lately, by any machine of this thread, at the place of their hash: the next one is likely to boot much of the same code. */
const wordBits = 13;
const lateWords = new Uint32Array(1 << wordBits);
const lateDecoded = new Array<Decoded | 'undefined' | null>(1 << wordBits).fill(null);

/** {@link decode}, which most words have gone through already. */
export function decodedWord(word: number): Decoded | undefined {
  const place = Math.imul(word, 0x9e37_79b1) >>> (32 - wordBits);
  const late = lateDecoded[place];
  if (late !== null && lateWords[place] === word >>> 0) return late === 'undefined' ? undefined : late;
  const decoded = decode(word);
  lateWords[place] = word;
  lateDecoded[place] = decoded ?? 'undefined';
  return decoded;
}
