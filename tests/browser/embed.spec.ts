import AxeBuilder from '@axe-core/playwright';
import { expect, test, type FrameLocator, type Page } from '@playwright/test';

/** A page that embeds the site. Its frames are sandboxed: they have no origin, wherever the page lies. */
async function hostPage(page: Page, body: string): Promise<void> {
  const html = `<!doctype html><html lang="en"><title>Slides</title><main><h1>Slides</h1>${body}</main></html>`;
  await page.route('**/slides.html', (route) => route.fulfill({ contentType: 'text/html', body: html }));
  await page.goto('./slides.html');
}

const site = () => test.info().project.use.baseURL ?? '';
const uart = (frame: FrameLocator) => frame.getByTestId('uart');
const status = (frame: FrameLocator) => frame.getByTestId('status');

test('a sandboxed frame without an origin boots at once, builds an edit, and hands it on', async ({ page }) => {
  const fetched: string[] = [];
  page.on('request', (request) => fetched.push(request.url()));
  const source = `${site()}embed/?example=echo&load=eager&autoplay=1&theme=dark&panes=code,terminal,log`;
  await hostPage(page, `<iframe sandbox="allow-scripts" src="${source}" style="width: 900px; height: 500px" title="Demo"></iframe>`);
  const frame = page.frameLocator('iframe');
  await expect(status(frame)).toHaveText('Waiting for input');
  expect(await frame.locator('body').evaluate(() => self.origin)).toBe('null');
  await frame.locator('.xterm').click();
  await page.keyboard.type('salut\n');
  await expect(uart(frame)).toContainText(/salut[\s\S]*salut/);
  // Neither pool nor compiler yet.
  expect(fetched.filter((url) => /clang|toolchain|pool/.test(url))).toEqual([]);

  for (const theme of ['dark', 'light']) {
    await page.frames()[1].evaluate((name) => document.documentElement.setAttribute('data-theme', name), theme);
    const { violations } = await new AxeBuilder({ page }).include('iframe').analyze();
    expect(violations).toEqual([]);
  }

  await frame
    .getByRole('textbox', { name: /main\.c/ })
    .fill('#include <stdio.h>\n\nint main(void)\n{\n\tprintf("edited in a frame\\n");\n\treturn 0;\n}\n');
  await frame.getByRole('button', { name: 'Build & Run' }).click();
  await expect(uart(frame)).toContainText('edited in a frame');
  await expect(status(frame)).toHaveText('Powered off');

  await frame.getByRole('button', { name: 'Open in Ukulele' }).click();
  const link = await frame.getByRole('textbox', { name: 'Link' }).inputValue();
  await page.goto(link);
  await page.getByRole('dialog').getByRole('button', { name: 'Open', exact: true }).click();
  await expect(page.getByTestId('uart')).toContainText('edited in a frame');
});

test('the script embeds, drives and listens', async ({ page }) => {
  await hostPage(page, `<div id="demo" style="height: 400px"></div><script src="${site()}sdk/ukulele-embed.js"></script>`);
  const seen = await page.evaluate(async () => {
    const player = Ukulele.embed(document.getElementById('demo') ?? document.body, { example: 'echo', load: 'eager', readOnly: true });
    let text = '';
    player.on('uart', (event) => (text += event.text));
    const waiting = () => new Promise<void>((resolve) => player.on('state', ({ state }) => state === 'waiting' && resolve()));
    await player.ready;
    const first = waiting();
    player.run();
    await first;
    const answered = new Promise<void>((resolve) => player.on('uart', () => text.split('by script').length > 2 && resolve()));
    player.input('by script\n');
    await answered;
    player.setFile('main.c', 'int main(void) { return 0; }\n');
    const { files } = await player.getProject();
    const link = await player.getLink();
    player.remove();
    return { file: files['main.c'], link, frames: document.querySelectorAll('iframe').length };
  });
  expect(seen.file).toBe('int main(void) { return 0; }\n');
  expect(seen.link).toContain(`${site()}#v2:`);
  expect(seen.frames).toBe(0);
});

test('links that are none, and examples that do not exist, say so', async ({ page }) => {
  await page.goto('./embed/?example=<img src=x onerror=alert(1)>');
  await expect(page.getByRole('alert')).toContainText('no example called "<img src=x');
  await page.goto('./embed/index.html?load=eager#v2:AAAA');
  await expect(page.getByRole('alert')).toContainText('damaged');
});
