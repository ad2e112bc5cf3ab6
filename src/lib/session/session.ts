import prebuilt from 'virtual:prebuilt';
import type { MachineSettings, Project } from '../project/project.ts';
import type { Recording } from '../project/recording.ts';
import type { Result } from '../problem.ts';
import type { Verdict } from '../lessons/index.ts';
import type {
  DebugMove,
  DebugStops,
  FromMachine,
  FromToolchain,
  InspectedSnapshot,
  MapDetail,
  SnapshotAttachments,
  ToMachine,
  ToToolchain,
} from './messages.ts';
import type { FromLessonChecker, ToLessonChecker } from './lesson-worker.ts';
import type { PrebuiltImage } from './prebuilt.ts';
import { inflateAsset } from './site-assets.ts';

export type { Verdict } from '../lessons/index.ts';

/** What a session tells the page. All calls come on the page's thread. */
export type SessionEvents = {
  toolchain(message: FromToolchain): void;
  machine(message: MachineEvent): void;
};

/** Messages that answer a question. */
type Answer = Extract<FromToolchain, { request: number }>;
type AnswerOf<T extends Answer['type']> = Extract<Answer, { type: T }>;
type MachineAnswer = Extract<FromMachine, { request: number }>;
/** What the machine tells unasked. */
export type MachineEvent = Exclude<FromMachine, MachineAnswer>;

/** A worker that does not answer Stop within this time is replaced: the person asked for it to end. */
const stopPatienceMs = 2000;

/** Starts workers: how depends on where the page stands. The embedded player has no lessons, and so nothing that checks them. */
export type Workers = { toolchain(): Worker; machine(): Worker; lessonChecker?(): Worker };

/** The two workers of one tab: the toolchain's and the machine's. */
export class Session {
  #events: SessionEvents = { toolchain: () => undefined, machine: () => undefined };
  #pool: Record<string, string> = {};
  readonly #base: string;
  readonly #workers: Workers;
  readonly #fetch: (url: URL) => Promise<Response>;
  #images = new Map<string, Promise<PrebuiltImage | undefined>>();
  /** Started by the first thing to do for it: it is larger than all that a first boot needs. */
  #toolchain: Worker | undefined;
  #machine: Worker;
  #requests = 0;
  #run = 0;
  #waiting = new Map<number, (message: Answer | MachineAnswer) => void>();
  #stopTimer: ReturnType<typeof setTimeout> | undefined;

  /** Starts the machine's worker at once. `base`: URL that the site's static assets lie under. `fetch`: how the page gets at them. */
  constructor(base: string, workers: Workers, fetch: (url: URL) => Promise<Response>) {
    this.#base = base;
    this.#fetch = fetch;
    this.#workers = workers;
    this.#machine = this.#startMachine();
  }

  /** To be called before anything else is asked of it. `pool`: the library pool by path. */
  open(pool: Record<string, string>, events: SessionEvents): void {
    this.#pool = pool;
    this.#events = events;
  }

  /** The image of an example in its default configuration, as the site ships it; none when it cannot be had, which a build can mend. */
  prebuiltImage(example: string): Promise<PrebuiltImage | undefined> {
    const known = this.#images.get(example);
    if (known) return known;
    const file = Object.hasOwn(prebuilt.images, example) ? prebuilt.images[example] : undefined;
    const image = file ? this.#fetchImage(file) : Promise.resolve(undefined);
    this.#images.set(example, image);
    return image;
  }

  /** Makes the machine's worker ready for a boot that is not to come at once. */
  async rehearse(example: string): Promise<void> {
    const image = await this.prebuiltImage(example);
    if (image) this.#machine.postMessage({ type: 'rehearse', image: image.elf } satisfies ToMachine);
  }

  async #fetchImage({ name, hash }: { name: string; hash: string }): Promise<PrebuiltImage | undefined> {
    const response = await this.#fetch(new URL(`prebuilt/${name}`, this.#base)).catch(() => undefined);
    return response?.ok ? { elf: await inflateAsset(response), hash } : undefined;
  }

  /** Fetches the compiler in the background. */
  prepare(): void {
    this.#tell({ type: 'prepare' });
  }

  /** Evaluates the project's configuration, after setting one symbol if asked. */
  configure(project: Project, set?: { symbol: string; value: string }): Promise<AnswerOf<'configured'>> {
    return this.#ask('configured', (request) => ({ type: 'configure', request, project, set }));
  }

  /** Builds the project. Progress comes as events; aborting the signal ends the build with `cancelled`. */
  build(project: Project, signal: AbortSignal): Promise<AnswerOf<'built'>> {
    if (signal.aborted) return Promise.resolve({ type: 'built', request: 0, problems: [], cancelled: true });
    return this.#ask('built', (request) => {
      signal.addEventListener('abort', () => this.#tell({ type: 'cancel', request }), { once: true });
      return { type: 'build', request, project };
    });
  }

  /** What is wrong with a file as it is; nothing while the compiler has not arrived, or when a newer question overtook this one. */
  async check(project: Project, path: string): Promise<AnswerOf<'checked'>['problems']> {
    return (await this.#ask('checked', (request) => ({ type: 'check', request, project, path }))).problems;
  }

  /** What could stand at a place; `line` and `column` count from 1. */
  async complete(project: Project, path: string, line: number, column: number): Promise<AnswerOf<'completed'>['items']> {
    return (await this.#ask('completed', (request) => ({ type: 'complete', request, project, path, line, column }))).items;
  }

  /** What an ELF file consists of, as far as its symbols tell; empty for other files. */
  async dissect(elf: Uint8Array): Promise<AnswerOf<'dissected'>['pieces']> {
    return (await this.#ask('dissected', (request) => ({ type: 'dissect', request, elf }))).pieces;
  }

  #ask<T extends Answer['type']>(type: T, question: (request: number) => ToToolchain): Promise<AnswerOf<T>> {
    const request = ++this.#requests;
    return new Promise((resolve) => {
      this.#waiting.set(request, (message) => isAnswer(message, type) && resolve(message));
      this.#tell(question(request));
    });
  }

  /** Boots an image on a fresh machine; ends the one before. Gives the run's number, which its events carry. */
  boot(image: Uint8Array, machine: MachineSettings, replay?: Recording): number {
    const run = ++this.#run;
    this.#order({ type: 'boot', run, image, machine, replay });
    return run;
  }

  /** As {@link boot}, under a debugger, which has the machine stand before its first instruction. */
  bootDebugged(image: Uint8Array, machine: MachineSettings): number {
    const run = ++this.#run;
    this.#order({ type: 'boot', run, image, machine, begin: 'debugged' });
    return run;
  }

  /** Lets a debugger take hold of the machine, or let it go. */
  debug(on: boolean): void {
    this.#order({ type: 'debug', on });
  }

  /** Moves a machine that stands under a debugger. */
  debugMove(move: DebugMove): void {
    this.#order({ type: 'debugMove', move });
  }

  /** Says where a machine under a debugger is to stop. */
  debugStops(stops: DebugStops): void {
    this.#order({ type: 'debugStops', stops });
  }

  /** Puts the machine of a snapshot file in the place of the one before, paused. Gives the run's number. */
  restore(file: Uint8Array): number {
    const run = ++this.#run;
    this.#order({ type: 'restore', run, file });
    return run;
  }

  /** The run so far; none when nothing has been booted. */
  record(): Promise<Recording | undefined> {
    return new Promise((resolve) => {
      const request = this.#await((message) => message.type === 'recorded' && resolve(message.recording));
      this.#order({ type: 'record', request });
    });
  }

  /** The machine as a file; none when nothing has been booted. */
  snapshot(attached: SnapshotAttachments): Promise<Uint8Array | undefined> {
    return new Promise((resolve) => {
      const request = this.#await((message) => message.type === 'snapshot' && resolve(message.file));
      this.#order({ type: 'snapshot', request, attached });
    });
  }

  /** What a file holds that claims to be a snapshot. */
  inspect(file: Uint8Array): Promise<Result<InspectedSnapshot>> {
    return new Promise((resolve) => {
      const request = this.#await((message) => message.type === 'inspected' && resolve(message.result));
      this.#order({ type: 'inspect', request, file });
    });
  }

  #await(answered: (message: Answer | MachineAnswer) => void): number {
    const request = ++this.#requests;
    this.#waiting.set(request, answered);
    return request;
  }

  /**
   * Holds a lesson's checks against an image, in a worker of its own that ends with it. Gives the verdicts, what went wrong with the check
   * itself, or `cancelled`.
   */
  checkLesson(
    what: Omit<ToLessonChecker, 'pool'>,
    { signal, onprogress }: { signal: AbortSignal; onprogress: (done: number, total: number) => void },
  ): Promise<Verdict[] | string> {
    const worker = this.#workers.lessonChecker?.();
    if (!worker) return Promise.resolve('this player has no lessons');
    const pool = Object.fromEntries(Object.entries(this.#pool).filter(([path]) => path.endsWith('Config.uk')));
    return new Promise<Verdict[] | string>((resolve) => {
      signal.addEventListener('abort', () => resolve('cancelled'), { once: true });
      worker.onerror = (event) => resolve(event.message || 'its worker could not start');
      worker.onmessage = ({ data }: MessageEvent<FromLessonChecker>) => {
        if (data.type === 'progress') onprogress(data.done, data.total);
        else resolve(data.type === 'verdicts' ? data.verdicts : data.message);
      };
      worker.postMessage({ ...what, pool } satisfies ToLessonChecker);
    }).finally(() => worker.terminate());
  }

  input(bytes: Uint8Array): void {
    this.#order({ type: 'input', bytes });
  }

  /** Acknowledges UART bytes; the machine waits when the page falls behind. */
  taken(bytes: number): void {
    this.#order({ type: 'taken', bytes });
  }

  control(type: 'pause' | 'resume' | 'reset'): void {
    this.#order({ type });
  }

  /** Asks for a picture of the memory; the answer is an event. */
  map(detail?: MapDetail): void {
    this.#order({ type: 'map', detail });
  }

  /** Whether maps tell which pages are used; it costs the guest a little. */
  heat(on: boolean): void {
    this.#order({ type: 'heat', on });
  }

  /** Asks for bytes of memory; the answer is an event. */
  read(space: 'physical' | 'virtual', address: number, start: number, length: number): void {
    this.#order({ type: 'read', space, address, start, length });
  }

  /** Ends the machine. Works whatever the guest does, and even if the worker hangs. */
  stop(): void {
    this.#order({ type: 'stop' });
    this.#stopTimer ??= setTimeout(() => {
      this.#stopTimer = undefined;
      this.#machine.terminate();
      this.#machine = this.#startMachine();
      const figures = { instructions: 0, virtualNs: 0, mips: 0, replaying: false };
      this.#events.machine({ type: 'state', run: this.#run, machine: { state: 'ended', stop: { reason: 'stopped' } }, figures });
    }, stopPatienceMs);
  }

  dispose(): void {
    clearTimeout(this.#stopTimer);
    this.#toolchain?.terminate();
    this.#machine.terminate();
  }

  #tell(message: ToToolchain): void {
    this.#toolchain ??= this.#startToolchain();
    this.#toolchain.postMessage(message);
  }

  #order(message: ToMachine): void {
    this.#machine.postMessage(message);
  }

  #startToolchain(): Worker {
    const worker = this.#workers.toolchain();
    worker.onmessage = ({ data }: MessageEvent<FromToolchain>) => {
      if ('request' in data && data.type !== 'progress') {
        this.#waiting.get(data.request)?.(data);
        this.#waiting.delete(data.request);
      }
      this.#events.toolchain(data);
    };
    worker.onerror = (event) =>
      this.#events.toolchain({ type: 'crashed', message: event.message || 'The toolchain worker could not start.' });
    worker.postMessage({ type: 'open', pool: this.#pool, base: this.#base } satisfies ToToolchain);
    return worker;
  }

  #startMachine(): Worker {
    const worker = this.#workers.machine();
    worker.onmessage = ({ data }: MessageEvent<FromMachine>) => {
      if (data.type === 'state' && data.machine.state === 'ended') {
        clearTimeout(this.#stopTimer);
        this.#stopTimer = undefined;
      }
      if ('request' in data) {
        this.#waiting.get(data.request)?.(data);
        this.#waiting.delete(data.request);
      } else this.#events.machine(data);
    };
    worker.onerror = (event) => this.#events.machine({ type: 'crashed', message: event.message || 'The machine worker could not start.' });
    return worker;
  }
}

function isAnswer<T extends Answer['type']>(message: Answer | MachineAnswer, type: T): message is AnswerOf<T> {
  return message.type === type;
}
