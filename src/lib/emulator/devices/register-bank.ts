import type { Register } from '../device.ts';

/**
 * What an access means that does not cover a whole register:
 * - `lanes`: it reads or writes those bytes of the register (GIC);
 * - `word`: the address's low two bits are not decoded, as on APB: the low bytes of the register (PL011);
 * - `exact`: only the register's own address is decoded, elsewhere reads zero; in arrays any address within (PL031, PL061).
 * Each device takes the manner that QEMU's has, so that odd guests see the same.
 */
export type PartialAccess = 'lanes' | 'word' | 'exact';

type Slot = { register: Register; index: number };

const sizeMask = { 1: 0xff, 2: 0xffff, 4: 0xffffffff } as const;

/** Finds registers by offset and applies partial accesses to them. What no register covers reads as zero and ignores writes. */
export class RegisterBank {
  readonly registers: readonly Register[];
  #slots = new Map<number, Slot>();
  #partial: PartialAccess;

  constructor(partial: PartialAccess, registers: readonly Register[]) {
    this.registers = registers;
    this.#partial = partial;
    for (const register of registers)
      for (let index = 0; index < (register.count ?? 1); index++) this.#slots.set((register.at >>> 2) + index, { register, index });
  }

  read(offset: number, bytes: 1 | 2 | 4): number {
    const slot = this.#find(offset);
    if (!slot?.register.read) return 0;
    const value = slot.register.read(slot.index);
    const shift = this.#partial === 'lanes' ? (offset & 3) * 8 : 0;
    return ((value >>> shift) & sizeMask[bytes]) >>> 0;
  }

  write(offset: number, value: number, bytes: 1 | 2 | 4): void {
    const slot = this.#find(offset);
    if (!slot?.register.write) return;
    const shift = this.#partial === 'lanes' ? (offset & 3) * 8 : 0;
    const lanes = (sizeMask[bytes] << shift) >>> 0;
    slot.register.write(((value << shift) & lanes) >>> 0, slot.index, lanes);
  }

  #find(offset: number): Slot | undefined {
    const slot = this.#slots.get(offset >>> 2);
    return this.#partial === 'exact' && (offset & 3) !== 0 && slot?.register.count === undefined ? undefined : slot;
  }
}

/** The eight identification bytes of an Arm PrimeCell, one to a word, from `at` (0xFE0 for most). */
export function identification(at: number, bytes: readonly number[]): Register {
  return { name: 'ID', at, count: bytes.length, read: (index) => bytes[index] };
}
