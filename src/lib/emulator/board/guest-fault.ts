import type { ExceptionRecord } from '../cpu/types.ts';

/** Why a machine cannot go on, in words for the person whose program it is. */
export type GuestFault = {
  cpu: number;
  message: string;
  /** The exception that began it: its `elr` is the guilty instruction. */
  exception: ExceptionRecord;
};

/** ESR_ELx.EC (Arm ARM D19.2.37), those that AArch64 at EL0 and EL1 has. */
const exceptionClasses = new Map<number, string>([
  [0x00, 'undefined instruction'],
  [0x01, 'trapped WFI or WFE'],
  [0x07, 'floating-point or SIMD instruction while CPACR_EL1 does not allow it'],
  [0x0e, 'illegal execution state'],
  [0x15, 'SVC instruction'],
  [0x16, 'HVC instruction'],
  [0x17, 'SMC instruction'],
  [0x18, 'trapped system register access'],
  [0x20, 'instruction abort from EL0'],
  [0x21, 'instruction abort'],
  [0x22, 'misaligned PC'],
  [0x24, 'data abort from EL0'],
  [0x25, 'data abort'],
  [0x26, 'misaligned stack pointer'],
  [0x2c, 'floating-point exception'],
  [0x2f, 'SError'],
  [0x30, 'breakpoint from EL0'],
  [0x31, 'breakpoint'],
  [0x32, 'software step from EL0'],
  [0x33, 'software step'],
  [0x34, 'watchpoint from EL0'],
  [0x35, 'watchpoint'],
  [0x3c, 'BRK instruction'],
]);

const instructionAborts = new Set([0x20, 0x21]);
const dataAborts = new Set([0x24, 0x25]);
const writeNotRead = 1n << 6n;

/** The fault status code of an abort, ISS[5:0]. */
function faultStatus(code: number): string {
  const level = code & 3;
  if (code < 0x04) return `address size fault, level ${level}`;
  if (code < 0x08) return `no translation, level ${level}`;
  if (code < 0x0c) return `access flag clear, level ${level}`;
  if (code < 0x10) return `permission denied, level ${level}`;
  if (code === 0x10) return 'nothing answers at that address';
  if (code >= 0x14 && code < 0x18) return `nothing answers to the table walk, level ${level}`;
  if (code === 0x21) return 'misaligned address';
  if (code === 0x30) return 'TLB conflict';
  return `fault status 0x${code.toString(16)}`;
}

/** What kind of exception it is, in a few words. */
export function exceptionName(exception: ExceptionRecord): string {
  if (exception.kind !== 'synchronous') return exception.kind === 'serror' ? 'SError' : exception.kind.toUpperCase();
  const ec = Number((exception.esr >> 26n) & 0x3fn);
  return exceptionClasses.get(ec) ?? `exception of class 0x${ec.toString(16)}`;
}

/** An exception in words: what happened, where, and for aborts at which address and why. */
export function describeException(exception: ExceptionRecord): string {
  const { esr, elr, far } = exception;
  if (exception.kind !== 'synchronous') return `${exception.kind} at PC ${hex(elr)}`;
  const ec = Number((esr >> 26n) & 0x3fn);
  const name = exceptionName(exception);
  const iss = Number(esr & 0x1ff_ffffn);
  const where = `at PC ${hex(elr)}`;
  const registers = `(ESR_EL1 ${hex(esr)}, FAR_EL1 ${hex(far)})`;
  if (instructionAborts.has(ec)) return `${name} ${where}: ${faultStatus(iss & 0x3f)} ${registers}`;
  if (dataAborts.has(ec)) {
    const access = esr & writeNotRead ? 'writing' : 'reading';
    return `${name} ${where}, ${access} address ${hex(far)}: ${faultStatus(iss & 0x3f)} ${registers}`;
  }
  if (ec === 0x3c) return `BRK #${iss & 0xffff} ${where} (ESR_EL1 ${hex(esr)})`;
  if (ec === 0x22 || ec === 0x26) return `${name} ${where} ${registers}`;
  return `${name} ${where} (ESR_EL1 ${hex(esr)})`;
}

/** The message for a CPU that can only take exceptions from now on. `origin` began it, at the vector `last` it got stuck. */
export function describeStuck(
  cpu: number,
  cpus: number,
  origin: ExceptionRecord,
  last: ExceptionRecord,
  vectorBase: bigint | undefined,
): string {
  const who = cpus > 1 ? `CPU ${cpu}` : 'The CPU';
  const first = describeException(origin);
  const again = last.elr === origin.elr ? 'faults at once' : `faults too: ${describeException(last)}`;
  const vectors =
    vectorBase === 0n
      ? 'No exception vectors are set (VBAR_EL1 is 0), so the guest cannot handle it.'
      : `Its exception vector at ${hex(last.vector)} ${again}.`;
  return `${who} took an exception that leads nowhere: ${first}. ${vectors}`;
}

function hex(value: bigint): string {
  return `0x${value.toString(16)}`;
}
