/**
 * The clang that ships with the site, from static files to a {@link ClangAssets}. The files are stored compressed and inflated here, so that
 * any static host sends 21 MB and not 75. Nothing here knows where caches live: the caller passes one.
 */
import { transformed } from '../../packing.ts';
import type { Result } from '../../problem.ts';
import { unpackFiles } from '../build/pack.ts';
import type { ClangAssets } from './clang.ts';

/** `manifest.json` beside the files; written by scripts/prepare-clang.ts. */
export type ClangManifest = {
  version: string;
  /** Bytes as stored and as inflated; the name contains the start of the hash (SHA-256, hexadecimal, of the stored bytes). */
  llvm: AssetFile;
  headers: AssetFile;
};

export type AssetFile = { name: string; storedBytes: number; bytes: number; sha256: string };

export type AssetProgress = { receivedBytes: number; totalBytes: number };

export type AssetOptions = {
  /** Folder of the files, with a trailing slash. */
  base: URL;
  manifest: ClangManifest;
  fetch: (url: URL, init?: RequestInit) => Promise<Response>;
  /** Keeps the compressed files between visits. */
  cache?: Pick<Cache, 'match' | 'put' | 'delete' | 'keys'>;
  onprogress?: (progress: AssetProgress) => void;
  signal?: AbortSignal;
};

/** Downloads (or takes from the cache), inflates and compiles. A failure is a problem that says which file and why. */
export async function loadClangAssets(options: AssetOptions): Promise<Result<ClangAssets>> {
  try {
    const { manifest } = options;
    const progress = { receivedBytes: 0, totalBytes: manifest.llvm.storedBytes + manifest.headers.storedBytes };
    const received = (bytes: number): void => {
      progress.receivedBytes += bytes;
      options.onprogress?.({ ...progress });
    };
    const [llvm, headers] = await Promise.all([
      inflated(manifest.llvm, 'application/wasm', options, received).then((response) => compile(response)),
      inflated(manifest.headers, 'application/octet-stream', options, received).then(async (response) =>
        unpackFiles(new Uint8Array(await response.arrayBuffer())),
      ),
    ]);
    await forgetOthers(manifest, options);
    return { ok: true, value: { llvm, headers } };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    return {
      ok: false,
      problems: [
        { severity: 'error', message: `the compiler could not be loaded: ${reason}`, hint: 'check the network connection and try again' },
      ],
    };
  }
}

async function inflated(file: AssetFile, type: string, options: AssetOptions, received: (bytes: number) => void): Promise<Response> {
  const url = new URL(file.name, options.base);
  const cached = await options.cache?.match(url.href);
  const response = cached ?? (await options.fetch(url, options.signal ? { signal: options.signal } : {}));
  if (!response.ok || !response.body) throw new Error(`${file.name}: HTTP status ${response.status}`);
  const [first, stored] = await peek(response.body);
  const isGzip = first[0] === 0x1f && first[1] === 0x8b;
  let body = transformed(
    stored,
    counter((bytes) => received(isGzip ? bytes : Math.round((bytes * file.storedBytes) / file.bytes))),
  );
  if (!cached && options.cache) {
    const [now, later] = body.tee();
    body = now;
    // The cache is a convenience: a full disk must not stop the compiler from working.
    options.cache.put(url.href, new Response(later)).catch(() => undefined);
  }
  // Some servers take `.gz` for an encoding, and the browser has inflated it already.
  return new Response(isGzip ? transformed(body, new DecompressionStream('gzip')) : body, { headers: { 'content-type': type } });
}

/** The first bytes of a stream, and a stream with all of them. */
async function peek(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<[Uint8Array, ReadableStream<Uint8Array<ArrayBuffer>>]> {
  const reader = stream.getReader();
  let first = await reader.read();
  // An empty chunk says nothing about the format.
  while (!first.done && first.value.length === 0) first = await reader.read();
  const whole = new ReadableStream<Uint8Array<ArrayBuffer>>({
    start(controller) {
      if (first.value) controller.enqueue(first.value);
    },
    async pull(controller) {
      const { done, value } = await reader.read();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel: (reason) => reader.cancel(reason),
  });
  return [first.value ?? new Uint8Array(0), whole];
}

function counter(count: (bytes: number) => void): TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>> {
  return new TransformStream({
    transform(chunk, controller) {
      count(chunk.length);
      controller.enqueue(chunk);
    },
  });
}

async function compile(response: Response): Promise<WebAssembly.Module> {
  if (typeof WebAssembly.compileStreaming === 'function') return WebAssembly.compileStreaming(response);
  return WebAssembly.compile(await response.arrayBuffer());
}

/** Drops what earlier versions left in the cache. */
async function forgetOthers(manifest: ClangManifest, { base, cache }: AssetOptions): Promise<void> {
  if (!cache) return;
  const keep = new Set([manifest.llvm.name, manifest.headers.name].map((name) => new URL(name, base).href));
  for (const { url } of await cache.keys()) if (url.startsWith(base.href) && !keep.has(url)) await cache.delete(url);
}

/** Clang's own headers that mean something for AArch64: the freestanding ones of C, and Arm's. */
export function isShippedHeader(name: string): boolean {
  return shipped.has(name) || /^__(stdarg|stddef|float)_\w+\.h$/.test(name);
}

const shipped = new Set(
  [
    ...[
      'arm_acle',
      'builtins',
      'float',
      'inttypes',
      'iso646',
      'limits',
      'ptrauth',
      'stdalign',
      'stdarg',
      'stdatomic',
      'stdbool',
      'stdckdint',
    ],
    ...['stdcountof', 'stddef', 'stddefer', 'stdint', 'stdnoreturn', 'tgmath', 'unwind', 'varargs'],
  ].map((name) => `${name}.h`),
);
