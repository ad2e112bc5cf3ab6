import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { simdOperation } from './evaluate-simd.ts';

/**
 * Every vector operation against the JavaScript engine's own: a module of one function is made for each, which reads its operands
 * from memory and writes the result there.
 */
type Kind =
  | 'unary'
  | 'binary'
  | 'ternary'
  /** Vector and i32. */
  | 'shift'
  /** Vector to i32. */
  | 'test'
  /** i32 or i64 to vector. */
  | 'splat'
  /** Vector to i32 or i64, with a lane number. */
  | 'extract'
  | 'replace'
  | 'shuffle';

const shapes = ['i8x16', 'i16x8', 'i32x4', 'i64x2'] as const;
const laneBits = { i8x16: 8, i16x8: 16, i32x4: 32, i64x2: 64 } as const;
type Operation = { name: string; code: number; kind: Kind };
const operations: Operation[] = [];
function add(kind: Kind, code: number, ...names: string[]): void {
  names.forEach((name, i) => operations.push({ name, code: code + i, kind }));
}

add('shuffle', 0x0d, 'i8x16.shuffle');
add('binary', 0x0e, 'i8x16.swizzle');
add('splat', 0x0f, ...shapes.map((s) => `${s}.splat`));
add('extract', 0x15, 'i8x16.extract_lane_s', 'i8x16.extract_lane_u');
add('replace', 0x17, 'i8x16.replace_lane');
add('extract', 0x18, 'i16x8.extract_lane_s', 'i16x8.extract_lane_u');
add('replace', 0x1a, 'i16x8.replace_lane');
add('extract', 0x1b, 'i32x4.extract_lane');
add('replace', 0x1c, 'i32x4.replace_lane');
add('extract', 0x1d, 'i64x2.extract_lane');
add('replace', 0x1e, 'i64x2.replace_lane');
const comparisons = ['eq', 'ne', 'lt_s', 'lt_u', 'gt_s', 'gt_u', 'le_s', 'le_u', 'ge_s', 'ge_u'];
shapes.slice(0, 3).forEach((s, i) => add('binary', 0x23 + 10 * i, ...comparisons.map((c) => `${s}.${c}`)));
add('binary', 0xd6, ...['eq', 'ne', 'lt_s', 'gt_s', 'le_s', 'ge_s'].map((c) => `i64x2.${c}`));
add('unary', 0x4d, 'v128.not');
add('binary', 0x4e, 'v128.and', 'v128.andnot', 'v128.or', 'v128.xor');
add('ternary', 0x52, 'v128.bitselect');
add('test', 0x53, 'v128.any_true');
shapes.forEach((s, i) => {
  const base = 0x60 + 0x20 * i;
  add('unary', base, `${s}.abs`, `${s}.neg`);
  add('test', base + 3, `${s}.all_true`, `${s}.bitmask`);
  add('shift', base + 0xb, `${s}.shl`, `${s}.shr_s`, `${s}.shr_u`);
  add('binary', base + 0xe, `${s}.add`);
  add('binary', base + 0x11, `${s}.sub`);
  if (i > 0) add('binary', base + 0x15, `${s}.mul`);
  if (i < 3) add('binary', base + 0x16, `${s}.min_s`, `${s}.min_u`, `${s}.max_s`, `${s}.max_u`);
  if (i < 2) {
    add('binary', base + 5, `${s}.narrow_${shapes[i + 1]}_s`, `${s}.narrow_${shapes[i + 1]}_u`);
    add('binary', base + 0xf, `${s}.add_sat_s`, `${s}.add_sat_u`);
    add('binary', base + 0x12, `${s}.sub_sat_s`, `${s}.sub_sat_u`);
    add('binary', base + 0x1b, `${s}.avgr_u`);
  }
  if (i === 0) return;
  const from = shapes[i - 1];
  const halves = ['low', 'high'];
  add('unary', base + 7, ...['s', 'u'].flatMap((sign) => halves.map((half) => `${s}.extend_${half}_${from}_${sign}`)));
  add('binary', base + 0x1c, ...['s', 'u'].flatMap((sign) => halves.map((half) => `${s}.extmul_${half}_${from}_${sign}`)));
});
add('unary', 0x62, 'i8x16.popcnt');
add('unary', 0x7c, 'i16x8.extadd_pairwise_i8x16_s', 'i16x8.extadd_pairwise_i8x16_u');
add('unary', 0x7e, 'i32x4.extadd_pairwise_i16x8_s', 'i32x4.extadd_pairwise_i16x8_u');
add('binary', 0x82, 'i16x8.q15mulr_sat_s');
add('binary', 0xba, 'i32x4.dot_i16x8_s');
add('unary', 0xe0, 'f32x4.abs', 'f32x4.neg');
add('unary', 0xec, 'f64x2.abs', 'f64x2.neg');

const leb = (n: number): number[] => (n < 0x80 ? [n] : [(n & 0x7f) | 0x80, ...leb(n >>> 7)]);
const section = (id: number, content: number[]): number[] => [id, ...leb(content.length), ...content];
const simd = (code: number, ...rest: number[]): number[] => [0xfd, ...leb(code), ...rest];
const address = (at: number): number[] => [0x41, ...(at < 64 ? [at] : [(at & 0x7f) | 0x80, at >> 7])];
const loadVector = (at: number): number[] => [...address(at), ...simd(0x00, 4, 0)];
const loadScalar = (at: number, wide: boolean): number[] => [...address(at), wide ? 0x29 : 0x28, wide ? 3 : 2, 0];

/** Operands at 0, 16 and 32; the result at 48. */
function compile({ name, code, kind }: Operation, lanes: readonly number[]): (input: readonly bigint[]) => bigint {
  const wide = name.startsWith('i64x2');
  const lane = kind === 'extract' || kind === 'replace' || kind === 'shuffle' ? [...lanes] : [];
  const operands: Record<Kind, number[]> = {
    unary: loadVector(0),
    binary: [...loadVector(0), ...loadVector(16)],
    ternary: [...loadVector(0), ...loadVector(16), ...loadVector(32)],
    shift: [...loadVector(0), ...loadScalar(16, false)],
    test: loadVector(0),
    splat: loadScalar(0, wide),
    extract: loadVector(0),
    replace: [...loadVector(0), ...loadScalar(16, wide)],
    shuffle: [...loadVector(0), ...loadVector(16)],
  };
  const scalar = kind === 'test' || kind === 'extract';
  const store = !scalar ? simd(0x0b, 4, 0) : kind === 'extract' && wide ? [0x37, 3, 0] : [0x36, 2, 0];
  const body = [0, ...address(48), ...operands[kind], ...simd(code, ...lane), ...store, 0x0b];
  const module = new Uint8Array([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, 0x60, 0, 0]),
    ...section(2, [1, 1, 0x65, 1, 0x6d, 2, 0, 1]),
    ...section(3, [1, 0]),
    ...section(7, [1, 1, 0x66, 0, 0]),
    ...section(10, [1, ...leb(body.length), ...body]),
  ]);
  const memory = new WebAssembly.Memory({ initial: 1 });
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module), { e: { m: memory } });
  const run = exports.f;
  if (typeof run !== 'function') throw new Error('no function');
  const words = new BigUint64Array(memory.buffer);
  return (input) => {
    words.fill(0n, 0, 8);
    input.forEach((value, i) => {
      words[2 * i] = BigInt.asUintN(64, value);
      words[2 * i + 1] = value >> 64n;
    });
    run();
    return words[6] | (words[7] << 64n);
  };
}

function lanesFor({ name, kind }: Operation): fc.Arbitrary<number[]> {
  if (kind === 'shuffle') return fc.array(fc.integer({ min: 0, max: 31 }), { minLength: 16, maxLength: 16 });
  const shape = shapes.find((s) => name.startsWith(s));
  return fc.integer({ min: 0, max: shape ? 128 / laneBits[shape] - 1 : 0 }).map((n) => [n]);
}

const edge = fc.constantFrom(
  0n,
  1n,
  0x7fn,
  0x80n,
  0xffn,
  0x7fffn,
  0x8000n,
  0xffffn,
  0x7fffffffn,
  0x80000000n,
  0xffffffffn,
  (1n << 63n) - 1n,
  1n << 63n,
);
const vector = fc.oneof(
  fc.bigInt(0n, (1n << 128n) - 1n),
  fc.tuple(edge, edge).map(([low, high]) => low | (high << 64n)),
  fc
    .array(fc.constantFrom(0n, 1n, 0x7fn, 0x80n, 0xffn), { minLength: 16, maxLength: 16 })
    .map((b) => b.reduce<bigint>((sum, x) => (sum << 8n) | x, 0n)),
);

/** Arguments as the emitter passes them. */
function argumentsOf({ name, kind }: Operation, input: readonly bigint[]): (number | bigint)[] {
  const scalar = (value: bigint) =>
    name.startsWith('i64x2') && kind !== 'shift' ? BigInt.asUintN(64, value) : Number(BigInt.asUintN(32, value));
  if (kind === 'splat') return [scalar(input[0])];
  if (kind === 'shift' || kind === 'replace') return [input[0], scalar(input[1])];
  return kind === 'ternary' ? [...input] : kind === 'binary' || kind === 'shuffle' ? input.slice(0, 2) : input.slice(0, 1);
}

describe('vector operations', () => {
  it.each(operations.map((o) => [o.name, o] as const))('%s is as the engine has it', (_, operation) =>
    fc.assert(
      fc.property(lanesFor(operation), fc.array(fc.tuple(vector, vector, vector), { minLength: 8, maxLength: 8 }), (lanes, inputs) => {
        const theirs = compile(operation, lanes);
        for (const input of inputs) {
          const ours = simdOperation(operation.name, argumentsOf(operation, input), lanes);
          expect(BigInt(ours)).toBe(theirs(input));
        }
      }),
      { numRuns: 12 },
    ),
  );
});
