import { rows, type Feature } from '../../arm64/index.ts';
import { breakpointCount, contextAwareCount, watchpointCount } from './self-hosted-debug.ts';

/**
 * Identification registers (Arm ARM D17.2): a Cortex-A53 r0p4 by its part number, but the feature fields say what this CPU has: AArch64 at
 * EL0 and EL1 only, all three granules, and the instructions that are in the table.
 */
const has = (feature: Feature): boolean => rows.some((r) => r.feature === feature);
const hasRow = (prefix: string): boolean => rows.some((r) => r.name.startsWith(prefix));
const field = (lsb: number, value: number): bigint => BigInt(value) << BigInt(lsb);

const partNumber = 0x410f_d034n;

/** Cache geometry of a Cortex-A53: 32 KiB of both at level 1, 1 MiB at level 2, lines of 64 bytes (nothing is really cached). */
const cacheSizes = [0x700f_e01an, 0x201f_e00an, 0x703f_e07an];

export function cacheSize(selector: number): bigint {
  return cacheSizes[selector] ?? 0n;
}

export type Identity = Readonly<Record<string, bigint>>;

export function identityRegisters(index: number, gicSystemRegisters: boolean): Identity {
  const aes = hasRow('aese');
  const pmull = rows.some((r) => r.name.startsWith('pmull') && r.feature === 'crypto');
  return {
    midr_el1: partNumber,
    // Bit 31 reads as one; this is not a uniprocessor that says so by bit 30.
    mpidr_el1: 0x8000_0000n | BigInt(index),
    revidr_el1: 0n,
    aidr_el1: 0n,
    // EL0 and EL1 AArch64 only; no EL2, no EL3; FP and AdvSIMD without half precision; GICv3 system registers.
    id_aa64pfr0_el1: 0x11n | field(16, has('fp') ? 0 : 15) | field(20, has('simd') ? 0 : 15) | field(24, gicSystemRegisters ? 1 : 0),
    id_aa64pfr1_el1: 0n,
    // Debug architecture 8.0, PMUv3, breakpoints, watchpoints, context-aware breakpoints.
    id_aa64dfr0_el1: 6n | field(8, 1) | field(12, breakpointCount - 1) | field(20, watchpointCount - 1) | field(28, contextAwareCount - 1),
    id_aa64dfr1_el1: 0n,
    id_aa64afr0_el1: 0n,
    id_aa64afr1_el1: 0n,
    id_aa64isar0_el1:
      field(4, aes ? (pmull ? 2 : 1) : 0) |
      field(8, hasRow('sha1') ? 1 : 0) |
      field(12, hasRow('sha256') ? 1 : 0) |
      field(16, has('crc') ? 1 : 0) |
      field(20, has('lse') ? 2 : 0),
    id_aa64isar1_el1: 0n,
    // 40-bit physical addresses, 16-bit ASIDs, little-endian only, 16K granule (4K and 64K are 0).
    id_aa64mmfr0_el1: 2n | field(4, 2) | field(20, 1),
    id_aa64mmfr1_el1: field(20, 1),
    id_aa64mmfr2_el1: field(4, 1),
    // Level 1 split, level 2 unified, level of unification 1, of coherence 2.
    clidr_el1: 0x0a20_0023n,
    ctr_el0: 0x8444_8004n,
    // DC ZVA of 16 words; bit 4 is added where it is prohibited.
    dczid_el0: 4n,
    mdrar_el1: 0n,
    rvbar_el1: 0n,
    afsr0_el1: 0n,
    afsr1_el1: 0n,
    mdccsr_el0: 0n,
  };
}
