import { sysregKey, sysregName, sysregNames, systemKey } from '../../arm64/index.ts';
import { Line, Pstate, Sctlr, sctlrReset, Slot, type Core } from './core.ts';
import { ExceptionClass, raise, raiseUndefined } from './exceptions.ts';
import { cacheSize, identityRegisters } from './id-registers.ts';
import { State } from './layout.ts';
import { pmuRegisters, resetPmu } from './pmu.ts';
import {
  breakpointControl,
  breakpointCount,
  breakpointValue,
  debugControlsChanged,
  watchpointControl,
  watchpointCount,
  watchpointValue,
} from './self-hosted-debug.ts';

/** What EL0 may do with a register: nothing (UNDEFINED), all, or what a control bit allows (else a trap to EL1). */
type UserAccess = 'none' | 'read' | 'all' | ((core: Core, write: boolean) => boolean);

export type SystemRegister = {
  read?: (core: Core) => bigint;
  write?: (core: Core, value: bigint) => void;
  user?: UserAccess;
  /** Value for a debugger, where reading has effects. */
  peek?: (core: Core) => bigint;
  /** Reading gives what the slot holds, and writing puts there what is within the mask: nothing else follows. */
  plain?: { readonly slot: number; readonly mask: bigint };
};

const all = 0xffff_ffff_ffff_ffffn;
const low32 = 0xffff_ffffn;

/** A register that holds what was written to it, within a mask. */
function stored(slot: number, mask = all, changed?: (core: Core) => void): SystemRegister {
  return {
    read: (core) => core.system(slot),
    write: (core, value) => {
      core.setSystem(slot, value & mask);
      changed?.(core);
    },
    ...(changed ? {} : { plain: { slot, mask } }),
  };
}

const constant = (value: bigint): SystemRegister => ({ read: () => value });
/** Reads as zero, ignores writes. */
const nothing: SystemRegister = { read: () => 0n, write: () => undefined };

const translationChanged = (core: Core): void => core.translationChanged();

/** Bits of SCTLR_EL1 that this CPU has, and those that are always one without features of later architectures. */
const sctlrBits = BigInt(
  Sctlr.m |
    Sctlr.a |
    (1 << 2) |
    Sctlr.sa |
    Sctlr.sa0 |
    Sctlr.uma |
    (1 << 12) |
    Sctlr.dze |
    Sctlr.uct |
    Sctlr.ntwi |
    Sctlr.ntwe |
    Sctlr.wxn |
    Sctlr.span |
    Sctlr.uci,
);
const sctlrOnes = BigInt((1 << 11) | (1 << 20) | (1 << 22) | (1 << 28) | (1 << 29));

type TimerName = 'cntp' | 'cntv';

export const timerSlots = {
  cntp: { control: Slot.cntpCtl, compare: Slot.cntpCval, userBit: 9 },
  cntv: { control: Slot.cntvCtl, compare: Slot.cntvCval, userBit: 8 },
} as const;

function userTimer(bit: number): UserAccess {
  return (core) => (core.systemBits(Slot.cntkctl) & (1 << bit)) !== 0;
}

function timerRegisters(name: TimerName): Record<string, SystemRegister> {
  const { control, compare, userBit } = timerSlots[name];
  const user = userTimer(userBit);
  const changed = (core: Core): void => core.host.timerChanged(core.index);
  return {
    [`${name}_ctl_el0`]: {
      user,
      read: (core) => (core.system(control) & 3n) | (core.system(control) & 1n && core.host.counter() >= core.system(compare) ? 4n : 0n),
      write: (core, value) => {
        core.setSystem(control, value & 3n);
        changed(core);
      },
    },
    [`${name}_cval_el0`]: { ...stored(compare, all, changed), user },
    [`${name}_tval_el0`]: {
      user,
      read: (core) => (core.system(compare) - core.host.counter()) & low32,
      write: (core, value) => {
        core.setSystem(compare, BigInt.asUintN(64, core.host.counter() + BigInt.asIntN(32, value)));
        changed(core);
      },
    },
  };
}

const userCounter = (bit: number): SystemRegister => ({ user: userTimer(bit), read: (core) => core.host.counter() });

function processState(core: Core, mask: number, value: bigint): void {
  core.setPstate((core.pstate & ~mask) | (Number(value & low32) & mask));
}

const pstateField = (mask: number): SystemRegister => ({
  read: (core) => BigInt(core.pstate & mask),
  write: (core, value) => processState(core, mask, value),
});

const debugAccess: UserAccess = (core) => (core.systemBits(Slot.mdscr) & (1 << 12)) === 0;

/** Registers by name; slots beyond those of core.ts are handed out in the order in which they are listed. */
function makeRegisters(): Map<string, SystemRegister> {
  let nextSlot: number = Slot.first;
  const own = (mask = all, user?: UserAccess): SystemRegister => ({ ...stored(nextSlot++, mask), ...(user ? { user } : {}) });
  const asid = all;
  const list: Record<string, SystemRegister> = {
    sctlr_el1: {
      read: (core) => core.system(Slot.sctlr),
      write: (core, value) => {
        core.setSystem(Slot.sctlr, (value & sctlrBits) | sctlrOnes);
        core.translationChanged();
      },
    },
    actlr_el1: nothing,
    cpacr_el1: stored(Slot.cpacr, 3n << 20n, (core) => core.controlsChanged()),
    ttbr0_el1: stored(Slot.ttbr0, asid, translationChanged),
    ttbr1_el1: stored(Slot.ttbr1, asid, translationChanged),
    tcr_el1: stored(Slot.tcr, 0x7f_ffff_ffffn, translationChanged),
    mair_el1: stored(Slot.mair, all, translationChanged),
    amair_el1: nothing,
    vbar_el1: stored(Slot.vbar, all & ~0x7ffn),
    esr_el1: stored(Slot.esr, low32),
    far_el1: stored(Slot.far),
    elr_el1: stored(Slot.elr),
    spsr_el1: stored(Slot.spsr, low32),
    par_el1: stored(Slot.par),
    afsr0_el1: nothing,
    afsr1_el1: nothing,
    contextidr_el1: stored(Slot.contextidr, low32),
    tpidr_el1: own(),
    tpidr_el0: own(all, 'all'),
    tpidrro_el0: own(all, 'read'),
    cntfrq_el0: own(low32, (core, write) => !write && (core.systemBits(Slot.cntkctl) & 3) !== 0),
    cntkctl_el1: stored(Slot.cntkctl, 0x3ffn),
    cntpct_el0: userCounter(0),
    cntvct_el0: userCounter(1),
    ...timerRegisters('cntp'),
    ...timerRegisters('cntv'),
    csselr_el1: stored(Slot.csselr, 0xfn),
    ccsidr_el1: { read: (core) => cacheSize(core.systemBits(Slot.csselr)) },
    sp_el0: {
      // Not when it is the one in use (C5.2.20).
      read: (core) => core.stackPointer(0),
      write: (core, value) => core.setStackPointer(0, value),
    },
    spsel: pstateField(Pstate.sp),
    currentel: { read: (core) => BigInt(core.exceptionLevel << 2) },
    daif: {
      read: (core) => BigInt(core.pstate & Pstate.daif),
      write: (core, value) => core.setMasks((core.pstate & ~Pstate.daif) | (Number(value & low32) & Pstate.daif)),
      user: (core) => (core.systemBits(Slot.sctlr) & Sctlr.uma) !== 0,
    },
    pan: pstateField(Pstate.pan),
    uao: pstateField(Pstate.uao),
    nzcv: { user: 'all', read: (core) => BigInt(core.nzcv), write: (core, value) => void (core.nzcv = Number(value & low32)) },
    fpcr: fpRegister(State.fpcr, 0x07c0_0000),
    fpsr: fpRegister(State.fpsr, 0xf800_009f | 0),
    isr_el1: {
      read: (core) => {
        const lines = core.word(State.lines);
        return BigInt((lines & Line.serror ? 1 << 8 : 0) | (lines & Line.irq ? 1 << 7 : 0) | (lines & Line.fiq ? 1 << 6 : 0));
      },
    },
    mdscr_el1: stored(Slot.mdscr, 0xf7ff_f00fn, debugControlsChanged),
    oslar_el1: { write: (core, value) => core.setSystem(Slot.oslsr, (core.system(Slot.oslsr) & ~2n) | ((value & 1n) << 1n)) },
    oslsr_el1: { read: (core) => core.system(Slot.oslsr) },
    osdlr_el1: own(1n),
    mdccint_el1: own(3n << 29n),
    dbgprcr_el1: nothing,
    dbgclaimset_el1: nothing,
    dbgclaimclr_el1: nothing,
    dbgauthstatus_el1: constant(0n),
    oseccr_el1: nothing,
    osdtrrx_el1: nothing,
    osdtrtx_el1: nothing,
    mdccsr_el0: { user: debugAccess, read: () => 0n },
    ...pmuRegisters(),
  };
  for (let i = 0; i < breakpointCount; i++) {
    list[`dbgbvr${i}_el1`] = stored(breakpointValue(i), all, debugControlsChanged);
    list[`dbgbcr${i}_el1`] = stored(breakpointControl(i), 0x00ff_e1e7n, debugControlsChanged);
  }
  for (let i = 0; i < watchpointCount; i++) {
    list[`dbgwvr${i}_el1`] = stored(watchpointValue(i), all & ~3n, debugControlsChanged);
    list[`dbgwcr${i}_el1`] = stored(watchpointControl(i), 0x1fff_ffffn, debugControlsChanged);
  }
  if (State.system + 8 * nextSlot > State.end) throw new Error('the state block is too small');
  return new Map(Object.entries(list));
}

/** FPCR and FPSR: available when FP instructions are; else a trap as those have. */
function fpRegister(offset: number, mask: number): SystemRegister {
  return {
    user: 'all',
    read: (core) => BigInt(core.word(offset) >>> 0),
    write: (core, value) => core.setWord(offset, Number(value & low32) & mask),
  };
}

const fpKeys = new Set([sysregKey('fpcr'), sysregKey('fpsr')]);
const spEl0Key = sysregKey('sp_el0');

/** Registers by key. Read-only and write-only names may share a key. */
function byKey(registers: ReadonlyMap<string, SystemRegister>): Map<number, SystemRegister> {
  const result = new Map<number, SystemRegister>();
  for (const [name, register] of registers) {
    const key = sysregKey(name);
    if (key === undefined) throw new Error(`no system register ${name}`);
    result.set(key, { ...result.get(key), ...register });
  }
  return result;
}

/** The registers that are no more than a slot each, by key. `user`: what EL0 may do; 'none' when that depends. */
export function plainRegisters(): Map<number, { slot: number; mask: bigint; user: 'none' | 'read' | 'all' }> {
  const result = new Map<number, { slot: number; mask: bigint; user: 'none' | 'read' | 'all' }>();
  for (const [key, { plain, user = 'none' }] of byKey(makeRegisters()))
    if (plain) result.set(key, { ...plain, user: typeof user === 'function' ? 'none' : user });
  return result;
}

/** All system registers of one CPU. */
export class SystemRegisters {
  readonly #core: Core;
  readonly #registers: Map<number, SystemRegister>;

  constructor(core: Core) {
    this.#core = core;
    const registers = makeRegisters();
    const identity = identityRegisters(core.index, core.gicSystemRegisters);
    for (const [name, value] of Object.entries(identity)) if (!registers.has(name)) registers.set(name, constant(value));
    // EL0 reads these where SCTLR_EL1 allows.
    registers.set('ctr_el0', { ...constant(identity.ctr_el0), user: (c, write) => !write && (c.systemBits(Slot.sctlr) & Sctlr.uct) !== 0 });
    registers.set('dczid_el0', {
      user: 'read',
      read: (c) => identity.dczid_el0 | (c.exceptionLevel === 0 && !(c.systemBits(Slot.sctlr) & Sctlr.dze) ? 16n : 0n),
    });
    this.#registers = byKey(registers);
    // The identification space is reserved as reading zero (D17.1.3.1), AArch32's registers included.
    for (let CRm = 1; CRm < 8; CRm++)
      for (let op2 = 0; op2 < 8; op2++) {
        const key = systemKey(3, 0, 0, CRm, op2);
        if (!this.#registers.has(key)) this.#registers.set(key, constant(0n));
      }
    // A Cortex-A53's own: CPUACTLR_EL1, CPUECTLR_EL1, L2CTLR_EL1.
    for (const key of [systemKey(3, 1, 15, 2, 0), systemKey(3, 1, 15, 2, 1), systemKey(3, 1, 11, 0, 2)]) this.#registers.set(key, nothing);
  }

  reset(): void {
    const core = this.#core;
    for (let at = State.system; at < State.end; at += 8) core.setQuad(at, 0n);
    core.setSystem(Slot.sctlr, sctlrReset);
    core.setSystem(Slot.oslsr, 0xan);
    this.poke('cntfrq_el0', 62_500_000n);
    resetPmu(core);
  }

  /** MRS. The value is left in State.scratch. */
  mrs(key: number): void {
    const core = this.#core;
    const register = this.#find(key);
    if (!register) {
      const value = this.#isGic(key) ? core.host.gicRead(core.index, key) : undefined;
      if (value === undefined) return raiseUndefined(core);
      return core.setQuad(State.scratch, value);
    }
    if (!register.read) return raiseUndefined(core);
    if (this.#denied(register, key, false)) return;
    core.setQuad(State.scratch, BigInt.asUintN(64, register.read(core)));
  }

  /** MSR (register), of the value in State.scratch. */
  msr(key: number): void {
    const core = this.#core;
    const value = core.quad(State.scratch);
    const register = this.#find(key);
    if (!register) {
      if (!this.#isGic(key) || !core.host.gicWrite(core.index, key, value)) raiseUndefined(core);
      return;
    }
    if (!register.write) return raiseUndefined(core);
    if (this.#denied(register, key, true)) return;
    register.write(core, value);
  }

  /** A register by its name in lower case, without side effects. */
  peek(name: string): bigint | undefined {
    const key = sysregKey(name.toLowerCase());
    const register = key === undefined ? undefined : this.#find(key);
    const read = register?.peek ?? register?.read;
    return read && BigInt.asUintN(64, read(this.#core));
  }

  poke(name: string, value: bigint): boolean {
    const key = sysregKey(name.toLowerCase());
    const register = key === undefined ? undefined : this.#find(key);
    if (!register?.write) return false;
    register.write(this.#core, BigInt.asUintN(64, value));
    return true;
  }

  /** Names of all that there are. */
  names(): string[] {
    return [...sysregNames()].filter(([, key]) => this.#registers.has(key)).map(([name]) => name);
  }

  #find(key: number): SystemRegister | undefined {
    return this.#registers.get(key);
  }

  /** ICC_* registers are the board's; ICC_SRE_EL1 says whether they are there. */
  #isGic(key: number): boolean {
    return (
      this.#core.gicSystemRegisters &&
      this.#core.exceptionLevel === 1 &&
      (sysregName(key) ?? sysregName(key, 'write') ?? '').startsWith('icc_')
    );
  }

  /** Whether EL0 may not; the exception has then been taken. */
  #denied(register: SystemRegister, key: number, write: boolean): boolean {
    const core = this.#core;
    if (fpKeys.has(key) && core.word(State.fpEnabled) === 0) {
      raise(core, ExceptionClass.fpAccess, (1 << 24) | (0xe << 20));
      return true;
    }
    if (core.exceptionLevel === 1) {
      // SP_EL0 cannot be named while it is the stack pointer.
      if (key === spEl0Key && !(core.pstate & Pstate.sp)) {
        raiseUndefined(core);
        return true;
      }
      return false;
    }
    const user = register.user ?? 'none';
    if (user === 'all' || (user === 'read' && !write)) return false;
    if (typeof user === 'function') {
      if (user(core, write)) return false;
      trapSystemRegister(core, key, write);
    } else raiseUndefined(core);
    return true;
  }
}

/** EC 0x18: an access that EL1 has reserved for itself. Rt comes from the instruction. */
export function trapSystemRegister(core: Core, key: number, write: boolean): void {
  const word = core.memory.u32[core.memory.linear(core.code.physicalOf(core.word(State.entry) >>> 0)) / 4];
  const [op0, op1, CRn, CRm, op2] = [key >>> 14, (key >>> 11) & 7, (key >>> 7) & 15, (key >>> 3) & 15, key & 7];
  const iss = (op0 << 20) | (op2 << 17) | (op1 << 14) | (CRn << 10) | ((word & 31) << 5) | (CRm << 1) | (write ? 0 : 1);
  raise(core, ExceptionClass.systemRegister, iss);
}
