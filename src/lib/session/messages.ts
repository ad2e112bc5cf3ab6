/**
 * Everything that passes between the page and its two workers, the toolchain's and the machine's. Both ends import this file, so a case that
 * one end does not handle fails to compile.
 */
import type { Problem, Result } from '../problem.ts';
import type { SnapshotInfo } from '../emulator/index.ts';
import type { Recording } from '../project/recording.ts';
import type { MachineSettings, Project } from '../project/project.ts';
import type { RegisterView, TableEntryView as TableEntry, TableView as TableTree, TranslationTables } from '../emulator/index.ts';
import type { Completion, ImagePiece } from '../toolchain/index.ts';

export type { Completion, ImagePiece, RegisterView, TableEntry, TableTree, TranslationTables };

/** A node of the configuration menu, as the library menu shows it. */
export type MenuNode = {
  /** Stable between evaluations, unique in the tree. */
  id: string;
  kind: 'menu' | 'config' | 'choice' | 'comment';
  prompt: string;
  help?: string;
  /** Symbol name without `CONFIG_`; menus and comments have none. */
  symbol?: string;
  type?: 'bool' | 'int' | 'hex' | 'string';
  value?: string;
  /** A member of a choice: a radio button. */
  radio?: boolean;
  /** False when a dependency or a select fixes the value; `reasons` says which. */
  changeable: boolean;
  reasons: string[];
  /** Symbols that setting this one to y selects. */
  selects: string[];
  children: MenuNode[];
};

export type BuildStage = { name: string; seconds: number };

/** Image bytes of one library, split as the link map has it. */
export type LibraryFootprint = { name: string; bytes: number; code: number; readOnly: number; data: number; zeroed: number };

export type ImageSection = { name: string; address: number; size: number; flags: string };

/** A finished build as the page needs it; the ELF goes on to the machine as it is. */
export type BuiltImage = {
  elf: Uint8Array;
  /** Bytes loaded into memory from the file. */
  imageBytes: number;
  /** SHA-256 of the ELF, hexadecimal. */
  hash: string;
  sections: ImageSection[];
  libraries: LibraryFootprint[];
  /** Every byte of the sections that take memory, in order of address. */
  pieces: ImagePiece[];
  stages: BuildStage[];
  compiled: number;
  fromCache: number;
};

export type ToToolchain =
  /** First message. `base` is the URL that static assets lie under. */
  | { type: 'open'; pool: Record<string, string>; base: string }
  /** Fetches and starts the compiler ahead of its first use. */
  | { type: 'prepare' }
  | { type: 'configure'; request: number; project: Project; set?: { symbol: string; value: string } }
  | { type: 'build'; request: number; project: Project }
  | { type: 'cancel'; request: number }
  /** Looks at one file. A later question of the kind makes an earlier one that waits void: its answer is empty. */
  | { type: 'check'; request: number; project: Project; path: string }
  | { type: 'complete'; request: number; project: Project; path: string; line: number; column: number }
  /** What an ELF file that somebody else built consists of. */
  | { type: 'dissect'; request: number; elf: Uint8Array };

export type CompilerState =
  | { state: 'absent' }
  | { state: 'downloading'; doneBytes: number; totalBytes: number }
  | { state: 'starting' }
  | { state: 'ready' }
  | { state: 'failed'; message: string };

export type FromToolchain =
  | { type: 'compiler'; compiler: CompilerState }
  /** `settings`: the person's choices after the change, minimal as in a defconfig. */
  | { type: 'configured'; request: number; menu: MenuNode[]; settings: Record<string, string>; problems: Problem[] }
  | { type: 'progress'; request: number; done: number; total: number; current: string }
  | { type: 'built'; request: number; image?: BuiltImage; problems: Problem[]; cancelled: boolean }
  | { type: 'checked'; request: number; problems: Problem[] }
  | { type: 'completed'; request: number; items: Completion[] }
  | { type: 'dissected'; request: number; pieces: ImagePiece[] }
  /** The worker itself failed: a bug, shown rather than swallowed. */
  | { type: 'crashed'; message: string };

export type ToMachine =
  /**
   * `replay`: input to give again; the machine pauses where the recording ends. `begin: 'debugged'`: it stands before its first instruction, and
   * a debugger has it.
   */
  | { type: 'boot'; run: number; image: Uint8Array; machine: MachineSettings; replay?: Recording; begin?: 'debugged' }
  /** An image that nobody wants to see run: whose start makes the next one short. Nothing is told of it. */
  | { type: 'rehearse'; image: Uint8Array }
  /** Goes on from a snapshot file, paused. */
  | { type: 'restore'; run: number; file: Uint8Array }
  | { type: 'input'; bytes: Uint8Array }
  /** So many UART bytes were shown: a guest that floods the UART waits for the page. */
  | { type: 'taken'; bytes: number }
  | { type: 'pause' }
  | { type: 'resume' }
  | { type: 'reset' }
  | { type: 'stop' }
  /** Asks for one memory map; sent again by whoever draws it, so that a hidden view costs nothing. `detail`: what else it is to show. */
  | { type: 'map'; detail?: MapDetail }
  /** Whether maps tell which pages are used. */
  | { type: 'heat'; on: boolean }
  /** Asks for `length` bytes from `start` on, and what may be done with the byte at `address`. */
  | { type: 'read'; space: 'physical' | 'virtual'; address: number; start: number; length: number }
  /** A debugger takes hold of the machine, which stops, or lets it go. */
  | { type: 'debug'; on: boolean }
  /** Only to a machine under a debugger that stands; running on and stopping are `resume` and `pause`. */
  | { type: 'debugMove'; move: DebugMove }
  | { type: 'debugStops'; stops: DebugStops }
  /** Asks for the run so far, as input and state hash. */
  | { type: 'record'; request: number }
  /** Asks for the machine as a file, with what is attached to it. */
  | { type: 'snapshot'; request: number; attached: SnapshotAttachments }
  /** Asks what a snapshot file holds, without touching the machine. */
  | { type: 'inspect'; request: number; file: Uint8Array };

/** What the page puts into a snapshot file beside the machine. */
export type SnapshotAttachments = {
  /** A share, as link.ts encodes it. */
  project: Uint8Array;
  /** The terminal's last output. */
  terminal: Uint8Array;
};

export type InspectedSnapshot = { info: SnapshotInfo; project?: Uint8Array; terminal: Uint8Array };

export type MachineStop =
  { reason: 'poweroff' } | { reason: 'stopped' } | { reason: 'fault'; message: string } | { reason: 'refused'; problems: Problem[] };

export type MachineState = { state: 'off' } | { state: 'running' | 'waiting' | 'paused' } | { state: 'ended'; stop: MachineStop };

export type MachineFigures = {
  instructions: number;
  virtualNs: number;
  /** Wall-clock milliseconds from the boot message to the first UART byte. */
  firstUartMs?: number;
  /** A recording is being played: the guest gets its input from there. */
  replaying: boolean;
  /** Instructions a second over the last slice, in millions; 0 when idle. */
  mips: number;
};

/** One stretch of guest memory and what it is for. Regions do not overlap and are sorted by address. */
export type MapRegion = {
  start: number;
  size: number;
  kind: 'text' | 'rodata' | 'data' | 'bss' | 'heap' | 'books' | 'stack' | 'guard' | 'pageTable' | 'dtb' | 'device' | 'free' | 'other';
  name: string;
  detail?: string;
};

/** A heap and its blocks, as the allocator's own books have them. */
export type HeapMap = {
  start: number;
  size: number;
  kind: 'binary buddy' | 'region' | 'unknown';
  /** Three numbers for each block: start, bytes, state (0 free, 1 in use, 2 given back and lost, 3 unknown). */
  blocks: Float64Array;
  /** There are more blocks than are listed; the sums below count all. */
  truncated: boolean;
  bytes: { free: number; used: number; freed: number; unknown: number };
  counts: { free: number; used: number; freed: number };
  largestFree: number;
};

export type StackMap = {
  name: string;
  /** `handler`: the stack of exception handlers, which belongs to no thread. */
  state: 'running' | 'ready' | 'waiting' | 'exited' | 'handler';
  start: number;
  size: number;
  stackPointer?: number;
  /** Bytes from the end of the stack to the deepest that is not zero. */
  highWater: number;
  /** False when the memory may have held something else before: then `highWater` is an upper bound. */
  exact: boolean;
  guard?: number;
  /** Of the guest's monotonic clock. */
  wakeUpNs?: number;
};

/** Virtual memory that differs in nothing but the addresses, which go on. Addresses of TTBR1_EL1 are folded: see mapped-ranges.ts. */
export type MappedRange = { start: number; size: number; physical: number; name: string };

/** Four numbers for each page of RAM that was used lately: number of the page, and 0 to 1 for read, written, executed. */
export type HeatMap = Float32Array;

/** Neighbouring pages that the TLB of CPU 0 has for the current regime, and that differ in nothing but the addresses, which go on. */
export type TlbRun = {
  kind: 'data' | 'instruction';
  mode: 'EL0' | 'EL1' | 'EL1 with PAN';
  /** Folded as in {@link MappedRange}. */
  start: number;
  size: number;
  physical: number;
  access: string;
};

export type TlbPicture = {
  runs: TlbRun[];
  /** Entries for other translation regimes, which wait for them to come back. */
  otherEntries: number;
};

/** An exception that was taken, and when. */
export type ExceptionEvent = {
  cpu: number;
  instructions: number;
  virtualNs: number;
  /** Where it interrupted, or what caused it; folded as in {@link MappedRange}. */
  pc: number;
  /** A few words, equal for events of one cause: `data abort`, `interrupt 27: virtual timer`. */
  cause: string;
  /** All that is known of it. */
  description: string;
};

export type ExceptionPicture = {
  /** The latest, oldest first. */
  events: ExceptionEvent[];
  /** Taken since power-on or since the machine was restored. */
  total: number;
};

/**
 * What a debugger can do with a machine that stands: execute one instruction, or until another line begins; undo the last instruction; go back to
 * the last stop; go to where so many instructions have been executed.
 */
export type DebugMove = { do: 'step' | 'stepLine' | 'stepBack' | 'runBack' } | { do: 'goTo'; instructions: number };

/** Where a machine is to stop; each takes the place of what was set before it. Addresses are folded as in {@link MappedRange}. */
export type DebugStops =
  { do: 'setBreakpoints'; addresses: number[] } | { do: 'setLines'; lines: SourceLine[] } | { do: 'setWatches'; watches: Watch[] };

/** `file` as in {@link SourcePlace}; `line` from 1. */
export type SourceLine = { file: string; line: number };

/** A line to stop at, and what was found for it: code of that line, or of a later one; nothing when there is none, or no debug information. */
export type LineStop = SourceLine & { found?: { line: number; addresses: number[] } };

/** Memory whose use stops the machine, before the access. */
export type Watch = { address: number; length: number; read: boolean; write: boolean };

/** A machine that stands, as its debugger sees it. Addresses are folded. */
export type DebugPicture = {
  /** The CPU whose turn it is; registers and frames are its own. */
  cpu: number;
  instructions: number;
  virtualNs: number;
  /** The earliest and the latest place that can be gone to, in instructions. */
  begin: number;
  end: number;
  /** Why it stands, when that is not plain. */
  stop: string;
  /** Innermost first. `source` as in {@link MachineBytes}. */
  frames: { pc: number; function?: string; source: SourcePlace[] }[];
  /** Around the place, which is the first frame's. */
  code: { address: number; text: string }[];
  registers: RegisterView[];
  /** System registers that have fields. */
  system: RegisterView[];
  breakpoints: number[];
  lines: LineStop[];
  watches: Watch[];
  /** The access before which it stands. */
  watched?: { address: number; write: boolean };
};

export type MapDetail = 'heat' | 'tlb' | 'exceptions';

export type MemoryMapData = {
  /** Executed when the picture was taken. */
  instructions: number;
  ramStart: number;
  ramSize: number;
  regions: MapRegion[];
  devices: MapRegion[];
  /** Whether the image tells of itself (docs/introspection.md). */
  introspected: boolean;
  heaps: HeapMap[];
  stacks: StackMap[];
  /** When the stages of the boot were reached, in nanoseconds of the guest's counter; 0: not yet. */
  bootNs: number[];
  tables: TranslationTables[];
  mapped: MappedRange[];
  heat?: HeatMap;
  tlb?: TlbPicture;
  exceptions?: ExceptionPicture;
};

/** A line of source, as the page names files (`pool:` before the library pool's), and the function that it belongs to. */
export type SourcePlace = { file: string; line: number; function?: string };

/** Bytes from `start` on, as many as are RAM, and what may be done with the one at `address`. */
export type MachineBytes = {
  space: 'physical' | 'virtual';
  address: number;
  start: number;
  bytes: Uint8Array;
  access: string;
  /** How the address was translated. */
  walk?: string;
  /** Of code: its line, then the calls that were inlined around it, as debug information has them; empty without. */
  source: SourcePlace[];
};

export type FromMachine =
  | { type: 'state'; run: number; machine: MachineState; figures: MachineFigures }
  | { type: 'uart'; run: number; bytes: Uint8Array }
  | { type: 'map'; run: number; map: MemoryMapData }
  | { type: 'bytes'; run: number; bytes: MachineBytes }
  /** Whenever a machine under a debugger comes to stand or is moved; without a picture: it runs, or nothing debugs it. */
  | { type: 'debugged'; run: number; isAttached: boolean; picture?: DebugPicture }
  /** A replay has come to its end; the hash of the state there. */
  | { type: 'replayed'; run: number; stateHash: string }
  | { type: 'recorded'; request: number; recording?: Recording }
  | { type: 'snapshot'; request: number; file?: Uint8Array }
  | { type: 'inspected'; request: number; result: Result<InspectedSnapshot> }
  | { type: 'crashed'; message: string };
