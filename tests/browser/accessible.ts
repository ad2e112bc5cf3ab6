import AxeBuilder from '@axe-core/playwright';
import { expect, type Page } from '@playwright/test';

/** No violation on the page as it is, or in what `part` selects of it, in either theme. */
export async function expectAccessible(page: Page, what: string, part?: string): Promise<void> {
  for (const theme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
    // These pages have no frames: axe need not open a page of its own for what it found in them.
    const axe = new AxeBuilder({ page }).setLegacyMode();
    const { violations } = await (part === undefined ? axe : axe.include(part)).analyze();
    const found = violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(' ')).join(', ')}`);
    expect.soft(found, `${what}, ${theme}`).toEqual([]);
  }
}

/** Presses Tab until something of that name has the focus. */
export async function tabTo(page: Page, name: RegExp): Promise<void> {
  const most = 60;
  for (let i = 0; i < most; i++) {
    await page.keyboard.press('Tab');
    const focused = await page.evaluate(
      () => `${document.activeElement?.getAttribute('aria-label') ?? ''} ${document.activeElement?.textContent ?? ''}`,
    );
    if (name.test(focused)) return;
  }
  throw new Error(`no way by Tab to ${name}`);
}

/** Nothing is wider than the page. */
export async function expectNoSidewaysScrolling(page: Page, what: string): Promise<void> {
  const [content, window] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  expect.soft(content, what).toBeLessThanOrEqual(window);
}
