/**
 * ELF-64 little-endian files (objects, executables, shared libraries) to plain data. The bytes are not trusted: every offset, count
 * and name is checked here, once, and what is made of them is bounded by the size of the file.
 */
import type { Problem, Result } from '../../problem.ts';
import {
  bindings,
  GRP_COMDAT,
  HEADER_SIZE,
  PROGRAM_HEADER_SIZE,
  RELA_SIZE,
  SECTION_HEADER_SIZE,
  SHN,
  SHT,
  SYMBOL_SIZE,
  symbolTypes,
  visibilities,
} from './elf-format.ts';

export type ElfRelocation = {
  /** In the section for objects, an address for executables. */
  offset: bigint;
  /** Number of the relocation type; see relocations.ts for names. */
  type: number;
  /** Undefined for symbol number 0: the addend stands alone. */
  symbol?: ElfSymbol;
  addend: bigint;
};

export type ElfSection = {
  index: number;
  name: string;
  /** SHT value. */
  type: number;
  /** SHF bits. */
  flags: number;
  address: bigint;
  /** In the file. */
  offset: number;
  /** In memory; `bytes` is empty for SHT_NOBITS. */
  size: number;
  link: number;
  info: number;
  align: number;
  entrySize: number;
  /** A view of the file. */
  bytes: Uint8Array;
  /** Those of the SHT_RELA sections whose sh_info names this section. */
  relocations: ElfRelocation[];
  /** Members of a SHT_GROUP. */
  group?: { signature: string; comdat: boolean; members: number[] };
};

export type ElfSegment = {
  /** PT value, e.g. 1 for PT_LOAD. */
  type: number;
  /** 1 execute, 2 write, 4 read. */
  flags: number;
  offset: number;
  virtualAddress: bigint;
  physicalAddress: bigint;
  fileSize: number;
  memorySize: bigint;
  align: bigint;
  bytes: Uint8Array;
};

export type ElfSymbol = {
  name: string;
  /** As in ObjectSymbol, or the number as text. */
  binding: string;
  type: string;
  visibility: (typeof visibilities)[number];
  value: bigint;
  size: bigint;
  section: 'undefined' | 'absolute' | 'common' | number;
};

export type ElfFile = {
  /** ET value: 1 relocatable, 2 executable, 3 shared or position independent. */
  type: number;
  /** EM value; 183 is AArch64. */
  machine: number;
  osAbi: number;
  flags: number;
  entry: bigint;
  sections: ElfSection[];
  segments: ElfSegment[];
  symbols: ElfSymbol[];
  dynamicSymbols: ElfSymbol[];
};

/** Names may overlap in a string table; together they may be this many times as long as the file. */
const NAME_EXPANSION = 64;

export function readElf(bytes: Uint8Array, name = 'ELF file'): Result<ElfFile> {
  try {
    return { ok: true, value: new ElfReader(bytes).read() };
  } catch (cause) {
    if (!(cause instanceof Malformed)) throw cause;
    const problem: Problem = { severity: 'error', message: `${name}: ${cause.message}` };
    return { ok: false, problems: [problem] };
  }
}

/** Leaves the reader at the first thing that is wrong; never leaves this file. */
class Malformed extends Error {}

class ElfReader {
  private readonly bytes: Uint8Array;
  private readonly view: DataView;
  private readonly decoder = new TextDecoder();
  private nameBudget: number;
  private entryBudget: number;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.nameBudget = bytes.length * NAME_EXPANSION;
    // Tables of entries of 24 bytes or more that do not overlap cannot hold more.
    this.entryBudget = bytes.length / 8;
  }

  read(): ElfFile {
    const { bytes, view } = this;
    if (bytes.length < HEADER_SIZE) throw new Malformed(`is ${bytes.length} bytes long, shorter than an ELF header`);
    if (view.getUint32(0) !== 0x7f454c46) throw new Malformed('does not begin with the ELF magic number');
    if (bytes[4] !== 2 || bytes[5] !== 1) throw new Malformed('is not 64-bit little-endian ELF');
    const sections = this.sections();
    const symbols = this.symbols(sections, SHT.symtab);
    const dynamicSymbols = this.symbols(sections, SHT.dynsym);
    this.relocations(sections, symbols, dynamicSymbols);
    this.groups(sections, symbols);
    return {
      type: view.getUint16(16, true),
      machine: view.getUint16(18, true),
      osAbi: bytes[7],
      flags: view.getUint32(48, true),
      entry: view.getBigUint64(24, true),
      sections,
      segments: this.segments(),
      symbols,
      dynamicSymbols,
    };
  }

  /** A file offset or size that must lie within the file. */
  private within(at: number, what: string): number {
    const value = this.view.getBigUint64(at, true);
    if (value > BigInt(this.bytes.length)) throw new Malformed(`${what} (0x${value.toString(16)}) lies beyond the end of the file`);
    return Number(value);
  }

  private slice(offset: number, size: number, what: string): Uint8Array {
    if (offset + size > this.bytes.length) throw new Malformed(`${what} runs beyond the end of the file`);
    return this.bytes.subarray(offset, offset + size);
  }

  private segments(): ElfSegment[] {
    const { view } = this;
    const table = this.within(32, 'offset of the program headers');
    const count = view.getUint16(56, true);
    if (count === 0) return [];
    if (view.getUint16(54, true) !== PROGRAM_HEADER_SIZE) throw new Malformed('has program headers of an unknown size');
    this.slice(table, count * PROGRAM_HEADER_SIZE, 'table of program headers');
    return Array.from({ length: count }, (_, i) => {
      const at = table + i * PROGRAM_HEADER_SIZE;
      const offset = this.within(at + 8, `offset of segment ${i}`);
      const fileSize = this.within(at + 32, `size of segment ${i}`);
      return {
        type: view.getUint32(at, true),
        flags: view.getUint32(at + 4, true),
        offset,
        virtualAddress: view.getBigUint64(at + 16, true),
        physicalAddress: view.getBigUint64(at + 24, true),
        fileSize,
        memorySize: view.getBigUint64(at + 40, true),
        align: view.getBigUint64(at + 48, true),
        bytes: this.slice(offset, fileSize, `segment ${i}`),
      };
    });
  }

  private sections(): ElfSection[] {
    const { view } = this;
    const table = this.within(40, 'offset of the section headers');
    if (table === 0) return [];
    if (view.getUint16(58, true) !== SECTION_HEADER_SIZE) throw new Malformed('has section headers of an unknown size');
    this.slice(table, SECTION_HEADER_SIZE, 'table of section headers');
    // With more than 0xff00 sections the count and the index of the names stand in section header 0.
    const count = view.getUint16(60, true) || this.within(table + 32, 'number of sections');
    this.slice(table, count * SECTION_HEADER_SIZE, 'table of section headers');
    const stated = view.getUint16(62, true);
    const names = stated === SHN.extended ? view.getUint32(table + 40, true) : stated;
    const sections = Array.from({ length: count }, (_, i) => this.section(table + i * SECTION_HEADER_SIZE, i));
    if (names !== 0) {
      const strings = this.stringTable(sections, names, 'section names');
      for (const section of sections) section.name = this.text(strings, view.getUint32(table + section.index * SECTION_HEADER_SIZE, true));
    }
    return sections;
  }

  private section(at: number, index: number): ElfSection {
    const { view } = this;
    const type = view.getUint32(at + 4, true);
    const inFile = type !== SHT.nobits && type !== SHT.null;
    const size = view.getBigUint64(at + 32, true);
    if (size > BigInt(Number.MAX_SAFE_INTEGER)) throw new Malformed(`section ${index} is 0x${size.toString(16)} bytes large`);
    const offset = inFile ? this.within(at + 24, `offset of section ${index}`) : 0;
    const align = view.getBigUint64(at + 48, true);
    if (align > 1n << 32n || (align & (align - 1n)) !== 0n) throw new Malformed(`section ${index} has alignment 0x${align.toString(16)}`);
    return {
      index,
      name: '',
      type,
      flags: Number(view.getBigUint64(at + 8, true) & 0xffffffffn),
      address: view.getBigUint64(at + 16, true),
      offset,
      size: Number(size),
      link: view.getUint32(at + 40, true),
      info: view.getUint32(at + 44, true),
      align: Number(align),
      entrySize: Number(BigInt.asUintN(32, view.getBigUint64(at + 56, true))),
      bytes: inFile ? this.slice(offset, Number(size), `section ${index}`) : this.bytes.subarray(0, 0),
      relocations: [],
    };
  }

  private stringTable(sections: ElfSection[], index: number, what: string): Uint8Array {
    const section = sections[index];
    if (!section || section.type !== SHT.strtab) throw new Malformed(`${what}: section ${index} is not a string table`);
    return section.bytes;
  }

  private text(strings: Uint8Array, at: number): string {
    const end = strings.indexOf(0, at);
    if (at >= strings.length || end < 0) throw new Malformed(`a name at 0x${at.toString(16)} lies outside its string table`);
    this.nameBudget -= end - at;
    if (this.nameBudget < 0) throw new Malformed('has overlapping names that are too long');
    return this.decoder.decode(strings.subarray(at, end));
  }

  private spend(entries: number): void {
    this.entryBudget -= entries;
    if (this.entryBudget < 0) throw new Malformed('has tables that overlap');
  }

  private symbols(sections: ElfSection[], type: number): ElfSymbol[] {
    const table = sections.find((section) => section.type === type);
    if (!table) return [];
    const count = Math.floor(table.size / SYMBOL_SIZE);
    this.spend(count);
    const strings = this.stringTable(sections, table.link, 'symbol names');
    const extended = sections.find((section) => section.type === SHT.symtab_shndx && section.link === table.index);
    const view = new DataView(table.bytes.buffer, table.bytes.byteOffset, table.bytes.byteLength);
    return Array.from({ length: count }, (_, i) => {
      const at = i * SYMBOL_SIZE;
      const info = view.getUint8(at + 4);
      const index = view.getUint16(at + 6, true);
      const section = this.symbolSection(index, i, extended, sections.length);
      return {
        name: this.text(strings, view.getUint32(at, true)),
        binding: bindings[info >> 4] ?? String(info >> 4),
        type: symbolTypes[info & 15] ?? String(info & 15),
        visibility: visibilities[view.getUint8(at + 5) & 3],
        value: view.getBigUint64(at + 8, true),
        size: view.getBigUint64(at + 16, true),
        section,
      };
    });
  }

  private symbolSection(index: number, symbol: number, extended: ElfSection | undefined, count: number): ElfSymbol['section'] {
    if (index === SHN.undefined) return 'undefined';
    if (index === SHN.absolute) return 'absolute';
    if (index === SHN.common) return 'common';
    let section = index;
    if (index === SHN.extended) {
      if (!extended || extended.bytes.length < symbol * 4 + 4) throw new Malformed(`symbol ${symbol} has no extended section index`);
      section = new DataView(extended.bytes.buffer, extended.bytes.byteOffset).getUint32(symbol * 4, true);
    }
    if (section >= count) throw new Malformed(`symbol ${symbol} lies in section ${section}, which does not exist`);
    return section;
  }

  private relocations(sections: ElfSection[], symbols: ElfSymbol[], dynamicSymbols: ElfSymbol[]): void {
    for (const table of sections) {
      if (table.type !== SHT.rela) continue;
      const target = sections[table.info];
      if (!target) throw new Malformed(`${table.name} applies to section ${table.info}, which does not exist`);
      const referred = sections[table.link]?.type === SHT.dynsym ? dynamicSymbols : symbols;
      const count = Math.floor(table.size / RELA_SIZE);
      this.spend(count);
      const view = new DataView(table.bytes.buffer, table.bytes.byteOffset, table.bytes.byteLength);
      for (let at = 0; at < count * RELA_SIZE; at += RELA_SIZE) {
        const index = view.getUint32(at + 12, true);
        const symbol = referred[index];
        if (index !== 0 && !symbol) throw new Malformed(`${table.name} refers to symbol ${index}, which does not exist`);
        const relocation: ElfRelocation = {
          offset: view.getBigUint64(at, true),
          type: view.getUint32(at + 8, true),
          addend: view.getBigInt64(at + 16, true),
        };
        if (index !== 0) relocation.symbol = symbol;
        target.relocations.push(relocation);
      }
    }
  }

  private groups(sections: ElfSection[], symbols: ElfSymbol[]): void {
    for (const section of sections) {
      if (section.type !== SHT.group) continue;
      const count = Math.floor(section.size / 4);
      this.spend(count);
      const view = new DataView(section.bytes.buffer, section.bytes.byteOffset, section.bytes.byteLength);
      const members = Array.from({ length: Math.max(count - 1, 0) }, (_, i) => view.getUint32(i * 4 + 4, true));
      const stray = members.find((member) => member >= sections.length);
      if (stray !== undefined) throw new Malformed(`${section.name} names section ${stray}, which does not exist`);
      const signature = symbols[section.info];
      if (!signature) throw new Malformed(`${section.name} has no signature symbol`);
      // GNU as names a group by a section symbol where the signature is a section's name.
      const name =
        signature.type === 'section' && typeof signature.section === 'number' ? sections[signature.section].name : signature.name;
      section.group = { signature: name, comdat: count > 0 && (view.getUint32(0, true) & GRP_COMDAT) !== 0, members };
    }
  }
}
