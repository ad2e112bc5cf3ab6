/**
 * The whole site in a cache of the browser, one cache for each version, complete or not there: pages of two versions never mix. Used by the page,
 * when a person asks for it, and by the service worker, when the site has a new version.
 */
import * as v from 'valibot';

const manifestSchema = v.object({
  version: v.string(),
  files: v.array(v.object({ path: v.string(), bytes: v.number(), sha256: v.string(), group: v.string() })),
});

/** Written by scripts/list-assets.ts when the site is built. Paths are relative to the site's root. */
export type AssetManifest = v.InferOutput<typeof manifestSchema>;
export type OfflineFile = AssetManifest['files'][number];

/** `done` and `total` in bytes, by group of files. */
export type OfflineProgress = { group: string; done: number; total: number }[];

export type OfflineHost = {
  /** URL of the site's root, with a trailing slash. */
  base: string;
  caches: CacheStorage;
  fetch: (url: string, init: RequestInit) => Promise<Response>;
};

/** Names of caches with a copy of the site begin so. */
export const offlineCachePrefix = 'ukulele-offline-';
/** An entry that is there only when all others are. */
const completeMark = 'offline-copy-is-complete';

export const cacheNameOf = (version: string): string => `${offlineCachePrefix}${version}`;

/** What is to be fetched, of the version that is asked for: a site that is just being replaced is refused. Rejects with a message for people. */
export async function readAssetManifest({ base, fetch }: OfflineHost, version: string): Promise<AssetManifest> {
  const response = await fetch(`${base}asset-manifest.json`, { cache: 'no-store' });
  if (!response.ok) throw new Error(`The list of the site's files cannot be had: HTTP status ${response.status}.`);
  const manifest = v.parse(manifestSchema, await response.json());
  if (manifest.version !== version) throw new Error('The site has a new version: reload the page first.');
  return manifest;
}

/** Fills the version's cache. What any cache has already is copied, everything is checked against its hash. Rejects with a message for people. */
export async function fillCache(
  host: OfflineHost,
  manifest: AssetManifest,
  onprogress: (progress: OfflineProgress) => void,
): Promise<void> {
  const cache = await host.caches.open(cacheNameOf(manifest.version));
  const progress = new Map<string, { done: number; total: number }>();
  for (const { group, bytes } of manifest.files) {
    const sum = progress.get(group) ?? { done: 0, total: 0 };
    progress.set(group, { done: 0, total: sum.total + bytes });
  }
  const report = () => onprogress([...progress].map(([group, sum]) => ({ group, ...sum })));
  const add = (group: string, bytes: number) => {
    const sum = progress.get(group);
    if (sum) sum.done += bytes;
    report();
  };
  report();
  for (const file of manifest.files) {
    const url = host.base + file.path.replace(/(^|\/)index\.html$/, '$1');
    const known = await host.caches.match(url);
    const copied = known && (await checked(known, file, () => undefined));
    if (copied) add(file.group, file.bytes);
    else await cache.delete(url);
    const response = copied ?? (await download(host, url, file, (bytes) => add(file.group, bytes)));
    await cache.put(url, response);
  }
  await cache.put(host.base + completeMark, new Response(manifest.version));
}

async function download({ fetch }: OfflineHost, url: string, file: OfflineFile, received: (bytes: number) => void): Promise<Response> {
  const response = await fetch(url, { cache: 'no-cache' });
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
  if (hash !== file.sha256) return undefined;
  const headers = { 'content-type': response.headers.get('content-type') ?? '', 'content-length': String(length) };
  return new Response(body, { headers });
}

/** The complete cache of a version, if there is one. */
export async function completeCache({ base, caches }: OfflineHost, version: string): Promise<Cache | undefined> {
  if (!(await caches.has(cacheNameOf(version)))) return undefined;
  const cache = await caches.open(cacheNameOf(version));
  return (await cache.match(base + completeMark)) ? cache : undefined;
}

/** Removes the copies of all versions, or of all but one. */
export async function removeCopies({ caches }: OfflineHost, except?: string): Promise<void> {
  for (const name of await caches.keys()) {
    if (name.startsWith(offlineCachePrefix) && name !== (except && cacheNameOf(except))) await caches.delete(name);
  }
}
