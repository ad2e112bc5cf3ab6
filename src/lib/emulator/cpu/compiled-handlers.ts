import { variantFields, type Helper, type Row } from '../../arm64/index.ts';
import { kindOf } from './entry-shapes.ts';
import { FixedHandler } from './core-module.ts';
import { handlerSignature, Param, pushHandler, type OperandSlot, type Threading } from './handler-interface.ts';
import { InterpreterEmitter } from './interpreter-emitter.ts';
import type { MemoryLayout } from './layout.ts';
import { FunctionWriter, ModuleWriter } from './wasm.ts';

/**
 * The table starts small and doubles: engines keep a copy of it for every instance, and fill that when a module is instantiated (with
 * 16384 entries, compiling took three times as long).
 */
export const initialTableSize = 256;

/** One function of a module, and how an entry for it is filled in. */
export type HandlerShape = {
  /** What the module exports it as. */
  readonly name: string;
  readonly slots: readonly OperandSlot[];
  /** Field whose register 31 is SP as the base of an access. */
  readonly baseField: string | undefined;
};

/** A kind of instruction that a loop of handlers executes, and whether it is the one with SP as the base of an access. */
export type LoopKind = { readonly row: Row; readonly variant: number; readonly onSp: boolean };

/** Handlers that were compiled together. `onSp` checks the alignment of SP as a base. */
export type HandlerModule = {
  readonly module: WebAssembly.Module;
  readonly imports: readonly string[];
  readonly helpers: ReadonlySet<Helper>;
  readonly handlers: readonly { row: Row; variant: number; plain: HandlerShape; onSp: HandlerShape | undefined }[];
  /** One function that does what these handlers do, for as long as one of them comes next. */
  readonly loop: { readonly name: string; readonly kinds: readonly LoopKind[] } | undefined;
};

/** What of a memory's layout handlers depend on. */
type HandlerLayout = Pick<MemoryLayout, 'totalPages' | 'handlerOffset'>;

/** What two machines must have in common to share modules is the way of calling handlers and the layout of the memory. */
const all = new Map<string, CompiledHandlers>();
/** Sizes of memory whose modules are kept; rarely are there more than two in a thread. */
const maxKinds = 4;

/** The modules for machines of one kind: the same ones for every machine of a thread. */
export function compiledHandlers(threading: Threading, layout: HandlerLayout): CompiledHandlers {
  const kind = `${threading} ${layout.totalPages} ${layout.handlerOffset}`;
  let found = all.get(kind);
  if (!found) {
    if (all.size >= maxKinds) all.clear();
    all.set(kind, (found = new CompiledHandlers(threading, layout)));
  }
  return found;
}

/**
 * Modules of the interpreter's handlers, made from the meanings of the rows. They are compiled in small modules as decoding meets them. A module
 * is nobody's: each machine makes an instance of its own, so that the second machine of a thread finds compiled what the first one has met.
 * What is kept is bounded by the rows and variants that there are.
 */
export class CompiledHandlers {
  readonly #threading: Threading;
  readonly #layout: HandlerLayout;
  /** By {@link kindOf}. */
  readonly #byKind = new Map<number, HandlerModule>();

  constructor(threading: Threading, layout: HandlerLayout) {
    this.#threading = threading;
    this.#layout = layout;
  }

  /** The module that has a row and variant. */
  find(kind: number): HandlerModule | undefined {
    return this.#byKind.get(kind);
  }

  /** All modules, each once. */
  modules(): Iterable<HandlerModule> {
    return new Set(this.#byKind.values());
  }

  /** Compiles handlers into one module, and a loop of some kinds. */
  compile(list: readonly { row: Row; variant: number }[], loopKinds: readonly LoopKind[]): HandlerModule {
    const module = new ModuleWriter();
    module.importMemory('memory', this.#layout.totalPages);
    module.importTable('table', initialTableSize);
    const bodies: FunctionWriter[] = [];
    const helpers = new Set<Helper>();
    const emit = (row: Row, variant: number, onSp: boolean, into?: { code: FunctionWriter; loop: number }) => {
      const emitter = new InterpreterEmitter(module, this.#threading, this.#layout.handlerOffset, onSp, into);
      const n = variantFields(row, variant);
      const r = Object.fromEntries(row.registers.map(({ name }) => [name, { field: name, plus: 0 }]));
      row.does(emitter, { n, r, imm: emitter.imm, imm2: emitter.imm2 });
      const body = emitter.finish();
      for (const helper of emitter.helpers) helpers.add(helper);
      return { emitter, body };
    };
    const make = (row: Row, variant: number, onSp: boolean): HandlerShape => {
      const { emitter, body } = emit(row, variant, onSp);
      const name = `${bodies.push(body) - 1}`;
      return { name, slots: emitter.slots, baseField: emitter.baseField };
    };
    const handlers = list.map(({ row, variant }) => {
      const plain = make(row, variant, false);
      return { row, variant, plain, onSp: plain.baseField === undefined ? undefined : make(row, variant, true) };
    });
    const loop = loopKinds.length === 0 ? undefined : { name: `${bodies.length}`, kinds: loopKinds };
    if (loop) bodies.push(this.#loop(module, loopKinds, emit));
    for (const [i, body] of bodies.entries()) module.function(handlerSignature(this.#threading), body, `${i}`);
    const compiled = { module: new WebAssembly.Module(module.finish()), imports: [...module.importedFunctions], helpers, handlers, loop };
    for (const { row, variant } of list) this.#byKind.set(kindOf({ row, variant }), compiled);
    return compiled;
  }

  /**
   * Writes the function of a loop. What comes next is found without a call: half of what a handler costs is to be called by the table. It is the handler of all its kinds, at places in the table that begin at {@link FixedHandler.loop}.
   */
  #loop(
    module: ModuleWriter,
    kinds: readonly LoopKind[],
    emit: (row: Row, variant: number, onSp: boolean, into: { code: FunctionWriter; loop: number }) => void,
  ): FunctionWriter {
    const code = new FunctionWriter(3);
    const handler = code.local('i32');
    code.loop();
    const loop = code.depth;
    for (let i = 0; i <= kinds.length; i++) code.block();
    pushHandler(code, Param.entry, this.#layout.handlerOffset).tee(handler).i32(FixedHandler.loop).op('i32.sub');
    code.brTable([...kinds.keys()], kinds.length);
    for (const { row, variant, onSp } of kinds) {
      code.end();
      emit(row, variant, onSp, { code, loop });
      code.freeLocals(handler);
    }
    code.end();
    code
      .get(Param.state)
      .get(Param.entry)
      .get(Param.limit)
      .get(handler)
      .returnCallIndirect(module.type(handlerSignature(this.#threading)));
    code.end().unreachable();
    return code;
  }
}
