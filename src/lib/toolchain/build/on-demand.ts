/**
 * A compiler and a linker that are fetched when a build finds something to do for them. Their versions are known before, so that a build whose
 * objects are all in the cache needs neither.
 */
import type { Result } from '../../problem.ts';
import type { VirtualFiles } from './files.ts';
import type { Compiler, CompileJob, CompileOutput, Linker, LinkJob, LinkOutput } from './types.ts';

/** Gives the tool, or why it cannot be had. Called for each job: whoever gives it decides whether to try again. */
type Obtain<T> = () => Promise<Result<T>>;

export class OnDemandCompiler implements Compiler {
  readonly version: string;
  readonly parallel = 1;
  private readonly obtain: Obtain<Compiler>;
  private world: VirtualFiles = new Map();
  private opened: VirtualFiles | undefined;

  constructor(version: string, obtain: Obtain<Compiler>) {
    this.version = version;
    this.obtain = obtain;
  }

  open(world: VirtualFiles): void {
    this.world = world;
  }

  async compile(job: CompileJob, signal?: AbortSignal): Promise<CompileOutput> {
    const compiler = await unlessAborted(this.obtain(), signal);
    if (!compiler?.ok) return { problems: compiler?.problems ?? [], dependencies: [] };
    if (this.opened !== this.world) await compiler.value.open(this.world);
    this.opened = this.world;
    return compiler.value.compile(job, signal);
  }
}

export class OnDemandLinker implements Linker {
  readonly version: string;
  private readonly obtain: Obtain<Linker>;

  constructor(version: string, obtain: Obtain<Linker>) {
    this.version = version;
    this.obtain = obtain;
  }

  async link(job: LinkJob, signal?: AbortSignal): Promise<LinkOutput> {
    const linker = await unlessAborted(this.obtain(), signal);
    return linker?.ok ? linker.value.link(job) : { problems: linker?.problems ?? [] };
  }
}

/** Stop means stop, also while megabytes are on their way; they go on arriving for the next build. */
function unlessAborted<T>(promise: Promise<T>, signal?: AbortSignal): Promise<T | undefined> {
  if (!signal) return promise;
  return new Promise((resolve, reject) => {
    const stop = () => resolve(undefined);
    if (signal.aborted) return stop();
    signal.addEventListener('abort', stop, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}
