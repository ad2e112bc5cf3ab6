import { expect, test } from '@playwright/test';
import { expectAccessible } from './accessible.ts';

test('the memory of an image: down to the line that a byte of code was made of, heap, stacks, page tables, TLB, exceptions', async ({
  page,
}) => {
  await page.goto('./');
  await page.getByLabel('Example or project').selectOption('threads');
  await expect(page.getByTestId('machine-state')).toHaveText('Powered off');
  await page.getByRole('tab', { name: 'Memory map' }).click();
  const panel = page.getByRole('tabpanel', { name: 'Memory map' });
  const table = panel.getByTestId('map-table');
  await expect(table).toContainText('.text');

  await panel.getByRole('button', { name: 'Image', exact: true }).click();
  await panel.getByLabel('List').selectOption({ label: 'part' });
  await table.getByRole('row', { name: 'appthreads' }).first().getByRole('button').click();
  await panel.getByLabel('List').selectOption({ label: 'symbol' });
  await table
    .getByRole('row')
    .filter({ has: page.getByRole('rowheader', { name: /^main\b/ }) })
    .getByRole('button')
    .click();
  const inspector = panel.getByRole('region', { name: /^Byte at/ });
  await expect(inspector.getByTestId('byte-owner')).toContainText('main');
  const source = inspector.getByTestId('byte-source');
  await expect(source).toContainText(/main\.c:\d+ in main\(\)/);
  await inspector.getByRole('gridcell', { selected: true }).press('ArrowDown');
  await expect(inspector.getByTestId('byte-owner')).toContainText('+ 0x10');
  await source.getByRole('button').first().click();
  await expect(page.getByRole('region', { name: 'Editor: main.c' })).toBeVisible();

  const parts = panel.getByRole('group', { name: 'View of memory' });
  await parts.getByRole('button', { name: 'Heap' }).click();
  await expect(panel.getByTestId('heap-sum')).toContainText('bytes in use');
  await parts.getByRole('button', { name: 'Stacks' }).click();
  await expect(panel.getByRole('row', { name: /boot stack|main/ }).first()).toBeVisible();
  await parts.getByRole('button', { name: 'Page tables' }).click();
  await panel.getByRole('button', { name: 'Open all' }).click();
  await expect(panel.getByRole('row', { name: /read\/execute/ }).first()).toContainText('Normal, write-back');
  await parts.getByRole('button', { name: 'TLB' }).click();
  await expect(panel.getByTestId('tlb-table')).toContainText('data, EL1');
  await expect(panel.getByTestId('tlb-table')).toContainText('read/write');
  await parts.getByRole('button', { name: 'Exceptions' }).click();
  await expect(panel).toContainText('interrupt 27: virtual timer');
  await expectAccessible(page, 'exceptions', '[role=tabpanel]');
});
