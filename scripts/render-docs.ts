/**
 * The documentation as pages of the site: docs/*.md, the decisions, and a reference of the library pool, turned into HTML when the site is
 * built. A link that leads nowhere is an error, so what is published holds together.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Marked, type Tokens } from 'marked';
import { libraryReference } from './library-reference.ts';

export const docsFolder = fileURLToPath(new URL('../docs/', import.meta.url));

export type DocPage = {
  /** Path below /docs/, without a slash at the end: `machine`, `libraries/ukalloc`. */
  slug: string;
  title: string;
  html: string;
  /** Second-level headings, for a table of contents. */
  contents: { id: string; title: string }[];
};

/** A page before it is HTML. `source`: the path that its links are relative to, below docs/. */
type Draft = { slug: string; source: string; markdown: string };

/** First those that a newcomer reads; others follow by name. */
const order = [
  'tour',
  'playground',
  'links',
  'embedding',
  'snapshots',
  'debugging',
  'machine',
  'introspection',
  'performance',
  'architecture',
  'codegen',
];

/** All pages, in the order in which they are listed. */
export function renderDocs(): DocPage[] {
  const drafts = [...written(), ...libraryReference().map(({ slug, markdown }) => ({ slug, source: `${slug}.md`, markdown }))];
  const slugs = new Map(drafts.map(({ source, slug }) => [source, slug]));
  const pages = drafts.map((draft) => render(draft, slugs));
  checkLinks(pages);
  return pages;
}

/** Images that pages show, by path below docs/. */
export function docImages(pages: readonly DocPage[]): string[] {
  const found = pages.flatMap(({ slug, html }) =>
    [...html.matchAll(/<img src="([^"]+)"/g)].map(([, src]) => posix.join(slug, src)).filter((path) => !path.startsWith('..')),
  );
  return [...new Set(found)].sort();
}

function written(): Draft[] {
  const rank = (name: string) => (order.includes(name) ? order.indexOf(name) : order.length);
  const names = readdirSync(docsFolder)
    .filter((file) => file.endsWith('.md'))
    .map((file) => file.slice(0, -'.md'.length))
    .sort((a, b) => rank(a) - rank(b) || a.localeCompare(b));
  const decisions = readdirSync(`${docsFolder}decisions`)
    .filter((file) => file.endsWith('.md'))
    .map((file) => `decisions/${file.slice(0, -'.md'.length)}`)
    .sort();
  return [...names, ...decisions].map((slug) => ({
    slug,
    source: `${slug}.md`,
    markdown: readFileSync(`${docsFolder}${slug}.md`, 'utf8'),
  }));
}

const escape = (text: string): string =>
  text.replace(/[&<>"']/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' })[c] ?? c);

/** As GitHub makes them, so that links work there too. */
function headingId(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replace(/\s/g, '-');
}

function render({ slug, source, markdown }: Draft, slugs: ReadonlyMap<string, string>): DocPage {
  const contents: DocPage['contents'] = [];
  let title = '';
  let tables = 0;
  const taken = new Map<string, number>();
  const unique = (id: string): string => {
    const before = taken.get(id) ?? 0;
    taken.set(id, before + 1);
    return before === 0 ? id : `${id}-${before}`;
  };
  const marked = new Marked({
    renderer: {
      heading({ depth, text, tokens }: Tokens.Heading) {
        const html = this.parser.parseInline(tokens);
        const plain = text.replace(/[`*_]/g, '');
        const id = unique(headingId(plain));
        // A page has one title; a file may have several parts.
        const level = depth === 1 && title !== '' ? 2 : depth;
        if (depth === 1 && title === '') title = plain;
        if (level === 2) contents.push({ id, title: plain });
        return `<h${level} id="${escape(id)}">${html}</h${level}>\n`;
      },
      link({ href, tokens }: Tokens.Link) {
        return linkHtml(href, this.parser.parseInline(tokens), { slug, source }, slugs);
      },
      image({ href, text }: Tokens.Image) {
        const path = posix.join(posix.dirname(source), href);
        if (!existsSync(`${docsFolder}${path}`)) throw new Error(`docs/${source} shows ${href}, which does not exist`);
        return `<img src="${escape(posix.relative(slug, path))}" alt="${escape(text)}" loading="lazy" />`;
      },
      // What is wider than the page scrolls by itself, by keyboard too.
      table(token: Tokens.Table) {
        const cells = (row: Tokens.TableCell[], tag: string) =>
          row.map(({ tokens }) => `<${tag}>${this.parser.parseInline(tokens)}</${tag}>`).join('');
        const body = token.rows.map((row) => `<tr>${cells(row, 'td')}</tr>`).join('\n');
        const label = `Table ${++tables}: ${token.header.map((cell) => cell.text.replace(/[`*_]/g, '')).join(', ')}`;
        return `<div class="wide" role="region" tabindex="0" aria-label="${escape(label)}"><table>\n<thead><tr>${cells(token.header, 'th')}</tr></thead>\n<tbody>\n${body}\n</tbody></table></div>\n`;
      },
      code: ({ text }: Tokens.Code) => `<pre tabindex="0"><code>${escape(text)}</code></pre>\n`,
      html: ({ text }: Tokens.HTML | Tokens.Tag) => escape(text),
    },
  });
  const html = marked.parse(markdown, { async: false });
  if (title === '') throw new Error(`docs/${source} has no title`);
  return { slug, title, html, contents };
}

function linkHtml(href: string, html: string, from: { slug: string; source: string }, slugs: ReadonlyMap<string, string>): string {
  if (/^https?:/.test(href)) return `<a href="${escape(href)}" rel="external">${html}</a>`;
  const [path, fragment] = href.split('#', 2);
  const anchor = fragment === undefined ? '' : `#${fragment}`;
  if (path === '') return `<a href="${escape(anchor)}">${html}</a>`;
  const target = posix.join(posix.dirname(from.source), path);
  if (target === '../lessons/') return `<a href="${posix.relative(posix.join('docs', from.slug), 'learn')}/">${html}</a>`;
  // The repository's other files are not part of the site.
  if (target.startsWith('..')) return html;
  const slug = slugs.get(target);
  if (slug === undefined) throw new Error(`docs/${from.source} links to ${href}, which is not there`);
  return `<a href="${escape(`${posix.relative(from.slug, slug) || '.'}/${anchor}`)}">${html}</a>`;
}

/** Every link between pages leads to one, and its fragment to a heading there. */
function checkLinks(pages: readonly DocPage[]): void {
  const bySlug = new Map(pages.map((page) => [page.slug, page]));
  for (const { slug, html } of pages) {
    for (const [, path, fragment] of html.matchAll(/<a href="([^"#:]*)(?:#([^"]*))?">/g)) {
      const to = path === '' ? slug : posix.join(slug, path).replace(/\/$/, '');
      if (to === '../learn') continue;
      const target = bySlug.get(to);
      if (!target) throw new Error(`the page ${slug} links to ${path}, which is not there`);
      if (fragment && !target.html.includes(` id="${fragment}"`))
        throw new Error(`the page ${slug} links to #${fragment} of ${target.slug}`);
    }
  }
}
