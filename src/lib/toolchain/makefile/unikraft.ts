import type { Problem } from '../../problem.ts';
import { dirname } from '../build/files.ts';
import type { MakeEvaluator } from './evaluator.ts';
import type { Place } from './lines.ts';

export type RegisteredLibrary = { name: string; base: string; platform?: string; place: Place };

/** What the makefiles registered, in order. */
export type Registered = {
  libraries: Map<string, RegisteredLibrary>;
  platforms: Map<string, { base: string }>;
  problems: Problem[];
};

/** Upper case as Unikraft's `uc` has it: ASCII letters only. */
export function upperCase(text: string): string {
  return text.replace(/[a-z]+/g, (letters) => letters.toUpperCase());
}

/**
 * Gives an evaluator the calls that Unikraft's build system offers to Makefile.uk. They register as they are called, and their text defines
 * `LIBNAME_BASE` and its like, so `$(eval $(call addlib,NAME))` and a bare `$(call ...)` inside another eval work alike.
 */
export function registerMacros(make: MakeEvaluator): Registered {
  const registered: Registered = { libraries: new Map(), platforms: new Map(), problems: [] };
  const baseOf = (place: Place) => {
    const base = make.value('_IMPORT_BASE');
    return base !== '' && (place.file === base || place.file.startsWith(`${base}/`)) ? base : dirname(place.file);
  };

  const addLibrary = (name: string, place: Place, platform?: string): string => {
    const base = baseOf(place);
    const known = registered.libraries.get(name);
    if (!/^[A-Za-z0-9_.+-]+$/.test(name)) make.error(`addlib needs the name of a library, not "${name}"`);
    else if (known) make.error(`library ${name} is registered twice: ${known.place.file}:${known.place.line} and here`);
    else registered.libraries.set(name, { name, base, ...(platform ? { platform } : {}), place });
    const prefix = upperCase(name);
    // The folder's exportsyms.uk is found by the plan, which also reads lists added by hand.
    return `UK_LIBS += ${name}\n${prefix}_BASE := ${base}\n${prefix}_BUILD := ${make.value('BUILD_DIR')}/${name}\n`;
  };
  const addPlatform = (name: string, place: Place): string => {
    const base = baseOf(place);
    registered.platforms.set(name, { base });
    return `UK_PLATS += ${name}\nUK_PLAT_${upperCase(name)}_BASE := ${base}\n`;
  };
  const isOn = (text: string | undefined) => (text ?? '').trim() === 'y';
  const trimmed = (text: string | undefined) => (text ?? '').trim();

  const macros: Readonly<Record<string, (args: readonly string[], place: Place) => string>> = {
    addlib: ([name], place) => addLibrary(trimmed(name), place),
    addlib_s: ([name, on], place) => (isOn(on) ? addLibrary(trimmed(name), place) : baseOnly(trimmed(name), baseOf(place))),
    addplat: ([name], place) => addPlatform(trimmed(name), place),
    addplat_s: ([name, on], place) => (isOn(on) ? addPlatform(trimmed(name), place) : ''),
    addplatlib: ([platform, name], place) => addLibrary(trimmed(name), place, trimmed(platform)),
    addplatlib_s: ([platform, name, on], place) =>
      isOn(on) ? addLibrary(trimmed(name), place, trimmed(platform)) : baseOnly(trimmed(name), baseOf(place)),
    uc: ([text = '']) => upperCase(text),
    lc: ([text = '']) => text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase()),
    qstrip: ([text = '']) => text.replaceAll('"', '').trim(),
    have_clang: () => 'y',
    have_gcc: () => 'n',
    gcc_version_ge: () => '',
    error_if_gcc_version_lt: () => '',
    mk_sub_build_dir: () => '',
    mk_sub_libbuild_dir: () => '',
    sub_build_dir: ([name = '']) => `${make.value('BUILD_DIR')}/${name.slice(name.lastIndexOf('/') + 1)}`,
    vprefix_lib: ([library = '', names = '']) =>
      names
        .split(/\s+/)
        .map((name) => `${upperCase(library)}_${name}`)
        .join(' '),
    _import_lib: ([path]) => `_IMPORT_BASE := ${trimmed(path)}\ninclude ${trimmed(path)}/Makefile.uk\nundefine _IMPORT_BASE\n`,
    verbose_include: ([path]) => `include ${trimmed(path)}\n`,
    verbose_include_try: ([path]) => `-include ${trimmed(path)}\n`,
  };
  for (const [name, macro] of Object.entries(macros)) make.natives.set(name, macro);
  for (const name of ['fetch', 'fetch2', 'fetchas', 'fetchas2', 'unarchive', 'patch', 'clone'])
    make.natives.set(name, () => {
      make.error(`$(call ${name},...) gets sources from elsewhere, which is not supported`, 'put the sources into the library folder');
      return '';
    });
  return registered;
}

/** A library that is off still has its base: its Makefile.uk goes on to name sources in it, which are then nobody's. */
function baseOnly(name: string, base: string): string {
  return name === '' ? '' : `${upperCase(name)}_BASE := ${base}\n`;
}
