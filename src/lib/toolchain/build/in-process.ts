import type { Problem, Result } from '../../problem.ts';
import { clangVersion, linesOnly, type Clang } from '../clang/clang.ts';
import { MemoryFiles, type FileSource } from '../clang/file-source.ts';
import { bytesOf, type VirtualFiles } from './files.ts';
import type { Compiler, CompileJob, CompileOutput } from './types.ts';

type MadeObject = Result<{ object: Uint8Array; problems: Problem[] }>;

/** What makes objects of what clang gives. */
export type ObjectMaker = {
  /** Changes when the same input could give another object. */
  readonly version: string;
  /** LLVM IR as text to an object. */
  fromIr(ir: string, name: string): MadeObject;
  /** Preprocessed assembly to an object. */
  fromAssembly(assembly: string, source: string): MadeObject;
};

/** What objects of a compiler with this maker depend on; known before clang itself is there. */
export function compilerVersion(maker: ObjectMaker): string {
  return `${clangVersion}, ${maker.version}`;
}

/** Compiles where it is called, one file at a time: what a worker does, and what Node does. */
export class InProcessCompiler implements Compiler {
  readonly version: string;
  readonly parallel = 1;
  private readonly clang: Clang;
  private readonly maker: ObjectMaker;
  private files: FileSource = new MemoryFiles(new Map());

  constructor(clang: Clang, maker: ObjectMaker) {
    this.clang = clang;
    this.maker = maker;
    this.version = compilerVersion(maker);
  }

  open(world: VirtualFiles): void {
    this.files = new MemoryFiles(world);
  }

  async compile(job: CompileJob, signal?: AbortSignal): Promise<CompileOutput> {
    // Lets messages in between two files: progress, and the one that cancels.
    await new Promise((resolve) => setTimeout(resolve, 0));
    if (signal?.aborted) return { problems: [], dependencies: [] };
    return job.language === 'c' || job.language === 'c++' ? this.compileSource(job) : this.assembleOrPreprocess(job);
  }

  private compileSource(job: CompileJob): CompileOutput {
    const run = this.clang.emitIr({ source: job.source, language: job.language, flags: job.flags }, this.files);
    if (run.text === undefined) return { problems: atLeastOne(run.problems, job, run.stderr), dependencies: run.dependencies };
    const made = this.maker.fromIr(run.text, job.object);
    return finished(made.ok ? made : this.withLines(job, made), run.problems, run.dependencies, job);
  }

  /** Without debug information the lines of what cannot be compiled are only known when clang is asked again. */
  private withLines(job: CompileJob, failed: MadeObject): MadeObject {
    if (failed.ok || failed.problems.every(({ place }) => place && place.line > 0)) return failed;
    const { text } = this.clang.emitIr({ source: job.source, language: job.language, flags: [...job.flags, linesOnly] }, this.files);
    const again = text === undefined ? failed : this.maker.fromIr(text, job.object);
    return again.ok ? failed : again;
  }

  private assembleOrPreprocess(job: CompileJob): CompileOutput {
    if (job.language === 'assembler') {
      const text = new TextDecoder().decode(this.files.read(job.source));
      return finished(this.maker.fromAssembly(text, job.source), [], [job.source], job);
    }
    const isScript = job.language === 'linker';
    if (isScript && !job.source.endsWith('.S')) return { object: this.files.read(job.source), problems: [], dependencies: [job.source] };
    // Line markers in a linker script would be syntax errors; in assembly they carry places for messages and debug information.
    const flags = isScript ? [...job.flags, '-P'] : job.flags;
    const run = this.clang.preprocess({ source: job.source, language: 'assembler-with-cpp', flags }, this.files);
    if (run.text === undefined) return { problems: atLeastOne(run.problems, job, run.stderr), dependencies: run.dependencies };
    if (isScript) return { object: bytesOf(run.text), problems: run.problems, dependencies: run.dependencies };
    return finished(this.maker.fromAssembly(run.text, job.source), run.problems, run.dependencies, job);
  }
}

function finished(
  made: MadeObject,
  before: readonly Problem[],
  dependencies: readonly string[],
  job: CompileJob,
): CompileOutput {
  if (!made.ok) return { problems: [...before, ...made.problems.map((p) => placed(p, job))], dependencies };
  return { object: made.value.object, problems: [...before, ...made.value.problems.map((p) => placed(p, job))], dependencies };
}

/** A problem without a place is at least in this file. */
function placed(problem: Problem, job: CompileJob): Problem {
  return problem.place ? problem : { ...problem, place: { file: job.source, line: 1, column: 0 } };
}

function atLeastOne(problems: readonly Problem[], job: CompileJob, stderr: string): Problem[] {
  if (problems.some((p) => p.severity === 'error')) return [...problems];
  return [
    ...problems,
    { severity: 'error', place: { file: job.source, line: 1, column: 0 }, message: stderr.trim() || 'clang failed without a message' },
  ];
}
