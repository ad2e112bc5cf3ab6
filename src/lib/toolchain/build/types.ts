import type { Problem } from '../../problem.ts';
import type { VirtualFiles } from './files.ts';
import type { ImagePiece } from './pieces.ts';

/** A language by the source file's suffix: `linker` is a linker script run through the preprocessor (`NAME.lds.S`) or not (`NAME.lds`, `NAME.ld`). */
export type SourceLanguage = 'c' | 'c++' | 'assembler' | 'assembler-with-cpp' | 'linker';

/** One file to compile, with everything on its command line but input and output. */
export type PlannedSource = {
  /** World path. */
  path: string;
  /** The word after `|` in `file.c|isr`. */
  variant?: string;
  language: SourceLanguage;
  /** Arguments for the compiler driver, in order. */
  flags: string[];
  /** Object's name within the build, `LIBRARY/FILE.VARIANT.o`: unique and the same everywhere. */
  object: string;
  /** Where the Makefile.uk names the source. */
  place?: Problem['place'];
};

export type PlannedLibrary = {
  /** As registered: `libukalloc`. */
  name: string;
  /** Folder of its Makefile.uk. */
  base: string;
  sources: PlannedSource[];
  /** Prebuilt objects and archives given by `LIB_OBJS-y` and `LIB_ALIBS-y`. */
  objects: string[];
  /** Global symbols that other libraries may use; all when absent (no exportsyms.uk). */
  exports?: readonly string[];
  /** Global symbols made local whatever `exports` says (localsyms.uk). */
  locals: readonly string[];
  /** Platform that the library belongs to. */
  platform?: string;
};

/** What to compile and link, with nothing left to decide. */
export type BuildPlan = {
  imageName: string;
  libraries: PlannedLibrary[];
  /** Linker scripts in `-T` order; a `.lds.S` goes through the preprocessor first. */
  linkerScripts: PlannedSource[];
  /** Arguments for the linker, in order, without inputs, scripts and output. */
  linkerFlags: string[];
  /** Files that the build generates, by world path: `/build/include/uk/_config.h`. */
  generated: VirtualFiles;
};

/** What the compiler is asked to do: one translation unit. */
export type CompileJob = {
  source: string;
  language: SourceLanguage;
  flags: readonly string[];
  /** Name for the object, for diagnostics and debug information. */
  object: string;
};

/** What came of it. `object` is absent when there were errors. */
export type CompileOutput = {
  object?: Uint8Array;
  problems: Problem[];
  /** World paths of every file that was read, the source too. */
  dependencies: readonly string[];
};

/** Compiles one file at a time, or several when it has a pool of workers. */
export type Compiler = {
  /** Changes when the same input could give another object: versions of clang, code generator, assembler. */
  readonly version: string;
  /** How many jobs to keep under way. */
  readonly parallel: number;
  /** Called before the first job with the files that jobs may read. */
  open(world: VirtualFiles): void | Promise<void>;
  compile(job: CompileJob, signal?: AbortSignal): Promise<CompileOutput>;
};

export type LinkJob = {
  objects: readonly { name: string; bytes: Uint8Array }[];
  /** Linker scripts' text, in `-T` order. */
  scripts: readonly { name: string; text: string }[];
  flags: readonly string[];
};

export type LinkOutput = { elf?: Uint8Array; map?: string; problems: Problem[] };

export type Linker = {
  readonly version: string;
  link(job: LinkJob, signal?: AbortSignal): Promise<LinkOutput>;
};

/** Keeps bytes by key between builds. Keys are hexadecimal hashes of everything that the bytes depend on. */
export type BuildCache = {
  get(key: string): Promise<Uint8Array | undefined>;
  put(key: string, bytes: Uint8Array): Promise<void>;
};

export type BuildStage = { name: string; seconds: number };

/** A section of the linked image. Addresses and sizes in bytes. */
export type ImageSection = { name: string; address: number; size: number; flags: string; inFile: boolean };

/** Bytes of the image that come of one library, by what they are. `bytes` is what the image file carries: all but `zeroed`. */
export type LibraryFootprint = { name: string; bytes: number; code: number; readOnly: number; data: number; zeroed: number };

export type ImageSymbol = {
  name: string;
  address: number;
  size: number;
  section: string;
  kind: 'function' | 'object' | 'other';
  local: boolean;
  library?: string;
  object?: string;
};

export type BuildResult = {
  /** Absent when there were errors. With symbols and debug information. */
  elf?: Uint8Array;
  /** The same without symbol table and debug information. */
  stripped?: Uint8Array;
  /** Linux arm64 `Image` or flat binary: memory contents from the first loaded address on, when the configuration asks for it. */
  flat?: Uint8Array;
  /**
   * Bytes that a loader copies from the file to memory: the sizes of all sections that are allocated and have contents
   * (SHF_ALLOC and not SHT_NOBITS). Zeroed memory, alignment gaps, symbols and debug information are not in it.
   */
  imageBytes: number;
  sections: ImageSection[];
  libraries: LibraryFootprint[];
  symbols: ImageSymbol[];
  /** The image byte by byte: see `imagePieces`. */
  pieces: ImagePiece[];
  /** Wall-clock time by stage, in order, by the clock that was passed in. */
  stages: BuildStage[];
  problems: Problem[];
  compiled: number;
  fromCache: number;
  cancelled: boolean;
};

export type BuildProgress = { done: number; total: number; current: string };

export type BuildOptions = {
  compiler: Compiler;
  linker: Linker;
  cache: BuildCache;
  /** Seconds on any monotonic clock. */
  clock: () => number;
  onprogress?: (progress: BuildProgress) => void;
  signal?: AbortSignal;
};
