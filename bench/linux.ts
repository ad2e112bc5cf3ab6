/**
 * Debian's arm64 kernel from power-on to busybox's prompt, in pairs: `npm run bench -- linux [--pairs N] [--json FILE]`.
 *
 * Seconds on the wall: of a fresh Node process with the options of `npm run uk` and the machine as one JavaScript file, from its start; in a worker of
 * a fresh page in Chromium, from powering the machine on with the kernel in memory; and of qemu-system-aarch64 with its translator, from its start. One
 * CPU, 256 MiB, GICv2.
 */
import { spawn } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { chromium, type Browser } from '@playwright/test';
import { chromiumOptions } from '../scripts/chromium.ts';
import { debianArm64 } from '../tests/differential/linux/debian.ts';
import { initramfs } from '../tests/differential/linux/initramfs.ts';
import { commandLine, memoryMiB, shellPrompt } from './linux-boot.ts';
import { ukNodeOptions } from './uk-node.ts';
import { buildProgram, buildWorker, openWorkerPage } from './worker-page.ts';

const kinds = ['node', 'chromium', 'qemu'] as const;
type Kind = (typeof kinds)[number];

/** Seconds from the start of a process until it has printed something. */
function secondsTo(text: string, command: string, args: readonly string[]): Promise<number> {
  const started = performance.now();
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  let output = '';
  return new Promise((resolve, reject) => {
    child.stdout.on('data', (bytes: Buffer) => {
      output += bytes.toString('latin1');
      if (!output.includes(text)) return;
      resolve((performance.now() - started) / 1000);
      child.kill();
    });
    child.on('error', reject);
    child.on('close', () => reject(new Error(`${command} ended after ${output.slice(-500)}`)));
  });
}

async function inChromium(browser: Browser, directory: string): Promise<number> {
  const { context, page } = await openWorkerPage(browser, directory);
  try {
    const milliseconds = await page.evaluate(
      () =>
        new Promise<number>((resolve, reject) => {
          const worker = new Worker('/linux-worker.js');
          worker.onmessage = ({ data }: MessageEvent<number>) => resolve(data);
          worker.onerror = ({ message }) => reject(new Error(message));
          worker.postMessage(undefined);
        }),
    );
    return milliseconds / 1000;
  } finally {
    await context.close();
  }
}

/** Runs the benchmark; gives the exit status. */
export async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({ args: [...args], options: { pairs: { type: 'string', default: '3' }, json: { type: 'string' } } });
  const debian = debianArm64();
  if (typeof debian === 'string') throw new Error(debian);
  const directory = mkdtempSync(join(tmpdir(), 'bench-linux-'));
  const [kernel, initrd] = [join(directory, 'kernel'), join(directory, 'initrd')];
  const browser = await chromium.launch(chromiumOptions);
  const qemu = ['-M', 'virt,gic-version=2', '-cpu', 'cortex-a53', '-m', `${memoryMiB}M`, '-nic', 'none', '-nographic', '-no-reboot'];
  const run: Record<Kind, () => Promise<number>> = {
    node: () => secondsTo('\n', process.execPath, [...ukNodeOptions, join(directory, 'linux-program.mjs'), kernel, initrd]),
    chromium: () => inChromium(browser, directory),
    qemu: () => secondsTo(shellPrompt, 'qemu-system-aarch64', [...qemu, '-kernel', kernel, '-initrd', initrd, '-append', commandLine]),
  };
  const seconds: Record<Kind, number[]> = { node: [], chromium: [], qemu: [] };
  try {
    copyFileSync(debian.kernel, kernel);
    writeFileSync(initrd, initramfs(readFileSync(debian.busybox)));
    await buildProgram(directory, 'linux-program');
    await buildWorker(directory, 'linux-worker');
    for (let pair = 0; pair < Number(values.pairs); pair++) for (const kind of kinds) seconds[kind].push(await run[kind]());
  } finally {
    await browser.close();
    rmSync(directory, { recursive: true, force: true });
  }
  const figures = (list: readonly number[]): string => {
    const sorted = [...list].sort((a, b) => a - b);
    return `${sorted[sorted.length >> 1].toFixed(2)} (${sorted[0].toFixed(2)} to ${sorted[sorted.length - 1].toFixed(2)})`;
  };
  for (const kind of kinds) console.log(`${kind.padEnd(8)} ${figures(seconds[kind])} s to the prompt`);
  for (const kind of ['node', 'chromium'] as const) {
    const ratios = seconds[kind].map((time, i) => time / seconds.qemu[i]);
    console.log(`${kind.padEnd(8)} ${figures(ratios)} times as long as QEMU`);
  }
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(seconds, null, 2)}\n`);
  return 0;
}
