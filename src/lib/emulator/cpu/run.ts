import { illegalState, pcAlignmentFault } from './access.ts';
import { Pstate, type Core } from './core.ts';
import { FixedHandler } from './core-module.ts';
import { raiseInstructionAbort, raiseStep, stepEnabled, takeInterrupt } from './exceptions.ts';
import type { Handlers } from './handlers.ts';
import { decodeEntries } from './host-functions.ts';
import { Entry, Exit, pageBytes, State } from './layout.ts';
import { permissionsOf, walk } from './mmu.ts';
import { PageUses } from './page-use.ts';
import { countersOverflowed } from './pmu.ts';
import type { RunExit } from './types.ts';

/** Instructions that compiled code is given at a time: limit less entry must fit 32 bits. */
const largestSlice = 1 << 26;

/** Runs a CPU; see Cpu.run. */
export function runCore(core: Core, handlers: Handlers, budget: number): RunExit {
  if (core.inRun) throw new Error('run within a run');
  core.takeTurn();
  core.inRun = true;
  core.done = 0;
  core.budget = Math.max(0, budget);
  core.passes = core.stoppedAt;
  core.stoppedAt = {};
  core.yielded = false;
  core.breakpointHit = false;
  core.watchHit = undefined;
  try {
    for (;;) {
      const exit = pause(core) ?? execute(core, handlers);
      if (exit) return exit;
    }
  } finally {
    // The instruction was not executed yet: an interrupt's handler came first, or nothing did.
    if (core.done === 0 && core.stoppedAt.breakpoint === undefined) core.stoppedAt = core.passes;
    core.memory.f64[(core.address + State.retired) >> 3] += core.done;
    core.done = 0;
    core.running = false;
    core.inRun = false;
  }
}

/** Looks at everything that is looked at between instructions. Gives an exit when the run ends here. */
function pause(core: Core): RunExit | undefined {
  const executed = core.done;
  const { lastException } = core;
  if (core.retired() >= core.overflowAt) countersOverflowed(core);
  if (core.stuck && lastException) return { reason: 'stuck', executed, exception: lastException };
  if (core.stopRequested) {
    core.stopRequested = false;
    return { reason: 'stopped', executed };
  }
  if (core.yielded) {
    core.yielded = false;
    return { reason: 'yield', executed };
  }
  if (core.word(State.waiting) !== 0) {
    if (core.word(State.lines) === 0) return { reason: 'wfi', executed };
    core.setWord(State.waiting, 0);
  }
  takeInterrupt(core);
  return executed >= core.budget ? { reason: 'budget', executed } : undefined;
}

/** Executes as far as compiled code goes. */
function execute(core: Core, handlers: Handlers): RunExit | undefined {
  const { observer } = core;
  let most = Math.min(core.budget - core.done, observer ? core.untilLook : largestSlice, core.overflowAt - core.retired());
  const stepping = stepEnabled(core, core.pstate);
  if (stepping) {
    if (!(core.pstate & Pstate.ss)) {
      raiseStep(core, undefined);
      return undefined;
    }
    most = 1;
  }
  if (core.pstate & Pstate.il) {
    illegalState(core);
    core.done++;
    return undefined;
  }
  const entry = fetch(core);
  if (entry === 0) {
    core.done++;
    return undefined;
  }
  const exclusive = stepping && isLoadExclusive(core.memory.u32[core.memory.linear(core.code.physicalOf(entry)) / 4]);
  const before = core.done;
  let reason = enter(core, handlers, entry, most);
  if (observer) {
    core.untilLook -= core.done - before;
    if (core.untilLook <= 0) {
      // Only here is there an instruction that is about to be executed.
      if (reason === Exit.limit && !stepping) observer.look(core);
      core.untilLook = observer.period;
    }
  }
  if (reason === Exit.stepOver) {
    // The page is current and the entry decoded: execute the real instruction, then let the entry be decoded with its breakpoint again.
    const at = core.word(State.entry) >>> 0;
    decodeEntries(core, handlers, at, true);
    reason = enter(core, handlers, at, 1);
    core.memory.setHandler(at, FixedHandler.decode);
  }
  if (stepping && reason !== Exit.transfer && reason !== Exit.debug) completeStep(core, exclusive);
  const { watchHit } = core;
  if (watchHit) return { reason: 'watchpoint', executed: core.done, pc: core.quad(State.pc), ...watchHit };
  if (core.breakpointHit) return { reason: 'breakpoint', executed: core.done, pc: core.quad(State.pc) };
  return undefined;
}

/** An instruction was stepped, without an exception. */
function completeStep(core: Core, loadExclusive: boolean): void {
  core.setPstate(core.pstate & ~Pstate.ss);
  if (stepEnabled(core, core.pstate)) raiseStep(core, { loadExclusive });
}

/** LDXR, LDXP and their acquiring forms (C4.1.94); CASP has the place that pairs of 32 bits would have. */
function isLoadExclusive(word: number): boolean {
  return (word & 0x3fc0_0000) === 0x0840_0000 && ((word & (1 << 21)) === 0 || word >>> 31 === 1);
}

/** Lets compiled code execute up to `most` instructions. Afterwards State.pc is the next one's address. Gives State.exit. */
function enter(core: Core, handlers: Handlers, entry: number, most: number): number {
  core.setWord(State.exit, Exit.limit);
  core.setWord(State.entry, entry);
  core.setWord(State.limit, entry + most * Entry.bytes);
  core.end = core.done + most;
  core.running = true;
  handlers.enter(core.address, entry, core.word(State.limit));
  const reason = core.word(State.exit);
  core.done = core.executed();
  // Faulting and excepting instructions count; what a debugger stopped has not happened.
  if (reason === Exit.transfer) core.done++;
  if (reason === Exit.limit) core.setQuad(State.pc, core.pc);
  core.running = false;
  return reason;
}

/** Entry of the instruction at State.pc, with its page made the current one; 0 when an exception was taken instead. */
function fetch(core: Core): number {
  const { memory, tlb } = core;
  const { u32, use } = memory;
  const at = (core.address + State.pc) >>> 2;
  // In halves: this is done a few hundred thousand times while a kernel starts.
  const low = u32[at];
  let high = u32[at + 1];
  const upper = (high >>> 23) & 1;
  if (core.regime.ranges[upper].topByteIgnored) {
    high = (upper ? high | 0xff00_0000 : high & 0xff_ffff) >>> 0;
    u32[at + 1] = high;
  }
  if (low & 3) {
    pcAlignmentFault(core, core.quad(State.pc));
    return 0;
  }
  const mode = core.exceptionLevel;
  const entries = tlb.findFetch(mode, high, low) || fillFetch(core, mode, high, low);
  if (entries === 0) return 0;
  if (use.observed & PageUses.execute) use.seen[(core.code.physicalOf(entries) - memory.base) / pageBytes] |= PageUses.execute;
  core.setWord(State.pageEntries, entries);
  const base = (low & ~(pageBytes - 1)) >>> 0;
  const offset = entries / (Entry.bytes / 4);
  const pcBase = (core.address + State.pcBase) >>> 2;
  u32[pcBase] = base - offset;
  u32[pcBase + 1] = base < offset ? high - 1 : high;
  return entries + (low & (pageBytes - 4)) * (Entry.bytes / 4);
}

/** The decoded page of an address that the instruction TLB does not have; 0 when an exception was taken instead. */
function fillFetch(core: Core, mode: 0 | 1, high: number, low: number): number {
  const { memory, tlb } = core;
  const leaf = walk(core.regime, memory, high, low);
  const fault = (kind: Parameters<typeof raiseInstructionAbort>[1], level: number): 0 => {
    raiseInstructionAbort(core, kind, level, core.quad(State.pc));
    return 0;
  };
  if (!leaf.ok) return fault(leaf.fault, leaf.level);
  if (!permissionsOf(core.regime, leaf, mode).execute) return fault('permission', leaf.level);
  const page = leaf.physical - (leaf.physical % pageBytes);
  if (!memory.contains(page, pageBytes)) return fault('externalAbort', 0);
  const entries = core.code.entriesOf(page);
  tlb.fillFetch(mode, high, low, entries, leaf.blockBits);
  return entries;
}
