import type { Problem, Result } from '../../problem.ts';
import { Cursor, Pool } from './cursor.ts';
import { Char, IrSyntaxError, Lexer, placeIn, Token } from './lexer.ts';
import { LazyMetadata } from './metadata.ts';
import { readAttributeGroup } from './read-attributes.ts';
import { readFunction, skipUseListOrder } from './read-functions.ts';
import { readGlobal } from './read-globals.ts';
import { readType } from './read-types.ts';
import { readDefinition, readReference } from './read-values.ts';
import { Symbols } from './symbols.ts';
import { TypeTable, typeText, unboundedType } from './type-table.ts';
import type { MetadataRef, Module } from './types.ts';

/** How deep a type's structures may nest in each other. */
const maxTypeDepth = 500;

/**
 * Reads a module of textual LLVM IR, as clang 22 writes it (and, where the language did not change, older ones); bytes are UTF-8.
 * A failure is one problem with the line and column in the text and what was expected there; `file` names the text in it.
 *
 * In the module every name is resolved, every operand has the type that its use says, every block ends with its only terminator and
 * types have a finite size. What a careful reader of hand-written IR checks beyond that (dominance, phis, types that an operation
 * takes) is in {@link verifyModule}.
 */
export function readIr(source: string | Uint8Array, file = 'IR'): Result<Module> {
  const text = typeof source === 'string' ? source : new TextDecoder().decode(source);
  try {
    return { ok: true, value: new ModuleReader(text).read() };
  } catch (error) {
    if (!(error instanceof IrSyntaxError)) throw error;
    const problem: Problem = { severity: 'error', place: { file, ...placeIn(text, error.at) }, message: error.message };
    return { ok: false, problems: [problem] };
  }
}

/** One pass over the text; what is used before it is defined is filled in when it is. */
class ModuleReader {
  readonly #c: Cursor;
  readonly #comdats = new Map<string, string>();
  readonly #moduleAsm: string[] = [];
  readonly #namedMetadata = new Map<string, readonly MetadataRef[]>();
  #sourceFile = '';
  #dataLayout = '';
  #triple = '';

  constructor(source: string) {
    const lexer = new Lexer(source);
    const types = new TypeTable();
    this.#c = new Cursor(lexer, types, new Symbols(lexer, types), new Pool());
  }

  read(): Module {
    const c = this.#c;
    c.next();
    while (c.kind !== Token.end) this.#topLevel();
    const endless = unboundedType(c.types.named.values(), maxTypeDepth);
    if (endless) c.fail(`type ${typeText(endless)} contains itself, or types nested deeper than ${maxTypeDepth} levels`);
    c.symbols.finish();
    return {
      sourceFile: this.#sourceFile,
      dataLayout: this.#dataLayout,
      triple: this.#triple,
      moduleAsm: this.#moduleAsm,
      namedTypes: c.types.named,
      globals: [...c.symbols.globals.values()],
      metadata: new LazyMetadata(c.symbols.metadata, c.fork()),
      namedMetadata: this.#namedMetadata,
      comdats: this.#comdats,
    };
  }

  #topLevel(): void {
    const c = this.#c;
    switch (c.kind) {
      case Token.global:
        return readGlobal(c);
      case Token.local:
        return this.#namedType();
      case Token.comdat:
        return this.#comdat();
      case Token.metadata: {
        const { number, start, line } = c.lexer;
        c.symbols.metadata.define(number, start, line);
        c.next();
        c.expect(Char.equal);
        readDefinition(c);
        return;
      }
      case Token.metadataName:
        return this.#metadataList();
      case Token.word:
        return this.#keyword();
      case Char.caret:
        return this.#summary();
    }
    c.unexpected('a definition');
  }

  #keyword(): void {
    const c = this.#c;
    const { line } = c.lexer;
    if (c.takeWord('define')) readFunction(c, true, line);
    else if (c.takeWord('declare')) readFunction(c, false, line);
    else if (c.takeWord('attributes')) this.#attributeGroup();
    else if (c.takeWord('source_filename')) {
      c.expect(Char.equal);
      this.#sourceFile = c.string('a file name');
    } else if (c.takeWord('target')) {
      const what = c.word("'triple' or 'datalayout'");
      c.expect(Char.equal);
      const text = c.string('a string');
      if (what === 'triple') this.#triple = text;
      else if (what === 'datalayout') this.#dataLayout = text;
      else c.fail(`target has no '${what}'`);
    } else if (c.takeWord('module')) {
      c.expectWord('asm');
      this.#moduleAsm.push(c.string('assembly'));
    } else if (c.takeWord('uselistorder') || c.takeWord('uselistorder_bb')) skipUseListOrder(c);
    else c.unexpected('a definition');
  }

  #attributeGroup(): void {
    const c = this.#c;
    if (c.kind !== Token.attributes) c.unexpected('the number of an attribute group');
    const { number, start } = c.lexer;
    c.next();
    c.expect(Char.equal);
    c.symbols.defineGroup(number, readAttributeGroup(c), start);
  }

  #namedType(): void {
    const c = this.#c;
    const name = c.text;
    const at = c.lexer.start;
    c.next();
    c.expect(Char.equal);
    c.expectWord('type');
    if (c.takeWord('opaque')) {
      c.types.namedStruct(name);
      return;
    }
    const body = readType(c);
    if (body.kind !== 'struct' || body.name !== undefined) return c.fail('a named type that is not a structure', at);
    if (!c.types.define(name, body)) c.fail(`%${name} is defined twice`, at);
  }

  #comdat(): void {
    const c = this.#c;
    const name = c.text;
    c.next();
    c.expect(Char.equal);
    c.expectWord('comdat');
    this.#comdats.set(name, c.word('a selection kind'));
  }

  /** `!llvm.ident = !{!0, !1}`. */
  #metadataList(): void {
    const c = this.#c;
    const name = c.text;
    c.next();
    c.expect(Char.equal);
    c.expect(Char.bang);
    c.expect(Char.openBrace);
    const list: MetadataRef[] = [];
    while (c.kind !== Char.closeBrace) {
      list.push(readReference(c));
      if (!c.take(Char.comma)) break;
    }
    c.expect(Char.closeBrace);
    this.#namedMetadata.set(name, list);
  }

  /** `^0 = module: (...)`: a summary for link-time optimisation, one to a line. */
  #summary(): void {
    const c = this.#c;
    const { source, start, line } = c.lexer;
    const end = source.indexOf('\n', start);
    c.lexer.moveTo(end < 0 ? source.length : end, line);
    c.next();
  }
}
