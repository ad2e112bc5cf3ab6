import { expect, test } from '@playwright/test';
import { expectAccessible, expectNoSidewaysScrolling, tabTo } from './accessible.ts';
import { editorLines } from './typing.ts';

test('the playground and its dialogs: no violation in either theme', async ({ page }) => {
  await page.goto('./');
  await expect(page.getByTestId('machine-state')).toHaveText('Powered off');
  await expect(editorLines(page)).toContainText('int main');
  await expectAccessible(page, 'playground');

  await page.getByRole('button', { name: 'Share' }).click();
  await expect(page.getByRole('textbox', { name: 'Link' })).toHaveValue(/#v2:/);
  await expectAccessible(page, 'share', 'dialog[open]');
  const link = await page.getByRole('textbox', { name: 'Link' }).inputValue();
  await page.keyboard.press('Escape');
  await page.keyboard.press('?');
  await expect(page.getByRole('dialog', { name: 'Keyboard shortcuts' })).toBeVisible();
  await expectAccessible(page, 'shortcuts', 'dialog[open]');
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: /^Project/ }).click();
  await expectAccessible(page, 'project menu', '[role=menu]');
  await page.getByRole('menuitem', { name: 'Rename…' }).click();
  await expect(page.getByRole('dialog')).toBeVisible();
  await expectAccessible(page, 'rename', 'dialog[open]');
  await page.keyboard.press('Escape');
  for (const view of ['Libraries', 'Machine']) {
    await page.getByRole('tab', { name: view }).click();
    await expectAccessible(page, view, '[role=tabpanel]');
  }

  await page.goto('about:blank');
  await page.goto(link);
  await expect(page.getByRole('dialog')).toContainText('Your own work stays as it is');
  await expectAccessible(page, 'somebody else’s link', 'dialog[open]');
});

test('pages of text: no violation in either theme, nothing wider than a phone', async ({ page }) => {
  await page.setViewportSize({ width: 320, height: 640 });
  for (const path of ['learn/', 'docs/', 'docs/machine/', 'docs/libraries/uksched/']) {
    await page.goto(`./${path}`);
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
    await expectAccessible(page, path);
    await expectNoSidewaysScrolling(page, path);
  }
});

test('the documentation: links lead on, pictures are there, the keyboard reaches everything', async ({ page }) => {
  const missing: string[] = [];
  page.on('response', (response) => {
    if (response.status() >= 400) missing.push(response.url());
  });
  await page.goto('./');
  await page.getByRole('link', { name: 'Docs' }).click();
  await expect(page.getByRole('heading', { name: 'Documentation' })).toBeVisible();
  await tabTo(page, /^\s*The playground\s*$/);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1, name: 'The playground' })).toBeVisible();
  await page.getByRole('img', { name: 'The memory of a running image' }).scrollIntoViewIfNeeded();
  await expect
    .poll(() =>
      page
        .getByRole('img', { name: 'The memory of a running image' })
        .evaluate((img) => img instanceof HTMLImageElement && img.naturalWidth),
    )
    .toBeGreaterThan(400);
  await page.getByRole('article').getByRole('link', { name: 'introspection' }).click();
  await expect(page.getByRole('heading', { level: 1, name: /Introspection contract/ })).toBeVisible();
  await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'uksched', exact: true }).click();
  await expect(page.getByRole('article')).toContainText('Lets at least nsec nanoseconds pass.');
  await page.goto('./docs/');
  await page.getByRole('banner').getByRole('link', { name: 'Ukulele' }).click();
  await expect(page.getByRole('button', { name: 'Build & Boot' })).toBeVisible();
  expect(missing).toEqual([]);
});
