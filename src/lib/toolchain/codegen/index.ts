/**
 * The code generator: a module of LLVM IR to a relocatable AArch64 object. Passes, in order, for each function: lowering (selection), register
 * allocation, frame layout, emission. docs/codegen.md tells the whole story.
 */
import type { Problem, Result } from '../../problem.ts';
import { Assembler } from '../assembler/assembler.ts';
import {
  alignOf,
  evaluate,
  initializerOf,
  sizeOf,
  UnsupportedConstant,
  type Block,
  type Constant,
  type Global,
  type GlobalVariable,
  type IrFunction,
  type MetadataNode,
  type MetadataRef,
  type Module,
  type SymbolicValue,
} from '../ir/index.ts';
import {
  appendBytes,
  createObject,
  markContents,
  sectionOf,
  symbolOf,
  type ObjectFile,
  type ObjectSymbol,
  type Section,
  type SectionFlags,
  type SectionType,
} from '../object/object.ts';
import { allocateRegisters } from './allocate.ts';
import type { Address } from './dwarf/die.ts';
import { DebugMetadata, numberIn, refOf } from './dwarf/metadata.ts';
import { DebugInformation } from './dwarf/unit.ts';
import { Emitter } from './emit.ts';
import { layoutFrame, type Frame } from './frame.ts';
import { hoistConstants } from './hoist.ts';
import { layOutBlocks } from './layout.ts';
import { lowerFunction } from './lower-function.ts';
import type { ModuleContext } from './lowering.ts';
import { type MBlock, type MFunction, type Reg } from './mir.ts';
import { pairAccesses } from './pairs.ts';
import { Unsupported } from './parts.ts';
import { splitAtFrame, wrapFrame } from './wrap.ts';

export type CodegenOptions = {
  /** Called after each pass with its name and the function; after `assign`, when registers are given but not written yet, with those too. */
  after?: (pass: string, fn: MFunction, assigned?: ReadonlyMap<Reg, Reg>) => void;
  /** Functions and variables each in a section of their own; on unless the module says otherwise. */
  functionSections?: boolean;
  dataSections?: boolean;
};

/** Compiles a module. Constructs that are not supported are problems that name them, with the place in the source when it is known. */
export function generate(module: Module, options: CodegenOptions = {}): Result<ObjectFile> {
  const generator = new Generator(module, options);
  return generator.run();
}

class Generator implements ModuleContext {
  readonly module: Module;
  readonly generateOptions: CodegenOptions;
  readonly object: ObjectFile;
  readonly assembler: Assembler;
  readonly problems: Problem[] = [];
  options = { lse: false, pic: false, shared: false, size: false };
  #blockSymbols = new Map<Block, ObjectSymbol>();
  #blockPlaces = new Map<Block, { section: Section; offset: number }>();
  #temporaries = 0;
  #uid = 0;
  #pool = new Map<string, ObjectSymbol>();
  readonly #debug: DebugInformation;
  readonly #differences: { of: GlobalVariable; write: () => void }[] = [];

  constructor(module: Module, options: CodegenOptions) {
    this.module = module;
    this.generateOptions = options;
    this.object = createObject(module.sourceFile);
    this.assembler = new Assembler(this.object);
    this.#debug = new DebugInformation({
      object: this.object,
      module,
      symbol: (global) => this.symbol(global),
      addressOf: (value) => this.#debugAddress(value),
    });
  }

  run(): Result<ObjectFile> {
    if (this.module.moduleAsm.length > 0) {
      const text = this.module.moduleAsm.join('\n');
      const section = sectionOf(this.object, '.text', 'progbits', { alloc: true, exec: true }, 4);
      this.problems.push(...this.assembler.assemble(text, { file: this.module.sourceFile, section }));
    }
    this.options.pic = this.#moduleFlag('PIC Level') > 0;
    this.options.shared = this.options.pic && this.#moduleFlag('PIE Level') === 0;
    for (const g of this.module.globals) this.#guard(g, () => this.#global(g));
    for (const { of, write } of this.#differences) this.#guard(of, write);
    for (const g of this.module.globals) if (g.kind === 'alias' || g.kind === 'ifunc') this.#guard(g, () => this.#alias(g));
    this.problems.push(...this.assembler.finish());
    this.#debug.finish();
    if (this.problems.some((p) => p.severity === 'error')) return { ok: false, problems: this.problems };
    return { ok: true, value: this.object };
  }

  /** Only of what this object defines: debug information must not pull anything into the program. */
  #debugAddress(value: bigint | SymbolicValue): Address | undefined {
    if (typeof value === 'bigint' || value.minus || value.target.kind !== 'global') return undefined;
    const { global } = value.target;
    if (global.linkage === 'available_externally' || global.threadLocal !== undefined) return undefined;
    const defined = (global.kind === 'function' && global.blocks.length > 0) || (global.kind === 'variable' && global.initializer);
    return defined ? { symbol: this.symbol(global), addend: value.addend } : undefined;
  }

  #moduleFlag(name: string): number {
    for (const ref of this.module.namedMetadata.get('llvm.module.flags') ?? []) {
      const node = this.module.metadata.get(ref);
      if (node?.kind !== 'tuple') continue;
      const [, key, value] = node.elements;
      if (key === name && value !== null && typeof value === 'object' && value.kind === 'int') return Number(value.value);
    }
    return 0;
  }

  /** Turns what cannot be compiled into a problem at the source line. */
  #guard(g: Global, make: () => void): void {
    try {
      make();
    } catch (error) {
      if (!(error instanceof Unsupported) && !(error instanceof UnsupportedConstant)) throw error;
      const message = `${g.name}: ${error.message} is not supported by the code generator`;
      const place = this.#placeOf(g, error instanceof Unsupported ? error.debug : undefined);
      this.problems.push({ severity: 'error', message, place });
    }
  }

  /** Where the instruction or at least the function stands; line 0 without debug information. */
  #placeOf(g: Global, debug: MetadataRef | undefined): { file: string; line: number; column: number } {
    const metadata = new DebugMetadata(this.module);
    const location = metadata.location(debug);
    const subprogram = metadata.node(g.kind === 'function' ? g.debug : undefined, 'DISubprogram');
    const scope = location ? metadata.node(location.scope) : subprogram;
    const file = metadata.file(scope && refOf(scope, 'file'))?.name ?? this.module.sourceFile;
    if (location && location.line > 0) return { file, line: location.line, column: location.column };
    return { file, line: subprogram ? numberIn(subprogram, 'line') : 0, column: 0 };
  }

  // What lowering needs

  symbol(g: Global): ObjectSymbol {
    const name = g.linkage === 'private' ? `.L${g.name}` : g.name.startsWith('\x01') ? g.name.slice(1) : g.name;
    const symbol = symbolOf(this.object, name);
    if (g.linkage === 'extern_weak' && !symbol.place) symbol.binding = 'weak';
    return symbol;
  }

  external(name: string): ObjectSymbol {
    return symbolOf(this.object, name);
  }

  metadata(ref: number): MetadataNode | undefined {
    return this.module.metadata.get(ref);
  }

  nextUid(): number {
    return this.#uid++;
  }

  #temporary(): ObjectSymbol {
    const symbol = symbolOf(this.object, `.Lcg${this.#temporaries++}`);
    return symbol;
  }

  blockSymbol(_fn: IrFunction, block: Block): ObjectSymbol {
    let symbol = this.#blockSymbols.get(block);
    if (!symbol) {
      this.#blockSymbols.set(block, (symbol = this.#temporary()));
      // The function may have been emitted before somebody took the address.
      symbol.place = this.#blockPlaces.get(block);
    }
    return symbol;
  }

  constantPool(bytes: Uint8Array, align: number): ObjectSymbol {
    const key = `${align}:${bytes.join(',')}`;
    let symbol = this.#pool.get(key);
    if (!symbol) {
      const section = sectionOf(this.object, `.rodata.cst${bytes.length}`, 'progbits', { alloc: true, merge: true }, align, bytes.length);
      symbol = this.#temporary();
      symbol.place = { section, offset: this.#align(section, align) };
      appendBytes(section, bytes);
      this.#pool.set(key, symbol);
    }
    return symbol;
  }

  #align(section: Section, align: number): number {
    section.align = Math.max(section.align, align);
    const gap = (align - (section.size % align)) % align;
    if (section.type === 'nobits') section.size += gap;
    else if (gap > 0) appendBytes(section, new Uint8Array(gap));
    return section.size;
  }

  // Globals

  #define(g: Global, section: Section, offset: number, size: number, type: ObjectSymbol['type']): ObjectSymbol {
    const symbol = this.symbol(g);
    symbol.place = { section, offset };
    symbol.size = BigInt(size);
    symbol.type = type;
    this.#bind(symbol, g);
    return symbol;
  }

  #bind(symbol: ObjectSymbol, g: Global): void {
    symbol.visibility = g.visibility;
    if (g.linkage === 'internal' || g.linkage === 'private') symbol.binding = 'local';
    else if (['weak', 'weak_odr', 'linkonce', 'linkonce_odr', 'extern_weak'].includes(g.linkage)) symbol.binding = 'weak';
    else symbol.binding = 'global';
  }

  #global(g: Global): void {
    if (g.name.startsWith('llvm.')) return this.#special(g);
    if (g.linkage === 'available_externally') return;
    if (g.kind === 'function') {
      if (g.blocks.length > 0) this.#function(g);
      else if (g.visibility !== 'default' && this.object.symbols.has(g.name)) this.symbol(g).visibility = g.visibility;
    } else if (g.kind === 'variable' && g.initializer) this.#variable(g, g.initializer);
  }

  #special(g: Global): void {
    if (g.kind !== 'variable' || !g.initializer) return;
    if (g.name === 'llvm.global_ctors') this.#constructors(g.initializer, '.init_array', 'init_array');
    else if (g.name === 'llvm.global_dtors') this.#constructors(g.initializer, '.fini_array', 'fini_array');
    // llvm.used and llvm.compiler.used only keep the optimiser away.
  }

  #constructors(list: Constant, name: string, type: SectionType): void {
    if (list.kind !== 'aggregate') return;
    for (const entry of list.elements) {
      if (entry.kind !== 'aggregate') continue;
      const [priority, fn] = entry.elements;
      const target = evaluate(fn);
      if (typeof target === 'bigint' || target.target.kind !== 'global') continue;
      const order = priority.kind === 'int' ? Number(priority.value) : 65535;
      const suffix = order === 65535 ? '' : `.${String(order).padStart(5, '0')}`;
      const section = sectionOf(this.object, `${name}${suffix}`, type, { alloc: true, write: true }, 8);
      const offset = appendBytes(section, new Uint8Array(8));
      section.relocations.push({ offset, type: 'ABS64', symbol: this.symbol(target.target.global), addend: target.addend });
    }
  }

  #variable(g: GlobalVariable, initializer: Constant): void {
    const data = initializerOf(initializer);
    const align = g.align ?? alignOf(g.type);
    const size = sizeOf(g.type);
    if (g.linkage === 'common') {
      const symbol = this.symbol(g);
      symbol.type = 'common';
      symbol.binding = 'global';
      symbol.size = BigInt(size);
      symbol.align = align;
      return;
    }
    const tls = g.threadLocal !== undefined;
    const readOnly = g.constant && (data.relocations.length === 0 || !this.options.pic);
    const kind =
      data.zero && !g.section && !g.constant
        ? tls
          ? 'tbss'
          : 'bss'
        : tls
          ? 'tdata'
          : readOnly
            ? 'rodata'
            : g.constant
              ? 'data.rel.ro'
              : 'data';
    const nobits = kind === 'bss' || kind === 'tbss' || (g.section !== undefined && /^\.t?bss/.test(g.section) && data.zero);
    const flags: SectionFlags = {
      alloc: true,
      ...(readOnly && !tls ? {} : { write: true }),
      ...(tls ? { tls: true } : {}),
      ...(g.comdat ? { group: g.comdat } : {}),
    };
    const separate = this.generateOptions.dataSections !== false && g.linkage !== 'private';
    const name = g.section ?? (separate || g.comdat ? `.${kind}.${g.name}` : `.${kind}`);
    const type: SectionType = nobits
      ? 'nobits'
      : /^\.init_array/.test(name)
        ? 'init_array'
        : /^\.fini_array/.test(name)
          ? 'fini_array'
          : /^\.note/.test(name)
            ? 'note'
            : 'progbits';
    const section = sectionOf(this.object, name, type, flags, align);
    const offset = this.#align(section, align);
    this.#define(g, section, offset, size, tls ? 'tls' : 'object');
    if (nobits) section.size += size;
    else appendBytes(section, data.bytes);
    for (const r of data.relocations) {
      const symbol = r.target.kind === 'global' ? this.symbol(r.target.global) : this.blockSymbol(r.target.fn, r.target.block);
      if (!r.minus) {
        section.relocations.push({ offset: offset + r.offset, type: `ABS${r.size * 8}`, symbol, addend: r.addend });
        continue;
      }
      // `a - b` where b lies in this variable is a distance from here.
      const minus = r.minus.kind === 'global' ? this.symbol(r.minus.global) : this.blockSymbol(r.minus.fn, r.minus.block);
      if (minus !== this.symbol(g)) {
        this.#difference(g, { section, at: offset + r.offset, size: r.size }, symbol, minus, r.addend);
        continue;
      }
      section.relocations.push({ offset: offset + r.offset, type: `PREL${r.size * 8}`, symbol, addend: r.addend + BigInt(r.offset) });
    }
  }

  /** The distance of two labels, known when both have been emitted: computed goto tables relative to a label. */
  #difference(
    of: GlobalVariable,
    { section, at, size }: { section: Section; at: number; size: number },
    a: ObjectSymbol,
    b: ObjectSymbol,
    addend: bigint,
  ): void {
    const write = () => {
      const pa = a.place;
      const pb = b.place;
      if (!pa || !pb || !('section' in pa) || !('section' in pb) || pa.section !== pb.section)
        throw new Unsupported('the difference of two addresses in different sections');
      let value = BigInt(pa.offset - pb.offset) + addend;
      for (let n = 0; n < size; n++) {
        section.bytes[at + n] = Number(value & 0xffn);
        value >>= 8n;
      }
    };
    this.#differences.push({ of, write });
  }

  #alias(g: Extract<Global, { kind: 'alias' | 'ifunc' }>): void {
    const target = evaluate(g.target);
    if (typeof target === 'bigint' || target.target.kind !== 'global') throw new Unsupported('an alias of something that has no address');
    const original = this.symbol(target.target.global);
    const symbol = this.symbol(g);
    const { place } = original;
    if (!place || !('section' in place)) throw new Unsupported(`the alias ${g.name} of an undefined symbol`);
    symbol.place = { section: place.section, offset: place.offset + Number(target.addend) };
    symbol.type = g.kind === 'ifunc' ? 'gnu_ifunc' : original.type;
    symbol.size = original.size;
    this.#bind(symbol, g);
  }

  // Functions

  #function(g: IrFunction): void {
    const features = String(g.attributes.get('target-features') ?? '');
    const generalOnly = /-(neon|fp-armv8)\b/.test(features) && !/\+(neon|fp-armv8)\b/.test(features);
    this.options = { ...this.options, lse: /\+lse\b/.test(features), size: g.attributes.has('minsize') || g.attributes.has('optsize') };
    const fn = lowerFunction(g, this, generalOnly);
    const { after } = this.generateOptions;
    after?.('lower', fn);
    const framePointer = g.attributes.get('frame-pointer');
    // Who asks for a frame pointer everywhere wants every function in every backtrace.
    const narrow = !g.attributes.has('optnone') && framePointer !== 'all' && !fn.naked;
    if (narrow) splitAtFrame(fn);
    hoistConstants(fn);
    after?.('hoist', fn);
    allocateRegisters(fn, (assigned) => after?.('assign', fn, assigned));
    after?.('allocate', fn);
    const frame = layoutFrame(fn, framePointer === 'all');
    wrapFrame(fn, frame, { narrow, size: this.options.size });
    after?.('frame', fn);
    layOutBlocks(fn, this.options.size);
    after?.('layout', fn);
    pairAccesses(fn, frame);
    after?.('pair', fn);
    this.#emit(g, fn, frame);
  }

  #emit(g: IrFunction, fn: MFunction, frame: Frame): void {
    const separate = this.generateOptions.functionSections !== false;
    const name = g.section ?? (separate || g.comdat ? `.text.${g.name}` : '.text');
    const align = Math.max(4, g.align ?? 4);
    const section = sectionOf(this.object, name, 'progbits', { alloc: true, exec: true, ...(g.comdat ? { group: g.comdat } : {}) }, align);
    markContents(section, 'code');
    while (section.size % align !== 0) appendBytes(section, new Uint8Array([0x1f, 0x20, 0x03, 0xd5]));
    const start = section.size;
    for (const b of [...fn.blocks, ...fn.forwarded.keys()]) if (b.ir) b.symbol = this.#blockSymbols.get(b.ir);
    const emitter = new Emitter(fn, frame, {
      section,
      assemble: (text) => {
        const problems = this.assembler.assemble(text, { file: `${this.module.sourceFile} (inline assembly in ${g.name})`, section });
        markContents(section, 'code');
        return problems;
      },
      table: (targets) => this.#jumpTable(targets, g),
      blockSymbol: (b) => this.#machineBlockSymbol(b),
      placed: (b, offset) => {
        if (b.ir) this.#blockPlaces.set(b.ir, { section, offset });
        if (b.symbol) b.symbol.place = { section, offset };
      },
    });
    this.problems.push(...emitter.run());
    // Of a block that nothing leads to any more its address may be left.
    for (const block of g.blocks) if (!this.#blockPlaces.has(block)) this.#placeBlock(block, { section, offset: start });
    this.#define(g, section, start, section.size - start, 'func');
    const { offsets, frameRules: rules } = emitter;
    this.#debug.function({ ir: g, fn, frame, section, start, end: section.size, offsets, rules });
  }

  #placeBlock(block: Block, place: { section: Section; offset: number }): void {
    this.#blockPlaces.set(block, place);
    const symbol = this.#blockSymbols.get(block);
    if (symbol) symbol.place ??= place;
  }

  #machineBlockSymbol(b: MBlock): ObjectSymbol {
    if (b.symbol) return b.symbol;
    b.symbol = this.#temporary();
    if (b.ir) this.#blockSymbols.set(b.ir, b.symbol);
    return b.symbol;
  }

  #jumpTable(targets: readonly ObjectSymbol[], g: IrFunction): ObjectSymbol {
    const section = sectionOf(
      this.object,
      g.section || this.generateOptions.functionSections === false ? '.rodata' : `.rodata.${g.name}`,
      'progbits',
      { alloc: true, ...(g.comdat ? { group: g.comdat } : {}) },
      4,
    );
    const offset = this.#align(section, 4);
    targets.forEach((symbol, n) => {
      const at = appendBytes(section, new Uint8Array(4));
      section.relocations.push({ offset: at, type: 'PREL32', symbol, addend: BigInt(4 * n) });
    });
    const symbol = this.#temporary();
    symbol.place = { section, offset };
    return symbol;
  }
}
