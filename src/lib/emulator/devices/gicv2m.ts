import type { Device, InterruptLine } from '../device.ts';
import { RegisterBank } from './register-bank.ts';

/**
 * GICv2m frame (Arm Server Base System Architecture, appendix E): a doorbell that turns message-signalled interrupts into edges of SPIs.
 * Word accesses only.
 */
export class Gicv2m implements Device {
  readonly name = 'gicv2m';
  readonly size = 0x1000;
  readonly base: number;
  #lines: readonly InterruptLine[];
  #bank: RegisterBank;
  readonly registers;

  /** `first`: interrupt number of the first SPI, `lines` the SPIs from there. */
  constructor(base: number, first: number, lines: readonly InterruptLine[]) {
    this.base = base;
    this.#lines = lines;
    const productId = 0x51; // 'Q', as QEMU's frame says
    this.#bank = new RegisterBank('exact', [
      { name: 'MSI_TYPER', at: 0x008, read: () => (first << 16) | lines.length },
      { name: 'MSI_SETSPI_NS', at: 0x040, write: (v) => this.#ring((v & 0x3ff) - first) },
      { name: 'MSI_IIDR', at: 0xfcc, read: () => productId << 20 },
    ]);
    this.registers = this.#bank.registers;
  }

  read(offset: number, bytes: 1 | 2 | 4): number {
    return bytes === 4 ? this.#bank.read(offset, bytes) : 0;
  }

  write(offset: number, value: number, bytes: 1 | 2 | 4): void {
    if (bytes === 4) this.#bank.write(offset, value, bytes);
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

  #ring(index: number): void {
    const line = this.#lines[index];
    line?.set(true);
    line?.set(false);
  }
}
