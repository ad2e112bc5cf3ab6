import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sveltekit } from '@sveltejs/kit/vite';
import { defineConfig, type Plugin } from 'vite';
import { lessonsFolder, readLessons } from './cli/lessons-folder.ts';
import { sourceHash, toolchainSources } from './cli/source-hash.ts';
import { docImages, docsFolder, renderDocs } from './scripts/render-docs.ts';
import { renderLesson } from './scripts/render-lesson.ts';
import { formatProblem } from './src/lib/problem.ts';

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

/** The version of our own toolchain, which objects in caches depend on; another one as soon as a source changes. */
function toolchainVersion(): Plugin {
  const id = '\0virtual:toolchain-sources';
  return {
    name: 'toolchain-sources',
    resolveId: (source) => (source === 'virtual:toolchain-sources' ? id : undefined),
    load(source) {
      if (source !== id) return;
      for (const path of toolchainSources()) this.addWatchFile(path);
      return `export default ${JSON.stringify(sourceHash())};`;
    },
  };
}

/** The lessons as the page shows them, their texts as HTML. */
function lessons(): Plugin {
  const id = '\0virtual:lessons';
  return {
    name: 'lessons',
    resolveId: (source) => (source === 'virtual:lessons' ? id : undefined),
    load(source) {
      if (source !== id) return;
      const read = readLessons();
      if (!read.ok) throw new Error(read.problems.map(formatProblem).join('\n'));
      for (const entry of readdirSync(lessonsFolder, { recursive: true, withFileTypes: true }))
        if (entry.isFile()) this.addWatchFile(join(entry.parentPath, entry.name));
      return `export default JSON.parse(${JSON.stringify(JSON.stringify(read.value.map(renderLesson)))});`;
    },
  };
}

/** The documentation as HTML, and the images that it shows as files of the site. */
function docs(): Plugin {
  const id = '\0virtual:docs';
  return {
    name: 'docs',
    resolveId: (source) => (source === 'virtual:docs' ? id : undefined),
    load(source) {
      if (source !== id) return;
      for (const entry of readdirSync(docsFolder, { recursive: true, withFileTypes: true }))
        if (entry.isFile()) this.addWatchFile(join(entry.parentPath, entry.name));
      return `export default JSON.parse(${JSON.stringify(JSON.stringify(renderDocs()))});`;
    },
    generateBundle() {
      if (this.environment.name !== 'client') return;
      for (const path of docImages(renderDocs()))
        this.emitFile({ type: 'asset', fileName: `docs/${path}`, source: readFileSync(join(docsFolder, path)) });
    },
    configureServer(server) {
      server.middlewares.use((request, response, next) => {
        const path = /\/docs\/(images\/[\w.-]+)$/.exec(request.url ?? '')?.[1];
        if (path && existsSync(join(docsFolder, path))) response.end(readFileSync(join(docsFolder, path)));
        else next();
      });
    },
  };
}

/** Names of the images and objects that scripts/prepare-prebuilt.ts made: part of the page, so that no request is spent on asking for them. */
function prebuilt(): Plugin {
  const id = '\0virtual:prebuilt';
  const path = fileURLToPath(new URL('./static/prebuilt/manifest.json', import.meta.url));
  return {
    name: 'prebuilt',
    resolveId: (source) => (source === 'virtual:prebuilt' ? id : undefined),
    load(source) {
      if (source !== id) return;
      this.addWatchFile(path);
      return `export default ${readFileSync(path, 'utf8')};`;
    },
  };
}

const siteFiles = (): Plugin[] => [sysroot(), toolchainVersion(), prebuilt()];

export default defineConfig({
  plugins: [...siteFiles(), lessons(), docs(), sveltekit()],
  worker: { format: 'es', plugins: siteFiles },
  build: { target: 'es2022', chunkSizeWarningLimit: 4000 },
});
