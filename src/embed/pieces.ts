/**
 * The player's parts as classic scripts. A frame that is sandboxed without an origin may neither fetch from its own host nor start a worker
 * from there, unless the host sends CORS headers, which a plain one does not. Scripts it may load, so every part is one: a function whose text
 * becomes a worker, or a value.
 */
import pieceNames from 'virtual:embed-pieces';
import type { Lesson } from 'virtual:lessons';

/** Scripts register themselves here; scripts/build-embed.ts writes the calls. */
type Registry = { piece(name: string, content: unknown): void };

declare global {
  var ukulelePieces: Registry | undefined;
  /** Set by the part of that name (lessons.ts). */
  var ukuleleLessons: Lesson[] | undefined;
}

const loaded = new Map<string, unknown>();
const loading = new Map<string, Promise<void>>();
globalThis.ukulelePieces = { piece: (name, content) => void loaded.set(name, content) };

export function runScript(url: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const script = document.createElement('script');
    script.src = url;
    script.onload = () => resolve();
    script.onerror = () => reject(new Error(`${url} could not be loaded`));
    document.head.append(script);
  });
}

export class Pieces {
  readonly #base: string;

  /** `base`: URL of the folder that the scripts lie in, with a trailing slash. */
  constructor(base: string) {
    this.#base = base;
  }

  /** Fetches a part once; one that failed is tried again the next time. Rejects with a message for people. */
  load(name: keyof typeof pieceNames): Promise<void> {
    const known = loading.get(name);
    if (known) return known;
    const promise = runScript(new URL(pieceNames[name], this.#base).href);
    promise.catch(() => loading.delete(name));
    loading.set(name, promise);
    return promise;
  }

  /** A worker that runs a part which has been loaded. */
  worker(name: 'machine' | 'toolchain' | 'lessonChecker'): Worker {
    const body = loaded.get(name);
    const source = new Blob([`(${String(body)})();`], { type: 'text/javascript' });
    return new Worker(URL.createObjectURL(source), { name });
  }

  /** The lessons in the order of the course, which have been loaded. */
  lessons(): readonly Lesson[] {
    const lessons = globalThis.ukuleleLessons;
    if (!lessons) throw new Error('the lessons are not loaded');
    return lessons;
  }

  /** The library pool, which has been loaded. */
  pool(): Record<string, string> {
    const files = loaded.get('pool');
    if (typeof files !== 'object' || files === null) throw new Error('the library pool is not loaded');
    return Object.fromEntries(Object.entries(files).map(([path, text]) => [path, String(text)]));
  }
}
