import type { Device } from '../device.ts';
import { RegisterBank } from './register-bank.ts';

/**
 * A virtio-mmio transport without a device behind it (Virtio 1.2, 4.2.2): DeviceID 0 tells drivers to leave it. Version 1,
 * as QEMU's default (`force-legacy`) has it. Everything but the first three identification registers reads as zero.
 */
export class EmptyVirtioSlot implements Device {
  readonly name: string;
  readonly size = 0x200;
  readonly base: number;

  readonly #bank = new RegisterBank('exact', [
    { name: 'MagicValue', at: 0x000, read: () => 0x74726976 },
    { name: 'Version', at: 0x004, read: () => 1 },
    { name: 'DeviceID', at: 0x008, read: () => 0 },
    { name: 'VendorID', at: 0x00c, read: () => 0x554d4551 },
  ]);
  readonly registers = this.#bank.registers;

  constructor(base: number, slot: number) {
    this.base = base;
    this.name = `virtio-mmio.${slot}`;
  }

  read(offset: number, bytes: 1 | 2 | 4): number {
    return this.#bank.read(offset, bytes);
  }

  write(): void {
    // No device, nothing to tell it.
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
