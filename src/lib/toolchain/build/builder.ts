import type { Problem } from '../../problem.ts';
import type { Configuration } from '../kconfig/configuration.ts';
import { readElf } from '../object/elf-reader.ts';
import { advise } from './advice.ts';
import { ObjectCache, type Surroundings } from './cache.ts';
import { configure } from './configure.ts';
import { bytesOf, textOf, worldOf, type VirtualFiles } from './files.ts';
import { footprint, imageBytes, imageSections, imageSymbols } from './footprint.ts';
import { hashTexts } from './hash.ts';
import { flatImage, stripped } from './image.ts';
import { imagePieces } from './pieces.ts';
import { configHeader, configValues, planBuild } from './plan.ts';
import type { BuildOptions, BuildPlan, BuildResult, BuildStage, LinkOutput, PlannedSource } from './types.ts';
import { hideSymbols, publicName, restoreNames, withPublicNames } from './visibility.ts';

export type BuildRequest = {
  /** Files of the application by path relative to its folder. */
  app: VirtualFiles;
  /** Files of the library pool by path relative to its root. */
  pool: VirtualFiles;
  /** Name of the application's folder. */
  name: string;
  /** Settings above the application's defconfig, by symbol without `CONFIG_`. */
  settings?: Iterable<readonly [string, string]>;
};

/**
 * Builds images. Keep one for as long as files are likely to be built again: it remembers their hashes. Everything else that makes a second
 * build fast is in the cache that it is given.
 */
export class Builder {
  private readonly options: Omit<BuildOptions, 'onprogress' | 'signal'>;
  private readonly objects: ObjectCache;
  /** Settles when the build before is through: a compiler holds the files of one build at a time. */
  private before: Promise<unknown> = Promise.resolve();

  constructor(options: Omit<BuildOptions, 'onprogress' | 'signal'>) {
    this.options = options;
    this.objects = new ObjectCache(options.cache);
  }

  /**
   * Builds an application, after those that were asked for earlier. Never rejects for bad input: what is wrong is in the result's
   * problems.
   */
  build(request: BuildRequest, run: Pick<BuildOptions, 'onprogress' | 'signal'> = {}): Promise<BuildResult> {
    const result = this.before.then(() => new Build(this.options, this.objects, run).run(request));
    this.before = result.catch(() => undefined);
    return result;
  }
}

const failed = { imageBytes: 0, sections: [], libraries: [], symbols: [], pieces: [] };

class Build {
  private readonly options: Omit<BuildOptions, 'onprogress' | 'signal'>;
  private readonly objects: ObjectCache;
  private readonly progress: Pick<BuildOptions, 'onprogress' | 'signal'>;
  private readonly stages: BuildStage[] = [];
  private readonly problems: Problem[] = [];
  private since: number;
  private compiled = 0;
  private fromCache = 0;

  constructor(
    options: Omit<BuildOptions, 'onprogress' | 'signal'>,
    objects: ObjectCache,
    progress: Pick<BuildOptions, 'onprogress' | 'signal'>,
  ) {
    this.options = options;
    this.objects = objects;
    this.progress = progress;
    this.since = options.clock();
  }

  async run(request: BuildRequest): Promise<BuildResult> {
    const world = worldOf(request.app, request.pool);
    const { configuration, problems } = configure(world, request);
    this.problems.push(...problems);
    this.endStage('configure');
    if (this.hasErrors()) return this.result();
    const planned = planBuild(world, configuration);
    this.problems.push(...planned.problems);
    this.endStage('plan');
    if (this.hasErrors()) return this.result();
    const { plan } = planned;
    for (const [path, bytes] of plan.generated) world.set(path, bytes);
    const options = configValues(configuration);
    const surroundings = { world, configHeader, options, compilerVersion: this.options.compiler.version };
    const outputs = await this.compileAll(plan, surroundings, (problem) => advise(problem, world, configuration));
    this.endStage('compile');
    if (this.isCancelled() || this.hasErrors()) return this.result();
    return this.linkAll(plan, outputs, world, configuration);
  }

  /** Compiles every source and linker script, several at a time, and goes on after errors so that all of them are found. */
  private async compileAll(
    plan: BuildPlan,
    surroundings: Surroundings,
    explain: (problem: Problem) => Problem,
  ): Promise<Map<PlannedSource, Uint8Array>> {
    const sources = [...plan.libraries.flatMap((library) => library.sources), ...plan.linkerScripts];
    const outputs = new Map<PlannedSource, Uint8Array>();
    const problemsOf = new Map<PlannedSource, Problem[]>();
    let opened: Promise<void> | undefined;
    const compiler = this.options.compiler;
    let next = 0;
    let done = 0;
    const work = async () => {
      for (let source = sources[next++]; source && !this.isCancelled(); source = sources[next++]) {
        this.progress.onprogress?.({ done, total: sources.length, current: source.path });
        const job = { source: source.path, language: source.language, flags: source.flags, object: source.object };
        const known = await this.objects.find(job, surroundings);
        if (known) this.fromCache++;
        else if (!this.isCancelled()) {
          // The compiler gets the files only when something needs compiling.
          await (opened ??= Promise.resolve(compiler.open(surroundings.world)));
        }
        const output = known ?? (this.isCancelled() ? undefined : await compiler.compile(job, this.progress.signal));
        if (!output) break;
        if (output.object) outputs.set(source, output.object);
        problemsOf.set(source, output.problems);
        if ('dependencies' in output) {
          if (!this.isCancelled()) this.compiled++;
          await this.objects.keep(job, output, surroundings);
          if (!output.object && !this.isCancelled() && !output.problems.some((p) => p.severity === 'error'))
            this.problems.push({ severity: 'error', message: `${source.path}: the compiler gave no object and no reason` });
        }
        done++;
      }
    };
    await Promise.all(Array.from({ length: Math.max(1, Math.min(compiler.parallel, sources.length)) }, work));
    this.progress.onprogress?.({ done, total: sources.length, current: '' });
    // In order of the plan, however the workers finished; a header's warning once, however many sources include it.
    const seen = new Set<string>();
    for (const source of sources) {
      for (const problem of problemsOf.get(source) ?? []) {
        const key = JSON.stringify(problem);
        if (!seen.has(key)) this.problems.push(explain(problem));
        seen.add(key);
      }
    }
    return outputs;
  }

  private async linkAll(
    plan: BuildPlan,
    outputs: ReadonlyMap<PlannedSource, Uint8Array>,
    world: VirtualFiles,
    configuration: Configuration,
  ): Promise<BuildResult> {
    const hiddenIn = new Map<string, string[]>();
    const objects: { name: string; bytes: Uint8Array }[] = [];
    const libraryOfObject = new Map<string, string>();
    for (const library of plan.libraries) {
      const sources = library.sources.filter((source) => outputs.has(source));
      const { objects: linked, hidden } = hideSymbols(
        library,
        sources.map((source) => outputs.get(source) ?? new Uint8Array()),
      );
      for (const name of hidden) hiddenIn.set(name, [...(hiddenIn.get(name) ?? []), library.name]);
      sources.forEach((source, i) => {
        objects.push({ name: source.object, bytes: linked[i] ?? new Uint8Array() });
        libraryOfObject.set(source.object, library.name);
      });
    }
    for (const library of plan.libraries) {
      for (const path of library.objects) {
        const name = path.replace(/^\//, '');
        objects.push({ name, bytes: world.get(path) ?? new Uint8Array() });
        libraryOfObject.set(name, library.name);
      }
    }
    const scripts = plan.linkerScripts.map((script) => ({ name: script.object, text: textOf(outputs.get(script) ?? new Uint8Array()) }));
    const output = await this.link({ objects, scripts, flags: plan.linkerFlags });
    this.problems.push(
      ...output.problems.map(withPublicNames).map((problem) => explainHidden(advise(problem, world, configuration), hiddenIn)),
    );
    this.endStage('link');
    if (this.isCancelled()) return this.result();
    if (!output.elf || this.hasErrors()) {
      if (!this.hasErrors()) this.problems.push({ severity: 'error', message: 'the linker gave no image and no reason' });
      return this.result();
    }
    return this.finish(output.elf, output.map ?? '', (object) => libraryOfObject.get(object.replace(/^\//, '').replace(/\(.*\)$/, '')));
  }

  /** Links, or finds the image of an equal link. */
  private async link(job: Parameters<BuildOptions['linker']['link']>[0]): Promise<LinkOutput> {
    const { linker, cache } = this.options;
    const inputs = job.objects.flatMap(({ name, bytes }) => [name, this.objects.hashOf(bytes)]);
    const key = hashTexts(['link', linker.version, ...inputs, ...job.scripts.flatMap(({ name, text }) => [name, text]), ...job.flags]);
    const [elf, map] = await Promise.all([cache.get(`${key}-elf`), cache.get(`${key}-map`)]);
    if (elf && map) return { elf, map: textOf(map), problems: [] };
    const output = await linker.link(job, this.progress.signal);
    // Warnings are not kept: a link that has some is done again.
    if (output.elf && output.map !== undefined && output.problems.length === 0) {
      await cache.put(`${key}-elf`, output.elf);
      await cache.put(`${key}-map`, bytesOf(output.map));
    }
    return output;
  }

  private finish(linked: Uint8Array, map: string, libraryOf: (object: string) => string | undefined): BuildResult {
    const elf = restoreNames(linked);
    const parsed = readElf(elf, 'image');
    if (!parsed.ok) {
      this.problems.push(...parsed.problems);
      return this.result();
    }
    const sections = imageSections(parsed.value);
    const pieces = imagePieces(parsed.value, map, libraryOf).map((piece) => (piece.symbol === undefined ? piece : { ...piece, symbol: publicName(piece.symbol) }));
    const flat = flatImage(parsed.value);
    const image = {
      elf,
      stripped: stripped(elf, parsed.value),
      ...(flat ? { flat } : {}),
      imageBytes: imageBytes(sections),
      sections,
      libraries: footprint(pieces),
      symbols: imageSymbols(parsed.value, map, libraryOf).map((symbol) => ({ ...symbol, name: publicName(symbol.name) })),
      pieces,
    };
    this.endStage('inspect');
    return this.result(image);
  }

  private result(image: Partial<BuildResult> = {}): BuildResult {
    const { stages, problems, compiled, fromCache } = this;
    return { ...failed, ...image, stages, problems, compiled, fromCache, cancelled: this.isCancelled() };
  }

  private endStage(name: string): void {
    const now = this.options.clock();
    this.stages.push({ name, seconds: now - this.since });
    this.since = now;
  }

  private isCancelled(): boolean {
    return this.progress.signal?.aborted === true;
  }

  private hasErrors(): boolean {
    return this.problems.some((problem) => problem.severity === 'error');
  }
}

/** An undefined symbol that some library has and does not export has a better explanation than a missing library. */
function explainHidden(problem: Problem, hiddenIn: ReadonlyMap<string, readonly string[]>): Problem {
  const name = /^undefined symbol:? '?([^',\s]+)/.exec(problem.message)?.[1];
  const libraries = name && hiddenIn.get(name);
  if (!libraries) return problem;
  return { ...problem, hint: `${libraries.join(', ')} defines ${name} but does not export it: add it to the library's exportsyms.uk` };
}
