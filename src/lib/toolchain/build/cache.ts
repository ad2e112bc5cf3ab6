import type { Problem } from '../../problem.ts';
import { bytesOf, dirname, textOf, type VirtualFiles } from './files.ts';
import { hashTexts, sha256 } from './hash.ts';
import type { BuildCache, CompileJob, CompileOutput } from './types.ts';

/** A cache that lives as long as the page or the process. It may begin with entries, such as the prebuilt objects that a site ships. */
export function memoryCache(initial: Iterable<readonly [string, Uint8Array]> = []): BuildCache {
  const entries = new Map(initial);
  return {
    get: (key) => Promise.resolve(entries.get(key)),
    put: (key, bytes) => {
      entries.set(key, bytes);
      return Promise.resolve();
    },
  };
}

/** Looks in the caches in order; what a later one has is put into the earlier ones. New entries go to the first that takes them. */
export function layeredCache(writable: BuildCache, ...readable: readonly BuildCache[]): BuildCache {
  return {
    get: async (key) => {
      const near = await writable.get(key);
      if (near) return near;
      for (const cache of readable) {
        const found = await cache.get(key);
        if (!found) continue;
        await writable.put(key, found);
        return found;
      }
      return undefined;
    },
    put: (key, bytes) => writable.put(key, bytes),
  };
}

/** What one compilation depended on, and what came of it. */
type Recipe = {
  /** World path and hash of every file read but the configuration header. */
  dependencies: [string, string][];
  /** Configuration options mentioned in those files with their values, null for one that is not defined. */
  options: [string, string | null][];
  /** Files that stood where an include looked first, or would look if they were there. Another set may mean another header. */
  candidates: string;
  object: string;
  problems: Problem[];
};

/** Recipes kept for one source and command line: as many configurations as a person is likely to go back and forth between. */
const maxRecipes = 8;

/**
 * Finds objects again by content. A source's key is its path, bytes and command line; under it lie recipes, each a list of what was read
 * then. A recipe whose files and options are still the same gives its object, so nothing needs to be preprocessed to know that.
 *
 * Options count one by one and not through `_config.h` as a whole: turning a library on leaves sources alone that never mention it.
 */
export class ObjectCache {
  private readonly cache: BuildCache;
  /** Hashes and mentioned options by the bytes themselves: files that do not change between builds are read once. */
  private readonly hashes = new WeakMap<Uint8Array, string>();
  private readonly mentions = new WeakMap<Uint8Array, Mentions>();

  constructor(cache: BuildCache) {
    this.cache = cache;
  }

  hashOf(bytes: Uint8Array): string {
    let hash = this.hashes.get(bytes);
    if (hash === undefined) this.hashes.set(bytes, (hash = sha256(bytes)));
    return hash;
  }

  /** The object of a job and its warnings, when an equal compilation has been done before. */
  async find(job: CompileJob, surroundings: Surroundings): Promise<{ object: Uint8Array; problems: Problem[] } | undefined> {
    for (const recipe of await this.recipes(job, surroundings)) {
      if (!this.holds(recipe, job, surroundings)) continue;
      const object = await this.cache.get(recipe.object);
      if (object) return { object, problems: recipe.problems };
    }
    return undefined;
  }

  async keep(job: CompileJob, output: CompileOutput, surroundings: Surroundings): Promise<void> {
    const { object } = output;
    if (!object) return;
    const { world, configHeader } = surroundings;
    const read = [...new Set([job.source, ...output.dependencies])].filter((path) => path !== configHeader).sort();
    // A file that is not in the world cannot be compared later.
    if (read.some((path) => !world.has(path))) return;
    const recipe: Recipe = {
      dependencies: read.map((path) => [path, this.hashOf(world.get(path) ?? new Uint8Array())]),
      options: output.dependencies.includes(configHeader) ? this.options(read, surroundings) : [],
      candidates: this.candidates(job, read, surroundings),
      object: this.hashOf(object),
      problems: output.problems,
    };
    const key = this.key(job, surroundings);
    const others = (await this.recipes(job, surroundings)).filter((other) => JSON.stringify(other) !== JSON.stringify(recipe));
    await this.cache.put(recipe.object, object);
    await this.cache.put(key, bytesOf(JSON.stringify([recipe, ...others].slice(0, maxRecipes))));
  }

  private key(job: CompileJob, { world, compilerVersion }: Surroundings): string {
    const source = world.get(job.source);
    return hashTexts(['compile', compilerVersion, job.source, job.language, job.object, source ? this.hashOf(source) : '', ...job.flags]);
  }

  private async recipes(job: CompileJob, surroundings: Surroundings): Promise<Recipe[]> {
    const bytes = await this.cache.get(this.key(job, surroundings));
    if (!bytes) return [];
    try {
      const parsed: unknown = JSON.parse(textOf(bytes));
      return Array.isArray(parsed) ? parsed.filter(isRecipe) : [];
    } catch {
      // A damaged entry is as good as none: the object is made again and the entry replaced.
      return [];
    }
  }

  private holds(recipe: Recipe, job: CompileJob, surroundings: Surroundings): boolean {
    const { world, options } = surroundings;
    const same = recipe.dependencies.every(([path, hash]) => {
      const bytes = world.get(path);
      return bytes !== undefined && this.hashOf(bytes) === hash;
    });
    if (
      !same ||
      !recipe.options.every(([name, value]) => (name === '*' ? value === wholeOptions(options) : (options.get(name) ?? null) === value))
    )
      return false;
    const read = recipe.dependencies.map(([path]) => path);
    return recipe.candidates === this.candidates(job, read, surroundings);
  }

  private options(read: readonly string[], { world, options }: Surroundings): [string, string | null][] {
    const names = new Set<string>();
    for (const path of read) {
      const mentions = this.mentionsIn(world.get(path));
      // Names put together by ## are not written anywhere: then every option counts.
      if (mentions.pasted) return [['*', wholeOptions(options)]];
      for (const name of mentions.names) names.add(name);
    }
    return [...names].sort().map((name) => [name, options.get(name) ?? null]);
  }

  private mentionsIn(bytes: Uint8Array | undefined): Mentions {
    if (!bytes) return { names: [], pasted: false, probes: false };
    const known = this.mentions.get(bytes);
    if (known) return known;
    const text = textOf(bytes);
    const names = [...new Set([...text.matchAll(/\bCONFIG_([A-Za-z0-9_]+)/g)].map((m) => m[1] ?? ''))];
    const found = { names, pasted: /CONFIG_\w*\s*##|##\s*CONFIG_/.test(text), probes: text.includes('__has_include') };
    this.mentions.set(bytes, found);
    return found;
  }

  /** Which of the paths that could come before a header read then are there: a new file in an earlier folder hides a later one. */
  private candidates(job: CompileJob, read: readonly string[], { world }: Surroundings): string {
    const folders = includeFolders(job.flags);
    const nearby = [...new Set(read.map(dirname))];
    const present: string[] = [];
    for (const path of read) {
      for (const folder of folders) {
        if (!path.startsWith(`${folder}/`)) continue;
        const rest = path.slice(folder.length + 1);
        for (const other of [...nearby, ...folders])
          if (other !== folder && world.has(`${other}/${rest}`)) present.push(`${other}/${rest}`);
      }
    }
    if (read.some((path) => this.mentionsIn(world.get(path)).probes))
      present.push(...[...world.keys()].filter((path) => /\.(h|hpp|hh|inc)$/.test(path)));
    return hashTexts([...new Set(present)].sort());
  }
}

type Mentions = { names: string[]; pasted: boolean; probes: boolean };

/** What compilations of one build have in common. */
export type Surroundings = {
  world: VirtualFiles;
  configHeader: string;
  /** Value of each option that the configuration header defines, by name without `CONFIG_`. */
  options: ReadonlyMap<string, string>;
  compilerVersion: string;
};

function wholeOptions(options: ReadonlyMap<string, string>): string {
  return hashTexts([...options].flat());
}

function includeFolders(flags: readonly string[]): string[] {
  const folders: string[] = [];
  for (let i = 0; i < flags.length; i++) {
    const match = /^-(?:I|isystem|iquote|idirafter)(.*)$/s.exec(flags[i] ?? '');
    if (match) folders.push((match[1] || (flags[++i] ?? '')).replace(/\/+$/, ''));
  }
  return folders;
}

function isRecipe(value: unknown): value is Recipe {
  return (
    typeof value === 'object' &&
    value !== null &&
    'dependencies' in value &&
    'options' in value &&
    'object' in value &&
    'candidates' in value
  );
}
