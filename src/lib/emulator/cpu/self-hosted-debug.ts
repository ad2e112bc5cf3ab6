import { Pstate, Slot, type Core } from './core.ts';
import { ExceptionClass, levelled, raise } from './exceptions.ts';
import { faultStatus } from './mmu.ts';

/**
 * Hardware breakpoints and watchpoints that a guest sets for itself (self-hosted debug, Arm ARM D2). Software step is in run.ts, and a host
 * debugger's own breakpoints and watchpoints never meet these.
 */
export const breakpointCount = 6;
/** The last of the breakpoints are context-aware: others may be linked to them. */
export const contextAwareCount = 2;
export const watchpointCount = 4;

/** MDSCR_EL1 (D17.3.20). */
const Mdscr = { mde: 1 << 15, kde: 1 << 13 } as const;
/** Fields that DBGBCR and DBGWCR have in common (D17.3.2, D17.3.12). */
const Control = { enable: 1, linkedNumber: 16, linkedBreakpoint: 1 << 20 } as const;
/** DBGBCR.BT: what a breakpoint compares with. Mismatches are of AArch32, and contexts alone are not compared (nor are they by QEMU). */
const BreakpointType = { address: 0, linkedAddress: 1, linkedContext: 3 } as const;

/** What a watchpoint covers. */
export type GuestWatchpoint = { index: number; first: bigint; last: bigint; loads: boolean; stores: boolean };

export const breakpointValue = (index: number): number => Slot.breakpoints + 2 * index;
export const breakpointControl = (index: number): number => Slot.breakpoints + 2 * index + 1;
export const watchpointValue = (index: number): number => Slot.watchpoints + 2 * index;
export const watchpointControl = (index: number): number => Slot.watchpoints + 2 * index + 1;

/** Addresses are of 49 bits, sign-extended (RESS). */
const address = (value: bigint): bigint => BigInt.asUintN(64, BigInt.asIntN(49, value));

/** MDSCR_EL1, or a register of a breakpoint or watchpoint, has changed: finds out what is watched now. */
export function debugControlsChanged(core: Core): void {
  const enabled = (core.systemBits(Slot.mdscr) & Mdscr.mde) !== 0;
  const breakpoints = enabled ? breakpointsOf(core) : new Map<bigint, number[]>();
  const watchpoints = enabled ? watchpointsOf(core) : [];
  if (!sameAddresses(breakpoints, core.guestBreakpoints)) {
    // Instructions are decoded anew, with a look at the breakpoints.
    core.code.clear();
  }
  core.guestBreakpoints = breakpoints;
  if (watchpoints.length > 0 || core.guestWatchpoints.length > 0) {
    core.guestWatchpoints = watchpoints;
    // Pages enter the TLB anew, the watched ones by the slow path.
    core.flushTlb();
  }
  core.endAfterCurrent();
}

function sameAddresses(one: ReadonlyMap<bigint, unknown>, other: ReadonlyMap<bigint, unknown>): boolean {
  return one.size === other.size && [...one.keys()].every((key) => other.has(key));
}

function breakpointsOf(core: Core): Map<bigint, number[]> {
  const found = new Map<bigint, number[]>();
  for (let index = 0; index < breakpointCount; index++) {
    const control = core.systemBits(breakpointControl(index));
    const type = (control >>> 20) & 15;
    if (!(control & Control.enable) || (type !== BreakpointType.address && type !== BreakpointType.linkedAddress)) continue;
    const at = address(core.system(breakpointValue(index))) & ~3n;
    found.set(at, [...(found.get(at) ?? []), index]);
  }
  return found;
}

function watchpointsOf(core: Core): GuestWatchpoint[] {
  const found: GuestWatchpoint[] = [];
  for (let index = 0; index < watchpointCount; index++) {
    const control = core.systemBits(watchpointControl(index));
    const range = watchedRange(address(core.system(watchpointValue(index))) & ~3n, control);
    if (!(control & Control.enable) || !range) continue;
    found.push({ index, ...range, loads: (control & (1 << 3)) !== 0, stores: (control & (1 << 4)) !== 0 });
  }
  return found;
}

/** The bytes that MASK or BAS select (D2.10.4); none for reserved values of MASK. */
function watchedRange(value: bigint, control: number): { first: bigint; last: bigint } | undefined {
  const mask = (control >>> 24) & 31;
  if (mask === 1 || mask === 2) return undefined;
  if (mask > 0) {
    const bytes = 1n << BigInt(mask);
    const first = value & ~(bytes - 1n);
    return { first, last: first + bytes - 1n };
  }
  // With an address that is a multiple of four only, BAS[7:4] are ignored.
  const selected = (control >>> 5) & (value & 4n ? 0xf : 0xff);
  if (selected === 0) return undefined;
  const start = 31 - Math.clz32(selected & -selected);
  const length = 31 - Math.clz32((selected >>> start) ^ ((selected >>> start) + 1)) || 1;
  const first = value + BigInt(start);
  return { first, last: first + BigInt(length) - 1n };
}

/** Whether debug exceptions are enabled (D2.4): from EL0 always, from EL1 if PSTATE.D and MDSCR_EL1.KDE allow it; never under the OS lock. */
export function debugExceptionsEnabled(core: Core, pstate: number): boolean {
  if (core.systemBits(Slot.oslsr) & 2) return false;
  return !(pstate & Pstate.el1) || ((core.systemBits(Slot.mdscr) & Mdscr.kde) !== 0 && !(pstate & Pstate.d));
}

/** Whether SSC, HMC, PAC and the linked context of a breakpoint or watchpoint let an access of an exception level match. */
function inScope(core: Core, control: number, exceptionLevel: 0 | 1): boolean {
  // There is no Secure state.
  if (((control >>> 14) & 3) === 2) return false;
  const privilege = (control >>> 1) & 3;
  if (!(privilege & (exceptionLevel === 1 ? 1 : 2))) return false;
  return !(control & Control.linkedBreakpoint) || contextMatches(core, (control >>> Control.linkedNumber) & 15);
}

function contextMatches(core: Core, index: number): boolean {
  if (index >= breakpointCount || index < breakpointCount - contextAwareCount) return false;
  const control = core.systemBits(breakpointControl(index));
  if (!(control & Control.enable) || ((control >>> 20) & 15) !== BreakpointType.linkedContext) return false;
  return core.system(Slot.contextidr) === BigInt.asUintN(32, core.system(breakpointValue(index)));
}

/** Takes the breakpoint exception if one is set at the instruction that is about to be executed. */
export function takeGuestBreakpoint(core: Core, pc: bigint): boolean {
  const candidates = core.guestBreakpoints.get(pc);
  if (!candidates || !debugExceptionsEnabled(core, core.pstate)) return false;
  if (!candidates.some((index) => inScope(core, core.systemBits(breakpointControl(index)), core.exceptionLevel))) return false;
  raise(core, levelled(core, ExceptionClass.breakpoint), faultStatus('debug', 0), { returnTo: pc });
  return true;
}

/** Takes the watchpoint exception if an access that may be made is watched. `exceptionLevel`: whose permissions the access has. */
export function takeGuestWatchpoint(core: Core, tagged: bigint, bytes: number, write: boolean, exceptionLevel: 0 | 1): boolean {
  if (core.guestWatchpoints.length === 0 || !debugExceptionsEnabled(core, core.pstate)) return false;
  const upper = Number((tagged >> 55n) & 1n);
  const start = core.regime.ranges[upper].topByteIgnored ? BigInt.asUintN(64, BigInt.asIntN(56, tagged)) : tagged;
  const hit = core.guestWatchpoints.find(
    ({ index, first, last, loads, stores }) =>
      (write ? stores : loads) &&
      first < start + BigInt(bytes) &&
      last >= start &&
      inScope(core, core.systemBits(watchpointControl(index)), exceptionLevel),
  );
  if (!hit) return false;
  const far = hit.first > start ? hit.first : start;
  raise(core, levelled(core, ExceptionClass.watchpoint), faultStatus('debug', 0) | (write ? 1 << 6 : 0), { far });
  return true;
}
