/**
 * Lets the built playground's page ask for what its first boot needs before its own code runs: the machine's worker is started, and the pool and the
 * terminal are fetched, while the shell is still on its way. The editor's style sheet, which is not needed for that, comes with the editor. Runs after the
 * site's build.
 *
 *   node --import tsx scripts/early-start.ts
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

type Chunk = { file: string; css?: string[] };

const root = fileURLToPath(new URL('..', import.meta.url));
const page = join(root, 'build/index.html');
const chunks: Record<string, Chunk | undefined> = JSON.parse(
  readFileSync(join(root, '.svelte-kit/output/client/.vite/manifest.json'), 'utf8'),
);

function chunk(name: string): Chunk {
  const found = chunks[name];
  if (!found) throw new Error(`the build has no chunk ${name}`);
  return found;
}

function workerFile(name: string): string {
  const folder = '_app/immutable/workers';
  const file = readdirSync(join(root, 'build', folder)).find((each) => each.startsWith(`${name}-`));
  if (file === undefined) throw new Error(`the build has no worker ${name}`);
  return `${folder}/${file}`;
}

const early = [
  // Taken by src/lib/session/module-workers.ts, which makes another one when this cannot be loaded, and reports what goes wrong then.
  `<script>
      globalThis.earlyMachine = new Worker('./${workerFile('machine-worker')}', { type: 'module', name: 'machine' });
      globalThis.earlyMachine.onerror = () => delete globalThis.earlyMachine;
    </script>`,
  ...['virtual:sysroot', 'node_modules/@xterm/xterm/lib/xterm.mjs'].map(
    (name) => `<link href="./${chunk(name).file}" rel="modulepreload" />`,
  ),
];

const html = readFileSync(page, 'utf8');
const withoutEditor = (chunk('src/lib/ui/monaco.ts').css ?? []).reduce((text, file) => {
  const link = `<link href="./${file}" rel="stylesheet">`;
  if (!text.includes(link)) throw new Error(`index.html does not link ${file}`);
  return text.replace(link, '');
}, html);
writeFileSync(page, withoutEditor.replace('<head>', `<head>\n    ${early.join('\n    ')}`));
