import { Sctlr, Slot, type Core } from './core.ts';
import { ExceptionClass, raise, raiseDataAbort } from './exceptions.ts';
import { AccessFlags } from './handler-interface.ts';
import { permissionFlags } from './identity.ts';
import { Exit, pageBytes, State, TlbFlags } from './layout.ts';
import { PageUses } from './page-use.ts';
import { takeGuestWatchpoint } from './self-hosted-debug.ts';
import { isDevice, walk, type Fault, type Leaf } from './mmu.ts';
import type { TlbPage } from './tlb.ts';

/** Data accesses that compiled code cannot do itself: TLB misses, devices, faults, page crossings, watched and code pages. */

type Address = { high: number; low: number };

export function addressOf(high: number, low: number): bigint {
  return (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
}

function plus({ high, low }: Address, bytes: number): Address {
  const sum = (low >>> 0) + bytes;
  return { low: sum >>> 0, high: sum > 0xffff_ffff ? (high + 1) >>> 0 : high };
}

/** A fault of a data access; undefined result of {@link translate}'s success. */
type DataFault = { fault: Fault; level: number };

/**
 * The TLB entry for an access, made if need be. Permissions are those of one TLB mode: 0 is EL0, 1 is EL1, 2 is EL1 with PAN.
 * Alignment faults come before permission faults (AArch64.TranslateAddress).
 */
function translate(core: Core, mode: number, { high, low }: Address, write: boolean, misaligned: boolean): number | DataFault {
  let index = core.tlb.find(mode, high, low);
  if (index < 0) {
    const kept = core.tlb.findKept(mode, high, low);
    const leaf = kept ? undefined : walk(core.regime, core.memory, high, low);
    if (leaf && !leaf.ok) return leaf;
    const page = leaf ? pageOf(core, mode, { high, low }, leaf) : kept;
    if (!page) throw new Error('neither kept nor found');
    index = core.tlb.fill(mode, high, low, { ...page, flags: page.flags | momentaryFlags(core, high, low, page) }, leaf?.blockBits ?? 12);
  }
  const flags = core.tlb.flags(index);
  if (misaligned && flags & TlbFlags.strict) return { fault: 'alignment', level: 0 };
  if (!(flags & (write ? TlbFlags.write : TlbFlags.read))) {
    // The level is not kept in the TLB: a denied access is rare enough to walk again.
    const leaf = walk(core.regime, core.memory, high, low);
    return { fault: 'permission', level: leaf.level };
  }
  core.tlb.used(index, write ? PageUses.write : PageUses.read);
  return index;
}

/** What a walk has found, as the TLB keeps it. */
function pageOf(core: Core, mode: number, { high, low }: Address, leaf: Leaf): TlbPage {
  const physical = leaf.physical - (leaf.physical % pageBytes);
  const isRam = core.memory.contains(physical, pageBytes);
  const strict = isDevice(leaf.attributes) || (core.systemBits(Slot.sctlr) & Sctlr.a) !== 0;
  if (isRam && physical === (high >>> 0) * 2 ** 32 + ((low & ~(pageBytes - 1)) >>> 0)) {
    core.tlb.missedIdentity(mode, (core.systemBits(Slot.sctlr) & Sctlr.a) !== 0);
    const kept = core.tlb.findKept(mode, high, low);
    if (kept) return kept;
  }
  const flags = permissionFlags(core.regime, leaf, mode) | (strict ? TlbFlags.strict : 0) | (isRam ? 0 : TlbFlags.io);
  return { physical, flags };
}

/** Flags of a page that depend on who looks at it just now. */
function momentaryFlags(core: Core, high: number, low: number, { physical, flags }: TlbPage): number {
  if (flags & TlbFlags.io) return TlbFlags.slow;
  const isCode = core.memory.codePages[(physical - core.memory.base) / pageBytes] !== 0;
  return (watched(core, high, low) ? TlbFlags.slow : 0) | (isCode ? TlbFlags.code : 0);
}

/** Whether a debugger, or the guest itself, watches anything in a page. */
export function watched(core: Core, high: number, low: number): boolean {
  if (core.watchpoints.length === 0 && core.guestWatchpoints.length === 0) return false;
  // Within the page of any tag: which accesses match is decided when they are made.
  if (core.guestWatchpoints.some((w) => samePage(w.first, w.last, high, low))) return true;
  const page = addressOf(high, low & ~(pageBytes - 1));
  return core.watchpoints.some((w) => w.address < page + BigInt(pageBytes) && w.address + BigInt(w.length) > page);
}

/** Whether a range of addresses meets a page, their top bytes apart. */
function samePage(first: bigint, last: bigint, high: number, low: number): boolean {
  const page = BigInt.asUintN(56, addressOf(high, low)) >> 12n;
  return BigInt.asUintN(56, first) >> 12n <= page && BigInt.asUintN(56, last) >> 12n >= page;
}

/** Whether an access that may be made is not to be: a debugger wants the run to end before it, or the guest takes a watchpoint exception. */
function watchHit(core: Core, at: Address, bytes: number, write: boolean, unprivileged = false): boolean {
  return (
    debuggerHit(core, at, bytes, write) ||
    takeGuestWatchpoint(core, addressOf(at.high, at.low), bytes, write, unprivileged ? 0 : core.exceptionLevel)
  );
}

function debuggerHit(core: Core, at: Address, bytes: number, write: boolean): boolean {
  if (core.watchpoints.length === 0 || (core.passes.watch === core.pc && core.executed() === 0)) return false;
  const address = addressOf(at.high, at.low);
  const hit = core.watchpoints.find(
    (w) => (write ? w.write : w.read) && w.address < address + BigInt(bytes) && w.address + BigInt(w.length) > address,
  );
  if (!hit) return false;
  core.watchHit = { address, write };
  core.stoppedAt = { breakpoint: core.pc, watch: core.pc };
  core.setQuad(State.pc, core.pc);
  core.setWord(State.exit, Exit.debug);
  return true;
}

type Piece = { physical: number; length: number; ram: boolean };

function fail(core: Core, { high, low }: Address, { fault, level }: DataFault, write: boolean): undefined {
  raiseDataAbort(core, fault, level, addressOf(high, low), write);
}

/** Physical pieces of an access, one or two; undefined when it has faulted. */
function pieces(core: Core, at: Address, bytes: number, flags: number, write: boolean): Piece[] | undefined {
  const mode = flags & AccessFlags.unprivileged ? core.unprivilegedMode : core.dataMode;
  const misaligned = (at.low & (bytes - 1)) !== 0;
  if (misaligned && (flags & AccessFlags.aligned || core.systemBits(Slot.sctlr) & Sctlr.a))
    return fail(core, at, { fault: 'alignment', level: 0 }, write);
  const firstLength = Math.min(bytes, pageBytes - (at.low & (pageBytes - 1)));
  const result: Piece[] = [];
  for (const [where, length] of [
    [at, firstLength],
    [plus(at, firstLength), bytes - firstLength],
  ] as const) {
    if (length === 0) continue;
    // A read that will be followed by a write must be allowed to do both; what forbids the read is reported as a read.
    for (const direction of flags & AccessFlags.forWrite && !write ? [false, true] : [write]) {
      const index = translate(core, mode, where, direction, misaligned);
      if (typeof index !== 'number') return fail(core, where, index, direction);
      if (direction !== write) continue;
      const physical = core.tlb.physical(index) + (where.low & (pageBytes - 1));
      result.push({ physical, length, ram: !(core.tlb.flags(index) & TlbFlags.io) });
    }
  }
  return result;
}

/** Whole naturally aligned bus accesses, largest first, that make up a piece. */
function* busAccesses({ physical, length }: Piece): Generator<{ address: number; size: 1 | 2 | 4 | 8; offset: number }> {
  let offset = 0;
  while (offset < length) {
    const size = ([8, 4, 2, 1] as const).find((s) => offset + s <= length && (physical + offset) % s === 0) ?? 1;
    yield { address: physical + offset, size, offset };
    offset += size;
  }
}

/**
 * Physical address of an aligned access to a device page that is in the TLB and may be accessed, or -1: by far the most frequent reason
 * to be here.
 */
function deviceAddress(core: Core, high: number, low: number, bytes: number, flags: number, permission: number): number {
  if (
    low & (bytes - 1) ||
    bytes > 8 ||
    core.watchpoints.length + core.guestWatchpoints.length > 0 ||
    (flags & AccessFlags.forWrite && permission === TlbFlags.read)
  )
    return -1;
  const index = core.tlb.find(flags & AccessFlags.unprivileged ? core.unprivilegedMode : core.dataMode, high, low);
  if (index < 0) return -1;
  const needed = TlbFlags.io | permission;
  return (core.tlb.flags(index) & needed) === needed ? core.tlb.physical(index) + (low & (pageBytes - 1)) : -1;
}

/**
 * Linear address of an access that lies in one page of RAM, which is in the TLB then: what misses the TLB, for the most part. -1: for {@link pieces}
 * to find out; -2: it has faulted.
 */
function linearAddress(core: Core, at: Address, bytes: number, flags: number, write: boolean): number {
  const misaligned = (at.low & (bytes - 1)) !== 0;
  const isSimple = !(misaligned && flags & AccessFlags.aligned) && (write || !(flags & AccessFlags.forWrite));
  if (!isSimple || (at.low & (pageBytes - 1)) + bytes > pageBytes) return -1;
  if (core.watchpoints.length + core.guestWatchpoints.length > 0 || core.systemBits(Slot.sctlr) & Sctlr.a) return -1;
  const mode = flags & AccessFlags.unprivileged ? core.unprivilegedMode : core.dataMode;
  const index = translate(core, mode, at, write, misaligned);
  if (typeof index !== 'number') {
    fail(core, at, index, write);
    return -2;
  }
  if (core.tlb.flags(index) & TlbFlags.io) return -1;
  return core.memory.linear(core.tlb.physical(index) + (at.low & (pageBytes - 1)));
}

/** Reads into State.scratch. */
export function slowLoad(core: Core, high: number, low: number, bytes: number, flags: number): void {
  const device = deviceAddress(core, high, low, bytes, flags, TlbFlags.read);
  if (device >= 0) {
    const value = core.host.busRead(device, bytes as 1 | 2 | 4 | 8);
    if (value === undefined) raiseDataAbort(core, 'externalAbort', 0, addressOf(high, low), false);
    else core.setQuad(State.scratch, BigInt.asUintN(8 * bytes, value));
    return;
  }
  const at = { high: high >>> 0, low: low >>> 0 };
  const linear = linearAddress(core, at, bytes, flags, false);
  if (linear === -2) return;
  if (linear >= 0) {
    core.setQuad(State.scratch, 0n);
    core.memory.u8.copyWithin(core.address + State.scratch, linear, linear + bytes);
    return;
  }
  const list = pieces(core, at, bytes, flags, false);
  if (!list || watchHit(core, at, bytes, false, (flags & AccessFlags.unprivileged) !== 0)) return;
  const scratch = core.address + State.scratch;
  const { u8 } = core.memory;
  // Narrow values are read as whole words from here.
  u8.fill(0, scratch, scratch + 8);
  let to = scratch;
  for (const piece of list) {
    if (piece.ram) {
      const from = core.memory.linear(piece.physical);
      u8.copyWithin(to, from, from + piece.length);
    } else {
      for (const { address, size, offset } of busAccesses(piece)) {
        const value = core.host.busRead(address, size);
        if (value === undefined) return raiseDataAbort(core, 'externalAbort', 0, addressOf(high, low), false);
        for (let i = 0; i < size; i++) u8[to + offset + i] = Number((value >> BigInt(8 * i)) & 0xffn);
      }
    }
    to += piece.length;
  }
}

/** Writes from State.scratch. */
export function slowStore(core: Core, high: number, low: number, bytes: number, flags: number): void {
  const device = deviceAddress(core, high, low, bytes, flags, TlbFlags.write);
  if (device >= 0) {
    const value = BigInt.asUintN(8 * bytes, core.quad(State.scratch));
    if (!core.host.busWrite(device, bytes as 1 | 2 | 4 | 8, value)) raiseDataAbort(core, 'externalAbort', 0, addressOf(high, low), true);
    return;
  }
  const at = { high: high >>> 0, low: low >>> 0 };
  const linear = linearAddress(core, at, bytes, flags, true);
  if (linear === -2) return;
  if (linear >= 0) {
    const scratch = core.address + State.scratch;
    core.memory.u8.copyWithin(linear, scratch, scratch + bytes);
    core.memory.changed(core.memory.base + linear - core.memory.layout.ram, bytes);
    return;
  }
  const list = pieces(core, at, bytes, flags, true);
  if (!list || watchHit(core, at, bytes, true, (flags & AccessFlags.unprivileged) !== 0)) return;
  const { u8 } = core.memory;
  let from = core.address + State.scratch;
  for (const piece of list) {
    if (piece.ram) {
      u8.copyWithin(core.memory.linear(piece.physical), from, from + piece.length);
      core.memory.changed(piece.physical, piece.length);
    } else {
      for (const { address, size, offset } of busAccesses(piece)) {
        let value = 0n;
        for (let i = size - 1; i >= 0; i--) value = (value << 8n) | BigInt(u8[from + offset + i]);
        if (!core.host.busWrite(address, size, value)) return raiseDataAbort(core, 'externalAbort', 0, addressOf(high, low), true);
      }
    }
    from += piece.length;
  }
}

/** Makes sure that a store-exclusive's page is in the TLB; or faults. */
export function prepareStore(core: Core, high: number, low: number, bytes: number): void {
  pieces(core, { high: high >>> 0, low: low >>> 0 }, bytes, AccessFlags.aligned, true);
}

/** DC ZVA: zeroes the naturally aligned 64 bytes that hold an address. */
export function zeroBlock(core: Core, address: bigint, bytes: number): void {
  const aligned = address & ~BigInt(bytes - 1);
  const at = { high: Number(aligned >> 32n), low: Number(aligned & 0xffff_ffffn) };
  const index = translate(core, core.dataMode, at, true, true);
  if (typeof index !== 'number') return raiseDataAbort(core, index.fault, index.level, address, true);
  if (watchHit(core, at, bytes, true)) return;
  const physical = core.tlb.physical(index) + (at.low & (pageBytes - 1));
  // Device memory has faulted above, so this is RAM or nothing.
  if (!core.memory.fill(physical, bytes, 0)) raiseDataAbort(core, 'externalAbort', 0, address, true);
}

export function spAlignmentFault(core: Core): void {
  raise(core, ExceptionClass.spAlignment, 0);
}

/** PC of the next instruction is not a multiple of 4. */
export function pcAlignmentFault(core: Core, pc: bigint): void {
  raise(core, ExceptionClass.pcAlignment, 0, { far: pc, returnTo: pc });
}

export function illegalState(core: Core): void {
  raise(core, ExceptionClass.illegalState, 0, { returnTo: core.quad(State.pc) });
}

export function fpTrap(core: Core): void {
  // COND is always, and valid.
  raise(core, ExceptionClass.fpAccess, (1 << 24) | (0xe << 20));
}
