/**
 * Random functions on floating-point scalars as LLVM IR. Of NaNs only that they are some is compared: which one comes of two, compilers may choose by
 * exchanging operands. What comes from memory is made a number first, so that no signalling NaN is about.
 */
import { irProgram, type IrProgram } from './ir-programs.ts';

type Kind = 'half' | 'float' | 'double';
type Value = { name: string; type: string };

const floats: readonly Kind[] = ['float', 'double', 'float', 'double', 'half'];
const integers = ['i8', 'i16', 'i32', 'i64', 'i32', 'i64', 'i128'] as const;
const widths: Readonly<Record<Kind, number>> = { half: 16, float: 32, double: 64 };
const suffixes: Readonly<Record<Kind, string>> = { half: 'f16', float: 'f32', double: 'f64' };
const predicates = ['oeq', 'ogt', 'oge', 'olt', 'ole', 'one', 'ord', 'ueq', 'ugt', 'uge', 'ult', 'ule', 'une', 'uno'] as const;
const unary = ['fabs', 'sqrt', 'floor', 'ceil', 'trunc', 'rint', 'nearbyint', 'round', 'roundeven'] as const;
const isFloat = (type: string): type is Kind => Object.hasOwn(widths, type);
const bitsOf = (type: string): number => (isFloat(type) ? widths[type] : Number(type.slice(1)));

class FunctionWriter {
  readonly lines: string[] = ['entry:'];
  readonly declarations = new Set<string>();
  readonly #random: (below: number) => number;
  readonly #values: Value[] = [];
  /** Results of fma: clang-19 negates them by negating operands, which gives another zero. */
  readonly #fused = new Set<string>();
  #next = 0;

  constructor(random: (below: number) => number) {
    this.#random = random;
  }

  #pick<T>(list: readonly T[]): T {
    return list[this.#random(list.length)];
  }

  #emit(type: string, line: string, isKept = true): Value {
    const value = { name: `%v${this.#next++}`, type };
    this.lines.push(`  ${value.name} = ${line}`);
    if (isKept) this.#values.push(value);
    return value;
  }

  #call(name: string, type: string, args: readonly string[]): Value {
    this.declarations.add(`declare ${type} @${name}(${args.map((arg) => arg.split(' ')[0]).join(', ')})`);
    return this.#emit(type, `call ${type} @${name}(${args.join(', ')})`);
  }

  #load(type: string): Value {
    const address = this.#next++;
    this.lines.push(`  %p${address} = getelementptr i8, ptr ${this.#pick(['%x', '%y', '%z'])}, i64 ${this.#random(64)}`);
    const loaded = this.#emit(type, `load ${type}, ptr %p${address}, align 1`, !isFloat(type));
    return isFloat(type) ? this.#numberOf(loaded, '1.5') : loaded;
  }

  #numberOf({ name, type }: Value, instead: string): Value {
    const isNan = this.#emit('i1', `fcmp uno ${type} ${name}, ${name}`, false);
    return this.#emit(type, `select i1 ${isNan.name}, ${type} ${instead}, ${type} ${name}`);
  }

  #constant(): string {
    return this.#pick(['0.0', '-0.0', '1.0', '-1.0', '2.0', '0.5', '31.0', '-8.0', '0.125', '1024.0', '1.0625', '-4.5']);
  }

  #operand(type: string): string {
    const there = this.#values.filter((value) => value.type === type);
    if (there.length > 0 && this.#random(5) > 1) return this.#pick(there.slice(-4)).name;
    if (isFloat(type)) return this.#random(3) === 0 ? this.#constant() : this.#load(type).name;
    return this.#load(type).name;
  }

  #any(): Value & { type: Kind } {
    const type = this.#pick(floats);
    return { name: this.#operand(type), type };
  }

  step(): void {
    const { name, type } = this.#any();
    const [own, suffix] = [`${type} ${name}`, suffixes[type]];
    switch (this.#random(14)) {
      case 0:
      case 1:
      case 2:
        return void this.#emit(type, `${this.#pick(['fadd', 'fsub', 'fmul', 'fdiv', 'fmul', 'fadd'])} ${own}, ${this.#operand(type)}`);
      case 3:
        return void (this.#fused.has(name) || this.#emit(type, `fneg ${own}`));
      case 4:
        return void this.#call(`llvm.${this.#pick(unary)}.${suffix}`, type, [own]);
      case 5:
        return void this.#call(`llvm.${this.#pick(['minnum', 'maxnum'])}.${suffix}`, type, [own, `${type} ${this.#operand(type)}`]);
      case 6:
        this.#fused.add(
          this.#call(`llvm.fma.${suffix}`, type, [own, `${type} ${this.#operand(type)}`, `${type} ${this.#operand(type)}`]).name,
        );
        return;
      case 7: {
        const to = this.#pick(floats);
        if (to !== type) this.#emit(to, `${widths[to] > widths[type] ? 'fpext' : 'fptrunc'} ${own} to ${to}`);
        return;
      }
      case 8: {
        const to = this.#pick(integers.slice(0, -1));
        return void this.#call(`llvm.fpto${this.#pick(['s', 'u'])}i.sat.${to}.${suffix}`, to, [own]);
      }
      case 9: {
        // LLVM 19 has no conversion of 128 bits to half precision.
        const from = this.#pick(type === 'half' ? integers.slice(0, -1) : integers);
        return void this.#emit(type, `${this.#pick(['sitofp', 'uitofp'])} ${from} ${this.#operand(from)} to ${type}`);
      }
      case 10: {
        const condition = this.#emit('i1', `fcmp ${this.#pick(predicates)} ${own}, ${this.#operand(type)}`).name;
        const result = this.#pick(floats);
        return void this.#emit(result, `select i1 ${condition}, ${result} ${this.#operand(result)}, ${result} ${this.#operand(result)}`);
      }
      case 11: {
        const bits = `i${widths[type]}`;
        const number = this.#numberOf({ name, type }, '0.0');
        const whole = this.#emit(bits, `bitcast ${type} ${number.name} to ${bits}`);
        const changed = this.#emit(bits, `${this.#pick(['and', 'or', 'xor', 'add'])} ${bits} ${whole.name}, ${this.#random(1 << 15)}`);
        return void this.#numberOf(this.#emit(type, `bitcast ${bits} ${changed.name} to ${type}`, false), '2.0');
      }
      case 12: {
        // The sign of a NaN is nobody's.
        const sign = this.#numberOf({ name: this.#operand(type), type }, '-1.0');
        return void this.#call(`llvm.copysign.${suffix}`, type, [own, `${type} ${sign.name}`]);
      }
      default:
        return void this.#call(`llvm.is.fpclass.${suffix}`, 'i1', [own, `i32 ${1 + this.#random(1022)}`]);
    }
  }

  finish(): void {
    let at = 0;
    for (const value of this.#values.slice(-8)) {
      const { type } = value;
      const stored = isFloat(type)
        ? this.#numberOf(value, '-7.0')
        : type === 'i1'
          ? this.#emit('i8', `zext i1 ${value.name} to i8`)
          : value;
      const address = this.#next++;
      this.lines.push(
        `  %p${address} = getelementptr i8, ptr %out, i64 ${at}`,
        `  store ${stored.type} ${stored.name}, ptr %p${address}, align 1`,
      );
      at += bitsOf(stored.type) / 8;
    }
  }
}

/** So many random functions of so many steps each. */
export function floatProgram(seed: number, functions: number, steps: number): IrProgram {
  return irProgram(seed, functions, steps, FunctionWriter);
}
