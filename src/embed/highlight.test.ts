import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { highlight } from './highlight.ts';

const kindsOf = (text: string) => highlight(text).map(({ kind, text }) => [kind, text]);

describe('colours of the small editor', () => {
  it('lose no character', () =>
    fc.assert(
      fc.property(fc.array(fc.constantFrom('/*', '*/', '//', '"', "'", '\\', '\n', '#', 'int', '0x1f', ' ', 'a')), (parts) => {
        const texts = highlight(parts.join('')).map(({ text }) => text);
        expect(texts.join('')).toBe(parts.join(''));
      }),
    ));

  it('see comments of several lines, also while they are being written', () => {
    expect(kindsOf("/* a\n * it's b */int")).toEqual([
      ['comment', "/* a\n * it's b */"],
      ['keyword', 'int'],
    ]);
    expect(kindsOf('/* a\nint')).toEqual([['comment', '/* a\nint']]);
  });

  it('end strings with their line, and know directives at the beginning of one', () =>
    expect(kindsOf('#if 1\n"a\nx # 2')).toEqual([
      ['directive', '#if'],
      ['plain', ' '],
      ['number', '1'],
      ['plain', '\n'],
      ['string', '"a'],
      ['plain', '\nx # '],
      ['number', '2'],
    ]));
});
