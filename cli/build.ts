/** `uk build DIR [--out D] [--set SYM=val ...] [--json]` */
import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, join, resolve, sep } from 'node:path';
import type { Problem } from '../src/lib/problem.ts';
import { Builder, configure, explain, worldOf, writeConfig, type BuildResult } from '../src/lib/toolchain/index.ts';
import { parseArguments, parseSettings } from './arguments.ts';
import { cacheFolder, folderCache } from './folder-cache.ts';
import { onDisk, openProject, poolFolder, printProblems, type ProjectFolder } from './project-folder.ts';

const usage = 'usage: uk build DIR [--out D] [--set SYM=val ...] [--json]\n';

export async function main(args: readonly string[]): Promise<number> {
  const parsed = parseArguments(args, { flags: ['--json', '--help'], values: ['--out', '--set'] });
  const settings = typeof parsed === 'string' ? [] : parseSettings(parsed.values.get('--set') ?? []);
  const mistake = typeof parsed === 'string' ? parsed : typeof settings === 'string' ? settings : undefined;
  if (mistake !== undefined || typeof parsed === 'string' || typeof settings === 'string') {
    process.stderr.write(`uk build: ${mistake}\n${usage}`);
    return 2;
  }
  if (parsed.flags.has('--help')) {
    process.stdout.write(usage);
    return 0;
  }
  const [directory] = parsed.rest;
  if (directory === undefined || parsed.rest.length > 1) {
    process.stderr.write(`uk build: ${directory === undefined ? 'which folder?' : 'one folder at a time'}\n${usage}`);
    return 2;
  }
  const out = resolve(parsed.values.get('--out')?.at(-1) ?? defaultOut(directory));
  const json = parsed.flags.has('--json');
  const project = openProject(directory, out);
  if (!project.ok) return report({ problems: project.problems }, resolve(directory), json);
  const refused = checkSettings(project.value, settings);
  if (refused.length > 0) return report({ problems: refused }, project.value.folder, json);
  const { result, files } = await buildProject(project.value, settings);
  if (!files) return report({ problems: result.problems }, project.value.folder, json);
  mkdirSync(out, { recursive: true });
  for (const [name, bytes] of files) writeFileSync(join(out, name), bytes);
  return report(summary(result, out, [...files.keys()]), project.value.folder, json);
}

/** `build` in the application's folder; results of the pool's own examples stay out of the pool, which the site serves as it is. */
function defaultOut(directory: string): string {
  const folder = resolve(directory);
  return folder.startsWith(poolFolder + sep) ? join(poolFolder, '../../.cache/apps', basename(folder)) : join(folder, 'build');
}

/** A setting given on the command line that cannot stand is a mistake, where a stale one in a defconfig is none. */
function checkSettings(project: ProjectFolder, settings: readonly (readonly [string, string])[]): Problem[] {
  if (settings.length === 0) return [];
  const { configuration, problems } = configure(worldOf(project.app, project.pool), { name: project.name, settings });
  if (problems.some((problem) => problem.severity === 'error')) return problems;
  return settings.flatMap(([name, value]): Problem[] => {
    const explanation = explain(configuration, name);
    if (!explanation) return [{ severity: 'error', message: `--set ${name}=${value}: no Config.uk defines ${name}` }];
    if (explanation.value === value) return [];
    const reasons = [...explanation.blockedBy, ...explanation.because].map((reason) => reason.text);
    return [{ severity: 'error', message: `--set ${name}=${value}: it stays ${explanation.value || 'empty'}: ${reasons.join('; ')}` }];
  });
}

/** Builds a project folder. `files` are what belongs in the output folder, by name, the executable with symbols first. */
export async function buildProject(
  project: ProjectFolder,
  settings: readonly (readonly [string, string])[],
): Promise<{ result: BuildResult; files?: Map<string, Uint8Array | string> }> {
  const cache = folderCache(cacheFolder());
  // Loaded only now: mistakes in the command line or the folder are told at once.
  const { nodeToolchain } = await import('./toolchain.ts');
  const { compiler, linker } = await nodeToolchain();
  const builder = new Builder({ compiler, linker, cache, clock: () => performance.now() / 1000 });
  const result = await builder.build({ app: project.app, pool: project.pool, name: project.name, settings });
  cache.prune();
  if (!result.elf || !result.stripped) return { result };
  const { configuration } = configure(worldOf(project.app, project.pool), { name: project.name, settings });
  const image = `${configuration.valueOf('UK_NAME') || project.name}_qemu-arm64`;
  const files = new Map<string, Uint8Array | string>([
    [`${image}.dbg`, result.elf],
    [image, result.stripped],
    ...(result.flat ? [[`${image}.bin`, result.flat] as const] : []),
    ['.config', writeConfig(configuration)],
  ]);
  return { result, files };
}

type Summary = { problems: readonly Problem[] } | ReturnType<typeof summary>;

function summary(result: BuildResult, out: string, names: readonly string[]) {
  const { imageBytes, sections, libraries, stages, compiled, fromCache, problems } = result;
  const [elf = '', image = ''] = names;
  return { elf: join(out, elf), stripped: join(out, image), imageBytes, sections, libraries, stages, compiled, fromCache, problems };
}

function report(what: Summary, folder: string, json: boolean): number {
  const problems = what.problems.map((problem) => onDisk(problem, folder));
  if (json) process.stdout.write(`${JSON.stringify({ ...what, problems }, undefined, 1)}\n`);
  else printProblems(what.problems, folder);
  if (!('elf' in what)) return 1;
  if (!json) process.stdout.write(text(what));
  return 0;
}

function text({ elf, imageBytes, libraries, stages, compiled, fromCache }: ReturnType<typeof summary>): string {
  const width = Math.max(...libraries.map((library) => library.name.length), 5);
  const cell = (n: number) => String(n).padStart(8);
  const rows = libraries.map((l) => `  ${l.name.padEnd(width)}${[l.code, l.readOnly, l.data, l.bytes, l.zeroed].map(cell).join('')}`);
  const head = `  ${''.padEnd(width)}${['code', 'const', 'data', 'total', 'zeroed'].map((title) => title.padStart(8)).join('')}`;
  const seconds = stages.map((stage) => `${stage.name} ${stage.seconds.toFixed(2)} s`).join(', ');
  return `${head}\n${rows.join('\n')}\n${elf}: ${imageBytes} bytes to load; ${compiled} compiled, ${fromCache} from the cache; ${seconds}\n`;
}
