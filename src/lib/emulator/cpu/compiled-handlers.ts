import { variantFields, type Helper, type Row } from '../../arm64/index.ts';
import { kindOf } from './entry-shapes.ts';
import { handlerSignature, type OperandSlot, type Threading } from './handler-interface.ts';
import { InterpreterEmitter } from './interpreter-emitter.ts';
import type { MemoryLayout } from './layout.ts';
import { ModuleWriter, type FunctionWriter } from './wasm.ts';

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

/** Handlers that were compiled together. `onSp` checks the alignment of SP as a base. */
export type HandlerModule = {
  readonly module: WebAssembly.Module;
  readonly imports: readonly string[];
  readonly helpers: ReadonlySet<Helper>;
  readonly handlers: readonly { row: Row; variant: number; plain: HandlerShape; onSp: HandlerShape | undefined }[];
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

  /** Compiles handlers into one module. */
  compile(list: readonly { row: Row; variant: number }[]): HandlerModule {
    const module = new ModuleWriter();
    module.importMemory('memory', this.#layout.totalPages);
    module.importTable('table', initialTableSize);
    const bodies: FunctionWriter[] = [];
    const helpers = new Set<Helper>();
    const make = (row: Row, variant: number, onSp: boolean): HandlerShape => {
      const emitter = new InterpreterEmitter(module, this.#threading, this.#layout.handlerOffset, onSp);
      const n = variantFields(row, variant);
      const r = Object.fromEntries(row.registers.map(({ name }) => [name, { field: name, plus: 0 }]));
      row.does(emitter, { n, r, imm: emitter.imm, imm2: emitter.imm2 });
      const name = `${bodies.push(emitter.finish()) - 1}`;
      for (const helper of emitter.helpers) helpers.add(helper);
      return { name, slots: emitter.slots, baseField: emitter.baseField };
    };
    const handlers = list.map(({ row, variant }) => {
      const plain = make(row, variant, false);
      return { row, variant, plain, onSp: plain.baseField === undefined ? undefined : make(row, variant, true) };
    });
    for (const [i, body] of bodies.entries()) module.function(handlerSignature(this.#threading), body, `${i}`);
    const compiled = { module: new WebAssembly.Module(module.finish()), imports: [...module.importedFunctions], helpers, handlers };
    for (const { row, variant } of list) this.#byKind.set(kindOf({ row, variant }), compiled);
    return compiled;
  }
}
