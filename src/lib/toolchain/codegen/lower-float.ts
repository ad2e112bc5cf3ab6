/** Floating point: arithmetic, comparisons, conversions. fp128 goes to the run-time library (AAPCS64 9.1.2 names). */
import type { Instruction, Type, Value } from '../ir/index.ts';
import { bitsIn, type InstructionOf, type Lowering } from './lowering.ts';
import { zr, type Reg } from './mir.ts';
import { partsOf } from './parts.ts';

const ftypes: Partial<Record<Type['kind'], number>> = { float: 0, double: 1 };
const rows: Record<string, string> = { fadd: 'fadd', fsub: 'fsub', fmul: 'fmul', fdiv: 'fdiv' };
const quadNames: Record<string, string> = { fadd: '__addtf3', fsub: '__subtf3', fmul: '__multf3', fdiv: '__divtf3' };

export function scalarOf(type: Type): Type {
  return type.kind === 'vector' ? type.element : type;
}

/** A half as a single, in which half arithmetic is done; each result is rounded back. */
export function asSingle(L: Lowering, r: Reg): Reg {
  const d = L.reg('vector');
  L.emit('fcvt_s_h', [
    ['Rd', d, 'd'],
    ['Rn', r, 'u'],
  ]);
  return d;
}

/** A bfloat16 is the upper half of a single. */
function brainToSingle(L: Lowering, r: Reg): Reg {
  const bits = L.op('fmov_w_s', [['Rn', r]]);
  const d = L.reg('vector');
  L.emit('fmov_s_w', [
    ['Rd', d, 'd'],
    ['Rn', L.op('ubfm', [['Rn', bits]], { sf: 0, N: 0, immr: 16, imms: 15 }), 'u'],
  ]);
  return d;
}

/** Rounds to nearest, ties to even, by adding just less than half of what is dropped; what is no number stays so. */
function singleToBrain(L: Lowering, r: Reg, d: Reg): void {
  const bits = L.op('fmov_w_s', [['Rn', r]]);
  const odd = L.op('ubfm', [['Rn', bits]], { sf: 0, N: 0, immr: 16, imms: 16 });
  const half = L.op(
    'add_shift',
    [
      ['Rn', bits],
      ['Rm', L.constant(0x7fffn, 32)],
    ],
    { sf: 0, shift: 0, imm6: 0 },
  );
  const rounded = L.op(
    'add_shift',
    [
      ['Rn', half],
      ['Rm', odd],
    ],
    { sf: 0, shift: 0, imm6: 0 },
  );
  const quiet = L.op('orr_imm', [['Rn', bits]], { sf: 0, N: 0, immr: 10, imms: 0 });
  L.emit(
    'fcmp',
    [
      ['Rn', r, 'u'],
      ['Rm', r, 'u'],
    ],
    { ftype: 0 },
  );
  const chosen = L.op(
    'csel',
    [
      ['Rn', quiet],
      ['Rm', rounded],
    ],
    { sf: 0, cond: 6 },
  );
  L.emit('fmov_s_w', [
    ['Rd', d, 'd'],
    ['Rn', L.op('ubfm', [['Rn', chosen]], { sf: 0, N: 0, immr: 16, imms: 31 }), 'u'],
  ]);
}

function brainCast(L: Lowering, from: Type, to: Type, r: Reg, d: Reg): void {
  if (from.kind === 'bfloat') {
    const single = brainToSingle(L, r);
    if (to.kind === 'float') return L.copy(d, single);
    if (to.kind === 'fp128') return L.callExternal('__extendsftf2', [single], [d]);
    L.emit(to.kind === 'double' ? 'fcvt_d_s' : 'fcvt_h_s', [
      ['Rd', d, 'd'],
      ['Rn', single, 'u'],
    ]);
    return;
  }
  if (from.kind === 'float') return singleToBrain(L, r, d);
  if (from.kind === 'half') return singleToBrain(L, asSingle(L, r), d);
  if (from.kind !== 'double') L.unsupported('a conversion of long double to __bf16');
  // To odd first: so the second rounding sees what the first dropped.
  const single = L.reg('vector');
  L.emit('fcvtxn_scalar', [
    ['Rd', single, 'd'],
    ['Rn', r, 'u'],
  ]);
  singleToBrain(L, single, d);
}

export function lowerFloatBinary(L: Lowering, i: Instruction & { operands: readonly [Value, Value] }, d: Reg[]): void {
  const type = scalarOf(i.type);
  if (type.kind === 'bfloat') L.unsupported(`${i.op} of __bf16`);
  const a = L.regsOf(i.operands[0]);
  const b = L.regsOf(i.operands[1]);
  d.forEach((into, n) => floatOperation(L, i.op, type, into, a[n], b[n]));
}

function floatOperation(L: Lowering, op: string, type: Type, d: Reg, a: Reg, b: Reg): void {
  if (op === 'frem') {
    const name =
      type.kind === 'float'
        ? 'fmodf'
        : type.kind === 'double'
          ? 'fmod'
          : type.kind === 'fp128'
            ? 'fmodl'
            : L.unsupported('remainder of halves');
    L.callExternal(name, [a, b], [d]);
    return;
  }
  if (type.kind === 'fp128') return L.callExternal(quadNames[op], [a, b], [d]);
  if (type.kind === 'half') {
    const x = asSingle(L, a);
    const y = asSingle(L, b);
    const r = L.reg('vector');
    L.emit(
      rows[op],
      [
        ['Rd', r, 'd'],
        ['Rn', x, 'u'],
        ['Rm', y, 'u'],
      ],
      { ftype: 0 },
    );
    L.emit('fcvt_h_s', [
      ['Rd', d, 'd'],
      ['Rn', r, 'u'],
    ]);
    return;
  }
  L.emit(
    rows[op],
    [
      ['Rd', d, 'd'],
      ['Rn', a, 'u'],
      ['Rm', b, 'u'],
    ],
    { ftype: ftypes[type.kind] ?? 0 },
  );
}

/** One-operand operations that have an instruction: fneg, fabs, fsqrt, rounding. */
export function floatUnary(L: Lowering, row: string, type: Type, d: Reg, a: Reg): void {
  if (type.kind === 'bfloat') {
    // Only the sign changes, so nothing is rounded.
    if (row !== 'fneg' && row !== 'fabs') L.unsupported(`${row} of __bf16`);
    const r = L.reg('vector');
    floatUnary(L, row, { kind: 'float' }, r, brainToSingle(L, a));
    return singleToBrain(L, r, d);
  }
  if (type.kind === 'fp128') {
    if (row === 'fneg' || row === 'fabs') return quadSign(L, row, d, a);
    L.unsupported(`${row} of long double`);
  }
  if (type.kind === 'half') {
    const r = L.reg('vector');
    L.emit(
      row,
      [
        ['Rd', r, 'd'],
        ['Rn', asSingle(L, a), 'u'],
      ],
      { ftype: 0 },
    );
    L.emit('fcvt_h_s', [
      ['Rd', d, 'd'],
      ['Rn', r, 'u'],
    ]);
    return;
  }
  L.emit(
    row,
    [
      ['Rd', d, 'd'],
      ['Rn', a, 'u'],
    ],
    { ftype: ftypes[type.kind] ?? 0 },
  );
}

/** Sign of a quad by way of memory: its halves are two general registers there. */
function quadSign(L: Lowering, row: 'fneg' | 'fabs', d: Reg, a: Reg): void {
  const slot = L.newSlot(16, 16);
  const top = { frame: { slot, offset: 8 } };
  L.emit('str_q_uimm', [['Rt', a, 'u']], { imm12: 0 }, { frame: { slot, offset: 0 } });
  const high = L.reg();
  L.emit('ldr_x_uimm', [['Rt', high, 'd']], { imm12: 0 }, top);
  const changed = L.reg();
  const signBit = { sf: 1, N: 1, immr: 1, imms: 0 };
  if (row === 'fneg')
    L.emit(
      'eor_imm',
      [
        ['Rd', changed, 'd'],
        ['Rn', high, 'u'],
      ],
      signBit,
    );
  else
    L.emit(
      'and_imm',
      [
        ['Rd', changed, 'd'],
        ['Rn', high, 'u'],
      ],
      { sf: 1, N: 1, immr: 0, imms: 62 },
    );
  L.emit('str_x_uimm', [['Rt', changed, 'u']], { imm12: 0 }, top);
  L.emit('ldr_q_uimm', [['Rt', d, 'd']], { imm12: 0 }, { frame: { slot, offset: 0 } });
}

// Comparisons. After FCMP: equal Z C, less N, greater C, unordered C V.

const simple: Record<string, number> = {
  oeq: 0,
  ogt: 12,
  oge: 10,
  olt: 4,
  ole: 9,
  ord: 7,
  uno: 6,
  ugt: 8,
  uge: 5,
  ult: 11,
  ule: 13,
  une: 1,
};

/** Sets flags for a comparison; the result holds when any of the conditions does, or always or never. */
export function compareFloats(L: Lowering, predicate: string, type: Type, a: Reg, b: Reg): number[] | boolean {
  if (type.kind === 'bfloat') return compareFloats(L, predicate, { kind: 'float' }, brainToSingle(L, a), brainToSingle(L, b));
  if (predicate === 'true') return true;
  if (predicate === 'false') return false;
  if (type.kind === 'fp128') return compareQuads(L, predicate, a, b);
  const [x, y] = type.kind === 'half' ? [asSingle(L, a), asSingle(L, b)] : [a, b];
  L.emit(
    'fcmp',
    [
      ['Rn', x, 'u'],
      ['Rm', y, 'u'],
    ],
    { ftype: type.kind === 'double' ? 1 : 0 },
  );
  if (predicate === 'one') return [4, 12];
  if (predicate === 'ueq') return [0, 6];
  return [simple[predicate]];
}

/** The library's comparisons give an integer that compares with zero as the operands do. */
function compareQuads(L: Lowering, predicate: string, a: Reg, b: Reg): number[] {
  const call = (name: string): Reg => {
    const r = L.reg();
    L.callExternal(name, [a, b], [r]);
    return r;
  };
  const against = (r: Reg, cond: number): number[] => {
    L.emit(
      'subs_imm',
      [
        ['Rd', zr, 'd'],
        ['Rn', r, 'u'],
      ],
      { sf: 0, sh: 0, imm12: 0 },
    );
    return [cond];
  };
  switch (predicate) {
    case 'oeq':
      return against(call('__eqtf2'), 0);
    case 'une':
      return against(call('__netf2'), 1);
    case 'olt':
      return against(call('__lttf2'), 11);
    case 'ole':
      return against(call('__letf2'), 13);
    case 'ogt':
      return against(call('__gttf2'), 12);
    case 'oge':
      return against(call('__getf2'), 10);
    case 'ult':
      return against(call('__getf2'), 11);
    case 'ule':
      return against(call('__gttf2'), 13);
    case 'ugt':
      return against(call('__letf2'), 12);
    case 'uge':
      return against(call('__lttf2'), 10);
    case 'uno':
      return against(call('__unordtf2'), 1);
    case 'ord':
      return against(call('__unordtf2'), 0);
  }
  const unordered = call('__unordtf2');
  const equal = call('__eqtf2');
  // ueq: unordered or equal; one: neither.
  L.emit(
    'subs_imm',
    [
      ['Rd', zr, 'd'],
      ['Rn', unordered, 'u'],
    ],
    { sf: 0, sh: 0, imm12: 0 },
  );
  L.emit('ccmp_imm', [['Rn', equal, 'u']], { sf: 0, cond: 0, imm5: 0, nzcv: 4 });
  return [predicate === 'ueq' ? 0 : 1];
}

export function lowerFcmp(L: Lowering, i: InstructionOf<'icmp' | 'fcmp'>, d: Reg[]): void {
  const type = scalarOf(i.operands[0].type);
  const a = L.regsOf(i.operands[0]);
  const b = L.regsOf(i.operands[1]);
  d.forEach((into, n) => {
    const result = compareFloats(L, i.predicate, type, a[n], b[n]);
    if (typeof result === 'boolean') {
      if (result) L.moveConstant(into, 1n, 32);
      else L.copy(into, zr);
      return;
    }
    if (result.length === 1) {
      L.emit(
        'csinc',
        [
          ['Rd', into, 'd'],
          ['Rn', zr, 'u'],
          ['Rm', zr, 'u'],
        ],
        { sf: 0, cond: result[0] ^ 1 },
      );
      return;
    }
    const first = L.reg();
    L.emit(
      'csinc',
      [
        ['Rd', first, 'd'],
        ['Rn', zr, 'u'],
        ['Rm', zr, 'u'],
      ],
      { sf: 0, cond: result[0] ^ 1 },
    );
    // first, or 1 when the second condition holds.
    L.emit(
      'csinc',
      [
        ['Rd', into, 'd'],
        ['Rn', first, 'u'],
        ['Rm', zr, 'u'],
      ],
      { sf: 0, cond: result[1] ^ 1 },
    );
  });
}

// Conversions

const precision: Partial<Record<Type['kind'], string>> = { half: 'h', float: 's', double: 'd', fp128: 'q' };
const quadConversions: Record<string, string> = {
  s_q: '__extendsftf2',
  d_q: '__extenddftf2',
  h_q: '__extendhftf2',
  q_s: '__trunctfsf2',
  q_d: '__trunctfdf2',
  q_h: '__trunctfhf2',
};

export function lowerFloatCast(L: Lowering, i: Instruction & { operands: readonly [Value] }, d: Reg[]): void {
  const from = scalarOf(i.operands[0].type);
  const to = scalarOf(i.type);
  if (i.op === 'fptrunc' || i.op === 'fpext') {
    const source = L.regsOf(i.operands[0]);
    if (from.kind === 'bfloat' || to.kind === 'bfloat') return brainCast(L, from, to, source[0], d[0]);
    const key = `${precision[from.kind]}_${precision[to.kind]}`;
    source.forEach((r, n) => {
      if (quadConversions[key]) {
        if (key === 'h_q') {
          L.callExternal('__extendsftf2', [asSingle(L, r)], [d[n]]);
        } else L.callExternal(quadConversions[key], [r], [d[n]]);
      } else
        L.emit(`fcvt_${precision[to.kind]}_${precision[from.kind]}`, [
          ['Rd', d[n], 'd'],
          ['Rn', r, 'u'],
        ]);
    });
    return;
  }
  if (i.op === 'sitofp' || i.op === 'uitofp') return fromInteger(L, i, from, to, d);
  toInteger(L, i, from, to, d);
}

function fromInteger(L: Lowering, i: Instruction & { operands: readonly [Value] }, from: Type, to: Type, d: Reg[]): void {
  if (to.kind === 'bfloat') L.unsupported('a conversion of an integer to __bf16');
  const signed = i.op === 'sitofp';
  const bits = bitsIn(from);
  const value = i.operands[0];
  if (bits > 64) {
    const suffix = { half: 'hf', float: 'sf', double: 'df', fp128: 'tf' }[to.kind as 'half'];
    return L.callExternal(`__float${signed ? '' : 'un'}ti${suffix}`, L.regsOf(value), d);
  }
  const wide = bits > 32;
  const source = [signed ? L.signExtended(value) : L.zeroExtended(value)];
  source.forEach((r, n) => {
    if (to.kind === 'fp128') L.callExternal(`__float${signed ? '' : 'un'}${wide ? 'di' : 'si'}tf`, [r], [d[n]]);
    else if (to.kind === 'half') {
      const s = L.reg('vector');
      L.emit(
        signed ? 'scvtf' : 'ucvtf',
        [
          ['Rd', s, 'd'],
          ['Rn', r, 'u'],
        ],
        { sf: wide ? 1 : 0, ftype: 1 },
      );
      L.emit('fcvt_h_d', [
        ['Rd', d[n], 'd'],
        ['Rn', s, 'u'],
      ]);
    } else
      L.emit(
        signed ? 'scvtf' : 'ucvtf',
        [
          ['Rd', d[n], 'd'],
          ['Rn', r, 'u'],
        ],
        { sf: wide ? 1 : 0, ftype: ftypes[to.kind] ?? 0 },
      );
  });
}

function toInteger(L: Lowering, i: Instruction & { operands: readonly [Value] }, from: Type, to: Type, d: Reg[]): void {
  const signed = i.op === 'fptosi';
  const bits = bitsIn(to);
  if (from.kind === 'bfloat') L.unsupported('a conversion of __bf16 to an integer');
  const source = L.regsOf(i.operands[0]);
  if (bits > 64) {
    const kind = { half: 'hf', float: 'sf', double: 'df', fp128: 'tf' }[from.kind as 'half'];
    return L.callExternal(`__fix${signed ? '' : 'uns'}${kind}ti`, source, d);
  }
  const wide = bits > 32;
  source.forEach((r, n) => {
    if (from.kind === 'fp128') L.callExternal(`__fix${signed ? '' : 'uns'}tf${wide ? 'di' : 'si'}`, [r], [d[n]]);
    else {
      const x = from.kind === 'half' ? asSingle(L, r) : r;
      L.emit(
        signed ? 'fcvtzs' : 'fcvtzu',
        [
          ['Rd', d[n], 'd'],
          ['Rn', x, 'u'],
        ],
        { sf: wide ? 1 : 0, ftype: from.kind === 'double' ? 1 : 0 },
      );
    }
    if (bits === 1)
      L.emit(
        'and_imm',
        [
          ['Rd', d[n], 'd'],
          ['Rn', d[n], 'u'],
        ],
        { sf: 0, N: 0, immr: 0, imms: 0 },
      );
  });
}

/** Bits of one type as another of the same size: between register classes, or through memory. */
export function lowerBitcast(L: Lowering, i: Instruction & { operands: readonly [Value] }, d: Reg[]): void {
  const from = i.operands[0];
  const a = partsOf(from.type);
  const b = partsOf(i.type);
  const source = L.regsOf(from);
  if (a.length === 1 && b.length === 1) {
    if (a[0].cls === b[0].cls) return L.copy(d[0], source[0]);
    if (a[0].bits === b[0].bits && a[0].bits !== 16) {
      const [row] = a[0].cls === 'general' ? [a[0].bits === 64 ? 'fmov_d_x' : 'fmov_s_w'] : [a[0].bits === 64 ? 'fmov_x_d' : 'fmov_w_s'];
      L.emit(row, [
        ['Rd', d[0], 'd'],
        ['Rn', source[0], 'u'],
      ]);
      return;
    }
  }
  const slot = L.newSlot(16, 16);
  L.storeParts(from.type, source, { slot, offset: 0 });
  L.loadParts(i.type, d, { slot, offset: 0 });
}
