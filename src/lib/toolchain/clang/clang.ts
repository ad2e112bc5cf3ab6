/**
 * Clang and lld 22, compiled to WebAssembly. One compiled module is kept warm; every call runs in a fresh instance
 * on virtual files and leaves nothing behind, so a call is a function of its arguments. Instances can be made before they are wanted.
 *
 * The binary has no AArch64 code generator: it parses, checks and optimises, and we ask it for LLVM IR.
 */
import { formatProblem, type Problem } from '../../problem.ts';
import { parseDiagnostics } from './diagnostics.ts';
import { LayeredFiles, MemoryFiles, type FileSource } from './file-source.ts';
import { dressed, vectoriserFlags, vectorisersOf, withoutVectors, type Vectorisers } from './vectorise.ts';
import { WasiProgram, type WasiRun } from './wasi.ts';

export type ClangAssets = {
  /** `llvm.core.wasm` of npm's `@yowasp/clang`: clang, lld and LLVM's tools in one WASI program. */
  llvm: WebAssembly.Module;
  /** Clang's own freestanding headers, by path below its `include` folder: `stddef.h`. */
  headers: ReadonlyMap<string, Uint8Array>;
};

export type ToolRun = {
  /** As the tool gives it; 70 (as clang does for its own crashes) when it trapped. */
  status: number;
  stdout: Uint8Array;
  /** The tool's text as it is. */
  stderr: string;
  /** The same as data, and a problem for a trap. */
  problems: Problem[];
  /** Files written, by absolute path. */
  outputs: Map<string, Uint8Array>;
  /** Absolute paths of the files that were read, clang's own headers excepted. */
  dependencies: string[];
};

export type TextRun = Omit<ToolRun, 'outputs' | 'stdout'> & { text?: string };

/** A file of the world and how to compile it. */
export type Compilation = {
  /** As it shall stand in diagnostics: absolute, or relative to `directory`. */
  source: string;
  /** `c`, `c++`, `assembler-with-cpp` ..., as `-x` takes it; by the file's suffix when absent. */
  language?: string;
  /** Driver flags. Those that select output, such as `-c` and `-o`, are ours. */
  flags: readonly string[];
  /** Working directory; `/` when absent. */
  directory?: string;
  /** Contents of the source `-`. */
  stdin?: Uint8Array;
};

/** `output` is what was asked for; `outputs` has it too, under `outputPath`, and beside it dependency files and the like. */
export type Production = ToolRun & { outputPath: string; output?: Uint8Array };

/** Where clang believes to be installed. */
const RESOURCE_DIRECTORY = '/clang';
const OUTPUT = '/tmp/clang-output';
const CRASH_STATUS = 70;

/** The least debug information: where each instruction comes from. */
export const linesOnly = '-gline-tables-only';

export const defaultTarget = 'aarch64-none-elf';

/** Changes when the same input could give another output. */
export const clangVersion = 'clang 22.0.0-git20542-10, vectorisers';

export class Clang {
  readonly version = clangVersion;
  private readonly assets: ClangAssets;
  private readonly headers: FileSource;
  private readonly decoder = new TextDecoder();
  private readonly spares: WasiProgram[] = [];

  constructor(assets: ClangAssets) {
    this.assets = assets;
    this.headers = new MemoryFiles(new Map([...assets.headers].map(([name, bytes]) => [`${RESOURCE_DIRECTORY}/include/${name}`, bytes])));
  }

  /** Makes an instance for a later run, up to so many; gives whether there was one to make. For when nobody waits: it takes about 100 ms and 17 MB. */
  prepareRun(most: number): boolean {
    if (this.spares.length >= most) return false;
    this.spares.push(new WasiProgram(this.assets.llvm));
    return true;
  }

  /** Runs a tool of the binary: `clang`, `clang++`, `ld.lld`, `ar`, `nm`, ... with arguments as on a command line. */
  run(tool: string, args: readonly string[], files: FileSource, stdin?: Uint8Array): ToolRun {
    const layered = new LayeredFiles([this.headers, files]);
    const input = stdin ? { stdin } : {};
    const program = this.spares.pop() ?? new WasiProgram(this.assets.llvm);
    const run = program.run({ args: ['llvm', tool, ...args], files: layered, env: { SOURCE_DATE_EPOCH: '0' }, ...input });
    return this.toolRun(tool, run);
  }

  private toolRun(tool: string, run: WasiRun): ToolRun {
    const stderr = this.decoder.decode(run.stderr);
    const problems = parseDiagnostics(stderr);
    if (run.trap !== undefined) {
      const deep = /stack|recursion/i.test(run.trap);
      problems.push({
        severity: 'error',
        message: `${tool} stopped unexpectedly: ${run.trap}`,
        hint: deep
          ? 'the input is nested too deeply for the stack'
          : 'this is a defect of the compiler, not of the program; simplify the code near the last message',
      });
    }
    return {
      status: run.status ?? CRASH_STATUS,
      stdout: run.stdout,
      stderr,
      problems,
      outputs: run.written,
      dependencies: run.opened.filter((path) => !path.startsWith(`${RESOURCE_DIRECTORY}/`)),
    };
  }

  /** Runs the driver with clang's own headers in place; arguments as on a command line. */
  compile(args: readonly string[], files: FileSource, stdin?: Uint8Array): ToolRun {
    const driver = args.some((arg) => arg === 'c++' || arg === '-xc++') ? 'clang++' : 'clang';
    return this.run(driver, [`-resource-dir=${RESOURCE_DIRECTORY}`, ...args], files, stdin);
  }

  /** Optimised LLVM IR as text. */
  emitIr(compilation: Compilation, files: FileSource): TextRun {
    return this.textRun(this.produce(['-S', '-emit-llvm'], compilation, files));
  }

  /** What the preprocessor makes of a file; line markers (`# 12 "file"`) say where each line came from. */
  preprocess(compilation: Compilation, files: FileSource): TextRun {
    return this.textRun(this.produce(['-E'], compilation, files));
  }

  /** Only checks, for diagnostics while typing. */
  check(compilation: Compilation, files: FileSource): TextRun {
    return this.textRun(this.produce(['-fsyntax-only'], compilation, files));
  }

  /**
   * Runs the driver on one source in a mode such as `-E` or `-c -emit-llvm`. For bare metal there are no headers but clang's own and those that
   * flags name: the binary's default would be the host's `/usr/include`.
   */
  produce(mode: readonly string[], compilation: Compilation, files: FileSource): Production {
    const vectorisers = mode.includes('-emit-llvm') ? vectorisersOf(compilation.flags) : undefined;
    if (!vectorisers) return this.produceOnce(mode, compilation, files);
    const run = this.produceOnce(['-S', '-emit-llvm'], compilation, files);
    const scalar = run.status === 0 ? run.output : undefined;
    if (!scalar) return run;
    const text = this.decoder.decode(scalar);
    const vectorised = this.vectorised(text, vectorisers);
    const output = mode.includes('-c') ? this.bitcode(vectorised ?? text) : new TextEncoder().encode(vectorised ?? text);
    const made = { ...run, outputs: new Map(run.outputs).set(OUTPUT, output), output };
    return vectorised === undefined ? withWarning(made, notVectorised(compilation.source)) : made;
  }

  private produceOnce(
    mode: readonly string[],
    { source, language, flags, directory = '/', stdin }: Compilation,
    files: FileSource,
  ): Production {
    const target = flags.some((flag) => flag.startsWith('--target=') || flag === '-target') ? [] : [`--target=${defaultTarget}`];
    const sysroot = flags.some((flag) => /^--target=.*linux|^--sysroot|^-isysroot/.test(flag))
      ? []
      : [`--sysroot=${RESOURCE_DIRECTORY}/sysroot`];
    const working = directory === '/' ? [] : [`-working-directory=${directory}`];
    const vectors = mode.includes('-emit-llvm') ? withoutVectors : [];
    const place = [...working, `-ffile-compilation-dir=${directory}`, '-fno-color-diagnostics'];
    const input = [...(language === undefined ? [] : ['-x', language]), source];
    const output = mode.includes('-fsyntax-only') ? [] : ['-o', OUTPUT];
    const run = this.compile([...target, ...sysroot, ...flags, ...vectors, ...place, ...mode, ...output, ...input], files, stdin);
    const bytes = run.outputs.get(OUTPUT);
    return { ...run, outputPath: OUTPUT, ...(bytes ? { output: bytes } : {}) };
  }

  /** The same module with vectors; undefined when the second run cannot take it. As it is, it is as right and only slower. */
  private vectorised(ir: string, vectorisers: Vectorisers): string | undefined {
    const guise = dressed(ir);
    if (!guise) return ir;
    const run = this.fromIr(guise.ir, ['-S', ...vectoriserFlags(vectorisers)]);
    return run.status === 0 && run.output ? guise.undress(this.decoder.decode(run.output)) : undefined;
  }

  private bitcode(ir: string): Uint8Array {
    const { output, stderr } = this.fromIr(ir, ['-c', '-w', '-Xclang', '-disable-llvm-passes']);
    if (!output) throw new Error(`a module that clang has written cannot be read: ${stderr}`);
    return output;
  }

  private fromIr(ir: string, flags: readonly string[]): Pick<Production, 'status' | 'stderr' | 'output'> {
    const source = '/module.ll';
    const files = new MemoryFiles(new Map([[source, new TextEncoder().encode(ir)]]));
    const { status, stderr, outputs } = this.compile(['-emit-llvm', ...flags, '-o', OUTPUT, '-x', 'ir', source], files);
    const output = outputs.get(OUTPUT);
    return { status, stderr, ...(output ? { output } : {}) };
  }

  private textRun({ status, stderr, problems, dependencies, output }: Production): TextRun {
    const run = { status, stderr, problems, dependencies };
    return status === 0 && output ? { ...run, text: this.decoder.decode(output) } : run;
  }
}

function notVectorised(file: string): Problem {
  return {
    severity: 'warning',
    place: { file, line: 0, column: 0 },
    message: 'the vectorisers stopped unexpectedly: loops of this file are compiled without them',
    hint: 'the program is right, only slower; -fno-vectorize -fno-slp-vectorize leaves them out',
  };
}

function withWarning(run: Production, problem: Problem): Production {
  return { ...run, problems: [...run.problems, problem], stderr: `${run.stderr}${formatProblem(problem)}\n` };
}
