import type { Device, GuestMemory, InterruptLine, VirtualClock } from '../device.ts';
import { Flash } from '../devices/flash.ts';
import { FwCfg } from '../devices/fw-cfg.ts';
import { Gicv2 } from '../devices/gicv2.ts';
import { Gicv2m } from '../devices/gicv2m.ts';
import { Gicv3 } from '../devices/gicv3.ts';
import type { CpuSignals, InterruptController } from '../devices/interrupt-controller.ts';
import { PcieEcam, PcieWindow } from '../devices/pcie.ts';
import { Pl011 } from '../devices/pl011.ts';
import { Pl031 } from '../devices/pl031.ts';
import { Pl061 } from '../devices/pl061.ts';
import { EmptyVirtioSlot } from '../devices/virtio-mmio.ts';
import { Bus } from './bus.ts';
import { interruptCount, MemoryMap, Spi } from './memory-map.ts';

/** What the devices need from whoever puts them together. */
export type PeripheralContext = {
  gic: 2 | 3;
  cpus: number;
  /** Seconds since 1970 at power-on. */
  startTime: number;
  clock: VirtualClock;
  memory: GuestMemory;
  /** The CPU that makes the access that is being served. */
  requester: () => number;
  signals: CpuSignals;
  transmit: (byte: number) => void;
};

/** The devices of the virt board, wired to each other. */
export type Peripherals = {
  bus: Bus;
  gic: InterruptController;
  uart: Pl011;
  rtc: Pl031;
  gpio: Pl061;
};

const allOnes = Uint8Array.of(0xff, 0xff, 0xff, 0xff);

export function makePeripherals(context: PeripheralContext): Peripherals {
  const { cpus, clock } = context;
  const size = { cpus, interrupts: interruptCount };
  const gic: InterruptController =
    context.gic === 2
      ? new Gicv2(
          { distributor: MemoryMap.gicDistributor, cpuInterface: MemoryMap.gicCpuInterface },
          size,
          context.requester,
          context.signals,
        )
      : new Gicv3({ distributor: MemoryMap.gicDistributor, redistributors: MemoryMap.gicRedistributor.base }, size, context.signals);
  const spi = (n: number): InterruptLine => gic.sharedLine(n);

  const uart = new Pl011(MemoryMap.uart, spi(Spi.uart), clock, context.transmit);
  const rtc = new Pl031(MemoryMap.rtc, spi(Spi.rtc), clock, context.startTime);
  const gpio = new Pl061(MemoryMap.gpio, spi(Spi.gpio), clock);
  // The files that QEMU gives a guest that it boots directly, less ACPI and SMBIOS tables, which firmware would use.
  const fwCfg = new FwCfg(MemoryMap.fwCfg, context.memory, cpus, { bootorder: new Uint8Array(0), 'etc/boot-fail-wait': allOnes });
  const devices: Device[] = [...gic.devices, uart, rtc, gpio, fwCfg];
  if (context.gic === 2) {
    const lines = Array.from({ length: Spi.gicv2mCount }, (_, i) => spi(Spi.gicv2m + i));
    devices.push(new Gicv2m(MemoryMap.gicv2m, 32 + Spi.gicv2m, lines));
  }
  const { virtio, flash, pcieEcam, pcieMemory, pcieIo, pcieHighMemory } = MemoryMap;
  for (let slot = 0; slot < virtio.count; slot++) devices.push(new EmptyVirtioSlot(virtio.base + slot * virtio.stride, slot));
  for (let bank = 0; bank < flash.count; bank++) devices.push(new Flash(flash.base + bank * flash.size, flash.size, bank));
  devices.push(
    new PcieEcam(pcieEcam.base, pcieEcam.size),
    new PcieWindow('pcie.memory', pcieMemory.base, pcieMemory.size),
    new PcieWindow('pcie.io', pcieIo.base, pcieIo.size),
    new PcieWindow('pcie.highMemory', pcieHighMemory.base, pcieHighMemory.size),
  );
  return { bus: new Bus(devices), gic, uart, rtc, gpio };
}
