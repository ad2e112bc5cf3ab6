import type { Device, InterruptLine, VirtualClock } from '../device.ts';
import { identification, RegisterBank } from './register-bank.ts';

/** Interrupt bits of RIS, MIS, IMSC and ICR (3.3.10). */
const Interrupt = {
  ri: 1 << 0,
  cts: 1 << 1,
  dcd: 1 << 2,
  dsr: 1 << 3,
  receive: 1 << 4,
  transmit: 1 << 5,
  timeout: 1 << 6,
  framing: 1 << 7,
  parity: 1 << 8,
  break: 1 << 9,
  overrun: 1 << 10,
  all: 0x7ff,
} as const;

/** UARTFR (3.3.3). */
const Flag = { cts: 1 << 0, dsr: 1 << 1, dcd: 1 << 2, rxEmpty: 1 << 4, rxFull: 1 << 6, txEmpty: 1 << 7, ri: 1 << 8 } as const;
/** UARTCR (3.3.8). */
const Control = { loopback: 1 << 7, dtr: 1 << 10, rts: 1 << 11, out1: 1 << 12, out2: 1 << 13 } as const;
/** UARTLCR_H (3.3.7). */
const Line = { break: 1 << 0, fifo: 1 << 4 } as const;
/** Error bits of a received character, above its eight data bits (3.3.1). */
const Received = { framing: 1 << 8, break: 1 << 10, overrun: 1 << 11 } as const;

const fifoDepth = 16;
/** Receive trigger levels by UARTIFLS[5:3]: 1/8, 1/4, 1/2, 3/4, 7/8 full; reserved values act as 7/8. */
const triggerLevels = [2, 4, 8, 12, 14, 14, 14, 14] as const;
/** What the other end takes to send a character: 2 Mbit/s. Handlers that read until the FIFO is empty come to an end, as on a real line. */
const characterNs = 5000;
/** UARTCLK of the virt board, Hz. */
const uartClock = 24_000_000;

type Pl011State = {
  control: number;
  line: number;
  levels: number;
  mask: number;
  raw: number;
  status: number;
  integerDivisor: number;
  fractionalDivisor: number;
  irda: number;
  dma: number;
  modem: number;
  fifo: number[];
  overrun: boolean;
  /** When the receive timeout falls due, virtual ns; -1 when none runs. */
  timeoutAt: number;
  /** The line is busy with a character until then, virtual ns. */
  lineFreeAt: number;
  input: Uint8Array;
};

/**
 * PL011 UART (Arm DDI 0183G). 4 KiB window, one level interrupt.
 *
 * Transmission takes no time: UARTDR writes reach `transmit` at once, enabled or not, as QEMU has it, and TXRIS rises as
 * if the FIFO had drained through its trigger level.
 *
 * The sender at the other end honours flow control: bytes stay in the input queue until the FIFO has room, come one in
 * {@link characterNs}, and those that a FIFO flush would drop go back to it. RXRIS rises at the trigger level (2.4.2) and, besides RTRIS, at the receive timeout:
 * QEMU raises it for every byte, and guests that enable RXIM alone rely on that.
 */
export class Pl011 implements Device {
  readonly name = 'pl011';
  readonly size = 0x1000;
  readonly base: number;
  #line: InterruptLine;
  #clock: VirtualClock;
  #transmit: (byte: number) => void;
  #s = resetState();
  /** Input that waits for the FIFO: bytes from `#inputHead` on. */
  #input = new Uint8Array(0);
  #inputHead = 0;
  #timeout = -1;
  #arrival = -1;

  readonly #bank = new RegisterBank('word', [
    { name: 'UARTDR', at: 0x000, peek: () => this.#s.fifo[0] ?? 0, read: () => this.#takeReceived(), write: (v) => this.#send(v & 0xff) },
    { name: 'UARTRSR', at: 0x004, read: () => this.#s.status, write: () => void (this.#s.status = 0) },
    { name: 'UARTFR', at: 0x018, read: () => this.#flags() },
    { name: 'UARTILPR', at: 0x020, read: () => this.#s.irda, write: (v) => void (this.#s.irda = v & 0xff) },
    { name: 'UARTIBRD', at: 0x024, read: () => this.#s.integerDivisor, write: (v) => void (this.#s.integerDivisor = v & 0xffff) },
    { name: 'UARTFBRD', at: 0x028, read: () => this.#s.fractionalDivisor, write: (v) => void (this.#s.fractionalDivisor = v & 0x3f) },
    { name: 'UARTLCR_H', at: 0x02c, read: () => this.#s.line, write: (v) => this.#setLine(v & 0xff) },
    { name: 'UARTCR', at: 0x030, read: () => this.#s.control, write: (v) => this.#setControl(v & 0xffff) },
    { name: 'UARTIFLS', at: 0x034, read: () => this.#s.levels, write: (v) => this.#setLevels(v & 0x3f) },
    { name: 'UARTIMSC', at: 0x038, read: () => this.#s.mask, write: (v) => this.#setMask(v & Interrupt.all) },
    { name: 'UARTRIS', at: 0x03c, read: () => this.#s.raw },
    { name: 'UARTMIS', at: 0x040, read: () => this.#s.raw & this.#s.mask },
    { name: 'UARTICR', at: 0x044, write: (v) => this.#clear(v & Interrupt.all) },
    { name: 'UARTDMACR', at: 0x048, read: () => this.#s.dma, write: (v) => void (this.#s.dma = v & 7) },
    identification(0xfe0, [0x11, 0x10, 0x14, 0x00, 0x0d, 0xf0, 0x05, 0xb1]),
  ]);
  readonly registers = this.#bank.registers;

  constructor(base: number, line: InterruptLine, clock: VirtualClock, transmit: (byte: number) => void) {
    this.base = base;
    this.#line = line;
    this.#clock = clock;
    this.#transmit = transmit;
  }

  /** Queues bytes for the guest, which gets them as fast as it takes them. */
  receive(bytes: Uint8Array): void {
    const queued = this.#input.subarray(this.#inputHead);
    const joined = new Uint8Array(queued.length + bytes.length);
    joined.set(queued);
    joined.set(bytes, queued.length);
    this.#input = joined;
    this.#inputHead = 0;
    this.#fill();
  }

  /** Bytes given to {@link receive} that the guest has not read, those in the FIFO included. */
  get unread(): number {
    return this.#input.length - this.#inputHead + this.#s.fifo.length;
  }

  read(offset: number, bytes: 1 | 2 | 4): number {
    return this.#bank.read(offset, bytes);
  }

  write(offset: number, value: number, bytes: 1 | 2 | 4): void {
    this.#bank.write(offset, value, bytes);
  }

  /** Input that nobody has read survives: it is on the other side of the wire. */
  reset(): void {
    this.#flush();
    this.#s = { ...resetState(), lineFreeAt: this.#s.lineFreeAt };
    this.#line.set(false);
    this.#fill();
  }

  save(): Pl011State {
    return { ...this.#s, fifo: [...this.#s.fifo], input: this.#input.slice(this.#inputHead) };
  }

  restore(state: Pl011State): void {
    this.#s = { ...state, fifo: [...state.fifo], input: new Uint8Array(0) };
    this.#input = state.input.slice();
    this.#inputHead = 0;
    this.#clock.cancel(this.#timeout);
    if (state.timeoutAt >= 0) this.#timeout = this.#clock.schedule(state.timeoutAt, () => this.#receiveTimeout());
    this.#driveLine();
    this.#fill();
  }

  #capacity(): number {
    return this.#s.line & Line.fifo ? fifoDepth : 1;
  }

  #trigger(): number {
    return this.#s.line & Line.fifo ? triggerLevels[(this.#s.levels >> 3) & 7] : 1;
  }

  #flags(): number {
    const { fifo, modem } = this.#s;
    return Flag.txEmpty | (fifo.length === 0 ? Flag.rxEmpty : 0) | (fifo.length >= this.#capacity() ? Flag.rxFull : 0) | modem;
  }

  #raise(bits: number): void {
    this.#s.raw |= bits;
    this.#driveLine();
  }

  #driveLine(): void {
    this.#line.set((this.#s.raw & this.#s.mask) !== 0);
  }

  #setMask(mask: number): void {
    this.#s.mask = mask;
    this.#driveLine();
  }

  #clear(bits: number): void {
    this.#s.raw &= ~bits;
    this.#driveLine();
    this.#startTimeout();
  }

  #send(byte: number): void {
    this.#transmit(byte);
    if (this.#s.control & Control.loopback) this.#accept(byte);
    this.#raise(Interrupt.transmit);
  }

  /** UARTDR read: 3.3.1. The error bits of the character go to UARTRSR too. */
  #takeReceived(): number {
    const s = this.#s;
    const taken = s.fifo.shift();
    if (taken === undefined) return 0;
    s.status = (taken >> 8) & 0xf;
    if (s.fifo.length === 0) s.raw &= ~Interrupt.timeout;
    if (s.fifo.length < this.#trigger()) s.raw &= ~Interrupt.receive;
    this.#driveLine();
    this.#fill();
    this.#startTimeout();
    return taken;
  }

  /** Lets the next queued character arrive, when the FIFO has room and the line is free. */
  #fill(): void {
    this.#clock.cancel(this.#arrival);
    while (this.#inputHead < this.#input.length && this.#s.fifo.length < this.#capacity()) {
      const now = this.#clock.now();
      if (now < this.#s.lineFreeAt) {
        this.#arrival = this.#clock.schedule(this.#s.lineFreeAt, () => this.#fill());
        return;
      }
      this.#s.lineFreeAt = now + characterNs;
      this.#accept(this.#input[this.#inputHead++]);
    }
    if (this.#inputHead === this.#input.length && this.#inputHead > 0) {
      this.#input = new Uint8Array(0);
      this.#inputHead = 0;
    }
  }

  /** A character arrives, with its error bits. */
  #accept(character: number): void {
    const s = this.#s;
    if (s.fifo.length >= this.#capacity()) {
      // 2.4.3: the character is lost; the next one that fits carries the overrun bit.
      s.overrun = true;
      this.#raise(Interrupt.overrun);
      return;
    }
    s.fifo.push(character | (s.overrun ? Received.overrun : 0));
    s.overrun = false;
    let bits = 0;
    if (s.fifo.length >= this.#trigger()) bits |= Interrupt.receive;
    if (character & Received.framing) bits |= Interrupt.framing;
    if (character & Received.break) bits |= Interrupt.break;
    this.#raise(bits);
    this.#startTimeout();
  }

  /** 2.8.3: 32 bit periods without a new character while the FIFO is not empty. */
  #startTimeout(): void {
    const s = this.#s;
    this.#clock.cancel(this.#timeout);
    s.timeoutAt = -1;
    if (s.fifo.length === 0 || s.raw & Interrupt.timeout || !(s.line & Line.fifo)) return;
    const divisor = s.integerDivisor + s.fractionalDivisor / 64;
    // A guest that never set the divisor works under QEMU: give it 115200 baud.
    const bitNs = divisor >= 1 ? (16e9 * divisor) / uartClock : 1e9 / 115200;
    s.timeoutAt = this.#clock.now() + Math.ceil(32 * bitNs);
    this.#timeout = this.#clock.schedule(s.timeoutAt, () => this.#receiveTimeout());
  }

  #receiveTimeout(): void {
    this.#s.timeoutAt = -1;
    this.#raise(Interrupt.timeout | Interrupt.receive);
  }

  /** UARTLCR_H: switching the FIFOs on or off empties them (3.3.7). */
  #setLine(value: number): void {
    const changed = this.#s.line ^ value;
    if (changed & Line.fifo) this.#flush();
    this.#s.line = value;
    if (changed & value & Line.break && this.#s.control & Control.loopback) this.#accept(Received.break | Received.framing);
    this.#fill();
  }

  #flush(): void {
    const s = this.#s;
    const unread = Uint8Array.from(s.fifo.map((character) => character & 0xff));
    s.fifo = [];
    s.overrun = false;
    this.#clock.cancel(this.#timeout);
    s.timeoutAt = -1;
    if (unread.length === 0) return;
    const queued = this.#input.subarray(this.#inputHead);
    this.#input = new Uint8Array([...unread, ...queued]);
    this.#inputHead = 0;
  }

  #setLevels(value: number): void {
    this.#s.levels = value;
    if (this.#s.fifo.length >= this.#trigger()) this.#raise(Interrupt.receive);
  }

  /** UARTCR: in loopback the modem outputs are the modem inputs (3.3.8), and their changes interrupt. */
  #setControl(value: number): void {
    const s = this.#s;
    s.control = value;
    let modem = 0;
    if (value & Control.loopback) {
      if (value & Control.rts) modem |= Flag.cts;
      if (value & Control.dtr) modem |= Flag.dsr;
      if (value & Control.out1) modem |= Flag.dcd;
      if (value & Control.out2) modem |= Flag.ri;
    }
    const changed = s.modem ^ modem;
    s.modem = modem;
    let bits = 0;
    if (changed & Flag.cts) bits |= Interrupt.cts;
    if (changed & Flag.dsr) bits |= Interrupt.dsr;
    if (changed & Flag.dcd) bits |= Interrupt.dcd;
    if (changed & Flag.ri) bits |= Interrupt.ri;
    this.#raise(bits);
  }
}

/** 3.3: values after reset. */
function resetState(): Pl011State {
  return {
    control: 0x300,
    line: 0,
    levels: 0x12,
    mask: 0,
    raw: 0,
    status: 0,
    integerDivisor: 0,
    fractionalDivisor: 0,
    irda: 0,
    dma: 0,
    modem: 0,
    fifo: [],
    overrun: false,
    timeoutAt: -1,
    lineFreeAt: 0,
    input: new Uint8Array(0),
  };
}
