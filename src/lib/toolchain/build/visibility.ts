import type { Problem } from '../../problem.ts';
import { HEADER_SIZE, SECTION_HEADER_SIZE, SHN, SHT, SYMBOL_SIZE } from '../object/elf-format.ts';
import type { PlannedLibrary } from './types.ts';

/** Between library and symbol in the name of a symbol that its library keeps to itself; no assembler or C name has it. */
const separator = '\u00b7';

type SymbolEntry = { at: number; name: string; isDefined: boolean };

/**
 * Keeps symbols that a library does not export (exportsyms.uk, localsyms.uk) from other libraries.
 *
 * Unikraft links each library's objects into one and makes the others local there. We give them a name that only the library's own objects
 * know, which has the same effect on linking, leaves every section separate for `--gc-sections`, and needs no link per library.
 * {@link publicName} undoes it for people.
 */
export function hideSymbols(library: PlannedLibrary, objects: readonly Uint8Array[]): { objects: Uint8Array[]; hidden: Set<string> } {
  const parsed = objects.map(globalSymbols);
  const defined = new Set(parsed.flatMap((symbols) => symbols.filter((s) => s.isDefined).map((s) => s.name)));
  const exports = library.exports && new Set(library.exports);
  const locals = new Set(library.locals);
  const hidden = new Set([...defined].filter((name) => locals.has(name) || (exports !== undefined && !exports.has(name))));
  if (hidden.size === 0) return { objects: [...objects], hidden };
  return {
    objects: objects.map((bytes, i) =>
      renamed(
        bytes,
        (parsed[i] ?? []).filter((s) => hidden.has(s.name)),
        (name) => `${library.name}${separator}${name}`,
      ),
    ),
    hidden,
  };
}

/** The name as the source has it. */
export function publicName(name: string): string {
  return name.slice(name.indexOf(separator) + 1);
}

/** A message in which hidden names stand as the source has them. */
export function withPublicNames(problem: Problem): Problem {
  const text = (words: string) => words.replace(new RegExp(`[\\w.+-]+${separator}`, 'gu'), '');
  return { ...problem, message: text(problem.message), ...(problem.hint ? { hint: text(problem.hint) } : {}) };
}

/** The linked executable with hidden symbols under the names that the sources have. */
export function restoreNames(elf: Uint8Array): Uint8Array {
  const symbols = globalSymbols(elf).filter((symbol) => symbol.name.includes(separator));
  return symbols.length === 0 ? elf : renamed(elf, symbols, publicName);
}

type Tables = { symbolsAt: number; symbolCount: number; stringsHeaderAt: number; stringsAt: number; stringsSize: number };

/** Where symbol and string table lie. Objects come from our own writer and executables from lld: their structure is known to be sound. */
function tables(bytes: Uint8Array): Tables | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < HEADER_SIZE || view.getUint32(0) !== 0x7f454c46) return undefined;
  const tableAt = Number(view.getBigUint64(40, true));
  const count = view.getUint16(60, true);
  for (let i = 0; i < count; i++) {
    const at = tableAt + i * SECTION_HEADER_SIZE;
    if (view.getUint32(at + 4, true) !== SHT.symtab) continue;
    const stringsHeaderAt = tableAt + view.getUint32(at + 40, true) * SECTION_HEADER_SIZE;
    return {
      symbolsAt: Number(view.getBigUint64(at + 24, true)),
      symbolCount: Number(view.getBigUint64(at + 32, true)) / SYMBOL_SIZE,
      stringsHeaderAt,
      stringsAt: Number(view.getBigUint64(stringsHeaderAt + 24, true)),
      stringsSize: Number(view.getBigUint64(stringsHeaderAt + 32, true)),
    };
  }
  return undefined;
}

/** Symbols that other objects can see or that other objects must provide, and hidden ones in an executable, which lld makes local. */
function globalSymbols(bytes: Uint8Array): SymbolEntry[] {
  const found = tables(bytes);
  if (!found) return [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const decoder = new TextDecoder();
  const symbols: SymbolEntry[] = [];
  for (let i = 1; i < found.symbolCount; i++) {
    const at = found.symbolsAt + i * SYMBOL_SIZE;
    if (view.getUint8(at + 4) >> 4 === 0) continue;
    const from = found.stringsAt + view.getUint32(at, true);
    const name = decoder.decode(bytes.subarray(from, bytes.indexOf(0, from)));
    symbols.push({ at, name, isDefined: view.getUint16(at + 6, true) !== SHN.undefined });
  }
  return symbols;
}

/** The file with other names for some symbols: a longer string table goes to the end, and everything else stays where it is. */
function renamed(bytes: Uint8Array, symbols: readonly SymbolEntry[], change: (name: string) => string): Uint8Array {
  const found = tables(bytes);
  if (!found || symbols.length === 0) return bytes;
  const added = symbols.map((symbol) => new TextEncoder().encode(`${change(symbol.name)}\0`));
  const addedSize = added.reduce((sum, name) => sum + name.length, 0);
  const out = new Uint8Array(bytes.length + found.stringsSize + addedSize);
  out.set(bytes);
  out.set(bytes.subarray(found.stringsAt, found.stringsAt + found.stringsSize), bytes.length);
  const view = new DataView(out.buffer);
  let at = found.stringsSize;
  symbols.forEach((symbol, i) => {
    view.setUint32(symbol.at, at, true);
    const name = added[i] ?? new Uint8Array();
    out.set(name, bytes.length + at);
    at += name.length;
  });
  view.setBigUint64(found.stringsHeaderAt + 24, BigInt(bytes.length), true);
  view.setBigUint64(found.stringsHeaderAt + 32, BigInt(at), true);
  return out;
}
