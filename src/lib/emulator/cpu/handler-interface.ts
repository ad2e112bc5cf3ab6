/** What handlers, the core module and the host agree on: signatures, parameters, numbers that stand for names. */
import type { AccessBits } from '../../arm64/emitter.ts';
import { accessType } from './emit.ts';
import { handlerShift, State } from './layout.ts';
import type { FunctionWriter, Signature } from './wasm.ts';
import type { MemoryOp } from './wasm-opcodes.ts';

/** How compiled code goes from one instruction to the next: by tail calls, or by returning the next entry to a loop. */
export type Threading = 'tailCalls' | 'loop';

/** Parameters of every handler: state address, entry of the instruction, limit (see {@link InterpreterEmitter}). */
export const Param = { state: 0, entry: 1, limit: 2 } as const;

export function handlerSignature(threading: Threading): Signature {
  return { params: ['i32', 'i32', 'i32'], results: threading === 'tailCalls' ? [] : ['i32'] };
}

/** Pushes the index of the handler of the entry that a local has; `offset`: the layout's. */
export function pushHandler(code: FunctionWriter, entry: number, offset: number): FunctionWriter {
  return code.get(entry).i32(handlerShift).op('i32.shr_u').memory('i32.load', offset);
}

/** Pushes the guest address of the entry, in the current page, that a local has. */
export function pushAddress(code: FunctionWriter, state: number, entry: number): FunctionWriter {
  return code.get(state).memory('i64.load', State.pcBase).get(entry).i32(3).op('i32.shr_u').op('i64.extend_i32_u').op('i64.add');
}

/** A register operand: a field of the encoding and how many registers after it, or a fixed register. */
export type RegisterOperand = { field: string; plus: number } | { fixed: number };

/** A register operand that a handler finds the address of in its entry. */
export type OperandSlot = { field: string; plus: number; file: 'x' | 'sp' | 'v'; reads: boolean; writes: boolean };

/** What an access is checked for, as slow paths get it. */
export const AccessFlags = { aligned: 1, unprivileged: 2, forWrite: 4 } as const;

export const loadOps: Readonly<Record<AccessBits, MemoryOp>> = {
  8: 'i32.load8_u',
  16: 'i32.load16_u',
  32: 'i32.load',
  64: 'i64.load',
  128: 'v128.load',
};
export const storeOps: Readonly<Record<AccessBits, MemoryOp>> = {
  8: 'i32.store8',
  16: 'i32.store16',
  32: 'i32.store',
  64: 'i64.store',
  128: 'v128.store',
};

export const pageMask = -4096n;

/** Exceptions by the number that the host side gets. */
export const exceptionCauses = ['svc', 'hvc', 'smc', 'brk', 'hlt', 'undefined'] as const;
export const hintKinds = ['nop', 'yield', 'wfe', 'wfi', 'sev', 'sevl'] as const;

/** `(state, ...)`: calls to the host side; results that are not i32 lie in State.scratch. */
export const hostSignatures = {
  exception: { params: ['i32', 'i32', 'i32'], results: [] },
  eret: { params: ['i32'], results: [] },
  mrs: { params: ['i32', 'i32'], results: [] },
  msr: { params: ['i32', 'i32'], results: [] },
  msrImmediate: { params: ['i32', 'i32', 'i32'], results: [] },
  sys: { params: ['i32', 'i32'], results: [] },
  hint: { params: ['i32', 'i32'], results: [] },
  fpTrap: { params: ['i32'], results: [] },
  spAlignment: { params: ['i32'], results: [] },
} as const satisfies Record<string, Signature>;

/** (state, entry): see {@link Often}. */
export const noteOftenSignature: Signature = { params: ['i32', 'i32'], results: [] };

/** Signatures of the out-of-line access functions of core-module.ts. */
export function loadSignature(bits: AccessBits): Signature {
  return { params: ['i32', 'i32', 'i32', 'i64', 'i32'], results: [accessType(bits)] };
}
export function storeSignature(bits: AccessBits): Signature {
  return { params: ['i32', 'i32', 'i32', 'i64', accessType(bits), 'i32'], results: [] };
}
export function storeExclusiveSignature(bits: AccessBits): Signature {
  return { params: ['i32', 'i32', 'i32', 'i64', accessType(bits)], results: ['i32'] };
}

/**
 * Where translated code is left: (place, remaining, and, with flags, their kind and operands). Kinds may have {@link narrowFlags}. A place is an
 * entry, in front of which it is left, in the low half; the handler that is to execute it, 0: its own, from bit 32; and the number of the
 * state block from bit 56. Few enough parameters for registers. `remaining`: instructions that may be executed from there on.
 */
export const PlaceBits = { handler: 32, handlerMask: 0xff_ffff, state: 56 } as const;

export function leaveSignature(threading: Threading, flags: boolean): Signature {
  return { params: ['i64', 'i32', ...(flags ? flagParameters : [])], results: handlerSignature(threading).results };
}

/** The same for a branch of the entry to an address: (place, remaining, target), and flags. */
export function leaveFarSignature(threading: Threading, flags: boolean): Signature {
  return { params: ['i64', 'i32', 'i64', ...(flags ? flagParameters : [])], results: handlerSignature(threading).results };
}

const flagParameters = ['i32', 'i64', 'i64'] as const;

/** (state, pair of conditions): see conditions.ts. */
export const holdsSignature: Signature = { params: ['i32', 'i32'], results: ['i32'] };
