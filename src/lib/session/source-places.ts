import { splitWorldPath } from '../toolchain/build/files.ts';
import { SourceMap } from '../toolchain/dwarf/source-map.ts';
import type { ElfFile } from '../toolchain/object/elf-reader.ts';
import type { SourcePlace } from './messages.ts';

/** A path of the build's world as the page names files: a project's own by their path, the pool's with `pool:` before it. */
export function pageFileName(worldPath: string): string {
  const { tree, path } = splitWorldPath(worldPath);
  if (tree === 'app' || tree === 'build') return path;
  return tree === 'pool' ? `pool:${path}` : worldPath;
}

/** Source lines of an image's code, from its debug information; it is read when somebody asks first. */
export class SourcePlaces {
  readonly #elf: ElfFile;
  #map: SourceMap | undefined;

  constructor(elf: ElfFile) {
    this.#elf = elf;
  }

  /** Where the code of a line begins, or of the next line of the file that some was made of. */
  startsOf(file: string, line: number): { line: number; addresses: number[] } | undefined {
    this.#map ??= new SourceMap(this.#elf);
    return this.#map.startsOf((path) => pageFileName(path) === file, line);
  }

  /** The line that the code at an address was made of, and after it the calls that were inlined around it; empty when that is not known. */
  at(address: number): SourcePlace[] {
    this.#map ??= new SourceMap(this.#elf);
    const frames = this.#map.frames(address);
    return frames.flatMap(({ function: name, file, line }) =>
      line > 0 ? [{ file: pageFileName(file), line, ...(name !== undefined ? { function: name } : {}) }] : [],
    );
  }
}
