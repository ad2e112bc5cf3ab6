import type { FunctionWriter, WasmType } from './wasm.ts';
import type { NumericOp } from './wasm-opcodes.ts';

/**
 * What an instruction (or a region) computes, in program order, before it becomes WebAssembly. Values are immutable; steps are
 *  - pure: depend on their arguments alone, so they may be left out, repeated or moved to where they are used;
 *  - read: depend on guest state too, so they may be left out, or moved as long as they pass no effect;
 *  - effect: stay where they are;
 *  - local: a WebAssembly local that {@link Graph.setLocal} changes (a translator's guest registers): read where it is used, as long as it still
 *    has the value that was meant.
 * Writing the code nests a value that is used once into its user's expression and gives a local to the others.
 */
export type Value = {
  readonly type: WasmType;
  /** Of the value's own type; i64 constants are signed. */
  readonly constant: number | bigint | undefined;
  /** The step that computes it; absent for constants. */
  readonly step: Step | undefined;
};

type Push = (argument: Value) => void;

export type Step = {
  readonly kind: 'pure' | 'read' | 'effect' | 'local';
  readonly args: readonly Value[];
  /** Writes the code. Pushes each argument in order exactly once, unless the arguments are {@link Step.kept}. */
  readonly write: (code: FunctionWriter, push: Push) => void;
  /** Arguments are put into locals first, because `write` pushes them in its own order or more than once. */
  readonly kept: boolean;
  readonly body: Step[];
  /** A structured conditional: the first argument decides. */
  readonly branches: { readonly then: Step[]; readonly otherwise: Step[] } | undefined;
  result: Value | undefined;
  uses: number;
  /** Uses whose code is not written yet. */
  pending: number;
  local: number;
  /** Position in `body` where this step's code ends up, and how many effects precede it there. */
  place: number;
  index: number;
  effectsBefore: number;
  /** The local that a 'local' step reads, or that an effect sets; else -1. */
  readonly register: number;
};

/** Where WebAssembly locals for values come from, and go when they are not needed any more. */
export type Locals = { take: (type: WasmType) => number; release: (type: WasmType, local: number) => void };

/** Builds steps, then writes them. One graph is one function's worth of code. */
export class Graph {
  readonly #root: Step[] = [];
  #body = this.#root;

  constant(type: 'i32' | 'i64', value: number | bigint): Value {
    const constant = type === 'i32' ? Number(value) | 0 : BigInt.asIntN(64, BigInt(value));
    return { type, constant, step: undefined };
  }

  pure(type: WasmType, args: readonly Value[], write: Step['write']): Value {
    return this.#value('pure', type, args, write, false);
  }

  /** The common case of a pure value: one instruction that takes its arguments from the stack. */
  op(type: WasmType, name: NumericOp, ...args: Value[]): Value {
    return this.pure(type, args, (code, push) => {
      for (const a of args) push(a);
      code.op(name);
    });
  }

  /** A pure value whose code needs its arguments more than once. */
  pureKept(type: WasmType, args: readonly Value[], write: Step['write']): Value {
    return this.#value('pure', type, args, write, true);
  }

  read(type: WasmType, args: readonly Value[], write: Step['write']): Value {
    return this.#value('read', type, args, write, false);
  }

  effect(args: readonly Value[], write: Step['write'], kept = false): void {
    this.#step('effect', args, write, kept);
  }

  /** An effect that has a result. */
  effectValue(type: WasmType, args: readonly Value[], write: Step['write'], kept = false): Value {
    return this.#value('effect', type, args, write, kept);
  }

  /** What a local of the function holds here. */
  local(type: WasmType, local: number): Value {
    const step = blankStep('local', [], (code) => code.get(local), false, this.#body, local);
    this.#body.push(step);
    const value: Value = { type, constant: undefined, step };
    step.result = value;
    return value;
  }

  setLocal(local: number, value: Value): void {
    const write: Step['write'] = (code, push) => {
      push(value);
      code.set(local);
    };
    this.#body.push(blankStep('effect', [value], write, false, this.#body, local));
  }

  ifElse(condition: Value, then: () => void, otherwise?: () => void): void {
    const branches = { then: [], otherwise: [] };
    this.#body.push(blankStep('effect', [condition], () => undefined, false, this.#body, -1, branches));
    const outer = this.#body;
    this.#body = branches.then;
    then();
    this.#body = branches.otherwise;
    otherwise?.();
    this.#body = outer;
  }

  write(code: FunctionWriter, locals: Locals = { take: (type) => code.local(type), release: () => undefined }): void {
    place(this.#root);
    writeBody(this.#root, code, locals);
  }

  #step(kind: Step['kind'], args: readonly Value[], write: Step['write'], kept: boolean): Step {
    const step = blankStep(kind, args, write, kept, this.#body);
    this.#body.push(step);
    return step;
  }

  #value(kind: Step['kind'], type: WasmType, args: readonly Value[], write: Step['write'], kept: boolean): Value {
    const step = this.#step(kind, args, write, kept);
    const value: Value = { type, constant: undefined, step };
    step.result = value;
    return value;
  }
}

function blankStep(
  kind: Step['kind'],
  args: readonly Value[],
  write: Step['write'],
  kept: boolean,
  body: Step[],
  register = -1,
  branches?: Step['branches'],
): Step {
  return {
    kind, args, write, kept, body, branches, result: undefined, uses: 0, pending: 0, local: -1, place: -1, index: -1, effectsBefore: 0, register,
  }; // prettier-ignore
}

/** For each local that a body sets, where it does. */
type Settings = Map<number, number[]>;

function collectSettings(body: readonly Step[], settings: Settings, at: number | undefined): void {
  body.forEach((step, i) => {
    if (step.kind === 'effect' && step.register >= 0) {
      const places = settings.get(step.register);
      if (places) places.push(at ?? i);
      else settings.set(step.register, [at ?? i]);
    }
    if (!step.branches) return;
    collectSettings(step.branches.then, settings, at ?? i);
    collectSettings(step.branches.otherwise, settings, at ?? i);
  });
}

/** Whether the local that `step` reads has another value at a later place. */
function changesBefore(step: Step, place: number, settings: Settings): boolean {
  return settings.get(step.register)?.some((at) => at >= step.index && at < place) ?? false;
}

/** Counts uses, from the last step to the first so that what only dead steps use is dead too, and decides which values nest. */
function place(body: Step[]): void {
  let effects = 0;
  body.forEach((step, i) => {
    step.index = i;
    step.effectsBefore = effects;
    // What sets a local is no concern of those who read guest state.
    if (step.kind === 'effect' && step.register < 0) effects++;
  });
  const settings: Settings = new Map();
  collectSettings(body, settings, undefined);
  for (let i = body.length - 1; i >= 0; i--) {
    const step = body[i];
    if (step.kind !== 'effect' && step.uses === 0) continue;
    if (step.branches) {
      place(step.branches.otherwise);
      place(step.branches.then);
    }
    if (step.kind === 'local') continue;
    const nests = step.uses === 1 && step.local !== mustKeep && mayMove(step);
    if (!nests) {
      step.place = i;
      step.local = mustKeep;
    }
    for (const { step: from } of step.args) {
      if (!from) continue;
      from.uses++;
      if (from.kind === 'local' && from.body === body) {
        if (changesBefore(from, step.place, settings)) from.local = mustKeep;
        continue;
      }
      // Used in another body than its own, or in several places, or several times over: it is computed where it stands.
      if (from.body !== body || step.kept || from.uses > 1) from.local = mustKeep;
      else from.place = step.place;
    }
  }
}

const unplaced = -1;
const mustKeep = -2;

/** Whether a step's code can go to `step.place`, where its only user's does. */
function mayMove(step: Step): boolean {
  if (step.kind === 'effect' || step.place === unplaced) return false;
  return step.kind === 'pure' || step.body[step.place].effectsBefore === step.effectsBefore;
}

function writeBody(body: readonly Step[], code: FunctionWriter, locals: Locals): void {
  /** Steps whose code belongs to the current statement. */
  let written: Step[] = [];
  const push = (value: Value): void => {
    if (value.constant !== undefined) {
      if (value.type === 'i32') code.i32(Number(value.constant));
      else code.i64(BigInt(value.constant));
      return;
    }
    const step = value.step;
    if (!step) throw new Error('a value without a step');
    if (step.local >= 0) code.get(step.local);
    else {
      written.push(step);
      step.write(code, push);
    }
  };
  /** Gives back the locals that nobody else will read. */
  const release = (): void => {
    for (const { args } of written) {
      for (const { step, type } of args) {
        if (!step || step.local < 0 || --step.pending > 0) continue;
        locals.release(type, step.local);
      }
    }
    written = [];
  };
  body.forEach((step) => {
    if (step.kind !== 'effect' && (step.uses === 0 || step.local !== mustKeep)) return;
    written.push(step);
    if (step.branches) {
      push(step.args[0]);
      release();
      code.if();
      writeBody(step.branches.then, code, locals);
      if (step.branches.otherwise.length > 0) {
        code.else();
        writeBody(step.branches.otherwise, code, locals);
      }
      code.end();
      return;
    }
    step.write(code, push);
    release();
    if (!step.result) return;
    if (step.uses === 0) code.op('drop');
    else {
      step.local = locals.take(step.result.type);
      step.pending = step.uses;
      code.set(step.local);
    }
  });
}
