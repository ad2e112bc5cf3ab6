import type { Workers } from './session.ts';

declare global {
  /** The machine's worker as the built playground's page starts it, before this code is there (scripts/early-start.ts). */
  var earlyMachine: Worker | undefined;
}

function machine(): Worker {
  const early = globalThis.earlyMachine;
  globalThis.earlyMachine = undefined;
  return early ?? new Worker(new URL('./machine-worker.ts', import.meta.url), { type: 'module', name: 'machine' });
}

/** Workers of a page that has an origin: modules beside its own. */
export const moduleWorkers: Workers = {
  toolchain: () => new Worker(new URL('./toolchain-worker.ts', import.meta.url), { type: 'module', name: 'toolchain' }),
  machine,
  lessonChecker: () => new Worker(new URL('./lesson-worker.ts', import.meta.url), { type: 'module', name: 'lesson' }),
};
