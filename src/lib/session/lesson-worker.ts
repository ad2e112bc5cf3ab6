/** Holds one lesson's checks against one image, and ends with it: whoever does not want to wait terminates it. */
import { verify, type Check, type Verdict } from '../lessons/index.ts';
import type { Project } from '../project/project.ts';
import { configure, virtualFiles, worldOf } from '../toolchain/index.ts';

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
  const world = worldOf(virtualFiles(project.files), virtualFiles(pool));
  const { configuration } = configure(world, { name: project.name, settings: Object.entries(project.settings) });
  const asked = checks.flatMap((c) => (c.kind === 'option' ? Object.keys(c.option) : []));
  const options = new Map(asked.map((symbol) => [symbol, configuration.valueOf(symbol) || 'n']));
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
