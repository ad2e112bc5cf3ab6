/** Line tables (DWARF 5, section 6.2; versions 2 to 5) as rows in order of their addresses. */
import { ByteReader, Malformed } from './byte-reader.ts';
import { FORM, LNCT, LNE, LNS } from './constants.ts';
import type { DebugSections } from './forms.ts';

export type Row = { address: number; file: number; line: number; column: number; isStatement: boolean; ends: boolean };

type FileEntry = { name: string; directory: number };

/** A byte of the program makes at most one row. */
export class LineTable {
  readonly rows: readonly Row[];
  readonly #files: readonly FileEntry[];
  readonly #directories: readonly string[];

  constructor(rows: readonly Row[], files: readonly FileEntry[], directories: readonly string[]) {
    this.rows = rows;
    this.#files = files;
    this.#directories = directories;
  }

  /** The last row at or before the address, in the run of code in which it lies. */
  rowAt(address: number): Row | undefined {
    let low = 0;
    let high = this.rows.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.rows[middle].address <= address) low = middle + 1;
      else high = middle;
    }
    const row = low > 0 ? this.rows[low - 1] : undefined;
    return row && !row.ends ? row : undefined;
  }

  /** Path of a file by its number; `base` is the directory of the compilation. */
  fileName(number: number, base: string): string {
    const file = Object.hasOwn(this.#files, number) ? this.#files[number] : undefined;
    if (!file) return '';
    if (file.name.startsWith('/')) return file.name;
    const directory = this.#directories[file.directory] ?? '';
    return [directory.startsWith('/') ? '' : base, directory, file.name].filter((part) => part !== '').join('/');
  }
}

export function readLineTable(sections: DebugSections, offset: number, addressSize: number): LineTable {
  const outer = new ByteReader(sections.lines, offset);
  const { end, offsetSize } = outer.unitLength();
  const reader = new ByteReader(sections.lines, outer.at, end);
  const version = reader.u16();
  if (version < 2 || version > 5 || addressSize !== 8) throw new Malformed(`line table of version ${version}`);
  if (version === 5) reader.skip(2);
  const headerLength = reader.offset(offsetSize);
  const program = reader.at + headerLength;
  const instruction = reader.u8();
  if (version >= 4) reader.skip(1);
  const defaultStatement = reader.u8() !== 0;
  const lineBase = reader.i8();
  const lineRange = reader.u8();
  const opcodeBase = reader.u8();
  if (lineRange === 0 || opcodeBase === 0) throw new Malformed('a line table that cannot advance');
  const operands = Array.from({ length: opcodeBase - 1 }, () => reader.u8());
  const { files, directories } = version === 5 ? readEntries(reader, sections, offsetSize) : readOldEntries(reader);
  const code = new ByteReader(sections.lines, program, end);
  const sequences = run(code, { instruction, defaultStatement, lineBase, lineRange, opcodeBase, operands }, files);
  sequences.sort((a, b) => a[0].address - b[0].address);
  return new LineTable(sequences.flat(), files, directories);
}

function readEntries(reader: ByteReader, sections: DebugSections, offsetSize: 4 | 8): { files: FileEntry[]; directories: string[] } {
  const read = (): FileEntry[] => {
    const formats = Array.from({ length: reader.u8() }, () => [reader.uleb(), reader.uleb()] as const);
    const count = reader.uleb();
    // An entry has at least a byte, unless it has no fields.
    if (formats.length === 0 || count > reader.end - reader.at) return [];
    return Array.from({ length: count }, () => {
      const entry: FileEntry = { name: '', directory: 0 };
      for (const [content, form] of formats) {
        const value = entryValue(reader, sections, form, offsetSize);
        if (content === LNCT.path && typeof value === 'string') entry.name = value;
        else if (content === LNCT.directory_index && typeof value === 'number') entry.directory = value;
      }
      return entry;
    });
  };
  const directories = read().map(({ name }) => name);
  // All are seen from the first.
  const [first = ''] = directories;
  return { directories: directories.map((d, n) => (n === 0 || d.startsWith('/') ? d : `${first}/${d}`)), files: read() };
}

function entryValue(reader: ByteReader, sections: DebugSections, form: number, offsetSize: 4 | 8): string | number | undefined {
  switch (form) {
    case FORM.string:
      return reader.text();
    case FORM.line_strp:
      return new ByteReader(sections.lineStrings, reader.offset(offsetSize)).text();
    case FORM.strp:
      return new ByteReader(sections.strings, reader.offset(offsetSize)).text();
    case FORM.udata:
      return reader.uleb();
    case FORM.data1:
      return reader.u8();
    case FORM.data2:
      return reader.u16();
    case FORM.data4:
      return reader.u32();
    case FORM.data8:
      return reader.u64();
    case FORM.data16:
      reader.skip(16);
      return undefined;
    case FORM.block:
      reader.skip(reader.uleb());
      return undefined;
    default:
      throw new Malformed(`a line table with form 0x${form.toString(16)}`);
  }
}

function readOldEntries(reader: ByteReader): { files: FileEntry[]; directories: string[] } {
  const directories = [''];
  for (let name = reader.text(); name !== ''; name = reader.text()) directories.push(name);
  const files: FileEntry[] = [{ name: '', directory: 0 }];
  for (let name = reader.text(); name !== ''; name = reader.text()) {
    files.push({ name, directory: reader.uleb() });
    reader.uleb();
    reader.uleb();
  }
  return { files, directories };
}

type Parameters = {
  instruction: number;
  defaultStatement: boolean;
  lineBase: number;
  lineRange: number;
  opcodeBase: number;
  operands: readonly number[];
};

/** Runs a line number program. Sequences at address 0 are of code that the linker left out. */
function run(code: ByteReader, p: Parameters, files: FileEntry[]): Row[][] {
  const sequences: Row[][] = [];
  const start = (): Row => ({ address: 0, file: 1, line: 1, column: 0, isStatement: p.defaultStatement, ends: false });
  let state = start();
  let rows: Row[] = [];
  const emit = (ends: boolean): void => {
    const last = rows.at(-1);
    // Of two rows at one address the later one is meant.
    if (last?.address === state.address) rows.pop();
    rows.push({ ...state, ends });
  };
  while (!code.atEnd()) {
    const opcode = code.u8();
    if (opcode >= p.opcodeBase) {
      const adjusted = opcode - p.opcodeBase;
      state.address += Math.floor(adjusted / p.lineRange) * p.instruction;
      state.line += p.lineBase + (adjusted % p.lineRange);
      emit(false);
    } else if (opcode === 0) {
      const size = code.uleb();
      const next = code.at + size;
      if (size === 0 || next > code.end) throw new Malformed('an extended opcode of a wrong size');
      const extended = code.u8();
      if (extended === LNE.end_sequence) {
        emit(true);
        if (rows[0].address > 0 && rows[0].address < 2 ** 63) sequences.push(ordered(rows));
        rows = [];
        state = start();
      } else if (extended === LNE.set_address) state.address = code.address();
      else if (extended === LNE.define_file) files.push({ name: code.text(), directory: code.uleb() });
      code.at = next;
    } else standard(opcode, code, p, state, emit);
  }
  return sequences;
}

function ordered(rows: Row[]): Row[] {
  return rows.every((row, n) => n === 0 || rows[n - 1].address <= row.address) ? rows : rows.sort((a, b) => a.address - b.address);
}

function standard(opcode: number, code: ByteReader, p: Parameters, state: Row, emit: (ends: boolean) => void): void {
  switch (opcode) {
    case LNS.copy:
      return emit(false);
    case LNS.advance_pc:
      state.address += code.uleb() * p.instruction;
      return;
    case LNS.advance_line:
      state.line += code.sleb();
      return;
    case LNS.set_file:
      state.file = code.uleb();
      return;
    case LNS.set_column:
      state.column = code.uleb();
      return;
    case LNS.negate_stmt:
      state.isStatement = !state.isStatement;
      return;
    case LNS.const_add_pc:
      state.address += Math.floor((255 - p.opcodeBase) / p.lineRange) * p.instruction;
      return;
    case LNS.fixed_advance_pc:
      state.address += code.u16();
      return;
    case LNS.set_basic_block:
    case LNS.set_prologue_end:
    case LNS.set_epilogue_begin:
      return;
    default:
      for (let n = 0; n < p.operands[opcode - 1]; n++) code.uleb();
  }
}
