/**
 * A relocatable object under construction: what the assembler and the code generator write into, and the
 * ELF writer and the assembly printer read. Offsets and sizes are in bytes.
 */
/** A number is any other SHT value. */
export type SectionType = 'progbits' | 'nobits' | 'note' | 'init_array' | 'fini_array' | 'preinit_array' | number;

export type SectionFlags = {
  alloc?: boolean;
  write?: boolean;
  exec?: boolean;
  merge?: boolean;
  strings?: boolean;
  tls?: boolean;
  retain?: boolean;
  exclude?: boolean;
  /** COMDAT group by its signature symbol. */
  group?: string;
  /** The members of the group stay together, but copies in other objects are not dropped. */
  nodeduplicate?: boolean;
  /** SHF_LINK_ORDER: name of the section it belongs to. */
  linkedTo?: string;
};

/** A place in a section that the linker (or the writer, for symbols of the same section that cannot be preempted) fills in. */
export type Relocation = {
  offset: number;
  /** ELF for the Arm 64-bit Architecture name without the prefix, e.g. `CALL26`, `ADR_PREL_PG_HI21`, `ADD_ABS_LO12_NC`, `ABS64`, `PREL32`. */
  type: string;
  symbol: ObjectSymbol;
  addend: bigint;
};

export type Section = {
  name: string;
  type: SectionType;
  flags: SectionFlags;
  align: number;
  entrySize: number;
  /** Contents so far; grown by {@link appendBytes}. For nobits only `size` counts. */
  bytes: Uint8Array;
  size: number;
  relocations: Relocation[];
  /** Ranges of data within an executable section (ELF mapping symbols `$d`, `$x`). */
  mapping: { offset: number; kind: 'code' | 'data' }[];
};

export type ObjectSymbol = {
  name: string;
  binding: 'local' | 'global' | 'weak' | 'unique';
  visibility: 'default' | 'hidden' | 'internal' | 'protected';
  type: 'none' | 'object' | 'func' | 'tls' | 'section' | 'file' | 'gnu_ifunc' | 'common';
  /** Undefined: refers to another object. `absolute`: the value itself. */
  place?: { section: Section; offset: number } | { absolute: bigint };
  size: bigint;
  /** Alignment of a common symbol. */
  align?: number;
  /** Local to the object and left out of the symbol table (`.L` names), as GNU as does. */
  temporary: boolean;
  /** Stands in the symbol table even if undefined and never referred to (`.global NAME` pulls NAME out of an archive). */
  declared?: boolean;
};

export type ObjectFile = {
  sourceFile: string;
  sections: Section[];
  symbols: Map<string, ObjectSymbol>;
};

export function createObject(sourceFile: string): ObjectFile {
  return { sourceFile, sections: [], symbols: new Map() };
}

/** The section of that name and group, made on first use. */
export function sectionOf(object: ObjectFile, name: string, type: SectionType, flags: SectionFlags, align = 1, entrySize = 0): Section {
  let found = object.sections.find((s) => s.name === name && s.flags.group === flags.group && s.flags.linkedTo === flags.linkedTo);
  if (!found) {
    found = { name, type, flags, align, entrySize, bytes: new Uint8Array(256), size: 0, relocations: [], mapping: [] };
    object.sections.push(found);
  }
  found.align = Math.max(found.align, align);
  return found;
}

/** The symbol of that name, made undefined and global on first use (temporary and local for `.L` names). */
export function symbolOf(object: ObjectFile, name: string): ObjectSymbol {
  let found = object.symbols.get(name);
  if (!found) {
    const temporary = name.startsWith('.L');
    found = { name, binding: temporary ? 'local' : 'global', visibility: 'default', type: 'none', size: 0n, temporary };
    object.symbols.set(name, found);
  }
  return found;
}

/**
 * To be called before code or data is appended: keeps the section's mapping. Data at the start of a section is marked only when
 * code follows it, so sections of data alone have no marks.
 */
export function markContents(section: Section, kind: 'code' | 'data'): void {
  const { mapping, size } = section;
  const last = mapping.at(-1);
  if (last?.kind === kind || (!last && kind === 'data')) return;
  if (!last && size > 0) mapping.push({ offset: 0, kind: 'data' });
  if (last?.offset === size) mapping.pop();
  if (mapping.at(-1)?.kind !== kind) mapping.push({ offset: size, kind });
}

/** Appends bytes and gives the offset at which they stand. */
export function appendBytes(section: Section, bytes: Uint8Array): number {
  const at = section.size;
  reserve(section, bytes.length);
  section.bytes.set(bytes, at);
  section.size += bytes.length;
  return at;
}

/** Appends one little-endian 32-bit word and gives its offset. */
export function appendWord(section: Section, word: number): number {
  const at = section.size;
  reserve(section, 4);
  section.bytes[at] = word;
  section.bytes[at + 1] = word >>> 8;
  section.bytes[at + 2] = word >>> 16;
  section.bytes[at + 3] = word >>> 24;
  section.size += 4;
  return at;
}

function reserve(section: Section, extra: number): void {
  if (section.size + extra <= section.bytes.length) return;
  const grown = new Uint8Array(Math.max(section.bytes.length * 2, section.size + extra));
  grown.set(section.bytes.subarray(0, section.size));
  section.bytes = grown;
}
