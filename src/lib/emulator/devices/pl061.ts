import type { Device, InterruptLine, VirtualClock } from '../device.ts';
import { identification, RegisterBank } from './register-bank.ts';

type Pl061State = {
  data: number;
  direction: number;
  /** 1: level. */
  sense: number;
  bothEdges: number;
  /** 1: rising edge, high level. */
  event: number;
  mask: number;
  raw: number;
  alternate: number;
  /** Levels that the outside drives; undriven pins are pulled down. */
  input: number;
  /** Pins as the edge detector last saw them. */
  seen: number;
  /** When the power key comes up again, virtual ns; -1 when it is up. */
  keyUpAt: number;
};

const powerKey = 1 << 3;
/** How long a press of the power key lasts. */
const pressNs = 100e6;

/**
 * PL061 GPIO (Arm DDI 0190B). Eight pins; the board wires pin 3 to the power key that the devicetree announces as `gpio-keys`.
 */
export class Pl061 implements Device {
  readonly name = 'pl061';
  readonly size = 0x1000;
  readonly base: number;
  #line: InterruptLine;
  #clock: VirtualClock;
  #release = -1;
  #s = resetState();

  readonly #bank = new RegisterBank('exact', [
    // 3.2.1: bits [9:2] of the address mask the access.
    { name: 'GPIODATA', at: 0x000, count: 256, read: (mask) => this.#pins() & mask, write: (v, mask) => this.#setData(v, mask) },
    { name: 'GPIODIR', at: 0x400, read: () => this.#s.direction, write: (v) => this.#set({ direction: v & 0xff }) },
    { name: 'GPIOIS', at: 0x404, read: () => this.#s.sense, write: (v) => this.#set({ sense: v & 0xff }) },
    { name: 'GPIOIBE', at: 0x408, read: () => this.#s.bothEdges, write: (v) => this.#set({ bothEdges: v & 0xff }) },
    { name: 'GPIOIEV', at: 0x40c, read: () => this.#s.event, write: (v) => this.#set({ event: v & 0xff }) },
    { name: 'GPIOIE', at: 0x410, read: () => this.#s.mask, write: (v) => this.#set({ mask: v & 0xff }) },
    { name: 'GPIORIS', at: 0x414, read: () => this.#s.raw },
    { name: 'GPIOMIS', at: 0x418, read: () => this.#s.raw & this.#s.mask },
    { name: 'GPIOIC', at: 0x41c, write: (v) => this.#set({ raw: this.#s.raw & ~v }) },
    { name: 'GPIOAFSEL', at: 0x420, read: () => this.#s.alternate, write: (v) => this.#set({ alternate: v & 0xff }) },
    identification(0xfd0, [0x00, 0x00, 0x00, 0x00, 0x61, 0x10, 0x04, 0x00, 0x0d, 0xf0, 0x05, 0xb1]),
  ]);
  readonly registers = this.#bank.registers;

  constructor(base: number, line: InterruptLine, clock: VirtualClock) {
    this.base = base;
    this.#line = line;
    this.#clock = clock;
  }

  /** Presses the power key for a tenth of a second. */
  pressPowerKey(): void {
    this.#set({ input: this.#s.input | powerKey });
    this.#releaseAt(this.#clock.now() + pressNs);
  }

  #releaseAt(at: number): void {
    this.#clock.cancel(this.#release);
    this.#s.keyUpAt = at;
    this.#release = this.#clock.schedule(at, () => this.#set({ input: this.#s.input & ~powerKey, keyUpAt: -1 }));
  }

  read(offset: number, bytes: 1 | 2 | 4): number {
    return this.#bank.read(offset, bytes);
  }

  write(offset: number, value: number, bytes: 1 | 2 | 4): void {
    this.#bank.write(offset, value, bytes);
  }

  reset(): void {
    // The key stays as the person holds it.
    this.#s = { ...resetState(), input: this.#s.input, seen: this.#s.input, keyUpAt: this.#s.keyUpAt };
    this.#line.set(false);
  }

  save(): Pl061State {
    return { ...this.#s };
  }

  restore(state: Pl061State): void {
    this.#s = { ...state };
    this.#clock.cancel(this.#release);
    if (state.keyUpAt >= 0) this.#releaseAt(state.keyUpAt);
    this.#line.set((state.raw & state.mask) !== 0);
  }

  #pins(): number {
    const { data, direction, input } = this.#s;
    return (data & direction) | (input & ~direction);
  }

  #setData(value: number, mask: number): void {
    const writable = mask & this.#s.direction;
    this.#set({ data: (this.#s.data & ~writable) | (value & writable) });
  }

  /** Changes state, then runs the interrupt detection of figure 2-4 on input pins. */
  #set(change: Partial<Pl061State>): void {
    const s = Object.assign(this.#s, change);
    const pins = this.#pins();
    const changed = pins ^ s.seen;
    s.seen = pins;
    const inputs = ~s.direction;
    const edges = changed & (s.bothEdges | ~(pins ^ s.event));
    s.raw |= edges & ~s.sense & inputs & 0xff;
    s.raw |= ~(pins ^ s.event) & s.sense & 0xff;
    this.#line.set((s.raw & s.mask) !== 0);
  }
}

function resetState(): Pl061State {
  return { data: 0, direction: 0, sense: 0, bothEdges: 0, event: 0, mask: 0, raw: 0, alternate: 0, input: 0, seen: 0, keyUpAt: -1 };
}
