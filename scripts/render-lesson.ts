/** Lessons as the page shows them: Markdown turned into HTML when the site is built. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Marked, type Tokens } from 'marked';
import type { Plugin } from 'vite';
import { lessonsFolder, readLessons } from '../cli/lessons-folder.ts';
import type { Lesson } from '../src/lib/lessons/index.ts';
import { formatProblem } from '../src/lib/problem.ts';
import { virtualModule } from './site-files.ts';

const escape = (text: string): string =>
  text.replace(/[&<>"']/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' })[c] ?? c);

/** The address of a place in another lesson, as the page has it. */
export type LessonHref = (lesson: string, step: string | undefined) => string;
const pageHref: LessonHref = (lesson, step) => `../${lesson}/${step === undefined ? '' : `#${step}`}`;

/** What a link of a lesson leads to: a view or a file of the page beside it, or a place in another lesson. */
function linkHtml(target: string, html: string, hrefOf: LessonHref): string {
  const [, scheme, rest = ''] = /^(view|file|lesson):([\w.#-]+)$/.exec(target) ?? [];
  if (scheme === 'view' || scheme === 'file') return `<button type="button" class="link" data-${scheme}="${escape(rest)}">${html}</button>`;
  if (scheme !== 'lesson') throw new Error(`a lesson cannot link to ${target}`);
  const [name, step] = rest.split('#');
  return `<a href="${escape(hrefOf(name ?? '', step))}">${html}</a>`;
}

function renderer(hrefOf: LessonHref): (markdown: string) => string {
  const marked = new Marked({
    renderer: {
      link({ href, tokens }: Tokens.Link) {
        return linkHtml(href, this.parser.parseInline(tokens), hrefOf);
      },
      // Text is text: lessons have no HTML of their own.
      html: ({ text }: Tokens.HTML | Tokens.Tag) => escape(text),
    },
  });
  return (markdown) => marked.parse(markdown, { async: false });
}

/** The lessons as a module of the site, made again when one of their files changes. */
export function lessonsModule(hrefOf: LessonHref = pageHref): Plugin {
  const make = () => {
    const read = readLessons();
    if (!read.ok) throw new Error(read.problems.map(formatProblem).join('\n'));
    const rendered = read.value.map((lesson) => renderLesson(lesson, hrefOf));
    return `export default JSON.parse(${JSON.stringify(JSON.stringify(rendered))});`;
  };
  const files = () =>
    readdirSync(lessonsFolder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
  return virtualModule('virtual:lessons', make, files);
}

/** A lesson without what only tests need, its texts as HTML. */
export function renderLesson({ steps, hints, wrong: _, ...lesson }: Lesson, hrefOf: LessonHref) {
  const render = renderer(hrefOf);
  return {
    ...lesson,
    steps: steps.map(({ text, ...step }) => ({ ...step, html: render(text) })),
    hints: hints.map(({ title, text }) => ({ title, html: render(text) })),
  };
}
