import AxeBuilder from '@axe-core/playwright';
import { expect, test, type FrameLocator, type Page } from '@playwright/test';
import type {} from '../../src/embed/sdk-script.ts';

/** A page that embeds the site. Sandboxed frames have no origin, wherever the page lies. */
async function hostPage(page: Page, body: string): Promise<void> {
  const html = `<!doctype html><html lang="en"><title>Slides</title><main><h1>Slides</h1>${body}</main></html>`;
  await page.route('**/slides.html', (route) => route.fulfill({ contentType: 'text/html', body: html }));
  await page.goto('./slides.html');
}

const sandboxed = (parameters: string, width: number, height: number): string =>
  `<iframe sandbox="allow-scripts" src="${site()}embed/?${parameters}" style="width: ${width}px; height: ${height}px" title="Demo"></iframe>`;
const site = () => test.info().project.use.baseURL ?? '';
const uart = (frame: FrameLocator) => frame.getByTestId('uart');
const status = (frame: FrameLocator) => frame.getByTestId('status');

test('a sandboxed frame without an origin boots at once, builds an edit, and hands it on', async ({ page }) => {
  const fetched: string[] = [];
  page.on('request', (request) => fetched.push(request.url()));
  await hostPage(page, sandboxed('example=echo&load=eager&autoplay=1&theme=dark&panes=code,terminal,log', 900, 500));
  const frame = page.frameLocator('iframe');
  await expect(status(frame)).toHaveText('Waiting for input');
  expect(await frame.locator('body').evaluate(() => self.origin)).toBe('null');
  await frame.locator('.xterm').click();
  await page.keyboard.type('salut\n');
  await expect(uart(frame)).toContainText(/salut[\s\S]*salut/);
  // Neither pool nor compiler yet.
  expect(fetched.filter((url) => /clang|toolchain|pool/.test(url))).toEqual([]);
  // Once more, from the beginning.
  await frame.getByRole('button', { name: 'Run', exact: true }).click();
  await expect(uart(frame)).not.toContainText('salut');
  await expect(status(frame)).toHaveText('Waiting for input');

  for (const theme of ['dark', 'light']) {
    await page.frames()[1].evaluate((name) => document.documentElement.setAttribute('data-theme', name), theme);
    const { violations } = await new AxeBuilder({ page }).include('iframe').analyze();
    expect(violations).toEqual([]);
  }

  const code = frame.getByRole('textbox', { name: /main\.c/ });
  const program = '#include <stdio.h>\n\nint main(void)\n{\n\tprintf("edited in a frame\\n");\n\treturn 0;\n}\n';
  await code.fill(program.replace('printf', 'pritnf'));
  await frame.getByRole('button', { name: 'Build & Run' }).click();
  await expect(frame.getByRole('region', { name: 'Build' })).toContainText('main.c:5: call to undeclared function');
  await code.fill(program);
  await frame.getByRole('button', { name: 'Build & Run' }).click();
  await expect(uart(frame)).toContainText('edited in a frame');
  await expect(status(frame)).toHaveText('Powered off');

  await frame.getByRole('button', { name: 'Open in Ukulele' }).click();
  const link = await frame.getByRole('textbox', { name: 'Link' }).inputValue();
  await page.goto(link);
  await page.getByRole('dialog').getByRole('button', { name: 'Open', exact: true }).click();
  await expect(page.locator('.view-lines')).toContainText('edited in a frame');
});

test('a frame of a phone, by keyboard alone', async ({ page }) => {
  await hostPage(page, sandboxed('example=echo&theme=light', 300, 220));
  const frame = page.frameLocator('iframe');
  await expect(frame.getByRole('button', { name: 'Run', exact: true })).toBeVisible();
  const focused = () => frame.locator(':focus');
  await page.keyboard.press('Tab');
  await expect(focused()).toHaveText('Run');
  await page.keyboard.press('Enter');
  await expect(status(frame)).toHaveText('Waiting for input');
  const tab = (name: string) => frame.getByRole('tab', { name });
  await expect(tab('Terminal')).toHaveAttribute('aria-selected', 'true');
  await reach(page, tab('Terminal'));
  await page.keyboard.press('Tab');
  await expect(frame.getByRole('textbox', { name: /UART terminal input/ })).toBeFocused();
  await page.keyboard.type('hi\n');
  await expect(uart(frame)).toContainText(/hi[\s\S]*hi/);
  await page.keyboard.press('Escape');
  await page.keyboard.press('Shift+Tab');
  await expect(tab('Terminal')).toBeFocused();
  await page.keyboard.press('ArrowLeft');
  await expect(frame.getByRole('textbox', { name: /main\.c/ })).toBeVisible();
  // Nothing is cut off sideways, and nothing that axe would mind.
  expect(await frame.locator('body').evaluate((body) => body.scrollWidth - body.clientWidth)).toBe(0);
  expect((await new AxeBuilder({ page }).include('iframe').analyze()).violations).toEqual([]);
});

/** Presses Tab until the element has the focus. */
async function reach(page: Page, target: ReturnType<FrameLocator['locator']>): Promise<void> {
  for (let presses = 0; presses < 12; presses++) {
    if (await target.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press('Tab');
  }
  await expect(target).toBeFocused();
}

test('the script embeds, drives and listens; what is no command changes nothing', async ({ page }) => {
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
    const before = await player.getProject();
    const hostile = [
      null,
      'run',
      { ukulele: 1 },
      { ukulele: 1, type: 'setFile', path: '../../main.c', text: '' },
      { ukulele: 1, type: 'setFile', path: '__proto__', text: '' },
      { ukulele: 1, type: 'setFile', path: 'main.c', text: { toString: 1 } },
      { ukulele: 2, type: 'setFile', path: 'main.c', text: '' },
      { ukulele: 1, type: 'constructor' },
    ];
    for (const data of hostile) player.frame.contentWindow?.postMessage(data, '*');
    const after = await player.getProject();
    player.setFile('main.c', 'int main(void) { return 0; }\n');
    const { files } = await player.getProject();
    const link = await player.getLink();
    player.remove();
    return { before, after, file: files['main.c'], link, frames: document.querySelectorAll('iframe').length };
  });
  expect(seen.after).toEqual(seen.before);
  expect(seen.file).toBe('int main(void) { return 0; }\n');
  expect(seen.link).toContain(`${site()}#v2:`);
  expect(seen.frames).toBe(0);
});

test('a lesson in a sandboxed frame: its checks run there, and what was done goes on in the full page', async ({ page }) => {
  // The first build compiles every file of the lesson's own configuration.
  test.setTimeout(240_000);
  await hostPage(page, sandboxed('lesson=hello&theme=dark#where-it-all-lies', 1000, 560));
  const frame = page.frameLocator('iframe');
  const lesson = frame.getByRole('article', { name: 'Lesson' });
  await expect(lesson.getByRole('heading', { name: 'Where it all lies' })).toBeVisible();
  expect(await frame.locator('body').evaluate(() => self.origin)).toBe('null');
  await lesson.getByRole('button', { name: 'Next' }).click();
  await expect(lesson.getByRole('heading', { name: 'Words from outside' })).toBeFocused();
  await lesson.getByRole('button', { name: /Give me a hint/ }).click();
  await lesson.getByRole('button', { name: 'Show a solution' }).click();
  await lesson.getByRole('button', { name: 'Check' }).click();
  await expect(lesson.getByText('All 6 checks hold.')).toBeVisible({ timeout: 150_000 });
  for (const theme of ['dark', 'light']) {
    const command = { ukulele: 1, type: 'setTheme', theme };
    await page
      .locator('iframe')
      .evaluate((it, data) => it instanceof HTMLIFrameElement && it.contentWindow?.postMessage(data, '*'), command);
    await expect(frame.locator('html')).toHaveAttribute('data-theme', theme);
    expect((await new AxeBuilder({ page }).include('iframe').analyze()).violations).toEqual([]);
  }
  const code = frame.getByRole('textbox', { name: /main\.c/ });
  await code.fill(`/* mine */\n${await code.inputValue()}`);
  await frame.getByRole('button', { name: 'Open in Ukulele' }).click();
  const link = await frame.getByRole('textbox', { name: 'Link' }).inputValue();

  await page.goto(link);
  await expect(page.getByRole('dialog')).toContainText('a button beside the hints puts it back');
  await page.getByRole('dialog').getByRole('button', { name: 'Open', exact: true }).click();
  await expect(page.locator('.view-lines')).toContainText('/* mine */');
  const whole = page.getByRole('article', { name: 'Lesson' });
  await expect(whole.getByRole('heading', { name: 'Words from outside' })).toBeVisible();
  // What was there before outlives a reload.
  await page.goto(link.replace(/\?.*/, ''));
  await expect(page.locator('.view-lines')).toContainText('/* mine */');
  await whole.getByRole('button', { name: 'Put my own files back' }).click();
  await expect(page.locator('.view-lines')).toContainText('There is no shell to come back to');
});

test('links that are none, and examples that do not exist, say so', async ({ page }) => {
  await page.goto('./embed/?example=<img src=x onerror=alert(1)>');
  await expect(page.getByRole('alert')).toContainText('no example called "<img src=x');
  await page.goto('./embed/?lesson=nothing');
  await expect(page.getByRole('alert')).toContainText('no lesson called "nothing"');
  await page.goto('./embed/index.html?load=eager#v2:AAAA');
  await expect(page.getByRole('alert')).toContainText('damaged');
});

test('a build that is stopped while the compiler is on its way does not happen', async ({ page }) => {
  const fetched: string[] = [];
  page.on('request', (request) => fetched.push(request.url()));
  let arrive = () => {};
  const held = new Promise<void>((resolve) => (arrive = resolve));
  await page.route('**/embed/toolchain-*.js', async (route) => {
    await held;
    await route.continue();
  });
  await page.goto('./embed/?example=helloworld&load=eager');
  await page.getByRole('textbox', { name: /main\.c/ }).fill('int main(void) { return 0; }\n');
  await page.getByRole('button', { name: 'Build & Run' }).click();
  await page.getByRole('button', { name: 'Stop build' }).click();
  arrive();
  await expect(page.getByRole('button', { name: 'Build & Run' })).toBeVisible();
  expect(fetched.filter((url) => url.includes('/clang/'))).toEqual([]);
});
