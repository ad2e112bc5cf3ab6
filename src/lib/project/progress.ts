import { createStore, get, type UseStore } from 'idb-keyval';
import * as v from 'valibot';
import { commit } from './commit.ts';
import type { Project } from './project.ts';
import { projectSchema } from './storage.ts';

/** What a person has made of a lesson's application. */
export type LessonWork = Pick<Project, 'files' | 'settings' | 'machine'>;

/** How far a person has come in a lesson. */
export type LessonProgress = {
  /** Id of the step that was open last. */
  step: string;
  /** Hints that were asked for. */
  hints: number;
  /** Whether an answer has passed its checks. */
  passed: boolean;
  /** The person's own work, while a solution or somebody else's work stands in its place. */
  mine?: LessonWork | undefined;
};

const schema = v.object({
  step: v.string(),
  hints: v.pipe(v.number(), v.integer(), v.minValue(0)),
  passed: v.boolean(),
  mine: v.optional(v.pick(projectSchema, ['files', 'settings', 'machine'])),
});

/** Progress by lesson, kept between visits where the browser lets it. */
export class ProgressStore {
  readonly #database: UseStore | undefined;
  readonly #memory = new Map<string, LessonProgress>();

  constructor() {
    try {
      this.#database = createStore('ukulele-lessons', 'progress');
    } catch {
      this.#database = undefined;
    }
  }

  async load(lesson: string): Promise<LessonProgress | undefined> {
    if (!this.#database) return this.#memory.get(lesson);
    try {
      const read = v.safeParse(schema, await get(lesson, this.#database));
      return read.success ? read.output : this.#memory.get(lesson);
    } catch {
      return this.#memory.get(lesson);
    }
  }

  async save(lesson: string, progress: LessonProgress): Promise<void> {
    this.#memory.set(lesson, progress);
    // A browser that keeps nothing: progress lasts as long as the page.
    if (this.#database) await commit(this.#database, (objects) => objects.put(progress, lesson)).catch(() => undefined);
  }
}
