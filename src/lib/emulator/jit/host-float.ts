import type { FpWidth } from '../../arm64/emitter.ts';
import { formats } from '../cpu/fp-function.ts';
import type { Locals } from '../cpu/graph.ts';
import type { FunctionWriter, WasmType } from '../cpu/wasm.ts';
import type { NumericOp } from '../cpu/wasm-opcodes.ts';

/**
 * Floating-point operations by the host's instructions, within a region. Each is written as code that computes a result, and a condition under
 * which that is Arm's result and raises no flag that is not set already; where it does not hold, the operation's function is called.
 *
 * The condition includes {@link HostFrame}'s mode: FPCR asks for the host's mode and FPSR.IXC is set, so that inexactness changes nothing.
 * What is left are NaNs, infinities that finite operands make, and underflow: a result of the smallest exponent may have been rounded up to it
 * from below, which is underflow to Arm, so results must have a greater one.
 */
export type HostFloat = {
  /** Type of the operands: floats, or integers for conversions from them. */
  readonly operand: WasmType;
  readonly result: 'i32' | 'i64' | 'f32' | 'f64';
  /** Computes, and pushes the condition; gives what pushes the result, to be called where the condition holds. */
  readonly write: (w: HostWriter) => () => void;
  /** Whether the result is right whatever the mode: there is no condition. */
  readonly always?: boolean;
};

/** The function that an operation is part of. `hostMode`: a local, all ones when FPCR and FPSR are as {@link HostFloat} wants, else zero. */
export type HostFrame = Locals & { readonly code: FunctionWriter; readonly hostMode: number };

/** The exponent's bits, which are also those of infinities and NaNs. */
const exponentMask = { f32: 0xff, f64: 0x7ff } as const;

/** Writes one operation. */
export class HostWriter {
  readonly code: FunctionWriter;
  readonly f: 'f32' | 'f64';
  readonly #frame: HostFrame;
  readonly #push: (operand: number) => void;
  readonly #taken: { type: WasmType; local: number }[] = [];

  constructor(frame: HostFrame, f: 'f32' | 'f64', push: (operand: number) => void) {
    this.code = frame.code;
    this.f = f;
    this.#frame = frame;
    this.#push = push;
  }

  operand(n: number): FunctionWriter {
    this.#push(n);
    return this.code;
  }

  /** An operation of a format on what is on the stack. */
  op(name: string, f = this.f): FunctionWriter {
    return this.code.op(`${f}.${name}` as NumericOp);
  }

  /** Puts what is on the stack into a local, until {@link release}. */
  keep(type: WasmType = this.f): number {
    const local = this.#frame.take(type);
    this.#taken.push({ type, local });
    this.code.set(local);
    return local;
  }

  /** What pushes a local. */
  pusher(local: number): () => void {
    return () => this.code.get(local);
  }

  release(): void {
    for (const { type, local } of this.#taken) this.#frame.release(type, local);
  }

  double(value: number): FunctionWriter {
    const view = new DataView(new ArrayBuffer(8));
    view.setFloat64(0, value);
    return this.code.i64(view.getBigInt64(0)).op('f64.reinterpret_i64');
  }

  /** Pushes whether the host's mode is Arm's. */
  pushMode(): FunctionWriter {
    return this.code.get(this.#frame.hostMode);
  }

  /** Pushes whether a result is neither tiny nor infinite nor NaN, in the host's mode. */
  pushIsOrdinary(local: number, f = this.f): void {
    this.pushExponent(local, f);
    // Exponents from 2 to the greatest of finite values, as one unsigned comparison. The mode is all ones or zero.
    this.code.i32(2).op('i32.sub');
    this.pushMode()
      .i32(exponentMask[f] - 2)
      .op('i32.and')
      .op('i32.lt_u');
  }

  /** Pushes whether a result is a finite number, in the host's mode. */
  pushIsFinite(local: number): void {
    this.pushExponent(local);
    this.pushMode().i32(exponentMask[this.f]).op('i32.and').op('i32.lt_u');
  }

  pushExponent(local: number, f = this.f): void {
    const { code } = this;
    if (f === 'f64') code.get(local).op('i64.reinterpret_f64').i64(52n).op('i64.shr_u').op('i32.wrap_i64');
    else code.get(local).op('i32.reinterpret_f32').i32(23).op('i32.shr_u');
    code.i32(exponentMask[f]).op('i32.and');
  }

  /** Pushes whether operands are numbers, in the host's mode. */
  pushAreNumbers(...operands: number[]): void {
    this.pushMode();
    for (const n of operands) {
      this.operand(n);
      this.operand(n);
      this.op('eq').op('i32.and');
    }
  }
}

const formatOf = (width: 32 | 64): 'f32' | 'f64' => formats[width].f;

/** An operation within a format. `compute` pushes its result, `check` the condition of that. */
function within(width: 32 | 64, compute: (w: HostWriter) => void, check: (w: HostWriter, result: number) => void): HostFloat {
  const f = formatOf(width);
  const write: HostFloat['write'] = (w) => {
    compute(w);
    const result = w.keep();
    check(w, result);
    return w.pusher(result);
  };
  return { operand: f, result: f, write };
}

function arithmetic(width: 32 | 64, name: 'add' | 'sub' | 'mul' | 'div' | 'sqrt', after?: 'neg' | 'abs'): HostFloat {
  // A sum that is tiny is exact.
  const mayBeTiny = name === 'add' || name === 'sub';
  return within(
    width,
    (w) => {
      w.operand(0);
      if (name !== 'sqrt') w.operand(1);
      w.op(name);
      if (after) w.op(after);
    },
    (w, result) => (mayBeTiny ? w.pushIsFinite(result) : w.pushIsOrdinary(result)),
  );
}

/**
 * addend + x * y of single precision: the product is exact in double precision, and their sum rounds to the same number as the exact one
 * does, unless it comes to lie midway between two.
 */
function fusedSingle(negateAddend: boolean, negateProduct: boolean): HostFloat {
  const write: HostFloat['write'] = (w) => {
    const { code } = w;
    const push = (n: number, negate: boolean): void => {
      w.operand(n).op('f64.promote_f32');
      if (negate) code.op('f64.neg');
    };
    push(1, negateProduct);
    push(2, false);
    code.op('f64.mul');
    push(0, negateAddend);
    code.op('f64.add');
    const sum = w.keep('f64');
    code.get(sum).op('f32.demote_f64');
    const result = w.keep();
    w.pushIsOrdinary(result);
    code.get(sum).op('i64.reinterpret_f64').op('i32.wrap_i64').i32(0x1fff_ffff).op('i32.and').i32(0x1000_0000).op('i32.ne').op('i32.and');
    return w.pusher(result);
  };
  return { operand: 'f32', result: 'f32', write };
}

/** Exponents that the product must have: far from where parts of it would underflow, and where its sum with the addend could overflow. */
const productExponents = { least: 1023 - 960, most: 1023 + 1020 } as const;
/** Half a unit of the 27 low bits of a fraction, and what is left of a double without them. */
const splitHalf = 1n << 26n;
const splitMask = -(1n << 27n);

/**
 * addend + x * y of double precision. The product p and its error e are exact (Dekker), and so are the sum s of p and the addend and its
 * error t (Knuth). What is left is to round s + (t + e) once: t + e is rounded too, but when s comes out the same with a little more and a
 * little less than that, it is the number to which the exact sum rounds.
 */
function fusedDouble(negateAddend: boolean, negateProduct: boolean): HostFloat {
  const write: HostFloat['write'] = (w) => {
    const { code } = w;
    const pushX = (): void => {
      w.operand(1);
      if (negateProduct) code.op('f64.neg');
    };
    const pushY = (): void => void w.operand(2);
    const split = (push: () => void): { high: number; low: number } => {
      push();
      code.op('i64.reinterpret_f64').i64(splitHalf).op('i64.add').i64(splitMask).op('i64.and').op('f64.reinterpret_i64');
      const high = w.keep();
      push();
      code.get(high).op('f64.sub');
      return { high, low: w.keep() };
    };
    const sub = (a: number, b: number): FunctionWriter => code.get(a).get(b).op('f64.sub');
    const times = (a: number, b: number): FunctionWriter => code.get(a).get(b).op('f64.mul');
    pushX();
    pushY();
    code.op('f64.mul');
    const p = w.keep();
    w.operand(0);
    if (negateAddend) code.op('f64.neg');
    const addend = w.keep();
    code.get(p).get(addend).op('f64.add');
    const s = w.keep();
    const a = split(pushX);
    const b = split(pushY);
    // t + e
    sub(s, p);
    const back = w.keep();
    code.get(p);
    sub(s, back).op('f64.sub');
    sub(addend, back).op('f64.add');
    times(a.high, b.high).get(p).op('f64.sub');
    times(a.high, b.low).op('f64.add');
    times(a.low, b.high).op('f64.add');
    times(a.low, b.low).op('f64.add');
    code.op('f64.add');
    const rest = w.keep();
    code.get(rest);
    w.double(2 ** -52).op('f64.mul');
    const margin = w.keep();
    code.get(s);
    sub(rest, margin).op('f64.add');
    const result = w.keep();
    w.pushIsOrdinary(result);
    w.pushExponent(p);
    code
      .i32(productExponents.least)
      .op('i32.sub')
      .i32(productExponents.most - productExponents.least);
    code.op('i32.lt_u').op('i32.and');
    code.get(result).get(s).get(rest).get(margin).op('f64.add').op('f64.add').op('f64.eq').op('i32.and');
    return w.pusher(result);
  };
  return { operand: 'f64', result: 'f64', write };
}

function fused(width: 32 | 64, negateAddend: boolean, negateProduct: boolean): HostFloat {
  return width === 32 ? fusedSingle(negateAddend, negateProduct) : fusedDouble(negateAddend, negateProduct);
}

/** NZCV in bits 31:28. */
function comparison(width: 32 | 64): HostFloat {
  return {
    operand: formatOf(width),
    result: 'i32',
    write: (w) => {
      const { code } = w;
      const both = (name: 'lt' | 'eq' | 'ge'): FunctionWriter => {
        w.operand(0);
        w.operand(1);
        return w.op(name);
      };
      code.i32(0x8000_0000).i32(0x6000_0000).i32(0x2000_0000);
      both('eq').op('select');
      both('lt').op('select');
      const result = w.keep('i32');
      both('lt');
      both('ge').op('i32.or');
      w.pushMode().op('i32.and');
      return w.pusher(result);
    },
  };
}

/** What is exact for numbers: maximum and minimum of two, or one that is made whole. */
function ofNumbers(width: 32 | 64, name: 'max' | 'min' | 'nearest' | 'ceil' | 'floor' | 'trunc'): HostFloat {
  const operands = name === 'max' || name === 'min' ? [0, 1] : [0];
  return within(
    width,
    (w) => {
      for (const n of operands) w.operand(n);
      w.op(name);
    },
    (w) => w.pushAreNumbers(...operands),
  );
}

const toDouble: HostFloat = {
  operand: 'f32',
  result: 'f64',
  write: (w) => {
    w.pushAreNumbers(0);
    return () => w.operand(0).op('f64.promote_f32');
  },
};

const toSingle: HostFloat = {
  operand: 'f64',
  result: 'f32',
  write: (w) => {
    w.operand(0).op('f32.demote_f64');
    const result = w.keep('f32');
    w.pushIsOrdinary(result, 'f32');
    return w.pusher(result);
  },
};

function fromInteger(width: 32 | 64, bits: 32 | 64, signed: boolean): HostFloat {
  const f = formatOf(width);
  return {
    operand: `i${bits}`,
    result: f,
    always: width === 64 && bits === 32,
    write: (w) => {
      if (width !== 64 || bits !== 32) w.pushMode();
      return () => w.operand(0).op(`${f}.convert_i${bits}_${signed ? 's' : 'u'}`);
    },
  };
}

/** To an integer that has the value, rounded. */
function toInteger(width: 32 | 64, bits: 32 | 64, signed: boolean, rounding: 'nearest' | 'ceil' | 'floor' | 'trunc'): HostFloat {
  const f = formatOf(width);
  return {
    operand: f,
    result: `i${bits}`,
    write: (w) => {
      const { code } = w;
      const bound = (value: number): void => {
        w.double(value);
        if (f === 'f32') code.op('f32.demote_f64');
      };
      w.operand(0);
      w.op(rounding);
      const rounded = w.keep();
      code.get(rounded);
      bound(signed ? -(2 ** (bits - 1)) : 0);
      w.op('ge').get(rounded);
      bound(2 ** (signed ? bits - 1 : bits));
      w.op('lt').op('i32.and');
      w.pushMode().op('i32.and');
      return () => code.get(rounded).op(`i${bits}.trunc_${f}_${signed ? 's' : 'u'}`);
    },
  };
}

const roundings = { TieEven: 'nearest', PlusInfinity: 'ceil', MinusInfinity: 'floor', Zero: 'trunc' } as const;

function operationsOf(width: 32 | 64): [string, HostFloat][] {
  const conversions = ([32, 64] as const).flatMap((bits) =>
    [true, false].flatMap((signed): [string, HostFloat][] => {
      const name = `${signed ? 'S' : 'U'}${bits}`;
      return [
        [`from${name}`, fromInteger(width, bits, signed)],
        ...Object.entries(roundings).map(([mode, rounding]): [string, HostFloat] => [
          `to${name}${mode}`,
          toInteger(width, bits, signed, rounding),
        ]),
      ];
    }),
  );
  return [
    ...conversions,
    ['add', arithmetic(width, 'add')],
    ['sub', arithmetic(width, 'sub')],
    ['abd', arithmetic(width, 'sub', 'abs')],
    ['mul', arithmetic(width, 'mul')],
    ['nmul', arithmetic(width, 'mul', 'neg')],
    ['div', arithmetic(width, 'div')],
    ['sqrt', arithmetic(width, 'sqrt')],
    ['muladd', fused(width, false, false)],
    ['mulsub', fused(width, false, true)],
    ['nmuladd', fused(width, true, true)],
    ['nmulsub', fused(width, true, false)],
    ['compareQuiet', comparison(width)],
    ['compareSignalling', comparison(width)],
    ['max', ofNumbers(width, 'max')],
    ['min', ofNumbers(width, 'min')],
    ['maxnm', ofNumbers(width, 'max')],
    ['minnm', ofNumbers(width, 'min')],
    ['roundCurrent', ofNumbers(width, 'nearest')],
    ['roundExact', ofNumbers(width, 'nearest')],
    ...Object.entries(roundings).map(([mode, rounding]): [string, HostFloat] => [`round${mode}`, ofNumbers(width, rounding)]),
    width === 32 ? ['toDouble', toDouble] : ['toSingle', toSingle],
  ];
}

const operations = { 32: new Map(operationsOf(32)), 64: new Map(operationsOf(64)) } as const;

/** How the host does an operation of softfloat.ts; undefined when it does not. */
export function hostFloat(op: string, width: FpWidth): HostFloat | undefined {
  return width === 16 ? undefined : operations[width].get(op);
}

/** All of them, for tests. */
export function hostFloatOperations(): { op: string; width: 32 | 64; host: HostFloat }[] {
  return ([32, 64] as const).flatMap((width) => [...operations[width]].map(([op, host]) => ({ op, width, host })));
}
