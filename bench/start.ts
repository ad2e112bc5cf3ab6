/** `npm run bench -- start [--rounds N]`: power-on to the first UART byte in Chromium, of the examples' images as the site has them. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { chromium, type Browser } from '@playwright/test';
import { chromiumOptions } from '../scripts/chromium.ts';
import type { Start } from './start-worker.ts';
import { buildWorker, openWorkerPage } from './worker-page.ts';

const images = join(import.meta.dirname, '..', 'static', 'prebuilt');
/** Times that each image is powered on in a worker. */
const turns = 4;

type Image = { name: string; base64: string };

/** `new`: the worker has just begun. `unseen`: it has booted other images. `again`: it has booted this one. */
type Kind = 'new' | 'unseen' | 'again';

type Seen = { name: string; kind: Kind; start: Start };

/** Powers every image on several times in one worker, beginning with another image each round. */
async function round(browser: Browser, directory: string, list: readonly Image[]): Promise<Seen[]> {
  const { context, page } = await openWorkerPage(browser, directory);
  try {
    const sequence = Array.from({ length: turns }, () => list).flat();
    const starts = await page.evaluate(async (encoded) => {
      const worker = new Worker('/start-worker.js');
      const all: Start[] = [];
      for (const image of encoded) {
        const bytes = Uint8Array.from(atob(image), (letter) => letter.charCodeAt(0));
        // A person does not press the button at the very moment at which the one before was served.
        await new Promise((resolve) => setTimeout(resolve, 200));
        all.push(
          await new Promise<Start>((resolve, reject) => {
            worker.onmessage = ({ data }: MessageEvent<Start>) => resolve(data);
            worker.onerror = ({ message }) => reject(new Error(message));
            worker.postMessage(bytes);
          }),
        );
      }
      return all;
    }, sequence.map(({ base64 }) => base64)); // prettier-ignore
    return starts.map((start, i) => ({ name: sequence[i].name, kind: i === 0 ? 'new' : i < list.length ? 'unseen' : 'again', start }));
  } finally {
    await context.close();
  }
}

const titles: Record<Kind, string> = {
  new: 'first image of a new worker',
  unseen: 'image never seen, worker has booted others',
  again: 'image seen before',
};

function describe(starts: readonly Start[]): string {
  const at = (part: number, of: (start: Start) => number) => starts.map(of).sort((a, b) => a - b)[Math.floor(part * (starts.length - 1))];
  if (starts.length === 0) return 'none';
  const spread = [0, 0.5, 0.95, 1].map((part) => at(part, ({ firstByte }) => firstByte).toFixed(1)).join(' / ');
  return `${spread} (${at(0.5, ({ made }) => made).toFixed(1)}), ${starts.length} times`;
}

export async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({ args: [...args], options: { rounds: { type: 'string', default: '5' } } });
  const list = readdirSync(images)
    .filter((name) => name.endsWith('.elf.gz'))
    .map((name) => ({ name: name.replace(/-.*/, ''), base64: gunzipSync(readFileSync(join(images, name))).toString('base64') }));
  const directory = mkdtempSync(join(tmpdir(), 'bench-start-'));
  const browser = await chromium.launch(chromiumOptions);
  const seen: Seen[] = [];
  try {
    await buildWorker(directory, 'start-worker');
    for (let i = 0; i < Number(values.rounds); i++) {
      const turned = list.map((_, n) => list[(n + i) % list.length]);
      seen.push(...(await round(browser, directory, turned)));
    }
  } finally {
    await browser.close();
    rmSync(directory, { recursive: true, force: true });
  }
  process.stdout.write('milliseconds, least / median / 95th percentile / most; in brackets the median to make the machine\n');
  for (const [kind, title] of Object.entries(titles)) {
    for (const name of ['all', ...new Set(list.map((image) => image.name))]) {
      const starts = seen.filter((each) => each.kind === kind && (name === 'all' || each.name === name)).map(({ start }) => start);
      process.stdout.write(`${title}, ${name}: ${describe(starts)}\n`);
    }
  }
  return 0;
}
