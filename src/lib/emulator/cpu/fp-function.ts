import { Fpsr } from '../../arm64/softfloat.ts';
import { hostModeMask } from './fp-vectors.ts';
import { State } from './layout.ts';
import { FunctionWriter, type WasmType } from './wasm.ts';
import type { NumericOp } from './wasm-opcodes.ts';

type Format = { f: 'f32' | 'f64'; i: 'i32' | 'i64'; toFloat: NumericOp; toBits: NumericOp; fractionBits: number; smallestNormal: number };
export const formats = {
  32: { f: 'f32', i: 'i32', toFloat: 'f32.reinterpret_i32', toBits: 'i32.reinterpret_f32', fractionBits: 23, smallestNormal: 2 ** -126 },
  64: { f: 'f64', i: 'i64', toFloat: 'f64.reinterpret_i64', toBits: 'i64.reinterpret_f64', fractionBits: 52, smallestNormal: 2 ** -1022 },
} as const satisfies Record<32 | 64, Format>;

/** Writes one function: (state, bits, ...) -> bits. Every path either returns a fast result or falls to the exact call at the end. */
export class FastFunction {
  readonly code: FunctionWriter;
  readonly format: Format;
  /** Locals of the operands as floats. */
  readonly operands: number[];

  /** With `integers` the operands are no floats, and stay in the parameters. */
  constructor(width: 32 | 64, count: number, integers = false) {
    this.format = formats[width];
    this.code = new FunctionWriter(1 + count);
    const { f, toFloat } = this.format;
    this.operands = integers
      ? []
      : Array.from({ length: count }, (_, n) => {
          const local = this.code.local(f);
          this.code
            .get(1 + n)
            .op(toFloat)
            .set(local);
          return local;
        });
  }

  /** An operation in the operands' format. */
  f(name: string): FunctionWriter {
    return this.code.op(`${this.format.f}.${name}` as NumericOp);
  }

  get(local: number): this {
    this.code.get(local);
    return this;
  }

  constant(value: number, f: 'f32' | 'f64' = this.format.f): FunctionWriter {
    const bits = new DataView(new ArrayBuffer(8));
    if (f === 'f32') {
      bits.setFloat32(0, value);
      return this.code.i32(bits.getInt32(0)).op('f32.reinterpret_i32');
    }
    bits.setFloat64(0, value);
    return this.code.i64(bits.getBigInt64(0)).op('f64.reinterpret_i64');
  }

  /** A new local that takes what is on the stack. */
  keep(type: WasmType = this.format.f): number {
    const local = this.code.local(type);
    this.code.set(local);
    return local;
  }

  /** Opens a block that is executed when FPCR asks for the host's mode. */
  ifHostMode(): void {
    this.code.get(0).memory('i32.load', State.fpcr).i32(hostModeMask).op('i32.and').op('i32.eqz').if();
  }

  pushIsFinite(local: number): void {
    this.get(local).f('abs');
    this.constant(Infinity);
    this.f('lt');
  }

  /** Neither tiny, so that underflow is out of the question, nor infinite nor NaN. */
  pushIsOrdinary(local: number): void {
    this.pushIsFinite(local);
    this.get(local).f('abs');
    this.constant(this.format.smallestNormal);
    this.f('gt').op('i32.and');
  }

  pushInexactSet(): void {
    this.code.get(0).memory('i32.load', State.fpsr).i32(Math.log2(Fpsr.IXC)).op('i32.shr_u').i32(1).op('i32.and');
  }

  pushIsZero(local: number): void {
    this.get(local);
    this.constant(0);
    this.f('eq');
  }

  /** Returns a float as bits. */
  returnFloat(local: number): void {
    this.code.get(local).op(this.format.toBits).return();
  }

  /** Pushes whether the product of two values has no more significant bits than the format: trailing zeros of both are enough. */
  pushProductFits(a: number, b: number): void {
    const { i, fractionBits } = this.format;
    for (const local of [a, b]) {
      this.code.get(local).op(this.format.toBits);
      if (i === 'i32') this.code.i32(1 << fractionBits);
      else this.code.i64(1n << BigInt(fractionBits));
      this.code.op(`${i}.or`).op(`${i}.ctz`);
    }
    this.code.op(`${i}.add`);
    if (i === 'i32') this.code.i32(fractionBits + 1);
    else this.code.i64(BigInt(fractionBits + 1));
    this.code.op(`${i}.ge_u`);
  }

  /** Sum and its rounding error (Knuth's TwoSum), in locals. Exact unless it overflows. */
  twoSum(a: number, b: number, f: 'f32' | 'f64' = this.format.f): { sum: number; error: number } {
    const { code } = this;
    const op = (name: 'add' | 'sub'): FunctionWriter => code.op(`${f}.${name}`);
    code.get(a).get(b);
    op('add');
    const sum = this.keep(f);
    code.get(sum).get(a);
    op('sub');
    const second = this.keep(f);
    code.get(a).get(sum).get(second);
    op('sub');
    op('sub');
    code.get(b).get(second);
    op('sub');
    op('add');
    return { sum, error: this.keep(f) };
  }

  /** Rounds sum + error, both f64, to odd: the last bit sticks when something was lost. In place. */
  roundToOdd({ sum, error }: { sum: number; error: number }): void {
    const { code } = this;
    this.get(error);
    this.constant(0, 'f64');
    code.op('f64.ne').get(sum).op('i64.reinterpret_f64').op('i32.wrap_i64').i32(1).op('i32.and').op('i32.eqz').op('i32.and').if();
    // Away from zero when the error has the sum's sign, else towards it.
    code.get(sum).op('i64.reinterpret_f64').i64(1n).i64(-1n);
    code.get(sum).op('i64.reinterpret_f64').get(error).op('i64.reinterpret_f64').op('i64.xor').i64(0n).op('i64.ge_s').op('select');
    code.op('i64.add').op('f64.reinterpret_i64').set(sum).end();
  }
}

export type Write = (fn: FastFunction) => void;

/** Returns the result in `r` when it is finite and either inexactness is recorded or `exact` pushes true. */
export function returnIf(fn: FastFunction, r: number, admissible: () => void, exact: () => void): void {
  admissible();
  fn.code.if();
  fn.pushInexactSet();
  fn.code.if('i32').i32(1).else();
  exact();
  fn.code.end().if();
  fn.returnFloat(r);
  fn.code.end().end();
}
