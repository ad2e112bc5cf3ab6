/** Undoes what a pass has done to an object: a pass may turn out to have guessed sizes wrong, and bad input must leave nothing behind. */
import type { ObjectFile, ObjectSymbol, Section } from '../object/object.ts';

type SectionState = { size: number; align: number; entrySize: number; relocations: number; mapping: number; flags: Section['flags'] };

export class Journal {
  private readonly object: ObjectFile;
  private readonly sectionCount: number;
  private readonly sections = new Map<Section, SectionState>();
  private readonly symbols = new Map<ObjectSymbol, ObjectSymbol>();
  /** Names in the order of their entry, with what stood there before. */
  private readonly names: [name: string, before: ObjectSymbol | undefined][] = [];

  constructor(object: ObjectFile) {
    this.object = object;
    this.sectionCount = object.sections.length;
  }

  /** To be called before a section is written to. */
  section(section: Section): void {
    if (this.sections.has(section)) return;
    const { size, align, entrySize, relocations, mapping, flags } = section;
    this.sections.set(section, { size, align, entrySize, relocations: relocations.length, mapping: mapping.length, flags: { ...flags } });
  }

  /** To be called before a symbol is changed. */
  symbol(symbol: ObjectSymbol): void {
    if (!this.symbols.has(symbol)) this.symbols.set(symbol, { ...symbol });
  }

  /** Enters a symbol under a name. */
  enter(name: string, symbol: ObjectSymbol): void {
    this.names.push([name, this.object.symbols.get(name)]);
    this.object.symbols.set(name, symbol);
  }

  rollback(): void {
    for (const [section, { size, align, entrySize, relocations, mapping, flags }] of this.sections) {
      section.relocations.length = relocations;
      section.mapping.length = mapping;
      // What is appended is expected to overwrite, but alignment gaps rely on zeros.
      section.bytes.fill(0, size);
      Object.assign(section, { size, align, entrySize, flags });
    }
    this.object.sections.length = this.sectionCount;
    for (const [symbol, before] of this.symbols) {
      delete symbol.place;
      delete symbol.align;
      delete symbol.declared;
      Object.assign(symbol, before);
    }
    for (const [name, before] of this.names.reverse()) {
      if (before) this.object.symbols.set(name, before);
      else this.object.symbols.delete(name);
    }
  }
}
