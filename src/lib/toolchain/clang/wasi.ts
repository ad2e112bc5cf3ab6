/**
 * A host for programs built for WASI preview 1 ("wasi_snapshot_preview1"): arguments, standard streams, and a file system that is
 * read from a {@link FileSource} and written to memory. The program is a function: it sees no clock, no network and no
 * randomness of the host, so equal inputs give equal outputs everywhere.
 */
import { MemoryFiles, type FileSource } from './file-source.ts';

export type WasiRun = {
  /** Exit status; undefined when the program trapped, see `trap`. */
  status: number | undefined;
  /** The trap's message: `unreachable`, `memory access out of bounds`, stack overflow ... */
  trap?: string;
  stdout: Uint8Array;
  stderr: Uint8Array;
  /** Files written, by absolute path. */
  written: Map<string, Uint8Array>;
  /** Absolute paths of the files that were opened for reading and not written here, in order of first opening. */
  opened: string[];
};

export type WasiOptions = {
  args: readonly string[];
  files: FileSource;
  stdin?: Uint8Array;
  env?: Readonly<Record<string, string>>;
  /** What the clocks show, in nanoseconds since 1970. They stand still. */
  timeNs?: bigint;
};

/** WASI errno (witx `$errno`), those that we give. */
const E = {
  success: 0,
  badf: 8,
  exist: 20,
  inval: 28,
  isdir: 31,
  noent: 44,
  nosys: 52,
  notdir: 54,
  notempty: 55,
  notsup: 58,
  spipe: 70,
} as const;

const FILETYPE = { character: 2, directory: 3, regular: 4 } as const;
const OFLAGS = { create: 1, directory: 2, exclusive: 4, truncate: 8 } as const;
const FDFLAGS_APPEND = 1;
const RIGHTS_FD_WRITE = 64n;

/** A file being written: grows by doubling. */
type WrittenFile = { bytes: Uint8Array; size: number };

type Descriptor =
  | { kind: 'stream'; chunks: Uint8Array[] }
  | { kind: 'input'; bytes: Uint8Array; position: number }
  | { kind: 'directory'; path: string }
  | { kind: 'read'; path: string; bytes: Uint8Array; position: number }
  | { kind: 'write'; path: string; file: WrittenFile; position: number; append: boolean };

class ExitStatus extends Error {
  readonly status: number;
  constructor(status: number) {
    super(`exit ${status}`);
    this.status = status;
  }
}

/**
 * A program that stands before its `_start`. It runs once. Making one of a large module takes as long as a short run of it, and may be done before
 * it is known what is to be run.
 */
export class WasiProgram {
  private readonly host = new WasiHost();
  private readonly start: CallableFunction;

  /** The module must import nothing but WASI preview 1. */
  constructor(module: WebAssembly.Module) {
    const instance = new WebAssembly.Instance(module, { wasi_snapshot_preview1: this.host.imports() });
    const { memory, _start: start } = instance.exports;
    if (!(memory instanceof WebAssembly.Memory) || typeof start !== 'function') throw new Error('the module is not a WASI command');
    this.host.memory = memory;
    this.start = start;
  }

  /** Runs to the end. */
  run(options: WasiOptions): WasiRun {
    let status: number | undefined = 0;
    let trap: string | undefined;
    this.host.begin(options);
    try {
      this.start();
    } catch (cause) {
      if (cause instanceof ExitStatus) status = cause.status;
      // Engines throw RuntimeError for traps and RangeError (Firefox: InternalError) when the stack is used up.
      else if (
        cause instanceof Error &&
        (cause instanceof WebAssembly.RuntimeError || cause instanceof RangeError || cause.name === 'InternalError')
      ) {
        status = undefined;
        trap = cause.message;
      } else throw cause;
    }
    return this.host.result(status, trap);
  }
}

class WasiHost {
  memory = new WebAssembly.Memory({ initial: 0 });
  private options: WasiOptions = { args: [], files: new MemoryFiles(new Map()) };
  private readonly stdout: Uint8Array[] = [];
  private readonly stderr: Uint8Array[] = [];
  private descriptors: (Descriptor | undefined)[] = [];
  private readonly written = new Map<string, WrittenFile>();
  private readonly folders = new Set<string>();
  private readonly removed = new Set<string>();
  private readonly opened = new Set<string>();
  private readonly inodes = new Map<string, bigint>();
  private readonly encoder = new TextEncoder();
  private readonly decoder = new TextDecoder();
  private randomState = 0x9e3779b9;

  begin(options: WasiOptions): void {
    this.options = options;
    this.descriptors = [
      { kind: 'input', bytes: options.stdin ?? new Uint8Array(0), position: 0 },
      { kind: 'stream', chunks: this.stdout },
      { kind: 'stream', chunks: this.stderr },
      { kind: 'directory', path: '/' },
    ];
  }

  result(status: number | undefined, trap: string | undefined): WasiRun {
    const written = new Map([...this.written].map(([path, { bytes, size }]) => [path, bytes.subarray(0, size)]));
    return {
      status,
      ...(trap === undefined ? {} : { trap }),
      stdout: concat(this.stdout),
      stderr: concat(this.stderr),
      written,
      opened: [...this.opened],
    };
  }

  private view(): DataView {
    return new DataView(this.memory.buffer);
  }

  private text(at: number, length: number): string {
    return this.decoder.decode(new Uint8Array(this.memory.buffer, at, length));
  }

  /** The absolute path that a program's path names, seen from a directory descriptor. */
  private path(fd: number, at: number, length: number): string | undefined {
    const base = this.descriptors[fd];
    if (base?.kind !== 'directory') return undefined;
    const parts = base.path.split('/').filter((part) => part !== '');
    for (const part of this.text(at, length).split('/')) {
      if (part === '..') parts.pop();
      else if (part !== '' && part !== '.') parts.push(part);
    }
    return `/${parts.join('/')}`;
  }

  private inode(path: string): bigint {
    let inode = this.inodes.get(path);
    if (inode === undefined) {
      inode = BigInt(this.inodes.size + 1);
      this.inodes.set(path, inode);
    }
    return inode;
  }

  private entry(path: string): { kind: 'file'; size: number } | { kind: 'directory' } | undefined {
    const written = this.written.get(path);
    if (written) return { kind: 'file', size: written.size };
    if (path === '/' || this.folders.has(path)) return { kind: 'directory' };
    return this.removed.has(path) ? undefined : this.options.files.stat(path);
  }

  private writeFilestat(at: number, path: string, filetype: number, size: number): number {
    const view = this.view();
    for (let i = 0; i < 64; i += 8) view.setBigUint64(at + i, 0n, true);
    view.setBigUint64(at, 1n, true);
    view.setBigUint64(at + 8, this.inode(path), true);
    view.setUint8(at + 16, filetype);
    view.setBigUint64(at + 24, 1n, true);
    view.setBigUint64(at + 32, BigInt(size), true);
    return E.success;
  }

  private writeStrings(texts: readonly string[], pointers: number, buffer: number): number {
    const view = this.view();
    for (const text of texts) {
      view.setUint32(pointers, buffer, true);
      const bytes = this.encoder.encode(`${text}\0`);
      new Uint8Array(this.memory.buffer).set(bytes, buffer);
      pointers += 4;
      buffer += bytes.length;
    }
    return E.success;
  }

  private writeStringSizes(texts: readonly string[], count: number, size: number): number {
    const view = this.view();
    view.setUint32(count, texts.length, true);
    view.setUint32(
      size,
      texts.reduce((sum, text) => sum + this.encoder.encode(text).length + 1, 0),
      true,
    );
    return E.success;
  }

  /** Copies into the buffers of an iovec array; gives the number of bytes. */
  private scatter(source: Uint8Array, from: number, vectors: number, count: number): number {
    const view = this.view();
    let at = Math.min(from, source.length);
    for (let i = 0; i < count; i++) {
      const buffer = view.getUint32(vectors + i * 8, true);
      const part = source.subarray(at, at + view.getUint32(vectors + i * 8 + 4, true));
      new Uint8Array(this.memory.buffer).set(part, buffer);
      at += part.length;
    }
    return at - Math.min(from, source.length);
  }

  private gather(vectors: number, count: number): Uint8Array[] {
    const view = this.view();
    return Array.from({ length: count }, (_, i) =>
      new Uint8Array(this.memory.buffer, view.getUint32(vectors + i * 8, true), view.getUint32(vectors + i * 8 + 4, true)).slice(),
    );
  }

  private environment(): string[] {
    return Object.entries(this.options.env ?? {}).map(([name, value]) => `${name}=${value}`);
  }

  /** Functions by their WASI names; see the witx for parameters. */
  imports(): WebAssembly.ModuleImports {
    return { ...this.processImports(), ...this.descriptorImports(), ...this.pathImports() };
  }

  private processImports(): WebAssembly.ModuleImports {
    return {
      args_get: (pointers: number, buffer: number) => this.writeStrings(this.options.args, pointers, buffer),
      args_sizes_get: (count: number, size: number) => this.writeStringSizes(this.options.args, count, size),
      environ_get: (pointers: number, buffer: number) => this.writeStrings(this.environment(), pointers, buffer),
      environ_sizes_get: (count: number, size: number) => this.writeStringSizes(this.environment(), count, size),
      clock_time_get: (_clock: number, _precision: bigint, result: number) => {
        this.view().setBigUint64(result, this.options.timeNs ?? 0n, true);
        return E.success;
      },
      poll_oneoff: () => E.nosys,
      proc_exit: (status: number) => {
        throw new ExitStatus(status);
      },
      // xorshift32 from a fixed seed: names of temporary files want difference, not secrecy.
      random_get: (at: number, length: number) => {
        const bytes = new Uint8Array(this.memory.buffer, at, length);
        for (let i = 0; i < length; i++) {
          this.randomState ^= this.randomState << 13;
          this.randomState ^= this.randomState >>> 17;
          this.randomState ^= this.randomState << 5;
          bytes[i] = this.randomState;
        }
        return E.success;
      },
    };
  }

  private descriptorImports(): WebAssembly.ModuleImports {
    return {
      fd_close: (fd: number) => {
        if (!this.descriptors[fd]) return E.badf;
        this.descriptors[fd] = undefined;
        return E.success;
      },
      fd_fdstat_get: (fd: number, at: number) => {
        const descriptor = this.descriptors[fd];
        if (!descriptor) return E.badf;
        const view = this.view();
        view.setUint32(at, filetypeOf(descriptor), true);
        view.setUint16(at + 2, descriptor.kind === 'write' && descriptor.append ? FDFLAGS_APPEND : 0, true);
        view.setBigUint64(at + 8, 0xffffffffn, true);
        view.setBigUint64(at + 16, 0xffffffffn, true);
        return E.success;
      },
      fd_filestat_get: (fd: number, at: number) => {
        const descriptor = this.descriptors[fd];
        if (!descriptor) return E.badf;
        if (descriptor.kind === 'stream' || descriptor.kind === 'input') return this.writeFilestat(at, `fd ${fd}`, FILETYPE.character, 0);
        const size = descriptor.kind === 'read' ? descriptor.bytes.length : descriptor.kind === 'write' ? descriptor.file.size : 0;
        return this.writeFilestat(at, descriptor.path, filetypeOf(descriptor), size);
      },
      fd_filestat_set_size: (fd: number, size: bigint) => {
        const descriptor = this.descriptors[fd];
        if (descriptor?.kind !== 'write') return E.badf;
        resize(descriptor.file, Number(size));
        return E.success;
      },
      fd_filestat_set_times: () => E.success,
      fd_pread: (fd: number, vectors: number, count: number, offset: bigint, result: number) => {
        const bytes = this.readable(fd);
        if (!bytes) return E.badf;
        this.view().setUint32(result, this.scatter(bytes, Number(offset), vectors, count), true);
        return E.success;
      },
      fd_prestat_get: (fd: number, at: number) => {
        if (fd !== 3) return E.badf;
        this.view().setUint32(at, 0, true);
        this.view().setUint32(at + 4, 1, true);
        return E.success;
      },
      fd_prestat_dir_name: (fd: number, at: number) => {
        if (fd !== 3) return E.badf;
        this.view().setUint8(at, 0x2f);
        return E.success;
      },
      fd_read: (fd: number, vectors: number, count: number, result: number) => {
        const descriptor = this.descriptors[fd];
        const bytes = this.readable(fd);
        if (!bytes || !descriptor || !('position' in descriptor)) return E.badf;
        const length = this.scatter(bytes, descriptor.position, vectors, count);
        descriptor.position += length;
        this.view().setUint32(result, length, true);
        return E.success;
      },
      fd_readdir: (fd: number, buffer: number, length: number, cookie: bigint, result: number) =>
        this.readDirectory(fd, buffer, length, Number(cookie), result),
      fd_seek: (fd: number, offset: bigint, whence: number, result: number) => {
        const descriptor = this.descriptors[fd];
        if (!descriptor || !('position' in descriptor)) return E.spipe;
        const size = descriptor.kind === 'write' ? descriptor.file.size : descriptor.bytes.length;
        const base = whence === 0 ? 0 : whence === 1 ? descriptor.position : size;
        const position = base + Number(offset);
        if (position < 0) return E.inval;
        descriptor.position = position;
        this.view().setBigUint64(result, BigInt(position), true);
        return E.success;
      },
      fd_write: (fd: number, vectors: number, count: number, result: number) => this.write(fd, this.gather(vectors, count), result),
    };
  }

  private readable(fd: number): Uint8Array | undefined {
    const descriptor = this.descriptors[fd];
    if (descriptor?.kind === 'read' || descriptor?.kind === 'input') return descriptor.bytes;
    return descriptor?.kind === 'write' ? descriptor.file.bytes.subarray(0, descriptor.file.size) : undefined;
  }

  private write(fd: number, parts: Uint8Array[], result: number): number {
    const descriptor = this.descriptors[fd];
    if (descriptor?.kind !== 'stream' && descriptor?.kind !== 'write') return E.badf;
    let total = 0;
    for (const part of parts) {
      total += part.length;
      if (descriptor.kind === 'stream') {
        descriptor.chunks.push(part);
        continue;
      }
      if (descriptor.append) descriptor.position = descriptor.file.size;
      const end = descriptor.position + part.length;
      if (end > descriptor.file.size) resize(descriptor.file, end);
      descriptor.file.bytes.set(part, descriptor.position);
      descriptor.position = end;
    }
    this.view().setUint32(result, total, true);
    return E.success;
  }

  private readDirectory(fd: number, buffer: number, length: number, cookie: number, result: number): number {
    const descriptor = this.descriptors[fd];
    if (descriptor?.kind !== 'directory') return E.notdir;
    const prefix = descriptor.path === '/' ? '/' : `${descriptor.path}/`;
    const here = [...this.written.keys(), ...this.folders].filter((path) => path.startsWith(prefix) && !path.includes('/', prefix.length));
    const names = [...new Set([...this.options.files.list(descriptor.path), ...here.map((path) => path.slice(prefix.length))])].filter(
      (name) => this.entry(prefix + name) !== undefined,
    );
    let used = 0;
    for (let i = cookie; i < names.length && used < length; i++) {
      const name = this.encoder.encode(names[i]);
      const record = new Uint8Array(24 + name.length);
      const view = new DataView(record.buffer);
      view.setBigUint64(0, BigInt(i + 1), true);
      view.setBigUint64(8, this.inode(prefix + names[i]), true);
      view.setUint32(16, name.length, true);
      view.setUint8(20, this.entry(prefix + names[i])?.kind === 'directory' ? FILETYPE.directory : FILETYPE.regular);
      record.set(name, 24);
      // A record that does not fit is cut: the caller sees a full buffer and asks again from its cookie.
      const part = record.subarray(0, length - used);
      new Uint8Array(this.memory.buffer).set(part, buffer + used);
      used += part.length;
    }
    this.view().setUint32(result, used, true);
    return E.success;
  }

  private pathImports(): WebAssembly.ModuleImports {
    return {
      path_create_directory: (fd: number, at: number, length: number) => {
        const path = this.path(fd, at, length);
        if (path === undefined) return E.badf;
        if (this.entry(path)) return E.exist;
        this.folders.add(path);
        return E.success;
      },
      path_filestat_get: (fd: number, _flags: number, at: number, length: number, result: number) => {
        const path = this.path(fd, at, length);
        if (path === undefined) return E.badf;
        const entry = this.entry(path);
        if (!entry) return E.noent;
        return entry.kind === 'directory'
          ? this.writeFilestat(result, path, FILETYPE.directory, 0)
          : this.writeFilestat(result, path, FILETYPE.regular, entry.size);
      },
      path_link: () => E.notsup,
      path_open: (
        fd: number,
        _lookup: number,
        at: number,
        length: number,
        oflags: number,
        rights: bigint,
        _inheriting: bigint,
        fdflags: number,
        result: number,
      ) => this.open(this.path(fd, at, length), oflags, (rights & RIGHTS_FD_WRITE) !== 0n, (fdflags & FDFLAGS_APPEND) !== 0, result),
      path_readlink: () => E.inval,
      path_remove_directory: (fd: number, at: number, length: number) => this.remove(this.path(fd, at, length), 'directory'),
      path_rename: (fd: number, at: number, length: number, toFd: number, toAt: number, toLength: number) => {
        const from = this.path(fd, at, length);
        const to = this.path(toFd, toAt, toLength);
        if (from === undefined || to === undefined) return E.badf;
        const file = this.written.get(from);
        // Only files that the program wrote itself are renamed (temporary to final output).
        if (!file) return this.entry(from) ? E.notsup : E.noent;
        this.written.delete(from);
        this.written.set(to, file);
        this.removed.delete(to);
        return E.success;
      },
      path_symlink: () => E.notsup,
      path_unlink_file: (fd: number, at: number, length: number) => this.remove(this.path(fd, at, length), 'file'),
    };
  }

  private remove(path: string | undefined, kind: 'file' | 'directory'): number {
    if (path === undefined) return E.badf;
    const entry = this.entry(path);
    if (!entry) return E.noent;
    if (entry.kind !== kind) return kind === 'file' ? E.isdir : E.notdir;
    if (kind === 'directory' && this.options.files.list(path).length > 0) return E.notempty;
    this.written.delete(path);
    this.folders.delete(path);
    this.removed.add(path);
    return E.success;
  }

  private open(path: string | undefined, oflags: number, forWriting: boolean, append: boolean, result: number): number {
    if (path === undefined) return E.badf;
    const entry = this.entry(path);
    if (!entry && (oflags & OFLAGS.create) === 0) return E.noent;
    if (entry && (oflags & OFLAGS.exclusive) !== 0) return E.exist;
    if (entry?.kind === 'directory') {
      if (forWriting && (oflags & OFLAGS.directory) === 0) return E.isdir;
      return this.install({ kind: 'directory', path }, result);
    }
    if ((oflags & OFLAGS.directory) !== 0) return E.notdir;
    const written = this.written.get(path);
    if (written || forWriting || !entry)
      return this.install({ kind: 'write', path, file: this.writable(path, written, oflags), position: 0, append }, result);
    const bytes = this.options.files.read(path);
    if (!bytes) return E.noent;
    this.opened.add(path);
    return this.install({ kind: 'read', path, bytes, position: 0 }, result);
  }

  private writable(path: string, written: WrittenFile | undefined, oflags: number): WrittenFile {
    const truncate = (oflags & OFLAGS.truncate) !== 0;
    if (written) {
      if (truncate) written.size = 0;
      return written;
    }
    const bytes = truncate || this.removed.has(path) ? undefined : this.options.files.read(path)?.slice();
    const file = { bytes: bytes ?? new Uint8Array(0), size: bytes?.length ?? 0 };
    this.removed.delete(path);
    this.written.set(path, file);
    return file;
  }

  private install(descriptor: Descriptor, result: number): number {
    let fd = this.descriptors.findIndex((slot, i) => i > 3 && slot === undefined);
    if (fd < 0) fd = this.descriptors.length;
    this.descriptors[fd] = descriptor;
    this.view().setUint32(result, fd, true);
    return E.success;
  }
}

function filetypeOf(descriptor: Descriptor): number {
  if (descriptor.kind === 'directory') return FILETYPE.directory;
  return descriptor.kind === 'stream' || descriptor.kind === 'input' ? FILETYPE.character : FILETYPE.regular;
}

function resize(file: WrittenFile, size: number): void {
  if (size > file.bytes.length) {
    const grown = new Uint8Array(Math.max(size, file.bytes.length * 2, 4096));
    grown.set(file.bytes.subarray(0, file.size));
    file.bytes = grown;
  } else if (size > file.size) file.bytes.fill(0, file.size, size);
  file.size = size;
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
