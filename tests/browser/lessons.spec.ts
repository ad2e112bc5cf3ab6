import AxeBuilder from '@axe-core/playwright';
import { expect, test } from '@playwright/test';

test('a lesson: a wrong answer is told what was seen, a solution passes, progress stays', async ({ page }) => {
  await page.goto('./learn/');
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
  await page.getByRole('link', { name: 'Hello in 27 KB' }).click();
  const lesson = page.getByRole('article', { name: 'Lesson' });
  await expect(lesson.getByRole('heading', { name: 'One program' })).toBeVisible();
  await lesson.getByRole('button', { name: 'Next' }).click();
  await expect(lesson.getByRole('heading', { name: 'Where it all lies' })).toBeFocused();
  await expect(page.getByRole('tab', { name: 'Memory map' })).toHaveAttribute('aria-selected', 'true');

  await lesson.getByRole('button', { name: 'Check' }).click();
  await expect(lesson.getByText(/of 6 checks hold/)).toBeVisible();
  await expect(lesson.getByText('it printed "Hello!"').first()).toBeVisible();
  await expect(lesson.getByText('the text "Hello, Ada!"')).toBeVisible();

  await lesson.getByRole('button', { name: /Give me a hint/ }).click();
  await expect(lesson.getByText('Hint 1: Which word is it?')).toBeVisible();
  await lesson.getByRole('button', { name: 'Show a solution' }).click();
  await lesson.getByRole('button', { name: 'Check' }).click();
  await expect(lesson.getByText('All 6 checks hold.')).toBeVisible();
  expect((await new AxeBuilder({ page }).include('.lesson').analyze()).violations).toEqual([]);
  // The person's own files come back.
  await lesson.getByRole('button', { name: 'Put my own files back' }).click();
  await expect(page.locator('.view-lines')).toContainText('There is no shell to come back to');

  await page.reload();
  await expect(lesson.getByText('step 2 of 5, passed')).toBeVisible();
  await lesson.getByRole('link', { name: 'All lessons' }).click();
  await expect(page.getByText('Passed.')).toBeVisible();
});
