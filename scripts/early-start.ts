/**
 * Lets the built playground's page ask for what its first boot needs before its own code runs: the machine's worker is started, and the pool, the
 * terminal and the image that a first visit boots are fetched, while the shell is still on its way. The editor's style sheet, which is not needed for that, comes with the editor. Runs after the
 * site's build.
 *
 *   node --import tsx scripts/early-start.ts
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { firstExample } from '../src/lib/project/project.ts';
import type { PrebuiltManifest } from '../src/lib/session/prebuilt.ts';

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

function firstImage(): string {
  const { images }: PrebuiltManifest = JSON.parse(readFileSync(join(root, 'static/prebuilt/manifest.json'), 'utf8'));
  return `prebuilt/${images[firstExample].name}`;
}

const early = [
  // Taken by src/lib/session/module-workers.ts, which makes another one when this cannot be loaded, and reports what goes wrong then.
  `<script>
      globalThis.earlyMachine = new Worker('./${workerFile('machine-worker')}', { type: 'module', name: 'machine' });
      globalThis.earlyMachine.onerror = () => delete globalThis.earlyMachine;
    </script>`,
  ...['virtual:sysroot', 'src/lib/ui/xterm.ts'].map((name) => `<link href="./${chunk(name).file}" rel="modulepreload" />`),
  // As the page's own code asks for it (`fetch`): else it would come twice.
  `<link href="./${firstImage()}" rel="preload" as="fetch" crossorigin="anonymous" />`,
];

const html = readFileSync(page, 'utf8');
const withoutEditor = (chunk('src/lib/ui/monaco.ts').css ?? []).reduce((text, file) => {
  const link = `<link href="./${file}" rel="stylesheet">`;
  if (!text.includes(link)) throw new Error(`index.html does not link ${file}`);
  return text.replace(link, '');
}, html);
writeFileSync(page, withoutEditor.replace('<head>', `<head>\n    ${early.join('\n    ')}`));
