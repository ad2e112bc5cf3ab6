import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tlbRuns } from '../session/cpu-pictures.ts';
import { exceptionLanes, tlbRowBytes, tlbRowPages, tlbRows } from './cpu-pictures.ts';

const pageBytes = 4096;
const entry = fc.record({
  kind: fc.constantFrom('data' as const, 'instruction' as const),
  mode: fc.constantFrom('EL0' as const, 'EL1' as const),
  page: fc.integer({ min: 0, max: 1500 }),
  offset: fc.constantFrom(0, 0x4000_0000),
  ram: fc.boolean(),
  readable: fc.boolean(),
  writable: fc.boolean(),
});

describe('the picture of a TLB', () => {
  it('has every page once, in runs and in rows of 2 MiB', () => {
    fc.assert(
      fc.property(fc.uniqueArray(entry, { selector: (e) => `${e.kind} ${e.mode} ${e.page}`, maxLength: 80 }), (entries) => {
        const views = entries.map(({ page, offset, ...e }) => {
          const virtual = page * pageBytes;
          return { ...e, virtual: BigInt(virtual), physical: virtual + offset, asid: 0, current: true };
        });
        const runs = tlbRuns(views);
        const pages = runs.flatMap(({ kind, mode, start, size, physical, access }) =>
          Array.from(
            { length: size / pageBytes },
            (_, n) => `${kind} ${mode} ${start + n * pageBytes} ${physical + n * pageBytes} ${access}`,
          ),
        );
        const single = views.map((view) => tlbRuns([view])[0]).map((r) => `${r.kind} ${r.mode} ${r.start} ${r.physical} ${r.access}`);
        expect(pages.sort()).toEqual(single.sort());

        const drawn = tlbRows(runs);
        expect(drawn.reduce((sum, row) => sum + row.pages.data + row.pages.instruction, 0)).toBe(entries.length);
        for (const row of drawn) {
          expect(row.start % tlbRowBytes).toBe(0);
          for (const { at, pages: width } of row.spans) expect(at + width).toBeLessThanOrEqual(tlbRowPages);
        }
      }),
    );
  });

  it('joins only what goes on in both address spaces with the same rights', () => {
    const at = (virtual: number, physical: number, writable: boolean) =>
      ({
        kind: 'data',
        mode: 'EL1',
        virtual: BigInt(virtual),
        physical,
        ram: true,
        readable: true,
        writable,
        asid: 0,
        current: true,
      }) as const;
    const runs = tlbRuns([at(0x3000, 0x3000, true), at(0x1000, 0x1000, false), at(0x2000, 0x2000, false), at(0x4000, 0x9000, true)]);
    expect(runs.map(({ start, size, physical, access }) => [start, size, physical, access])).toEqual([
      [0x1000, 0x2000, 0x1000, 'read'],
      [0x3000, 0x1000, 0x3000, 'read/write'],
      [0x4000, 0x1000, 0x9000, 'read/write'],
    ]);
  });
});

describe('the picture of exceptions', () => {
  it('has a lane for each cause, with times between the first and the last', () => {
    const event = (virtualNs: number, cause: string) => ({ cpu: 0, instructions: virtualNs, virtualNs, pc: 0, cause, description: cause });
    const lanes = exceptionLanes([
      event(100, 'SVC'),
      event(150, 'interrupt 27'),
      event(175, 'interrupt 27'),
      event(200, 'SVC'),
      event(300, 'SVC'),
    ]);
    expect(lanes).toEqual([
      { cause: 'SVC', at: [0, 0.5, 1] },
      { cause: 'interrupt 27', at: [0.25, 0.375] },
    ]);
    expect(exceptionLanes([])).toEqual([]);
    expect(exceptionLanes([event(5, 'SVC')])).toEqual([{ cause: 'SVC', at: [0] }]);
  });
});
