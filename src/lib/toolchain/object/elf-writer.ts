/**
 * ObjectFile to the bytes of an ELF-64 AArch64 relocatable object (System V ABI; AAELF64).
 *
 * As GNU as does it: references to local symbols become section symbol + addend (so `.L` names need no entry), PC-relative references to
 * a local symbol of the same section are filled in here, everything else is left to the linker. References through the GOT keep
 * their symbol, because a GOT entry belongs to a symbol and not to section + addend.
 * The order of the bytes depends only on the order of sections, symbols and relocations in the object.
 */
import type { Problem, Result } from '../../problem.ts';
import {
  bindings,
  ELFOSABI_GNU,
  EM_AARCH64,
  ET_REL,
  GRP_COMDAT,
  HEADER_SIZE,
  RELA_SIZE,
  SECTION_HEADER_SIZE,
  SHF,
  SHN,
  SHT,
  SYMBOL_SIZE,
  symbolTypes,
  visibilities,
} from './elf-format.ts';
import type { ObjectFile, ObjectSymbol, Relocation, Section } from './object.ts';
import { fieldSize, patchField, relocationByName, relocationMisfit, type RelocationKind } from './relocations.ts';

/** One section header and its contents. `link` and `info` are filled in when indices are known. */
type OutputSection = {
  name: string;
  type: number;
  flags: number;
  align: number;
  entrySize: number;
  bytes: Uint8Array;
  size: number;
  link: number;
  info: number;
  index: number;
};

/** A symbol table entry. `section` undefined: `index` is one of the reserved section numbers. */
type OutputSymbol = { name: string; info: number; other: number; section?: OutputSection; reserved: number; value: bigint; size: bigint };

/** What a relocation refers to once local symbols are reduced to their sections. */
type Pending = { offset: number; kind: RelocationKind; target: ObjectSymbol | Section | undefined; addend: bigint };

export function writeElf(object: ObjectFile): Result<Uint8Array> {
  const writer = new ElfWriter(object);
  return writer.write();
}

class ElfWriter {
  private readonly problems: Problem[] = [];
  private readonly outputs: OutputSection[] = [];
  private readonly outputOf = new Map<Section, OutputSection>();
  private readonly pending = new Map<Section, Pending[]>();
  /** Contents of sections in which references were filled in. */
  private readonly resolved = new Map<Section, Uint8Array>();
  private readonly symbolIndex = new Map<ObjectSymbol | Section, number>();
  private readonly referenced = new Set<ObjectSymbol>();
  /** Referred to as thread-local variables, which undefined ones show only so. */
  private readonly threadLocal = new Set<ObjectSymbol>();
  private readonly usedSections = new Set<Section>();
  private readonly object: ObjectFile;
  private needsGnuAbi = false;

  constructor(object: ObjectFile) {
    this.object = object;
  }

  write(): Result<Uint8Array> {
    for (const section of this.object.sections) this.reduceRelocations(section);
    const groups = this.planSections();
    const symbols = this.symbols(groups);
    if (this.problems.length > 0) return { ok: false, problems: this.problems };

    const symtab = this.add('.symtab', SHT.symtab, 0, 8, SYMBOL_SIZE);
    const extended = this.outputs.length + 3 > SHN.reserved ? this.add('.symtab_shndx', SHT.symtab_shndx, 0, 4, 4) : undefined;
    const strtab = this.add('.strtab', SHT.strtab, 0, 1, 0);
    const shstrtab = this.add('.shstrtab', SHT.strtab, 0, 1, 0);
    this.fillSymbolTable(symbols, symtab, strtab, extended);
    for (const group of groups.values()) {
      group.output.link = symtab.index;
      group.output.info = group.symbol;
    }
    this.fillRelocationSections(symtab);
    return { ok: true, value: this.lay(shstrtab) };
  }

  private add(name: string, type: number, flags: number, align: number, entrySize: number): OutputSection {
    const output = { name, type, flags, align, entrySize, bytes: new Uint8Array(0), size: 0, link: 0, info: 0, index: this.outputs.length };
    this.outputs.push(output);
    return output;
  }

  /** Resolves what can be resolved in the section, and decides what the rest refers to. */
  private reduceRelocations(section: Section): void {
    const rest: Pending[] = [];
    let bytes: Uint8Array | undefined;
    for (const relocation of section.relocations) {
      const kind = this.kindOf(section, relocation);
      if (!kind) continue;
      const { symbol } = relocation;
      const place = symbol.place;
      if (!place && symbol.binding === 'local') {
        const what = symbol.temporary ? 'label' : 'local symbol';
        this.problems.push({
          severity: 'error',
          message: `${what} '${symbol.name}' is used in section '${section.name}' but never defined`,
        });
        continue;
      }
      const local = symbol.binding === 'local' && place !== undefined && 'section' in place;
      if (local && kind.value === 'relative' && place.section === section) {
        // A copy: writing an object twice must give the same bytes twice.
        bytes ??= section.bytes.slice(0, section.size);
        this.resolve(section, bytes, kind, relocation, BigInt(place.offset - relocation.offset) + relocation.addend);
        continue;
      }
      if (local && this.reducible(kind, section, place.section, relocation.addend)) {
        this.usedSections.add(place.section);
        rest.push({ offset: relocation.offset, kind, target: place.section, addend: relocation.addend + BigInt(place.offset) });
      } else if (place && 'absolute' in place && symbol.binding === 'local') {
        rest.push({ offset: relocation.offset, kind, target: undefined, addend: relocation.addend + place.absolute });
      } else {
        this.referenced.add(symbol);
        if (kind.value === 'tls') this.threadLocal.add(symbol);
        rest.push({ offset: relocation.offset, kind, target: symbol, addend: relocation.addend });
      }
    }
    rest.sort((a, b) => a.offset - b.offset);
    this.pending.set(section, rest);
    if (bytes) this.resolved.set(section, bytes);
  }

  private kindOf(section: Section, relocation: Relocation): RelocationKind | undefined {
    const kind = relocationByName(relocation.type);
    // Both are mistakes of the producer, not of the person whose program it is.
    if (!kind) throw new Error(`no relocation is called ${relocation.type}`);
    if (relocation.offset < 0 || relocation.offset + fieldSize(kind.field) > section.size)
      throw new Error(
        `relocation ${relocation.type} at ${relocation.offset} lies outside section ${section.name} of ${section.size} bytes`,
      );
    return kind;
  }

  private reducible(kind: RelocationKind, from: Section, target: Section, addend: bigint): boolean {
    if (kind.value === 'got' || kind.value === 'tls' || target.flags.tls) return false;
    // The linker may drop a group, or move the pieces of a mergeable section apart: then only the symbol says which piece is meant.
    // Debug information and frames speak of the code of this object, and end with it.
    const ofThisObject = from.flags.alloc !== true || from.name === '.eh_frame';
    if (target.flags.group !== undefined && !target.flags.nodeduplicate && target !== from && !ofThisObject) return false;
    return !(target.flags.merge && addend !== 0n);
  }

  private resolve(section: Section, bytes: Uint8Array, kind: RelocationKind, relocation: Relocation, value: bigint): void {
    const misfit = relocationMisfit(kind, value);
    if (misfit) {
      const message = `the distance from ${section.name}+0x${relocation.offset.toString(16)} to '${relocation.symbol.name}' (${value}) ${misfit} of ${kind.name}`;
      this.problems.push({ severity: 'error', message });
    } else patchField(kind, bytes, relocation.offset, value);
  }

  /** Headers for groups, then for every section, each followed by its relocations. */
  private planSections(): Map<string, { output: OutputSection; symbol: number }> {
    this.add('', SHT.null, 0, 0, 0);
    const groups = new Map<string, { output: OutputSection; symbol: number }>();
    for (const { flags } of this.object.sections)
      if (flags.group !== undefined && !groups.has(flags.group))
        groups.set(flags.group, { output: this.add('.group', SHT.group, 0, 4, 4), symbol: 0 });
    const members = new Map<string, number[]>();
    const comdat = new Set<string>();
    for (const section of this.object.sections) {
      const output = this.add(section.name, typeNumber(section), flagBits(section), Math.max(section.align, 1), section.entrySize);
      if (section.flags.retain) this.needsGnuAbi = true;
      output.bytes = section.type === 'nobits' ? output.bytes : (this.resolved.get(section) ?? section.bytes.subarray(0, section.size));
      output.size = section.size;
      this.outputOf.set(section, output);
      const own = [output.index];
      if ((this.pending.get(section)?.length ?? 0) > 0) {
        const rela = this.add(`.rela${section.name}`, SHT.rela, SHF.infoLink | (output.flags & SHF.group), 8, RELA_SIZE);
        rela.info = output.index;
        own.push(rela.index);
      }
      const { group } = section.flags;
      if (group !== undefined) {
        members.set(group, [...(members.get(group) ?? []), ...own]);
        if (!section.flags.nodeduplicate) comdat.add(group);
      }
    }
    for (const section of this.object.sections) this.linkOrder(section);
    for (const [name, { output }] of groups) {
      output.bytes = words([comdat.has(name) ? GRP_COMDAT : 0, ...(members.get(name) ?? [])]);
      output.size = output.bytes.length;
    }
    return groups;
  }

  private linkOrder(section: Section): void {
    const { linkedTo, group } = section.flags;
    if (linkedTo === undefined) return;
    const named = this.object.sections.filter((s) => s.name === linkedTo);
    const target = named.find((s) => s.flags.group === group) ?? named[0];
    if (!target)
      this.problems.push({
        severity: 'error',
        message: `section '${section.name}' is linked to section '${linkedTo}', which does not exist`,
      });
    else this.output(section).link = this.output(target).index;
  }

  private output(section: Section): OutputSection {
    const output = this.outputOf.get(section);
    if (!output) throw new Error(`section ${section.name} is not in the object`);
    return output;
  }

  /** The symbol table: file, section and local symbols, then the others; indices of what relocations refer to. */
  private symbols(groups: Map<string, { output: OutputSection; symbol: number }>): { entries: OutputSymbol[]; firstGlobal: number } {
    const entries: OutputSymbol[] = [{ name: '', info: 0, other: 0, reserved: SHN.undefined, value: 0n, size: 0n }];
    if (this.object.sourceFile !== '')
      entries.push({
        name: this.object.sourceFile,
        info: symbolInfo('local', 'file'),
        other: 0,
        reserved: SHN.absolute,
        value: 0n,
        size: 0n,
      });
    for (const section of this.object.sections) {
      if (!this.usedSections.has(section)) continue;
      this.symbolIndex.set(section, entries.length);
      entries.push({
        name: '',
        info: symbolInfo('local', 'section'),
        other: 0,
        section: this.output(section),
        reserved: 0,
        value: 0n,
        size: 0n,
      });
    }
    const wanted = [...this.object.symbols.values()].filter((symbol) => this.isWanted(symbol));
    const locals = wanted.filter((symbol) => symbol.binding === 'local');
    for (const symbol of locals) this.symbolIndex.set(symbol, entries.push(this.entry(symbol)) - 1);
    for (const section of this.object.sections) entries.push(...this.mappingSymbols(section));
    for (const [name, group] of groups) {
      const signature = wanted.find((symbol) => symbol.name === name);
      if (signature && signature.binding !== 'local') continue;
      group.symbol = (signature && this.symbolIndex.get(signature)) ?? entries.length;
      if (!signature)
        entries.push({ name, info: symbolInfo('local', 'none'), other: 0, section: group.output, reserved: 0, value: 0n, size: 0n });
    }
    const firstGlobal = entries.length;
    for (const symbol of wanted) {
      if (symbol.binding === 'local') continue;
      this.symbolIndex.set(symbol, entries.length);
      const group = groups.get(symbol.name);
      if (group) group.symbol = entries.length;
      entries.push(this.entry(symbol));
    }
    return { entries, firstGlobal };
  }

  private isWanted(symbol: ObjectSymbol): boolean {
    if (this.referenced.has(symbol)) return true;
    if (symbol.temporary && symbol.binding === 'local') return false;
    return symbol.place !== undefined || symbol.type === 'common' || (symbol.declared === true && symbol.binding !== 'weak');
  }

  private entry(symbol: ObjectSymbol): OutputSymbol {
    const { name, place, size } = symbol;
    if (symbol.binding === 'unique' || symbol.type === 'gnu_ifunc') this.needsGnuAbi = true;
    const other = visibilities.indexOf(symbol.visibility);
    if (!place) {
      const common = symbol.type === 'common';
      const info = symbolInfo(symbol.binding, common ? 'object' : this.threadLocal.has(symbol) ? 'tls' : symbol.type);
      return { name, info, other, reserved: common ? SHN.common : SHN.undefined, value: common ? BigInt(symbol.align ?? 1) : 0n, size };
    }
    if ('absolute' in place)
      return {
        name,
        info: symbolInfo(symbol.binding, symbol.type),
        other,
        reserved: SHN.absolute,
        value: BigInt.asUintN(64, place.absolute),
        size,
      };
    const type = place.section.flags.tls && (symbol.type === 'none' || symbol.type === 'object') ? 'tls' : symbol.type;
    return {
      name,
      info: symbolInfo(symbol.binding, type),
      other,
      section: this.output(place.section),
      reserved: 0,
      value: BigInt(place.offset),
      size,
    };
  }

  /** AAELF64 5.5.5: `$x` where code begins, `$d` where data begins. */
  private mappingSymbols(section: Section): OutputSymbol[] {
    const info = symbolInfo('local', 'none');
    return section.mapping.map(({ offset, kind }) => ({
      name: kind === 'code' ? '$x' : '$d',
      info,
      other: 0,
      section: this.output(section),
      reserved: 0,
      value: BigInt(offset),
      size: 0n,
    }));
  }

  private fillSymbolTable(
    symbols: { entries: OutputSymbol[]; firstGlobal: number },
    symtab: OutputSection,
    strtab: OutputSection,
    extended: OutputSection | undefined,
  ): void {
    const names = new StringTable();
    const view = new DataView(new ArrayBuffer(symbols.entries.length * SYMBOL_SIZE));
    const indices: number[] = [];
    symbols.entries.forEach((symbol, i) => {
      const at = i * SYMBOL_SIZE;
      const index = symbol.section ? symbol.section.index : symbol.reserved;
      const tooLarge = symbol.section !== undefined && index >= SHN.reserved;
      indices.push(tooLarge ? index : 0);
      view.setUint32(at, names.add(symbol.name), true);
      view.setUint8(at + 4, symbol.info);
      view.setUint8(at + 5, symbol.other);
      view.setUint16(at + 6, tooLarge ? SHN.extended : index, true);
      view.setBigUint64(at + 8, BigInt.asUintN(64, symbol.value), true);
      view.setBigUint64(at + 16, BigInt.asUintN(64, symbol.size), true);
    });
    setContents(symtab, new Uint8Array(view.buffer));
    symtab.link = strtab.index;
    symtab.info = symbols.firstGlobal;
    setContents(strtab, names.bytes());
    if (!extended) return;
    setContents(extended, words(indices));
    extended.link = symtab.index;
  }

  private fillRelocationSections(symtab: OutputSection): void {
    for (const [section, relocations] of this.pending) {
      if (relocations.length === 0) continue;
      const output = this.outputs[this.output(section).index + 1];
      const view = new DataView(new ArrayBuffer(relocations.length * RELA_SIZE));
      relocations.forEach(({ offset, kind, target, addend }, i) => {
        const at = i * RELA_SIZE;
        const symbol = target === undefined ? 0 : this.symbolIndex.get(target);
        if (symbol === undefined) throw new Error(`relocation in ${section.name} refers to a symbol that is not in the object`);
        view.setBigUint64(at, BigInt(offset), true);
        view.setBigUint64(at + 8, (BigInt(symbol) << 32n) | BigInt(kind.number), true);
        view.setBigInt64(at + 16, BigInt.asIntN(64, addend), true);
      });
      setContents(output, new Uint8Array(view.buffer));
      output.link = symtab.index;
    }
  }

  /** Section names, file offsets, headers. */
  private lay(shstrtab: OutputSection): Uint8Array {
    const names = new StringTable();
    const nameAt = this.outputs.map((output) => names.add(output.name));
    setContents(shstrtab, names.bytes());
    let at = HEADER_SIZE;
    const offsets = this.outputs.map((output) => {
      if (output.type === SHT.null) return 0;
      at = alignUp(at, output.align);
      const here = at;
      if (output.type !== SHT.nobits) at += output.size;
      return here;
    });
    const headers = alignUp(at, 8);
    const file = new Uint8Array(headers + this.outputs.length * SECTION_HEADER_SIZE);
    const view = new DataView(file.buffer);
    const count = this.outputs.length;
    const many = count >= SHN.reserved;
    const lastIsReserved = shstrtab.index >= SHN.reserved;
    file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, this.needsGnuAbi ? ELFOSABI_GNU : 0]);
    view.setUint16(16, ET_REL, true);
    view.setUint16(18, EM_AARCH64, true);
    view.setUint32(20, 1, true);
    view.setBigUint64(40, BigInt(headers), true);
    view.setUint16(52, HEADER_SIZE, true);
    view.setUint16(58, SECTION_HEADER_SIZE, true);
    view.setUint16(60, many ? 0 : count, true);
    view.setUint16(62, lastIsReserved ? SHN.extended : shstrtab.index, true);
    this.outputs.forEach((output, i) => {
      const header = headers + i * SECTION_HEADER_SIZE;
      if (output.type !== SHT.nobits) file.set(output.bytes, offsets[i]);
      view.setUint32(header, nameAt[i], true);
      view.setUint32(header + 4, output.type, true);
      view.setBigUint64(header + 8, BigInt(output.flags), true);
      view.setBigUint64(header + 24, BigInt(offsets[i]), true);
      view.setBigUint64(header + 32, BigInt(i === 0 && many ? count : output.size), true);
      view.setUint32(header + 40, i === 0 && lastIsReserved ? shstrtab.index : output.link, true);
      view.setUint32(header + 44, output.info, true);
      view.setBigUint64(header + 48, BigInt(output.align), true);
      view.setBigUint64(header + 56, BigInt(output.entrySize), true);
    });
    return file;
  }
}

function setContents(section: OutputSection, bytes: Uint8Array): void {
  section.bytes = bytes;
  section.size = bytes.length;
}

function typeNumber(section: Section): number {
  return typeof section.type === 'number' ? section.type : SHT[section.type];
}

function flagBits({ flags }: Section): number {
  let bits = 0;
  if (flags.write) bits += SHF.write;
  if (flags.alloc) bits += SHF.alloc;
  if (flags.exec) bits += SHF.exec;
  if (flags.merge) bits += SHF.merge;
  if (flags.strings) bits += SHF.strings;
  if (flags.linkedTo !== undefined) bits += SHF.linkOrder;
  if (flags.group !== undefined) bits += SHF.group;
  if (flags.tls) bits += SHF.tls;
  if (flags.retain) bits += SHF.retain;
  if (flags.exclude) bits += SHF.exclude;
  return bits;
}

function symbolInfo(binding: string, type: string): number {
  return (bindings.indexOf(binding) << 4) | symbolTypes.indexOf(type);
}

function alignUp(value: number, align: number): number {
  return align <= 1 ? value : Math.ceil(value / align) * align;
}

function words(values: number[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(values.length * 4));
  values.forEach((value, i) => view.setUint32(i * 4, value, true));
  return new Uint8Array(view.buffer);
}

/** NUL-terminated strings, each once; offset 0 is the empty string. */
class StringTable {
  private readonly offsets = new Map<string, number>([['', 0]]);
  private readonly parts: Uint8Array[] = [new Uint8Array(1)];
  private size = 1;
  private readonly encoder = new TextEncoder();

  add(text: string): number {
    const known = this.offsets.get(text);
    if (known !== undefined) return known;
    const bytes = this.encoder.encode(`${text}\0`);
    const at = this.size;
    this.parts.push(bytes);
    this.size += bytes.length;
    this.offsets.set(text, at);
    return at;
  }

  bytes(): Uint8Array {
    const all = new Uint8Array(this.size);
    let at = 0;
    for (const part of this.parts) {
      all.set(part, at);
      at += part.length;
    }
    return all;
  }
}
