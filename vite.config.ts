import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sveltekit } from '@sveltejs/kit/vite';
import { defineConfig, type Plugin } from 'vite';
import { docImages, docsFolder, renderDocs } from './scripts/render-docs.ts';
import { lessonsModule } from './scripts/render-lesson.ts';
import { siteFiles, virtualModule } from './scripts/site-files.ts';

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

/** The documentation as HTML, and the images that it shows as files of the site. */
function docs(): Plugin {
  const make = () => `export default JSON.parse(${JSON.stringify(JSON.stringify(renderDocs()))});`;
  return {
    ...virtualModule('virtual:docs', make, () => filesBelow(docsFolder)),
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

export default defineConfig({
  plugins: [...siteFiles(), lessonsModule(), docs(), sveltekit()],
  worker: { format: 'es', plugins: siteFiles },
  build: { target: 'es2022', chunkSizeWarningLimit: 4000 },
});
