import { fpTrap, prepareStore, slowLoad, slowStore, spAlignmentFault } from './access.ts';
import type { Core } from './core.ts';
import { Sctlr, Slot } from './core.ts';
import { eret, ExceptionClass, raise, raiseBy } from './exceptions.ts';
import type { Handlers, HostFunctions } from './handlers.ts';
import { exceptionCauses, hintKinds } from './handler-interface.ts';
import { Entry, Exit, pageBytes, State } from './layout.ts';
import { FixedHandler } from './core-module.ts';
import { takeGuestBreakpoint } from './self-hosted-debug.ts';
import type { SystemOperations } from './system-operations.ts';
import type { SystemRegisters } from './system-registers.ts';

/** Instructions that are decoded ahead at most: enough that their handlers are compiled together. */
const decodeAhead = 64;

/** B, BR, RET, ERET and the like: what follows is not reached from here, and may be data. */
function endsStraightCode(word: number): boolean {
  const isBranch = (word & 0xfc00_0000) >>> 0 === 0x1400_0000;
  const isRegisterBranch = (word & 0xfe00_0000) >>> 0 === 0xd600_0000;
  const isUndefined = word >>> 16 === 0;
  return isBranch || isRegisterBranch || isUndefined;
}

/** Decodes the instruction of an entry and those after it that are not decoded yet. */
export function decodeEntries(core: Core, handlers: Handlers, entry: number, ignoreBreakpoint = false): void {
  const { memory } = core;
  const { u32 } = memory;
  const physical = core.code.physicalOf(entry);
  core.code.decoding(entry);
  const from = memory.linear(physical) / 4;
  const inPage = (pageBytes - (physical % pageBytes)) / 4;
  const most = ignoreBreakpoint ? 1 : Math.min(inPage, decodeAhead);
  let count = 1;
  while (count < most && !endsStraightCode(u32[from + count - 1]) && memory.handlerOf(entry + count * Entry.bytes) === FixedHandler.decode)
    count++;
  handlers.fill(core.address, entry, from, count);
  if (ignoreBreakpoint) return;
  // Any virtual page of any CPU may map this one: the offset in the page decides here, the whole address when it is reached.
  for (const address of core.allBreakpoints()) {
    const index = (Number(address & 0xfffn) - (physical % pageBytes)) / 4;
    if (Number.isInteger(index) && index >= 0 && index < count) memory.setHandler(entry + index * Entry.bytes, FixedHandler.breakpoint);
  }
}

function breakpoint(core: Core): void {
  const pc = core.pc;
  const stop = core.breakpoints.has(pc) && !(core.passes.breakpoint === pc && core.executed() === 0);
  if (stop) core.stoppedAt = { breakpoint: pc };
  core.breakpointHit = stop;
  if (!stop && takeGuestBreakpoint(core, pc)) return;
  core.setQuad(State.pc, pc);
  core.setWord(State.exit, stop ? Exit.debug : Exit.stepOver);
}

function hint(core: Core, kind: (typeof hintKinds)[number]): void {
  const user = core.exceptionLevel === 0;
  const trap = (isWfe: boolean): void => raise(core, ExceptionClass.wfx, (1 << 24) | (0xe << 20) | (isWfe ? 1 : 0));
  switch (kind) {
    case 'wfi':
      if (core.word(State.lines) !== 0) return;
      if (user && !(core.systemBits(Slot.sctlr) & Sctlr.ntwi)) return trap(false);
      core.setWord(State.waiting, 1);
      return core.endAfterCurrent();
    case 'wfe':
      if (core.word(State.eventRegister) !== 0) return core.setWord(State.eventRegister, 0);
      if (user && !(core.systemBits(Slot.sctlr) & Sctlr.ntwe)) return trap(true);
      core.yielded = true;
      return core.endAfterCurrent();
    case 'yield':
      if (core.cluster.length === 1) return;
      core.yielded = true;
      return core.endAfterCurrent();
    case 'sev':
      return core.sendEvent();
    case 'sevl':
      return core.setWord(State.eventRegister, 1);
    default:
      return;
  }
}

/** What compiled code calls, for the CPU that runs. */
export function hostFunctions(
  cores: readonly Core[],
  registers: readonly SystemRegisters[],
  operations: readonly SystemOperations[],
  handlers: () => Handlers,
): HostFunctions {
  const { memory } = cores[0];
  const running = (): Core => cores[memory.running];
  return {
    slowLoad: (_, low, high, bytes, flags) => slowLoad(running(), high, low, bytes, flags),
    slowStore: (_, low, high, bytes, flags) => slowStore(running(), high, low, bytes, flags),
    prepareStore: (_, low, high, bytes) => prepareStore(running(), high, low, bytes),
    decode: (_, entry) => decodeEntries(running(), handlers(), entry >>> 0),
    breakpoint: () => breakpoint(running()),
    exception: (_, cause, immediate) => raiseBy(running(), exceptionCauses[cause], immediate),
    eret: () => eret(running()),
    mrs: (_, key) => registers[memory.running].mrs(key),
    msr: (_, key) => registers[memory.running].msr(key),
    msrImmediate: (_, field, value) => operations[memory.running].msrImmediate(field, value),
    sys: (_, key) => operations[memory.running].sys(key),
    hint: (_, kind) => hint(running(), hintKinds[kind]),
    fpTrap: () => fpTrap(running()),
    spAlignment: () => spAlignmentFault(running()),
  };
}
