import type { Problem } from '../../problem.ts';
import type { Clang, Compilation } from '../clang/clang.ts';
import { parseCompletions, type Completion } from '../clang/completion.ts';
import { MemoryFiles } from '../clang/file-source.ts';
import type { BuildRequest } from './builder.ts';
import { configure } from './configure.ts';
import { appRoot, textOf, worldOf, type VirtualFiles } from './files.ts';
import type { ObjectMaker } from './in-process.ts';
import { planBuild } from './plan.ts';
import type { BuildPlan, PlannedSource } from './types.ts';

/** The application as clang sees it while a person types: files and the flags of each. */
type Prepared = { key: string; world: Map<string, Uint8Array>; plan: BuildPlan; problems: Problem[] };

/** Looks at one file of an application while it is edited: what is wrong with it, and what could stand at a place. Nothing is built. */
export class SourceInspector {
  private readonly clang: Clang;
  private readonly maker: ObjectMaker;
  private prepared: Prepared | undefined;

  constructor(clang: Clang, maker: ObjectMaker) {
    this.clang = clang;
    this.maker = maker;
  }

  /** What clang, the assembler, or the Makefile.uk reader has to say about a file. `path` is relative to the application's folder. */
  check(request: BuildRequest, path: string): Problem[] {
    const { world, plan, problems } = this.prepare(request);
    const file = `${appRoot}/${path}`;
    if (/(^|\/)Makefile\.uk$/.test(path)) return problems.filter((problem) => problem.place?.file === file);
    const compilation = compilationOf(plan, file);
    if (!compilation) return [];
    const files = new MemoryFiles(world);
    if (compilation.language !== 'assembler' && compilation.language !== 'assembler-with-cpp') return this.clang.check(compilation, files).problems;
    const run = compilation.language === 'assembler' ? { text: textOf(world.get(file) ?? new Uint8Array()), problems: [] } : this.clang.preprocess(compilation, files);
    if (run.text === undefined) return run.problems;
    const made = this.maker.fromAssembly(run.text, file);
    return [...run.problems, ...(made.ok ? made.value.problems : made.problems)];
  }

  /** What could stand at a place of a C file; `line` and `column` (in bytes) count from 1 and are where the word begins. */
  complete(request: BuildRequest, path: string, line: number, column: number): Completion[] {
    const { world, plan } = this.prepare(request);
    const file = `${appRoot}/${path}`;
    const compilation = compilationOf(plan, file);
    if (!compilation || !/^c(\+\+)?(-header)?$/.test(compilation.language ?? '')) return [];
    const place = ['-Xclang', `-code-completion-at=${file}:${line}:${column}`];
    const options = ['-code-completion-macros', '-code-completion-brief-comments'].flatMap((option) => ['-Xclang', option]);
    const { stdout } = this.clang.produce(['-fsyntax-only', ...place, ...options], compilation, new MemoryFiles(world));
    return parseCompletions(textOf(stdout));
  }

  /** Configuration and plan change with few files; sources only change the world. */
  private prepare(request: BuildRequest): Prepared {
    const world = worldOf(request.app, request.pool);
    const key = planKey(request);
    if (this.prepared?.key === key) {
      for (const [path, bytes] of this.prepared.plan.generated) world.set(path, bytes);
      return { ...this.prepared, world };
    }
    const { configuration, problems } = configure(world, request);
    const planned = planBuild(world, configuration);
    for (const [path, bytes] of planned.plan.generated) world.set(path, bytes);
    this.prepared = { key, world, plan: planned.plan, problems: [...problems, ...planned.problems] };
    return this.prepared;
  }
}

/** Everything that a plan depends on: settings, names of files, and the files that describe a build. */
function planKey({ app, name, settings }: BuildRequest): string {
  const describing = ([path, bytes]: [string, Uint8Array]) => (/\.uk$|defconfig$/.test(path) ? [path, textOf(bytes)] : [path]);
  return JSON.stringify([name, [...(settings ?? [])], [...(app satisfies VirtualFiles)].map(describing)]);
}

/** How the build compiles a file; what it does not name (headers, new files) is looked at as the application's other sources are. */
function compilationOf(plan: BuildPlan, file: string): Compilation | undefined {
  const sources = plan.libraries.flatMap((library) => library.sources);
  const own = sources.find((source) => source.path === file);
  if (own) return { source: file, language: own.language, flags: own.flags };
  const language = { c: 'c', h: 'c-header', S: 'assembler-with-cpp', s: 'assembler' }[file.slice(file.lastIndexOf('.') + 1)];
  const kin = (source: PlannedSource) => source.path.startsWith(`${appRoot}/`) && source.language === (language?.startsWith('c') ? 'c' : language);
  const like = sources.find(kin) ?? sources.find((source) => source.path.startsWith(`${appRoot}/`));
  return language && like ? { source: file, language, flags: like.flags } : undefined;
}
