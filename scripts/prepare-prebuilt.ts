/**
 * Builds the pool's examples in their default configuration with our own toolchain, for the site: static/prebuilt/ gets the image of each, so that
 * a page boots one before any compiler has arrived, and the objects that went into them, so that a first build compiles only what a person
 * changed. Does nothing when they are there already.
 *
 *   node --import tsx scripts/prepare-prebuilt.ts
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { cacheFolder, folderCache } from '../cli/folder-cache.ts';
import { openProject, poolFolder, readFolder } from '../cli/project-folder.ts';
import { sourceHash } from '../cli/source-hash.ts';
import { nodeToolchain } from '../cli/toolchain.ts';
import type { PrebuiltFile, PrebuiltManifest } from '../src/lib/session/prebuilt.ts';
import { Builder, memoryCache, packFiles, type BuildCache } from '../src/lib/toolchain/index.ts';
import { writeHashedFile } from './hashed-file.ts';

const out = fileURLToPath(new URL('../static/prebuilt/', import.meta.url));
const manifestPath = join(out, 'manifest.json');
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

const inputs = hashOfInputs();
if (!isCurrent()) await build();
const { images }: PrebuiltManifest = JSON.parse(readFileSync(manifestPath, 'utf8'));
console.log(`static/prebuilt: ${Object.keys(images).join(', ')}`);

function hashOfInputs(): string {
  const pool = readFolder(poolFolder);
  if (!pool.ok) throw new Error(pool.problems[0].message);
  const files = [...pool.value].map(([path, bytes]) => `${path} ${sha256(bytes)}`);
  const clang = readFileSync(fileURLToPath(new URL('../node_modules/@yowasp/clang/package.json', import.meta.url)));
  return sha256(Buffer.from([sourceHash(), sha256(clang), ...files].join('\n')));
}

function isCurrent(): boolean {
  if (!existsSync(manifestPath)) return false;
  const manifest: PrebuiltManifest = JSON.parse(readFileSync(manifestPath, 'utf8'));
  const names = [...Object.values(manifest.images), manifest.objects].map((file) => file.name);
  return manifest.inputs === inputs && names.every((name) => existsSync(join(out, name)));
}

async function build(): Promise<void> {
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  const entries = new Map<string, Uint8Array>();
  const memory = memoryCache();
  const forCommandLine = folderCache(cacheFolder());
  const cache: BuildCache = {
    // Not from the command line's cache: what else that holds would make the site's files differ from one machine to the next.
    get: memory.get,
    put: async (key, bytes) => {
      entries.set(key, bytes);
      await memory.put(key, bytes);
      await forCommandLine.put(key, bytes);
    },
  };
  const builder = new Builder({ ...(await nodeToolchain()), cache, clock: () => performance.now() / 1000 });
  const images: PrebuiltManifest['images'] = {};
  for (const name of examples()) {
    const project = openProject(join(poolFolder, 'apps', name));
    if (!project.ok) throw new Error(project.problems[0].message);
    const { elf, problems } = await builder.build({ app: project.value.app, pool: project.value.pool, name });
    if (!elf) throw new Error(`${name}: ${problems[0]?.message ?? 'not built'}`);
    images[name] = { ...store(name, '.elf.gz', elf), hash: sha256(elf) };
  }
  forCommandLine.prune();
  const sorted = new Map([...entries].sort(([a], [b]) => (a < b ? -1 : 1)));
  const manifest: PrebuiltManifest = { inputs, images, objects: store('objects', '.bin.gz', packFiles(sorted)) };
  writeFileSync(manifestPath, `${JSON.stringify(manifest, null, 2)}\n`);
}

function examples(): string[] {
  const folder = join(poolFolder, 'apps');
  return readdirSync(folder).filter((name) => existsSync(join(folder, name, 'Makefile.uk')));
}

function store(name: string, suffix: string, bytes: Uint8Array): PrebuiltFile {
  const stored = gzipSync(bytes, { level: 9 });
  const { file } = writeHashedFile(out, name, suffix, stored);
  return { name: file, storedBytes: stored.length, bytes: bytes.length };
}
