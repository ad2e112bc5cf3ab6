/** Operands of general instructions: registers, shifts, immediates, branch targets, conditions. */
import { decodeLogicalImmediate, encodeLogicalImmediate } from './bits.ts';
import { addModifiers, adrModifiers, adrpModifiers, moveRelocation } from './modifiers.ts';
import { conditionNames } from './sysregs.ts';
import { hex, modifierOf, symbolic, unsigned, type OperandKind, type OperandReader } from './syntax.ts';
import type { Fields } from './table.ts';
// General registers

export const registerWord = /^([wx])(\d|[12]\d|30)$/;

/** Number of a general register, or undefined. `sp`: whether 31 is the stack pointer here. */
export function registerNumber(word: string, sp: boolean): { n: number; wide: boolean } | undefined {
  if (sp && (word === 'sp' || word === 'wsp')) return { n: 31, wide: word === 'sp' };
  if (!sp && (word === 'xzr' || word === 'wzr')) return { n: 31, wide: word === 'xzr' };
  if (word === 'lr') return { n: 30, wide: true };
  if (word === 'fp') return { n: 29, wide: true };
  const match = registerWord.exec(word);
  return match ? { n: Number(match[2]), wide: match[1] === 'x' } : undefined;
}

export function registerText(n: number, wide: boolean, sp: boolean): string {
  if (n === 31) return sp ? (wide ? 'sp' : 'wsp') : wide ? 'xzr' : 'wzr';
  return `${wide ? 'x' : 'w'}${n}`;
}

/** A general register in `field`; its width by `sf`, or fixed. */
export function general(field: string, width: 'sf' | 32 | 64, sp: boolean): OperandKind {
  return {
    print: (f) => registerText(f[field], width === 64 || (width === 'sf' && f.sf === 1), sp),
    read(r) {
      const word = r.word();
      const found = registerNumber(word, sp);
      if (!found) return false;
      if (width === 'sf') r.fields.sf ??= found.wide ? 1 : 0;
      const wanted = width === 'sf' ? r.fields.sf === 1 : width === 64;
      if (found.wide !== wanted) return r.refuse(`${word} is ${wanted ? 32 : 64} bits wide; ${wanted ? 64 : 32} are needed`);
      r.fields[field] = found.n;
      return true;
    },
  };
}

// Shifts, extends, immediates

export const shiftNames = ['lsl', 'lsr', 'asr', 'ror'] as const;
export const extendNames = ['uxtb', 'uxth', 'uxtw', 'uxtx', 'sxtb', 'sxth', 'sxtw', 'sxtx'] as const;

/** `, lsl #3` of a shifted register. */
export function shifted(rotate: boolean): OperandKind {
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
export const extended: OperandKind = {
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
    if (r.atEnd())
      return register.wide === (r.fields.sf === 1) || r.refuse('a 32-bit register with a 64-bit one needs an extension such as uxtw');
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

/** imm12 with an optional `, lsl #12`, or `:lo12:symbol`. `negated`: a negative constant, for the opposite instruction. */
export function addImmediate(negated: boolean): OperandKind {
  return {
    print: (f) => `#${negated ? '-' : ''}${hex(f.imm12)}${f.sh ? ', lsl #12' : ''}`,
    read(r) {
      const first = r.peekWord();
      if (registerNumber(first, false) || registerNumber(first, true)) return false;
      r.fields.sh = 0;
      r.fields.imm12 = 0;
      const text = r.expressionText();
      const modified = modifierOf(text);
      if (modified) return !negated && addModified(r, modified);
      const e = r.context.expression(text);
      if (e.kind === 'error') return r.refuse(e.message);
      if (e.kind === 'symbolic') {
        if (negated) return false;
        r.fixup = { type: 'ADD_ABS_LO12_NC', expression: e.handle };
        return r.atEnd();
      }
      if (negated && e.value >= 0n) return false;
      return addConstant(r, negated ? -e.value : e.value);
    },
  };
}

function addModified<H>(r: OperandReader<H>, { modifier, rest }: { modifier: string; rest: string }): boolean {
  const type = addModifiers[modifier];
  if (!type) return r.refuse(`:${modifier}: does not go with ADD`);
  // GNU as shifts by itself for this one only.
  if (modifier === 'tprel_hi12') r.fields.sh = 1;
  const low = (value: bigint): boolean => {
    r.fields.imm12 = Number(value & 0xfffn);
    return true;
  };
  if (!symbolic(r, rest, type, modifier === 'lo12' ? low : undefined)) return false;
  if (r.atEnd()) return true;
  if (!r.literal(', lsl #12')) return false;
  r.fields.sh = 1;
  return true;
}

function addConstant<H>(r: OperandReader<H>, given: bigint): boolean {
  let value = given;
  if (!r.atEnd()) {
    if (!r.literal(', lsl')) return false;
    const amount = r.constant(0n, 12n, 'shift amount');
    if (amount !== 0n && amount !== 12n) return false;
    r.fields.sh = amount === 12n ? 1 : 0;
  } else if (value > 4095n && (value & 0xfffn) === 0n && value >> 12n <= 4095n) {
    value >>= 12n;
    r.fields.sh = 1;
  }
  if (value < 0n || value > 4095n) return r.refuse(`immediate ${value} is out of range 0 to 4095, shifted by 0 or 12`);
  r.fields.imm12 = Number(value);
  return true;
}

/** A bitmask immediate in N, immr, imms. `inverted`: the complement is written (BIC and others). */
export function logicalImmediate(inverted: boolean): OperandKind {
  return {
    print(f) {
      const value = decodeLogicalImmediate(f.N, f.imms, f.immr, f.sf ? 64 : 32) ?? 0n;
      return `#${hex(inverted ? BigInt.asUintN(f.sf ? 64 : 32, ~value) : value)}`;
    },
    read(r) {
      const width = r.fields.sf ? 64 : 32;
      const given = r.constant(-(1n << 63n), (1n << 64n) - 1n);
      if (given === undefined) return false;
      if (width === 32 && given >= 1n << 32n) return r.refuse(`${hex(given)} does not fit 32 bits`);
      const value = BigInt.asUintN(width, inverted ? ~given : given);
      const encoded = encodeLogicalImmediate(value, width);
      if (!encoded) return r.refuse(`${hex(given)} is not a bitmask immediate`);
      Object.assign(r.fields, encoded);
      return true;
    },
  };
}

/** Branch target: `bits` of words in a signed field, or fields. */
export function target(
  type: string,
  get: (f: Fields) => number,
  put: (f: Record<string, number>, v: number) => void,
  bits: number,
  scale: number,
  modifiers: Readonly<Record<string, string>> = {},
  page = false,
): OperandKind {
  return {
    print(f, c) {
      const offset = BigInt.asIntN(bits, BigInt(get(f))) * BigInt(scale);
      const base = page ? c.pc & ~0xfffn : c.pc;
      const address = BigInt.asUintN(64, base + offset);
      const name = c.symbolise?.(address);
      // Without a name the text can be assembled again: objdump leaves the 0x out.
      return name ? `${address.toString(16)} <${name}>` : hex(address);
    },
    read(r) {
      const text = r.expressionText();
      const modified = modifierOf(text);
      put(r.fields, 0);
      if (modified) {
        const kind = modifiers[modified.modifier];
        return kind ? symbolic(r, modified.rest, kind) : r.refuse(`:${modified.modifier}: does not go here`);
      }
      const e = r.context.expression(text);
      if (e.kind === 'error') return r.refuse(e.message);
      if (e.kind === 'symbolic') {
        r.fixup = { type, expression: e.handle };
        return true;
      }
      // A plain number is an offset from this instruction, as GNU as has it.
      const value = BigInt.asIntN(64, e.value);
      const offset = page ? value >> 12n : value / BigInt(scale);
      if (!page && value % BigInt(scale) !== 0n) return r.refuse('the target is not aligned');
      if (offset < -(1n << BigInt(bits - 1)) || offset >= 1n << BigInt(bits - 1)) return r.refuse('the target is out of range');
      put(r.fields, Number(BigInt.asUintN(bits, offset)));
      return true;
    },
  };
}

export const simpleTarget = (type: string, field: string, bits: number, modifiers: Readonly<Record<string, string>> = {}): OperandKind =>
  target(
    type,
    (f) => f[field],
    (f, v) => (f[field] = v),
    bits,
    4,
    modifiers,
  );

/** immhi:immlo of ADR and ADRP. */
export const adrTarget = (type: string, page: boolean): OperandKind =>
  target(
    type,
    (f) => (f.immhi << 2) | f.immlo,
    (f, v) => {
      f.immhi = v >> 2;
      f.immlo = v & 3;
    },
    21,
    page ? 4096 : 1,
    page ? adrpModifiers : adrModifiers,
    page,
  );

/** A condition name. `invert`: aliases such as CSET hold the opposite. */
export function condition(invert: boolean): OperandKind {
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

export const conditionSynonyms: Record<string, number> = {
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

/** The 16 bits of a constant that a modifier such as `:abs_g1:` names. */
function movePart<H>(r: OperandReader<H>, value: bigint, { type, hw }: { type: string; hw: number }): boolean {
  const bits = BigInt(16 * (hw + 1) - (type.startsWith('MOVW_SABS') ? 1 : 0));
  const fits = type.endsWith('_NC') || (value >= 0n && BigInt.asUintN(64, value) >> bits === 0n);
  if (!type.startsWith('MOVW_') || !fits) return r.refuse(`${value} does not fit ${type}`);
  r.fields.imm16 = Number((BigInt.asUintN(64, value) >> BigInt(16 * hw)) & 0xffffn);
  return true;
}

/** Wide-move immediate with shift, `#imm{, lsl #16}`, or `:abs_g1:symbol`. */
export const wideImmediate: OperandKind = {
  print: (f) => `#${hex(f.imm16)}${f.hw ? `, lsl #${f.hw * 16}` : ''}`,
  read(r) {
    r.skipSpace();
    const start = r.at;
    const modified = modifierOf(r.expressionText());
    r.fields.hw = 0;
    r.fields.imm16 = 0;
    if (modified) {
      const relocation = moveRelocation(modified.modifier);
      if (!relocation) return r.refuse(`:${modified.modifier}: does not go with a move`);
      r.fields.hw = relocation.hw;
      return symbolic(r, modified.rest, relocation.type, (value) => movePart(r, value, relocation));
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

export const wideValue = (f: Fields): bigint => BigInt(f.imm16) << BigInt(f.hw * 16);

/** The value that `mov` of a constant is written with; `negated` for MOVN. */
export function moveValue(negated: boolean): OperandKind {
  return {
    print: (f) => `#${hex(negated ? BigInt.asUintN(f.sf ? 64 : 32, ~wideValue(f)) : wideValue(f))}`,
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
      return r.refuse(`${hex(given)} cannot be moved by one instruction`);
    },
  };
}

/** A register of TBZ: W when the bit number is below 32. */
export const testedRegister: OperandKind = {
  print: (f) => registerText(f.Rt, f.b5 === 1, false),
  read(r) {
    const found = registerNumber(r.word(), false);
    if (!found) return false;
    r.fields.Rt = found.n;
    r.fields.wideTest = found.wide ? 1 : 0;
    return true;
  },
};

export const testedBit: OperandKind = {
  print: (f) => `#${(f.b5 << 5) | f.b40}`,
  read(r) {
    const bit = r.constant(0n, r.fields.wideTest ? 63n : 31n, 'bit number');
    if (bit === undefined) return false;
    r.fields.b5 = Number(bit) >> 5;
    r.fields.b40 = Number(bit) & 31;
    return true;
  },
};

/** ` #0x1` that is left out for zero. */
export function optionalImmediate(field: string, bits: number): OperandKind {
  const written = unsigned(field, bits, { base: 16 });
  return {
    print: (f, c) => (f[field] === 0 ? '' : ` ${written.print(f, c)}`),
    read(r) {
      r.fields[field] = 0;
      return r.atEnd() || written.read(r);
    },
  };
}

/** A register that two fields hold. */
export function sameRegister(field: string, also: string): OperandKind {
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
export function nextRegister(field: string, wide: boolean): OperandKind {
  return {
    print: (f) => registerText((f[field] + 1) & 31, wide, false),
    read(r) {
      const found = registerNumber(r.word(), false);
      return found !== undefined && found.wide === wide && found.n === ((r.fields[field] + 1) & 31) && (r.fields[field] & 1) === 0;
    },
  };
}

export const returnRegister: OperandKind = {
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
