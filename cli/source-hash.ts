/** The version of our own toolchain: a hash of its text. Results outlive processes and visits, and no number that is raised by hand is as honest. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Rooms whose code decides what an object holds. */
const rooms = ['arm64', 'toolchain'];

/** Absolute paths of the sources that count, tests excepted. */
export function toolchainSources(): string[] {
  const visit = (folder: string): string[] =>
    readdirSync(folder, { withFileTypes: true })
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .flatMap((entry) => {
        const path = join(folder, entry.name);
        if (entry.isDirectory()) return visit(path);
        return entry.name.endsWith('.ts') && !entry.name.endsWith('.test.ts') ? [path] : [];
      });
  return rooms.flatMap((room) => visit(fileURLToPath(new URL(`../src/lib/${room}`, import.meta.url))));
}

export function sourceHash(): string {
  const hash = createHash('sha256');
  for (const path of toolchainSources()) hash.update(`${path.slice(path.lastIndexOf('/') + 1)}\0`).update(readFileSync(path));
  return hash.digest('hex').slice(0, 16);
}
