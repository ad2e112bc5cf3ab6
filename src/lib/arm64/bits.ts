/** Immediates that are encoded by rule: bitmasks (DecodeBitMasks), floating-point constants (VFPExpandImm), moves. */

const mask = (bits: number): bigint => (1n << BigInt(bits)) - 1n;

function rotateRight(value: bigint, amount: number, width: number): bigint {
  const n = BigInt(amount % width);
  return ((value >> n) | (value << (BigInt(width) - n))) & mask(width);
}

function replicate(value: bigint, size: number, width: number): bigint {
  let result = 0n;
  for (let at = 0; at < width; at += size) result |= value << BigInt(at);
  return result;
}

/** Element size of N:NOT(imms), or 0 when unallocated. */
function elementSize(N: number, imms: number): number {
  const combined = (N << 6) | (~imms & 63);
  return combined < 2 ? 0 : 1 << (31 - Math.clz32(combined));
}

/** DecodeBitMasks for logical immediates (shared/functions/common, J1): the value, or undefined when the encoding is reserved. */
export function decodeLogicalImmediate(N: number, imms: number, immr: number, width: 32 | 64): bigint | undefined {
  const size = elementSize(N, imms);
  if (size === 0 || size > width || (width === 32 && N)) return undefined;
  const S = imms & (size - 1);
  if (S === size - 1) return undefined;
  return replicate(rotateRight(mask(S + 1), immr & (size - 1), size), size, width);
}

/** The bitfield masks wmask and tmask of BFM, SBFM and UBFM. */
export function bitfieldMasks(imms: number, immr: number, width: 32 | 64): { wmask: bigint; tmask: bigint } {
  const wmask = rotateRight(mask(imms + 1), immr, width);
  const tmask = mask(((imms - immr) & (width - 1)) + 1);
  return { wmask, tmask };
}

/** Fields of a logical immediate, or undefined when the value cannot be one. `value` is unsigned and below 2^width. */
export function encodeLogicalImmediate(value: bigint, width: 32 | 64): { N: number; imms: number; immr: number } | undefined {
  if (value === 0n || value === mask(width) || value < 0n || value > mask(width)) return undefined;
  let size: number = width;
  while (size > 2) {
    const half = size >> 1;
    if ((value & mask(half)) !== ((value >> BigInt(half)) & mask(half))) break;
    size = half;
  }
  const element = value & mask(size);
  // Rotate so that the run of ones starts at bit 0.
  let rotation = 0;
  let turned = element;
  while ((turned & 1n) === 0n || (turned >> BigInt(size - 1)) & 1n) {
    turned = rotateRight(turned, 1, size);
    rotation++;
    if (rotation > size) return undefined;
  }
  let ones = 0;
  while ((turned >> BigInt(ones)) & 1n) ones++;
  if (turned !== mask(ones)) return undefined;
  const immr = (size - rotation) % size;
  const imms = (~(size * 2 - 1) & 63) | (ones - 1);
  return { N: size === 64 ? 1 : 0, imms: imms & 63, immr };
}

const formats = { 16: { exponent: 5, fraction: 10 }, 32: { exponent: 8, fraction: 23 }, 64: { exponent: 11, fraction: 52 } } as const;

/** VFPExpandImm: the bits of an 8-bit floating-point constant. */
export function decodeFpImmediate(imm8: number, width: 16 | 32 | 64): bigint {
  const { exponent, fraction } = formats[width];
  const b6 = BigInt((imm8 >> 6) & 1);
  const repeated = b6 ? mask(exponent - 3) : 0n;
  const exp = ((b6 ^ 1n) << BigInt(exponent - 1)) | (repeated << 2n) | BigInt((imm8 >> 4) & 3);
  return (BigInt(imm8 >> 7) << BigInt(width - 1)) | (exp << BigInt(fraction)) | (BigInt(imm8 & 15) << BigInt(fraction - 4));
}

/** The 8-bit form of a floating-point constant, or undefined when it has none. */
export function encodeFpImmediate(bits: bigint, width: 16 | 32 | 64): number | undefined {
  const { fraction } = formats[width];
  const sign = Number(bits >> BigInt(width - 1)) << 7;
  const low = Number((bits >> BigInt(fraction - 4)) & 0x3fn);
  for (const b6 of [0, 0x40]) {
    const imm8 = sign | b6 | low;
    if (decodeFpImmediate(imm8, width) === bits) return imm8;
  }
  return undefined;
}

/** AdvSIMDExpandImm: 64 bits that are replicated to the register; undefined for cmode 1111 with op 1 and Q 0. */
export function decodeSimdImmediate(op: number, cmode: number, imm8: number): bigint {
  const b = BigInt(imm8);
  const twice = (v: bigint) => (v << 32n) | v;
  switch (cmode >> 1) {
    case 0:
    case 1:
    case 2:
    case 3:
      return twice(b << BigInt((cmode >> 1) * 8));
    case 4:
    case 5: {
      const h = b << BigInt(((cmode >> 1) & 1) * 8);
      return twice((h << 16n) | h);
    }
    case 6:
      return twice(cmode & 1 ? (b << 16n) | 0xffffn : (b << 8n) | 0xffn);
    default:
      if (!(cmode & 1)) {
        if (!op) return replicate(b, 8, 64);
        let value = 0n;
        for (let i = 0; i < 8; i++) if ((imm8 >> i) & 1) value |= 0xffn << BigInt(8 * i);
        return value;
      }
      return op ? decodeFpImmediate(imm8, 64) : twice(decodeFpImmediate(imm8, 32));
  }
}

export type MoveStep = { op: 'movz' | 'movn' | 'movk'; imm16: number; hw: number } | { op: 'orr'; N: number; imms: number; immr: number };

/**
 * The shortest sequence that puts a constant into a register: MOVZ or MOVN with MOVKs, or ORR with a bitmask (and then a MOVK).
 * `value` is unsigned and below 2^width.
 */
export function moveImmediate(value: bigint, width: 32 | 64): MoveStep[] {
  const halves = Array.from({ length: width / 16 }, (_, i) => Number((value >> BigInt(16 * i)) & 0xffffn));
  const zeros = halves.filter((h) => h === 0).length;
  const ones = halves.filter((h) => h === 0xffff).length;
  const wide = wideSequence(halves, ones > zeros);
  if (wide.length === 1) return wide;
  const logical = encodeLogicalImmediate(value, width);
  if (logical) return [{ op: 'orr', ...logical }];
  if (wide.length > 2) {
    for (let i = 0; i < halves.length; i++) {
      for (const filler of [0, 0xffff, halves[(i + 2) % halves.length], halves[(i + 1) % halves.length]]) {
        const patched = halves.map((h, j) => (j === i ? filler : h)).reduceRight((sum, h) => (sum << 16n) | BigInt(h), 0n);
        const bitmask = encodeLogicalImmediate(patched, width);
        if (bitmask)
          return [
            { op: 'orr', ...bitmask },
            { op: 'movk', imm16: halves[i], hw: i },
          ];
      }
    }
  }
  return wide;
}

function wideSequence(halves: readonly number[], inverted: boolean): MoveStep[] {
  const filler = inverted ? 0xffff : 0;
  const steps: MoveStep[] = [];
  halves.forEach((half, hw) => {
    if (half === filler) return;
    if (steps.length > 0) steps.push({ op: 'movk', imm16: half, hw });
    else steps.push(inverted ? { op: 'movn', imm16: ~half & 0xffff, hw } : { op: 'movz', imm16: half, hw });
  });
  return steps.length > 0 ? steps : [inverted ? { op: 'movn', imm16: 0, hw: 0 } : { op: 'movz', imm16: 0, hw: 0 }];
}
