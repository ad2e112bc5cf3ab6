/**
 * Where a name is defined, among the project's files and the library pool, by looking at text: at once, without the compiler, in files that the
 * build leaves out too. Preprocessor conditionals are not followed, so of several definitions the nearest is taken.
 */

/** `file` as the editor names it: pool files begin with `pool:`. Lines and columns count from 1. */
export type Definition = { file: string; line: number; column: number };

/** The project's files and the libraries', as the editor names them. */
export function sourceFiles(own: Readonly<Record<string, string>>, pool: Readonly<Record<string, string>>): Map<string, string> {
  const files = new Map(Object.entries(own));
  for (const [path, text] of Object.entries(pool)) if (!path.startsWith('apps/')) files.set(`pool:${path}`, text);
  return files;
}

/** Library sources by library: a list of twenty instead of two hundred. */
export function poolFolders(pool: Readonly<Record<string, string>>): [folder: string, paths: string[]][] {
  const folders = new Map<string, string[]>();
  for (const path of Object.keys(pool).sort()) {
    if (path.startsWith('apps/')) continue;
    const folder = /^(?:libs|plat|arch)\/[^/]+(?=\/)/.exec(path)?.[0] ?? 'others';
    folders.set(folder, [...(folders.get(folder) ?? []), path]);
  }
  return [...folders];
}

type Rank = 0 | 1 | 2 | 3;

function escaped(name: string): string {
  return name.replace(/\$/g, '\\$');
}

/** How good a definition a line is; undefined when it is none. 0 defines, 1 defines in a macro or type, 2 declares. */
function rankOf(name: string, lines: readonly string[], at: number, isAssembly: boolean): Rank | undefined {
  const line = lines[at];
  const word = escaped(name);
  if (isAssembly) return new RegExp(`^(?:${word}:|\\s*(?:ENTRY|FUNCTION)\\(${word}\\))`).test(line) ? 0 : undefined;
  if (new RegExp(`^\\s*#\\s*define\\s+${word}\\b`).test(line)) return 1;
  if (new RegExp(`^(?:typedef\\s+)?(?:struct|union|enum)\\s+${word}\\s*\\{`).test(line)) return 1;
  if (new RegExp(`^\\}\\s*${word}\\s*;|^typedef\\b.*\\b${word}\\s*(?:;|\\)\\s*\\()`).test(line)) return 1;
  // Members of an enumeration stand indented, one to a line.
  if (new RegExp(`^\\s+${word}\\s*(?:=[^=].*)?,?\\s*(?:/\\*.*)?$`).test(line) && /^[A-Z0-9_]+$/.test(name)) return 3;
  // A structure that is only announced.
  if (new RegExp(`^(?:struct|union|enum)\\s+${word}\\s*;`).test(line)) return 3;
  if (/^[\s#/*}]/.test(line) || /^(?:return|else|typedef)\b/.test(line)) return undefined;
  if (new RegExp(`^(?:[\\w*]+[\\s*]+)*${word}\\s*\\(`).test(line)) return functionRank(lines, at);
  if (new RegExp(`^(?:[\\w*]+[\\s*]+)+${word}\\s*(?:\\[[^\\]]*\\]\\s*)*(?:=|;|__)`).test(line)) return /^extern\b/.test(line) ? 2 : 0;
  return undefined;
}

/** A function's head ends in `{` if it is defined there, and in `;` if it is only declared. */
function functionRank(lines: readonly string[], at: number): Rank {
  const longestHead = 12;
  for (const line of lines.slice(at, at + longestHead)) {
    const end = /[{;]/.exec(line)?.[0];
    if (end) return end === '{' ? 0 : 2;
  }
  return 2;
}

/** The best definition of a name. `near`: a file that is preferred among equals, and its library after it. */
export function findDefinition(files: ReadonlyMap<string, string>, name: string, near: string): Definition | undefined {
  if (!/^[A-Za-z_$][\w$]*$/.test(name)) return undefined;
  const folder = (path: string) => path.slice(0, path.lastIndexOf('/') + 1).replace(/include\/.*$/, '');
  let best: { score: number; definition: Definition } | undefined;
  for (const [file, text] of files) {
    if (!/\.[chsS]$/.test(file) || !text.includes(name)) continue;
    const lines = text.split('\n');
    const distance = file === near ? 0 : folder(file) === folder(near) ? 1 : 2;
    for (let at = 0; at < lines.length; at++) {
      const column = lines[at].indexOf(name);
      if (column < 0) continue;
      const rank = rankOf(name, lines, at, /\.[sS]$/.test(file));
      if (rank === undefined) continue;
      const score = rank * 3 + distance;
      if (!best || score < best.score) best = { score, definition: { file, line: at + 1, column: column + 1 } };
    }
  }
  return best?.definition;
}

/** The file that an `#include` names, as the pool's include folders have it. */
export function findIncluded(files: ReadonlyMap<string, string>, header: string, near: string): string | undefined {
  const beside = `${near.slice(0, near.lastIndexOf('/') + 1)}${header}`;
  if (files.has(beside)) return beside;
  const own = [...files.keys()].find((path) => path === header || path.endsWith(`/include/${header}`));
  return own ?? [...files.keys()].find((path) => path.endsWith(`/${header}`));
}
