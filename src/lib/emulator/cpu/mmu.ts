import type { WalkStep } from './types.ts';

/**
 * Stage 1 translation of the EL1&0 regime (Arm ARM D8): 4K, 16K and 64K granules, 48-bit input and output addresses. Nothing here has state or
 * side effects; the CPU, AT instructions and debug views share it.
 *
 * Virtual addresses are two unsigned 32-bit halves, because a double holds only 53 bits; physical ones are numbers.
 */
export type Fault = 'translation' | 'accessFlag' | 'permission' | 'addressSize' | 'externalAbort' | 'walkAbort' | 'alignment' | 'debug';

/** Fault status code (DFSC, IFSC; ISS encoding of data aborts, D17.2.37). */
export function faultStatus(fault: Fault, level: number): number {
  switch (fault) {
    case 'addressSize':
      return level;
    case 'translation':
      return 0b000100 | level;
    case 'accessFlag':
      return 0b001000 | level;
    case 'permission':
      return 0b001100 | level;
    case 'walkAbort':
      return 0b010100 | level;
    case 'externalAbort':
      return 0b010000;
    case 'alignment':
      return 0b100001;
    case 'debug':
      return 0b100010;
  }
}

/** What is in force for one half of the address space (TTBR0 or TTBR1). */
type Range = {
  disabled: boolean;
  /** Significant bits of an input address. */
  inputBits: number;
  /** log2 of the granule. */
  granuleBits: number;
  /** Level, address and last index of the first table; the first address that is too large for an output. */
  firstLevel: number;
  table: number;
  firstMask: number;
  limit: number;
  topByteIgnored: boolean;
};

/** The regime's controls, decoded once whenever a register changes. */
export type Regime = {
  enabled: boolean;
  /** SCTLR_EL1.WXN: what can be written cannot be executed. */
  writableNeverExecutes: boolean;
  ranges: readonly [Range, Range];
  /** Bits of a physical address. */
  outputBits: number;
  /** The eight attribute bytes. */
  attributes: Uint8Array;
  asid: number;
};

/** PARange of ID_AA64MMFR0_EL1 is 40 bits, as a Cortex-A53's. */
export const physicalBits = 40;
const outputSizes = [32, 36, 40, 42, 44, 48];
const granules0 = [12, 16, 14, 12];
/** TG1 = 0 is reserved: treated as 4K. */
const granules1 = [12, 14, 12, 16];

export function regimeOf(sctlr: bigint, tcr: bigint, ttbr0: bigint, ttbr1: bigint, mair: bigint): Regime {
  const field = (lsb: number, width: number): number => Number((tcr >> BigInt(lsb)) & ((1n << BigInt(width)) - 1n));
  const inputBits = (size: number): number => 64 - Math.min(39, Math.max(16, size));
  const asidSource = field(22, 1) ? ttbr1 : ttbr0;
  const outputBits = Math.min(physicalBits, outputSizes[field(32, 3)] ?? 48);
  return {
    enabled: (sctlr & 1n) !== 0n,
    writableNeverExecutes: (sctlr & (1n << 19n)) !== 0n,
    ranges: [
      rangeOf(ttbr0, inputBits(field(0, 6)), granules0[field(14, 2)], outputBits, {
        disabled: field(7, 1) === 1,
        topByteIgnored: field(37, 1) === 1,
      }),
      rangeOf(ttbr1, inputBits(field(16, 6)), granules1[field(30, 2)], outputBits, {
        disabled: field(23, 1) === 1,
        topByteIgnored: field(38, 1) === 1,
      }),
    ],
    outputBits,
    attributes: Uint8Array.from({ length: 8 }, (_, i) => Number((mair >> BigInt(8 * i)) & 0xffn)),
    asid: Number(asidSource >> 48n) & (field(36, 1) ? 0xffff : 0xff),
  };
}

function rangeOf(
  ttbr: bigint,
  inputBits: number,
  granuleBits: number,
  outputBits: number,
  flags: Pick<Range, 'disabled' | 'topByteIgnored'>,
): Range {
  const stride = granuleBits - 3;
  const firstLevel = 4 - Math.ceil((inputBits - granuleBits) / stride);
  const firstBits = inputBits - ((3 - firstLevel) * stride + granuleBits);
  const base = Number(ttbr & 0xffff_ffff_fffen);
  const table = base - (base % 2 ** (firstBits + 3));
  return { ...flags, inputBits, granuleBits, firstLevel, table, firstMask: 2 ** firstBits - 1, limit: 2 ** outputBits };
}

/** A descriptor as two halves at an index of `words`, or -1 where there is no RAM. */
export type TableMemory = { words: Uint32Array; locate: (physical: number) => number };

/** The leaf that maps an address. Permissions already include what tables above it take away. */
export type Leaf = {
  ok: true;
  physical: number;
  /** log2 of the bytes that this descriptor maps. */
  blockBits: number;
  level: number;
  /** AP[2]: read-only. AP[1]: EL0 may access. */
  readOnly: boolean;
  user: boolean;
  userExecuteNever: boolean;
  privilegedExecuteNever: boolean;
  attributes: number;
  shareability: number;
  global: boolean;
  contiguous: boolean;
};

export type WalkFault = { ok: false; fault: Fault; level: number };

const high32 = 0x1_0000_0000;

/** Device memory: attribute byte 0000dd00. */
export function isDevice(attributes: number): boolean {
  return (attributes & 0xf0) === 0;
}

function flat(regime: Regime, high: number, low: number): Leaf | WalkFault {
  const range = regime.ranges[(high >>> 23) & 1];
  // With the MMU off the address is the output; a tag byte is taken off first.
  const top = range.topByteIgnored ? (high & 0x80_0000 ? (high | 0xff00_0000) >>> 0 : high & 0xff_ffff) : high;
  if (top >= 2 ** (physicalBits - 32)) return { ok: false, fault: 'addressSize', level: 0 };
  return {
    ok: true,
    physical: top * high32 + low,
    blockBits: 12,
    level: 0,
    readOnly: false,
    user: true,
    userExecuteNever: false,
    privilegedExecuteNever: false,
    attributes: 0,
    shareability: 2,
    global: true,
    contiguous: false,
  };
}

/** Translates an address (D8.2.9); `steps` collects the descriptors on the way. */
export function walk(regime: Regime, memory: TableMemory, high: number, low: number, steps?: WalkStep[]): Leaf | WalkFault {
  if (!regime.enabled) return flat(regime, high, low);
  const upper = (high >>> 23) & 1;
  // Without "top byte ignored" bit 63 selects, and all bits above the input size must equal it.
  const { topByteIgnored } = regime.ranges[upper];
  const half = topByteIgnored ? upper : high >>> 31;
  const range = regime.ranges[half];
  const top = !topByteIgnored ? high : half === 0 ? high & 0xff_ffff : high | 0xff00_0000;
  if (range.disabled || !inRange(range.inputBits, half, top, low)) return { ok: false, fault: 'translation', level: 0 };
  return walkTables(regime, range, memory, high & 0xffff, low, steps);
}

/** Whether all bits from `inputBits` up equal `half`. */
function inRange(inputBits: number, half: number, high: number, low: number): boolean {
  const extension = half === 0 ? 0 : -1;
  if (inputBits >= 32) return inputBits === 64 || (high | 0) >> (inputBits - 32) === extension;
  return (high | 0) === extension && (low | 0) >> inputBits === extension;
}

/** Bits `shift` and up of a 48-bit number in two halves, as many as `mask` lets through; `shift` is not 0. */
function bitsFrom(shift: number, high: number, low: number, mask: number): number {
  return (shift < 32 ? (low >>> shift) | (high << (32 - shift)) : high >>> (shift - 32)) & mask;
}

/** Everything here is in 32-bit integers as far as it goes: a guest's kernel walks its tables some hundred thousand times a second. */
function walkTables(
  regime: Regime,
  range: Range,
  memory: TableMemory,
  inputHigh: number,
  inputLow: number,
  steps: WalkStep[] | undefined,
): Leaf | WalkFault {
  const { granuleBits, firstLevel, limit } = range;
  const stride = granuleBits - 3;
  let level = firstLevel;
  if (range.table >= limit) return { ok: false, fault: 'addressSize', level: 0 };
  let { table, firstMask: mask } = range;
  let noUser = false;
  let readOnly = false;
  let userExecuteNever = false;
  let privilegedExecuteNever = false;
  for (;;) {
    const shift = (3 - level) * stride + granuleBits;
    const index = bitsFrom(shift, inputHigh, inputLow, mask);
    const at = memory.locate(table + index * 8);
    if (at < 0) return { ok: false, fault: 'walkAbort', level };
    const low = memory.words[at];
    const high = memory.words[at + 1];
    steps?.push({ level, tableAddress: table, index, descriptor: (BigInt(high) << 32n) | BigInt(low) });
    const isTable = level < 3 && (low & 3) === 3;
    const isLeaf = level === 3 ? (low & 3) === 3 : (low & 3) === 1 && mayBeBlock(level, granuleBits);
    if (!isTable && !isLeaf) return { ok: false, fault: 'translation', level };
    const top = (high & 0xffff) * high32;
    if (isTable) {
      table = top + ((low & (-1 << granuleBits)) >>> 0);
      if (table >= limit) return { ok: false, fault: 'addressSize', level };
      noUser ||= (high & (1 << 29)) !== 0;
      readOnly ||= (high & (1 << 30)) !== 0;
      userExecuteNever ||= (high & (1 << 28)) !== 0;
      privilegedExecuteNever ||= (high & (1 << 27)) !== 0;
      mask = (1 << stride) - 1;
      level++;
      continue;
    }
    // Blocks are of 1 GiB at most.
    const output = top + ((low & (-1 << shift)) >>> 0);
    if (output >= limit) return { ok: false, fault: 'addressSize', level };
    if (!(low & (1 << 10))) return { ok: false, fault: 'accessFlag', level };
    return {
      ok: true,
      physical: output + (inputLow & ~(-1 << shift)),
      blockBits: shift,
      level,
      readOnly: readOnly || (low & (1 << 7)) !== 0,
      user: !noUser && (low & (1 << 6)) !== 0,
      userExecuteNever: userExecuteNever || (high & (1 << 22)) !== 0,
      privilegedExecuteNever: privilegedExecuteNever || (high & (1 << 21)) !== 0,
      attributes: regime.attributes[(low >>> 2) & 7],
      shareability: (low >>> 8) & 3,
      global: !(low & (1 << 11)),
      contiguous: (high & (1 << 20)) !== 0,
    };
  }
}

/** Levels at which a block descriptor is allowed (D8.3.1): 1 and 2 with 4K, 2 with 16K and 64K. */
function mayBeBlock(level: number, granuleBits: number): boolean {
  return level === 2 || (level === 1 && granuleBits === 12);
}

export type Permissions = { read: boolean; write: boolean; execute: boolean };

/** What EL0 or EL1 may do (D8.4); PAN is applied by the caller, for data accesses only. */
export function permissionsOf(regime: Regime, leaf: Leaf, exceptionLevel: 0 | 1): Permissions {
  if (!regime.enabled) return { read: true, write: true, execute: true };
  if (exceptionLevel === 0) {
    const write = leaf.user && !leaf.readOnly;
    return { read: leaf.user, write, execute: !leaf.userExecuteNever && !(write && regime.writableNeverExecutes) };
  }
  const write = !leaf.readOnly;
  // What EL0 can write EL1 never executes.
  const execute = !leaf.privilegedExecuteNever && !(leaf.user && write) && !(write && regime.writableNeverExecutes);
  return { read: true, write, execute };
}
