/**
 * Source text to statements, as GNU as for AArch64 reads it: statements end at a newline or `;`, comments are `/* *\/`, `//` to the end of the
 * line, and `#` where a line begins. `# 12 "file"` and `#line 12 "file"` say where the following line came from (they are the preprocessor's).
 */

/** A statement without comments and surrounding white space; never empty. */
export type Statement = { text: string; file: string; line: number };

const lineMarker = /^#\s*(?:line\s+)?(\d+)(?:\s+"((?:[^"\\]|\\.)*)")?/;
/** Everything in which a comment or separator could begin or hide; the rest is copied in runs. */
const plainRun = /[^"'/;\n]+/y;

export function splitStatements(source: string, file: string, line = 1): Statement[] {
  const statements: Statement[] = [];
  let at = 0;
  let text = '';
  /** Line on which the statement's first character stood. */
  let startLine = line;
  const flush = (): void => {
    const trimmed = text.trim();
    if (trimmed !== '') statements.push({ text: trimmed, file, line: startLine });
    text = '';
  };
  const lineEnd = (from: number): number => {
    const end = source.indexOf('\n', from);
    return end < 0 ? source.length : end;
  };
  let atLineStart = true;
  while (at < source.length) {
    if (atLineStart) {
      startLine = line;
      atLineStart = false;
      const first = skipBlank(source, at);
      if (source[first] === '#') {
        const end = lineEnd(first);
        const marker = lineMarker.exec(source.slice(first, end));
        if (marker) {
          // The marker names the line after it.
          line = Number(marker[1]) - 1;
          if (marker[2] !== undefined) file = marker[2].replace(/\\(.)/g, '$1');
        }
        at = end;
        continue;
      }
    }
    const c = source[at];
    if (c === '\n') {
      flush();
      line++;
      at++;
      atLineStart = true;
    } else if (c === ';') {
      flush();
      startLine = line;
      at++;
    } else if (c === '/' && source[at + 1] === '/') {
      at = lineEnd(at);
    } else if (c === '/' && source[at + 1] === '*') {
      const end = source.indexOf('*/', at + 2);
      const comment = source.slice(at, end < 0 ? source.length : end + 2);
      for (const character of comment) if (character === '\n') line++;
      at += comment.length;
      text += ' ';
    } else if (c === '"') {
      const end = stringEnd(source, at);
      text += source.slice(at, end);
      at = end;
    } else if (c === "'") {
      // A character constant: what follows the quote is not syntax, be it a quote or a semicolon.
      const length = source[at + 1] === '\\' ? 3 : 2;
      const constant = source.slice(at, at + length);
      const end = constant.indexOf('\n');
      text += end < 0 ? constant : constant.slice(0, end);
      at += end < 0 ? length : end;
    } else {
      if (text === '') startLine = line;
      plainRun.lastIndex = at;
      const run = plainRun.exec(source)?.[0] ?? c;
      text += run;
      at += run.length;
    }
  }
  flush();
  return statements;
}

function skipBlank(source: string, at: number): number {
  while (source[at] === ' ' || source[at] === '\t' || source[at] === '\r') at++;
  return at;
}

/** After the closing quote, or where the line ends without one. */
function stringEnd(source: string, at: number): number {
  for (at++; at < source.length && source[at] !== '\n'; at++) {
    if (source[at] === '\\') at++;
    else if (source[at] === '"') return at + 1;
  }
  return Math.min(at, source.length);
}
