/** The person's terminal, or whatever stands in for it, as the guest's serial line. */

const ctrlA = 0x01;
/** Input beyond this waits in the pipe until the guest has read. */
const highWater = 64 * 1024;

export class Console {
  /** A person watches: time is paced and keys are passed as they come. */
  readonly interactive: boolean;
  /** No more input will come. */
  ended: boolean;
  /** Ctrl-A x, or nobody reads our output any more. */
  left = false;
  #queue: Uint8Array[] = [];
  #queued = 0;
  #escaped = false;
  #wake: () => void = () => undefined;
  #reading: boolean;

  /** `read`: whether stdin is the guest's input. */
  constructor(read: boolean) {
    this.#reading = read;
    this.ended = !read;
    this.interactive = read && process.stdin.isTTY === true && process.stdout.isTTY === true;
    process.stdout.on('error', this.#outputFailed);
    if (!read) return;
    if (this.interactive) process.stdin.setRawMode(true);
    process.stdin.on('data', this.#data);
    process.stdin.on('end', this.#end);
    process.stdin.on('error', this.#end);
  }

  /** Bytes that came since the last call. */
  take(): Uint8Array | undefined {
    if (this.#queue.length === 0) return undefined;
    const bytes = Buffer.concat(this.#queue);
    this.#queue = [];
    this.#queued = 0;
    if (this.#reading) process.stdin.resume();
    return bytes;
  }

  get pending(): boolean {
    return this.#queue.length > 0;
  }

  /** Comes back when there is input or it ends, or after `ms`. */
  wait(ms: number): Promise<void> {
    if (this.#queue.length > 0 || this.ended || this.left) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = ms === Infinity ? undefined : setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** Lets input arrive, and waits until what was printed has gone: a guest that floods the line does not fill our memory. */
  async settle(): Promise<void> {
    if (process.stdout.writableNeedDrain && !this.left)
      await new Promise<void>((resolve) => {
        const done = () => {
          process.stdout.off('drain', done).off('error', done);
          resolve();
        };
        process.stdout.on('drain', done).on('error', done);
      });
    else await new Promise((resolve) => setImmediate(resolve));
  }

  print(bytes: Uint8Array): void {
    if (!this.left) process.stdout.write(bytes);
  }

  close(): void {
    process.stdout.off('error', this.#outputFailed);
    if (!this.#reading) return;
    if (this.interactive) process.stdin.setRawMode(false);
    process.stdin.off('data', this.#data).off('end', this.#end).off('error', this.#end);
    // A paused stdin does not keep the process alive.
    process.stdin.pause();
  }

  #data = (bytes: Buffer): void => {
    const passed = this.interactive ? this.#filter(bytes) : bytes;
    if (passed.length > 0) this.#queue.push(passed);
    this.#queued += passed.length;
    if (this.#queued > highWater) process.stdin.pause();
    this.#wake();
  };

  #end = (): void => {
    this.ended = true;
    this.#wake();
  };

  #outputFailed = (): void => {
    this.left = true;
    this.#wake();
  };

  /** Takes Ctrl-A x out of the keys. */
  #filter(bytes: Uint8Array): Uint8Array {
    const passed: number[] = [];
    for (const byte of bytes) {
      if (!this.#escaped && byte === ctrlA) this.#escaped = true;
      else if (!this.#escaped) passed.push(byte);
      else {
        this.#escaped = false;
        if (byte === 0x78 || byte === 0x58) this.left = true;
        else if (byte === ctrlA) passed.push(byte);
      }
    }
    return Uint8Array.from(passed);
  }
}
