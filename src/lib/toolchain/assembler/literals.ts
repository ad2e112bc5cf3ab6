/** Literal pools: constants that `ldr REGISTER, =EXPRESSION` loads, placed by `.ltorg` or at the end of the section. */
import type { ObjectSymbol } from '../object/object.ts';
import type { Value } from './expression.ts';

export type Literal = { value: Value; size: 4 | 8 | 16; label: ObjectSymbol };

export class LiteralPool {
  private readonly literals: Literal[] = [];

  copy(): LiteralPool {
    const pool = new LiteralPool();
    pool.literals.push(...this.literals);
    return pool;
  }

  get isEmpty(): boolean {
    return this.literals.length === 0;
  }

  /** The label of the literal; equal ones are shared. */
  label(value: Value, size: Literal['size'], makeLabel: () => ObjectSymbol): ObjectSymbol {
    const known = this.literals.find(
      (literal) =>
        literal.size === size &&
        literal.value.constant === value.constant &&
        literal.value.add === value.add &&
        literal.value.sub === value.sub,
    );
    if (known) return known.label;
    const label = makeLabel();
    this.literals.push({ value, size, label });
    return label;
  }

  /** Takes all literals: words, doublewords and quadwords, each in order of their first use. */
  take(): Literal[] {
    const sorted = [4, 8, 16].flatMap((size) => this.literals.filter((literal) => literal.size === size));
    this.literals.length = 0;
    return sorted;
  }
}
