import type { Helper } from '../../arm64/emitter.ts';
import type { Value } from './graph.ts';
import { Param } from './handler-interface.ts';
import { State } from './layout.ts';
import type { FunctionWriter, Signature, WasmType } from './wasm.ts';

/** How a helper is called: with the state's address, and its arguments; vectors cannot be given to JavaScript and go by State.scratch. */
export function helperSignature(helper: Helper, args: readonly Value[]): Signature {
  const plain = args.map((a): WasmType => (a.type === 'v128' ? 'i32' : a.type));
  return { params: ['i32', ...plain], results: helper.result === 'v128' ? [] : [helper.result] };
}

/** Writes a call of a helper, `callee` its function. `vector` gives a local for a vector that nothing else uses meanwhile. */
export function writeHelperCall(
  code: FunctionWriter,
  push: (value: Value) => void,
  helper: Helper,
  args: readonly Value[],
  vector: () => number,
  callee: number,
): void {
  const spilled = args.map((a) => (a.type === 'v128' ? vector() : -1));
  code.get(Param.state);
  args.forEach((a, i) => {
    push(a);
    if (spilled[i] >= 0) code.set(spilled[i]).i32(0);
  });
  spilled.forEach((local, i) => {
    if (local >= 0)
      code
        .get(Param.state)
        .get(local)
        .memory('v128.store', State.scratch + 16 * i);
  });
  code.call(callee);
  if (helper.result === 'v128') code.get(Param.state).memory('v128.load', State.scratch);
}
