import { defineConfig } from '@playwright/test';
import { chromiumOptions } from './scripts/chromium.ts';

/** The site is served below a path of its own, to show that it works wherever it is put. */
const port = process.env.TEST_PORT ?? '4179';
const base = `http://localhost:${port}/some/where/`;

export default defineConfig({
  testDir: 'tests/browser',
  outputDir: 'test-results',
  // The machine that runs CI has two cores, and each page runs a compiler and an emulator of its own.
  workers: 1,
  timeout: 120_000,
  expect: { timeout: 60_000 },
  reporter: [['list'], ['json']],
  use: {
    baseURL: base,
    launchOptions: chromiumOptions,
    trace: 'retain-on-failure',
  },
  webServer: {
    command: `node scripts/serve.mjs build --port ${port} --base /some/where/`,
    url: base,
    reuseExistingServer: false,
  },
});
