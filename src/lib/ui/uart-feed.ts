/** The guest's output on its way to whatever shows it: kept for a view that is opened later, and acknowledged as it is shown. */

/** UART bytes kept for a terminal that is opened later. */
const keepBytes = 1 << 18;
const frameMs = 16;

export type UartListener = (bytes: Uint8Array | 'clear') => void;

export class UartFeed {
  #pieces: Uint8Array[] = [];
  #bytes = 0;
  #listeners: UartListener[] = [];
  #unacknowledged = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #taken: (bytes: number) => void;

  /** `taken` is told how many bytes were shown since it was last told. */
  constructor(taken: (bytes: number) => void) {
    this.#taken = taken;
  }

  push(bytes: Uint8Array): void {
    this.#pieces.push(bytes);
    this.#bytes += bytes.length;
    while (this.#bytes > keepBytes && this.#pieces.length > 1) this.#bytes -= this.#pieces.shift()?.length ?? 0;
    for (const listener of this.#listeners) listener(bytes);
    this.#acknowledge(bytes.length);
  }

  /** Once a frame: what is shown between two frames nobody sees. */
  #acknowledge(bytes: number): void {
    this.#unacknowledged += bytes;
    if (this.#timer !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#taken(this.#unacknowledged);
      this.#unacknowledged = 0;
    }, frameMs);
  }

  clear(): void {
    this.#pieces = [];
    this.#bytes = 0;
    for (const listener of this.#listeners) listener('clear');
  }

  /** The output that is kept. */
  kept(): Uint8Array {
    const all = new Uint8Array(this.#bytes);
    let at = 0;
    for (const piece of this.#pieces) {
      all.set(piece, at);
      at += piece.length;
    }
    return all;
  }

  /** Gives the kept output at once, then everything that follows. Returns the way to unsubscribe. */
  subscribe(listener: UartListener): () => void {
    for (const bytes of this.#pieces) listener(bytes);
    this.#listeners.push(listener);
    return () => (this.#listeners = this.#listeners.filter((l) => l !== listener));
  }
}
