import type { BootImage } from '../board/loader.ts';
import { ByteWriter } from '../byte-writer.ts';
import { ByteReader, Malformed } from './plain-data.ts';

/**
 * RAM in pages of 4 KiB, as what differs from RAM right after loading. A guest's untouched memory, zeros and the image's own bytes cost
 * nothing; the rest is a list of runs (variable-length numbers: pages skipped, pages in the run and whether they are zero) and the pages' bytes.
 */
const pageBytes = 4096;
const pageWords = pageBytes / 4;

/** RAM as the loader leaves it, page by page. */
export class LoadedPages {
  readonly #placements: readonly { start: number; bytes: Uint8Array }[];
  readonly #touched = new Set<number>();

  constructor(boot: BootImage, ramBase: number) {
    this.#placements = boot.placements.map(({ address, bytes }) => ({ start: address - ramBase, bytes }));
    for (const { start, bytes } of this.#placements)
      for (let page = Math.floor(start / pageBytes); page * pageBytes < start + bytes.length; page++) this.#touched.add(page);
  }

  /** A page that the loader wrote to; undefined: zeros. */
  page(number: number): Uint8Array | undefined {
    if (!this.#touched.has(number)) return undefined;
    const page = new Uint8Array(pageBytes);
    const from = number * pageBytes;
    for (const { start, bytes } of this.#placements) {
      const first = Math.max(start, from);
      const last = Math.min(start + bytes.length, from + pageBytes);
      if (first < last) page.set(bytes.subarray(first - start, last - start), first - from);
    }
    return page;
  }
}

export function isZeroPage(words: Uint32Array, page: number): boolean {
  const end = (page + 1) * pageWords;
  for (let i = page * pageWords; i < end; i++) if (words[i] !== 0) return false;
  return true;
}

export function equalPages(words: Uint32Array, page: number, other: Uint8Array): boolean {
  const others = new Uint32Array(other.buffer, other.byteOffset, pageWords);
  const start = page * pageWords;
  for (let i = 0; i < pageWords; i++) if (words[start + i] !== others[i]) return false;
  return true;
}

/** RAM as words; a machine's memory is aligned for that. */
export function wordsOf(ram: Uint8Array): Uint32Array {
  return new Uint32Array(ram.buffer, ram.byteOffset, ram.length / 4);
}

const Kind = { asLoaded: 0, zero: 1, own: 2 } as const;

/** The runs and the contents, for two sections: contents are best deflated by themselves. */
export function writePages(ram: Uint8Array, loaded: LoadedPages): { runs: Uint8Array; contents: Uint8Array } {
  const words = wordsOf(ram);
  const count = ram.length / pageBytes;
  const kindOf = (page: number): number => {
    const base = loaded.page(page);
    if (isZeroPage(words, page)) return base === undefined || base.every((byte) => byte === 0) ? Kind.asLoaded : Kind.zero;
    return base !== undefined && equalPages(words, page, base) ? Kind.asLoaded : Kind.own;
  };
  const runs = new ByteWriter();
  const contents = new ByteWriter();
  let skipped = 0;
  for (let page = 0; page < count;) {
    const kind = kindOf(page);
    const start = page;
    do {
      if (kind === Kind.own) contents.bytes(ram.subarray(page * pageBytes, (page + 1) * pageBytes));
      page++;
    } while (page < count && kindOf(page) === kind);
    if (kind === Kind.asLoaded) {
      skipped = page - start;
      continue;
    }
    runs.varint(skipped);
    runs.varint(2 * (page - start) + (kind === Kind.zero ? 1 : 0));
    skipped = 0;
  }
  return { runs: runs.finish(), contents: contents.finish() };
}

/** Calls `store` for each page that is not as loaded; `bytes` undefined: zeros. Throws {@link Malformed}. */
export function readPages(
  runs: Uint8Array,
  contents: Uint8Array,
  ramBytes: number,
  store: (offset: number, bytes: Uint8Array | undefined) => void,
): void {
  const reader = new ByteReader(runs);
  const pages = new ByteReader(contents);
  let page = 0;
  while (reader.left > 0) {
    page += reader.varint();
    const run = reader.varint();
    const length = Math.floor(run / 2);
    if ((page + length) * pageBytes > ramBytes) throw new Malformed('pages lie beyond the end of memory');
    for (let i = 0; i < length; i++, page++) store(page * pageBytes, run % 2 === 1 ? undefined : pages.bytes(pageBytes));
  }
  pages.end();
}
