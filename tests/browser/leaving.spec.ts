import { expect, test } from '@playwright/test';

test('a page that is left while its compiler is on the way does no harm to the next', async ({ page }) => {
  for (let visit = 0; visit < 4; visit++) {
    await page.goto('./');
    const compiler = page.context().waitForEvent('response', (response) => /\/clang\/llvm/.test(response.url()));
    await page.locator('.monaco-editor .view-lines').first().click();
    await page.keyboard.type(' ');
    await compiler;
    await page.goto('about:blank');
  }
  await page.goto('./');
  // The first example may have been changed by what was typed, and is not booted then before it is built.
  await page.getByLabel('Example').selectOption('echo');
  await expect(page.getByTestId('uart')).not.toBeEmpty();
});

test('what was typed in the moment before a page is left is there when it opens again', async ({ page }) => {
  const lines = page.locator('.monaco-editor .view-lines').first();
  await page.goto('./');
  for (let visit = 0; visit < 12; visit++) {
    await lines.click();
    await page.keyboard.press('Control+A');
    await page.keyboard.insertText(`/* visit ${visit} */`);
    await expect(lines).toHaveText(`/* visit ${visit} */`);
    await page.reload();
    await expect(lines).toHaveText(`/* visit ${visit} */`, { timeout: 10_000 });
  }
});
