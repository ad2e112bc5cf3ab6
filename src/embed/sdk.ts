/**
 * Ukulele in other pages: makes the frame and speaks its protocol. No dependency, no style, nothing kept. docs/embedding.md shows it at work.
 */
import type { EmbedCommand, EmbedEvent } from './protocol.ts';

export type EmbedOptions = {
  /** Address of the site; where the script came from, when absent. */
  site?: string;
  /** Name of an example, or else `link`. */
  example?: string;
  /** Name of a lesson, instead of an example. */
  lesson?: string;
  /** Id of the lesson's step to begin with. */
  step?: string;
  /** A shared link, or its fragment. */
  link?: string;
  file?: string;
  panes?: ('code' | 'terminal' | 'log')[];
  view?: 'split' | 'tabs';
  theme?: 'light' | 'dark' | 'auto';
  readOnly?: boolean;
  autoplay?: boolean;
  load?: 'eager' | 'lazy' | 'click';
  /** What a screen reader says of the frame. */
  title?: string;
  /** Runs the frame without an origin of its own. Default true: the player needs none. */
  sandbox?: boolean;
};

export type EventOf<T extends EmbedEvent['type']> = Extract<EmbedEvent, { type: T }>;

export type EmbeddedPlayer = {
  readonly frame: HTMLIFrameElement;
  /** Resolves when the player listens. Commands given before wait for it. */
  readonly ready: Promise<void>;
  /** Listens to one kind of event. Returns the way to stop. */
  on<T extends EmbedEvent['type']>(type: T, listener: (event: EventOf<T>) => void): () => void;
  run(): void;
  build(): void;
  stop(): void;
  pause(): void;
  resume(): void;
  reset(): void;
  revert(): void;
  load(): void;
  input(text: string): void;
  setFile(path: string, text: string): void;
  setTheme(theme: 'light' | 'dark' | 'auto'): void;
  getProject(): Promise<{ example: string; files: Record<string, string> }>;
  /** The full page's address for the project as it is now, edits included. */
  getLink(): Promise<string>;
  /** Takes the frame away. */
  remove(): void;
};

/** The frame's address. */
export function embedUrl(options: EmbedOptions & { site: string }): string {
  const url = new URL('embed/', options.site);
  const set = (name: string, value: string | undefined) => value !== undefined && url.searchParams.set(name, value);
  set('example', options.example);
  set('lesson', options.lesson);
  set('step', options.step);
  set('file', options.file);
  set('panes', options.panes?.join(','));
  set('view', options.view);
  set('theme', options.theme);
  set('load', options.load);
  if (options.readOnly) set('readonly', '1');
  if (options.autoplay) set('autoplay', '1');
  if (options.link !== undefined) url.hash = options.link.replace(/^[^#]*#/, '');
  return url.href;
}

/** Puts a player into `target`, which gives it its size. */
export function embed(target: Element, options: EmbedOptions & { site: string }): EmbeddedPlayer {
  const frame = document.createElement('iframe');
  frame.title = options.title ?? `Ukulele: ${options.example ?? 'an arm64 unikernel'}`;
  frame.style.cssText = 'width: 100%; height: 100%; border: 0';
  frame.loading = options.load === 'eager' ? 'eager' : 'lazy';
  frame.allow = 'clipboard-write';
  if (options.sandbox !== false) frame.setAttribute('sandbox', 'allow-scripts');
  frame.src = embedUrl(options);

  const listeners = new Map<string, Set<(event: EmbedEvent) => void>>();
  let requests = 0;
  let isReady = false;
  let waiting: object[] = [];
  let markReady = () => {};
  const ready = new Promise<void>((resolve) => (markReady = resolve));
  const post = (command: object) => frame.contentWindow?.postMessage({ ukulele: 1, ...command }, '*');
  const send = (command: EmbedCommand) => (isReady ? post(command) : waiting.push(command));

  function onmessage({ source, data }: MessageEvent<unknown>) {
    if (source !== frame.contentWindow || !isEvent(data)) return;
    if (data.type === 'ready') {
      isReady = true;
      waiting.forEach(post);
      waiting = [];
      markReady();
    }
    for (const listener of listeners.get(data.type) ?? []) listener(data);
  }
  addEventListener('message', onmessage);
  target.append(frame);

  function on<T extends EmbedEvent['type']>(type: T, listener: (event: EventOf<T>) => void): () => void {
    const forType = (event: EmbedEvent) => isOf(event, type) && listener(event);
    const all = listeners.get(type) ?? new Set();
    listeners.set(type, all.add(forType));
    return () => void all.delete(forType);
  }

  function ask<T extends 'project' | 'link'>(command: 'getProject' | 'getLink', answer: T): Promise<EventOf<T>> {
    const id = ++requests;
    return new Promise((resolve) => {
      const stop = on(answer, (event) => {
        if (!('id' in event) || event.id !== id) return;
        stop();
        resolve(event);
      });
      send({ type: command, id });
    });
  }

  return {
    frame,
    ready,
    on,
    run: () => void send({ type: 'run' }),
    build: () => void send({ type: 'build' }),
    stop: () => void send({ type: 'stop' }),
    pause: () => void send({ type: 'pause' }),
    resume: () => void send({ type: 'resume' }),
    reset: () => void send({ type: 'reset' }),
    revert: () => void send({ type: 'revert' }),
    load: () => void send({ type: 'load' }),
    input: (text) => void send({ type: 'input', text }),
    setFile: (path, text) => void send({ type: 'setFile', path, text }),
    setTheme: (theme) => void send({ type: 'setTheme', theme }),
    getProject: async () => {
      const { example, files } = await ask('getProject', 'project');
      return { example, files };
    },
    getLink: async () => (await ask('getLink', 'link')).url,
    remove() {
      removeEventListener('message', onmessage);
      frame.remove();
    },
  };
}

function isEvent(data: unknown): data is EmbedEvent {
  return typeof data === 'object' && data !== null && 'ukulele' in data && data.ukulele === 1 && 'type' in data;
}

function isOf<T extends EmbedEvent['type']>(event: EmbedEvent, type: T): event is EventOf<T> {
  return event.type === type;
}
