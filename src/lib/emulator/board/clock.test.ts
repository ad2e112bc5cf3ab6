import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EventClock } from './clock.ts';

describe('EventClock', () => {
  it('fires what was scheduled and not cancelled, in order of time, then of scheduling', () => {
    const event = fc.record({ at: fc.nat(20), cancel: fc.boolean() });
    fc.assert(
      fc.property(fc.array(event, { maxLength: 300 }), (events) => {
        const clock = new EventClock(
          () => 0,
          () => undefined,
        );
        const fired: number[] = [];
        const handles = events.map(({ at }, i) => clock.schedule(at, () => fired.push(i)));
        events.forEach(({ cancel }, i) => cancel && clock.cancel(handles[i]));
        for (let t = 0; t < 21; t++) {
          clock.fireDue();
          clock.advance(1);
        }
        const kept = events.flatMap(({ at, cancel }, i) => (cancel ? [] : [{ at, i }]));
        expect(fired).toEqual(kept.sort((a, b) => a.at - b.at || a.i - b.i).map(({ i }) => i));
        expect(clock.next()).toBe(Infinity);
      }),
    );
  });

  it('tells when the next event comes earlier than it did', () => {
    let told = 0;
    const clock = new EventClock(
      () => 0,
      () => told++,
    );
    clock.schedule(10, () => undefined);
    clock.schedule(20, () => undefined);
    clock.schedule(5, () => undefined);
    expect(told).toBe(2);
  });
});
