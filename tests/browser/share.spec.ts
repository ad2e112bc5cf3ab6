import { readFileSync } from 'node:fs';
import { expect, test, type Page } from '@playwright/test';
import { editorLines } from './typing.ts';

const uart = (page: Page) => page.getByTestId('uart');
const state = (page: Page) => page.getByTestId('machine-state');

/** The link that the Share dialog shows. */
async function sharedLink(page: Page): Promise<string> {
  await expect(page.getByRole('textbox', { name: 'Link' })).toHaveValue(/#v2:/);
  return page.getByRole('textbox', { name: 'Link' }).inputValue();
}

test('a run is shared as a link, replays to the same instruction elsewhere, and is proved by hashes', async ({ page, browser }) => {
  await page.goto('./');
  await page.getByLabel('Example').selectOption('echo');
  await expect(state(page)).toHaveText('Waiting for input');
  await page.locator('.xterm').click();
  await page.keyboard.type('guten Tag\n');
  await expect(uart(page)).toContainText(/guten Tag[\s\S]*guten Tag/);

  await page.getByRole('button', { name: 'Share' }).click();
  await page.getByLabel(/With the run/).check();
  await expect(page.getByText(/the run too/)).toContainText(/characters long/);
  const link = await sharedLink(page);
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Save the machine as a file' }).click();
  const snapshot = await (await download).path();
  await page.getByRole('button', { name: 'Close' }).click();

  // Somebody else, with work of their own.
  const other = await (await browser.newContext()).newPage();
  await other.goto(link);
  await expect(other.getByRole('dialog')).toContainText(/a run of .* instructions with input in \d+\s+piece/);
  await other.getByRole('button', { name: 'Open', exact: true }).click();
  await expect(other.getByTestId('replay')).toContainText('in the very state that the sender saw');
  await expect(uart(other)).toContainText(/guten Tag[\s\S]*guten Tag/);
  await expect(state(other)).toHaveText('Paused');
  // And it goes on from there.
  await other.getByRole('button', { name: 'Resume' }).click();
  await other.locator('.xterm').click();
  await other.keyboard.type('und weiter\n');
  await expect(uart(other)).toContainText(/und weiter[\s\S]*und weiter/);

  // What was made of it since is not lost when the link is opened again.
  await editorLines(other).click();
  await other.keyboard.press('Control+Home');
  await other.keyboard.type('// since then');
  await other.keyboard.press('Control+S');
  await other.goto('about:blank');
  await other.goto(link);
  await other.getByRole('button', { name: 'Open', exact: true }).click();
  await expect(other.getByTestId('replay')).toContainText('in the very state that the sender saw');
  const chosen = other.getByLabel('Example or project');
  await expect(editorLines(other)).not.toContainText('// since then');
  await expect(chosen.locator('optgroup[label="Your projects"] option')).toHaveCount(2);

  // The machine itself, by file.
  await other.goto('./');
  await expect(uart(other)).not.toBeEmpty();
  await drop(other, snapshot);
  await expect(other.getByRole('dialog')).toContainText(/a machine with 64 MiB of memory/);
  await other.getByRole('button', { name: 'Open', exact: true }).click();
  await expect(state(other)).toHaveText('Paused');
  await expect(uart(other)).toContainText('guten Tag');
  await other.getByRole('button', { name: 'Resume' }).click();
  await expect(state(other)).toHaveText('Waiting for input');
  await other.locator('.xterm').click();
  await other.keyboard.type('aus der Datei\n');
  await expect(uart(other)).toContainText(/aus der Datei[\s\S]*aus der Datei/);

  // Hostile ones say why not, and touch nothing.
  await drop(other, snapshot, (bytes) => bytes.subarray(0, bytes.length - 7));
  await expect(other.getByRole('dialog')).toContainText('cut off');
  await other.getByRole('button', { name: 'Close' }).click();
  await other.goto('about:blank');
  await other.goto(link.slice(0, -9));
  await expect(other.getByRole('dialog')).toContainText('This link cannot be opened');
  await other.context().close();
});

/** Drops a file from the disk on the page, changed if asked. */
async function drop(page: Page, path: string, change: (bytes: Buffer) => Buffer = (bytes) => bytes): Promise<void> {
  const base64 = change(readFileSync(path)).toString('base64');
  const data = await page.evaluateHandle(async (text) => {
    const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
    const transfer = new DataTransfer();
    transfer.items.add(new File([bytes], 'saved.uksnapshot'));
    return transfer;
  }, base64);
  await page.dispatchEvent('main', 'drop', { dataTransfer: data });
}
