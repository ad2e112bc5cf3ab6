/** GNU make's line handling: continuation, comments, and the search for what a line is, as the manual's "How make Reads a Makefile" has it. */

export type Place = { file: string; line: number; column: number };

/** A line with its continuations as written, newlines kept. `line` is the number of its first physical line. */
export type RawLine = { text: string; line: number };

/** Splits a makefile into logical lines: a line that ends in an odd number of backslashes goes on. */
export function logicalLines(text: string): RawLine[] {
  const physical = text.replace(/\r\n?/g, '\n').split('\n');
  const lines: RawLine[] = [];
  for (let i = 0; i < physical.length; i++) {
    const start = i;
    let whole = physical[i] ?? '';
    while (endsInContinuation(physical[i] ?? '') && i + 1 < physical.length) whole += `\n${physical[++i] ?? ''}`;
    lines.push({ text: whole, line: start + 1 });
  }
  return lines;
}

function endsInContinuation(line: string): boolean {
  let backslashes = 0;
  while (line[line.length - 1 - backslashes] === '\\') backslashes++;
  return backslashes % 2 === 1;
}

/** Joins continued lines: backslash, newline and the white space around them become one space. */
export function joinContinuations(text: string): string {
  let out = '';
  for (const line of text.split('\n')) {
    // What the line before left open goes on here.
    out += out === '' ? line : line.replace(/^[ \t]+/, '');
    if (!endsInContinuation(line)) {
      out += '\n';
      continue;
    }
    const slashes = /\\*$/.exec(out)?.[0].length ?? 0;
    out = out.slice(0, out.length - slashes) + '\\'.repeat(slashes >> 1);
    out = `${slashes > 1 ? out : out.replace(/[ \t]+$/, '')} `;
  }
  return out.endsWith('\n') ? out.slice(0, -1) : out;
}

/** Cuts a comment off: from the first `#` that no backslash precedes. The backslash of an escaped one goes away. */
export function withoutComment(text: string): string {
  let out = '';
  for (let at = 0; at < text.length; at++) {
    const c = text[at] ?? '';
    if (c !== '#') {
      out += c;
      continue;
    }
    let slashes = 0;
    while (out[out.length - 1 - slashes] === '\\') slashes++;
    out = out.slice(0, out.length - slashes) + '\\'.repeat(slashes >> 1);
    if (slashes % 2 === 0) return out;
    out += '#';
  }
  return out;
}

/** Index of the parenthesis or brace that closes the one before `from`; -1 when there is none. Only the same kind nests. */
export function closing(text: string, open: string, from: number): number {
  const close = open === '(' ? ')' : '}';
  for (let at = from, depth = 0; at < text.length; at++) {
    if (text[at] === open) depth++;
    else if (text[at] === close && depth-- === 0) return at;
  }
  return -1;
}

/** Splits at commas outside nested parentheses of one kind, into at most `limit` parts. */
export function splitAtCommas(text: string, open: string, limit = Infinity): string[] {
  const close = open === '(' ? ')' : '}';
  const parts: string[] = [];
  let depth = 0;
  let from = 0;
  for (let at = 0; at < text.length && parts.length + 1 < limit; at++) {
    const c = text[at];
    if (c === open) depth++;
    else if (c === close) depth--;
    else if (c === ',' && depth === 0) {
      parts.push(text.slice(from, at));
      from = at + 1;
    }
  }
  parts.push(text.slice(from));
  return parts;
}

export type AssignmentOp = '=' | ':=' | '::=' | '+=' | '?=' | '!=';
export type AssignmentLine = { name: string; op: AssignmentOp; value: string };

/** Reads a line as `NAME op value`; undefined when it is something else. References in the name are skipped whole. */
export function parseAssignment(line: string): AssignmentLine | undefined {
  let at = line.search(/[^ \t]/);
  if (at < 0) return undefined;
  const start = at;
  let nameEnd = -1;
  while (at < line.length) {
    const c = line[at] ?? '';
    const op = /^(::=|:=|\+=|\?=|!=|=)/.exec(line.slice(at, at + 3))?.[1];
    if (op && isOp(op)) {
      const name = line.slice(start, nameEnd < 0 ? at : nameEnd);
      return { name, op, value: line.slice(at + op.length).replace(/^[ \t]+/, '') };
    }
    if (nameEnd >= 0 && c !== ' ' && c !== '\t') return undefined;
    if (c === ':') return undefined;
    if (c === ' ' || c === '\t') {
      if (nameEnd < 0) nameEnd = at;
      at++;
    } else if (c === '$' && (line[at + 1] === '(' || line[at + 1] === '{')) {
      const end = closing(line, line[at + 1] ?? '(', at + 2);
      if (end < 0) return undefined;
      at = end + 1;
    } else at++;
  }
  return undefined;
}

function isOp(text: string): text is AssignmentOp {
  return ['=', ':=', '::=', '+=', '?=', '!='].includes(text);
}

/** First word of a line and what follows it without leading white space. */
export function firstWord(line: string): [string, string] {
  const [, word = '', rest = ''] = /^[ \t]*(\S*)[ \t]*(.*)$/s.exec(line) ?? [];
  return [word, rest];
}
