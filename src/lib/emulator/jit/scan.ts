import { pstateFields } from '../../arm64/pstate.ts';
import type { Decoded } from '../../arm64/index.ts';
import { decodedWord } from '../cpu/decoded-words.ts';
import { Entry, pageBytes } from '../cpu/layout.ts';
import { isMasks, isWithoutEffect, isZeroing, systemRead, systemWrite } from '../cpu/system-instructions.ts';

/** A page of guest code as a CPU executes it: where it is seen, where its words lie in memory, and where its decoded instructions are. */
export type CodePage = {
  /** Virtual address of its first byte less that of the region's first page. */
  readonly at: number;
  readonly virtual: bigint;
  /** Linear address of its first word, and of its first decoded entry. */
  readonly linear: number;
  readonly entries: number;
};

/** What a scan wants to know of the CPU; asking has no effect that a guest could see. */
export type CodeView = {
  /** The page at a virtual page address when it may be executed just now. */
  page: (virtual: bigint) => { linear: number; entries: number } | undefined;
  word: (linear: number) => number;
  /** Whether the instruction of an entry has been reached before, as far as is known. */
  reached: (entry: number) => boolean;
  /**
   * Whether another region is entered at an entry whose code had better not be translated again, so that a scan ends in front of it.
   * `isCalled`: it is part of a function that the scan's own calls.
   */
  isElsewhere: (entry: number, isCalled: boolean) => boolean;
  /** Whether code outside is to enter the region at an entry. */
  isWanted: (entry: number) => boolean;
  /** How often the interpreter has taken the conditional branch of an entry, and gone on behind it. */
  ways: (entry: number) => { readonly taken: number; readonly passed: number };
  /** Addresses that the indirect branch of an entry has been seen to go to. */
  targets: (entry: number) => readonly bigint[];
  /** Whether the instruction at an address must be left to the interpreter (a breakpoint). */
  excluded: (virtual: bigint) => boolean;
};

/** `at` is the address less that of the region's first page. */
export type Instruction = { readonly at: number; readonly entry: number; readonly page: number; readonly decoded: Decoded };

/** How a straight piece of code goes on; addresses are relative like {@link Instruction.at}. */
export type Flow =
  | { readonly kind: 'next'; readonly to: number }
  | { readonly kind: 'jump'; readonly to: number }
  | { readonly kind: 'branch'; readonly to: number; readonly otherwise: number }
  | { readonly kind: 'call'; readonly to: number; readonly returns: number }
  /** `targets`: where it has been seen to go. */
  | { readonly kind: 'indirect'; readonly returns: number | undefined; readonly targets: readonly number[] }
  | { readonly kind: 'return' }
  /** The interpreter is to execute `instruction`. `next`: what follows it, if anything does. */
  | { readonly kind: 'leave'; readonly instruction: Instruction; readonly next: number | undefined };

/** Instructions that are executed one after the other: only the last may branch, and none but the first is branched to. */
export type Straight = { readonly at: number; readonly instructions: readonly Instruction[]; readonly flow: Flow };

/** `least`: how often a conditional branch must have been executed for its block to be taken in. */
export type ScanLimits = { readonly instructions: number; readonly pages: number; readonly least: number };

const conditional = new Set(['b_cond', 'cbz', 'cbnz', 'tbz', 'tbnz']);
/** What the interpreter does, and goes on behind. */
const system = /^(mrs|msr|msr_imm|sys|sysl|svc|hvc|smc)$/;
/** What the interpreter does, and does not go on behind. */
const final = new Set(['eret', 'drps', 'brk', 'hlt', 'udf', 'dcps1', 'dcps2', 'dcps3']);
/** Hints from YIELD to SEVL; the others do nothing. */
const activeHints = { first: 1, last: 5 } as const;

function isActiveHint({ row, fields }: Decoded): boolean {
  const number = (fields.CRm << 3) | fields.op2;
  return row.name === 'hint' && number >= activeHints.first && number <= activeHints.last;
}

/** Whether a system instruction is the region's own, as far as its encoding says. */
function isInline({ row, fields, imm }: Decoded): boolean {
  const key = Number(imm);
  switch (row.name) {
    case 'mrs':
      return systemRead(key) !== undefined;
    case 'msr':
      return systemWrite(key) !== undefined || isMasks(key);
    case 'msr_imm':
      return fields.op1 === pstateFields.daifset >> 3; // DAIFSet and DAIFClr
    case 'sys':
      return isZeroing(key) || isWithoutEffect(key);
    default:
      return false;
  }
}

/** How an instruction goes on, when that ends a straight piece of code. */
function flowOf(instruction: Instruction, targets: () => readonly number[]): Flow | undefined {
  const { decoded, at } = instruction;
  const { name } = decoded.row;
  const next = at + 4;
  if (conditional.has(name)) return { kind: 'branch', to: at + Number(decoded.imm), otherwise: next };
  if (name === 'b') return { kind: 'jump', to: at + Number(decoded.imm) };
  if (name === 'bl') return { kind: 'call', to: at + Number(decoded.imm), returns: next };
  if (name === 'br') return { kind: 'indirect', returns: undefined, targets: targets() };
  if (name === 'blr') return { kind: 'indirect', returns: next, targets: targets() };
  if (name === 'ret') return { kind: 'return' };
  if (final.has(name)) return { kind: 'leave', instruction, next: undefined };
  if ((system.test(name) && !isInline(decoded)) || isActiveHint(decoded)) return { kind: 'leave', instruction, next };
  return undefined;
}

/** Whether a word is an instruction that straight code ends with. */
export function endsStraight(word: number): boolean {
  const decoded = decodedWord(word);
  return !decoded || flowOf({ decoded, at: 0, entry: 0, page: 0 }, () => []) !== undefined;
}

/** Where control may go from a piece of code, but for returns. */
function successors(flow: Flow): number[] {
  if (flow.kind === 'call') return [flow.to, flow.returns];
  if (flow.kind === 'indirect') return [...flow.targets, ...successorsWithin(flow)];
  return successorsWithin(flow);
}

/** The same within one function: calls are stepped over. */
export function successorsWithin(flow: Flow): number[] {
  switch (flow.kind) {
    case 'next':
    case 'jump':
      return [flow.to];
    case 'branch':
      return [flow.to, flow.otherwise];
    case 'call':
      return [flow.returns];
    case 'indirect':
      return flow.returns === undefined ? [] : [flow.returns];
    case 'return':
      return [];
    case 'leave':
      return flow.next === undefined ? [] : [flow.next];
  }
}

/**
 * Whether one of two ways is gone too rarely to be translated: going there by the interpreter costs some microseconds, translating a few
 * instructions some hundred times as much. One that is a fair part of a branch's executions will be gone as often in time.
 */
function isRare(gone: number, other: number): boolean {
  return gone < worthwhile && gone * fairPart < gone + other;
}

const worthwhile = 256;
const fairPart = 16;

/** Leaders without `start`, and first the one whose block goes on there. */
function withoutCut(start: number, leaders: ReadonlySet<number>): Set<number> {
  let first = start - 4;
  while (!leaders.has(first)) first -= 4;
  const result = new Set([first, ...leaders]);
  result.delete(start);
  return result;
}

/** The code that is reached from an address, callees included, nearest first, cut where it has never been executed and where the limits say. */
export class Scan {
  readonly blocks = new Map<number, Straight>();
  readonly pages: CodePage[] = [];
  readonly #base: bigint;
  readonly #view: CodeView;
  readonly #limits: ScanLimits;
  #isCutShort = false;
  /** Instructions that have been reached, by address; what ends a straight piece with how it goes on. */
  readonly #found = new Map<number, Instruction>();
  readonly #flows = new Map<number, Flow>();

  constructor(start: bigint, view: CodeView, limits: ScanLimits) {
    this.#base = start & ~BigInt(pageBytes - 1);
    this.#view = view;
    this.#limits = limits;
    const first = Number(start - this.#base);
    const found = this.#explore(first);
    const leaders = this.#isCut(first) ? withoutCut(first, found) : found;
    for (const leader of leaders) {
      const block = this.#straight(leader, leaders);
      if (block) this.blocks.set(leader, block);
    }
  }

  /** Whether there was more than the limits allow. */
  get isCutShort(): boolean {
    return this.#isCutShort;
  }

  get instructions(): number {
    let sum = 0;
    for (const { instructions } of this.blocks.values()) sum += instructions.length;
    return sum;
  }

  virtual(at: number): bigint {
    return BigInt.asUintN(64, this.#base + BigInt(at));
  }

  /** The page of an address, when it is one of this scan's. */
  pageOf(at: number): number {
    const first = at - (at & (pageBytes - 1));
    return this.pages.findIndex((page) => page.at === first);
  }

  /** Addresses where blocks begin. */
  #explore(start: number): Set<number> {
    const leaders = new Set([start]);
    /** Leaders that are reached by calls only, as far as is known. */
    const called = new Set<number>();
    const add = (leader: number, isCalled: boolean): void => {
      if (leaders.has(leader)) return;
      leaders.add(leader);
      if (isCalled) called.add(leader);
    };
    for (const leader of leaders) {
      const isCalled = called.has(leader);
      for (let at = leader; ; at += 4) {
        // Another piece came this way, and is cut at the leader.
        if (this.#found.has(at)) break;
        if (at !== leader && at % pageBytes === 0) {
          add(at, isCalled);
          break;
        }
        if (this.#found.size >= this.#limits.instructions) {
          this.#isCutShort = true;
          return leaders;
        }
        const instruction = this.#instruction(at, at === leader && leader !== start);
        if (!instruction) break;
        if (at !== start && this.#view.isElsewhere(instruction.entry, isCalled)) {
          leaders.add(at);
          break;
        }
        if (at !== leader && this.#view.isWanted(instruction.entry)) {
          add(at, isCalled);
          break;
        }
        this.#found.set(at, instruction);
        const flow = flowOf(instruction, () => this.#targets(instruction));
        if (!flow) continue;
        if (leader !== start && flow.kind === 'branch' && this.#isColder(instruction)) {
          for (let each = leader; each <= at; each += 4) this.#found.delete(each);
          break;
        }
        this.#flows.set(at, flow);
        for (const target of flow.kind === 'branch' ? this.#likely(flow, instruction) : successors(flow))
          add(target, isCalled || (flow.kind === 'call' && target === flow.to));
        break;
      }
    }
    return leaders;
  }

  /** Whether a conditional branch was executed too rarely for its block to be translated. */
  #isColder({ entry }: Instruction): boolean {
    const { taken, passed } = this.#view.ways(entry);
    return taken + passed < this.#limits.least;
  }

  /** The ways from a conditional branch that are worth being translated. */
  #likely({ to, otherwise }: { readonly to: number; readonly otherwise: number }, { entry }: Instruction): number[] {
    const { taken, passed } = this.#view.ways(entry);
    return [...(isRare(taken, passed) ? [] : [to]), ...(isRare(passed, taken) ? [] : [otherwise])];
  }

  /**
   * Whether the scan has come round to the middle of straight code, where the CPU has just been found: that block is not to be cut, as a loop
   * of two blocks, with the flags of one read in the other, takes longer.
   */
  #isCut(start: number): boolean {
    const before = start - 4;
    const entry = this.#found.get(start)?.entry;
    if (start % pageBytes === 0 || entry === undefined || !this.#found.has(before) || this.#flows.has(before)) return false;
    if (this.#view.isWanted(entry)) return false;
    for (const flow of this.#flows.values()) if (successors(flow).includes(start)) return false;
    return true;
  }

  #straight(leader: number, leaders: ReadonlySet<number>): Straight | undefined {
    const instructions: Instruction[] = [];
    for (let at = leader; ; at += 4) {
      const instruction = this.#found.get(at);
      if (!instruction || (at !== leader && leaders.has(at))) {
        return instructions.length === 0 ? undefined : { at: leader, instructions, flow: { kind: 'next', to: at } };
      }
      const flow = this.#flows.get(at);
      if (flow?.kind !== 'leave') instructions.push(instruction);
      if (flow) return { at: leader, instructions, flow };
    }
  }

  #instruction(at: number, mustBeReached: boolean): Instruction | undefined {
    const page = this.#page(at);
    if (page < 0 || this.#view.excluded(this.virtual(at))) return undefined;
    const { linear, entries } = this.pages[page];
    const offset = at & (pageBytes - 1);
    const entry = entries + (offset / 4) * Entry.bytes;
    if (mustBeReached && !this.#view.reached(entry)) return undefined;
    const decoded = decodedWord(this.#view.word(linear + offset));
    return decoded && { at, entry, page, decoded };
  }

  #targets({ entry }: Instruction): number[] {
    return this.#view.targets(entry).map((target) => Number(BigInt.asIntN(64, target - this.#base)));
  }

  #page(at: number): number {
    const known = this.pageOf(at);
    if (known >= 0 || this.pages.length >= this.#limits.pages) return known;
    const first = at - (at & (pageBytes - 1));
    const virtual = this.virtual(first);
    const page = this.#view.page(virtual);
    return page ? this.pages.push({ at: first, virtual, ...page }) - 1 : -1;
  }
}
