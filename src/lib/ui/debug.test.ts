import { describe, expect, it } from 'vitest';
import type { DebugPicture, ImagePiece } from '../session/messages.ts';
import { changedRegisters, codeAddress, formatCodePlace, formatRegister, sourceLine, toggled, watchedMemory } from './debug.ts';

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

describe('a line to stop at', () => {
  const files = ['main.c', 'pool:libs/nolibc/stdio.c'];
  it.each([
    ['main.c:12', { file: 'main.c', line: 12 }],
    [' libs/nolibc/stdio.c:3 ', { file: 'pool:libs/nolibc/stdio.c', line: 3 }],
    ['other.c:3', undefined],
    ['main.c:0', undefined],
    ['main.c', undefined],
  ])('%j is %j', (text, line) => expect(sourceLine(text, (file) => files.includes(file))).toEqual(line));

  it('is there or not, by where it was found, too', () => {
    const found = { file: 'main.c', line: 3, found: { line: 5, addresses: [0x1040] } };
    const other = { file: 'main.c', line: 9 };
    expect(toggled([found, other], { file: 'main.c', line: 5 })).toEqual([other]);
    expect(toggled([found], other)).toEqual([{ file: 'main.c', line: 3 }, other]);
    expect(toggled([found], { file: 'walk.c', line: 5 })).toHaveLength(2);
  });
});

describe('memory to watch', () => {
  const data: ImagePiece[] = [...pieces, { section: '.data', start: 0x2000, size: 12, kind: 'data', symbol: 'balance' }];
  it.each([
    ['balance', { address: 0x2000, length: 12 }],
    ['balance + 8', { address: 0x2008, length: 4 }],
    ['balance+12', undefined],
    ['0x4010_8000', { address: 0x4010_8000, length: 8 }],
    ['main', undefined],
    ['', undefined],
  ])('%j is %j', (text, memory) => expect(watchedMemory(text, data)).toEqual(memory));
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
    lines: [],
    watches: [],
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
