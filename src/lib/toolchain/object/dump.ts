/** What is in an ELF file, as text in the manner of GNU objdump. */
import { disassemble } from '../../arm64/index.ts';
import { SHF, SHT } from './elf-format.ts';
import type { ElfFile, ElfRelocation, ElfSection, ElfSymbol } from './elf-reader.ts';
import { relocationByNumber } from './relocations.ts';

export type DumpOptions = {
  /** `-d` code; `-D` every section with contents. */
  disassemble?: 'code' | 'all';
  /** `-r`, within a disassembly or as tables of their own. */
  relocations?: boolean;
  /** `-h` */
  headers?: boolean;
  /** `-t` */
  symbols?: boolean;
  /** `-s` */
  contents?: boolean;
  /** `-f` */
  fileHeader?: boolean;
  /** `-j`: only these sections. */
  sections?: readonly string[];
  /** `--no-show-raw-insn` */
  withoutWords?: boolean;
};

export function dumpElf(elf: ElfFile, name: string, options: DumpOptions): string {
  const dump = new ElfDump(elf, options);
  return [`\n${name}:     file format elf64-littleaarch64`, ...dump.parts()].join('\n') + '\n';
}

const ET_EXEC = 2;
const ZEROS_WORTH_SKIPPING = 8;
const made = new Set<number>([SHT.null, SHT.symtab, SHT.strtab, SHT.rela, SHT.symtab_shndx]);

function address(value: bigint): string {
  return value.toString(16).padStart(16, '0');
}

class ElfDump {
  private readonly elf: ElfFile;
  private readonly options: DumpOptions;
  /** Named places of each section, by address. */
  private readonly places = new Map<number, ElfSymbol[]>();

  constructor(elf: ElfFile, options: DumpOptions) {
    this.elf = elf;
    this.options = options;
    const symbols = elf.symbols.length > 0 ? elf.symbols : elf.dynamicSymbols;
    for (const symbol of symbols) {
      if (typeof symbol.section !== 'number' || symbol.name === '' || symbol.type === 'file' || isMapping(symbol)) continue;
      const list = this.places.get(symbol.section);
      if (list) list.push(symbol);
      else this.places.set(symbol.section, [symbol]);
    }
    for (const list of this.places.values()) list.sort((a, b) => Number(a.value - b.value) || rank(b) - rank(a));
  }

  parts(): string[] {
    const { options } = this;
    const parts: string[] = [];
    if (options.fileHeader) parts.push(this.fileHeader());
    if (options.headers) parts.push(this.headers());
    if (options.symbols) parts.push(this.symbolTable());
    if (options.relocations && !options.disassemble) parts.push(...this.relocationTables());
    if (options.contents) parts.push(...this.contents());
    if (options.disassemble) parts.push(...this.disassembly());
    return parts;
  }

  private chosen(): ElfSection[] {
    const { sections } = this.options;
    return this.elf.sections.filter((section) => !made.has(section.type) && (!sections || sections.includes(section.name)));
  }

  private fileHeader(): string {
    return `architecture: aarch64, start address 0x${address(this.elf.entry)}\n`;
  }

  private headers(): string {
    const lines = ['', 'Sections:', 'Idx Name          Size      VMA               LMA               File off  Algn'];
    this.chosen().forEach((section, index) => {
      const load = this.loadAddress(section);
      const align = section.align > 1 ? Math.log2(section.align) : 0;
      lines.push(
        `${String(index).padStart(3)} ${section.name.padEnd(13)} ${section.size.toString(16).padStart(8, '0')}  ${address(section.address)}  ${address(load)}  ${section.offset.toString(16).padStart(8, '0')}  2**${align}`,
        `                  ${sectionWords(section).join(', ')}`,
      );
    });
    return lines.join('\n');
  }

  /** Where the segment that holds the section is loaded. */
  private loadAddress(section: ElfSection): bigint {
    const segment = this.elf.segments.find(
      ({ type, virtualAddress, memorySize }) =>
        type === 1 && section.address >= virtualAddress && section.address < virtualAddress + memorySize,
    );
    return segment && (section.flags & SHF.alloc) !== 0
      ? section.address - segment.virtualAddress + segment.physicalAddress
      : section.address;
  }

  private symbolTable(): string {
    const lines = ['', 'SYMBOL TABLE:'];
    for (const symbol of this.elf.symbols.slice(1)) {
      if (isMapping(symbol)) continue;
      const where =
        typeof symbol.section === 'number'
          ? this.elf.sections[symbol.section].name
          : { undefined: '*UND*', absolute: '*ABS*', common: '*COM*' }[symbol.section];
      const visibility = symbol.visibility === 'default' ? '' : `.${symbol.visibility} `;
      const name = symbol.type === 'section' && symbol.name === '' ? where : symbol.name;
      lines.push(
        `${address(symbol.section === 'common' ? symbol.size : symbol.value)} ${flagLetters(symbol)} ${where}\t${address(symbol.section === 'common' ? symbol.value : symbol.size)} ${visibility}${name}`,
      );
    }
    return lines.join('\n');
  }

  /** `digits`: at least so many in the addend. */
  private target({ symbol, addend }: ElfRelocation, digits = 1): string {
    const sign = addend === 0n ? '' : `${addend < 0n ? '-' : '+'}0x${(addend < 0n ? -addend : addend).toString(16).padStart(digits, '0')}`;
    if (!symbol) return `*ABS*${sign}`;
    const name = symbol.name === '' && typeof symbol.section === 'number' ? this.elf.sections[symbol.section].name : symbol.name;
    return `${name}${sign}`;
  }

  private relocationTables(): string[] {
    return this.chosen()
      .filter(({ relocations }) => relocations.length > 0)
      .map(({ name, relocations }) => {
        const rows = relocations.map(
          (relocation) => `${address(relocation.offset)} ${relocationName(relocation).padEnd(16)}  ${this.target(relocation, 16)}`,
        );
        return ['', `RELOCATION RECORDS FOR [${name}]:`, 'OFFSET           TYPE              VALUE', ...rows, ''].join('\n');
      });
  }

  private contents(): string[] {
    return this.chosen()
      .filter(({ bytes }) => bytes.length > 0)
      .map((section) => {
        const lines = [`Contents of section ${section.name}:`];
        const digits = Math.max(4, (section.address + BigInt(section.size)).toString(16).length);
        for (let at = 0; at < section.bytes.length; at += 16) {
          const row = section.bytes.subarray(at, at + 16);
          const words = Array.from({ length: 4 }, (_, i) => hex(row.subarray(i * 4, i * 4 + 4)).padEnd(8));
          const text = [...row].map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')).join('');
          lines.push(` ${(section.address + BigInt(at)).toString(16).padStart(digits, '0')} ${words.join(' ')}  ${text.padEnd(16)}`);
        }
        return lines.join('\n');
      });
  }

  private disassembly(): string[] {
    const all = this.options.disassemble === 'all';
    return this.chosen()
      .filter(({ flags, bytes }) => bytes.length > 0 && (all || (flags & SHF.exec) !== 0))
      .map((section) => `\n\nDisassembly of section ${section.name}:\n${this.sectionLines(section).join('\n')}`);
  }

  private sectionLines(section: ElfSection): string[] {
    const { bytes, index } = section;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const base = section.address;
    const labels = this.places.get(index) ?? [];
    const marks = this.elf.symbols
      .filter((symbol) => symbol.section === index && isMapping(symbol))
      .sort((a, b) => Number(a.value - b.value));
    const relocations = this.options.relocations ? [...section.relocations].sort((a, b) => Number(a.offset - b.offset)) : [];
    const width = addressWidth(base + BigInt(section.size));
    const symbolise = (target: bigint): string | undefined => this.nameOf(target, section);
    const lines: string[] = [];
    let isCode = marks.length === 0 ? (section.flags & SHF.exec) !== 0 : false;
    let [nextLabel, nextMark, nextRelocation] = [0, 0, 0];
    for (let at = 0; at < bytes.length;) {
      const here = base + BigInt(at);
      const labelled = labels[nextLabel]?.value <= here;
      if (labelled) {
        while (
          nextLabel + 1 < labels.length &&
          labels[nextLabel + 1].value <= here &&
          labels[nextLabel].value < labels[nextLabel + 1].value
        )
          nextLabel++;
        lines.push('', `${address(here)} <${labels[nextLabel].name}>:`);
        while (labels[nextLabel]?.value <= here) nextLabel++;
      } else if (at === 0) lines.push('', `${address(here)} <${section.name}>:`);
      while (marks[nextMark]?.value <= here) isCode = marks[nextMark++].name.startsWith('$x');
      const stop = Number(
        [labels[nextLabel]?.value, marks[nextMark]?.value, relocations[nextRelocation + 1]?.offset].reduce<bigint>(
          (least, value) => (value !== undefined && value > here && value < least ? value : least),
          base + BigInt(bytes.length),
        ) - base,
      );
      const zeros = this.zeroRun(bytes, at, stop, relocations[nextRelocation]?.offset, base);
      if (zeros > 0 && !isCode) {
        lines.push('\t...');
        at += zeros;
        continue;
      }
      const prefix = `${here.toString(16).padStart(width)}:\t`;
      let size = 4;
      if (isCode && at + 4 <= bytes.length) {
        const word = view.getUint32(at, true);
        const raw = this.options.withoutWords ? '' : `${word.toString(16).padStart(8, '0')} \t`;
        lines.push(`${prefix}${raw}${disassemble(word, here, symbolise)}`);
      } else {
        size = stop - at >= 4 && at % 4 === 0 ? 4 : stop - at >= 2 && at % 2 === 0 ? 2 : 1;
        const value = size === 4 ? view.getUint32(at, true) : size === 2 ? view.getUint16(at, true) : view.getUint8(at);
        const text = value.toString(16).padStart(size * 2, '0');
        const raw = this.options.withoutWords ? '' : `${text.padEnd({ 1: 12, 2: 10, 4: 9 }[size] ?? 0)}\t`;
        lines.push(`${prefix}${raw}${size === 4 ? '.word' : size === 2 ? '.short' : '.byte'}\t0x${text}`);
      }
      at += size;
      for (; relocations[nextRelocation]?.offset < base + BigInt(at); nextRelocation++) {
        const relocation = relocations[nextRelocation];
        lines.push(`\t\t\t${relocation.offset.toString(16)}: ${relocationName(relocation)}\t${this.target(relocation)}`);
      }
    }
    return lines;
  }

  /** Length of a run of zeros that is left out; 0 if it is short. */
  private zeroRun(bytes: Uint8Array, at: number, stop: number, relocation: bigint | undefined, base: bigint): number {
    const end = relocation !== undefined && relocation >= base + BigInt(at) ? Math.min(stop, Number(relocation - base)) : stop;
    let length = 0;
    while (at + length < end && bytes[at + length] === 0) length++;
    return length >= ZEROS_WORTH_SKIPPING ? length & ~3 : 0;
  }

  /** `symbol+0x8`: the nearest symbol at or below an address, of the same section if the file is an object. */
  private nameOf(target: bigint, section: ElfSection): string | undefined {
    const home =
      this.elf.type >= ET_EXEC
        ? (this.elf.sections.find((s) => (s.flags & SHF.alloc) !== 0 && target >= s.address && target < s.address + BigInt(s.size)) ??
          section)
        : section;
    const symbols = this.places.get(home.index) ?? [];
    let low = 0;
    for (let high = symbols.length; low < high;) {
      const middle = (low + high) >> 1;
      if (symbols[middle].value <= target) low = middle + 1;
      else high = middle;
    }
    let best = low - 1;
    while (best > 0 && symbols[best - 1].value === symbols[best].value) best--;
    if (best < 0) return undefined;
    const distance = target - symbols[best].value;
    return distance === 0n ? symbols[best].name : `${symbols[best].name}+0x${distance.toString(16)}`;
  }
}

/** Functions and objects name a place better than bare labels, global ones better than local ones. */
function rank({ type, binding }: ElfSymbol): number {
  return (type === 'func' ? 4 : type === 'object' ? 2 : type === 'section' ? -4 : 0) + (binding === 'local' ? 0 : 1);
}

/** AAELF64 5.5.5: where code and data begin. */
function isMapping({ name }: ElfSymbol): boolean {
  return /^\$[xd](\.|$)/.test(name);
}

function relocationName({ type }: ElfRelocation): string {
  return `R_AARCH64_${relocationByNumber(type)?.name ?? `number_${type}`}`;
}

/** As objdump: whole groups of four digits, leading zeros as spaces. */
function addressWidth(highest: bigint): number {
  return Math.max(4, Math.ceil(highest.toString(16).length / 4) * 4);
}

function hex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

function sectionWords(section: ElfSection): string[] {
  const { flags, type } = section;
  const allocated = (flags & SHF.alloc) !== 0;
  const inFile = type !== SHT.nobits;
  return [
    ...(inFile ? ['CONTENTS'] : []),
    ...(allocated ? ['ALLOC'] : []),
    ...(allocated && inFile ? ['LOAD'] : []),
    ...(section.relocations.length > 0 ? ['RELOC'] : []),
    ...((flags & SHF.write) === 0 ? ['READONLY'] : []),
    ...((flags & SHF.exec) !== 0 ? ['CODE'] : allocated && inFile ? ['DATA'] : []),
    ...(/^\.(debug|zdebug|line|stab)/.test(section.name) ? ['DEBUGGING'] : []),
    ...((flags & SHF.tls) !== 0 ? ['THREAD_LOCAL'] : []),
  ];
}

/** Seven columns: scope, weak, constructor, warning, indirect, debugging, kind. */
function flagLetters({ binding, section, type }: ElfSymbol): string {
  const scope =
    section === 'undefined' || section === 'common'
      ? ' '
      : binding === 'local'
        ? 'l'
        : binding === 'global'
          ? 'g'
          : binding === 'unique'
            ? 'u'
            : ' ';
  const kind = type === 'func' ? 'F' : type === 'file' ? 'f' : type === 'object' || type === 'common' ? 'O' : ' ';
  const indirect = type === 'gnu_ifunc' ? 'i' : ' ';
  const debugging = type === 'section' || type === 'file' ? 'd' : ' ';
  return `${scope}${binding === 'weak' ? 'w' : ' '}  ${indirect}${debugging}${section === 'common' ? 'O' : kind}`;
}
