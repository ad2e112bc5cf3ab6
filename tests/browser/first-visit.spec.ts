import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { gzipSync } from 'node:zlib';
import { expect, test } from '@playwright/test';

const kilobyte = 1000;
/** 10 Mbit/s with the delay of a line across a country. */
const line = { offline: false, latency: 40, downloadThroughput: 1_250_000, uploadThroughput: 1_250_000 };

/** A server that compresses text, as most hosts do; gives the site's address there. */
async function compressingServer(): Promise<{ url: string; stop: () => void }> {
  const { port, pathname } = new URL(test.info().project.use.baseURL ?? '');
  const own = String(Number(port) + 1);
  const server = spawn('node', ['scripts/serve.mjs', 'build', '--port', own, '--base', pathname, '--compress'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(server.stdout, 'data');
  return { url: `http://localhost:${own}${pathname}`, stop: () => server.kill() };
}

// Recording what the page does takes longer than the page.
test.use({ trace: 'off' });

test('an example boots and prints before editor and compiler are fetched', async ({ page }) => {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('Network.enable');
  await devtools.send('Network.emulateNetworkConditions', line);
  const fetched: { path: string; sentAt: number; body: Promise<Buffer> }[] = [];
  page.on('response', (response) => {
    const sentAt = response.request().timing().startTime;
    fetched.push({ path: new URL(response.url()).pathname, sentAt, body: response.body().catch(() => Buffer.alloc(0)) });
  });

  // The page's own clock, from navigation to the first text of the UART in the document.
  await page.addInitScript(() => {
    new MutationObserver((_, observer) => {
      if (!document.querySelector('[data-testid=uart]')?.textContent) return;
      performance.mark('printed');
      observer.disconnect();
    }).observe(document, { subtree: true, childList: true, characterData: true });
  });
  const server = await compressingServer();
  await page.goto(server.url);
  await expect(page.getByTestId('uart')).not.toBeEmpty();
  const [origin, printed] = await page.evaluate(() => [performance.timeOrigin, performance.getEntriesByName('printed')[0].startTime]);
  const before = fetched.filter(({ sentAt }) => sentAt < origin + printed);

  const compressed = await Promise.all(before.map(async ({ path, body }) => ({ path, bytes: gzipSync(await body).length })));
  const emulator = compressed.find(({ path }) => path.includes('/machine-worker'));
  const shell = compressed.reduce((total, { bytes }) => total + bytes, 0) - (emulator?.bytes ?? 0);
  test
    .info()
    .annotations.push({ type: 'first visit', description: `${Math.round(printed)} ms, shell ${shell} bytes, emulator ${emulator?.bytes}` });
  console.log(
    `first visit at 10 Mbit/s: printed after ${Math.round(printed)} ms; shell ${shell} bytes compressed, emulator ${emulator?.bytes}`,
  );

  expect(shell).toBeLessThanOrEqual(500 * kilobyte);
  expect(emulator?.bytes).toBeLessThanOrEqual(300 * kilobyte);
  expect(before.filter(({ path }) => /\/clang\/|monaco.*js|toolchain-worker/.test(path))).toEqual([]);

  // An unchanged example needs no compiler at all: every object is there.
  await devtools.send('Network.emulateNetworkConditions', { ...line, latency: 0, downloadThroughput: -1 });
  await page.getByRole('button', { name: 'Build & Boot' }).click();
  await expect(page.getByTestId('build-log')).toContainText('Built in');
  await expect(page.getByTestId('build-log')).toContainText('0 compiled');
  expect(fetched.filter(({ path }) => path.includes('/clang/'))).toEqual([]);
  server.stop();
});
