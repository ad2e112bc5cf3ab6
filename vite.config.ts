import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sveltekit } from '@sveltejs/kit/vite';
import { defineConfig, type Plugin } from 'vite';

const sysrootDir = fileURLToPath(new URL('./static/sysroot', import.meta.url));

/** The library pool as one module: a page that must work offline should not fetch two hundred small files. */
function sysroot(): Plugin {
  const id = '\0virtual:sysroot';
  const list = () =>
    readdirSync(sysrootDir, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .sort();
  return {
    name: 'sysroot',
    resolveId: (source) => (source === 'virtual:sysroot' ? id : undefined),
    load(source) {
      if (source !== id) return;
      const files: Record<string, string> = {};
      for (const path of list()) {
        this.addWatchFile(path);
        files[relative(sysrootDir, path)] = readFileSync(path, 'utf8');
      }
      return `export default JSON.parse(${JSON.stringify(JSON.stringify(files))});`;
    },
  };
}

export default defineConfig({
  plugins: [sysroot(), sveltekit()],
  worker: { format: 'es', plugins: () => [sysroot()] },
  build: { target: 'es2022', chunkSizeWarningLimit: 4000 },
});
