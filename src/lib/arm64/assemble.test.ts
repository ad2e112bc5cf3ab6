import { describe, expect, it } from 'vitest';
import { assembleInstruction, decode, disassemble, encode, type AssembleContext } from './index.ts';

const symbols: Readonly<Record<string, string>> = { counter: 'x5', vec: 'v3' };
const context: AssembleContext<string> = {
  expression: (text) => (/^\d+$/.test(text) ? { kind: 'value', value: BigInt(text) } : { kind: 'symbolic', handle: text }),
  registerAlias: (name) => symbols[name],
};

describe('disassembly', () => {
  it('names branch targets as objdump does', () => {
    const symbolise = (address: bigint) => (address === 0x40000010n ? 'main+0x8' : undefined);
    expect(disassemble(0x94000004, 0x40000000n, symbolise)).toBe('bl\t40000010 <main+0x8>');
    expect(disassemble(0x94000004, 0x40000000n)).toBe('bl\t0x40000010');
  });
  it('takes the page of an ADRP from the instruction', () =>
    expect(disassemble(encode('adrp', { immlo: 1, immhi: 0, Rd: 0 }), 0x40000ffcn)).toBe('adrp\tx0, 0x40001000'));
  it('shows what is no instruction as data', () => expect(disassemble(0xffffffff, 0n)).toBe('.inst\t0xffffffff'));
});

describe('assembling', () => {
  it('gives a fixup for a symbol', () =>
    expect(assembleInstruction('add x0, x0, :lo12:message', context)).toEqual({
      ok: true,
      word: 0x91000000,
      fixup: { type: 'ADD_ABS_LO12_NC', expression: 'message' },
    }));
  it('takes the low bits of a constant as the linker does', () => {
    expect(assembleInstruction('add x0, x0, :lo12:74565', context)).toEqual({ ok: true, word: 0x910d1400 });
    expect(assembleInstruction('ldr x0, [x1, :lo12:74568]', context)).toEqual({ ok: true, word: 0xf941a420 });
  });
  it('knows registers by names given to them', () => {
    expect(assembleInstruction('add counter, counter, #1', context)).toEqual({ ok: true, word: 0x910004a5 });
    expect(assembleInstruction('ld1 {vec.16b}, [counter]', context)).toEqual({ ok: true, word: 0x4c4070a3 });
  });
  it('exchanges the sources of comparisons that only exist the other way round, as LLVM does', () => {
    expect(assembleInstruction('fcmle v0.4s, v1.4s, v2.4s', context)).toEqual({ ok: true, word: 0x6e21e440 });
    expect(assembleInstruction('fcmlt d0, d1, d2', context)).toEqual({ ok: true, word: 0x7ee1e440 });
    expect(assembleInstruction('facle v0.2d, v1.2d, v2.2d', context)).toEqual({ ok: true, word: 0x6e61ec40 });
    expect(assembleInstruction('faclt s0, s1, s2', context)).toEqual({ ok: true, word: 0x7ea1ec40 });
  });
  it.each([
    ['frobnicate x0', "there is no instruction 'frobnicate'"],
    ['and x0, x1, #5', 'and: 0x5 is not a bitmask immediate'],
    ['ldr x0, [x1, #32768]', 'ldr: offset 32768 is out of range 0 to 32760'],
    ['msr nothing_el1, x0', 'msr: nothing_el1 is not a system register'],
    ['ldr x0, [x1, w2]', 'ldr: a 32-bit offset needs uxtw or sxtw'],
    ['ldr x0, [x1, x2, uxtw]', 'ldr: uxtw does not go with a 64-bit offset'],
    ['add x0, x1, w2', 'add: w2 is 32 bits wide; 64 are needed'],
    ['mul x0, x1, w2', 'mul: w2 is 32 bits wide; 64 are needed'],
    ['ld2 {v0.16b, v2.16b}, [x0]', 'ld2: 2 registers that follow each other are needed'],
  ])('says what is wrong with %s', (text, message) => expect(assembleInstruction(text, context)).toEqual({ ok: false, message }));
});

describe('encoding', () => {
  it('throws when a field is missing or does not fit', () => {
    expect(() => encode('add_imm', { sf: 1, sh: 0, imm12: 4096, Rn: 0, Rd: 0 })).toThrow('imm12=4096 does not fit 12 bits');
    expect(() => encode('add_imm', { sf: 1, sh: 0, Rn: 0, Rd: 0 })).toThrow('field imm12 is missing');
  });
  it('is undone by decoding', () => {
    const found = decode(encode('ldp_x_post', { imm7: 0x7e, Rt2: 30, Rn: 31, Rt: 29 }));
    expect(found?.row.name).toBe('ldp_x_post');
    expect(found?.imm).toBe(-16n);
  });
});
