import type { Problem } from '../problem.ts';
import { mainFileOf, projectFromExample, sameWork, type Project } from '../project/project.ts';
import type { ProjectStore } from '../project/storage.ts';
import type {
  BuiltImage,
  CompilerState,
  FromMachine,
  FromToolchain,
  ImagePiece,
  MachineBytes,
  MachineFigures,
  MachineState,
  MemoryMapData,
  MenuNode,
} from '../session/messages.ts';
import { Session } from '../session/session.ts';

export type LogLine = { severity: 'info' | 'error' | 'warning' | 'note'; text: string; problem?: Problem };
/** An image with the options that it was built with. */
export type Built = { image: BuiltImage; settings: Record<string, string> };
export type BuildState = { running: boolean; done: number; total: number; current: string };
/** Timings of one Build & Boot, in milliseconds from the click. */
export type Timings = { build?: number; firstByte?: number };

/** UART bytes kept for a terminal that is opened later. */
const uartKeepBytes = 1 << 18;
const saveDelayMs = 400;
const frameMs = 16;
/** Between a picture of the machine's memory and the question for the next one. */
const mapPauseMs = 400;

/** Everything that the playground shows, and what a person can do with it. Components read it; none talks to a worker. */
export class Workbench {
  project = $state.raw<Project>()!;
  openFile = $state('');
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
  figures = $state.raw<MachineFigures>({ instructions: 0, virtualNs: 0, mips: 0 });
  map = $state.raw<MemoryMapData>();
  timings = $state.raw<Timings>({});
  /** A failure of ours, not of the person's program. */
  crash = $state('');
  /** What the image that was booted consists of. */
  bootedPieces = $state.raw<ImagePiece[]>([]);
  /** The last answer to {@link readBytes}. */
  bytes = $state.raw<MachineBytes>();

  readonly pool: Record<string, string>;
  readonly session: Session;
  #store: ProjectStore;
  #saveTimer: ReturnType<typeof setTimeout> | undefined;
  #abort: AbortController | undefined;
  #clicked = 0;
  #run = 0;
  #mapWatchers = 0;
  #mapTimer: ReturnType<typeof setTimeout> | undefined;
  #uart: Uint8Array[] = [];
  #uartBytes = 0;
  #unacknowledged = 0;
  #acknowledgeTimer: ReturnType<typeof setTimeout> | undefined;
  #uartListeners: ((bytes: Uint8Array | 'clear') => void)[] = [];

  constructor(pool: Record<string, string>, base: string, store: ProjectStore, project: Project) {
    this.pool = pool;
    this.#store = store;
    this.project = project;
    this.openFile = mainFileOf(project);
    this.session = new Session(pool, base, { toolchain: (m) => this.#onToolchain(m), machine: (m) => this.#onMachine(m) });
    void this.configure();
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

  // Editing

  edit(path: string, text: string): void {
    if (this.project.files[path] === text) return;
    this.project = { ...this.project, files: { ...this.project.files, [path]: text } };
    this.#saveSoon();
    if (/(^|\/)Config\.uk$/.test(path) || path === 'defconfig') void this.configure();
  }

  addFile(path: string): void {
    if (!(path in this.project.files)) this.edit(path, '');
    this.openFile = path;
  }

  removeFile(path: string): void {
    const files = { ...this.project.files };
    delete files[path];
    this.project = { ...this.project, files };
    if (this.openFile === path) this.openFile = mainFileOf(this.project);
    this.#saveSoon();
  }

  async configure(set?: { symbol: string; value: string }): Promise<void> {
    const answer = await this.session.configure(this.project, set);
    this.menu = answer.menu;
    this.menuProblems = answer.problems;
    if (set) {
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
    this.#show((await this.#store.load(example)) ?? projectFromExample(this.pool, example));
    await this.#store.setCurrent(example);
  }

  /** Opens a project that came by link, beside the person's own. */
  async openProject(project: Project): Promise<void> {
    await this.save();
    this.#show(project);
    await this.save();
    await this.#store.setCurrent(project.id);
  }

  /** Throws the changes to this example away. */
  async revert(): Promise<void> {
    this.#show(projectFromExample(this.pool, this.project.example, this.project.id));
    await this.save();
  }

  #show(project: Project): void {
    this.project = project;
    this.openFile = mainFileOf(project);
    this.problems = [];
    this.log = [];
    this.built = undefined;
    this.previous = undefined;
    void this.configure();
  }

  #saveSoon(): void {
    clearTimeout(this.#saveTimer);
    this.#saveTimer = setTimeout(() => void this.save(), saveDelayMs);
  }

  async save(): Promise<void> {
    clearTimeout(this.#saveTimer);
    this.#saveTimer = undefined;
    try {
      await this.#store.save(this.project);
    } catch (error) {
      this.crash = `Your work could not be saved in this browser: ${error instanceof Error ? error.message : String(error)}. Copy it before you leave.`;
    }
  }

  // Building and running

  /** Builds; boots the result if there is one. The running image goes on when the build fails. */
  async buildAndBoot(): Promise<void> {
    if (await this.buildImage()) this.boot();
  }

  async buildImage(): Promise<boolean> {
    if (this.build.running) return false;
    this.#clicked = performance.now();
    this.timings = {};
    this.#abort = new AbortController();
    this.build = { running: true, done: 0, total: 0, current: '' };
    this.log = [{ severity: 'info', text: `Building ${this.project.name}` }];
    const { settings } = this.project;
    const built = await this.session.build(this.project, this.#abort.signal);
    this.build = { ...this.build, running: false };
    this.problems = built.problems;
    this.timings = { build: performance.now() - this.#clicked };
    this.#report(built.image, built.problems, built.cancelled);
    if (!built.image) return false;
    this.previous = this.built;
    this.built = { image: built.image, settings };
    return true;
  }

  cancelBuild(): void {
    this.#abort?.abort();
  }

  boot(): void {
    if (!this.built) return;
    this.#clearUart();
    this.map = this.bytes = undefined;
    this.bootedPieces = this.built.image.pieces;
    this.#run = this.session.boot(this.built.image.elf, this.project.machine);
  }

  stop(): void {
    this.session.stop();
  }

  sendInput(bytes: Uint8Array): void {
    this.session.input(bytes);
  }

  /** Keeps {@link map} fresh until what it gives is called. `heat`: with the pages that are used. */
  watchMap(heat: boolean): () => void {
    this.#mapWatchers++;
    if (heat) this.session.heat(true);
    this.session.control('map');
    return () => {
      this.#mapWatchers--;
      if (heat) this.session.heat(false);
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
    if (message.type === 'compiler') this.compiler = message.compiler;
    else if (message.type === 'crashed') this.#crashed('toolchain', message.message);
    else if (message.type === 'progress')
      this.build = { running: true, done: message.done, total: message.total, current: message.current };
  }

  #onMachine(message: FromMachine): void {
    if (message.type === 'crashed') return this.#crashed('machine', message.message);
    if (message.run !== this.#run) return;
    if (message.type === 'map') this.#onMap(message.map);
    else if (message.type === 'bytes') this.bytes = message.bytes;
    else if (message.type === 'uart') this.#onUart(message.bytes);
    else {
      if (this.#mapWatchers > 0 && !this.machineAlive && message.machine.state === 'running') this.session.control('map');
      this.machine = message.machine;
      this.figures = message.figures;
    }
  }

  #onMap(map: MemoryMapData): void {
    this.map = map;
    clearTimeout(this.#mapTimer);
    // After the answer, not by the clock: a page or a machine that is behind is asked less often.
    if (this.#mapWatchers > 0 && this.machineAlive) this.#mapTimer = setTimeout(() => this.session.control('map'), mapPauseMs);
  }

  #crashed(who: string, message: string): void {
    this.crash = `The ${who} failed: ${message}. Your files are safe; reload the page to go on.`;
    this.build = { ...this.build, running: false };
  }

  #onUart(bytes: Uint8Array): void {
    if (this.timings.firstByte === undefined && this.#clicked) {
      this.timings = { ...this.timings, firstByte: performance.now() - this.#clicked };
      this.#clicked = 0;
    }
    this.#uart.push(bytes);
    this.#uartBytes += bytes.length;
    while (this.#uartBytes > uartKeepBytes && this.#uart.length > 1) this.#uartBytes -= this.#uart.shift()?.length ?? 0;
    for (const listener of this.#uartListeners) listener(bytes);
    this.#acknowledge(bytes.length);
  }

  /** Once a frame: what is shown between two frames nobody sees. */
  #acknowledge(bytes: number): void {
    this.#unacknowledged += bytes;
    if (this.#acknowledgeTimer !== undefined) return;
    this.#acknowledgeTimer = setTimeout(() => {
      this.#acknowledgeTimer = undefined;
      this.session.taken(this.#unacknowledged);
      this.#unacknowledged = 0;
    }, frameMs);
  }

  #clearUart(): void {
    this.#uart = [];
    this.#uartBytes = 0;
    for (const listener of this.#uartListeners) listener('clear');
  }

  /** Gives the kept output at once, then everything that follows. Returns the way to unsubscribe. */
  onUart(listener: (bytes: Uint8Array | 'clear') => void): () => void {
    for (const bytes of this.#uart) listener(bytes);
    this.#uartListeners.push(listener);
    return () => (this.#uartListeners = this.#uartListeners.filter((l) => l !== listener));
  }

  dispose(): void {
    clearTimeout(this.#saveTimer);
    clearTimeout(this.#mapTimer);
    this.session.dispose();
  }
}
