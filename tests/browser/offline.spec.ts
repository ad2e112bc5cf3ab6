import AxeBuilder from '@axe-core/playwright';
import { expect, test, type BrowserContext, type Page } from '@playwright/test';
import { ChangingSite } from './changing-site.ts';

const first = /^Ukulele: arm64/;
const later = /^Ukulele again: arm64/;

/** Opens the offline dialog. */
async function dialog(page: Page) {
  await page.getByRole('button', { name: /^Offline/ }).click();
  return page.getByRole('dialog', { name: 'Without a network' });
}

async function restart(context: BrowserContext, page: Page): Promise<Page> {
  const fresh = await context.newPage();
  await page.close();
  return fresh;
}

test('with the network cut it opens, builds and teaches; a new version comes whole, when the old one is closed', async ({ context }) => {
  // The lesson's first build compiles every file of its own configuration.
  test.setTimeout(300_000);
  const site = new ChangingSite(Number(process.env.TEST_PORT ?? '4179') + 1);
  await site.plug();
  let page = await context.newPage();
  await page.goto(site.url);
  const offer = await dialog(page);
  let letGo = () => {};
  const held = new Promise<void>((resolve) => (letGo = resolve));
  await expect(offer.getByRole('row', { name: /^Compiler 22 MiB no/ })).toBeVisible();
  expect((await new AxeBuilder({ page }).include('dialog').analyze()).violations).toEqual([]);
  // Stopped on its way, it says what is here, and goes on from that.
  await page.route('**/*.wasm.gz', (route) => held.then(() => route.continue()));
  await offer.getByRole('button', { name: /Make available offline \(\d+ MiB\)/ }).click();
  await expect(offer.getByRole('status')).toContainText(/[KM]iB of \d+ MiB/);
  await offer.getByRole('button', { name: 'Stop' }).click();
  await expect(offer.getByRole('status')).toContainText(/Not finished: .*iB of \d+ MiB are here/);
  expect((await new AxeBuilder({ page }).include('dialog').analyze()).violations).toEqual([]);
  await expect(offer.getByRole('button', { name: 'Remove what is here' })).toBeVisible();
  letGo();
  await offer.getByRole('button', { name: /Go on \(\d+ MiB left\)/ }).click();
  await expect(offer.getByRole('status')).toContainText(/[KM]iB of \d+ MiB/);
  await expect(offer.getByRole('status')).toContainText('Everything is here');
  await offer.getByRole('button', { name: 'Close' }).click();

  await context.setOffline(true);
  await site.unplug();
  page = await restart(context, page);
  await page.goto(site.url);
  await expect(page).toHaveTitle(first);
  await expect(page.getByRole('button', { name: 'Offline: ready' })).toBeVisible();
  await page.getByRole('button', { name: 'Build & Boot' }).click();
  await page.getByRole('tab', { name: /^Build/ }).click();
  await expect(page.getByTestId('build-log')).toContainText('Built in');
  await expect(page.getByTestId('uart')).toContainText('Hello, world!');

  await page.getByRole('link', { name: 'Lessons' }).click();
  await page.getByRole('link', { name: 'Hello in 27 KB' }).click();
  const lesson = page.getByRole('article', { name: 'Lesson' });
  await lesson.getByRole('button', { name: 'Next' }).click();
  await lesson.getByRole('button', { name: 'Show a solution' }).click();
  await lesson.getByRole('button', { name: 'Check' }).click();
  await expect(lesson.getByText('All 6 checks hold.')).toBeVisible({ timeout: 150_000 });

  await page.goto(`${site.url}embed?example=echo&load=eager&autoplay=1`);
  await expect(page.getByTestId('status')).toHaveText('Waiting for input');

  // The host has a new version. While a page of the old one is open everything is of the old one.
  await context.setOffline(false);
  site.isLater = true;
  await site.plug();
  await page.goto(site.url);
  // One that fails on the way, as with any other fetch, is asked for again; it must be there before the network is cut.
  const update = () =>
    page.evaluate(async () => {
      const registration = await navigator.serviceWorker.ready;
      await registration.update();
      const { installing } = registration;
      if (installing) await new Promise((resolve) => installing.addEventListener('statechange', resolve));
      return registration.waiting?.state;
    });
  await expect.poll(update).toBe('installed');
  await page.reload();
  await expect(page).toHaveTitle(first);
  await context.setOffline(true);
  await site.unplug();
  await expect(async () => {
    page = await restart(context, page);
    await page.goto(site.url);
    await expect(page).toHaveTitle(later, { timeout: 2000 });
  }).toPass();
  await expect(page.getByTestId('uart')).toContainText('Hello, world!');
  expect(await page.evaluate(async () => (await caches.keys()).filter((name) => name.startsWith('ukulele-offline')).length)).toBe(1);

  const ready = await dialog(page);
  await context.setOffline(false);
  await site.plug();
  await ready.getByRole('button', { name: 'Remove the offline copy' }).click();
  await expect(ready.getByRole('button', { name: 'Make available offline' })).toBeEnabled();
  expect(await page.evaluate(() => caches.keys())).toEqual([]);
  await site.unplug();
});
