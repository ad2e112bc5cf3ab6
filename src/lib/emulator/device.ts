/**
 * What a device is to the bus, and what the board is to a device. A device knows its registers, its interrupt
 * lines and virtual time; it knows nothing of the CPU, of other devices or of the page.
 */
export type AccessBytes = 1 | 2 | 4 | 8;

/** One named register, or an array of them, for the bus, for debug views and for fuzzers. */
export type Register = {
  name: string;
  /** Byte offset in the device's window. */
  at: number;
  /** Length of an array of registers that lie 4 bytes apart from `at`; the callbacks get the index. Absent: one register. */
  count?: number;
  /** Reads without the side effects of a bus read (popping a FIFO), for views; defaults to `read`. */
  peek?: (index: number) => number;
  /** Absent: reads as zero. */
  read?: (index: number) => number;
  /**
   * Absent: writes are ignored. `value` is shifted to its place in the register and zero elsewhere; `lanes` has ones in the
   * bits that the access covers (all 32 for a word).
   */
  write?: (value: number, index: number, lanes: number) => void;
};

export interface Device {
  readonly name: string;
  /** Guest physical address and length of the register window. */
  readonly base: number;
  readonly size: number;
  readonly registers: readonly Register[];
  /**
   * Whether the device answers an access of this place and size at all; when not, the bus reports an external abort. Absent: every
   * naturally aligned access is answered.
   */
  accepts?(offset: number, bytes: AccessBytes, write: boolean): boolean;
  /** `offset` is within the window; values are zero-extended; 8-byte accesses arrive as two of 4, low first. */
  read(offset: number, bytes: 1 | 2 | 4): number;
  write(offset: number, value: number, bytes: 1 | 2 | 4): void;
  reset(): void;
  /** Plain data (structured-clonable, JSON with typed arrays), versioned by the snapshot that holds it. */
  save(): unknown;
  /** Takes what {@link save} gave. Does not drive lines or schedule events of others: every device restores its own. */
  restore(state: unknown): void;
}

/** A level-sensitive wire into the interrupt controller. */
export interface InterruptLine {
  set(level: boolean): void;
}

/**
 * Virtual time. One instruction takes one nanosecond; WFI jumps to the next event. Time is a function of the run's
 * history alone, never of the host's clock.
 */
export interface VirtualClock {
  /** Nanoseconds since power-on; exact in a double up to 2^53 (104 days). */
  now(): number;
  /** Calls back when `now()` first reaches `at`, between two instructions. Gives a handle for {@link cancel}. */
  schedule(at: number, callback: () => void): number;
  cancel(handle: number): void;
}

/** Guest RAM as a device that masters the bus sees it. Addresses are physical; false or undefined: not all of it is RAM. */
export interface GuestMemory {
  load(address: number, length: number): Uint8Array | undefined;
  store(address: number, bytes: Uint8Array): boolean;
}
