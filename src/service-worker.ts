/// <reference lib="webworker" />
/**
 * Serves the site from its offline copy. It is there only for who asked for that (OfflineButton.svelte), so it always has everything: a new version's
 * worker fetches all that changed before it is installed, and takes over when the last page of the old version is closed.
 */
import { version } from '$service-worker';
import { copiedFile, fillCache, isComplete, readAssetManifest, removeCopies, type OfflineHost } from './lib/session/offline.ts';

declare const self: ServiceWorkerGlobalScope;

const host: OfflineHost = {
  base: new URL('./', self.location.href).href,
  caches: self.caches,
  fetch: (url, init) => fetch(url, init),
};

async function install(): Promise<void> {
  if (await isComplete(host, version)) return;
  await fillCache(host, await readAssetManifest(host, version), () => undefined);
}

async function respond(request: Request): Promise<Response> {
  const url = new URL(request.url);
  const isPage = request.mode === 'navigate';
  const found = await copiedFile(host, version, url.origin + url.pathname.replace(/(^|\/)index\.html$/, '$1'));
  if (found) return found;
  // `docs` for `docs/`: what a static host answers with a redirection.
  if (isPage && (await copiedFile(host, version, `${url.origin}${url.pathname}/`)))
    return Response.redirect(`${url.origin}${url.pathname}/${url.search}`);
  return fetch(request);
}

self.addEventListener('install', (event) => event.waitUntil(install()));
self.addEventListener('activate', (event) => event.waitUntil(removeCopies(host, version).then(() => self.clients.claim())));
self.addEventListener('fetch', (event) => {
  if (event.request.method === 'GET' && event.request.url.startsWith(host.base)) event.respondWith(respond(event.request));
});
