import type { AccessBytes, Device } from '../device.ts';

const pageBits = 12;

/**
 * The address space outside RAM. Windows are found by 4 KiB page: one map look-up for most devices, a short scan where several share a page
 * (virtio slots). Devices above 4 GiB and large windows are found by a scan of the few there are.
 *
 * An access that is not naturally aligned, that nothing answers, or that its device refuses gives undefined or false: an external abort.
 */
export class Bus {
  #pages = new Map<number, Device[]>();
  #large: Device[] = [];
  readonly devices: readonly Device[];

  constructor(devices: readonly Device[]) {
    this.devices = devices;
    for (const device of devices) {
      if (device.size > 0x10_0000) {
        this.#large.push(device);
        continue;
      }
      const last = (device.base + device.size - 1) / 2 ** pageBits;
      for (let page = Math.floor(device.base / 2 ** pageBits); page <= last; page++) {
        const sharing = this.#pages.get(page);
        if (sharing) sharing.push(device);
        else this.#pages.set(page, [device]);
      }
    }
  }

  find(address: number): Device | undefined {
    const sharing = this.#pages.get(Math.floor(address / 2 ** pageBits)) ?? this.#large;
    for (const device of sharing) if (address >= device.base && address < device.base + device.size) return device;
    return undefined;
  }

  read(address: number, bytes: AccessBytes): bigint | undefined {
    const device = this.#answering(address, bytes, false);
    if (!device) return undefined;
    const offset = address - device.base;
    if (bytes < 8) return BigInt(device.read(offset, bytes as 1 | 2 | 4) >>> 0);
    const low = device.read(offset, 4) >>> 0;
    return BigInt(low) | (BigInt(device.read(offset + 4, 4) >>> 0) << 32n);
  }

  write(address: number, bytes: AccessBytes, value: bigint): boolean {
    const device = this.#answering(address, bytes, true);
    if (!device) return false;
    const offset = address - device.base;
    if (bytes < 8) {
      device.write(offset, Number(value & ((1n << BigInt(bytes * 8)) - 1n)), bytes as 1 | 2 | 4);
    } else {
      device.write(offset, Number(value & 0xffffffffn), 4);
      device.write(offset + 4, Number((value >> 32n) & 0xffffffffn), 4);
    }
    return true;
  }

  #answering(address: number, bytes: AccessBytes, write: boolean): Device | undefined {
    if (address % bytes !== 0) return undefined;
    const device = this.find(address);
    if (!device || address + bytes > device.base + device.size) return undefined;
    const offset = address - device.base;
    return !device.accepts || device.accepts(offset, bytes, write) ? device : undefined;
  }
}
