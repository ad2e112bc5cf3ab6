/** What an embedded player does: one project, one machine, and a compiler only once something is to be built. It keeps nothing between visits. */
import examples from 'virtual:examples';
import type { Lesson } from 'virtual:lessons';
import type { Problem } from '$lib/problem.ts';
import { decodeLink, encodeLink, maxFiles, projectFromShare, shareOf, type SharedProject, type SharedRun } from '$lib/project/link.ts';
import { buildsExample, mainFileOf, projectFromExample, sameWork, withExample, type Project } from '$lib/project/project.ts';
import type { BuiltImage, CompilerState, FromToolchain, MachineFigures, MachineState } from '$lib/session/messages.ts';
import { Session, type MachineEvent } from '$lib/session/session.ts';
import { fetchAsset, fetchByScripts } from '$lib/session/site-assets.ts';
import { LessonGuide, type LessonBench } from '$lib/ui/lesson.svelte.ts';
import { replayVerdict, type ReplayProof } from '$lib/ui/replay-proof.ts';
import { UartFeed } from '$lib/ui/uart-feed.ts';
import type { EmbedParameters } from './parameters.ts';
import { runScript, type Pieces } from './pieces.ts';
import type { EmbedCommand, EmbedEvent, EmbedState } from './protocol.ts';

type Image = { elf: Uint8Array; hash: string; project: Project };

const off: MachineFigures = { instructions: 0, virtualNs: 0, mips: 0, replaying: false };

export class Player implements LessonBench {
  project = $state.raw<Project>()!;
  original = $state.raw<Project>()!;
  openFile = $state('');
  /** Why there is nothing to show: a link that cannot be read, an example that does not exist. */
  refusal = $state.raw<Problem[]>([]);
  loaded = $state(false);
  machine = $state.raw<MachineState>({ state: 'off' });
  figures = $state.raw<MachineFigures>(off);
  compiler = $state.raw<CompilerState>({ state: 'absent' });
  build = $state.raw({ running: false, done: 0, total: 0, current: '' });
  problems = $state.raw<Problem[]>([]);
  replay = $state.raw<ReplayProof>();
  crash = $state('');
  /** The lesson, when it is one. */
  guide = $state.raw<LessonGuide>();
  /** The lesson after that. */
  next = $state.raw<Lesson>();

  readonly uart = new UartFeed((bytes) => this.#session?.taken(bytes));
  readonly #pieces: Pieces;
  readonly #base: string;
  readonly #tell: (event: EmbedEvent) => void;
  #decoder = new TextDecoder();
  #session: Session | undefined;
  #image: Image | undefined;
  /** What projects begin as, by path: the pool's examples, and the lesson's application. */
  #examples = examples;
  #sharedRun: SharedRun | undefined;
  #abort = new AbortController();
  #run = 0;

  /** `base`: URL of the site. `tell`: takes events for the page around. */
  constructor(pieces: Pieces, base: string, tell: (event: EmbedEvent) => void) {
    this.#pieces = pieces;
    this.#base = base;
    this.#tell = tell;
  }

  /** Reads the project; the machine is not fetched yet. */
  async open(parameters: EmbedParameters): Promise<void> {
    const { link, file } = parameters;
    const lesson = parameters.lesson === undefined ? undefined : await this.#lesson(parameters.lesson);
    const example = lesson?.name ?? parameters.example;
    const linked = link === undefined ? undefined : await decodeLink(link);
    const name = linked?.ok ? linked.value.example : example;
    this.original = projectFromExample(this.#examples, name);
    this.project = this.original;
    if (this.refusal.length > 0) return;
    if (linked && !linked.ok) this.refusal = linked.problems;
    else if (Object.keys(this.original.files).length === 0)
      this.refusal = [{ severity: 'error', message: `This site has no example called "${name}".` }];
    else if (linked) {
      this.project = projectFromShare(linked.value, this.original, 'embedded');
      this.#sharedRun = linked.value.run;
    }
    this.original = this.project;
    this.openFile = file !== undefined && file in this.project.files ? file : mainFileOf(this.project);
    if (lesson && this.refusal.length === 0) this.#begin(lesson, parameters.step ?? '');
  }

  /** A lesson, with its start files among the examples; the refusal says why there is none. */
  async #lesson(name: string): Promise<Lesson | undefined> {
    const refuse = (message: string) => void (this.refusal = [{ severity: 'error', message }]);
    try {
      await this.#pieces.load('lessons');
    } catch (error) {
      return refuse(error instanceof Error ? error.message : String(error));
    }
    const lessons = this.#pieces.lessons();
    const at = lessons.findIndex((each) => each.name === name);
    if (at < 0) return refuse(`This site has no lesson called "${name}".`);
    const lesson = lessons[at];
    this.next = lessons.at(at + 1);
    this.#examples = withExample(examples, lesson.name, lesson.start);
    return lesson;
  }

  #begin(lesson: Lesson, stepId: string): void {
    const save = ({ step, passed }: { step: string; passed: boolean }) =>
      this.#tell({ type: 'progress', lesson: lesson.name, step, passed });
    this.guide = new LessonGuide(lesson, this, { stepId, save });
    this.showStep();
  }

  /** Has the file ready that the lesson's step is about. */
  showStep(): void {
    const file = this.guide?.current.file;
    if (file !== undefined && file in this.project.files) this.openFile = file;
  }

  get edited(): boolean {
    return !sameWork(this.project, this.original);
  }

  get state(): EmbedState {
    if (this.build.running) return 'building';
    return this.loaded ? this.machine.state : 'unloaded';
  }

  get isAlive(): boolean {
    return ['running', 'waiting', 'paused'].includes(this.machine.state);
  }

  /** Whether the next boot needs a build, and with that the compiler. */
  get needsBuild(): boolean {
    const isBuilt = this.#image !== undefined && sameWork(this.#image.project, this.project);
    return !isBuilt && !buildsExample(this.project, projectFromExample(this.#examples, this.project.example));
  }

  handle(command: EmbedCommand): void {
    switch (command.type) {
      case 'load':
        return void this.load();
      case 'run':
        return void this.run();
      case 'build':
        return void this.buildImage();
      case 'input':
        return this.sendInput(new TextEncoder().encode(command.text));
      case 'setFile':
        return this.edit(command.path, command.text);
      case 'getProject':
        return this.#tell({ type: 'project', id: command.id, example: this.project.example, files: this.project.files });
      case 'getLink':
        return void this.link().then((url) => this.#tell({ type: 'link', id: command.id, url }));
      case 'stop':
        return this.stop();
      case 'revert':
        return this.revert();
      case 'setTheme':
        // The page's, not the player's: main.ts has it.
        return;
      default:
        return this.#session?.control(command.type);
    }
  }

  edit(path: string, text: string): void {
    const { files } = this.project;
    if (Object.hasOwn(files, path) ? files[path] === text : Object.keys(files).length >= maxFiles) return;
    this.project = { ...this.project, files: { ...files, [path]: text } };
    this.#tell({ type: 'edited', path });
  }

  revert(): void {
    this.project = this.original;
  }

  replaceWork({ files, settings, machine }: Pick<Project, 'files' | 'settings' | 'machine'>): void {
    this.project = { ...this.project, files, settings, machine };
    if (!(this.openFile in files)) this.openFile = mainFileOf(this.project);
  }

  readonly checkLesson: Session['checkLesson'] = async (what, how) => {
    const session = await this.load();
    if (!session) return this.crash;
    await this.#pieces.load('lessonChecker');
    return session.checkLesson(what, how);
  };

  sendInput(bytes: Uint8Array): void {
    this.#session?.input(bytes);
  }

  /** Fetches the machine. */
  async load(): Promise<Session | undefined> {
    try {
      await this.#pieces.load('machine');
    } catch (error) {
      return this.#fail(error instanceof Error ? error.message : String(error));
    }
    this.#session ??= this.#startSession();
    this.loaded = true;
    return this.#session;
  }

  #startSession(): Session {
    const workers = {
      machine: () => this.#pieces.worker('machine'),
      toolchain: () => this.#pieces.worker('toolchain'),
      lessonChecker: () => this.#pieces.worker('lessonChecker'),
    };
    const read = self.origin === 'null' ? (url: URL) => fetchByScripts(url, runScript) : fetchAsset;
    const session = new Session(this.#base, workers, read);
    session.open({}, { toolchain: (m) => this.#onToolchain(m), machine: (m) => this.#onMachine(m) });
    return session;
  }

  /** Boots the project: the image that the site ships, the one built before, or a new one. */
  async run(): Promise<void> {
    if (this.refusal.length > 0 || this.build.running) return;
    this.crash = '';
    const session = await this.load();
    if (!session) return;
    const image = this.needsBuild ? await this.#build() : await this.#readyImage(session);
    if (!image) return;
    const run = this.edited ? undefined : this.#sharedRun;
    this.uart.clear();
    this.#decoder = new TextDecoder();
    this.replay = run && { expected: run, imageHash: image.hash };
    this.#run = session.boot(image.elf, this.project.machine, run?.recording);
  }

  async #readyImage(session: Session): Promise<Image | undefined> {
    if (this.#image && sameWork(this.#image.project, this.project)) return this.#image;
    const shipped = await session.prebuiltImage(this.project.example);
    if (shipped) return { ...shipped, project: this.project };
    return this.#build();
  }

  /** Builds, to be booted later. */
  async #build(): Promise<Image | undefined> {
    return (await this.buildImage()) && this.#image;
  }

  async buildImage(): Promise<BuiltImage | undefined> {
    if (this.refusal.length > 0 || this.build.running) return undefined;
    const session = await this.load();
    if (!session) return undefined;
    // From here on a person may stop it, while the compiler is still on its way too.
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    this.build = { running: true, done: 0, total: 0, current: '' };
    this.#tellState();
    try {
      await Promise.all([this.#pieces.load('toolchain'), this.#pieces.load('pool')]);
    } catch (error) {
      this.build = { ...this.build, running: false };
      return this.#fail(error instanceof Error ? error.message : String(error));
    }
    session.open(this.#pieces.pool(), { toolchain: (m) => this.#onToolchain(m), machine: (m) => this.#onMachine(m) });
    const { project } = this;
    const { image, problems } = await session.build(project, signal);
    this.build = { ...this.build, running: false };
    this.problems = problems;
    if (image) this.#image = { elf: image.elf, hash: image.hash, project };
    this.#tell({
      type: 'built',
      ok: image !== undefined,
      ...(image ? { imageHash: image.hash } : {}),
      problems: problems.map(({ severity, message, place }) => ({ severity, message, file: place?.file, line: place?.line })),
    });
    this.#tellState();
    return image;
  }

  cancelBuild(): void {
    this.#abort.abort();
  }

  stop(): void {
    if (this.build.running) this.cancelBuild();
    else this.#session?.stop();
  }

  control(what: 'pause' | 'resume' | 'reset'): void {
    this.#session?.control(what);
  }

  /** Everything as it is now, on the full page. With the recorded run, as long as nothing has been changed. */
  async link(): Promise<string> {
    const shared = shareOf(this.project, projectFromExample(this.#examples, this.project.example));
    if (this.guide) return this.#lessonLink(this.guide, shared);
    const run = this.edited ? undefined : this.#sharedRun;
    return `${this.#base}#${await encodeLink({ ...shared, ...(run ? { run } : {}) })}`;
  }

  async #lessonLink({ lesson, current }: LessonGuide, shared: SharedProject): Promise<string> {
    const page = `${this.#base}learn/${lesson.name}/`;
    const isChanged = !sameWork(this.project, projectFromExample(this.#examples, lesson.name));
    return isChanged ? `${page}?step=${current.id}#${await encodeLink(shared)}` : `${page}#${current.id}`;
  }

  /** Workers that failed are of no more use: the next run starts others. */
  #crashed(message: string): void {
    this.#session?.dispose();
    this.#session = undefined;
    this.loaded = false;
    this.machine = { state: 'off' };
    this.build = { ...this.build, running: false };
    this.#fail(message);
    this.#tellState();
  }

  #fail(message: string): undefined {
    this.crash = message;
    this.#tell({ type: 'failed', message });
  }

  #onToolchain(message: FromToolchain): void {
    if (message.type === 'compiler') this.compiler = message.compiler;
    else if (message.type === 'crashed') this.#crashed(`The toolchain failed: ${message.message}`);
    else if (message.type === 'progress' && this.build.running)
      this.build = { running: true, done: message.done, total: message.total, current: message.current };
  }

  #onMachine(message: MachineEvent): void {
    if (message.type === 'crashed') this.#crashed(`The machine failed: ${message.message}`);
    else if (message.run !== this.#run) return;
    else if (message.type === 'uart') {
      this.uart.push(message.bytes);
      const text = this.#decoder.decode(message.bytes, { stream: true });
      if (text) this.#tell({ type: 'uart', text });
    } else if (message.type === 'replayed') this.#onReplayed(message.stateHash);
    else if (message.type === 'state') {
      const isNew = message.machine.state !== this.machine.state;
      this.machine = message.machine;
      this.figures = message.figures;
      if (isNew) this.#tellState();
    }
  }

  #onReplayed(stateHash: string): void {
    if (!this.replay) return;
    this.replay = { ...this.replay, stateHash };
    this.#tell({ type: 'replayed', same: replayVerdict(this.replay).state === 'same', imageHash: this.replay.imageHash, stateHash });
  }

  #tellState(): void {
    const { machine, state } = this;
    const detail = machine.state === 'ended' && !this.build.running ? machine.stop.reason : undefined;
    this.#tell({ type: 'state', state, ...(detail ? { detail } : {}) });
  }
}
