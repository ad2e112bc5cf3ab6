/**
 * Files as seen from a working directory. WASI knows only `/`: a program's `a.o` reaches its host as `/a.o`, so a path is looked up
 * below the working directory first, and as an absolute path when it is not there.
 */
import { joinPath } from '../build/files.ts';
import type { FileEntry, FileSource } from './file-source.ts';

export class WorkingDirectoryFiles implements FileSource {
  private readonly directory: string;
  private readonly files: FileSource;

  constructor(directory: string, files: FileSource) {
    this.directory = directory;
    this.files = files;
  }

  /** A path of the host's for a path that a program asked for. */
  locate(path: string): string {
    const relative = joinPath(this.directory, path.slice(1));
    return path !== '/' && this.files.stat(relative) ? relative : path;
  }

  stat(path: string): FileEntry | undefined {
    return this.files.stat(this.locate(path));
  }

  read(path: string): Uint8Array | undefined {
    return this.files.read(this.locate(path));
  }

  list(path: string): string[] {
    return this.files.list(this.locate(path));
  }
}
