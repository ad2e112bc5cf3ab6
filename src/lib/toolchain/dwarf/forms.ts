/** Units, abbreviations and attribute values of `.debug_info` (DWARF 5, sections 7.5.1 to 7.5.6). */
import { ByteReader, Malformed } from './byte-reader.ts';
import { AT, FORM, UT } from './constants.ts';

export type DebugSections = {
  info: Uint8Array;
  abbreviations: Uint8Array;
  strings: Uint8Array;
  lineStrings: Uint8Array;
  lines: Uint8Array;
  ranges: Uint8Array;
  rangeLists: Uint8Array;
  addresses: Uint8Array;
  stringOffsets: Uint8Array;
};

export type UnitHeader = {
  /** In `.debug_info`; of the first entry, and of the unit's end. */
  offset: number;
  entries: number;
  end: number;
  version: number;
  offsetSize: 4 | 8;
  addressSize: number;
  abbreviations: number;
  /** What the unit's own entry says of other sections. */
  base?: number;
  addressBase?: number;
  stringOffsetsBase?: number;
  rangeListsBase?: number;
};

export type Abbreviation = {
  tag: number;
  hasChildren: boolean;
  attributes: readonly { attribute: number; form: number; constant: number }[];
};

export type AttributeValue =
  | {
      kind: 'number' | 'address' | 'addressIndex' | 'text' | 'lineText' | 'textIndex' | 'localReference' | 'reference' | 'listIndex';
      value: number;
    }
  | { kind: 'inlineText'; text: string }
  | { kind: 'other' };

const other: AttributeValue = { kind: 'other' };

export class AttributeReader {
  readonly #sections: DebugSections;
  readonly #tables = new Map<number, Map<number, Abbreviation>>();

  constructor(sections: DebugSections) {
    this.#sections = sections;
  }

  unitHeaders(): UnitHeader[] {
    const headers: UnitHeader[] = [];
    const reader = new ByteReader(this.#sections.info);
    while (!reader.atEnd()) {
      const offset = reader.at;
      const { end, offsetSize } = reader.unitLength();
      const version = reader.u16();
      if (version >= 2 && version <= 5) {
        const type = version === 5 ? reader.u8() : UT.compile;
        let addressSize = version === 5 ? reader.u8() : 0;
        const abbreviations = reader.offset(offsetSize);
        if (version < 5) addressSize = reader.u8();
        if (type === UT.skeleton || type === UT.split_compile) reader.skip(8);
        if (addressSize === 8 && (type === UT.compile || type === UT.partial || type === UT.skeleton))
          headers.push({ offset, entries: reader.at, end, version, offsetSize, addressSize, abbreviations });
      }
      reader.at = end;
    }
    return headers;
  }

  abbreviation(header: UnitHeader, code: number): Abbreviation {
    let table = this.#tables.get(header.abbreviations);
    if (!table) this.#tables.set(header.abbreviations, (table = this.#readTable(header.abbreviations)));
    const found = table.get(code);
    if (!found) throw new Malformed(`there is no abbreviation ${code}`);
    return found;
  }

  #readTable(offset: number): Map<number, Abbreviation> {
    const table = new Map<number, Abbreviation>();
    const reader = new ByteReader(this.#sections.abbreviations, offset);
    for (let code = reader.uleb(); code !== 0; code = reader.uleb()) {
      const tag = reader.uleb();
      const hasChildren = reader.u8() === 1;
      const attributes: { attribute: number; form: number; constant: number }[] = [];
      for (;;) {
        const attribute = reader.uleb();
        const form = reader.uleb();
        const constant = form === FORM.implicit_const ? reader.sleb() : 0;
        if (attribute === 0 && form === 0) break;
        attributes.push({ attribute, form, constant });
      }
      table.set(code, { tag, hasChildren, attributes });
    }
    return table;
  }

  read(reader: ByteReader, header: UnitHeader, { attributes }: Abbreviation): Map<number, AttributeValue> {
    const values = new Map<number, AttributeValue>();
    for (const { attribute, form, constant } of attributes)
      values.set(attribute, form === FORM.implicit_const ? { kind: 'number', value: constant } : this.#value(reader, header, form, 0));
    return values;
  }

  /** Takes over what the entry of the unit says of where its tables begin. */
  useBases(header: UnitHeader, values: ReadonlyMap<number, AttributeValue>): void {
    header.addressBase = this.number(values.get(AT.addr_base));
    header.stringOffsetsBase = this.number(values.get(AT.str_offsets_base));
    header.rangeListsBase = this.number(values.get(AT.rnglists_base));
    header.base = this.address(header, values.get(AT.low_pc));
  }

  #value(reader: ByteReader, header: UnitHeader, form: number, depth: number): AttributeValue {
    const number = (value: number): AttributeValue => ({ kind: 'number', value });
    const block = (size: number): AttributeValue => {
      reader.skip(size);
      return other;
    };
    switch (form) {
      case FORM.addr:
        return { kind: 'address', value: reader.address() };
      case FORM.data1:
      case FORM.flag:
        return number(reader.u8());
      case FORM.data2:
        return number(reader.u16());
      case FORM.data4:
        return number(reader.u32());
      case FORM.data8:
        return number(reader.u64());
      case FORM.sdata:
        return number(reader.sleb());
      case FORM.udata:
        return number(reader.uleb());
      case FORM.sec_offset:
        return number(reader.offset(header.offsetSize));
      case FORM.flag_present:
        return number(1);
      case FORM.data16:
        return block(16);
      case FORM.string:
        return { kind: 'inlineText', text: reader.text() };
      case FORM.strp:
        return { kind: 'text', value: reader.offset(header.offsetSize) };
      case FORM.line_strp:
        return { kind: 'lineText', value: reader.offset(header.offsetSize) };
      case FORM.strx:
        return { kind: 'textIndex', value: reader.uleb() };
      case FORM.strx1:
      case FORM.strx2:
      case FORM.strx3:
      case FORM.strx4:
        return { kind: 'textIndex', value: sized(reader, form - FORM.strx1 + 1) };
      case FORM.addrx:
        return { kind: 'addressIndex', value: reader.uleb() };
      case FORM.addrx1:
      case FORM.addrx2:
      case FORM.addrx3:
      case FORM.addrx4:
        return { kind: 'addressIndex', value: sized(reader, form - FORM.addrx1 + 1) };
      case FORM.ref1:
        return { kind: 'localReference', value: reader.u8() };
      case FORM.ref2:
        return { kind: 'localReference', value: reader.u16() };
      case FORM.ref4:
        return { kind: 'localReference', value: reader.u32() };
      case FORM.ref8:
        return { kind: 'localReference', value: reader.u64() };
      case FORM.ref_udata:
        return { kind: 'localReference', value: reader.uleb() };
      case FORM.ref_addr:
        return { kind: 'reference', value: header.version === 2 ? reader.address() : reader.offset(header.offsetSize) };
      case FORM.rnglistx:
      case FORM.loclistx:
        return { kind: 'listIndex', value: reader.uleb() };
      case FORM.block1:
        return block(reader.u8());
      case FORM.block2:
        return block(reader.u16());
      case FORM.block4:
        return block(reader.u32());
      case FORM.block:
      case FORM.exprloc:
        return block(reader.uleb());
      case FORM.ref_sig8:
      case FORM.ref_sup8:
        return block(8);
      case FORM.ref_sup4:
        return block(4);
      case FORM.strp_sup:
        return block(header.offsetSize);
      case FORM.indirect:
        if (depth > 0) throw new Malformed('a form is indirect twice');
        return this.#value(reader, header, reader.uleb(), depth + 1);
      default:
        throw new Malformed(`there is no form 0x${form.toString(16)}`);
    }
  }

  number(value: AttributeValue | undefined): number | undefined {
    return value?.kind === 'number' ? value.value : undefined;
  }

  /** The offset in `.debug_info` of what a value refers to. */
  reference(header: UnitHeader, value: AttributeValue): number | undefined {
    if (value.kind === 'localReference') return header.offset + value.value;
    return value.kind === 'reference' ? value.value : undefined;
  }

  text(header: UnitHeader, value: AttributeValue | undefined): string | undefined {
    switch (value?.kind) {
      case 'inlineText':
        return value.text;
      case 'text':
        return new ByteReader(this.#sections.strings, value.value).text();
      case 'lineText':
        return new ByteReader(this.#sections.lineStrings, value.value).text();
      case 'textIndex': {
        const at = (header.stringOffsetsBase ?? 8) + value.value * header.offsetSize;
        const offset = new ByteReader(this.#sections.stringOffsets, at).offset(header.offsetSize);
        return new ByteReader(this.#sections.strings, offset).text();
      }
      default:
        return undefined;
    }
  }

  address(header: UnitHeader, value: AttributeValue | undefined): number | undefined {
    if (value?.kind === 'address') return value.value;
    return value?.kind === 'addressIndex' ? this.addressAt(header, value.value) : undefined;
  }

  addressAt(header: UnitHeader, index: number): number | undefined {
    return new ByteReader(this.#sections.addresses, (header.addressBase ?? 8) + 8 * index).address();
  }

  rangeListOffset(header: UnitHeader, value: AttributeValue): number | undefined {
    if (value.kind === 'number') return value.value;
    if (value.kind !== 'listIndex') return undefined;
    const base = header.rangeListsBase ?? 12;
    return base + new ByteReader(this.#sections.rangeLists, base + value.value * header.offsetSize).offset(header.offsetSize);
  }
}

function sized(reader: ByteReader, size: number): number {
  return size === 1 ? reader.u8() : size === 2 ? reader.u16() : size === 3 ? reader.u24() : reader.u32();
}
