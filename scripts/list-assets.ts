/**
 * Lists what an offline copy of the built site holds, with sizes and hashes: build/asset-manifest.json. Runs after the site's build.
 *
 *   node --import tsx scripts/list-assets.ts
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import type { AssetManifest } from '../src/lib/session/offline.ts';

const site = fileURLToPath(new URL('../build/', import.meta.url));
const { version }: { version: string } = JSON.parse(readFileSync(join(site, '_app/version.json'), 'utf8'));

/** Not part of a copy: what the worker is or makes, the pool as single files (it is in a module), and parts for frames without an origin. */
const left = /^(service-worker\.js|asset-manifest\.json|sysroot\/.*|.*\.gz\.\d+\.js)$/;
const groups: [group: string, pattern: RegExp][] = [
  ['Compiler', /^clang\//],
  ['Editor', /monaco|editor\.worker|codicon|ts\.worker/],
  ['Documentation', /^docs\//],
  ['Talk', /^talk\//],
  ['Embedded player', /^(embed|sdk)\//],
];

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

const files = readdirSync(site, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => relative(site, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
  .filter((path) => !left.test(path))
  .sort()
  .map((path) => {
    const bytes = readFileSync(join(site, path));
    // Chunks are named by their hash alone; the editor is the one that is so large.
    const isEditor = path.endsWith('.js') && bytes.length > 2_000_000;
    const group = isEditor ? 'Editor' : (groups.find(([, pattern]) => pattern.test(path))?.[0] ?? 'Pages and machine');
    const inflated = path.endsWith('.gz') ? { inflatedSha256: sha256(gunzipSync(bytes)) } : {};
    return { path, bytes: bytes.length, sha256: sha256(bytes), ...inflated, group };
  });
const manifest: AssetManifest = { version, files };
writeFileSync(join(site, 'asset-manifest.json'), JSON.stringify(manifest));
const megabytes = files.reduce((sum, file) => sum + file.bytes, 0) / 1e6;
console.log(`build/asset-manifest.json: ${files.length} files, ${megabytes.toFixed(1)} MB`);
