/**
 * Random functions on vectors as LLVM IR, without undefined behaviour: two compilers must agree about every bit. Operations go where their operands
 * are at hand, so that selection sees chains it may fold; types are mostly those that NEON has, sometimes odd ones.
 */
import { irProgram, type IrProgram } from './ir-programs.ts';

type Element = 'i1' | 'i8' | 'i16' | 'i24' | 'i32' | 'i64' | 'i128' | 'half' | 'float' | 'double';
type Vector = { count: number; element: Element };
type Named = { name: string; type: Vector };

const integers: readonly Element[] = ['i8', 'i16', 'i32', 'i64'];
const floats: readonly Element[] = ['half', 'float', 'double'];
const counts = [2, 4, 8, 16, 2, 4, 8, 16, 1, 3, 5, 6, 7, 12, 32];
const bitsOf: Readonly<Record<Element, number>> = {
  i1: 1,
  i8: 8,
  i16: 16,
  i24: 24,
  i32: 32,
  i64: 64,
  i128: 128,
  half: 16,
  float: 32,
  double: 64,
};

const text = ({ count, element }: Vector): string => `<${count} x ${element}>`;
const suffix = ({ count, element }: Vector): string =>
  `v${count}${element === 'half' ? 'f16' : element === 'float' ? 'f32' : element === 'double' ? 'f64' : element}`;

class FunctionWriter {
  readonly lines: string[] = [];
  readonly declarations = new Set<string>();
  private readonly random: (below: number) => number;
  private readonly values: Named[] = [];
  private next = 0;

  constructor(random: (below: number) => number) {
    this.random = random;
  }

  private pick<T>(list: readonly T[]): T {
    return list[this.random(list.length)];
  }

  private emit(type: string, line: string): string {
    const name = `%v${this.next++}`;
    this.lines.push(`  ${name} = ${line}`);
    void type;
    return name;
  }

  private add(type: Vector, line: string): Named {
    const made = { name: this.emit(text(type), line), type };
    this.values.push(made);
    return made;
  }

  private call(type: Vector, name: string, args: readonly (readonly [string, string])[], result = text(type)): Named {
    this.declarations.add(`declare ${result} @${name}(${args.map(([t]) => t).join(', ')})`);
    return this.add(type, `call ${result} @${name}(${args.map(([t, v]) => `${t} ${v}`).join(', ')})`);
  }

  private anyType(): Vector {
    const odd = this.random(40);
    const element = odd === 0 ? 'i24' : odd === 1 ? 'i128' : this.pick(this.random(3) === 0 ? floats : integers);
    let count = this.pick(counts);
    while (count * bitsOf[element] > 256) count = this.pick(counts);
    return { count, element };
  }

  private lanes(type: Vector, value: (n: number) => bigint): string {
    return `<${Array.from({ length: type.count }, (_, n) => `${type.element} ${BigInt.asIntN(bitsOf[type.element], value(n))}`).join(', ')}>`;
  }

  private constant(type: Vector): string {
    const bits = bitsOf[type.element];
    if (floats.includes(type.element)) {
      const one = () => `${type.element} ${this.pick(['1.0', '2.0', '-0.5', '3.0', '-8.0', '0.0'])}`;
      const first = one();
      const same = this.random(2) === 0;
      return `<${Array.from({ length: type.count }, () => (same ? first : one())).join(', ')}>`;
    }
    if (type.element === 'i1') return `<${Array.from({ length: type.count }, () => `i1 ${this.random(2) === 0}`).join(', ')}>`;
    const one = (): bigint => {
      switch (this.random(5)) {
        case 0:
          return BigInt(this.random(256)) << BigInt(8 * this.random(bits / 8));
        case 1:
          return -1n << BigInt(this.random(bits));
        case 2:
          return BigInt(this.random(3)) - 1n;
        case 3:
          return (BigInt(this.random(2 ** 31)) << 32n) ^ BigInt(this.random(2 ** 31));
        default:
          return BigInt(this.random(1000)) - 500n;
      }
    };
    const first = one();
    const same = this.random(2) === 0;
    return this.lanes(type, () => (same ? first : one()));
  }

  /** A value of the type: one there is, a constant, or one loaded. */
  private operand(type: Vector): string {
    const there = this.values.filter((v) => v.type.count === type.count && v.type.element === type.element);
    if (there.length > 0 && this.random(8) > 0) return this.pick(there.slice(-4)).name;
    if (this.random(3) === 0) return this.constant(type);
    return this.load(type).name;
  }

  private load(type: Vector): Named {
    if (type.element === 'i1')
      return this.add(
        type,
        `icmp slt ${text({ ...type, element: 'i16' })} ${this.operand({ ...type, element: 'i16' })}, ${this.operand({ ...type, element: 'i16' })}`,
      );
    const base = this.pick(['%x', '%y', '%z']);
    const address = this.emit('ptr', `getelementptr i8, ptr ${base}, i64 ${this.random(16) * 16}`);
    if (!floats.includes(type.element)) return this.add(type, `load ${text(type)}, ptr ${address}, align 1`);
    // Small numbers: sums and products stay exact or round alike.
    const small = { ...type, element: 'i8' } as const;
    const raw = this.emit(text(small), `load ${text(small)}, ptr ${address}, align 1`);
    return this.add(type, `${this.pick(['sitofp', 'uitofp'])} ${text(small)} ${raw} to ${text(type)}`);
  }

  /** Amounts below the width. */
  private amount(type: Vector): string {
    const bits = bitsOf[type.element];
    const k = this.random(bits);
    if (this.random(3) > 0) return this.lanes(type, () => BigInt(k));
    if (this.random(2) === 0) return this.lanes(type, () => BigInt(this.random(bits)));
    const mask = 2 ** Math.floor(Math.log2(bits)) - 1;
    return this.emit(text(type), `and ${text(type)} ${this.operand(type)}, ${this.lanes(type, () => BigInt(mask))}`);
  }

  step(): void {
    const type = this.values.length > 0 && this.random(4) > 0 ? this.pick(this.values).type : this.anyType();
    if (type.element === 'i1') return this.maskStep(type);
    if (floats.includes(type.element)) return this.floatStep(type);
    this.integerStep(type);
  }

  private maskStep(type: Vector): void {
    const t = text(type);
    switch (this.random(6)) {
      case 0:
        this.add(type, `${this.pick(['and', 'or', 'xor'])} ${t} ${this.operand(type)}, ${this.operand(type)}`);
        return;
      case 1: {
        const to = { ...type, element: this.pick(integers) };
        this.add(to, `${this.pick(['zext', 'sext'])} ${t} ${this.operand(type)} to ${text(to)}`);
        return;
      }
      case 2: {
        const to = this.sized({ ...type, element: this.pick([...integers, ...floats]) });
        this.add(to, `select ${t} ${this.operand(type)}, ${text(to)} ${this.operand(to)}, ${text(to)} ${this.operand(to)}`);
        return;
      }
      case 3: {
        const bits = this.emit(`i${type.count}`, `bitcast ${t} ${this.operand(type)} to i${type.count}`);
        const wide = type.count < 64 ? this.emit('i64', `zext i${type.count} ${bits} to i64`) : bits;
        this.add({ count: 1, element: 'i64' }, `insertelement <1 x i64> poison, i64 ${wide}, i32 0`);
        return;
      }
      case 4:
        this.shuffle(type);
        return;
      default: {
        const kind = this.pick(['and', 'or', 'xor']);
        this.declarations.add(`declare i1 @llvm.vector.reduce.${kind}.${suffix(type)}(${t})`);
        const bit = this.emit('i1', `call i1 @llvm.vector.reduce.${kind}.${suffix(type)}(${t} ${this.operand(type)})`);
        const other = this.sized({ ...type, element: this.pick(integers) });
        this.add(other, `select i1 ${bit}, ${text(other)} ${this.operand(other)}, ${text(other)} ${this.operand(other)}`);
      }
    }
  }

  /** Keeps the size of a type in bounds. */
  private sized(type: Vector): Vector {
    return type.count * bitsOf[type.element] > 512 ? { ...type, element: type.element === 'double' ? 'float' : 'i8' } : type;
  }

  private shuffle(type: Vector): void {
    const count = this.random(2) === 0 ? type.count : this.pick(counts.filter((c) => c * bitsOf[type.element] <= 256));
    const mask = this.mask(count, type.count);
    const to = { count, element: type.element };
    this.add(
      to,
      `shufflevector ${text(type)} ${this.operand(type)}, ${text(type)} ${this.operand(type)}, <${count} x i32> <${mask.map((m) => `i32 ${m}`).join(', ')}>`,
    );
  }

  private mask(count: number, from: number): number[] {
    const all = 2 * from;
    const start = this.random(all);
    const rules: ((n: number) => number)[] = [
      (n) => start + n,
      () => start,
      (n) => from - 1 - (n % from),
      (n) => 2 * n + (start & 1),
      (n) => (n & 1) * from + (n >> 1) + (start & 1 ? from >> 1 : 0),
      (n) => (n & 1 ? from + n - 1 : n) + (start & 1),
      (n) => n ^ 1,
      (n) => n ^ 3,
      (n) => n ^ 7,
      (n) => (n === start % count ? start : n),
      () => this.random(all),
      () => this.random(from),
    ];
    const rule = this.pick(rules);
    return Array.from({ length: count }, (_, n) => rule(n) % all);
  }

  private element(type: Vector): void {
    const t = text(type);
    const variable = this.random(4) === 0 && (type.count & (type.count - 1)) === 0;
    let index = `i64 ${this.random(type.count)}`;
    if (variable) {
      const raw = this.emit('i8', `load i8, ptr %y, align 1`);
      const wide = this.emit('i64', `zext i8 ${raw} to i64`);
      index = `i64 ${this.emit('i64', `and i64 ${wide}, ${type.count - 1}`)}`;
    }
    const scalar = this.emit(type.element, `extractelement ${t} ${this.operand(type)}, ${index}`);
    if (this.random(3) === 0) {
      const first = this.emit(t, `insertelement ${t} poison, ${type.element} ${scalar}, i32 0`);
      this.add(type, `shufflevector ${t} ${first}, ${t} poison, <${type.count} x i32> zeroinitializer`);
    } else this.add(type, `insertelement ${t} ${this.operand(type)}, ${type.element} ${scalar}, i64 ${this.random(type.count)}`);
  }

  private integerStep(type: Vector): void {
    const t = text(type);
    const bits = bitsOf[type.element];
    const a = () => this.operand(type);
    const plain = bits === 24 || bits === 128;
    switch (this.random(plain ? 9 : 18)) {
      case 0:
      case 1:
        this.add(type, `${this.pick(['add', 'sub', 'mul', 'and', 'or', 'xor'])} ${t} ${a()}, ${a()}`);
        return;
      case 2:
        this.add(type, `${this.pick(['shl', 'lshr', 'ashr'])} ${t} ${a()}, ${this.amount(type)}`);
        return;
      case 3:
        this.add(
          { ...type, element: 'i1' },
          `icmp ${this.pick(['eq', 'ne', 'ugt', 'uge', 'ult', 'ule', 'sgt', 'sge', 'slt', 'sle'])} ${t} ${a()}, ${this.random(3) ? a() : this.lanes(type, () => 0n)}`,
        );
        return;
      case 4:
        this.shuffle(type);
        return;
      case 5:
        this.element(type);
        return;
      case 6: {
        const divisor = this.emit(t, `and ${t} ${a()}, ${this.lanes(type, () => 15n)}`);
        const odd = this.emit(t, `or ${t} ${divisor}, ${this.lanes(type, () => 1n)}`);
        this.add(type, `${this.pick(['udiv', 'sdiv', 'urem', 'srem'])} ${t} ${a()}, ${odd}`);
        return;
      }
      case 7: {
        const to = { ...type, element: this.pick(integers) };
        const width = bitsOf[to.element];
        // LLVM 19 stores the third of three truncated bytes over the second.
        if (width === bits || to.count * width > 512 || (type.count === 3 && width === 8)) return;
        this.add(to, `${width < bits ? 'trunc' : this.pick(['zext', 'sext'])} ${t} ${a()} to ${text(to)}`);
        return;
      }
      case 8: {
        const mask = { ...type, element: 'i1' } as const;
        this.add(
          type,
          `select ${text(mask)} ${this.operand(mask)}, ${t} ${a()}, ${t} ${this.random(3) ? a() : this.lanes(type, () => 0n)}`,
        );
        return;
      }
      case 9: {
        const name = this.pick(['smax', 'smin', 'umax', 'umin', 'sadd.sat', 'uadd.sat', 'ssub.sat', 'usub.sat']);
        this.call(type, `llvm.${name}.${suffix(type)}`, [
          [t, a()],
          [t, a()],
        ]);
        return;
      }
      case 10: {
        const name = this.pick(['abs', 'ctlz', 'cttz', 'ctpop', 'bitreverse', ...(bits > 8 ? ['bswap'] : [])]);
        const extra: [string, string][] = ['abs', 'ctlz', 'cttz'].includes(name) ? [['i1', 'false']] : [];
        this.call(type, `llvm.${name}.${suffix(type)}`, [[t, a()], ...extra]);
        return;
      }
      case 11:
        this.call(type, `llvm.${this.pick(['fshl', 'fshr'])}.${suffix(type)}`, [
          [t, a()],
          [t, a()],
          [t, this.amount(type)],
        ]);
        return;
      case 12: {
        const to = { ...type, element: this.pick(floats) };
        this.add(to, `${this.pick(['sitofp', 'uitofp'])} ${t} ${a()} to ${text(to)}`);
        return;
      }
      case 13: {
        const kind = this.pick(['add', 'mul', 'and', 'or', 'xor', 'smax', 'smin', 'umax', 'umin']);
        const e = type.element;
        this.declarations.add(`declare ${e} @llvm.vector.reduce.${kind}.${suffix(type)}(${t})`);
        const sum = this.emit(e, `call ${e} @llvm.vector.reduce.${kind}.${suffix(type)}(${t} ${a()})`);
        this.add(type, `insertelement ${t} ${a()}, ${e} ${sum}, i64 ${this.random(type.count)}`);
        return;
      }
      case 14: {
        const total = bits * type.count;
        const to = integers.filter((e) => total % bitsOf[e] === 0).map((element) => ({ element, count: total / bitsOf[element] }));
        const chosen = this.pick(to);
        this.add(chosen, `bitcast ${t} ${a()} to ${text(chosen)}`);
        return;
      }
      case 15:
        return this.widening(type);
      case 16: {
        const [c, x, y] = [a(), a(), a()];
        const product = this.emit(t, `mul ${t} ${x}, ${y}`);
        this.add(type, `${this.pick(['add', 'sub'])} ${t} ${c}, ${product}`);
        return;
      }
      default: {
        const shifted = this.emit(t, `${this.pick(['lshr', 'ashr'])} ${t} ${a()}, ${this.amount(type)}`);
        this.add(type, `${this.pick(['add', 'or', 'xor'])} ${t} ${a()}, ${shifted}`);
      }
    }
  }

  /** What has instructions of its own: operands half as wide, extended in place. */
  private widening(type: Vector): void {
    const at = integers.indexOf(type.element);
    if (at <= 0) return;
    const small = { ...type, element: integers[at - 1] };
    const t = text(type);
    const extend = () => this.emit(t, `${this.pick(['zext', 'zext', 'sext'])} ${text(small)} ${this.operand(small)} to ${t}`);
    const x = extend();
    const y = this.random(4) === 0 ? this.lanes(type, () => BigInt(this.random(100))) : extend();
    if (this.random(3) > 0) {
      this.add(type, `${this.pick(['add', 'sub', 'mul'])} ${t} ${this.random(3) ? x : this.operand(type)}, ${y}`);
      return;
    }
    const product = this.emit(t, `mul ${t} ${x}, ${y}`);
    this.add(type, `${this.pick(['add', 'sub'])} ${t} ${this.operand(type)}, ${product}`);
  }

  private floatStep(type: Vector): void {
    const t = text(type);
    const a = () => this.operand(type);
    switch (this.random(9)) {
      case 0:
      case 1:
        this.add(type, `${this.pick(['fadd', 'fsub', 'fmul', 'fdiv'])} ${t} ${a()}, ${a()}`);
        return;
      case 2: {
        const predicates = ['oeq', 'ogt', 'oge', 'olt', 'ole', 'one', 'ord', 'ueq', 'ugt', 'uge', 'ult', 'ule', 'une', 'uno'];
        this.add({ ...type, element: 'i1' }, `fcmp ${this.pick(predicates)} ${t} ${a()}, ${a()}`);
        return;
      }
      case 3:
        this.shuffle(type);
        return;
      case 4:
        this.element(type);
        return;
      case 5: {
        const to = { ...type, element: this.pick(floats) };
        const width = bitsOf[to.element] - bitsOf[type.element];
        if (width !== 0) this.add(to, `${width < 0 ? 'fptrunc' : 'fpext'} ${t} ${a()} to ${text(to)}`);
        return;
      }
      case 6: {
        const to = { ...type, element: this.pick(integers) };
        this.call(to, `llvm.${this.pick(['fptosi', 'fptoui'])}.sat.${suffix(to)}.${suffix(type)}`, [[t, a()]]);
        return;
      }
      case 7: {
        if (this.random(3) === 0) this.add(type, `fneg ${t} ${a()}`);
        else this.call(type, `llvm.${this.pick(['fabs', 'floor', 'ceil', 'trunc', 'rint', 'round'])}.${suffix(type)}`, [[t, a()]]);
        return;
      }
      default: {
        // LLVM 19 fuses halves by way of singles, which is another number.
        const names = type.element === 'half' ? ['copysign'] : ['copysign', 'fma', 'minnum', 'maxnum'];
        const name = this.pick(names);
        const args = Array.from({ length: name === 'fma' ? 3 : 2 }, (): [string, string] => [t, a()]);
        this.call(type, `llvm.${name}.${suffix(type)}`, args);
      }
    }
  }

  /** Stores the last values; numbers that are none as zero, for their bits are nobody's promise. */
  finish(): void {
    let at = 0;
    for (const { name, type } of this.values.slice(-12)) {
      const bytes = Math.ceil((type.count * bitsOf[type.element]) / 8);
      let stored = name;
      let t = text(type);
      if (floats.includes(type.element)) {
        const bad = this.emit('', `fcmp uno ${t} ${name}, ${name}`);
        const zero = `<${Array.from({ length: type.count }, () => `${type.element} 0.0`).join(', ')}>`;
        stored = this.emit(t, `select <${type.count} x i1> ${bad}, ${t} ${zero}, ${t} ${name}`);
      } else if (type.element === 'i1') {
        t = `<${type.count} x ${type.count === 3 ? 'i16' : 'i8'}>`;
        stored = this.emit(t, `zext ${text(type)} ${name} to ${t}`);
      }
      const address = this.emit('ptr', `getelementptr i8, ptr %out, i64 ${at}`);
      this.lines.push(`  store ${t} ${stored}, ptr ${address}, align 1`);
      at += type.element === 'i1' ? 2 * type.count : bytes;
    }
  }
}

export function vectorProgram(seed: number, functions: number, steps: number): IrProgram {
  return irProgram(seed, functions, steps, FunctionWriter);
}
