import type { Problem } from '../../problem.ts';
import { Configuration } from '../kconfig/configuration.ts';
import { readConfig } from '../kconfig/dotconfig.ts';
import { readKconfig } from '../kconfig/kconfig.ts';
import type { Place } from '../kconfig/ast.ts';
import { appRoot, globFiles, joinPath, poolRoot, textOf, type VirtualFiles } from './files.ts';

export type ConfigureOptions = {
  /** Name of the application's folder: the image's name unless the configuration gives one. */
  name: string;
  /** Settings above those of the application's defconfig, by symbol without `CONFIG_`. */
  settings?: Iterable<readonly [string, string]>;
};

export type Configured = { configuration: Configuration; problems: Problem[] };

/** Release of the pool's interfaces, as `UK_FULLVERSION` gives it to Config.uk and `UK_VERSION` to C. */
export const poolVersion = { major: '0', minor: '1', codename: 'Ukulele' } as const;

/** What Config.uk files may take from the environment: `$(UK_BASE)`, `option env="UK_NAME"`. */
export function configEnvironment(name: string): Map<string, string> {
  return new Map([
    ['UK_BASE', poolRoot],
    ['UK_APP', appRoot],
    ['UK_NAME', imageName(name)],
    ['UK_ARCH', 'arm64'],
    ['UK_FULLVERSION', `${poolVersion.major}.${poolVersion.minor}`],
    ['UK_CODENAME', poolVersion.codename],
    ['HOST_ARCH', 'arm64'],
  ]);
}

/** A folder's name as an image's name: letters, digits, dot, dash and underscore. */
function imageName(folder: string): string {
  return folder.replace(/[^A-Za-z0-9._-]+/g, '-').replace(/^[-.]+/, '') || 'app';
}

/** Reads the pool's and the application's Config.uk, the application's `defconfig`, then the given settings; later ones win. */
export function configure(world: VirtualFiles, options: ConfigureOptions): Configured {
  const reader = {
    read: (path: string) => {
      const bytes = world.get(joinPath(poolRoot, path));
      return bytes && textOf(bytes);
    },
    glob: (pattern: string) => globFiles(world.keys(), joinPath(poolRoot, pattern)),
  };
  const { model, problems } = readKconfig(`${poolRoot}/Config.uk`, reader, configEnvironment(options.name));
  const settings = new Map<string, string>();
  const places = new Map<string, Place>();
  const set = (name: string, value: string, place?: Place) => {
    settings.delete(name);
    settings.set(name, value);
    if (place) places.set(name, place);
    else places.delete(name);
  };
  const defconfig = world.get(`${appRoot}/defconfig`);
  if (defconfig) {
    const read = readConfig(textOf(defconfig), `${appRoot}/defconfig`);
    problems.push(...read.problems);
    for (const [name, value] of read.settings) set(name, value, read.places.get(name));
  }
  for (const [name, value] of options.settings ?? []) set(name, value);
  const configuration = new Configuration(model, settings);
  problems.push(...configuration.problems(places).map((problem) => missingLibrary(problem, configuration)));
  return { configuration, problems };
}

/** Asking for a library that is not there cannot lead to what was asked for: that is an error, where a stale option is a warning. */
function missingLibrary(problem: Problem, configuration: Configuration): Problem {
  const name = /^(LIB[A-Z0-9_]+) is not defined by any Config\.uk/.exec(problem.message)?.[1];
  if (!name || configuration.settings.get(name) !== 'y') return problem;
  return {
    ...problem,
    severity: 'error',
    message: `library ${name.toLowerCase()} is missing: no Config.uk defines CONFIG_${name}`,
    hint: 'remove the setting, or add the library with its Config.uk and Makefile.uk',
  };
}
