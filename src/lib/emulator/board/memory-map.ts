/** Guest physical addresses and interrupt numbers of QEMU's `virt` board (hw/arm/virt, version 7.2), which guests rely on. */
export const MemoryMap = {
  flash: { base: 0x0000_0000, size: 0x0400_0000, count: 2 },
  gicDistributor: 0x0800_0000,
  gicCpuInterface: 0x0801_0000,
  gicv2m: 0x0802_0000,
  gicIts: 0x0808_0000,
  gicRedistributor: { base: 0x080a_0000, size: 0x00f6_0000 },
  uart: 0x0900_0000,
  rtc: 0x0901_0000,
  fwCfg: 0x0902_0000,
  gpio: 0x0903_0000,
  virtio: { base: 0x0a00_0000, stride: 0x200, count: 32 },
  platformBus: { base: 0x0c00_0000, size: 0x0200_0000 },
  pcieMemory: { base: 0x1000_0000, size: 0x2eff_0000 },
  pcieIo: { base: 0x3eff_0000, size: 0x0001_0000 },
  pcieEcam: { base: 0x40_1000_0000, size: 0x1000_0000 },
  pcieHighMemory: { base: 0x80_0000_0000, size: 0x80_0000_0000 },
  ram: 0x4000_0000,
} as const;

/** Shared peripheral interrupts, counted from SPI 0 (interrupt ID 32). */
export const Spi = { uart: 1, rtc: 2, pcie: 3, gpio: 7, virtio: 16, gicv2m: 48, gicv2mCount: 64 } as const;

/** Private peripheral interrupts by interrupt ID: level-sensitive, active low on the wire, as the devicetree says 4 (high). */
export const Ppi = { pmu: 23, hypervisorTimer: 26, virtualTimer: 27, secureTimer: 29, physicalTimer: 30 } as const;

/** Interrupts that both GICs implement: 32 private ones and 256 SPIs. */
export const interruptCount = 288;

/** CNTFRQ_EL0, Hz: one tick is 16 ns of virtual time. */
export const counterFrequency = 62_500_000;
export const nsPerTick = 16;

/** What raises an interrupt on this board, by its ID; undefined for one that nothing is connected to. */
export function interruptSource(interrupt: number): string | undefined {
  const firstSpi = 32;
  const spi = interrupt - firstSpi;
  if (interrupt < 16) return 'software, from a CPU';
  if (interrupt === Ppi.pmu) return 'performance monitors';
  if (interrupt === Ppi.virtualTimer) return 'virtual timer';
  if (interrupt === Ppi.physicalTimer) return 'physical timer';
  if (spi === Spi.uart) return 'UART';
  if (spi === Spi.rtc) return 'real time clock';
  if (spi >= Spi.pcie && spi < Spi.pcie + 4) return 'PCIe';
  if (spi === Spi.gpio) return 'GPIO';
  if (spi >= Spi.virtio && spi < Spi.virtio + MemoryMap.virtio.count) return `virtio slot ${spi - Spi.virtio}`;
  if (spi >= Spi.gicv2m && spi < Spi.gicv2m + Spi.gicv2mCount) return 'a message (GICv2m)';
  return undefined;
}
