import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from '@playwright/test';
import { build } from 'vite';

/** Makes one file of a program of this folder, for Node: to load it by parts takes longer than some workloads. */
export async function buildProgram(directory: string, name: string): Promise<void> {
  await build({
    configFile: false,
    logLevel: 'warn',
    build: {
      ssr: join(import.meta.dirname, `${name}.ts`),
      outDir: directory,
      emptyOutDir: false,
      rollupOptions: { output: { entryFileNames: `${name}.mjs` } },
    },
  });
}

/** Makes one file of a worker of this folder, for a page. */
export async function buildWorker(directory: string, name: string): Promise<void> {
  const lib = { entry: join(import.meta.dirname, `${name}.ts`), formats: ['iife' as const], name: 'worker', fileName: () => `${name}.js` };
  await build({ configFile: false, logLevel: 'warn', build: { lib, outDir: directory, emptyOutDir: false } });
}

/** An empty page in a context of its own that finds what {@link buildWorker} has made, and all other files of the directory. */
export async function openWorkerPage(browser: Browser, directory: string): Promise<{ context: BrowserContext; page: Page }> {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.route('**/*', (route) => {
    const { pathname } = new URL(route.request().url());
    return pathname === '/'
      ? route.fulfill({ contentType: 'text/html', body: '<!doctype html>' })
      : route.fulfill({ path: join(directory, pathname) });
  });
  await page.goto('http://localhost/');
  return { context, page };
}
