/** Applications and the pool as they lie on disk, and where the places in problems are there. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { formatProblem, type Problem, type Result } from '../src/lib/problem.ts';
import { splitWorldPath, type VirtualFiles } from '../src/lib/toolchain/index.ts';

export const poolFolder = fileURLToPath(new URL('../static/sysroot', import.meta.url));

/** Folders of an application that hold nothing to build. */
const skipped = new Set(['node_modules', 'build', 'workdir']);
/** More than this is not an application: somebody named the wrong folder. */
const maxFiles = 20_000;
const maxFileBytes = 64 << 20;

/** The files below a folder by relative path. Hidden files, build results and what is too large for a source are left out. */
export function readFolder(folder: string, leaveOut: readonly string[] = []): Result<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  const visit = (path: string, prefix: string): boolean => {
    for (const entry of readdirSync(path, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const whole = join(path, entry.name);
      if (entry.name.startsWith('.') || (prefix === '' && skipped.has(entry.name)) || leaveOut.includes(whole)) continue;
      const stat = statSync(whole, { throwIfNoEntry: false });
      if (stat?.isDirectory() && !entry.isSymbolicLink()) {
        if (!visit(whole, `${prefix}${entry.name}/`)) return false;
      } else if (stat?.isFile() && stat.size <= maxFileBytes) files.set(`${prefix}${entry.name}`, readFileSync(whole));
      if (files.size > maxFiles) return false;
    }
    return true;
  };
  const stat = statSync(folder, { throwIfNoEntry: false });
  if (!stat?.isDirectory()) return { ok: false, problems: [{ severity: 'error', message: `${folder} is not a folder` }] };
  if (visit(folder, '')) return { ok: true, value: files };
  return {
    ok: false,
    problems: [{ severity: 'error', message: `${folder} holds more than ${maxFiles} files: is it the folder of an application?` }],
  };
}

export type ProjectFolder = { folder: string; name: string; app: VirtualFiles; pool: VirtualFiles };

/** An application's folder and the pool. `out` below it is not read: it holds results. */
export function openProject(directory: string, out?: string): Result<ProjectFolder> {
  const folder = resolve(directory);
  const app = readFolder(folder, out ? [resolve(out)] : []);
  if (!app.ok) return app;
  if (!app.value.has('Makefile.uk'))
    return {
      ok: false,
      problems: [
        {
          severity: 'error',
          message: `${folder} has no Makefile.uk`,
          hint: 'an application is a folder with Makefile.uk, Config.uk, its sources and a defconfig',
        },
      ],
    };
  const pool = readFolder(poolFolder);
  return pool.ok ? { ok: true, value: { folder, name: basename(folder), app: app.value, pool: pool.value } } : pool;
}

/** A problem with its file where it is on disk, relative to the working directory where that is shorter. */
export function onDisk(problem: Problem, folder: string): Problem {
  if (!problem.place) return problem;
  const { tree, path } = splitWorldPath(problem.place.file);
  const whole = tree === 'app' ? join(folder, path) : tree === 'pool' ? join(poolFolder, path) : undefined;
  if (whole === undefined) return problem;
  const short = relative(process.cwd(), whole);
  return { ...problem, place: { ...problem.place, file: short.length < whole.length ? short : whole } };
}

export function printProblems(problems: readonly Problem[], folder: string): void {
  for (const problem of problems) process.stderr.write(`${formatProblem(onDisk(problem, folder))}\n`);
}
