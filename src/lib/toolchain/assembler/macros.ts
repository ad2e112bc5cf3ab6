/** Macros of GNU as: definition, arguments, substitution; and the bodies of repeating directives. */
import { Cursor, SyntaxProblem } from './cursor.ts';
import { splitStatements, type Statement } from './statements.ts';

export type MacroParameter = { name: string; kind: 'optional' | 'required' | 'rest'; fallback: string };
export type Macro = { name: string; parameters: MacroParameter[]; body: Statement[] };

const parameterName = /[A-Za-z_.$\u0080-\uffff][\w.$\u0080-\uffff]*/y;

/** `.macro NAME a, b=1, c:req, d:vararg`: what follows the directive. */
export function parseMacroHeader(header: Cursor): Omit<Macro, 'body'> {
  const cursor = new Cursor(squeeze(header.rest()));
  const name = cursor.word("a macro's name");
  cursor.eat(',');
  const parameters: MacroParameter[] = [];
  while (!cursor.atEnd()) {
    const parameter = cursor.match(parameterName)?.[0];
    if (parameter === undefined) throw new SyntaxProblem(`expected a parameter's name before '${cursor.rest()}'`);
    if (parameters.some((other) => other.name === parameter))
      throw new SyntaxProblem(`macro '${name}' has two parameters called '${parameter}'`);
    let kind: MacroParameter['kind'] = 'optional';
    if (cursor.eat(':')) {
      const qualifier = cursor.name("'req' or 'vararg'");
      if (qualifier !== 'req' && qualifier !== 'vararg')
        throw new SyntaxProblem(`'${qualifier}' is not a qualifier of macro parameters`, "use 'req' or 'vararg'");
      kind = qualifier === 'req' ? 'required' : 'rest';
    }
    const fallback = cursor.eat('=') ? argument(cursor) : '';
    parameters.push({ name: parameter, kind, fallback });
    if (kind === 'rest' && !cursor.atEnd()) throw new SyntaxProblem(`'${parameter}:vararg' must be the last parameter`);
    cursor.eat(',');
  }
  return { name, parameters };
}

/**
 * Text as the argument reader wants it: white space only where it separates two names or strings (`a + b` is one argument, `x0 #4` too), and
 * character constants as numbers. Strings stay as they are.
 */
function squeeze(text: string): string {
  let result = '';
  for (let at = 0; at < text.length; at++) {
    const c = text[at];
    if (c === '"') {
      const string = /"(?:[^"\\]|\\.|"")*"?/y;
      string.lastIndex = at;
      const whole = string.exec(text)?.[0] ?? c;
      result += whole;
      at += whole.length - 1;
    } else if (c === "'") {
      const cursor = new Cursor(text, at + 1);
      const first = text.codePointAt(cursor.at) ?? 0x20;
      cursor.at += first > 0xffff ? 2 : 1;
      result += String(first === 0x5c ? cursor.escape() : first);
      if (text[cursor.at] === "'") cursor.at++;
      at = cursor.at - 1;
    } else if (/\s/.test(c)) {
      const after = text.slice(at).trimStart().charAt(0);
      if (joins(result.at(-1)) && joins(after) && !/\s$/.test(result)) result += ' ';
    } else result += c;
  }
  return result;
}

function joins(c: string | undefined): boolean {
  return c !== undefined && /[\w.$"\\\u0080-\uffff]/.test(c);
}

/** One argument of squeezed text: up to a comma, or white space outside of brackets. A string in quotes loses them. */
function argument(cursor: Cursor): string {
  if (cursor.peek() === '"') return quoted(cursor);
  let text = '';
  const open: string[] = [];
  const { text: source } = cursor;
  for (; cursor.at < source.length; cursor.at++) {
    const c = source[cursor.at];
    if (c === ',' || (/\s/.test(c) && open.length === 0)) break;
    if (c === '"') {
      const end = source.indexOf(c, cursor.at + 1);
      const whole = source.slice(cursor.at, end < 0 ? source.length : end + 1);
      text += whole;
      cursor.at += whole.length - 1;
      continue;
    }
    if (c === '(') open.push(')');
    else if (c === '[') open.push(']');
    else if (c === open.at(-1)) open.pop();
    text += c;
  }
  return text;
}

function quoted(cursor: Cursor): string {
  cursor.expect('"');
  let text = '';
  const { text: source } = cursor;
  for (; cursor.at < source.length; cursor.at++) {
    const c = source[cursor.at];
    if (c === '"') {
      // Two quotes stand for one.
      if (source[cursor.at + 1] !== '"') {
        cursor.at++;
        return text;
      }
      cursor.at++;
    } else if (c === '\\' && cursor.at + 1 < source.length) {
      text += c + source[++cursor.at];
      continue;
    }
    text += c;
  }
  throw new SyntaxProblem('a string is not closed');
}

/** All that is left, separated by commas or white space. */
export function parseArguments(rest: Cursor): string[] {
  const cursor = new Cursor(squeeze(rest.rest()));
  const found: string[] = [];
  while (!cursor.atEnd()) {
    found.push(argument(cursor));
    if (cursor.eat(',') && cursor.atEnd()) found.push('');
  }
  return found;
}

/** Values of a macro's parameters for one call. */
export function bindArguments(macro: Macro, rest: Cursor): Map<string, string> {
  const cursor = new Cursor(squeeze(rest.rest()));
  const values = new Map<string, string>();
  let position = 0;
  while (!cursor.atEnd()) {
    const start = cursor.at;
    const named = cursor.match(parameterName)?.[0];
    const parameter = named === undefined ? undefined : macro.parameters.find(({ name }) => name === named);
    if (parameter && cursor.peek() === '=' && cursor.text[cursor.at + 1] !== '=') {
      cursor.eat('=');
      values.set(parameter.name, parameter.kind === 'rest' ? takeRest(cursor) : argument(cursor));
    } else {
      cursor.at = start;
      const next = macro.parameters[position++];
      if (!next)
        throw new SyntaxProblem(`macro '${macro.name}' takes ${macro.parameters.length} arguments; too many at '${cursor.rest()}'`);
      const value = next.kind === 'rest' ? takeRest(cursor) : argument(cursor);
      if (value !== '') values.set(next.name, value);
    }
    cursor.eat(',');
  }
  for (const { name, kind, fallback } of macro.parameters) {
    if (values.has(name)) continue;
    if (kind === 'required') throw new SyntaxProblem(`macro '${macro.name}' needs a value for '${name}'`);
    values.set(name, fallback);
  }
  return values;
}

function takeRest(cursor: Cursor): string {
  const rest = cursor.rest().trimEnd();
  cursor.at = cursor.text.length;
  return rest;
}

const reference = /\\(\(\)|@|\+|[A-Za-z_.$\u0080-\uffff][\w.$\u0080-\uffff]*)/g;

/**
 * A body with `\name` replaced by values, `\@` by the number of the expansion, and `\()` by nothing. A substituted value may contain
 * separators, so the result is split again.
 */
export function substitute(body: readonly Statement[], values: ReadonlyMap<string, string>, expansion: number): Statement[] {
  return body.flatMap(({ text, file, line }) => {
    if (!text.includes('\\')) return [{ text, file, line }];
    const replaced = text.replace(reference, (whole, what: string) => {
      if (what === '()') return '';
      if (what === '@') return String(expansion);
      const value = values.get(what);
      if (value !== undefined) return value;
      // The longest parameter that the name begins with: `\reg.w` is parameter `reg` and then `.w`.
      for (let length = what.length - 1; length > 0; length--) {
        const shorter = values.get(what.slice(0, length));
        if (shorter !== undefined && /[.$]/.test(what[length])) return shorter + what.slice(length);
      }
      return whole;
    });
    return splitStatements(replaced, file, line);
  });
}
