import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { otherLesson, paneNames, readParameters } from './parameters.ts';
import { embedUrl } from './sdk.ts';

describe('the address of an embedded player', () => {
  it('means what docs/embedding.md says when it says nothing', () =>
    expect(readParameters('', '')).toEqual({
      example: 'helloworld',
      panes: ['code', 'terminal'],
      view: 'split',
      theme: 'auto',
      readOnly: false,
      autoplay: false,
      load: 'click',
    }));

  it('is read as the SDK wrote it', () => {
    const options = fc.record(
      {
        example: fc.string({ minLength: 1 }),
        link: fc.constantFrom('#v2:abc_-', 'https://site/#v1:xyz'),
        file: fc.string({ minLength: 1 }),
        panes: fc.uniqueArray(fc.constantFrom(...paneNames), { minLength: 1 }),
        view: fc.constantFrom('split' as const, 'tabs' as const),
        theme: fc.constantFrom('light' as const, 'dark' as const, 'auto' as const),
        readOnly: fc.boolean(),
        autoplay: fc.boolean(),
        load: fc.constantFrom('eager' as const, 'lazy' as const, 'click' as const),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(options, (wanted) => {
        const url = new URL(embedUrl({ ...wanted, site: 'https://site/some/where/' }));
        expect(url.pathname).toBe('/some/where/embed/');
        const { link, panes, ...others } = wanted;
        const read = readParameters(url.search, url.hash);
        expect(read).toMatchObject(others);
        expect(read.link).toBe(link?.replace(/^[^#]*/, ''));
        if (panes) expect(read.panes.toSorted()).toEqual(panes.toSorted());
      }),
    );
  });

  it('may name a lesson, and a step of it', () => {
    expect(readParameters('?lesson=mmu&panes=code,log', '#walk-it')).toMatchObject({
      lesson: 'mmu',
      step: 'walk-it',
      panes: ['lesson', 'code', 'log'],
    });
    const beside = readParameters('?lesson=mmu&step=walk-it', '#v2:abc');
    expect(beside).toMatchObject({ lesson: 'mmu', step: 'walk-it', link: '#v2:abc', panes: ['lesson', 'code', 'terminal'] });
    expect(readParameters('?lesson=&step=x', '#walk-it')).not.toMatchObject({ step: expect.anything() });
  });

  it('of another lesson is as this one', () => {
    expect(otherLesson('?lesson=mmu&step=walk-it&file=walk.c&theme=dark', '?lesson=timer')).toBe('?lesson=timer&theme=dark');
    expect(otherLesson('?lesson=mmu', '?x=1')).toBeUndefined();
  });

  it('is never refused: what is not understood is not there', () =>
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom('panes', 'view', 'theme', 'load', 'file', 'readonly', 'x'), fc.string()),
        fc.string(),
        (query, fragment) => {
          const { panes, view, theme, load } = readParameters(`?${new URLSearchParams(query).toString()}`, `#${fragment}`);
          expect(panes.every((pane) => pane !== 'lesson' && paneNames.includes(pane)) && panes.length > 0).toBe(true);
          expect([view, theme, load].join()).toMatch(/^(split|tabs),(light|dark|auto),(eager|lazy|click)$/);
        },
      ),
    ));

  it.each(['?panes=terminal,map,terminal', '?panes=,terminal', '?panes=terminal&view=upside-down&load='])(
    'takes the rest of %s',
    (search) => expect(readParameters(search, '')).toMatchObject({ panes: ['terminal'], view: 'split', load: 'click' }),
  );
});
