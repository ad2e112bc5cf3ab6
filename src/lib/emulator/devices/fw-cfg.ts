import type { AccessBytes, Device, GuestMemory } from '../device.ts';
import { RegisterBank } from './register-bank.ts';

/** Well-known selector keys (QEMU documentation, "QEMU Firmware Configuration (fw_cfg) Device"). */
export const FwCfgKey = { signature: 0x00, id: 0x01, uuid: 0x02, noGraphic: 0x04, cpus: 0x05, directory: 0x19, firstFile: 0x20 } as const;

/** Bits of the control word of a DMA access; its high half selects an item. */
const Dma = { error: 1 << 0, read: 1 << 1, skip: 1 << 2, select: 1 << 3, write: 1 << 4 } as const;
/** Reads of the DMA address register give "QEMU CFG". */
const dmaSignature = [0x51454d55, 0x20434647] as const;
/** Bytes moved at a time, so that a guest's absurd length costs no host memory. */
const dmaChunk = 0x10000;

type FwCfgState = { key: number; position: number; dmaHigh: number };

/**
 * QEMU's firmware configuration device over MMIO: data register at 0, selector at 8, DMA address at 16, all big-endian but for the
 * data register, which gives an item's bytes in order.
 */
export class FwCfg implements Device {
  readonly name = 'fw_cfg';
  readonly size = 0x18;
  readonly base: number;
  #memory: GuestMemory;
  #items = new Map<number, Uint8Array>();
  #s: FwCfgState = { key: 0, position: 0, dmaHigh: 0 };

  readonly registers = new RegisterBank('exact', [
    { name: 'DATA', at: 0x00, peek: () => this.#item()[this.#s.position] ?? 0, read: () => this.#next(4), write: () => undefined },
    { name: 'SELECTOR', at: 0x08, peek: () => this.#s.key, write: (v) => this.#select(swap(v, 2)) },
    { name: 'DMA_HIGH', at: 0x10, read: () => swap(dmaSignature[0], 4), write: (v) => void (this.#s.dmaHigh = swap(v, 4)) },
    { name: 'DMA_LOW', at: 0x14, read: () => swap(dmaSignature[1], 4), write: (v) => this.#transfer(swap(v, 4)) },
  ]).registers;

  /** `files`: by name; listed in the directory in order of name. */
  constructor(base: number, memory: GuestMemory, cpus: number, files: Readonly<Record<string, Uint8Array>>) {
    this.base = base;
    this.#memory = memory;
    this.#items.set(FwCfgKey.signature, ascii('QEMU'));
    this.#items.set(FwCfgKey.id, Uint8Array.of(3, 0, 0, 0)); // traditional and DMA interfaces
    this.#items.set(FwCfgKey.uuid, new Uint8Array(16));
    this.#items.set(FwCfgKey.noGraphic, Uint8Array.of(1, 0));
    this.#items.set(FwCfgKey.cpus, Uint8Array.of(cpus, 0));
    const names = Object.keys(files).sort();
    this.#items.set(FwCfgKey.directory, directory(names.map((name) => ({ name, size: files[name].length }))));
    names.forEach((name, i) => this.#items.set(FwCfgKey.firstFile + i, files[name]));
  }

  accepts(offset: number, bytes: AccessBytes, write: boolean): boolean {
    if (offset < 8) return offset === 0;
    if (offset < 0x10) return offset === 8 && bytes === 2 && write;
    return !write || bytes === 8 || (bytes === 4 && (offset & 3) === 0);
  }

  read(offset: number, bytes: 1 | 2 | 4): number {
    if (offset < 8) return this.#next(bytes);
    if (offset < 0x10) return 0;
    const word = dmaSignature[offset < 0x14 ? 0 : 1];
    return (swap(word, 4) >>> ((offset & 3) * 8)) & (bytes === 4 ? -1 : (1 << (bytes * 8)) - 1);
  }

  write(offset: number, value: number, bytes: 1 | 2 | 4): void {
    if (offset === 8 && bytes === 2) this.#select(swap(value, 2));
    else if (offset === 0x10 && bytes === 4) this.#s.dmaHigh = swap(value, 4);
    else if (offset === 0x14 && bytes === 4) this.#transfer(swap(value, 4));
  }

  reset(): void {
    this.#s = { key: 0, position: 0, dmaHigh: 0 };
  }

  save(): FwCfgState {
    return { ...this.#s };
  }

  restore(state: FwCfgState): void {
    this.#s = { ...state };
  }

  #item(): Uint8Array {
    return this.#items.get(this.#s.key) ?? new Uint8Array(0);
  }

  /** Bit 14 of a key asks to write, bit 15 for architecture-specific items: we have neither. */
  #select(key: number): void {
    this.#s.key = key & ~(1 << 14);
    this.#s.position = 0;
  }

  #next(bytes: number): number {
    const item = this.#item();
    let value = 0;
    for (let i = 0; i < bytes; i++) {
      if (this.#s.position < item.length) value |= item[this.#s.position++] << (8 * i);
    }
    return value >>> 0;
  }

  /** A write of the low half starts the access that the 16-byte descriptor at that address describes. */
  #transfer(low: number): void {
    const at = this.#s.dmaHigh * 2 ** 32 + low;
    this.#s.dmaHigh = 0;
    const descriptor = this.#memory.load(at, 16);
    if (!descriptor) return;
    const view = new DataView(descriptor.buffer, descriptor.byteOffset, 16);
    const control = view.getUint32(0);
    const length = view.getUint32(4);
    const address = view.getUint32(8) * 2 ** 32 + view.getUint32(12);
    if (control & Dma.select) this.#select(control >>> 16);
    let failed = false;
    if (control & Dma.read) failed = !this.#copyOut(address, length);
    else if (control & (Dma.write | Dma.skip)) this.#s.position = Math.min(this.#s.position + length, this.#item().length);
    // No item can be written; the attempt moves on all the same.
    if (!(control & Dma.read) && control & Dma.write && length > 0) failed = true;
    this.#memory.store(at, Uint8Array.of(0, 0, 0, failed ? Dma.error : 0));
  }

  /** Copies from the item to guest memory; past its end come zeros. */
  #copyOut(address: number, length: number): boolean {
    const item = this.#item();
    for (let done = 0; done < length; done += dmaChunk) {
      const chunk = new Uint8Array(Math.min(dmaChunk, length - done));
      const part = item.subarray(this.#s.position, this.#s.position + chunk.length);
      chunk.set(part);
      if (!this.#memory.store(address + done, chunk)) return false;
      this.#s.position += part.length;
    }
    return true;
  }
}

function swap(value: number, bytes: 2 | 4): number {
  if (bytes === 2) return ((value & 0xff) << 8) | ((value >>> 8) & 0xff);
  return ((value << 24) | ((value & 0xff00) << 8) | ((value >>> 8) & 0xff00) | (value >>> 24)) >>> 0;
}

function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (c) => c.charCodeAt(0));
}

/** The file directory: a count, then size, key, two reserved bytes and a name of 56 bytes for each file. */
function directory(files: readonly { name: string; size: number }[]): Uint8Array {
  const bytes = new Uint8Array(4 + 64 * files.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, files.length);
  files.forEach((file, i) => {
    const at = 4 + 64 * i;
    view.setUint32(at, file.size);
    view.setUint16(at + 4, FwCfgKey.firstFile + i);
    bytes.set(ascii(file.name).subarray(0, 55), at + 8);
  });
  return bytes;
}
