import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, type Page } from '@playwright/test';
import { editorLines, typeInEditor } from './typing.ts';

/** Opens the playground and fails the test on any request that leaves the page's origin. */
async function open(page: Page): Promise<{ strangers: string[] }> {
  const origin = new URL(test.info().project.use.baseURL ?? '').origin;
  const strangers: string[] = [];
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (!['data:', 'blob:'].includes(url.protocol) && url.origin !== origin) strangers.push(request.url());
  });
  await page.goto('./');
  await expect(page.getByRole('button', { name: 'Build & Boot' })).toBeVisible();
  return { strangers };
}

const uart = (page: Page) => page.getByTestId('uart');
const state = (page: Page) => page.getByTestId('machine-state');

/** Returns when the build has ended, well or badly. */
async function buildAndBoot(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Build & Boot' }).click();
  await page.getByRole('tab', { name: /^Build/ }).click();
  await expect(page.getByTestId('build-log')).toContainText(/Built in|build failed|Build stopped/);
}

async function chooseExample(page: Page, name: string): Promise<void> {
  await page.getByLabel('Example').selectOption(name);
}

const program = (body: string) => `#include <stdio.h>\n\nint main(int argc, char *argv[])\n{\n${body}\n\treturn 0;\n}\n`;

test('edits helloworld, builds, boots, reads it in the terminal; the edit survives a reload', async ({ page }) => {
  const { strangers } = await open(page);
  expect(await page.evaluate(() => crossOriginIsolated)).toBe(false);
  await typeInEditor(page, program('\tprintf("Aloha, %s %d!\\n", "unikernel", 6 * 7);'));
  await buildAndBoot(page);
  await expect(uart(page)).toContainText('Aloha, unikernel 42!');
  await expect(state(page)).toHaveText('Powered off');

  await page.reload();
  await expect(editorLines(page)).toContainText('Aloha');
  expect(strangers).toEqual([]);
});

test('echo reads back what is typed', async ({ page }) => {
  await open(page);
  await chooseExample(page, 'echo');
  await buildAndBoot(page);
  await expect(state(page)).toHaveText('Waiting for input');
  await page.locator('.xterm').click();
  await page.keyboard.type('bonjour 123\n');
  await expect(uart(page)).toContainText(/bonjour 123[\s\S]*bonjour 123/);
});

test('a syntax error is marked at its line, and the old image still boots', async ({ page }) => {
  await open(page);
  await buildAndBoot(page);
  await expect(state(page)).toHaveText('Powered off');

  await typeInEditor(page, program('\tprintf("oops")\n\tint x = ;'));
  await page.keyboard.press('Control+Enter');
  const log = page.getByTestId('build-log');
  await expect(log).toContainText('main.c:5');
  await expect(log).toContainText("expected ';'");
  await expect(page.locator('.squiggly-error').first()).toBeVisible();

  await page.getByRole('button', { name: 'Boot again' }).click();
  await expect(state(page)).toHaveText('Powered off');
  await expect(uart(page)).not.toBeEmpty();
});

test('an endless loop leaves the page live, and Stop works', async ({ page }) => {
  await open(page);
  await typeInEditor(page, program('\tvolatile int i = 0;\n\tprintf("spinning\\n");\n\tfor (;;)\n\t\ti++;'));
  await buildAndBoot(page);
  await expect(uart(page)).toContainText('spinning');
  await expect(state(page)).toHaveText('Running');
  await page.getByRole('tab', { name: 'Memory map' }).click();
  await expect(page.getByRole('tabpanel', { name: 'Memory map' })).toContainText('RAM 0x4000_0000');
  await page.getByRole('button', { name: 'Stop', exact: true }).click();
  await expect(state(page)).toHaveText('Stopped');
});

test('a guest that floods the UART leaves the page live, and Stop works', async ({ page }) => {
  await open(page);
  await typeInEditor(page, program('\tfor (;;)\n\t\tputs("flood");'));
  await buildAndBoot(page);
  await expect(uart(page)).toContainText('flood');
  await page.getByRole('button', { name: 'Stop', exact: true }).click();
  await expect(state(page)).toHaveText('Stopped');
});

test('the page and the command line make the same bytes', async ({ page }) => {
  await open(page);
  await buildAndBoot(page);
  await expect(state(page)).toHaveText('Powered off');
  await page.getByRole('tab', { name: 'Image size' }).click();
  const hash = await page.getByTestId('image-hash').innerText();

  const folder = mkdtempSync(join(tmpdir(), 'same-bytes-'));
  try {
    const args = ['cli/uk.mjs', 'build', 'static/sysroot/apps/helloworld', '--out', folder, '--json'];
    const built: { elf: string } = JSON.parse(execFileSync('node', args, { encoding: 'utf8', maxBuffer: 1 << 26 }));
    expect(createHash('sha256').update(readFileSync(built.elf)).digest('hex')).toBe(hash);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('switching the allocator changes the image', async ({ page }) => {
  await open(page);
  await buildAndBoot(page);
  await expect(state(page)).toHaveText('Powered off');
  await page.getByRole('tab', { name: 'Image size' }).click();
  const panel = page.getByRole('tabpanel', { name: 'Image size' });
  await expect(panel.locator('tbody')).toContainText('libukalloc');
  const before = await panel.locator('caption').innerText();

  await page.getByRole('tab', { name: 'Libraries' }).click();
  await page.getByPlaceholder(/Search libraries/).fill('region');
  // Both in one turn of the page: what was chosen last is built, however fast a person is.
  const choice = await page.getByRole('radio', { name: /region/i }).elementHandle();
  const button = await page.getByRole('button', { name: 'Build & Boot' }).elementHandle();
  await page.evaluate((pressed) => pressed.forEach((each) => each instanceof HTMLElement && each.click()), [choice, button]);
  await page.getByRole('tab', { name: 'Image size' }).click();
  await expect(panel.locator('tbody').first()).toContainText('libukallocregion');
  await expect(panel.getByRole('row', { name: /^libukallocbbuddy/ })).toContainText('left out');
  await expect(uart(page)).not.toBeEmpty();
  expect(await panel.locator('caption').innerText()).not.toBe(before);
});

test('guests that go wrong are reported, and the page goes on working', async ({ page }) => {
  await open(page);
  await typeInEditor(page, program('\tvoid (*nowhere)(void) = (void (*)(void))0x123450000000;\n\tnowhere();'));
  await buildAndBoot(page);
  await expect(uart(page)).toContainText(/instruction (fetch|abort)/i);
  await expect(state(page)).toHaveText('Powered off');

  await typeInEditor(page, program('\tundefined_function();'));
  await buildAndBoot(page);
  await expect(page.getByTestId('build-log')).toContainText('undefined_function');

  await typeInEditor(page, 'static char big[128 << 20];\n' + program('\tbig[argc] = 1;\n\tprintf("%d\\n", big[argc + 1]);'));
  await buildAndBoot(page);
  await expect(state(page)).toContainText(/Not booted.*(memory|RAM)/i);

  await typeInEditor(page, program('\tprintf("still here\\n");'));
  await buildAndBoot(page);
  await expect(uart(page)).toContainText('still here');
});
