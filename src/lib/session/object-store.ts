/** Compiled objects: those of this page's life, those that came with the site, and those of earlier visits, in that order. */
import { clear, createStore, get, keys, set, type UseStore } from 'idb-keyval';
import { memoryCache, unpackFiles, type BuildCache } from '../toolchain/index.ts';

/** Everything goes above this many entries, some ten megabytes: what is needed is compiled again. */
const maxKept = 4000;
const versionKey = 'version';

/** `version`: of the toolchain; entries of another one can never be found again. `prebuilt`: gives the site's pack of objects. */
export function openObjectStore(version: string, prebuilt: () => Promise<Uint8Array | undefined>): BuildCache {
  const memory = memoryCache();
  let shipped: Promise<ReadonlyMap<string, Uint8Array>> | undefined;
  let kept: Promise<UseStore | undefined> | undefined;
  return {
    async get(key) {
      const near = await memory.get(key);
      if (near) return near;
      shipped ??= prebuilt().then((pack) => (pack ? unpackFiles(pack) : new Map<string, Uint8Array>()));
      const found = (await shipped).get(key);
      if (found) return found;
      const store = await (kept ??= openDatabase(version));
      const bytes: unknown = store && (await get(key, store).catch(() => undefined));
      return bytes instanceof Uint8Array ? bytes : undefined;
    },
    async put(key, bytes) {
      await memory.put(key, bytes);
      // Links are done again in no time, and their results are large.
      if (/-(elf|map)$/.test(key)) return;
      const store = await (kept ??= openDatabase(version));
      // A full disk costs time, not correctness.
      if (store) await set(key, bytes, store).catch(() => undefined);
    },
  };
}

/** None where storage is refused: sandboxed frames, private windows. */
async function openDatabase(version: string): Promise<UseStore | undefined> {
  try {
    const store = createStore('ukulele-objects', 'objects');
    const stored: unknown = await get(versionKey, store);
    if (stored !== version || (await keys(store)).length > maxKept) {
      await clear(store);
      await set(versionKey, version, store);
    }
    return store;
  } catch {
    return undefined;
  }
}
