import type { InputEvent, Machine, MachineCore, MachineExit } from '../board/machine.ts';
import { PageUses, type PageUseReader } from '../cpu/page-use.ts';
import { giveInput } from '../snapshot/input-log.ts';
import { equalPages, isZeroPage, LoadedPages, wordsOf } from '../snapshot/ram-pages.ts';

export type HistoryOptions = {
  /** Instructions between checkpoints. Going back executes so many again at most, while memory lasts. Default 5 million. */
  intervalInstructions?: number;
  /** Of all checkpoints together; older ones are thinned out beyond that. Default 256 MiB. */
  maxBytes?: number;
};

/** A machine between two instructions, as what differs from the checkpoint before. */
type Checkpoint = {
  instructions: number;
  core: MachineCore;
  /** Pages that were written since the checkpoint before (in the first one: since loading), as they are here. */
  pages: Map<number, Uint8Array>;
  /** Input events that the machine had had. */
  given: number;
  /** Somebody changed the machine here: running on from the checkpoint before does not lead to this state. */
  altered: boolean;
};

const pageBytes = 4096;
const zeros = new Uint8Array(pageBytes);
const defaults = { intervalInstructions: 5_000_000, maxBytes: 256 << 20 };

/**
 * The past of a machine. It runs the machine, keeps checkpoints of it on the way and its input, and brings it back to any instruction since:
 * a checkpoint restored, then executed forward to the place.
 *
 * In the past, {@link run} gives the recorded input again, so that the present comes to pass as it did; beyond its end the machine goes on
 * live. Input of a person in the past, or {@link altered}, begins another future: what was recorded beyond that point is dropped.
 *
 * It is the one listener to the machine's input; {@link log} has all of it.
 */
export class History {
  readonly #machine: Machine;
  readonly #interval: number;
  readonly #maxBytes: number;
  readonly #loaded: LoadedPages;
  readonly #written: PageUseReader;
  #log: InputEvent[];
  /** Events of the log that the machine has had. */
  #given: number;
  #giving = false;
  #inPast = false;
  #checkpoints: Checkpoint[] = [];
  /** The checkpoint that RAM differs from by the pages in #written only. */
  #at = 0;
  /** Instructions up to which there is a recording. */
  #end: number;

  /** From here on. `log`: the input that brought the machine here, if it is to be part of {@link log}. */
  constructor(machine: Machine, options: HistoryOptions = {}, log: readonly InputEvent[] = []) {
    this.#machine = machine;
    this.#interval = options.intervalInstructions ?? defaults.intervalInstructions;
    this.#maxBytes = options.maxBytes ?? defaults.maxBytes;
    this.#loaded = new LoadedPages(machine.boot, machine.memory.base);
    this.#written = machine.pageUse.subscribe(PageUses.write);
    this.#log = [...log];
    this.#given = log.length;
    this.#end = machine.counters.instructions;
    this.#checkpoints.push({ ...this.#present(), pages: this.#differentPages() });
    machine.onInput = (event) => this.#input(event);
  }

  close(): void {
    this.#machine.onInput = undefined;
    this.#written.close();
  }

  /** All input: since the machine was made if it was given to the constructor, else since then. */
  get log(): readonly InputEvent[] {
    return this.#log;
  }

  /** Executed instructions at the earliest and at the latest place that can be gone to. */
  get range(): { begin: number; end: number } {
    return { begin: this.#checkpoints[0].instructions, end: Math.max(this.#end, this.#now()) };
  }

  /** Within {@link run}: whether what the machine does now was recorded. What it says was said before. */
  get inPast(): boolean {
    return this.#inPast;
  }

  /** Bytes of all checkpoints, about, and their number. */
  get size(): { bytes: number; checkpoints: number } {
    return { bytes: this.#checkpoints.reduce((sum, checkpoint) => sum + bytesOf(checkpoint), 0), checkpoints: this.#checkpoints.length };
  }

  /** As Machine.run, in the past with the input that was recorded. A reset that a recorded guest asked for is carried out. */
  run(maxInstructions: number, untilNs = Infinity): MachineExit {
    const machine = this.#machine;
    const end = this.#now() + maxInstructions;
    for (;;) {
      this.#giveDue();
      const boundary = this.#boundary();
      const event = this.#log.at(this.#given);
      const until = Math.min(untilNs, event?.virtualNs ?? Infinity);
      this.#inPast = this.#now() < this.#end;
      const most = Math.min(end, boundary, this.#inPast ? this.#end : Infinity);
      const exit = machine.run(most - this.#now(), until);
      this.#end = Math.max(this.#end, this.#now());
      if (this.#now() >= boundary) this.#passBoundary();
      if (exit.reason === 'reset' && this.#now() < this.#end) {
        machine.reset();
        continue;
      }
      if (exit.reason !== 'budget' && exit.reason !== 'idle') return exit;
      const { virtualNs } = machine.counters;
      const eventIsDue = event !== undefined && virtualNs >= event.virtualNs;
      if (this.#now() >= end || virtualNs >= untilNs || (exit.reason === 'idle' && !eventIsDue)) {
        this.#giveDue();
        return exit;
      }
    }
  }

  /**
   * Brings the machine to the place where so many instructions have been executed, or as close as it was: the range ends the way. Breakpoints
   * and watchpoints must not be set.
   */
  goTo(instructions: number): void {
    const target = Math.max(this.range.begin, Math.min(this.range.end, instructions));
    const now = this.#now();
    const index = this.checkpointBefore(target);
    if (now > target || this.#checkpoints[index].instructions > now) this.restore(index);
    this.runTo(target);
  }

  /** Runs forward within the recording until so many instructions have been executed, or what else ends a run but idleness. */
  runTo(instructions: number): MachineExit {
    const exit = this.run(instructions - this.#now());
    return exit.reason === 'idle' ? { reason: 'budget' } : exit;
  }

  /** Index of the last checkpoint at or before a place. */
  checkpointBefore(instructions: number): number {
    let index = this.#checkpoints.length - 1;
    while (index > 0 && this.#checkpoints[index].instructions > instructions) index--;
    return index;
  }

  /** Executed instructions at a checkpoint. */
  placeOf(index: number): number {
    return this.#checkpoints[index].instructions;
  }

  /** Puts the machine into the state of a checkpoint. */
  restore(index: number): void {
    const { memory } = this.#machine;
    const pages = new Set<number>();
    this.#written.take((page) => pages.add(page));
    for (let i = Math.min(index, this.#at) + 1; i <= Math.max(index, this.#at); i++)
      for (const page of this.#checkpoints[i].pages.keys()) pages.add(page);
    for (const page of pages) memory.store(memory.base + page * pageBytes, this.#contentAt(page, index));
    // What was just stored is no difference.
    this.#written.take(() => undefined);
    const { core, given } = this.#checkpoints[index];
    this.#machine.restoreCore(core);
    this.#given = given;
    this.#at = index;
  }

  /** Somebody has changed registers or memory: the recorded future does not follow any more, and going back keeps the change. */
  altered(): void {
    this.#forgetFuture();
    this.#keep(true);
  }

  #now(): number {
    return this.#machine.counters.instructions;
  }

  /** The next place where a checkpoint is or will be. */
  #boundary(): number {
    const next = this.#checkpoints.at(this.#at + 1);
    return next?.instructions ?? this.#checkpoints[this.#at].instructions + this.#interval;
  }

  #passBoundary(): void {
    const next = this.#checkpoints.at(this.#at + 1);
    if (next === undefined) return this.#keep(false);
    if (next.altered) return this.restore(this.#at + 1);
    this.#at++;
    this.#written.take(() => undefined);
  }

  #keep(altered: boolean): void {
    const pages = new Map<number, Uint8Array>();
    const { memory } = this.#machine;
    this.#written.take((page) => pages.set(page, memory.load(memory.base + page * pageBytes, pageBytes) ?? zeros));
    this.#checkpoints.push({ ...this.#present(), pages, altered });
    this.#at = this.#checkpoints.length - 1;
    this.#thin();
  }

  #present(): Omit<Checkpoint, 'pages'> {
    return { instructions: this.#now(), core: this.#machine.saveCore(), given: this.#given, altered: false };
  }

  /** Pages that are not as the loader left them. */
  #differentPages(): Map<number, Uint8Array> {
    const ram = this.#machine.memory.view();
    const words = wordsOf(ram);
    const pages = new Map<number, Uint8Array>();
    for (let page = 0; page < ram.length / pageBytes; page++) {
      const loaded = this.#loaded.page(page);
      const same = loaded ? equalPages(words, page, loaded) : isZeroPage(words, page);
      if (!same) pages.set(page, ram.slice(page * pageBytes, (page + 1) * pageBytes));
    }
    return pages;
  }

  #contentAt(page: number, index: number): Uint8Array {
    for (let i = index; i >= 0; i--) {
      const content = this.#checkpoints[i].pages.get(page);
      if (content) return content;
    }
    return this.#loaded.page(page) ?? zeros;
  }

  #input(event: InputEvent): void {
    if (this.#giving) return;
    this.#forgetFuture();
    this.#log.push(event);
    this.#given = this.#log.length;
  }

  #giveDue(): void {
    this.#giving = true;
    for (let event = this.#log.at(this.#given); event; event = this.#log.at(this.#given)) {
      if (event.virtualNs > this.#machine.counters.virtualNs) break;
      this.#given++;
      giveInput(this.#machine, event);
    }
    this.#giving = false;
  }

  #forgetFuture(): void {
    this.#log.length = this.#given;
    this.#checkpoints.length = this.#at + 1;
    this.#end = this.#now();
  }

  /**
   * Merges checkpoints until there is room: those whose absence makes going back the least slower, so that they lie the denser the
   * closer they are to the present. At last the oldest goes.
   */
  #thin(): void {
    let { bytes } = this.size;
    while (bytes > this.#maxBytes && this.#checkpoints.length > 2) {
      const now = this.#now();
      let best = 0;
      let least = 1;
      for (let i = 1; i < this.#checkpoints.length - 1; i++) {
        const checkpoint = this.#checkpoints[i];
        if (checkpoint.altered) continue;
        const gap = this.#checkpoints[i + 1].instructions - this.#checkpoints[i - 1].instructions;
        const weight = gap / (now - this.#checkpoints[i - 1].instructions + this.#interval);
        if (weight < least) [best, least] = [i, weight];
      }
      const [gone] = this.#checkpoints.splice(best, 1);
      bytes -= bytesOf(gone);
      const heir = this.#checkpoints[best];
      for (const [page, content] of gone.pages) {
        if (heir.pages.has(page)) continue;
        heir.pages.set(page, content);
        bytes += pageBytes;
      }
      if (best <= this.#at) this.#at--;
    }
  }
}

function bytesOf({ core, pages }: Checkpoint): number {
  const cpus = core.cpus.reduce((sum, cpu) => sum + cpu.registers.byteLength + cpu.tlb.byteLength, 0);
  return pages.size * pageBytes + cpus + 4096;
}
