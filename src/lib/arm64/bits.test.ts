import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeFpImmediate, decodeLogicalImmediate, encodeFpImmediate, encodeLogicalImmediate, moveImmediate } from './bits.ts';
import { encode } from './decode.ts';
import { Evaluator, resetState, type EvaluateHost } from './evaluate.ts';

const noHost: EvaluateHost = {
  load: () => 0n,
  store() {},
  exception() {},
  eret() {},
  mrs: () => 0n,
  msr() {},
  msrImmediate() {},
  sys() {},
};

describe.each([32, 64] as const)('bitmask immediates of %d bits', (width) => {
  const values = new Map<bigint, number>();
  for (let N = 0; N < 2; N++)
    for (let imms = 0; imms < 64; imms++)
      for (let immr = 0; immr < 64; immr++) {
        const value = decodeLogicalImmediate(N, imms, immr, width);
        if (value !== undefined) values.set(value, (N << 12) | (immr << 6) | imms);
      }

  it('are as many as the architecture has', () => expect(values.size).toBe(width === 64 ? 5334 : 1302));

  it('are all encoded, in a form that decodes to the value', () => {
    const wrong = [...values.keys()].filter((value) => {
      const f = encodeLogicalImmediate(value, width);
      return !f || decodeLogicalImmediate(f.N, f.imms, f.immr, width) !== value;
    });
    expect(wrong).toEqual([]);
  });

  it('are no other values', () =>
    fc.assert(
      fc.property(fc.bigInt(0n, (1n << BigInt(width)) - 1n), (value) => {
        expect(encodeLogicalImmediate(value, width) !== undefined).toBe(values.has(value));
      }),
    ));
});

describe.each([16, 32, 64] as const)('floating-point immediates of %d bits', (width) => {
  it('round trip', () => {
    for (let imm8 = 0; imm8 < 256; imm8++) expect(encodeFpImmediate(decodeFpImmediate(imm8, width), width)).toBe(imm8);
  });
  it('have no zero', () => expect(encodeFpImmediate(0n, width)).toBeUndefined());
});

describe.each([32, 64] as const)('moves of %d-bit constants', (width) => {
  const sf = width === 64 ? 1 : 0;
  const result = (value: bigint): { made: bigint; steps: number } => {
    const evaluator = new Evaluator(resetState(), noHost);
    const steps = moveImmediate(value, width);
    for (const { op, ...fields } of steps)
      evaluator.execute(op === 'orr' ? encode('orr_imm', { sf, Rn: 31, Rd: 0, ...fields }) : encode(op, { sf, Rd: 0, ...fields }));
    return { made: evaluator.state.x[0], steps: steps.length };
  };
  const half = fc.oneof(fc.constantFrom(0n, 0xffffn, 0xaaaan, 1n, 0x8000n), fc.bigInt(0n, 0xffffn));
  const value = fc.array(half, { minLength: width / 16, maxLength: width / 16 }).map((h) => h.reduce((sum, x) => (sum << 16n) | x, 0n));

  it('make the constant, in no more steps than it has halves that are neither all zeros nor all ones', () =>
    fc.assert(
      fc.property(value, (v) => {
        const { made, steps } = result(v);
        expect(made).toBe(v);
        const halves = Array.from({ length: width / 16 }, (_, i) => (v >> BigInt(16 * i)) & 0xffffn);
        const needed = Math.min(halves.filter((h) => h !== 0n).length, halves.filter((h) => h !== 0xffffn).length);
        expect(steps).toBeLessThanOrEqual(Math.max(needed, 1));
      }),
    ));

  it('take one step for a bitmask', () => expect(result(width === 64 ? 0x00ff00ff00ff00ffn : 0x00ff00ffn).steps).toBe(1));
});
