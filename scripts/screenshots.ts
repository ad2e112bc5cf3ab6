/**
 * Takes the pictures of docs/images: every view, light and dark, wide and narrow. Needs a built site and Chromium:
 *
 *   npm run build && npm run screenshots [-- NAME ...]
 */
import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { chromium, type Browser, type Page } from '@playwright/test';
import { chromiumOptions } from './chromium.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const images = `${root}docs/images`;
const port = 4188;
const url = `http://localhost:${port}/`;
const wide = { width: 1280, height: 800 };
const narrow = { width: 360, height: 720 };
const wanted = process.argv.slice(2);

/** A view: how a person gets to it, on a page whose guest runs. */
type View = { name: string; tab: string; steps?: (page: Page) => Promise<unknown> };

const part = (page: Page, name: string) =>
  page.getByRole('group', { name: 'View of memory' }).getByRole('button', { name, exact: true }).click();

const views: View[] = [
  { name: 'playground', tab: 'Build' },
  {
    name: 'memory-map',
    tab: 'Memory map',
    steps: async (page) => {
      await page.getByRole('button', { name: 'Image', exact: true }).click();
      await page.getByLabel('List').selectOption({ label: 'symbol' });
      await page.getByTestId('map-table').getByRole('button').nth(4).click();
      await page.getByRole('button', { name: 'Image', exact: true }).click();
    },
  },
  { name: 'heap', tab: 'Memory map', steps: (page) => part(page, 'Heap') },
  { name: 'stacks', tab: 'Memory map', steps: (page) => part(page, 'Stacks') },
  {
    name: 'page-tables',
    tab: 'Memory map',
    steps: async (page) => {
      await part(page, 'Page tables');
      await page.getByRole('button', { name: 'Open all' }).click();
    },
  },
  { name: 'tlb', tab: 'Memory map', steps: (page) => part(page, 'TLB') },
  { name: 'exceptions', tab: 'Memory map', steps: (page) => part(page, 'Exceptions') },
  { name: 'image-size', tab: 'Image size' },
  // Last: it takes the machine.
  {
    name: 'debugger',
    tab: 'Debugger',
    steps: async (page) => {
      const letGo = page.getByRole('button', { name: 'Let go' });
      if (await letGo.isVisible()) await letGo.click();
      await page.getByRole('button', { name: /^Boot, and stop/ }).click();
      await page.getByLabel('Function, line or address to stop at').fill('main');
      await page.getByRole('button', { name: 'Stop there' }).click();
      await page.getByRole('button', { name: 'Continue' }).click();
      await page.getByText('Stopped at a breakpoint.').waitFor();
      await page.getByRole('button', { name: 'Step', exact: true }).click();
    },
  },
];

/** Pages without a guest. */
const pages = [
  { name: 'lessons', path: 'learn/' },
  { name: 'docs', path: 'docs/' },
  { name: 'library-reference', path: 'docs/libraries/uksched/' },
];

async function boot(page: Page): Promise<void> {
  await page.goto(url);
  await page.getByLabel('Example or project').selectOption('threads');
  await page.getByRole('button', { name: 'Build & Boot' }).click();
  await page.getByTestId('first-byte').waitFor();
}

async function main(): Promise<void> {
  mkdirSync(images, { recursive: true });
  const server = spawn('node', ['scripts/serve.mjs', 'build', '--port', String(port)], { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise((resolve) => server.stdout.once('data', resolve));
  const browser = await chromium.launch(chromiumOptions);
  try {
    await takeAll(browser);
  } finally {
    await browser.close();
    server.kill();
  }
}

async function takeAll(browser: Browser): Promise<void> {
  const page = await browser.newPage({ viewport: wide, reducedMotion: 'reduce' });
  page.setDefaultTimeout(300_000);
  await boot(page);
  for (const size of [wide, narrow]) {
    await page.setViewportSize(size);
    for (const { name, tab, steps } of views) {
      if (wanted.length > 0 && !wanted.includes(name)) continue;
      if (size === narrow) await page.getByRole('tab', { name: name === 'playground' ? 'Editor' : 'Views', exact: true }).click();
      if (size === wide || name !== 'playground') await page.getByRole('tab', { name: tab }).click();
      await steps?.(page);
      await takeThemes(page, `${name}-${size === wide ? 'wide' : 'narrow'}`);
    }
  }
  for (const { name, path } of pages) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    await page.goto(`${url}${path}`);
    for (const size of [wide, narrow]) {
      await page.setViewportSize(size);
      await takeThemes(page, `${name}-${size === wide ? 'wide' : 'narrow'}`);
    }
  }
}

async function takeThemes(page: Page, name: string): Promise<void> {
  for (const theme of ['light', 'dark'] as const) {
    await page.evaluate((chosen) => (document.documentElement.dataset.theme = chosen), theme);
    await page.emulateMedia({ colorScheme: theme });
    await page.screenshot({ path: `${images}/${name}-${theme}.png`, animations: 'disabled' });
  }
}

await main();
