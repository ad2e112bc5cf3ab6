import type { Problem } from '../problem.ts';
import { imageName, packProject, unpackProject } from '../project/archive.ts';
import { fileKind } from '../project/dropped-file.ts';
import { encodeShared, projectFromShare, shareOf, type SharedProject, type SharedRun } from '../project/link.ts';
import {
  buildsExample,
  exampleNamed,
  exampleNames,
  firstExample,
  mainFileOf,
  projectFromExample,
  sameWork,
  type Project,
} from '../project/project.ts';
import type { ProjectStore } from '../project/storage.ts';
import type {
  BuiltImage,
  Completion,
  CompilerState,
  DebugPicture,
  LineStop,
  FromToolchain,
  ImagePiece,
  MachineBytes,
  MachineFigures,
  MachineState,
  MapDetail,
  MemoryMapData,
  MenuNode,
  SourceLine,
} from '../session/messages.ts';
import type { MachineEvent, Session } from '../session/session.ts';
import { UartFeed } from './uart-feed.ts';
import type { ReplayProof } from './replay-proof.ts';
import { toggled } from './debug.ts';
import { findDefinition, findIncluded, sourceFiles } from './definitions.ts';

export type LogLine = { severity: 'info' | 'error' | 'warning' | 'note'; text: string; problem?: Problem };
/** An image with the options that it was built with. */
export type Built = { image: BuiltImage; settings: Record<string, string> };
/** Something that was done, and how to undo it. */
export type Notice = { text: string; undo?: () => void };
export type BuildState = { running: boolean; done: number; total: number; current: string };
/** What a snapshot file holds for the page. `id`: of the project that it becomes. */
export type OpenableSnapshot = { project?: SharedProject; terminal: Uint8Array; id: string };
/** Timings of one Build & Boot, in milliseconds from the click. */
export type Timings = { build?: number; firstByte?: number };

/** What is made of a lesson's application belongs to the lesson, and is no project among others. */
const lessonPrefix = 'lesson:';
const saveDelayMs = 400;
/** Without a key pressed for so long, what was typed is checked. */
const checkDelayMs = 450;
/** Between a picture of the machine's memory and the question for the next one. */
const mapPauseMs = 400;
/** Of a machine that has not begun. */
const noFigures: MachineFigures = { instructions: 0, virtualNs: 0, mips: 0, replaying: false };

/** The id of what a person makes of a lesson's application. */
export const lessonProjectId = (lesson: string): string => `${lessonPrefix}${lesson}`;

/** Everything that the playground shows, and what a person can do with it. Components read it; none talks to a worker. */
export class Workbench {
  project = $state.raw<Project>()!;
  openFile = $state('');
  /** Tabs, in the order in which they were opened. */
  openFiles = $state.raw<string[]>([]);
  /** The person's projects, for a list to choose from. */
  projects = $state.raw<Pick<Project, 'id' | 'name' | 'example'>[]>([]);
  notice = $state.raw<Notice>();
  menu = $state.raw<MenuNode[]>([]);
  menuProblems = $state.raw<Problem[]>([]);
  compiler = $state.raw<CompilerState>({ state: 'absent' });
  build = $state.raw<BuildState>({ running: false, done: 0, total: 0, current: '' });
  problems = $state.raw<Problem[]>([]);
  log = $state.raw<LogLine[]>([]);
  built = $state.raw<Built>();
  /** The build before, to compare with. */
  previous = $state.raw<Built>();
  machine = $state.raw<MachineState>({ state: 'off' });
  figures = $state.raw(noFigures);
  map = $state.raw<MemoryMapData>();
  timings = $state.raw<Timings>({});
  /** A recorded run that is or was played, and how it compares with what its sender saw. */
  replay = $state.raw<ReplayProof>();
  /** A failure of ours, not of the person's program. */
  crash = $state('');
  /** What the image that was booted consists of. */
  bootedPieces = $state.raw<ImagePiece[]>([]);
  /** A debugger that has the machine; with a picture while that stands. */
  debug = $state.raw<{ picture?: DebugPicture }>();
  /** Lines at which a debugger stops the machine, and what is known of where they are in the image. */
  lineStops = $state.raw<LineStop[]>([]);
  /** The last answer to {@link readBytes}. */
  bytes = $state.raw<MachineBytes>();

  readonly pool: Record<string, string>;
  readonly session: Session;
  /** What was found in files while they were edited, by file; newer than the last build's problems. */
  #found = $state.raw<Record<string, Problem[]>>({});
  /** What Boot again boots. */
  #bootable = $state.raw<{ elf: Uint8Array; pieces: ImagePiece[]; from?: { project: Project; imageHash: string } }>();
  #checkTimer: ReturnType<typeof setTimeout> | undefined;
  /** Files that were edited before the compiler had arrived. */
  #unchecked: string[] = [];
  /** Resolves when the first picture is complete and shown: the first boot has printed, or there is none. */
  readonly settled: Promise<void>;
  #settle = () => {};
  #store: ProjectStore;
  /** The project as it was stored or read last. */
  #stored: Project;
  readonly #stopHearing: () => void;
  #saveTimer: ReturnType<typeof setTimeout> | undefined;
  #abort: AbortController | undefined;
  /** The latest question about the configuration. */
  #configuring: Promise<void> = Promise.resolve();
  #clicked = 0;
  #run = 0;
  #mapWatchers = 0;
  #mapDetail: MapDetail | undefined;
  #mapTimer: ReturnType<typeof setTimeout> | undefined;
  readonly uart = new UartFeed((bytes) => this.session.taken(bytes));
  /** What the machine was booted from, to say later what run it was. */
  #booted: { project: Project; imageHash: string } | undefined;

  constructor(pool: Record<string, string>, session: Session, store: ProjectStore, project: Project) {
    this.pool = pool;
    this.#store = store;
    this.#stopHearing = store.onSavedElsewhere((id) => void this.#readAgain(id));
    this.project = project;
    this.#stored = project;
    this.openFile = mainFileOf(project);
    this.openFiles = [this.openFile];
    this.settled = new Promise((resolve) => (this.#settle = () => setTimeout(resolve, 0)));
    this.session = session;
    session.open(pool, { toolchain: (m) => this.#onToolchain(m), machine: (m) => this.#onMachine(m) });
    void this.#listProjects();
  }

  /**
   * Boots what the site has ready, at once. Everything else is larger and waits until that has said something: the menu, the editor
   * ({@link settled}), and the objects for the first build.
   */
  async start(): Promise<void> {
    await this.#bootPrebuilt();
    await this.settled;
    await this.configure();
    await this.#inspectPrebuilt();
  }

  get machineAlive(): boolean {
    return this.machine.state === 'running' || this.machine.state === 'waiting' || this.machine.state === 'paused';
  }

  get persistent(): boolean {
    return this.#store.persistent;
  }

  /** Whether the example is unchanged. */
  get pristine(): boolean {
    return sameWork(this.project, projectFromExample(this.pool, this.project.example));
  }

  /** Whether it is a project of the person's own, and not the working copy of an example. */
  get isOwn(): boolean {
    return !exampleNames(this.pool).includes(this.project.id);
  }

  get canBoot(): boolean {
    return this.#bootable !== undefined;
  }

  /** What is wrong, as far as anybody knows: found while typing where a file was edited since the last build, else by that. */
  get marks(): Problem[] {
    const built = this.problems.filter((problem) => !((problem.place?.file ?? '') in this.#found));
    return [...built, ...Object.values(this.#found).flat(), ...this.menuProblems];
  }

  // Files

  /** Text of a file as the editor names it; library sources begin with `pool:`. */
  textOf(file: string): string | undefined {
    return file.startsWith('pool:') ? this.pool[file.slice('pool:'.length)] : this.project.files[file];
  }

  /** Shows a file in the editor. */
  openSource(file: string): void {
    if (this.textOf(file) === undefined) return;
    if (!this.openFiles.includes(file)) this.openFiles = [...this.openFiles, file];
    this.openFile = file;
  }

  closeFile(file: string): void {
    const at = this.openFiles.indexOf(file);
    const left = this.openFiles.filter((open) => open !== file);
    if (at < 0 || left.length === 0) return;
    this.openFiles = left;
    if (this.openFile === file) this.openFile = left[Math.min(at, left.length - 1)];
  }

  /** What could stand at a place, by clang. */
  complete(path: string, line: number, column: number): Promise<Completion[]> {
    return path.startsWith('pool:') ? Promise.resolve([]) : this.session.complete(this.project, path, line, column);
  }

  /** Where a name is defined, or the file that the line includes. */
  define(word: string, line: string, near: string): { file: string; text: string; line: number; column: number } | undefined {
    const files = sourceFiles(this.project.files, this.pool);
    const included = /^\s*#\s*include\s*[<"]([^>"]+)[>"]/.exec(line)?.[1];
    const header = included && findIncluded(files, included, near);
    const found = header ? { file: header, line: 1, column: 1 } : findDefinition(files, word, near);
    return found && { ...found, text: files.get(found.file) ?? '' };
  }

  /** Where the source of a function or variable of the booted image is, by the name and the object that it comes from. */
  sourceOf(symbol: string, object: string | undefined): { file: string; line: number } | undefined {
    const files = sourceFiles(this.project.files, this.pool);
    const source = object?.replace(/^.*?\//, '').replace(/(?:\.[a-z]+)?\.o$/, '');
    const near = source && [...files.keys()].find((path) => /\.[cS]$/.test(path) && path.slice(0, path.lastIndexOf('.')).endsWith(source));
    const found = findDefinition(files, symbol, near ?? '');
    return found && { file: found.file, line: found.line };
  }

  // Editing

  edit(path: string, text: string): void {
    if (this.project.files[path] === text) return;
    this.project = { ...this.project, files: { ...this.project.files, [path]: text } };
    this.#saveSoon();
    this.#checkSoon(path);
    // Who edits will build: the compiler comes while they type.
    this.session.prepare();
    if (/(^|\/)Config\.uk$/.test(path) || path === 'defconfig') void this.configure();
  }

  /** Puts other work in the place of the project's. */
  replaceWork({ files, settings, machine }: Pick<Project, 'files' | 'settings' | 'machine'>): void {
    this.#replace({ ...this.project, files, settings, machine });
    this.#saveSoon();
  }

  #replace(project: Project): void {
    this.project = project;
    this.openFiles = this.openFiles.filter((file) => this.textOf(file) !== undefined);
    if (this.textOf(this.openFile) === undefined) this.openSource(mainFileOf(this.project));
    void this.configure();
  }

  /** Another page has saved a project: when it is this one, what it holds now is shown, so that an older state does not take its place. */
  async #readAgain(id: string): Promise<void> {
    if (id !== this.project.id) return;
    const project = await this.#store.load(id);
    // What was changed here meanwhile is the newest.
    if (project?.id !== this.project.id || this.project !== this.#stored) return;
    this.#stored = project;
    this.#replace(project);
  }

  addFile(path: string): void {
    if (!(path in this.project.files)) this.edit(path, '');
    this.openSource(path);
  }

  removeFile(path: string): void {
    const { id } = this.project;
    const text = this.project.files[path];
    const files = { ...this.project.files };
    delete files[path];
    this.project = { ...this.project, files };
    this.openFiles = this.openFiles.filter((file) => file !== path);
    if (this.openFiles.length === 0) this.openFiles = [mainFileOf(this.project)];
    if (this.openFile === path) this.openFile = this.openFiles[0];
    this.#saveSoon();
    this.notice = {
      text: `Deleted ${path}.`,
      undo: () => {
        if (this.project.id !== id) return;
        this.edit(path, text);
        this.openSource(path);
      },
    };
  }

  #checkSoon(path: string): void {
    clearTimeout(this.#checkTimer);
    this.#checkTimer = setTimeout(() => void this.#check(path), checkDelayMs);
  }

  async #check(path: string): Promise<void> {
    if (this.compiler.state !== 'ready') return void this.#unchecked.push(path);
    if (this.build.running) return;
    const { project } = this;
    const problems = await this.session.check(project, path);
    // An answer about another text than what is there now says nothing.
    if (this.project.id === project.id && this.project.files[path] === project.files[path])
      this.#found = { ...this.#found, [path]: problems };
  }

  /** Asks what the configuration is, with a symbol set if there is one. Questions are answered one after the other. */
  configure(set?: { symbol: string; value: string }): Promise<void> {
    const { id } = this.project;
    const ask = () => this.#configure(id, set);
    this.#configuring = this.#configuring.then(ask, ask);
    return this.#configuring;
  }

  async #configure(id: string, set: { symbol: string; value: string } | undefined): Promise<void> {
    if (this.project.id !== id) return;
    const answer = await this.session.configure(this.project, set);
    if (this.project.id !== id) return;
    this.menu = answer.menu;
    this.menuProblems = answer.problems;
    if (set) {
      this.session.prepare();
      this.project = { ...this.project, settings: answer.settings };
      this.#saveSoon();
    }
  }

  setMachine(machine: Partial<Project['machine']>): void {
    this.project = { ...this.project, machine: { ...this.project.machine, ...machine } };
    this.#saveSoon();
  }

  /** Opens an example; work on it from an earlier visit comes back. */
  async openExample(example: string): Promise<void> {
    await this.save();
    await this.#showExample(example);
    void this.#bootPrebuilt().then(() => this.#inspectPrebuilt());
    await this.#store.setCurrent(this.project.id);
  }

  /** Shows an example as it was stored, or else as it is shipped: there is nothing to store yet. */
  async #showExample(example: string): Promise<void> {
    this.#show((await this.#store.load(example)) ?? exampleNamed(this.pool, example));
    this.#stored = this.project;
  }

  /** Opens a project that came by link, beside the person's own. */
  async openProject(project: Project): Promise<void> {
    await this.save();
    this.#show(project);
    await this.save();
    await this.#store.setCurrent(project.id);
  }

  /** Opens a project of the list. */
  async openSaved(id: string): Promise<void> {
    const project = await this.#store.load(id);
    if (project) await this.openProject(project);
    else this.notice = { text: 'This project cannot be read any more.' };
  }

  /** A copy under a name of its own, which is open from then on. */
  async duplicate(name: string): Promise<void> {
    await this.openProject({ ...this.project, id: newId(), name });
  }

  /** Renames; the working copy of an example becomes a project of its own, so that the example stays what it is called. */
  async rename(name: string): Promise<void> {
    if (!this.isOwn) return this.duplicate(name);
    this.project = { ...this.project, name };
    await this.save();
  }

  async removeProject(): Promise<void> {
    const removed = this.project;
    clearTimeout(this.#saveTimer);
    await this.#store.remove(removed.id);
    await this.#showExample(removed.example);
    await this.#store.setCurrent(this.project.id);
    await this.#listProjects();
    this.notice = { text: `Deleted the project "${removed.name}".`, undo: () => void this.openProject(removed) };
  }

  /** Opens what a link holds, beside the person's own work; a run that came with it is played as soon as the image is there. */
  async openShared(shared: SharedProject, id: string): Promise<void> {
    const original = projectFromExample(this.pool, shared.example);
    const opened = projectFromShare(shared, original, id);
    const before = await this.#store.load(id);
    // Who opened it before and worked on it finds that among the projects, and this beside it.
    const project = before && !sameWork(before, opened) ? { ...opened, id: newId() } : opened;
    // A boot that is on its way is of another project.
    if (shared.run) this.replay = { expected: shared.run, imageHash: shared.run.imageHash };
    await this.openProject(project);
    if (!shared.run) return void this.#bootPrebuilt();
    const shipped = this.#isAsShipped() ? await this.session.prebuiltImage(project.example) : undefined;
    if (shipped) return this.#bootImage(shipped.elf, { project, imageHash: shipped.hash }, shared.run);
    const image = await this.buildImage();
    if (!image) return void (this.replay = undefined);
    this.bootedPieces = image.pieces;
    this.#bootImage(image.elf, { project, imageHash: image.hash }, shared.run);
  }

  /** What a link is to hold. With the run, when there is one and the project is still the one that runs. */
  async share(withRun: 'withRun' | 'withoutRun'): Promise<SharedProject> {
    const shared = shareOf(this.project, projectFromExample(this.pool, this.project.example));
    const booted = this.#booted;
    if (withRun === 'withoutRun' || !booted || !this.runsThisProject) return shared;
    const recording = await this.session.record();
    return recording ? { ...shared, run: { recording, imageHash: booted.imageHash } } : shared;
  }

  /** Whether the machine was booted from the project as it is now. */
  get runsThisProject(): boolean {
    return this.machine.state !== 'off' && this.#booted !== undefined && sameWork(this.#booted.project, this.project);
  }

  /** The machine as a file, with the project that it was booted from and what the terminal shows. */
  async snapshot(): Promise<Uint8Array | undefined> {
    const project = this.#booted?.project ?? this.project;
    const shared = shareOf(project, projectFromExample(this.pool, project.example));
    return this.session.snapshot({ project: encodeShared(shared), terminal: this.uart.kept() });
  }

  /** Goes on from a snapshot file, paused. What it was built from opens beside the person's own work, when the file tells. */
  async openSnapshot(file: Uint8Array, { project: shared, terminal, id }: OpenableSnapshot): Promise<void> {
    if (shared) await this.openProject(projectFromShare(shared, projectFromExample(this.pool, shared.example), id));
    this.replay = undefined;
    this.#forgetMachine();
    this.uart.push(terminal);
    this.bootedPieces = [];
    this.#booted = undefined;
    this.#run = this.session.restore(file);
  }

  /** Throws the changes to this example away. */
  async revert(): Promise<void> {
    const before = this.project;
    this.#show({ ...projectFromExample(this.pool, before.example, before.id), name: before.name });
    await this.save();
    this.notice = { text: `Threw away the changes to ${before.name}.`, undo: () => void this.openProject(before) };
  }

  /** The project as a zip file with its image, built if it was not yet. */
  async exportZip(): Promise<{ name: string; bytes: Uint8Array<ArrayBuffer> }> {
    if (!this.built && this.compiler.state === 'ready') await this.buildImage();
    return { name: `${imageName(this.project.name)}.zip`, bytes: new Uint8Array(packProject(this.project, this.built?.image.elf)) };
  }

  /** A file from the person's disk: a zip becomes a project, anything else is booted. */
  async openFileFromDisk(name: string, bytes: Uint8Array): Promise<void> {
    // The page shows what a snapshot holds before it is opened.
    if (fileKind(bytes) === 'snapshot') return;
    if (fileKind(bytes) !== 'zip') return this.bootForeign(name, bytes);
    const unpacked = unpackProject(bytes, newId());
    if (unpacked.ok) await this.openProject(unpacked.value);
    this.notice = { text: unpacked.ok ? `Imported "${unpacked.value.name}" beside your other projects.` : unpacked.problems[0].message };
  }

  /** Boots an image that was not built here, on the project's machine. */
  async bootForeign(name: string, bytes: Uint8Array): Promise<void> {
    this.#bootable = { elf: bytes, pieces: fileKind(bytes) === 'elf' ? await this.session.dissect(bytes) : [] };
    this.notice = { text: `Booting ${name}. Your project stays as it is.` };
    this.boot();
  }

  async #listProjects(): Promise<void> {
    const all = await this.#store.list();
    const examples = exampleNames(this.pool);
    this.projects = all
      .filter(({ id }) => !examples.includes(id) && !id.startsWith(lessonPrefix))
      .map(({ id, name, example }) => ({ id, name, example }))
      .sort((a, b) => a.name.localeCompare(b.name));
  }

  #show(project: Project): void {
    this.project = project;
    this.openFile = mainFileOf(project);
    this.openFiles = [this.openFile];
    this.#found = {};
    this.problems = [];
    this.log = [];
    this.built = undefined;
    this.previous = undefined;
    this.#bootable = undefined;
    this.lineStops = [];
    void this.configure();
  }

  #saveSoon(): void {
    clearTimeout(this.#saveTimer);
    this.#saveTimer = setTimeout(() => void this.save(), saveDelayMs);
  }

  async save(): Promise<void> {
    clearTimeout(this.#saveTimer);
    this.#saveTimer = undefined;
    const { project } = this;
    // Another page may have a newer one.
    if (project === this.#stored) return;
    try {
      await this.#store.save(project);
      this.#stored = project;
      if (!this.projects.some((p) => p.id === this.project.id && p.name === this.project.name)) await this.#listProjects();
    } catch (error) {
      this.crash = `Your work could not be saved in this browser: ${error instanceof Error ? error.message : String(error)}. Copy it before you leave.`;
    }
  }

  // Building and running

  /** Builds; boots the result if there is one. The running image goes on when the build fails. */
  async buildAndBoot(): Promise<void> {
    if (await this.buildImage()) this.boot();
  }

  /** Builds what is in the editor; nothing when it does not build, or was stopped. */
  async buildImage(): Promise<BuiltImage | undefined> {
    if (this.build.running) return undefined;
    this.#clicked = performance.now();
    this.timings = {};
    this.#abort = new AbortController();
    this.build = { running: true, done: 0, total: 0, current: '' };
    this.log = [{ severity: 'info', text: `Building ${this.project.name}` }];
    const { signal } = this.#abort;
    // A choice that was made just before counts.
    await this.#configuring.catch(() => undefined);
    const { project } = this;
    const built = await this.session.build(project, signal);
    this.build = { ...this.build, running: false };
    this.problems = built.problems;
    this.#found = {};
    this.timings = { build: performance.now() - this.#clicked };
    this.#report(built.image, built.problems, built.cancelled);
    if (!built.image) return undefined;
    this.previous = this.built;
    this.built = { image: built.image, settings: project.settings };
    this.#bootable = { ...built.image, from: { project, imageHash: built.image.hash } };
    return built.image;
  }

  /** Holds a lesson's checks against an image. */
  readonly checkLesson: Session['checkLesson'] = (what, how) => this.session.checkLesson(what, how);

  /** Boots the image that the site ships, when a build would give just that. */
  async #bootPrebuilt(): Promise<void> {
    const { project } = this;
    const shipped = this.#isAsShipped() ? await this.session.prebuiltImage(project.example) : undefined;
    if (!shipped || this.project !== project || this.build.running || this.replay) {
      // The page has fetched that image in any case.
      if (this.machine.state === 'off') void this.session.rehearse(firstExample);
      return this.#settle();
    }
    this.#bootImage(shipped.elf, { project, imageHash: shipped.hash });
  }

  #isAsShipped(): boolean {
    return buildsExample(this.project, projectFromExample(this.pool, this.project.example));
  }

  /** What is to be known of the image that the site ships. No compiler is needed: all objects are there. */
  async #inspectPrebuilt(): Promise<void> {
    const { project } = this;
    if (!this.#isAsShipped() || this.built) return;
    const { image } = await this.session.build(project, new AbortController().signal);
    if (!image || this.project !== project || this.built) return;
    this.built = { image, settings: project.settings };
    this.#bootable = { ...image, from: { project, imageHash: image.hash } };
    this.bootedPieces = image.pieces;
  }

  cancelBuild(): void {
    this.#abort?.abort();
  }

  boot(): void {
    if (!this.#bootable) return;
    const { elf, pieces, from } = this.#bootable;
    this.bootedPieces = pieces;
    this.#bootImage(elf, from);
  }

  /** `from`: what the image was built from, when that is known. */
  #bootImage(elf: Uint8Array, from: { project: Project; imageHash: string } | undefined, run?: SharedRun): void {
    this.#forgetMachine();
    this.machine = { state: 'off' };
    const { machine } = this.project;
    this.replay = run && from && { expected: run, imageHash: from.imageHash };
    this.#booted = from && { ...from, project: { ...from.project, machine } };
    this.#run = this.session.boot(elf, machine, run?.recording);
  }

  #forgetMachine(): void {
    this.uart.clear();
    this.figures = noFigures;
    this.map = this.bytes = this.debug = undefined;
  }

  /** Boots what {@link boot} would, standing before its first instruction, so that all of its past can be gone back to. */
  bootDebugged(): void {
    if (!this.#bootable) return;
    const { elf, pieces, from } = this.#bootable;
    this.bootedPieces = pieces;
    this.#forgetMachine();
    this.replay = undefined;
    const { machine } = this.project;
    this.#booted = from && { ...from, project: { ...from.project, machine } };
    this.#run = this.session.bootDebugged(elf, machine);
  }

  /** Has a debugger stop at a line, or no more. */
  toggleLine(line: SourceLine): void {
    this.lineStops = toggled(this.lineStops, line);
    this.session.debugStops({ do: 'setLines', lines: this.lineStops });
  }

  stop(): void {
    this.session.stop();
  }

  sendInput(bytes: Uint8Array): void {
    this.session.input(bytes);
  }

  /** Keeps {@link map} fresh, with what else is asked for, until what it gives is called. */
  watchMap(detail: MapDetail | undefined): () => void {
    this.#mapWatchers++;
    this.#mapDetail = detail;
    if (detail === 'heat') this.session.heat(true);
    this.session.map(detail);
    return () => {
      this.#mapWatchers--;
      if (detail === 'heat') this.session.heat(false);
    };
  }

  /** Asks for bytes around an address; the answer comes in {@link bytes}. */
  readBytes(space: 'physical' | 'virtual', address: number, start: number, length: number): void {
    this.session.read(space, address, start, length);
  }

  #report(image: BuiltImage | undefined, problems: Problem[], cancelled: boolean): void {
    const lines: LogLine[] = problems.map((problem) => ({
      severity: problem.severity,
      text: `${problem.place ? `${problem.place.file}:${problem.place.line}: ` : ''}${problem.message}${problem.hint ? ` (${problem.hint})` : ''}`,
      problem,
    }));
    const milliseconds = Math.round(this.timings.build ?? 0);
    if (image) {
      const sum = `${image.compiled} compiled, ${image.fromCache} unchanged, ${image.imageBytes.toLocaleString('en-US')} bytes of image`;
      lines.push({ severity: 'info', text: `Built in ${milliseconds} ms: ${sum}` });
    } else if (cancelled) lines.push({ severity: 'info', text: 'Build stopped. What was compiled is kept.' });
    else lines.push({ severity: 'error', text: `The build failed after ${milliseconds} ms.` });
    this.log = [...this.log, ...lines];
  }

  // Events

  #onToolchain(message: FromToolchain): void {
    if (message.type === 'compiler') this.#onCompiler(message.compiler);
    else if (message.type === 'crashed') this.#crashed('toolchain', message.message);
    else if (message.type === 'progress' && this.build.running)
      this.build = { running: true, done: message.done, total: message.total, current: message.current };
  }

  /** What was typed while the compiler was on its way is checked when it is there. */
  #onCompiler(compiler: CompilerState): void {
    this.compiler = compiler;
    if (compiler.state !== 'ready') return;
    for (const path of this.#unchecked) if (path in this.project.files) void this.#check(path);
    this.#unchecked = [];
  }

  #onMachine(message: MachineEvent): void {
    if (message.type === 'crashed') return this.#crashed('machine', message.message);
    if (message.run !== this.#run) return;
    if (message.type === 'map') this.#onMap(message.map);
    else if (message.type === 'bytes') this.bytes = message.bytes;
    else if (message.type === 'debugged') this.#onDebugged(message.isAttached, message.picture);
    else if (message.type === 'uart') this.#onUart(message.bytes);
    else if (message.type === 'replayed') {
      if (this.replay) this.replay = { ...this.replay, stateHash: message.stateHash };
    } else {
      // A question that came while the machine was being made had no answer.
      if (this.#mapWatchers > 0 && !this.map && message.machine.state !== 'ended') this.session.map(this.#mapDetail);
      this.machine = message.machine;
      this.figures = message.figures;
      if (message.machine.state !== 'running') this.#settle();
    }
  }

  #onDebugged(isAttached: boolean, picture: DebugPicture | undefined): void {
    const isNew = isAttached && !this.debug;
    this.debug = isAttached ? { picture } : undefined;
    // A debugger begins with no stops.
    if (isNew && this.lineStops.length > 0) this.session.debugStops({ do: 'setLines', lines: this.lineStops });
    else if (picture) this.lineStops = picture.lines;
    const place = picture?.frames.at(0)?.source.at(0);
    if (place) this.openSource(place.file);
  }

  #onMap(map: MemoryMapData): void {
    this.map = map;
    clearTimeout(this.#mapTimer);
    // After the answer, not by the clock: a page or a machine that is behind is asked less often.
    if (this.#mapWatchers > 0 && this.machineAlive) this.#mapTimer = setTimeout(() => this.session.map(this.#mapDetail), mapPauseMs);
  }

  #crashed(who: string, message: string): void {
    this.#settle();
    this.crash = `The ${who} failed: ${message}. Your files are safe; reload the page to go on.`;
    this.build = { ...this.build, running: false };
  }

  #onUart(bytes: Uint8Array): void {
    this.#settle();
    if (this.timings.firstByte === undefined && this.#clicked) {
      this.timings = { ...this.timings, firstByte: performance.now() - this.#clicked };
      this.#clicked = 0;
    }
    this.uart.push(bytes);
  }

  dispose(): void {
    this.#stopHearing();
    clearTimeout(this.#saveTimer);
    clearTimeout(this.#mapTimer);
    clearTimeout(this.#checkTimer);
    this.session.dispose();
  }
}

/** Different from every other project's; not `crypto.randomUUID`, which pages without TLS do not have. */
function newId(): string {
  return `own-${[...crypto.getRandomValues(new Uint8Array(10))].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}
