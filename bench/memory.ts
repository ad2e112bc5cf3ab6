/**
 * What a machine of 64 MB takes in a tab: `npm run bench -- memory [--minutes N]` (10). The workloads run one after the other in one worker, as a person
 * boots one image after another, and the renderer's memory is looked at twice a second: its own, which is what the browser's task manager shows for a
 * tab, and all that is resident, in which the browser's files count that all tabs share. Needs Linux's /proc.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { chromium } from '@playwright/test';
import { chromiumOptions } from '../scripts/chromium.ts';
import { allWorkloads, compileWorkload } from './machine.ts';
import { buildWorker, openWorkerPage } from './worker-page.ts';

/** Megabytes of a renderer. */
type Memory = { own: number; resident: number };

function processes(): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0);
}

/** A file of /proc about a process; empty when that has ended. */
function about(pid: number, file: 'cmdline' | 'status'): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}

const numberIn = (status: string, name: string): number => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1] ?? 0);

/** Whether a process was started by this one, or by one that was. */
function isOurs(pid: number): boolean {
  for (let at = pid; at > 0; at = numberIn(about(at, 'status'), 'PPid')) if (at === process.pid) return true;
  return false;
}

/** The largest renderer of our browser: the page's. */
function memoryNow(): Memory {
  const most = { own: 0, resident: 0 };
  for (const pid of processes()) {
    if (!about(pid, 'cmdline').includes('--type=renderer') || !isOurs(pid)) continue;
    const status = about(pid, 'status');
    const megabytes = (name: string): number => numberIn(status, name) / 1024;
    if (megabytes('RssAnon') > most.own) Object.assign(most, { own: megabytes('RssAnon'), resident: megabytes('VmRSS') });
  }
  return most;
}

const figures = ({ own, resident }: Memory): string => `${own.toFixed(0)} MB of its own, ${resident.toFixed(0)} MB resident`;

/** Runs the benchmark; gives the exit status. */
export async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({ args: [...args], options: { minutes: { type: 'string', default: '10' } } });
  const directory = mkdtempSync(join(tmpdir(), 'bench-memory-'));
  const browser = await chromium.launch(chromiumOptions);
  const highest: Memory = { own: 0, resident: 0 };
  const look = (): void => {
    const now = memoryNow();
    highest.own = Math.max(highest.own, now.own);
    highest.resident = Math.max(highest.resident, now.resident);
  };
  const timer = setInterval(look, 500);
  try {
    for (const workload of allWorkloads) compileWorkload(workload, directory, 8);
    await buildWorker(directory, 'memory-worker');
    const { page } = await openWorkerPage(browser, directory);
    console.log(`empty page: ${figures(memoryNow())}`);
    const worker = await page.evaluateHandle(() => new Worker('/memory-worker.js'));
    const end = performance.now() + 60_000 * Number(values.minutes);
    for (let i = 0; performance.now() < end; i++) {
      const workload = allWorkloads[i % allWorkloads.length];
      const run = async (to: Worker, path: string): Promise<void> => {
        const image = new Uint8Array(await (await fetch(path)).arrayBuffer());
        await new Promise<void>((resolve, reject) => {
          to.onmessage = () => resolve();
          to.onerror = ({ message }) => reject(new Error(message));
          to.postMessage(image);
        });
      };
      await worker.evaluate(run, `/${workload}.elf`);
      console.log(`${workload}: ${figures(memoryNow())}`);
    }
    look();
    console.log(`highest: ${figures(highest)}`);
    return 0;
  } finally {
    clearInterval(timer);
    await browser.close();
    rmSync(directory, { recursive: true, force: true });
  }
}
