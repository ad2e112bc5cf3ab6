/** Holds one lesson's checks against one image, and ends with it: whoever does not want to wait terminates it. */
import { optionsAsked, verify, type Check, type Verdict } from '../lessons/index.ts';
import type { Project } from '../project/project.ts';
import { virtualFiles } from '../toolchain/index.ts';

/** `pool`: the pool's Config.uk files by path. */
export type ToLessonChecker = {
  checks: Check[];
  project: Project;
  pool: Record<string, string>;
  image: { elf: Uint8Array; imageBytes: number };
};

export type FromLessonChecker =
  { type: 'progress'; done: number; total: number } | { type: 'verdicts'; verdicts: Verdict[] } | { type: 'crashed'; message: string };

const scope: { postMessage(message: FromLessonChecker): void } = self;

async function check({ checks, project, pool, image }: ToLessonChecker): Promise<void> {
  const settings = Object.entries(project.settings);
  const options = optionsAsked(checks, { app: virtualFiles(project.files), pool: virtualFiles(pool), name: project.name, settings });
  const verdicts = await verify(checks, { ...image, options }, { turn: () => Promise.resolve() }, (done, total) =>
    scope.postMessage({ type: 'progress', done, total }),
  );
  scope.postMessage({ type: 'verdicts', verdicts: verdicts ?? [] });
}

self.onmessage = ({ data }: MessageEvent<ToLessonChecker>) => {
  check(data).catch((error: unknown) => {
    scope.postMessage({ type: 'crashed', message: error instanceof Error ? error.message : String(error) });
  });
};
