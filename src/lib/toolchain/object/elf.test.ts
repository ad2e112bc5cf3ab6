import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { haveOracles } from '../../../../tests/oracle.ts';
import { readElf } from './elf-reader.ts';
import { writeElf } from './elf-writer.ts';
import { appendBytes, appendWord, createObject, sectionOf, symbolOf, type ObjectFile } from './object.ts';

/** `main` calls `other` and a local function, and points at data, through every kind of symbol that the writer treats differently. */
function sample(): ObjectFile {
  const object = createObject('sample.c');
  const text = sectionOf(object, '.text', 'progbits', { alloc: true, exec: true }, 4);
  const data = sectionOf(object, '.data', 'progbits', { alloc: true, write: true }, 8);
  const bss = sectionOf(object, '.bss', 'nobits', { alloc: true, write: true }, 16);
  const strings = sectionOf(object, '.rodata.str1.1', 'progbits', { alloc: true, merge: true, strings: true }, 1, 1);
  const group = sectionOf(object, '.text.inline', 'progbits', { alloc: true, exec: true, group: 'inline' }, 4);
  sectionOf(object, '.note.GNU-stack', 'progbits', {});

  const main = symbolOf(object, 'main');
  Object.assign(main, { type: 'func', place: { section: text, offset: 0 }, size: 20n });
  const local = symbolOf(object, '.Llocal');
  local.place = { section: text, offset: 16 };
  const text0 = symbolOf(object, '.Lhello');
  text0.place = { section: strings, offset: 0 };
  const variable = symbolOf(object, 'variable');
  Object.assign(variable, { type: 'object', binding: 'local', place: { section: data, offset: 8 }, size: 8n });
  const zero = symbolOf(object, 'zero');
  Object.assign(zero, { type: 'object', visibility: 'hidden', place: { section: bss, offset: 0 }, size: 64n });
  const shared = symbolOf(object, 'shared');
  Object.assign(shared, { type: 'common', size: 24n, align: 8 });
  const inline = symbolOf(object, 'inline');
  Object.assign(inline, { type: 'func', binding: 'weak', place: { section: group, offset: 0 }, size: 4n });
  symbolOf(object, 'unused');
  symbolOf(object, 'pulled').declared = true;

  bss.size = 64;
  text.mapping.push({ offset: 0, kind: 'code' }, { offset: 20, kind: 'data' });
  group.mapping.push({ offset: 0, kind: 'code' });
  appendBytes(strings, new TextEncoder().encode('hello\0'));
  for (const word of [0x94000000, 0x94000000, 0x90000000, 0x91000000, 0xd65f03c0]) appendWord(text, word);
  appendBytes(text, new Uint8Array(8));
  appendBytes(data, new Uint8Array(16));
  appendWord(group, 0xd65f03c0);
  text.relocations.push(
    { offset: 0, type: 'CALL26', symbol: symbolOf(object, 'other'), addend: 0n },
    { offset: 4, type: 'CALL26', symbol: local, addend: 0n },
    { offset: 8, type: 'ADR_PREL_PG_HI21', symbol: text0, addend: 0n },
    { offset: 12, type: 'ADD_ABS_LO12_NC', symbol: text0, addend: 2n },
    { offset: 20, type: 'PREL64', symbol: variable, addend: 4n },
  );
  data.relocations.push({ offset: 8, type: 'ABS64', symbol: inline, addend: 0n }, { offset: 0, type: 'ABS64', symbol: shared, addend: 8n });
  return object;
}

function written(object: ObjectFile): Uint8Array {
  const result = writeElf(object);
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.value;
}

describe('ELF writer and reader', () => {
  it('gives back what went in', () => {
    const read = readElf(written(sample()));
    if (!read.ok) throw new Error(JSON.stringify(read.problems));
    const { value } = read;
    expect(value).toMatchObject({ type: 1, machine: 183, entry: 0n, segments: [] });
    expect(value.sections.map((s) => s.name)).toEqual([
      ...['', '.group', '.text', '.rela.text', '.data', '.rela.data', '.bss', '.rodata.str1.1', '.text.inline', '.note.GNU-stack'],
      ...['.symtab', '.strtab', '.shstrtab'],
    ]);
    expect(value.symbols.filter((s) => s.binding !== 'local').map((s) => s.name)).toEqual([
      'main',
      'zero',
      'shared',
      'inline',
      'pulled',
      'other',
    ]);
    const text = value.sections[2];
    expect(new DataView(text.bytes.buffer, text.bytes.byteOffset).getUint32(4, true)).toBe(0x94000003);
    const references = (name: string) =>
      value.sections
        .find((s) => s.name === name)
        ?.relocations.map((r) => [
          Number(r.offset),
          r.symbol?.type === 'section' ? value.sections[Number(r.symbol.section)].name : r.symbol?.name,
          Number(r.addend),
        ]);
    expect(references('.text')).toEqual([
      [0, 'other', 0],
      [8, '.rodata.str1.1', 0],
      [12, '.Lhello', 2],
      [20, '.data', 12],
    ]);
    expect(references('.data')).toEqual([
      [0, 'shared', 8],
      [8, 'inline', 0],
    ]);
    expect(value.sections[1].group).toEqual({ signature: 'inline', comdat: true, members: [8] });
  });

  it('is a function of the object: twice the same bytes', () => {
    const object = sample();
    expect(written(object)).toEqual(written(object));
  });

  it('names labels that are used and not defined, and branches that do not reach', () => {
    const object = createObject('bad.s');
    const text = sectionOf(object, '.text', 'progbits', { alloc: true, exec: true }, 4);
    appendWord(text, 0x54000000);
    text.relocations.push({ offset: 0, type: 'CONDBR19', symbol: symbolOf(object, '.Lnowhere'), addend: 0n });
    expect(writeElf(object)).toMatchObject({
      ok: false,
      problems: [{ message: "label '.Lnowhere' is used in section '.text' but never defined" }],
    });
    symbolOf(object, '.Lnowhere').place = { section: text, offset: 0x200000 };
    expect(writeElf(object)).toMatchObject({ ok: false, problems: [{ message: expect.stringContaining('out of range') }] });
  });

  it('numbers more sections than sixteen bits hold', () => {
    const object = createObject('many.c');
    const names = Array.from({ length: 0x10001 }, (_, i) => `.data.v${i}`);
    names.forEach((name, i) => {
      const section = {
        name,
        type: 'progbits',
        flags: { alloc: true, write: true },
        align: 1,
        entrySize: 0,
        relocations: [],
        mapping: [],
      } as const;
      object.sections.push({ ...section, relocations: [], mapping: [], bytes: Uint8Array.of(i), size: 1 });
    });
    const last = symbolOf(object, 'last');
    last.place = { section: object.sections[0x10000], offset: 0 };
    const read = readElf(written(object));
    if (!read.ok) throw new Error(JSON.stringify(read.problems));
    const found = read.value.symbols.find((s) => s.name === 'last');
    expect(read.value.sections[Number(found?.section)].name).toBe('.data.v65536');
  });

  it('survives any damage to a file', () => {
    const good = written(sample());
    const damage = fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(damage, fc.nat(good.length), (changes, length) => {
        const bytes = good.slice(0, Math.max(length, good.length / 2));
        for (const [at, value] of changes) bytes[at] = value;
        const read = readElf(bytes);
        expect(read.ok || read.problems.length > 0).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });
});

describe.skipIf(!haveOracles('aarch64-linux-gnu-readelf', 'aarch64-linux-gnu-ld', 'ld.lld-19', 'aarch64-linux-gnu-as'))(
  'with binutils and lld',
  () => {
    it('readelf accepts every part, and both linkers link it', () => {
      const dir = mkdtempSync(join(tmpdir(), 'ukulele-elf-'));
      try {
        writeFileSync(join(dir, 'a.o'), written(sample()));
        writeFileSync(join(dir, 'b.s'), '.global other, unused, pulled, _start\n_start: bl main\nother: ret\nunused:\npulled:\n');
        const run = (tool: string, ...args: string[]) => spawnSync(tool, args, { cwd: dir, encoding: 'utf8' });
        const readelf = run('aarch64-linux-gnu-readelf', '-aW', 'a.o');
        expect(readelf.stderr).toBe('');
        expect(readelf.stdout).toMatch(/R_AARCH64_CALL26 .* other \+ 0/);
        expect(run('aarch64-linux-gnu-as', '-o', 'b.o', 'b.s').status).toBe(0);
        for (const linker of ['aarch64-linux-gnu-ld', 'ld.lld-19']) {
          const linked = run(linker, '-o', 'out', 'a.o', 'b.o', 'a.o', '--allow-multiple-definition');
          expect([linker, linked.stderr, linked.status]).toEqual([linker, '', 0]);
          expect(run('aarch64-linux-gnu-readelf', '-aW', 'out').stderr).toBe('');
        }
      } finally {
        rmSync(dir, { recursive: true });
      }
    });
  },
);
