/** Line information: which source line each instruction came from, as a DWARF 5 line table (DWARF 5, section 6.2). */
import { appendBytes, sectionOf, type ObjectFile, type ObjectSymbol, type Section } from '../object/object.ts';
import { sleb128, uleb128 } from './frames.ts';

export type LineLocation = {
  /** Number in the table's `files`. */
  file: number;
  /** From 1; 0 for code without a line. */
  line: number;
  column: number;
  isStatement: boolean;
  basicBlock?: boolean;
  prologueEnd?: boolean;
  epilogueBegin?: boolean;
  isa?: number;
  discriminator?: number;
};

export type LabelledRow = LineLocation & { at: ObjectSymbol };

/** At a label, or at an offset in a section. */
export type LineRow = LineLocation & { at: ObjectSymbol | SectionPlace };

type SectionPlace = { section: Section; offset: number };

export type LineFile = { directory: string; name: string; md5?: Uint8Array };

/** Number 0 is the compiled file itself. */
export type LineFiles = ReadonlyMap<number, LineFile>;

const LINE_BASE = -5;
const LINE_RANGE = 14;
const OPCODE_BASE = 13;
const INSTRUCTION = 4;
/** Operands of the standard opcodes 1 to 12. */
const OPERANDS = [0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1];

const standard = {
  copy: 1,
  advancePc: 2,
  advanceLine: 3,
  setFile: 4,
  setColumn: 5,
  negateStatement: 6,
  basicBlock: 7,
  fixedAdvance: 9,
  prologueEnd: 10,
  epilogueBegin: 11,
  setIsa: 12,
};
const extended = { endSequence: 1, setAddress: 2, discriminator: 4 };
const content = { path: 1, directory: 2, md5: 5 };
const form = { string: 0x08, udata: 0x0f, data16: 0x1e };

/** Appends a table to `.debug_line` and gives its offset there. Rows of a section must be in order of their addresses. */
export function appendLineTable(object: ObjectFile, files: LineFiles, rows: readonly LineRow[]): number {
  const section = sectionOf(object, '.debug_line', 'progbits', {});
  const start = appendBytes(section, new Uint8Array(12));
  const header = headerBytes(files);
  appendBytes(section, Uint8Array.from(header));
  const bySection = new Map<Section, LineRow[]>();
  for (const row of rows) {
    const home = placeOf(row.at).section;
    const list = bySection.get(home);
    if (list) list.push(row);
    else bySection.set(home, [row]);
  }
  for (const [home, list] of bySection) appendSequence(section, home, list);
  const view = new DataView(section.bytes.buffer, section.bytes.byteOffset);
  view.setUint32(start, section.size - start - 4, true);
  view.setUint16(start + 4, 5, true);
  view.setUint8(start + 6, 8);
  view.setUint8(start + 7, 0);
  view.setUint32(start + 8, header.length, true);
  return start;
}

function placeOf(at: LineRow['at']): SectionPlace {
  if ('section' in at) return at;
  if (!at.place || !('section' in at.place)) throw new Error('a line at a place that is not in a section');
  return at.place;
}

/** From `minimum_instruction_length` to the end of the file names. */
function headerBytes(files: LineFiles): number[] {
  const numbers = [...files.keys()];
  const last = Math.max(0, ...numbers);
  const first = files.get(0) ?? files.get(Math.min(...numbers)) ?? { directory: '', name: '' };
  const listed = Array.from({ length: last + 1 }, (_, i) => files.get(i) ?? first);
  const directories = [...new Set([first.directory, ...listed.map(({ directory }) => directory)])];
  const hashed = listed.every(({ md5 }) => md5 !== undefined);
  return [
    ...[INSTRUCTION, 1, 1, LINE_BASE & 0xff, LINE_RANGE, OPCODE_BASE, ...OPERANDS],
    ...[1, content.path, form.string],
    ...uleb128(BigInt(directories.length)),
    ...directories.flatMap(text),
    ...(hashed
      ? [3, content.path, form.string, content.directory, form.udata, content.md5, form.data16]
      : [2, content.path, form.string, content.directory, form.udata]),
    ...uleb128(BigInt(listed.length)),
    ...listed.flatMap(({ directory, name, md5 }) => [
      ...text(name),
      ...uleb128(BigInt(directories.indexOf(directory))),
      ...(hashed && md5 ? md5 : []),
    ]),
  ];
}

function text(value: string): number[] {
  return [...new TextEncoder().encode(value), 0];
}

function appendSequence(section: Section, home: Section, rows: readonly LineRow[]): void {
  const append = (bytes: readonly number[]): number => appendBytes(section, Uint8Array.from(bytes));
  append([0, 9, extended.setAddress]);
  const offset = append(new Array<number>(8).fill(0));
  const first = placeOf(rows[0].at);
  const symbol = 'section' in rows[0].at ? anchorIn(first.section, first.offset) : rows[0].at;
  section.relocations.push({ offset, type: 'ABS64', symbol, addend: 0n });
  let address = first.offset;
  let state = { file: 1, line: 1, column: 0, isStatement: true, isa: 0 };
  for (const row of rows) {
    const here = placeOf(row.at).offset;
    if (row.file !== state.file) append([standard.setFile, ...uleb128(BigInt(row.file))]);
    if (row.column !== state.column) append([standard.setColumn, ...uleb128(BigInt(row.column))]);
    if (row.isStatement !== state.isStatement) append([standard.negateStatement]);
    if ((row.isa ?? 0) !== state.isa) append([standard.setIsa, ...uleb128(BigInt(row.isa ?? 0))]);
    if (row.discriminator) {
      const value = uleb128(BigInt(row.discriminator));
      append([0, value.length + 1, extended.discriminator, ...value]);
    }
    if (row.basicBlock) append([standard.basicBlock]);
    if (row.prologueEnd) append([standard.prologueEnd]);
    if (row.epilogueBegin) append([standard.epilogueBegin]);
    append(step(here - address, row.line - state.line));
    address = here;
    state = { file: row.file, line: row.line, column: row.column, isStatement: row.isStatement, isa: row.isa ?? 0 };
  }
  append([...advance(home.size - address), 0, 1, extended.endSequence]);
}

/** Moves address and line on and makes a row. */
function step(bytes: number, lines: number): number[] {
  const prefix: number[] = [];
  let delta = lines;
  if (delta < LINE_BASE || delta >= LINE_BASE + LINE_RANGE) {
    prefix.push(standard.advanceLine, ...sleb128(BigInt(delta)));
    delta = 0;
  }
  const opcode = (advanced: number): number => delta - LINE_BASE + LINE_RANGE * advanced + OPCODE_BASE;
  const units = bytes / INSTRUCTION;
  if (Number.isInteger(units) && opcode(units) <= 255) return [...prefix, opcode(units)];
  return [...prefix, ...advance(bytes), opcode(0)];
}

function advance(bytes: number): number[] {
  if (bytes === 0) return [];
  const odd = bytes % INSTRUCTION;
  // The scaled opcode cannot express what data of odd size leaves over.
  const rest = odd === 0 ? [] : [standard.fixedAdvance, odd, 0];
  return bytes === odd ? rest : [standard.advancePc, ...uleb128(BigInt((bytes - odd) / INSTRUCTION)), ...rest];
}

export type AssemblyUnit = { name: string; directory: string; producer: string };

const DW = {
  tagCompileUnit: 0x11,
  name: 0x03,
  stmtList: 0x10,
  lowPc: 0x11,
  language: 0x13,
  compDir: 0x1b,
  producer: 0x25,
  ranges: 0x55,
  formAddress: 0x01,
  formData2: 0x05,
  formString: 0x08,
  formSecOffset: 0x17,
  languageAssembler: 0x8001,
  unitCompile: 0x01,
  rangeEnd: 0x00,
  rangeStartLength: 0x07,
} as const;

/**
 * Appends a compilation unit for an assembly file (DWARF 5, sections 3.1.1 and 7.5): where its code lies and which line table belongs
 * to it, so that debuggers show its lines.
 */
export function appendAssemblyUnit(
  object: ObjectFile,
  unit: AssemblyUnit,
  lineTable: number,
  ranges: readonly { start: ObjectSymbol; size: number }[],
): void {
  const abbreviations = sectionOf(object, '.debug_abbrev', 'progbits', {});
  const attributes = [
    [DW.stmtList, DW.formSecOffset],
    [DW.lowPc, DW.formAddress],
    [DW.ranges, DW.formSecOffset],
    [DW.name, DW.formString],
    [DW.compDir, DW.formString],
    [DW.producer, DW.formString],
    [DW.language, DW.formData2],
  ];
  const abbreviation = appendBytes(abbreviations, Uint8Array.from([1, DW.tagCompileUnit, 0, ...attributes.flat(), 0, 0, 0]));
  const list = appendRanges(object, ranges);
  const info = sectionOf(object, '.debug_info', 'progbits', {});
  const start = appendBytes(info, new Uint8Array(8));
  const refer = (section: Section, target: number): void => {
    const offset = appendBytes(info, new Uint8Array(4));
    info.relocations.push({ offset, type: 'ABS32', symbol: anchorIn(section, target), addend: 0n });
  };
  refer(abbreviations, abbreviation);
  appendBytes(info, Uint8Array.of(1));
  refer(sectionOf(object, '.debug_line', 'progbits', {}), lineTable);
  // Base of the ranges: 0, they are absolute.
  appendBytes(info, new Uint8Array(8));
  refer(sectionOf(object, '.debug_rnglists', 'progbits', {}), list);
  appendBytes(
    info,
    Uint8Array.from([
      ...text(unit.name),
      ...text(unit.directory),
      ...text(unit.producer),
      DW.languageAssembler & 0xff,
      DW.languageAssembler >> 8,
    ]),
  );
  const view = new DataView(info.bytes.buffer, info.bytes.byteOffset);
  view.setUint32(start, info.size - start - 4, true);
  view.setUint16(start + 4, 5, true);
  view.setUint8(start + 6, DW.unitCompile);
  view.setUint8(start + 7, 8);
}

function anchorIn(section: Section, offset: number): ObjectSymbol {
  return {
    name: `.L${section.name}`,
    binding: 'local',
    visibility: 'default',
    type: 'none',
    place: { section, offset },
    size: 0n,
    temporary: true,
  };
}

/** A list in `.debug_rnglists` (DWARF 5, section 7.28); gives the offset of its entries. */
function appendRanges(object: ObjectFile, ranges: readonly { start: ObjectSymbol; size: number }[]): number {
  const section = sectionOf(object, '.debug_rnglists', 'progbits', {});
  const start = appendBytes(section, new Uint8Array(12));
  const entries = section.size;
  for (const { start: from, size } of ranges) {
    appendBytes(section, Uint8Array.of(DW.rangeStartLength));
    const offset = appendBytes(section, new Uint8Array(8));
    section.relocations.push({ offset, type: 'ABS64', symbol: from, addend: 0n });
    appendBytes(section, Uint8Array.from(uleb128(BigInt(size))));
  }
  appendBytes(section, Uint8Array.of(DW.rangeEnd));
  const view = new DataView(section.bytes.buffer, section.bytes.byteOffset);
  view.setUint32(start, section.size - start - 4, true);
  view.setUint16(start + 4, 5, true);
  view.setUint8(start + 6, 8);
  return entries;
}
