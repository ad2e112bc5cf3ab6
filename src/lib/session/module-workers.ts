import type { Workers } from './session.ts';

/** Workers of a page that has an origin: modules beside its own. */
export const moduleWorkers: Workers = {
  toolchain: () => new Worker(new URL('./toolchain-worker.ts', import.meta.url), { type: 'module', name: 'toolchain' }),
  machine: () => new Worker(new URL('./machine-worker.ts', import.meta.url), { type: 'module', name: 'machine' }),
  lessonChecker: () => new Worker(new URL('./lesson-worker.ts', import.meta.url), { type: 'module', name: 'lesson' }),
};
