import type { Result } from '../../problem.ts';
import { Cursor, type LocalScope } from './cursor.ts';
import { InstructionReader } from './instructions.ts';
import { IrSyntaxError, Lexer, Token } from './lexer.ts';
import { LazyMetadata } from './metadata.ts';
import { isTerminator, mapOperands } from './operands.ts';
import { TypeTable } from './type-table.ts';
import type {
  Attributes,
  Block,
  DebugRecord,
  Global,
  GlobalAlias,
  GlobalVariable,
  Instruction,
  IrFunction,
  Linkage,
  MetadataRef,
  Module,
  Param,
  Type,
  Value,
} from './types.ts';

const linkages = [
  'external',
  'internal',
  'private',
  'weak',
  'weak_odr',
  'linkonce',
  'linkonce_odr',
  'common',
  'appending',
  'extern_weak',
  'available_externally',
] as const satisfies readonly Linkage[];

/**
 * Reads a module of textual LLVM IR, as clang 22 writes it. A failure is one problem with the line and column of the text and what
 * was expected there; `file` names the text in it.
 */
export function readIr(source: string, file = 'IR'): Result<Module> {
  const reader = new ModuleReader(source);
  try {
    return { ok: true, value: reader.read() };
  } catch (error) {
    if (!(error instanceof IrSyntaxError)) throw error;
    return {
      ok: false,
      problems: [{ severity: 'error', place: { file, line: error.line, column: error.column }, message: error.message }],
    };
  }
}

/** Where values that are used before their definition stand until it is read. */
const nowhere: Block = { kind: 'block', name: '', index: -1, instructions: [] };

type Span = { at: number; line: number };

/**
 * Two passes: the first finds what is defined (globals, types, attribute groups, metadata) and skips bodies by lines, so that the
 * second can resolve every name where it stands.
 */
class ModuleReader {
  readonly source: string;
  readonly types = new TypeTable();
  readonly globals = new Map<string, Global>();
  readonly lexer: Lexer;
  readonly cursor: Cursor;
  readonly groups = new Map<string, Attributes>();
  readonly bodies: { fn: IrFunction; span: Span }[] = [];
  readonly initializers: { global: GlobalVariable | GlobalAlias; span: Span }[] = [];
  readonly comdats = new Map<string, string>();
  readonly moduleAsm: string[] = [];
  readonly namedMetadata = new Map<string, readonly MetadataRef[]>();
  readonly metadata: LazyMetadata;
  readonly pendingGroups = new Map<IrFunction, string[]>();
  readonly blocksByFunction = new Map<IrFunction, Map<string, Block>>();
  sourceFile = '';
  dataLayout = '';
  triple = '';

  constructor(source: string) {
    this.source = source;
    this.lexer = new Lexer(source);
    this.cursor = new Cursor(this.lexer, this.types, this.globals, (fn, name) => this.#blockOf(fn, name));
    this.metadata = new LazyMetadata(source, this.types, this.globals, (fn, name) => this.#blockOf(fn, name));
  }

  read(): Module {
    const { cursor: c } = this;
    c.next();
    while (c.kind !== Token.end) this.#topLevel();
    for (const [fn, groups] of this.pendingGroups) fn.attributes = this.#merge(fn.attributes, groups);
    for (const { global, span } of this.initializers) this.#initializer(global, span);
    for (const { fn, span } of this.bodies) this.#body(fn, span);
    for (const [fn, blocks] of this.blocksByFunction) {
      for (const block of blocks.values())
        if (block.index < 0) c.fail(`blockaddress names a block %${block.name} that ${fn.name} does not have`);
    }
    return {
      sourceFile: this.sourceFile,
      dataLayout: this.dataLayout,
      triple: this.triple,
      moduleAsm: this.moduleAsm,
      namedTypes: this.types.named,
      globals: [...this.globals.values()],
      metadata: this.metadata,
      namedMetadata: this.namedMetadata,
      comdats: this.comdats,
    };
  }

  #topLevel(): void {
    const { cursor: c } = this;
    switch (c.kind) {
      case Token.global:
        return this.#global();
      case Token.local:
        return this.#namedType();
      case Token.comdat: {
        const name = c.text;
        c.next();
        c.expect('=');
        c.expect('comdat');
        this.comdats.set(name, c.word('a selection kind'));
        return;
      }
      case Token.metadata:
        return this.#metadataDefinition();
      case Token.metadataName: {
        const name = c.text;
        c.next();
        c.expect('=');
        const node = c.metadataNode(false);
        if (node.kind === 'tuple')
          this.namedMetadata.set(
            name,
            node.elements.filter((e) => typeof e === 'number'),
          );
        return;
      }
      case Token.word:
        return this.#keyword();
    }
    c.fail(`expected a definition, found ${c.found()}`);
  }

  #keyword(): void {
    const { cursor: c } = this;
    if (c.take('source_filename')) {
      c.expect('=');
      this.sourceFile = c.string('a file name');
    } else if (c.take('target')) {
      const what = c.word("'triple' or 'datalayout'");
      c.expect('=');
      const text = c.string('a string');
      if (what === 'triple') this.triple = text;
      else this.dataLayout = text;
    } else if (c.take('module')) {
      c.expect('asm');
      this.moduleAsm.push(c.string('assembly'));
    } else if (c.take('attributes')) this.#attributeGroup();
    else if (c.is('define')) this.#function(true);
    else if (c.is('declare')) this.#function(false);
    else if (c.take('uselistorder') || c.take('uselistorder_bb')) this.#skipLine();
    else c.fail(`expected a definition, found ${c.found()}`);
  }

  #skipLine(): void {
    const end = this.source.indexOf('\n', this.lexer.start);
    this.lexer.moveTo(end < 0 ? this.source.length : end, this.lexer.line);
    this.cursor.next();
  }

  #attributeGroup(): void {
    const { cursor: c } = this;
    if (c.kind !== Token.attributes) c.fail(`expected an attribute group, found ${c.found()}`);
    const name = c.text;
    c.next();
    c.expect('=');
    c.expect('{');
    this.groups.set(name, c.attributes());
    c.expect('}');
  }

  #namedType(): void {
    const { cursor: c } = this;
    const name = c.text;
    c.next();
    c.expect('=');
    c.expect('type');
    if (c.take('opaque')) {
      this.types.namedStruct(name);
      return;
    }
    const body = c.type();
    if (body.kind !== 'struct') return c.fail('a named type that is not a structure');
    this.types.define(name, body);
  }

  /** Remembers where the node stands; it is read when somebody asks for it. */
  #metadataDefinition(): void {
    const { cursor: c } = this;
    const n = Number(c.text);
    this.metadata.add(n, this.lexer.start, this.lexer.line);
    this.#skipLine();
  }

  // Globals

  #globalFlags() {
    const { cursor: c } = this;
    const linkage = c.takeWordOf(linkages) ?? 'external';
    const dso = c.takeWordOf(['dso_local', 'dso_preemptable']);
    const visibility = c.takeWordOf(['default', 'hidden', 'protected']) ?? 'default';
    c.takeWordOf(['dllimport', 'dllexport']);
    // An internal symbol is local whether it says so or not.
    const local = linkage === 'internal' || linkage === 'private';
    return {
      linkage,
      visibility,
      dsoLocal: dso === 'dso_local' || local || (visibility !== 'default' && linkage !== 'extern_weak'),
    } as const;
  }

  #threadLocal(): GlobalVariable['threadLocal'] {
    const { cursor: c } = this;
    if (!c.take('thread_local')) return undefined;
    if (!c.take('(')) return 'generaldynamic';
    const model = c.takeWordOf(['localdynamic', 'initialexec', 'localexec']) ?? c.fail('expected a TLS model');
    c.expect(')');
    return model;
  }

  #define(global: Global): void {
    const { cursor: c } = this;
    if (this.globals.has(global.name)) c.fail(`@${global.name} is defined twice`);
    this.globals.set(global.name, global);
  }

  #global(): void {
    const { cursor: c } = this;
    const irLine = this.lexer.line;
    const name = c.text;
    c.next();
    c.expect('=');
    const flags = this.#globalFlags();
    const threadLocal = this.#threadLocal();
    const unnamedAddr = c.takeWordOf(['unnamed_addr', 'local_unnamed_addr']) === 'unnamed_addr';
    if (c.take('addrspace')) c.skipParentheses();
    c.take('externally_initialized');
    const base = { name, ...flags, unnamedAddr, irLine, ...(threadLocal ? { threadLocal } : {}) };
    const aliasKind = c.takeWordOf(['alias', 'ifunc']);
    if (aliasKind) {
      const type = c.type();
      c.expect(',');
      const target = { kind: 'null', type } as const;
      const alias: GlobalAlias = { ...base, kind: aliasKind, type, target };
      this.#define(alias);
      this.initializers.push({ global: alias, span: { at: this.lexer.start, line: this.lexer.line } });
      this.#skipLine();
      return;
    }
    const what = c.takeWordOf(['global', 'constant']) ?? c.fail(`expected 'global' or 'constant', found ${c.found()}`);
    const type = c.type();
    const variable: GlobalVariable = { ...base, kind: 'variable', type, constant: what === 'constant' };
    this.#define(variable);
    this.initializers.push({ global: variable, span: { at: this.lexer.start, line: this.lexer.line } });
    this.#skipLine();
  }

  #initializer(global: GlobalVariable | GlobalAlias, span: Span): void {
    const { cursor: c } = this;
    this.lexer.moveTo(span.at, span.line);
    c.next();
    if (global.kind !== 'variable') {
      global.target = c.typedConstant();
      return;
    }
    const declared = global.linkage === 'external' || global.linkage === 'extern_weak';
    const startsConstant = !c.is(',') && c.current() !== Token.end && c.lexer.line === span.line && !(c.current() === Token.attributes);
    if (startsConstant && !(declared && c.current() === Token.global && this.#atLineStart())) global.initializer = c.constant(global.type);
    this.#globalProperties(global);
  }

  /** Whether the current token begins a line: then it belongs to the next definition. */
  #atLineStart(): boolean {
    return this.lexer.start === 0 || this.source[this.lexer.start - 1] === '\n';
  }

  #globalProperties(global: GlobalVariable): void {
    const { cursor: c } = this;
    while (c.take(',')) {
      if (c.take('section')) global.section = c.string('a section name');
      else if (c.take('partition')) c.string('a partition');
      else if (c.take('align')) global.align = c.integer('an alignment');
      else if (c.take('comdat')) global.comdat = this.#comdatName(global.name);
      else if (c.take('code_model')) c.string('a code model');
      else if (c.takeWordOf(['no_sanitize_address', 'no_sanitize_hwaddress', 'sanitize_memtag', 'sanitize_address_dyninit'])) continue;
      else if (c.kind === Token.metadataName) {
        const isDebug = c.text === 'dbg';
        c.next();
        if (isDebug) global.debug = Number(c.text);
        c.next();
      } else c.fail(`expected a property of a global variable, found ${c.found()}`);
    }
  }

  #comdatName(fallback: string): string {
    const { cursor: c } = this;
    if (!c.take('(')) return fallback;
    const name = c.text;
    c.next();
    c.expect(')');
    return name;
  }

  // Functions

  #function(defined: boolean): void {
    const { cursor: c } = this;
    const irLine = this.lexer.line;
    c.next();
    let debug: number | undefined;
    while (c.kind === Token.metadataName) {
      const isDebug = c.text === 'dbg';
      c.next();
      if (isDebug) debug = Number(c.text);
      c.next();
    }
    const flags = this.#globalFlags();
    const callingConvention = this.#callingConvention();
    const returnAttributes = c.attributes();
    const result = c.typeBeforeParenthesis();
    if (c.kind !== Token.global) c.fail(`expected a function name, found ${c.found()}`);
    const name = c.text;
    c.next();
    const { params, varargs } = this.#params();
    const fn: IrFunction = {
      kind: 'function',
      name,
      ...flags,
      unnamedAddr: false,
      irLine,
      type: this.types.function(
        result,
        params.map((p) => p.type),
        varargs,
      ),
      callingConvention,
      returnAttributes,
      attributes: new Map(),
      params,
      blocks: [],
      ...(debug !== undefined ? { debug } : {}),
    };
    this.#functionProperties(fn);
    this.#define(fn);
    if (!defined) return;
    if (!c.is('{')) c.fail(`expected a body, found ${c.found()}`);
    this.bodies.push({ fn, span: { at: this.lexer.position, line: this.lexer.line } });
    this.#skipBody();
  }

  #callingConvention(): string {
    const { cursor: c } = this;
    const known = c.takeWordOf([
      'ccc',
      'fastcc',
      'coldcc',
      'preserve_mostcc',
      'preserve_allcc',
      'preserve_nonecc',
      'tailcc',
      'aarch64_vector_pcs',
      'ghccc',
    ]);
    if (known) return known;
    return c.take('cc') ? `cc ${c.integer('a calling convention')}` : 'ccc';
  }

  #params(): { params: Param[]; varargs: boolean } {
    const { cursor: c } = this;
    const params: Param[] = [];
    let varargs = false;
    c.expect('(');
    while (!c.is(')')) {
      if (c.take('...')) {
        varargs = true;
        break;
      }
      const type = c.type();
      const attributes = c.attributes();
      let name = String(params.length);
      if (c.kind === Token.local) {
        name = c.text;
        c.next();
      }
      params.push({ kind: 'param', index: params.length, type, name, attributes });
      if (!c.take(',')) break;
    }
    c.expect(')');
    return { params, varargs };
  }

  #functionProperties(fn: IrFunction): void {
    const { cursor: c } = this;
    const groups: string[] = [];
    const attributes = new Map(fn.attributes);
    for (;;) {
      const unnamed = c.takeWordOf(['unnamed_addr', 'local_unnamed_addr']);
      if (unnamed) fn.unnamedAddr = unnamed === 'unnamed_addr';
      else if (c.take('section')) fn.section = c.string('a section name');
      else if (c.take('partition')) c.string('a partition');
      else if (c.take('comdat')) fn.comdat = this.#comdatName(fn.name);
      else if (c.take('align')) fn.align = c.integer('an alignment');
      else if (c.take('gc')) c.string('a collector');
      else if (c.take('prefix')) fn.prefix = c.typedConstant();
      else if (c.take('prologue')) c.typedConstant();
      else if (c.take('personality')) fn.personality = c.typedConstant();
      else if (c.kind === Token.metadataName) {
        const isDebug = c.text === 'dbg';
        c.next();
        if (isDebug) fn.debug = Number(c.text);
        c.next();
      } else if (
        (c.kind === Token.word && !c.is('define') && !c.is('declare') && !c.is('attributes') && !this.#atLineStart()) ||
        c.kind === Token.attributes ||
        c.kind === Token.string
      ) {
        for (const [key, value] of c.attributes(groups)) {
          if (key === 'align' && typeof value === 'number') fn.align = value;
          else attributes.set(key, value);
        }
      } else break;
    }
    fn.attributes = attributes;
    this.pendingGroups.set(fn, groups);
  }

  #merge(own: Attributes, groups: readonly string[]): Attributes {
    if (groups.length === 0) return own;
    if (groups.length === 1 && own.size === 0) return this.groups.get(groups[0]) ?? own;
    const merged = new Map(groups.flatMap((g) => [...(this.groups.get(g) ?? [])]));
    for (const [key, value] of own) merged.set(key, value);
    return merged;
  }

  /** A body ends with a brace at the start of a line: nothing else within it starts a line so. */
  #skipBody(): void {
    const end = this.source.indexOf('\n}', this.lexer.start);
    if (end < 0) this.cursor.fail('the function has no end');
    let lines = this.lexer.line;
    for (let at = this.source.indexOf('\n', this.lexer.position); at >= 0 && at <= end; at = this.source.indexOf('\n', at + 1)) lines++;
    this.lexer.moveTo(end + 2, lines);
    this.cursor.next();
  }

  #blockOf(fn: IrFunction, name: string): Block {
    let blocks = this.blocksByFunction.get(fn);
    if (!blocks) this.blocksByFunction.set(fn, (blocks = new Map()));
    let block = blocks.get(name);
    if (!block) blocks.set(name, (block = { kind: 'block', name, index: -1, instructions: [] }));
    return block;
  }

  #body(fn: IrFunction, span: Span): void {
    const { cursor: c } = this;
    this.lexer.moveTo(span.at, span.line);
    c.next();
    const forwards = new Map<string, { value: Instruction; line: number }>();
    const scope: LocalScope = {
      fn,
      values: new Map(fn.params.map((p) => [p.name, p])),
      blocks: new Map(),
      forward: (name, type) => {
        const known = forwards.get(name);
        if (known) {
          if (known.value.type !== type) c.fail(`%${name} is used with two types`);
          return known.value;
        }
        const value: Instruction = { kind: 'instruction', op: 'unreachable', type, name, block: nowhere, irLine: this.lexer.line };
        forwards.set(name, { value, line: this.lexer.line });
        return value;
      },
    };
    c.scope = scope;
    let unnamed = fn.params.filter((p) => /^\d+$/.test(p.name)).length;
    const instructions = new InstructionReader(
      c,
      (name) => this.#blockOf(fn, name),
      (own, groups) => this.#merge(own, groups),
    );
    let block: Block | undefined;
    let records: DebugRecord[] = [];
    const startBlock = (name: string): Block => {
      const started = this.#blockOf(fn, name);
      if (started.index >= 0) c.fail(`block %${name} is defined twice`);
      started.index = fn.blocks.length;
      fn.blocks.push(started);
      return started;
    };
    while (!c.is('}')) {
      if (c.kind === Token.end) c.fail('the function has no end');
      if (c.kind === Token.label) {
        if (block && !endsBlock(block)) c.fail(`block %${block.name} has no terminator`);
        block = startBlock(c.text);
        if (/^\d+$/.test(c.text)) unnamed = Number(c.text) + 1;
        c.next();
        continue;
      }
      block ??= startBlock(String(unnamed++));
      if (c.kind === Token.word && c.text.startsWith('#dbg_')) {
        records.push(this.#debugRecord());
        continue;
      }
      if (endsBlock(block)) block = startBlock(String(unnamed++));
      const irLine = this.lexer.line;
      let name: string | undefined;
      if (c.kind === Token.local) {
        name = c.text;
        c.next();
        c.expect('=');
      }
      const i = instructions.read({ block, name: name ?? '', irLine, ...(records.length > 0 ? { records } : {}) });
      records = [];
      if (i.type.kind !== 'void') {
        if (name === undefined) {
          i.name = String(unnamed++);
        } else if (/^\d+$/.test(name)) unnamed = Number(name) + 1;
        if (scope.values.has(i.name)) c.fail(`%${i.name} is defined twice`);
        scope.values.set(i.name, i);
      } else if (name !== undefined) c.fail(`%${name} is given no value`);
      block.instructions.push(i);
    }
    if (!block) return c.fail('a function without blocks');
    if (!endsBlock(block)) c.fail(`block %${block.name} has no terminator`);
    this.#resolve(fn, forwards, scope);
    for (const b of this.blocksByFunction.get(fn)?.values() ?? []) if (b.index < 0) c.fail(`block %${b.name} of ${fn.name} is not defined`);
    c.scope = undefined;
  }

  #resolve(fn: IrFunction, forwards: ReadonlyMap<string, { value: Instruction; line: number }>, scope: LocalScope): void {
    if (forwards.size === 0) return;
    const real = new Map<Value, Value>();
    for (const [name, { value, line }] of forwards) {
      const found = scope.values.get(name);
      if (!found) throw new IrSyntaxError(`%${name} is not defined`, line, 0);
      if (found.type !== value.type) throw new IrSyntaxError(`%${name} is used with another type than it has`, line, 0);
      real.set(value, found);
    }
    const replace = (v: Value): Value => real.get(v) ?? v;
    for (const block of fn.blocks) {
      for (const i of block.instructions) {
        mapOperands(i, replace);
        if (i.records)
          i.records = i.records.map((r) => ({
            ...r,
            operands: r.operands.map((o) => (typeof o === 'number' ? o : replaceInMetadata(o, replace))),
          }));
      }
    }
  }

  /** `#dbg_value(i32 %x, !5, !DIExpression(), !9)`. */
  #debugRecord(): DebugRecord {
    const { cursor: c } = this;
    const name = c.text.slice('#dbg_'.length);
    if (name !== 'value' && name !== 'declare' && name !== 'assign' && name !== 'label')
      return c.fail(`there is no debug record '#dbg_${name}'`);
    c.next();
    c.expect('(');
    const operands: (Value | MetadataRef)[] = [];
    const metadata = this.types.simple('metadata');
    while (!c.is(')')) {
      if (c.kind === Token.metadata) {
        operands.push(Number(c.text));
        c.next();
      } else if (c.kind === Token.metadataName || c.is('!'))
        operands.push({ kind: 'metadataValue', type: metadata, metadata: c.metadataNode(false) });
      else operands.push(c.typedValue());
      if (!c.take(',')) break;
    }
    c.expect(')');
    const location = operands.pop();
    if (typeof location !== 'number') return c.fail('a debug record without a location');
    return { kind: name, operands, location };
  }
}

function endsBlock(block: Block): boolean {
  const last = block.instructions.at(-1);
  return last !== undefined && isTerminator(last);
}

function replaceInMetadata(value: Value, replace: (v: Value) => Value): Value {
  if (value.kind !== 'metadataValue' || typeof value.metadata === 'string' || value.metadata.kind !== 'argList') return replace(value);
  return { ...value, metadata: { kind: 'argList', values: value.metadata.values.map(replace) } };
}

export type { Type };
