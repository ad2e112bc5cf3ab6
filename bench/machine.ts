/**
 * The machine against QEMU and against native code, in pairs: `npm run bench -- machine [WORKLOAD ...] [--pairs N] [--json FILE]`.
 *
 * Each workload of bench/workloads is compiled by clang-19 for the virt board and natively. A pair is one run of the image here (a fresh
 * Node process with the machine as one JavaScript file), one under qemu-system-aarch64's translator and one of the native program; from
 * each the median time of the same with an empty workload is taken off, so that starting a process does not count. Given are ratios of
 * processor time, which other programs on the computer disturb least, with the least and the greatest of all pairs, and the medians of
 * the wall clock's.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'vite';

const here = dirname(fileURLToPath(import.meta.url));
const allWorkloads = ['integer', 'memory', 'bytecode', 'float', 'simd', 'calls', 'switching'] as const;
const hasNative = (workload: string): boolean => workload !== 'switching';

type Time = { wall: number; cpu: number };
type Kind = 'ours' | 'qemu' | 'native';
type Ratio = { median: number; least: number; greatest: number; wall: number };
export type WorkloadResult = { workload: string; seconds: Record<Kind, number>; fasterThanQemu: Ratio; slowerThanNative: Ratio | null };

function tool(command: string, args: readonly string[]): void {
  const { status, stderr, error } = spawnSync(command, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command}: ${error?.message ?? stderr}`);
}

function compile(workload: string, directory: string): void {
  const at = (file: string): string => join(directory, file);
  const source = (file: string): string => join(here, 'workloads', file);
  const target = ['--target=aarch64-none-elf', '-mcpu=cortex-a53', '-O2', '-ffreestanding', '-fno-stack-protector'];
  tool('clang-19', [...target, '-c', '-o', at(`${workload}.o`), source(`${workload}.c`)]);
  tool('clang-19', [...target, '-c', '-o', at('start.o'), source('start.S')]);
  tool('ld.lld-19', ['-T', source('workload.ld'), '-o', at(`${workload}.elf`), at('start.o'), at(`${workload}.o`)]);
  if (hasNative(workload)) tool('clang-19', ['-O2', '-DNATIVE', '-o', at(workload), source(`${workload}.c`), '-lm']);
}

/** Makes one file of the machine and what it needs: to load it by parts takes longer than some workloads. */
async function bundle(directory: string): Promise<void> {
  await build({
    configFile: false,
    logLevel: 'warn',
    build: {
      ssr: join(here, 'machine-image.ts'),
      outDir: directory,
      emptyOutDir: false,
      rollupOptions: { output: { entryFileNames: 'machine-image.mjs' } },
    },
  });
}

const commands: Record<Kind, (base: string) => string[]> = {
  ours: (base) => [process.execPath, join(dirname(base), 'machine-image.mjs'), `${base}.elf`],
  qemu: (base) => [
    ...['qemu-system-aarch64', '-M', 'virt', '-cpu', 'cortex-a53', '-accel', 'tcg', '-m', '64M'],
    ...['-display', 'none', '-monitor', 'none', '-serial', 'stdio', '-kernel', `${base}.elf`],
  ],
  native: (base) => [base],
};

/** Times of one run by the shell's measure, and what it printed. */
function run(kind: Kind, base: string): Time & { output: string } {
  const script = 'TIMEFORMAT="time %R %U %S"; time "$@" 2>/dev/null';
  const { status, stdout, stderr } = spawnSync('bash', ['-c', script, 'bash', ...commands[kind](base)], { encoding: 'utf8' });
  const [, wall, user, system] = /time ([\d.]+) ([\d.]+) ([\d.]+)/.exec(stderr) ?? [];
  if (status !== 0 || system === undefined) throw new Error(`${kind} ${base}: status ${status}\n${stderr}`);
  return { wall: Number(wall), cpu: Number(user) + Number(system), output: stdout.trim() };
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
function startTimes(directory: string, pairs: number): Record<Kind, Time> {
  const of = (kind: Kind): Time => {
    const runs = Array.from({ length: pairs }, () => run(kind, join(directory, 'nothing')));
    return { wall: median(runs.map(({ wall }) => wall)), cpu: median(runs.map(({ cpu }) => cpu)) };
  };
  return { ours: of('ours'), qemu: of('qemu'), native: of('native') };
}

function measure(workload: string, directory: string, pairs: number, start: Record<Kind, Time>): WorkloadResult {
  const kinds: Kind[] = hasNative(workload) ? ['ours', 'qemu', 'native'] : ['ours', 'qemu'];
  const times: Record<Kind, Time[]> = { ours: [], qemu: [], native: [] };
  for (let pair = 0; pair < pairs; pair++) {
    const outputs = kinds.map((kind) => {
      const { output, ...whole } = run(kind, join(directory, workload));
      // Never nothing: ratios of what is too short to be measured mean little, but must be numbers.
      const least = 0.001;
      times[kind].push({ wall: Math.max(least, whole.wall - start[kind].wall), cpu: Math.max(least, whole.cpu - start[kind].cpu) });
      return output;
    });
    if (outputs[0] !== outputs[1]) throw new Error(`${workload}: ${outputs[0]} here, ${outputs[1]} under QEMU`);
  }
  const seconds = (kind: Kind): number => (times[kind].length === 0 ? 0 : median(times[kind].map(({ cpu }) => cpu)));
  return {
    workload,
    seconds: { ours: seconds('ours'), qemu: seconds('qemu'), native: seconds('native') },
    fasterThanQemu: ratioOf(times.qemu, times.ours),
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
    options: { pairs: { type: 'string', default: '3' }, json: { type: 'string' } },
  });
  const pairs = Math.max(1, Number(values.pairs));
  const directory = mkdtempSync(join(tmpdir(), 'bench-machine-'));
  try {
    const results: WorkloadResult[] = [];
    await bundle(directory);
    compile('nothing', directory);
    const start = startTimes(directory, pairs);
    for (const workload of positionals.length > 0 ? positionals : allWorkloads) {
      compile(workload, directory);
      const result = measure(workload, directory, pairs, start);
      results.push(result);
      const native = result.slowerThanNative === null ? '' : `, native code is faster ${spread(result.slowerThanNative)} times`;
      const seconds = `${figure(result.seconds.ours)} s here, ${figure(result.seconds.qemu)} s under QEMU`;
      console.log(`${workload}: ${seconds}, faster than QEMU ${spread(result.fasterThanQemu)} times${native}`);
    }
    const mean = Math.exp(results.reduce((sum, { fasterThanQemu }) => sum + Math.log(fasterThanQemu.median), 0) / results.length);
    console.log(`geometric mean: faster than QEMU ${figure(mean)} times; ${pairs} pairs`);
    if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify({ pairs, geometricMean: mean, results }, null, 2)}\n`);
    return 0;
  } finally {
    rmSync(directory, { recursive: true });
  }
}
