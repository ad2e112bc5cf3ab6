/**
 * Boots Debian's stock arm64 kernel with busybox to a shell, here by `uk run` and under qemu-system-aarch64, has it run the same commands, and
 * compares what they print: `npx tsx tests/long/linux.ts [BOARD...]`, boards are GIC version and number of CPUs (`2x1 2x4 3x1 3x4`, the default).
 * For each tells instructions, virtual and wall-clock time. Ends with 1 when something differs or a run does not end by powering off.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { debianArm64 } from '../differential/linux/debian.ts';
import { initramfs } from '../differential/linux/initramfs.ts';

type Board = { gic: 2 | 3; cpus: number };
type Outcome = { output: string; status: number | null; wallMs: number };

const prompt = 'uk# ';
const commands = ['cat /proc/cpuinfo', 'cat /proc/interrupts', 'sh /check', 'uname -a', 'poweroff -f'];
const append = 'console=ttyAMA0';
const memory = '256M';

const root = new URL('../../', import.meta.url).pathname;
const boards = (process.argv.length > 2 ? process.argv.slice(2) : ['2x1', '2x4', '3x1', '3x4']).map(parseBoard);

function parseBoard(text: string): Board {
  const [, gic, cpus] = /^([23])x([1-8])$/.exec(text) ?? [];
  if (cpus === undefined) throw new Error(`a board is GIC version x number of CPUs, such as 2x4, not ${text}`);
  return { gic: gic === '2' ? 2 : 3, cpus: Number(cpus) };
}

/** Without carriage returns, and the shell's questions for the cursor's place. */
const withoutControls = (text: string): string => text.replaceAll('\r', '').replaceAll('\x1b[6n', '');

/** Runs a command to its end. `answer` is called at each prompt and gives what to type, for a program that takes no script. */
function run(command: string, args: readonly string[], answer?: () => string | undefined): Promise<Outcome> {
  const started = performance.now();
  const child = spawn(command, args, { cwd: root, timeout: 1_800_000 });
  let output = '';
  let looked = 0;
  child.stdout.on('data', (bytes: Buffer) => {
    output += bytes.toString('latin1');
    for (let at = output.indexOf(prompt, looked); answer && at >= 0; at = output.indexOf(prompt, looked)) {
      looked = at + prompt.length;
      const line = answer();
      if (line !== undefined) child.stdin.write(`${line}\n`);
    }
  });
  child.stderr.on('data', (bytes: Buffer) => process.stderr.write(bytes));
  child.stdin.on('error', () => undefined);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status) => resolve({ output: withoutControls(output), status, wallMs: performance.now() - started }));
  });
}

function runHere(kernel: string, initrd: string, folder: string, { gic, cpus }: Board): Promise<Outcome> {
  const script = join(folder, 'script');
  writeFileSync(script, commands.map((line) => `expect ${prompt}\nsend ${line}\n`).join(''));
  const machine = `virt,gic=${gic},smp=${cpus},mem=${memory}`;
  const args = ['--machine', machine, '--append', append, '--initrd', initrd, '--script', script, '--json', join(folder, 'figures')];
  return run(process.execPath, ['cli/uk.mjs', 'run', kernel, ...args]);
}

function runQemu(kernel: string, initrd: string, { gic, cpus }: Board): Promise<Outcome> {
  const machine = `virt,gic-version=${gic}${gic === 3 ? ',its=off' : ''}`;
  const args = ['-M', machine, '-cpu', 'cortex-a53', '-smp', `${cpus}`, '-m', memory, '-nic', 'none', '-nographic', '-no-reboot'];
  const left = [...commands];
  return run('qemu-system-aarch64', [...args, '-kernel', kernel, '-initrd', initrd, '-append', append], () => left.shift());
}

/** What a command printed; empty when it never ran. */
function printedBy(output: string, command: string): string[] {
  const start = output.indexOf(`${prompt}${command}\n`);
  if (start < 0) return [];
  const text = output.slice(start + prompt.length + command.length + 1);
  return text.slice(0, text.indexOf(prompt)).split('\n');
}

/** Interrupt sources as /proc/interrupts lists them, without counts. */
const interruptNames = (lines: readonly string[]): string[] =>
  lines.filter((line) => /^ *(\d+|IPI\d+|Err):/.test(line)).map((line) => line.replace(/: +(\d+ +)+/, ': ').trim());

/** What must be equal, as lines. */
function compared(output: string): string[] {
  // Delay loops and how fast the host is are no business of the machine's.
  const cpuinfo = printedBy(output, 'cat /proc/cpuinfo').filter((line) => !/^(BogoMIPS|Features)/.test(line));
  return [
    ...cpuinfo,
    ...interruptNames(printedBy(output, 'cat /proc/interrupts')),
    ...printedBy(output, 'sh /check'),
    ...printedBy(output, 'uname -a'),
  ];
}

const debian = debianArm64();
if (typeof debian === 'string') {
  console.error(debian);
  process.exit(1);
}
const folder = mkdtempSync(join(tmpdir(), 'linux-'));
let failed = false;
try {
  const initrd = join(folder, 'initrd');
  writeFileSync(initrd, initramfs(readFileSync(debian.busybox)));
  for (const board of boards) {
    const name = `GICv${board.gic}, ${board.cpus} CPUs`;
    const here = await runHere(debian.kernel, initrd, folder, board);
    const qemu = await runQemu(debian.kernel, initrd, board);
    const [ours, theirs] = [compared(here.output), compared(qemu.output)];
    const different = theirs.findIndex((line, i) => line !== ours[i]);
    const wrong = here.status !== 0 || theirs.length < 20 || ours.length !== theirs.length || different >= 0;
    if (wrong) {
      failed = true;
      writeFileSync('linux-here.log', here.output);
      writeFileSync('linux-qemu.log', qemu.output);
      console.log(`${name}: status ${here.status}; line ${different}: ${ours[different]} instead of ${theirs[different]} (linux-*.log)`);
    }
    const { instructions, virtualNs } = JSON.parse(readFileSync(join(folder, 'figures'), 'utf8')) as {
      instructions: number;
      virtualNs: number;
    };
    const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
    console.log(
      `${name}: ${wrong ? 'DIFFERENT' : `${ours.length} lines equal`}; ${(instructions / 1e6).toFixed(0)} M instructions, ` +
        `${seconds(virtualNs / 1e6)} virtual, ${seconds(here.wallMs)}; qemu ${seconds(qemu.wallMs)}`,
    );
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exitCode = failed ? 1 : 0;
