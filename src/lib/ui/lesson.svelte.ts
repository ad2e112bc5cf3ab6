import type { SharedProject } from '../project/link.ts';
import { defaultMachine, sameWork, type Project } from '../project/project.ts';
import type { LessonProgress, LessonWork } from '../project/progress.ts';
import type { Session, Verdict } from '../session/session.ts';
import type { Lesson } from 'virtual:lessons';

/** How the last check went. */
export type CheckState =
  | { state: 'none' }
  | { state: 'building' | 'running'; done: number; total: number }
  | { state: 'done'; verdicts: Verdict[] }
  | { state: 'unbuilt' }
  | { state: 'failed'; message: string };

/** What a lesson needs of whoever has the editor, the compiler and the machines: the playground, or an embedded player. */
export interface LessonBench {
  readonly project: Project;
  /** Puts other work in the place of the project's. */
  replaceWork(work: LessonWork): void;
  /** Builds what is in the editor; nothing when it does not build, or was stopped. */
  buildImage(): Promise<{ elf: Uint8Array; imageBytes: number } | undefined>;
  cancelBuild(): void;
  checkLesson: Session['checkLesson'];
}

/** A person in a lesson: where they are, what hints they took, whether their answer holds. */
export class LessonGuide {
  readonly lesson: Lesson;
  step = $state(0);
  hints = $state(0);
  passed = $state(false);
  check = $state.raw<CheckState>({ state: 'none' });
  /** The person's own work, while other work stands in its place. */
  #mine = $state.raw<LessonWork>();
  readonly #bench: LessonBench;
  readonly #save: (progress: LessonProgress) => void;
  #abort: AbortController | undefined;

  /** `stepId`: the step to begin with, when there is one of that id. `save`: is told of all progress. */
  constructor(
    lesson: Lesson,
    bench: LessonBench,
    { progress, stepId, save }: { progress?: LessonProgress | undefined; stepId: string; save: (progress: LessonProgress) => void },
  ) {
    this.lesson = lesson;
    this.#bench = bench;
    this.#save = save;
    this.hints = Math.min(progress?.hints ?? 0, lesson.hints.length);
    this.passed = progress?.passed ?? false;
    this.#mine = progress?.mine;
    const at = (id: string | undefined) => lesson.steps.findIndex((s) => s.id === id);
    this.step = Math.max(0, at(stepId) >= 0 ? at(stepId) : at(progress?.step));
  }

  get current(): Lesson['steps'][number] {
    return this.lesson.steps[this.step];
  }

  get busy(): boolean {
    return this.check.state === 'building' || this.check.state === 'running';
  }

  /** Whether a solution, or what a link brought, stands in the place of the person's own work. */
  get hasOtherWork(): boolean {
    return this.#mine !== undefined;
  }

  goTo(step: number): void {
    this.step = Math.min(Math.max(step, 0), this.lesson.steps.length - 1);
    this.#tell();
  }

  goToId(id: string): boolean {
    const at = this.lesson.steps.findIndex((step) => step.id === id);
    if (at >= 0) this.goTo(at);
    return at >= 0;
  }

  showHint(): void {
    this.hints = Math.min(this.hints + 1, this.lesson.hints.length);
    this.#tell();
  }

  /** Builds what is in the editor and holds the checks against it, on machines of its own: nothing of the person's is touched. */
  async run(): Promise<void> {
    if (this.busy) return;
    const abort = new AbortController();
    this.#abort = abort;
    this.check = { state: 'building', done: 0, total: 0 };
    const { project } = this.#bench;
    const image = await this.#bench.buildImage();
    if (abort.signal.aborted) this.check = { state: 'none' };
    else if (!image) this.check = { state: 'unbuilt' };
    else await this.#verify(project, image, abort.signal);
  }

  async #verify(project: Project, { elf, imageBytes }: { elf: Uint8Array; imageBytes: number }, signal: AbortSignal): Promise<void> {
    this.check = { state: 'running', done: 0, total: 0 };
    const onprogress = (done: number, total: number) => (this.check = { state: 'running', done, total });
    const what = { checks: this.lesson.checks, project, image: { elf, imageBytes } };
    const answer = await this.#bench.checkLesson(what, { signal, onprogress });
    if (answer === 'cancelled') this.check = { state: 'none' };
    else if (typeof answer === 'string') this.check = { state: 'failed', message: answer };
    else {
      this.check = { state: 'done', verdicts: answer };
      this.passed ||= answer.every((verdict) => verdict.passed);
      this.#tell();
    }
  }

  stop(): void {
    this.#abort?.abort();
    this.#bench.cancelBuild();
  }

  /** Puts the solution into the editor; {@link putBack} brings the person's own work back. */
  showSolution(): void {
    const { project } = this.#bench;
    this.#replace({ ...project, files: { ...project.files, ...this.lesson.solution } });
  }

  /** Puts what a link of this lesson holds into the editor, as {@link showSolution} does with the solution. */
  showShared({ files, deleted, settings, machine }: SharedProject): void {
    const all = { ...this.lesson.start, ...files };
    for (const path of deleted) delete all[path];
    const { project } = this.#bench;
    const work = { ...project, files: all, settings, machine: { ...defaultMachine, ...machine } };
    if (!sameWork(work, project)) this.#replace(work);
  }

  #replace({ files, settings, machine }: Project): void {
    const { project } = this.#bench;
    this.#mine ??= { files: project.files, settings: project.settings, machine: project.machine };
    this.#bench.replaceWork({ files, settings, machine });
    this.#tell();
  }

  putBack(): void {
    if (this.#mine) this.#bench.replaceWork(this.#mine);
    this.#mine = undefined;
    this.#tell();
  }

  #tell(): void {
    const mine = this.#mine;
    this.#save({ step: this.current.id, hints: this.hints, passed: this.passed, ...(mine ? { mine } : {}) });
  }
}
