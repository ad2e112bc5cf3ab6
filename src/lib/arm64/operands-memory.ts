/** Address operands of loads and stores. */
import { offsetModifiers } from './modifiers.ts';
import { extendNames, registerNumber, registerText } from './operands-general.ts';
import { hex2, modifierOf, symbolic, type OperandKind } from './syntax.ts';
import type { Fields } from './table.ts';
// Memory

/** `, #imm` of an unsigned scaled offset; 2^scale bytes. */
export function scaledOffset(scale: number): OperandKind {
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
        const type = offsetModifiers[modified.modifier];
        if (!type) return r.refuse(`:${modified.modifier}: does not go with a load or store`);
        if (!type.includes('*') && scale !== 3) return r.refuse(`:${modified.modifier}: goes with 64-bit loads`);
        return symbolic(r, modified.rest, type.replace('*', String(8 << scale)), (given) => {
          const low = Number(given & 0xfffn);
          if (modified.modifier !== 'lo12' || low & ((1 << scale) - 1)) return r.refuse(`${given} does not fit :${modified.modifier}:`);
          r.fields.imm12 = low >> scale;
          return true;
        });
      }
      r.at = start;
      const value = r.constant(0n, BigInt(4095 << scale), 'offset');
      if (value === undefined) return false;
      if (value & ((1n << BigInt(scale)) - 1n)) return r.refuse(`offset ${value} is not a multiple of ${1 << scale}`);
      r.fields.imm12 = Number(value >> BigInt(scale));
      return true;
    },
  };
}

/** A signed offset in `field`. `optional`: zero is not written. */
export function signedOffset(field: string, bits: number, scale: number, optional: boolean): OperandKind {
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
      if (offset & ((1n << BigInt(scale)) - 1n)) return r.refuse(`offset ${offset} is not a multiple of ${1 << scale}`);
      r.fields[field] = Number(BigInt.asUintN(bits, offset >> BigInt(scale)));
      return true;
    },
  };
}

/** `w2, sxtw #3` of a register offset; 2^scale bytes. */
export function registerOffset(scale: number): OperandKind {
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
      if (r.text[r.at] === ']') return register.wide || r.refuse('a 32-bit offset needs uxtw or sxtw');
      if (!r.literal(',')) return false;
      const name = r.word();
      const option = name === 'lsl' ? 3 : extendNames.indexOf(name as (typeof extendNames)[number]);
      if (option < 0 || !(option & 2)) return r.refuse(`${name} does not go with an offset`);
      if (register.wide !== ((option & 1) === 1)) return r.refuse(`${name} does not go with a ${register.wide ? 64 : 32}-bit offset`);
      r.fields.option = option;
      r.skipSpace();
      if (r.text[r.at] === ']') return name !== 'lsl';
      const amount = r.constant(0n, 4n, 'shift amount');
      if (amount === undefined) return false;
      if (amount !== 0n && amount !== BigInt(scale)) return r.refuse(`shift amount must be 0 or ${scale}`);
      r.fields.S = amount === BigInt(scale) && (scale > 0 || name !== '') && amount !== 0n ? 1 : scale === 0 ? 1 : 0;
      return true;
    },
  };
}

export const prefetchTypes = ['pld', 'pli', 'pst'];

export const prefetch: OperandKind = {
  print(f) {
    const type = f.prfop >> 3;
    const level = (f.prfop >> 1) & 3;
    return type < 3 && level < 3 ? `${prefetchTypes[type]}l${level + 1}${f.prfop & 1 ? 'strm' : 'keep'}` : `#${hex2(f.prfop)}`;
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

/** The offset of addresses that have none: `, #0` may be written. */
export const zeroOffset: OperandKind = {
  print: () => '',
  read(r) {
    r.skipSpace();
    if (r.text[r.at] === ']') return true;
    return r.literal(',') && r.constant(0n, 0n, 'offset') !== undefined;
  },
};
