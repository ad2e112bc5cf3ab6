import type { LessonProgress, ProgressStore } from '../project/progress.ts';
import type { Lesson } from 'virtual:lessons';
import type { Verdict } from '../session/session.ts';
import type { Workbench } from './workbench.svelte.ts';

/** How the last check went. `stale`: the project has changed since. */
export type CheckState =
  | { state: 'none' }
  | { state: 'building' | 'running'; done: number; total: number }
  | { state: 'done'; verdicts: Verdict[] }
  | { state: 'unbuilt' }
  | { state: 'failed'; message: string };

/** A person in a lesson: where they are, what hints they took, whether their answer holds. */
export class LessonGuide {
  readonly lesson: Lesson;
  step = $state(0);
  hints = $state(0);
  passed = $state(false);
  solved = $state(false);
  check = $state.raw<CheckState>({ state: 'none' });
  readonly #bench: Workbench;
  readonly #store: ProgressStore;
  #abort: AbortController | undefined;

  constructor(lesson: Lesson, bench: Workbench, store: ProgressStore, progress: LessonProgress | undefined, stepId: string) {
    this.lesson = lesson;
    this.#bench = bench;
    this.#store = store;
    this.hints = Math.min(progress?.hints ?? 0, lesson.hints.length);
    this.passed = progress?.passed ?? false;
    const at = (id: string | undefined) => lesson.steps.findIndex((s) => s.id === id);
    this.step = Math.max(0, at(stepId) >= 0 ? at(stepId) : at(progress?.step));
  }

  get current(): Lesson['steps'][number] {
    return this.lesson.steps[this.step];
  }

  get busy(): boolean {
    return this.check.state === 'building' || this.check.state === 'running';
  }

  goTo(step: number): void {
    this.step = Math.min(Math.max(step, 0), this.lesson.steps.length - 1);
    void this.#save();
  }

  goToId(id: string): boolean {
    const at = this.lesson.steps.findIndex((step) => step.id === id);
    if (at >= 0) this.goTo(at);
    return at >= 0;
  }

  showHint(): void {
    this.hints = Math.min(this.hints + 1, this.lesson.hints.length);
    void this.#save();
  }

  /** Builds what is in the editor and holds the checks against it, on machines of its own: nothing of the person's is touched. */
  async run(): Promise<void> {
    if (this.busy) return;
    const abort = new AbortController();
    this.#abort = abort;
    this.check = { state: 'building', done: 0, total: 0 };
    const { project } = this.#bench;
    const built = await this.#bench.buildImage();
    const image = this.#bench.built?.image;
    if (abort.signal.aborted) this.check = { state: 'none' };
    else if (!built || !image) this.check = { state: 'unbuilt' };
    else await this.#verify(project, image, abort.signal);
  }

  async #verify(project: Workbench['project'], image: { elf: Uint8Array; imageBytes: number }, signal: AbortSignal): Promise<void> {
    this.check = { state: 'running', done: 0, total: 0 };
    const onprogress = (done: number, total: number) => (this.check = { state: 'running', done, total });
    const answer = await this.#bench.session.checkLesson({ checks: this.lesson.checks, project, image }, { signal, onprogress });
    if (answer === 'cancelled') this.check = { state: 'none' };
    else if (typeof answer === 'string') this.check = { state: 'failed', message: answer };
    else {
      this.check = { state: 'done', verdicts: answer };
      this.passed ||= answer.every((verdict) => verdict.passed);
      await this.#save();
    }
  }

  stop(): void {
    this.#abort?.abort();
    this.#bench.cancelBuild();
  }

  /** Puts the solution into the editor; {@link putBack} brings the person's own files back. */
  showSolution(): void {
    if (this.#mine) return;
    this.#mine = this.#bench.project.files;
    this.#bench.replaceFiles({ ...this.#bench.project.files, ...this.lesson.solution });
    this.solved = true;
  }

  #mine: Record<string, string> | undefined;

  putBack(): void {
    if (this.#mine) this.#bench.replaceFiles(this.#mine);
    this.#mine = undefined;
    this.solved = false;
  }

  #save(): Promise<void> {
    return this.#store.save(this.lesson.name, { step: this.current.id, hints: this.hints, passed: this.passed });
  }
}
