import { parseMap } from '../link/map.ts';
import type { ElfFile, ElfSection } from '../object/elf-reader.ts';
import { SHF, SHT } from '../object/elf-format.ts';
import type { ImagePiece } from './pieces.ts';
import type { ImageSection, ImageSymbol, LibraryFootprint } from './types.ts';

/** Name under which bytes stand that belong to no library: gaps for alignment and what the linker makes itself. */
export const linkerLibrary = '(linker)';

/** Sections of an image that take memory. Debug information and symbol tables are left out. */
export function imageSections(elf: ElfFile): ImageSection[] {
  return allocated(elf).map((section) => ({
    name: section.name,
    address: Number(section.address),
    size: section.size,
    flags: `A${section.flags & SHF.write ? 'W' : ''}${section.flags & SHF.exec ? 'X' : ''}`,
    inFile: section.type !== SHT.nobits,
  }));
}

/** See `BuildResult.imageBytes`. */
export function imageBytes(sections: readonly ImageSection[]): number {
  return sections.reduce((sum, section) => sum + (section.inFile ? section.size : 0), 0);
}

function allocated(elf: ElfFile): ElfSection[] {
  return elf.sections.filter((section) => (section.flags & SHF.alloc) !== 0 && section.size > 0);
}

/**
 * Bytes of the image by library, largest first. What no library's object brought (gaps, string literals that the linker merged) stands
 * under {@link linkerLibrary}.
 */
export function footprint(pieces: readonly ImagePiece[]): LibraryFootprint[] {
  const found = new Map<string, LibraryFootprint>();
  for (const { library = linkerLibrary, kind, size } of pieces) {
    const entry = found.get(library) ?? { name: library, bytes: 0, code: 0, readOnly: 0, data: 0, zeroed: 0 };
    found.set(library, entry);
    entry[kind] += size;
    if (kind !== 'zeroed') entry.bytes += size;
  }
  return [...found.values()].sort((a, b) => b.bytes - a.bytes || b.zeroed - a.zeroed || (a.name < b.name ? -1 : 1));
}

/** Functions and objects of an image by address, each with the library and object that it comes from. */
export function imageSymbols(elf: ElfFile, map: string, libraryOf: (object: string) => string | undefined): ImageSymbol[] {
  const inputs = parseMap(map)
    .sections.flatMap((section) => section.inputs)
    .map((input) => ({ start: Number(input.address), end: Number(input.address) + input.size, object: input.object }))
    .filter((input) => input.end > input.start && input.start > 0)
    .sort((a, b) => a.start - b.start);
  const inputAt = (address: number) => {
    let low = 0;
    let high = inputs.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((inputs[middle]?.end ?? 0) > address) high = middle;
      else low = middle + 1;
    }
    const input = inputs[low];
    return input && input.start <= address ? input : undefined;
  };
  const symbols: ImageSymbol[] = [];
  for (const symbol of elf.symbols) {
    if (typeof symbol.section !== 'number' || symbol.type === 'section' || symbol.type === 'file' || /^\$[xd]/.test(symbol.name)) continue;
    const section = elf.sections[symbol.section];
    if (!section || (section.flags & SHF.alloc) === 0) continue;
    const address = Number(symbol.value);
    const input = inputAt(address);
    const library = input && libraryOf(input.object);
    symbols.push({
      name: symbol.name,
      address,
      size: Number(symbol.size),
      section: section.name,
      kind: symbol.type === 'func' ? 'function' : symbol.type === 'object' ? 'object' : 'other',
      local: symbol.binding === 'local',
      ...(library ? { library } : {}),
      ...(input && library ? { object: input.object } : {}),
    });
  }
  return symbols.sort((a, b) => a.address - b.address || (a.name < b.name ? -1 : 1));
}
