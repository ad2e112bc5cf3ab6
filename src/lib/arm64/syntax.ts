/**
 * The syntax language: each `{name}` in a row's syntax is one operand, which knows how it is written and how it is read.
 * Fields are changed only by the operand that owns them. Operands are in operands-*.ts, by name in operands.ts.
 */
import type { Fields } from './table.ts';

export type PrintContext = {
  /** Address of the instruction. */
  pc: bigint;
  /** Name for an address, as a disassembly shows it: `main+0x8`. */
  symbolise?: (address: bigint) => string | undefined;
};

/** What an expression in an operand comes to. `symbolic`: it needs the linker; `handle` is the caller's own. */
export type Expression<H> =
  { kind: 'value'; value: bigint } | { kind: 'symbolic'; handle: H; value?: bigint } | { kind: 'error'; message: string };

/**
 * What assembling an instruction needs from the assembler, which owns expressions and symbols.
 */
export type AssembleContext<H> = {
  /** Evaluates an operand's expression: without `#`, without a modifier such as `:lo12:`. A plain number as a branch target is an offset. */
  expression(text: string): Expression<H>;
  /** Whether the name is a register alias (`.req`); gives the register's own name. */
  registerAlias?(name: string): string | undefined;
};

/** A field that the linker fills in: an ELF AArch64 relocation's name without `R_AARCH64_`. */
export type Fixup<H> = { type: string; expression: H };

const registerLike = /^([wxbhsdqv]([12]?\d|3[01])|w?sp|[wx]zr)$/;

/** Reads operand text from left to right. */
export class OperandReader<H> {
  at = 0;
  fixup: Fixup<H> | undefined;
  /** The reason of the last operand that did not fit, for a message. */
  complaint = '';
  readonly fields: Record<string, number> = {};
  readonly text: string;
  readonly context: AssembleContext<H>;

  constructor(text: string, context: AssembleContext<H>, preset: Fields) {
    this.text = text;
    this.context = context;
    Object.assign(this.fields, preset);
  }

  skipSpace(): void {
    while (this.text[this.at] === ' ' || this.text[this.at] === '\t') this.at++;
  }

  /** Takes a literal piece of syntax; its spaces stand for any or none. */
  literal(piece: string): boolean {
    for (const c of piece) {
      if (c === ' ') continue;
      this.skipSpace();
      if (this.text[this.at] !== c) return false;
      this.at++;
    }
    return true;
  }

  atEnd(): boolean {
    this.skipSpace();
    return this.at >= this.text.length;
  }

  /** The next word of letters, digits, dots and underscores, in lower case; '' when there is none. */
  word(): string {
    this.skipSpace();
    const match = /^[A-Za-z_.$][\w.$]*/.exec(this.text.slice(this.at));
    if (!match) return '';
    this.at += match[0].length;
    // `name` or `name.16b` of a register that has been given a name.
    const dot = match[0].indexOf('.', 1);
    const head = dot < 0 ? match[0] : match[0].slice(0, dot);
    const alias = this.context.registerAlias?.(head);
    return ((alias ?? head) + match[0].slice(head.length)).toLowerCase();
  }

  peekWord(): string {
    const at = this.at;
    const word = this.word();
    this.at = at;
    return word;
  }

  /** Text of an expression up to a top-level separator. */
  expressionText(): string {
    this.skipSpace();
    if (this.text[this.at] === '#') this.at++;
    let depth = 0;
    const start = this.at;
    for (; this.at < this.text.length; this.at++) {
      const c = this.text[this.at];
      if (c === '(') depth++;
      else if (c === ')') depth--;
      else if (c === "'" || c === '"') {
        const close = this.text.indexOf(c, this.at + 1);
        this.at = close < 0 ? this.text.length : close;
      } else if (depth <= 0 && (c === ',' || c === ']' || c === '}' || (c === '!' && this.text[this.at + 1] !== '='))) break;
    }
    return this.text.slice(start, this.at).trim();
  }

  expression(): Expression<H> {
    const text = this.expressionText();
    if (text === '') return { kind: 'error', message: 'an expression is missing' };
    return this.context.expression(text);
  }

  /** A constant within bounds; undefined with a complaint otherwise. */
  constant(least: bigint, most: bigint, what = 'immediate'): bigint | undefined {
    const written = this.peekWord();
    if (registerLike.test(written)) return this.complain(`${written} is a register; a constant ${what} is needed`);
    const e = this.expression();
    if (e.kind === 'error') return this.complain(e.message);
    if (e.kind === 'symbolic') return this.complain(`${what} must be a constant`);
    if (e.value < least || e.value > most) return this.complain(`${what} ${e.value} is out of range ${least} to ${most}`);
    return e.value;
  }

  complain(message: string): undefined {
    this.complaint = message;
    return undefined;
  }

  /** For operands: `return r.refuse(...)`. */
  refuse(message: string): false {
    this.complaint = message;
    return false;
  }
}

/** An operand kind. `read` gives false (and perhaps a complaint) when the text does not fit. */
export type OperandKind = {
  print(f: Fields, c: PrintContext): string;
  read<H>(r: OperandReader<H>): boolean;
};

export const hex = (n: bigint | number): string => (n < 0 ? `-0x${(-n).toString(16)}` : `0x${n.toString(16)}`);
/** Splits `:lo12:rest`. */
export function modifierOf(text: string): { modifier: string; rest: string } | undefined {
  const match = /^:([a-z0-9_]+):(.*)$/is.exec(text);
  return match ? { modifier: match[1].toLowerCase(), rest: match[2].trim() } : undefined;
}

/**
 * An expression under a modifier: a symbol gives a fixup of that relocation type, a constant goes to `constant`, which does what the
 * linker would do with it.
 */
export function symbolic<H>(r: OperandReader<H>, text: string, type: string, constant?: (value: bigint) => boolean): boolean {
  const e = r.context.expression(text);
  if (e.kind === 'error') return r.refuse(e.message);
  if (e.kind === 'value') return constant ? constant(e.value) : r.refuse('a symbol is needed here');
  r.fixup = { type, expression: e.handle };
  return true;
}

/** At least two digits, as objdump writes options that have no name. */
export const hex2 = (n: number): string => `0x${n.toString(16).padStart(2, '0')}`;

/** Unsigned immediate in one field. */
export function unsigned(field: string, bits: number, { base = 10, scale = 1, least = 0 } = {}): OperandKind {
  const most = BigInt(((1 << bits) - 1) * scale);
  return {
    print: (f) => `#${base === 16 ? hex(f[field] * scale) : f[field] * scale}`,
    read(r) {
      const value = r.constant(BigInt(least), most);
      if (value === undefined) return false;
      if (value % BigInt(scale) !== 0n) return r.refuse(`${value} is not a multiple of ${scale}`);
      r.fields[field] = Number(value) / scale;
      return true;
    },
  };
}

/** An immediate computed from fields, for aliases (LSL, UBFX, BFI). */
export function computed(
  print: (f: Fields) => number,
  read: (value: number, f: Record<string, number>) => void,
  most: (f: Fields) => number,
  least = 0,
): OperandKind {
  return {
    print: (f) => `#${print(f)}`,
    read(r) {
      const value = r.constant(BigInt(least), BigInt(most(r.fields)));
      if (value === undefined) return false;
      read(Number(value), r.fields);
      return true;
    },
  };
}

export const width = (f: Fields): number => (f.sf ? 64 : 32);
