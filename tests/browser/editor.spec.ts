import { readFileSync } from 'node:fs';
import { expect, test, type Page } from '@playwright/test';
import { unzipSync } from 'fflate';
import { expectAccessible } from './accessible.ts';
import { editorLines, typeInEditor } from './typing.ts';

/** One longer journey: the first compilation is what costs time. */
const uart = (page: Page) => page.getByTestId('uart');
const state = (page: Page) => page.getByTestId('machine-state');

async function open(page: Page): Promise<void> {
  await page.goto('./');
  await expect(page.getByRole('button', { name: 'Build & Boot' })).toBeVisible();
  await expect(editorLines(page)).toContainText('int main');
}

test('the editor: problems and completion while typing, definitions, tabs, undo, projects, zip, an ELF file from the disk', async ({
  page,
}) => {
  await open(page);
  await typeInEditor(page, '#include <stdio.h>\n\nint main(void)\n{\n\tprintf("hi %d\\n", missing);\n\t\n\treturn 0;\n}\n');
  await expect(page.locator('.squiggly-error').first()).toBeVisible();
  await expect(page.getByRole('list', { name: /^Files of/ })).toContainText('1');
  await expectAccessible(page, 'editor');

  await page.keyboard.press('Control+G');
  await page.keyboard.insertText('6:2');
  await page.keyboard.press('Enter');
  await page.keyboard.type('putch', { delay: 20 });
  await page.keyboard.press('Control+Space');
  await expect(page.locator('.suggest-widget')).toContainText('putchar');
  await page.keyboard.press('Enter');
  await expect(editorLines(page)).toContainText('putchar(');
  await page.keyboard.press('Escape');

  await page.keyboard.press('Control+G');
  await page.keyboard.insertText('5');
  await page.keyboard.press('Enter');
  // Before the line's text, then into its first word.
  await page.keyboard.press('Home');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('F12');
  const tabs = page.getByRole('navigation', { name: 'Open files' });
  await expect(tabs.getByRole('button').nth(2)).toHaveAttribute('title', /library source, read only: libs\/nolibc/);
  await tabs.getByRole('button', { name: 'Close', exact: false }).last().click();
  await expect(tabs.getByRole('button')).toHaveCount(1);

  await page.getByRole('button', { name: 'New file' }).click();
  await page.getByPlaceholder('file.c').fill('extra.h');
  await page.keyboard.press('Enter');
  const files = page.getByRole('list', { name: /^Files of/ });
  await expect(files).toContainText('extra.h');
  await files.getByRole('button', { name: 'Delete extra.h' }).click();
  await expect(files).not.toContainText('extra.h');
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(files).toContainText('extra.h');

  const projectMenu = async (name: string) => {
    await page.getByRole('button', { name: /^Project/ }).click();
    await page.getByRole('menuitem', { name }).click();
  };
  await projectMenu('Duplicate…');
  await page.getByLabel('Name').fill('My first unikernel');
  await page.keyboard.press('Enter');
  const chooser = page.getByLabel('Example or project');
  await expect(chooser.locator('option:checked')).toHaveText('My first unikernel');
  await typeInEditor(page, '#include <stdio.h>\n\nint main(void)\n{\n\tprintf("from a zip\\n");\n\treturn 0;\n}\n');
  const download = page.waitForEvent('download');
  await projectMenu('Export as zip');
  const zip = readFileSync(await (await download).path());
  const packed = unzipSync(zip);
  expect(Object.keys(packed).sort()).toEqual(
    ['Config.uk', 'Makefile', 'Makefile.uk', 'My-first-unikernel.elf', 'defconfig', 'extra.h', 'main.c', 'ukulele.json'].sort(),
  );
  await projectMenu('Delete');
  await expect(chooser.locator('option:checked')).toHaveText('helloworld');
  await expect(chooser).not.toContainText('My first unikernel');
  await page.getByTestId('open-from-disk').setInputFiles({ name: 'a.zip', mimeType: 'application/zip', buffer: zip });
  await expect(chooser.locator('option:checked')).toHaveText('My first unikernel');
  await expect(editorLines(page)).toContainText('from a zip');

  const elf = [...packed['My-first-unikernel.elf']];
  const transfer = await page.evaluateHandle((bytes) => {
    const data = new DataTransfer();
    data.items.add(new File([new Uint8Array(bytes)], 'dropped.elf'));
    return data;
  }, elf);
  await page.dispatchEvent('body', 'dragover', { dataTransfer: transfer });
  await page.dispatchEvent('body', 'drop', { dataTransfer: transfer });
  await expect(uart(page)).toContainText('from a zip');
  await expect(state(page)).toHaveText('Powered off');
});
