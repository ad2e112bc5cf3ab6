/** Tokens of textual LLVM IR, one at a time and without an object for each. */

export const Token = {
  end: 0,
  /** Keyword, type or bare identifier. */
  word: 1,
  /** `%name`, text without the sigil. */
  local: 2,
  /** `@name`. */
  global: 3,
  /** `!12`, text is the number. */
  metadata: 4,
  /** `!name`. */
  metadataName: 5,
  /** `!"text"`. */
  metadataString: 6,
  /** `#12`. */
  attributes: 7,
  /** `"text"`, escapes undone. */
  string: 8,
  /** `c"text"`. */
  bytes: 9,
  integer: 10,
  /** Decimal or hexadecimal floating point, as written. */
  float: 11,
  /** `name:` at the start of a block. */
  label: 12,
  /** `$name`. */
  comdat: 13,
  punctuation: 14,
} as const;
export type TokenKind = (typeof Token)[keyof typeof Token];

/** What the text should have been, and where. */
export class IrSyntaxError extends Error {
  readonly line: number;
  readonly column: number;
  constructor(message: string, line: number, column: number) {
    super(message);
    this.line = line;
    this.column = column;
  }
}

const Char = {
  tab: 9,
  lf: 10,
  cr: 13,
  space: 32,
  bang: 33,
  quote: 34,
  hash: 35,
  dollar: 36,
  percent: 37,
  dash: 45,
  dot: 46,
  zero: 48,
  nine: 57,
  colon: 58,
  semicolon: 59,
  at: 64,
  backslash: 92,
  underscore: 95,
} as const;

/** Characters of names: [-a-zA-Z$._0-9]. */
const nameChar = new Uint8Array(128);
for (const c of '-$._0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ') nameChar[c.charCodeAt(0)] = 1;

export class Lexer {
  kind: TokenKind = Token.end;
  text = '';
  /** Where the current token starts. */
  start = 0;
  /** Whether the current token is the first of its line. */
  firstOfLine = true;
  #at: number;
  #line: number;
  #lineStart: number;
  readonly source: string;

  constructor(source: string, at = 0, line = 1) {
    this.source = source;
    this.#at = at;
    this.#line = line;
    this.#lineStart = at;
  }

  get line(): number {
    return this.#line;
  }

  get position(): number {
    return this.#at;
  }

  fail(message: string): never {
    throw new IrSyntaxError(message, this.#line, this.start - this.#lineStart + 1);
  }

  /** Moves to another place of the text; the next token is read from there. */
  moveTo(at: number, line: number): void {
    this.#at = at;
    this.#line = line;
    this.#lineStart = at;
  }

  next(): TokenKind {
    const { source } = this;
    let at = this.#at;
    let c: number;
    const line = this.#line;
    for (;;) {
      c = source.charCodeAt(at);
      if (c === Char.space || c === Char.tab || c === Char.cr) at++;
      else if (c === Char.lf) {
        at++;
        this.#line++;
        this.#lineStart = at;
      } else if (c === Char.semicolon) {
        const end = source.indexOf('\n', at);
        at = end < 0 ? source.length : end;
      } else break;
    }
    this.firstOfLine = line !== this.#line || at === 0;
    this.start = at;
    this.#at = at;
    if (at >= source.length) {
      this.text = '';
      return (this.kind = Token.end);
    }
    return (this.kind = this.#token(c, at));
  }

  #token(c: number, at: number): TokenKind {
    const { source } = this;
    switch (c) {
      case Char.percent:
        return this.#sigil(Token.local, at);
      case Char.at:
        return this.#sigil(Token.global, at);
      case Char.dollar:
        return this.#sigil(Token.comdat, at);
      case Char.bang: {
        const n = source.charCodeAt(at + 1);
        if (n === Char.quote) {
          this.#quoted(at + 1);
          return Token.metadataString;
        }
        if (n >= Char.zero && n <= Char.nine) {
          this.#name(at + 1);
          return Token.metadata;
        }
        if (n < 128 && nameChar[n]) {
          this.#name(at + 1);
          return Token.metadataName;
        }
        return this.#punctuation(at, 1);
      }
      case Char.hash: {
        const n = source.charCodeAt(at + 1);
        if (n >= Char.zero && n <= Char.nine) {
          this.#name(at + 1);
          return Token.attributes;
        }
        this.#name(at + 1);
        this.text = `#${this.text}`;
        return Token.word;
      }
      case Char.quote: {
        this.#quoted(at);
        if (source.charCodeAt(this.#at) !== Char.colon) return Token.string;
        this.#at++;
        return Token.label;
      }
      case Char.dot:
        if (source.startsWith('...', at)) return this.#punctuation(at, 3);
        break;
    }
    if (c < 128 && nameChar[c]) return this.#wordOrNumber(c, at);
    return this.#punctuation(at, 1);
  }

  #punctuation(at: number, length: number): TokenKind {
    this.text = this.source.slice(at, at + length);
    this.#at = at + length;
    return Token.punctuation;
  }

  #name(at: number): void {
    const { source } = this;
    let end = at;
    for (let c = source.charCodeAt(end); c < 128 && nameChar[c]; c = source.charCodeAt(end)) end++;
    this.text = source.slice(at, end);
    this.#at = end;
  }

  #sigil(kind: TokenKind, at: number): TokenKind {
    if (this.source.charCodeAt(at + 1) === Char.quote) this.#quoted(at + 1);
    else this.#name(at + 1);
    return kind;
  }

  /** Reads a quoted string; `\xx` are bytes, kept as characters 0 to 255 (UTF-8 is not decoded). */
  #quoted(at: number): void {
    const { source } = this;
    const end = source.indexOf('"', at + 1);
    if (end < 0) this.fail('a string has no end');
    const raw = source.slice(at + 1, end);
    this.text = raw.includes('\\') ? unescape(raw) : raw;
    this.#at = end + 1;
  }

  #wordOrNumber(c: number, at: number): TokenKind {
    this.#name(at);
    const { source } = this;
    if (source.charCodeAt(this.#at) === Char.colon && source.charCodeAt(this.#at + 1) !== Char.colon) {
      // `line: 5` within metadata is a word and a colon; a label ends its line.
      const after = source.charCodeAt(this.#at + 1);
      if (after === Char.lf || after === Char.cr || /^:[ \t]*(;.*)?$/m.test(this.#restOfLine())) {
        this.#at++;
        return Token.label;
      }
    }
    const second = source.charCodeAt(at + 1);
    const digit = (d: number) => d >= Char.zero && d <= Char.nine;
    if (digit(c) || (c === Char.dash && digit(second))) return this.#number(at);
    if (this.text === 'c' && source.charCodeAt(this.#at) === Char.quote) {
      this.#quoted(this.#at);
      return Token.bytes;
    }
    if ((this.text.startsWith('u0x') || this.text.startsWith('s0x')) && /^[us]0x[0-9A-Fa-f]+$/.test(this.text)) return Token.integer;
    return Token.word;
  }

  #restOfLine(): string {
    const end = this.source.indexOf('\n', this.#at);
    return this.source.slice(this.#at, end < 0 ? undefined : end);
  }

  #number(at: number): TokenKind {
    const text = this.text;
    if (/^-?\d+$/.test(text)) {
      return Token.integer;
    }
    if (/^0x[HKLMR]?[0-9A-Fa-f]+$/.test(text)) return Token.float;
    // An exponent's plus sign is not a character of names.
    const decimal = /^-?\d+\.\d*(?:[eE][+-]?\d+)?/.exec(this.source.slice(at, at + 64));
    if (!decimal) return Token.word;
    this.text = decimal[0];
    this.#at = at + decimal[0].length;
    return Token.float;
  }
}

function unescape(raw: string): string {
  return raw.replace(/\\(\\|[0-9a-fA-F]{2})/g, (_, e: string) => (e === '\\' ? '\\' : String.fromCharCode(parseInt(e, 16))));
}

/** The bytes of a string token: characters below 256 are bytes, others (not escaped by the writer) are UTF-8. */
export function stringBytes(text: string): Uint8Array {
  let latin = true;
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 255) latin = false;
  if (!latin) return new TextEncoder().encode(text);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}
