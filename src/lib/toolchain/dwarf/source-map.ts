/**
 * From an address in a program to its place in the source: function, file and line, and for inlined code every call around it, from the
 * DWARF of an ELF file (versions 2 to 5). Tables are read when they are first needed; a look-up is then a binary search. The bytes are not
 * trusted: every read is checked, and the work is bounded by the size of the file.
 */
import type { Result } from '../../problem.ts';
import { CodeSymbols, firstAfter } from '../object/code-symbols.ts';
import { readElf, type ElfFile } from '../object/elf-reader.ts';
import { AT, RLE, TAG } from './constants.ts';
import { ByteReader, Malformed } from './byte-reader.ts';
import { AttributeReader, type Abbreviation, type AttributeValue, type DebugSections, type UnitHeader } from './forms.ts';
import { readLineTable, type LineTable } from './line-reader.ts';

/** One function at an address; the innermost comes first. */
export type SourceFrame = {
  /** As in the source; undefined when only the line is known. */
  function: string | undefined;
  file: string;
  /** From 1; 0 when the code belongs to no line. */
  line: number;
  /** From 1; 0 when it is not known. */
  column: number;
};

/** The source map of an executable. An error when it is no ELF file; without debug information it knows nothing. */
export function readSourceMap(bytes: Uint8Array, name?: string): Result<SourceMap> {
  const elf = readElf(bytes, name);
  return elf.ok ? { ok: true, value: new SourceMap(elf.value) } : elf;
}

type Range = { start: number; end: number };

/** A function or an inlined call, with its code and what was inlined into it. */
type Routine = {
  ranges: Range[];
  name: string | undefined;
  call: { file: number; line: number; column: number } | undefined;
  inner: Routine[];
};

type Unit = { header: UnitHeader; directory: string; lines: LineTable | undefined; routines: Routine[]; ranges: Range[] };

/** Entries nest no deeper than this in what is read. */
const maxDepth = 256;
/** `abstract_origin` and `specification` are followed this far. */
const maxReferences = 8;

export class SourceMap {
  readonly #sections: DebugSections;
  readonly #attributes: AttributeReader;
  #headers: UnitHeader[] | undefined;
  readonly #units = new Map<number, Unit | undefined>();
  /** Of all units, by start. */
  #ranges: { start: number; end: number; unit: UnitHeader }[] | undefined;
  readonly #names = new Map<number, string | undefined>();
  /** Assembly has no other names. */
  readonly #symbols: CodeSymbols;

  constructor(elf: ElfFile) {
    const bytesOf = (name: string): Uint8Array => elf.sections.find((s) => s.name === name)?.bytes ?? new Uint8Array(0);
    this.#sections = {
      info: bytesOf('.debug_info'),
      abbreviations: bytesOf('.debug_abbrev'),
      strings: bytesOf('.debug_str'),
      lineStrings: bytesOf('.debug_line_str'),
      lines: bytesOf('.debug_line'),
      ranges: bytesOf('.debug_ranges'),
      rangeLists: bytesOf('.debug_rnglists'),
      addresses: bytesOf('.debug_addr'),
      stringOffsets: bytesOf('.debug_str_offsets'),
    };
    this.#attributes = new AttributeReader(this.#sections);
    this.#symbols = new CodeSymbols(elf);
  }

  /** Frames at an address, innermost first; none when nothing is known of it. */
  frames(address: number): SourceFrame[] {
    const unit = this.#unitAt(address);
    if (!unit) return [];
    const row = unit.lines?.rowAt(address);
    const file = (number: number): string => unit.lines?.fileName(number, unit.directory) ?? '';
    const chain: Routine[] = [];
    let level: readonly Routine[] = unit.routines;
    for (let found = routineAt(level, address); found; found = routineAt(level, address)) {
      chain.push(found);
      level = found.inner;
    }
    if (chain.length === 0 && !row) return [];
    const frames: SourceFrame[] = [];
    let place = { file: row ? file(row.file) : '', line: row?.line ?? 0, column: row?.column ?? 0 };
    if (chain.length === 0) return [{ function: this.#symbols.at(BigInt(address))?.name, ...place }];
    for (let n = chain.length - 1; n >= 0; n--) {
      frames.push({ function: chain[n].name, ...place });
      const { call } = chain[n];
      place = call ? { file: file(call.file), line: call.line, column: call.column } : { file: '', line: 0, column: 0 };
    }
    return frames;
  }

  /**
   * Where the code of a line begins: one address for each place that it was compiled into (functions, and inlined copies in them). When no code was made of
   * the line, it is the next one of the file that some was made of. `isFile`: whether a path is that of the file.
   */
  startsOf(isFile: (path: string) => boolean, line: number): { line: number; addresses: number[] } | undefined {
    let found = Infinity;
    let addresses: number[] = [];
    for (const header of this.#unitHeaders()) {
      const unit = this.#unit(header);
      const table = unit?.lines;
      if (!unit || !table) continue;
      const isMeant = new Map<number, boolean>();
      for (const [n, row] of table.rows.entries()) {
        if (row.ends || !row.isStatement || row.line < line || row.line > found || row.address === 0) continue;
        const meant = isMeant.get(row.file) ?? isFile(table.fileName(row.file, unit.directory));
        isMeant.set(row.file, meant);
        if (!meant) continue;
        if (row.line < found) [found, addresses] = [row.line, []];
        const before = table.rows.at(n - 1);
        const goesOn = n > 0 && before?.line === row.line && before.file === row.file && !before.ends;
        if (!goesOn) addresses.push(row.address);
      }
    }
    if (addresses.length === 0) return undefined;
    // Of a loop's head that was laid out twice, say, only the first: that is where the line begins.
    const places = new Map<string, number>();
    for (const address of addresses) {
      const where = this.frames(address)
        .map((frame, depth) => `${frame.function ?? ''} ${depth === 0 ? '' : frame.line}`)
        .join('/');
      places.set(where, Math.min(address, places.get(where) ?? Infinity));
    }
    return { line: found, addresses: [...places.values()].sort((a, b) => a - b) };
  }

  #unitAt(address: number): Unit | undefined {
    const ranges = (this.#ranges ??= this.#allRanges());
    const found = ranges[firstAfter(ranges, address) - 1];
    return found && address < found.end ? this.#unit(found.unit) : undefined;
  }

  #allRanges(): { start: number; end: number; unit: UnitHeader }[] {
    const all: { start: number; end: number; unit: UnitHeader }[] = [];
    for (const header of this.#unitHeaders()) {
      guarded(undefined, () => {
        const reader = new ByteReader(this.#sections.info, header.entries, header.end);
        const root = this.#entry(reader, header);
        if (!root) return;
        this.#attributes.useBases(header, root.values);
        for (const { start, end } of this.#rangesOf(header, root.values)) all.push({ start, end, unit: header });
      });
    }
    return all.sort((a, b) => a.start - b.start);
  }

  #unitHeaders(): readonly UnitHeader[] {
    return (this.#headers ??= guarded([], () => this.#attributes.unitHeaders()));
  }

  #entry(reader: ByteReader, header: UnitHeader): { abbreviation: Abbreviation; values: Map<number, AttributeValue> } | undefined {
    const code = reader.uleb();
    if (code === 0) return undefined;
    const abbreviation = this.#attributes.abbreviation(header, code);
    return { abbreviation, values: this.#attributes.read(reader, header, abbreviation) };
  }

  #unit(header: UnitHeader): Unit | undefined {
    if (this.#units.has(header.offset)) return this.#units.get(header.offset);
    const made = guarded(undefined, () => this.#readUnit(header));
    this.#units.set(header.offset, made);
    return made;
  }

  #readUnit(header: UnitHeader): Unit | undefined {
    const reader = new ByteReader(this.#sections.info, header.entries, header.end);
    const root = this.#entry(reader, header);
    if (!root) return undefined;
    const { values, abbreviation } = root;
    const directory = this.#attributes.text(header, values.get(AT.comp_dir)) ?? '';
    const table = this.#attributes.number(values.get(AT.stmt_list));
    const lines = table === undefined ? undefined : guarded(undefined, () => readLineTable(this.#sections, table, header.addressSize));
    const unit: Unit = { header, directory, lines, routines: [], ranges: this.#rangesOf(header, values) };
    if (abbreviation.hasChildren) guarded(undefined, () => this.#children(reader, header, unit.routines));
    sortRoutines(unit.routines);
    return unit;
  }

  /** Reads siblings and what is in them until the end of the unit's entries. */
  #children(reader: ByteReader, header: UnitHeader, into: Routine[]): void {
    const levels: Routine[][] = [into];
    while (levels.length > 0 && !reader.atEnd()) {
      const entry = this.#entry(reader, header);
      if (!entry) {
        levels.pop();
        continue;
      }
      const { abbreviation, values } = entry;
      const here = levels[levels.length - 1];
      let inner = here;
      if (abbreviation.tag === TAG.subprogram || abbreviation.tag === TAG.inlined_subroutine) {
        const ranges = this.#rangesOf(header, values);
        const routine: Routine = { ranges, name: undefined, call: undefined, inner: [] };
        if (ranges.length > 0) {
          routine.name = this.#nameOf(header, values, 0);
          if (abbreviation.tag === TAG.inlined_subroutine)
            routine.call = {
              file: this.#attributes.number(values.get(AT.call_file)) ?? 0,
              line: this.#attributes.number(values.get(AT.call_line)) ?? 0,
              column: this.#attributes.number(values.get(AT.call_column)) ?? 0,
            };
          here.push(routine);
        }
        inner = routine.inner;
      }
      if (!abbreviation.hasChildren) continue;
      if (levels.length > maxDepth) throw new Malformed('entries are nested too deeply');
      levels.push(inner);
    }
  }

  #nameOf(header: UnitHeader, values: ReadonlyMap<number, AttributeValue>, depth: number): string | undefined {
    const own = this.#attributes.text(header, values.get(AT.name));
    if (own !== undefined || depth > maxReferences) return own;
    const reference = values.get(AT.abstract_origin) ?? values.get(AT.specification);
    const offset = reference && this.#attributes.reference(header, reference);
    if (offset === undefined) return undefined;
    if (!this.#names.has(offset))
      this.#names.set(
        offset,
        guarded(undefined, () => this.#nameAt(offset, depth)),
      );
    return this.#names.get(offset);
  }

  #nameAt(offset: number, depth: number): string | undefined {
    const unit = this.#unitHeaders().find((h) => offset >= h.entries && offset < h.end);
    const entry = unit && this.#entry(new ByteReader(this.#sections.info, offset, unit.end), unit);
    return unit && entry && this.#nameOf(unit, entry.values, depth + 1);
  }

  /** Code of an entry. Code at address 0 was left out by the linker. */
  #rangesOf(header: UnitHeader, values: ReadonlyMap<number, AttributeValue>): Range[] {
    const list = values.get(AT.ranges);
    const low = this.#attributes.address(header, values.get(AT.low_pc));
    if (list) return this.#rangeList(header, list, header.base ?? low ?? 0).filter(isPlaced);
    const high = values.get(AT.high_pc);
    if (low === undefined || !high) return [];
    const end = high.kind === 'address' || high.kind === 'addressIndex' ? this.#attributes.address(header, high) : undefined;
    const size = this.#attributes.number(high);
    const range = { start: low, end: end ?? low + (size ?? 0) };
    return isPlaced(range) ? [range] : [];
  }

  #rangeList(header: UnitHeader, value: AttributeValue, base: number): Range[] {
    const found: Range[] = [];
    const offset = this.#attributes.rangeListOffset(header, value);
    if (offset === undefined) return found;
    if (header.version < 5) {
      const reader = new ByteReader(this.#sections.ranges, offset);
      let from = base;
      for (;;) {
        const [start, end] = [reader.address(), reader.address()];
        if (start === 0 && end === 0) return found;
        if (start >= 2 ** 63) from = end;
        else found.push({ start: from + start, end: from + end });
      }
    }
    const reader = new ByteReader(this.#sections.rangeLists, offset);
    let from = base;
    const indexed = (): number => this.#attributes.addressAt(header, reader.uleb()) ?? 0;
    for (;;) {
      const kind = reader.u8();
      if (kind === RLE.end_of_list) return found;
      else if (kind === RLE.base_addressx) from = indexed();
      else if (kind === RLE.startx_endx) found.push({ start: indexed(), end: indexed() });
      else if (kind === RLE.startx_length) {
        const start = indexed();
        found.push({ start, end: start + reader.uleb() });
      } else if (kind === RLE.offset_pair) {
        const [start, end] = [reader.uleb(), reader.uleb()];
        // What belongs to a base that was left out was left out too.
        if (from !== 0) found.push({ start: from + start, end: from + end });
        else if (base !== 0) found.push({ start, end });
      } else if (kind === RLE.base_address) from = reader.address();
      else if (kind === RLE.start_end) found.push({ start: reader.address(), end: reader.address() });
      else if (kind === RLE.start_length) {
        const start = reader.address();
        found.push({ start, end: start + reader.uleb() });
      } else throw new Malformed(`there is no range list entry ${kind}`);
    }
  }
}

function isPlaced({ start, end }: Range): boolean {
  return start > 0 && end > start && end < 2 ** 63;
}

function routineAt(routines: readonly Routine[], address: number): Routine | undefined {
  let low = 0;
  let high = routines.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (routines[middle].ranges[0].start <= address) low = middle + 1;
    else high = middle;
  }
  // Ranges of inlined calls may lie among each other; those of functions follow one another.
  for (let n = low - 1; n >= 0; n--) if (routines[n].ranges.some((r) => address >= r.start && address < r.end)) return routines[n];
  return undefined;
}

function sortRoutines(routines: Routine[]): void {
  const pending = [routines];
  for (let list = pending.pop(); list; list = pending.pop()) {
    for (const routine of list) {
      routine.ranges.sort((a, b) => a.start - b.start);
      if (routine.inner.length > 0) pending.push(routine.inner);
    }
    list.sort((a, b) => a.ranges[0].start - b.ranges[0].start);
  }
}

/** Malformed debug information is none. */
function guarded<T>(otherwise: T, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof Malformed) return otherwise;
    throw error;
  }
}
