import { SHF } from './elf-format.ts';
import type { ElfFile } from './elf-reader.ts';

export type CodeSymbol = { name: string; start: bigint; end: bigint };

/** Functions and labels of an ELF file's code by its symbol table: what assembly has of names, where debug information has none. */
export class CodeSymbols {
  readonly #symbols: readonly CodeSymbol[];

  constructor(elf: ElfFile) {
    const isCode = (section: unknown) => typeof section === 'number' && ((elf.sections[section]?.flags ?? 0) & SHF.exec) !== 0;
    this.#symbols = elf.symbols
      .filter(({ name, type, section }) => isCode(section) && (type === 'func' || type === 'none') && !/^(\$|$)/.test(name))
      .map(({ name, value, size }) => ({ name, start: value, end: value + size }))
      // Of several at one address the last is found: the one with a size.
      .sort((a, b) => Number(a.start - b.start || a.end - b.end));
  }

  /** The symbol whose code an address is in; one without a size goes on to the next. */
  at(address: bigint): CodeSymbol | undefined {
    const found = this.#symbols[firstAfter(this.#symbols, address) - 1];
    return found && (address < found.end || found.end === found.start) ? found : undefined;
  }

  named(name: string): CodeSymbol | undefined {
    return this.#symbols.find((symbol) => symbol.name === name);
  }
}

/** Number of the first element that starts behind an address. */
export function firstAfter<Address extends number | bigint>(sorted: readonly { start: Address }[], address: Address): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle].start <= address) low = middle + 1;
    else high = middle;
  }
  return low;
}
