/**
 * The playground in Chromium, as a person waits for it: `npm run bench -- page [--rounds N] [--json FILE]`. Needs a built site.
 *
 * Each round takes a fresh browser profile, so that nothing is cached. Times are milliseconds by the page's own clock: from navigation or from
 * the click on Build & Boot to the text in the document. Given are the median, the least and greatest and the 95th percentile.
 */
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { chromium, type Browser, type Page } from '@playwright/test';
import { chromiumOptions } from '../scripts/chromium.ts';
import { editorLines, typeInEditor } from '../tests/browser/typing.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const port = 4189;
const url = `http://localhost:${port}/`;

/** What one round measures, in the order of printing. */
const measures = {
  firstPaint: 'navigation to first contentful paint',
  firstVisit: 'navigation to first UART byte of an example',
  bootAgain: 'click to first UART byte, nothing changed',
  firstEditBuilt: 'click to image, one file edited, compiler not there yet',
  firstEditPrinted: 'click to first UART byte, the same',
  editBuilt: 'click to image, one file edited, compiler there',
  editPrinted: 'click to first UART byte, the same',
  coldBuilt: 'click to image, every file compiled, compiler not there yet',
  coldPrinted: 'click to first UART byte, the same',
} as const;
type Measure = keyof typeof measures;

/** Time of a mark of page-probe.js, when it is there. */
async function marked(page: Page, name: string): Promise<number> {
  await page.waitForFunction((wanted) => performance.getEntriesByName(wanted).length > 0, name);
  return page.evaluate((wanted) => performance.getEntriesByName(wanted)[0].startTime, name);
}

/** Presses Build & Boot; gives the times from the click to the image and to the UART's first text. */
async function buildAndBoot(page: Page): Promise<{ built: number; printed: number }> {
  await page.getByRole('tab', { name: /^Build/ }).click();
  await page.getByRole('button', { name: 'Build & Boot' }).click();
  const clicked = await marked(page, 'clicked');
  return { built: (await marked(page, 'built')) - clicked, printed: (await marked(page, 'printed')) - clicked };
}

async function edit(page: Page, greeting: string): Promise<void> {
  await typeInEditor(page, `#include <stdio.h>\n\nint main(void)\n{\n\tprintf("${greeting}\\n");\n\treturn 0;\n}\n`);
}

/** Opens the page in a fresh profile, to the first text of the UART. */
async function visit(browser: Browser): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  page.setDefaultTimeout(120_000);
  await page.addInitScript({ path: `${root}bench/page-probe.js` });
  await page.goto(url);
  await page.getByRole('button', { name: 'Build & Boot' }).waitFor();
  return page;
}

/** Edits of one file for each round, once the compiler is there. */
const editsPerRound = 5;

async function round(browser: Browser, note: (measure: Measure, milliseconds: number) => void): Promise<void> {
  const page = await visit(browser);
  note('firstVisit', await marked(page, 'printed'));
  note('firstPaint', await marked(page, 'first-contentful-paint'));
  await editorLines(page).waitFor();
  note('bootAgain', (await buildAndBoot(page)).printed);
  await edit(page, 'first edit');
  const first = await buildAndBoot(page);
  note('firstEditBuilt', first.built);
  note('firstEditPrinted', first.printed);
  for (let i = 1; i <= editsPerRound; i++) {
    await edit(page, `edit ${i}`);
    const next = await buildAndBoot(page);
    note('editBuilt', next.built);
    note('editPrinted', next.printed);
  }
  await page.context().close();
  // The site ships the objects of the default configuration; with another option of the compiler every file is to be compiled.
  const cold = await visit(browser);
  await cold.getByRole('tab', { name: 'Libraries' }).click();
  await cold.getByPlaceholder(/Search libraries/).fill('performance');
  await cold.getByRole('radio', { name: /performance/i }).check();
  const whole = await buildAndBoot(cold);
  const log = await cold.getByTestId('build-log').innerText();
  if (!/[1-9]\d compiled, 0 unchanged/.test(log)) throw new Error(`not a cold build: ${log}`);
  note('coldBuilt', whole.built);
  note('coldPrinted', whole.printed);
  await cold.context().close();
}

const isMeasure = (name: string): name is Measure => Object.hasOwn(measures, name);

/** Runs the benchmark; gives the exit status. */
export async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({ args: [...args], options: { rounds: { type: 'string', default: '4' }, json: { type: 'string' } } });
  const server = spawn('node', ['scripts/serve.mjs', 'build', '--port', String(port)], { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise((resolve) => server.stdout.once('data', resolve));
  const browser = await chromium.launch(chromiumOptions);
  const results = new Map<Measure, number[]>(
    Object.keys(measures)
      .filter(isMeasure)
      .map((name) => [name, []]),
  );
  try {
    for (let left = Math.max(1, Number(values.rounds)); left > 0; left--) {
      await round(browser, (measure, milliseconds) => results.get(measure)?.push(Math.round(milliseconds)));
    }
  } finally {
    await browser.close();
    server.kill();
  }
  for (const [name, times] of results) {
    const sorted = times.sort((a, b) => a - b);
    const at = (part: number): number => sorted[Math.ceil(part * sorted.length) - 1];
    const spread = `${sorted[0]} to ${sorted[sorted.length - 1]}, 95th percentile ${at(0.95)}, ${sorted.length} times`;
    console.log(`${measures[name].padEnd(60)} ${String(at(0.5)).padStart(6)} ms (${spread})`);
  }
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(Object.fromEntries(results), null, 2)}\n`);
  return 0;
}
