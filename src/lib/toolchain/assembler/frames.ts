/**
 * Call frame information: `.cfi_*` directives to the records of `.eh_frame` (LSB Core, 10.6) and `.debug_frame` (DWARF 5, section 6.4),
 * with AArch64's numbers for registers (AADWARF64, section 4.1).
 */
import type { ObjectFile, ObjectSymbol, Section } from '../object/object.ts';
import { appendBytes, sectionOf } from '../object/object.ts';

/** One rule, at the address of `at`. `bytes` are DW_CFA operations without the advance before them. */
export type FrameInstruction = { at: ObjectSymbol; bytes: readonly number[] };

export type FramePointer = { encoding: number; symbol: ObjectSymbol; addend: bigint };

export type Frame = {
  start: ObjectSymbol;
  /** Absent until `.cfi_endproc`. */
  end?: ObjectSymbol;
  /** Without the rule that the CFA is sp at entry. */
  simple: boolean;
  signal: boolean;
  /** Return addresses are signed with key B. */
  keyB: boolean;
  returnColumn: number;
  personality?: FramePointer;
  languageData?: FramePointer;
  instructions: FrameInstruction[];
  rules: CfaRules;
};

/** The rule for the CFA at the end of what was read, on which `.cfi_adjust_cfa_offset` and others build. */
export type CfaRules = { register: number; offset: bigint; saved: { register: number; offset: bigint }[] };

export const DATA_ALIGNMENT = -8;
const CODE_ALIGNMENT = 4;
export const STACK_POINTER = 31;
export const LINK_REGISTER = 30;
const PC_RELATIVE_4 = 0x1b;

export function uleb128(value: bigint): number[] {
  const bytes: number[] = [];
  for (let rest = BigInt.asUintN(64, value); ;) {
    const low = Number(rest & 0x7fn);
    rest >>= 7n;
    if (rest === 0n) return [...bytes, low];
    bytes.push(low | 0x80);
  }
}

export function sleb128(value: bigint): number[] {
  const bytes: number[] = [];
  for (let rest = value; ;) {
    const low = Number(rest & 0x7fn);
    rest >>= 7n;
    if ((rest === 0n && (low & 0x40) === 0) || (rest === -1n && (low & 0x40) !== 0)) return [...bytes, low];
    bytes.push(low | 0x80);
  }
}

/** DWARF number of a register by name or number; undefined if it is none. */
export function dwarfRegister(name: string): number | undefined {
  const text = name.toLowerCase();
  if (/^\d+$/.test(text)) return Number(text);
  const special: Readonly<Record<string, number>> = { sp: 31, wsp: 31, lr: 30, fp: 29, ra_sign_state: 34, vg: 46, ffr: 47 };
  if (text in special) return special[text];
  const numbered = /^([xwvqdshbpz])(\d+)$/.exec(text);
  if (!numbered) return undefined;
  const n = Number(numbered[2]);
  if ((numbered[1] === 'x' || numbered[1] === 'w') && n <= 30) return n;
  if (numbered[1] === 'p') return n <= 15 ? 48 + n : undefined;
  if (n > 31 || numbered[1] === 'x' || numbered[1] === 'w') return undefined;
  return numbered[1] === 'z' ? 96 + n : 64 + n;
}

/** Operations, DWARF 5 section 6.4.2; offsets in bytes. */
export const cfa = {
  define: (register: number, offset: bigint): number[] =>
    offset < 0n
      ? [0x12, ...uleb128(BigInt(register)), ...sleb128(offset / BigInt(DATA_ALIGNMENT))]
      : [0x0c, ...uleb128(BigInt(register)), ...uleb128(offset)],
  defineRegister: (register: number): number[] => [0x0d, ...uleb128(BigInt(register))],
  defineOffset: (offset: bigint): number[] =>
    offset < 0n ? [0x13, ...sleb128(offset / BigInt(DATA_ALIGNMENT))] : [0x0e, ...uleb128(offset)],
  offset(register: number, offset: bigint): number[] {
    const factored = offset / BigInt(DATA_ALIGNMENT);
    if (factored < 0n) return [0x11, ...uleb128(BigInt(register)), ...sleb128(factored)];
    if (register < 64) return [0x80 | register, ...uleb128(factored)];
    return [0x05, ...uleb128(BigInt(register)), ...uleb128(factored)];
  },
  valueOffset(register: number, offset: bigint): number[] {
    const factored = offset / BigInt(DATA_ALIGNMENT);
    if (factored < 0n) return [0x15, ...uleb128(BigInt(register)), ...sleb128(factored)];
    return [0x14, ...uleb128(BigInt(register)), ...uleb128(factored)];
  },
  restore: (register: number): number[] => (register < 64 ? [0xc0 | register] : [0x06, ...uleb128(BigInt(register))]),
  undefined: (register: number): number[] => [0x07, ...uleb128(BigInt(register))],
  sameValue: (register: number): number[] => [0x08, ...uleb128(BigInt(register))],
  register: (register: number, holder: number): number[] => [0x09, ...uleb128(BigInt(register)), ...uleb128(BigInt(holder))],
  rememberState: (): number[] => [0x0a],
  restoreState: (): number[] => [0x0b],
  negateReturnAddressState: (): number[] => [0x2d],
};

function advance(bytes: number): number[] {
  const delta = bytes / CODE_ALIGNMENT;
  if (delta === 0) return [];
  if (delta < 0x40) return [0x40 | delta];
  if (delta < 0x100) return [0x02, delta];
  if (delta < 0x10000) return [0x03, delta & 0xff, delta >> 8];
  return [0x04, delta & 0xff, (delta >> 8) & 0xff, (delta >> 16) & 0xff, delta >>> 24];
}

function placed(symbol: ObjectSymbol): { section: Section; offset: number } {
  if (!symbol.place || !('section' in symbol.place)) throw new Error('call frame information at a place that is not in a section');
  return symbol.place;
}

/** Appends the records of all frames. Frames must be complete and their sections final. */
export function appendFrames(object: ObjectFile, frames: readonly Frame[], sections: { ehFrame: boolean; debugFrame: boolean }): void {
  if (frames.length === 0) return;
  if (sections.ehFrame) new FrameWriter(sectionOf(object, '.eh_frame', 'progbits', { alloc: true }, 8), 'eh').write(frames);
  if (sections.debugFrame) new FrameWriter(sectionOf(object, '.debug_frame', 'progbits', {}, 8), 'debug').write(frames);
}

class FrameWriter {
  private readonly section: Section;
  private readonly kind: 'eh' | 'debug';
  private readonly commons = new Map<string, number>();
  private lastRecord: number | undefined;

  constructor(section: Section, kind: 'eh' | 'debug') {
    this.section = section;
    this.kind = kind;
  }

  write(frames: readonly Frame[]): void {
    for (const frame of frames) this.frame(frame, this.common(frame));
    // The last record fills the section up to its alignment.
    const excess = this.section.size % 8;
    if (excess !== 0) this.pad(8 - excess);
  }

  private pad(count: number): void {
    const last = this.lastRecord;
    if (last === undefined) return;
    appendBytes(this.section, new Uint8Array(count));
    const view = new DataView(this.section.bytes.buffer, this.section.bytes.byteOffset);
    view.setUint32(last, view.getUint32(last, true) + count, true);
  }

  /** Length, then what `body` appends, padded with DW_CFA_nop. */
  private record(body: () => void): number {
    const start = appendBytes(this.section, new Uint8Array(4));
    body();
    const excess = this.section.size % 4;
    if (excess !== 0) this.append(new Array<number>(4 - excess).fill(0));
    new DataView(this.section.bytes.buffer, this.section.bytes.byteOffset).setUint32(start, this.section.size - start - 4, true);
    this.lastRecord = start;
    return start;
  }

  private append(bytes: readonly number[]): void {
    appendBytes(this.section, Uint8Array.from(bytes));
  }

  private word(value: number): void {
    const at = appendBytes(this.section, new Uint8Array(4));
    new DataView(this.section.bytes.buffer, this.section.bytes.byteOffset).setInt32(at, value, true);
  }

  /** The common information entry that the frame shares with others like it. */
  private common(frame: Frame): number {
    const { simple, signal, keyB, returnColumn, personality, languageData } = frame;
    const key = [simple, signal, keyB, returnColumn, personality?.encoding, personality?.symbol.name, languageData?.encoding].join(' ');
    const known = this.commons.get(key);
    if (known !== undefined) return known;
    const start = this.record(() => {
      this.word(this.kind === 'eh' ? 0 : -1);
      const augmentation =
        this.kind === 'debug' ? '' : `z${personality ? 'P' : ''}${languageData ? 'L' : ''}R${signal ? 'S' : ''}${keyB ? 'B' : ''}`;
      this.append([1, ...new TextEncoder().encode(`${augmentation}\0`)]);
      this.append([...uleb128(BigInt(CODE_ALIGNMENT)), ...sleb128(BigInt(DATA_ALIGNMENT)), returnColumn]);
      if (this.kind === 'eh') {
        const personalitySize = personality ? 1 + pointerSize(personality.encoding) : 0;
        this.append(uleb128(BigInt(personalitySize + (languageData ? 1 : 0) + 1)));
        if (personality) {
          this.append([personality.encoding]);
          this.pointer(personality);
        }
        this.append([...(languageData ? [languageData.encoding] : []), PC_RELATIVE_4]);
      }
      if (!simple) this.append(cfa.define(STACK_POINTER, 0n));
    });
    this.commons.set(key, start);
    return start;
  }

  private frame(frame: Frame, common: number): void {
    const start = placed(frame.start);
    const length = placed(frame.end ?? frame.start).offset - start.offset;
    this.record(() => {
      if (this.kind === 'eh') this.word(this.section.size - common);
      else this.commonReference(common);
      this.address(frame.start);
      if (this.kind === 'eh') {
        this.word(length);
        this.append(uleb128(BigInt(frame.languageData ? pointerSize(frame.languageData.encoding) : 0)));
        if (frame.languageData) this.pointer(frame.languageData);
      } else {
        this.word(length);
        this.word(0);
      }
      let at = start.offset;
      for (const instruction of frame.instructions) {
        const { offset } = placed(instruction.at);
        this.append([...advance(offset - at), ...instruction.bytes]);
        at = offset;
      }
    });
  }

  /** In `.debug_frame` an offset in the linked section, which the linker makes of many. */
  private commonReference(common: number): void {
    const offset = appendBytes(this.section, new Uint8Array(4));
    const place = { section: this.section, offset: common };
    const symbol: ObjectSymbol = {
      name: `.L${this.section.name}`,
      binding: 'local',
      visibility: 'default',
      type: 'none',
      place,
      size: 0n,
      temporary: true,
    };
    this.section.relocations.push({ offset, type: 'ABS32', symbol, addend: 0n });
  }

  private address(symbol: ObjectSymbol): void {
    const size = this.kind === 'eh' ? 4 : 8;
    const offset = appendBytes(this.section, new Uint8Array(size));
    this.section.relocations.push({ offset, type: size === 4 ? 'PREL32' : 'ABS64', symbol, addend: 0n });
  }

  private pointer({ encoding, symbol, addend }: FramePointer): void {
    const size = pointerSize(encoding);
    const relative = (encoding & 0x70) === 0x10;
    const offset = appendBytes(this.section, new Uint8Array(size));
    this.section.relocations.push({ offset, type: `${relative ? 'PREL' : 'ABS'}${size * 8}`, symbol, addend });
  }
}

/** Bytes of a pointer in a DW_EH_PE encoding. */
export function pointerSize(encoding: number): 2 | 4 | 8 {
  switch (encoding & 0x0f) {
    case 0x02:
    case 0x0a:
      return 2;
    case 0x03:
    case 0x0b:
      return 4;
    default:
      return 8;
  }
}
