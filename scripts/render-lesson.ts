/** Lessons as the page shows them: Markdown turned into HTML when the site is built. */
import { Marked, type Tokens } from 'marked';
import type { Lesson } from '../src/lib/lessons/index.ts';

const escape = (text: string): string =>
  text.replace(/[&<>"']/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' })[c] ?? c);

/** What a link of a lesson leads to: a view or a file of the page beside it, or a place in another lesson. */
function linkHtml(target: string, html: string): string {
  const [, scheme, rest = ''] = /^(view|file|lesson):([\w.#-]+)$/.exec(target) ?? [];
  if (scheme === 'view' || scheme === 'file') return `<button type="button" class="link" data-${scheme}="${escape(rest)}">${html}</button>`;
  if (scheme !== 'lesson') throw new Error(`a lesson cannot link to ${target}`);
  const [name, step] = rest.split('#');
  return `<a href="../${escape(name ?? '')}/${step ? `#${escape(step)}` : ''}">${html}</a>`;
}

const marked = new Marked({
  renderer: {
    link({ href, tokens }: Tokens.Link) {
      return linkHtml(href, this.parser.parseInline(tokens));
    },
    // Text is text: lessons have no HTML of their own.
    html: ({ text }: Tokens.HTML | Tokens.Tag) => escape(text),
  },
});

const render = (markdown: string): string => marked.parse(markdown, { async: false });

/** A lesson without what only tests need, its texts as HTML. */
export function renderLesson({ steps, hints, wrong: _, ...lesson }: Lesson) {
  return {
    ...lesson,
    steps: steps.map(({ text, ...step }) => ({ ...step, html: render(text) })),
    hints: hints.map(({ title, text }) => ({ title, html: render(text) })),
  };
}
