import { joinPath } from '../build/files.ts';

/** GNU make's functions on text (manual, chapter "Functions for Transforming Text"): plain functions of their expanded arguments. */
export type TextFunction = { min: number; max: number; apply: (args: readonly string[], host: FileNames) => string | FunctionError };

/** Text functions that make would stop at. */
export class FunctionError {
  readonly message: string;
  constructor(message: string) {
    this.message = message;
  }
}

/** The files that `wildcard` and `realpath` see. */
export type FileNames = {
  glob(pattern: string): string[];
  exists(path: string): boolean;
  /** Folder that relative paths start from. */
  readonly folder: string;
};

export function words(text: string): string[] {
  return text.split(/[ \t\n\v\f\r]+/).filter((w) => w !== '');
}

/** A `%` pattern: the text around the first `%` that no backslash quotes. */
type Pattern = { prefix: string; suffix?: string };

function parsePattern(text: string): Pattern {
  for (let at = 0; at < text.length; at++) {
    if (text[at] !== '%') continue;
    let slashes = 0;
    while (text[at - 1 - slashes] === '\\') slashes++;
    text = text.slice(0, at - slashes) + '\\'.repeat(slashes >> 1) + text.slice(at);
    at -= slashes - (slashes >> 1);
    if (slashes % 2 === 0) return { prefix: text.slice(0, at), suffix: text.slice(at + 1) };
  }
  return { prefix: text };
}

/** What the `%` of a pattern stands for in a word; undefined when the word does not match. */
function stem(pattern: Pattern, word: string): string | undefined {
  if (pattern.suffix === undefined) return word === pattern.prefix ? '' : undefined;
  const fits =
    word.length >= pattern.prefix.length + pattern.suffix.length && word.startsWith(pattern.prefix) && word.endsWith(pattern.suffix);
  return fits ? word.slice(pattern.prefix.length, word.length - pattern.suffix.length) : undefined;
}

/**
 * Replaces the words that match. A pattern without `%` replaces whole words and leaves the white space as it is; one with it separates
 * the results by single spaces, and an empty replacement takes the word away: so make does it, and lists depend on it.
 */
export function patsubst(pattern: string, replacement: string, text: string): string {
  const from = parsePattern(pattern);
  const to = parsePattern(replacement);
  if (from.suffix === undefined) return from.prefix === '' ? text + replacement : wholeWords(from.prefix, replacement, text);
  return words(text)
    .flatMap((word) => {
      const found = stem(from, word);
      if (found === undefined) return [word];
      if (to.suffix === undefined) return to.prefix === '' ? [] : [to.prefix];
      return [to.prefix + found + to.suffix];
    })
    .join(' ');
}

function wholeWords(word: string, replacement: string, text: string): string {
  return text
    .split(/([ \t\n\v\f\r]+)/)
    .map((part) => (part === word ? replacement : part))
    .join('');
}

function filter(patterns: string, text: string, keep: boolean): string {
  const parsed = words(patterns).map(parsePattern);
  return words(text)
    .filter((word) => parsed.some((p) => stem(p, word) !== undefined) === keep)
    .join(' ');
}

function subst(from: string, to: string, text: string): string {
  return from === '' ? text + to : text.split(from).join(to);
}

function positive(text: string, which: string): number | FunctionError {
  const trimmed = text.trim();
  if (!/^[0-9]+$/.test(trimmed)) return new FunctionError(`non-numeric ${which}: '${text}'`);
  return Number(trimmed);
}

function word(args: readonly string[]): string | FunctionError {
  const n = positive(args[0] ?? '', "first argument to 'word' function");
  if (n instanceof FunctionError) return n;
  if (n === 0) return new FunctionError("first argument to 'word' function must be greater than 0");
  return words(args[1] ?? '')[n - 1] ?? '';
}

function wordlist(args: readonly string[]): string | FunctionError {
  const from = positive(args[0] ?? '', "first argument to 'wordlist' function");
  if (from instanceof FunctionError) return from;
  const to = positive(args[1] ?? '', "second argument to 'wordlist' function");
  if (to instanceof FunctionError) return to;
  if (from === 0) return new FunctionError(`invalid first argument to 'wordlist' function: '${args[0] ?? ''}'`);
  // The white space between the words stays as it is.
  const text = args[2] ?? '';
  const found = [...text.matchAll(/[^ \t\n\v\f\r]+/g)].slice(from - 1, to);
  const [first, last] = [found[0], found.at(-1)];
  return first && last ? text.slice(first.index, last.index + last[0].length) : '';
}

function splitSuffix(name: string): [string, string] {
  const slash = name.lastIndexOf('/');
  const dot = name.lastIndexOf('.');
  return dot > slash ? [name.slice(0, dot), name.slice(dot)] : [name, ''];
}

const each = (text: string | undefined, change: (word: string) => string) => words(text ?? '').map(change);

function join(left: string, right: string): string {
  const a = words(left);
  const b = words(right);
  return Array.from({ length: Math.max(a.length, b.length) }, (_, i) => (a[i] ?? '') + (b[i] ?? '')).join(' ');
}

/** Arguments that a function may not get fewer of, may not get more of (further commas are text), and what it gives. */
export const textFunctions: Readonly<Record<string, TextFunction>> = {
  subst: { min: 3, max: 3, apply: ([from = '', to = '', text = '']) => subst(from, to, text) },
  patsubst: { min: 3, max: 3, apply: ([pattern = '', replacement = '', text = '']) => patsubst(pattern, replacement, text) },
  strip: { min: 1, max: 1, apply: ([text = '']) => words(text).join(' ') },
  findstring: { min: 2, max: 2, apply: ([find = '', text = '']) => (text.includes(find) ? find : '') },
  filter: { min: 2, max: 2, apply: ([patterns = '', text = '']) => filter(patterns, text, true) },
  'filter-out': { min: 2, max: 2, apply: ([patterns = '', text = '']) => filter(patterns, text, false) },
  sort: { min: 1, max: 1, apply: ([text = '']) => [...new Set(words(text))].sort().join(' ') },
  word: { min: 2, max: 2, apply: word },
  wordlist: { min: 3, max: 3, apply: wordlist },
  words: { min: 1, max: 1, apply: ([text = '']) => String(words(text).length) },
  firstword: { min: 0, max: 1, apply: ([text = '']) => words(text)[0] ?? '' },
  lastword: { min: 0, max: 1, apply: ([text = '']) => words(text).at(-1) ?? '' },
  dir: { min: 0, max: 1, apply: ([text]) => each(text, (w) => (w.includes('/') ? w.slice(0, w.lastIndexOf('/') + 1) : './')).join(' ') },
  notdir: {
    min: 0,
    max: 1,
    // A name that ends in a slash leaves nothing, and make still puts the space.
    apply: ([text]) => each(text, (w) => w.slice(w.lastIndexOf('/') + 1)).join(' '),
  },
  suffix: {
    min: 0,
    max: 1,
    apply: ([text]) =>
      each(text, (w) => splitSuffix(w)[1])
        .filter((s) => s !== '')
        .join(' '),
  },
  basename: { min: 0, max: 1, apply: ([text]) => each(text, (w) => splitSuffix(w)[0]).join(' ') },
  addsuffix: { min: 2, max: 2, apply: ([suffix = '', text]) => each(text, (w) => w + suffix).join(' ') },
  addprefix: { min: 2, max: 2, apply: ([prefix = '', text]) => each(text, (w) => prefix + w).join(' ') },
  join: { min: 2, max: 2, apply: ([left = '', right = '']) => join(left, right) },
  wildcard: {
    min: 0,
    max: 1,
    apply: ([text = ''], host) =>
      words(text)
        .flatMap((pattern) => (/[*?[]/.test(pattern) ? host.glob(pattern) : host.exists(pattern) ? [pattern] : []))
        .join(' '),
  },
  abspath: { min: 0, max: 1, apply: ([text = ''], host) => each(text, (w) => joinPath(host.folder, w)).join(' ') },
  realpath: {
    min: 0,
    max: 1,
    apply: ([text = ''], host) =>
      each(text, (w) => joinPath(host.folder, w))
        .filter((path) => host.exists(path))
        .join(' '),
  },
};
