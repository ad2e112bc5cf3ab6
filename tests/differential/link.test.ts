import { describe, expect, it } from 'vitest';
import { nodeClang } from '../../cli/clang-assets.ts';
import { link } from '../../src/lib/toolchain/link/link.ts';
import { parseMap } from '../../src/lib/toolchain/link/map.ts';
import { readElf } from '../../src/lib/toolchain/object/elf-reader.ts';
import { writeElf } from '../../src/lib/toolchain/object/elf-writer.ts';
import { appendWord, createObject, sectionOf, symbolOf } from '../../src/lib/toolchain/object/object.ts';

const clang = await nodeClang();

/** An object that defines one function, which calls others. */
function object(name: string, defines: string, calls: string[] = [], bss = 0) {
  const made = createObject(name);
  const text = sectionOf(made, `.text.${defines}`, 'progbits', { alloc: true, exec: true }, 4);
  text.mapping.push({ offset: 0, kind: 'code' });
  for (const callee of calls)
    text.relocations.push({ offset: appendWord(text, 0x94000000), type: 'CALL26', symbol: symbolOf(made, callee), addend: 0n });
  appendWord(text, 0xd65f03c0);
  Object.assign(symbolOf(made, defines), { type: 'func', place: { section: text, offset: 0 }, size: BigInt(text.size) });
  if (bss > 0) sectionOf(made, '.bss', 'nobits', { alloc: true, write: true }, 8).size = bss;
  const written = writeElf(made);
  if (!written.ok) throw new Error(written.problems[0].message);
  return { name, bytes: written.value };
}

const script = {
  name: 'link.lds',
  text: `MEMORY { ram : ORIGIN = 0x40080000, LENGTH = 64K }
ENTRY(start)
SECTIONS { .text : { text_begin = .; *(.text .text.*) text_end = .; } > ram
 .bss : { KEEP(*(.bss)) } > ram
 end = .; }`,
};

describe('linking', () => {
  it('links by a script and tells what became of each object', () => {
    const objects = [object('lib/start.o', 'start', ['f']), object('lib/f.o', 'f', [], 100), object('lib/unused.o', 'unused')];
    const { elf, map, problems } = link(clang, { objects, scripts: [script], flags: ['--gc-sections'] });
    expect(problems).toEqual([]);
    const read = readElf(elf ?? new Uint8Array(0));
    if (!read.ok) throw new Error(read.problems[0].message);
    expect(read.value).toMatchObject({ type: 2, entry: 0x40080000n });
    expect(read.value.symbols.some(({ name }) => name === 'unused')).toBe(false);

    const { sections, symbols } = parseMap(map ?? '');
    expect(symbols.map(({ name }) => name)).toEqual(['end']);
    const text = sections.find(({ name }) => name === '.text');
    expect(text).toMatchObject({ address: 0x40080000n, size: 12 });
    expect(text?.inputs.map(({ object, section, size, symbols }) => [object, section, size, symbols.map(({ name }) => name)])).toEqual([
      ['lib/start.o', '.text.start', 8, ['$x', 'start']],
      ['lib/f.o', '.text.f', 4, ['$x', 'f']],
    ]);
    expect(text?.symbols).toEqual([
      { name: 'text_begin', address: 0x40080000n, size: 0 },
      { name: 'text_end', address: 0x4008000cn, size: 0 },
    ]);
    expect(sections.find(({ name }) => name === '.bss')?.inputs[0]).toMatchObject({ object: 'lib/f.o', size: 100 });
  });

  it('gives equal bytes for equal inputs', () => {
    const job = { objects: [object('a.o', 'start')], scripts: [script], flags: [] };
    expect(link(clang, job)).toEqual(link(clang, job));
  });

  it.each([
    ['an undefined symbol', [object('a.o', 'start', ['nowhere'])], /^undefined symbol 'nowhere', used by a\.o/, /library/],
    [
      'a duplicate symbol',
      [object('a.o', 'start'), object('b.o', 'start')],
      /^symbol 'start' is defined more than once: in a\.o.* and in b\.o/,
      /static/,
    ],
    [
      'a full region',
      [object('a.o', 'start', [], 0x10000)],
      /^section '\.bss' does not fit in memory region 'ram': \d+ bytes too many/,
      /region/,
    ],
  ])('explains %s', (_what, objects, message, hint) => {
    const { elf, problems } = link(clang, { objects, scripts: [script], flags: [] });
    expect(elf).toBeUndefined();
    expect(problems).toEqual([{ severity: 'error', message: expect.stringMatching(message), hint: expect.stringMatching(hint) }]);
  });

  it('points at the line of a broken script', () => {
    const { problems } = link(clang, {
      objects: [object('a.o', 'start')],
      scripts: [{ name: 'bad.lds', text: 'SECTIONS {\n  .text { }\n}' }],
      flags: [],
    });
    expect(problems).toMatchObject([{ severity: 'error', place: { file: 'bad.lds', line: 2, column: 0 } }]);
  });

  it('answers rubbish with a problem', () => {
    const { problems } = link(clang, { objects: [{ name: 'a.o', bytes: new Uint8Array(100).fill(7) }], scripts: [script], flags: [] });
    expect(problems).toMatchObject([{ severity: 'error' }]);
  });
});
