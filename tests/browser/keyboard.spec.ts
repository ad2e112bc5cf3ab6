import { expect, test } from '@playwright/test';
import { expectAccessible, expectNoSidewaysScrolling, tabTo } from './accessible.ts';
import { editorLines } from './typing.ts';

test('by keyboard alone, on a phone of 320 pixels, without colours of its own', async ({ page }) => {
  await page.setViewportSize({ width: 320, height: 640 });
  await page.emulateMedia({ forcedColors: 'active' });
  await page.goto('./');
  await expect(editorLines(page)).toContainText('int main');
  await tabTo(page, /helloworld/);
  await page.keyboard.type('echo');
  await expect(page.getByLabel('Example or project').locator('option:checked')).toHaveText('echo');
  await tabTo(page, /Build & Boot/);
  await page.keyboard.press('Enter');
  // The example was booted already when it was chosen: this is the boot that was asked for.
  await expect(page.getByTestId('first-byte')).toContainText(/\d ms after power-on, \d+ ms after the click/);
  await expect(page.getByTestId('machine-state')).toHaveText('Waiting for input');
  await page.keyboard.press('Control+`');
  await page.keyboard.type('aloha\n');
  await expect(page.getByTestId('uart')).toContainText(/aloha[\s\S]*aloha/);
  await page.keyboard.press('Escape');
  await page.keyboard.press('Tab');
  expect(await page.evaluate(() => document.activeElement?.closest('.terminal') === null)).toBe(true);
  await page.keyboard.press('?');
  await expect(page.getByRole('dialog', { name: 'Keyboard shortcuts' })).toBeVisible();
  await page.keyboard.press('Escape');
  for (const view of ['Project', 'Editor', 'Terminal', 'Views']) {
    await page.getByRole('tab', { name: view, exact: true }).click();
    await expectNoSidewaysScrolling(page, view);
  }
  await page.emulateMedia({ forcedColors: 'none' });
  await expectAccessible(page, 'phone');
});
