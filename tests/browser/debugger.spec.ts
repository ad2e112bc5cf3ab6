import { expect, test } from '@playwright/test';
import { expectAccessible } from './accessible.ts';
import { editorLines } from './typing.ts';

test('the debugger: from the first instruction to main(), to the end, and all the way back', async ({ page }) => {
  const uart = page.getByTestId('uart');
  await page.goto('./');
  await expect(page.getByTestId('machine-state')).toHaveText('Powered off');
  await page.getByRole('tab', { name: 'Debugger' }).click();
  const panel = page.getByRole('tabpanel', { name: 'Debugger' });
  await panel.getByRole('button', { name: /^Boot, and stop/ }).click();
  const place = panel.getByTestId('debug-place');
  await expect(place).toContainText('0 of 0 instructions');
  await expect(page.getByTestId('machine-state')).toHaveText('Paused');

  const where = panel.getByRole('textbox', { name: 'Function, line or address to stop at' });
  await where.fill('nowhere');
  await where.press('Enter');
  await expect(panel.getByRole('alert')).toContainText('no instruction there');
  await where.fill('main');
  await where.press('Enter');
  await expect(panel.getByRole('region', { name: 'Breakpoints' }).getByRole('listitem')).toContainText('main');
  await panel.getByRole('button', { name: 'Continue' }).click();
  await expect(place).toContainText('Stopped at a breakpoint.');
  await expect(place).toContainText('in main()');
  await expect(panel.getByRole('region', { name: 'Calls' }).getByRole('listitem').first()).toContainText(/main\(\)\s*main\.c:\d+/);
  await expect(uart).not.toContainText('Hello');
  await panel.getByRole('button', { name: 'Step to another line' }).click();
  await expect(place).not.toContainText('Stopped at a breakpoint.');
  await expectAccessible(page, 'debugger', '[role=tabpanel]');

  await panel.getByRole('button', { name: 'Continue' }).click();
  await expect(place).toContainText('powered the machine off');
  await expect(uart).toContainText('Hello');
  const printed = await uart.innerText();
  await panel.getByRole('button', { name: 'Step back', exact: true }).click();
  await expect(place).not.toContainText('powered the machine off');
  await panel.getByRole('button', { name: 'Back to a breakpoint' }).click();
  await expect(place).toContainText('in main()');
  await panel.getByRole('slider', { name: 'Place in the run' }).press('Home');
  await expect(place).toContainText(/^\s*0 of [\d,]{6,} instructions/);
  // What it says on the way to where it has been, it has said before.
  await panel.getByRole('button', { name: 'Continue' }).click();
  await expect(place).toContainText('in main()');
  await panel.getByRole('button', { name: 'Continue' }).click();
  await expect(place).toContainText('powered the machine off');
  expect(await uart.innerText()).toBe(printed);

  await panel.getByRole('button', { name: 'Let go' }).click();
  await page.getByRole('group', { name: 'Build and run' }).getByRole('button', { name: 'Resume' }).click();
  await expect(page.getByTestId('machine-state')).toHaveText('Powered off');
});

test('it stops at a line that was marked in the editor, and before a variable is written, forwards and back', async ({ page }) => {
  await page.goto('./');
  await page.getByLabel('Example or project').selectOption('threads');
  await expect(page.getByTestId('machine-state')).toHaveText('Powered off');
  const code = editorLines(page);
  await expect(code).toContainText('Threads that sleep');
  await code.click();
  await page.keyboard.press('Control+G');
  await page.keyboard.insertText('85');
  await page.keyboard.press('Enter');
  await page.keyboard.press('F9');
  await expect(page.locator('.debug-stop')).toBeVisible();

  await page.getByRole('tab', { name: 'Debugger' }).click();
  const panel = page.getByRole('tabpanel', { name: 'Debugger' });
  const stops = panel.getByRole('region', { name: 'Breakpoints' });
  await expect(stops.getByRole('listitem')).toContainText('main.c:85');
  await panel.getByRole('button', { name: /^Boot, and stop/ }).click();
  const place = panel.getByTestId('debug-place');
  await expect(place).toContainText('0 of 0 instructions');
  await expect(stops).not.toContainText('no code was made of it');

  const variable = panel.getByRole('textbox', { name: 'Variable or address to watch' });
  await variable.fill('nothing');
  await variable.press('Enter');
  await expect(panel.getByRole('alert')).toContainText('no variable of that name');
  await variable.fill('balance');
  await variable.press('Enter');
  await expect(panel.getByRole('region', { name: 'Watched memory' }).getByRole('listitem')).toContainText('balance, 4 B, when written');
  await panel.getByRole('button', { name: 'Continue' }).click();
  await expect(place).toContainText('balance is about to be written');
  await expect(place).toContainText('in spender()');
  await expect(page.locator('.debug-here')).toBeVisible();
  await expect(panel.getByRole('region', { name: 'Calls' }).getByRole('listitem').first()).toContainText('main.c:50');
  await panel.getByRole('button', { name: 'Continue' }).click();
  await expect(place).toContainText('balance is about to be written');
  await panel.getByRole('button', { name: 'Continue' }).click();
  await expect(place).toContainText('in main()');
  await expect(panel.getByRole('region', { name: 'Calls' }).getByRole('listitem').first()).toContainText('main.c:85');
  await expect(page.getByTestId('uart')).not.toContainText('All done');
  // Who wrote it last?
  await panel.getByRole('button', { name: 'Back to a breakpoint' }).click();
  await expect(place).toContainText('balance is about to be written');
  await expect(place).toContainText('in spender()');
});
