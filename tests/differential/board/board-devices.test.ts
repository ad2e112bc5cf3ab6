import { describe, expect, it } from 'vitest';
import { haveOracles } from '../../oracle.ts';
import { type Access, type Board, onOurs, onQemu, read, transcript, write } from './access-list.ts';
import { flashTraffic, fwCfgTraffic, gicv2Traffic, gicv3Traffic, registerTraffic, uartTraffic } from './traffic.ts';

function agree(list: readonly Access[], board: Board): void {
  expect(transcript(list, onOurs(list, board))).toEqual(transcript(list, onQemu(list, board)));
}

const gic2: Board = { gic: 2, cpus: 1 };
const seeds = [1, 2, 3, 4, 5, 6];

describe.skipIf(!haveOracles('qemu-system-aarch64', 'aarch64-linux-gnu-gcc'))('devices as QEMU has them', () => {
  it.each(seeds)('GICv2, one CPU, traffic %i', (seed) => agree(gicv2Traffic(seed, 3000, 1), { gic: 2, cpus: 1 }));
  it.each(seeds)('GICv2, four CPUs, traffic %i', (seed) => agree(gicv2Traffic(seed, 3000, 4), { gic: 2, cpus: 4 }));
  it('PL011 registers', () => agree(uartTraffic(1, 4000), gic2));
  it('PL031 registers but the time', () =>
    agree(
      registerTraffic(1, 1000, 0x0901_0000, [0x8, 0xc, 0x10, 0x18, 0xfe0, 0xffc, 0x20], (v) => v),
      gic2,
    ));
  it('PL061 registers', () => {
    const registers = [
      ...Array.from({ length: 16 }, (_, i) => i * 0x3c),
      ...Array.from({ length: 8 }, (_, i) => 0x404 + 4 * i),
      0xfd0,
      0xff0,
    ];
    const direction = 0x0903_0400;
    // Set once: a pin that becomes an input keeps its last output under QEMU, where the board pulls it down.
    const traffic = registerTraffic(1, 4000, 0x0903_0000, registers, (v) => v & 0xff).filter(
      (a) => a.kind !== 'write' || a.address !== direction,
    );
    agree([write(direction, 0x35), ...traffic], gic2);
  });
  it('fw_cfg, with DMA', () => agree(fwCfgTraffic(1, 3000), gic2));
  it('flash commands', () => agree(flashTraffic(1, 3000), gic2));
  it('PCIe configuration space', () => {
    const registers = [...Array.from({ length: 64 }, (_, i) => i * 4), 0x100, 0xffc, 0x8000, 0x10_0000];
    agree(
      registerTraffic(1, 4000, 0x40_1000_0000, registers, (v) => v),
      gic2,
    );
  });
  it('virtio slots, windows and holes in the map', () => {
    const slots = Array.from({ length: 32 }, (_, i) => 0x0a00_0000 + i * 0x200).flatMap((at) =>
      [0, 4, 8, 12, 16, 0x100].map((o) => read(at + o)),
    );
    const holes = [
      0x0800_1000, 0x0801_2000, 0x0802_0000, 0x0802_0008, 0x0802_0fcc, 0x0803_0000, 0x0808_0000, 0x080a_0000, 0x0904_0000, 0x0905_0000,
    ];
    const more = [0x0908_0000, 0x0a00_4000, 0x0c00_0000, 0x0e00_0000, 0x1000_0000, 0x3eff_0000, 0x3eff_fffc, 0x3f00_0000, 0x40_0000_0000];
    const high = [0x40_0fff_fffc, 0x40_2000_0000, 0x80_0000_0000, 0xff_ffff_fff8, 0x100_0000_0000];
    const all = [...holes, ...more, ...high].flatMap((at) => [read(at), read(at, 1), read(at - (at % 8), 8), write(at, 0)]);
    agree([...slots, ...all], gic2);
    agree(
      [...holes, ...more, ...high].filter((at) => at < 0x080a_0000 || at >= 0x0900_0000).map((at) => read(at)),
      { gic: 3, cpus: 1 },
    );
  });
  it.each(seeds)('GICv3, traffic %i', (seed) => agree(gicv3Traffic(seed, 3000), { gic: 3, cpus: 1 }));
});
