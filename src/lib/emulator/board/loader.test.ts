import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BootOptions, planBoot } from './loader.ts';
import { MemoryMap } from './memory-map.ts';

const mebi = 2 ** 20;
const options: BootOptions = { file: 'app.elf', gic: 2, cpus: 1, memoryBytes: 64 * mebi, seed: 1 };

type SegmentSpec = { physical: number; virtual?: number; bytes: number; memoryBytes?: number };

/** An ELF64 file with the segments one after another. */
function elf(segments: SegmentSpec[], entry: number, change: (view: DataView) => void = () => undefined): Uint8Array {
  const data = 64 + 56 * segments.length;
  const file = new Uint8Array(data + segments.reduce((sum, s) => sum + s.bytes, 0));
  const view = new DataView(file.buffer);
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  view.setUint16(16, 2, true);
  view.setUint16(18, 183, true);
  view.setBigUint64(24, BigInt(entry), true);
  view.setBigUint64(32, 64n, true);
  view.setUint16(54, 56, true);
  view.setUint16(56, segments.length, true);
  let offset = data;
  segments.forEach((s, i) => {
    const at = 64 + 56 * i;
    view.setUint32(at, 1, true);
    view.setUint32(at + 4, 5, true);
    [offset, s.virtual ?? s.physical, s.physical, s.bytes, s.memoryBytes ?? s.bytes].forEach((v, field) =>
      view.setBigUint64(at + 8 + 8 * field, BigInt(v), true),
    );
    file.fill(i + 1, offset, offset + s.bytes);
    offset += s.bytes;
  });
  change(view);
  return file;
}

function message(image: Uint8Array, change: Partial<BootOptions> = {}): string {
  const plan = planBoot(image, { ...options, ...change });
  if (plan.ok) throw new Error('boots');
  expect(plan.problems[0].place?.file).toBe('app.elf');
  return plan.problems[0].message;
}

describe('ELF images', () => {
  it('go where their program headers say, with the devicetree below', () => {
    const plan = planBoot(elf([{ physical: 0x4008_0000, bytes: 16, memoryBytes: 4096 }], 0x4008_0004), options);
    if (!plan.ok) throw new Error(plan.problems[0].message);
    expect(plan.value.start).toBe(0x4008_0004);
    expect(plan.value.placements[0]).toEqual({ address: 0x4008_0000, bytes: new Uint8Array(16).fill(1) });
    expect(plan.value.image).toEqual({ start: 0x4008_0000, end: 0x4008_1000 });
    expect(plan.value.dtb?.start).toBe(MemoryMap.ram);
  });

  it('start at the physical address of a virtual entry point', () => {
    const plan = planBoot(elf([{ physical: 0x4010_0000, virtual: 0x10_0000_0000, bytes: 64 }], 0x10_0000_0010), options);
    expect(plan.ok && plan.value.start).toBe(0x4010_0010);
  });

  it('at the start of RAM get no devicetree, and a note says so', () => {
    const plan = planBoot(elf([{ physical: 0x4000_0000, bytes: 16 }], 0x4000_0000), options);
    expect(plan.ok && plan.value.dtb).toBeUndefined();
    expect(plan.ok && plan.value.notes.map((n) => n.message).join()).toContain('No devicetree');
  });

  it('that cannot run are refused with the reason', () => {
    const good = [{ physical: 0x4008_0000, bytes: 16 }];
    expect(message(new Uint8Array(0))).toContain('is empty');
    expect(message(elf(good, 0x4008_0000).subarray(0, 40))).toContain('header is cut off');
    expect(message(elf(good, 0x4008_0000).subarray(0, 70))).toContain('cut off: its program headers');
    expect(message(elf(good, 0x4008_0000).subarray(0, 125))).toContain('cut off: segment 0 needs bytes up to 136, the file has 125');
    expect(message(elf(good, 0x4008_0000, (v) => v.setUint16(18, 62, true)))).toContain('built for x86-64');
    expect(message(elf(good, 0x4008_0000, (v) => v.setUint8(4, 1)))).toContain('32-bit');
    expect(message(elf(good, 0x4008_0000, (v) => v.setUint16(16, 1, true)))).toContain('not linked');
    expect(message(elf([{ physical: 0x8_0000, bytes: 16 }], 0x8_0000))).toContain('outside RAM, which is 0x40000000 to 0x44000000');
    expect(message(elf([{ physical: 0x43ff_f000, bytes: 16, memoryBytes: 0x2000 }], 0x43ff_f000))).toContain('outside RAM');
    expect(message(elf([...good, { physical: 0x4008_0008, bytes: 16 }], 0x4008_0000))).toContain('segments overlap');
    expect(message(elf(good, 0x5000_0000))).toContain('entry point 0x50000000 lies outside RAM');
    expect(message(elf(good, 0x4008_0000, (v) => v.setBigUint64(64 + 8, 0xffff_ffff_ffff_fff8n, true)))).toContain('cut off');
  });
});

describe('Linux and flat images', () => {
  it('are loaded at their text offset with initrd and devicetree behind', () => {
    const image = new Uint8Array(8192);
    const view = new DataView(image.buffer);
    view.setUint32(56, 0x644d5241, true);
    view.setBigUint64(8, 0n, true);
    view.setBigUint64(16, 0x10000n, true);
    const plan = planBoot(image, { ...options, initrd: new Uint8Array(5000) });
    if (!plan.ok) throw new Error(plan.problems[0].message);
    expect(plan.value.kind).toBe('linux');
    expect(plan.value.start).toBe(MemoryMap.ram);
    // An offset of zero would hit the start code.
    expect(plan.value.image).toEqual({ start: 0x4020_0000, end: 0x4021_0000 });
    expect(plan.value.initrd).toEqual({ start: 0x4200_0000, end: 0x4200_0000 + 5000 });
    expect(plan.value.dtb?.start).toBe(0x4220_0000);
  });

  it('are refused when memory is too small', () => {
    expect(message(new Uint8Array(4096), { memoryBytes: mebi / 2 })).toContain('needs memory up to');
    expect(message(new Uint8Array(4096), { memoryBytes: mebi })).toContain('no room for the devicetree');
    expect(message(new Uint8Array(4096), { memoryBytes: 4 * mebi, initrd: new Uint8Array(3 * mebi) })).toContain('no room for the initrd');
  });
});

describe('any bytes', () => {
  it('give a plan within RAM or problems, never an exception', () => {
    const good = elf(
      [
        { physical: 0x4008_0000, bytes: 64 },
        { physical: 0x4009_0000, bytes: 64, memoryBytes: 128 },
      ],
      0x4008_0000,
    );
    const linux = new Uint8Array(100);
    new DataView(linux.buffer).setUint32(56, 0x644d5241, true);
    const check = (bytes: Uint8Array) => {
      const plan = planBoot(bytes, { ...options, memoryBytes: 8 * mebi });
      if (!plan.ok) {
        expect(plan.problems.length).toBeGreaterThan(0);
        return;
      }
      for (const { address, bytes: placed } of plan.value.placements) {
        expect(address).toBeGreaterThanOrEqual(MemoryMap.ram);
        expect(address + placed.length).toBeLessThanOrEqual(MemoryMap.ram + 8 * mebi);
      }
    };
    const damage = fc.array(fc.tuple(fc.nat(255), fc.oneof(fc.constantFrom(0, 0xff, 0x7f, 0x80), fc.nat(255))), { maxLength: 12 });
    fc.assert(
      fc.property(fc.constantFrom(good, linux), fc.nat(304), damage, (base, length, changes) => {
        const bytes = base.slice(0, length);
        for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
        check(bytes);
      }),
      { numRuns: 3000 },
    );
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), check), { numRuns: 500 });
  });
});
