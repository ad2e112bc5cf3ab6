/** `uk run ELF|IMAGE|DIR`: boots an image on the emulated machine, its UART on this terminal. */
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import {
  createMachine, isSnapshot, openSnapshot, recordInput, writeSnapshot, type InputEvent, type Machine, type MachineExit,
} from '../src/lib/emulator/index.ts'; // prettier-ignore
import { formatProblem, type Problem, type Result } from '../src/lib/problem.ts';
import { Console } from './run-console.ts';
import { parseRunOptions, type RunOptions, usage } from './run-options.ts';
import { parseScript, ScriptRunner, type ScriptStep, TextWatch } from './run-script.ts';

/** Instructions between looks at the outside. Fixed, so that scripts act at the same virtual times everywhere. */
const slice = 1_000_000;

/** How a run came to its end, as `--json` tells it. */
type Stop = 'poweroff' | 'fault' | 'limit' | 'until' | 'idle' | 'script' | 'left';

const exitStatus: Readonly<Record<Stop, number>> = { poweroff: 0, until: 0, left: 0, script: 1, fault: 3, limit: 4, idle: 4 };

export const main = run;

/** Runs the command; gives the exit status. */
export async function run(args: readonly string[]): Promise<number> {
  const options = parseRunOptions(args);
  if (options === 'help') {
    process.stdout.write(usage);
    return 0;
  }
  if ('mistake' in options) {
    process.stderr.write(`uk run: ${options.mistake}\n${usage}`);
    return 2;
  }
  const inputs = await readInputs(options);
  if (!inputs.ok) return complain(inputs.problems);
  const started = performance.now();
  const opened = await openMachine(options, inputs.value);
  if (!opened.ok) return complain(opened.problems);
  const { machine, log } = opened.value;
  for (const note of machine.boot.notes) process.stderr.write(`${formatProblem(note)}\n`);
  const recorded = recordInput(machine);
  const status = await new Run(machine, options, inputs.value, started).toEnd();
  if (options.record !== undefined) writeFileSync(options.record, await writeSnapshot(machine, [...log, ...recorded]));
  return status;
}

/** The machine that the options describe with what the command line names in it, or the one of a snapshot with the input that it has had. */
export async function openMachine(
  options: RunOptions,
  { file, image, initrd }: Pick<Inputs, 'file' | 'image' | 'initrd'>,
): Promise<Result<{ machine: Machine; log: readonly InputEvent[] }>> {
  const { memoryBytes, cpus, gic, append, translate } = options;
  if (isSnapshot(image)) return openSnapshot(image, { translate });
  const made = await createMachine({ image, imageName: basename(file), memoryBytes, cpus, gic, commandLine: append, initrd, translate });
  return made.ok ? { ok: true, value: { machine: made.value, log: [] } } : made;
}

export function complain(problems: readonly Problem[]): number {
  for (const problem of problems) process.stderr.write(`${formatProblem(problem)}\n`);
  return 1;
}

type Inputs = { file: string; image: Uint8Array; initrd?: Uint8Array; input?: Uint8Array; script?: ScriptStep[] };

/** Everything that the command line names, read; a folder is built first. */
export async function readInputs(options: RunOptions): Promise<Result<Inputs>> {
  const refuse = (message: string): { ok: false; problems: Problem[] } => ({ ok: false, problems: [{ severity: 'error', message }] });
  if (options.drive !== undefined)
    return refuse('--drive: the machine has no virtio-blk, all its virtio slots are empty; a kernel gets files by --initrd');
  try {
    const script = options.script === undefined ? undefined : parseScript(readFileSync(options.script, 'utf8'), options.script);
    if (script && !script.ok) return script;
    const image = statSync(options.target).isDirectory() ? await buildFolder(options.target) : readFileSync(options.target);
    if (image === undefined) return { ok: false, problems: [] };
    return {
      ok: true,
      value: {
        file: options.target,
        image,
        initrd: options.initrd === undefined ? undefined : readFileSync(options.initrd),
        input: options.input === undefined ? undefined : readFileSync(options.input === '-' ? 0 : options.input),
        script: script?.value,
      },
    };
  } catch (error) {
    if (error instanceof Error && 'code' in error) return refuse(error.message);
    throw error;
  }
}

/** Builds an application; problems are printed here, because only the builder knows where its files lie. */
async function buildFolder(folder: string): Promise<Uint8Array | undefined> {
  const { buildProject } = await import('./build.ts');
  const { openProject, printProblems } = await import('./project-folder.ts');
  const project = openProject(folder);
  if (!project.ok) {
    printProblems(project.problems, folder);
    return undefined;
  }
  const { result, files } = await buildProject(project.value, []);
  printProblems(result.problems, project.value.folder);
  const [image] = files?.values() ?? [];
  return typeof image === 'string' ? new TextEncoder().encode(image) : image;
}

/** One machine from its first instruction to its end, with console, script and figures. */
class Run {
  #machine: Machine;
  #options: RunOptions;
  #console: Console;
  #script: ScriptRunner | undefined;
  #until: TextWatch | undefined;
  #started: number;
  #firstUart: number | undefined;
  /** Wall-clock nanoseconds that virtual time is behind because the guest was busy and we are slow; see {@link #now}. */
  #slip = 0;

  constructor(machine: Machine, options: RunOptions, inputs: Inputs, started: number) {
    this.#machine = machine;
    this.#options = options;
    this.#started = started;
    this.#console = new Console(inputs.input === undefined && inputs.script === undefined);
    this.#script = inputs.script && new ScriptRunner(inputs.script, (bytes) => machine.sendInput(bytes));
    this.#until = options.until === undefined ? undefined : new TextWatch(options.until);
    machine.onUart = (bytes) => this.#output(bytes);
    if (inputs.input) machine.sendInput(inputs.input);
  }

  async toEnd(): Promise<number> {
    let stop: Stop | undefined;
    let exit: MachineExit | undefined;
    try {
      while (stop === undefined) {
        this.#script?.advance();
        const input = this.#console.take();
        if (input) this.#machine.sendInput(input);
        const left = this.#options.maxInstructions - this.#machine.counters.instructions;
        exit = this.#machine.run(Math.min(slice, left), this.#console.interactive ? this.#now() : Infinity);
        await this.#console.settle();
        stop = await this.#judge(exit);
      }
    } finally {
      this.#console.close();
    }
    this.#tell(stop, exit);
    return exitStatus[stop];
  }

  /** What an exit means for the run; waits where there is nothing to do. */
  async #judge(exit: MachineExit): Promise<Stop | undefined> {
    const sent = this.#script?.advance() ?? false;
    if (this.#until?.seen) return 'until';
    if (this.#console.left) return 'left';
    switch (exit.reason) {
      case 'poweroff':
        return this.#script?.waitingFor === undefined ? 'poweroff' : 'script';
      case 'fault':
        return 'fault';
      case 'reset':
        this.#machine.reset();
        return undefined;
      case 'idle':
        return sent ? undefined : this.#idle(exit.wakeAt);
      default:
        if (this.#machine.counters.instructions >= this.#options.maxInstructions) return 'limit';
        await this.#keepPace();
        return undefined;
    }
  }

  /** All CPUs wait. Without an event ahead only input goes on, if there is to be any. */
  async #idle(wakeAt: number | undefined): Promise<Stop | undefined> {
    if (wakeAt !== undefined) {
      await this.#console.wait(Math.max(0, (wakeAt - this.#now()) / 1e6));
      return undefined;
    }
    if (this.#script?.waitingFor !== undefined) return 'script';
    if (this.#console.ended && !this.#console.pending) return 'idle';
    await this.#console.wait(Infinity);
    return undefined;
  }

  /** Virtual nanoseconds that a person's clock allows: it stands still while the guest computes slower than it should. */
  #now(): number {
    return (performance.now() - this.#started) * 1e6 - this.#slip;
  }

  async #keepPace(): Promise<void> {
    if (!this.#console.interactive) return;
    const ahead = this.#machine.counters.virtualNs - this.#now();
    if (ahead < 0) this.#slip -= ahead;
    else if (ahead > 1e6) await this.#console.wait(ahead / 1e6);
  }

  #output(bytes: Uint8Array): void {
    this.#firstUart ??= performance.now() - this.#started;
    this.#console.print(bytes);
    this.#script?.output(bytes);
    // What the script sends next is to come at the time of this output.
    if (this.#script?.ready) this.#machine.stop();
    this.#until?.output(bytes);
    if (this.#until?.seen) this.#machine.stop();
  }

  #tell(stop: Stop, exit: MachineExit | undefined): void {
    const wallMs = performance.now() - this.#started;
    if (exit?.reason === 'fault') process.stderr.write(`\nuk run: ${exit.fault.message}\n${this.#registers(exit.fault.cpu)}`);
    if (stop === 'limit') process.stderr.write(`\nuk run: stopped after ${this.#machine.counters.instructions} instructions\n`);
    if (stop === 'idle') process.stderr.write('\nuk run: the guest waits for input, and there is none\n');
    if (stop === 'script') process.stderr.write(`\nuk run: ${this.#options.script}: ${this.#script?.waitingFor}\n`);
    if (this.#options.json === undefined) return;
    const { instructions, virtualNs } = this.#machine.counters;
    const figures = { instructions, virtualNs, wallMs, firstUartMs: this.#firstUart, stop, stateHash: this.#machine.stateHash() };
    writeFileSync(this.#options.json, `${JSON.stringify(figures, undefined, 1)}\n`);
  }

  /** X0 to X30 and SP, four to a line. */
  #registers(index: number): string {
    const cpu = this.#machine.cpus[index];
    const cells = Array.from({ length: 31 }, (_, n) => [`x${n}`, cpu.x(n)] as const);
    const all = [...cells, ['sp', cpu.sp] as const].map(([name, value]) => `${name.padStart(3)} ${value.toString(16).padStart(16, '0')}`);
    return Array.from({ length: 8 }, (_, line) => `  ${all.slice(4 * line, 4 * line + 4).join(' ')}\n`).join('');
  }
}
