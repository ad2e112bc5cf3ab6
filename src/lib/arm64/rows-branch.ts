import { pstateFields } from './pstate.ts';
import { row, signed, widthOf } from './table.ts';

/** Branches, exception generation and system instructions: Arm ARM C4.1.67. */

const words = (field: string, bits: number) => (f: Readonly<Record<string, number>>) => signed(f[field], bits) * 4n;

const branches = [
  row('b', '0 00101 imm26:26', {
    syntax: 'b {b26}',
    immediates: ['imm26'],
    imm: words('imm26', 26),
    does: (e, o) => e.branch(e.add(e.pc(), o.imm), 'jump'),
  }),
  row('bl', '1 00101 imm26:26', {
    syntax: 'bl {bl26}',
    immediates: ['imm26'],
    imm: words('imm26', 26),
    does: (e, o) => {
      e.setX(64, e.register(30), e.add(e.pc(), e.i64(4n)));
      e.branch(e.add(e.pc(), o.imm), 'call');
    },
  }),
  row('b_cond', '0101010 0 imm19:19 0 cond:4', {
    syntax: 'b.{cond} {b19}',
    immediates: ['imm19'],
    imm: words('imm19', 19),
    does: (e, o) => e.branchIf(e.condition(o.n.cond), e.add(e.pc(), o.imm)),
  }),
  ...(['cbz', 'cbnz'] as const).map((name, op) =>
    row(name, `sf 011010 ${op} imm19:19 Rt:5`, {
      syntax: `${name} {Rt}, {b19}`,
      immediates: ['imm19'],
      imm: words('imm19', 19),
      does: (e, o) => {
        const zero = e.isZero(e.x(widthOf(o.n.sf), o.r.Rt));
        e.branchIf(op ? e.isZero(zero) : zero, e.add(e.pc(), o.imm));
      },
    }),
  ),
  ...(['tbz', 'tbnz'] as const).map((name, op) =>
    row(name, `b5 011011 ${op} b40:5 imm14:14 Rt:5`, {
      syntax: `${name} {Tt}, {tbit}, {b14}`,
      immediates: ['b5', 'b40', 'imm14'],
      imm: words('imm14', 14),
      imm2: (f) => 1n << BigInt((f.b5 << 5) | f.b40),
      does: (e, o) => {
        const zero = e.isZero(e.and(e.x(64, o.r.Rt), o.imm2));
        e.branchIf(op ? e.isZero(zero) : zero, e.add(e.pc(), o.imm));
      },
    }),
  ),
  row('br', '1101011 0000 11111 000000 Rn:5 00000', {
    syntax: 'br {Xn}',
    does: (e, o) => e.branch(e.x(64, o.r.Rn), 'indirect'),
  }),
  row('blr', '1101011 0001 11111 000000 Rn:5 00000', {
    syntax: 'blr {Xn}',
    does: (e, o) => {
      const to = e.x(64, o.r.Rn);
      e.setX(64, e.register(30), e.add(e.pc(), e.i64(4n)));
      e.branch(to, 'indirectCall');
    },
  }),
  row('ret', '1101011 0010 11111 000000 Rn:5 00000', {
    syntax: 'ret{retreg}',
    does: (e, o) => e.branch(e.x(64, o.r.Rn), 'return'),
  }),
  row('eret', '1101011 0100 11111 000000 11111 00000', { syntax: 'eret', does: (e) => e.eret() }),
];

const exceptions = [
  ...(
    [
      ['svc', '000', '01'],
      ['hvc', '000', '10'],
      ['smc', '000', '11'],
      ['brk', '001', '00'],
      ['hlt', '010', '00'],
    ] as const
  ).map(([name, opc, ll]) =>
    row(name, `11010100 ${opc} imm16:16 000 ${ll}`, {
      syntax: `${name} {imm16}`,
      immediates: ['imm16'],
      imm: (f) => BigInt(f.imm16),
      does: (e, o) => e.exception(name, o.imm),
    }),
  ),

  // Entry to and exit from debug state: UNDEFINED elsewhere, and there is no external debugger.
  ...([1, 2, 3] as const).map((level) =>
    row(`dcps${level}`, `11010100 101 imm16:16 000 ${level.toString(2).padStart(2, '0')}`, {
      syntax: `dcps${level}{imm16opt}`,
      immediates: ['imm16'],
      imm: (f) => BigInt(f.imm16),
      does: (e) => e.exception('undefined', e.i64(0n)),
    }),
  ),
  row('drps', '1101011 0101 11111 000000 11111 00000', { syntax: 'drps', does: (e) => e.exception('undefined', e.i64(0n)) }),
  row('udf', '0000000000000000 imm16:16', {
    syntax: 'udf {imm16dec}',
    immediates: ['imm16'],
    imm: (f) => BigInt(f.imm16),
    does: (e, o) => e.exception('undefined', o.imm),
  }),
];

/** Names in the hint space; those of later architectures are no-operations here, as they must be. */
export const hintNames: Readonly<Record<number, string>> = {
  0: 'nop',
  6: 'dgh',
  7: 'xpaclri',
  8: 'pacia1716',
  10: 'pacib1716',
  12: 'autia1716',
  14: 'autib1716',
  16: 'esb',
  18: 'tsb csync',
  20: 'csdb',
  22: 'clearbhb',
  24: 'paciaz',
  25: 'paciasp',
  26: 'pacibz',
  27: 'pacibsp',
  28: 'autiaz',
  29: 'autiasp',
  30: 'autibz',
  31: 'autibsp',
  32: 'bti',
  34: 'bti c',
  36: 'bti j',
  38: 'bti jc',
};

const hintNumber = (f: Readonly<Record<string, number>>): number => (f.CRm << 3) | f.op2;

/** Hints that do something here; all the others are one row, `hint`. */
const effective = { 1: 'yield', 2: 'wfe', 3: 'wfi', 4: 'sev', 5: 'sevl' } as const;

const hints = [
  row('hint', '1101010100 0 00 011 0010 CRm:4 op2:3 11111', {
    syntax: 'hint {hint}',
    immediates: ['CRm', 'op2'],
    valid: (f) => !(hintNumber(f) in effective),
    aliases: Object.entries(hintNames).map(([n, name]) => ({
      syntax: name,
      preset: { CRm: Number(n) >> 3, op2: Number(n) & 7 },
      preferred: (f) => hintNumber(f) === Number(n),
    })),
    does: (e) => e.hint('nop'),
  }),
  ...Object.entries(effective).map(([n, name]) =>
    row(name, `1101010100 0 00 011 0010 0000 ${Number(n).toString(2).padStart(3, '0')} 11111`, {
      syntax: name,
      aliases: [{ syntax: 'hint {hint}', preset: {}, requires: (f) => hintNumber(f) === Number(n) }],
      does: (e) => e.hint(name),
    }),
  ),
];

const isPstate = (f: Readonly<Record<string, number>>): boolean => Object.values<number>(pstateFields).includes((f.op1 << 3) | f.op2);

const system = [
  ...hints,
  row('clrex', '1101010100 0 00 011 0011 CRm:4 010 11111', {
    syntax: 'clrex{clrex}',
    immediates: ['CRm'],
    does: (e) => e.clearExclusive(),
  }),
  row('dsb', '1101010100 0 00 011 0011 CRm:4 100 11111', {
    syntax: 'dsb {barrier}',
    immediates: ['CRm'],
    aliases: [
      { syntax: 'ssbb', preset: { CRm: 0 }, preferred: (f) => f.CRm === 0 },
      { syntax: 'pssbb', preset: { CRm: 4 }, preferred: (f) => f.CRm === 4 },
    ],
    does: (e) => e.barrier('dsb'),
  }),
  row('dmb', '1101010100 0 00 011 0011 CRm:4 101 11111', { syntax: 'dmb {barrier}', immediates: ['CRm'], does: (e) => e.barrier('dmb') }),
  row('isb', '1101010100 0 00 011 0011 CRm:4 110 11111', { syntax: 'isb{isb}', immediates: ['CRm'], does: (e) => e.barrier('isb') }),
  row('msr_imm', '1101010100 0 00 op1:3 0100 CRm:4 op2:3 11111', {
    syntax: 'msr {pstate}, {CRm}',
    immediates: ['CRm'],
    imm: (f) => BigInt(f.CRm),
    // SPSel, PAN and UAO take one bit; the others of CRm are reserved.
    valid: (f) => isPstate(f) && (f.op1 === 3 || f.CRm < 2),
    does: (e, o) => e.msrImmediate((o.n.op1 << 3) | o.n.op2, o.imm),
  }),
  row('sys', '1101010100 0 01 op1:3 CRn:4 CRm:4 op2:3 Rt:5', {
    syntax: 'sys {op1}, {Cn}, {Cm}, {op2}{optx}',
    immediates: ['op1', 'CRn', 'CRm', 'op2'],
    imm: (f) => BigInt((1 << 14) | (f.op1 << 11) | (f.CRn << 7) | (f.CRm << 3) | f.op2),
    aliases: [{ syntax: '{sysop}', preset: {}, preferred: () => true }],
    does: (e, o) => e.sys(o.imm, e.x(64, o.r.Rt)),
  }),
  row('sysl', '1101010100 1 01 op1:3 CRn:4 CRm:4 op2:3 Rt:5', {
    syntax: 'sysl {Xt}, {op1}, {Cn}, {Cm}, {op2}',
    immediates: ['op1', 'CRn', 'CRm', 'op2'],
    imm: (f) => BigInt((1 << 14) | (f.op1 << 11) | (f.CRn << 7) | (f.CRm << 3) | f.op2),
    does: (e, o) => e.setX(64, o.r.Rt, e.mrs(o.imm)),
  }),
  row('msr', '1101010100 0 1 o0 op1:3 CRn:4 CRm:4 op2:3 Rt:5', {
    syntax: 'msr {sysw}, {Xt}',
    immediates: ['o0', 'op1', 'CRn', 'CRm', 'op2'],
    imm: (f) => BigInt(((2 + f.o0) << 14) | (f.op1 << 11) | (f.CRn << 7) | (f.CRm << 3) | f.op2),
    does: (e, o) => e.msr(o.imm, e.x(64, o.r.Rt)),
  }),
  row('mrs', '1101010100 1 1 o0 op1:3 CRn:4 CRm:4 op2:3 Rt:5', {
    syntax: 'mrs {Xt}, {sysr}',
    immediates: ['o0', 'op1', 'CRn', 'CRm', 'op2'],
    imm: (f) => BigInt(((2 + f.o0) << 14) | (f.op1 << 11) | (f.CRn << 7) | (f.CRm << 3) | f.op2),
    does: (e, o) => e.setX(64, o.r.Rt, e.mrs(o.imm)),
  }),
];

export const branchRows = [...branches, ...exceptions, ...system];
