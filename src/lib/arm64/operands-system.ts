/** Operands of system instructions. */
import { registerNumber, registerText } from './operands-general.ts';
import { pstateFields } from './pstate.ts';
import { barrierNames, sysregKey, sysregName, systemOperations } from './sysregs.ts';
import { hex, hex2, type OperandKind } from './syntax.ts';
import type { Fields } from './table.ts';
// System

export const systemKey = (f: Fields): number => ((2 + f.o0) << 14) | (f.op1 << 11) | (f.CRn << 7) | (f.CRm << 3) | f.op2;

export const systemRegister = (direction: 'read' | 'write'): OperandKind => ({
  print: (f) => sysregName(systemKey(f), direction) ?? `s${2 + f.o0}_${f.op1}_c${f.CRn}_c${f.CRm}_${f.op2}`,
  read(r) {
    const name = r.word();
    const key = sysregKey(name);
    if (key === undefined) return r.refuse(`${name} is not a system register`);
    if (key >> 14 < 2) return r.refuse(`${name} is a system operation: use SYS`);
    r.fields.o0 = (key >> 14) & 1;
    r.fields.op1 = (key >> 11) & 7;
    r.fields.CRn = (key >> 7) & 15;
    r.fields.CRm = (key >> 3) & 15;
    r.fields.op2 = key & 7;
    return true;
  },
});

export const barrier: OperandKind = {
  print: (f) => barrierNames[f.CRm] ?? `#${hex2(f.CRm)}`,
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

export const isbOption: OperandKind = {
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
export const controlRegister = (field: string): OperandKind => ({
  print: (f) => `C${f[field]}`,
  read(r) {
    const match = /^c(\d|1[0-5])$/.exec(r.word());
    if (!match) return false;
    r.fields[field] = Number(match[1]);
    return true;
  },
});

/** `, x1` that is left out for xzr. */
export const optionalX: OperandKind = {
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
export const clrexImmediate: OperandKind = {
  print: (f) => (f.CRm === 15 ? '' : ` #${hex(f.CRm)}`),
  read: (r) => isbOption.read(r),
};

export const pstate: OperandKind = {
  print: (f) => Object.entries(pstateFields).find(([, key]) => key === ((f.op1 << 3) | f.op2))?.[0] ?? '',
  read(r) {
    const key = (pstateFields as Readonly<Record<string, number>>)[r.word()];
    if (key === undefined) return false;
    r.fields.op1 = key >> 3;
    r.fields.op2 = key & 7;
    return true;
  },
};

export const operationKey = (f: Fields): number => (1 << 14) | (f.op1 << 11) | (f.CRn << 7) | (f.CRm << 3) | f.op2;

/** `dc civac, x0` whole. */
export const systemOperation: OperandKind = {
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
    if (!found) return r.refuse(`${instruction} has no operation ${name}`);
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

/** Number of a hint that has no name: CRm:op2. */
export const hintNumber: OperandKind = {
  print: (f) => `#${hex((f.CRm << 3) | f.op2)}`,
  read(r) {
    const value = r.constant(0n, 127n);
    if (value === undefined) return false;
    r.fields.CRm = Number(value) >> 3;
    r.fields.op2 = Number(value) & 7;
    return true;
  },
};
