import type { IccRegister } from '../../../src/lib/emulator/devices/interrupt-controller.ts';
import { type Access, read, write } from './access-list.ts';

const distributor = 0x0800_0000;
const cpuInterface = 0x0801_0000;
const redistributor = 0x080a_0000;

/** A small generator with a seed, so that a failing list can be run again. */
export function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/**
 * Random traffic on a few interrupts of a GICv2, in the words of its users: configure, pend, acknowledge, end. Without the aliased
 * registers for group 1 (GICC_AIAR and its like), which QEMU 7.2 lacks.
 */
export function gicv2Traffic(seed: number, length: number, cpus: number): Access[] {
  const pick = random(seed);
  const list: Access[] = [
    write(distributor, 3),
    write(cpuInterface, 1 + 2 * pick(2) + 4 * pick(2) + 8 * pick(2) + 16 * pick(2) + 0x200 * pick(2)),
    write(cpuInterface + 4, 0xff),
    write(distributor + 0x104, 0xffffffff),
    write(distributor + 0x84, pick(2) * pick(2 ** 32)),
    write(distributor + 0xc08, pick(2 ** 32)),
  ];
  for (let i = 0; i < 32; i++) list.push(write(distributor + 0x420 + i, pick(256), 1), write(distributor + 0x820 + i, 1, 1));
  const acknowledged: number[] = [];
  const interrupt = () => 32 + pick(32);
  const bit = (base: number) => {
    const n = interrupt();
    return write(distributor + base + 4 * (n >>> 5), 2 ** (n & 31));
  };
  const actions: (() => Access)[] = [
    () => bit(0x200),
    () => bit(0x200),
    () => bit(0x280),
    // Not GICD_ISACTIVER: QEMU marks the interrupt active for CPUs that are not there, and an EOI does not undo that.
    () => bit(0x380),
    () => write(distributor + 0x100 + 0x80 * pick(2) + 4, 2 ** pick(32)),
    () => write(distributor + 0xf00, pick(16) + 0x10000 * pick(256) + 0x1000000 * pick(3)),
    // A zero byte in GICD_SPENDSGIR makes QEMU 7.2 pend an SGI without a source and stop at an assertion when it is taken.
    () => write(distributor + 0xf10 + 0x10 * pick(2) + pick(16), 1 + (cpus === 1 ? 0 : pick(15)), 1),
    () => write(cpuInterface + 4, 8 * pick(32)),
    () => write(cpuInterface + 8 + 0x14 * pick(2), pick(8)),
    () => read(cpuInterface + 0xc),
    () => read(cpuInterface + 0xc),
    () => read(cpuInterface + 0x14),
    // QEMU's GICC_HPPIR does not name the CPU that sent an SGI.
    () => read(cpuInterface + (cpus === 1 ? 0x18 : 0x14)),
    () => read(cpuInterface + 0xd0 + 4 * pick(8)),
    () => write(cpuInterface + 0x10, acknowledged.length > 0 ? acknowledged[pick(acknowledged.length)] : interrupt()),
    () => write(cpuInterface + 0x10, interrupt()),
    () => write(cpuInterface + 0x1000, interrupt()),
    () => read(distributor + 0x200 + 4 * pick(3)),
    () => read(distributor + 0x300 + 4 * pick(3)),
    () => read(distributor + 0xf20 + 4 * pick(4)),
    () => ({ kind: 'signals' }),
  ];
  while (list.length < length) list.push(actions[pick(actions.length)](), { kind: 'signals' });
  return list;
}

export function gicv3Traffic(seed: number, length: number): Access[] {
  const pick = random(seed);
  const system = (register: IccRegister): Access => ({ kind: 'readSystem', register });
  const setSystem = (register: IccRegister, value: number | bigint): Access => ({ kind: 'writeSystem', register, value: BigInt(value) });
  const list: Access[] = [
    write(distributor, 3),
    write(redistributor + 0x14, 0),
    setSystem('PMR', 0xf8),
    setSystem('IGRPEN0', 1),
    setSystem('IGRPEN1', 1),
    setSystem('CTLR', pick(4)),
    write(distributor + 0x104, 0xffffffff),
    write(redistributor + 0x10100, 0xffffffff),
    write(distributor + 0x84, pick(2 ** 32)),
    write(redistributor + 0x10080, pick(2 ** 32)),
    write(distributor + 0xc08, pick(2 ** 32)),
  ];
  for (let i = 0; i < 32; i++) list.push(write(distributor + 0x420 + i, pick(256), 1), write(redistributor + 0x10400 + i, pick(256), 1));
  const interrupt = () => pick(64);
  const bit = (base: number) => {
    const n = interrupt();
    return write((n < 32 ? redistributor + 0x10000 : distributor + 4) + base, 2 ** (n & 31));
  };
  const actions: (() => Access)[] = [
    ...[0x200, 0x200, 0x200, 0x280, 0x300, 0x380, 0x100, 0x100, 0x180].map((base) => () => bit(base)),
    () => setSystem(pick(2) ? 'SGI1R' : 'SGI0R', pick(2) + 0x1000000 * pick(16)),
    () => setSystem('ASGI1R', (1n << 40n) * BigInt(pick(2)) + 1n + 0x1000000n * BigInt(pick(16))),
    () => setSystem('PMR', 8 * pick(32)),
    () => setSystem(pick(2) ? 'BPR0' : 'BPR1', pick(8)),
    ...(['IAR0', 'IAR1', 'IAR0', 'IAR1', 'RPR', 'HPPIR0', 'HPPIR1', 'AP0R0', 'AP1R0', 'BPR0', 'BPR1'] as const).map(
      (register) => () => system(register),
    ),
    ...(['EOIR0', 'EOIR1', 'EOIR0', 'EOIR1', 'DIR'] as const).map((register) => () => setSystem(register, interrupt())),
    () => setSystem(pick(2) ? 'IGRPEN0' : 'IGRPEN1', pick(4) ? 1 : 0),
    () => read(distributor + 0x204),
    () => read(redistributor + 0x10200),
    () => read(distributor + 0x304),
    () => read(redistributor + 0x10300),
  ];
  while (list.length < length) list.push(actions[pick(actions.length)](), { kind: 'signals' });
  return list;
}

const sizes = [1, 2, 4, 4, 4, 8] as const;

/** Random accesses to the registers of a device, at all sizes; `registers` are the offsets to prefer. */
export function registerTraffic(
  seed: number,
  length: number,
  base: number,
  registers: readonly number[],
  value: (offset: number) => number,
): Access[] {
  const pick = random(seed);
  return Array.from({ length }, () => {
    const bytes = sizes[pick(sizes.length)];
    const offset = Math.floor((registers[pick(registers.length)] + (pick(8) === 0 ? pick(4) : 0)) / bytes) * bytes;
    return pick(2) === 0 ? read(base + offset, bytes) : write(base + offset, value(pick(2 ** 31)), bytes);
  });
}

/** Bits of UART registers that exist, by offset; QEMU keeps others too. UARTCR without LBE, which QEMU 7.2 does not implement. */
const uartBits: Readonly<Record<number, bigint>> = { 0x20: 0xffn, 0x28: 0x3fn, 0x2c: 0xffn, 0x30: 0x37fn, 0x34: 0x3fn };

export function uartTraffic(seed: number, length: number): Access[] {
  const registers = [0x00, 0x04, 0x18, 0x20, 0x24, 0x28, 0x2c, 0x30, 0x34, 0x38, 0x3c, 0x40, 0x44, 0xfe0, 0xfec, 0xff0, 0x80];
  return registerTraffic(seed, length, 0x0900_0000, registers, (v) => v).map((access) => {
    if (access.kind !== 'write') return access;
    const bits = (at: number) => uartBits[at & 0xffc] ?? 0x7ffn;
    return { ...access, value: access.value & (bits(access.address) | (bits(access.address + 4) << 32n)) };
  });
}

/** Selections, reads of every size, and DMA with descriptors in RAM. */
export function fwCfgTraffic(seed: number, length: number): Access[] {
  const pick = random(seed);
  const base = 0x0902_0000;
  const keys = [0, 1, 2, 4, 5, 0x0e, 0x8000, 0x1234];
  const big = (value: number, bytes: number) => {
    let swapped = 0n;
    for (let i = 0; i < bytes; i++) swapped = (swapped << 8n) | BigInt(Math.floor(value / 256 ** i) % 256);
    return swapped;
  };
  const list: Access[] = [];
  while (list.length < length) {
    const action = pick(4);
    if (action === 0) list.push(write(base + 8, big(keys[pick(keys.length)], 2), 2));
    else if (action === 1) list.push(read(base + pick(3) * 8, sizes[pick(sizes.length)]));
    else if (action === 2) list.push(read(base + pick(0x18), 1));
    else {
      const at = 0x4300_8000 - 0x1_0000;
      const control = [2, 4, 8, 16, 8 + 2, 8 + 4, 8 + 16][pick(7)] + 65536 * keys[pick(keys.length)];
      list.push(write(at, big(control, 4)), write(at + 4, big(pick(24), 4)), write(at + 8, big(at + 64, 8), 8));
      if (pick(2)) list.push(write(base + 0x10, big(at, 8), 8));
      else list.push(write(base + 0x10, 0), write(base + 0x14, big(at, 4)));
      list.push({ kind: 'ram', address: at }, { kind: 'ram', address: at + 64 });
    }
  }
  return list;
}

/** Commands of the Intel set on a few blocks, each followed by reads. */
export function flashTraffic(seed: number, length: number): Access[] {
  const pick = random(seed);
  const place = () => pick(3) * 0x4_0000 + 4 * pick(4);
  const both = (v: number) => v | (v << 16);
  const list: Access[] = [];
  while (list.length < length) {
    const at = place();
    const action = pick(7);
    if (action === 0) list.push(write(at, both(0x40)), write(at, pick(2 ** 32)), read(at));
    else if (action === 1) list.push(write(at, both(0x20)), write(at, both(0xd0)), read(at));
    else if (action === 2) list.push(write(at, both(0x98)), ...Array.from({ length: 8 }, () => read(4 * pick(0x40))));
    else if (action === 3) list.push(write(at, both(0x90)), read(0), read(4), read(8));
    else if (action === 4) list.push(write(at, both(0x60)), write(at, both([0xd0, 0x01][pick(2)])), read(at));
    else if (action === 5) list.push(write(at, both(0x50)), read(at), write(at, both(0x70)), read(at));
    list.push(write(at, both(0xff)), read(at), read(place()), read(0x0400_0000 + at));
  }
  return list;
}
