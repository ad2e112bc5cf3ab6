/**
 * Operands of assembly syntax: each `{name}` in a row's syntax is one operand here, which knows how it is written and how
 * it is read. Fields are changed only by the operand that owns them.
 */
import { decodeFpImmediate, decodeLogicalImmediate, encodeFpImmediate, encodeLogicalImmediate } from './bits.ts';
import type { Fields } from './table.ts';
import { pstateFields } from './pstate.ts';
import { barrierNames, conditionNames, sysregKey, sysregName, systemOperations } from './sysregs.ts';

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
  /**
   * Evaluates the expression that begins at `at` and ends before the next top-level `,`, `]`, `!`, `}` or the end.
   */
  expression(text: string): Expression<H>;
  /** Whether the name is a register alias (`.req`); gives the register's own name. */
  registerAlias?(name: string): string | undefined;
};

/** A field that the linker fills in: an ELF AArch64 relocation's name without `R_AARCH64_`. */
export type Fixup<H> = { type: string; expression: H };

/** Reads operand text from left to right. */
export class OperandReader<H> {
  at = 0;
  fixup: Fixup<H> | undefined;
  /** The reason of the last operand that did not fit, for a message. */
  complaint = '';
  readonly fields: Record<string, number> = {};
  /** Modifiers such as `:lo12:` that fit the operand being read, by what they become. */
  readonly text: string;
  readonly context: AssembleContext<H>;
  readonly size: 'instruction' = 'instruction';

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
    const alias = this.context.registerAlias?.(match[0]);
    return (alias ?? match[0]).toLowerCase();
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
}

/** An operand kind. `read` gives false (and perhaps a complaint) when the text does not fit. */
export type OperandKind = {
  print(f: Fields, c: PrintContext): string;
  read<H>(r: OperandReader<H>): boolean;
};

const hex = (n: bigint | number): string => (n < 0 ? `-0x${(-n).toString(16)}` : `0x${n.toString(16)}`);

// General registers

const registerWord = /^([wx])(\d|[12]\d|30)$/;

/** Number of a general register, or undefined. `sp`: whether 31 is the stack pointer here. */
function registerNumber(word: string, sp: boolean): { n: number; wide: boolean } | undefined {
  if (sp && (word === 'sp' || word === 'wsp')) return { n: 31, wide: word === 'sp' };
  if (!sp && (word === 'xzr' || word === 'wzr')) return { n: 31, wide: word === 'xzr' };
  if (word === 'lr') return { n: 30, wide: true };
  if (word === 'fp') return { n: 29, wide: true };
  const match = registerWord.exec(word);
  return match ? { n: Number(match[2]), wide: match[1] === 'x' } : undefined;
}

function registerText(n: number, wide: boolean, sp: boolean): string {
  if (n === 31) return sp ? (wide ? 'sp' : 'wsp') : wide ? 'xzr' : 'wzr';
  return `${wide ? 'x' : 'w'}${n}`;
}

/** A general register in `field`; its width by `sf`, or fixed. */
function general(field: string, width: 'sf' | 32 | 64, sp: boolean): OperandKind {
  return {
    print: (f) => registerText(f[field], width === 64 || (width === 'sf' && f.sf === 1), sp),
    read(r) {
      const found = registerNumber(r.word(), sp);
      if (!found) return false;
      if (width === 'sf') {
        if (r.fields.sf === undefined) r.fields.sf = found.wide ? 1 : 0;
        else if ((r.fields.sf === 1) !== found.wide) return false;
      } else if (found.wide !== (width === 64)) return false;
      r.fields[field] = found.n;
      return true;
    },
  };
}

// Shifts, extends, immediates

const shiftNames = ['lsl', 'lsr', 'asr', 'ror'] as const;
const extendNames = ['uxtb', 'uxth', 'uxtw', 'uxtx', 'sxtb', 'sxth', 'sxtw', 'sxtx'] as const;

/** `, lsl #3` of a shifted register. */
function shifted(rotate: boolean): OperandKind {
  return {
    print: (f) => (f.shift === 0 && f.imm6 === 0 ? '' : `, ${shiftNames[f.shift]} #${f.imm6}`),
    read(r) {
      r.fields.shift = 0;
      r.fields.imm6 = 0;
      if (r.atEnd()) return true;
      if (!r.literal(',')) return false;
      const shift = shiftNames.indexOf(r.word() as (typeof shiftNames)[number]);
      if (shift < 0 || (shift === 3 && !rotate)) return false;
      const amount = r.constant(0n, r.fields.sf ? 63n : 31n, 'shift amount');
      if (amount === undefined) return false;
      r.fields.shift = shift;
      r.fields.imm6 = Number(amount);
      return true;
    },
  };
}

/** The register and `, sxtw #2` of an extended register operand. */
const extended: OperandKind = {
  print(f) {
    const wide = f.sf === 1 && (f.option & 3) === 3;
    const register = registerText(f.Rm, wide, false);
    const plain = f.sf ? 3 : 2;
    const spInvolved = f.Rn === 31 || (f.S === 0 && f.Rd === 31);
    if (f.option === plain && spInvolved) return f.imm3 === 0 ? register : `${register}, lsl #${f.imm3}`;
    return `${register}, ${extendNames[f.option]}${f.imm3 ? ` #${f.imm3}` : ''}`;
  },
  read(r) {
    const register = registerNumber(r.word(), false);
    if (!register) return false;
    r.fields.Rm = register.n;
    r.fields.imm3 = 0;
    r.fields.option = r.fields.sf ? 3 : 2;
    if (r.atEnd()) return register.wide === (r.fields.sf === 1);
    if (!r.literal(',')) return false;
    const name = r.word();
    const option = name === 'lsl' ? r.fields.option : extendNames.indexOf(name as (typeof extendNames)[number]);
    if (option < 0 || (!r.fields.sf && register.wide) || (r.fields.sf === 1 && register.wide !== ((option & 3) === 3))) return false;
    r.fields.option = option;
    if (r.atEnd()) return name !== 'lsl';
    const amount = r.constant(0n, 4n, 'shift amount');
    if (amount === undefined) return false;
    r.fields.imm3 = Number(amount);
    return true;
  },
};

/** Modifiers of the low 12 bits for ADD, by assembler spelling. */
const addModifiers: Record<string, string> = {
  lo12: 'ADD_ABS_LO12_NC',
  tprel_hi12: 'TLSLE_ADD_TPREL_HI12',
  tprel_lo12: 'TLSLE_ADD_TPREL_LO12',
  tprel_lo12_nc: 'TLSLE_ADD_TPREL_LO12_NC',
  dtprel_hi12: 'TLSLD_ADD_DTPREL_HI12',
  dtprel_lo12: 'TLSLD_ADD_DTPREL_LO12',
  dtprel_lo12_nc: 'TLSLD_ADD_DTPREL_LO12_NC',
  tlsdesc_lo12: 'TLSDESC_ADD_LO12',
  tlsgd_lo12: 'TLSGD_ADD_LO12_NC',
};

/** Splits `:lo12:rest`. */
function modifierOf(text: string): { modifier: string; rest: string } | undefined {
  const match = /^:([a-z0-9_]+):(.*)$/is.exec(text);
  return match ? { modifier: match[1].toLowerCase(), rest: match[2].trim() } : undefined;
}

function symbolic<H>(r: OperandReader<H>, text: string, type: string): boolean {
  const e = r.context.expression(text);
  if (e.kind === 'error') {
    r.complaint = e.message;
    return false;
  }
  if (e.kind === 'value') {
    r.complaint = 'a symbol is needed here';
    return false;
  }
  r.fixup = { type, expression: e.handle };
  return true;
}

/** imm12 with an optional `, lsl #12`, or `:lo12:symbol`. */
const addImmediate: OperandKind = {
  print: (f) => `#${hex(f.imm12)}${f.sh ? ', lsl #12' : ''}`,
  read(r) {
    r.skipSpace();
    const start = r.at;
    const first = r.peekWord();
    if (registerNumber(first, false) || registerNumber(first, true)) return false;
    const text = r.expressionText();
    const modified = modifierOf(text);
    r.fields.sh = 0;
    r.fields.imm12 = 0;
    if (modified) {
      const type = addModifiers[modified.modifier];
      if (!type) return r.complain(`:${modified.modifier}: does not go with ADD`) ?? false;
      if (type === 'TLSLE_ADD_TPREL_HI12' || type === 'TLSLD_ADD_DTPREL_HI12') r.fields.sh = 1;
      if (!symbolic(r, modified.rest, type)) return false;
      return r.atEnd() || (r.literal(', lsl #12') && ((r.fields.sh = 1), true));
    }
    r.at = start;
    const e = r.expression();
    if (e.kind === 'error') return r.complain(e.message) ?? false;
    if (e.kind === 'symbolic') {
      r.fixup = { type: 'ADD_ABS_LO12_NC', expression: e.handle };
      return r.atEnd();
    }
    let value = e.value;
    if (!r.atEnd()) {
      if (!r.literal(', lsl')) return false;
      const amount = r.constant(0n, 12n, 'shift amount');
      if (amount !== 0n && amount !== 12n) return false;
      r.fields.sh = amount === 12n ? 1 : 0;
    } else if (value > 4095n && (value & 0xfffn) === 0n && value >> 12n <= 4095n) {
      value >>= 12n;
      r.fields.sh = 1;
    }
    if (value < 0n || value > 4095n) return r.complain(`immediate ${value} is out of range 0 to 4095, shifted by 0 or 12`) ?? false;
    r.fields.imm12 = Number(value);
    return true;
  },
};

/** A bitmask immediate in N, immr, imms. `inverted`: the complement is written (BIC and others). */
function logicalImmediate(inverted: boolean): OperandKind {
  return {
    print(f) {
      const value = decodeLogicalImmediate(f.N, f.imms, f.immr, f.sf ? 64 : 32) ?? 0n;
      return `#${hex(inverted ? BigInt.asUintN(f.sf ? 64 : 32, ~value) : value)}`;
    },
    read(r) {
      const width = r.fields.sf ? 64 : 32;
      const given = r.constant(-(1n << 63n), (1n << 64n) - 1n);
      if (given === undefined) return false;
      if (width === 32 && given >= 1n << 32n) return r.complain(`${hex(given)} does not fit 32 bits`) ?? false;
      const value = BigInt.asUintN(width, inverted ? ~given : given);
      const encoded = encodeLogicalImmediate(value, width);
      if (!encoded) return r.complain(`${hex(given)} is not a bitmask immediate`) ?? false;
      Object.assign(r.fields, encoded);
      return true;
    },
  };
}

/** Unsigned immediate in one field. */
function unsigned(field: string, bits: number, { base = 10, scale = 1, least = 0 } = {}): OperandKind {
  const most = BigInt(((1 << bits) - 1) * scale);
  return {
    print: (f) => `#${base === 16 ? hex(f[field] * scale) : f[field] * scale}`,
    read(r) {
      const value = r.constant(BigInt(least), most);
      if (value === undefined) return false;
      if (value % BigInt(scale) !== 0n) return r.complain(`${value} is not a multiple of ${scale}`) ?? false;
      r.fields[field] = Number(value) / scale;
      return true;
    },
  };
}

/** An immediate computed from fields, for aliases (LSL, UBFX, BFI). */
function computed(
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

const width = (f: Fields): number => (f.sf ? 64 : 32);

/** Branch target: `bits` of words in a signed field, or fields. */
function target(
  type: string,
  get: (f: Fields) => number,
  put: (f: Record<string, number>, v: number) => void,
  bits: number,
  scale: number,
  page = false,
): OperandKind {
  return {
    print(f, c) {
      const offset = BigInt.asIntN(bits, BigInt(get(f))) * BigInt(scale);
      const base = page ? c.pc & ~0xfffn : c.pc;
      const address = BigInt.asUintN(64, base + offset);
      const name = c.symbolise?.(address);
      return name ? `${address.toString(16)} <${name}>` : `${hex(address)}`;
    },
    read(r) {
      const text = r.expressionText();
      const modified = modifierOf(text);
      const pageTypes: Record<string, string> = {
        pg_hi21: 'ADR_PREL_PG_HI21',
        pg_hi21_nc: 'ADR_PREL_PG_HI21_NC',
        got: 'ADR_GOT_PAGE',
        gottprel: 'TLSIE_ADR_GOTTPREL_PAGE21',
        tlsdesc: 'TLSDESC_ADR_PAGE21',
        tlsgd: 'TLSGD_ADR_PAGE21',
      };
      put(r.fields, 0);
      if (modified) {
        const kind = page ? pageTypes[modified.modifier] : undefined;
        return kind ? symbolic(r, modified.rest, kind) : (r.complain(`:${modified.modifier}: does not go here`) ?? false);
      }
      const e = r.context.expression(text);
      if (e.kind === 'error') return r.complain(e.message) ?? false;
      if (e.kind === 'symbolic') {
        r.fixup = { type, expression: e.handle };
        return true;
      }
      // A plain number is an offset from this instruction, as GNU as has it.
      const value = BigInt.asIntN(64, e.value);
      const offset = page ? value >> 12n : value / BigInt(scale);
      if (!page && value % BigInt(scale) !== 0n) return r.complain('the target is not aligned') ?? false;
      if (offset < -(1n << BigInt(bits - 1)) || offset >= 1n << BigInt(bits - 1)) return r.complain('the target is out of range') ?? false;
      put(r.fields, Number(BigInt.asUintN(bits, offset)));
      return true;
    },
  };
}

const simpleTarget = (type: string, field: string, bits: number): OperandKind =>
  target(
    type,
    (f) => f[field],
    (f, v) => (f[field] = v),
    bits,
    4,
  );

/** immhi:immlo of ADR and ADRP. */
const adrTarget = (type: string, page: boolean): OperandKind =>
  target(
    type,
    (f) => (f.immhi << 2) | f.immlo,
    (f, v) => {
      f.immhi = v >> 2;
      f.immlo = v & 3;
    },
    21,
    page ? 4096 : 1,
    page,
  );

/** A condition name. `invert`: aliases such as CSET hold the opposite. */
function condition(invert: boolean): OperandKind {
  return {
    print: (f) => conditionNames[f.cond ^ (invert ? 1 : 0)],
    read(r) {
      const at = conditionNumber(r.word());
      if (at === undefined || (invert && at >= 14)) return false;
      r.fields.cond = at ^ (invert ? 1 : 0);
      return true;
    },
  };
}

const conditionSynonyms: Record<string, number> = {
  hs: 2,
  lo: 3,
  nlast: 2,
  last: 3,
  none: 0,
  any: 1,
  first: 4,
  nfrst: 5,
  pmore: 8,
  plast: 9,
  tcont: 10,
  tstop: 11,
};

export function conditionNumber(name: string): number | undefined {
  const at = (conditionNames as readonly string[]).indexOf(name);
  return at >= 0 ? at : conditionSynonyms[name];
}

// Memory

const loadLow12: Record<string, string> = {
  lo12: 'ABS_LO12_NC',
  got_lo12: 'LD64_GOT_LO12_NC',
  gottprel_lo12: 'TLSIE_LD64_GOTTPREL_LO12_NC',
  tlsdesc_lo12: 'TLSDESC_LD64_LO12',
  tprel_lo12: 'TPREL_LO12',
  tprel_lo12_nc: 'TPREL_LO12_NC',
};

/** `, #imm` of an unsigned scaled offset; 2^scale bytes. */
function scaledOffset(scale: number): OperandKind {
  return {
    print: (f) => (f.imm12 === 0 ? '' : `, #${f.imm12 << scale}`),
    read(r) {
      r.fields.imm12 = 0;
      r.skipSpace();
      if (r.text[r.at] === ']') return true;
      if (!r.literal(',')) return false;
      const start = r.at;
      const text = r.expressionText();
      const modified = modifierOf(text);
      if (modified) {
        const kind = loadLow12[modified.modifier];
        if (!kind) return r.complain(`:${modified.modifier}: does not go with a load or store`) ?? false;
        const type =
          kind === 'ABS_LO12_NC' ? `LDST${8 << scale}_ABS_LO12_NC` : kind.startsWith('TPREL') ? `TLSLE_LDST${8 << scale}_${kind}` : kind;
        return symbolic(r, modified.rest, type);
      }
      r.at = start;
      const value = r.constant(0n, BigInt(4095 << scale), 'offset');
      if (value === undefined) return false;
      if (value & ((1n << BigInt(scale)) - 1n)) return r.complain(`offset ${value} is not a multiple of ${1 << scale}`) ?? false;
      r.fields.imm12 = Number(value >> BigInt(scale));
      return true;
    },
  };
}

/** A signed offset in `field`. `optional`: zero is not written. */
function signedOffset(field: string, bits: number, scale: number, optional: boolean): OperandKind {
  const value = (f: Fields) => Number(BigInt.asIntN(bits, BigInt(f[field]))) * (1 << scale);
  const least = -(1n << BigInt(bits - 1)) << BigInt(scale);
  const most = ((1n << BigInt(bits - 1)) - 1n) << BigInt(scale);
  return {
    print: (f) => (optional && f[field] === 0 ? '' : `, #${value(f)}`),
    read(r) {
      r.fields[field] = 0;
      r.skipSpace();
      if (optional && (r.text[r.at] === ']' || r.atEnd())) return true;
      if (!r.literal(',')) return false;
      const offset = r.constant(least, most, 'offset');
      if (offset === undefined) return false;
      if (offset & ((1n << BigInt(scale)) - 1n)) return r.complain(`offset ${offset} is not a multiple of ${1 << scale}`) ?? false;
      r.fields[field] = Number(BigInt.asUintN(bits, offset >> BigInt(scale)));
      return true;
    },
  };
}

/** `w2, sxtw #3` of a register offset; 2^scale bytes. */
function registerOffset(scale: number): OperandKind {
  return {
    print(f) {
      const register = registerText(f.Rm, (f.option & 1) === 1, false);
      if (f.option === 3) return f.S ? `${register}, lsl #${scale}` : register;
      return `${register}, ${extendNames[f.option]}${f.S ? ` #${scale}` : ''}`;
    },
    read(r) {
      const register = registerNumber(r.word(), false);
      if (!register) return false;
      r.fields.Rm = register.n;
      r.fields.option = 3;
      r.fields.S = 0;
      r.skipSpace();
      if (r.text[r.at] === ']') return register.wide;
      if (!r.literal(',')) return false;
      const name = r.word();
      const option = name === 'lsl' ? 3 : extendNames.indexOf(name as (typeof extendNames)[number]);
      if (option < 0 || !(option & 2) || register.wide !== ((option & 1) === 1)) return false;
      r.fields.option = option;
      r.skipSpace();
      if (r.text[r.at] === ']') return name !== 'lsl';
      const amount = r.constant(0n, 4n, 'shift amount');
      if (amount === undefined) return false;
      if (amount !== 0n && amount !== BigInt(scale)) return r.complain(`shift amount must be 0 or ${scale}`) ?? false;
      r.fields.S = amount === BigInt(scale) && (scale > 0 || name !== '') && amount !== 0n ? 1 : scale === 0 ? 1 : 0;
      return true;
    },
  };
}

const prefetchTypes = ['pld', 'pli', 'pst'];

const prefetch: OperandKind = {
  print(f) {
    const type = f.prfop >> 3;
    const level = (f.prfop >> 1) & 3;
    return type < 3 && level < 3 ? `${prefetchTypes[type]}l${level + 1}${f.prfop & 1 ? 'strm' : 'keep'}` : `#${hex(f.prfop)}`;
  },
  read(r) {
    const match = /^(pld|pli|pst)l([123])(keep|strm)$/.exec(r.peekWord());
    if (match) {
      r.word();
      r.fields.prfop = (prefetchTypes.indexOf(match[1]) << 3) | ((Number(match[2]) - 1) << 1) | (match[3] === 'strm' ? 1 : 0);
      return true;
    }
    const value = r.constant(0n, 31n);
    if (value === undefined) return false;
    r.fields.prfop = Number(value);
    return true;
  },
};

// System

const systemKey = (f: Fields): number => ((2 + f.o0) << 14) | (f.op1 << 11) | (f.CRn << 7) | (f.CRm << 3) | f.op2;

const systemRegister = (direction: 'read' | 'write'): OperandKind => ({
  print: (f) => sysregName(systemKey(f), direction) ?? `s${2 + f.o0}_${f.op1}_c${f.CRn}_c${f.CRm}_${f.op2}`,
  read(r) {
    const name = r.word();
    const key = sysregKey(name);
    if (key === undefined) return r.complain(`${name} is not a system register`) ?? false;
    if (key >> 14 < 2) return r.complain(`${name} is a system operation: use SYS`) ?? false;
    r.fields.o0 = (key >> 14) & 1;
    r.fields.op1 = (key >> 11) & 7;
    r.fields.CRn = (key >> 7) & 15;
    r.fields.CRm = (key >> 3) & 15;
    r.fields.op2 = key & 7;
    return true;
  },
});

const barrier: OperandKind = {
  print: (f) => barrierNames[f.CRm] ?? `#${hex(f.CRm)}`,
  read(r) {
    const at = (barrierNames as readonly (string | undefined)[]).indexOf(r.peekWord());
    if (at >= 0 && r.peekWord()) {
      r.word();
      r.fields.CRm = at;
      return true;
    }
    const value = r.constant(0n, 15n);
    if (value === undefined) return false;
    r.fields.CRm = Number(value);
    return true;
  },
};

const isbOption: OperandKind = {
  print: (f) => (f.CRm === 15 ? '' : ` #${hex(f.CRm)}`),
  read(r) {
    r.fields.CRm = 15;
    if (r.atEnd()) return true;
    if (r.peekWord() === 'sy') return r.word() === 'sy';
    const value = r.constant(0n, 15n);
    if (value === undefined) return false;
    r.fields.CRm = Number(value);
    return true;
  },
};

/** C registers of SYS. */
const controlRegister = (field: string): OperandKind => ({
  print: (f) => `C${f[field]}`,
  read(r) {
    const match = /^c(\d|1[0-5])$/.exec(r.word());
    if (!match) return false;
    r.fields[field] = Number(match[1]);
    return true;
  },
});

/** `, x1` that is left out for xzr. */
const optionalX: OperandKind = {
  print: (f) => (f.Rt === 31 ? '' : `, ${registerText(f.Rt, true, false)}`),
  read(r) {
    r.fields.Rt = 31;
    if (r.atEnd()) return true;
    if (!r.literal(',')) return false;
    const found = registerNumber(r.word(), false);
    if (!found?.wide) return false;
    r.fields.Rt = found.n;
    return true;
  },
};

/** Immediate of CLREX: #15 is not written. */
const clrexImmediate: OperandKind = {
  print: (f) => (f.CRm === 15 ? '' : ` #${hex(f.CRm)}`),
  read: (r) => isbOption.read(r),
};

const returnRegister: OperandKind = {
  print: (f) => (f.Rn === 30 ? '' : ` ${registerText(f.Rn, true, false)}`),
  read(r) {
    r.fields.Rn = 30;
    if (r.atEnd()) return true;
    const found = registerNumber(r.word(), false);
    if (!found?.wide) return false;
    r.fields.Rn = found.n;
    return true;
  },
};

/** Wide-move immediate with shift, `#imm{, lsl #16}`, or `:abs_g1:symbol`. */
const wideImmediate: OperandKind = {
  print: (f) => `#${hex(f.imm16)}${f.hw ? `, lsl #${f.hw * 16}` : ''}`,
  read(r) {
    r.skipSpace();
    const start = r.at;
    const modified = modifierOf(r.expressionText());
    r.fields.hw = 0;
    r.fields.imm16 = 0;
    if (modified) {
      const match = /^(abs|prel|tprel)_g([0-3])(_s)?(_nc)?$/.exec(modified.modifier);
      if (!match) return r.complain(`:${modified.modifier}: does not go with a move`) ?? false;
      r.fields.hw = Number(match[2]);
      const kind = match[1] === 'abs' ? (match[3] ? 'MOVW_SABS' : 'MOVW_UABS') : match[1] === 'prel' ? 'MOVW_PREL' : 'TLSLE_MOVW_TPREL';
      return symbolic(r, modified.rest, `${kind}_G${match[2]}${match[4] ? '_NC' : ''}`);
    }
    r.at = start;
    const value = r.constant(0n, 65535n);
    if (value === undefined) return false;
    r.fields.imm16 = Number(value);
    if (r.atEnd()) return true;
    if (!r.literal(', lsl')) return false;
    const amount = r.constant(0n, r.fields.sf ? 48n : 16n, 'shift amount');
    if (amount === undefined || amount % 16n !== 0n) return false;
    r.fields.hw = Number(amount) / 16;
    return true;
  },
};

const wideValue = (f: Fields): bigint => BigInt(f.imm16) << BigInt(f.hw * 16);

/** The value that `mov` of a constant is written with; `negated` for MOVN. */
function moveValue(negated: boolean): OperandKind {
  return {
    print: (f) => `#${hex(negated ? BigInt.asIntN(f.sf ? 64 : 32, ~wideValue(f)) : wideValue(f))}`,
    read(r) {
      const first = r.peekWord();
      if (registerNumber(first, false) || registerNumber(first, true)) return false;
      const given = r.constant(-(1n << 63n), (1n << 64n) - 1n);
      if (given === undefined) return false;
      const bits = r.fields.sf ? 64 : 32;
      if (bits === 32 && (given >= 1n << 32n || given < -(1n << 32n))) return false;
      const value = BigInt.asUintN(bits, negated ? ~given : given);
      for (let hw = 0; hw < bits / 16; hw++) {
        const shift = BigInt(hw * 16);
        if ((value & ~(0xffffn << shift)) !== 0n) continue;
        r.fields.hw = hw;
        r.fields.imm16 = Number(value >> shift);
        return true;
      }
      return r.complain(`${hex(given)} cannot be moved by one instruction`) ?? false;
    },
  };
}

/** A register of TBZ: W when the bit number is below 32. */
const testedRegister: OperandKind = {
  print: (f) => registerText(f.Rt, f.b5 === 1, false),
  read(r) {
    const found = registerNumber(r.word(), false);
    if (!found) return false;
    r.fields.Rt = found.n;
    r.fields.wideTest = found.wide ? 1 : 0;
    return true;
  },
};

const testedBit: OperandKind = {
  print: (f) => `#${(f.b5 << 5) | f.b40}`,
  read(r) {
    const bit = r.constant(0n, r.fields.wideTest ? 63n : 31n, 'bit number');
    if (bit === undefined) return false;
    r.fields.b5 = Number(bit) >> 5;
    r.fields.b40 = Number(bit) & 31;
    return true;
  },
};

/** A register that two fields hold. */
function sameRegister(field: string, also: string): OperandKind {
  const kind = general(field, 'sf', false);
  return {
    print: kind.print,
    read(r) {
      if (!kind.read(r)) return false;
      r.fields[also] = r.fields[field];
      return true;
    },
  };
}

/** The register after the one in `field`, as register pairs write it out. */
function nextRegister(field: string, wide: boolean): OperandKind {
  return {
    print: (f) => registerText((f[field] + 1) & 31, wide, false),
    read(r) {
      const found = registerNumber(r.word(), false);
      return found !== undefined && found.wide === wide && found.n === ((r.fields[field] + 1) & 31) && (r.fields[field] & 1) === 0;
    },
  };
}

const pstate: OperandKind = {
  print: (f) => Object.entries(pstateFields).find(([, key]) => key === ((f.op1 << 3) | f.op2))?.[0] ?? '',
  read(r) {
    const key = (pstateFields as Readonly<Record<string, number>>)[r.word()];
    if (key === undefined) return false;
    r.fields.op1 = key >> 3;
    r.fields.op2 = key & 7;
    return true;
  },
};

const operationKey = (f: Fields): number => (1 << 14) | (f.op1 << 11) | (f.CRn << 7) | (f.CRm << 3) | f.op2;

/** `dc civac, x0` whole. */
const systemOperation: OperandKind = {
  print(f) {
    const found = systemOperations.find((o) => o.key === operationKey(f));
    if (!found || found.takesRegister !== (f.Rt !== 31 || found.takesRegister)) return '';
    if (!found.takesRegister && f.Rt !== 31) return '';
    return `${found.instruction}\t${found.name}${found.takesRegister ? `, ${registerText(f.Rt, true, false)}` : ''}`;
  },
  read(r) {
    const instruction = r.word();
    const name = r.word();
    const found = systemOperations.find((o) => o.instruction === instruction && o.name === name);
    if (!found) return r.complain(`${instruction} has no operation ${name}`) ?? false;
    r.fields.op1 = (found.key >> 11) & 7;
    r.fields.CRn = (found.key >> 7) & 15;
    r.fields.CRm = (found.key >> 3) & 15;
    r.fields.op2 = found.key & 7;
    r.fields.Rt = 31;
    if (!found.takesRegister) return r.atEnd();
    if (!r.literal(',')) return false;
    const register = registerNumber(r.word(), false);
    if (!register?.wide) return false;
    r.fields.Rt = register.n;
    return true;
  },
};

// SIMD and floating-point registers

/** A scalar register of one size: `s3`. */
function scalar(letter: string, field: string): OperandKind {
  return {
    print: (f) => `${letter}${f[field]}`,
    read(r) {
      const match = /^([bhsdq])(\d|[12]\d|3[01])$/.exec(r.word());
      if (!match || match[1] !== letter) return false;
      r.fields[field] = Number(match[2]);
      return true;
    },
  };
}

const scalarByType = ['s', 'd', '', 'h'] as const;

/** A scalar register whose size is in `ftype` (0 single, 1 double, 3 half). */
function scalarOfType(field: string): OperandKind {
  return {
    print: (f) => `${scalarByType[f.ftype]}${f[field]}`,
    read(r) {
      const match = /^([hsd])(\d|[12]\d|3[01])$/.exec(r.word());
      if (!match) return false;
      const ftype = (scalarByType as readonly string[]).indexOf(match[1]);
      if (r.fields.ftype === undefined) r.fields.ftype = ftype;
      else if (r.fields.ftype !== ftype) return false;
      r.fields[field] = Number(match[2]);
      return true;
    },
  };
}

/** Text of a floating-point constant as objdump gives it: sixteen decimal places, exponent. */
export function fpText(bits: bigint, width: 16 | 32 | 64): string {
  const fraction = { 16: 10, 32: 23, 64: 52 }[width];
  const bias = { 16: 15, 32: 127, 64: 1023 }[width];
  const exponentMask = (1n << BigInt(width - 1 - fraction)) - 1n;
  const exponent = Number((bits >> BigInt(fraction)) & exponentMask) - bias;
  const mantissa = Number(bits & ((1n << BigInt(fraction)) - 1n)) / 2 ** fraction;
  const value = (1 + mantissa) * 2 ** exponent * (bits >> BigInt(width - 1) ? -1 : 1);
  return value.toExponential(18).replace(/e([+-])(\d)$/, 'e$10$2');
}

function parseFp(text: string, width: 16 | 32 | 64): bigint | undefined {
  if (!/^[+-]?(\d+\.?\d*(e[+-]?\d+)?|\.\d+(e[+-]?\d+)?)$/i.test(text)) return undefined;
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, Number(text));
  const double = view.getBigUint64(0);
  const imm8 = encodeFpImmediate(double, 64);
  return imm8 === undefined ? undefined : decodeFpImmediate(imm8, width);
}

/** 8-bit floating-point constant of FMOV (scalar). */
const fpImmediate: OperandKind = {
  print: (f) => `#${fpText(decodeFpImmediate(f.imm8, 64), 64)}`,
  read(r) {
    const bits = parseFp(r.expressionText(), 64);
    if (bits === undefined) return r.complain('not a constant that FMOV can hold') ?? false;
    r.fields.imm8 = encodeFpImmediate(bits, 64) ?? 0;
    return true;
  },
};

/** Fraction bits of fixed-point conversions: 64 - scale. */
const fractionBits = computed(
  (f) => 64 - f.scale,
  (v, f) => (f.scale = 64 - v),
  (f) => width(f),
  1,
);

export const operandKinds: Readonly<Record<string, OperandKind>> = buildKinds();

function buildKinds(): Record<string, OperandKind> {
  const kinds: Record<string, OperandKind> = {
    addimm: addImmediate,
    shift: shifted(false),
    shiftror: shifted(true),
    extend: extended,
    bitmask: logicalImmediate(false),
    bitmaskinv: logicalImmediate(true),
    wide: wideImmediate,
    movz: moveValue(false),
    movn: moveValue(true),
    cond: condition(false),
    condinv: condition(true),
    immr: unsigned('immr', 6),
    imms: unsigned('imms', 6),
    lsb: unsigned('imms', 6),
    nzcv: unsigned('nzcv', 4, { base: 16 }),
    imm5: unsigned('imm5', 5, { base: 16 }),
    imm16: unsigned('imm16', 16, { base: 16 }),
    hint: computed(
      (f) => (f.CRm << 3) | f.op2,
      (v, f) => {
        f.CRm = v >> 3;
        f.op2 = v & 7;
      },
      () => 127,
    ),
    op1: unsigned('op1', 3),
    op2: unsigned('op2', 3),
    CRm: unsigned('CRm', 4, { base: 16 }),
    Cn: controlRegister('CRn'),
    Cm: controlRegister('CRm'),
    optx: optionalX,
    retreg: returnRegister,
    sysr: systemRegister('read'),
    sysw: systemRegister('write'),
    barrier,
    isb: isbOption,
    clrex: clrexImmediate,
    prfop: prefetch,
    Tt: testedRegister,
    'Rn=Rm': sameRegister('Rn', 'Rm'),
    'Ws+1': nextRegister('Rs', false),
    'Xs+1': nextRegister('Rs', true),
    'Wt+1': nextRegister('Rt', false),
    'Xt+1': nextRegister('Rt', true),
    pstate,
    sysop: systemOperation,
    op1x: unsigned('op1', 3),
    op2x: unsigned('op2', 3),
    imm16dec: unsigned('imm16', 16),
    b26: simpleTarget('JUMP26', 'imm26', 26),
    bl26: simpleTarget('CALL26', 'imm26', 26),
    b19: simpleTarget('CONDBR19', 'imm19', 19),
    ld19: simpleTarget('LD_PREL_LO19', 'imm19', 19),
    b14: simpleTarget('TSTBR14', 'imm14', 14),
    adr: adrTarget('ADR_PREL_LO21', false),
    adrp: adrTarget('ADR_PREL_PG_HI21', true),
    tbit: testedBit,
    simm9: signedOffset('imm9', 9, 0, true),
    simm9always: signedOffset('imm9', 9, 0, false),
    fimm8: fpImmediate,
    fbits: fractionBits,
    // Aliases of the bitfield moves.
    lslimm: computed(
      (f) => (width(f) - f.immr) % width(f),
      (v, f) => {
        f.immr = (width(f) - v) % width(f);
        f.imms = width(f) - 1 - v;
      },
      (f) => width(f) - 1,
    ),
    srimm: computed(
      (f) => f.immr,
      (v, f) => {
        f.immr = v;
        f.imms = width(f) - 1;
      },
      (f) => width(f) - 1,
    ),
    xlsb: computed(
      (f) => f.immr,
      (v, f) => {
        f.immr = v;
      },
      (f) => width(f) - 1,
    ),
    xwidth: computed(
      (f) => f.imms - f.immr + 1,
      (v, f) => {
        f.imms = f.immr + v - 1;
      },
      (f) => width(f) - f.immr,
      1,
    ),
    ilsb: computed(
      (f) => (width(f) - f.immr) % width(f),
      (v, f) => {
        f.immr = (width(f) - v) % width(f);
      },
      (f) => width(f) - 1,
    ),
    iwidth: computed(
      (f) => f.imms + 1,
      (v, f) => {
        f.imms = v - 1;
      },
      (f) => width(f) - ((width(f) - f.immr) % width(f)),
      1,
    ),
    rorimm: computed(
      (f) => f.imms,
      (v, f) => {
        f.imms = v;
      },
      (f) => width(f) - 1,
    ),
  };
  for (const field of ['d', 'n', 'm', 'a', 't', 's', 't2', 'n2', 'm2', 'd2']) {
    const name = `R${field}`;
    kinds[name] = general(name, 'sf', false);
    kinds[`${name}|sp`] = general(name, 'sf', true);
    for (const [letter, bits] of [
      ['W', 32],
      ['X', 64],
    ] as const) {
      kinds[`${letter}${field}`] = general(name, bits, false);
      kinds[`${letter}${field}|sp`] = general(name, bits, true);
    }
    for (const letter of ['B', 'H', 'S', 'D', 'Q']) kinds[`${letter}${field}`] = scalar(letter.toLowerCase(), name);
    kinds[`F${field}`] = scalarOfType(name);
  }
  for (let scale = 0; scale <= 4; scale++) {
    kinds[`uoff${scale}`] = scaledOffset(scale);
    kinds[`roff${scale}`] = registerOffset(scale);
    kinds[`pair${scale}`] = signedOffset('imm7', 7, scale, true);
    kinds[`pairalways${scale}`] = signedOffset('imm7', 7, scale, false);
  }
  return kinds;
}

export { registerNumber, registerText };
