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
const byteWidths = [8, 16, 32, 64, 128] as const;
/** Bytes of each function's own memory. */
const ownBytes = 128;
const isByteWidth = (bits: number): boolean => [8, 16, 32, 64, 128].includes(bits);

class FunctionWriter {
  readonly lines: string[] = [];
  readonly declarations = new Set([calleesText]);
  readonly #random: (below: number) => number;
  #values: Value[] = [];
  #next = 0;
  /** Label of the block that lines go to. */
  #block = 'entry';
  /** How many branches and loops the lines are in. */
  #depth = 0;

  constructor(random: (below: number) => number) {
    this.#random = random;
    // The same in every byte, so that nothing depends on what was there before.
    this.declarations.add('declare void @llvm.memset.p0.i64(ptr, i8, i64, i1)');
    this.lines.push('entry:', `  %m = alloca [${ownBytes} x i8], align 16`);
    this.lines.push(`  call void @llvm.memset.p0.i64(ptr %m, i8 ${random(256)}, i64 ${ownBytes}, i1 false)`);
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
    const kind = this.#random(this.#depth < 2 ? 32 : 30);
    if (kind < 7) this.#emit(bits, `${this.#pick(binary)} i${bits} ${name}, ${this.#operand(bits)}`);
    else if (kind < 11) this.#cast(value, this.#width());
    else if (kind < 14) this.#shift(value);
    else if (kind < 17) this.#compare(value);
    else if (kind < 18) this.#select(value);
    else if (kind < 19) this.#divide(value);
    else if (kind < 20) this.#overflowing(value);
    else if (kind < 24) this.#intrinsic(value);
    else if (kind < 26) this.#store(value);
    else if (kind < 28) this.#loadOwn();
    else if (kind < 30) this.#callFunction(value);
    else if (kind < 31) this.#branch();
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

  /** An address in the function's own memory for so many bits: known, or the element that a value says, possibly a few bytes on. */
  #place(bits: number): string {
    const bytes = bits / 8;
    const address = `%p${this.#next++}`;
    if (this.#random(2) === 0) {
      // Neighbours are stored and loaded in pairs.
      const at = this.#random(3) > 0 ? bytes * this.#random(Math.min(6, ownBytes / bytes)) : this.#random(ownBytes - bytes + 1);
      this.lines.push(`  ${address} = getelementptr i8, ptr %m, i64 ${at}`);
      return address;
    }
    const source = this.#any();
    const index = source.bits > 64 ? this.#cast(source, 64) : source;
    const most = Math.min(2 ** Math.min(index.bits, 16), ownBytes / 2 / bytes) - 1;
    const masked = this.#emit(index.bits, `and i${index.bits} ${index.name}, ${index.bits === 1 ? 'true' : most}`);
    const wide = index.bits === 64 ? masked : this.#emit(64, `zext i${index.bits} ${masked.name} to i64`);
    const isOffset = this.#random(2) === 0;
    const base = isOffset ? `%p${this.#next++}` : '%m';
    if (isOffset) this.lines.push(`  ${base} = getelementptr i8, ptr %m, i64 ${this.#random(ownBytes / 2 - bytes)}`);
    this.lines.push(`  ${address} = getelementptr i${bits}, ptr ${base}, i64 ${wide.name}`);
    return address;
  }

  #store(value: Value): void {
    const bits = this.#pick(byteWidths);
    const stored = this.#cast(value, bits);
    this.lines.push(`  store i${bits} ${stored.name}, ptr ${this.#place(bits)}, align 1`);
  }

  #loadOwn(): void {
    const bits = this.#pick(byteWidths);
    this.#emit(bits, `load i${bits}, ptr ${this.#place(bits)}, align 1`);
  }

  /** One of {@link callees}: arguments and results in every width, extended as their attributes say. */
  #callFunction(value: Value): void {
    const callee = this.#pick(callees);
    const args = callee.params.map((param) => {
      const [type, attribute = ''] = param.split(' ');
      const bits = Number(type.slice(1));
      const operand = this.#random(4) === 0 ? this.#cast(value, bits).name : this.#operand(bits);
      return `${type} ${attribute} ${operand}`;
    });
    const [type] = callee.result.split(' ').slice(-1);
    this.#emit(Number(type.slice(1)), `call ${callee.result} @${callee.name}(${args.join(', ')})`);
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

  /** Stores the last values, extended to whole bytes, and the function's own memory. */
  finish(): void {
    let at = 0;
    for (const value of this.#values.slice(-8)) {
      const bits = [8, 16, 32, 64, 128].find((each) => each >= value.bits) ?? 128;
      const { name } = this.#cast(value, bits);
      const address = this.#next++;
      this.lines.push(`  %p${address} = getelementptr i8, ptr %out, i64 ${at}`, `  store i${bits} ${name}, ptr %p${address}, align 1`);
      at += bits / 8;
    }
    this.declarations.add('declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)');
    this.lines.push(`  %own = getelementptr i8, ptr %out, i64 ${at}`);
    this.lines.push(`  call void @llvm.memcpy.p0.p0.i64(ptr %own, ptr %m, i64 ${ownBytes}, i1 false)`);
  }
}

type Callee = { name: string; result: string; params: readonly string[]; body: readonly string[] };

/** What functions call: nobody knows it, and it shows every bit of its arguments. */
const callees: readonly Callee[] = [
  {
    name: 'narrow',
    result: 'signext i16',
    params: [
      'i8 signext',
      'i8 zeroext',
      'i16 signext',
      'i16 zeroext',
      'i1 zeroext',
      'i32',
      'i8 zeroext',
      'i16 signext',
      'i8 signext',
      'i16 zeroext',
    ],
    body: [
      ...[0, 1, 6, 8].map((n) => `%w${n} = sext i8 %a${n} to i16`),
      '%w4 = sext i1 %a4 to i16',
      '%w5 = trunc i32 %a5 to i16',
      '%s1 = add i16 %w0, %w1',
      '%s2 = mul i16 %s1, %a2',
      '%s3 = xor i16 %s2, %a3',
      '%s4 = add i16 %s3, %w4',
      '%s5 = sub i16 %s4, %w5',
      '%s6 = xor i16 %s5, %w6',
      '%s7 = add i16 %s6, %a7',
      '%s8 = mul i16 %s7, %w8',
      '%s9 = sub i16 %s8, %a9',
      'ret i16 %s9',
    ],
  },
  {
    name: 'odd',
    result: 'i33',
    params: ['i5', 'i24', 'i48', 'i65', 'i100'],
    body: [
      '%w0 = sext i5 %a0 to i33',
      '%w1 = zext i24 %a1 to i33',
      '%w2 = trunc i48 %a2 to i33',
      '%h3 = lshr i65 %a3, 32',
      '%w3 = trunc i65 %h3 to i33',
      '%h4 = ashr i100 %a4, 67',
      '%w4 = trunc i100 %h4 to i33',
      '%s1 = add i33 %w0, %w1',
      '%s2 = xor i33 %s1, %w2',
      '%s3 = sub i33 %s2, %w3',
      '%s4 = xor i33 %s3, %w4',
      'ret i33 %s4',
    ],
  },
  {
    name: 'wide',
    result: 'i128',
    params: ['i64', 'i128', 'i32', 'i128', 'i64', 'i128'],
    body: [
      '%w0 = zext i64 %a0 to i128',
      '%w2 = sext i32 %a2 to i128',
      '%w4 = sext i64 %a4 to i128',
      '%s1 = add i128 %w0, %a1',
      '%s2 = xor i128 %s1, %w2',
      '%s3 = sub i128 %s2, %a3',
      '%s4 = mul i128 %s3, %w4',
      '%s5 = xor i128 %s4, %a5',
      'ret i128 %s5',
    ],
  },
];

const calleesText = callees
  .map(({ name, result, params, body }) => {
    const named = params.map((param, n) => `${param} %a${n}`).join(', ');
    return `define ${result} @${name}(${named}) noinline optnone {\n${body.map((line) => `  ${line}\n`).join('')}}\n`;
  })
  .join('\n');

/** So many random functions of so many steps each. */
export function integerProgram(seed: number, functions: number, steps: number): IrProgram {
  return irProgram(seed, functions, steps, FunctionWriter);
}
