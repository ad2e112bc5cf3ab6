/**
 * ObjectFile to assembly text that our assembler and GNU as turn back into the same object: what `uk cc -S` gives. Instructions are
 * disassembled and read back at once; one that does not come back as the same word and relocation is written as `.inst` and `.reloc`.
 */
import { assembleInstruction, disassemble } from '../../arm64/index.ts';
import type { ObjectFile, ObjectSymbol, Relocation, Section } from './object.ts';
import { fieldSize, relocationByName, type RelocationKind } from './relocations.ts';

export function printObject(object: ObjectFile): string {
  return new ObjectPrinter(object).print();
}

const plainName = /^[A-Za-z_.$][\w.$]*$/;

/** How an operand names what a relocation of an instruction refers to; others are branches and literals, which have no modifier. */
const modifiers: Readonly<Record<string, string>> = {
  ADD_ABS_LO12_NC: 'lo12',
  LDST8_ABS_LO12_NC: 'lo12',
  LDST16_ABS_LO12_NC: 'lo12',
  LDST32_ABS_LO12_NC: 'lo12',
  LDST64_ABS_LO12_NC: 'lo12',
  LDST128_ABS_LO12_NC: 'lo12',
  ADR_PREL_PG_HI21_NC: 'pg_hi21_nc',
  ADR_GOT_PAGE: 'got',
  LD64_GOT_LO12_NC: 'got_lo12',
  LD64_GOTPAGE_LO15: 'gotpage_lo15',
  MOVW_UABS_G0: 'abs_g0',
  MOVW_UABS_G0_NC: 'abs_g0_nc',
  MOVW_UABS_G1: 'abs_g1',
  MOVW_UABS_G1_NC: 'abs_g1_nc',
  MOVW_UABS_G2: 'abs_g2',
  MOVW_UABS_G2_NC: 'abs_g2_nc',
  MOVW_UABS_G3: 'abs_g3',
  MOVW_SABS_G0: 'abs_g0_s',
  MOVW_SABS_G1: 'abs_g1_s',
  MOVW_SABS_G2: 'abs_g2_s',
  TLSLE_ADD_TPREL_HI12: 'tprel_hi12',
  TLSLE_ADD_TPREL_LO12: 'tprel_lo12',
  TLSLE_ADD_TPREL_LO12_NC: 'tprel_lo12_nc',
  TLSLE_MOVW_TPREL_G0: 'tprel_g0',
  TLSLE_MOVW_TPREL_G0_NC: 'tprel_g0_nc',
  TLSLE_MOVW_TPREL_G1: 'tprel_g1',
  TLSLE_MOVW_TPREL_G1_NC: 'tprel_g1_nc',
  TLSLE_MOVW_TPREL_G2: 'tprel_g2',
  TLSIE_ADR_GOTTPREL_PAGE21: 'gottprel',
  TLSIE_LD64_GOTTPREL_LO12_NC: 'gottprel_lo12',
  TLSDESC_ADR_PAGE21: 'tlsdesc',
  TLSDESC_LD64_LO12: 'tlsdesc_lo12',
  TLSDESC_ADD_LO12: 'tlsdesc_lo12',
};

const typeNames: Readonly<Record<string, string>> = {
  func: '%function',
  object: '%object',
  tls: '%tls_object',
  gnu_ifunc: '%gnu_indirect_function',
};

/** A place with a name; without a symbol it is the target of a branch that is resolved already. */
type Label = { name: string; symbol?: ObjectSymbol };

class ObjectPrinter {
  private readonly object: ObjectFile;
  private readonly lines: string[] = [];
  private readonly names = new Map<ObjectSymbol, string>();
  /** Symbols by section and offset, in order of the object. */
  private readonly labels = new Map<Section, Map<number, Label[]>>();
  private fresh = 0;

  constructor(object: ObjectFile) {
    this.object = object;
  }

  print(): string {
    const { object, lines } = this;
    if (object.sourceFile !== '') lines.push(`\t.file\t${quote(object.sourceFile)}`);
    this.nameSymbols();
    for (const section of object.sections) this.section(section);
    for (const symbol of object.symbols.values()) this.outside(symbol);
    return `${lines.join('\n')}\n`;
  }

  /** Text for every symbol that occurs; nameless anchors and odd names of local labels get new ones. */
  private nameSymbols(): void {
    const taken = new Set<string>();
    for (const symbol of this.object.symbols.values()) {
      if (symbol.temporary && !plainName.test(symbol.name)) continue;
      this.names.set(symbol, plainName.test(symbol.name) ? symbol.name : quote(symbol.name));
      taken.add(symbol.name);
      this.place(symbol);
    }
    const rename = (symbol: ObjectSymbol): void => {
      if (this.names.has(symbol) || (symbol.place && 'absolute' in symbol.place)) return;
      let name;
      do name = `.Ltmp${this.fresh++}`;
      while (taken.has(name));
      this.names.set(symbol, name);
      this.place(symbol);
    };
    for (const symbol of this.object.symbols.values()) if (symbol.temporary) rename(symbol);
    for (const { relocations } of this.object.sections) for (const { symbol } of relocations) rename(symbol);
  }

  private place(symbol: ObjectSymbol): void {
    if (!symbol.place || !('section' in symbol.place)) return;
    this.label(symbol.place.section, symbol.place.offset, { name: this.names.get(symbol) ?? symbol.name, symbol });
  }

  private label(section: Section, offset: number, label: Label): void {
    let offsets = this.labels.get(section);
    if (!offsets) this.labels.set(section, (offsets = new Map()));
    offsets.set(offset, [...(offsets.get(offset) ?? []), label]);
  }

  /** The label at an offset of a section, made if there is none. */
  private labelAt(section: Section, offset: number): string {
    const known = this.labels
      .get(section)
      ?.get(offset)
      ?.find(({ name }) => name.startsWith('.L'));
    if (known) return known.name;
    const name = `.Lat${this.object.sections.indexOf(section)}_${offset.toString(16)}`;
    this.label(section, offset, { name });
    return name;
  }

  private section(section: Section): void {
    const { lines } = this;
    lines.push(`\t.section\t${sectionHeader(section)}`);
    if (section.align > 1) lines.push(`\t.p2align\t${Math.log2(section.align)}`);
    // Two rounds: only when all instructions are printed is it known which targets need labels.
    this.contents(section);
    lines.push(...this.contents(section));
  }

  private contents(section: Section): string[] {
    const out: string[] = [];
    const relocations = new Map<number, Relocation[]>();
    for (const relocation of section.relocations)
      relocations.set(relocation.offset, [...(relocations.get(relocation.offset) ?? []), relocation]);
    const stops = new Set([
      section.size,
      ...relocations.keys(),
      ...(this.labels.get(section)?.keys() ?? []),
      ...section.mapping.map(({ offset }) => offset),
    ]);
    const sorted = [...stops].filter((offset) => offset >= 0 && offset <= section.size).sort((a, b) => a - b);
    let kind: 'code' | 'data' = 'data';
    let next = 0;
    for (let at = 0, mapped = 0; ;) {
      this.definitions(section, at, out);
      if (at >= section.size) return out;
      while (mapped < section.mapping.length && section.mapping[mapped].offset <= at) kind = section.mapping[mapped++].kind;
      while (sorted[next] <= at) next++;
      const end = sorted[next] ?? section.size;
      const here = relocations.get(at) ?? [];
      if (section.type === 'nobits') {
        out.push(`\t.zero\t${end - at}`);
        at = end;
      } else if (kind === 'code' && at % 4 === 0 && at + 4 <= section.size) {
        out.push(...this.instruction(section, at, here));
        at += 4;
      } else if (here.length > 0) {
        at += this.reference(section, at, here, out);
      } else {
        data(section.bytes.subarray(at, end), section, out);
        at = end;
      }
    }
  }

  private definitions(section: Section, offset: number, out: string[]): void {
    for (const { name, symbol } of this.labels.get(section)?.get(offset) ?? []) {
      if (symbol) out.push(...this.attributes(symbol));
      out.push(`${name}:`);
    }
  }

  private attributes(symbol: ObjectSymbol): string[] {
    if (symbol.temporary) return [];
    const name = this.names.get(symbol) ?? symbol.name;
    const lines: string[] = [];
    if (symbol.binding === 'global') lines.push(`\t.globl\t${name}`);
    if (symbol.binding === 'weak') lines.push(`\t.weak\t${name}`);
    if (symbol.visibility !== 'default') lines.push(`\t.${symbol.visibility}\t${name}`);
    if (symbol.binding === 'unique') lines.push(`\t.type\t${name}, %gnu_unique_object`);
    else if (Object.hasOwn(typeNames, symbol.type)) lines.push(`\t.type\t${name}, ${typeNames[symbol.type]}`);
    if (symbol.size !== 0n && symbol.type !== 'common') lines.push(`\t.size\t${name}, ${symbol.size}`);
    return lines;
  }

  /** Symbols that stand in no section, or outside of theirs. */
  private outside(symbol: ObjectSymbol): void {
    const name = this.names.get(symbol) ?? symbol.name;
    const { place } = symbol;
    if (place && 'section' in place) {
      if (place.offset < 0 || place.offset > place.section.size) {
        this.lines.push(...this.attributes(symbol), `\t.set\t${name}, ${this.labelAt(place.section, 0)}+${place.offset}`);
      }
    } else if (place) this.lines.push(...this.attributes(symbol), `\t.set\t${name}, ${place.absolute}`);
    else if (symbol.type === 'common') {
      if (symbol.visibility !== 'default') this.lines.push(`\t.${symbol.visibility}\t${name}`);
      if (symbol.binding === 'weak') this.lines.push(`\t.weak\t${name}`);
      this.lines.push(`\t.comm\t${name},${symbol.size},${symbol.align ?? 1}`);
    } else if (
      !symbol.temporary &&
      (symbol.declared || symbol.binding === 'weak' || symbol.visibility !== 'default' || symbol.type !== 'none')
    ) {
      this.lines.push(...this.attributes(symbol).filter((line) => symbol.declared || !line.startsWith('\t.globl')));
    }
  }

  /** `symbol+addend`. */
  private target({ symbol, addend }: Pick<Relocation, 'symbol' | 'addend'>): string {
    const { place } = symbol;
    const name = this.names.get(symbol);
    if (name === undefined) return String(addend + (place && 'absolute' in place ? place.absolute : 0n));
    return addend === 0n ? name : `${name}${addend < 0n ? '-' : '+'}${addend < 0n ? -addend : addend}`;
  }

  private instruction(section: Section, at: number, relocations: readonly Relocation[]): string[] {
    const word = new DataView(section.bytes.buffer, section.bytes.byteOffset).getUint32(at, true);
    const raw = `\t.inst\t0x${word.toString(16).padStart(8, '0')}`;
    const [first, ...more] = relocations;
    if (first && more.length === 0) {
      const text = this.symbolic(word, at, first);
      if (text !== undefined) return [`\t${text}`];
    }
    if (first) return [...relocations.map((relocation) => this.explicit(relocation)), raw];
    let target: string | undefined;
    const text = disassemble(word, BigInt(at), (address) => {
      if (address < 0n || address > BigInt(section.size) || address % 4n !== 0n) return undefined;
      target = this.labelAt(section, Number(address));
      return target;
    });
    const readable = target === undefined ? text : text.replace(/(?:0x)?[0-9a-f]+ <(.*)>$/, '$1');
    const back = assembleInstruction(readable.replace(/\s*\/\/.*$/, ''), {
      expression: (operand) => (operand.trim() === target ? { kind: 'symbolic', handle: operand } : integer(operand)),
    });
    if (!back.ok || (back.fixup ? target === undefined : back.word !== word)) return [raw];
    return [`\t${readable.replace(/\s*\/\/.*$/, '')}`];
  }

  private explicit(relocation: Relocation): string {
    return `\t.reloc\t., R_AARCH64_${relocation.type}, ${this.target(relocation)}`;
  }

  /** The instruction with the relocation's symbol in its operands, if the assembler reads that back as it was. */
  private symbolic(word: number, at: number, relocation: Relocation): string | undefined {
    const kind = relocationByName(relocation.type);
    if (!kind) return undefined;
    const target = this.target(relocation);
    const modifier = modifiers[relocation.type];
    const operand = modifier === undefined ? target : `:${modifier}:${target}`;
    const text = withOperand(word, at, kind, operand);
    if (text === undefined) return undefined;
    const back = assembleInstruction(text, {
      expression: (expression) => (expression.trim() === target ? { kind: 'symbolic', handle: expression } : integer(expression)),
    });
    return back.ok && back.word === word && back.fixup?.type === relocation.type ? text : undefined;
  }

  /** Data that refers to a symbol; gives its size. */
  private reference(section: Section, at: number, relocations: readonly Relocation[], out: string[]): number {
    const [relocation, ...more] = relocations;
    const kind = relocationByName(relocation.type);
    const size = kind ? fieldSize(kind.field) : 0;
    const bytes = section.bytes.subarray(at, at + size);
    const directive = size === 8 ? '.xword' : size === 4 ? '.word' : '.hword';
    const target = this.target(relocation);
    if (more.length === 0 && bytes.every((byte) => byte === 0)) {
      if (/^ABS(64|32|16)$/.test(relocation.type) && this.names.has(relocation.symbol)) {
        out.push(`\t${directive}\t${target}`);
        return size;
      }
      if (/^PREL(64|32|16)$/.test(relocation.type) && this.names.has(relocation.symbol)) {
        out.push(`\t${directive}\t${target}-.`);
        return size;
      }
      if (relocation.type === 'PLT32') {
        out.push(`\t.word\t%pltpcrel(${target})`);
        return size;
      }
    }
    out.push(...relocations.map((each) => this.explicit(each)));
    const step = Math.max(size, 1);
    data(section.bytes.subarray(at, at + step), section, out);
    return step;
  }
}

function integer(text: string): { kind: 'value'; value: bigint } | { kind: 'error'; message: string } {
  const match = /^(-?)(0x[0-9a-f]+|\d+)$/i.exec(text.trim());
  if (!match) return { kind: 'error', message: 'not a number' };
  const value = BigInt(match[2]);
  return { kind: 'value', value: match[1] === '-' ? -value : value };
}

/** Disassembles a word whose field is still empty and puts the operand where the field's value stands. */
function withOperand(word: number, at: number, kind: RelocationKind, operand: string): string | undefined {
  let symbolised = false;
  const text = disassemble(word, BigInt(at), () => {
    symbolised = true;
    return '@';
  }).replace(/\s*\/\/.*$/, '');
  if (symbolised) return text.replace(/(?:0x)?[0-9a-f]+ <@>$|@$/, () => operand);
  switch (kind.field) {
    case 'imm12':
      if (/\]$/.test(text)) return text.replace(/(, #(0x)?0)?\]$/, () => `, ${operand}]`);
      // `mov x0, sp` is `add x0, sp, #0`.
      return text.replace(/^mov\t(\w+), (\w+)$/, 'add\t$1, $2, #0').replace(/#(0x)?0(, lsl #12)?$/, () => operand);
    case 'imm16':
    case 'imm16signed':
      return text.replace(/^mov\t/, 'movz\t').replace(/#(0x)?0(, lsl #\d+)?$/, () => `#${operand}`);
    default:
      return undefined;
  }
}

function sectionName(name: string): string {
  return /^[\w.$+-]+$/.test(name) ? name : quote(name);
}

function sectionHeader({ name, type, flags, entrySize }: Section): string {
  const letters = [
    flags.alloc && 'a',
    flags.exclude && 'e',
    flags.write && 'w',
    flags.exec && 'x',
    flags.merge && 'M',
    flags.strings && 'S',
    flags.tls && 'T',
    flags.linkedTo !== undefined && 'o',
    flags.group !== undefined && 'G',
    flags.retain && 'R',
  ];
  const parts = [sectionName(name), `"${letters.filter(Boolean).join('')}"`];
  parts.push(typeof type === 'number' ? `%0x${type.toString(16)}` : `%${type}`);
  if (flags.merge) parts.push(String(entrySize));
  if (flags.linkedTo !== undefined) parts.push(sectionName(flags.linkedTo));
  if (flags.group !== undefined)
    parts.push(plainName.test(flags.group) ? flags.group : quote(flags.group), ...(flags.nodeduplicate ? [] : ['comdat']));
  return parts.join(',');
}

/** Bytes without references as the shortest directives that read well. */
function data(bytes: Uint8Array, section: Section, out: string[]): void {
  let at = 0;
  while (at < bytes.length) {
    let zeros = 0;
    while (at + zeros < bytes.length && bytes[at + zeros] === 0) zeros++;
    const text = stringLength(bytes, at);
    if (text > 0 && (section.flags.strings || text >= 4)) {
      const ended = bytes[at + text] === 0;
      out.push(`\t${ended ? '.asciz' : '.ascii'}\t${quoteBytes(bytes.subarray(at, at + text))}`);
      at += text + (ended ? 1 : 0);
    } else if (zeros >= 8 || zeros === bytes.length - at) {
      out.push(`\t.zero\t${zeros}`);
      at += zeros;
    } else {
      const size = bytes.length - at >= 8 && bytes.length % 8 === 0 ? 8 : bytes.length - at >= 4 && bytes.length % 4 === 0 ? 4 : 1;
      let value = 0n;
      for (let i = size - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[at + i]);
      out.push(`\t${size === 8 ? '.xword' : size === 4 ? '.word' : '.byte'}\t0x${value.toString(16)}`);
      at += size;
    }
  }
}

function stringLength(bytes: Uint8Array, at: number): number {
  let length = 0;
  while (
    at + length < bytes.length &&
    ((bytes[at + length] >= 0x20 && bytes[at + length] < 0x7f) || bytes[at + length] === 9 || bytes[at + length] === 10)
  )
    length++;
  return length;
}

function quoteBytes(bytes: Uint8Array): string {
  return quote(String.fromCharCode(...bytes));
}

function quote(text: string): string {
  return `"${text.replace(/[\\"]/g, '\\$&').replace(/\n/g, '\\n').replace(/\t/g, '\\t')}"`;
}
