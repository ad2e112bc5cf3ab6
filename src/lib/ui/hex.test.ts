import { expect, it } from 'vitest';
import { dumpStart, hexRows, hexStep } from './hex.ts';

it('dumps bytes as rows of sixteen that know their addresses', () => {
  const rows = hexRows(0x1000, new TextEncoder().encode('Hello, unikernel\n!'));
  expect(rows.map((row) => row.address)).toEqual([0x1000, 0x1010]);
  expect(rows[0].cells[1]).toEqual({ address: 0x1001, hex: '65' });
  expect(rows.map((row) => row.text)).toEqual(['Hello, unikernel', '.!']);
});

it('begins on a row, with some before it, and moves by arrow keys', () => {
  expect(dumpStart(0x4000_0123, 2)).toBe(0x4000_0100);
  expect(dumpStart(5, 4)).toBe(0);
  expect([hexStep('ArrowUp', 0x1004), hexStep('ArrowRight', 0x100f), hexStep('ArrowLeft', 0), hexStep('a', 3)]).toEqual([
    0xff4,
    0x1010,
    0,
    undefined,
  ]);
});
