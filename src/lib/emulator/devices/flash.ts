import type { Device, Register } from '../device.ts';

/** One bank: two 16-bit parts side by side, 256 blocks of 256 KiB. */
const blockSize = 0x4_0000;
const ready = 0x80;
/** Manufacturer and device of "read identifier": Intel 28F128J3. */
const identifier = [0x89, 0x18] as const;

/** Commands of the Intel extended command set (JEDEC JEP137, command set 1). */
const Command = {
  program: 0x40,
  programAlternate: 0x10,
  erase: 0x20,
  clearStatus: 0x50,
  lock: 0x60,
  readStatus: 0x70,
  readIdentifier: 0x90,
  query: 0x98,
  confirm: 0xd0,
  bufferedProgram: 0xe8,
  readArray: 0xff,
} as const;

/** The CFI query table by word (JESD68.01): "QRY", command set 1, voltages, timings, geometry, and the Intel extension "PRI". */
const queryTable: ReadonlyMap<number, number> = new Map(
  Object.entries({
    0x10: 0x51, 0x11: 0x52, 0x12: 0x59, 0x13: 0x01, 0x15: 0x31,
    0x1b: 0x45, 0x1c: 0x55, 0x1f: 0x07, 0x20: 0x07, 0x21: 0x0a, 0x23: 0x04, 0x24: 0x04, 0x25: 0x04,
    0x27: 0x19, 0x28: 0x02, 0x2a: 0x0b, 0x2c: 0x01, 0x2d: 0xff, 0x30: 0x02,
    0x31: 0x50, 0x32: 0x52, 0x33: 0x49, 0x34: 0x31, 0x35: 0x30, 0x3f: 0x01,
  }).map(([word, value]) => [Number(word), value]),
); // prettier-ignore

type FlashState = {
  mode: number;
  /** Bus cycles of the current command that have passed. */
  cycle: number;
  remaining: number;
  status: number;
  blocks: [number, Uint8Array][];
};

/**
 * Parallel NOR flash with CFI and the Intel command set, as the virt board has two of 64 MiB at address 0. Without a firmware image it
 * holds zeros, as QEMU's does; blocks that were never written cost nothing.
 */
export class Flash implements Device {
  readonly name: string;
  readonly base: number;
  readonly size: number;
  readonly registers: readonly Register[] = [{ name: 'STATUS', at: 0, peek: () => this.#s.status, read: () => this.read(0, 4) }];
  #s: Omit<FlashState, 'blocks'> = resetState();
  #blocks = new Map<number, Uint8Array>();

  constructor(base: number, size: number, number: number) {
    this.base = base;
    this.size = size;
    this.name = `flash.${number}`;
  }

  read(offset: number, bytes: 1 | 2 | 4): number {
    const word = (offset & (blockSize - 1)) >>> 2;
    switch (this.#s.mode) {
      case Command.readArray:
        return this.#load(offset, bytes);
      case Command.readIdentifier:
        return bothParts(identifier[word & 0xff] ?? 0, bytes);
      case Command.query:
        return bothParts(queryTable.get(word) ?? 0, bytes);
      default:
        return bothParts(this.#s.status, bytes);
    }
  }

  write(offset: number, value: number, bytes: 1 | 2 | 4): void {
    const s = this.#s;
    if (s.cycle === 0) this.#command(offset, value & 0xff);
    else if (s.mode === Command.program || s.mode === Command.programAlternate) this.#finish(() => this.#store(offset, value, bytes));
    else if (s.mode === Command.bufferedProgram) this.#buffered(offset, value, bytes);
    else if ((value & 0xff) === Command.readArray) this.#readArray();
    else if ((value & 0xff) === Command.confirm || s.mode === Command.lock) this.#finish(() => undefined);
    else this.#readArray();
  }

  reset(): void {
    this.#s = resetState();
  }

  save(): FlashState {
    return { ...this.#s, blocks: [...this.#blocks].map(([block, bytes]) => [block, bytes.slice()]) };
  }

  restore({ blocks, ...state }: FlashState): void {
    this.#s = { ...state };
    this.#blocks = new Map(blocks.map(([block, bytes]) => [block, bytes.slice()]));
  }

  #command(offset: number, command: number): void {
    const s = this.#s;
    switch (command) {
      case Command.erase:
        this.#block(offset).fill(0xff);
        s.status |= ready;
        this.#start(command);
        break;
      case Command.bufferedProgram:
        s.status |= ready;
        this.#start(command);
        break;
      case Command.program:
      case Command.programAlternate:
      case Command.lock:
        this.#start(command);
        break;
      case Command.readStatus:
      case Command.readIdentifier:
      case Command.query:
        s.mode = command;
        break;
      case Command.clearStatus:
        s.status = 0;
        this.#readArray();
        break;
      default:
        this.#readArray();
    }
  }

  #start(command: number): void {
    this.#s.mode = command;
    this.#s.cycle = 1;
  }

  #finish(act: () => void): void {
    act();
    this.#s.cycle = 0;
    this.#s.status |= ready;
  }

  #readArray(): void {
    this.#s.mode = Command.readArray;
    this.#s.cycle = 0;
  }

  /** Count less one, that many words, then a confirmation. */
  #buffered(offset: number, value: number, bytes: 1 | 2 | 4): void {
    const s = this.#s;
    if (s.cycle === 1) {
      s.remaining = value & 0xffff;
      s.cycle = 2;
    } else if (s.cycle === 2) {
      this.#store(offset, value, bytes);
      s.status |= ready;
      if (s.remaining-- === 0) s.cycle = 3;
    } else if ((value & 0xff) === Command.confirm) {
      this.#finish(() => undefined);
    } else {
      this.#readArray();
    }
  }

  #load(offset: number, bytes: number): number {
    const block = this.#blocks.get(Math.floor(offset / blockSize));
    if (!block) return 0;
    let value = 0;
    for (let i = 0; i < bytes; i++) value |= block[(offset % blockSize) + i] << (8 * i);
    return value >>> 0;
  }

  #store(offset: number, value: number, bytes: number): void {
    const block = this.#block(offset);
    for (let i = 0; i < bytes; i++) block[(offset % blockSize) + i] = value >>> (8 * i);
  }

  #block(offset: number): Uint8Array {
    const number = Math.floor(offset / blockSize);
    const block = this.#blocks.get(number) ?? new Uint8Array(blockSize);
    this.#blocks.set(number, block);
    return block;
  }
}

function resetState(): Omit<FlashState, 'blocks'> {
  return { mode: Command.readArray, cycle: 0, remaining: 0, status: 0 };
}

/** Each of the two parts gives the same byte, in its half of the word. */
function bothParts(value: number, bytes: 1 | 2 | 4): number {
  return bytes === 4 ? value | (value << 16) : value;
}
