import { describe, expect, it } from 'vitest';
import { Random } from './compare.ts';
import { fastFpOperations } from './fp-module.ts';
import { exactFpFunction, fastFpFunctions } from './handlers.ts';
import { State, stateAddress } from './layout.ts';
import { SharedMemory } from './shared-memory.ts';

type FpFunction = (state: number, ...args: (number | bigint)[]) => number | bigint;

const memory = new SharedMemory({ base: 0, size: 1 << 16 }, 1);
const functions = fastFpFunctions(memory);
const state = stateAddress(0);

/** Operands of one case: near each other, near powers of two, with few bits, or anything. */
function operands(random: Random, width: 32 | 64, count: number): bigint[] {
  const fraction = width === 64 ? 52n : 23n;
  const bias = width === 64 ? 1023n : 127n;
  const base = BigInt(random.below(40)) - 20n;
  return Array.from({ length: count }, () => {
    switch (random.below(4)) {
      case 0:
        return BigInt.asUintN(width, random.wide());
      case 1:
        return random.floating() >> (width === 64 ? 0n : 32n);
      case 2: {
        // Few significant bits: sums, products and roots come out exactly.
        const few = (BigInt(random.next()) & 0x1fn) << (fraction - 5n);
        return (BigInt(random.below(2)) << BigInt(width - 1)) | ((bias + base + BigInt(random.below(4))) << fraction) | few;
      }
      default: {
        const bits = ((BigInt(random.next()) << 32n) | BigInt(random.next())) & ((1n << fraction) - 1n);
        return (BigInt(random.below(2)) << BigInt(width - 1)) | ((bias + base + BigInt(random.below(6))) << fraction) | bits;
      }
    }
  });
}

describe('fast floating point', () => {
  const cases = Object.entries(fastFpOperations).flatMap(([op, { widths, operands: count, integer }]) =>
    widths.map((width) => ({ op, width, count, integer })),
  );
  it.each(cases)('$op of $width bits has the results and flags of the exact operation', ({ op, width, count, integer }) => {
    const random = new Random(width + op.length * 977);
    const exact = exactFpFunction(memory, `exact:${op}:${width}`);
    const fast = functions[`fp:${op}:${width}`] as FpFunction;
    const at = (offset: number): number => (state + offset) / 4;
    for (let i = 0; i < 4000; i++) {
      const bits = operands(random, width, count);
      const args = integer
        ? [integer === 'i64' ? random.wide() : Number(random.wide() & 0xffff_ffffn)]
        : bits.map((b) => (width === 64 ? b : Number(b)));
      const fpsr = random.below(2) ? 0x10 : 0;
      const fpcr = random.below(8) === 0 ? random.below(16) << 22 : 0;
      const run = (fn: FpFunction): string => {
        memory.u32[at(State.fpcr)] = fpcr;
        memory.u32[at(State.fpsr)] = fpsr;
        const result = fn(state, ...args);
        return `${BigInt.asUintN(64, BigInt(result) & (typeof result === 'number' ? 0xffff_ffffn : ~0n)).toString(16)} ${memory.u32[at(State.fpsr)].toString(16)}`;
      };
      const expected = run(exact);
      const got = run(fast);
      if (got !== expected) expect(`${args.map((b) => b.toString(16)).join(', ')} FPCR ${fpcr.toString(16)}: ${got}`).toBe(expected);
    }
  });
});
