import { existsSync } from 'node:fs';
import { defineConfig } from '@playwright/test';

const executablePath = ['/usr/bin/chromium', '/usr/bin/google-chrome'].find((path) => existsSync(path));

export default defineConfig({
  testDir: 'tests/browser',
  outputDir: 'test-results',
  // The machine that runs CI has two cores, and each page runs a compiler and an emulator of its own.
  workers: 1,
  timeout: 120_000,
  expect: { timeout: 60_000 },
  reporter: [['list'], ['json']],
  use: {
    baseURL: 'http://localhost:4179/',
    launchOptions: {
      executablePath,
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    },
    trace: 'retain-on-failure',
  },
  webServer: {
    command: 'node scripts/serve.mjs build --port 4179',
    url: 'http://localhost:4179/',
    reuseExistingServer: false,
  },
});
