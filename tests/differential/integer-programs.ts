/**
 * Random functions on integers of any width as LLVM IR, without undefined behaviour: two compilers must agree about every bit. Widths are those of C and, rarer,
 * those that optimisers make of bit-fields; values are extended and cut again and again, for that is where the bits above a width matter.
 */
import { irProgram, type IrProgram } from './ir-programs.ts';

type Value = { name: string; bits: number };

const plainWidths = [8, 16, 32, 64, 8, 16, 32, 64, 8, 16, 32, 64, 128, 1] as const;
const oddWidths = [2, 3, 5, 7, 9, 12, 13, 17, 24, 31, 33, 40, 48, 63, 65, 96, 100, 127] as const;
const logic = ['and', 'or', 'xor'] as const;
const binary = ['add', 'sub', 'mul', ...logic, ...logic] as const;
const shifts = ['shl', 'lshr', 'ashr'] as const;
const predicates = ['eq', 'ne', 'ult', 'ule', 'ugt', 'uge', 'slt', 'sle', 'sgt', 'sge'] as const;
const isByteWidth = (bits: number): boolean => [8, 16, 32, 64, 128].includes(bits);

class FunctionWriter {
  readonly lines: string[] = [];
  readonly declarations = new Set<string>();
  readonly #random: (below: number) => number;
  #values: Value[] = [];
  #next = 0;
  /** Label of the block that lines go to. */
  #block = 'entry';
  /** How many branches and loops the lines are in. */
  #depth = 0;

  constructor(random: (below: number) => number) {
    this.#random = random;
    this.lines.push('entry:');
  }

  #pick<T>(list: readonly T[]): T {
    return list[this.#random(list.length)];
  }

  #emit(bits: number, line: string): Value {
    const value = { name: `%v${this.#next++}`, bits };
    this.lines.push(`  ${value.name} = ${line}`);
    this.#values.push(value);
    return value;
  }

  #width(): number {
    return this.#random(5) === 0 ? this.#pick(oddWidths) : this.#pick(plainWidths);
  }

  #constant(bits: number): string {
    if (bits === 1) return this.#random(2) === 0 ? 'true' : 'false';
    const one = (): bigint => {
      switch (this.#random(6)) {
        case 0:
          return 1n << BigInt(this.#random(bits));
        case 1:
          return (1n << BigInt(this.#random(bits))) - 1n;
        case 2:
          return -1n << BigInt(this.#random(bits));
        case 3:
          return BigInt(this.#random(5)) - 2n;
        case 4:
          return ((1n << BigInt(1 + this.#random(bits))) - 1n) << BigInt(this.#random(bits));
        default:
          return (BigInt(this.#random(2 ** 31)) << 40n) ^ BigInt(this.#random(2 ** 31));
      }
    };
    return String(BigInt.asIntN(bits, one()));
  }

  /** A value of some width that is there, or one from memory. */
  #any(): Value {
    return this.#values.length > 0 && this.#random(6) > 0 ? this.#pick(this.#values.slice(-6)) : this.#load(this.#width());
  }

  #load(bits: number): Value {
    const whole = isByteWidth(bits) ? bits : bits > 64 ? 128 : 64;
    const at = this.#random(64);
    const address = this.#next++;
    this.lines.push(`  %p${address} = getelementptr i8, ptr ${this.#pick(['%x', '%y', '%z'])}, i64 ${at}`);
    const loaded = this.#emit(whole, `load i${whole}, ptr %p${address}, align 1`);
    return whole === bits ? loaded : this.#emit(bits, `trunc i${whole} ${loaded.name} to i${bits}`);
  }

  #operand(bits: number): string {
    const there = this.#values.filter((value) => value.bits === bits);
    if (there.length > 0 && this.#random(5) > 1) return this.#pick(there.slice(-4)).name;
    if (this.#random(3) > 0) return this.#constant(bits);
    return this.#random(3) > 0 && this.#values.length > 0 ? this.#cast(this.#any(), bits).name : this.#load(bits).name;
  }

  #cast(value: Value, bits: number): Value {
    if (value.bits === bits) return value;
    const op = value.bits > bits ? 'trunc' : this.#pick(['zext', 'sext']);
    return this.#emit(bits, `${op} i${value.bits} ${value.name} to i${bits}`);
  }

  #call(name: string, bits: number, args: readonly string[]): Value {
    const result = `i${bits}`;
    this.declarations.add(`declare ${result} @${name}(${args.map((arg) => arg.split(' ')[0]).join(', ')})`);
    return this.#emit(bits, `call ${result} @${name}(${args.join(', ')})`);
  }

  step(): void {
    const value = this.#any();
    const { bits, name } = value;
    const kind = this.#random(this.#depth < 2 ? 26 : 24);
    if (kind < 7) this.#emit(bits, `${this.#pick(binary)} i${bits} ${name}, ${this.#operand(bits)}`);
    else if (kind < 11) this.#cast(value, this.#width());
    else if (kind < 14) this.#shift(value);
    else if (kind < 17) this.#compare(value);
    else if (kind < 18) this.#select(value);
    else if (kind < 19) this.#divide(value);
    else if (kind < 20) this.#overflowing(value);
    else if (kind < 24) this.#intrinsic(value);
    else if (kind < 25) this.#branch();
    else this.#loop();
  }

  /** By less than the width, known or not. */
  #shift({ bits, name }: Value): void {
    const op = this.#pick(shifts);
    if (bits === 1 || this.#random(3) > 0) return void this.#emit(bits, `${op} i${bits} ${name}, ${this.#random(bits)}`);
    const most = 2 ** Math.floor(Math.log2(bits)) - 1;
    const amount = this.#emit(bits, `and i${bits} ${this.#operand(bits)}, ${most}`);
    this.#emit(bits, `${op} i${bits} ${name}, ${amount.name}`);
  }

  #compare({ bits, name }: Value): Value {
    return this.#emit(1, `icmp ${this.#pick(predicates)} i${bits} ${name}, ${this.#operand(bits)}`);
  }

  #condition(): string {
    const there = this.#values.filter(({ bits }) => bits === 1);
    return (there.length > 0 && this.#random(2) === 0 ? this.#pick(there.slice(-3)) : this.#compare(this.#any())).name;
  }

  #select({ bits, name }: Value): void {
    const condition = this.#condition();
    this.#emit(bits, `select i1 ${condition}, i${bits} ${name}, i${bits} ${this.#operand(bits)}`);
  }

  /** By what is not zero, and not -1. */
  #divide({ bits, name }: Value): void {
    if (bits < 3) return;
    const op = this.#pick(['udiv', 'urem', 'sdiv', 'srem']);
    const some = this.#emit(bits, `lshr i${bits} ${this.#operand(bits)}, ${1 + this.#random(bits - 1)}`);
    const by =
      this.#random(2) === 0
        ? this.#emit(bits, `or i${bits} ${some.name}, 1`).name
        : String(1 + this.#random(2 ** Math.min(bits - 1, 30) - 1));
    this.#emit(bits, `${op} i${bits} ${name}, ${by}`);
  }

  #overflowing({ bits, name }: Value): void {
    if (bits < 8) return;
    const pair = `{ i${bits}, i1 }`;
    const intrinsic = `llvm.${this.#pick(['s', 'u'])}${this.#pick(['add', 'sub', 'mul'])}.with.overflow.i${bits}`;
    this.declarations.add(`declare ${pair} @${intrinsic}(i${bits}, i${bits})`);
    const other = this.#operand(bits);
    const both = `%o${this.#next++}`;
    this.lines.push(`  ${both} = call ${pair} @${intrinsic}(i${bits} ${name}, i${bits} ${other})`);
    this.#emit(bits, `extractvalue ${pair} ${both}, 0`);
    this.#emit(1, `extractvalue ${pair} ${both}, 1`);
  }

  #intrinsic(value: Value): void {
    const { name } = this.#cast(value, isByteWidth(value.bits) ? value.bits : this.#pick([8, 16, 32, 64]));
    const bits = isByteWidth(value.bits) ? value.bits : (this.#values.find((each) => each.name === name)?.bits ?? 0);
    const own = `i${bits} ${name}`;
    const other = (): string => `i${bits} ${this.#operand(bits)}`;
    const kind = this.#random(6);
    if (kind === 0) this.#call(`llvm.${this.#pick(['umin', 'umax', 'smin', 'smax'])}.i${bits}`, bits, [own, other()]);
    else if (kind === 1 && bits < 128)
      this.#call(`llvm.${this.#pick(['uadd', 'usub', 'sadd', 'ssub'])}.sat.i${bits}`, bits, [own, other()]);
    else if (kind === 2) this.#call(`llvm.${this.#pick(['ctlz', 'cttz', 'abs'])}.i${bits}`, bits, [own, 'i1 false']);
    else if (kind === 3) this.#call(`llvm.${this.#pick(['ctpop', 'bitreverse'])}.i${bits}`, bits, [own]);
    else if (kind === 4 && bits > 8) this.#call(`llvm.bswap.i${bits}`, bits, [own]);
    else this.#call(`llvm.${this.#pick(['fshl', 'fshr'])}.i${bits}`, bits, [own, other(), other()]);
  }

  #label(): string {
    return `b${this.#next++}`;
  }

  #begin(label: string): void {
    this.lines.push(`${label}:`);
    this.#block = label;
  }

  /** Steps whose values are not there behind them; gives the last of a width, or one made for it. */
  #inside(steps: number, bits: number): string {
    for (let n = 0; n < steps; n++) this.step();
    return this.#values.findLast((value) => value.bits === bits)?.name ?? this.#operand(bits);
  }

  #branch(): void {
    const bits = this.#width();
    const condition = this.#condition();
    const [one, other, join] = [this.#label(), this.#label(), this.#label()];
    this.lines.push(`  br i1 ${condition}, label %${one}, label %${other}`);
    const before = [...this.#values];
    this.#depth++;
    const ways = [one, other].map((label) => {
      this.#begin(label);
      const result = this.#inside(1 + this.#random(3), bits);
      const from = this.#block;
      this.lines.push(`  br label %${join}`);
      this.#values = [...before];
      return `[ ${result}, %${from} ]`;
    });
    this.#depth--;
    this.#begin(join);
    this.#emit(bits, `phi i${bits} ${ways.join(', ')}`);
  }

  #loop(): void {
    const bits = this.#width();
    const first = this.#operand(bits);
    const from = this.#block;
    const [body, end] = [this.#label(), this.#label()];
    const [count, sum, counted] = [`%n${this.#next++}`, `%s${this.#next++}`, `%c${this.#next++}`];
    this.lines.push(`  br label %${body}`);
    this.#begin(body);
    const before = [...this.#values];
    const heads = this.lines.length;
    this.#values.push({ name: sum, bits });
    this.#depth++;
    const next = this.#inside(1 + this.#random(4), bits);
    this.#depth--;
    const back = this.#block;
    this.lines.push(`  ${counted} = add i8 ${count}, 1`, `  %d${counted.slice(1)} = icmp ult i8 ${counted}, ${2 + this.#random(6)}`);
    this.lines.push(`  br i1 %d${counted.slice(1)}, label %${body}, label %${end}`);
    this.lines.splice(
      heads,
      0,
      `  ${count} = phi i8 [ 0, %${from} ], [ ${counted}, %${back} ]`,
      `  ${sum} = phi i${bits} [ ${first}, %${from} ], [ ${next}, %${back} ]`,
    );
    this.#values = before;
    this.#begin(end);
    this.#emit(bits, `add i${bits} ${next}, 0`);
  }

  /** Stores the last values, extended to whole bytes. */
  finish(): void {
    let at = 0;
    for (const value of this.#values.slice(-8)) {
      const bits = [8, 16, 32, 64, 128].find((each) => each >= value.bits) ?? 128;
      const { name } = this.#cast(value, bits);
      const address = this.#next++;
      this.lines.push(`  %p${address} = getelementptr i8, ptr %out, i64 ${at}`, `  store i${bits} ${name}, ptr %p${address}, align 1`);
      at += bits / 8;
    }
  }
}

/** So many random functions of so many steps each. */
export function integerProgram(seed: number, functions: number, steps: number): IrProgram {
  return irProgram(seed, functions, (random) => {
    const writer = new FunctionWriter(random);
    for (let k = 0; k < steps; k++) writer.step();
    writer.finish();
    return writer;
  });
}
