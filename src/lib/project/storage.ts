import { createStore, entries, get, type UseStore } from 'idb-keyval';
import * as v from 'valibot';
import { commit } from './commit.ts';
import type { Project } from './project.ts';

/** A project as it is kept. */
export const projectSchema = v.object({
  id: v.string(),
  name: v.string(),
  example: v.string(),
  files: v.record(v.string(), v.string()),
  settings: v.record(v.string(), v.string()),
  machine: v.object({
    gic: v.picklist([2, 3]),
    cpus: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(8)),
    memoryMiB: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(2048)),
    commandLine: v.string(),
  }),
});

/** Where projects live between visits. Storage is data from outside: what does not parse is left alone and not offered. */
export interface ProjectStore {
  list(): Promise<Project[]>;
  load(id: string): Promise<Project | undefined>;
  save(project: Project): Promise<void>;
  remove(id: string): Promise<void>;
  /** The project that was open last. */
  current(): Promise<string | undefined>;
  setCurrent(id: string): Promise<void>;
  /** Has `listener` told the ids of projects that other pages of this browser save, until what is returned is called. */
  onSavedElsewhere(listener: (id: string) => void): () => void;
  /** False when the browser refuses storage (sandboxed frames, private windows): work lasts as long as the page. */
  readonly persistent: boolean;
}

function parse(data: unknown): Project | undefined {
  const result = v.safeParse(projectSchema, data);
  return result.success ? result.output : undefined;
}

const currentKey = 'current';
const projectKey = (id: string) => `project:${id}`;

/** Opens the browser's storage, or one in memory where there is none. */
export async function openProjectStore(): Promise<ProjectStore> {
  try {
    const store = createStore('ukulele-projects', 'projects');
    await get(currentKey, store);
    return databaseStore(store);
  } catch {
    return memoryStore();
  }
}

function databaseStore(store: UseStore): ProjectStore {
  const pages = new BroadcastChannel('ukulele-projects');
  return {
    persistent: true,
    async list() {
      const all = await entries<string, unknown>(store);
      return all.filter(([key]) => key.startsWith('project:')).flatMap(([, data]) => parse(data) ?? []);
    },
    load: async (id) => parse(await get(projectKey(id), store)),
    save: (project) =>
      commit(store, (objects) => {
        objects.put(project, projectKey(project.id));
        pages.postMessage(project.id);
      }),
    remove: (id) => commit(store, (objects) => objects.delete(projectKey(id))),
    async current() {
      const id: unknown = await get(currentKey, store);
      return typeof id === 'string' ? id : undefined;
    },
    setCurrent: (id) => commit(store, (objects) => objects.put(id, currentKey)),
    onSavedElsewhere(listener) {
      const hear = ({ data }: MessageEvent<unknown>): void => {
        if (typeof data === 'string') listener(data);
      };
      pages.addEventListener('message', hear);
      return () => pages.removeEventListener('message', hear);
    },
  };
}

/** A store that forgets: for frames without storage, and for tests. */
export function memoryStore(): ProjectStore {
  const projects = new Map<string, Project>();
  let current: string | undefined;
  return {
    persistent: false,
    list: async () => [...projects.values()].map((p) => structuredClone(p)),
    load: async (id) => structuredClone(projects.get(id)),
    save: async (project) => void projects.set(project.id, structuredClone(project)),
    remove: async (id) => void projects.delete(id),
    current: async () => current,
    setCurrent: async (id) => void (current = id),
    onSavedElsewhere: () => () => undefined,
  };
}
