import * as v from 'valibot';
import { LineCounter, parseDocument } from 'yaml';
import type { Problem, Result } from '../problem.ts';
import { readChecks, type Check } from './check.ts';

/** A picture of the running image that a step asks the page to show. */
export type LessonView = 'terminal' | 'map' | 'libraries' | 'footprint' | 'log';

export type LessonStep = {
  /** Stable within the lesson: links name it. */
  id: string;
  title: string;
  /** Markdown. */
  text: string;
  view?: LessonView;
  /** File of the project that the step is about. */
  file?: string;
};

/** A hint: shown on request, one after the other. Its C blocks are whole functions, which stand after the `#include` lines of `file`. */
export type LessonHint = { title: string; text: string; file: string };

/** An answer that is plausible and wrong, with what has to be said about it: tests hold the checks against it. */
export type WrongAnswer = { name: string; files: Record<string, string>; says: string };

/** A lesson. Files are text by path relative to the application's folder. */
export type Lesson = {
  /** Its folder below lessons/. */
  name: string;
  title: string;
  summary: string;
  /** Place in the course, from 1. */
  order: number;
  /** What it takes an attentive reader. */
  minutes: number;
  steps: LessonStep[];
  hints: LessonHint[];
  /** The application that a person begins with, and what the solution changes in it. */
  start: Record<string, string>;
  solution: Record<string, string>;
  checks: Check[];
  wrong: WrongAnswer[];
};

const views = ['terminal', 'map', 'libraries', 'footprint', 'log'] as const;

const frontSchema = v.strictObject({
  title: v.string(),
  summary: v.string(),
  order: v.pipe(v.number(), v.integer(), v.minValue(1)),
  minutes: v.pipe(v.number(), v.integer(), v.minValue(1)),
  /** What the steps show, by their id. */
  steps: v.optional(v.record(v.string(), v.strictObject({ view: v.optional(v.picklist(views)), file: v.optional(v.string()) })), {}),
});
const hintSchema = v.strictObject({ title: v.string(), file: v.optional(v.string(), 'main.c') });
const wrongSchema = v.record(v.string(), v.string());

/**
 * Reads a lesson from the files of its folder:
 *
 *     lesson.md      front matter, then a step under each heading of the second level
 *     checks.yml     what a solution has to show (check.ts)
 *     hints/N.md     hints in order, each with front matter
 *     start/         the application
 *     solution/      the files that the solution changes
 *     wrong/NAME/    files that a wrong answer changes; wrong.yml: for each NAME what has to be said about it
 */
export function readLesson(name: string, files: ReadonlyMap<string, string>): Result<Lesson> {
  const reader = new LessonReader(name, files);
  const lesson = reader.read();
  return reader.problems.length > 0 || !lesson ? { ok: false, problems: reader.problems } : { ok: true, value: lesson };
}

class LessonReader {
  readonly problems: Problem[] = [];
  readonly #name: string;
  readonly #files: ReadonlyMap<string, string>;

  constructor(name: string, files: ReadonlyMap<string, string>) {
    this.#name = name;
    this.#files = files;
  }

  read(): Lesson | undefined {
    const front = this.#front('lesson.md', frontSchema);
    const checksFile = this.#text('checks.yml');
    const data = checksFile === undefined ? undefined : this.#yaml('checks.yml', checksFile);
    const checks = readChecks(data, this.#path('checks.yml'));
    if (!checks.ok) this.problems.push(...checks.problems);
    const start = this.#below('start/');
    if (!('Makefile.uk' in start)) this.#refuse('start/Makefile.uk', 'a lesson starts with an application: Makefile.uk is missing');
    if (!front || !checks.ok) return undefined;
    const { steps, ...about } = front.head;
    return {
      name: this.#name,
      ...about,
      steps: this.#steps(front.body, steps),
      hints: this.#hints(),
      start,
      solution: this.#below('solution/'),
      checks: checks.value,
      wrong: this.#wrong(),
    };
  }

  #steps(body: string, shown: v.InferOutput<typeof frontSchema>['steps']): LessonStep[] {
    const steps = body
      .split(/^## /m)
      .slice(1)
      .map((part): LessonStep => {
        const [title = '', ...lines] = part.split('\n');
        const id = idOf(title);
        return { id, title: title.trim(), text: lines.join('\n').trim(), ...shown[id] };
      });
    const ids = steps.map(({ id }) => id);
    if (steps.length === 0) this.#refuse('lesson.md', 'a lesson has steps, each under a heading that begins with ##');
    for (const id of Object.keys(shown))
      if (!ids.includes(id)) this.#refuse('lesson.md', `there is no step "${id}"; there are ${ids.join(', ')}`);
    if (new Set(ids).size < ids.length) this.#refuse('lesson.md', 'two steps have the same title');
    return steps;
  }

  #hints(): LessonHint[] {
    const names = [...this.#files.keys()].filter((path) => /^hints\/[^/]+\.md$/.test(path)).sort();
    return names.flatMap((path) => {
      const hint = this.#front(path, hintSchema);
      return hint ? [{ ...hint.head, text: hint.body.trim() }] : [];
    });
  }

  #wrong(): WrongAnswer[] {
    const text = this.#files.get('wrong.yml');
    if (text === undefined) return [];
    const says = v.safeParse(wrongSchema, this.#yaml('wrong.yml', text));
    if (!says.success) {
      this.#refuse('wrong.yml', 'a text for each folder of wrong/ is needed');
      return [];
    }
    return Object.entries(says.output).map(([name, what]) => ({ name, says: what, files: this.#below(`wrong/${name}/`) }));
  }

  /** A Markdown file with YAML between two lines of dashes in front. */
  #front<T>(path: string, schema: v.GenericSchema<unknown, T>): { head: T; body: string } | undefined {
    const text = this.#text(path);
    const parts = text === undefined ? undefined : /^---\n(.*?)\n---\n(.*)$/s.exec(text);
    if (!parts) {
      if (text !== undefined) this.#refuse(path, 'it begins with YAML between two lines of three dashes');
      return undefined;
    }
    const checked = v.safeParse(schema, this.#yaml(path, parts[1]));
    if (checked.success) return { head: checked.output, body: parts[2] };
    const [issue] = checked.issues;
    this.#refuse(path, `${v.getDotPath(issue) ?? 'front matter'}: ${issue.message}`);
    return undefined;
  }

  #yaml(path: string, text: string): unknown {
    const lines = new LineCounter();
    const document = parseDocument(text, { lineCounter: lines });
    for (const { message, pos } of document.errors) {
      const { line, col } = lines.linePos(pos[0]);
      this.problems.push({ severity: 'error', place: { file: this.#path(path), line, column: col }, message });
    }
    return document.errors.length > 0 ? undefined : document.toJS({ maxAliasCount: 0 });
  }

  #text(path: string): string | undefined {
    const text = this.#files.get(path);
    if (text === undefined) this.#refuse(path, 'the file is missing');
    return text;
  }

  #below(folder: string): Record<string, string> {
    const found = [...this.#files].filter(([path]) => path.startsWith(folder));
    return Object.fromEntries(found.map(([path, text]) => [path.slice(folder.length), text]));
  }

  #path(path: string): string {
    return `lessons/${this.#name}/${path}`;
  }

  #refuse(path: string, message: string): void {
    this.problems.push({ severity: 'error', place: { file: this.#path(path), line: 1, column: 0 }, message });
  }
}

/** `What is a unikernel?` as `what-is-a-unikernel`. */
function idOf(title: string): string {
  return title
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
}
