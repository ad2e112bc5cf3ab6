import type { Register } from '../device.ts';

/** Everything that a GIC keeps for each interrupt, 32 to a word. Both GIC versions keep it alike (IHI 0048B 4.3, IHI 0069H 12.9). */
export type InterruptBankState = {
  enabled: Uint32Array;
  /** Pending by an edge or by software; a level-sensitive interrupt is pending by its line besides. */
  latched: Uint32Array;
  line: Uint32Array;
  active: Uint32Array;
  /** Ones: edge-triggered. */
  edge: Uint32Array;
  /** Ones: group 1. */
  group: Uint32Array;
  priority: Uint8Array;
};

/** A pending interrupt that may be signalled. */
export type Candidate = { interrupt: number; priority: number; group: 0 | 1 };

/** The state of a run of interrupts: the 32 private ones of one CPU, or all shared ones. Numbers count from the bank's first. */
export class InterruptBank {
  readonly words: number;
  s: InterruptBankState;
  #reset: Pick<InterruptBankState, 'enabled' | 'edge'>;
  #priorityMask: number;

  /** `priorityMask`: priority bits that are implemented. `reset`: words that are not zero after reset. */
  constructor(interrupts: number, priorityMask: number, reset: { enabled?: number; edge?: number } = {}) {
    this.words = interrupts / 32;
    this.#priorityMask = priorityMask;
    this.#reset = {
      enabled: new Uint32Array(this.words).fill(reset.enabled ?? 0),
      edge: new Uint32Array(this.words).fill(reset.edge ?? 0),
    };
    this.s = this.#initial();
  }

  /** Lines keep their level over a reset: their drivers still drive them. */
  reset(): void {
    this.s = { ...this.#initial(), line: this.s.line };
  }

  save(): InterruptBankState {
    return structuredClone(this.s);
  }

  restore(state: InterruptBankState): void {
    this.s = structuredClone(state);
  }

  #initial(): InterruptBankState {
    const words = () => new Uint32Array(this.words);
    return {
      enabled: this.#reset.enabled.slice(),
      latched: words(),
      line: words(),
      active: words(),
      edge: this.#reset.edge.slice(),
      group: words(),
      priority: new Uint8Array(this.words * 32),
    };
  }

  /** True when anything changed. */
  setLine(interrupt: number, level: boolean): boolean {
    const word = interrupt >>> 5;
    const bit = (1 << (interrupt & 31)) >>> 0;
    const was = (this.s.line[word] & bit) !== 0;
    if (was === level) return false;
    if (level) {
      this.s.line[word] |= bit;
      if (this.s.edge[word] & bit) this.s.latched[word] |= bit;
    } else {
      this.s.line[word] &= ~bit;
    }
    return true;
  }

  pending(word: number): number {
    return (this.s.latched[word] | (this.s.line[word] & ~this.s.edge[word])) >>> 0;
  }

  setLatched(interrupt: number, latched: boolean): void {
    const bit = 1 << (interrupt & 31);
    if (latched) this.s.latched[interrupt >>> 5] |= bit;
    else this.s.latched[interrupt >>> 5] &= ~bit;
  }

  setActive(interrupt: number, active: boolean): void {
    const bit = 1 << (interrupt & 31);
    if (active) this.s.active[interrupt >>> 5] |= bit;
    else this.s.active[interrupt >>> 5] &= ~bit;
  }

  isActive(interrupt: number): boolean {
    return (this.s.active[interrupt >>> 5] & (1 << (interrupt & 31))) !== 0;
  }

  groupOf(interrupt: number): 0 | 1 {
    return this.s.group[interrupt >>> 5] & (1 << (interrupt & 31)) ? 1 : 0;
  }

  /** The pending, enabled, inactive interrupt of the best priority; of equal ones the lowest number. */
  best(group0: boolean, group1: boolean, targeted: (interrupt: number) => boolean): Candidate | undefined {
    const s = this.s;
    let found: Candidate | undefined;
    for (let word = 0; word < this.words; word++) {
      // Most words most of the time, and this is asked several times for each interrupt.
      if ((s.latched[word] | s.line[word]) === 0) continue;
      const groups = (group1 ? s.group[word] : 0) | (group0 ? ~s.group[word] : 0);
      let candidates = this.pending(word) & s.enabled[word] & ~s.active[word] & groups;
      while (candidates !== 0) {
        const interrupt = word * 32 + 31 - Math.clz32(candidates & -candidates);
        candidates &= candidates - 1;
        const priority = s.priority[interrupt];
        if ((found === undefined || priority < found.priority) && targeted(interrupt))
          found = { interrupt, priority, group: this.groupOf(interrupt) };
      }
    }
    return found;
  }

  readPriorities(word: number): number {
    const p = this.s.priority;
    return (p[word * 4] | (p[word * 4 + 1] << 8) | (p[word * 4 + 2] << 16) | (p[word * 4 + 3] << 24)) >>> 0;
  }

  writePriorities(word: number, value: number, lanes: number): void {
    for (let byte = 0; byte < 4; byte++) {
      if ((lanes >>> (byte * 8)) & 0xff) this.s.priority[word * 4 + byte] = (value >>> (byte * 8)) & this.#priorityMask;
    }
  }

  /** GICD_ICFGR: two bits for each interrupt, the upper one says edge-triggered. `half` counts 16 interrupts. */
  readConfiguration(half: number): number {
    const bits = this.s.edge[half >>> 1] >>> ((half & 1) * 16);
    let value = 0;
    for (let i = 0; i < 16; i++) value |= ((bits >>> i) & 1) << (2 * i + 1);
    return value >>> 0;
  }

  writeConfiguration(half: number, value: number, lanes: number): void {
    let bits = 0;
    let mask = 0;
    for (let i = 0; i < 16; i++) {
      bits |= ((value >>> (2 * i + 1)) & 1) << i;
      mask |= ((lanes >>> (2 * i + 1)) & 1) << i;
    }
    const shift = (half & 1) * 16;
    const edge = this.s.edge;
    edge[half >>> 1] = (edge[half >>> 1] & ~(mask << shift)) | (bits << shift);
  }
}

/** How a GIC's register block maps to banks, and what it fixes for software-generated interrupts (the first 16 of word 0). */
export type BlockLayout = {
  prefix: 'GICD' | 'GICR';
  /** Offset that IGROUPR's, 0x080 in a distributor, has been moved by. */
  at: number;
  words: number;
  /** Words before this one are not there: with affinity routing the distributor has no private interrupts. */
  firstWord?: number;
  bank: (word: number) => { bank: InterruptBank; word: number };
  /** SGIs are enabled always, and pend by their own registers only (GICv2). */
  fixedSgis: boolean;
  changed: () => void;
};

/** The registers from IGROUPR to ICFGR, which the distributors of both versions and the GICv3 redistributor have alike. */
export function interruptRegisters(layout: BlockLayout): Register[] {
  const { prefix, at, words, bank, changed } = layout;
  const sgis = (word: number) => (layout.fixedSgis && word === 0 ? 0xffff : 0);
  type Field = 'enabled' | 'latched' | 'active';
  const set = (name: string, offset: number, field: Field): Register & { count: number } => ({
    name: `${prefix}_${name}`,
    at: at + offset,
    count: words,
    read: (i) => {
      const { bank: b, word } = bank(i);
      return field === 'latched' ? b.pending(word) : b.s[field][word];
    },
    write: (value, i) => {
      const { bank: b, word } = bank(i);
      b.s[field][word] |= field === 'active' ? value : value & ~sgis(i);
      changed();
    },
  });
  const clear = (name: string, offset: number, field: Field): Register & { count: number } => ({
    ...set(name, offset, field),
    write: (value, i) => {
      const { bank: b, word } = bank(i);
      b.s[field][word] &= ~(field === 'active' ? value : value & ~sgis(i));
      changed();
    },
  });
  const rows: (Register & { count: number })[] = [
    {
      name: `${prefix}_IGROUPR`,
      at: at + 0x080,
      count: words,
      read: (i) => {
        const { bank: b, word } = bank(i);
        return b.s.group[word];
      },
      write: (value, i, lanes) => {
        const { bank: b, word } = bank(i);
        b.s.group[word] = (b.s.group[word] & ~lanes) | value;
        changed();
      },
    },
    set('ISENABLER', 0x100, 'enabled'),
    clear('ICENABLER', 0x180, 'enabled'),
    set('ISPENDR', 0x200, 'latched'),
    clear('ICPENDR', 0x280, 'latched'),
    set('ISACTIVER', 0x300, 'active'),
    clear('ICACTIVER', 0x380, 'active'),
    {
      name: `${prefix}_IPRIORITYR`,
      at: at + 0x400,
      count: words * 8,
      read: (i) => {
        const { bank: b, word } = bank(i >>> 3);
        return b.readPriorities(word * 8 + (i & 7));
      },
      write: (value, i, lanes) => {
        const { bank: b, word } = bank(i >>> 3);
        b.writePriorities(word * 8 + (i & 7), value, lanes);
        changed();
      },
    },
    {
      name: `${prefix}_ICFGR`,
      at: at + 0xc00,
      count: words * 2,
      read: (i) => {
        const { bank: b, word } = bank(i >>> 1);
        return b.readConfiguration(word * 2 + (i & 1));
      },
      write: (value, i, lanes) => {
        if (i === 0) return; // SGIs are edge-triggered
        const { bank: b, word } = bank(i >>> 1);
        b.writeConfiguration(word * 2 + (i & 1), value, lanes);
        changed();
      },
    },
  ];
  return rows.map((row) => skip(row, (row.count / words) * (layout.firstWord ?? 0)));
}

/** The array without its first `n` registers; indices stay what they were. */
function skip(row: Register & { count: number }, n: number): Register {
  if (n === 0) return row;
  return {
    ...row,
    at: row.at + 4 * n,
    count: row.count - n,
    read: row.read && ((i) => row.read?.(i + n) ?? 0),
    write: row.write && ((value, i, lanes) => row.write?.(value, i + n, lanes)),
  };
}
