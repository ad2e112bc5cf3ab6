import { describe, expect, it } from 'vitest';
import { heatMarks, hottest, pageHeats } from './heat.ts';

const ram = 0x4000_0000;
const pages = pageHeats(Float32Array.from([0, 1, 0, 0.1, 1, 0.5, 0, 0, 7, 0, 1, 0]), ram);

describe('heat of pages', () => {
  it('is read from the message', () => {
    expect(pages.map((p) => p.start)).toEqual([ram, ram + 4096, ram + 7 * 4096]);
    expect(pages[2]).toMatchObject({ read: 0, written: 1, executed: 0 });
  });

  it('is marked where the page is, from warm to hot', () => {
    const view = { start: ram, span: 8 * 4096 };
    expect(heatMarks(pages, 'read', view, 800)).toEqual([
      { left: 0, width: 100, level: 4 },
      { left: 100, width: 100, level: 2 },
    ]);
    expect(heatMarks(pages, 'written', view, 800)).toEqual([{ left: 700, width: 100, level: 4 }]);
    expect(heatMarks(pages, 'executed', view, 800)).toEqual([{ left: 0, width: 100, level: 1 }]);
  });

  it('shows a single page of a large space as a mark that can be seen', () => {
    const [mark] = heatMarks(pages, 'written', { start: 0, span: 2 ** 40 }, 800);
    expect(mark.width).toBeGreaterThanOrEqual(2);
  });

  it('lists the hottest first', () => expect(hottest(pages, 2).map((p) => p.start)).toEqual([ram, ram + 7 * 4096]));
});
