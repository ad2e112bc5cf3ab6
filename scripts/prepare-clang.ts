/**
 * Makes the compiler's static files for the site, in static/clang/, from the npm package: the WebAssembly program and clang's own headers,
 * compressed, under names that contain their hash, and manifest.json. Does nothing when they are there already.
 *
 *   node --import tsx scripts/prepare-clang.ts
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { clangPackageFolder, readPackagedHeaders } from '../cli/clang-assets.ts';
import { packFiles } from '../src/lib/toolchain/build/pack.ts';
import type { AssetFile, ClangManifest } from '../src/lib/toolchain/clang/assets.ts';
import { writeHashedFile } from './hashed-file.ts';

const folder = clangPackageFolder();
const out = fileURLToPath(new URL('../static/clang/', import.meta.url));
const manifestPath = join(out, 'manifest.json');
const packageFile: { version: string } = JSON.parse(readFileSync(join(folder, '../package.json'), 'utf8'));
const headers = packFiles(new Map([...readPackagedHeaders(folder)].sort(([a], [b]) => (a < b ? -1 : 1))));

if (!isCurrent()) {
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  const manifest: ClangManifest = {
    version: packageFile.version,
    llvm: store('llvm', '.wasm.gz', readFileSync(join(folder, 'llvm.core.wasm'))),
    headers: store('headers', '.bin.gz', headers),
  };
  writeFileSync(manifestPath, `${JSON.stringify(manifest, null, 2)}\n`);
}
for (const name of readdirSync(out)) console.log(`${statSync(join(out, name)).size.toString().padStart(9)} static/clang/${name}`);

function isCurrent(): boolean {
  if (!existsSync(manifestPath)) return false;
  const manifest: ClangManifest = JSON.parse(readFileSync(manifestPath, 'utf8'));
  const files = [manifest.llvm, manifest.headers];
  return (
    manifest.version === packageFile.version &&
    manifest.headers.bytes === headers.length &&
    files.every(({ name, storedBytes }) => existsSync(join(out, name)) && statSync(join(out, name)).size === storedBytes)
  );
}

function store(name: string, suffix: string, bytes: Uint8Array): AssetFile {
  const stored = gzipSync(bytes, { level: 9 });
  const { file, sha256 } = writeHashedFile(out, name, suffix, stored);
  return { name: file, storedBytes: stored.length, bytes: bytes.length, sha256 };
}
