import AxeBuilder from '@axe-core/playwright';
import { expect, test } from '@playwright/test';

test('the talk: slides by keyboard, demos that run, and a recorded run that ends as it did', async ({ page }) => {
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.goto('./talk/');
  const slide = page.locator('section.present');
  await expect(slide.getByRole('heading', { name: 'Unikernels on arm64' })).toBeVisible();
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
  const demo = slide.locator('iframe').contentFrame();

  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowRight');
  await expect(demo.getByTestId('uart')).toContainText('Hello, world!');
  await page.keyboard.press('ArrowRight');
  await expect(slide.getByRole('row', { name: /^libnolibc .* [\d,]+$/ })).toBeVisible();
  await page.emulateMedia({ colorScheme: 'light' });
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);

  await page.goto('./talk/#/7');
  await expect(demo.getByTestId('status')).toHaveText('Powered off');
  await page.keyboard.press('ArrowRight');
  await expect(demo.getByTestId('replay')).toContainText('in the very state that the sender saw');
  await expect(demo.getByTestId('uart')).toContainText(/is played again[\s\S]*is played again/);
});
