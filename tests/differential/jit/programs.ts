import { assembleInstruction, encode, type Expression } from '../../../src/lib/arm64/index.ts';
import type { Random } from '../../../src/lib/emulator/cpu/compare.ts';
import { randomInstruction } from '../cpu/sequences.ts';

/**
 * Random programs with branches, loops, calls, table jumps and exceptions, for comparing the translator with the interpreter. X26..X28 are
 * those of randomInstruction (the buffer and what follows from it); X29 counts, X30 links.
 */

const noLabels = (text: string): Expression<never> =>
  /^-?(0x)?[\da-f]+$/i.test(text) ? { kind: 'value', value: BigInt(text) } : { kind: 'error', message: 'a number is needed' };

/** One instruction from its text; branch targets are byte offsets. */
export function assembled(line: string): number {
  const result = assembleInstruction(line, { expression: noLabels });
  if (!result.ok) throw new Error(`${line}: ${result.message}`);
  return result.word;
}

/** A piece of code: instructions in order, offsets relative within. */
type Code = number[];

const conditions = ['eq', 'ne', 'cs', 'cc', 'mi', 'pl', 'vs', 'vc', 'hi', 'ls', 'ge', 'lt', 'gt', 'le'];

class Generator {
  readonly #random: Random;
  readonly #size: number;

  constructor(random: Random, size: number) {
    this.#random = random;
    this.#size = size;
  }

  straight(): Code {
    const count = 1 + this.#random.below(this.#size);
    return Array.from({ length: count }, () => randomInstruction(this.#random)).flat();
  }

  /** A branch over `length` words that is taken or not, as flags or registers happen to be. */
  skip(length: number): Code {
    const offset = 4 * (length + 1);
    const register = this.#random.below(26);
    switch (this.#random.below(5)) {
      case 0:
        return [assembled(`cbz x${register}, #${offset}`)];
      case 1:
        return [assembled(`cbnz w${register}, #${offset}`)];
      case 2:
        return [assembled(`tbz x${register}, #${this.#random.below(64)}, #${offset}`)];
      case 3:
        return [
          assembled(`subs w${this.#random.below(26)}, w${register}, w${this.#random.below(26)}`),
          assembled(`ccmp x${register}, #${this.#random.below(32)}, #${this.#random.below(16)}, ${this.#condition()}`),
          assembled(`b.${this.#condition()} #${offset}`),
        ];
      default:
        return [assembled(`b.${this.#condition()} #${offset}`)];
    }
  }

  #condition(): string {
    return conditions[this.#random.below(conditions.length)];
  }

  piece(depth: number): Code {
    if (depth === 0) return this.straight();
    switch (this.#random.below(7)) {
      case 0:
      case 1: {
        const body = this.sequence(depth - 1);
        return [...this.skip(body.length), ...body];
      }
      case 2: {
        const [then, otherwise] = [this.sequence(depth - 1), this.sequence(depth - 1)];
        return [...this.skip(then.length + 1), ...then, assembled(`b #${4 * (otherwise.length + 1)}`), ...otherwise];
      }
      case 3:
        return this.#loop(depth, 1 + this.#random.below(12));
      case 4:
        return this.#call(depth);
      case 5:
        return this.#jumpInto(depth);
      default:
        return this.#system();
    }
  }

  sequence(depth: number): Code {
    return Array.from({ length: 1 + this.#random.below(3) }, () => this.piece(depth)).flat();
  }

  /** Counts in a slot of the stack. */
  #loop(depth: number, times: number): Code {
    const body = this.sequence(depth - 1);
    const back = -4 * (body.length + 3);
    return [
      assembled(`movz x29, #${times}`),
      assembled('str x29, [sp, #-16]!'),
      ...body,
      assembled('ldr x29, [sp]'),
      assembled('sub x29, x29, #1'),
      assembled('str x29, [sp]'),
      assembled(`cbnz x29, #${back}`),
      assembled('add sp, sp, #16'),
    ];
  }

  /** A function that is called twice, once by register. */
  #call(depth: number): Code {
    const body = this.sequence(depth - 1);
    const fn = [assembled('str x30, [sp, #-16]!'), ...body, assembled('ldr x30, [sp], #16'), assembled('ret')];
    return [
      assembled(`b #${4 * (fn.length + 1)}`),
      ...fn,
      assembled(`bl #${-4 * fn.length}`),
      assembled(`adr x29, #${-4 * (fn.length + 1)}`),
      assembled('blr x29'),
    ];
  }

  /** A loop that is entered in its middle now and then: no structured control flow. */
  #jumpInto(depth: number): Code {
    const [first, second] = [this.straight(), this.sequence(depth - 1)];
    const back = -4 * (first.length + second.length + 2);
    return [
      assembled(`movz x29, #${1 + this.#random.below(9)}`),
      assembled('str x29, [sp, #-16]!'),
      ...this.skip(first.length),
      ...first,
      ...second,
      assembled('ldr x29, [sp]'),
      assembled('sub x29, x29, #1'),
      assembled('str x29, [sp]'),
      assembled(`cbnz x29, #${back - 4}`),
      assembled('add sp, sp, #16'),
    ];
  }

  #system(): Code {
    const register = this.#random.below(26);
    const choices = [
      [`mrs x${register}, nzcv`],
      [`msr nzcv, x${register}`],
      [`mrs x${register}, fpsr`],
      ['msr fpsr, xzr'],
      ['isb'],
      [`svc #${this.#random.below(100)}`],
      [`mrs x${register}, tpidr_el0`, `msr tpidr_el0, x${register}`],
      ['wfi'],
      ['clrex'],
      ['tlbi vmalle1'],
      [`movz x${register}, #${this.#random.below(2) << 9}`, `msr fpcr, x${register}`],
      ['msr daifset, #2'],
      ['msr daifclr, #2'],
      [`mrs x${register}, daif`, `msr daif, x${register}`],
      [`msr daif, x${register}`],
      [`mrs x${register}, sp_el0`],
      [`msr sp_el0, x${register}`],
      [`mrs x${register}, elr_el1`],
      [`mrs x${register}, contextidr_el1`, `msr contextidr_el1, x${this.#random.below(26)}`],
      [`mrs x${register}, ctr_el0`],
      [`dc zva, x${27 + this.#random.below(2)}`],
      [`dc cvau, x${register}`, `ic ivau, x${register}`],
    ];
    return choices[this.#random.below(choices.length)].map(assembled);
  }
}

/** A program of about `pieces` pieces that runs round and round: it ends only with the budget. */
export function randomProgram(random: Random, pieces: number, size: number): number[] {
  const generator = new Generator(random, size);
  const body = Array.from({ length: pieces }, () => generator.piece(2)).flat();
  if (4 * body.length >= 1 << 20) throw new Error('the program is too long');
  return [...body, encode('b', { imm26: -body.length & 0x3ff_ffff })];
}
