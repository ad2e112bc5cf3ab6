/** LLVM's intrinsic functions. */
import { sizeOf, type Type, type Value } from '../ir/index.ts';
import { lowerVaStart } from './lower-varargs.ts';
import { asSingle, floatUnary, scalarOf } from './lower-float.ts';
import { compareIntegers, setFromCondition } from './lower-integer.ts';
import { withOverflow } from './lower-overflow.ts';
import { access, accessStem, addressOf, loadValue, materialize, offsetAddress, storeValue, type Address } from './lower-memory.ts';
import { lowerNeon } from './lower-neon.ts';
import { isMaskType } from './vectors.ts';
import { bitsIn, constantInt, type InstructionOf, type Lowering } from './lowering.ts';
import { lanesConstant } from './lower-vector-constant.ts';
import { sp, zr, type Reg, type RegClass } from './mir.ts';
import { partsOf } from './parts.ts';

type Call = InstructionOf<'call'>;
type Lower = (L: Lowering, i: Call, d: Reg[], args: readonly Value[]) => void;

const nothing: Lower = () => undefined;

/** At -Og variables are used where their scope ends, so that a debugger finds them until then. */
const fakeUse: Lower = (L, _i, _d, args) => {
  const values = args.filter((a) => (a.kind === 'instruction' || a.kind === 'param') && !L.slots.has(a) && !isMaskType(a.type));
  if (values.length > 0)
    L.emit(
      '$use',
      values.flatMap((value) => L.regsOf(value)).map((reg) => ['$', reg, 'u'] as const),
    );
};
/** The first argument is the result. */
const same: Lower = (L, _, d, [a]) => L.regsOf(a).forEach((r, n) => L.copy(d[n], r));

const sfOf = (bits: number): 0 | 1 => (bits > 32 ? 1 : 0);

/** An operation on each integer element, of a width up to 64. */
const perElement =
  (extend: 'zero' | 'sign' | 'none', op: (L: Lowering, d: Reg, a: Reg[], bits: number) => void): Lower =>
  (L, i, d, args) => {
    const type = scalarOf(i.type);
    const bits = bitsIn(type);
    if (bits > 64) L.unsupported(`${calleeName(i)} of ${bits} bits`);
    const sources = args.filter((a) => a.type === i.type);
    const regs = sources.map((a) => L.regsOf(a));
    const exact = bits === 32 || bits === 64;
    d.forEach((into, n) => {
      const ready = regs.map((r) =>
        extend === 'none' || exact || r[n] === zr ? r[n] : L.extendReg(r[n], bits, extend === 'sign', bits > 32),
      );
      op(L, into, ready, bits);
    });
  };

export function calleeName(i: Call): string {
  return i.callee.kind === 'global' ? i.callee.global.name : '';
}

const minMax = (cond: number, extend: 'zero' | 'sign'): Lower => {
  const narrow = perElement(extend, (L, d, [a, b], bits) => {
    const sf = sfOf(bits);
    L.emit(
      'subs_shift',
      [
        ['Rd', zr, 'd'],
        ['Rn', a, 'u'],
        ['Rm', b, 'u'],
      ],
      { sf, shift: 0, imm6: 0 },
    );
    L.emit(
      'csel',
      [
        ['Rd', d, 'd'],
        ['Rn', a, 'u'],
        ['Rm', b, 'u'],
      ],
      { sf, cond },
    );
  });
  const predicate = { 12: 'sgt', 11: 'slt', 8: 'ugt', 3: 'ult' }[cond] ?? '';
  return (L, i, d, args) => {
    if (i.type.kind !== 'int' || i.type.bits <= 64) return narrow(L, i, d, args);
    const [a, b] = args;
    const x = L.regsOf(a);
    const y = L.regsOf(b);
    const holds = compareIntegers(L, predicate, a, b);
    d.forEach((into, n) =>
      L.emit(
        'csel',
        [
          ['Rd', into, n === 0 ? 'e' : 'd'],
          ['Rn', x[n], 'u'],
          ['Rm', y[n], 'u'],
        ],
        { sf: 1, cond: holds },
      ),
    );
  };
};

/** Two's complement of a pair when its sign says so: (x XOR sign) - sign. */
function wideAbsolute(L: Lowering, d: Reg[], value: Value): void {
  const [low, high] = L.regsOf(value);
  const sign = L.op('sbfm', [['Rn', high]], { sf: 1, N: 1, immr: 63, imms: 63 });
  const [a, b] = [low, high].map((r) =>
    L.op(
      'eor_shift',
      [
        ['Rn', r],
        ['Rm', sign],
      ],
      { sf: 1, shift: 0, imm6: 0 },
    ),
  );
  L.emit(
    'subs_shift',
    [
      ['Rd', d[0], 'e'],
      ['Rn', a, 'u'],
      ['Rm', sign, 'u'],
    ],
    { sf: 1, shift: 0, imm6: 0 },
  );
  L.emit(
    'sbc',
    [
      ['Rd', d[1], 'd'],
      ['Rn', b, 'u'],
      ['Rm', sign, 'u'],
    ],
    { sf: 1 },
  );
}

const absolute = perElement('sign', (L, d, [a], bits) => {
  const sf = sfOf(bits);
  const from = a === zr ? L.op('movz', [], { sf: 1, hw: 0, imm16: 0 }) : a;
  L.emit(
    'subs_imm',
    [
      ['Rd', zr, 'd'],
      ['Rn', from, 'u'],
    ],
    { sf, sh: 0, imm12: 0 },
  );
  L.emit(
    'csneg',
    [
      ['Rd', d, 'd'],
      ['Rn', from, 'u'],
      ['Rm', from, 'u'],
    ],
    { sf, cond: 10 },
  );
});

const shiftRight = (L: Lowering, r: Reg, by: number, sf: number): Reg =>
  L.op('ubfm', [['Rn', r]], { sf, N: sf, immr: by, imms: sf ? 63 : 31 });

/** Ones in a register by adding neighbours: there is no scalar instruction for it. */
function populationCount(L: Lowering, d: Reg, a: Reg, bits: number): void {
  const sf = sfOf(bits);
  const w = sf ? 64 : 32;
  const mask = (unit: number) => {
    const imms = (~(unit * 4 - 1) & 63) | (unit - 1);
    return { sf, N: 0, immr: 0, imms: unit * 2 === 64 ? 31 : imms };
  };
  const pairs = (r: Reg, unit: number): Reg => {
    const low = L.op('and_imm', [['Rn', r]], mask(unit));
    const high = L.op('and_imm', [['Rn', shiftRight(L, r, unit, sf)]], mask(unit));
    return L.op(
      'add_shift',
      [
        ['Rn', low],
        ['Rm', high],
      ],
      { sf, shift: 0, imm6: 0 },
    );
  };
  const nibbles = pairs(pairs(a, 1), 2);
  const sum = L.op(
    'add_shift',
    [
      ['Rn', nibbles],
      ['Rm', nibbles],
    ],
    { sf, shift: 1, imm6: 4 },
  );
  const bytes = L.op('and_imm', [['Rn', sum]], mask(4));
  const ones = L.constant(sf ? 0x0101010101010101n : 0x01010101n, w);
  const product = L.op(
    'madd',
    [
      ['Rn', bytes],
      ['Rm', ones],
      ['Ra', zr],
    ],
    { sf },
  );
  L.emit(
    'ubfm',
    [
      ['Rd', d, 'd'],
      ['Rn', product, 'u'],
    ],
    { sf, N: sf, immr: w - 8, imms: w - 1 },
  );
}

function leadingZeros(L: Lowering, d: Reg, a: Reg, bits: number): void {
  const sf = sfOf(bits);
  const w = sf ? 64 : 32;
  if (bits === w) {
    L.emit(
      'clz',
      [
        ['Rd', d, 'd'],
        ['Rn', a, 'u'],
      ],
      { sf },
    );
    return;
  }
  const count = L.op('clz', [['Rn', a]], { sf });
  L.emit(
    'sub_imm',
    [
      ['Rd', d, 'd'],
      ['Rn', count, 'u'],
    ],
    { sf, sh: 0, imm12: w - bits },
  );
}

function trailingZeros(L: Lowering, d: Reg, a: Reg, bits: number): void {
  const sf = sfOf(bits);
  let from = a;
  // A bit just above the value stops the count of an all-zero one.
  if (bits !== 32 && bits !== 64)
    from = L.op(
      'orr_shift',
      [
        ['Rn', a],
        ['Rm', L.constant(1n << BigInt(bits), sf ? 64 : 32)],
      ],
      { sf, shift: 0, imm6: 0 },
    );
  L.emit(
    'clz',
    [
      ['Rd', d, 'd'],
      ['Rn', L.op('rbit', [['Rn', from]], { sf }), 'u'],
    ],
    { sf },
  );
}

/** Counts of 128-bit values from those of their halves. */
const wideCount =
  (which: 'ctlz' | 'cttz' | 'ctpop', narrow: Lower): Lower =>
  (L, i, d, args) => {
    if (i.type.kind !== 'int' || i.type.bits <= 64) return narrow(L, i, d, args);
    if (i.type.bits !== 128) L.unsupported(`${which} of ${i.type.bits} bits`);
    const [low, high] = L.regsOf(args[0]);
    const count = (r: Reg): Reg => {
      const c = L.reg();
      if (which === 'ctpop') populationCount(L, c, r, 64);
      else if (which === 'ctlz') leadingZeros(L, c, r, 64);
      else trailingZeros(L, c, r, 64);
      return c;
    };
    if (which === 'ctpop')
      L.emit(
        'add_shift',
        [
          ['Rd', d[0], 'd'],
          ['Rn', count(low), 'u'],
          ['Rm', count(high), 'u'],
        ],
        { sf: 1, shift: 0, imm6: 0 },
      );
    else {
      const [near, far] = which === 'ctlz' ? [high, low] : [low, high];
      const a = count(near);
      const b = L.op('add_imm', [['Rn', count(far)]], { sf: 1, sh: 0, imm12: 64 });
      const tested = near === zr ? L.op('movz', [], { sf: 1, hw: 0, imm16: 0 }) : near;
      L.emit(
        'subs_imm',
        [
          ['Rd', zr, 'd'],
          ['Rn', tested, 'u'],
        ],
        { sf: 1, sh: 0, imm12: 0 },
      );
      L.emit(
        'csel',
        [
          ['Rd', d[0], 'd'],
          ['Rn', a, 'u'],
          ['Rm', b, 'u'],
        ],
        { sf: 1, cond: 1 },
      );
    }
    L.copy(d[1], zr);
  };

const byteSwap: Lower = (L, i, d, args) => {
  const bits = bitsIn(scalarOf(i.type));
  const source = L.regsOf(args[0]);
  if (bits === 128) {
    L.emit('rev_x', [
      ['Rd', d[0], 'e'],
      ['Rn', source[1], 'u'],
    ]);
    L.emit('rev_x', [
      ['Rd', d[1], 'd'],
      ['Rn', source[0], 'u'],
    ]);
    return;
  }
  source.forEach((r, n) => {
    if (bits === 16)
      L.emit(
        'rev16',
        [
          ['Rd', d[n], 'd'],
          ['Rn', r, 'u'],
        ],
        { sf: 0 },
      );
    else if (bits === 32)
      L.emit('rev_w', [
        ['Rd', d[n], 'd'],
        ['Rn', r, 'u'],
      ]);
    else if (bits === 64)
      L.emit('rev_x', [
        ['Rd', d[n], 'd'],
        ['Rn', r, 'u'],
      ]);
    else {
      const turned = L.op('rev_x', [['Rn', r]]);
      L.emit(
        'ubfm',
        [
          ['Rd', d[n], 'd'],
          ['Rn', turned, 'u'],
        ],
        { sf: 1, N: 1, immr: 64 - bits, imms: 63 },
      );
    }
  });
};

const bitReverse: Lower = (L, i, d, args) => {
  const bits = bitsIn(scalarOf(i.type));
  const source = L.regsOf(args[0]);
  if (bits === 128) {
    L.emit(
      'rbit',
      [
        ['Rd', d[0], 'e'],
        ['Rn', source[1], 'u'],
      ],
      { sf: 1 },
    );
    L.emit(
      'rbit',
      [
        ['Rd', d[1], 'd'],
        ['Rn', source[0], 'u'],
      ],
      { sf: 1 },
    );
    return;
  }
  const sf = sfOf(bits);
  const w = sf ? 64 : 32;
  source.forEach((r, n) => {
    if (bits === w)
      L.emit(
        'rbit',
        [
          ['Rd', d[n], 'd'],
          ['Rn', r, 'u'],
        ],
        { sf },
      );
    else
      L.emit(
        'ubfm',
        [
          ['Rd', d[n], 'd'],
          ['Rn', L.op('rbit', [['Rn', r]], { sf }), 'u'],
        ],
        { sf, N: sf, immr: w - bits, imms: w - 1 },
      );
  });
};

/** fshl and fshr of 128 bits: 256 bits in four registers, moved by whole registers and then by bits. */
function wideFunnel(L: Lowering, left: boolean, d: Reg[], high: Reg[], low: Reg[], amount: Value): void {
  let words = [...low, ...high];
  const k = constantInt(amount);
  const extract = (h: Reg, l: Reg, by: number): Reg =>
    L.op(
      'extr',
      [
        ['Rn', h],
        ['Rm', l],
      ],
      { sf: 1, N: 1, imms: by },
    );
  if (k !== undefined) {
    const by = Number(k & 127n);
    const right = left ? 128 - by : by;
    const at = right >> 6;
    const bits = right & 63;
    const result = [0, 1].map((n) => (bits === 0 ? words[at + n] : extract(words[at + n + 1], words[at + n], bits)));
    d.forEach((into, n) => L.copy(into, result[n]));
    return;
  }
  const [by] = L.regsOf(amount);
  L.emit(
    'ands_imm',
    [
      ['Rd', zr, 'd'],
      ['Rn', by, 'u'],
    ],
    { sf: 1, N: 1, immr: 58, imms: 0 },
  );
  const choose = (far: Reg, near: Reg): Reg =>
    L.op(
      'csel',
      [
        ['Rn', far],
        ['Rm', near],
      ],
      { sf: 1, cond: 1 },
    );
  words = left
    ? [words[0], choose(words[0], words[1]), choose(words[1], words[2]), choose(words[2], words[3])]
    : [choose(words[1], words[0]), choose(words[2], words[1]), choose(words[3], words[2])];
  const inverse = L.op(
    'orn_shift',
    [
      ['Rn', zr],
      ['Rm', by],
    ],
    { sf: 1, shift: 0, imm6: 0 },
  );
  const result = [0, 1].map((n) => {
    const [main, side] = left ? [words[n + 2], words[n + 1]] : [words[n], words[n + 1]];
    const one = L.op('ubfm', [['Rn', side]], left ? { sf: 1, N: 1, immr: 1, imms: 63 } : { sf: 1, N: 1, immr: 63, imms: 62 });
    const moved = L.op(
      left ? 'lslv' : 'lsrv',
      [
        ['Rn', main],
        ['Rm', by],
      ],
      { sf: 1 },
    );
    const carried = L.op(
      left ? 'lsrv' : 'lslv',
      [
        ['Rn', one],
        ['Rm', inverse],
      ],
      { sf: 1 },
    );
    return L.op(
      'orr_shift',
      [
        ['Rn', moved],
        ['Rm', carried],
      ],
      { sf: 1, shift: 0, imm6: 0 },
    );
  });
  d.forEach((into, n) => L.copy(into, result[n]));
}

/** llvm.scmp and llvm.ucmp: 1, 0 or -1. */
const threeWay =
  (signed: boolean): Lower =>
  (L, i, d, [a, b]) => {
    if (i.type.kind !== 'int' || i.type.bits > 32) L.unsupported('a three-way comparison of this type');
    const test = (predicate: string): Reg => {
      const r = L.reg();
      setFromCondition(L, r, compareIntegers(L, predicate, a, b));
      return r;
    };
    const greater = test(signed ? 'sgt' : 'ugt');
    const less = test(signed ? 'slt' : 'ult');
    L.emit(
      'sub_shift',
      [
        ['Rd', d[0], 'd'],
        ['Rn', greater, 'u'],
        ['Rm', less, 'u'],
      ],
      { sf: 0, shift: 0, imm6: 0 },
    );
  };

/** fshl and fshr of 32 and 64 bits; narrower ones on a doubled value. */
const funnel =
  (left: boolean): Lower =>
  (L, i, d, [a, b, c]) => {
    const bits = bitsIn(scalarOf(i.type));
    if (bits === 128) return wideFunnel(L, left, d, L.regsOf(a), L.regsOf(b), c);
    if (bits > 64) L.unsupported(`a funnel shift of ${bits} bits`);
    const high = L.regsOf(a);
    const low = L.regsOf(b);
    const k = constantInt(c);
    const sf = sfOf(bits);
    const w = sf ? 64 : 32;
    if (bits === w) {
      if (k !== undefined) {
        const by = Number(BigInt.asUintN(bits, k) % BigInt(w));
        d.forEach((into, n) => {
          const right = left ? (w - by) % w : by;
          if (by === 0) L.copy(into, left ? high[n] : low[n]);
          else
            L.emit(
              'extr',
              [
                ['Rd', into, 'd'],
                ['Rn', high[n], 'u'],
                ['Rm', low[n], 'u'],
              ],
              { sf, N: sf, imms: right },
            );
        });
        return;
      }
      const amounts = L.regsOf(c);
      d.forEach((into, n) => {
        if (high[n] === low[n]) {
          const by = left
            ? L.op(
                'sub_shift',
                [
                  ['Rn', zr],
                  ['Rm', amounts[n]],
                ],
                { sf, shift: 0, imm6: 0 },
              )
            : amounts[n];
          L.emit(
            'rorv',
            [
              ['Rd', into, 'd'],
              ['Rn', high[n], 'u'],
              ['Rm', by, 'u'],
            ],
            { sf },
          );
          return;
        }
        const inverse = L.op(
          'orn_shift',
          [
            ['Rn', zr],
            ['Rm', amounts[n]],
          ],
          { sf, shift: 0, imm6: 0 },
        );
        const one = left
          ? L.op('ubfm', [['Rn', low[n]]], { sf, N: sf, immr: 1, imms: w - 1 })
          : L.op('ubfm', [['Rn', high[n]]], { sf, N: sf, immr: w - 1, imms: w - 2 });
        const x = left
          ? L.op(
              'lslv',
              [
                ['Rn', high[n]],
                ['Rm', amounts[n]],
              ],
              { sf },
            )
          : L.op(
              'lsrv',
              [
                ['Rn', low[n]],
                ['Rm', amounts[n]],
              ],
              { sf },
            );
        const y = left
          ? L.op(
              'lsrv',
              [
                ['Rn', one],
                ['Rm', inverse],
              ],
              { sf },
            )
          : L.op(
              'lslv',
              [
                ['Rn', one],
                ['Rm', inverse],
              ],
              { sf },
            );
        L.emit(
          'orr_shift',
          [
            ['Rd', into, 'd'],
            ['Rn', x, 'u'],
            ['Rm', y, 'u'],
          ],
          { sf, shift: 0, imm6: 0 },
        );
      });
      return;
    }
    if (bits > 32) L.unsupported(`a funnel shift of ${bits} bits`);
    const amounts = L.regsOf(c);
    d.forEach((into, n) => {
      // high:low in one 64-bit register, shifted by the amount modulo the width.
      const clean = low[n] === zr ? zr : L.extendReg(low[n], bits, false, true);
      const joined = L.op(
        'orr_shift',
        [
          ['Rn', clean],
          ['Rm', high[n]],
        ],
        { sf: 1, shift: 0, imm6: bits },
      );
      const amount = amounts[n] === zr ? zr : L.extendReg(amounts[n], bits, false, false);
      const divisor = L.constant(BigInt(bits), 32);
      const q = L.op(
        'udiv',
        [
          ['Rn', amount],
          ['Rm', divisor],
        ],
        { sf: 0 },
      );
      const rest = L.op(
        'msub',
        [
          ['Rn', q],
          ['Rm', divisor],
          ['Ra', amount],
        ],
        { sf: 0 },
      );
      if (left) {
        const moved = L.op(
          'lslv',
          [
            ['Rn', joined],
            ['Rm', rest],
          ],
          { sf: 1 },
        );
        L.emit(
          'ubfm',
          [
            ['Rd', into, 'd'],
            ['Rn', moved, 'u'],
          ],
          { sf: 1, N: 1, immr: bits, imms: 2 * bits - 1 },
        );
      } else
        L.emit(
          'lsrv',
          [
            ['Rd', into, 'd'],
            ['Rn', joined, 'u'],
            ['Rm', rest, 'u'],
          ],
          { sf: 1 },
        );
    });
  };

const saturating = (op: 'add' | 'sub', signed: boolean): Lower =>
  perElement(signed ? 'sign' : 'zero', (L, d, [a, b], bits) => {
    const sf = sfOf(bits);
    const w = sf ? 64 : 32;
    const exact = bits === w;
    const result = L.reg();
    if (!exact) {
      L.emit(
        `${op}_shift`,
        [
          ['Rd', result, 'd'],
          ['Rn', a, 'u'],
          ['Rm', b, 'u'],
        ],
        { sf, shift: 0, imm6: 0 },
      );
      const most = signed ? (1n << BigInt(bits - 1)) - 1n : (1n << BigInt(bits)) - 1n;
      const least = signed ? -(1n << BigInt(bits - 1)) : 0n;
      clamp(L, d, result, least, most, sf);
      return;
    }
    L.emit(
      `${op}s_shift`,
      [
        ['Rd', result, 'd'],
        ['Rn', a, 'u'],
        ['Rm', b, 'u'],
      ],
      { sf, shift: 0, imm6: 0 },
    );
    if (!signed) {
      if (op === 'add')
        L.emit(
          'csinv',
          [
            ['Rd', d, 'd'],
            ['Rn', result, 'u'],
            ['Rm', zr, 'u'],
          ],
          { sf, cond: 3 },
        );
      else
        L.emit(
          'csel',
          [
            ['Rd', d, 'd'],
            ['Rn', result, 'u'],
            ['Rm', zr, 'u'],
          ],
          { sf, cond: 2 },
        );
      return;
    }
    // On overflow the sign of the result is wrong: its opposite picks the limit.
    const sign = L.op('sbfm', [['Rn', result]], { sf, N: sf, immr: w - 1, imms: w - 1 });
    const limit = L.op('eor_imm', [['Rn', sign]], { sf, N: sf, immr: 1, imms: 0 });
    L.emit(
      'csel',
      [
        ['Rd', d, 'd'],
        ['Rn', limit, 'u'],
        ['Rm', result, 'u'],
      ],
      { sf, cond: 6 },
    );
  });

function clamp(L: Lowering, d: Reg, value: Reg, least: bigint, most: bigint, sf: number): void {
  const w = sf ? 64 : 32;
  const high = L.constant(BigInt.asUintN(w, most), w);
  L.emit(
    'subs_shift',
    [
      ['Rd', zr, 'd'],
      ['Rn', value, 'u'],
      ['Rm', high, 'u'],
    ],
    { sf, shift: 0, imm6: 0 },
  );
  const capped = L.reg();
  L.emit(
    'csel',
    [
      ['Rd', capped, 'd'],
      ['Rn', value, 'u'],
      ['Rm', high, 'u'],
    ],
    { sf, cond: 13 },
  );
  const low = L.constant(BigInt.asUintN(w, least), w);
  L.emit(
    'subs_shift',
    [
      ['Rd', zr, 'd'],
      ['Rn', capped, 'u'],
      ['Rm', low, 'u'],
    ],
    { sf, shift: 0, imm6: 0 },
  );
  L.emit(
    'csel',
    [
      ['Rd', d, 'd'],
      ['Rn', capped, 'u'],
      ['Rm', low, 'u'],
    ],
    { sf, cond: 10 },
  );
}

type Chunk = { offset: number; size: 16 | 8 | 4 | 2 | 1 };

/** So many accesses of each kind a block may take in line; beyond, and where it counts for size, the library does it. */
const inlineAccesses = { copy: 16, fill: 32, copyForSize: 4, fillForSize: 8 };

/** From this size on a block is filled from a register for vectors; below, X registers take no setting up. */
const vectorFill = 32;

/**
 * Accesses that cover `bytes`, largest first. The rest below the largest is one access that ends where the block does and overlaps what is before it, but for
 * volatile blocks, of which every byte is touched once.
 */
function chunks(bytes: number, largest: number, overlap: boolean): Chunk[] {
  const list: Chunk[] = [];
  let at = 0;
  for (const size of [16, 8, 4, 2, 1] as const) {
    if (size > largest) continue;
    for (; bytes - at >= size; at += size) list.push({ offset: at, size });
    if (!overlap || at === 0 || bytes - at <= size / 2) continue;
    list.push({ offset: bytes - size, size });
    break;
  }
  return list;
}

/** Undefined where a call of the library is better. */
function chunksOf(L: Lowering, i: Call, kind: 'copy' | 'fill', pointers: number): Chunk[] | undefined {
  const [length, volatile] = i.args.slice(2).map(({ value }) => constantInt(value));
  const most = L.module.options.size ? inlineAccesses[`${kind}ForSize`] : inlineAccesses[kind];
  if (length === undefined || length > BigInt(most * 16)) return undefined;
  const bytes = Number(length);
  const vectors = !L.generalOnly && !L.ir.attributes.has('noimplicitfloat') && (kind === 'copy' || bytes >= vectorFill);
  const strict = String(L.ir.attributes.get('target-features') ?? '').includes('+strict-align');
  const aligned = strict ? Math.min(...i.args.slice(0, pointers).map(({ attributes }) => Number(attributes.get('align') ?? 1))) : 16;
  const found = chunks(bytes, Math.min(vectors ? 16 : 8, aligned), !strict && volatile === 0n);
  return found.length <= most ? found : undefined;
}

const settle = (L: Lowering, pointer: Value): Address => {
  const a = addressOf(L, pointer, 1);
  return a.kind === 'frame' || (a.kind === 'base' && a.base !== zr) ? a : { kind: 'base', base: materialize(L, a), offset: 0n };
};

/** memcpy and memmove: all loads come before all stores, so overlapping is right either way. */
const copyBytes =
  (name: 'memcpy' | 'memmove'): Lower =>
  (L, i, d, [to, from, length]) => {
    const pieces = chunksOf(L, i, 'copy', 2);
    if (pieces) {
      if (pieces.length === 0) return;
      const source = settle(L, from);
      const target = settle(L, to);
      const group = name === 'memmove' ? pieces.length : 8;
      for (let at = 0; at < pieces.length; at += group) {
        const loaded = pieces.slice(at, at + group).map((p) => {
          const cls: RegClass = p.size === 16 ? 'vector' : 'general';
          const r = L.reg(cls, p.size === 16 ? 128 : 64);
          access(L, accessStem(true, cls, p.size), p.size, r, offsetAddress(L, source, p.offset), true);
          return { ...p, cls, r };
        });
        for (const p of loaded) access(L, accessStem(false, p.cls, p.size), p.size, p.r, offsetAddress(L, target, p.offset), false);
      }
      return;
    }
    L.callExternal(name, [L.one(to), L.one(from), wideLength(L, length)], []);
  };

function wideLength(L: Lowering, length: Value): Reg {
  const r = L.one(length);
  return bitsIn(length.type) === 64 || r === zr ? r : L.extendReg(r, bitsIn(length.type), false, true);
}

const fillBytes: Lower = (L, i, d, [to, value, length]) => {
  const byte = constantInt(value);
  const pieces = chunksOf(L, i, 'fill', 1);
  if (pieces && byte !== undefined) {
    if (pieces.length === 0) return;
    const target = settle(L, to);
    const repeated = (byte & 0xffn) * 0x0101010101010101n;
    const wide =
      pieces[0].size === 16
        ? lanesConstant(L, { lane: 8, count: 16, float: false }, new Array<bigint>(16).fill(byte & 0xffn))[0]
        : undefined;
    // Zero needs no register, and what is in one for vectors anyway serves the smaller accesses as well.
    const cls: RegClass = wide !== undefined && byte !== 0n ? 'vector' : 'general';
    const narrow = cls === 'vector' && wide !== undefined ? wide : L.constant(repeated, 64);
    for (const p of pieces) {
      const large = p.size === 16 && wide !== undefined;
      access(
        L,
        accessStem(false, large ? 'vector' : cls, p.size),
        p.size,
        large ? wide : narrow,
        offsetAddress(L, target, p.offset),
        false,
      );
    }
    return;
  }
  const filler = L.one(value);
  L.callExternal('memset', [L.one(to), filler, wideLength(L, length)], []);
};

// Floating point

const unary =
  (row: string, libm: string): Lower =>
  (L, i, d, [a]) => {
    const type = scalarOf(i.type);
    const source = L.regsOf(a);
    source.forEach((r, n) => {
      if (type.kind === 'fp128' && row !== 'fabs') L.callExternal(`${libm}l`, [r], [d[n]]);
      else floatUnary(L, row, type, d[n], r);
    });
  };

const minimum =
  (row: string, libm: string): Lower =>
  (L, i, d, [a, b]) => {
    const type = scalarOf(i.type);
    const x = L.regsOf(a);
    const y = L.regsOf(b);
    d.forEach((into, n) => {
      if (type.kind === 'fp128') L.callExternal(`${libm}l`, [x[n], y[n]], [into]);
      else if (type.kind === 'half') {
        const r = L.reg('vector');
        L.emit(
          row,
          [
            ['Rd', r, 'd'],
            ['Rn', asSingle(L, x[n]), 'u'],
            ['Rm', asSingle(L, y[n]), 'u'],
          ],
          { ftype: 0 },
        );
        L.emit('fcvt_h_s', [
          ['Rd', into, 'd'],
          ['Rn', r, 'u'],
        ]);
      } else
        L.emit(
          row,
          [
            ['Rd', into, 'd'],
            ['Rn', x[n], 'u'],
            ['Rm', y[n], 'u'],
          ],
          { ftype: type.kind === 'double' ? 1 : 0 },
        );
    });
  };

/** By way of singles: `apart` rounds the product to a half as well, which fmuladd allows. */
function halfMultiplyAdd(L: Lowering, apart: boolean, d: Reg, operands: readonly Reg[]): void {
  const [x, y, z] = operands.map((r) => asSingle(L, r));
  const half = (into: Reg, from: Reg): void =>
    void L.emit('fcvt_h_s', [
      ['Rd', into, 'd'],
      ['Rn', from, 'u'],
    ]);
  const result = L.reg('vector');
  if (!apart)
    L.emit(
      'fmadd',
      [
        ['Rd', result, 'd'],
        ['Rn', x, 'u'],
        ['Rm', y, 'u'],
        ['Ra', z, 'u'],
      ],
      { ftype: 0 },
    );
  else {
    const [product, rounded] = [L.reg('vector'), L.reg('vector')];
    for (const [row, into, a, b] of [
      ['fmul', product, x, y],
      ['fadd', result, rounded, z],
    ] as const) {
      if (row === 'fadd') {
        const h = L.reg('vector');
        half(h, product);
        L.copy(rounded, asSingle(L, h));
      }
      L.emit(
        row,
        [
          ['Rd', into, 'd'],
          ['Rn', a, 'u'],
          ['Rm', b, 'u'],
        ],
        { ftype: 0 },
      );
    }
  }
  half(d, result);
}

const fusedMultiplyAdd: Lower = (L, i, d, [a, b, c]) => {
  const type = scalarOf(i.type);
  const [x, y, z] = [a, b, c].map((v) => L.regsOf(v));
  d.forEach((into, n) => {
    if (type.kind === 'fp128') L.callExternal('fmal', [x[n], y[n], z[n]], [into]);
    else if (type.kind === 'half') halfMultiplyAdd(L, calleeName(i).startsWith('llvm.fmuladd'), into, [x[n], y[n], z[n]]);
    else
      L.emit(
        'fmadd',
        [
          ['Rd', into, 'd'],
          ['Rn', x[n], 'u'],
          ['Rm', y[n], 'u'],
          ['Ra', z[n], 'u'],
        ],
        { ftype: type.kind === 'double' ? 1 : 0 },
      );
  });
};

/** A quad by way of memory, where its upper half is a general register's. */
function copySignQuad(L: Lowering, d: Reg, a: Reg, b: Reg): void {
  const slots = [a, b].map((r) => {
    const slot = L.newSlot(16, 16);
    L.emit('str_q_uimm', [['Rt', r, 'u']], { imm12: 0 }, { frame: { slot, offset: 0 } });
    return slot;
  });
  const [magnitude, sign] = slots.map((slot) => {
    const r = L.reg();
    L.emit('ldr_x_uimm', [['Rt', r, 'd']], { imm12: 0 }, { frame: { slot, offset: 8 } });
    return r;
  });
  const merged = L.reg();
  L.copy(merged, sign);
  L.emit(
    'bfm',
    [
      ['Rd', merged, 'du'],
      ['Rn', magnitude, 'u'],
    ],
    { sf: 1, N: 1, immr: 0, imms: 62 },
  );
  L.emit('str_x_uimm', [['Rt', merged, 'u']], { imm12: 0 }, { frame: { slot: slots[0], offset: 8 } });
  L.emit('ldr_q_uimm', [['Rt', d, 'd']], { imm12: 0 }, { frame: { slot: slots[0], offset: 0 } });
}

const copySign: Lower = (L, i, d, [a, b]) => {
  const type = scalarOf(i.type);
  if (type.kind === 'fp128') return copySignQuad(L, d[0], L.one(a), L.one(b));
  const wide = type.kind === 'double';
  const x = L.regsOf(a);
  const y = L.regsOf(b);
  d.forEach((into, n) => {
    const bits = (r: Reg): Reg => {
      const g = L.reg();
      L.emit(wide ? 'fmov_x_d' : 'fmov_w_s', [
        ['Rd', g, 'd'],
        ['Rn', r, 'u'],
      ]);
      return g;
    };
    const merged = L.reg();
    L.copy(merged, bits(y[n]));
    // Everything but the sign comes from the first.
    L.emit(
      'bfm',
      [
        ['Rd', merged, 'du'],
        ['Rn', bits(x[n]), 'u'],
      ],
      { sf: wide ? 1 : 0, N: wide ? 1 : 0, immr: 0, imms: wide ? 62 : type.kind === 'float' ? 30 : 14 },
    );
    L.emit(wide ? 'fmov_d_x' : 'fmov_s_w', [
      ['Rd', into, 'd'],
      ['Rn', merged, 'u'],
    ]);
  });
};

const library =
  (name: string): Lower =>
  (L, i, d, args) => {
    const type = scalarOf(i.type);
    const suffix = type.kind === 'float' ? 'f' : type.kind === 'fp128' ? 'l' : '';
    const regs = args.map((a) => L.regsOf(a));
    if (type.kind === 'half')
      return d.forEach((into, n) => {
        const single = L.reg('vector');
        L.callExternal(
          `${name}f`,
          regs.map((r) => asSingle(L, r[n])),
          [single],
        );
        L.emit('fcvt_h_s', [
          ['Rd', into, 'd'],
          ['Rn', single, 'u'],
        ]);
      });
    d.forEach((into, n) =>
      L.callExternal(
        `${name}${suffix}`,
        regs.map((r) => r[n]),
        [into],
      ),
    );
  };

const saturatingConversion =
  (signed: boolean): Lower =>
  (L, i, d, [a]) => {
    const from = scalarOf(a.type);
    const bits = bitsIn(scalarOf(i.type));
    if (bits > 64 || from.kind === 'fp128') L.unsupported('a saturating conversion of this type');
    const sf = sfOf(bits);
    L.regsOf(a).forEach((r, n) => {
      const x = from.kind === 'half' ? asSingle(L, r) : r;
      const ftype = from.kind === 'double' ? 1 : 0;
      if (bits === 32 || bits === 64) {
        L.emit(
          signed ? 'fcvtzs' : 'fcvtzu',
          [
            ['Rd', d[n], 'd'],
            ['Rn', x, 'u'],
          ],
          { sf, ftype },
        );
        return;
      }
      const wide = L.reg();
      L.emit(
        signed ? 'fcvtzs' : 'fcvtzu',
        [
          ['Rd', wide, 'd'],
          ['Rn', x, 'u'],
        ],
        { sf, ftype },
      );
      const most = signed ? (1n << BigInt(bits - 1)) - 1n : (1n << BigInt(bits)) - 1n;
      if (signed) clamp(L, d[n], wide, -(1n << BigInt(bits - 1)), most, sf);
      else {
        const high = L.constant(most, sf ? 64 : 32);
        L.emit(
          'subs_shift',
          [
            ['Rd', zr, 'd'],
            ['Rn', wide, 'u'],
            ['Rm', high, 'u'],
          ],
          { sf, shift: 0, imm6: 0 },
        );
        L.emit(
          'csel',
          [
            ['Rd', d[n], 'd'],
            ['Rn', wide, 'u'],
            ['Rm', high, 'u'],
          ],
          { sf, cond: 9 },
        );
      }
    });
  };

/** llvm.is.fpclass by the bits of the number: a mask of ten classes. */
const floatClass: Lower = (L, i, d, [a, mask]) => {
  const type = scalarOf(a.type);
  const tests = Number(constantInt(mask) ?? 0n);
  if (type.kind !== 'half' && type.kind !== 'float' && type.kind !== 'double') L.unsupported(`is.fpclass of ${type.kind}`);
  const wide = type.kind === 'double';
  const width = wide ? 64 : 32;
  const w = wide ? 64 : type.kind === 'half' ? 16 : 32;
  const sf = wide ? 1 : 0;
  const f = wide ? 52 : type.kind === 'half' ? 10 : 23;
  const infinity = ((1n << BigInt(w - 1 - f)) - 1n) << BigInt(f);
  const quiet = 1n << BigInt(f - 1);
  const smallest = 1n << BigInt(f);
  const bits = L.reg();
  L.emit(wide ? 'fmov_x_d' : 'fmov_w_s', [
    ['Rd', bits, 'd'],
    ['Rn', L.one(a), 'u'],
  ]);
  const magnitude = L.op('and_imm', [['Rn', bits]], { sf, N: sf, immr: 0, imms: w - 2 });
  const negative = L.op('ubfm', [['Rn', bits]], { sf, N: sf, immr: w - 1, imms: w - 1 });
  let result: Reg = zr;
  /** Adds the classes with `low <= magnitude < high`, of either sign or one. */
  const range = (low: bigint, high: bigint, signs: 'any' | 'negative' | 'positive'): void => {
    const moved = L.op(
      'sub_shift',
      [
        ['Rn', magnitude],
        ['Rm', L.constant(low, width)],
      ],
      { sf, shift: 0, imm6: 0 },
    );
    L.emit(
      'subs_shift',
      [
        ['Rd', zr, 'd'],
        ['Rn', moved, 'u'],
        ['Rm', L.constant(high - low, width), 'u'],
      ],
      { sf, shift: 0, imm6: 0 },
    );
    let inside = L.reg();
    setFromCondition(L, inside, 3);
    if (signs === 'negative')
      inside = L.op(
        'and_shift',
        [
          ['Rn', inside],
          ['Rm', negative],
        ],
        { sf, shift: 0, imm6: 0 },
      );
    if (signs === 'positive')
      inside = L.op(
        'bic_shift',
        [
          ['Rn', inside],
          ['Rm', negative],
        ],
        { sf, shift: 0, imm6: 0 },
      );
    result = L.op(
      'orr_shift',
      [
        ['Rn', result],
        ['Rm', inside],
      ],
      { sf, shift: 0, imm6: 0 },
    );
  };
  const top = 1n << BigInt(w - 1);
  if (tests & 1) range(infinity + 1n, infinity + quiet, 'any');
  if (tests & 2) range(infinity + quiet, top, 'any');
  const pairs: [number, number, bigint, bigint][] = [
    [4, 512, infinity, infinity + 1n],
    [8, 256, smallest, infinity],
    [16, 128, 1n, smallest],
    [32, 64, 0n, 1n],
  ];
  for (const [minus, plus, low, high] of pairs) {
    if (tests & minus && tests & plus) range(low, high, 'any');
    else if (tests & minus) range(low, high, 'negative');
    else if (tests & plus) range(low, high, 'positive');
  }
  L.copy(d[0], result);
};

const readRegister: Lower = (L, i, d, [name]) => {
  const text = metadataText(L, name);
  if (text === 'sp') {
    L.emit(
      'add_imm',
      [
        ['Rd', d[0], 'd'],
        ['Rn', sp, 'u'],
      ],
      { sf: 1, sh: 0, imm12: 0 },
    );
    return;
  }
  const key = L.systemRegister(text);
  if (key) L.emit('mrs', [['Rt', d[0], 'd']], key);
  else {
    const n = /^[xw](\d+)$/.exec(text);
    if (!n) return L.unsupported(`reading the register "${text}"`);
    L.copy(d[0], Number(n[1]));
  }
};

const writeRegister: Lower = (L, i, d, [name, value]) => {
  const text = metadataText(L, name);
  const from = L.one(value);
  if (text === 'sp') {
    L.emit('$set_sp', [['Rn', from === zr ? L.op('movz', [], { sf: 1, hw: 0, imm16: 0 }) : from, 'u']]);
    return;
  }
  const key = L.systemRegister(text);
  if (!key) L.unsupported(`writing the register "${text}"`);
  L.emit('msr', [['Rt', from, 'u']], key);
};

function metadataText(L: Lowering, value: Value): string {
  if (value.kind !== 'metadataValue') return '';
  const node = value.metadata;
  if (typeof node !== 'string' && node.kind === 'tuple') {
    const [first] = node.elements;
    const found = typeof first === 'number' ? L.module.metadata(first) : first;
    if (typeof found === 'string') return found;
    if (found && typeof found === 'object' && found.kind === 'tuple' && typeof found.elements[0] === 'string') return found.elements[0];
  }
  return typeof node === 'string' ? node : '';
}

const exclusive =
  (load: boolean, ordered: boolean): Lower =>
  (L, i, d, args) => {
    const pointer = L.one(args[load ? 0 : 1]);
    const type = i.args[load ? 0 : 1].attributes.get('elementtype');
    const bytes = typeof type === 'object' && 'kind' in type ? sizeOf(type) : 8;
    const suffix = { 1: 'b', 2: 'h', 4: '_w', 8: '_x' }[bytes] ?? L.unsupported('an exclusive access of this size');
    if (load)
      L.emit(`ld${ordered ? 'a' : ''}xr${suffix}`, [
        ['Rt', d[0], 'd'],
        ['Rn', pointer, 'u'],
      ]);
    else
      L.emit(`st${ordered ? 'l' : ''}xr${suffix}`, [
        ['Rs', d[0], 'e'],
        ['Rt', L.one(args[0]), 'u'],
        ['Rn', pointer, 'u'],
      ]);
  };

const crcRow =
  (name: string): Lower =>
  (L, _, d, [a, b]) =>
    L.emit(name, [
      ['Rd', d[0], 'd'],
      ['Rn', L.one(a), 'u'],
      ['Rm', L.one(b), 'u'],
    ]);

const barrierRow =
  (row: 'dmb' | 'dsb' | 'isb'): Lower =>
  (L, _, __, [k]) =>
    void L.emit(row, [], { CRm: Number(constantInt(k) ?? 15n) });

/** By the name after `llvm.`, without the type suffixes. */
const table: Record<string, Lower> = {
  'lifetime.start': nothing,
  'lifetime.end': nothing,
  'invariant.start': nothing,
  'invariant.end': nothing,
  assume: nothing,
  donothing: nothing,
  'experimental.noalias.scope.decl': nothing,
  sideeffect: nothing,
  'var.annotation': nothing,
  'dbg.value': nothing,
  'dbg.declare': nothing,
  'dbg.label': nothing,
  'dbg.assign': nothing,
  prefetch: nothing,
  va_end: nothing,
  vaend: nothing,
  pseudoprobe: nothing,
  'fake.use': fakeUse,
  expect: same,
  'expect.with.probability': same,
  annotation: same,
  'ptr.annotation': same,
  'launder.invariant.group': same,
  'strip.invariant.group': same,
  'ssa.copy': same,
  canonicalize: same,
  'arithmetic.fence': same,
  'preserve.static.offset': same,
  smax: minMax(12, 'sign'),
  smin: minMax(11, 'sign'),
  umax: minMax(8, 'zero'),
  umin: minMax(3, 'zero'),
  abs: (L, i, d, args) => {
    if (i.type.kind === 'int' && i.type.bits === 128) return wideAbsolute(L, d, args[0]);
    absolute(L, i, d, args);
  },

  ctpop: wideCount(
    'ctpop',
    perElement('zero', (L, d, [a], bits) => populationCount(L, d, a, bits)),
  ),
  ctlz: wideCount(
    'ctlz',
    perElement('zero', (L, d, [a], bits) => leadingZeros(L, d, a, bits)),
  ),
  cttz: wideCount(
    'cttz',
    perElement('none', (L, d, [a], bits) => trailingZeros(L, d, a, bits)),
  ),
  scmp: threeWay(true),
  ucmp: threeWay(false),
  bswap: byteSwap,
  bitreverse: bitReverse,
  fshl: funnel(true),
  fshr: funnel(false),
  'uadd.with.overflow': withOverflow('add', false),
  'usub.with.overflow': withOverflow('sub', false),
  'umul.with.overflow': withOverflow('mul', false),
  'sadd.with.overflow': withOverflow('add', true),
  'ssub.with.overflow': withOverflow('sub', true),
  'smul.with.overflow': withOverflow('mul', true),
  'uadd.sat': saturating('add', false),
  'usub.sat': saturating('sub', false),
  'sadd.sat': saturating('add', true),
  'ssub.sat': saturating('sub', true),
  memcpy: copyBytes('memcpy'),
  'memcpy.inline': copyBytes('memcpy'),
  memmove: copyBytes('memmove'),
  memset: fillBytes,
  'memset.inline': fillBytes,
  'fptosi.sat': saturatingConversion(true),
  'fptoui.sat': saturatingConversion(false),
  'is.fpclass': floatClass,
  sqrt: unary('fsqrt', 'sqrt'),
  fabs: unary('fabs', 'fabs'),
  floor: unary('frintm', 'floor'),
  ceil: unary('frintp', 'ceil'),
  trunc: unary('frintz', 'trunc'),
  rint: unary('frintx', 'rint'),
  nearbyint: unary('frinti', 'nearbyint'),
  round: unary('frinta', 'round'),
  roundeven: unary('frintn', 'roundeven'),
  minnum: minimum('fminnm', 'fmin'),
  maxnum: minimum('fmaxnm', 'fmax'),
  minimum: minimum('fmin', 'fminimum'),
  maximum: minimum('fmax', 'fmaximum'),
  minimumnum: minimum('fminnm', 'fmin'),
  maximumnum: minimum('fmaxnm', 'fmax'),
  fma: fusedMultiplyAdd,
  fmuladd: fusedMultiplyAdd,
  copysign: copySign,
  sin: library('sin'),
  cos: library('cos'),
  tan: library('tan'),
  exp: library('exp'),
  exp2: library('exp2'),
  log: library('log'),
  log2: library('log2'),
  log10: library('log10'),
  pow: library('pow'),
  trap: (L) => void L.emit('brk', [], { imm16: 1 }),
  ubsantrap: (L) => void L.emit('brk', [], { imm16: 1 }),
  debugtrap: (L) => void L.emit('brk', [], { imm16: 0xf000 }),
  stacksave: (L, _, d) => {
    L.fn.dynamicStack = true;
    L.emit(
      'add_imm',
      [
        ['Rd', d[0], 'd'],
        ['Rn', sp, 'u'],
      ],
      { sf: 1, sh: 0, imm12: 0 },
    );
  },
  stackrestore: (L, _, __, [a]) => {
    L.fn.dynamicStack = true;
    L.emit('$set_sp', [['Rn', L.one(a), 'u']]);
  },
  frameaddress: (L, _, d, [level]) => frameAddress(L, d[0], Number(constantInt(level) ?? 0n)),
  returnaddress: (L, _, d, [level]) => {
    const n = Number(constantInt(level) ?? 0n);
    if (n === 0) {
      L.fn.keepsFrame = true;
      L.emit(
        'ldr_x_uimm',
        [
          ['Rt', d[0], 'd'],
          ['Rn', 29, 'u'],
        ],
        { imm12: 1 },
      );
      return;
    }
    const frame = L.reg();
    frameAddress(L, frame, n);
    L.emit(
      'ldr_x_uimm',
      [
        ['Rt', d[0], 'd'],
        ['Rn', frame, 'u'],
      ],
      { imm12: 1 },
    );
  },
  va_start: (L, _, __, [list]) => lowerVaStart(L, list),
  vastart: (L, _, __, [list]) => lowerVaStart(L, list),
  va_copy: (L, _, __, [to, from]) => {
    const source = settle(L, from);
    const target = settle(L, to);
    for (const p of chunks(32, 8, false)) {
      const r = L.reg();
      access(L, 'ldr_x', 8, r, offsetAddress(L, source, p.offset), true);
      access(L, 'str_x', 8, r, offsetAddress(L, target, p.offset), false);
    }
  },
  ptrmask: (L, _, d, [a, b]) =>
    void L.emit(
      'and_shift',
      [
        ['Rd', d[0], 'd'],
        ['Rn', L.one(a), 'u'],
        ['Rm', L.one(b), 'u'],
      ],
      { sf: 1, shift: 0, imm6: 0 },
    ),
  'threadlocal.address': (L, _, d, [a]) => {
    if (a.kind !== 'global' || a.global.kind !== 'variable') return L.unsupported('the address of this thread-local variable');
    threadLocal(L, d[0], a);
  },
  objectsize: (L, i, d, args) => L.moveConstant(d[0], constantInt(args[1]) === 1n ? 0n : (1n << 64n) - 1n, bitsIn(i.type) > 32 ? 64 : 32),
  'is.constant': (L, _, d) => L.copy(d[0], zr),
  read_register: readRegister,
  read_volatile_register: readRegister,
  write_register: writeRegister,
  'get.rounding': (L, _, d) => L.moveConstant(d[0], 1n, 32),
  'aarch64.dmb': barrierRow('dmb'),
  'aarch64.dsb': barrierRow('dsb'),
  'aarch64.isb': barrierRow('isb'),
  'aarch64.hint': (L, _, __, [k]) => {
    const n = Number(constantInt(k) ?? 0n);
    L.emit('hint', [], { CRm: n >> 3, op2: n & 7 });
  },
  'aarch64.break': (L, _, __, [k]) => void L.emit('brk', [], { imm16: Number(constantInt(k) ?? 0n) }),
  'aarch64.rbit': bitReverse,
  'aarch64.cls': (L, _, d, [a]) =>
    void L.emit(
      'cls',
      [
        ['Rd', d[0], 'd'],
        ['Rn', L.one(a), 'u'],
      ],
      { sf: 0 },
    ),
  'aarch64.cls64': (L, _, d, [a]) =>
    void L.emit(
      'cls',
      [
        ['Rd', d[0], 'd'],
        ['Rn', L.one(a), 'u'],
      ],
      { sf: 1 },
    ),
  'aarch64.ldxr': exclusive(true, false),
  'aarch64.ldaxr': exclusive(true, true),
  'aarch64.stxr': exclusive(false, false),
  'aarch64.stlxr': exclusive(false, true),
  'aarch64.clrex': (L) => void L.emit('clrex', [], { CRm: 15 }),
};
for (const kind of ['crc32', 'crc32c']) for (const size of ['b', 'h', 'w', 'x']) table[`aarch64.${kind}${size}`] = crcRow(`${kind}${size}`);

/** The address of a thread-local variable, local-exec or initial-exec. */
function threadLocal(L: Lowering, d: Reg, a: Extract<Value, { kind: 'global' }>): void {
  const { global } = a;
  if (global.kind !== 'variable') return;
  const symbol = L.module.symbol(global);
  const pointer = L.reg();
  // TPIDR_EL0.
  L.emit('mrs', [['Rt', pointer, 'd']], { o0: 1, op1: 3, CRn: 13, CRm: 0, op2: 2 });
  if (global.threadLocal === 'initialexec' || L.module.options.shared || (L.module.options.pic && !global.dsoLocal)) {
    const page = L.op('adrp', [], { immlo: 0, immhi: 0 }, { fixup: { type: 'TLSIE_ADR_GOTTPREL_PAGE21', symbol, addend: 0n } });
    const offset = L.reg();
    L.emit(
      'ldr_x_uimm',
      [
        ['Rt', offset, 'd'],
        ['Rn', page, 'u'],
      ],
      { imm12: 0 },
      { fixup: { type: 'TLSIE_LD64_GOTTPREL_LO12_NC', symbol, addend: 0n } },
    );
    L.emit(
      'add_shift',
      [
        ['Rd', d, 'd'],
        ['Rn', pointer, 'u'],
        ['Rm', offset, 'u'],
      ],
      { sf: 1, shift: 0, imm6: 0 },
    );
    return;
  }
  const high = L.op(
    'add_imm',
    [['Rn', pointer]],
    { sf: 1, sh: 1, imm12: 0 },
    { fixup: { type: 'TLSLE_ADD_TPREL_HI12', symbol, addend: 0n } },
  );
  L.emit(
    'add_imm',
    [
      ['Rd', d, 'd'],
      ['Rn', high, 'u'],
    ],
    { sf: 1, sh: 0, imm12: 0 },
    { fixup: { type: 'TLSLE_ADD_TPREL_LO12_NC', symbol, addend: 0n } },
  );
}

function frameAddress(L: Lowering, d: Reg, level: number): void {
  L.fn.keepsFrame = true;
  let at: Reg = 29;
  for (let n = 0; n < level; n++) {
    const up = L.reg();
    L.emit(
      'ldr_x_uimm',
      [
        ['Rt', up, 'd'],
        ['Rn', at, 'u'],
      ],
      { imm12: 0 },
    );
    at = up;
  }
  L.copy(d, at);
}

/** Strips type suffixes: `ctlz.i32`, `memcpy.p0.p0.i64`, `fshl.v4i32`. */
function lookUp(name: string): Lower | undefined {
  let stem = name.replace(/^llvm\./, '');
  for (;;) {
    const found = Object.hasOwn(table, stem) ? table[stem] : undefined;
    if (found) return found;
    const dot = stem.lastIndexOf('.');
    if (dot < 0) return undefined;
    stem = stem.slice(0, dot);
  }
}

export function lowerIntrinsic(L: Lowering, i: Call, d: Reg[]): void {
  const name = calleeName(i);
  if (isNeon(name) && lowerNeon(L, i, name.slice('llvm.aarch64.'.length), d)) return;
  const lower = lookUp(name);
  if (!lower) return L.unsupported(`the intrinsic ${name}`);
  lower(
    L,
    i,
    d,
    i.args.map((a) => a.value),
  );
}

function isNeon(name: string): boolean {
  return name.startsWith('llvm.aarch64.neon.') || name.startsWith('llvm.aarch64.sisd.');
}

/** Intrinsics that can be left out when nobody needs their result. */
export function intrinsicHasEffect(name: string): boolean {
  if (isNeon(name)) return name.startsWith('llvm.aarch64.neon.st');
  return (
    /^llvm\.(mem|fake\.use|trap|debugtrap|ubsantrap|stackrestore|stacksave|va_|vastart|vacopy|write_register|read_volatile|aarch64\.(?!rbit|cls|crc))/.test(
      name,
    ) ||
    (lookUp(name) === undefined && !name.startsWith('llvm.vector.reduce.'))
  );
}

export { loadValue, partsOf, storeValue, type Type };
