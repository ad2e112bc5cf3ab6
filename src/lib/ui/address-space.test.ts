import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { boxAt, boxesIn, fitted, panned, placed, ticks, within, zoomed, type Box } from './address-space.ts';

const limits = { start: 0, end: 2 ** 40 };
const view = fc
  .record({ start: fc.integer({ min: 0, max: 2 ** 31 - 1 }), span: fc.integer({ min: 64, max: 2 ** 31 - 1 }) })
  .map((v) => within(v, limits));
const boxes = fc.array(fc.record({ gap: fc.nat(1 << 20), size: fc.integer({ min: 1, max: 1 << 22 }) }), { maxLength: 300 }).map((list) => {
  let at = 0x4000_0000;
  return list.map(({ gap, size }, i): Box => {
    const start = at + gap;
    at = start + size;
    return { start, size, kind: 'text', name: `box ${i}` };
  });
});

describe('a view of an address space', () => {
  it('stays within its limits and above 64 bytes however it is moved', () =>
    fc.assert(
      fc.property(
        view,
        fc.double({ min: 1e-6, max: 1e6, noNaN: true }),
        fc.double({ min: -100, max: 100, noNaN: true }),
        (v, factor, by) => {
          for (const moved of [
            zoomed(v, factor, v.start + v.span / 3, limits),
            panned(v, by, limits),
            fitted({ start: v.start, size: 1 }, limits),
          ]) {
            expect(moved.start).toBeGreaterThanOrEqual(0);
            expect(moved.start + moved.span).toBeLessThanOrEqual(limits.end);
            expect(moved.span).toBeGreaterThanOrEqual(64);
          }
        },
      ),
    ));

  it('keeps the byte under the pointer there when it zooms', () => {
    const v = { start: 0x4000_0000, span: 0x10_0000 };
    const anchor = 0x4004_0000;
    const closer = zoomed(v, 0.5, anchor, limits);
    expect((anchor - closer.start) / closer.span).toBeCloseTo((anchor - v.start) / v.span, 4);
    expect(closer.span).toBe(0x8_0000);
  });
});

describe('boxes on the screen', () => {
  it('are in order, do not overlap, stay on the screen, and are few', () =>
    fc.assert(
      fc.property(boxes, view, fc.integer({ min: 100, max: 2000 }), (all, v, width) => {
        const shown = placed(all, v, width);
        expect(shown.length).toBeLessThanOrEqual(Math.ceil(width / 2) + 1);
        let at = 0;
        for (const box of shown) {
          expect(box.left).toBeGreaterThanOrEqual(at - 1e-6);
          at = box.left + box.width;
          // Nowhere further from its place than what is needed to see it.
          if ('box' in box) expect(box.left - Math.max(0, ((box.box.start - v.start) / v.span) * width)).toBeLessThanOrEqual(2 + 1e-6);
          expect(at).toBeLessThanOrEqual(width + 1e-6);
        }
      }),
    ));

  it('leave none out: each is drawn or counted', () => {
    const all = Array.from({ length: 1000 }, (_, i): Box => ({ start: i * 16, size: 16, kind: 'data', name: `${i}` }));
    const shown = placed(all, { start: 0, span: 16_000 }, 700);
    expect(shown.reduce((sum, box) => sum + ('many' in box ? box.many : 1), 0)).toBe(1000);
  });

  it('are found by address', () =>
    fc.assert(
      fc.property(boxes, fc.nat(1 << 28), (all, offset) => {
        const address = 0x4000_0000 + offset;
        expect(boxAt(all, address)).toBe(all.find((b) => b.start <= address && address < b.start + b.size));
        const v = { start: address, span: 1 << 20 };
        expect(boxesIn(all, v, 1e9).boxes).toEqual(all.filter((b) => b.start < address + v.span && b.start + b.size > address));
      }),
    ));

  it('have an axis with round addresses', () => {
    const marks = ticks({ start: 0x4000_0123, span: 0x10_0000 }, 1000);
    expect(marks.map((m) => m.address)).toEqual([
      0x4002_0000, 0x4004_0000, 0x4006_0000, 0x4008_0000, 0x400a_0000, 0x400c_0000, 0x400e_0000, 0x4010_0000,
    ]);
  });
});
