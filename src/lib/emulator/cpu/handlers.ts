import { rowsByName, type Decoded, type FieldSpec, type Helper, type Row } from '../../arm64/index.ts';
import { fpOps, type FpEnvironment, type FpFormat, type FpOperation } from '../../arm64/softfloat.ts';
import {
  compiledHandlers,
  initialTableSize,
  type CompiledHandlers,
  type HandlerModule,
  type HandlerShape,
  type LoopKind,
} from './compiled-handlers.ts';
import { CoreModule, FixedHandler, mostInLoop } from './core-module.ts';
import { fpModule, fpResult } from './fp-module.ts';
import { decodedWord } from './decoded-words.ts';
import { entryShapes, kindOf } from './entry-shapes.ts';
import { handlerSignature, type OperandSlot, type Threading } from './handler-interface.ts';
import { Entry, pageBytes, State } from './layout.ts';
import type { SharedMemory } from './shared-memory.ts';
import { shortcutOf } from './system-instructions.ts';
import { frequentHandlers, usualHandlers } from './usual-handlers.ts';
import { FunctionWriter, ModuleWriter } from './wasm.ts';

/** Functions that compiled code calls, by name; the first argument is the address of the CPU's state. */
export type HostFunctions = Readonly<Record<string, (state: number, ...args: number[]) => void>>;

/** A handler in the table, and how an entry for it is filled in. */
type Handler = {
  index: number;
  registers: readonly RegisterOffsets[];
  /** The handler for SP as the base of an access, which checks its alignment, and where the base's number lies in a word; undefined: the handler does for all. */
  onSp: { readonly handler: Handler; readonly lsb: number } | undefined;
};

/** Where a register operand's number lies in a word, and the offset in a state block by that number. */
type RegisterOffsets = { readonly lsb: number; readonly mask: number; readonly offsets: Uint16Array };

/** A row, and one of the settings of its variant fields: what has a handler of its own. */
type RowVariant = Pick<Decoded, 'row' | 'variant'>;

/** RAM is whole pages. */
const wordsOfPage = pageBytes / 4;

/** Modules that no small program needs as many as: one that does gets those of a large one in its next. */
const modulesOfSmall = 8;

type HandlerFunction = (state: number, entry: number, limit: number) => void;

/** Whether this engine has tail calls: a module that uses one is valid. */
export function preferredThreading(): Threading {
  const module = new ModuleWriter();
  const body = new FunctionWriter(3);
  const signature = handlerSignature('tailCalls');
  body.get(0).get(1).get(2).returnCall(0);
  module.function(signature, body);
  return WebAssembly.validate(module.finish()) ? 'tailCalls' : 'loop';
}

/**
 * The interpreter's handlers: one WebAssembly function for each row and variant that has occurred (compiled-handlers.ts), shared by all CPUs of a machine.
 */
export class Handlers {
  readonly #memory: SharedMemory;
  readonly threading: Threading;
  readonly #table: WebAssembly.Table;
  readonly #imports: Record<string, WebAssembly.ImportValue>;
  /** By {@link kindOf}. */
  readonly #byKind: (Handler | undefined)[] = [];
  #next: number = FixedHandler.first;
  /** The handlers of the kinds that a loop executes, for each of them alone. */
  readonly #alone: number[] = [];
  /** Places in the table of functions that were removed. */
  readonly #vacant: number[] = [];
  /** Runs from an entry until State.exit says why not. */
  readonly enter: HandlerFunction;
  readonly #compiled: CompiledHandlers;
  /** Modules that were compiled for this machine. */
  #compilations = 0;
  /** Modules in use and their handlers, for measurements. */
  readonly statistics = { modules: 0, handlers: 0 };

  constructor(memory: SharedMemory, host: HostFunctions, threading: Threading) {
    this.#memory = memory;
    this.threading = threading;
    this.#compiled = compiledHandlers(threading, memory.layout);
    this.#table = new WebAssembly.Table({ initial: initialTableSize, element: 'anyfunc' });
    const bytes = new CoreModule(threading, memory.layout).build(initialTableSize);
    this.#imports = { ...host, memory: memory.wasm, table: this.#table };
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { e: this.#imports });
    Object.assign(this.#imports, exports);
    for (const name of ['decode', 'pageEnd', 'undefined', 'breakpoint'] as const) this.#table.set(FixedHandler[name], exports[name]);
    this.enter = exports.enter as HandlerFunction;
  }

  /**
   * Fills entries of the CPU with that state in, for `count` consecutive instruction words from index `from` of the memory's. When a handler is missing, it is
   * compiled together with those of the other words of the page, which are likely to be executed soon: engines take much longer for many small modules than for one.
   */
  fill(state: number, entry: number, from: number, count: number): void {
    const { u32 } = this.#memory;
    for (let i = 0; i < count; i++) {
      const word = u32[from + i];
      const known = entryShapes.find(word);
      const place = known >= 0 && this.#byKind[entryShapes.kinds[known]] ? known : this.#learn(from + i);
      this.#write(state, entry + i * Entry.bytes, word, place);
    }
  }

  /** Takes an instruction apart, and sees that there is a handler; gives the place of its shape, -1 for an undefined one. */
  #learn(at: number): number {
    const { u32 } = this.#memory;
    const decoded = decodedWord(u32[at]);
    if (!decoded) return -1;
    if (!this.#provides(decoded)) {
      const first = at - (at % wordsOfPage);
      this.#compileMissing(Array.from(u32.subarray(first, first + wordsOfPage), decodedWord).filter((d) => d !== undefined));
    }
    const shortcut = shortcutOf(decoded);
    return entryShapes.learn(decoded, shortcut === undefined ? decoded.imm2 : BigInt(shortcut));
  }

  /** Whether there is what an instruction needs, perhaps in a module that another machine has had compiled. */
  #provides(decoded: RowVariant | undefined): boolean {
    if (!decoded || this.#has(decoded)) return true;
    const known = this.#compiled.find(kindOf(decoded));
    if (known) this.#install(known);
    return known !== undefined;
  }

  /** Installs all that machines of this thread have had compiled. */
  installKnown(): void {
    for (const module of this.#compiled.modules()) this.#install(module);
  }

  #has(wanted: RowVariant): boolean {
    return this.#byKind[kindOf(wanted)] !== undefined;
  }

  #write(state: number, entry: number, word: number, place: number): void {
    const { u16, u32 } = this.#memory;
    const plain = place < 0 ? undefined : this.#byKind[entryShapes.kinds[place]];
    const at = entry >>> 2;
    if (!plain) {
      this.#memory.setHandler(entry, FixedHandler.undefined);
      return;
    }
    const { onSp } = plain;
    const handler = onSp && ((word >>> onSp.lsb) & 31) === 31 ? onSp.handler : plain;
    const { registers } = handler;
    u32[at + Entry.taken / 4] = 0;
    u32[at + Entry.passed / 4] = 0;
    for (let i = 0; i < registers.length; i++) {
      const { lsb, mask, offsets } = registers[i];
      u16[2 * at + Entry.operands / 2 + i] = state + offsets[(word >>> lsb) & mask];
    }
    const { immediates } = entryShapes;
    for (let i = 0; i < 4; i++) u32[at + Entry.imm / 4 + i] = immediates[4 * place + i];
    this.#memory.setHandler(entry, handler.index);
  }

  /** Compiles what the instructions of a list lack. */
  #compileMissing(list: readonly RowVariant[]): void {
    const missing = new Map<number, RowVariant>();
    const add = ({ row, variant }: RowVariant): void => {
      if (!this.#provides({ row, variant })) missing.set(kindOf({ row, variant }), { row, variant });
    };
    list.forEach(add);
    if (missing.size === 0) return;
    const isLarge = this.#compilations++ === modulesOfSmall;
    if (isLarge) usual().forEach(add);
    this.#install(this.#compiled.compile([...missing.values()], isLarge && this.threading === 'tailCalls' ? frequent() : []));
  }

  /** Puts the handlers of a module in the table. */
  #install({ module, imports, helpers, handlers, loop }: HandlerModule): void {
    this.#provide(helpers);
    const exports = this.#instantiate(module, imports);
    const make = (row: Row, { name, slots }: HandlerShape): Handler => {
      const index = this.#nextIndex();
      this.#growTable();
      this.#table.set(index, exports[name]);
      this.statistics.handlers++;
      return { index, registers: slots.map((slot) => registerOffsets(row, slot)), onSp: undefined };
    };
    for (const { row, variant, plain, onSp } of handlers) {
      const kind = kindOf({ row, variant });
      if (this.#byKind[kind]) continue;
      const handler = make(row, plain);
      if (onSp && plain.baseField !== undefined) handler.onSp = { handler: make(row, onSp), lsb: fieldOf(row, plain.baseField).lsb };
      this.#byKind[kind] = handler;
    }
    if (loop) this.#installLoop(loop.kinds, exports[loop.name]);
    this.statistics.modules++;
  }

  /** Lets a function that executes handlers in a loop take the place of each of them. */
  #installLoop(kinds: readonly LoopKind[], execute: WebAssembly.ExportValue): void {
    for (const [i, { row, variant, onSp }] of kinds.entries()) {
      this.#provides({ row, variant });
      const plain = this.#byKind[kindOf({ row, variant })];
      const handler = onSp ? plain?.onSp?.handler : plain;
      if (!handler || i >= mostInLoop) throw new Error(`no handler of ${row.name} for a loop`);
      this.#alone[i] = handler.index;
      handler.index = FixedHandler.loop + i;
      this.#table.set(handler.index, execute);
    }
  }

  /** A place in the table, for {@link addFunctions}. */
  reserve(): number {
    const index = this.#nextIndex();
    this.#growTable();
    return index;
  }

  /** Compiles a module that imports what handlers do, and puts what it exports in the table, by the names at the places that were reserved for them. */
  addFunctions(
    bytes: Uint8Array<ArrayBuffer>,
    imports: Iterable<string>,
    helpers: ReadonlySet<Helper>,
    places: ReadonlyMap<string, number>,
  ): void {
    this.#provide(helpers);
    const exports = this.#instantiate(new WebAssembly.Module(bytes), imports);
    for (const [name, index] of places) this.#table.set(index, exports[name]);
  }

  /** Takes a function of {@link addFunctions} out of the table; no entry may lead to it any more. */
  removeFunction(index: number): void {
    this.#table.set(index, null);
    this.#vacant.push(index);
  }

  /** The handler that does what an entry's does, but for that instruction alone, whatever the entry has by now. */
  alone(handler: number): number {
    return this.#alone[handler - FixedHandler.loop] ?? handler;
  }

  #nextIndex(): number {
    return this.#vacant.pop() ?? this.#next++;
  }

  #growTable(): void {
    while (this.#table.length < this.#next) this.#table.grow(this.#table.length);
  }

  #provide(helpers: ReadonlySet<Helper>): void {
    for (const helper of helpers) this.#imports[`helper:${helper.name}`] ??= this.#helper(helper);
  }

  #instantiate(module: WebAssembly.Module, imports: Iterable<string>): WebAssembly.Exports {
    for (const name of imports) if (name.startsWith('fp:')) this.#imports[name] ??= this.#fpFunction(name);
    this.#growTable();
    return new WebAssembly.Instance(module, { e: this.#imports }).exports;
  }

  /** A helper as compiled code calls it: integers as arguments, vectors in State.scratch. */
  #helper(helper: Helper): (state: number, ...args: (number | bigint)[]) => number | bigint | undefined {
    const { u64 } = this.#memory;
    const at = (state: number, i: number): number => (state + State.scratch + 16 * i) >>> 3;
    return (state, ...args) => {
      const full = args.map((a, i) => {
        if (helper.params[i] === 'v128') return u64[at(state, i)] | (u64[at(state, i) + 1] << 64n);
        return typeof a === 'number' ? a >>> 0 : BigInt.asUintN(64, a);
      });
      const result = helper.fn(...full);
      if (helper.result !== 'v128') return result;
      u64[at(state, 0)] = BigInt.asUintN(64, BigInt(result));
      u64[at(state, 0) + 1] = BigInt.asUintN(64, BigInt(result) >> 64n);
      return undefined;
    };
  }

  /** `fp:add:64`: by host arithmetic where that is exact, else by {@link exactFpFunction}. */
  #fpFunction(name: string): WebAssembly.ImportValue {
    this.#fast ??= fastFpFunctions(this.#memory);
    return this.#fast[name] ?? exactFpFunction(this.#memory, name);
  }

  /** Made when the first floating-point handler is. */
  #fast: WebAssembly.Exports | undefined;
}

/** The functions of fp-module.ts. */
export function fastFpFunctions(memory: SharedMemory): WebAssembly.Exports {
  const module = new WebAssembly.Module(fpModule(memory.layout.totalPages));
  const exact = WebAssembly.Module.imports(module)
    .filter(({ kind }) => kind === 'function')
    .map(({ name }) => [name, exactFpFunction(memory, name)]);
  return new WebAssembly.Instance(module, { e: { memory: memory.wasm, ...Object.fromEntries(exact) } }).exports;
}

/** `...:add:64`: an operation of softfloat.ts on the FPCR and FPSR of a state block. */
export function exactFpFunction(memory: SharedMemory, name: string): (state: number, ...args: (number | bigint)[]) => number | bigint {
  const [, op, widthText] = name.split(':');
  const operation: FpOperation | undefined = (fpOps as Readonly<Record<string, FpOperation>>)[op];
  if (!operation) throw new Error(`softfloat has no operation ${op}`);
  const width = Number(widthText) as FpFormat;
  const wide = fpResult(op, width) === 'i64';
  const { u32 } = memory;
  return (state, ...args) => {
    const environment: FpEnvironment = { fpcr: u32[(state + State.fpcr) >>> 2], fpsr: u32[(state + State.fpsr) >>> 2] };
    const result = operation(environment, width, ...args.map((a) => (typeof a === 'number' ? BigInt(a >>> 0) : BigInt.asUintN(64, a))));
    u32[(state + State.fpsr) >>> 2] = environment.fpsr;
    return wide ? result : Number(result);
  };
}

/** What {@link usualHandlers} lists. */
export function usual(): RowVariant[] {
  return listed(usualHandlers).flatMap(({ row, variants }) => variants.split(',').map((variant) => ({ row, variant: Number(variant) })));
}

/** What {@link frequentHandlers} lists. */
export function frequent(): LoopKind[] {
  return listed(frequentHandlers).map(({ row, variants }) => ({ row, variant: parseInt(variants, 10), onSp: variants.endsWith('!') }));
}

/** Items of a list of usual-handlers.ts. */
function listed(list: string): { row: Row; variants: string }[] {
  return list
    .trim()
    .split(/\s+/)
    .map((item) => {
      const [name, variants] = item.split(':');
      const row = rowsByName.get(name);
      if (!row) throw new Error(`no row ${name}`);
      return { row, variants };
    });
}

function fieldOf(row: Row, name: string): FieldSpec {
  const field = row.fields.find((f) => f.name === name);
  if (!field) throw new Error(`${row.name} has no field ${name}`);
  return field;
}

/** Offsets for all numbers that a register field may have: there are a few dozen different ones. */
const offsetTables = new Map<string, Uint16Array>();

function registerOffsets(row: Row, slot: OperandSlot): RegisterOffsets {
  const { lsb, width } = fieldOf(row, slot.field);
  const { file, plus, reads } = slot;
  const key = `${file} ${plus} ${reads}`;
  let offsets = offsetTables.get(key);
  if (!offsets) offsetTables.set(key, (offsets = Uint16Array.from({ length: 32 }, (_, n) => operandOffset(slot, (n + plus) & 31))));
  return { lsb, mask: (1 << width) - 1, offsets };
}

function operandOffset(slot: OperandSlot, n: number): number {
  if (slot.file === 'v') return State.v + 16 * n;
  if (n !== 31) return State.x + 8 * n;
  if (slot.file === 'sp') return State.sp;
  return slot.reads ? State.zeroRegister : State.discard;
}
