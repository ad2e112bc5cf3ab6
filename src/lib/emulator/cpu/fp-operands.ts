/** Operands for tests of floating-point operations: where results are exact, nearly so, rounded at ties, or at the ends of the range. */
import type { Random } from './compare.ts';

const layouts = { 32: { fraction: 23, bias: 127 }, 64: { fraction: 52, bias: 1023 } } as const;

/** Operands of one case: near each other, near powers of two, with few bits, or anything. */
export function operands(random: Random, width: 32 | 64, count: number, leastKind = 0): bigint[] {
  const [fraction, bias] = [BigInt(layouts[width].fraction), BigInt(layouts[width].bias)];
  const base = BigInt(random.below(40)) - 20n;
  return Array.from({ length: count }, () => {
    switch (leastKind + random.below(4 - leastKind)) {
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

/** An addend that decides how a product midway between two numbers is rounded: (1 + 2^-k)(1 + 2^(k-n)) has its last bit at 2^-n. */
function nearTie(random: Random, width: 32 | 64): bigint[] {
  const { fraction, bias } = layouts[width];
  const n = fraction + 1;
  const k = 1 + random.below(fraction);
  const number = (exponent: number, bits: bigint): bigint =>
    (BigInt(random.below(2)) << BigInt(width - 1)) | (BigInt(bias + exponent) << BigInt(fraction)) | bits;
  const scale = random.below(9) - 4;
  return [
    number(scale - n - 1 - random.below(60), 0n),
    number(scale, 1n << BigInt(fraction - k)),
    number(0, 1n << BigInt(fraction - (n - k))),
  ];
}

/** An addend that is the rounded product with the other sign, or some units beside it, at any exponents: what is left is the product's error. */
function nearlyCancelled(random: Random, width: 32 | 64): bigint[] {
  const { fraction, bias } = layouts[width];
  const value = (bits: bigint): number => {
    const view = new DataView(new ArrayBuffer(8));
    if (width === 64) view.setBigUint64(0, bits);
    else view.setUint32(0, Number(bits));
    return width === 64 ? view.getFloat64(0) : view.getFloat32(0);
  };
  const bitsOf = (number: number): bigint => {
    const view = new DataView(new ArrayBuffer(8));
    if (width === 64) view.setFloat64(0, number);
    else view.setFloat32(0, number);
    return width === 64 ? view.getBigUint64(0) : BigInt(view.getUint32(0));
  };
  const exponents = [1, 2, bias - 300, bias - 30, bias, bias + 1, bias + 40, 2 * bias - 1, 2 * bias].filter((e) => e > 0);
  const factor = (): bigint => {
    const bits = ((BigInt(random.next()) << 32n) | BigInt(random.next())) & ((1n << BigInt(fraction)) - 1n);
    const kept = random.below(3) ? bits : bits & (-1n << BigInt(random.below(fraction)));
    return (BigInt(random.below(2)) << BigInt(width - 1)) | (BigInt(exponents[random.below(exponents.length)]) << BigInt(fraction)) | kept;
  };
  const [x, y] = [factor(), factor()];
  const addend = bitsOf(-(value(x) * value(y)));
  const beside = [0n, 0n, 1n, -1n, 2n, BigInt(random.below(1 << 12)), 1n << BigInt(random.below(width))][random.below(7)];
  return [BigInt.asUintN(width, addend + beside), x, y];
}

/** Operands that the host's arithmetic may do: zeros, few bits, many bits. */
export function moderate(random: Random, width: 32 | 64, count: number): bigint[] {
  if (count === 3 && random.below(4) === 0) return nearTie(random, width);
  if (count === 3 && random.below(4) === 0) return nearlyCancelled(random, width);
  if (random.below(6) > 0) {
    const found = operands(random, width, count, 2);
    if (random.below(4)) return found;
    found[random.below(count)] = BigInt(random.below(2)) << BigInt(width - 1);
    return found;
  }
  return Array.from({ length: count }, () => BigInt(random.below(2)) << BigInt(width - 1));
}
