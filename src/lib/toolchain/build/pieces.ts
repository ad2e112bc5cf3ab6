import { parseMap } from '../link/map.ts';
import type { ElfFile, ElfSection, ElfSymbol } from '../object/elf-reader.ts';
import { SHF, SHT } from '../object/elf-format.ts';

/** What the bytes of a section are: instructions, constants, variables with a value, variables that start as zero and take no room in the file. */
export type PieceKind = 'code' | 'readOnly' | 'data' | 'zeroed';

/** A stretch of the image with one owner: a function, a variable, merged string literals, a gap. */
export type ImagePiece = {
  start: number;
  size: number;
  kind: PieceKind;
  /** Of the image: `.text`. */
  section: string;
  /** Section of the object that it came in; absent for gaps. */
  inputSection?: string;
  /** As it was named to the linker; absent for what no library's object brought. */
  object?: string;
  library?: string;
  symbol?: string;
};

/** How an allocated section counts. */
export function pieceKind(section: Pick<ElfSection, 'type' | 'flags'>): PieceKind {
  if (section.type === SHT.nobits) return 'zeroed';
  if (section.flags & SHF.exec) return 'code';
  return section.flags & SHF.write ? 'data' : 'readOnly';
}

type Input = { start: number; end: number; name: string; object: string };
type Named = { start: number; end: number; name: string };

/**
 * Every byte of every section that takes memory, once, in order of address. The link map says which object brought it, the symbol table what
 * it is called. Without a map (an ELF file that somebody else linked) the symbols alone cut the sections.
 */
export function imagePieces(elf: ElfFile, map: string | undefined, libraryOf: (object: string) => string | undefined): ImagePiece[] {
  const parsed = parseMap(map ?? '');
  const inputsOf = new Map(parsed.sections.map(({ name, inputs }) => [name, inputs]));
  // Marks that the linker script sets, such as _etext, name a place and not what lies there.
  const marks = new Set([...parsed.symbols, ...parsed.sections.flatMap((section) => section.symbols)].map((symbol) => symbol.name));
  const symbols = new Map<number, ElfSymbol[]>();
  for (const symbol of elf.symbols) {
    if (typeof symbol.section !== 'number' || marks.has(symbol.name) || !canNameBytes(symbol)) continue;
    const list = symbols.get(symbol.section);
    if (list) list.push(symbol);
    else symbols.set(symbol.section, [symbol]);
  }
  return elf.sections
    .filter((section) => (section.flags & SHF.alloc) !== 0 && section.size > 0)
    .sort((a, b) => (a.address < b.address ? -1 : 1))
    .flatMap((section) => {
      const start = Number(section.address);
      const inputs = (inputsOf.get(section.name) ?? []).map(
        (input): Input => ({
          start: Number(input.address),
          end: Number(input.address) + input.size,
          name: input.section,
          object: input.object,
        }),
      );
      return cutSection(section, withGaps(inputs, start, start + section.size), symbols.get(section.index) ?? [], libraryOf);
    });
}

/** Symbols of functions, variables and assembly labels; not those of sections, files, and `$x`/`$d`, which mark code and data. */
function canNameBytes(symbol: ElfSymbol): boolean {
  return symbol.type !== 'section' && symbol.type !== 'file' && symbol.type !== 'tls' && !/^(\$[xd]|\.L|$)/.test(symbol.name);
}

/** Inputs in order, cut so that none overlap, with stretches without an object between them. */
function withGaps(inputs: readonly Input[], start: number, end: number): (Input | Named)[] {
  const stretches: (Input | Named)[] = [];
  let at = start;
  for (const input of [...inputs].sort((a, b) => a.start - b.start || a.end - b.end)) {
    const from = Math.max(input.start, at);
    const to = Math.min(input.end, end);
    if (to <= from) continue;
    if (from > at) stretches.push({ start: at, end: from, name: '' });
    stretches.push({ ...input, start: from, end: to });
    at = to;
  }
  if (at < end) stretches.push({ start: at, end, name: '' });
  return stretches;
}

function cutSection(
  section: ElfSection,
  stretches: readonly (Input | Named)[],
  symbols: readonly ElfSymbol[],
  libraryOf: (object: string) => string | undefined,
): ImagePiece[] {
  const kind = pieceKind(section);
  const pieces: ImagePiece[] = [];
  const sorted = [...symbols].sort(bySeniority);
  let next = 0;
  for (const stretch of stretches) {
    while (next < sorted.length && Number(sorted[next].value) < stretch.start) next++;
    const named: Named[] = [];
    for (let at = stretch.start; next < sorted.length && Number(sorted[next].value) < stretch.end; next++) {
      const { value, size, name } = sorted[next];
      const start = Number(value);
      if (start < at) continue;
      // Labels of assembly have no size: they reach to the next one.
      const following = size > 0n ? undefined : sorted.slice(next + 1).find((s) => s.value > value);
      const end = Math.min(stretch.end, size > 0n ? start + Number(size) : Number(following?.value ?? stretch.end));
      named.push({ start, end, name });
      at = end;
    }
    const object = 'object' in stretch ? stretch.object : undefined;
    const library = object === undefined ? undefined : libraryOf(object);
    const owner = {
      kind,
      section: section.name,
      ...('object' in stretch ? { inputSection: stretch.name } : {}),
      ...(library !== undefined ? { object, library } : {}),
    };
    let at = stretch.start;
    for (const { start, end, name } of [...named, { start: stretch.end, end: stretch.end, name: '' }]) {
      if (start > at) pieces.push({ start: at, size: start - at, ...owner });
      if (end > start) pieces.push({ start, size: end - start, ...owner, symbol: name });
      at = end;
    }
  }
  return pieces;
}

/** By address; of several names for one address the one that has a size, is a function or object, and is global. */
function bySeniority(a: ElfSymbol, b: ElfSymbol): number {
  if (a.value !== b.value) return a.value < b.value ? -1 : 1;
  const rank = (s: ElfSymbol) => (s.size > 0n ? 0 : 4) + (s.type === 'func' || s.type === 'object' ? 0 : 2) + (s.binding === 'local' ? 1 : 0);
  return rank(a) - rank(b) || (a.name < b.name ? -1 : 1);
}
