import type { Device } from '../device.ts';
import { RegisterBank } from './register-bank.ts';

const ones = { 1: 0xff, 2: 0xffff, 4: 0xffffffff } as const;
/** The host bridge is a conventional function: it has the first 256 bytes of its 4 KiB. */
const headerSize = 0x100;

type HostBridgeState = { command: number; cacheLine: number; interruptLine: number; rest: Uint32Array };

/**
 * PCI Express configuration space over ECAM (PCI Express Base 7.2.2) with nothing but the host bridge at 00:00.0, QEMU's 1b36:0008.
 * Functions that are not there read as ones.
 */
export class PcieEcam implements Device {
  readonly name = 'pcie.ecam';
  readonly base: number;
  readonly size: number;
  #s = resetState();

  readonly #header = new RegisterBank('lanes', [
    { name: 'ID', at: 0x00, read: () => 0x0008_1b36 },
    { name: 'COMMAND_STATUS', at: 0x04, read: () => this.#s.command, write: (v, _, lanes) => this.#setCommand(v, lanes) },
    { name: 'CLASS_REVISION', at: 0x08, read: () => 0x0600_0000 },
    {
      name: 'CACHE_LINE',
      at: 0x0c,
      read: () => this.#s.cacheLine,
      write: (v, _, lanes) => lanes & 0xff && void (this.#s.cacheLine = v & 0xff),
    },
    { name: 'SUBSYSTEM', at: 0x2c, read: () => 0x1100_1af4 },
    {
      name: 'INTERRUPT',
      at: 0x3c,
      read: () => this.#s.interruptLine,
      write: (v, _, lanes) => lanes & 0xff && void (this.#s.interruptLine = v & 0xff),
    },
    {
      name: 'DEVICE_SPECIFIC',
      at: 0x40,
      count: 48,
      read: (i) => this.#s.rest[i],
      write: (v, i, lanes) => void (this.#s.rest[i] = (this.#s.rest[i] & ~lanes) | v),
    },
  ]);
  readonly registers = this.#header.registers;

  constructor(base: number, size: number) {
    this.base = base;
    this.size = size;
  }

  read(offset: number, bytes: 1 | 2 | 4): number {
    return offset < headerSize ? this.#header.read(offset, bytes) : ones[bytes];
  }

  write(offset: number, value: number, bytes: 1 | 2 | 4): void {
    if (offset < headerSize) this.#header.write(offset, value, bytes);
  }

  reset(): void {
    this.#s = resetState();
  }

  save(): HostBridgeState {
    return structuredClone(this.#s);
  }

  restore(state: HostBridgeState): void {
    this.#s = structuredClone(state);
  }

  /** I/O, memory and master enables, SERR# and interrupt disable can be set; status bits cannot. */
  #setCommand(value: number, lanes: number): void {
    const writable = lanes & 0x0507;
    this.#s.command = (this.#s.command & ~writable) | (value & writable);
  }
}

/** A window of the host bridge in which no device answers: it reads as ones and ignores writes. */
export class PcieWindow implements Device {
  readonly name: string;
  readonly base: number;
  readonly size: number;
  readonly registers = [];

  constructor(name: string, base: number, size: number) {
    this.name = name;
    this.base = base;
    this.size = size;
  }

  read(_offset: number, bytes: 1 | 2 | 4): number {
    return ones[bytes];
  }

  write(): void {
    // Nobody is there.
  }

  reset(): void {
    // Stateless.
  }

  save(): null {
    return null;
  }

  restore(): void {
    // Stateless.
  }
}

function resetState(): HostBridgeState {
  return { command: 0, cacheLine: 0, interruptLine: 0, rest: new Uint32Array(48) };
}
