/** Build results between runs, in the person's cache folder. */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { memoryCache, type BuildCache } from '../src/lib/toolchain/index.ts';

/** Above the first size the oldest entries go until the second is reached. */
const fullBytes = 512 << 20;
const prunedBytes = 384 << 20;

/** `$XDG_CACHE_HOME/ukulele` or `~/.cache/ukulele`. */
export function cacheFolder(): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'ukulele', 'build');
}

/** A cache of files in a folder. One that cannot be written is no reason not to build: then results last as long as the process. */
export function folderCache(folder: string): BuildCache & { prune(): void } {
  try {
    mkdirSync(folder, { recursive: true });
  } catch {
    return { ...memoryCache(), prune: () => undefined };
  }
  const pathOf = (key: string) => {
    const name = /^[0-9a-z-]+$/.test(key) ? key : createHash('sha256').update(key).digest('hex');
    return join(folder, name.slice(0, 2), name);
  };
  let written = false;
  return {
    get: (key) => {
      const path = pathOf(key);
      try {
        const bytes = readFileSync(path);
        // The age of an entry is the time since it was last of use.
        const now = new Date();
        utimesSync(path, now, now);
        return Promise.resolve(new Uint8Array(bytes));
      } catch {
        return Promise.resolve(undefined);
      }
    },
    put: (key, bytes) => {
      const path = pathOf(key);
      try {
        mkdirSync(join(path, '..'), { recursive: true });
        // Another process may read at any time: an entry is there whole or not at all.
        const partial = `${path}.${process.pid}`;
        writeFileSync(partial, bytes);
        renameSync(partial, path);
        written = true;
      } catch {
        // A full disk costs time at the next build and nothing else.
      }
      return Promise.resolve();
    },
    prune: () => {
      if (written) prune(folder);
    },
  };
}

function prune(folder: string): void {
  const files = readdirSync(folder).flatMap((shard) =>
    readdirSync(join(folder, shard)).flatMap((name) => {
      const path = join(folder, shard, name);
      const stat = statSync(path, { throwIfNoEntry: false });
      return stat ? [{ path, bytes: stat.size, used: stat.mtimeMs }] : [];
    }),
  );
  let total = files.reduce((sum, file) => sum + file.bytes, 0);
  if (total <= fullBytes) return;
  for (const file of files.sort((a, b) => a.used - b.used)) {
    if (total <= prunedBytes) return;
    rmSync(file.path, { force: true });
    total -= file.bytes;
  }
}
