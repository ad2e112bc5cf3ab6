/** Conversions of vectors: wider and narrower lanes, between integers and floating point, and bits taken for another type. */
import { bitsOf, type Instruction, type Value } from '../ir/index.ts';
import { lanesConstant, splatBits } from './lower-vector-constant.ts';
import type { Lowering } from './lowering.ts';
import { zr, type Reg } from './mir.ts';
import {
  accumulate,
  binary,
  fresh,
  isMaskType,
  laneFields,
  letterOf,
  qField,
  registersOf,
  resize,
  shapeOf,
  shapeOfValue,
  sizeField,
  splat,
  twice,
  half,
  unary,
  type Shape,
} from './vectors.ts';

type Cast = Instruction & { operands: readonly [Value] };
type Lanes = { shape: Shape; regs: Reg[] };

export function lowerVectorCast(L: Lowering, i: Cast, d: readonly Reg[]): boolean {
  const [value] = i.operands;
  const to = shapeOfValue(i);
  const from = shapeOfValue(value);
  if (!to || !from) return false;
  const result = cast(L, i, value, from, to);
  if (!result) return false;
  result.forEach((r, n) => L.copy(d[n], r));
  return true;
}

function cast(L: Lowering, i: Cast, value: Value, from: Shape, to: Shape): Reg[] | undefined {
  switch (i.op) {
    case 'trunc':
      return isMaskType(i.type) ? lowBits(L, value, from) : truncate(L, value, from, to);
    case 'zext':
    case 'sext':
    case 'ptrtoint':
    case 'ptrtoaddr':
    case 'inttoptr':
    case 'addrspacecast':
      return extend(L, value, from, to, i.op === 'sext');
    case 'fpext':
      return floatExtend(L, { shape: from, regs: L.regsOf(value) }, to.lane);
    case 'fptrunc':
      return from.lane === twice(to.lane) ? floatNarrow(L, { shape: from, regs: L.regsOf(value) }).regs : undefined;
    case 'sitofp':
    case 'uitofp':
      return fromIntegers(L, value, from, to, i.op === 'sitofp');
    case 'fptosi':
    case 'fptoui':
      return isMaskType(i.type) ? undefined : toIntegers(L, value, from, to, i.op === 'fptosi');
    default:
      return undefined;
  }
}

/** The lowest bit of each lane as a mask. */
function lowBits(L: Lowering, value: Value, shape: Shape): Reg[] {
  const x = L.regsOf(value);
  const letter = letterOf(shape.lane);
  return registersOf(shape).map((r, n) => {
    const Q = qField(shape.lane, r);
    const top = fresh(L, r, (d) => unary(L, `shl_imm_${letter}`, d, x[n], { Q, sh: shape.lane - 1 }));
    return fresh(L, r, (d) => unary(L, 'cmlt_zero_v', d, top, { Q, size: sizeField(shape.lane) }));
  });
}

function truncate(L: Lowering, value: Value, from: Shape, to: Shape): Reg[] {
  // The upper halves of lanes, or what a shift leaves in the lower ones.
  if (from.lane === twice(to.lane) && L.foldable(value) && (value.op === 'lshr' || value.op === 'ashr')) {
    const k = splatBits(value.operands[1]);
    if (k !== undefined && k > 0n && k <= BigInt(to.lane) && registersOf(from).length === 1) {
      const [x] = L.regsOf(value.operands[0]);
      return registersOf(to).map((r) => fresh(L, r, (d) => unary(L, `shrn_${letterOf(to.lane)}`, d, x, { sh: to.lane - Number(k) })));
    }
  }
  return resize(L, from, L.regsOf(value), to.lane, false);
}

function extend(L: Lowering, value: Value, from: Shape, to: Shape, signed: boolean): Reg[] {
  if (!isMaskType(value.type)) return resize(L, from, L.regsOf(value), to.lane, signed);
  const mask = L.maskRegs(value, to.lane);
  return signed ? mask : maskToOnes(L, mask, { ...from, lane: to.lane });
}

/** 0 and 1 from a mask. */
function maskToOnes(L: Lowering, mask: readonly Reg[], shape: Shape): Reg[] {
  return registersOf(shape).map((r, n) =>
    fresh(L, r, (d) => unary(L, `ushr_imm_${letterOf(shape.lane)}`, d, mask[n], { Q: qField(shape.lane, r), sh: 1 })),
  );
}

function floatExtend(L: Lowering, from: Lanes, lane: number): Reg[] {
  let at = from;
  while (at.shape.lane < lane) at = floatWiden(L, at);
  return at.regs;
}

function floatWiden(L: Lowering, { shape, regs }: Lanes): Lanes {
  const wide = { ...shape, lane: twice(shape.lane) };
  const sz = shape.lane === 32 ? 1 : 0;
  return {
    shape: wide,
    regs: registersOf(wide).map((r, k) => fresh(L, r, (d) => unary(L, k & 1 ? 'fcvtl2' : 'fcvtl', d, regs[k >> 1], { sz }))),
  };
}

function floatNarrow(L: Lowering, { shape, regs }: Lanes): Lanes {
  const small = { ...shape, lane: half(shape.lane) };
  const sz = small.lane === 32 ? 1 : 0;
  return {
    shape: small,
    regs: registersOf(small).map((r, k) => {
      const low = fresh(L, r, (d) => unary(L, 'fcvtn', d, regs[2 * k], { sz }));
      return 2 * k + 1 < regs.length ? fresh(L, r, (d) => accumulate(L, 'fcvtn2', d, low, [regs[2 * k + 1]], { sz })) : low;
    }),
  };
}

function fromIntegers(L: Lowering, value: Value, from: Shape, to: Shape, signed: boolean): Reg[] | undefined {
  // Rounding twice would differ: 64 bits to single precision goes one by one.
  if (from.lane > to.lane && !(to.lane === 16 && from.lane === 32) && !isMaskType(value.type)) return undefined;
  const lane = to.lane === 64 ? 64 : 32;
  const shape = { ...to, lane } as const;
  const integers = extend(L, value, from, { ...shape, float: false }, signed);
  const regs = registersOf(shape).map((r, n) =>
    fresh(L, r, (d) => unary(L, signed ? 'scvtf_vec' : 'ucvtf_vec', d, integers[n], { Q: qField(lane, r), sz: lane === 64 ? 1 : 0 })),
  );
  return to.lane === 16 ? floatNarrow(L, { shape, regs }).regs : regs;
}

function toIntegers(L: Lowering, value: Value, from: Shape, to: Shape, signed: boolean): Reg[] {
  let at: Lanes = { shape: from, regs: L.regsOf(value) };
  while (at.shape.lane === 16 || at.shape.lane < to.lane) at = floatWiden(L, at);
  const { shape, regs } = at;
  const integers = registersOf(shape).map((r, n) =>
    fresh(L, r, (d) =>
      unary(L, signed ? 'fcvtzs_vec' : 'fcvtzu_vec', d, regs[n], { Q: qField(shape.lane, r), sz: shape.lane === 64 ? 1 : 0 }),
    ),
  );
  return resize(L, { ...shape, float: false }, integers, to.lane, false);
}

// Bits as they are

export function lowerVectorBitcast(L: Lowering, i: Cast, d: readonly Reg[]): boolean {
  const [value] = i.operands;
  const from = shapeOf(value.type);
  const to = shapeOf(i.type);
  if (isMaskType(value.type) && i.type.kind === 'int' && i.type.bits <= 64) {
    const shape = shapeOfValue(value);
    if (!shape) return false;
    L.copy(d[0], maskToInteger(L, L.regsOf(value), shape));
    return true;
  }
  if (to && isMaskType(i.type) && value.type.kind === 'int' && value.type.bits <= 64) {
    integerToMask(L, L.one(value), to, d);
    return true;
  }
  if (isMaskType(value.type) || isMaskType(i.type)) return false;
  if (from && to) {
    L.regsOf(value).forEach((r, n) => L.copy(d[n], r));
    return true;
  }
  return from ? vectorToScalar(L, value, i, d) : scalarToVector(L, value, d);
}

function vectorToScalar(L: Lowering, value: Value, i: Cast, d: readonly Reg[]): boolean {
  const regs = L.regsOf(value);
  if (regs.length !== 1) return false;
  switch (i.type.kind) {
    case 'int':
    case 'ptr': {
      const bits = bitsOf(i.type);
      if (bits <= 32) unary(L, 'fmov_w_s', d[0], regs[0], {});
      else if (d.length <= 2) d.forEach((into, n) => unary(L, 'umov_d', into, regs[0], laneFields(64, n)));
      else return false;
      return true;
    }
    case 'half':
    case 'float':
    case 'double':
    case 'fp128':
      L.copy(d[0], regs[0]);
      return true;
    default:
      return false;
  }
}

function scalarToVector(L: Lowering, value: Value, d: readonly Reg[]): boolean {
  if (d.length !== 1) return false;
  switch (value.type.kind) {
    case 'int':
    case 'ptr': {
      const bits = bitsOf(value.type);
      if (bits > 128) return false;
      const [low, high] = L.regsOf(value);
      unary(L, bits <= 32 ? 'fmov_s_w' : 'fmov_d_x', d[0], low, {});
      if (bits > 64)
        L.emit(
          'ins_general_d',
          [
            ['Rd', d[0], 'du'],
            ['Rn', high, 'u'],
          ],
          laneFields(64, 1),
        );
      return true;
    }
    case 'half':
    case 'float':
    case 'double':
    case 'fp128':
      L.copy(d[0], L.one(value));
      return true;
    default:
      return false;
  }
}

// Masks as integers with a bit for each lane

/** Lanes 1, 2, 4, ...: eight of them, and again. Lanes above the last element are zero. */
function weights(L: Lowering, shape: Shape, count: number): Reg {
  const lanes = 128 / shape.lane;
  const bits = Array.from({ length: shape.lane === 8 && count <= 8 ? 8 : lanes }, (_, n) => (n < count ? 1n << BigInt(n & 7) : 0n));
  return lanesConstant(L, { ...shape, count: bits.length, float: false }, bits)[0];
}

/** A bit for each lane of a mask, zeros above. */
export function maskToInteger(L: Lowering, regs: readonly Reg[], shape: Shape): Reg {
  const each = 128 / shape.lane;
  let sum: Reg | undefined;
  registersOf(shape).forEach((r, k) => {
    const part = registerBits(L, regs[k], shape, r.count);
    sum =
      sum === undefined
        ? part
        : L.op(
            'orr_shift',
            [
              ['Rn', sum],
              ['Rm', part],
            ],
            { sf: 1, shift: 0, imm6: k * each },
          );
  });
  return sum ?? zr;
}

function registerBits(L: Lowering, reg: Reg, shape: Shape, count: number): Reg {
  const { lane } = shape;
  const wide = lane !== 8 || count > 8;
  const bits = L.reg('vector', 128);
  binary(L, 'and_v', bits, reg, weights(L, shape, count), { Q: wide ? 1 : 0 });
  const sum = L.reg('vector', 128);
  const d = L.reg();
  if (lane === 64) {
    unary(L, 'addp_scalar', sum, bits, {});
    unary(L, 'umov_d', d, sum, laneFields(64, 0));
  } else if (lane === 8 && wide) {
    // The upper eight bytes become the upper bytes of halfwords.
    const high = L.reg('vector', 128);
    binary(L, 'ext_v', high, bits, bits, { Q: 1, imm4: 8 });
    const pairs = L.reg('vector', 128);
    binary(L, 'zip1', pairs, bits, high, { Q: 1, size: 0 });
    unary(L, 'addv', sum, pairs, { Q: 1, size: 1 });
    unary(L, 'umov_h', d, sum, laneFields(16, 0));
  } else {
    unary(L, 'addv', sum, bits, { Q: wide ? 1 : 0, size: sizeField(lane) });
    unary(L, `umov_${letterOf(lane)}`, d, sum, laneFields(lane, 0));
  }
  return d;
}

/** A mask from an integer with a bit for each lane. */
export function integerToMask(L: Lowering, from: Reg, shape: Shape, d: readonly Reg[]): void {
  const each = 128 / shape.lane;
  const shifted = (by: number): Reg => (by === 0 || from === zr ? from : L.op('ubfm', [['Rn', from]], { sf: 1, N: 1, immr: by, imms: 63 }));
  registersOf(shape).forEach((r, k) => {
    const repeated = L.reg('vector', r.bits);
    splat(L, { ...shape, float: false }, repeated, shifted(k * each), r);
    if (shape.lane === 8 && r.count > 8)
      L.emit(
        'ins_element_d',
        [
          ['Rd', repeated, 'du'],
          ['Rn', upperBytes(L, shifted(k * each + 8)), 'u'],
        ],
        { hi: 1, from: 0, below: 0 },
      );
    binary(L, 'cmtst_v', d[k], repeated, weights(L, shape, r.count), { Q: qField(shape.lane, r), size: sizeField(shape.lane) });
  });
}

function upperBytes(L: Lowering, from: Reg): Reg {
  const d = L.reg('vector');
  unary(L, 'dup_general_b', d, from, { Q: 0, hi: 0, lo3: 0 });
  return d;
}
