/**
 * What `uk cc` does: a command line like clang's, over files that may be a disk or a map. One driver serves any number of command lines with one
 * warm clang; a call touches nothing but its result, so test suites call it in a loop.
 */
import { formatProblem, type Problem, type Result } from '../../problem.ts';
import { joinPath } from '../build/files.ts';
import { parseDiagnostics } from '../clang/diagnostics.ts';
import { linesOnly, type Clang, type Compilation, type Production, type TextRun } from '../clang/clang.ts';
import { LayeredFiles, MemoryFiles, type FileSource } from '../clang/file-source.ts';
import { WorkingDirectoryFiles } from '../clang/working-directory.ts';
import { printObject } from '../object/print.ts';
import type { ObjectFile } from '../object/object.ts';
import { assembleFile } from '../assembler/assembler.ts';
import { ASSEMBLER_PRODUCER, elfOf, type Backend } from './backend.ts';
import { defaultOutput, parseCommandLine, type CommandLine, type Input } from './command-line.ts';

export type DriverRun = {
  /** As clang's: 0, or 1 when there were errors. */
  status: number;
  /** Files to write, by absolute path. */
  outputs: Map<string, Uint8Array>;
  stdout: Uint8Array;
  /** Clang's text with source lines and carets, and ours in its manner. */
  stderr: string;
  problems: Problem[];
};

export type DriverOptions = {
  /** Absolute; relative paths are seen from here. */
  directory: string;
  files: FileSource;
  stdin?: Uint8Array;
};

const defaultTarget = 'aarch64-none-elf';
const STDIN_NAME = '<stdin>';

export class Driver {
  private readonly clang: Clang;
  private readonly backend: Backend;

  constructor(clang: Clang, backend: Backend) {
    this.clang = clang;
    this.backend = backend;
  }

  /** Runs one command line (without the program's name). */
  run(args: readonly string[], options: DriverOptions): DriverRun {
    return new DriverCall(this.clang, this.backend, options).run(args);
  }
}

type Compiled = { object: ObjectFile };

class DriverCall {
  private readonly clang: Clang;
  private readonly backend: Backend;
  private readonly options: DriverOptions;
  private readonly outputs = new Map<string, Uint8Array>();
  private readonly stdout: Uint8Array[] = [];
  private readonly problems: Problem[] = [];
  private stderr = '';
  private failed = false;
  private readonly encoder = new TextEncoder();
  private readonly decoder = new TextDecoder();

  constructor(clang: Clang, backend: Backend, options: DriverOptions) {
    this.clang = clang;
    this.backend = backend;
    this.options = options;
  }

  run(args: readonly string[]): DriverRun {
    const expanded = this.expandResponseFiles(args, 0);
    const line = expanded.ok ? parseCommandLine(expanded.value, defaultTarget) : expanded;
    if (!line.ok) this.report(line.problems, 'uk cc: ');
    else if (line.value.query) this.query(line.value);
    else if (line.value.inputs.length === 0) this.report([{ severity: 'error', message: 'no input files' }], 'uk cc: ');
    else if (line.value.output !== undefined && line.value.inputs.length > 1 && line.value.stage !== 'link')
      this.report([{ severity: 'error', message: 'cannot specify -o when generating multiple output files' }], 'uk cc: ');
    else this.execute(line.value);
    return {
      status: this.failed ? 1 : 0,
      outputs: this.outputs,
      stdout: concat(this.stdout),
      stderr: this.stderr,
      problems: this.problems,
    };
  }

  /** `@file`: arguments from a file, separated by white space, with quotes and backslashes. */
  private expandResponseFiles(args: readonly string[], depth: number): Result<string[]> {
    const expanded: string[] = [];
    for (const arg of args) {
      const bytes = arg.startsWith('@') ? this.options.files.read(this.absolute(arg.slice(1))) : undefined;
      if (!bytes) {
        expanded.push(arg);
        continue;
      }
      if (depth > 10) return { ok: false, problems: [{ severity: 'error', message: `response files are nested too deeply at '${arg}'` }] };
      const inner = this.expandResponseFiles(splitArguments(this.decoder.decode(bytes)), depth + 1);
      if (!inner.ok) return inner;
      expanded.push(...inner.value);
    }
    return { ok: true, value: expanded };
  }

  private absolute(path: string): string {
    return joinPath(this.options.directory, path);
  }

  private report(problems: readonly Problem[], prefix = ''): void {
    for (const problem of problems) {
      this.problems.push(problem);
      this.stderr += `${prefix}${formatProblem(problem)}\n`;
      if (problem.severity === 'error') this.failed = true;
    }
  }

  /** Takes over what a tool said. */
  private heed(run: Pick<TextRun, 'status' | 'stderr' | 'problems'>): void {
    this.stderr += run.stderr;
    this.problems.push(...run.problems);
    if (run.status === 0) return;
    this.failed = true;
    const trap = run.problems.at(-1);
    if (trap && !run.stderr.includes(trap.message)) this.stderr += `${formatProblem(trap)}\n`;
  }

  private query({ target, compileFlags, inputs }: CommandLine): void {
    const run = this.clang.compile([`--target=${target}`, ...compileFlags, ...inputs.map(({ path }) => path)], this.files());
    this.stdout.push(run.stdout);
    this.heed(run);
  }

  private files(): FileSource {
    return this.options.files;
  }

  private execute(line: CommandLine): void {
    if (line.stage === 'link') {
      this.linkAll(line);
      return;
    }
    for (const input of line.inputs) {
      if (input.language === 'object') {
        this.report([{ severity: 'warning', message: `${input.path}: linker input unused because linking is not done` }], 'uk cc: ');
        continue;
      }
      const output = line.output ?? defaultOutput(input.path === '-' ? '-' : input.path, line.stage);
      const bytes = this.produce(line, input, output);
      if (bytes) this.write(output, bytes);
    }
  }

  private write(output: string, bytes: Uint8Array): void {
    if (output === '-') this.stdout.push(bytes);
    else this.outputs.set(this.absolute(output), bytes);
  }

  /** The input brought to the wanted stage. */
  private produce(line: CommandLine, input: Input, output: string): Uint8Array | undefined {
    switch (line.stage) {
      case 'preprocess':
        return this.front(line, input, ['-E'], output);
      case 'check':
        this.front(line, input, ['-fsyntax-only'], output);
        return undefined;
      case 'llvm-ir':
      case 'llvm-bitcode':
        return this.front(line, input, line.stage === 'llvm-ir' ? ['-S', '-emit-llvm'] : ['-c', '-emit-llvm'], output);
      case 'assembly': {
        if (input.language === 'assembler') return this.read(input);
        if (input.language === 'assembler-with-cpp') return this.front(line, input, ['-E'], output);
        const compiled = this.compile(line, input, output);
        return compiled && this.encoder.encode(printObject(compiled.object));
      }
      default:
        return this.objectBytes(line, input, output);
    }
  }

  private objectBytes(line: CommandLine, input: Input, output: string): Uint8Array | undefined {
    const compiled = this.compile(line, input, output);
    if (!compiled) return undefined;
    const elf = elfOf(compiled.object, []);
    if (elf.ok) return elf.value.object;
    this.report(elf.problems.map((problem) => ({ place: { file: input.path, line: 1, column: 0 }, ...problem })));
    return undefined;
  }

  private read({ path }: Input): Uint8Array | undefined {
    const bytes = path === '-' ? (this.options.stdin ?? new Uint8Array(0)) : this.options.files.read(this.absolute(path));
    if (!bytes) this.report([{ severity: 'error', message: `no such file or directory: '${path}'` }], 'uk cc: ');
    return bytes;
  }

  /** Runs clang's front end on a source; the bytes of its output. */
  private front(line: CommandLine, input: Input, mode: readonly string[], output: string): Uint8Array | undefined {
    const run = this.frontRun(line, input, mode, output);
    this.heed(run);
    for (const [path, bytes] of run.outputs) if (path !== run.outputPath) this.outputs.set(path, bytes);
    return run.status === 0 ? run.output : undefined;
  }

  private frontRun(line: CommandLine, input: Input, mode: readonly string[], output: string): Production {
    const flags = [...line.compileFlags, ...this.dependencyFlags(line, input, output)];
    const compilation: Compilation = {
      source: input.path,
      language: input.language,
      flags: [`--target=${line.target}`, ...flags],
      directory: this.options.directory,
      ...(this.options.stdin && input.path === '-' ? { stdin: this.options.stdin } : {}),
    };
    return this.clang.produce(mode, compilation, this.files());
  }

  private dependencyFlags({ dependencies, stage, compileFlags }: CommandLine, input: Input, output: string): string[] {
    if (!dependencies || compileFlags.includes('-M') || compileFlags.includes('-MM')) return [];
    const target = stage === 'link' ? defaultOutput(input.path, 'object') : output;
    const file = dependencies.file ?? target.replace(/\.[^./]*$/, '') + '.d';
    return [dependencies.flag, '-MF', this.absolute(file), ...(dependencies.hasTarget ? [] : ['-MT', target])];
  }

  private compile(line: CommandLine, input: Input, output: string): Compiled | undefined {
    const name = input.path === '-' ? STDIN_NAME : input.path;
    if (input.language === 'assembler' || input.language === 'assembler-with-cpp') {
      const bytes = input.language === 'assembler' ? this.read(input) : this.front(line, input, ['-E'], output);
      const debug = line.compileFlags.some((flag) => /^-g(?!0$)/.test(flag));
      return bytes && this.assemble(this.decoder.decode(bytes), name, debug);
    }
    const ir = this.front(line, input, ['-S', '-emit-llvm'], output);
    if (!ir) return undefined;
    const dump = line.dumpPasses ? (pass: string, text: string) => void (this.stderr += `*** after ${pass} ***\n${text}\n`) : undefined;
    const compiled = this.backend.compile(this.decoder.decode(ir), dump ? { dump } : {});
    const problems = compiled.ok ? compiled.value.problems : this.withLines(line, input, output, compiled.problems);
    this.report(problems.map((problem) => ({ place: { file: name, line: 1, column: 0 }, ...problem })));
    return compiled.ok ? { object: compiled.value.object } : undefined;
  }

  /** What the code generator cannot compile, with lines: without debug information they are only known when clang is asked again. */
  private withLines(line: CommandLine, input: Input, output: string, problems: readonly Problem[]): readonly Problem[] {
    if (problems.every(({ place }) => place && place.line > 0)) return problems;
    const run = this.frontRun(line, input, ['-S', '-emit-llvm', linesOnly], output);
    const again = run.output && this.backend.compile(this.decoder.decode(run.output), {});
    return again && !again.ok ? again.problems : problems;
  }

  private assemble(text: string, name: string, debug: boolean): Compiled | undefined {
    const { files, directory } = this.options;
    const folders = [directory, joinPath(directory, name.includes('/') ? name.slice(0, name.lastIndexOf('/')) : '.')];
    const find = (path: string): Uint8Array | undefined =>
      folders.map((folder) => files.read(joinPath(folder, path))).find((bytes) => bytes !== undefined);
    const assembled = assembleFile(text, {
      file: name,
      include: (path) => {
        const bytes = find(path);
        return bytes && this.decoder.decode(bytes);
      },
      incbin: find,
      ...(debug ? { debug: { directory, producer: ASSEMBLER_PRODUCER } } : {}),
    });
    this.report(assembled.ok ? assembled.value.problems : assembled.problems);
    return assembled.ok ? { object: assembled.value.object } : undefined;
  }

  /** Compiles what is not an object yet, and links. */
  private linkAll(line: CommandLine): void {
    const made = new Map<string, Uint8Array>();
    const names: string[] = [];
    for (const [i, input] of line.inputs.entries()) {
      if (input.language === 'object') {
        names.push(input.path);
        continue;
      }
      const bytes = this.objectBytes(line, input, defaultOutput(input.path, 'object'));
      if (!bytes) continue;
      // A name that shows the source in the linker's messages.
      const path = `/tmp/${i}/${defaultOutput(input.path === '-' ? 'stdin' : input.path, 'object')}`;
      made.set(path, bytes);
      names.push(path);
    }
    if (this.failed) return;
    const { directory } = this.options;
    const files = new LayeredFiles([new MemoryFiles(made), new WorkingDirectoryFiles(directory, this.options.files)]);
    const output = this.absolute(line.output ?? 'a.out');
    const args = this.linkerArguments(line, names, output, files);
    if (!args) return;
    if (line.verbose) this.stderr += ` ld.lld ${args.join(' ')}\n`;
    const run = this.clang.run('ld.lld', args, files);
    this.heed(run);
    if (run.status !== 0) return;
    for (const [path, bytes] of run.outputs) this.outputs.set(path === output ? path : this.absolute(path.slice(1)), bytes);
  }

  /** For bare metal only what the command line says; for Linux what clang's driver adds: start files and libraries. */
  private linkerArguments(line: CommandLine, names: readonly string[], output: string, files: FileSource): string[] | undefined {
    if (!/linux/.test(line.target)) return ['-m', 'aarch64elf', ...bareLinkFlags(line.linkFlags), '-o', output, ...names];
    const asked = this.clang.compile(['-###', `--target=${line.target}`, ...line.linkFlags, '-o', output, ...names], files);
    const command = asked.stderr.split('\n').findLast((text) => text.startsWith(' "'));
    if (asked.status !== 0 || command === undefined) {
      const complaints = asked.stderr.split('\n').filter((text) => /: (error|warning): /.test(text));
      this.heed({ status: 1, stderr: `${complaints.join('\n')}\n`, problems: parseDiagnostics(complaints.join('\n')) });
      return undefined;
    }
    const [, ...args] = splitArguments(command);
    // The binary's own default is the sysroot /usr: it finds a cross compiler's files there, but a linker would look for /usr below it again.
    return line.linkFlags.some((flag) => flag.startsWith('--sysroot')) ? args : args.filter((arg) => arg !== '--sysroot=/usr');
  }
}

/** The linker's own arguments out of a compiler's. */
function bareLinkFlags(flags: readonly string[]): string[] {
  const result: string[] = [];
  for (let i = 0; i < flags.length; i++) {
    const flag = flags[i];
    if (flag.startsWith('-Wl,')) result.push(...flag.slice('-Wl,'.length).split(','));
    else if (flag === '-Xlinker') result.push(flags[++i]);
    else if (/^-[Tuez]$/.test(flag)) result.push(flag, flags[++i]);
    else if (/^-L/.test(flag) || ['-static', '-shared', '-pie', '-no-pie', '-r', '-s'].includes(flag)) result.push(flag);
  }
  return result;
}

/** Words of a command as a shell and clang's `-###` quote them. */
export function splitArguments(text: string): string[] {
  const words: string[] = [];
  for (const match of text.matchAll(/(?:"(?:[^"\\]|\\.)*"|'[^']*'|\\.|[^\s"'\\])+/gs)) {
    words.push(
      match[0].replace(
        /"((?:[^"\\]|\\.)*)"|'([^']*)'|\\(.)/gs,
        (_all, double?: string, single?: string, escaped?: string) => single ?? escaped ?? double?.replace(/\\(.)/gs, '$1') ?? '',
      ),
    );
  }
  return words;
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
