/** The offline copy as the page shows it. */
import {
  copiedManifest,
  fillCache,
  hasBegun,
  nothingDone,
  readAssetManifest,
  removeCopies,
  unfinishedProgress,
  type OfflineHost,
  type OfflineProgress,
} from '../session/offline.ts';

export class OfflineCopy {
  /** `unfinished`: some of it is here, of an attempt that was stopped or failed. */
  state = $state<'unknown' | 'absent' | 'unfinished' | 'working' | 'ready' | 'impossible'>('unknown');
  progress = $state.raw<OfflineProgress>([]);
  failure = $state('');
  readonly #version: string;
  readonly #host: OfflineHost | undefined;
  #abort: AbortController | undefined;

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
    if (copied && isServed) this.state = 'ready';
    else this.state = (await hasBegun(this.#host, this.#version)) ? 'unfinished' : 'absent';
    if (copied) this.progress = nothingDone(copied);
  }

  /** Finds out how much there would be to fetch. */
  async measure(): Promise<void> {
    await this.look();
    if (!this.#host || (this.state !== 'absent' && this.state !== 'unfinished')) return;
    try {
      const manifest = await readAssetManifest(this.#host, this.#version);
      this.progress = (await unfinishedProgress(this.#host, manifest)) ?? nothingDone(manifest);
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
    const abort = new AbortController();
    this.#abort = abort;
    try {
      const manifest = await readAssetManifest(host, this.#version);
      await fillCache(host, manifest, (progress) => (this.progress = progress), abort.signal);
      // The compiler's own cache has become a second copy.
      await host.caches.delete('clang');
      await navigator.serviceWorker.register(`${host.base}service-worker.js`, { scope: host.base });
      await navigator.serviceWorker.ready;
      // Asks the browser not to throw the copy away when the disk is full; it may say no.
      await navigator.storage?.persist?.();
      this.state = 'ready';
    } catch (error) {
      this.state = 'absent';
      // Says what is here all the same.
      await this.measure();
      if (!abort.signal.aborted) this.failure = error instanceof Error ? error.message : String(error);
    }
  }

  /** Ends {@link make} before it is done. What has come stays. */
  stop(): void {
    this.#abort?.abort();
  }

  async remove(): Promise<void> {
    if (!this.#host) return;
    const fail = (error: unknown) => {
      this.failure = `It could not be removed: ${error instanceof Error ? error.message : String(error)}`;
    };
    try {
      const registered = await navigator.serviceWorker.getRegistration(this.#host.base);
      // Not waited for: the browser may have jobs for the worker that go first, for half a minute. A worker without copies asks the network.
      registered?.unregister().catch(fail);
      await removeCopies(this.#host);
      await this.measure();
    } catch (error) {
      fail(error);
    }
  }
}
