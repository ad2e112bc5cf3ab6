import type { ExceptionRecord } from '../cpu/types.ts';

/** An exception as a CPU took it, and when: executed instructions of all CPUs and virtual time before it. */
export type TracedException = ExceptionRecord & {
  cpu: number;
  instructions: number;
  virtualNs: number;
  /** Of an IRQ or FIQ: the interrupt that the guest acknowledged for it; absent until it did. */
  interrupt?: number;
};

/** Interrupt IDs from here on say that there is nothing to acknowledge, or something special. */
const firstSpecial = 1020;

/** The exceptions and interrupts taken last, oldest first. Kept always: exceptions are rare beside instructions. */
export class ExceptionTrace {
  readonly #capacity: number;
  #ring: TracedException[] = [];
  #next = 0;
  #acknowledged = new Map<number, number>();
  /** Exceptions taken since power-on or since the machine was restored, those no longer kept included. */
  total = 0;

  constructor(capacity = 4096) {
    this.#capacity = capacity;
  }

  add({ kind, vector, elr, esr, far, spsr }: ExceptionRecord, cpu: number, instructions: number, virtualNs: number): void {
    // All properties at once, the later one among them: a spread or a new property costs microseconds in guests with many interrupts.
    this.#ring[this.#next] = { kind, vector, elr, esr, far, spsr, cpu, instructions, virtualNs, interrupt: undefined };
    this.#next = (this.#next + 1) % this.#capacity;
    this.total++;
  }

  /** How often each interrupt was acknowledged since power-on or since the machine was restored, by interrupt ID. */
  get acknowledged(): ReadonlyMap<number, number> {
    return this.#acknowledged;
  }

  /** A CPU has read its acknowledge register. */
  acknowledge(cpu: number, interrupt: number): void {
    if (interrupt >= firstSpecial) return;
    this.#acknowledged.set(interrupt, (this.#acknowledged.get(interrupt) ?? 0) + 1);
    for (let back = 1; back <= this.#ring.length; back++) {
      const exception = this.#ring[(this.#next - back + this.#capacity) % this.#capacity];
      if (exception.cpu !== cpu || exception.kind === 'synchronous') continue;
      // An interrupt that is acknowledged by polling belongs to none.
      exception.interrupt ??= interrupt;
      return;
    }
  }

  /** The latest ones, oldest first. */
  latest(count = this.#capacity): TracedException[] {
    const ring = this.#ring.length < this.#capacity ? this.#ring : [...this.#ring.slice(this.#next), ...this.#ring.slice(0, this.#next)];
    return ring.slice(Math.max(0, ring.length - count));
  }

  /** The machine went to another time: what came after it has not happened. */
  cut(instructions: number): void {
    this.#ring = this.latest().filter((exception) => exception.instructions <= instructions);
    this.#next = this.#ring.length % this.#capacity;
    this.total = this.#ring.length;
    this.#acknowledged.clear();
  }
}
