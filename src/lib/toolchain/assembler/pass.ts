/**
 * One reading of a text: statements in, bytes, symbols and fixups out. Addresses are offsets in sections and are known as the text is read,
 * because no instruction changes its size. Only forward references that must be numbers are not: the first pass notes
 * that it guessed, and the next one is told where the labels were.
 */
import type { Problem } from '../../problem.ts';
import type { ObjectFile, ObjectSymbol, Section } from '../object/object.ts';
import { Cursor, SyntaxProblem } from './cursor.ts';
import { directives } from './directives.ts';
import { parseExpression, number, type Scope, type Value } from './expression.ts';
import { resolveFixup, type Fixup } from './fixups.ts';
import { encodeStatement } from './instructions.ts';
import type { Journal } from './journal.ts';
import { LiteralPool, type Literal } from './literals.ts';
import { bindArguments, substitute } from './macros.ts';
import { littleEndian, Output, type Position } from './output.ts';
import { splitStatements, type Statement } from './statements.ts';
import type { AssemblerState, Place } from './state.ts';

export type AssemblerOptions = {
  /** Text of `.include "path"`; undefined if there is no such file. */
  include?: (path: string) => string | undefined;
  /** Contents of `.incbin "path"`. */
  incbin?: (path: string) => Uint8Array | undefined;
  /** Makes line information for a debugger, from the places of the statements unless the text has `.loc` of its own. */
  debug?: { directory: string; producer: string };
};

/** Where labels were at the end of the pass before. */
export type Hints = ReadonlyMap<string, NonNullable<ObjectSymbol['place']>>;

/** A text being read: the source, the body of a macro, or a repetition. */
type Stream = {
  statements: readonly Statement[];
  at: number;
  /** For macros: the call, shown with problems in the body. */
  call?: { name: string; place: Place };
  /** Depth of conditionals when it was entered, for `.exitm`. */
  conditionals: number;
};

type Conditional = { taken: boolean; active: boolean; seenElse: boolean; place: Place };

const MAX_STATEMENTS = 4_000_000;
const MAX_NESTING = 200;
const MAX_PROBLEMS = 50;
const EQUATE_DEPTH = 100;

const labelPattern = /(?:([A-Za-z_.$\u0080-\uffff][\w.$\u0080-\uffff]*|"(?:[^"\\]|\\.)*")|(\d+))\s*:/y;
const assignmentPattern = /([A-Za-z_.$\u0080-\uffff][\w.$\u0080-\uffff]*|"(?:[^"\\]|\\.)*")\s*(==?)(?!=)/y;
const wordPattern = /[^\s,;"'()[\]{}#]+/y;

export class Pass extends Output implements Scope {
  readonly options: AssemblerOptions;
  readonly problems: Problem[] = [];
  readonly conditionals: Conditional[] = [];
  /** Labels defined in this pass, by name; hints for the next. */
  readonly defined = new Map<string, NonNullable<ObjectSymbol['place']>>();
  /** Numbers were needed of symbols that were not yet defined. */
  guessed = false;
  place: Place = { file: '', line: 0, column: 0 };
  readonly positions: { position: Position | undefined; previous: Position | undefined }[] = [];
  private readonly hints: Hints;
  private readonly streams: Stream[] = [];
  private readonly fixups: Fixup[] = [];
  private executed = 0;
  private ended = false;
  private readonly usedHints = new Map<string, NonNullable<ObjectSymbol['place']>>();

  constructor(object: ObjectFile, state: AssemblerState, journal: Journal, options: AssemblerOptions, hints: Hints) {
    super(object, state, journal);
    this.options = options;
    this.hints = hints;
  }

  /** Reads the text and resolves what it left open. */
  run(text: string, file: string, line: number, section: Section | undefined): void {
    if (section) this.position = { base: section, number: 0 };
    this.streams.push({ statements: splitStatements(text, file, line), at: 0, conditionals: 0 });
    this.drain();
    for (const { place } of this.conditionals) this.report({ severity: 'error', place, message: '.if without .endif' });
    this.settle();
  }

  /** Turns fixups into bytes and relocations; everything they refer to in this text is known now. */
  settle(): void {
    for (const fixup of this.fixups) {
      this.place = fixup.place;
      this.guard(() => resolveFixup(this, fixup));
    }
    this.fixups.length = 0;
  }

  /** Whether what was guessed turned out to be so. */
  get isConsistent(): boolean {
    if (this.guessed) return false;
    for (const [name, guess] of this.usedHints) {
      const now = this.defined.get(name);
      if (!now || !samePlace(now, guess)) return false;
    }
    return true;
  }

  private drain(): void {
    while (this.streams.length > 0 && !this.ended) {
      const stream = this.streams[this.streams.length - 1];
      if (stream.at >= stream.statements.length) {
        this.streams.pop();
        continue;
      }
      const statement = stream.statements[stream.at++];
      if (++this.executed > MAX_STATEMENTS) {
        this.ended = true;
        this.fail('the text is too long: more than four million statements after expansion', statement);
        return;
      }
      this.statement(statement);
      if (this.problems.length > MAX_PROBLEMS) this.ended = true;
    }
  }

  private guard(action: () => void): void {
    try {
      action();
    } catch (cause) {
      if (!(cause instanceof SyntaxProblem)) throw cause;
      this.error(cause.message, cause.hint);
    }
  }

  // Problems.

  error(message: string, hint?: string): void {
    this.report({ severity: 'error', place: { ...this.place }, message, ...(hint === undefined ? {} : { hint }) });
  }

  warn(message: string): void {
    this.report({ severity: 'warning', place: { ...this.place }, message });
  }

  private fail(message: string, at: Statement): void {
    this.place = { file: at.file, line: at.line, column: 0 };
    this.error(message);
  }

  private report(problem: Problem): void {
    this.problems.push(problem);
    for (let i = this.streams.length - 1; i >= 0; i--) {
      const { call } = this.streams[i];
      if (call) this.problems.push({ severity: 'note', place: { ...call.place }, message: `in macro '${call.name}', used here` });
    }
  }

  // Statements.

  private statement({ text, file, line }: Statement): void {
    this.place = { file, line, column: 0 };
    this.guard(() => this.interpret(new Cursor(text)));
  }

  private get isSkipping(): boolean {
    const last = this.conditionals.at(-1);
    return last !== undefined && !last.active;
  }

  private interpret(cursor: Cursor): void {
    if (this.isSkipping) {
      const word = cursor.match(wordPattern)?.[0].toLowerCase() ?? '';
      if (/^\.(if|else|endif)/.test(word)) directives.get(word)?.(this, cursor, word);
      return;
    }
    for (let label = cursor.match(labelPattern); label; label = cursor.match(labelPattern)) {
      if (label[2] !== undefined) this.defineNumeric(Number(label[2]));
      else this.defineLabel(new Cursor(label[1]).name());
    }
    if (cursor.atEnd()) return;
    const start = cursor.at;
    const assignment = cursor.match(assignmentPattern);
    if (assignment) {
      const name = new Cursor(assignment[1]).name();
      const value = parseExpression(cursor, this);
      cursor.expectEnd();
      if (name === '.') this.moveTo(value, 0);
      else this.assign(name, value, assignment[2] === '==');
      return;
    }
    cursor.at = start;
    const word = cursor.match(wordPattern)?.[0];
    if (word === undefined) throw new SyntaxProblem(`unexpected '${cursor.rest()}'`);
    const lower = word.toLowerCase();
    const directive = word.startsWith('.') ? directives.get(lower) : undefined;
    if (directive) {
      directive(this, cursor, lower);
      return;
    }
    const macro = this.state.macros.get(lower);
    if (macro) {
      const body = substitute(macro.body, bindArguments(macro, cursor), this.state.expansions++);
      this.push(body, { name: macro.name, place: { ...this.place } });
      return;
    }
    if (word.startsWith('.')) throw new SyntaxProblem(`unknown directive '${word}'`);
    cursor.at = start;
    const alias = /^\s*\.req\b/.exec(cursor.text.slice(start + word.length));
    if (alias) {
      this.state.registerNames.set(lower, cursor.text.slice(start + word.length + alias[0].length).trim());
      return;
    }
    encodeStatement(this, cursor.text.slice(start));
  }

  /** Continues with other statements, then comes back. */
  push(statements: readonly Statement[], call?: Stream['call']): void {
    if (this.streams.length >= MAX_NESTING) throw new SyntaxProblem('macros and repetitions are nested too deeply');
    this.streams.push({ statements, at: 0, conditionals: this.conditionals.length, ...(call ? { call } : {}) });
  }

  include(path: string): void {
    const text = this.options.include?.(path);
    if (text === undefined) throw new SyntaxProblem(`cannot find '${path}'`);
    this.push(splitStatements(text, path));
  }

  /**
   * `.loc ... view NAME`: the name stands for how many line entries there are at this address before this one, so that location lists can
   * tell them apart. Line entries themselves are not made.
   */
  countView(name: string | undefined): void {
    const section = this.section;
    const last = this.state.lastView;
    const count = last && last.section === section && last.offset === section.size ? last.count + 1 : 0;
    this.state.lastView = { section, offset: section.size, count };
    if (name !== undefined) this.assign(name, number(BigInt(count)), false);
  }

  /** The instruction that follows has a line: that of `.loc`, or with `debug` that of its statement. */
  recordLine(): void {
    const { lines } = this.state;
    if (lines.pending) {
      lines.rows.push({ ...lines.pending, at: this.anchor() });
      delete lines.pending;
    } else if (this.options.debug && !this.state.lastView) {
      const { file, line } = this.statementPlace();
      const last = lines.rows.at(-1);
      const number = this.fileNumber(file);
      const sameSection = last?.at.place && 'section' in last.at.place && last.at.place.section === this.section;
      if (!sameSection || last.line !== line || last.file !== number)
        lines.rows.push({ file: number, line, column: 0, isStatement: true, at: this.anchor() });
    }
  }

  /** In a macro: its outermost call, which is the line that a person wrote for this place. */
  private statementPlace(): Place {
    return this.streams.find(({ call }) => call !== undefined)?.call?.place ?? this.place;
  }

  private fileNumber(name: string): number {
    const { files } = this.state.lines;
    for (const [number, file] of files) if (file.name === name) return number;
    const number = files.size;
    files.set(number, { directory: this.options.debug?.directory ?? '', name });
    return number;
  }

  /** Leaves the innermost macro. */
  exitMacro(): void {
    const depth = this.streams.findLastIndex((stream) => stream.call !== undefined);
    if (depth < 0) throw new SyntaxProblem('.exitm outside of a macro');
    this.conditionals.length = this.streams[depth].conditionals;
    this.streams.length = depth;
  }

  end(): void {
    this.ended = true;
  }

  /** Takes the statements up to the one that closes this block; blocks may nest. */
  takeBlock(opens: RegExp, closes: RegExp, what: string): Statement[] {
    const stream = this.streams[this.streams.length - 1];
    const body: Statement[] = [];
    for (let depth = 1; stream.at < stream.statements.length;) {
      const statement = stream.statements[stream.at++];
      const word = /^(?:[\w.$]+\s*:\s*)*(\.?\w+)/.exec(statement.text)?.[1].toLowerCase() ?? '';
      if (opens.test(word)) depth++;
      else if (closes.test(word) && --depth === 0) return body;
      body.push(statement);
    }
    throw new SyntaxProblem(`${what} is not closed`);
  }

  // Symbols and values.

  /** A name for the n-th definition of a numeric label; no source can contain it by accident, and GNU as accepts it. */
  private numericName(label: number, instance: number): string {
    return `.Llocal$${label}$${instance}`;
  }

  private defineNumeric(label: number): void {
    const instance = (this.state.numericLabels.get(label) ?? 0) + 1;
    this.state.numericLabels.set(label, instance);
    this.defineLabel(this.numericName(label, instance));
  }

  numericLabel(label: number, direction: 'b' | 'f'): Value {
    const instance = this.state.numericLabels.get(label) ?? 0;
    if (direction === 'b' && instance === 0) throw new SyntaxProblem(`there is no label ${label}: before '${label}b'`);
    return { constant: 0n, add: this.symbol(this.numericName(label, direction === 'b' ? instance : instance + 1)) };
  }

  defineLabel(name: string): void {
    const symbol = this.symbol(name);
    if (symbol.place || this.state.equates.has(symbol) || symbol.type === 'common')
      throw new SyntaxProblem(`symbol '${name}' is already defined`);
    const section = this.section;
    this.journal.symbol(symbol);
    symbol.place = { section, offset: section.size };
    this.defined.set(name, symbol.place);
    if (this.isUnbound(symbol)) symbol.binding = 'local';
  }

  /** Symbols are local unless something says otherwise; `symbolOf` makes them global because undefined ones are. */
  private isUnbound(symbol: ObjectSymbol): boolean {
    return symbol.binding === 'global' && !symbol.declared;
  }

  /** `.set`, `=`: `fixed` for `.equiv` and `==`, which define once. */
  assign(name: string, value: Value, fixed: boolean): void {
    let symbol = this.symbol(name);
    const before = this.state.equates.get(symbol);
    if ((symbol.place && !before) || (before && fixed)) throw new SyntaxProblem(`symbol '${name}' is already defined`);
    if (before && !symbol.declared) {
      // What was read before keeps the value that the symbol had then.
      const { place: _place, size: _size, ...rest } = symbol;
      symbol = { ...rest, size: 0n };
      this.journal.enter(name, symbol);
    }
    this.journal.symbol(symbol);
    const settled = this.reduce(value, 0);
    if (settled.add === symbol) throw new SyntaxProblem(`symbol '${name}' is defined by itself`);
    this.state.equates.set(symbol, settled);
    if (this.isUnbound(symbol)) symbol.binding = 'local';
    this.placeEquate(symbol, settled);
    if (symbol.place) this.defined.set(name, symbol.place);
  }

  private placeEquate(symbol: ObjectSymbol, value: Value): void {
    const place = this.placeOf(value);
    if (place) symbol.place = place;
    else delete symbol.place;
    const { add } = value;
    if (add && symbol.type === 'none' && value.constant === 0n) symbol.type = add.type;
  }

  private placeOf(value: Value): ObjectSymbol['place'] {
    if (value.sub) return undefined;
    if (!value.add) return { absolute: BigInt.asIntN(64, value.constant) };
    const { place } = value.add;
    if (!place) return undefined;
    if ('absolute' in place) return { absolute: place.absolute + value.constant };
    return { section: place.section, offset: place.offset + Number(value.constant) };
  }

  /** Equates whose value was not known where they stood; to be called when everything is. */
  settleEquates(): void {
    for (const [symbol, value] of this.state.equates) {
      if (symbol.place) continue;
      const settled = this.reduce(value, 0);
      this.journal.symbol(symbol);
      this.placeEquate(symbol, settled);
    }
  }

  nameValue(name: string): Value {
    const symbol = this.symbol(name);
    if (symbol.place && 'absolute' in symbol.place && symbol.binding !== 'weak') return number(symbol.place.absolute);
    return { constant: 0n, add: symbol };
  }

  here(): Value {
    return { constant: 0n, add: this.anchor() };
  }

  /** Replaces symbols by what they are equal to, and differences by numbers, as far as known. */
  reduce(value: Value, depth: number): Value {
    if (depth > EQUATE_DEPTH) throw new SyntaxProblem('symbols are defined by each other');
    const { add, sub } = value;
    let { constant } = value;
    const equal = add && !add.place ? this.state.equates.get(add) : undefined;
    if (equal && !equal.sub) return this.reduce({ ...value, add: equal.add, constant: constant + equal.constant }, depth + 1);
    if (equal && !sub) return this.reduce({ add: equal.add, sub: equal.sub, constant: constant + equal.constant }, depth + 1);
    const equalSub = sub && !sub.place ? this.state.equates.get(sub) : undefined;
    if (equalSub && !equalSub.sub) return this.reduce({ ...value, sub: equalSub.add, constant: constant - equalSub.constant }, depth + 1);
    let left = add;
    let right = sub;
    if (left?.place && 'absolute' in left.place && left.binding === 'local') {
      constant += left.place.absolute;
      left = undefined;
    }
    if (right?.place && 'absolute' in right.place && right.binding === 'local') {
      constant -= right.place.absolute;
      right = undefined;
    }
    if (left && right) {
      const distance = this.distance(left, right);
      if (distance !== undefined) return number(BigInt.asIntN(64, constant + distance));
    }
    return { constant, ...(left ? { add: left } : {}), ...(right ? { sub: right } : {}) };
  }

  distance(left: ObjectSymbol, right: ObjectSymbol): bigint | undefined {
    if (left === right) return 0n;
    const a = left.place;
    const b = right.place;
    if (!a || !b || !('section' in a) || !('section' in b) || a.section !== b.section) return undefined;
    return BigInt(a.offset - b.offset);
  }

  /** A symbol's place, or in a later pass where it was in the one before. */
  private expectedPlace(symbol: ObjectSymbol): ObjectSymbol['place'] {
    if (symbol.place) return symbol.place;
    const hint = this.hints.get(symbol.name);
    if (hint) this.usedHints.set(symbol.name, hint);
    return hint;
  }

  /** The number that a symbol will be given further on (`.set`), as the pass before found. */
  laterConstant({ add, sub, constant }: Value): bigint | undefined {
    if (!add || sub || add.place || !this.hints.has(add.name)) return undefined;
    const place = this.expectedPlace(add);
    return place && 'absolute' in place ? place.absolute + constant : undefined;
  }

  number(value: Value, what: string): bigint {
    const { constant, add, sub } = this.reduce(value, 0);
    if (!add && !sub) return constant;
    const a = add ? this.expectedPlace(add) : { absolute: 0n };
    const b = sub ? this.expectedPlace(sub) : { absolute: 0n };
    if (!a || !b) {
      this.guessed = true;
      const missing = !a ? add : sub;
      this.unknown.set(missing?.name ?? '', { place: { ...this.place }, what });
      return constant;
    }
    if ('absolute' in a && 'absolute' in b) return constant + a.absolute - b.absolute;
    if ('section' in a && 'section' in b && this.baseOf(a.section) === this.baseOf(b.section))
      return constant + BigInt(a.offset - b.offset);
    const names = [add, sub].filter((symbol) => symbol !== undefined).map((symbol) => `'${symbol.name}'`);
    throw new SyntaxProblem(`${what} must be a number, but depends on the address of ${names.join(' and ')}`);
  }

  /** Symbols that were guessed, with where and why they were needed. */
  readonly unknown = new Map<string, { place: Place; what: string }>();

  /** Hints of an earlier pass name sections that its rollback may have replaced by new ones of the same name. */
  private baseOf(section: Section): string {
    return `${section.name}\0${section.flags.group ?? ''}`;
  }

  expression(cursor: Cursor): Value {
    return parseExpression(cursor, this);
  }

  numberAt(cursor: Cursor, what: string): bigint {
    return this.number(parseExpression(cursor, this), what);
  }

  // Sections and contents.

  word(word: number, fixup?: Pick<Fixup, 'relocation' | 'value'>): void {
    const section = this.section;
    section.align = Math.max(section.align, 4);
    // After data of odd size; labels before the instruction stay where they are, as in GNU as.
    if (section.flags.exec && section.size % 4 !== 0) this.emit(new Uint8Array(4 - (section.size % 4)));
    this.recordLine();
    if (fixup) this.fixups.push({ ...fixup, section, offset: section.size, size: 4, place: { ...this.place } });
    this.emit(Uint8Array.of(word, word >>> 8, word >>> 16, word >>> 24), 'code');
  }

  /** Data whose value may be known later. `relocation` names its kind, or the value's form decides. */
  datum(value: Value, size: 1 | 2 | 4 | 8 | 16, relocation?: string): void {
    const section = this.section;
    const offset = section.size;
    const reduced = this.reduce(value, 0);
    if (!reduced.add && !reduced.sub && relocation === undefined) {
      this.checkWidth(reduced.constant, size);
      this.emit(littleEndian(reduced.constant, size));
      return;
    }
    if (size === 16) throw new SyntaxProblem('a symbol does not fit 16 bytes');
    this.emit(new Uint8Array(size));
    if (section.type === 'nobits') throw new SyntaxProblem(`section '${section.name}' holds only zeros, it has no contents in the file`);
    this.fixups.push({
      section,
      offset,
      size,
      value: reduced,
      place: { ...this.place },
      ...(relocation === undefined ? {} : { relocation }),
    });
  }

  checkWidth(value: bigint, size: number): void {
    const bits = BigInt(size * 8);
    if (value >= 1n << bits || value < -(1n << (bits - 1n)))
      this.warn(
        `value ${value < 0n ? '-' : ''}0x${(value < 0n ? -value : value).toString(16)} does not fit ${size * 8} bits and is truncated`,
      );
  }

  /** Relocation at a place of the current section, as `.reloc` asks. */
  relocate(offset: number, relocation: string, value: Value): void {
    this.fixups.push({ section: this.section, offset, size: 0, relocation, value, place: { ...this.place } });
  }

  /** `.org` and assignments to `.`: only forwards. */
  moveTo(target: Value, fill: number): void {
    const section = this.section;
    const { add, sub, constant } = this.reduce(target, 0);
    let offset = constant;
    if (add) {
      const place = this.expectedPlace(add);
      if (!place) {
        this.number(target, 'the new position');
        return;
      }
      if (sub || !('section' in place) || this.baseOf(place.section) !== this.baseOf(section))
        throw new SyntaxProblem('the new position must be in the same section');
      offset += BigInt(place.offset);
    }
    const distance = offset - BigInt(section.size);
    if (distance < 0n) {
      if (this.guessed) return;
      throw new SyntaxProblem(`cannot move backwards, by ${-distance} bytes`);
    }
    this.fill(distance, fill);
  }

  // Literal pools.

  literal(value: Value, size: Literal['size']): ObjectSymbol {
    const { section } = this;
    let pool = this.state.pools.get(section);
    if (!pool) this.state.pools.set(section, (pool = new LiteralPool()));
    return pool.label(this.reduce(value, 0), size, () => {
      let n = this.object.symbols.size;
      while (!this.isFree(`.Lliteral$${n}`)) n++;
      return this.symbol(`.Lliteral$${n}`);
    });
  }

  placeLiterals(): void {
    const pool = this.state.pools.get(this.section);
    if (!pool || pool.isEmpty) return;
    for (const { value, size, label } of pool.take()) {
      const gap = (size - (this.section.size % size)) % size;
      if (gap > 0) this.emit(new Uint8Array(gap));
      this.section.align = Math.max(this.section.align, size);
      this.defineLabel(label.name);
      this.datum(value, size);
    }
  }
}

function samePlace(a: NonNullable<ObjectSymbol['place']>, b: NonNullable<ObjectSymbol['place']>): boolean {
  if ('absolute' in a) return 'absolute' in b && a.absolute === b.absolute;
  return 'section' in b && a.section.name === b.section.name && a.offset === b.offset;
}
