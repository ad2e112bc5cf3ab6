import type { Helper } from '../../arm64/index.ts';
import type { Core } from '../cpu/core.ts';
import { FixedHandler } from '../cpu/core-module.ts';
import { handlerSignature } from '../cpu/handler-interface.ts';
import type { Handlers } from '../cpu/handlers.ts';
import { decodeEntries } from '../cpu/host-functions.ts';
import { countersOfEntries, Entry, entryCounterAddress, missedEntries, Notes, Often, pageBytes, State } from '../cpu/layout.ts';
import { ModuleWriter, type FunctionWriter } from '../cpu/wasm.ts';
import { writeRegion, type RegionEntry } from './region.ts';
import { endsStraight, Scan, type CodeView, type ScanLimits } from './scan.ts';

/** When and how much is translated. Nothing of it can be seen by the guest. */
export type TranslatorTuning = {
  /** Instructions before the first look: until then the guest is likely to start, and to do nothing for long. */
  firstLook: number;
  /** Instructions between two looks at where a CPU is: at first, and at most. */
  firstPeriod: number;
  longestPeriod: number;
  /** Looks that must find a CPU in the same piece of code before that is translated. */
  threshold: number;
  /** Instructions that the interpreter executes in the time that translating one takes: code must have been executed so often before it is. */
  cost: number;
  limits: Omit<ScanLimits, 'least'>;
  /**
   * For a program of which so many pages are executed: much code, most of which runs for moments, so that what is translated is chosen with more care. Branches
   * that the interpreter notes ({@link Often}) say where, looks only with a higher `cost`, for code without such; `exitCost` is for code that regions are left for.
   * Engines compile whole functions with their optimising compilers, so regions are small at first (`instructions`); one that has executed `growth`
   * instructions is translated again within `limits`. Blocks are left out whose conditional branch was executed less than `least` times. A region
   * is not translated again before `strays` looks have found an indirect branch of it astray, or an access has missed `misses` times for each of
   * its instructions.
   */
  large: {
    pages: number;
    cost: number;
    exitCost: number;
    instructions: number;
    growth: number;
    least: number;
    strays: number;
    misses: number;
  };
  /** Bytes of compiled modules that are kept; beyond, all are given up. */
  maxBytes: number;
};

export const defaultTuning: TranslatorTuning = {
  firstLook: 250_000,
  firstPeriod: 16_384,
  longestPeriod: 1 << 20,
  threshold: 2,
  cost: 2000,
  limits: { instructions: 600, pages: 6 },
  large: { pages: 64, cost: 50_000, exitCost: 2500, instructions: 150, growth: 20_000_000, least: 512, strays: 64, misses: 200 },
  maxBytes: 16 << 20,
};

/** Bytes of code that count as one piece when looks are counted. */
const pieceBytes = 128;
/** Pieces that are remembered. */
const maxPieces = 4096;
const maxEntries = 32;
/** Times that a page's translations may be dropped because of stores before it is left to the interpreter. */
const maxDrops = 16;

/** Times that a page's translations may be dropped because other identity ranges hold before it is translated for any. */
const maxRangeChanges = 8;

/** Targets of one indirect branch that are remembered, and looks that must find it going astray before it is translated with them. */
const maxTargets = 8;
const straysBeforeChange = 4;

/** Misses of an access, outside the identity ranges or in another page than its group's, after which it goes by the TLB. */
const missesBeforeChange = 32;

/**
 * Instructions from one time that regions are left for code outside to the next: more often is worth a translation. That of a region that there is
 * already must be worth its size: for each of its instructions one exit in so many. And times that a place must be seen.
 */
const exitInterval = 2000;
const exitIntervalOfInstruction = 100_000;
const exitsBeforeChange = 2;

/** Instructions that a region must execute on the average before it is left for other regions to end in front of its loops. */
const longRun = 1000;
/**
 * Regions are compiled several at a time, as a module takes an engine a millisecond: when so many instructions wait, or after so many looks.
 */
const batchInstructions = 400;
const batchLooks = 4;

/** Instructions that a region is taken to have before it is known. */
const usualInstructions = 30;

/** Instructions of a region that is not translated again as a part of another one; and of one that is a function which that calls. */
const large = 150;
const largeFunction = 40;

/** `strays`: looks that found the branch astray since it was translated last. `known`: how many of the addresses it was translated with. */
type Targets = { readonly addresses: Set<bigint>; strays: number; known: number };

/**
 * `looks`: that have found a CPU in a piece of code. `prospect`: of the code that was reached from there when it was last looked at: how many
 * looks that was short of.
 */
type Piece = { looks: number; prospect: { missing: number } };

/** What is to be translated: the code at `pc`, an entry of the interpreter's, in place of `again`; as much as is allowed if it `isGrown`. */
type Task = { readonly pc: bigint; readonly entry: number; readonly again: Region | undefined; readonly isGrown: boolean };

type Region = {
  /** Where the scan began. */
  readonly start: bigint;
  readonly startEntry: number;
  readonly table: number;
  /** Number of the identity ranges that the region was made for; 0: any. */
  readonly identity: number;
  readonly entries: readonly RegionEntry[];
  /** The words that are translated of each decoded page, by the address of its first entry. */
  readonly pages: ReadonlyMap<number, ReadonlySet<number>>;
  readonly instructions: number;
  readonly bytes: number;
  /** Address of the counter of times that it has been entered, and instructions that looks have found it to execute. */
  readonly counter: number;
  executed: number;
  /** Whether there is no more code to it than it has, or may have; and whether it was to have as much as is allowed. */
  readonly isWhole: boolean;
  readonly isGrown: boolean;
};

/**
 * Turns code that the CPUs of a machine execute often into WebAssembly. A region takes the place of the handlers of the instructions where it
 * is entered; whatever it cannot do exactly as the interpreter does, it leaves to it.
 */
export class Translator {
  /** The CPU that is looked at: the one that runs. */
  #core: Core;
  readonly #handlers: Handlers;
  readonly #tuning: TranslatorTuning;
  readonly #regions = new Set<Region>();
  /** The region that an entry leads to. */
  readonly #byEntry = new Map<number, Region>();
  /** Regions that have code of a decoded page, by the address of its first entry. */
  readonly #byPage = new Map<number, Set<Region>>();
  readonly #pieces = new Map<number, Piece>();
  readonly #drops = new Map<number, number>();
  readonly #rangeChanges = new Map<number, number>();
  /** Where indirect branches have been seen to leave regions for, by their entries. */
  readonly #targets = new Map<number, Targets>();
  /** How often regions have been seen to be left for an entry that is none of a region. */
  readonly #wanted = new Map<number, number>();
  /** How often accesses have missed, by the entries of their instructions; and those that go by the TLB since. */
  readonly #misses = new Map<number, number>();
  readonly #outside = new Set<number>();
  /** What waits to be translated, its instructions, and the looks that the first has waited for. */
  #tasks: Task[] = [];
  #taskInstructions = 0;
  #taskLooks = 0;
  #nextCounter = 0;
  #period: number;
  #bytes = 0;
  /** For measurements. */
  readonly statistics = { regions: 0, instructions: 0, bytes: 0, dropped: 0, looks: 0 };

  constructor(core: Core, handlers: Handlers, tuning: TranslatorTuning) {
    this.#core = core;
    this.#handlers = handlers;
    this.#tuning = tuning;
    this.#period = tuning.firstPeriod;
  }

  /** Instructions that the CPU may execute before {@link look} is called. */
  get period(): number {
    return this.#period;
  }

  /** Looks at where the CPU is, between two runs of compiled code. */
  look(core: Core): void {
    this.#core = core;
    this.statistics.looks++;
    this.#lookForStray();
    this.#lookForMisses();
    this.#lookForExits();
    this.#lookForOften();
    this.#lookAtPlace();
    if (this.#tasks.length > 0 && (this.#taskInstructions >= batchInstructions || ++this.#taskLooks >= batchLooks)) this.#translate();
  }

  #lookAtPlace(): void {
    const core = this.#core;
    const entry = core.word(State.entry) >>> 0;
    const pc = core.quad(State.pc);
    const { firstPeriod, longestPeriod, large } = this.#tuning;
    const region = this.#regionOf(entry);
    if (region && this.#isUpToDate(region, entry)) {
      region.executed += this.#period;
      if (!region.isWhole && region.executed >= large.growth) this.#translateAgain(region, true);
      this.#period = Math.min(this.#period * 2, longestPeriod);
      return;
    }
    this.#period = firstPeriod;
    if (region) {
      const page = core.code.pageOf(entry);
      this.#rangeChanges.set(page, (this.#rangeChanges.get(page) ?? 0) + 1);
      this.#drop(region);
    }
    this.#consider(pc, entry, this.#isLarge ? this.#tuning.large.cost : this.#tuning.cost);
  }

  /** The CPU has been found in code that is not translated: it is when that has been executed often enough for its size. */
  #consider(pc: bigint, entry: number, cost: number): void {
    const { threshold, firstPeriod } = this.#tuning;
    const piece = this.#pieceAt(entry);
    piece.looks++;
    // Looking what can be reached takes long too.
    if (piece.looks < threshold || --piece.prospect.missing > 0) return;
    const scan = new Scan(pc, this.#view(), this.#limits(false));
    const numbers = new Set<number>();
    for (const { instructions } of scan.blocks.values()) for (const each of instructions) numbers.add(pieceOf(each.entry));
    let looks = 0;
    for (const number of numbers) looks += this.#pieces.get(number)?.looks ?? 0;
    const missing = Math.ceil((scan.instructions * cost) / firstPeriod) - looks;
    if (missing > 0) {
      const prospect = { missing };
      for (const number of numbers) {
        const each = this.#pieces.get(number);
        if (each) each.prospect = prospect;
        else this.#pieces.set(number, { looks: 0, prospect });
      }
      return;
    }
    for (const number of numbers) this.#pieces.delete(number);
    this.#addTask({ pc, entry, again: undefined, isGrown: false }, scan.instructions);
  }

  get #isLarge(): boolean {
    return this.#core.code.pages >= this.#tuning.large.pages;
  }

  #limits(isGrown: boolean): ScanLimits {
    const { limits, large } = this.#tuning;
    if (!this.#isLarge) return { ...limits, least: 0 };
    return {
      ...limits,
      least: large.least,
      instructions: isGrown ? limits.instructions : Math.min(large.instructions, limits.instructions),
    };
  }

  #pieceAt(entry: number): Piece {
    const number = pieceOf(entry);
    let piece = this.#pieces.get(number);
    if (piece) return piece;
    if (this.#pieces.size >= maxPieces) this.#pieces.clear();
    this.#pieces.set(number, (piece = { looks: 0, prospect: { missing: 0 } }));
    return piece;
  }

  /** Learns where an indirect branch goes that has left its region. */
  #lookForStray(): void {
    const core = this.#core;
    const entry = core.word(State.strayEntry) >>> 0;
    if (entry === 0) return;
    core.setWord(State.strayEntry, 0);
    const region = this.#regionOf(entry);
    if (!region) return;
    if (this.#targets.size >= maxPieces) this.#targets.clear();
    let targets = this.#targets.get(entry);
    if (!targets) this.#targets.set(entry, (targets = { addresses: new Set(), strays: 0, known: 0 }));
    if (targets.addresses.size < maxTargets) targets.addresses.add(core.quad(State.strayTarget));
    const enough = this.#isLarge ? this.#tuning.large.strays : straysBeforeChange;
    if (++targets.strays < enough || targets.known === targets.addresses.size) return;
    targets.strays = 0;
    targets.known = targets.addresses.size;
    this.#translateAgain(region);
  }

  /** Learns where regions are left for, so that they go on in a region there. */
  #lookForExits(): void {
    const core = this.#core;
    const { u32, u64 } = core.memory;
    const count = u32[Notes.count >>> 2];
    u32[Notes.count >>> 2] = 0;
    if (count * exitInterval < this.#period) return;
    if (this.#wanted.size >= maxPieces) this.#wanted.clear();
    const mode = core.exceptionLevel;
    const cost = this.#isLarge ? this.#tuning.large.exitCost : this.#tuning.cost;
    const changed = new Set<Region>();
    for (let i = 0; i < Math.min(count, Notes.length); i++) {
      const at = (Notes.addresses >>> 2) + 2 * i;
      const low = u32[at];
      const page = core.tlb.findFetch(mode, u32[at + 1], low);
      if (page === 0 || low & 3) continue;
      const entry = page + ((low & (pageBytes - 1)) / 4) * Entry.bytes;
      if (this.#byEntry.has(entry)) continue;
      const seen = (this.#wanted.get(entry) ?? 0) + 1;
      this.#wanted.set(entry, seen);
      if (seen < exitsBeforeChange) continue;
      const region = this.#regionOf(entry);
      if (!region) this.#consider(u64[at >>> 1], entry, cost);
      else if (isPowerOfTwo(seen) && count * exitIntervalOfInstruction >= this.#period * region.instructions) changed.add(region);
    }
    for (const region of changed) this.#translateAgain(region);
  }

  /** Learns which conditional branches of a large program the interpreter executes often. */
  #lookForOften(): void {
    const { u32, u64 } = this.#core.memory;
    const count = u32[Often.count >>> 2];
    u32[Often.count >>> 2] = 0;
    if (!this.#isLarge) return;
    for (let i = 0; i < Math.min(count, Often.length); i++) {
      const branch = u32[(Often.entries >>> 2) + i];
      const before = this.#straightBefore(branch);
      const entry = branch - before * Entry.bytes;
      if (this.#regionOf(entry) || this.#tasks.some((task) => task.entry === entry)) continue;
      const pc = u64[(Often.addresses >>> 3) + i] - 4n * BigInt(before);
      this.#addTask({ pc, entry, again: undefined, isGrown: false }, usualInstructions);
    }
  }

  /** Instructions of the page that lead straight to an entry's. */
  #straightBefore(entry: number): number {
    const { code, memory } = this.#core;
    const page = code.pageOf(entry);
    let at = entry;
    while (at > page) {
      const before = at - Entry.bytes;
      if (memory.handlerOf(before) === FixedHandler.decode || this.#byEntry.has(at)) break;
      if (endsStraight(memory.u32[memory.linear(code.physicalOf(before)) >>> 2])) break;
      at = before;
    }
    return (entry - at) / Entry.bytes;
  }

  /** Learns which instructions access memory outside the identity ranges, or their group's page. */
  #lookForMisses(): void {
    const core = this.#core;
    const count = core.word(State.misses) >>> 0;
    if (count === 0) return;
    core.setWord(State.misses, 0);
    if (this.#outside.size >= maxPieces) this.#outside.clear();
    if (this.#misses.size >= maxPieces) this.#misses.clear();
    const changed = new Set<Region>();
    const entries = new Set<number>();
    for (let i = 0; i < Math.min(count, missedEntries); i++) entries.add(core.word(State.missedEntries + 4 * i) >>> 0);
    for (const entry of entries) {
      const region = this.#regionOf(entry);
      if (!region || this.#outside.has(entry)) continue;
      const misses = (this.#misses.get(entry) ?? 0) + count / entries.size;
      this.#misses.set(entry, misses);
      if (misses < (this.#isLarge ? this.#tuning.large.misses * region.instructions : missesBeforeChange)) continue;
      this.#outside.add(entry);
      changed.add(region);
    }
    for (const region of changed) this.#translateAgain(region);
  }

  /** Whether a region was made for the identity ranges that hold now, or for any because they change too often. */
  #isUpToDate(region: Region, entry: number): boolean {
    if (region.identity === this.#core.word(State.identity)) return true;
    return region.identity === 0 && this.#isUnsteady(this.#core.code.pageOf(entry));
  }

  #isUnsteady(page: number): boolean {
    return (this.#rangeChanges.get(page) ?? 0) >= maxRangeChanges;
  }

  /** The region that has the instruction of an entry. */
  #regionOf(entry: number): Region | undefined {
    const page = this.#core.code.pageOf(entry);
    const word = (entry - page) / Entry.bytes;
    for (const region of this.#byPage.get(page) ?? []) {
      if (region.pages.get(page)?.has(word)) return region;
    }
    return undefined;
  }

  /** Instructions of a decoded page have changed; `first` and `last` are words. */
  changed(page: number, first: number, last: number): void {
    const dropped = this.#dropWords(page, first, last);
    if (dropped > 0) this.#drops.set(page, (this.#drops.get(page) ?? 0) + dropped);
  }

  /** A breakpoint has come or gone. */
  breakpointChanged(page: number, word: number): void {
    this.#dropWords(page, word, word);
  }

  /** Drops the regions with any of a page's words; gives their number. */
  #dropWords(page: number, first: number, last: number): number {
    let dropped = 0;
    for (const region of this.#byPage.get(page) ?? []) {
      if (!hasAny(region.pages.get(page), first, last)) continue;
      this.#drop(region);
      dropped++;
    }
    return dropped;
  }

  /** A decoded page is given up. */
  released(page: number): void {
    for (const region of this.#byPage.get(page) ?? []) this.#drop(region);
    for (const learnt of [this.#targets, this.#outside, this.#misses, this.#wanted]) {
      for (const entry of learnt.keys()) if (this.#core.code.pageOf(entry) === page) learnt.delete(entry);
    }
    this.#drops.delete(page);
    this.#rangeChanges.delete(page);
  }

  #drop(region: Region): void {
    const { memory } = this.#core;
    for (const { entry, original } of region.entries) {
      if (memory.handlerOf(entry) === region.table) memory.setHandler(entry, original);
      this.#byEntry.delete(entry);
    }
    for (const page of region.pages.keys()) this.#byPage.get(page)?.delete(region);
    this.#regions.delete(region);
    this.#handlers.removeFunction(region.table);
    this.#bytes -= region.bytes;
    this.statistics.dropped++;
  }

  /** Takes what has been learnt about a region into account. */
  #translateAgain(region: Region, isGrown = region.isGrown): void {
    if (this.#tasks.some(({ again }) => again === region)) return;
    this.#addTask({ pc: region.start, entry: region.startEntry, again: region, isGrown }, region.instructions);
  }

  #addTask(task: Task, instructions: number): void {
    this.#tasks.push(task);
    this.#taskInstructions += instructions;
  }

  /** Translates what waits. */
  #translate(): void {
    const core = this.#core;
    const tasks = this.#tasks;
    this.#tasks = [];
    this.#taskInstructions = 0;
    this.#taskLooks = 0;
    if (this.#bytes > this.#tuning.maxBytes) for (const region of this.#regions) this.#drop(region);
    const module = new ModuleWriter();
    module.importMemory('memory', core.memory.layout.totalPages);
    const helpers = new Set<Helper>();
    const written: { region: Region; code: FunctionWriter }[] = [];
    for (const task of tasks) {
      const { pc, entry, again } = task;
      // It was dropped meanwhile, or a task before has it; another address space is the current one, or the page was given up.
      if (again ? !this.#regions.has(again) : this.#regionOf(entry)) continue;
      if (again) this.#drop(again);
      if (this.#view().page(pc & ~BigInt(pageBytes - 1))?.entries !== core.code.pageOf(entry)) continue;
      const one = this.#write(module, helpers, task);
      if (!one) continue;
      written.push(one);
      this.#install(one.region);
    }
    if (written.length === 0) return;
    const signature = handlerSignature(this.#handlers.threading);
    const places = new Map(written.map(({ region: { table } }) => [`${table}`, table]));
    for (const { region, code } of written) module.function(signature, code, `${region.table}`);
    this.#handlers.addFunctions(module.finish(), module.importedFunctions, helpers, places);
  }

  /** Writes the function of a task's region; undefined when its code is not to be translated. */
  #write(
    module: ModuleWriter,
    helpers: Set<Helper>,
    { pc, entry: startEntry, isGrown }: Task,
  ): { region: Region; code: FunctionWriter } | undefined {
    const core = this.#core;
    const scan = new Scan(pc, this.#view(), this.#limits(isGrown));
    const pages = pagesOf(scan);
    for (const page of pages.keys()) if ((this.#drops.get(page) ?? 0) >= maxDrops) return undefined;
    const entries = this.#entries(scan);
    if (entries.length === 0) return undefined;
    const { threading } = this.#handlers;
    const identity = [...pages.keys()].some((page) => this.#isUnsteady(page)) ? undefined : core.tlb.identityRanges();
    const ramOffset = core.memory.base - core.memory.layout.ram;
    const strays = (entry: number): boolean => this.#outside.has(entry);
    const counter = entryCounterAddress(this.#nextCounter++ % countersOfEntries);
    core.memory.u32[counter >>> 2] = 0;
    const code = writeRegion(module, { threading, state: core.address, identity, ramOffset, strays, counter }, scan, entries, helpers);
    const { instructions } = scan;
    const bytes = code.size;
    const region: Region = {
      start: pc,
      startEntry,
      table: this.#handlers.reserve(),
      identity: identity?.number ?? 0,
      entries,
      pages,
      instructions,
      bytes,
      counter,
      executed: 0,
      isWhole: isGrown || !this.#isLarge || !scan.isCutShort,
      isGrown,
    };
    this.statistics.regions++;
    this.statistics.bytes += bytes;
    this.statistics.instructions += instructions;
    return { region, code };
  }

  #install(region: Region): void {
    for (const { entry } of region.entries) {
      this.#core.memory.setHandler(entry, region.table);
      this.#byEntry.set(entry, region);
    }
    for (const page of region.pages.keys()) {
      const list = this.#byPage.get(page);
      if (list) list.add(region);
      else this.#byPage.set(page, new Set([region]));
    }
    this.#regions.add(region);
    this.#bytes += region.bytes;
  }

  #view(): CodeView {
    const { memory, tlb, code } = this.#core;
    const mode = this.#core.exceptionLevel;
    return {
      page: (virtual) => {
        const entries = tlb.findFetch(mode, Number(virtual >> 32n), Number(virtual & 0xffff_ffffn));
        return entries === 0 ? undefined : { entries, linear: memory.linear(code.physicalOf(entries)) };
      },
      word: (linear) => memory.u32[linear >>> 2],
      ways: (entry) => ({ taken: memory.u32[(entry + Entry.taken) >>> 2], passed: memory.u32[(entry + Entry.passed) >>> 2] }),
      targets: (entry) => [...(this.#targets.get(entry)?.addresses ?? [])],
      isElsewhere: (entry, isCalled) => this.#isElsewhere(entry, isCalled),
      isWanted: (entry) => this.#isWanted(entry),
      reached: (entry) => memory.handlerOf(entry) !== FixedHandler.decode,
      excluded: (virtual) => this.#core.cluster.some((each) => each.breakpoints.has(virtual) || each.guestBreakpoints.has(virtual)),
    };
  }

  #isWanted(entry: number): boolean {
    return (this.#wanted.get(entry) ?? 0) >= exitsBeforeChange;
  }

  /** Whether other regions end in front of an entry: the region that is entered there is large, or its loop runs for long. */
  #isElsewhere(entry: number, isCalled: boolean): boolean {
    const region = this.#byEntry.get(entry);
    if (!region) return false;
    if (region.instructions >= (isCalled ? largeFunction : large)) return true;
    if (!region.entries.some((each) => each.entry === entry && each.isLoop)) return false;
    return region.executed >= longRun * this.#core.memory.u32[region.counter >>> 2];
  }

  /** Where the region is to be entered: at its start, at loops, at callees, and behind what the interpreter does. */
  #entries(scan: Scan): RegionEntry[] {
    const { memory } = this.#core;
    const result: RegionEntry[] = [];
    for (const [at, isLoop] of entryAddresses(scan, (entry) => this.#isWanted(entry))) {
      const block = scan.blocks.get(at);
      const [first] = block?.instructions ?? [];
      if (!first || result.length >= maxEntries || this.#byEntry.has(first.entry)) continue;
      if (memory.handlerOf(first.entry) === FixedHandler.decode) decodeEntries(this.#core, this.#handlers, first.entry);
      const original = this.#handlers.alone(memory.handlerOf(first.entry));
      if (original === FixedHandler.decode || original === FixedHandler.breakpoint) continue;
      result.push({ at, entry: first.entry, page: first.page, original, isLoop });
    }
    return result;
  }
}

function isPowerOfTwo(n: number): boolean {
  return (n & (n - 1)) === 0;
}

function pieceOf(entry: number): number {
  return Math.floor(entry / ((pieceBytes / 4) * Entry.bytes));
}

/** Where a scan's code may be entered, and whether that is the head of a loop. */
function entryAddresses(scan: Scan, isWanted: (entry: number) => boolean): Map<number, boolean> {
  const [start] = scan.blocks.keys();
  const result = new Map<number, boolean>();
  if (start !== undefined) result.set(start, false);
  const add = (at: number): void => void (result.has(at) || result.set(at, false));
  for (const { instructions, at } of scan.blocks.values()) if (instructions.length > 0 && isWanted(instructions[0].entry)) add(at);
  for (const { flow, at } of scan.blocks.values()) {
    if ((flow.kind === 'jump' || flow.kind === 'branch') && flow.to <= at) result.set(flow.to, true);
    if (flow.kind === 'call') add(scan.blocks.has(flow.to) ? flow.to : flow.returns);
    if (flow.kind === 'leave' && flow.next !== undefined) add(flow.next);
    if (flow.kind === 'indirect' && flow.returns !== undefined) add(flow.returns);
  }
  return result;
}

function hasAny(words: ReadonlySet<number> | undefined, first: number, last: number): boolean {
  if (!words) return false;
  for (let word = first; word <= last; word++) if (words.has(word)) return true;
  return false;
}

/** The words of each decoded page that a scan translates. */
function pagesOf(scan: Scan): Map<number, Set<number>> {
  const result = new Map<number, Set<number>>();
  for (const { instructions, flow } of scan.blocks.values()) {
    for (const { at, page } of flow.kind === 'leave' ? [...instructions, flow.instruction] : instructions) {
      const word = (at & (pageBytes - 1)) >>> 2;
      const { entries } = scan.pages[page];
      const known = result.get(entries);
      if (known) known.add(word);
      else result.set(entries, new Set([word]));
    }
  }
  return result;
}
