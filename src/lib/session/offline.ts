/**
 * The whole site in a cache of the browser, one cache for each version, complete or not there: pages of two versions never mix. Used by the page,
 * when a person asks for it, and by the service worker, when the site has a new version.
 */
import * as v from 'valibot';

const manifestSchema = v.object({
  version: v.string(),
  files: v.array(
    v.object({
      path: v.string(),
      bytes: v.number(),
      sha256: v.string(),
      // Some servers take `.gz` for an encoding, and then the browser has inflated the file before anybody sees it.
      inflatedSha256: v.optional(v.string()),
      group: v.string(),
    }),
  ),
});

/** Written by scripts/list-assets.ts when the site is built. Paths are relative to the site's root. */
export type AssetManifest = v.InferOutput<typeof manifestSchema>;
export type OfflineFile = AssetManifest['files'][number];

/** `done` and `total` in bytes, by group of files. */
export type OfflineProgress = { group: string; done: number; total: number }[];

type CopyCache = Pick<Cache, 'put' | 'delete'>;

export type OfflineHost = {
  /** URL of the site's root, with a trailing slash. */
  base: string;
  caches: Pick<CacheStorage, 'has' | 'keys' | 'delete' | 'match'> & { open(name: string): Promise<CopyCache> };
  fetch: (url: string, init: RequestInit) => Promise<Response>;
};

/** Names of caches with a copy of the site at `base` begin so: an origin may have several, below different paths. */
const cachePrefixOf = (base: string): string => `ukulele-offline ${new URL(base).pathname} `;
/** An entry that is there only when all others are: the list of them. */
const manifestName = 'asset-manifest.json';

const cacheNameOf = ({ base }: OfflineHost, version: string): string => cachePrefixOf(base) + version;

/** Whether there is a copy of the site at `base`, of whatever version. */
export async function hasCopy(base: string, caches: Pick<CacheStorage, 'keys'>): Promise<boolean> {
  const prefix = cachePrefixOf(base);
  return (await caches.keys()).some((name) => name.startsWith(prefix));
}

/** What is to be fetched, of the version that is asked for: a site that is just being replaced is refused. Rejects with a message for people. */
export async function readAssetManifest({ base, fetch }: OfflineHost, version: string): Promise<AssetManifest> {
  const response = await fetch(base + manifestName, { cache: 'no-store' });
  if (!response.ok) throw new Error(`The list of the site's files cannot be had: HTTP status ${response.status}.`);
  const manifest = v.parse(manifestSchema, await response.json());
  if (manifest.version !== version) throw new Error('The site has a new version: reload the page first.');
  return manifest;
}

/** What there is to fetch, by group of files. */
export function nothingDone({ files }: AssetManifest): OfflineProgress {
  const totals = new Map<string, number>();
  for (const { group, bytes } of files) totals.set(group, (totals.get(group) ?? 0) + bytes);
  return [...totals].map(([group, total]) => ({ group, done: 0, total }));
}

/**
 * Fills the version's cache. What any cache has already is copied, everything is checked against its hash. Rejects with a message for people, or with the
 * signal's reason; what is there by then stays, and the next attempt goes on from it.
 */
export async function fillCache(
  host: OfflineHost,
  manifest: AssetManifest,
  onprogress: (progress: OfflineProgress) => void,
  signal?: AbortSignal,
): Promise<void> {
  const cache = await host.caches.open(cacheNameOf(host, manifest.version));
  const progress = nothingDone(manifest);
  const add = (group: string, bytes: number) => {
    for (const part of progress) if (part.group === group) part.done = Math.min(part.done + bytes, part.total);
    onprogress(progress.map((part) => ({ ...part })));
  };
  for (const file of manifest.files) {
    signal?.throwIfAborted();
    const url = urlOf(host, file);
    const known = await host.caches.match(url);
    const copied = known && (await checked(known, file, () => undefined));
    if (copied) add(file.group, file.bytes);
    else await cache.delete(url);
    const response = copied ?? (await download(host, file, (bytes) => add(file.group, bytes), signal));
    await cache.put(url, response);
  }
  signal?.throwIfAborted();
  await cache.put(host.base + manifestName, Response.json(manifest));
}

/** Where pages ask for a file. */
const urlOf = ({ base }: OfflineHost, { path }: OfflineFile): string => base + path.replace(/(^|\/)index\.html$/, '$1');

/** What an attempt that was not seen through has left, of the files that there are; nothing when it has left none. */
export async function unfinishedProgress(host: OfflineHost, manifest: AssetManifest): Promise<OfflineProgress | undefined> {
  if (!(await hasBegun(host, manifest.version))) return undefined;
  const progress = nothingDone(manifest);
  for (const file of manifest.files) {
    if (!(await look(host, manifest.version, urlOf(host, file)))) continue;
    for (const part of progress) if (part.group === file.group) part.done += file.bytes;
  }
  return progress;
}

/** Looks into one version's cache. Opening it for that would make it again if somebody removes it meanwhile, and what was removed would look begun. */
const look = (host: OfflineHost, version: string, url: string): Promise<Response | undefined> =>
  host.caches.match(url, { cacheName: cacheNameOf(host, version) });

/** Whether there is a cache for a version of the site, complete or not. */
export function hasBegun(host: OfflineHost, version: string): Promise<boolean> {
  return host.caches.has(cacheNameOf(host, version));
}

async function download(
  host: OfflineHost,
  file: OfflineFile,
  received: (bytes: number) => void,
  signal: AbortSignal | undefined,
): Promise<Response> {
  const response = await host.fetch(urlOf(host, file), { cache: 'no-cache', ...(signal ? { signal } : {}) });
  if (!response.ok) throw new Error(`${file.path} cannot be had: HTTP status ${response.status}.`);
  const good = await checked(response, file, received);
  if (!good) throw new Error(`${file.path} is not of this version: the site may be changing just now. Try again.`);
  return good;
}

/** The response with its body read and compared, if it is the file. */
async function checked(response: Response, file: OfflineFile, received: (bytes: number) => void): Promise<Response | undefined> {
  if (!response.body) return undefined;
  const reader = response.body.getReader();
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    parts.push(value);
    length += value.length;
    received(value.length);
  }
  const body = new Blob(parts, { type: response.headers.get('content-type') ?? '' });
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', await body.arrayBuffer()));
  const hash = Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
  if (hash !== file.sha256 && hash !== file.inflatedSha256) return undefined;
  const headers = { 'content-type': response.headers.get('content-type') ?? '', 'content-length': String(length) };
  return new Response(body, { headers });
}

/** The file at a URL from the complete copy of a version; nothing when there is no such file, or no complete copy. */
export async function copiedFile(host: OfflineHost, version: string, url: string): Promise<Response | undefined> {
  return (await isComplete(host, version)) ? look(host, version, url) : undefined;
}

/** Whether everything of a version is here. */
export async function isComplete(host: OfflineHost, version: string): Promise<boolean> {
  return (await look(host, version, host.base + manifestName)) !== undefined;
}

/** What the complete copy of a version holds; nothing when there is none. */
export async function copiedManifest(host: OfflineHost, version: string): Promise<AssetManifest | undefined> {
  const kept = await look(host, version, host.base + manifestName);
  return kept && v.parse(manifestSchema, await kept.json());
}

/** Removes the copies of all versions, or of all but one. */
export async function removeCopies(host: OfflineHost, except?: string): Promise<void> {
  const prefix = cachePrefixOf(host.base);
  for (const name of await host.caches.keys()) {
    if (name.startsWith(prefix) && name !== prefix + (except ?? '')) await host.caches.delete(name);
  }
}
