/** The offline copy as the page shows it. */
import { completeCache, fillCache, readAssetManifest, removeCopies, type OfflineHost, type OfflineProgress } from '../session/offline.ts';

export class OfflineCopy {
  state = $state<'unknown' | 'absent' | 'working' | 'ready' | 'impossible'>('unknown');
  progress = $state.raw<OfflineProgress>([]);
  failure = $state('');
  readonly #version: string;
  readonly #host: OfflineHost | undefined;

  constructor(base: string, version: string) {
    this.#version = version;
    const isPossible = 'caches' in globalThis && 'serviceWorker' in navigator && isSecureContext;
    this.#host = isPossible ? { base, caches, fetch: (url, init) => fetch(url, init) } : undefined;
    if (!isPossible) this.state = 'impossible';
  }

  get totalBytes(): number {
    return this.progress.reduce((sum, { total }) => sum + total, 0);
  }

  /** Finds out what is there. */
  async look(): Promise<void> {
    if (!this.#host || this.state === 'working') return;
    try {
      const registered = await navigator.serviceWorker.getRegistration(this.#host.base);
      const isComplete = (await completeCache(this.#host, this.#version)) !== undefined;
      this.state = registered && isComplete ? 'ready' : 'absent';
      const manifest = await readAssetManifest(this.#host, this.#version);
      const groups = Map.groupBy(manifest.files, ({ group }) => group);
      this.progress = [...groups].map(([group, files]) => ({ group, done: 0, total: files.reduce((sum, { bytes }) => sum + bytes, 0) }));
      this.failure = '';
    } catch (error) {
      this.failure = error instanceof Error ? error.message : String(error);
    }
  }

  async make(): Promise<void> {
    const host = this.#host;
    if (!host || this.state === 'working') return;
    this.state = 'working';
    this.failure = '';
    try {
      const manifest = await readAssetManifest(host, this.#version);
      await fillCache(host, manifest, (progress) => (this.progress = progress));
      // The compiler's own cache has become a second copy.
      await host.caches.delete('clang');
      await navigator.serviceWorker.register(`${host.base}service-worker.js`, { scope: host.base });
      await navigator.serviceWorker.ready;
      // Asks the browser not to throw the copy away when the disk is full; it may say no.
      await navigator.storage?.persist?.();
      this.state = 'ready';
    } catch (error) {
      this.failure = error instanceof Error ? error.message : String(error);
      this.state = 'absent';
    }
  }

  async remove(): Promise<void> {
    if (!this.#host) return;
    const registered = await navigator.serviceWorker.getRegistration(this.#host.base);
    await registered?.unregister();
    await removeCopies(this.#host);
    this.state = 'absent';
  }
}
