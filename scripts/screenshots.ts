/**
 * Takes the pictures of docs/images: every view, light and dark, wide and narrow. Needs a built site, Chromium, and pngquant, which makes
 * them less than half as large (Debian packages of these names):
 *
 *   npm run build && npm run screenshots [-- NAME ...]
 */
import { execFileSync, spawn } from 'node:child_process';
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

/** A view: how a person gets to it, on a page whose guest has run. `whole`: it has the whole of a wide window. */
type View = { name: string; tab: string; whole?: boolean; steps?: (page: Page) => Promise<unknown> };

const part = (page: Page, name: string) =>
  page.getByRole('group', { name: 'View of memory' }).getByRole('button', { name, exact: true }).click();

const views: View[] = [
  {
    name: 'playground',
    tab: 'Memory map',
    steps: async (page) => {
      if (await page.getByRole('tab', { name: 'Memory map' }).isVisible()) await page.getByTestId('map-table').waitFor();
      await coloured(page);
    },
  },
  {
    name: 'memory-map',
    tab: 'Memory map',
    whole: true,
    steps: async (page) => {
      await page.getByRole('button', { name: 'Image', exact: true }).click();
      await page.getByLabel('List').selectOption({ label: 'symbol' });
      await page.getByTestId('map-table').getByRole('button').nth(4).click();
      await page.getByRole('button', { name: 'Image', exact: true }).click();
    },
  },
  {
    name: 'heap',
    tab: 'Memory map',
    whole: true,
    steps: async (page) => {
      await part(page, 'Heap');
      await page
        .getByText(/^Blocks from/)
        .last()
        .click();
    },
  },
  { name: 'stacks', tab: 'Memory map', whole: true, steps: (page) => part(page, 'Stacks') },
  {
    name: 'page-tables',
    tab: 'Memory map',
    whole: true,
    steps: async (page) => {
      await part(page, 'Page tables');
      await page.getByRole('button', { name: 'Open all' }).click();
    },
  },
  { name: 'tlb', tab: 'Memory map', whole: true, steps: (page) => part(page, 'TLB') },
  { name: 'exceptions', tab: 'Memory map', whole: true, steps: (page) => part(page, 'Exceptions') },
  { name: 'image-size', tab: 'Image size', whole: true },
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

/** Parts of the page that are no views of the machine: what opens them, and what leads back. */
type Part = { name: string; open: (page: Page) => Promise<unknown> };
const escape = (page: Page) => page.keyboard.press('Escape');
const parts: Part[] = [
  {
    name: 'libraries',
    open: async (page) => {
      const project = page.getByRole('tab', { name: 'Project', exact: true });
      if (await project.isVisible()) await project.click();
      await page.getByRole('tab', { name: 'Libraries' }).click();
      await page.getByPlaceholder(/Search libraries/).fill('alloc');
    },
  },
  { name: 'share', open: (page) => page.getByRole('button', { name: 'Share' }).click() },
  { name: 'offline', open: (page) => page.getByRole('button', { name: /^Offline/ }).click() },
];

/** Pages of their own. `ready`: text that is there when everything is. */
const pages = [
  { name: 'lessons', path: 'learn/', ready: 'MMU and the 1:1 map' },
  { name: 'lesson', path: 'learn/mmu/#how-the-cpu-looks-it-up', ready: 'Bits 47 to 12' },
  { name: 'embedded', path: 'embed/?lesson=uart', ready: 'Give me a hint' },
  { name: 'talk', path: 'talk/', ready: 'Unikernels on arm64' },
  { name: 'docs', path: 'docs/', ready: 'A tour in ten minutes' },
  { name: 'library-reference', path: 'docs/libraries/uksched/', ready: 'uk_sched_yield' },
];

async function boot(page: Page): Promise<void> {
  await page.goto(url);
  await page.getByLabel('Example or project').selectOption('threads');
  await page.getByRole('button', { name: 'Build & Boot' }).click();
  await page.getByTestId('first-byte').filter({ hasText: 'after the click' }).waitFor();
  await coloured(page);
  await page.getByTestId('build-log').getByText('Built in').waitFor();
}

/** The editor colours its text line by line, some time after it shows it. */
async function coloured(page: Page): Promise<void> {
  await page.waitForFunction(() => {
    const lines = [...document.querySelectorAll('.monaco-editor .view-line')];
    const last = lines.findLast((line) => /\b(static|void|return)\b/.test(line.textContent));
    return last !== undefined && new Set([...last.querySelectorAll('span[class^=mtk]')].map((part) => part.className)).size > 1;
  });
}

/** Has the guest stand where its threads all live. */
async function stopInside(page: Page): Promise<void> {
  const views = page.getByRole('tab', { name: 'Views', exact: true });
  if (await views.isVisible()) await views.click();
  await page.getByRole('tab', { name: 'Debugger' }).click();
  await page.getByRole('button', { name: /^Boot, and stop/ }).click();
  await page.getByLabel('Variable or address to watch').fill('balance');
  await page.getByRole('button', { name: 'Watch', exact: true }).click();
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByText('balance is about to be written').waitFor();
  await page.getByRole('button', { name: 'Let go' }).click();
}

async function setWhole(page: Page, wanted: boolean): Promise<void> {
  const button = page.getByRole('button', { name: 'Use the whole window' });
  if (!(await button.isVisible())) return;
  if ((await button.getAttribute('aria-pressed')) !== String(wanted)) await button.click();
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
  for (const size of [wide, narrow]) {
    await page.setViewportSize(wide);
    await boot(page);
    await page.setViewportSize(size);
    for (const { name, tab, whole = false, steps } of views) {
      if (wanted.length > 0 && !wanted.includes(name) && name !== 'playground') continue;
      if (size === narrow) await page.getByRole('tab', { name: name === 'playground' ? 'Editor' : 'Views', exact: true }).click();
      if (size === wide || name !== 'playground') await page.getByRole('tab', { name: tab }).click();
      await setWhole(page, whole);
      await steps?.(page);
      await takeThemes(page, `${name}-${size === wide ? 'wide' : 'narrow'}`);
      if (name === 'playground') await stopInside(page);
    }
    for (const { name, open } of parts) {
      if (wanted.length > 0 && !wanted.includes(name)) continue;
      await open(page);
      await takeThemes(page, `${name}-${size === wide ? 'wide' : 'narrow'}`);
      await escape(page);
    }
  }
  for (const { name, path, ready } of pages) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    await page.setViewportSize(wide);
    await page.goto(`${url}${path}`);
    await page.getByText(ready).first().waitFor();
    if (name === 'lesson') await coloured(page);
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
    const path = `${images}/${name}-${theme}.png`;
    await page.screenshot({ path, animations: 'disabled' });
    execFileSync('pngquant', ['--force', '--ext', '.png', '--speed', '1', '--strip', path]);
  }
}

await main();
