import { describe, expect, it } from 'vitest';
import type { DebugPicture, ImagePiece } from '../session/messages.ts';
import { changedRegisters, codeAddress, formatCodePlace, formatRegister } from './debug.ts';

const piece = (symbol: string, start: number, size: number): ImagePiece => ({ section: '.text', start, size, kind: 'code', symbol });
const pieces = [piece('start', 0x1000, 0x40), piece('main', 0x1040, 0x80)];

describe('a place to stop at', () => {
  it.each([
    ['main', 0x1040],
    [' main + 8 ', 0x1048],
    ['main+0x10', 0x1050],
    ['0x4010_0000', 0x4010_0000],
    ['nothing', undefined],
    ['main+2', undefined],
    ['', undefined],
    ['12 monkeys', undefined],
  ])('%j is %s', (text, address) => expect(codeAddress(text, pieces)).toBe(address));

  it('is shown as it can be typed', () => {
    for (const address of [0x1000, 0x1044]) expect(codeAddress(formatCodePlace(address, pieces), pieces)).toBe(address);
    expect(formatCodePlace(0x2000, pieces)).toBe('');
  });
});

describe('registers', () => {
  const picture = (cpu: number, x0: bigint, x1: bigint): DebugPicture => ({
    cpu,
    instructions: 0,
    virtualNs: 0,
    begin: 0,
    end: 0,
    stop: '',
    frames: [],
    code: [],
    registers: [
      { name: 'x0', bits: 64, value: x0 },
      { name: 'x1', bits: 64, value: x1 },
    ],
    system: [],
    breakpoints: [],
  });

  it('are told apart from what they were on the same CPU', () => {
    expect([...changedRegisters(picture(0, 1n, 2n), picture(0, 1n, 3n))]).toEqual(['x1']);
    expect([...changedRegisters(picture(0, 1n, 2n), picture(1, 0n, 3n))]).toEqual([]);
    expect([...changedRegisters(picture(0, 1n, 2n), undefined)]).toEqual([]);
  });

  it('are written in groups of four digits', () => {
    expect(formatRegister({ bits: 64, value: 0x40101234n })).toBe('0x0000_0000_4010_1234');
    expect(formatRegister({ bits: 32, value: 5n })).toBe('0x0000_0005');
  });
});
