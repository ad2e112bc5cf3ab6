import type { Problem } from '../../problem.ts';
import { both } from './ast.ts';
import type { Attributes, CompareOp, Entry, Expr, KconfigFile, Operand, Place, Selection, ValueType } from './ast.ts';
import { Lexer, type LogicalLine, type Token } from './lexer.ts';
import { Macros } from './macros.ts';

/** Where `source` finds its files. Paths are as written, relative ones to wherever the reader likes: the pool's root. */
export type KconfigReader = {
  /** Text of a file, undefined when there is none. */
  read(path: string): string | undefined;
  /** Sorted paths that match a shell pattern. */
  glob(pattern: string): string[];
};

const typeWords: Readonly<Record<string, { type: ValueType; isDefault: boolean }>> = {
  bool: { type: 'bool', isDefault: false },
  boolean: { type: 'bool', isDefault: false },
  tristate: { type: 'tristate', isDefault: false },
  int: { type: 'int', isDefault: false },
  hex: { type: 'hex', isDefault: false },
  string: { type: 'string', isDefault: false },
  def_bool: { type: 'bool', isDefault: true },
  def_tristate: { type: 'tristate', isDefault: true },
  def_int: { type: 'int', isDefault: true },
  def_hex: { type: 'hex', isDefault: true },
  def_string: { type: 'string', isDefault: true },
};

const statements = new Set([
  'config', 'menuconfig', 'choice', 'endchoice', 'comment', 'menu', 'endmenu', 'if', 'endif', 'mainmenu',
  'source', 'rsource', 'osource', 'orsource', 'gsource', 'grsource',
]); // prettier-ignore

const maxIncludeDepth = 64;
/** Parentheses, negations and entries within each other. */
const maxNesting = 200;

/** Reads a Kconfig file and all that it sources. Problems do not stop it: what can be understood is in the tree. */
export function parseKconfig(
  top: string,
  reader: KconfigReader,
  environment: ReadonlyMap<string, string>,
): { file: KconfigFile; problems: Problem[] } {
  const problems: Problem[] = [];
  const macros = new Macros(environment);
  const text = reader.read(top);
  const file: KconfigFile = { mainMenu: 'Main menu', entries: [], files: [] };
  if (text === undefined) {
    problems.push({ severity: 'error', place: { file: top, line: 1, column: 0 }, message: 'file not found' });
    return { file, problems };
  }
  const shared: Shared = { reader, macros, problems, file, active: [] };
  file.entries = new FileParser(top, text, shared).parseFile();
  return { file, problems: [...problems, ...macros.problems] };
}

type Shared = { reader: KconfigReader; macros: Macros; problems: Problem[]; file: KconfigFile; active: string[] };

/** Recursive descent over the lines of one file; `source` starts another for the file it names. */
class FileParser {
  private readonly lexer: Lexer;
  private readonly path: string;
  private readonly shared: Shared;
  private line: LogicalLine | undefined;
  private tokens: readonly Token[] = [];
  private next = 0;
  private nesting = 0;

  constructor(path: string, text: string, shared: Shared) {
    this.path = path;
    this.shared = shared;
    this.lexer = new Lexer(path, text, shared.macros, shared.problems);
    if (!shared.file.files.includes(path)) shared.file.files.push(path);
  }

  parseFile(): Entry[] {
    this.shared.active.push(this.path);
    this.advance();
    const entries: Entry[] = [];
    while (this.line) {
      entries.push(...this.block([]));
      const stray = this.tokens[0];
      if (!stray) break;
      this.error(stray.place, `"${stray.text}" without a ${stray.text.slice(3)} to end`);
      this.advance();
    }
    this.shared.active.pop();
    return entries;
  }

  /** Statements up to a line that starts with one of `ends` (or any end word at top level), which stays current. */
  private block(ends: readonly string[]): Entry[] {
    const entries: Entry[] = [];
    while (this.line) {
      const head = this.tokens[0];
      if (head && (ends.includes(head.text) || /^end(menu|if|choice)$/.test(head.text))) break;
      entries.push(...this.statement());
    }
    return entries;
  }

  private statement(): Entry[] {
    const line = this.line;
    if (line?.assignment) {
      const { name, op, text, place } = line.assignment;
      this.shared.macros.assign(name, op, text, place);
      this.advance();
      return [];
    }
    const head = this.tokens[this.next++];
    if (!head) return [];
    switch (head.kind === 'word' ? head.text : '') {
      case 'mainmenu':
        this.shared.file.mainMenu = this.string('the title of the main menu') ?? this.shared.file.mainMenu;
        this.endOfLine();
        return [];
      case 'config':
      case 'menuconfig':
        return this.config(head);
      case 'menu':
        return [this.menu(head)];
      case 'choice':
        return [this.choice(head)];
      case 'if':
        return [this.conditional(head)];
      case 'comment':
        return [this.comment(head)];
      case 'source':
      case 'gsource':
      case 'rsource':
      case 'grsource':
      case 'osource':
      case 'orsource':
        return this.source(head);
      default:
        this.error(head.place, `unknown statement "${head.text}"`, this.spelling(head.text));
        this.advance();
        return [];
    }
  }

  private spelling(word: string): string | undefined {
    if (Object.hasOwn(typeWords, word) || ['default', 'depends', 'select', 'imply', 'help', 'prompt', 'range'].includes(word))
      return `"${word}" belongs under a config, menuconfig or choice`;
    const near = [...statements].find((s) => Math.abs(s.length - word.length) <= 1 && [...s].filter((c) => !word.includes(c)).length <= 1);
    return near ? `did you mean "${near}"?` : undefined;
  }

  private config(head: Token): Entry[] {
    const name = this.tokens[this.next++];
    if (!name || name.kind !== 'word' || !/^[A-Za-z0-9_]+$/.test(name.text)) {
      this.error(name?.place ?? head.place, `${head.text} needs the name of a symbol`);
      this.advance();
      this.attributes('config');
      return [];
    }
    this.endOfLine();
    const kind = head.text === 'menuconfig' ? 'menuconfig' : 'config';
    return [{ kind, name: name.text, attributes: this.attributes(kind), place: name.place }];
  }

  private menu(head: Token): Entry {
    const attributes = this.titled(head);
    const children = this.closed(head, 'endmenu');
    return { kind: 'menu', attributes, children, place: head.place };
  }

  private comment(head: Token): Entry {
    return { kind: 'comment', attributes: this.titled(head), place: head.place };
  }

  private titled(head: Token): Attributes {
    const place = this.tokens[this.next]?.place ?? head.place;
    const text = this.string(`the text of the ${head.text}`) ?? '';
    this.endOfLine();
    return { ...this.attributes(head.text === 'menu' ? 'menu' : 'comment'), prompt: { text, place } };
  }

  private choice(head: Token): Entry {
    const name = this.tokens[this.next];
    if (name) this.next++;
    this.endOfLine();
    const attributes = this.attributes('choice');
    const children = this.closed(head, 'endchoice');
    return { kind: 'choice', ...(name ? { name: name.text } : {}), attributes, children, place: head.place };
  }

  private conditional(head: Token): Entry {
    const condition = this.expression() ?? { kind: 'constant', value: 'n', place: head.place };
    this.endOfLine();
    return { kind: 'if', condition, children: this.closed(head, 'endif'), place: head.place };
  }

  private closed(head: Token, end: string): Entry[] {
    this.nesting++;
    const children = this.nesting > maxNesting ? this.skipRest(head) : this.block([end]);
    this.nesting--;
    const found = this.tokens[0];
    if (found?.text === end) {
      this.next = 1;
      this.endOfLine();
    } else if (found) this.error(found.place, `expected ${end} for the ${head.text} of line ${head.place.line}, found ${found.text}`);
    else this.error(head.place, `${head.text} without ${end}`, `add ${end} after the last entry of this ${head.text}`);
    return children;
  }

  /** Gives up on the rest of the file. */
  private skipRest(head: Token): Entry[] {
    this.error(head.place, `nested deeper than ${maxNesting}`);
    while (this.line) this.advance();
    return [];
  }

  private source(head: Token): Entry[] {
    const place = this.tokens[this.next]?.place ?? head.place;
    const written = this.string('the path of a file') ?? '';
    this.endOfLine(false);
    const optional = head.text.startsWith('o') || head.text.startsWith('g');
    const relative = /^o?g?r/.test(head.text);
    const pattern = relative && !written.startsWith('/') ? `${this.path.replace(/[^/]*$/, '')}${written}` : written;
    const paths = /[*?[]/.test(pattern) ? this.shared.reader.glob(pattern) : [pattern];
    const entries: Entry[] = [];
    let found = 0;
    for (const path of paths) {
      const text = this.shared.reader.read(path);
      if (text === undefined) continue;
      found++;
      if (this.shared.active.includes(path) || this.shared.active.length > maxIncludeDepth)
        this.error(place, `"${path}" sources itself: ${[...this.shared.active, path].join(' -> ')}`);
      else entries.push(...new FileParser(path, text, this.shared).parseFile());
    }
    if (found === 0 && !optional) this.error(place, `file not found: "${pattern}"`, `use osource where the file may be missing`);
    this.advance();
    return entries;
  }

  private attributes(owner: 'config' | 'menuconfig' | 'choice' | 'menu' | 'comment'): Attributes {
    const out: Attributes = { defaults: [], selects: [], implies: [], ranges: [] };
    while (this.line && !this.line.assignment) {
      const head = this.tokens[0];
      if (!head || (head.kind === 'word' && statements.has(head.text))) break;
      this.next = 1;
      if (head.kind !== 'word' || !this.attribute(head, owner, out)) {
        // An unknown word ends a config for `make`-like recovery: report it here, where the entry that it spoils is known.
        this.error(head.place, `unknown attribute "${head.text}" in ${owner}`, this.spelling(head.text));
        this.advance();
      }
    }
    return out;
  }

  /** One line of an entry. False when its first word is not known. */
  private attribute(head: Token, owner: string, out: Attributes): boolean {
    const word = head.text;
    const typed = Object.hasOwn(typeWords, word) ? typeWords[word] : undefined;
    if (typed) this.typeLine(head, typed, out);
    else if (word === 'prompt') this.promptLine(out);
    else if (word === 'default') {
      const value = this.expression();
      if (value) out.defaults.push({ value, ...this.ifPart(), place: head.place });
      this.endOfLine();
    } else if (word === 'select' || word === 'imply') this.selectLine(head, word === 'select' ? out.selects : out.implies);
    else if (word === 'range') this.rangeLine(head, out);
    else if (word === 'depends') {
      if (this.tokens[this.next]?.text === 'on') this.next++;
      else this.error(head.place, '"depends" must be followed by "on"');
      out.dependsOn = both(out.dependsOn, this.expression());
      this.endOfLine();
    } else if (word === 'visible' && owner === 'menu') {
      out.visibleIf = both(out.visibleIf, this.ifPart().condition);
      this.endOfLine();
    } else if (word === 'help' || word === '---help---') {
      if (this.tokens.length > this.next) this.unexpected(this.tokens[this.next]);
      out.help = this.lexer.helpText();
      this.advance();
    } else if (word === 'option') this.optionLine(head, out);
    else if (word === 'modules') {
      out.modules = true;
      this.endOfLine();
    } else if (word === 'optional' && owner === 'choice') {
      out.optional = true;
      this.endOfLine();
    } else return false;
    return true;
  }

  private typeLine(head: Token, typed: { type: ValueType; isDefault: boolean }, out: Attributes): void {
    if (out.type && out.type.value !== typed.type)
      this.error(head.place, `type ${typed.type} contradicts ${out.type.value} in line ${out.type.place.line}`, undefined, 'warning');
    out.type ??= { value: typed.type, place: head.place };
    if (typed.isDefault) {
      const value = this.expression();
      if (value) out.defaults.push({ value, ...this.ifPart(), place: head.place });
      this.endOfLine();
    } else if (this.tokens.length > this.next) this.promptLine(out);
    else this.endOfLine();
  }

  private promptLine(out: Attributes): void {
    const place = this.tokens[this.next]?.place ?? this.tokens[0]?.place;
    const text = this.string('a prompt in quotes');
    if (text !== undefined && place) out.prompt = { text, ...this.ifPart(), place };
    this.endOfLine();
  }

  private selectLine(head: Token, list: Selection[]): void {
    const target = this.tokens[this.next++];
    if (target?.kind === 'word') list.push({ target: target.text, ...this.ifPart(), place: target.place });
    else this.error(target?.place ?? head.place, `${head.text} needs the name of a symbol`);
    this.endOfLine();
  }

  private rangeLine(head: Token, out: Attributes): void {
    const low = this.operand();
    const high = low && this.operand();
    if (low && high) out.ranges.push({ low, high, ...this.ifPart(), place: head.place });
    this.endOfLine();
  }

  private optionLine(head: Token, out: Attributes): void {
    const name = this.tokens[this.next++];
    if (name?.text === 'env') {
      const equals = this.tokens[this.next++];
      const value = this.tokens[this.next++];
      if (equals?.text !== '=' || !value) this.error(name.place, 'option env is written env="NAME"');
      else out.env = { name: value.text, place: name.place };
    } else if (name?.text === 'modules') out.modules = true;
    else if (name?.text !== 'defconfig_list' && name?.text !== 'allnoconfig_y')
      this.error(head.place, `unknown option "${name?.text ?? ''}"`);
    this.endOfLine();
  }

  private ifPart(): { condition?: Expr } {
    if (this.tokens[this.next]?.text !== 'if' || this.tokens[this.next]?.kind !== 'word') return {};
    this.next++;
    const condition = this.expression();
    return condition ? { condition } : {};
  }

  /** or := and {'||' and}; and := not {'&&' not}; not := '!' not | '(' or ')' | operand [compare operand]. */
  private expression(): Expr | undefined {
    let left = this.conjunction();
    while (left && this.isOperator('||')) {
      this.next++;
      const right = this.conjunction();
      left = right && { kind: 'or', left, right };
    }
    return left;
  }

  private conjunction(): Expr | undefined {
    let left = this.factor();
    while (left && this.isOperator('&&')) {
      this.next++;
      const right = this.factor();
      left = right && { kind: 'and', left, right };
    }
    return left;
  }

  private factor(): Expr | undefined {
    this.nesting++;
    const expr = this.nesting > maxNesting ? this.tooDeep() : this.unboundedFactor();
    this.nesting--;
    return expr;
  }

  private tooDeep(): undefined {
    this.error(this.tokens[this.next]?.place ?? this.afterLast(), `nested deeper than ${maxNesting}`);
    this.next = this.tokens.length;
    return undefined;
  }

  private unboundedFactor(): Expr | undefined {
    if (this.isOperator('!')) {
      this.next++;
      const operand = this.factor();
      return operand && { kind: 'not', operand };
    }
    if (this.isOperator('(')) {
      const open = this.tokens[this.next++];
      const inner = this.expression();
      if (inner && !this.isOperator(')')) {
        this.error(this.tokens[this.next]?.place ?? open?.place, '"(" without its ")"');
        this.next = this.tokens.length;
      } else this.next++;
      return inner;
    }
    const left = this.operand();
    const op = compareOp(this.tokens[this.next]);
    if (!left || !op) return left;
    this.next++;
    const right = this.operand();
    return right && { kind: 'compare', op, left, right };
  }

  private operand(): Operand | undefined {
    const token = this.tokens[this.next];
    if (!token || token.kind === 'operator' || (token.kind === 'word' && token.text === 'if')) {
      this.error(
        token?.place ?? this.afterLast(),
        token ? `expected a symbol or a value, found "${token.text}"` : 'expected a symbol or a value',
      );
      this.next = this.tokens.length;
      return undefined;
    }
    this.next++;
    const constant = token.kind === 'string' || /^[ymn]$/.test(token.text);
    return constant
      ? { kind: 'constant', value: token.text, place: token.place }
      : { kind: 'symbol', name: token.text, place: token.place };
  }

  private isOperator(text: string): boolean {
    const token = this.tokens[this.next];
    return token?.kind === 'operator' && token.text === text;
  }

  private string(what: string): string | undefined {
    const token = this.tokens[this.next];
    if (!token || token.kind === 'operator') {
      this.error(token?.place ?? this.afterLast(), `expected ${what}`);
      return undefined;
    }
    this.next++;
    return token.text;
  }

  private endOfLine(advance = true): void {
    if (this.next < this.tokens.length) this.unexpected(this.tokens[this.next]);
    if (advance) this.advance();
  }

  private unexpected(token: Token | undefined): void {
    if (token) this.error(token.place, `unexpected "${token.text}" at the end of the line`);
  }

  private afterLast(): Place | undefined {
    const last = this.tokens[this.tokens.length - 1];
    return last && { ...last.place, column: last.place.column + last.text.length + (last.kind === 'string' ? 2 : 0) };
  }

  private advance(): void {
    this.line = this.lexer.nextLine();
    this.tokens = this.line?.tokens ?? [];
    this.next = 0;
  }

  private error(place: Place | undefined, message: string, hint?: string, severity: Problem['severity'] = 'error'): void {
    this.shared.problems.push({ severity, ...(place ? { place } : {}), message, ...(hint ? { hint } : {}) });
  }
}

function compareOp(token: Token | undefined): CompareOp | undefined {
  if (token?.kind !== 'operator') return undefined;
  const ops: readonly CompareOp[] = ['=', '!=', '<', '<=', '>', '>='];
  return ops.find((op) => op === token.text);
}
