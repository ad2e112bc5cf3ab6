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
