import { PageUses, type Machine } from '../emulator/index.ts';
import type { HeatMap } from './messages.ts';

/** What a page's heat keeps when it was not used between two pictures. */
const decay = 0.7;
/** Cooler than this is not told. */
const cold = 0.02;

/**
 * How much the pages of RAM are read, written and executed: for each picture whether a page was used since the one before, smoothed. Costs
 * the guest one slow access for each page, kind of use and picture (decision 30), so it is on only while somebody looks.
 */
export class HeatMeter {
  readonly #reader: ReturnType<Machine['pageUse']['subscribe']>;
  readonly #reads: Float32Array;
  readonly #writes: Float32Array;
  readonly #executes: Float32Array;

  constructor(machine: Machine) {
    const pages = machine.memory.size / 4096;
    this.#reader = machine.pageUse.subscribe(PageUses.read | PageUses.write | PageUses.execute);
    [this.#reads, this.#writes, this.#executes] = [new Float32Array(pages), new Float32Array(pages), new Float32Array(pages)];
  }

  /** The heat at this picture. Not within a run of the machine. */
  take(): HeatMap {
    for (const heat of [this.#reads, this.#writes, this.#executes]) for (let page = 0; page < heat.length; page++) heat[page] *= decay;
    this.#reader.take((page, uses) => {
      if (uses & PageUses.read) this.#reads[page] += 1 - decay;
      if (uses & PageUses.write) this.#writes[page] += 1 - decay;
      if (uses & PageUses.execute) this.#executes[page] += 1 - decay;
    });
    const rows: number[] = [];
    for (let page = 0; page < this.#reads.length; page++) {
      const [r, w, x] = [this.#reads[page], this.#writes[page], this.#executes[page]];
      if (r >= cold || w >= cold || x >= cold) rows.push(page, r, w, x);
    }
    return Float32Array.from(rows);
  }

  close(): void {
    this.#reader.close();
  }
}
