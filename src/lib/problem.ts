/**
 * What is wrong with something a person gave us, as data. Engines return problems for bad input and
 * throw only for bugs; words and colours are chosen once, at the edge that shows them.
 */
export type Problem = {
  severity: 'error' | 'warning' | 'note';
  /** Where: `line` and `column` count from 1; `column` 0 means the whole line. */
  place?: { file: string; line: number; column: number };
  /** What is wrong, in the reader's terms. */
  message: string;
  /** What to do about it. */
  hint?: string;
};

/** A value, or the problems that kept it from being made. */
export type Result<T> = { ok: true; value: T } | { ok: false; problems: Problem[] };

/** `file:line:column: severity: message`, the form that editors and CI logs recognise. */
export function formatProblem(p: Problem): string {
  const at = p.place ? `${p.place.file}:${p.place.line}:${p.place.column}: ` : '';
  return `${at}${p.severity}: ${p.message}${p.hint ? `\n  hint: ${p.hint}` : ''}`;
}
