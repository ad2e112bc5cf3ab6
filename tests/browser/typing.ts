import type { Locator, Page } from '@playwright/test';

/** The lines of the file that the editor shows. */
export function editorLines(page: Page): Locator {
  return page.locator('.monaco-editor .view-lines').first();
}

/** Replaces the text of the open file, by keyboard as a person would. */
export async function typeInEditor(page: Page, text: string): Promise<void> {
  await editorLines(page).click();
  await page.keyboard.press('Control+A');
  await page.keyboard.press('Delete');
  await page.keyboard.insertText(text);
}
