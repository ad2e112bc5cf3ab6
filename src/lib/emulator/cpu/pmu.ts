import { Slot, type Core } from './core.ts';
import { State } from './layout.ts';
import type { SystemRegister } from './system-registers.ts';

/**
 * Performance monitors (PMUv3, Arm ARM D13): a cycle counter and six event counters. An instruction takes one cycle, so cycles and retired
 * instructions are one count; software increments are the third event.
 *
 * A counter's register holds its value less the retired count while it runs, and its value while it does not. When one is to overflow is known
 * beforehand: the run loop stops there.
 */
const eventCounters = 6;
const cycleBit = 1 << 31;
const implemented = cycleBit | ((1 << eventCounters) - 1);
const Event = { softwareIncrement: 0x00, instructionsRetired: 0x08, cycles: 0x11 } as const;
const Control = { enable: 1, resetEvents: 2, resetCycles: 4, longCycle: 1 << 6 } as const;
/** IMP, IDCODE of a Cortex-A53 and the number of event counters. */
const controlFixed = 0x4103_0000 | (eventCounters << 11);

/** Where this file keeps its state in the state block. */
const offsets = {
  enabled: State.pmu,
  overflow: State.pmu + 4,
  interrupt: State.pmu + 8,
  select: State.pmu + 12,
  counters: State.pmu + 16,
} as const;
const cycleCounter = eventCounters;
const counterAt = (n: number): number => offsets.counters + 16 * n;
const typeAt = (n: number): number => offsets.counters + 16 * n + 8;

export function resetPmu(core: Core): void {
  for (let at = State.pmu; at < counterAt(eventCounters + 1); at += 8) core.setQuad(at, 0n);
  settle(core);
}

function counts(core: Core, n: number): boolean {
  if (!(core.systemBits(Slot.pmcr) & Control.enable)) return false;
  if (n === cycleCounter) return (core.word(offsets.enabled) & cycleBit) !== 0;
  const event = core.word(typeAt(n)) & 0x3ff;
  return (core.word(offsets.enabled) & (1 << n)) !== 0 && (event === Event.cycles || event === Event.instructionsRetired);
}

const retired = (core: Core): bigint => BigInt(core.retired());

function readCounter(core: Core, n: number): bigint {
  const value = BigInt.asUintN(64, core.quad(counterAt(n)) + (counts(core, n) ? retired(core) : 0n));
  return n === cycleCounter ? value : value & 0xffff_ffffn;
}

function writeCounter(core: Core, n: number, value: bigint): void {
  core.setQuad(counterAt(n), BigInt.asUintN(64, value - (counts(core, n) ? retired(core) : 0n)));
}

/** Ones where a counter must be for its next increment to overflow: PMCR_EL0.LC makes the cycle counter's the 64-bit one (D13.11.4). */
function lastValue(core: Core, n: number): bigint {
  return n === cycleCounter && core.systemBits(Slot.pmcr) & Control.longCycle ? 0xffff_ffff_ffff_ffffn : 0xffff_ffffn;
}

/** Works out anew when the next counter overflows, and drives the interrupt: to be called when registers have changed. */
export function settle(core: Core): void {
  let soonest = Infinity;
  for (let n = 0; n <= eventCounters; n++) {
    if (!counts(core, n)) continue;
    const last = lastValue(core, n);
    soonest = Math.min(soonest, core.retired() + Number(last - (readCounter(core, n) & last)) + 1);
  }
  core.overflowAt = soonest;
  const asked = core.word(offsets.overflow) & core.word(offsets.interrupt);
  core.host.performanceInterrupt?.(core.index, (core.systemBits(Slot.pmcr) & Control.enable) !== 0 && asked !== 0);
  core.endAfterCurrent();
}

/** As many instructions are retired as `overflowAt` says: counters that have just become zero have overflowed. */
export function countersOverflowed(core: Core): void {
  let overflow = core.word(offsets.overflow);
  for (let n = 0; n <= eventCounters; n++)
    if (counts(core, n) && (readCounter(core, n) & lastValue(core, n)) === 0n) overflow |= n === cycleCounter ? cycleBit : 1 << n;
  core.setWord(offsets.overflow, overflow);
  settle(core);
}

/** Changes what decides whether counters run, keeping their values. */
function reconfigure(core: Core, change: () => void): void {
  const values = Array.from({ length: eventCounters + 1 }, (_, n) => readCounter(core, n));
  change();
  values.forEach((value, n) => writeCounter(core, n, value));
  settle(core);
}

/** A counter is written by the guest. */
function setCounter(core: Core, n: number, value: bigint): void {
  writeCounter(core, n, value);
  settle(core);
}

/** PMSWINC_EL0 for one counter. */
function softwareIncrement(core: Core, n: number): void {
  const value = (readCounter(core, n) + 1n) & 0xffff_ffffn;
  if (value === 0n) core.setWord(offsets.overflow, core.word(offsets.overflow) | (1 << n));
  setCounter(core, n, value);
}

function setBits(offset: number, on: boolean): (core: Core, value: bigint) => void {
  return (core, value) => {
    const bits = Number(value & 0xffff_ffffn) & implemented;
    reconfigure(core, () => core.setWord(offset, on ? core.word(offset) | bits : core.word(offset) & ~bits));
  };
}

const readBits =
  (offset: number) =>
  (core: Core): bigint =>
    BigInt(core.word(offset) >>> 0);

/** PMUSERENR_EL0: EN opens everything to EL0, ER, CR and SW a part. */
const userEnabled = (extra: number) => (core: Core, write: boolean) => {
  const enable = core.systemBits(Slot.pmuserenr);
  return (enable & 1) !== 0 || ((enable & extra) !== 0 && (!write || extra === 2));
};

export function pmuRegisters(): Record<string, SystemRegister> {
  const user = userEnabled(0);
  const selected = (core: Core): number => core.word(offsets.select) & 31;
  const within = (n: number): boolean => n < eventCounters;
  const counter = (n: (core: Core) => number): SystemRegister => ({
    user: userEnabled(8),
    read: (core) => (within(n(core)) ? readCounter(core, n(core)) : 0n),
    write: (core, value) => void (within(n(core)) && setCounter(core, n(core), value & 0xffff_ffffn)),
  });
  const type = (n: (core: Core) => number): SystemRegister => ({
    user,
    read: (core) => (within(n(core)) || n(core) === cycleCounter ? BigInt(core.word(typeAt(n(core))) >>> 0) : 0n),
    write: (core, value) => {
      if (within(n(core)) || n(core) === cycleCounter)
        // The cycle counter counts one event only.
        reconfigure(core, () =>
          core.setWord(typeAt(n(core)), Number(value & (n(core) === cycleCounter ? 0xfc00_0000n : 0xfc00_03ffn)) | 0),
        );
    },
  });
  const list: Record<string, SystemRegister> = {
    pmcr_el0: {
      user,
      read: (core) => BigInt((controlFixed | (core.systemBits(Slot.pmcr) & (Control.enable | Control.longCycle | 0x38))) >>> 0),
      write: (core, value) => {
        const bits = Number(value & 0x7fn);
        reconfigure(core, () => core.setSystem(Slot.pmcr, BigInt(bits & (Control.enable | Control.longCycle | 0x38))));
        if (bits & Control.resetEvents) for (let n = 0; n < eventCounters; n++) setCounter(core, n, 0n);
        if (bits & Control.resetCycles) setCounter(core, cycleCounter, 0n);
      },
    },
    pmcntenset_el0: { user, read: readBits(offsets.enabled), write: setBits(offsets.enabled, true) },
    pmcntenclr_el0: { user, read: readBits(offsets.enabled), write: setBits(offsets.enabled, false) },
    pmovsset_el0: { user, read: readBits(offsets.overflow), write: setBits(offsets.overflow, true) },
    pmovsclr_el0: { user, read: readBits(offsets.overflow), write: setBits(offsets.overflow, false) },
    pmintenset_el1: { read: readBits(offsets.interrupt), write: setBits(offsets.interrupt, true) },
    pmintenclr_el1: { read: readBits(offsets.interrupt), write: setBits(offsets.interrupt, false) },
    pmswinc_el0: {
      user: userEnabled(2),
      write: (core, value) => {
        for (let n = 0; n < eventCounters; n++) {
          const counting = core.systemBits(Slot.pmcr) & Control.enable && core.word(offsets.enabled) & (1 << n);
          const isSoftware = (core.word(typeAt(n)) & 0x3ff) === Event.softwareIncrement;
          if ((value >> BigInt(n)) & 1n && counting && isSoftware) softwareIncrement(core, n);
        }
      },
    },
    pmselr_el0: {
      user: userEnabled(8),
      read: readBits(offsets.select),
      write: (core, value) => core.setWord(offsets.select, Number(value & 31n)),
    },
    pmceid0_el0: { user, read: () => BigInt((1 << Event.softwareIncrement) | (1 << Event.instructionsRetired) | (1 << Event.cycles)) },
    pmceid1_el0: { user, read: () => 0n },
    pmccntr_el0: {
      user: userEnabled(4),
      read: (core) => readCounter(core, cycleCounter),
      write: (core, value) => setCounter(core, cycleCounter, value),
    },
    pmccfiltr_el0: type(() => cycleCounter),
    pmxevtyper_el0: type((core) => (selected(core) === 31 ? cycleCounter : selected(core))),
    pmxevcntr_el0: counter(selected),
    pmuserenr_el0: {
      user: 'read',
      read: (core) => core.system(Slot.pmuserenr),
      write: (core, value) => core.setSystem(Slot.pmuserenr, value & 15n),
    },
  };
  for (let n = 0; n < eventCounters; n++) {
    list[`pmevcntr${n}_el0`] = counter(() => n);
    list[`pmevtyper${n}_el0`] = type(() => n);
  }
  return list;
}
