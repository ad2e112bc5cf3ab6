import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readHeader } from '../../scripts/library-reference.ts';
import { docImages, renderDocs } from '../../scripts/render-docs.ts';

const folder = (path: string): string[] => readdirSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)));

describe('the documentation as pages', () => {
  // Links and images that lead nowhere make this throw.
  const pages = renderDocs();

  it('has a page for every file of docs/ and every library of the pool', () => {
    const files = [...folder('docs'), ...folder('docs/decisions').map((name) => `decisions/${name}`)];
    const written = files.filter((name) => name.endsWith('.md')).map((name) => name.slice(0, -'.md'.length));
    const libraries = [...folder('static/sysroot/libs'), ...folder('static/sysroot/plat')].map((name) => `libraries/${name}`);
    expect(pages.map((page) => page.slug).sort()).toEqual([...written, 'libraries', ...libraries].sort());
  });

  it('has one first heading on each page, and ids that are there once', () => {
    for (const { slug, html } of pages) {
      expect(html.match(/<h1 /g), slug).toHaveLength(1);
      const ids = [...html.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id);
      expect(new Set(ids).size, slug).toBe(ids.length);
    }
    expect(docImages(pages)).toContain('images/architecture.svg');
  });

  it('tells of a library what its help texts and headers tell', () => {
    const page = pages.find(({ slug }) => slug === 'libraries/uksched');
    expect(page?.html).toContain('void uk_sched_thread_sleep(__nsec nsec);');
    expect(page?.html).toContain('Lets at least <code>nsec</code> nanoseconds pass.');
    expect(page?.html).toContain('CONFIG_LIBUKSCHED');
  });
});

describe('declarations of a header', () => {
  it('are functions by their heads, structures whole, macros by name, each with its comment', () => {
    const header = [
      '/* licence */',
      '/** About\n * all of it. */',
      '#ifndef X_H',
      '/** Adds. */',
      'static inline int add(int a,\n\t\t      int b)\n{\n\treturn a + b;\n}',
      '/** A pair. */',
      'struct pair {\n\tint a;\t/* one */\n};',
      '/** Limit. */',
      '#define LIMIT 12',
      '/** Larger of two. */',
      '#define MAX(a, b) \\\n\t((a) > (b) ? (a) : (b))',
      '/** Declared. */',
      'int declared(void);',
      'int without_comment(void);',
      '#endif',
    ].join('\n');
    expect(readHeader(`${header}\n`)).toEqual({
      about: 'About\nall of it.',
      declarations: [
        { comment: 'Adds.', declaration: 'int add(int a,\n\t\t      int b);' },
        { comment: 'A pair.', declaration: 'struct pair {\n\tint a;\t/* one */\n};' },
        { comment: 'Limit.', declaration: '#define LIMIT 12' },
        { comment: 'Larger of two.', declaration: '#define MAX(a, b)' },
        { comment: 'Declared.', declaration: 'int declared(void);' },
      ],
    });
  });
});
