/** What the site's code imports from other parts of the build: the pool, and names and versions of what scripts have prepared. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Plugin } from 'vite';
import { sourceHash, toolchainSources } from '../cli/source-hash.ts';

const root = fileURLToPath(new URL('../', import.meta.url));
const sysroot = join(root, 'static/sysroot');

/** A module that is made when it is asked for, and again when a file that it was made of changes. */
export function virtualModule(name: string, make: () => string, madeOf: () => string[] = () => []): Plugin {
  const id = `\0${name}`;
  return {
    name,
    resolveId: (source) => (source === name ? id : undefined),
    load(source) {
      if (source !== id) return;
      for (const path of madeOf()) this.addWatchFile(path);
      return make();
    },
  };
}

function sysrootPaths(): string[] {
  return readdirSync(sysroot, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/** Every file of the pool by path below it. */
export function sysrootFiles(): Record<string, string> {
  return Object.fromEntries(sysrootPaths().map((path) => [relative(sysroot, path), readFileSync(path, 'utf8')]));
}

function exampleFiles(): Record<string, string> {
  return Object.fromEntries(Object.entries(sysrootFiles()).filter(([path]) => path.startsWith('apps/')));
}

/** JSON.parse is faster than a literal of that size. */
const asModule = (value: unknown): string => `export default JSON.parse(${JSON.stringify(JSON.stringify(value))});`;

function manifest(name: string, path: string): Plugin {
  const whole = join(root, path);
  return virtualModule(
    name,
    () => `export default ${readFileSync(whole, 'utf8')};`,
    () => [whole],
  );
}

export function siteFiles(): Plugin[] {
  return [
    // One module: a page that must work offline should not fetch two hundred small files.
    virtualModule('virtual:sysroot', () => asModule(sysrootFiles()), sysrootPaths),
    virtualModule('virtual:examples', () => asModule(exampleFiles()), sysrootPaths),
    // The version of our own toolchain, which objects in caches depend on: another one as soon as a source changes.
    virtualModule('virtual:toolchain-sources', () => `export default ${JSON.stringify(sourceHash())};`, toolchainSources),
    // Names of files with hashes are part of the code that wants them: no request is spent on asking, and versions never mix.
    manifest('virtual:prebuilt', 'static/prebuilt/manifest.json'),
    manifest('virtual:clang-manifest', 'static/clang/manifest.json'),
  ];
}
