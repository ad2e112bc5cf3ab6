/** Expressions of GNU as: 64-bit integers, symbols, and differences of symbols. */
import type { ObjectSymbol } from '../object/object.ts';
import { Cursor, SyntaxProblem } from './cursor.ts';

/** `add - sub + constant`. A number when it has no symbols; otherwise something that only later passes or the linker know. */
export type Value = { constant: bigint; add?: ObjectSymbol; sub?: ObjectSymbol };

/** What an expression can refer to. */
export interface Scope {
  /** The value that a name stands for where it is read. */
  nameValue(name: string): Value;
  /** The current position (`.`). */
  here(): Value;
  /** Numeric label `2b` or `2f`. */
  numericLabel(number: number, direction: 'b' | 'f'): Value;
  /** `left - right` of two symbols if it is known by now. */
  distance(left: ObjectSymbol, right: ObjectSymbol): bigint | undefined;
  /**
   * A value that must be a number here. Forward references are unknown in the first pass: then the scope answers with a
   * guess and sees to another pass.
   */
  number(value: Value, what: string): bigint;
}

/** Rank of binary operators; higher binds tighter. All are left-associative. */
const operators: readonly (readonly [token: string, rank: number])[] = [
  ['||', 1],
  ['&&', 2],
  ['<<', 7],
  ['>>', 7],
  ['==', 3],
  ['!=', 3],
  ['<>', 3],
  ['<=', 3],
  ['>=', 3],
  ['<', 3],
  ['>', 3],
  ['+', 4],
  ['-', 4],
  ['&', 6],
  ['^', 6],
  ['!', 6],
  ['|', 6],
  ['*', 7],
  ['/', 7],
  ['%', 7],
];

const numberLiteral = /0[xX][0-9A-Fa-f]+|0[bB][01]+(?![0-9A-Za-z_.$])|\d+/y;
const numericReference = /(\d+)([bf])(?![\w.$])/y;
const MAX_DEPTH = 1000;

export function number(constant: bigint): Value {
  return { constant };
}

/** Reads an expression at the cursor. */
export function parseExpression(cursor: Cursor, scope: Scope): Value {
  return new ExpressionParser(cursor, scope).binary(1);
}

class ExpressionParser {
  private readonly cursor: Cursor;
  private readonly scope: Scope;
  private depth = 0;

  constructor(cursor: Cursor, scope: Scope) {
    this.cursor = cursor;
    this.scope = scope;
  }

  binary(minimum: number): Value {
    let left = this.unary();
    for (;;) {
      const operator = this.operator();
      if (!operator || operator[1] < minimum) return left;
      this.cursor.eat(operator[0]);
      left = this.apply(operator[0], left, this.binary(operator[1] + 1));
    }
  }

  private operator(): readonly [string, number] | undefined {
    this.cursor.skipBlank();
    return operators.find(([token]) => this.cursor.text.startsWith(token, this.cursor.at));
  }

  private unary(): Value {
    if (++this.depth > MAX_DEPTH) throw new SyntaxProblem('the expression is nested too deeply');
    const value = this.unaryOrOperand();
    this.depth--;
    return value;
  }

  private unaryOrOperand(): Value {
    const { cursor, scope } = this;
    if (cursor.eat('-')) return negate(this.unary(), scope);
    if (cursor.eat('+')) return this.unary();
    if (cursor.eat('~')) return number(~scope.number(this.unary(), "the operand of '~'"));
    if (cursor.eat('!')) return number(scope.number(this.unary(), "the operand of '!'") === 0n ? 1n : 0n);
    if (cursor.eat('(')) {
      const value = this.binary(1);
      cursor.expect(')');
      return value;
    }
    return this.operand();
  }

  private operand(): Value {
    const { cursor, scope } = this;
    const local = cursor.match(numericReference);
    if (local) {
      // `0b101` is a binary number, `0b` a label.
      return scope.numericLabel(Number(local[1]), local[2] === 'b' ? 'b' : 'f');
    }
    const literal = cursor.match(numberLiteral)?.[0];
    if (literal !== undefined) return number(parseInteger(literal));
    if (cursor.peek() === "'") return number(BigInt(this.character()));
    const name = cursor.maybeName();
    if (name === undefined)
      throw new SyntaxProblem(cursor.atEnd() ? 'expected an expression' : `expected an expression before '${cursor.rest()}'`);
    return name === '.' ? scope.here() : scope.nameValue(name);
  }

  /** `'a`, with a closing quote or without. */
  private character(): number {
    const { cursor } = this;
    cursor.expect("'");
    const first = cursor.text.codePointAt(cursor.at);
    if (first === undefined) throw new SyntaxProblem("expected a character after '");
    cursor.at += first > 0xffff ? 2 : 1;
    const value = first === 0x5c ? cursor.escape() : first;
    if (cursor.text.charAt(cursor.at) === "'") cursor.at++;
    return value;
  }

  private apply(operator: string, left: Value, right: Value): Value {
    if (operator === '+') return sum(left, right, this.scope);
    if (operator === '-') return sum(left, negate(right, this.scope), this.scope);
    const what = `an operand of '${operator}'`;
    const comparison = isComparison(operator) && this.sameSymbol(left, right);
    const a = comparison ? left.constant : this.scope.number(left, what);
    const b = comparison ? right.constant : this.scope.number(right, what);
    return number(wrap(compute(operator, a, b)));
  }

  private sameSymbol(left: Value, right: Value): boolean {
    return left.add !== undefined && left.add === right.add && left.sub === right.sub;
  }
}

export function parseInteger(literal: string): bigint {
  return /^0[0-7]+$/.test(literal) ? BigInt(`0o${literal.slice(1)}`) : BigInt(literal.replace(/^0+(?=\d)/, ''));
}

function isComparison(operator: string): boolean {
  return ['==', '!=', '<>', '<', '>', '<=', '>='].includes(operator);
}

/** Results are 64 bits wide and signed; literals may be wider (`.octa`). */
function wrap(value: bigint): bigint {
  return BigInt.asIntN(64, value);
}

function compute(operator: string, left: bigint, right: bigint): bigint {
  const truth = (holds: boolean): bigint => (holds ? -1n : 0n);
  const a = wrap(left);
  const b = wrap(right);
  switch (operator) {
    case '*':
      return a * b;
    case '/':
    case '%':
      if (b === 0n) throw new SyntaxProblem('division by zero');
      return operator === '/' ? a / b : a % b;
    case '<<':
      return b < 0n || b > 63n ? 0n : a << b;
    case '>>':
      return b < 0n || b > 63n ? 0n : BigInt.asUintN(64, a) >> b;
    case '&':
      return a & b;
    case '|':
      return a | b;
    case '^':
      return a ^ b;
    case '!':
      return a | ~b;
    case '==':
      return truth(a === b);
    case '!=':
    case '<>':
      return truth(a !== b);
    case '<':
      return truth(a < b);
    case '>':
      return truth(a > b);
    case '<=':
      return truth(a <= b);
    case '>=':
      return truth(a >= b);
    case '&&':
      return a !== 0n && b !== 0n ? 1n : 0n;
    case '||':
      return a !== 0n || b !== 0n ? 1n : 0n;
    default:
      throw new Error(`no operator ${operator}`);
  }
}

function negate(value: Value, scope: Scope): Value {
  if (!value.add && !value.sub) return number(-value.constant);
  const negative: Value = { constant: wrap(-value.constant) };
  if (value.sub) negative.add = value.sub;
  if (value.add) negative.sub = value.add;
  return simplify(negative, scope);
}

function sum(left: Value, right: Value, scope: Scope): Value {
  if (!left.add && !left.sub && !right.add && !right.sub) return number(left.constant + right.constant);
  const adds = [left.add, right.add].filter((symbol) => symbol !== undefined);
  const subs = [left.sub, right.sub].filter((symbol) => symbol !== undefined);
  let constant = left.constant + right.constant;
  for (let i = adds.length - 1; i >= 0; i--) {
    const j = subs.findIndex((symbol) => scope.distance(adds[i], symbol) !== undefined);
    if (j < 0) continue;
    constant += scope.distance(adds[i], subs[j]) ?? 0n;
    adds.splice(i, 1);
    subs.splice(j, 1);
  }
  if (adds.length > 1 || subs.length > 1) {
    // More than one unknown symbol a side: only a number can come of it.
    let total = constant;
    for (const symbol of adds) total += scope.number({ constant: 0n, add: symbol }, 'a sum of symbols');
    for (const symbol of subs) total -= scope.number({ constant: 0n, add: symbol }, 'a sum of symbols');
    return number(wrap(total));
  }
  return { constant: wrap(constant), ...(adds[0] ? { add: adds[0] } : {}), ...(subs[0] ? { sub: subs[0] } : {}) };
}

function simplify(value: Value, scope: Scope): Value {
  if (!value.add || !value.sub) return value;
  const distance = scope.distance(value.add, value.sub);
  return distance === undefined ? value : number(wrap(value.constant + distance));
}
