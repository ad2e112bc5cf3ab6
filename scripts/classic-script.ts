/** A script of the site that is no module, from an entry and all that it imports, with its styles. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { svelte, vitePreprocess } from '@sveltejs/vite-plugin-svelte';
import { build, type Plugin } from 'vite';
import { siteFiles } from './site-files.ts';

const root = fileURLToPath(new URL('../', import.meta.url));

export async function classicScript(entry: string, plugins: Plugin[] = []): Promise<{ code: string; css: string }> {
  const built = await build({
    root,
    configFile: false,
    publicDir: false,
    logLevel: 'warn',
    plugins: [...siteFiles(), ...plugins, svelte({ configFile: false, preprocess: vitePreprocess() })],
    resolve: { alias: { $lib: join(root, 'src/lib') }, conditions: ['browser', 'module', 'import', 'default'] },
    define: { 'process.env.NODE_ENV': '"production"' },
    build: { target: 'es2022', write: false, minify: true, lib: { entry, formats: ['iife'], name: 'ukulele', fileName: () => 'out.js' } },
  });
  const [{ output }] = [built].flat().filter((one) => 'output' in one);
  const chunk = output.find((file) => file.type === 'chunk');
  const style = output.find((file) => file.type === 'asset' && file.fileName.endsWith('.css'));
  if (!chunk) throw new Error(`${entry} gave no script`);
  return { code: chunk.code, css: style?.type === 'asset' ? Buffer.from(style.source).toString('utf8') : '' };
}
