import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sveltekit } from '@sveltejs/kit/vite';
import { defineConfig, type Plugin } from 'vite';
import { lessonsFolder, readLessons } from './cli/lessons-folder.ts';
import { docImages, docsFolder, renderDocs } from './scripts/render-docs.ts';
import { renderLesson } from './scripts/render-lesson.ts';
import { siteFiles, virtualModule } from './scripts/site-files.ts';
import { formatProblem } from './src/lib/problem.ts';

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

/** The lessons as the page shows them, their texts as HTML. */
function lessons(): Plugin {
  const make = () => {
    const read = readLessons();
    if (!read.ok) throw new Error(read.problems.map(formatProblem).join('\n'));
    return `export default JSON.parse(${JSON.stringify(JSON.stringify(read.value.map(renderLesson)))});`;
  };
  return virtualModule('virtual:lessons', make, () => filesBelow(lessonsFolder));
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
  plugins: [...siteFiles(), lessons(), docs(), sveltekit()],
  worker: { format: 'es', plugins: siteFiles },
  build: { target: 'es2022', chunkSizeWarningLimit: 4000 },
});
