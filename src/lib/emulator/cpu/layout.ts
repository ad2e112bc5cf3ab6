/**
 * Where things lie in the one WebAssembly memory that holds a machine: CPU state, TLBs, decoded instructions, guest RAM.
 *
 * State blocks are below 64 KiB so that a decoded instruction can name a register by its absolute address in 16 bits.
 */
export const pageBytes = 4096;
export const maxCpus = 8;

/** Between state blocks and TLBs: how often regions of translated code have been entered, u32 each. */
const entryCounters = 0xa000;
export const countersOfEntries = 4096;

export function entryCounterAddress(counter: number): number {
  return entryCounters + 4 * counter;
}

/**
 * Behind them: times that translated code has been left for code outside since somebody looked, u32, and the addresses of the last few
 * in turn, u64.
 */
const notes = entryCounters + 4 * countersOfEntries;
export const Notes = { count: notes, addresses: notes + 8, length: 8 } as const;

/**
 * Behind those: how often the interpreter has gone one way of a conditional branch for another `times` times since somebody looked, u32, and
 * of the last few in turn the branches' entries, u32, and addresses, u64.
 */
const often = notes + 0x80;
export const Often = { count: often, entries: often + 0x10, addresses: often + 0x110, length: 64, times: 4096 } as const;

/** log2 of the bytes of a CPU's state block. */
export const stateShift = 12;
const tlbAreas = 0x1_0000;

/** Below the state blocks: address 0 means "none". Where a block is kept for a moment. */
export const spareBlock = 0;

/**
 * First byte of a state block. The CPU that runs has its state in block 0, wherever others have theirs:
 * so the CPUs of a machine, which take turns, share decoded instructions and translated code, which name registers by their addresses.
 */
export function stateAddress(block: number): number {
  return (block + 1) << stateShift;
}

/** Byte offsets in a state block. i64 and v128 members are naturally aligned. */
export const State = {
  /** X0..X30. */
  x: 0,
  /** Reads as zero and is never written. */
  zeroRegister: 31 * 8,
  /** The stack pointer that is selected. */
  sp: 32 * 8,
  /** Takes what is written to the zero register. */
  discard: 33 * 8,
  /** V0..V31, 16 bytes each. */
  v: 0x200,
  /** The guest address of an entry in the current page is pcBase + (entry >>> 3). i64. */
  pcBase: 0x400,
  /** Address of the first entry of the decoded page that is being executed, i32. */
  pageEntries: 0x408,
  /** Data TLB of the current translation regime; the same for LDTR and STTR; instruction TLB. i32 each. */
  dataTlb: 0x40c,
  unprivilegedTlb: 0x410,
  fetchTlb: 0x414,
  /** Why compiled code is to return, one of {@link Exit}, i32. */
  exit: 0x418,
  /** Entry and limit while a slow path runs, and when compiled code has returned. i32. */
  entry: 0x41c,
  limit: 0x420,
  /** How NZCV is kept: one of {@link Flags}, i32, and its two operands, i64. */
  flagKind: 0x424,
  flagA: 0x428,
  flagB: 0x430,
  /** Linear address that a load-exclusive reserved, 0: none; bytes of it. i32. */
  monitor: 0x438,
  monitorBytes: 0x43c,
  /** Whether SIMD and FP instructions are allowed at the current exception level, i32. */
  fpEnabled: 0x440,
  /** 15 when SP must be aligned for accesses at the current exception level, else 0. i32. */
  spMask: 0x444,
  fpcr: 0x448,
  fpsr: 0x44c,
  /** Operands and results of calls out of compiled code that are not i32: four of 16 bytes. */
  scratch: 0x450,
  /** Guest PC while compiled code is not running, i64. */
  pc: 0x490,
  /** PSTATE in the places of SPSR_EL1, without NZCV, i32. */
  pstate: 0x498,
  /** Level inputs and what waits: see cpu.ts. i32 each. */
  lines: 0x49c,
  waiting: 0x4a0,
  eventRegister: 0x4a4,
  /** SP_EL0 and SP_EL1; the selected one is out of date here. */
  spBanks: 0x4a8,
  /** Instructions executed since reset, f64: exact up to 2^53. */
  retired: 0x4c0,
  /** Number of the identity ranges (identity.ts) that hold now, 0: none. i32. */
  identity: 0x4c8,
  /** The branch by which translated code was last left for an address that it did not expect: its entry (0: none), i32, and the address, i64. */
  strayEntry: 0x4cc,
  strayTarget: 0x4d0,
  /** Accesses of translated code outside the identity ranges since somebody looked, and the entries of the last few in turn. i32 each. */
  misses: 0x4d8,
  missedEntries: 0x4dc,
  /** Performance monitors: see pmu.ts. */
  pmu: 0x500,
  /** i64 system registers in the order of system-registers.ts. */
  system: 0x600,
  end: 0x1000,
} as const;

/** Reasons for compiled code to return. */
export const Exit = {
  /** `entry` has reached `limit`. */
  limit: 0,
  /** The page of State.pc is not in the fetch TLB. */
  fetch: 1,
  /** The current instruction is done in its own way (exception, ERET): State.pc is where to go on. */
  transfer: 2,
  /** The current instruction has not been executed: a debugger wants to look. */
  debug: 3,
  /** The current instruction has a breakpoint but is to be executed. */
  stepOver: 4,
} as const;

/** Representations of NZCV. 32-bit operands are kept in the upper halves, so that one set of rules serves both. */
export const Flags = {
  /** Of the subtraction A - B. */
  sub: 0,
  /** Of a result A with C and V clear (B is 0): all but C are as for A - 0. */
  logic: 1,
  /** Of the addition A + B. */
  add: 2,
  /** The four flags themselves in bits 31:28 of A. */
  packed: 3,
} as const;

/** Kinds of NZCV within translated code: {@link Flags}, and this bit when the operands are 32-bit ones, zero-extended. */
export const narrowFlags = 4;

/**
 * One entry of a data TLB. A tag is the virtual address of a 4 KiB page, or all ones: never equal. readTag and writeTag are
 * for accesses that need no further look; the slow tag is for the rest (see flags).
 */
export const TlbEntry = {
  readTag: 0,
  writeTag: 8,
  /** i32 to be added to the low half of a virtual address: gives a linear address. */
  addend: 16,
  flags: 20,
  slowTag: 24,
  bytes: 32,
} as const;

/** Of one data TLB; a power of two. 8 MiB of pages: what a loop over large arrays touches should fit. */
export const tlbEntries = 2048;
/** Data TLBs of one translation regime: EL0, EL1, EL1 with PAN. */
export const tlbModes = 3;
/** Translation regimes (address spaces, mostly) that a CPU keeps TLBs of. */
export const tlbContexts = 16;

export const TlbFlags = {
  read: 1,
  write: 2,
  /** Device memory, or SCTLR_EL1.A: unaligned accesses fault. */
  strict: 4,
  /** Not RAM, or watched: every access goes to the slow path. */
  slow: 8,
  /** Decoded instructions exist: stores must drop them. */
  code: 16,
  /** Not RAM. */
  io: 32,
  /** Page use is observed (page-use.ts), and the page was not read, not written yet: the first such access goes to the slow path. */
  unread: 64,
  unwritten: 128,
  /** From the identity map (identity.ts), from which it can be entered again at any time. */
  identity: 256,
} as const;

/** `read << useShift` is `unread`, `write << useShift` is `unwritten`. */
export const useShift = 6;

/** One entry of an instruction TLB: tag as above, address of the page's decoded entries. */
export const FetchEntry = { tag: 0, entries: 8, bytes: 16 } as const;
export const fetchEntries = 1024;
/** EL0 and EL1. */
export const fetchModes = 2;

const tlbContextBytes = tlbModes * tlbEntries * TlbEntry.bytes + fetchModes * fetchEntries * FetchEntry.bytes;

export function dataTlbAddress(cpu: number, context: number, mode: number): number {
  return tlbAreas + (cpu * tlbContexts + context) * tlbContextBytes + mode * tlbEntries * TlbEntry.bytes;
}

export function fetchTlbAddress(cpu: number, context: number, mode: number): number {
  return dataTlbAddress(cpu, context, tlbModes) + mode * fetchEntries * FetchEntry.bytes;
}

/** Entries that State.missedEntries has; a power of two. */
export const missedEntries = 8;

/** One decoded instruction. The index of its handler in the table lies elsewhere: {@link MemoryLayout.handlerOffset}. */
export const Entry = {
  /** Absolute addresses of register operands, u16, in the order in which the handler's meaning first uses them. */
  operands: 0,
  maxOperands: 6,
  /** Of a conditional branch, which has one operand: how often the interpreter has taken it, and gone on behind it. u32 each. */
  taken: 4,
  passed: 8,
  /** i64. */
  imm: 16,
  imm2: 24,
  bytes: 32,
} as const;

/** A page's entries, and one more that goes on with the next page. */
export const decodedPageBytes = (pageBytes / 4 + 1) * Entry.bytes;

/**
 * Indices of handlers, u32 each, are closer together than entries, by a shift of their addresses: an index is what a processor waits for to know where to go on, and
 * those of the next fifteen instructions come into its cache with it.
 */
export const handlerShift = 3;

export type MemoryLayout = {
  /** Address of the first decoded page, and their number. */
  decoded: number;
  decodedPages: number;
  /** The index of an entry's handler is at the entry's address shifted right by {@link handlerShift}, and so much. */
  handlerOffset: number;
  ram: number;
  totalPages: number;
};

const wasmPage = 0x1_0000;
const alignToWasmPage = (n: number): number => Math.ceil(n / wasmPage) * wasmPage;

/**
 * `decodedPages` is the number of pages of instructions that can be kept decoded: enough for a kernel's working set, and memory that is not
 * touched costs nothing.
 */
export function layoutFor(ramBytes: number, cpus: number): MemoryLayout {
  const decoded = dataTlbAddress(cpus, 0, 0);
  const decodedPages = Math.max(64, Math.min(2048, ramBytes / pageBytes));
  const handlers = decoded + decodedPages * decodedPageBytes;
  const ram = alignToWasmPage(handlers + (decodedPages * decodedPageBytes) / 2 ** handlerShift);
  return {
    decoded,
    decodedPages,
    handlerOffset: handlers - decoded / 2 ** handlerShift,
    ram,
    totalPages: alignToWasmPage(ram + ramBytes) / wasmPage,
  };
}
