import type { VirtualClock } from '../device.ts';

type Event = { at: number; order: number; callback: () => void };

/**
 * Virtual time and its events: a binary heap by time, then by order of scheduling, so that equal times fire in one order always.
 * `elapsed` says how many instructions the CPU that is running now has executed since {@link advance} was last told.
 */
export class EventClock implements VirtualClock {
  #base = 0;
  #heap: Event[] = [];
  #live = new Set<number>();
  #order = 0;
  #elapsed: () => number;
  #onEarlier: () => void;

  /** `onEarlier`: the next event is now earlier than it was, so whoever runs must stop sooner. */
  constructor(elapsed: () => number, onEarlier: () => void) {
    this.#elapsed = elapsed;
    this.#onEarlier = onEarlier;
  }

  now(): number {
    return this.#base + this.#elapsed();
  }

  /** Virtual time when the CPU that is running now began to. */
  get start(): number {
    return this.#base;
  }

  /** Moves time on; `elapsed` must read zero from here. */
  advance(ns: number): void {
    this.#base += ns;
  }

  schedule(at: number, callback: () => void): number {
    const event = { at, order: this.#order++, callback };
    const earlier = at < this.next();
    this.#live.add(event.order);
    this.#push(event);
    if (earlier) this.#onEarlier();
    return event.order;
  }

  cancel(handle: number): void {
    // The heap drops it when it comes to the top.
    this.#live.delete(handle);
    if (this.#heap.length > 64 && this.#heap.length > 4 * this.#live.size) this.#sweep();
  }

  /** Time of the next event; Infinity when there is none. */
  next(): number {
    while (this.#heap.length > 0 && !this.#live.has(this.#heap[0].order)) this.#pop();
    return this.#heap.length > 0 ? this.#heap[0].at : Infinity;
  }

  /** Fires everything that is due. An event that schedules another for now gets it in the same call. */
  fireDue(): void {
    while (this.next() <= this.now()) {
      const event = this.#pop();
      this.#live.delete(event.order);
      event.callback();
    }
  }

  /** Sets time and forgets all events: their owners schedule them again when they are restored. */
  restart(now: number): void {
    this.#base = now;
    this.#heap = [];
    this.#live.clear();
    this.#order = 0;
  }

  #sweep(): void {
    const kept = this.#heap.filter((event) => this.#live.has(event.order));
    this.#heap = [];
    for (const event of kept) this.#push(event);
  }

  #before(a: Event, b: Event): boolean {
    return a.at < b.at || (a.at === b.at && a.order < b.order);
  }

  #push(event: Event): void {
    const heap = this.#heap;
    let i = heap.length;
    heap.push(event);
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (!this.#before(event, heap[parent])) break;
      heap[i] = heap[parent];
      i = parent;
    }
    heap[i] = event;
  }

  #pop(): Event {
    const heap = this.#heap;
    const top = heap[0];
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return top;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && this.#before(heap[child + 1], heap[child])) child++;
      if (!this.#before(heap[child], last)) break;
      heap[i] = heap[child];
      i = child;
    }
    heap[i] = last;
    return top;
  }
}
