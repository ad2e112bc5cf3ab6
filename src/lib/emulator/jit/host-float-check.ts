/** Compares operations by the host's instructions with the exact ones. For tests. */
import type { Random } from '../cpu/compare.ts';
import { formats } from '../cpu/fp-function.ts';
import { fpResult } from '../cpu/fp-module.ts';
import { moderate, operands } from '../cpu/fp-operands.ts';
import { exactFpFunction } from '../cpu/handlers.ts';
import { State, stateAddress } from '../cpu/layout.ts';
import { SharedMemory } from '../cpu/shared-memory.ts';
import { FunctionWriter, ModuleWriter, type WasmType } from '../cpu/wasm.ts';
import { HostWriter, type HostFloat } from './host-float.ts';

const fpsrOfHostMode = 0x10;

/** What came of a number of cases: how many the host did, and the first that was not as it should be. */
export type HostFloatOutcome = { done: number; wrong: string | undefined };

/** Compares one operation with the exact one on random operands; `mode` off: the host must do nothing that depends on the mode. */
export function checkHostFloat(op: string, width: 32 | 64, host: HostFloat, random: Random, cases: number): HostFloatOutcome {
  const memory = new SharedMemory({ base: 0, size: 1 << 16 }, 1);
  const run = compile(op, width, host, memory);
  const exact = exactFpFunction(memory, `exact:${op}:${width}`);
  const state = stateAddress(0);
  const at = (offset: number): number => (state + offset) / 4;
  const isWide = fpResult(op, width) === 'i64';
  let done = 0;
  for (let i = 0; i < cases; i++) {
    const args = argumentsOf(host, width, run.count, random);
    const isHostMode = random.below(16) > 0;
    memory.u32[at(State.fpcr)] = 0;
    memory.u32[at(State.fpsr)] = fpsrOfHostMode;
    const expected = BigInt.asUintN(isWide ? 64 : 32, BigInt(exact(state, ...args)));
    const isExact = memory.u32[at(State.fpsr)] === fpsrOfHostMode;
    if (run.call(isHostMode ? -1 : 0, args) === 0) continue;
    const got = isWide ? memory.u64[at(State.scratch) / 2] : BigInt(memory.u32[at(State.scratch)]);
    done++;
    if (got !== expected || !isExact || !(isHostMode || host.always)) {
      const list = args.map((a) => BigInt.asUintN(64, BigInt(a)).toString(16)).join(', ');
      return { done, wrong: `${op} ${width} of ${list}: ${got.toString(16)}, exactly ${expected.toString(16)}` };
    }
  }
  return { done, wrong: undefined };
}

function argumentsOf(host: HostFloat, width: 32 | 64, count: number, random: Random): (number | bigint)[] {
  if (host.operand === 'i32') return [Number(BigInt.asIntN(32, random.wide()))];
  if (host.operand === 'i64') return [random.wide()];
  const bits = random.below(4) ? moderate(random, width, count) : operands(random, width, count);
  return bits.map((b) => (width === 64 ? b : Number(b)));
}

type Compiled = { count: number; call: (mode: number, args: readonly (number | bigint)[]) => number };

/** A function (mode, bits ...) -> condition, that leaves the result's bits in State.scratch when the condition holds. */
function compile(op: string, width: 32 | 64, host: HostFloat, memory: SharedMemory): Compiled {
  const count = /mul(add|sub)/.test(op) ? 3 : /^(add|sub|abd|n?mul|div|compare.*|max.*|min.*)$/.test(op) ? 2 : 1;
  const { i } = formats[width];
  const isFloat = host.operand === 'f32' || host.operand === 'f64';
  const bits: WasmType = isFloat ? i : host.operand;
  const code = new FunctionWriter(1 + count);
  const operandLocals = Array.from({ length: count }, (_, n) => {
    const local = code.local(host.operand);
    code.get(1 + n);
    if (isFloat) code.op(formats[width].toFloat);
    code.set(local);
    return local;
  });
  const frame = { code, hostMode: 0, take: (type: WasmType) => code.local(type), release: () => undefined };
  const w = new HostWriter(frame, formats[width].f, (n) => code.get(operandLocals[n]));
  const pushResult = host.write(w);
  if (host.always) code.i32(1);
  const condition = code.local('i32');
  code.set(condition).get(condition).if().i32(stateAddress(0));
  pushResult();
  if (host.result === 'f32') code.op('i32.reinterpret_f32');
  if (host.result === 'f64') code.op('i64.reinterpret_f64');
  code
    .memory(fpResult(op, width) === 'i64' ? 'i64.store' : 'i32.store', State.scratch)
    .end()
    .get(condition);
  const module = new ModuleWriter();
  module.importMemory('memory', memory.layout.totalPages);
  module.function({ params: ['i32', ...new Array<WasmType>(count).fill(bits)], results: ['i32'] }, code, 'run');
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module.finish()), { e: { memory: memory.wasm } });
  const run = exports.run as (...args: (number | bigint)[]) => number;
  return { count, call: (mode, args) => run(mode, ...args) };
}
