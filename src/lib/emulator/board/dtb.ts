/**
 * The devicetree of the virt board, node by node and in the order that QEMU 7.2 gives for
 * `-M virt,gic-version=2|3,its=off -cpu cortex-a53`. What differs from QEMU's blob, and why:
 *
 * - the blob is as large as its content; QEMU's says 1 MiB, the size of the buffer that it was built in;
 * - `rng-seed` and `kaslr-seed` follow from `seed`, so that equal machines boot alike;
 * - with GICv3 there is no ITS, as with QEMU's `its=off`: we have no LPIs.
 */
import { addresses, cells, type FdtNode, node, text, writeFdt } from './fdt.ts';
import { MemoryMap, Ppi, Spi } from './memory-map.ts';

export type BoardDescription = {
  gic: 2 | 3;
  cpus: number;
  memoryBytes: number;
  commandLine?: string;
  /** Guest physical start and end (exclusive). */
  initrd?: { start: number; end: number };
  /** Any 32-bit number; the guest's random seeds follow from it. */
  seed: number;
};

/** Interrupt specifier types and flags (arm,gic binding). */
const InterruptType = { spi: 0, ppi: 1 } as const;
const Trigger = { risingEdge: 1, highLevel: 4 } as const;
const firstPhandle = 0x8000;
const powerKeyCode = 0x74; // KEY_POWER

/** QEMU allocates phandles as it builds: clock, CPUs from the last to the first, GIC, its MSI frame, GPIO. */
function phandles(board: BoardDescription) {
  const clock = firstPhandle;
  const gic = clock + board.cpus + 1;
  const msi = board.gic === 2 ? gic + 1 : undefined;
  return { clock, cpu: (n: number) => clock + board.cpus - n, gic, msi, gpio: (msi ?? gic) + 1 };
}

type Phandles = ReturnType<typeof phandles>;

/** Builds the blob. */
export function makeDtb(board: BoardDescription): Uint8Array {
  const handle = phandles(board);
  const root = node(
    '',
    {
      'interrupt-parent': cells(handle.gic),
      model: text('linux,dummy-virt'),
      '#size-cells': cells(2),
      '#address-cells': cells(2),
      compatible: text('linux,dummy-virt'),
    },
    [
      psci(),
      memory(board),
      platformBus(handle),
      fwCfg(),
      ...virtioSlots(),
      gpioKeys(handle),
      gpio(handle),
      pcie(handle),
      rtc(handle),
      uart(handle),
      pmu(board),
      interruptController(board, handle),
      flash(),
      cpus(board, handle),
      timer(board),
      clock(handle),
      chosen(board),
    ],
  );
  return writeFdt(root);
}

function psci(): FdtNode {
  return node('psci', {
    migrate: cells(0xc4000005),
    cpu_on: cells(0xc4000003),
    cpu_off: cells(0x84000002),
    cpu_suspend: cells(0xc4000001),
    method: text('hvc'),
    compatible: text('arm,psci-1.0', 'arm,psci-0.2', 'arm,psci'),
  });
}

function memory(board: BoardDescription): FdtNode {
  return node(`memory@${hex(MemoryMap.ram)}`, { reg: addresses(MemoryMap.ram, board.memoryBytes), device_type: text('memory') });
}

function platformBus(handle: Phandles): FdtNode {
  const { base, size } = MemoryMap.platformBus;
  return node(`platform-bus@${hex(base)}`, {
    'interrupt-parent': cells(handle.gic),
    ranges: cells(0, 0, base, size),
    '#address-cells': cells(1),
    '#size-cells': cells(1),
    compatible: text('qemu,platform', 'simple-bus'),
  });
}

function fwCfg(): FdtNode {
  return node(`fw-cfg@${hex(MemoryMap.fwCfg)}`, {
    'dma-coherent': true,
    reg: addresses(MemoryMap.fwCfg, 0x18),
    compatible: text('qemu,fw-cfg-mmio'),
  });
}

function virtioSlots(): FdtNode[] {
  const { base, stride, count } = MemoryMap.virtio;
  return Array.from({ length: count }, (_, i) =>
    node(`virtio_mmio@${hex(base + i * stride)}`, {
      'dma-coherent': true,
      interrupts: cells(InterruptType.spi, Spi.virtio + i, Trigger.risingEdge),
      reg: addresses(base + i * stride, stride),
      compatible: text('virtio,mmio'),
    }),
  );
}

function gpioKeys(handle: Phandles): FdtNode {
  return node('gpio-keys', { compatible: text('gpio-keys') }, [
    node('poweroff', { gpios: cells(handle.gpio, 3, 0), 'linux,code': cells(powerKeyCode), label: text('GPIO Key Poweroff') }),
  ]);
}

function gpio(handle: Phandles): FdtNode {
  return node(`pl061@${hex(MemoryMap.gpio)}`, {
    phandle: cells(handle.gpio),
    'clock-names': text('apb_pclk'),
    clocks: cells(handle.clock),
    interrupts: cells(InterruptType.spi, Spi.gpio, Trigger.highLevel),
    'gpio-controller': true,
    '#gpio-cells': cells(2),
    compatible: text('arm,pl061', 'arm,primecell'),
    reg: addresses(MemoryMap.gpio, 0x1000),
  });
}

function pcie(handle: Phandles): FdtNode {
  const { pcieMemory, pcieIo, pcieEcam, pcieHighMemory } = MemoryMap;
  const interruptMap: number[] = [];
  // Slots swizzle their four pins over the four interrupts.
  for (let slot = 0; slot < 4; slot++) {
    for (let pin = 0; pin < 4; pin++) {
      const spi = Spi.pcie + ((slot + pin) % 4);
      interruptMap.push(slot << 11, 0, 0, pin + 1, handle.gic, 0, 0, InterruptType.spi, spi, Trigger.highLevel);
    }
  }
  const window = (space: number, pciAddress: number, base: number, size: number) => [
    space,
    ...[pciAddress, base, size].flatMap((v) => [Math.floor(v / 2 ** 32), v >>> 0]),
  ];
  return node(`pcie@${hex(pcieMemory.base)}`, {
    'interrupt-map-mask': cells(0x1800, 0, 0, 7),
    'interrupt-map': cells(...interruptMap),
    '#interrupt-cells': cells(1),
    ranges: cells(
      ...window(0x1000000, 0, pcieIo.base, pcieIo.size),
      ...window(0x2000000, pcieMemory.base, pcieMemory.base, pcieMemory.size),
      ...window(0x3000000, pcieHighMemory.base, pcieHighMemory.base, pcieHighMemory.size),
    ),
    reg: addresses(pcieEcam.base, pcieEcam.size),
    'msi-map': handle.msi === undefined ? undefined : cells(0, handle.msi, 0, 0x10000),
    'dma-coherent': true,
    'bus-range': cells(0, 0xff),
    'linux,pci-domain': cells(0),
    '#size-cells': cells(2),
    '#address-cells': cells(3),
    device_type: text('pci'),
    compatible: text('pci-host-ecam-generic'),
  });
}

function rtc(handle: Phandles): FdtNode {
  return node(`pl031@${hex(MemoryMap.rtc)}`, {
    'clock-names': text('apb_pclk'),
    clocks: cells(handle.clock),
    interrupts: cells(InterruptType.spi, Spi.rtc, Trigger.highLevel),
    reg: addresses(MemoryMap.rtc, 0x1000),
    compatible: text('arm,pl031', 'arm,primecell'),
  });
}

function uart(handle: Phandles): FdtNode {
  return node(`pl011@${hex(MemoryMap.uart)}`, {
    'clock-names': text('uartclk', 'apb_pclk'),
    clocks: cells(handle.clock, handle.clock),
    interrupts: cells(InterruptType.spi, Spi.uart, Trigger.highLevel),
    reg: addresses(MemoryMap.uart, 0x1000),
    compatible: text('arm,pl011', 'arm,primecell'),
  });
}

/** Flags of a private interrupt: a GICv2 specifier also has a mask of CPUs in bits [15:8]. */
function privateFlags(board: BoardDescription): number {
  return board.gic === 2 ? Trigger.highLevel | (((1 << board.cpus) - 1) << 8) : Trigger.highLevel;
}

function pmu(board: BoardDescription): FdtNode {
  return node('pmu', {
    interrupts: cells(InterruptType.ppi, Ppi.pmu - 16, privateFlags(board)),
    compatible: text('arm,armv8-pmuv3'),
  });
}

function interruptController(board: BoardDescription, handle: Phandles): FdtNode {
  const common = { ranges: true, '#size-cells': cells(2), '#address-cells': cells(2), 'interrupt-controller': true } as const;
  const name = `intc@${hex(MemoryMap.gicDistributor)}`;
  if (board.gic === 3) {
    const { base, size } = MemoryMap.gicRedistributor;
    return node(name, {
      phandle: cells(handle.gic),
      reg: addresses(MemoryMap.gicDistributor, 0x10000, base, size),
      '#redistributor-regions': cells(1),
      compatible: text('arm,gic-v3'),
      ...common,
      '#interrupt-cells': cells(3),
    });
  }
  const frame = node(`v2m@${hex(MemoryMap.gicv2m)}`, {
    phandle: cells(handle.gic + 1),
    reg: addresses(MemoryMap.gicv2m, 0x1000),
    'msi-controller': true,
    compatible: text('arm,gic-v2m-frame'),
  });
  return node(
    name,
    {
      phandle: cells(handle.gic),
      reg: addresses(MemoryMap.gicDistributor, 0x10000, MemoryMap.gicCpuInterface, 0x10000),
      compatible: text('arm,cortex-a15-gic'),
      ...common,
      '#interrupt-cells': cells(3),
    },
    [frame],
  );
}

function flash(): FdtNode {
  const { base, size, count } = MemoryMap.flash;
  return node(`flash@${hex(base)}`, {
    'bank-width': cells(4),
    reg: addresses(...Array.from({ length: count }, (_, i) => [base + i * size, size]).flat()),
    compatible: text('cfi-flash'),
  });
}

function cpus(board: BoardDescription, handle: Phandles): FdtNode {
  const numbers = Array.from({ length: board.cpus }, (_, n) => n);
  const cores = numbers.map((n) => node(`core${n}`, { cpu: cells(handle.cpu(n)) }));
  const map = node('cpu-map', {}, [node('socket0', {}, [node('cluster0', {}, cores)])]);
  const list = numbers.map((n) =>
    node(`cpu@${hex(n)}`, {
      phandle: cells(handle.cpu(n)),
      reg: cells(n),
      'enable-method': board.cpus > 1 ? text('psci') : undefined,
      compatible: text('arm,cortex-a53'),
      device_type: text('cpu'),
    }),
  );
  return node('cpus', { '#size-cells': cells(0), '#address-cells': cells(1) }, [map, ...list]);
}

function timer(board: BoardDescription): FdtNode {
  const interrupts = [Ppi.secureTimer, Ppi.physicalTimer, Ppi.virtualTimer, Ppi.hypervisorTimer];
  return node('timer', {
    interrupts: cells(...interrupts.flatMap((ppi) => [InterruptType.ppi, ppi - 16, privateFlags(board)])),
    'always-on': true,
    compatible: text('arm,armv8-timer', 'arm,armv7-timer'),
  });
}

function clock(handle: Phandles): FdtNode {
  return node('apb-pclk', {
    phandle: cells(handle.clock),
    'clock-output-names': text('clk24mhz'),
    'clock-frequency': cells(24_000_000),
    '#clock-cells': cells(0),
    compatible: text('fixed-clock'),
  });
}

function chosen(board: BoardDescription): FdtNode {
  const random = randomCells(board.seed);
  return node('chosen', {
    // QEMU gives these as one cell when they fit.
    'linux,initrd-end': board.initrd && cells(board.initrd.end),
    'linux,initrd-start': board.initrd && cells(board.initrd.start),
    bootargs: board.commandLine ? text(board.commandLine) : undefined,
    'stdout-path': text(`/pl011@${hex(MemoryMap.uart)}`),
    'rng-seed': cells(...random(8)),
    'kaslr-seed': cells(...random(2)),
  });
}

/** Cells of pseudo-random bits (splitmix32), the same for the same seed. */
function randomCells(seed: number): (count: number) => number[] {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x9e3779b9) >>> 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return (z ^ (z >>> 15)) >>> 0;
  };
  return (count) => Array.from({ length: count }, next);
}

function hex(value: number): string {
  return value.toString(16);
}
