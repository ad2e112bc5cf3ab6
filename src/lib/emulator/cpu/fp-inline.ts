import type { FpWidth } from '../../arm64/emitter.ts';
import type { Value } from './graph.ts';
import type { FunctionWriter, WasmType } from './wasm.ts';

/** Type of an operation's result: bits of its format in i32 or i64, or NZCV of a comparison as i32. */
export function fpResult(op: string, width: FpWidth): WasmType {
  if (op.startsWith('compare')) return 'i32';
  if (op === 'toDouble') return 'i64';
  if (op === 'toHalf' || op === 'toSingle' || op === 'toSingleOdd') return 'i32';
  return width === 64 ? 'i64' : 'i32';
}

/** Pushes the result of an operation. Local 0 is the state; `slow` gives the index of the exact function. */
export function inlineFp(
  code: FunctionWriter,
  _op: string,
  _width: FpWidth,
  args: readonly Value[],
  push: (v: Value) => void,
  slow: () => number,
): void {
  code.get(0);
  for (const a of args) push(a);
  code.call(slow());
}
