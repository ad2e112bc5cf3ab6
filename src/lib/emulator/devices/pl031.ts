import type { Device, InterruptLine, VirtualClock } from '../device.ts';
import { identification, RegisterBank } from './register-bank.ts';

type Pl031State = {
  /** Seconds that RTCDR is ahead of virtual time; RTCLR moves it. */
  offset: number;
  load: number;
  match: number;
  mask: number;
  raw: number;
  /** When the counter comes to the match, virtual ns; -1 when it did so already. */
  alarmAt: number;
};

const second = 1e9;

/** PL031 real time clock (Arm DDI 0224C). Counts seconds of virtual time from the time that the machine was given at power-on. */
export class Pl031 implements Device {
  readonly name = 'pl031';
  readonly size = 0x1000;
  readonly base: number;
  #line: InterruptLine;
  #clock: VirtualClock;
  #start: number;
  #alarm = -1;
  #s: Pl031State;

  readonly #bank = new RegisterBank('exact', [
    { name: 'RTCDR', at: 0x000, read: () => this.#now() },
    { name: 'RTCMR', at: 0x004, read: () => this.#s.match, write: (v) => this.#setMatch(v) },
    { name: 'RTCLR', at: 0x008, read: () => this.#s.load, write: (v) => this.#load(v) },
    // 3.3.4: once enabled the counter cannot be stopped; it is enabled from the start.
    { name: 'RTCCR', at: 0x00c, read: () => 1 },
    { name: 'RTCIMSC', at: 0x010, read: () => this.#s.mask, write: (v) => this.#interrupt({ mask: v & 1 }) },
    { name: 'RTCRIS', at: 0x014, read: () => this.#s.raw },
    { name: 'RTCMIS', at: 0x018, read: () => this.#s.raw & this.#s.mask },
    { name: 'RTCICR', at: 0x01c, write: (v) => this.#interrupt({ raw: this.#s.raw & ~v & 1 }) },
    identification(0xfe0, [0x31, 0x10, 0x14, 0x00, 0x0d, 0xf0, 0x05, 0xb1]),
  ]);
  readonly registers = this.#bank.registers;

  /** `start`: seconds since 1970 at power-on. */
  constructor(base: number, line: InterruptLine, clock: VirtualClock, start: number) {
    this.base = base;
    this.#line = line;
    this.#clock = clock;
    this.#start = start;
    this.#s = { offset: start, load: 0, match: 0, mask: 0, raw: 0, alarmAt: -1 };
  }

  read(offset: number, bytes: 1 | 2 | 4): number {
    return this.#bank.read(offset, bytes);
  }

  write(offset: number, value: number, bytes: 1 | 2 | 4): void {
    this.#bank.write(offset, value, bytes);
  }

  reset(): void {
    this.#clock.cancel(this.#alarm);
    // The time of day survives a reset: the clock has its own supply.
    this.#s = { ...this.#s, load: 0, match: 0, mask: 0, raw: 0, alarmAt: -1 };
    this.#line.set(false);
  }

  /** Power-on: the time of day starts again too. */
  powerOn(): void {
    this.#s = { ...this.#s, offset: this.#start };
    this.reset();
  }

  save(): Pl031State {
    return { ...this.#s };
  }

  restore(state: Pl031State): void {
    this.#s = { ...state };
    this.#interrupt({});
    this.#scheduleAlarm();
  }

  #now(): number {
    return (Math.floor(this.#clock.now() / second) + this.#s.offset) >>> 0;
  }

  #load(value: number): void {
    this.#s.load = value;
    this.#s.offset = (value - Math.floor(this.#clock.now() / second)) >>> 0;
    this.#setAlarm();
  }

  #setMatch(value: number): void {
    this.#s.match = value;
    this.#setAlarm();
  }

  #setAlarm(): void {
    const seconds = (this.#s.match - this.#now()) >>> 0;
    this.#s.alarmAt = seconds === 0 ? -1 : (Math.floor(this.#clock.now() / second) + seconds) * second;
    this.#scheduleAlarm();
    if (seconds === 0) this.#interrupt({ raw: 1 });
  }

  #scheduleAlarm(): void {
    this.#clock.cancel(this.#alarm);
    if (this.#s.alarmAt >= 0) this.#alarm = this.#clock.schedule(this.#s.alarmAt, () => this.#interrupt({ raw: 1, alarmAt: -1 }));
  }

  #interrupt(change: { raw?: number; mask?: number; alarmAt?: number }): void {
    Object.assign(this.#s, change);
    this.#line.set((this.#s.raw & this.#s.mask) !== 0);
  }
}
