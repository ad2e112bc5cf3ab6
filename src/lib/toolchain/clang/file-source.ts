/**
 * Files as a program in WebAssembly sees them: looked up by absolute path when it asks, so that a tree of thousands of files costs
 * nothing until one is opened, and a command line tool can let the compiler read the real disk.
 */

export type FileEntry = { kind: 'file'; size: number } | { kind: 'directory' };

/** Paths are absolute, without `.`, `..` or doubled slashes. Contents must not change while a program runs. */
export interface FileSource {
  stat(path: string): FileEntry | undefined;
  read(path: string): Uint8Array | undefined;
  /** Names in a directory; empty if there is none. */
  list(path: string): string[];
}

/** Files in memory. Folders exist when something is in them. */
export class MemoryFiles implements FileSource {
  private readonly files: ReadonlyMap<string, Uint8Array>;
  private readonly folders = new Map<string, Set<string>>();

  /** `files` by absolute path. */
  constructor(files: ReadonlyMap<string, Uint8Array>) {
    this.files = files;
    this.folders.set('/', new Set());
    for (const path of files.keys()) this.addToFolders(path);
  }

  private addToFolders(path: string): void {
    for (let child = path; child !== '/';) {
      const slash = child.lastIndexOf('/');
      const folder = slash === 0 ? '/' : child.slice(0, slash);
      const names = this.folders.get(folder);
      if (names) {
        names.add(child.slice(slash + 1));
        return;
      }
      this.folders.set(folder, new Set([child.slice(slash + 1)]));
      child = folder;
    }
  }

  stat(path: string): FileEntry | undefined {
    const file = this.files.get(path);
    if (file) return { kind: 'file', size: file.length };
    return this.folders.has(path) ? { kind: 'directory' } : undefined;
  }

  read(path: string): Uint8Array | undefined {
    return this.files.get(path);
  }

  list(path: string): string[] {
    return [...(this.folders.get(path) ?? [])];
  }
}

/** Several sources as one; the first that has a path wins. */
export class LayeredFiles implements FileSource {
  private readonly layers: readonly FileSource[];

  constructor(layers: readonly FileSource[]) {
    this.layers = layers;
  }

  stat(path: string): FileEntry | undefined {
    for (const layer of this.layers) {
      const entry = layer.stat(path);
      if (entry) return entry;
    }
    return undefined;
  }

  read(path: string): Uint8Array | undefined {
    for (const layer of this.layers) {
      const bytes = layer.read(path);
      if (bytes) return bytes;
    }
    return undefined;
  }

  list(path: string): string[] {
    return [...new Set(this.layers.flatMap((layer) => layer.list(path)))];
  }
}
