/**
 * Debug information of a module: one compilation unit for each DICompileUnit, made when all functions have been emitted, and frame
 * tables of all functions. DWARF 5; tested against `llvm-dwarfdump --verify` and gdb.
 */
import { appendFrames, type Frame as FrameDescription, LINK_REGISTER, STACK_POINTER, uleb128 } from '../../assembler/frames.ts';
import { appendLineTable, type LineFile, type LineRow } from '../../assembler/line-table.ts';
import { AT, LANG, LLE, numberOf, OP, RLE, TAG } from '../../dwarf/constants.ts';
import type { evaluate, IrFunction, MetadataRef, Module } from '../../ir/index.ts';
import { appendBytes, sectionOf, type ObjectFile, type ObjectSymbol, type Section } from '../../object/object.ts';
import type { FrameRule } from '../emit.ts';
import type { Frame } from '../frame.ts';
import type { MFunction, MIns } from '../mir.ts';
import { anchorIn, appendUnit, DebugStrings, Die, type Address, type Expression } from './die.ts';
import { emptyExpression } from './expression.ts';
import { lineRows } from './lines.ts';
import { locateVariables, type VariableLocation } from './locations.ts';
import { DebugMetadata, isTrue, maxDepth, numberIn, refOf, textIn, wordsIn, type DiNode } from './metadata.ts';
import { coverFunction, ScopeTree, type Range, type Scope } from './scopes.ts';
import { TypeEntries } from './types.ts';

export type EmittedFunction = {
  ir: IrFunction;
  fn: MFunction;
  frame: Frame;
  section: Section;
  /** Of the function, in the section. */
  start: number;
  end: number;
  offsets: ReadonlyMap<MIns, Range>;
  rules: readonly FrameRule[];
};

type FunctionRecord = {
  subprogram: MetadataRef;
  section: Section;
  whole: Range;
  scopes: Scope;
  variables: VariableLocation[];
};

export type DebugContext = {
  object: ObjectFile;
  module: Module;
  addressOf(value: ReturnType<typeof evaluate>): Address | undefined;
  symbol(global: Module['globals'][number]): ObjectSymbol;
};

export class DebugInformation {
  readonly #context: DebugContext;
  readonly #metadata: DebugMetadata;
  readonly #units = new Map<MetadataRef, Unit>();
  readonly #frames: { description: FrameDescription; loaded: boolean }[] = [];

  constructor(context: DebugContext) {
    this.#context = context;
    this.#metadata = new DebugMetadata(context.module);
    const strings = { made: undefined as DebugStrings | undefined };
    for (const ref of context.module.namedMetadata.get('llvm.dbg.cu') ?? []) {
      const node = this.#metadata.node(ref, 'DICompileUnit');
      if (!node || wordsIn(node, 'emissionKind').includes('NoDebug')) continue;
      strings.made ??= new DebugStrings(context.object);
      this.#units.set(ref, new Unit(context, this.#metadata, node, strings.made));
    }
  }

  /** Takes down a function that was just emitted. */
  function(f: EmittedFunction): void {
    this.#frame(f);
    const node = this.#metadata.node(f.ir.debug, 'DISubprogram');
    const unit = node && this.#units.get(refOf(node, 'unit') ?? -1);
    if (unit && f.ir.debug !== undefined) unit.function(f, f.ir.debug);
  }

  #frame({ ir, section, start, end, rules }: EmittedFunction): void {
    const loaded = ir.attributes.has('uwtable');
    if (!loaded && this.#units.size === 0) return;
    const description: FrameDescription = {
      start: anchorIn(section, start),
      end: anchorIn(section, end),
      simple: false,
      signal: false,
      keyB: false,
      returnColumn: LINK_REGISTER,
      instructions: rules.map(({ offset, bytes }) => ({ at: anchorIn(section, offset), bytes })),
      rules: { register: STACK_POINTER, offset: 0n, saved: [] },
    };
    this.#frames.push({ description, loaded });
  }

  /** Writes the sections. Code and data must be complete. */
  finish(): void {
    const { object } = this.#context;
    const of = (loaded: boolean): FrameDescription[] => this.#frames.filter((f) => f.loaded === loaded).map((f) => f.description);
    appendFrames(object, of(true), { ehFrame: true, debugFrame: false });
    appendFrames(object, of(false), { ehFrame: false, debugFrame: true });
    for (const unit of this.#units.values()) unit.finish();
  }
}

class Unit {
  readonly #context: DebugContext;
  readonly #object: ObjectFile;
  readonly #metadata: DebugMetadata;
  readonly #node: DiNode;
  readonly #strings: DebugStrings;
  readonly #files = new Map<number, LineFile>();
  readonly #fileNumbers = new Map<string, number>();
  readonly #rows: LineRow[] = [];
  readonly #functions: FunctionRecord[] = [];
  readonly #root = new Die(TAG.compile_unit);
  readonly #types: TypeEntries;
  /** Subprograms of which calls were inlined, and their entries. */
  readonly #abstract = new Map<MetadataRef, Die>();
  readonly #abstractScopes = new Map<MetadataRef, Die>();
  readonly #abstractVariables = new Map<MetadataRef, Die>();
  readonly #variables = new Map<MetadataRef, Die>();
  /** Where static variables of functions are declared. */
  readonly #scopes = new Map<MetadataRef, Die>();
  #lists: ListSection | undefined;
  #ranges: ListSection | undefined;

  constructor(context: DebugContext, metadata: DebugMetadata, node: DiNode, strings: DebugStrings) {
    this.#context = context;
    this.#object = context.object;
    this.#metadata = metadata;
    this.#node = node;
    this.#strings = strings;
    this.fileNumber(refOf(node, 'file'));
    this.#types = new TypeEntries({
      metadata,
      root: this.#root,
      fileNumber: (file) => this.fileNumber(file),
      variable: (ref) => this.#variables.get(ref) ?? this.#abstractVariables.get(ref),
    });
  }

  /** Number in the line table. The unit's own file is number 0. */
  fileNumber(ref: MetadataRef | undefined): number | undefined {
    const file = this.#metadata.file(ref);
    if (!file) return undefined;
    const directory = file.directory || (this.#files.get(0)?.directory ?? '');
    const key = `${file.name.startsWith('/') ? '' : directory}\0${file.name}`;
    let number = this.#fileNumbers.get(key);
    if (number === undefined) {
      number = this.#files.size;
      this.#files.set(number, { ...file, directory });
      this.#fileNumbers.set(key, number);
    }
    return number;
  }

  function(f: EmittedFunction, subprogram: MetadataRef): void {
    const { fn, section, start, end, offsets } = f;
    const metadata = this.#metadata;
    const tree = new ScopeTree(metadata, subprogram);
    const whole = { start, end };
    coverFunction(tree, metadata, fn, offsets, whole);
    const { trace } = fn;
    const variables = trace ? locateVariables({ ...f, metadata, trace, addressOf: (value) => this.#context.addressOf(value) }) : [];
    for (const { variable, inlinedAt } of variables) {
      const node = metadata.node(variable);
      const scope = node && refOf(node, 'scope');
      if (scope !== undefined) tree.scopeOf(scope, inlinedAt);
    }
    this.#rows.push(...lineRows({ metadata, section, fileNumber: (file) => this.fileNumber(file) }, subprogram, fn, offsets, start));
    this.#functions.push({ subprogram, section, whole, scopes: tree.root, variables });
  }

  finish(): void {
    const { fields } = this.#node;
    const producer = fields.get('producer');
    const language = numberOf(LANG, (wordsIn(this.#node, 'language')[0] ?? '').replace(/^DW_LANG_/, ''));
    const file = this.#files.get(0);
    const root = this.#root;
    root.text(AT.producer, `${typeof producer === 'string' ? producer : 'clang'}, Ukulele code generator`);
    root.add(AT.language, { form: 'data2', value: language ?? LANG.C11 });
    root.text(AT.name, file?.name).text(AT.comp_dir, file?.directory);
    this.#unitRanges();
    for (const f of this.#functions) this.#findInlined(f.scopes);
    for (const f of this.#functions) this.#function(f);
    for (const ref of this.#metadata.list(refOf(this.#node, 'globals'))) if (ref !== null) this.#global(ref);
    for (const field of ['enums', 'retainedTypes'])
      for (const ref of this.#metadata.list(refOf(this.#node, field))) this.#types.of(ref ?? undefined);
    for (const ref of this.#metadata.list(refOf(this.#node, 'imports'))) this.#import(ref);
    this.#types.finish();
    for (const die of this.#abstract.values()) sortParameters(die);
    // Declarations have named files too: only now are all known.
    const table = appendLineTable(this.#object, this.#files, this.#rows);
    root.add(AT.stmt_list, { form: 'sec_offset', address: this.#at('.debug_line', table) });
    appendUnit(this.#object, root, this.#strings);
    this.#lists?.finish();
    this.#ranges?.finish();
  }

  #at(section: string, offset: number): Address {
    return { symbol: anchorIn(sectionOf(this.#object, section, 'progbits', {}), offset), addend: 0n };
  }

  #unitRanges(): void {
    if (this.#functions.length === 0) return;
    this.#root.add(AT.low_pc, { form: 'addr' });
    const list = (this.#ranges ??= new ListSection(this.#object, '.debug_rnglists'));
    const offset = list.begin();
    for (const { section, whole } of this.#functions) {
      list.append([RLE.start_length]);
      list.address({ symbol: anchorIn(section, whole.start), addend: 0n });
      list.append(uleb128(BigInt(whole.end - whole.start)));
    }
    list.append([RLE.end_of_list]);
    this.#root.add(AT.ranges, { form: 'sec_offset', address: this.#at('.debug_rnglists', offset) });
  }

  // Functions

  #findInlined(scope: Scope): void {
    if (scope.kind === 'inlined') this.#abstractSubprogram(scope.node);
    for (const child of scope.children) this.#findInlined(child);
  }

  /** The entry that inlined calls of a function share. */
  #abstractSubprogram(ref: MetadataRef): Die | undefined {
    const known = this.#abstract.get(ref);
    if (known) return known;
    const node = this.#metadata.node(ref, 'DISubprogram');
    if (!node) return undefined;
    const die = this.#subprogram(ref, node);
    this.#abstract.set(ref, die);
    this.#abstractScopes.set(ref, die);
    die.add(AT.inline, { form: 'data1', value: 1 });
    for (const variable of this.#metadata.list(refOf(node, 'retainedNodes'))) if (variable !== null) this.#abstractVariable(variable);
    return die;
  }

  #abstractVariable(ref: MetadataRef): Die | undefined {
    const known = this.#abstractVariables.get(ref);
    if (known) return known;
    const node = this.#metadata.node(ref, 'DILocalVariable');
    const parent = node && this.#abstractScope(refOf(node, 'scope'), 0);
    if (!node || !parent) return undefined;
    const die = this.#variable(node);
    this.#abstractVariables.set(ref, die);
    parent.children.push(die);
    return die;
  }

  #abstractScope(ref: MetadataRef | undefined, depth: number): Die | undefined {
    if (ref === undefined || depth > maxDepth) return undefined;
    const known = this.#abstractScopes.get(ref);
    if (known) return known;
    const node = this.#metadata.node(ref);
    const parent = node && this.#abstractScope(refOf(node, 'scope'), depth + 1);
    if (!node || !parent) return undefined;
    if (node.name !== 'DILexicalBlock') return parent;
    const die = new Die(TAG.lexical_block);
    this.#abstractScopes.set(ref, die);
    parent.children.push(die);
    return die;
  }

  /** What is said of a function whether it is inlined or not. */
  #subprogram(ref: MetadataRef, node: DiNode): Die {
    const die = new Die(TAG.subprogram);
    const declaration = refOf(node, 'declaration');
    const declared = this.#metadata.node(declaration, 'DISubprogram');
    const scope = refOf(declared ?? node, 'scope');
    const parent = this.#types.parentOf(scope);
    if (declared && declaration !== undefined) {
      let specification = this.#declarations.get(declaration);
      if (!specification) {
        specification = this.#types.subprogram(declaration, declared);
        if (!parent.children.includes(specification)) parent.children.push(specification);
        this.#declarations.set(declaration, specification);
      }
      die.refer(AT.specification, specification);
      this.#types.declared(die, node);
      this.#root.children.push(die);
    } else {
      die.text(AT.linkage_name, textIn(node, 'linkageName')).text(AT.name, textIn(node, 'name'));
      this.#types.declared(die, node);
      const flags = wordsIn(node, 'flags');
      if (flags.includes('DIFlagPrototyped')) die.flag(AT.prototyped);
      if (flags.includes('DIFlagNoReturn')) die.flag(AT.noreturn);
      const type = this.#metadata.node(refOf(node, 'type'), 'DISubroutineType');
      die.refer(AT.type, this.#types.of((type && this.#metadata.list(refOf(type, 'types'))[0]) ?? undefined));
      if (!wordsIn(node, 'spFlags').includes('DISPFlagLocalToUnit')) die.flag(AT.external);
      parent.children.push(die);
    }
    for (const argument of this.#metadata.list(refOf(node, 'templateParams'))) this.#types.templateParameter(die, argument);
    this.#scopes.set(ref, die);
    return die;
  }

  readonly #declarations = new Map<MetadataRef, Die>();

  #function(f: FunctionRecord): void {
    const node = this.#metadata.node(f.subprogram, 'DISubprogram');
    if (!node) return;
    const origin = this.#abstract.get(f.subprogram);
    let die: Die;
    if (origin) {
      die = new Die(TAG.subprogram).refer(AT.abstract_origin, origin);
      this.#root.children.push(die);
      this.#scopes.set(f.subprogram, die);
    } else die = this.#subprogram(f.subprogram, node);
    this.#codeOf(die, f, [f.whole]);
    die.add(AT.frame_base, { form: 'exprloc', expression: { bytes: [OP.call_frame_cfa], addresses: [] } });
    const entries = this.#localEntries(f, node, origin !== undefined);
    this.#scopeEntries(f, f.scopes, die, entries);
    sortParameters(die);
  }

  /** Entries of the variables of a function by the scope in which they stand. */
  #localEntries(f: FunctionRecord, node: DiNode, inlinedElsewhere: boolean): Map<string, Die[]> {
    const entries = new Map<string, Die[]>();
    const add = (ref: MetadataRef, inlinedAt: MetadataRef | undefined, located: VariableLocation | undefined): void => {
      const variable = this.#metadata.node(ref, 'DILocalVariable');
      const scope = variable && this.#blockOf(refOf(variable, 'scope'));
      if (!variable || scope === undefined) return;
      const origin = inlinedAt !== undefined || inlinedElsewhere ? this.#abstractVariable(ref) : undefined;
      const die = origin ? new Die(origin.tag).refer(AT.abstract_origin, origin) : this.#variable(variable);
      if (!origin) this.#variables.set(ref, die);
      this.#locate(die, f, located);
      const key = `${scope} ${inlinedAt ?? ''}`;
      const list = entries.get(key);
      if (list) list.push(die);
      else entries.set(key, [die]);
      const argument = numberIn(variable, 'arg');
      if (argument > 0) argumentNumbers.set(die, argument);
    };
    const described = new Set<MetadataRef>();
    for (const located of f.variables) {
      if (located.inlinedAt === undefined) described.add(located.variable);
      add(located.variable, located.inlinedAt, located);
    }
    for (const ref of this.#metadata.list(refOf(node, 'retainedNodes')))
      if (ref !== null && !described.has(ref)) add(ref, undefined, undefined);
    return entries;
  }

  /** The block or function that a scope is, or lies in. */
  #blockOf(scope: MetadataRef | undefined): MetadataRef | undefined {
    let at = scope;
    for (let depth = 0; at !== undefined && depth < maxDepth; depth++) {
      const node = this.#metadata.node(at);
      if (node?.name !== 'DILexicalBlockFile') return node ? at : undefined;
      at = refOf(node, 'scope');
    }
    return undefined;
  }

  #variable(node: DiNode): Die {
    const die = new Die(numberIn(node, 'arg') > 0 ? TAG.formal_parameter : TAG.variable);
    die.text(AT.name, textIn(node, 'name'));
    this.#types.declared(die, node);
    die.refer(AT.type, this.#types.of(refOf(node, 'type')));
    if (wordsIn(node, 'flags').includes('DIFlagArtificial')) die.flag(AT.artificial);
    const argument = numberIn(node, 'arg');
    if (argument > 0) argumentNumbers.set(die, argument);
    return die;
  }

  #locate(die: Die, f: FunctionRecord, located: VariableLocation | undefined): void {
    if (!located) return;
    if (located.everywhere) die.add(AT.location, { form: 'exprloc', expression: located.everywhere });
    else if (located.ranges.length > 0)
      die.add(AT.location, { form: 'sec_offset', address: this.#at('.debug_loclists', this.#locationList(f, located.ranges)) });
  }

  #locationList(f: FunctionRecord, ranges: VariableLocation['ranges']): number {
    const list = (this.#lists ??= new ListSection(this.#object, '.debug_loclists'));
    const offset = list.begin();
    list.append([LLE.base_address]);
    list.address({ symbol: anchorIn(f.section, f.whole.start), addend: 0n });
    for (const { start, end, expression } of ranges) {
      if (start >= end) continue;
      list.append([LLE.offset_pair, ...uleb128(BigInt(start - f.whole.start)), ...uleb128(BigInt(end - f.whole.start))]);
      list.append(uleb128(BigInt(expression.bytes.length)));
      list.expression(expression);
    }
    list.append([LLE.end_of_list]);
    return offset;
  }

  #codeOf(die: Die, { section, whole }: FunctionRecord, ranges: readonly Range[]): void {
    const [first] = ranges;
    if (ranges.length === 1) {
      die.add(AT.low_pc, { form: 'addr', address: { symbol: anchorIn(section, first.start), addend: 0n } });
      die.add(AT.high_pc, { form: 'udata', value: BigInt(first.end - first.start) });
      return;
    }
    const list = (this.#ranges ??= new ListSection(this.#object, '.debug_rnglists'));
    const offset = list.begin();
    list.append([RLE.base_address]);
    list.address({ symbol: anchorIn(section, whole.start), addend: 0n });
    for (const { start, end } of ranges)
      list.append([RLE.offset_pair, ...uleb128(BigInt(start - whole.start)), ...uleb128(BigInt(end - whole.start))]);
    list.append([RLE.end_of_list]);
    die.add(AT.ranges, { form: 'sec_offset', address: this.#at('.debug_rnglists', offset) });
  }

  #scopeEntries(f: FunctionRecord, scope: Scope, die: Die, entries: ReadonlyMap<string, readonly Die[]>): void {
    for (const variable of entries.get(`${scope.node} ${scope.inlinedAt ?? ''}`) ?? []) die.children.push(variable);
    for (const child of scope.children) {
      if (child.ranges.length === 0) continue;
      if (child.kind === 'inlined') {
        const made = this.#inlinedCall(f, child);
        if (!made) continue;
        die.children.push(made);
        this.#scopeEntries(f, child, made, entries);
        sortParameters(made);
        continue;
      }
      // A block without variables is left out; what is in it stands in the block around it.
      if (!entries.has(`${child.node} ${child.inlinedAt ?? ''}`) && !this.#staticScopes.has(child.node)) {
        this.#scopeEntries(f, child, die, entries);
        continue;
      }
      const block = new Die(TAG.lexical_block);
      this.#codeOf(block, f, child.ranges);
      if (child.inlinedAt === undefined) this.#scopes.set(child.node, block);
      die.children.push(block);
      this.#scopeEntries(f, child, block, entries);
    }
  }

  #inlinedCall(f: FunctionRecord, scope: Scope): Die | undefined {
    const origin = this.#abstract.get(scope.node);
    const call = this.#metadata.location(scope.inlinedAt);
    if (!origin || !call) return undefined;
    const die = new Die(TAG.inlined_subroutine).refer(AT.abstract_origin, origin);
    this.#codeOf(die, f, scope.ranges);
    const around = this.#metadata.node(call.scope);
    const file = around && this.fileNumber(refOf(around, 'file'));
    if (file !== undefined) die.number(AT.call_file, file);
    die.number(AT.call_line, call.line);
    if (call.column > 0) die.number(AT.call_column, call.column);
    return die;
  }

  // Variables of the module

  /** Blocks in which static variables are declared. */
  get #staticScopes(): ReadonlySet<MetadataRef> {
    if (!this.#staticScopesFound) {
      const found = new Set<MetadataRef>();
      for (const ref of this.#metadata.list(refOf(this.#node, 'globals'))) {
        const expression = this.#metadata.node(ref ?? undefined, 'DIGlobalVariableExpression');
        const variable = expression && this.#metadata.node(refOf(expression, 'var'));
        const scope = variable && this.#blockOf(refOf(variable, 'scope'));
        if (scope !== undefined) found.add(scope);
      }
      this.#staticScopesFound = found;
    }
    return this.#staticScopesFound;
  }

  #staticScopesFound: ReadonlySet<MetadataRef> | undefined;

  #global(ref: MetadataRef): void {
    const node = this.#metadata.node(ref, 'DIGlobalVariableExpression');
    const variable = node && this.#metadata.node(refOf(node, 'var'), 'DIGlobalVariable');
    // String literals have no name; nobody asks a debugger for them.
    if (!node || !variable || textIn(variable, 'name') === undefined) return;
    const location = this.#globalLocation(ref, this.#metadata.expression(node.fields.get('expr')));
    const die = new Die(TAG.variable);
    const declaration = refOf(variable, 'declaration');
    const scope = this.#blockOf(refOf(variable, 'scope'));
    const parent = (scope !== undefined && this.#scopes.get(scope)) || this.#functionAround(scope) || this.#types.parentOf(scope);
    const member = declaration === undefined ? undefined : this.#types.of(declaration);
    if (member) die.refer(AT.specification, member);
    else {
      die.text(AT.name, textIn(variable, 'name')).refer(AT.type, this.#types.of(refOf(variable, 'type')));
      this.#types.declared(die, variable);
      if (!isTrue(variable, 'isLocal')) die.flag(AT.external);
    }
    die.text(AT.linkage_name, textIn(variable, 'linkageName'));
    if (location) die.add(AT.location, { form: 'exprloc', expression: location });
    (member ? this.#root : parent).children.push(die);
  }

  #functionAround(scope: MetadataRef | undefined): Die | undefined {
    const subprogram = scope === undefined ? undefined : this.#metadata.subprogramOf(scope);
    return subprogram === undefined ? undefined : this.#scopes.get(subprogram);
  }

  #globalLocation(ref: MetadataRef, ops: readonly (string | bigint)[]): Expression | undefined {
    const e = emptyExpression();
    if (ops[0] === 'DW_OP_constu' || ops[0] === 'DW_OP_consts') {
      const value = ops[1];
      if (typeof value !== 'bigint' || ops[2] !== 'DW_OP_stack_value') return undefined;
      e.bytes.push(OP.constu, ...uleb128(value), OP.stack_value);
      return e;
    }
    const global = this.#globalsByExpression.get(ref);
    // No relocation of AArch64 objects says where a thread's copy lies: debuggers take that from the symbol.
    if (!global || global.kind !== 'variable' || global.threadLocal !== undefined) return undefined;
    if (global.linkage === 'available_externally' || (!global.initializer && global.linkage !== 'common')) return undefined;
    e.addresses.push({ at: 1, address: { symbol: this.#context.symbol(global), addend: 0n } });
    e.bytes.push(OP.addr, ...new Array<number>(8).fill(0));
    if (ops.length === 0) return e;
    const [operation, offset] = ops;
    if (operation !== 'DW_OP_plus_uconst' || typeof offset !== 'bigint') return undefined;
    e.bytes.push(OP.plus_uconst, ...uleb128(offset));
    return e;
  }

  get #globalsByExpression(): ReadonlyMap<MetadataRef, Module['globals'][number]> {
    if (!this.#globalsFound) {
      const found = new Map<MetadataRef, Module['globals'][number]>();
      for (const global of this.#context.module.globals) {
        if (global.kind !== 'variable') continue;
        if (global.debug !== undefined) found.set(global.debug, global);
        for (const { name, node } of global.attachments ?? []) if (name === 'dbg' && typeof node === 'number') found.set(node, global);
      }
      this.#globalsFound = found;
    }
    return this.#globalsFound;
  }

  #globalsFound: ReadonlyMap<MetadataRef, Module['globals'][number]> | undefined;

  /** `using namespace`. */
  #import(ref: MetadataRef | null): void {
    const node = this.#metadata.node(ref ?? undefined, 'DIImportedEntity');
    const entity = node && refOf(node, 'entity');
    if (!node || !this.#metadata.node(entity, 'DINamespace')) return;
    const die = new Die(TAG.imported_module).refer(AT.import, this.#types.parentOf(entity));
    const scope = refOf(node, 'scope');
    ((scope !== undefined && this.#scopes.get(scope)) || this.#types.parentOf(scope)).children.push(die);
  }
}

/** Of entries of parameters: their number, from 1. */
const argumentNumbers = new WeakMap<Die, number>();

/** Parameters first and in order: debuggers show them so. */
function sortParameters(die: Die): void {
  const order = (child: Die): number => argumentNumbers.get(child) ?? Infinity;
  const sorted = die.children.map((child, n) => ({ child, n })).sort((a, b) => order(a.child) - order(b.child) || 0 || a.n - b.n);
  die.children.splice(0, die.children.length, ...sorted.map(({ child }) => child));
}

/** `.debug_rnglists` or `.debug_loclists`: one table for a unit (DWARF 5, sections 7.28 and 7.29). */
class ListSection {
  readonly #section: Section;
  readonly #start: number;

  constructor(object: ObjectFile, name: '.debug_rnglists' | '.debug_loclists') {
    this.#section = sectionOf(object, name, 'progbits', {});
    this.#start = appendBytes(this.#section, Uint8Array.of(0, 0, 0, 0, 5, 0, 8, 0, 0, 0, 0, 0));
  }

  begin(): number {
    return this.#section.size;
  }

  append(bytes: readonly number[]): void {
    appendBytes(this.#section, Uint8Array.from(bytes));
  }

  address(address: Address): void {
    const offset = appendBytes(this.#section, new Uint8Array(8));
    this.#section.relocations.push({ offset, type: 'ABS64', ...address });
  }

  expression({ bytes, addresses }: Expression): void {
    const start = appendBytes(this.#section, Uint8Array.from(bytes));
    for (const { at, address } of addresses) this.#section.relocations.push({ offset: start + at, type: 'ABS64', ...address });
  }

  finish(): void {
    const view = new DataView(this.#section.bytes.buffer, this.#section.bytes.byteOffset);
    view.setUint32(this.#start, this.#section.size - this.#start - 4, true);
  }
}
