import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ImagePiece } from '../session/messages.ts';
import { changesBetween, optionChanges, pieceName, signed, sizesOf, totalOf, treemapBoxes } from './footprint.ts';

const piece = fc.record({
  size: fc.integer({ min: 1, max: 5000 }),
  kind: fc.constantFrom('code', 'readOnly', 'data', 'zeroed'),
  library: fc.constantFrom('liba', 'libb', 'libc'),
  symbol: fc.constantFrom('one', 'two', 'three', 'four'),
});
const pieces = fc.array(piece, { maxLength: 40 }).map((list) => {
  let start = 0x40000000;
  return list.map((p): ImagePiece => {
    const placed: ImagePiece = { ...p, start, section: `.${p.kind}`, object: `${p.library}/x.o`, inputSection: '.in' };
    start += p.size;
    return placed;
  });
});

describe('sizes by library and symbol', () => {
  it('count every byte once', () =>
    fc.assert(
      fc.property(pieces, fc.constantFrom('file' as const, 'memory' as const), (image, measure) => {
        const sizes = sizesOf(image, measure);
        const total = totalOf({ pieces: image }, measure);
        expect(sizes.reduce((sum, l) => sum + l.bytes, 0)).toBe(total);
        expect(sizes.flatMap((l) => l.symbols).reduce((sum, s) => sum + s.bytes, 0)).toBe(total);
        expect(sizes.map((l) => l.bytes)).toEqual(sizes.map((l) => l.bytes).sort((a, b) => b - a));
      }),
    ));

  it('give boxes within the picture, in proportion, symbols inside their library', () =>
    fc.assert(
      fc.property(pieces, (image) => {
        const sizes = sizesOf(image, 'memory');
        const boxes = treemapBoxes(sizes, 600, 300);
        for (const box of boxes) {
          expect(box.left >= 0 && box.top >= 0 && box.left + box.width <= 600 && box.top + box.height <= 300).toBe(true);
          if (box.symbol === undefined) continue;
          const home = boxes.find((b) => b.library === box.library && b.symbol === undefined);
          expect(home && home.left <= box.left && home.top <= box.top && home.left + home.width >= box.left + box.width).toBe(true);
        }
      }),
    ));

  it('name what has no symbol', () => {
    const at = { start: 0, size: 1, kind: 'readOnly' as const, section: '.rodata' };
    expect(pieceName({ ...at, inputSection: '.rodata.str1.1' })).toBe('.rodata: string literals');
    expect(pieceName(at)).toContain('padding');
  });
});

describe('changes between two images', () => {
  it('add up to the difference of the images', () =>
    fc.assert(
      fc.property(pieces, pieces, (a, b) => {
        const changes = changesBetween(sizesOf(a, 'file'), sizesOf(b, 'file'));
        const sum = changes.reduce((total, c) => total + c.after - c.before, 0);
        expect(sum).toBe(totalOf({ pieces: b }, 'file') - totalOf({ pieces: a }, 'file'));
        expect(changesBetween(sizesOf(a, 'file'), sizesOf(a, 'file'))).toEqual([]);
      }),
    ));

  it('name the options', () => {
    expect(optionChanges({ A: 'y', B: '3' }, { B: '4', C: 'n' })).toEqual([
      'CONFIG_A: y → default',
      'CONFIG_B: 3 → 4',
      'CONFIG_C: default → n',
    ]);
    expect([signed(1200), signed(-3), signed(0)]).toEqual(['+1,200', '−3', '']);
  });
});
