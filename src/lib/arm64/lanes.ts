import type { Emitter } from './emitter.ts';

/** Element size as encodings have it: 8 << size bits. */
export type Size = 0 | 1 | 2 | 3;
export type Sign = 's' | 'u';
export type Part = 'low' | 'high';

const shapes = ['i8x16', 'i16x8', 'i32x4', 'i64x2'] as const;

/** A value repeated in all lanes of 64 bits. */
function repeated(value: bigint, bits: number): bigint {
  const lane = BigInt.asUintN(bits, value);
  let result = 0n;
  for (let at = 0; at < 64; at += bits) result |= lane << BigInt(at);
  return result;
}

/** Lists of byte numbers for `i8x16.shuffle`: byte k of the result is byte `from(k)` of the two operands laid end to end. */
export function bytesBy(from: (k: number) => number): number[] {
  return Array.from({ length: 16 }, (_, k) => from(k));
}

/**
 * Integer arithmetic on the lanes of vectors, all of one size, composed of WebAssembly's operations. A mask is a vector whose lanes are all
 * ones or zero.
 */
export class Lanes<V, R> {
  readonly e: Emitter<V, R>;
  readonly size: Size;
  readonly bits: 8 | 16 | 32 | 64;
  readonly #shape: (typeof shapes)[number];
  #saturated: V | undefined;

  constructor(e: Emitter<V, R>, size: number) {
    if (size !== 0 && size !== 1 && size !== 2 && size !== 3) throw new Error(`${size} is not an element size`);
    this.e = e;
    this.size = size;
    this.bits = ([8, 16, 32, 64] as const)[size];
    this.#shape = shapes[size];
  }

  op(name: string, ...args: V[]): V {
    return this.e.simd(`${this.#shape}.${name}`, args);
  }

  /** Lanes of half or twice the size. */
  narrower(): Lanes<V, R> {
    return new Lanes(this.e, this.size - 1);
  }
  wider(): Lanes<V, R> {
    return new Lanes(this.e, this.size + 1);
  }

  // Constants

  fill(value: bigint | number): V {
    const half = this.e.i64(repeated(BigInt(value), this.bits));
    return this.e.v128(half, half);
  }
  zero(): V {
    return this.fill(0);
  }
  /** The most negative number. */
  least(): V {
    return this.fill(1n << BigInt(this.bits - 1));
  }
  /** The greatest signed number. */
  most(): V {
    return this.fill((1n << BigInt(this.bits - 1)) - 1n);
  }
  splat(element: V): V {
    return this.op('splat', element);
  }

  // Bitwise

  and(a: V, b: V): V {
    return this.e.simd('v128.and', [a, b]);
  }
  or(a: V, b: V): V {
    return this.e.simd('v128.or', [a, b]);
  }
  xor(a: V, b: V): V {
    return this.e.simd('v128.xor', [a, b]);
  }
  not(a: V): V {
    return this.e.simd('v128.not', [a]);
  }
  /** a without the bits of b. */
  without(a: V, b: V): V {
    return this.e.simd('v128.andnot', [a, b]);
  }
  select(mask: V, ifSet: V, ifClear: V): V {
    return this.e.simd('v128.bitselect', [ifSet, ifClear, mask]);
  }

  // Arithmetic modulo 2^bits

  add(a: V, b: V): V {
    return this.op('add', a, b);
  }
  sub(a: V, b: V): V {
    return this.op('sub', a, b);
  }
  neg(a: V): V {
    return this.op('neg', a);
  }
  abs(a: V): V {
    return this.op('abs', a);
  }
  mul(a: V, b: V): V {
    if (this.size !== 0) return this.op('mul', a, b);
    // There is no multiplication of bytes: low halves of the products of 16 bits.
    const wide = this.wider();
    const evenBytes = bytesBy((k) => 2 * k);
    return this.e.simd('i8x16.shuffle', [wide.product(a, b, 'low', 'u'), wide.product(a, b, 'high', 'u')], evenBytes);
  }

  // Shifts of all lanes; amounts are i32 or plain numbers, below the lane's width

  shl(a: V, amount: V | number): V {
    return this.op('shl', a, this.#amount(amount));
  }
  shr(sign: Sign, a: V, amount: V | number): V {
    return this.op(`shr_${sign}`, a, this.#amount(amount));
  }
  /** All ones in negative lanes. */
  signs(a: V): V {
    return this.shr('s', a, this.bits - 1);
  }

  #amount(amount: V | number): V {
    return typeof amount === 'number' ? this.e.i32(amount) : amount;
  }

  // Comparisons give masks

  eq(a: V, b: V): V {
    return this.op('eq', a, b);
  }
  ne(a: V, b: V): V {
    return this.op('ne', a, b);
  }
  gt(sign: Sign, a: V, b: V): V {
    return this.#compare('gt', sign, a, b);
  }
  ge(sign: Sign, a: V, b: V): V {
    return this.#compare('ge', sign, a, b);
  }

  #compare(name: 'gt' | 'ge', sign: Sign, a: V, b: V): V {
    if (sign === 's' || this.size !== 3) return this.op(`${name}_${sign}`, a, b);
    // WebAssembly has no unsigned comparison of 64 bits: turn the order round.
    return this.op(`${name}_s`, this.xor(a, this.least()), this.xor(b, this.least()));
  }

  /** Not for 64 bits. */
  max(sign: Sign, a: V, b: V): V {
    return this.op(`max_${sign}`, a, b);
  }
  min(sign: Sign, a: V, b: V): V {
    return this.op(`min_${sign}`, a, b);
  }

  // Changes of width: these lanes are the wide ones

  /** The narrower lanes of one half of a vector. */
  extend(a: V, part: Part, sign: Sign): V {
    return this.op(`extend_${part}_${shapes[this.size - 1]}_${sign}`, a);
  }
  /** Products of the narrower lanes of one half. */
  product(a: V, b: V, part: Part, sign: Sign): V {
    return this.op(`extmul_${part}_${shapes[this.size - 1]}_${sign}`, a, b);
  }
  /** The low (or high) half of each lane, packed into an i64. */
  packed(a: V, half: Part = 'low'): V {
    const bytes = this.bits / 16;
    const from = (k: number): number => (Math.floor((k & 7) / bytes) * 2 + (half === 'high' ? 1 : 0)) * bytes + ((k & 7) % bytes);
    return this.e.half(this.e.simd('i8x16.shuffle', [a, a], bytesBy(from)), 0);
  }
  /** Sums of neighbouring narrower lanes. */
  pairSums(a: V, sign: Sign): V {
    if (this.size !== 3) return this.op(`extadd_pairwise_${shapes[this.size - 1]}_${sign}`, a);
    return this.add(this.shr(sign, a, 32), this.shr(sign, this.shl(a, 32), 32));
  }

  // Saturation

  /** Says which lanes have saturated, by any bit of theirs; see {@link finish}. */
  saturates(mask: V): void {
    this.#saturated = this.#saturated === undefined ? mask : this.or(this.#saturated, mask);
  }
  /** `value`, but `limit` in lanes that overflow. */
  saturated(value: V, overflow: V, limit: V): V {
    this.saturates(overflow);
    return this.select(overflow, limit, value);
  }
  /** The end of the range that an overflow of a number of this sign reaches: most or least. */
  limitBySign(a: V): V {
    return this.xor(this.signs(a), this.most());
  }

  /** Writes the low bits of a result to a register and clears the rest; sets FPSR.QC if one of the lanes there has saturated. */
  finish(reg: R, value: V, bits: ResultBits): void {
    this.note(bits);
    writeLow(this.e, reg, value, bits);
  }

  /** Sets FPSR.QC if one of the lanes in the low bits has saturated. */
  note(bits: ResultBits): void {
    if (this.#saturated === undefined) return;
    if (bits === 128) this.e.setSaturated(this.e.simd('v128.any_true', [this.#saturated]));
    else this.e.setSaturated(this.e.ne(lowBits(this.e, this.#saturated, bits), this.e.i64(0n)));
  }
}

export type ResultBits = 8 | 16 | 32 | 64 | 128;

function lowBits<V, R>(e: Emitter<V, R>, value: V, bits: 8 | 16 | 32 | 64): V {
  return e.and(e.half(value, 0), e.i64((1n << BigInt(bits)) - 1n));
}

/** Writes the low bits of a vector to a register and clears the rest. */
export function writeLow<V, R>(e: Emitter<V, R>, reg: R, value: V, bits: ResultBits): void {
  e.setV(reg, bits === 128 ? value : e.v128(lowBits(e, value, bits), e.i64(0n)));
}

/** `v` with the lane at bit `shift` (i64) of one half replaced by an element, an i64 that is zero above its bits. */
export function insertElement<V, R>(e: Emitter<V, R>, v: V, bits: 8 | 16 | 32 | 64, half: number, shift: V, element: V): V {
  const low = e.half(v, 0);
  const high = e.half(v, 1);
  const old = half ? high : low;
  const hole = e.not(e.shl(e.i64((1n << BigInt(bits)) - 1n), shift));
  const replaced = bits === 64 ? element : e.or(e.and(old, hole), e.shl(element, shift));
  return half ? e.v128(low, replaced) : e.v128(replaced, high);
}
