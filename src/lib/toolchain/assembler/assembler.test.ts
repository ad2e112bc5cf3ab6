import { describe, expect, it } from 'vitest';
import { appendWord, createObject, markContents, sectionOf, symbolOf } from '../object/object.ts';
import { Assembler, assembleFile } from './assembler.ts';

/** An object with a function under construction, as the code generator has one when it meets inline assembly. */
function underConstruction() {
  const object = createObject('a.c');
  const section = sectionOf(object, '.text.f', 'progbits', { alloc: true, exec: true }, 4);
  markContents(section, 'code');
  appendWord(section, 0xd503201f);
  return { object, section, assembler: new Assembler(object) };
}

describe('texts that go into one object', () => {
  it('continue at the end of the section they are given', () => {
    const { object, section, assembler } = underConstruction();
    expect(assembler.assemble('mov x0, #1\n.word 5', { file: 'a.c', line: 7, section })).toEqual([]);
    expect(section.size).toBe(12);
    markContents(section, 'code');
    appendWord(section, 0xd65f03c0);
    expect(section.mapping).toEqual([
      { offset: 0, kind: 'code' },
      { offset: 8, kind: 'data' },
      { offset: 12, kind: 'code' },
    ]);
    expect(assembler.finish()).toEqual([]);
    expect(object.sections).toHaveLength(1);
  });

  it('share macros, symbols and numeric labels', () => {
    const { section, assembler } = underConstruction();
    const run = (text: string) => assembler.assemble(text, { file: 'a.c', section });
    expect(run('.macro two\nnop\nnop\n.endm\n.set n, 3\n1:')).toEqual([]);
    expect(run('two\nb 1b\nmov x0, #n\nb 2f')).toEqual([]);
    expect(run('2: nop')).toEqual([]);
    expect(section.size).toBe(4 + 8 + 4 + 4 + 4 + 4);
    expect(assembler.finish()).toEqual([]);
  });

  it('refer to labels that come later from elsewhere', () => {
    const { object, section, assembler } = underConstruction();
    expect(assembler.assemble('b .Lblock\nbl g', { file: 'a.c', section })).toEqual([]);
    expect(section.relocations.map(({ type, symbol }) => [type, symbol.name])).toEqual([
      ['JUMP26', '.Lblock'],
      ['CALL26', 'g'],
    ]);
    expect(assembler.finish()).toMatchObject([{ message: "'.Lblock' is used but not defined", place: { file: 'a.c', line: 1 } }]);
    symbolOf(object, '.Lblock').place = { section, offset: 0 };
    expect(assembler.finish()).toEqual([]);
  });

  it('leave nothing behind when they are wrong', () => {
    const { object, section, assembler } = underConstruction();
    const before = structuredClone(object);
    const problems = assembler.assemble('l: nop\n.section .other\n.word 1\n.global x\nfrob x0', { file: 'a.c', line: 40, section });
    expect(problems).toMatchObject([{ severity: 'error', place: { file: 'a.c', line: 44 } }]);
    expect(object).toEqual(before);
    expect(assembler.assemble('l: nop', { file: 'a.c', section })).toEqual([]);
  });

  it('push to other sections and come back', () => {
    const { object, section, assembler } = underConstruction();
    const text = '661: nop\n.pushsection .table, "a"\n.word 661b - ., 662f - 661b\n.popsection\n662:';
    expect(assembler.assemble(text, { file: 'a.c', section })).toEqual([]);
    expect([section.size, object.sections.find(({ name }) => name === '.table')?.size]).toEqual([8, 8]);
  });
});

describe('forward references that must be numbers', () => {
  it('settle in later passes', () => {
    const text =
      '.data\n.skip after - before\n.if later == 4\n.byte 1\n.endif\nbefore: .byte 1, 2, 3\nafter:\n.set later, 4\n.text\nmov x0, #later';
    const result = assembleFile(text, { file: 'a.s' });
    expect(result.ok && result.value.object.sections.find(({ name }) => name === '.data')?.size).toBe(3 + 1 + 3);
  });

  it('are refused when they chase their own tail', () => {
    const result = assembleFile('.data\n.skip (end & 1) ^ 1\nstart: .skip 0\n.skip (end - start2) ^ 1\nstart2:\nend:', { file: 'a.s' });
    expect(result.ok).toBe(false);
  });
});

describe('problems', () => {
  it('point at the line of the preprocessed source, and at the use of a macro', () => {
    const result = assembleFile('# 1 "boot.S"\n.macro m x\n mov \\x, #1\n.endm\n# 20 "inc/b.h" 1\n m y9\n', { file: 'boot.S' });
    expect(result).toMatchObject({
      ok: false,
      problems: [
        { severity: 'error', place: { file: 'boot.S', line: 2 } },
        { severity: 'note', place: { file: 'inc/b.h', line: 20 }, message: "in macro 'm', used here" },
      ],
    });
  });

  it('end, however many there are', () => {
    const result = assembleFile('frob\n'.repeat(100_000), { file: 'a.s' });
    expect(result.ok ? 0 : result.problems.length).toBeLessThan(60);
  });
});
