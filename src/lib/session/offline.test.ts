import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  copiedFile,
  copiedManifest,
  fillCache,
  hasBegun,
  isComplete,
  readAssetManifest,
  removeCopies,
  unfinishedProgress,
  type OfflineHost,
} from './offline.ts';

/** A version of the site: contents by path. */
type Site = Record<string, string>;

/** Caches as the standard has them, as far as copies use them. */
function memoryCaches(): OfflineHost['caches'] {
  const all = new Map<string, Map<string, Response>>();
  const match = (entries: Map<string, Response> | undefined, url: string) => entries?.get(url)?.clone();
  return {
    has: async (name) => all.has(name),
    keys: async () => [...all.keys()],
    delete: async (name) => all.delete(name),
    match: async (request, options) => {
      const searched = options?.cacheName === undefined ? [...all.values()] : [all.get(options.cacheName)];
      return searched.map((entries) => match(entries, String(request))).find((found) => found);
    },
    open: async (name) => {
      const entries = all.get(name) ?? new Map<string, Response>();
      all.set(name, entries);
      return {
        put: async (request, response) => void entries.set(String(request), response),
        delete: async (request) => entries.delete(String(request)),
      };
    },
  };
}

const base = 'https://site/some/where/';
const sha256 = (data: string | Buffer): string => createHash('sha256').update(data).digest('hex');

/** Serves `sites[0]` for `after` requests and `sites[1]` from then on. */
function serve(sites: [version: string, site: Site][], after: number, caches = memoryCaches()): OfflineHost & { asked: string[] } {
  const asked: string[] = [];
  const fetch = async (url: string) => {
    const [version, site] = sites[asked.length < after ? 0 : sites.length - 1];
    asked.push(url);
    const path = url.slice(base.length);
    if (path === 'asset-manifest.json') {
      const files = Object.entries(site).map(([path, text]) => ({ path, bytes: text.length, sha256: sha256(text), group: 'All' }));
      return Response.json({ version, files });
    }
    const text = site[path.replace(/(^|\/)$/, '$1index.html')];
    return text === undefined ? new Response('none', { status: 404 }) : new Response(text);
  };
  return { base, caches, fetch, asked };
}

async function make(host: OfflineHost, version: string): Promise<void> {
  await fillCache(host, await readAssetManifest(host, version), () => undefined);
}

async function copyOf(host: OfflineHost, version: string, paths: string[]): Promise<Site | undefined> {
  if (!(await isComplete(host, version))) return undefined;
  const read = async (path: string) =>
    (await (await copiedFile(host, version, base + path.replace(/(^|\/)index\.html$/, '$1')))?.text()) ?? '';
  return Object.fromEntries(await Promise.all(paths.map(async (path) => [path, await read(path)])));
}

const path = fc.constantFrom('index.html', 'learn/index.html', 'a.js', 'b.css', 'clang/c.gz');
const site: fc.Arbitrary<Site> = fc.dictionary(path, fc.string(), { minKeys: 1, noNullPrototype: true });

describe('an offline copy', () => {
  it('is of one version and whole, or it is not there, whenever the host changes', () =>
    fc.assert(
      fc.asyncProperty(site, site, fc.nat(7), async (one, two, after) => {
        const host = serve(
          [
            ['1', one],
            ['2', two],
          ],
          after,
        );
        const done = await make(host, '1').then(
          () => true,
          () => false,
        );
        const first = await copyOf(host, '1', Object.keys(one));
        expect(first).toEqual(done ? one : undefined);
        expect(await copyOf(host, '2', [])).toBeUndefined();
        // The new version beside the old one; what is the same in both comes over no network.
        const next = serve([['2', two]], 0, host.caches);
        await make(next, '2');
        expect(await copyOf(next, '2', Object.keys(two))).toEqual(two);
        expect(await copyOf(next, '1', Object.keys(one))).toEqual(first);
        const changed = Object.keys(two).filter((name) => !done || one[name] !== two[name]);
        if (done) expect(next.asked.length).toBe(1 + changed.length);
        await removeCopies(next, '2');
        expect(await copyOf(next, '1', [])).toBeUndefined();
        expect((await copiedManifest(next, '2'))?.files.length).toBe(Object.keys(two).length);
        await removeCopies(next);
        expect(await next.caches.keys()).toEqual([]);
      }),
    ));

  it('goes on where it was stopped, says what is here meanwhile, and is not taken for a whole one', () =>
    fc.assert(
      fc.asyncProperty(site, fc.nat(5), async (files, after) => {
        const host = serve([['1', files]], 0);
        const manifest = await readAssetManifest(host, '1');
        expect(await unfinishedProgress(host, manifest)).toBeUndefined();
        const abort = new AbortController();
        const stopping: OfflineHost = {
          ...host,
          fetch: async (url, init) => {
            // One for the list, which is there already.
            if (host.asked.length > after) abort.abort();
            init.signal?.throwIfAborted();
            return host.fetch(url, init);
          },
        };
        const names = Object.keys(files);
        const stopped = after < names.length;
        const filled = fillCache(stopping, manifest, () => undefined, abort.signal);
        if (stopped) await expect(filled).rejects.toThrow(/abort/i);
        else await filled;
        expect(await copyOf(host, '1', names)).toEqual(stopped ? undefined : files);
        const here = names.slice(0, after).reduce((sum, name) => sum + files[name].length, 0);
        expect((await unfinishedProgress(host, manifest))?.reduce((sum, { done }) => sum + done, 0)).toBe(here);
        await make(host, '1');
        expect(await copyOf(host, '1', names)).toEqual(files);
        // The list twice, and each file once.
        expect(host.asked.length).toBe(2 + names.length);
      }),
      { numRuns: 25 },
    ));

  it('stays removed while others look into it', async () => {
    const files = { 'index.html': 'here', 'a.js': 'a' };
    for (let turns = 0; turns < 20; turns++) {
      const host = serve([['1', files]], 0);
      await make(host, '1');
      const manifest = await readAssetManifest(host, '1');
      const looks = [copyOf(host, '1', Object.keys(files)), copiedManifest(host, '1'), unfinishedProgress(host, manifest)];
      for (let turn = 0; turn < turns; turn++) await Promise.resolve();
      await removeCopies(host);
      await Promise.all(looks);
      expect(await hasBegun(host, '1')).toBe(false);
    }
  });

  it('leaves the copies of a site in another folder of the host alone', async () => {
    const host = serve([['1', { 'index.html': 'here' }]], 0);
    await make(host, '1');
    await removeCopies({ ...host, base: 'https://site/some/' });
    expect(await copyOf(host, '1', ['index.html'])).toEqual({ 'index.html': 'here' });
  });

  it('counts bytes, and takes a file that the browser has inflated', async () => {
    const inflated = 'x'.repeat(1000);
    const stored = gzipSync(inflated);
    const host: OfflineHost = { base, caches: memoryCaches(), fetch: async () => new Response(inflated) };
    const file = { path: 'c.gz', bytes: stored.length, sha256: sha256(stored), inflatedSha256: sha256(inflated), group: 'Compiler' };
    const seen: number[] = [];
    await fillCache(host, { version: '1', files: [file] }, ([{ done }]) => seen.push(done));
    expect(seen.at(-1)).toBe(stored.length);
    expect(Math.max(...seen)).toBe(stored.length);
  });
});
