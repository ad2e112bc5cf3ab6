/**
 * The machine against QEMU and against native code, in pairs: `npm run bench -- machine [WORKLOAD ...] [--pairs N] [--times N] [--json FILE]`.
 *
 * Each workload of bench/workloads is compiled by clang-19 for the virt board and natively. A pair is one run of the image in a fresh Node
 * process with the machine as one JavaScript file, one in a worker of a fresh page in Chromium, one under qemu-system-aarch64's translator
 * and one of the native program; from each the median time of the same with an empty workload is taken off, so that starting does not count.
 * `--times`: how often each does its work; once takes QEMU about half a second, in which translating counts most, the default some five.
 * Given are ratios of processor time, of all processes in Chromium's case, which other programs on the computer disturb least, with the
 * least and the greatest of all pairs, and the medians of the wall clock's.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { chromium, type Browser } from '@playwright/test';
import { chromiumOptions } from '../scripts/chromium.ts';
import { ukNodeOptions } from './uk-node.ts';
import { buildProgram, buildWorker, openWorkerPage } from './worker-page.ts';

const here = dirname(fileURLToPath(import.meta.url));
/** Programs of bench/workloads. */
export const allWorkloads = ['integer', 'memory', 'bytecode', 'float', 'simd', 'calls', 'switching'] as const;
const hasNative = (workload: string): boolean => workload !== 'switching';

type Time = { wall: number; cpu: number };
type Program = 'ours' | 'qemu' | 'native';
type Kind = Program | 'chromium';
type Ratio = { median: number; least: number; greatest: number; wall: number };
/** `fasterThanQemu` and `slowerThanNative` are of the machine in Node. */
export type WorkloadResult = {
  workload: string;
  seconds: Record<Kind, number>;
  fasterThanQemu: Ratio;
  inChromium: Ratio;
  slowerThanNative: Ratio | null;
};
/** What runs an image or a program. */
type Bench = { directory: string; browser: Browser };

function tool(command: string, args: readonly string[]): void {
  const { status, stderr, error } = spawnSync(command, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command}: ${error?.message ?? stderr}`);
}

/** Compiles a workload for the board, and natively where that makes sense: `WORKLOAD.elf` and `WORKLOAD` in a directory. `times`: how often it does its work. */
export function compileWorkload(workload: string, directory: string, times: number): void {
  const at = (file: string): string => join(directory, file);
  const source = (file: string): string => join(here, 'workloads', file);
  const target = ['--target=aarch64-none-elf', '-mcpu=cortex-a53', '-O2', '-ffreestanding', '-fno-stack-protector'];
  const length = `-DTIMES=${times}`;
  tool('clang-19', [...target, length, '-c', '-o', at(`${workload}.o`), source(`${workload}.c`)]);
  tool('clang-19', [...target, '-c', '-o', at('start.o'), source('start.S')]);
  tool('ld.lld-19', ['-T', source('workload.ld'), '-o', at(`${workload}.elf`), at('start.o'), at(`${workload}.o`)]);
  if (hasNative(workload)) tool('clang-19', ['-O2', '-DNATIVE', length, '-o', at(workload), source(`${workload}.c`), '-lm']);
}

const commands: Record<Program, (base: string) => string[]> = {
  ours: (base) => [process.execPath, ...ukNodeOptions, join(dirname(base), 'machine-image.mjs'), `${base}.elf`],
  qemu: (base) => [
    ...['qemu-system-aarch64', '-M', 'virt', '-cpu', 'cortex-a53', '-accel', 'tcg', '-m', '64M'],
    ...['-display', 'none', '-monitor', 'none', '-serial', 'stdio', '-kernel', `${base}.elf`],
  ],
  native: (base) => [base],
};

/** Times of one run by the shell's measure, and what it printed. */
function runProgram(kind: Program, base: string): Time & { output: string } {
  const script = 'TIMEFORMAT="time %R %U %S"; time "$@" 2>/dev/null';
  const { status, stdout, stderr } = spawnSync('bash', ['-c', script, 'bash', ...commands[kind](base)], { encoding: 'utf8' });
  const [, wall, user, system] = /time ([\d.]+) ([\d.]+) ([\d.]+)/.exec(stderr) ?? [];
  if (status !== 0 || system === undefined) throw new Error(`${kind} ${base}: status ${status}\n${stderr}`);
  return { wall: Number(wall), cpu: Number(user) + Number(system), output: stdout.trim() };
}

/** Times of one run in a page of its own, and what it printed; processor time is that of all of the browser's processes. */
async function runInChromium({ directory, browser }: Bench, workload: string): Promise<Time & { output: string }> {
  const session = await browser.newBrowserCDPSession();
  const { context, page } = await openWorkerPage(browser, directory);
  try {
    const processorTime = async (): Promise<number> => {
      const { processInfo } = await session.send('SystemInfo.getProcessInfo');
      return processInfo.reduce((sum, { cpuTime }) => sum + cpuTime, 0);
    };
    const image = readFileSync(join(directory, `${workload}.elf`)).toString('base64');
    const before = await processorTime();
    const { output, wall } = await page.evaluate(async (encoded) => {
      const started = performance.now();
      const worker = new Worker('/machine-worker.js');
      const result = await new Promise<string>((resolve, reject) => {
        worker.onmessage = ({ data }: MessageEvent<string>) => resolve(data);
        worker.onerror = ({ message }) => reject(new Error(message));
        worker.postMessage(Uint8Array.from(atob(encoded), (letter) => letter.charCodeAt(0)));
      });
      return { output: result, wall: (performance.now() - started) / 1000 };
    }, image);
    return { output, wall, cpu: (await processorTime()) - before };
  } finally {
    await context.close();
    await session.detach();
  }
}

async function run(kind: Kind, bench: Bench, workload: string): Promise<Time & { output: string }> {
  return kind === 'chromium' ? runInChromium(bench, workload) : runProgram(kind, join(bench.directory, workload));
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1];

function ratioOf(over: readonly Time[], under: readonly Time[]): Ratio {
  const cpu = over.map((time, i) => time.cpu / under[i].cpu);
  return {
    median: median(cpu),
    least: Math.min(...cpu),
    greatest: Math.max(...cpu),
    wall: median(over.map((time, i) => time.wall / under[i].wall)),
  };
}

/** Median times of an empty workload. */
async function startTimes(bench: Bench, pairs: number): Promise<Record<Kind, Time>> {
  const of = async (kind: Kind): Promise<Time> => {
    const runs: Time[] = [];
    for (let i = 0; i < pairs; i++) runs.push(await run(kind, bench, 'nothing'));
    return { wall: median(runs.map(({ wall }) => wall)), cpu: median(runs.map(({ cpu }) => cpu)) };
  };
  return { ours: await of('ours'), chromium: await of('chromium'), qemu: await of('qemu'), native: await of('native') };
}

async function measure(workload: string, bench: Bench, pairs: number, start: Record<Kind, Time>): Promise<WorkloadResult> {
  const kinds: Kind[] = hasNative(workload) ? ['ours', 'chromium', 'qemu', 'native'] : ['ours', 'chromium', 'qemu'];
  const times: Record<Kind, Time[]> = { ours: [], chromium: [], qemu: [], native: [] };
  for (let pair = 0; pair < pairs; pair++) {
    const outputs = new Map<string, Kind>();
    for (const kind of kinds) {
      const { output, ...whole } = await run(kind, bench, workload);
      // Never nothing: ratios of what is too short to be measured mean little, but must be numbers.
      const least = 0.001;
      times[kind].push({ wall: Math.max(least, whole.wall - start[kind].wall), cpu: Math.max(least, whole.cpu - start[kind].cpu) });
      if (kind !== 'native') outputs.set(output, kind);
    }
    if (outputs.size > 1) throw new Error(`${workload}: ${[...outputs].map(([output, kind]) => `${output} by ${kind}`).join(', ')}`);
  }
  const seconds = (kind: Kind): number => (times[kind].length === 0 ? 0 : median(times[kind].map(({ cpu }) => cpu)));
  return {
    workload,
    seconds: { ours: seconds('ours'), chromium: seconds('chromium'), qemu: seconds('qemu'), native: seconds('native') },
    fasterThanQemu: ratioOf(times.qemu, times.ours),
    inChromium: ratioOf(times.qemu, times.chromium),
    slowerThanNative: hasNative(workload) ? ratioOf(times.ours, times.native) : null,
  };
}

const figure = (value: number): string => value.toFixed(2);
const spread = ({ median: middle, least, greatest, wall }: Ratio): string =>
  `${figure(middle)} (${figure(least)} to ${figure(greatest)}; wall clock ${figure(wall)})`;

/** Runs the benchmark; gives the exit status. */
export async function main(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { pairs: { type: 'string', default: '3' }, times: { type: 'string', default: '8' }, json: { type: 'string' } },
  });
  const pairs = Math.max(1, Number(values.pairs));
  const times = Math.max(1, Number(values.times));
  const directory = mkdtempSync(join(tmpdir(), 'bench-machine-'));
  const browser = await chromium.launch(chromiumOptions);
  try {
    const bench = { directory, browser };
    const results: WorkloadResult[] = [];
    await buildProgram(directory, 'machine-image');
    await buildWorker(directory, 'machine-worker');
    compileWorkload('nothing', directory, 1);
    const start = await startTimes(bench, pairs);
    for (const workload of positionals.length > 0 ? positionals : allWorkloads) {
      compileWorkload(workload, directory, times);
      const result = await measure(workload, bench, pairs, start);
      results.push(result);
      const native = result.slowerThanNative === null ? '' : `, native code is faster ${spread(result.slowerThanNative)} times`;
      const { ours, chromium: inChromium, qemu } = result.seconds;
      console.log(`${workload}: ${figure(ours)} s in Node, ${figure(inChromium)} s in Chromium, ${figure(qemu)} s under QEMU`);
      console.log(`  faster than QEMU in Node ${spread(result.fasterThanQemu)}, in Chromium ${spread(result.inChromium)} times${native}`);
    }
    const meanOf = (ratio: (result: WorkloadResult) => Ratio): number =>
      Math.exp(results.reduce((sum, result) => sum + Math.log(ratio(result).median), 0) / results.length);
    const geometricMean = { node: meanOf((result) => result.fasterThanQemu), chromium: meanOf((result) => result.inChromium) };
    console.log(
      `geometric mean: faster than QEMU ${figure(geometricMean.node)} times in Node, ${figure(geometricMean.chromium)} in Chromium; ${pairs} pairs`,
    );
    if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify({ pairs, times, geometricMean, results }, null, 2)}\n`);
    return 0;
  } finally {
    await browser.close();
    rmSync(directory, { recursive: true });
  }
}
