import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Writes a file of the site that may be cached for ever: its name holds the beginning of its hash. Gives the name and the whole hash (SHA-256, hexadecimal). */
export function writeHashedFile(
  folder: string,
  name: string,
  suffix: string,
  content: string | Uint8Array,
): { file: string; sha256: string } {
  const sha256 = createHash('sha256').update(content).digest('hex');
  const file = `${name}-${sha256.slice(0, 12)}${suffix}`;
  writeFileSync(join(folder, file), content);
  return { file, sha256 };
}
