/** Builds answers to lessons and holds checks against them, under Node. */
import { optionsAsked, verify, type Lesson, type Verdict } from '../src/lib/lessons/index.ts';
import type { Problem } from '../src/lib/problem.ts';
import { Builder, virtualFiles, type BuildResult } from '../src/lib/toolchain/index.ts';
import { cacheFolder, folderCache } from './folder-cache.ts';
import { poolFolder, readFolder } from './project-folder.ts';
import { nodeToolchain } from './toolchain.ts';

export type LessonOutcome = { passed: boolean; problems: Problem[]; verdicts: Verdict[]; build: BuildResult };

export type LessonTester = {
  /** Builds an application, `files` by path relative to its folder, without running anything. */
  build: (files: Readonly<Record<string, string>>, name: string) => Promise<BuildResult>;
  check: (lesson: Lesson, files: Readonly<Record<string, string>>, name: string) => Promise<LessonOutcome>;
};

/** One compiler for many answers. */
export async function lessonTester(): Promise<LessonTester> {
  const { compiler, linker } = await nodeToolchain();
  const builder = new Builder({ compiler, linker, cache: folderCache(cacheFolder()), clock: () => performance.now() / 1000 });
  const read = readFolder(poolFolder);
  if (!read.ok) throw new Error(`the pool cannot be read: ${read.problems[0].message}`);
  const pool = read.value;
  const build: LessonTester['build'] = (files, name) => builder.build({ app: virtualFiles(files), pool, name });
  return {
    build,
    async check(lesson, files, name) {
      const result = await build(files, name);
      const { elf, imageBytes, problems } = result;
      if (!elf) return { passed: false, problems, verdicts: [], build: result };
      const options = optionsAsked(lesson.checks, { app: virtualFiles(files), pool, name });
      const verdicts = (await verify(lesson.checks, { elf, imageBytes, options }, { turn: () => Promise.resolve() })) ?? [];
      return { passed: verdicts.every((verdict) => verdict.passed), problems, verdicts, build: result };
    },
  };
}
