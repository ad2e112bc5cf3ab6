import { expect, test } from '@playwright/test';
import { expectAccessible, expectNoSidewaysScrolling, tabTo } from './accessible.ts';

/** The first build of a lesson compiles every file of its own configuration. */
const firstBuild = { timeout: 150_000 };

test('a lesson: a wrong answer is told what was seen, a solution passes, progress stays', async ({ page }) => {
  test.setTimeout(240_000);
  await page.goto('./learn/');
  await expectAccessible(page, 'lessons');
  await page.getByRole('link', { name: 'Hello in 27 KB' }).click();
  const lesson = page.getByRole('article', { name: 'Lesson' });
  await expect(lesson.getByRole('heading', { name: 'One program' })).toBeVisible();
  await lesson.getByRole('button', { name: 'Next' }).click();
  await expect(lesson.getByRole('heading', { name: 'Where it all lies' })).toBeFocused();
  await expect(page.getByRole('tab', { name: 'Memory map' })).toHaveAttribute('aria-selected', 'true');

  await lesson.getByRole('button', { name: 'Check' }).click();
  await expect(lesson.getByText(/of 6 checks hold/)).toBeVisible(firstBuild);
  await expect(lesson.getByText('it printed "Hello!"').first()).toBeVisible();
  await expect(lesson.getByText('the text "Hello, Ada!"')).toBeVisible();

  await lesson.getByRole('button', { name: /Give me a hint/ }).click();
  await expect(lesson.getByText('Hint 1: Which word is it?')).toBeVisible();
  await lesson.getByRole('button', { name: 'Show a solution' }).click();
  await lesson.getByRole('button', { name: 'Check' }).click();
  await expect(lesson.getByText('All 6 checks hold.')).toBeVisible();
  await expectAccessible(page, 'a lesson', '.lesson');
  // The person's own files come back.
  await lesson.getByRole('button', { name: 'Put my own files back' }).click();
  await expect(page.locator('.view-lines')).toContainText('There is no shell to come back to');

  await page.reload();
  await expect(lesson.getByText('step 2 of 5, passed')).toBeVisible();
  await lesson.getByRole('link', { name: 'All lessons' }).click();
  await expect(page.getByText('Passed.')).toBeVisible();
});

test('a whole lesson by keyboard alone, on a phone of 320 pixels', async ({ page }) => {
  test.setTimeout(240_000);
  await page.setViewportSize({ width: 320, height: 640 });
  await page.goto('./learn/');
  await tabTo(page, /^\s*Hello in 27 KB\s*$/);
  await page.keyboard.press('Enter');
  const lesson = page.getByRole('article', { name: 'Lesson' });
  for (const title of ['Where it all lies', 'Words from outside', 'Nobody to come back to', 'What it weighs']) {
    await expect(lesson.getByRole('button', { name: 'Next' })).toBeVisible();
    await expectNoSidewaysScrolling(page, `before ${title}`);
    await tabTo(page, /^\s*Next\s*$/);
    await page.keyboard.press('Enter');
    await expect(lesson.getByRole('heading', { name: title })).toBeFocused();
  }
  await tabTo(page, /^\s*Show a solution\s*$/);
  await page.keyboard.press('Enter');
  await expect(lesson.getByRole('button', { name: 'Put my own files back' })).toBeVisible();
  await tabTo(page, /^\s*Check\s*$/);
  await page.keyboard.press('Enter');
  await expect(lesson.getByText('All 6 checks hold.')).toBeVisible(firstBuild);
  await expectNoSidewaysScrolling(page, 'verdicts');
  await expect(lesson.getByRole('link', { name: /^Next lesson: Choosing libraries/ })).toBeVisible();
});
