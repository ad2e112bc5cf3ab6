/** The object as a pass writes to it: positions in sections, their contents and gaps, and symbols. */
import {
  appendBytes,
  markContents,
  sectionOf,
  type ObjectFile,
  type ObjectSymbol,
  type Section,
  type SectionFlags,
  type SectionType,
} from '../object/object.ts';
import { SyntaxProblem } from './cursor.ts';
import type { Journal } from './journal.ts';
import type { AssemblerState } from './state.ts';

/** The section that is written to: a section, and the piece of it that `.subsection` selected. */
export type Position = { base: Section; number: number };

/** A section that grows beyond this is a mistake (`.skip` of an address), not a program. */
const MAX_SECTION = 1 << 28;

export class Output {
  readonly object: ObjectFile;
  readonly state: AssemblerState;
  readonly journal: Journal;
  position: Position | undefined;
  previous: Position | undefined;

  constructor(object: ObjectFile, state: AssemblerState, journal: Journal) {
    this.object = object;
    this.state = state;
    this.journal = journal;
  }

  protected isFree(name: string): boolean {
    return !this.object.symbols.has(name);
  }

  symbol(name: string): ObjectSymbol {
    const known = this.object.symbols.get(name);
    if (known) return known;
    const temporary = name.startsWith('.L');
    const made: ObjectSymbol = { name, binding: temporary ? 'local' : 'global', visibility: 'default', type: 'none', size: 0n, temporary };
    this.journal.enter(name, made);
    return made;
  }

  /** A symbol for the current position that no name leads to. */
  anchor(): ObjectSymbol {
    const section = this.section;
    const anchor: ObjectSymbol = {
      name: `.L${section.name}+${section.size}`,
      binding: 'local',
      visibility: 'default',
      type: 'none',
      place: { section, offset: section.size },
      size: 0n,
      temporary: true,
    };
    if (this.position && this.position.number !== 0) this.state.anchors.push(anchor);
    return anchor;
  }

  get section(): Section {
    this.position ??= { base: this.openSection('.text', 'progbits', { alloc: true, exec: true }), number: 0 };
    const { base, number } = this.position;
    if (number === 0) {
      this.journal.section(base);
      return base;
    }
    let parts = this.state.subsections.get(base);
    if (!parts) this.state.subsections.set(base, (parts = new Map()));
    let part = parts.get(number);
    if (!part) {
      part = { ...base, align: 1, bytes: new Uint8Array(256), size: 0, relocations: [], mapping: [] };
      parts.set(number, part);
    }
    this.journal.section(part);
    return part;
  }

  openSection(name: string, type: SectionType, flags: SectionFlags, align = 1, entrySize = 0): Section {
    const count = this.object.sections.length;
    const section = sectionOf(this.object, name, type, flags, 1, entrySize);
    if (this.object.sections.length === count) this.journal.section(section);
    section.align = Math.max(section.align, align);
    return section;
  }

  enter(position: Position): void {
    this.previous = this.position;
    this.position = position;
  }

  emit(bytes: Uint8Array, kind: 'code' | 'data' = 'data'): void {
    const section = this.section;
    if (bytes.length === 0) return;
    if (section.size + bytes.length > MAX_SECTION) throw new SyntaxProblem(`section '${section.name}' becomes larger than 256 MiB`);
    if (section.type === 'nobits') {
      if (bytes.some((byte) => byte !== 0))
        throw new SyntaxProblem(`section '${section.name}' holds only zeros, it has no contents in the file`);
      section.size += bytes.length;
      return;
    }
    markContents(section, kind);
    appendBytes(section, bytes);
  }

  /** Zeros or copies of a byte; free in a section without contents. */
  fill(count: bigint, byte: number): void {
    const section = this.section;
    if (section.type === 'nobits' && byte === 0) {
      if (count > BigInt(Number.MAX_SAFE_INTEGER - section.size)) throw new SyntaxProblem(`section '${section.name}' becomes too large`);
      section.size += Number(count);
    } else if (count > BigInt(MAX_SECTION)) throw new SyntaxProblem(`section '${section.name}' becomes larger than 256 MiB`);
    else this.emit(new Uint8Array(Number(count)).fill(byte));
  }

  /**
   * Pads to a power of two. Code is padded with NOP, after zeros up to a multiple of four; other sections and an explicit `fill`
   * with the pattern of `fillSize` bytes. Nothing happens if more than `limit` bytes were needed.
   */
  align(align: number, fill: bigint | undefined, fillSize: number, limit: number | undefined): void {
    const section = this.section;
    const gap = (align - (section.size % align)) % align;
    if (limit !== undefined && gap > limit) return;
    section.align = Math.max(section.align, align);
    if (gap === 0) return;
    if (fill === undefined && section.flags.exec) {
      const odd = gap % 4;
      if (odd > 0) this.emit(new Uint8Array(odd));
      for (let i = odd; i < gap; i += 4) this.emit(Uint8Array.of(0x1f, 0x20, 0x03, 0xd5), 'code');
      return;
    }
    const pattern = littleEndian(fill ?? 0n, fillSize);
    const odd = gap % fillSize;
    this.fill(BigInt(odd), 0);
    if (pattern.every((byte) => byte === pattern[0])) this.fill(BigInt(gap - odd), pattern[0]);
    else for (let i = odd; i < gap; i += fillSize) this.emit(pattern);
  }
}

export function littleEndian(value: bigint, size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  let rest = BigInt.asUintN(size * 8, value);
  for (let i = 0; i < size; i++, rest >>= 8n) bytes[i] = Number(rest & 0xffn);
  return bytes;
}
