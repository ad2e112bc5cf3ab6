import type { Problem } from '../../problem.ts';
import type { Configuration } from '../kconfig/configuration.ts';
import { blockers } from '../kconfig/explain.ts';
import { poolRoot, textOf, type VirtualFiles } from './files.ts';

/** A library of the pool that is off, and the option that turns it on. */
type Candidate = { library: string; option: string; folder: string };

/**
 * Adds to "file not found" and "undefined symbol" which library of the pool has the header or exports the symbol, and what turns it on.
 * Problems that have nothing to do with a library that is off stay as they are.
 */
export function advise(problem: Problem, world: VirtualFiles, configuration: Configuration): Problem {
  const header = /^'([^']+)' file not found/.exec(problem.message)?.[1];
  const symbol = /^undefined symbol:? '?([^',\s]+)/.exec(problem.message)?.[1];
  if (header === undefined && symbol === undefined) return problem;
  const found = librariesThatAreOff(world, configuration).find(({ folder }) =>
    header !== undefined
      ? world.has(`${folder}/include/${header}`) || world.has(`${folder}/${header}`)
      : symbol !== undefined && mentionsSymbol(world.get(`${folder}/exportsyms.uk`), symbol),
  );
  if (!found) return problem;
  const option = configuration.model.symbols.get(found.option);
  const needs = option ? blockers(configuration, option).map((reason) => reason.text) : [];
  const condition = needs.length > 0 ? ` (${needs.join('; ')})` : '';
  const what = header === undefined ? `library ${found.library} exports ${symbol}` : `the header belongs to library ${found.library}`;
  return { ...problem, hint: `${what}, which is off: turn on CONFIG_${found.option}${condition}` };
}

/** Libraries by what their Makefile.uk registers under which option. */
function librariesThatAreOff(world: VirtualFiles, configuration: Configuration): Candidate[] {
  const candidates: Candidate[] = [];
  for (const [path, bytes] of world) {
    const folder = /^(.+)\/Makefile\.uk$/.exec(path)?.[1];
    if (!folder?.startsWith(`${poolRoot}/`)) continue;
    for (const [, library = '', option = ''] of textOf(bytes).matchAll(/\baddlib_s\s*,\s*([\w.+-]+)\s*,\s*\$\(CONFIG_(\w+)\)/g))
      if (!configuration.isOn(option)) candidates.push({ library, option, folder });
  }
  return candidates;
}

function mentionsSymbol(bytes: Uint8Array | undefined, symbol: string): boolean {
  return bytes !== undefined && textOf(bytes).split(/\s+/).includes(symbol);
}
