import { describe, expect, it } from 'vitest';
import { EventClock } from '../board/clock.ts';
import { Pl011 } from './pl011.ts';

const DR = 0x00;
const FR = 0x18;
const IBRD = 0x24;
const LCR_H = 0x2c;
const CR = 0x30;
const IFLS = 0x34;
const IMSC = 0x38;
const RIS = 0x3c;
const ICR = 0x44;
const RX = 0x10;
const TX = 0x20;
const RT = 0x40;
const OE = 0x400;
const characterNs = 5000;

function uart() {
  const clock = new EventClock(
    () => 0,
    () => undefined,
  );
  const sent: number[] = [];
  const line = { level: false, set: (level: boolean) => void (line.level = level) };
  const device = new Pl011(0x0900_0000, line, clock, (byte) => sent.push(byte));
  const pass = (ns: number) => {
    clock.advance(ns);
    clock.fireDue();
  };
  return {
    device,
    clock,
    sent,
    line,
    pass,
    read: (at: number) => device.read(at, 4),
    write: (at: number, v: number) => device.write(at, v, 4),
  };
}

const bytes = (text: string) => new TextEncoder().encode(text);

describe('PL011', () => {
  it('feeds input no faster than the guest takes it', () => {
    const { device, read, write, pass } = uart();
    write(LCR_H, 0x70);
    device.receive(bytes('x'.repeat(100)));
    expect(device.unread).toBe(100);
    expect(read(DR)).toBe(0x78);
    expect(read(DR)).toBe(0);
    for (let i = 0; i < 50; i++) pass(characterNs);
    expect(device.unread).toBe(99);
    expect(read(FR) & 0x40).toBe(0x40);
    for (let i = 0; i < 99; i++) {
      expect(read(DR)).toBe(0x78);
      pass(characterNs);
    }
    expect(read(FR) & 0x10).toBe(0x10);
    expect(read(RIS) & OE).toBe(0);
  });

  it.each([
    [0, 2],
    [1, 4],
    [2, 8],
    [3, 12],
    [4, 14],
  ])('raises RX at trigger level %i, which is %i characters', (level, count) => {
    const { device, read, write, line, pass } = uart();
    write(LCR_H, 0x70);
    write(IFLS, level << 3);
    write(IMSC, RX);
    device.receive(bytes('y'.repeat(count)));
    for (let i = 2; i < count; i++) pass(characterNs);
    expect(line.level).toBe(false);
    pass(characterNs);
    expect(line.level).toBe(true);
    read(DR);
    expect(line.level).toBe(false);
  });

  it('raises the receive timeout after 32 bit periods at the programmed rate, and again while data stays', () => {
    const { device, read, write, line, pass } = uart();
    write(LCR_H, 0x70);
    write(IBRD, 13); // 24 MHz / (16 x 13) = 115385 baud
    write(IMSC, RT);
    device.receive(bytes('ab'));
    pass(characterNs);
    const period = Math.ceil((32 * 16 * 13 * 1e9) / 24e6);
    pass(period - 1);
    expect(line.level).toBe(false);
    pass(1);
    expect(line.level).toBe(true);
    write(ICR, RT | RX);
    expect(line.level).toBe(false);
    pass(period);
    expect(line.level).toBe(true);
    read(DR);
    read(DR);
    expect(read(RIS) & RT).toBe(0);
  });

  it('transmits at once and says so', () => {
    const { sent, read, write, line } = uart();
    write(IMSC, TX);
    write(DR, 0x41);
    expect(sent).toEqual([0x41]);
    expect(line.level).toBe(true);
    expect(read(FR) & 0x80).toBe(0x80);
    write(ICR, TX);
    expect(line.level).toBe(false);
  });

  it('loops back characters, overrun, break and modem lines', () => {
    const { read, write } = uart();
    write(LCR_H, 0x70);
    write(CR, 0x380);
    for (let i = 0; i < 17; i++) write(DR, i);
    expect(read(RIS) & OE).toBe(OE);
    expect(read(DR)).toBe(0);
    write(DR, 0x55);
    for (let i = 1; i < 16; i++) expect(read(DR)).toBe(i);
    expect(read(DR)).toBe(0x855);
    write(LCR_H, 0x71);
    expect(read(DR)).toBe(0x500);
    expect(read(0x04)).toBe(5);
    write(CR, 0xf80);
    expect(read(FR) & 0x103).toBe(0x003);
    expect(read(RIS) & 6).toBe(2);
  });

  it('gives back to the queue what a FIFO flush would lose', () => {
    const { device, read, write, pass } = uart();
    device.receive(bytes('hello'));
    write(LCR_H, 0x70);
    for (let i = 0; i < 5; i++) pass(characterNs);
    expect(String.fromCharCode(...Array.from({ length: 5 }, () => read(DR)))).toBe('hello');
  });

  it('goes on the same after save and restore', () => {
    const one = uart();
    one.write(LCR_H, 0x70);
    one.write(IMSC, RT);
    one.device.receive(bytes('some longer text than sixteen'));
    one.read(DR);
    one.pass(1000);
    const two = uart();
    two.clock.restart(one.clock.now());
    two.device.restore(structuredClone(one.device.save()));
    for (let i = 0; i < 80; i++) for (const u of [one, two]) u.pass(characterNs);
    expect(two.line.level).toBe(true);
    expect(two.device.save()).toEqual(one.device.save());
    while (!(one.read(FR) & 0x10)) expect(two.read(DR)).toBe(one.read(DR));
    expect(two.device.save()).toEqual(one.device.save());
  });
});
