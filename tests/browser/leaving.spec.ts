import { expect, test } from '@playwright/test';
import { editorLines, typeInEditor } from './typing.ts';

test('a page that is left while its compiler is on the way does no harm to the next', async ({ page }) => {
  for (let visit = 0; visit < 4; visit++) {
    await page.goto('./');
    const compiler = page.context().waitForEvent('response', (response) => /\/clang\/llvm/.test(response.url()));
    await editorLines(page).click();
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
  const lines = editorLines(page);
  await page.goto('./');
  for (let visit = 0; visit < 5; visit++) {
    await typeInEditor(page, `/* visit ${visit} */`);
    await expect(lines).toHaveText(`/* visit ${visit} */`);
    await page.reload();
    await expect(lines).toHaveText(`/* visit ${visit} */`, { timeout: 10_000 });
  }
});

test('what is typed in one page is there in another with the same project, and outlives it', async ({ page, context }) => {
  const other = await context.newPage();
  for (const each of [page, other]) {
    await each.goto('./');
    await expect(editorLines(each)).toContainText('CONFIG_APPHELLOWORLD_WHOM');
  }
  await typeInEditor(page, '/* here */');
  await expect(editorLines(other)).toHaveText('/* here */');
  await typeInEditor(other, '/* there */');
  await expect(editorLines(page)).toHaveText('/* there */');
  await typeInEditor(page, '/* here again */');
  await other.reload();
  await expect(editorLines(other)).toHaveText('/* here again */');
  await other.close();
  await page.reload();
  await expect(editorLines(page)).toHaveText('/* here again */');
  // An example that nobody changed is not stored, but that it is open is.
  await page.getByLabel('Example').selectOption('echo');
  await expect(editorLines(page)).toContainText('Says again');
  await page.reload();
  await expect(page.getByLabel('Example')).toHaveValue('echo');
});
