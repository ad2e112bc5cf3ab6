/**
 * Tokens of textual LLVM IR (LLVM Language Reference; the grammar of names and numbers is that of LLVM's own lexer), one at a time
 * and without an object for each: the current token is fields of the lexer. Names and words are interned, so that reading a name a
 * second time makes no string and a name can index an array.
 */

export const Char = {
  tab: 9,
  lf: 10,
  cr: 13,
  space: 32,
  bang: 33,
  quote: 34,
  hash: 35,
  dollar: 36,
  percent: 37,
  open: 40,
  close: 41,
  star: 42,
  plus: 43,
  comma: 44,
  dash: 45,
  dot: 46,
  zero: 48,
  nine: 57,
  colon: 58,
  semicolon: 59,
  less: 60,
  equal: 61,
  greater: 62,
  at: 64,
  openBracket: 91,
  backslash: 92,
  closeBracket: 93,
  caret: 94,
  underscore: 95,
  openBrace: 123,
  bar: 124,
  closeBrace: 125,
} as const;

/** Kinds of token below 32; a punctuation mark's kind is its character code ({@link Char}). */
export const Token = {
  end: 0,
  /** Keyword, type or bare identifier. */
  word: 1,
  /** `%name`. */
  local: 2,
  /** `@name`. */
  global: 3,
  /** `!12`; {@link Lexer.number} is 12. */
  metadata: 4,
  /** `!name`. */
  metadataName: 5,
  /** `!"text"`. */
  metadataString: 6,
  /** `#12`. */
  attributes: 7,
  /** `"text"`. */
  string: 8,
  /** `c"text"`. */
  bytes: 9,
  integer: 10,
  /** Decimal or hexadecimal floating point, as written. */
  float: 11,
  /** `name:`, both of blocks and of fields of metadata. */
  label: 12,
  /** `$name`. */
  comdat: 13,
  /** `...` */
  ellipsis: 14,
  /** `#dbg_value` and the like. */
  record: 15,
} as const;

/** What the text should have been, and where. */
export class IrSyntaxError extends Error {
  /** Offset in the text, in UTF-16 units. */
  readonly at: number;
  constructor(message: string, at: number) {
    super(message);
    this.at = at;
  }
}

/** Line and column, from 1, of an offset in the text. */
export function placeIn(source: string, at: number): { line: number; column: number } {
  let line = 1;
  let start = 0;
  for (let next = source.indexOf('\n'); next >= 0 && next < at; next = source.indexOf('\n', start)) {
    line++;
    start = next + 1;
  }
  return { line, column: at - start + 1 };
}

const nameBit = 1;
const digitBit = 2;
const spaceBit = 4;
/** What each ASCII character may be part of; names are [-a-zA-Z$._0-9]. */
const classes = new Uint8Array(128);
for (const c of '-$._0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ') classes[c.charCodeAt(0)] = nameBit;
for (const c of '0123456789') classes[c.charCodeAt(0)] |= digitBit;
for (const c of ' \t\r') classes[c.charCodeAt(0)] |= spaceBit;

const isName = (c: number): boolean => c < 128 && (classes[c] & nameBit) !== 0;
const isDigit = (c: number): boolean => c >= Char.zero && c <= Char.nine;

/** Every string once, with a small number; looked up by a range of the text so that no string is made to find one. */
class Interner {
  readonly strings: string[] = [];
  #hashes: number[] = [];
  #slots = new Int32Array(4096).fill(-1);

  /** `hash` is that of the characters from `start` to `end` by {@link hashStep}. */
  range(source: string, start: number, end: number, hash: number): number {
    const { strings } = this;
    const length = end - start;
    const slots = this.#slots;
    let slot = hash & (slots.length - 1);
    for (let id = slots[slot]; id >= 0; id = slots[slot]) {
      if (this.#hashes[id] === hash) {
        const known = strings[id];
        let i = 0;
        if (known.length === length) while (i < length && known.charCodeAt(i) === source.charCodeAt(start + i)) i++;
        if (i === length && known.length === length) return id;
      }
      slot = (slot + 1) & (slots.length - 1);
    }
    const id = strings.length;
    strings.push(source.slice(start, end));
    this.#hashes.push(hash);
    slots[slot] = id;
    if (strings.length * 2 > slots.length) this.#grow();
    return id;
  }

  #grow(): void {
    const slots = new Int32Array(this.#slots.length * 4).fill(-1);
    this.#hashes.forEach((hash, id) => {
      let slot = hash & (slots.length - 1);
      while (slots[slot] >= 0) slot = (slot + 1) & (slots.length - 1);
      slots[slot] = id;
    });
    this.#slots = slots;
  }

  string(text: string): number {
    let hash = 0;
    for (let i = 0; i < text.length; i++) hash = hashStep(hash, text.charCodeAt(i));
    return this.range(text, 0, text.length, hash);
  }
}

function hashStep(hash: number, c: number): number {
  const h = Math.imul(hash ^ c, 0x01000193);
  return h ^ (h >>> 15);
}

export class Lexer {
  kind = 0;
  /** Where the current token starts and ends in the text. */
  start = 0;
  end = 0;
  /** Number of the interned name or word of the current token, for kinds that have one; see {@link nameOf}. */
  id = 0;
  /** Value of an integer, metadata or attribute-group token, if it is exact as a number; NaN if not. */
  number = 0;
  /** Line of the current token, from 1. */
  line = 1;
  /** Whether the current token is the first of its line. */
  firstOfLine = true;
  readonly source: string;
  readonly #names: Interner;

  constructor(source: string, names = new Interner()) {
    this.source = source;
    this.#names = names;
  }

  /** Another lexer of the same text and the same names, to be moved somewhere with {@link moveTo}. */
  fork(): Lexer {
    return new Lexer(this.source, this.#names);
  }

  fail(message: string, at = this.start): never {
    throw new IrSyntaxError(message, at);
  }

  /** The next token is read from `at`. */
  moveTo(at: number, line: number): void {
    this.end = at;
    this.line = line;
  }

  nameOf(id: number): string {
    return this.#names.strings[id];
  }

  idOf(name: string): number {
    return this.#names.string(name);
  }

  /** Name, word, or contents of a string with its escapes undone and read as UTF-8. */
  get text(): string {
    switch (this.kind) {
      case Token.word:
      case Token.local:
      case Token.global:
      case Token.comdat:
      case Token.label:
      case Token.metadataName:
      case Token.record:
        return this.#names.strings[this.id];
      case Token.string:
        return unescape(this.source.slice(this.start + 1, this.end - 1));
      case Token.metadataString:
        return unescape(this.source.slice(this.start + 2, this.end - 1));
      case Token.attributes:
        return this.source.slice(this.start + 1, this.end);
      default:
        return this.source.slice(this.start, this.end);
    }
  }

  /** The bytes of a `c"text"` token. */
  get bytes(): Uint8Array {
    return unescapedBytes(this.source.slice(this.start + 2, this.end - 1));
  }

  next(): number {
    const { source } = this;
    let at = this.end;
    let c: number;
    let firstOfLine = at === 0;
    for (;;) {
      c = source.charCodeAt(at);
      if (c === Char.lf) {
        this.line++;
        firstOfLine = true;
        at++;
      } else if (c < 128 && (classes[c] & spaceBit) !== 0) at++;
      else if (c === Char.semicolon) {
        const end = source.indexOf('\n', at);
        at = end < 0 ? source.length : end;
      } else break;
    }
    this.firstOfLine = firstOfLine;
    this.start = at;
    return (this.kind = this.#token(c, at));
  }

  #token(c: number, at: number): number {
    switch (c) {
      case Char.percent:
        return this.#sigil(Token.local, at);
      case Char.at:
        return this.#sigil(Token.global, at);
      case Char.dollar:
        return this.#sigil(Token.comdat, at);
      case Char.bang:
        return this.#exclamation(at);
      case Char.hash:
        return this.#afterHash(at);
      case Char.quote:
        this.#skipString(at);
        if (this.source.charCodeAt(this.end) !== Char.colon) return Token.string;
        this.id = this.#names.string(unescape(this.source.slice(at + 1, this.end - 1)));
        this.end++;
        return Token.label;
      case Char.dot:
        if (this.source.charCodeAt(at + 1) === Char.dot && this.source.charCodeAt(at + 2) === Char.dot) {
          this.end = at + 3;
          return Token.ellipsis;
        }
        break;
      case Char.plus:
        if (isDigit(this.source.charCodeAt(at + 1))) return this.#number(at);
        break;
    }
    if (c < 128 && (classes[c] & nameBit) !== 0) return this.#wordOrNumber(c, at);
    if (at >= this.source.length) {
      this.end = at;
      return Token.end;
    }
    this.end = at + 1;
    // A character that is no token at all is reported by who expects another; its kind must not look like a class of tokens.
    return c < 32 ? Char.caret : c;
  }

  /** Reads a name from `at` and interns it. */
  #name(at: number): void {
    const { source } = this;
    let end = at;
    let hash = 0;
    for (let c = source.charCodeAt(end); isName(c); c = source.charCodeAt(++end)) hash = hashStep(hash, c);
    this.end = end;
    this.id = this.#names.range(source, at, end, hash);
  }

  #sigil(kind: number, at: number): number {
    if (this.source.charCodeAt(at + 1) === Char.quote) {
      this.#skipString(at + 1);
      this.id = this.#names.string(unescape(this.source.slice(at + 2, this.end - 1)));
      return kind;
    }
    this.#name(at + 1);
    if (this.end === at + 1) this.fail(`a name is missing after '${this.source[at]}'`);
    return kind;
  }

  #exclamation(at: number): number {
    const c = this.source.charCodeAt(at + 1);
    if (c === Char.quote) {
      this.#skipString(at + 1);
      return Token.metadataString;
    }
    if (isDigit(c)) {
      this.#digits(at + 1);
      return Token.metadata;
    }
    if (isName(c)) {
      this.#name(at + 1);
      return Token.metadataName;
    }
    this.end = at + 1;
    return Char.bang;
  }

  #afterHash(at: number): number {
    if (isDigit(this.source.charCodeAt(at + 1))) {
      this.#digits(at + 1);
      return Token.attributes;
    }
    this.#name(at + 1);
    return Token.record;
  }

  /** Moves behind the closing quote; a quote within is written `\22`. */
  #skipString(at: number): void {
    const end = this.source.indexOf('"', at + 1);
    if (end < 0) this.fail('a string has no end');
    for (let lf = this.source.indexOf('\n', at); lf >= 0 && lf < end; lf = this.source.indexOf('\n', lf + 1)) this.line++;
    this.end = end + 1;
  }

  #digits(at: number): void {
    const { source } = this;
    let end = at;
    let value = 0;
    for (let c = source.charCodeAt(end); isDigit(c); c = source.charCodeAt(++end)) value = value * 10 + (c - Char.zero);
    this.end = end;
    this.number = value <= Number.MAX_SAFE_INTEGER ? value : NaN;
  }

  #wordOrNumber(c: number, at: number): number {
    const { source } = this;
    if (isDigit(c) || (c === Char.dash && isDigit(source.charCodeAt(at + 1)))) return this.#number(at);
    this.#name(at);
    const after = source.charCodeAt(this.end);
    if (after === Char.colon) {
      this.end++;
      return Token.label;
    }
    if (after === Char.quote && this.end === at + 1 && source[at] === 'c') {
      this.#skipString(this.end);
      return Token.bytes;
    }
    // f0x1234, u0xff, s0xff
    if (source.charCodeAt(at + 1) === Char.zero && source[at + 2] === 'x' && this.end > at + 3) {
      if (source[at] === 'f') return Token.float;
      if (source[at] === 'u' || source[at] === 's') {
        this.number = NaN;
        return Token.integer;
      }
    }
    return Token.word;
  }

  #number(at: number): number {
    const { source } = this;
    const sign = source.charCodeAt(at);
    const negative = sign === Char.dash;
    this.#digits(negative || sign === Char.plus ? at + 1 : at);
    let c = source.charCodeAt(this.end);
    if (c === Char.dot) {
      let end = this.end + 1;
      while (isDigit(source.charCodeAt(end))) end++;
      c = source.charCodeAt(end) | 32;
      if (c === 101) {
        const signed = source.charCodeAt(end + 1) === Char.dash || source.charCodeAt(end + 1) === Char.plus;
        let exponent = end + (signed ? 2 : 1);
        const digits = exponent;
        while (isDigit(source.charCodeAt(exponent))) exponent++;
        if (exponent > digits) end = exponent;
      }
      this.end = end;
      return Token.float;
    }
    if (!isName(c)) {
      if (c === Char.colon) {
        this.id = this.#names.string(source.slice(at, this.end));
        this.end++;
        return Token.label;
      }
      if (negative) this.number = -this.number;
      return Token.integer;
    }
    this.#name(at);
    if (source[at] === '0' && source[at + 1] === 'x') return Token.float;
    if (source.charCodeAt(this.end) === Char.colon) {
      this.end++;
      return Token.label;
    }
    return Token.word;
  }
}

const utf8 = new TextEncoder();

/** Undoes `\xx` and `\\`. Characters that stand for themselves are written as UTF-8. */
function unescapedBytes(raw: string): Uint8Array {
  const bytes = utf8.encode(raw);
  let to = 0;
  for (let from = 0; from < bytes.length; to++) {
    if (bytes[from] === Char.backslash && bytes[from + 1] === Char.backslash) {
      bytes[to] = Char.backslash;
      from += 2;
      continue;
    }
    const high = bytes[from] === Char.backslash ? hexDigit(bytes[from + 1]) : -1;
    const low = high >= 0 ? hexDigit(bytes[from + 2]) : -1;
    if (low >= 0) {
      bytes[to] = high * 16 + low;
      from += 3;
    } else bytes[to] = bytes[from++];
  }
  return to === bytes.length ? bytes : bytes.slice(0, to);
}

function hexDigit(c: number): number {
  if (isDigit(c)) return c - Char.zero;
  const letter = (c | 32) - 97;
  return letter >= 0 && letter < 6 ? letter + 10 : -1;
}

/** The text of a quoted string. What is not UTF-8 is kept, a character for each byte. */
function unescape(raw: string): string {
  if (!raw.includes('\\')) return raw;
  const bytes = unescapedBytes(raw);
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return Array.from(bytes, (b) => String.fromCharCode(b)).join('');
  }
}
