/** Debugging information entries as a tree, and the tree as bytes of `.debug_info` and `.debug_abbrev` (DWARF 5, section 7.5). */
import { sleb128, uleb128 } from '../../assembler/frames.ts';
import { FORM, UT } from '../../dwarf/constants.ts';
import { appendBytes, sectionOf, type ObjectFile, type ObjectSymbol, type Section } from '../../object/object.ts';

/** A place in code or in another section of debug information. */
export type Address = { symbol: ObjectSymbol; addend: bigint };

/** Bytes of a DWARF expression, with addresses to be filled in by the linker and entries of this unit that it refers to. */
export type Expression = { bytes: number[]; addresses: { at: number; address: Address }[] };

export type AttributeValue =
  | { form: 'flag_present' }
  | { form: 'udata' | 'sdata'; value: bigint }
  | { form: 'data1' | 'data2' | 'data4'; value: number }
  | { form: 'strp'; text: string }
  /** Without an address it is 0. */
  | { form: 'addr'; address?: Address }
  | { form: 'sec_offset'; address: Address }
  | { form: 'exprloc'; expression: Expression }
  | { form: 'block'; bytes: Uint8Array }
  | { form: 'ref4'; die: Die };

export class Die {
  readonly tag: number;
  readonly attributes: { attribute: number; value: AttributeValue }[] = [];
  readonly children: Die[] = [];
  /** In the unit; known when it is laid out. */
  offset = 0;
  abbreviation = 0;

  constructor(tag: number) {
    this.tag = tag;
  }

  add(attribute: number, value: AttributeValue): this {
    this.attributes.push({ attribute, value });
    return this;
  }

  flag(attribute: number): this {
    return this.add(attribute, { form: 'flag_present' });
  }

  number(attribute: number, value: number | bigint): this {
    const wide = BigInt(value);
    return this.add(attribute, wide < 0n ? { form: 'sdata', value: wide } : { form: 'udata', value: wide });
  }

  text(attribute: number, text: string | undefined): this {
    return text === undefined ? this : this.add(attribute, { form: 'strp', text });
  }

  refer(attribute: number, die: Die | undefined): this {
    return die ? this.add(attribute, { form: 'ref4', die }) : this;
  }

  has(attribute: number): boolean {
    return this.attributes.some((a) => a.attribute === attribute);
  }
}

/** A label without a name: references to it become section + offset. */
export function anchorIn(section: Section, offset: number): ObjectSymbol {
  const name = `.L${section.name}`;
  return { name, binding: 'local', visibility: 'default', type: 'none', place: { section, offset }, size: 0n, temporary: true };
}

/** Strings of `.debug_str`, each once. */
export class DebugStrings {
  readonly #section: Section;
  readonly #known = new Map<string, number>();

  constructor(object: ObjectFile) {
    this.#section = sectionOf(object, '.debug_str', 'progbits', { merge: true, strings: true }, 1, 1);
  }

  address(text: string): Address {
    let offset = this.#known.get(text);
    if (offset === undefined) {
      // A zero would end the string early.
      offset = appendBytes(this.#section, new TextEncoder().encode(`${text.replaceAll('\0', '')}\0`));
      this.#known.set(text, offset);
    }
    return { symbol: anchorIn(this.#section, offset), addend: 0n };
  }
}

const HEADER_SIZE = 12;

/** Appends a unit with the tree below `root`. Offsets within a unit are 32 bits wide. */
export function appendUnit(object: ObjectFile, root: Die, strings: DebugStrings): void {
  const abbreviations = sectionOf(object, '.debug_abbrev', 'progbits', {});
  const table = new AbbreviationTable();
  const end = layOut(root, HEADER_SIZE, table);
  const abbreviationOffset = appendBytes(abbreviations, Uint8Array.from(table.bytes()));
  const info = sectionOf(object, '.debug_info', 'progbits', {});
  const start = info.size;
  const writer = new UnitWriter(info, start, strings);
  writer.fixed(BigInt(end - 4), 4);
  writer.fixed(5n, 2);
  writer.fixed(BigInt(UT.compile), 1);
  writer.fixed(8n, 1);
  writer.address({ symbol: anchorIn(abbreviations, abbreviationOffset), addend: 0n }, 4);
  writer.die(root);
  writer.flush();
  if (info.size - start !== end) throw new Error(`a unit of ${info.size - start} bytes was laid out as ${end}`);
}

/** Gives every entry its abbreviation and offset; the offset after it. */
function layOut(die: Die, offset: number, table: AbbreviationTable): number {
  die.offset = offset;
  die.abbreviation = table.numberOf(die);
  let at = offset + uleb128(BigInt(die.abbreviation)).length;
  for (const { value } of die.attributes) at += sizeOf(value);
  if (die.children.length === 0) return at;
  for (const child of die.children) at = layOut(child, at, table);
  return at + 1;
}

function sizeOf(value: AttributeValue): number {
  switch (value.form) {
    case 'flag_present':
      return 0;
    case 'udata':
      return uleb128(value.value).length;
    case 'sdata':
      return sleb128(value.value).length;
    case 'data1':
      return 1;
    case 'data2':
      return 2;
    case 'data4':
    case 'strp':
    case 'sec_offset':
    case 'ref4':
      return 4;
    case 'addr':
      return 8;
    case 'exprloc': {
      const { length } = value.expression.bytes;
      return uleb128(BigInt(length)).length + length;
    }
    case 'block':
      return uleb128(BigInt(value.bytes.length)).length + value.bytes.length;
  }
}

class AbbreviationTable {
  readonly #numbers = new Map<string, number>();
  readonly #bytes: number[] = [];

  numberOf(die: Die): number {
    const pairs = die.attributes.map(({ attribute, value }) => [attribute, FORM[value.form]] as const);
    const key = `${die.tag} ${die.children.length > 0} ${pairs.join(' ')}`;
    let number = this.#numbers.get(key);
    if (number === undefined) {
      number = this.#numbers.size + 1;
      this.#numbers.set(key, number);
      this.#bytes.push(...uleb128(BigInt(number)), ...uleb128(BigInt(die.tag)), die.children.length > 0 ? 1 : 0);
      for (const [attribute, form] of pairs) this.#bytes.push(...uleb128(BigInt(attribute)), form);
      this.#bytes.push(0, 0);
    }
    return number;
  }

  bytes(): readonly number[] {
    return [...this.#bytes, 0];
  }
}

class UnitWriter {
  readonly #info: Section;
  readonly #start: number;
  readonly #strings: DebugStrings;
  #pending: number[] = [];

  constructor(info: Section, start: number, strings: DebugStrings) {
    this.#info = info;
    this.#start = start;
    this.#strings = strings;
  }

  fixed(value: bigint, size: number): void {
    for (let n = 0; n < size; n++) this.#pending.push(Number((value >> BigInt(8 * n)) & 0xffn));
  }

  address({ symbol, addend }: Address, size: 4 | 8): void {
    this.#info.relocations.push({ offset: this.#start + this.#written + this.#pending.length, type: `ABS${size * 8}`, symbol, addend });
    this.fixed(0n, size);
  }

  #written = 0;

  flush(): void {
    appendBytes(this.#info, Uint8Array.from(this.#pending));
    this.#written += this.#pending.length;
    this.#pending = [];
  }

  die(die: Die): void {
    this.#pending.push(...uleb128(BigInt(die.abbreviation)));
    for (const { value } of die.attributes) this.#value(value);
    if (this.#pending.length > 4096) this.flush();
    if (die.children.length === 0) return;
    for (const child of die.children) this.die(child);
    this.#pending.push(0);
  }

  #value(value: AttributeValue): void {
    switch (value.form) {
      case 'flag_present':
        return;
      case 'udata':
        this.#pending.push(...uleb128(value.value));
        return;
      case 'sdata':
        this.#pending.push(...sleb128(value.value));
        return;
      case 'data1':
        return this.fixed(BigInt(value.value), 1);
      case 'data2':
        return this.fixed(BigInt(value.value), 2);
      case 'data4':
        return this.fixed(BigInt(value.value), 4);
      case 'strp':
        return this.address(this.#strings.address(value.text), 4);
      case 'sec_offset':
        return this.address(value.address, 4);
      case 'addr':
        return value.address ? this.address(value.address, 8) : this.fixed(0n, 8);
      case 'ref4':
        return this.fixed(BigInt(value.die.offset), 4);
      case 'block':
        this.#pending.push(...uleb128(BigInt(value.bytes.length)));
        for (const byte of value.bytes) this.#pending.push(byte);
        return;
      case 'exprloc': {
        const { bytes, addresses } = value.expression;
        this.#pending.push(...uleb128(BigInt(bytes.length)));
        const at = this.#pending.length;
        this.#pending.push(...bytes);
        for (const { at: within, address } of addresses)
          this.#info.relocations.push({ offset: this.#start + this.#written + at + within, type: 'ABS64', ...address });
      }
    }
  }
}
