/** The offline copy as the page shows it. */
import {
  copiedManifest,
  fillCache,
  nothingDone,
  readAssetManifest,
  removeCopies,
  type OfflineHost,
  type OfflineProgress,
} from '../session/offline.ts';

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

  get doneBytes(): number {
    return this.progress.reduce((sum, { done }) => sum + done, 0);
  }

  get totalBytes(): number {
    return this.progress.reduce((sum, { total }) => sum + total, 0);
  }

  /** Finds out what is in this browser, without the network. */
  async look(): Promise<void> {
    if (!this.#host || this.state === 'working') return;
    const copied = await copiedManifest(this.#host, this.#version);
    const isServed = (await navigator.serviceWorker.getRegistration(this.#host.base)) !== undefined;
    this.state = copied && isServed ? 'ready' : 'absent';
    if (copied) this.progress = nothingDone(copied);
  }

  /** Finds out how much there would be to fetch. */
  async measure(): Promise<void> {
    await this.look();
    if (!this.#host || this.state !== 'absent') return;
    try {
      this.progress = nothingDone(await readAssetManifest(this.#host, this.#version));
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
    await this.measure();
  }
}
