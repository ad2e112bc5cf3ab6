import { expect, test, type Page } from '@playwright/test';
import { expectAccessible } from './accessible.ts';
import { editorLines, typeInEditor } from './typing.ts';

/** One longer journey with a program of one's own: its first compilation is what costs time. */
const uart = (page: Page) => page.getByTestId('uart');
const state = (page: Page) => page.getByTestId('machine-state');

const memoryProgram = `#include <stdio.h>
#include <stdlib.h>
#include <uk/alloc.h>

volatile char witness[16] = "witness-of-test";

int main(void)
{
	struct uk_alloc *a = uk_alloc_get_default();
	void *p[9];

	for (int i = 0; i < 9; i++)
		p[i] = malloc(1000 + 500 * i);
	for (int i = 1; i < 9; i += 2)
		free(p[i]);
	printf("free %ld largest %ld\\n", (long)uk_alloc_availmem(a), (long)uk_alloc_maxalloc(a));
	for (volatile unsigned long i = 0;; i++)
		witness[15] = i >> 24;
}
`;

test("the memory of one's own running program, every view of it, and where its image's bytes go", async ({ page }) => {
  test.setTimeout(240_000);
  await page.goto('./');
  await expect(editorLines(page)).toContainText('int main');
  await typeInEditor(page, memoryProgram);
  await page.getByRole('button', { name: 'Build & Boot' }).click();
  await expect(uart(page)).toContainText(/free \d+ largest \d+/);
  const [, free, largest] = /free (\d+) largest (\d+)/.exec(await uart(page).innerText())?.map(Number) ?? [];
  await page.getByRole('tab', { name: 'Memory map' }).click();
  const panel = page.getByRole('tabpanel', { name: 'Memory map' });
  const table = panel.getByTestId('map-table');
  await expect(table).toContainText('.text');
  await expect(panel.locator('.mark').first()).toBeVisible();
  await expect(state(page)).toHaveText('Running');
  // What it does goes on being shown while it stands still.
  await page.getByRole('button', { name: 'Pause' }).click();

  // By keyboard on the map: everything, then the image, closer and closer; the table follows.
  const map = panel.getByRole('application');
  await map.focus();
  await page.keyboard.press('0');
  await expect(map).toHaveAccessibleName(/from 0x0000_0000/);
  await panel.getByRole('button', { name: 'Image', exact: true }).click();
  await panel.getByLabel('List').selectOption({ label: 'symbol' });
  await expect(table).toContainText('libkvmplat');
  await panel.getByLabel('List').selectOption({ label: 'use' });
  await table.getByRole('row', { name: '.data' }).getByRole('button').click();
  await panel.getByLabel('List').selectOption({ label: 'symbol' });
  await table.getByRole('row', { name: 'witness' }).getByRole('button').click();
  const inspector = panel.getByRole('region', { name: /^Byte at/ });
  await expect(inspector.getByTestId('byte-owner')).toContainText('witness');
  await expect(inspector).toContainText('apphelloworld');
  await expect(inspector.getByRole('gridcell', { selected: true })).toHaveText('77');
  await inspector.getByRole('gridcell', { selected: true }).press('ArrowRight');
  await expect(inspector.getByRole('gridcell', { selected: true })).toHaveText('69');
  await expect(inspector.getByTestId('byte-owner')).toContainText('+ 0x1');
  await panel.getByRole('combobox', { name: 'Address space' }).selectOption('virtual');
  await expect(inspector).toContainText('memory: read/write');
  await expect(inspector).toContainText('level 1 [1] → level 2 [0]');
  await expectAccessible(page, 'memory map', '[role=tabpanel]');
  await inspector.getByRole('button', { name: 'main.c:5' }).click();
  await expect(page.locator('.monaco-editor').first()).toContainText('witness-of-test');

  const parts = panel.getByRole('group', { name: 'View of memory' });
  await parts.getByRole('button', { name: 'Heap' }).click();
  const sum = panel.getByTestId('heap-sum');
  await expect(sum).toContainText(`${free.toLocaleString('en-US')} free`);
  await expect(sum).toContainText(`largest free block has ${largest.toLocaleString('en-US')} bytes`);
  await expectAccessible(page, 'heap', '[role=tabpanel]');
  await parts.getByRole('button', { name: 'Stacks' }).click();
  await expect(panel.getByRole('row', { name: /boot stack/ })).toContainText('runs');
  await expectAccessible(page, 'stacks', '[role=tabpanel]');
  await parts.getByRole('button', { name: 'Page tables' }).click();
  await panel.getByRole('button', { name: 'Open all' }).click();
  await expect(panel.getByRole('row', { name: /read\/execute/ })).toContainText('Normal, write-back');
  await expectAccessible(page, 'page tables', '[role=tabpanel]');
  await parts.getByRole('button', { name: 'TLB' }).click();
  await expect(panel.getByTestId('tlb-table')).toContainText('data, EL1');
  await expect(panel.getByTestId('tlb-table')).toContainText('read/write');
  await expectAccessible(page, 'TLB', '[role=tabpanel]');
  await parts.getByRole('button', { name: 'Exceptions' }).click();
  await expect(panel).toContainText(/No exception has been taken|since the start/);

  // With the whole window, and back.
  await page.getByRole('button', { name: 'Use the whole window' }).click();
  await expect(editorLines(page)).not.toBeInViewport({ ratio: 0.9 });
  await page.getByRole('tab', { name: 'Image size' }).click();
  const sizes = page.getByRole('tabpanel', { name: 'Image size' });
  await sizes.getByRole('button', { name: 'apphelloworld' }).click();
  await expect(sizes.getByRole('row', { name: /witness/ })).toContainText('16');
  await expect(state(page)).toHaveText('Paused');
  await expectAccessible(page, 'image size', '[role=tabpanel]');
  await page.getByRole('button', { name: 'Use the whole window' }).click();
  await expect(editorLines(page)).toBeInViewport();
});
