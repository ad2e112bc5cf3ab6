import type { Problem } from '../../problem.ts';
import type { Place } from './ast.ts';
import { closingParenthesis, type Macros } from './macros.ts';

export type Token = {
  kind: 'word' | 'string' | 'operator';
  /** Value after macro expansion and without quotes. */
  text: string;
  place: Place;
};

/** `name = text` at the start of a line, seen before its text is expanded. */
export type Assignment = { name: string; op: '=' | ':=' | '+='; text: string; place: Place };

export type LogicalLine = { tokens: Token[]; assignment?: Assignment; place: Place };

const wordPattern = /[A-Za-z0-9_./-]+/y;
const operatorPattern = /&&|\|\||!=|<=|>=|[!=<>()]/y;
const assignmentPattern = /[ \t]*([A-Za-z0-9_-]+)[ \t]*(:=|\+=|=)(.*)/y;

/**
 * Reads a Kconfig file line by line. Lines are the unit because the grammar ends every statement at the end of its line (a backslash
 * continues one), and because help text is lines that are not tokens at all.
 */
export class Lexer {
  private at = 0;
  private line = 1;
  private readonly file: string;
  private readonly text: string;
  private readonly macros: Macros;
  private readonly problems: Problem[];

  constructor(file: string, text: string, macros: Macros, problems: Problem[]) {
    this.file = file;
    this.text = text.replace(/\r\n?/g, '\n');
    this.macros = macros;
    this.problems = problems;
  }

  /** The next line that holds anything, as tokens; undefined at the end of the file. */
  nextLine(): LogicalLine | undefined {
    while (this.at < this.text.length) {
      const place = { file: this.file, line: this.line, column: 1 };
      const end = this.physicalEnd(this.at);
      const assignment = this.assignmentAt(end);
      if (assignment) return { tokens: [], assignment, place };
      const tokens = this.tokensOfLine();
      if (tokens.length > 0) return { tokens, place: tokens[0]?.place ?? place };
    }
    return undefined;
  }

  /**
   * Help text: the lines indented at least as deep as the first one that is not blank, up to one that is indented less.
   * Common indentation is removed; tabs count to the next multiple of eight.
   */
  helpText(): string {
    const lines: string[] = [];
    let indent = -1;
    while (this.at < this.text.length) {
      const end = this.physicalEnd(this.at);
      const raw = expandTabs(this.text.slice(this.at, end));
      const depth = raw.search(/\S/);
      if (depth >= 0) {
        if (indent < 0) {
          if (depth === 0) break;
          indent = depth;
        }
        if (depth < indent) break;
      }
      lines.push(depth < 0 ? '' : raw.slice(indent).trimEnd());
      this.at = end + 1;
      this.line++;
    }
    return lines.join('\n').trim();
  }

  private physicalEnd(from: number): number {
    const end = this.text.indexOf('\n', from);
    return end < 0 ? this.text.length : end;
  }

  private assignmentAt(end: number): Assignment | undefined {
    assignmentPattern.lastIndex = this.at;
    const match = assignmentPattern.exec(this.text);
    if (!match || match.index !== this.at) return undefined;
    const name = match[1] ?? '';
    const op = match[2] === ':=' ? ':=' : match[2] === '+=' ? '+=' : '=';
    const place = { file: this.file, line: this.line, column: match[0].indexOf(name) + 1 };
    let text = match[3] ?? '';
    this.at = end + 1;
    this.line++;
    while (text.endsWith('\\') && this.at < this.text.length) {
      const next = this.physicalEnd(this.at);
      text = text.slice(0, -1) + this.text.slice(this.at, next);
      this.at = next + 1;
      this.line++;
    }
    return { name, op, text: text.trim(), place };
  }

  private tokensOfLine(): Token[] {
    const tokens: Token[] = [];
    let lineStart = this.at;
    while (this.at < this.text.length) {
      const c = this.text[this.at] ?? '';
      const place = { file: this.file, line: this.line, column: this.at - lineStart + 1 };
      if (c === '\n') {
        this.at++;
        this.line++;
        return tokens;
      }
      if (c === ' ' || c === '\t') this.at++;
      else if (c === '\\' && this.text[this.at + 1] === '\n') {
        this.at += 2;
        this.line++;
        lineStart = this.at;
      } else if (c === '#') this.at = this.physicalEnd(this.at);
      else if (c === '"' || c === "'") tokens.push({ kind: 'string', text: this.quoted(c, place), place });
      else {
        const operator = this.match(operatorPattern);
        if (operator) tokens.push({ kind: 'operator', text: operator, place });
        else {
          const word = this.word(place);
          if (word !== undefined) tokens.push({ kind: 'word', text: word, place });
        }
      }
    }
    return tokens;
  }

  private match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0];
    if (found) this.at += found.length;
    return found;
  }

  /** A bare word, which may hold macro references: `FOO_$(ARCH)`. */
  private word(place: Place): string | undefined {
    let word = '';
    const start = this.at;
    for (;;) {
      const plain = this.match(wordPattern);
      if (plain) word += plain;
      else if (this.text.startsWith('$(', this.at)) word += this.macro(place);
      else break;
    }
    if (this.at > start) return word;
    this.problems.push({ severity: 'error', place, message: `unexpected character ${JSON.stringify(this.text[this.at])}` });
    this.at++;
    return undefined;
  }

  private macro(place: Place): string {
    const close = closingParenthesis(this.text.slice(0, this.physicalEnd(this.at)), this.at + 2);
    const end = close < 0 ? this.physicalEnd(this.at) : close + 1;
    const source = this.text.slice(this.at, end);
    this.at = end;
    return this.macros.expand(source, place);
  }

  private quoted(quote: string, place: Place): string {
    let value = '';
    this.at++;
    while (this.at < this.text.length) {
      const c = this.text[this.at] ?? '';
      if (c === '\n') break;
      if (c === quote) {
        this.at++;
        return value;
      }
      if (c === '\\' && this.text[this.at + 1] !== '\n') {
        value += this.text[this.at + 1] ?? '';
        this.at += 2;
      } else if (c === '$' && this.text[this.at + 1] === '(') value += this.macro({ ...place });
      else {
        value += c;
        this.at++;
      }
    }
    this.problems.push({ severity: 'error', place, message: `string without its closing ${quote}` });
    return value;
  }
}

function expandTabs(line: string): string {
  if (!line.includes('\t')) return line;
  let out = '';
  for (const c of line) out += c === '\t' ? ' '.repeat(8 - (out.length % 8)) : c;
  return out;
}
