/** Uses of a page of RAM, as bits. Read and write are those of TlbFlags. */
export const PageUses = { read: 1, write: 2, execute: 4 } as const;

/** Somebody who wants to know which pages are used; see {@link PageUse.subscribe}. */
export type PageUseReader = {
  /**
   * Calls back for every page of RAM (numbered from its start) that was used since the last call, with its {@link PageUses}, and begins
   * anew. Not within a run of a CPU.
   */
  take(visit: (page: number, uses: number) => void): void;
  close(): void;
};

/**
 * Which pages of RAM are read, written and executed. Nobody asks: nothing is noted, and nothing costs anything. Otherwise a page's TLB entries
 * are kept from compiled code's fast path until the page has been used once in that way, so that the first use in an interval comes by the
 * slow path, which notes it; all later ones are fast. Translations, and so what the guest sees, are the same with and without.
 *
 * Pages are noted before they are used, so a page whose use was cut short by a fault in another page counts too.
 */
export class PageUse {
  /** Uses that anybody asks for. Compiled code that does not go through the TLB must not be used while this is not 0. */
  observed = 0;
  /** For each page its uses since entries were last rearmed. */
  readonly seen: Uint8Array;
  readonly #readers = new Map<PageUseReader, { uses: number; pending: Uint8Array }>();
  readonly #rearms: (() => void)[] = [];

  constructor(pages: number) {
    this.seen = new Uint8Array(pages);
  }

  /** A TLB, to be told when entries are to be kept from the fast path again. */
  onRearm(rearm: () => void): void {
    this.#rearms.push(rearm);
  }

  subscribe(uses: number): PageUseReader {
    const pending = new Uint8Array(this.seen.length);
    const reader: PageUseReader = {
      take: (visit) => {
        this.#collect();
        const words = new Uint32Array(pending.buffer, 0, pending.length >>> 2);
        for (let word = 0; word < words.length; word++) {
          if (words[word] === 0) continue;
          for (let page = 4 * word; page < 4 * word + 4; page++) if (pending[page] !== 0) visit(page, pending[page]);
        }
        for (let page = 4 * words.length; page < pending.length; page++) if (pending[page] !== 0) visit(page, pending[page]);
        pending.fill(0);
      },
      close: () => {
        this.#readers.delete(reader);
        this.#collect();
      },
    };
    this.#collect();
    this.#readers.set(reader, { uses, pending });
    this.#observe();
    return reader;
  }

  /** Gives what was seen to every reader and begins anew. */
  #collect(): void {
    const { seen } = this;
    for (let page = 0; page < seen.length; page++) {
      if (seen[page] === 0) continue;
      for (const { uses, pending } of this.#readers.values()) pending[page] |= seen[page] & uses;
    }
    seen.fill(0);
    this.#observe();
  }

  #observe(): void {
    this.observed = 0;
    for (const { uses } of this.#readers.values()) this.observed |= uses;
    for (const rearm of this.#rearms) rearm();
  }
}
