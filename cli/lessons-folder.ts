/** The lessons as they lie on disk. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readLesson, type Lesson } from '../src/lib/lessons/index.ts';
import type { Problem, Result } from '../src/lib/problem.ts';
import { textOf } from '../src/lib/toolchain/index.ts';
import { readFolder } from './project-folder.ts';

export const lessonsFolder = fileURLToPath(new URL('../lessons', import.meta.url));

/** All lessons, in the order of the course. */
export function readLessons(folder: string = lessonsFolder): Result<Lesson[]> {
  const problems: Problem[] = [];
  const lessons: Lesson[] = [];
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (!entry.isDirectory()) continue;
    const files = readFolder(join(folder, entry.name));
    if (!files.ok) return files;
    const lesson = readLesson(entry.name, new Map([...files.value].map(([path, bytes]) => [path, textOf(bytes)])));
    if (lesson.ok) lessons.push(lesson.value);
    else problems.push(...lesson.problems);
  }
  if (problems.length > 0) return { ok: false, problems };
  return { ok: true, value: lessons.sort((a, b) => a.order - b.order) };
}
