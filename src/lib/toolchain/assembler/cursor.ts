/** Reads a statement from left to right. */

/** What is wrong with the statement at hand; the assembler adds the place. Never leaves this room. */
export class SyntaxProblem extends Error {
  readonly hint: string | undefined;
  constructor(message: string, hint?: string) {
    super(message);
    this.hint = hint;
  }
}

const blank = /[ \t\r\f\v]*/y;
const name = /[A-Za-z_.$\u0080-\uffff][\w.$\u0080-\uffff]*/y;
const escapes: Readonly<Record<string, number>> = { b: 8, f: 12, n: 10, r: 13, t: 9, v: 11 };

export class Cursor {
  readonly text: string;
  at: number;

  constructor(text: string, at = 0) {
    this.text = text;
    this.at = at;
  }

  skipBlank(): void {
    blank.lastIndex = this.at;
    blank.test(this.text);
    this.at = blank.lastIndex;
  }

  /** The next character after white space; '' at the end. */
  peek(): string {
    this.skipBlank();
    return this.text.charAt(this.at);
  }

  atEnd(): boolean {
    return this.peek() === '';
  }

  /** Takes `token` if it is next. */
  eat(token: string): boolean {
    this.skipBlank();
    if (!this.text.startsWith(token, this.at)) return false;
    this.at += token.length;
    return true;
  }

  expect(token: string): void {
    if (!this.eat(token)) throw new SyntaxProblem(`expected '${token}'${this.found()}`);
  }

  expectEnd(): void {
    if (!this.atEnd()) throw new SyntaxProblem(`unexpected '${this.rest()}' at the end of the statement`);
  }

  private found(): string {
    return this.atEnd() ? ' at the end of the statement' : ` before '${this.rest()}'`;
  }

  rest(): string {
    this.skipBlank();
    return this.text.slice(this.at);
  }

  /** A match of a sticky expression, after white space. */
  match(pattern: RegExp): RegExpExecArray | undefined {
    this.skipBlank();
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text);
    if (found) this.at = pattern.lastIndex;
    return found ?? undefined;
  }

  /** A symbol's name, plain or quoted. */
  maybeName(): string | undefined {
    if (this.peek() === '"') return new TextDecoder().decode(this.string());
    return this.match(name)?.[0];
  }

  name(what = 'a name'): string {
    const found = this.maybeName();
    if (found === undefined) throw new SyntaxProblem(`expected ${what}${this.found()}`);
    return found;
  }

  /** A name or a string, for section names, file names and the like; up to a comma or white space. */
  word(what: string): string {
    if (this.peek() === '"') return new TextDecoder().decode(this.string());
    const found = this.match(/[^,\s"]+/y)?.[0];
    if (found === undefined) throw new SyntaxProblem(`expected ${what}${this.found()}`);
    return found;
  }

  /** The bytes of a string in quotes, with C's escapes as GNU as knows them: octal, `\x` with any number of digits. */
  string(): Uint8Array {
    this.expect('"');
    const bytes: number[] = [];
    const encoder = new TextEncoder();
    for (;;) {
      const c = this.text.codePointAt(this.at);
      if (c === undefined) throw new SyntaxProblem('a string is not closed');
      const character = String.fromCodePoint(c);
      this.at += character.length;
      if (character === '"') return Uint8Array.from(bytes);
      if (character === '\\') bytes.push(this.escape());
      else if (c < 0x80) bytes.push(c);
      else bytes.push(...encoder.encode(character));
    }
  }

  /** After the backslash. */
  escape(): number {
    const octal = /[0-7]{1,3}/y;
    octal.lastIndex = this.at;
    const digits = octal.exec(this.text)?.[0];
    if (digits !== undefined) {
      this.at += digits.length;
      return Number.parseInt(digits, 8) & 0xff;
    }
    const c = this.text.charAt(this.at++);
    if (c === 'x' || c === 'X') {
      const hex = /[0-9A-Fa-f]*/y;
      hex.lastIndex = this.at;
      const found = hex.exec(this.text)?.[0] ?? '';
      this.at += found.length;
      return Number.parseInt(found.slice(-2) || '0', 16);
    }
    return escapes[c] ?? c.charCodeAt(0) & 0xff;
  }
}
