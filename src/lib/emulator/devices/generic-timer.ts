import type { InterruptLine, VirtualClock } from '../device.ts';

/** CNT<x>_CTL_EL0 bits (Arm ARM D19.12). */
export const TimerControl = { enable: 1, mask: 2, status: 4 } as const;

/** What a timer's registers hold: the CPU keeps them, the board asks. `compare` and the CPU's own `counter` are counter ticks. */
export type TimerRegisters = { control: number; compare: bigint; counter: bigint };

const allOnes = 0xffff_ffff_ffff_ffffn;

/**
 * One generic timer of one CPU (Arm ARM D12.2), physical or virtual: watches the registers and drives its private interrupt line while
 * the condition counter >= compare holds, the timer is on and its output is not masked.
 */
export class GenericTimer {
  #read: () => TimerRegisters;
  #line: InterruptLine;
  #clock: VirtualClock;
  #nsPerTick: number;
  #event = -1;

  constructor(read: () => TimerRegisters, line: InterruptLine, clock: VirtualClock, nsPerTick: number) {
    this.#read = read;
    this.#line = line;
    this.#clock = clock;
    this.#nsPerTick = nsPerTick;
  }

  /** To be called when the registers changed, and after a restore. */
  update(): void {
    this.#clock.cancel(this.#event);
    const { control, compare, counter } = this.#read();
    if (!(control & TimerControl.enable)) return this.#line.set(false);
    // Unsigned 64-bit comparison; the counter does not wrap in any run that a double can time.
    const due = counter >= compare;
    this.#line.set(due && !(control & TimerControl.mask));
    if (due || compare === allOnes || control & TimerControl.mask) return;
    const ticks = Number(compare - counter);
    if (ticks * this.#nsPerTick > Number.MAX_SAFE_INTEGER / 2) return;
    const ns = this.#clock.now();
    // The counter ticks at multiples of the period.
    const at = (Math.floor(ns / this.#nsPerTick) + ticks) * this.#nsPerTick;
    this.#event = this.#clock.schedule(at, () => this.update());
  }
}
