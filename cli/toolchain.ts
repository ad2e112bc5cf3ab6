/** The compiler and the linker under Node. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { objectMaker } from '../src/lib/toolchain/driver/backend.ts';
import { nativeBackend } from '../src/lib/toolchain/driver/native-backend.ts';
import { InProcessCompiler, LldLinker, type Compiler, type Linker } from '../src/lib/toolchain/index.ts';
import { nodeClang } from './clang-assets.ts';

/** Rooms whose code decides what an object holds. */
const rooms = ['arm64', 'toolchain'];

export async function nodeToolchain(): Promise<{ compiler: Compiler; linker: Linker }> {
  const clang = await nodeClang();
  const maker = objectMaker(nativeBackend);
  // Results outlive the process, and here the code may be under change: its own text is the only version that never lies.
  const version = `${maker.version}, sources ${sourceHash()}`;
  return { compiler: new InProcessCompiler(clang, { ...maker, version }), linker: new LldLinker(clang) };
}

/** Hash of the engine's own sources, tests excepted. */
export function sourceHash(): string {
  const hash = createHash('sha256');
  const visit = (folder: string) => {
    for (const entry of readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) visit(path);
      else if (entry.name.endsWith('.ts') && !entry.name.endsWith('.test.ts')) hash.update(`${entry.name}\0`).update(readFileSync(path));
    }
  };
  for (const room of rooms) visit(fileURLToPath(new URL(`../src/lib/${room}`, import.meta.url)));
  return hash.digest('hex').slice(0, 16);
}
