/** The disk as the compiler sees it; each file and folder is looked at once in the life of the object. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import type { FileEntry, FileSource } from '../src/lib/toolchain/clang/file-source.ts';

export class DiskFiles implements FileSource {
  private readonly entries = new Map<string, FileEntry | undefined>();
  private readonly contents = new Map<string, Uint8Array>();

  stat(path: string): FileEntry | undefined {
    if (this.entries.has(path)) return this.entries.get(path);
    const stats = statSync(path, { throwIfNoEntry: false });
    const entry: FileEntry | undefined = stats?.isDirectory()
      ? { kind: 'directory' }
      : stats
        ? { kind: 'file', size: stats.size }
        : undefined;
    this.entries.set(path, entry);
    return entry;
  }

  read(path: string): Uint8Array | undefined {
    const known = this.contents.get(path);
    if (known) return known;
    if (this.stat(path)?.kind !== 'file') return undefined;
    const bytes = new Uint8Array(readFileSync(path));
    this.contents.set(path, bytes);
    return bytes;
  }

  list(path: string): string[] {
    return this.stat(path)?.kind === 'directory' ? readdirSync(path) : [];
  }

  /** To be called when a file may have changed. */
  forget(path: string): void {
    this.entries.delete(path);
    this.contents.delete(path);
  }
}
