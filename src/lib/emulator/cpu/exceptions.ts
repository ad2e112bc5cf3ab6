import { Line, Pstate, Sctlr, Slot, type Core } from './core.ts';
import { Exit, State } from './layout.ts';
import { faultStatus, type Fault } from './mmu.ts';

/** Exception classes, ESR_EL1.EC (D17.2.37). The ones with a "lower" level have bit 0 set when the level is the same. */
export const ExceptionClass = {
  unknown: 0x00,
  wfx: 0x01,
  fpAccess: 0x07,
  illegalState: 0x0e,
  svc: 0x15,
  systemRegister: 0x18,
  instructionAbort: 0x20,
  pcAlignment: 0x22,
  dataAbort: 0x24,
  spAlignment: 0x26,
  serror: 0x2f,
  breakpoint: 0x30,
  softwareStep: 0x32,
  watchpoint: 0x34,
  brk: 0x3c,
} as const;

/** Which of the four vectors of a group. */
const VectorOffset = { synchronous: 0x000, irq: 0x080, fiq: 0x100, serror: 0x180 } as const;

type Kind = keyof typeof VectorOffset;

/** PSTATE bits that SPSR_EL1 holds as they are, NZCV apart. */
const savedBits = Pstate.mode | Pstate.daif | Pstate.il | Pstate.ss | Pstate.pan | Pstate.uao;

function vectorOf(core: Core, kind: Kind): bigint {
  const pstate = core.pstate;
  const group = !(pstate & Pstate.el1) ? 0x400 : pstate & Pstate.sp ? 0x200 : 0x000;
  return BigInt.asUintN(64, core.system(Slot.vbar) + BigInt(group + VectorOffset[kind]));
}

/** Takes an exception to EL1 (AArch64.TakeException, J1.1). `returnTo` is its preferred return address. */
function take(core: Core, kind: Kind, returnTo: bigint): void {
  const vector = vectorOf(core, kind);
  const old = core.pstate;
  const spsr = (BigInt(old & savedBits) | BigInt(core.nzcv)) & 0xffff_ffffn;
  core.setSystem(Slot.elr, returnTo);
  core.setSystem(Slot.spsr, spsr);
  // PAN is set on entry unless SCTLR_EL1.SPAN says to leave it.
  const pan = core.systemBits(Slot.sctlr) & Sctlr.span ? old & Pstate.pan : Pstate.pan;
  core.setPstate(Pstate.el1 | Pstate.sp | Pstate.daif | pan);
  core.lastException = { kind, vector, elr: returnTo, esr: core.system(Slot.esr), far: core.system(Slot.far), spsr };
  core.host.exceptionTaken?.(core.index, core.lastException);
  core.transfer(vector);
}

/** Takes a synchronous exception. With `far` the fault address register is written. */
export function raise(
  core: Core,
  exceptionClass: number,
  iss: number,
  options: { far?: bigint; returnTo?: bigint; il?: boolean } = {},
): void {
  const returnTo = options.returnTo ?? core.pc;
  if (core.exceptionLevel === 1 && returnTo === vectorOf(core, 'synchronous')) {
    // The vector's own first instruction faults: taking that would come back here for ever. Keep the exception that led here.
    core.stuck = true;
    core.setQuad(State.pc, returnTo);
    core.setWord(State.exit, Exit.debug);
    return;
  }
  const il = options.il === false ? 0 : 1 << 25;
  core.setSystem(Slot.esr, BigInt(((exceptionClass << 26) | il | iss) >>> 0));
  if (options.far !== undefined) core.setSystem(Slot.far, options.far);
  take(core, 'synchronous', returnTo);
}

/** An exception class that tells by its lowest bit whether the level stays the same. */
export function levelled(core: Core, lower: number): number {
  return core.exceptionLevel === 1 ? lower | 1 : lower;
}

export function raiseUndefined(core: Core): void {
  raise(core, ExceptionClass.unknown, 0);
}

/** A data access faults. `write` is ISS.WnR. ISS.CM is never set: cache maintenance does not fault here, and DC ZVA counts as a store. */
export function raiseDataAbort(core: Core, fault: Fault, level: number, far: bigint, write: boolean): void {
  const iss = faultStatus(fault, level) | (write ? 1 << 6 : 0);
  raise(core, levelled(core, ExceptionClass.dataAbort), iss, { far });
}

/** An instruction cannot be fetched from `pc`. */
export function raiseInstructionAbort(core: Core, fault: Fault, level: number, pc: bigint): void {
  raise(core, levelled(core, ExceptionClass.instructionAbort), faultStatus(fault, level), { far: pc, returnTo: pc });
}

/** Takes the most urgent interrupt that is not masked; false when there is none. */
export function takeInterrupt(core: Core): boolean {
  const lines = core.deliverable();
  if (lines === 0) return false;
  const pc = core.quad(State.pc);
  if (lines & Line.fiq) take(core, 'fiq', pc);
  else if (lines & Line.irq) take(core, 'irq', pc);
  else {
    core.setWord(State.lines, core.word(State.lines) & ~Line.serror);
    core.setSystem(Slot.esr, BigInt(((ExceptionClass.serror << 26) | (1 << 25)) >>> 0));
    take(core, 'serror', pc);
  }
  return true;
}

/** Exception return (AArch64.ExceptionReturn, C6.2.105). */
export function eret(core: Core): void {
  if (core.exceptionLevel === 0) return raiseUndefined(core);
  const spsr = Number(core.system(Slot.spsr) & 0xffff_ffffn);
  const mode = spsr & Pstate.mode;
  const legal = mode === 0 || mode === Pstate.el1 || mode === (Pstate.el1 | Pstate.sp);
  const kept = Pstate.daif | Pstate.pan | Pstate.uao | Pstate.ss;
  const restored = legal
    ? spsr & (kept | Pstate.il | Pstate.mode)
    : // Illegal: the level and stack pointer stay, and the next instruction finds PSTATE.IL set.
      (spsr & kept) | Pstate.il | (core.pstate & Pstate.mode);
  // The step bit comes back only when software step is on where the return goes.
  const stepping = stepEnabled(core, restored) ? restored : restored & ~Pstate.ss;
  core.setWord(State.monitor, 0);
  core.setWord(State.eventRegister, 1);
  core.nzcv = spsr;
  core.setPstate(stepping);
  let target = core.system(Slot.elr);
  if (legal) target = withoutTag(core, target, mode === 0 ? 0 : 1);
  core.transfer(target);
}

/** Removes the tag of a branch target where the top byte is ignored (AArch64.BranchAddr). */
function withoutTag(core: Core, target: bigint, exceptionLevel: 0 | 1): bigint {
  const upper = Number((target >> 55n) & 1n);
  if (!core.regime.ranges[upper].topByteIgnored) return target;
  if (exceptionLevel === 1 || upper) return upper ? target | (0xffn << 56n) : target & ~(0xffn << 56n);
  return target & ~(0xffn << 56n);
}

/** Whether software step exceptions are enabled in a PSTATE (D2.12.3). */
export function stepEnabled(core: Core, pstate: number): boolean {
  const mdscr = core.systemBits(Slot.mdscr);
  if (!(mdscr & 1) || core.systemBits(Slot.oslsr) & 2) return false;
  const kernelDebug = (mdscr & (1 << 13)) !== 0;
  return pstate & Pstate.el1 ? kernelDebug && !(pstate & Pstate.d) : true;
}

/**
 * Takes a software step exception before the next instruction. What was stepped: ISV, and EX for a load-exclusive; undefined: nothing was, the
 * CPU came back to a step that is complete.
 */
export function raiseStep(core: Core, stepped: { loadExclusive: boolean } | undefined): void {
  const iss = (stepped ? 1 << 24 : 0) | (stepped?.loadExclusive ? 1 << 6 : 0) | faultStatus('debug', 0);
  raise(core, levelled(core, ExceptionClass.softwareStep), iss, { returnTo: core.quad(State.pc) });
}

/** The instruction is complete when it calls: stepping does not execute it again after the return (D2.12.4). */
function endStep(core: Core): void {
  if (core.pstate & Pstate.ss) core.setPstate(core.pstate & ~Pstate.ss);
}

/** SVC and the like, by the name that an instruction's meaning gives. */
export function raiseBy(core: Core, cause: 'svc' | 'hvc' | 'smc' | 'brk' | 'hlt' | 'undefined', immediate: number): void {
  const next = BigInt.asUintN(64, core.pc + 4n);
  switch (cause) {
    case 'svc':
      endStep(core);
      return raise(core, ExceptionClass.svc, immediate & 0xffff, { returnTo: next });
    case 'brk':
      return raise(core, ExceptionClass.brk, immediate & 0xffff);
    case 'hvc':
    case 'smc':
      if (core.exceptionLevel === 0) return raiseUndefined(core);
      endStep(core);
      // The host may start another life of this CPU (reset), which then stands.
      core.transfer(next);
      if (!core.host.conduit(core.index, cause)) raiseUndefined(core);
      return;
    default:
      // Halting debug is not there, so HLT is undefined too.
      raiseUndefined(core);
  }
}
