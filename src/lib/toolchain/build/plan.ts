import type { Problem } from '../../problem.ts';
import type { Configuration } from '../kconfig/configuration.ts';
import { headerValues, makeVariables, writeHeader } from '../kconfig/dotconfig.ts';
import { MakeEvaluator } from '../makefile/evaluator.ts';
import { words } from '../makefile/functions.ts';
import { splitShellWords } from '../makefile/shell-words.ts';
import { registerMacros, upperCase, type Registered } from '../makefile/unikraft.ts';
import { poolVersion } from './configure.ts';
import { appRoot, buildRoot, bytesOf, globFiles, joinPath, poolRoot, textOf, type VirtualFiles } from './files.ts';
import { linkerArguments } from './linker-flags.ts';
import type { BuildPlan, PlannedLibrary, PlannedSource, SourceLanguage } from './types.ts';

/** Header through which C sees the configuration; `<uk/config.h>` of the pool includes it. */
export const configHeader = `${buildRoot}/include/uk/_config.h`;

/** Flags that every compilation has: generated headers, and file names in the image that do not depend on where the world is mounted. */
const alwaysFlags = [`-I${buildRoot}/include`, `-fmacro-prefix-map=${appRoot}/=`, `-fmacro-prefix-map=${poolRoot}/=`];

const languages: Readonly<Record<string, SourceLanguage>> = {
  c: 'c', C: 'c++', cc: 'c++', cp: 'c++', cpp: 'c++', cxx: 'c++', 'c++': 'c++', CPP: 'c++',
  s: 'assembler', S: 'assembler-with-cpp', lds: 'linker', ld: 'linker',
}; // prettier-ignore

/** Prefixes of the variables that hold a language's include paths and flags. */
const variablePrefix: Readonly<Record<SourceLanguage, 'C' | 'CXX' | 'AS'>> = {
  c: 'C', 'c++': 'CXX', assembler: 'AS', 'assembler-with-cpp': 'AS', linker: 'AS',
}; // prettier-ignore

/** Evaluates the Makefile.uk files of pool and application under a configuration. The plan is whole only when no problem is an error. */
export function planBuild(world: VirtualFiles, configuration: Configuration): { plan: BuildPlan; problems: Problem[] } {
  return new Planner(world, configuration).plan();
}

class Planner {
  private readonly world: VirtualFiles;
  private readonly configuration: Configuration;
  private readonly make: MakeEvaluator;
  private readonly registered: Registered;
  private readonly problems: Problem[] = [];
  private readonly folders = new Set<string>();

  constructor(world: VirtualFiles, configuration: Configuration) {
    this.world = world;
    this.configuration = configuration;
    for (const path of world.keys())
      for (let slash = path.lastIndexOf('/'); slash > 0; slash = path.lastIndexOf('/', slash - 1)) this.folders.add(path.slice(0, slash));
    const exists = (path: string) => {
      const whole = joinPath(poolRoot, path);
      return world.has(whole) || this.folders.has(whole);
    };
    const files = {
      read: (path: string) => {
        const bytes = world.get(path);
        return bytes && textOf(bytes);
      },
      glob: (pattern: string) => globFiles(world.keys(), pattern.startsWith('/') ? pattern : `${poolRoot}/${pattern}`),
      exists,
    };
    this.make = new MakeEvaluator(files, poolRoot);
    this.registered = registerMacros(this.make);
  }

  plan(): { plan: BuildPlan; problems: Problem[] } {
    this.defineVariables();
    const modules = this.makefiles();
    for (const path of modules) {
      // A top file that includes the others itself has its way.
      if (this.make.included.includes(path) || !this.world.has(path)) continue;
      this.make.define('_IMPORT_BASE', path.slice(0, path.lastIndexOf('/')));
      this.make.evaluateFile(path);
    }
    const libraries = [...this.registered.libraries.values()].map((library) => this.library(library.name, library.base, library.platform));
    const plan: BuildPlan = {
      imageName: unquoted(this.configuration.valueOf('UK_NAME')) || 'unikernel',
      libraries: libraries.sort((a, b) => Number(a.platform === undefined) - Number(b.platform === undefined)),
      linkerScripts: this.linkerScripts(libraries),
      linkerFlags: this.linkerWords(libraries).flags,
      generated: new Map([[configHeader, bytesOf(this.header())]]),
    };
    this.check(plan);
    return { plan, problems: [...this.make.problems, ...this.problems] };
  }

  private makefiles(): string[] {
    const of = (pattern: string) => globFiles(this.world.keys(), `${poolRoot}/${pattern}`);
    return [
      `${poolRoot}/Makefile.uk`,
      ...of('arch/Makefile.uk'),
      ...of('arch/*/Makefile.uk'),
      ...of('plat/Makefile.uk'),
      ...of('plat/*/Makefile.uk'),
      ...of('plat/*/Linker.uk'),
      ...of('drivers/*/Makefile.uk'),
      ...of('libs/*/Makefile.uk'),
      ...of('lib/*/Makefile.uk'),
      `${appRoot}/Makefile.uk`,
    ];
  }

  private header(): string {
    return `/* Generated from the configuration. */\n#ifndef __UK_CONFIG_H__\n#define __UK_CONFIG_H__\n\n${writeHeader(this.configuration)}\n#endif\n`;
  }

  private defineVariables(): void {
    const { make } = this;
    for (const [name, value] of makeVariables(this.configuration)) make.define(name, value);
    const plain: readonly (readonly [string, string])[] = [
      ['CONFIG_UK_BASE', poolRoot],
      ['CONFIG_UK_APP', appRoot],
      ['CONFIG_UK_ARCH', 'arm64'],
      ['CONFIG_UK_NAME', this.configuration.valueOf('UK_NAME')],
      ['UK_BASE', poolRoot],
      ['UK_APP', appRoot],
      ['APP_BASE', appRoot],
      ['BUILD_DIR', buildRoot],
      ['UK_PLAT_COMMON_BASE', `${poolRoot}/plat/common`],
      ['UK_PLAT_DRIVERS_BASE', `${poolRoot}/plat/drivers`],
      ['UK_VERSION', poolVersion.major],
      ['UK_SUBVERSION', poolVersion.minor],
      ['UK_FULLVERSION', `${poolVersion.major}.${poolVersion.minor}`],
      ['UK_CODENAME', poolVersion.codename],
      ['CURDIR', poolRoot],
      ['CC', 'clang'],
      ['empty', ''],
      ['space', ' '],
      ['comma', ','],
      ['plus', '+'],
    ];
    for (const [name, value] of plain) make.define(name, value);
  }

  private library(name: string, base: string, platform: string | undefined): PlannedLibrary {
    const prefix = upperCase(name);
    const sources: PlannedSource[] = [];
    const objects = new Set<string>();
    for (const variable of [`${prefix}_SRCS`, `${prefix}_SRCS-y`]) {
      for (const word of words(this.make.value(variable))) {
        for (const source of this.sources(name, base, variable, word)) {
          if (objects.has(source.object)) this.problem('warning', `${source.path} is listed twice in ${name}`, source.place);
          else sources.push(source);
          objects.add(source.object);
        }
      }
    }
    const files = (suffix: string) => [`${prefix}_${suffix}`, `${prefix}_${suffix}-y`].flatMap((v) => words(this.make.value(v)));
    const exports = this.symbolLists(files('EXPORTS'), base, 'exportsyms.uk');
    return {
      name,
      base,
      sources,
      objects: this.prebuilt(name, [...files('OBJS'), ...files('ALIBS')]),
      ...(exports ? { exports } : {}),
      locals: this.symbolLists([...files('LOCALS'), ...words(this.make.value('EACHOLIB_LOCALS'))], base, 'localsyms.uk') ?? [],
      ...(platform ? { platform } : {}),
    };
  }

  /** Objects and archives that lie in the folder ready to be linked. */
  private prebuilt(library: string, written: readonly string[]): string[] {
    const paths = written.map((path) => joinPath(poolRoot, path));
    for (const path of paths)
      if (!this.world.has(path)) this.problem('error', `${library}: object not found: ${path}`, undefined, this.similarFile(path));
    return [...new Set(paths)].filter((path) => this.world.has(path));
  }

  /** Names in symbol lists, one a line. Undefined when there is no list. */
  private symbolLists(paths: readonly string[], base: string, standard: string): string[] | undefined {
    const found = new Set(paths.map((path) => joinPath(poolRoot, path)));
    if (this.world.has(`${base}/${standard}`)) found.add(`${base}/${standard}`);
    if (found.size === 0) return undefined;
    return [...found].flatMap((path) => {
      const bytes = this.world.get(path);
      if (!bytes) this.problem('error', `symbol list not found: ${path}`);
      return bytes ? words(textOf(bytes).replace(/#.*$/gm, '')) : [];
    });
  }

  /** What one word of `_SRCS` asks for: a file, once for each variant after a `|`. */
  private sources(library: string, base: string, variable: string, word: string): PlannedSource[] {
    const [written = '', ...variants] = word.split('|');
    const place = this.make.placeOfWord(variable, word);
    const path = joinPath(poolRoot, written);
    if (written.includes('>')) {
      this.problem('error', `${word}: sources that another program generates are not supported`, place);
      return [];
    }
    const suffix = /\.([^./]+)$/.exec(path)?.[1] ?? '';
    if (/^(h|hh|hp|hpp|HPP|H|in)$/.test(suffix)) return [];
    const language = path.endsWith('.lds.S') ? 'linker' : Object.hasOwn(languages, suffix) ? languages[suffix] : undefined;
    if (!language) {
      this.problem('error', `${library}: no rule to build "${written}"`, place, 'sources are .c, .cc, .cpp, .S, .s, .lds.S, .lds and .ld');
      return [];
    }
    if (!this.world.has(path)) {
      this.problem('error', `${library}: source file not found: ${written}`, place, this.similarFile(path));
      return [];
    }
    const relative = path.startsWith(`${base}/`) ? path.slice(base.length + 1) : path.slice(path.lastIndexOf('/') + 1);
    const stem = relative.replace(/\.[^./]+$/, '');
    return (variants.length > 0 ? variants : [undefined]).map((variant) => ({
      path,
      ...(variant ? { variant } : {}),
      language,
      flags: this.flags(library, path, language, variant),
      object: `${library}/${stem}${variant ? `.${variant}` : ''}.${language === 'linker' ? 'lds' : 'o'}`,
      ...(place ? { place } : {}),
    }));
  }

  private similarFile(path: string): string | undefined {
    const name = path.slice(path.lastIndexOf('/') + 1);
    const found = [...this.world.keys()].find((other) => other.endsWith(`/${name}`) || other.toLowerCase() === path.toLowerCase());
    return found && `there is ${found}`;
  }

  /** Command line of a source: global, library's and file's variables, in the order in which Unikraft's rules put them. */
  private flags(library: string, path: string, language: SourceLanguage, variant: string | undefined): string[] {
    const lib = upperCase(library);
    const fileName = path.slice(path.lastIndexOf('/') + 1);
    const file = `${lib}_${upperCase(fileName.replace(/\.[^.]+$/, ''))}${variant ? `_${upperCase(variant)}` : ''}`;
    const p = variablePrefix[language];
    const arch = variant === 'isr' ? 'ISR_ARCHFLAGS' : 'ARCHFLAGS';
    const names = [
      'COMPFLAGS', `${lib}_COMPFLAGS`,
      `${p}INCLUDES`, `${lib}_${p}INCLUDES`, `${file}_INCLUDES`, `${file}_${p}INCLUDES`,
      arch, `${p}FLAGS`, `${lib}_${p}FLAGS`, `${file}_FLAGS`, `${file}_${p}FLAGS`, 'DBGFLAGS',
    ]; // prettier-ignore
    const written = names.flatMap((name) => [this.make.value(name), this.make.value(`${name}-y`)]).join(' ');
    const flags = splitShellWords(written);
    if (language !== 'linker') {
      flags.push(`-D__LIBNAME__=${library}`, `-D__BASENAME__=${fileName}`);
      if (variant) flags.push(`-D__VARIANT__=${variant}`);
    }
    return [...alwaysFlags, ...flags];
  }

  /** The platform's default script first, then those that add sections to it. */
  private linkerScripts(libraries: readonly PlannedLibrary[]): PlannedSource[] {
    const defaults = [...this.registered.platforms.keys()].flatMap((platform) =>
      words(this.make.value(`UK_PLAT_${upperCase(platform)}_DEF_LDS`)).map((path) => joinPath(poolRoot, path)),
    );
    const scripts = libraries.flatMap((library) => library.sources.filter((source) => source.language === 'linker'));
    for (const library of libraries) library.sources = library.sources.filter((source) => source.language !== 'linker');
    const platformLibraries = libraries.filter((library) => library.platform !== undefined).map((library) => library.name);
    const extra = [...this.registered.platforms.keys()].map((p) => `${upperCase(p)}_LD_SCRIPT-y`).concat('EXTRA_LD_SCRIPT-y');
    const byFlag = this.linkerWords(libraries).scripts;
    const named = [...extra.flatMap((name) => words(this.make.value(name))), ...byFlag].map((path) => joinPath(poolRoot, path));
    for (const path of [...defaults, ...named]) {
      if (scripts.some((script) => script.path === path)) continue;
      if (this.world.has(path))
        scripts.push({
          path,
          language: 'linker',
          flags: this.flags('', path, 'linker', undefined),
          object: `scripts/${path.slice(path.lastIndexOf('/') + 1)}`,
        });
      else this.problem('error', `linker script not found: ${path}`);
    }
    const rank = (script: PlannedSource) =>
      defaults.includes(script.path) ? 0 : platformLibraries.some((name) => script.object.startsWith(`${name}/`)) ? 1 : 2;
    return scripts.sort((a, b) => rank(a) - rank(b));
  }

  /** Linker flags of the whole, the platforms and the libraries; scripts among them apart. */
  private linkerWords(libraries: readonly PlannedLibrary[]): { flags: string[]; scripts: string[] } {
    const prefixes = [
      '',
      ...[...this.registered.platforms.keys()].map((p) => `${upperCase(p)}_`),
      ...libraries.map((l) => `${upperCase(l.name)}_`),
    ];
    const written = prefixes.flatMap((prefix) => [`${prefix}LDFLAGS`, `${prefix}LDFLAGS-y`]).map((name) => this.make.value(name));
    return linkerArguments(splitShellWords(written.join(' ')));
  }

  private check(plan: BuildPlan): void {
    for (const problem of this.registered.problems) this.problems.push(problem);
    const errors = [...this.make.problems, ...this.problems].some((p) => p.severity === 'error');
    if (errors) return;
    if (!this.world.has(`${appRoot}/Makefile.uk`))
      this.problem('error', 'the application has no Makefile.uk', { file: `${appRoot}/Makefile.uk`, line: 1, column: 0 });
    else if (this.registered.platforms.size === 0)
      this.problem(
        'error',
        'no platform is selected',
        undefined,
        'turn one on under Platform Configuration, for example CONFIG_PLAT_KVM=y',
      );
    else if (plan.linkerScripts.length === 0)
      this.problem('error', `platform ${[...this.registered.platforms.keys()].join(', ')} names no linker script`);
    if (!plan.libraries.some((library) => library.base === appRoot))
      this.problem('error', 'the application registers nothing to build', { file: `${appRoot}/Makefile.uk`, line: 1, column: 0 },
        'its Makefile.uk needs $(eval $(call addlib,appNAME)) and APPNAME_SRCS-y'); // prettier-ignore
  }

  private problem(severity: Problem['severity'], message: string, place?: Problem['place'], hint?: string): void {
    this.problems.push({ severity, ...(place ? { place } : {}), message, ...(hint ? { hint } : {}) });
  }
}

function unquoted(text: string): string {
  return text.replace(/^"(.*)"$/s, '$1');
}

/** What `_config.h` of a plan's configuration defines, for cache keys that depend only on the options a source mentions. */
export function configValues(configuration: Configuration): Map<string, string> {
  return headerValues(configuration);
}
