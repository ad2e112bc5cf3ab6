/** Linking by lld: objects and linker scripts to an executable, a map, and problems that name symbols and objects. */
import type { Linker, LinkJob, LinkOutput } from '../build/types.ts';
import { clangVersion, type Clang } from '../clang/clang.ts';
import { MemoryFiles } from '../clang/file-source.ts';
import { parseLinkerMessages } from './messages.ts';

const OUTPUT = '/tmp/lld-output';
const MAP = '/tmp/lld-map';

/** lld's own paths of inputs are absolute; names in messages and in the map are as given. */
function inputPath(name: string): string {
  return name.startsWith('/') ? name : `/${name}`;
}

/**
 * Links AArch64 objects. `flags` are GNU ld's; scripts take effect in order, as with several `-T`.
 * Two objects of one name would be one file: their names must differ.
 */
export function link(clang: Clang, job: LinkJob): LinkOutput {
  const files = new Map<string, Uint8Array>();
  for (const { name, bytes } of job.objects) {
    const path = inputPath(name);
    if (files.has(path)) throw new Error(`two inputs of the linker are called ${name}`);
    files.set(path, bytes);
  }
  const encoder = new TextEncoder();
  for (const { name, text } of job.scripts) files.set(inputPath(name), encoder.encode(text));
  const scripts = job.scripts.flatMap(({ name }) => ['-T', name]);
  const args = [
    '-m',
    'aarch64elf',
    '--color-diagnostics=never',
    ...job.flags,
    ...scripts,
    `-Map=${MAP}`,
    '-o',
    OUTPUT,
    ...job.objects.map(({ name }) => name),
  ];
  const run = clang.run('ld.lld', args, new MemoryFiles(files));
  const problems = parseLinkerMessages(run.stderr);
  if (run.status !== 0 && !problems.some(({ severity }) => severity === 'error')) problems.push(...run.problems);
  const elf = run.status === 0 ? run.outputs.get(OUTPUT) : undefined;
  const map = run.outputs.get(MAP);
  return { ...(elf ? { elf } : {}), ...(map ? { map: new TextDecoder().decode(map) } : {}), problems };
}

/** Known before clang itself is there. */
export const lldVersion = `lld of ${clangVersion}`;

/** {@link link} as the build wants it. */
export class LldLinker implements Linker {
  readonly version = lldVersion;
  private readonly clang: Clang;

  constructor(clang: Clang) {
    this.clang = clang;
  }

  link(job: LinkJob): Promise<LinkOutput> {
    return Promise.resolve(link(this.clang, job));
  }
}
