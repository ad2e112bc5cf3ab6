import { describe, expect, it } from 'vitest';
import { Random } from './compare.ts';
import { fastFpOperations } from './fp-module.ts';
import { moderate, operands } from './fp-operands.ts';
import { fastFpVectorName, fastFpVectorOperations } from './fp-vectors.ts';
import { exactFpFunction, fastFpFunctions } from './handlers.ts';
import { State, stateAddress } from './layout.ts';
import { SharedMemory } from './shared-memory.ts';
import { FunctionWriter, ModuleWriter, type WasmType } from './wasm.ts';

type FpFunction = (state: number, ...args: (number | bigint)[]) => number | bigint;

const memory = new SharedMemory({ base: 0, size: 1 << 16 }, 1);
const functions = fastFpFunctions(memory);
const state = stateAddress(0);

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
      const bits = random.below(4) ? operands(random, width, count) : moderate(random, width, count);
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

/** JavaScript cannot call with vectors: functions that take them from State.scratch and leave the result there. */
function vectorFunctions(): Record<string, (state: number) => void> {
  const module = new ModuleWriter();
  module.importMemory('memory', memory.layout.totalPages);
  const list = Object.entries(fastFpVectorOperations).flatMap(([op, { widths, operands: count }]) =>
    widths.map((width) => {
      const name = fastFpVectorName(op, width) ?? '';
      const signature = { params: ['i32' as const, ...new Array<WasmType>(count).fill('v128')], results: ['v128' as const] };
      return { name, count, index: module.importFunction(name, signature) };
    }),
  );
  for (const { name, count, index } of list) {
    const code = new FunctionWriter(1);
    code.get(0).get(0);
    for (let i = 0; i < count; i++) code.get(0).memory('v128.load', State.scratch + 16 * i);
    code.call(index).memory('v128.store', State.scratch);
    // The address of the result lies below the state that the call has taken.
    module.function({ params: ['i32'], results: [] }, code, name);
  }
  const imports = { ...functions, memory: memory.wasm } as WebAssembly.ModuleImports;
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module.finish()), { e: imports });
  return exports as Record<string, (state: number) => void>;
}

describe('fast floating point on vectors', () => {
  const wrapped = vectorFunctions();
  const cases = Object.entries(fastFpVectorOperations).flatMap(([op, { widths, operands: count }]) =>
    widths.map((width) => ({ op, width, count })),
  );
  it.each(cases)('$op of $width-bit lanes has the results and flags of the exact operation', ({ op, width, count }) => {
    const random = new Random(width + op.length * 331 + count);
    const exact = exactFpFunction(memory, `exact:${op}:${width}`);
    const fast = wrapped[fastFpVectorName(op, width) ?? ''];
    const lanes = 128 / width;
    const at = (offset: number): number => (state + offset) / 4;
    for (let i = 0; i < 2500; i++) {
      // One lane in some vectors is not like the others; integers are random anyway.
      const odd = random.below(3) === 0 ? random.below(lanes) : -1;
      const vectors: bigint[][] = Array.from({ length: lanes }, (_, lane) =>
        lane === odd || op.startsWith('from')
          ? Array.from({ length: count }, () => BigInt.asUintN(width, random.wide()))
          : moderate(random, width, count),
      );
      const fpsr = random.below(2) ? 0x10 : 0;
      const fpcr = random.below(8) === 0 ? random.below(16) << 22 : 0;
      const start = (): void => {
        memory.u32[at(State.fpcr)] = fpcr;
        memory.u32[at(State.fpsr)] = fpsr;
      };
      const text = (results: readonly bigint[]): string =>
        `${results.map((r) => r.toString(16)).join(' ')}, FPSR ${memory.u32[at(State.fpsr)].toString(16)}`;
      start();
      const expected = text(
        vectors.map((args) => BigInt.asUintN(width, BigInt(exact(state, ...(width === 64 ? args : args.map(Number)))))),
      );
      start();
      vectors.forEach((args, lane) =>
        args.forEach((bits, n) => {
          const address = state + State.scratch + 16 * n + (lane * width) / 8;
          if (width === 64) memory.u64[address / 8] = bits;
          else memory.u32[address / 4] = Number(bits);
        }),
      );
      fast(state);
      const got = text(
        Array.from({ length: lanes }, (_, lane) => {
          const address = state + State.scratch + (lane * width) / 8;
          return width === 64 ? memory.u64[address / 8] : BigInt(memory.u32[address / 4]);
        }),
      );
      if (got !== expected)
        expect(
          `${vectors
            .flat()
            .map((b) => b.toString(16))
            .join(', ')} FPCR ${fpcr.toString(16)}: ${got}`,
        ).toBe(expected);
    }
  });
});
