import type { FastFunction, Write } from './fp-function.ts';

/**
 * FRECPE and FRSQRTE of normal numbers whose estimates are normal too, which raise no flag. An estimate has eight fraction bits, from a table
 * (Arm ARM shared/functions/float, RecipEstimate and RecipSqrtEstimate) that is computed here as it is defined.
 */

/** Locals of an operand's biased exponent and of its fraction's highest eight bits, both i32. */
function fieldsOf(fn: FastFunction): { exponent: number; top: number } {
  const { code, format } = fn;
  const { i, fractionBits } = format;
  const field = (lsb: number, mask: number): number => {
    code.get(1);
    if (i === 'i64') code.i64(BigInt(lsb)).op('i64.shr_u').op('i32.wrap_i64');
    else code.i32(lsb).op('i32.shr_u');
    code.i32(mask).op('i32.and');
    return fn.keep('i32');
  };
  return { exponent: field(fractionBits, i === 'i64' ? 0x7ff : 0xff), top: field(fractionBits - 8, 0xff) };
}

/** Pushes whether an exponent lies between bounds, both included. */
function pushIsBetween(fn: FastFunction, exponent: number, least: number, most: number): void {
  fn.code
    .get(exponent)
    .i32(least)
    .op('i32.sub')
    .i32(most - least + 1)
    .op('i32.lt_u');
}

/** Returns a number of the operand's sign, with an exponent and an estimate of 256 to 511, both i32 locals. */
function returnEstimate(fn: FastFunction, exponent: number, estimate: number): void {
  const { code, format } = fn;
  const { i, fractionBits } = format;
  // The estimate's highest bit adds one to an exponent that is one less.
  code.get(exponent).i32(1).op('i32.sub').i32(8).op('i32.shl').get(estimate).op('i32.add');
  if (i === 'i64') {
    code
      .op('i64.extend_i32_u')
      .i64(BigInt(fractionBits - 8))
      .op('i64.shl');
    code
      .get(1)
      .i64(1n << 63n)
      .op('i64.and')
      .op('i64.or');
  } else {
    code.i32(fractionBits - 8).op('i32.shl');
    code
      .get(1)
      .i32(1 << 31)
      .op('i32.and')
      .op('i32.or');
  }
  code.return();
}

const biasOf = (fn: FastFunction): number => (fn.format.i === 'i64' ? 1023 : 127);

export const reciprocal: Write = (fn) => {
  const { code } = fn;
  const bias = biasOf(fn);
  const { exponent, top } = fieldsOf(fn);
  pushIsBetween(fn, exponent, 1, 2 * bias - 2);
  code.if();
  // (2^19 / (2 a + 1) + 1) / 2 with a the nine bits of the operand from its leading one.
  code.i32(1 << 19);
  code.get(top).i32(256).op('i32.or').i32(1).op('i32.shl').i32(1).op('i32.or').op('i32.div_u');
  code.i32(1).op('i32.add').i32(1).op('i32.shr_u');
  const estimate = fn.keep('i32');
  code
    .i32(2 * bias - 1)
    .get(exponent)
    .op('i32.sub');
  returnEstimate(fn, fn.keep('i32'), estimate);
  code.end();
};

export const reciprocalSquareRoot: Write = (fn) => {
  const { code, format } = fn;
  const bias = biasOf(fn);
  const { exponent, top } = fieldsOf(fn);
  pushIsBetween(fn, exponent, 1, 2 * bias);
  code.get(1);
  if (format.i === 'i64') code.i64(0n).op('i64.ge_s');
  else code.i32(0).op('i32.ge_s');
  code.op('i32.and').if();
  // In [1/4, 1), scaled: with an even exponent (the bias is odd) 2 a + 1 of its eight bits, with an odd one 4 a + 2 of the eight highest of nine.
  code.get(top).i32(256).op('i32.or').i32(1).op('i32.shr_u');
  const high = fn.keep('i32');
  code.get(high).i32(2).op('i32.shl').i32(2).op('i32.or');
  code.get(high).i32(1).op('i32.shl').i32(1).op('i32.or');
  code.get(exponent).i32(1).op('i32.and').op('i32.eqz').op('select');
  const scaled = fn.keep('i32');
  // The least b with scaled * (b + 1)^2 >= 2^28, rounded to half as many steps. No scaled value makes that an equality.
  fn.constant(2 ** 14, 'f64')
    .get(scaled)
    .op('f64.convert_i32_u')
    .op('f64.sqrt')
    .op('f64.div')
    .op('f64.ceil')
    .op('i32.trunc_f64_u')
    .i32(1)
    .op('i32.shr_u');
  const estimate = fn.keep('i32');
  code
    .i32(3 * bias - 1)
    .get(exponent)
    .op('i32.sub')
    .i32(1)
    .op('i32.shr_u');
  returnEstimate(fn, fn.keep('i32'), estimate);
  code.end();
};
