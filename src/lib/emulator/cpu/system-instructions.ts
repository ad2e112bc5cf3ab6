import { sysregKey, systemOperations, type Decoded } from '../../arm64/index.ts';
import { Pstate, Slot } from './core.ts';
import { identityRegisters } from './id-registers.ts';
import { State } from './layout.ts';
import { hasNoEffect, zeroedBytes } from './system-operations.ts';
import { plainRegisters } from './system-registers.ts';
import type { FunctionWriter } from './wasm.ts';

/** System instructions that compiled code does itself, by the keys of their encodings. All others are the host's. */

/** PSTATE of EL1, and of EL1 with its own stack pointer: bits that must all be set, or the host decides. */
const el1 = Pstate.el1;
const el1h = Pstate.el1 | Pstate.sp;

/**
 * A register that is a member of the CPU's state: `bits` long, of which `mask` are the register's. `pstate`: bits that must be set for the
 * access to be no more than that.
 */
export type StateMember = { readonly offset: number; readonly bits: 32 | 64; readonly mask: bigint; readonly pstate: number };

/** What MRS reads: a member of the state, or always the same. */
export type SystemRead = StateMember | { readonly value: bigint; readonly pstate: number };

const spEl0: StateMember = { offset: State.spBanks, bits: 64, mask: -1n, pstate: el1h };
const { ctr_el0: cacheTypes, dczid_el0: zeroing } = identityRegisters(0, false);

const reads = new Map<number | undefined, SystemRead>([
  [sysregKey('sp_el0'), spEl0],
  [sysregKey('daif'), { offset: State.pstate, bits: 32, mask: BigInt(Pstate.daif), pstate: el1 }],
  [sysregKey('ctr_el0'), { value: cacheTypes, pstate: el1 }],
  [sysregKey('dczid_el0'), { value: zeroing, pstate: el1 }],
]);
const writes = new Map<number | undefined, StateMember>([[sysregKey('sp_el0'), spEl0]]);
for (const [key, { slot, mask, user }] of plainRegisters()) {
  const member = { offset: State.system + 8 * slot, bits: 64, mask: BigInt.asIntN(64, mask) } as const;
  reads.set(key, { ...member, mask: -1n, pstate: user === 'all' || user === 'read' ? 0 : el1 });
  writes.set(key, { ...member, pstate: user === 'all' ? 0 : el1 });
}

const daif = sysregKey('daif');
const zero = systemOperations.find(({ instruction, name }) => instruction === 'dc' && name === 'zva')?.key;
const withoutEffect = new Set(systemOperations.filter(({ instruction, name }) => hasNoEffect(instruction, name)).map(({ key }) => key));

/**
 * Pushes whether more may follow from a change of PSTATE's masks at EL1 than that: a software step exception (MDSCR_EL1.SS), or an interrupt that waits
 * to be let in. `load` pushes a member of the CPU's state.
 */
export function pushMasksMatter(load: (op: 'i32.load', offset: number) => FunctionWriter, mayUnmask: boolean): void {
  const code = load('i32.load', State.system + 8 * Slot.mdscr)
    .i32(1)
    .op('i32.and');
  if (!mayUnmask) return;
  load('i32.load', State.lines);
  code.op('i32.or');
}

/** How MRS reads a register, if it has no effect. */
export function systemRead(key: number): SystemRead | undefined {
  return reads.get(key);
}

/** What MSR writes, if nothing follows from it. */
export function systemWrite(key: number): StateMember | undefined {
  return writes.get(key);
}

/** Whether a register is DAIF. */
export function isMasks(key: number): boolean {
  return key === daif;
}

/** Whether SYS is DC ZVA. */
export function isZeroing(key: number): boolean {
  return key === zero;
}

/** Whether SYS has no effect at EL1: maintenance of caches that this machine has not. */
export function isWithoutEffect(key: number): boolean {
  return withoutEffect.has(key);
}

/**
 * What an entry of MRS, MSR or SYS tells its handler: 0 when the host is to do it, else {@link Shortcut.own}, with PSTATE bits that must be set from
 * bit 16 on. MRS: in bits 15:3 the offset of the state's member, or whether it is of PSTATE and DAIF. MSR: DAIF only. SYS: whether it zeroes a block.
 */
export const Shortcut = { own: 1, offset: 0xfff8, masks: 2, zeroes: 2, pstateShift: 16 } as const;

/** The {@link Shortcut} of an instruction; undefined for those that have none. */
export function shortcutOf({ row, imm }: Decoded): number | undefined {
  const key = Number(imm);
  switch (row.name) {
    case 'msr':
      return key === daif ? Shortcut.own | (el1 << Shortcut.pstateShift) : 0;
    case 'mrs': {
      const read = reads.get(key);
      if (key === daif) return Shortcut.own | Shortcut.masks | State.pstate | (el1 << Shortcut.pstateShift);
      if (!read || 'value' in read || read.bits !== 64 || read.mask !== -1n) return 0;
      return Shortcut.own | read.offset | (read.pstate << Shortcut.pstateShift);
    }
    case 'sys': {
      if (!withoutEffect.has(key) && key !== zero) return 0;
      return Shortcut.own | (key === zero ? Shortcut.zeroes : 0) | (el1 << Shortcut.pstateShift);
    }
    default:
      return undefined;
  }
}

/** Writes what DC ZVA does: zeroes the block at the linear address that a local holds, and a constant beyond. */
export function writeZeroes(code: FunctionWriter, at: number, base: number): void {
  for (let offset = 0; offset < zeroedBytes; offset += 16)
    code
      .get(at)
      .v128(0n, 0n)
      .memory('v128.store', base + offset, 0);
}
