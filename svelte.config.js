import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import adapter from '@sveltejs/adapter-static';
import { vitePreprocess } from '@sveltejs/vite-plugin-svelte';

/** Equal sources are an equal version: visitors with an offline copy fetch nothing new. */
function siteVersion() {
  const hash = createHash('sha256');
  const visit = (path) => {
    if (statSync(path).isDirectory()) for (const name of readdirSync(path).sort()) visit(join(path, name));
    // Those that scripts have prepared have their hash in their name.
    else hash.update(path).update(/^static\/(clang|prebuilt)\/.*\.gz/.test(path) ? '' : readFileSync(path));
  };
  for (const path of ['src', 'static', 'lessons', 'docs', 'scripts', 'vite.config.ts', 'package-lock.json']) visit(path);
  return hash.digest('hex').slice(0, 16);
}

/** @type {import('@sveltejs/kit').Config} */
export default {
  preprocess: vitePreprocess(),
  kit: {
    adapter: adapter({ fallback: undefined }),
    paths: { relative: true },
    // Registered only for who asks for an offline copy (docs/decisions/0056-offline.md).
    serviceWorker: { register: false },
    version: { name: siteVersion() },
  },
};
