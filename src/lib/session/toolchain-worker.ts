/** The toolchain's worker: configuration menus at once, builds when clang has arrived. */
import { createStore, get, set } from 'idb-keyval';
import type { Project } from '../project/project.ts';
import { Clang } from '../toolchain/clang/clang.ts';
import { loadClangAssets } from '../toolchain/clang/assets.ts';
import { MemoryFiles } from '../toolchain/clang/file-source.ts';
import { readElf } from '../toolchain/object/elf-reader.ts';
import { nativeObjectMaker } from '../toolchain/driver/native-backend.ts';
import {
  Builder,
  bytesOf,
  configure,
  imagePieces,
  InProcessCompiler,
  layeredCache,
  LldLinker,
  memoryCache,
  menuTree,
  readConfig,
  setValue,
  settingsAbove,
  sha256,
  SourceInspector,
  splitWorldPath,
  virtualFiles,
  worldOf,
  type BuildCache,
  type BuildRequest,
  type BuildResult,
  type Configuration,
  type MenuEntry,
  type VirtualFiles,
} from '../toolchain/index.ts';
import type { Problem } from '../problem.ts';
import type { BuiltImage, FromToolchain, MenuNode, ToToolchain } from './messages.ts';

const scope: { postMessage(message: FromToolchain): void } = self;
const tell = (message: FromToolchain): void => scope.postMessage(message);

/** What builds and what looks at single files, around one warm clang. */
type Ready = { builder: Builder; inspector: SourceInspector };
type Look = Extract<ToToolchain, { type: 'check' | 'complete' }>;

class ToolchainWorker {
  #pool: VirtualFiles = new Map();
  #base = '';
  #tools: Promise<Ready | Problem[]> | undefined;
  /** Questions about files that wait for their turn: the newest of each kind. */
  #looks = new Map<Look['type'], Look>();
  #running = new Map<number, AbortController>();

  handle(message: ToToolchain): void {
    switch (message.type) {
      case 'open':
        this.#pool = virtualFiles(message.pool);
        this.#base = message.base;
        return;
      case 'prepare':
        void this.#ready();
        return;
      case 'configure':
        return this.#configure(message.request, message.project, message.set);
      case 'build':
        void this.#build(message.request, message.project).catch(crashed);
        return;
      case 'cancel':
        this.#running.get(message.request)?.abort();
        return;
      case 'check':
      case 'complete':
        return this.#lookSoon(message);
      case 'dissect': {
        const elf = readElf(message.elf);
        const pieces = elf.ok ? imagePieces(elf.value, undefined, () => undefined) : [];
        return tell({ type: 'dissected', request: message.request, pieces });
      }
    }
  }

  #configure(request: number, project: Project, change?: { symbol: string; value: string }): void {
    const app = virtualFiles(project.files);
    const { configuration, problems } = configure(worldOf(app, this.#pool), {
      name: project.name,
      settings: Object.entries(project.settings),
    });
    let current: Configuration = configuration;
    const all = [...problems];
    if (change) {
      const changed = setValue(configuration, change.symbol, change.value);
      if (changed.ok) current = changed.value;
      else all.push(...changed.problems);
    }
    const defconfig = readConfig(project.files.defconfig ?? '', 'defconfig').settings;
    const settings = Object.fromEntries(settingsAbove(current, defconfig));
    tell({ type: 'configured', request, menu: menuTree(current, 'all').flatMap(menuNode), settings, problems: all.map(shown) });
  }

  /** Loads clang once; a failed download is tried again by the next build. */
  #ready(): Promise<Ready | Problem[]> {
    this.#tools ??= this.#load().then((result) => {
      if (Array.isArray(result)) this.#tools = undefined;
      return result;
    });
    return this.#tools;
  }

  async #load(): Promise<Ready | Problem[]> {
    const assets = await loadClangAssets({
      base: new URL('clang/', this.#base),
      fetch: (url, init) => fetch(url, init),
      cache: await openCache(),
      onprogress: ({ receivedBytes, totalBytes }) =>
        tell({ type: 'compiler', compiler: { state: 'downloading', doneBytes: receivedBytes, totalBytes } }),
    });
    if (!assets.ok) {
      tell({ type: 'compiler', compiler: { state: 'failed', message: assets.problems[0].message } });
      return assets.problems;
    }
    tell({ type: 'compiler', compiler: { state: 'starting' } });
    const clang = new Clang(assets.value);
    // The first call compiles much of clang; better now than when a person waits.
    clang.emitIr(
      { source: '/warm.c', language: 'c', flags: ['-O2'] },
      new MemoryFiles(new Map([['/warm.c', bytesOf('int main(void) { return 0; }\n')]])),
    );
    tell({ type: 'compiler', compiler: { state: 'ready' } });
    const builder = new Builder({
      compiler: new InProcessCompiler(clang, nativeObjectMaker),
      linker: new LldLinker(clang),
      cache: layeredCache(memoryCache(), await databaseCache()),
      clock: () => performance.now() / 1000,
    });
    return { builder, inspector: new SourceInspector(clang, nativeObjectMaker) };
  }

  /**
   * Clang cannot be stopped within a file. So a question waits until the messages behind it have come in, and gives way to a newer one: who
   * types fast costs one look, not one for each key.
   */
  #lookSoon(look: Look): void {
    const overtaken = this.#looks.get(look.type);
    if (overtaken) answerLook(overtaken, undefined);
    this.#looks.set(look.type, look);
    setTimeout(() => {
      if (this.#looks.get(look.type) !== look) return;
      this.#looks.delete(look.type);
      void this.#look(look).catch(crashed);
    }, 0);
  }

  async #look(look: Look): Promise<void> {
    // Looks do not fetch the compiler: whoever embeds the page may not want it yet.
    const tools = this.#tools && (await this.#tools);
    answerLook(
      look,
      tools && !Array.isArray(tools) ? { inspector: tools.inspector, request: this.#buildRequest(look.project) } : undefined,
    );
  }

  #buildRequest(project: Project) {
    return { app: virtualFiles(project.files), pool: this.#pool, name: project.name, settings: Object.entries(project.settings) };
  }

  async #build(request: number, project: Project): Promise<void> {
    const controller = new AbortController();
    this.#running.set(request, controller);
    try {
      const tools = await this.#ready();
      if (Array.isArray(tools)) return tell({ type: 'built', request, problems: tools, cancelled: false });
      const result = await tools.builder.build(this.#buildRequest(project), {
        signal: controller.signal,
        onprogress: (p) => tell({ type: 'progress', request, ...p, current: splitWorldPath(p.current).path }),
      });
      tell({ type: 'built', request, ...(await built(result)), problems: result.problems.map(shown), cancelled: result.cancelled });
    } finally {
      this.#running.delete(request);
    }
  }
}

function answerLook(look: Look, by: { inspector: SourceInspector; request: BuildRequest } | undefined): void {
  const { request, path } = look;
  if (look.type === 'check') tell({ type: 'checked', request, problems: by ? by.inspector.check(by.request, path).map(shown) : [] });
  else tell({ type: 'completed', request, items: by ? by.inspector.complete(by.request, path, look.line, look.column) : [] });
}

async function built(result: BuildResult): Promise<{ image?: BuiltImage }> {
  if (!result.elf) return {};
  const { elf, imageBytes, libraries, pieces, stages, compiled, fromCache } = result;
  const sections = result.sections.map(({ name, address, size, flags }) => ({ name, address, size, flags }));
  return { image: { elf, imageBytes, hash: await sha256(elf), sections, libraries, pieces, stages, compiled, fromCache } };
}

/** Paths as the page knows them: the application's own without the world's root. */
function shown(problem: Problem): Problem {
  if (!problem.place) return problem;
  const { tree, path } = splitWorldPath(problem.place.file);
  return {
    ...problem,
    place: { ...problem.place, file: tree === 'app' || tree === 'build' ? path : tree === 'pool' ? `pool:${path}` : problem.place.file },
  };
}

function menuNode(entry: MenuEntry): MenuNode[] {
  const { id, kind, prompt, help, symbol, value, radio, changeable, reasons, selects } = entry;
  const type = entry.type === 'tristate' ? 'bool' : entry.type;
  const node: MenuNode = {
    id,
    kind,
    prompt,
    changeable,
    reasons: [...reasons, ...entry.selectedBy.map((by) => `${by} selects it`)],
    selects,
    children: entry.children.flatMap(menuNode),
    ...(help !== undefined ? { help } : {}),
    ...(symbol !== undefined ? { symbol } : {}),
    ...(type !== undefined ? { type } : {}),
    ...(value !== undefined ? { value } : {}),
    ...(radio ? { radio } : {}),
  };
  return [node];
}

async function openCache(): Promise<Cache | undefined> {
  try {
    return await caches.open('clang');
  } catch {
    // Sandboxed frames have none: the download is not kept.
    return undefined;
  }
}

/** Compiled objects between visits; without storage they live as long as the page. */
async function databaseCache(): Promise<BuildCache> {
  try {
    const store = createStore('ukulele-objects', 'objects');
    await get('probe', store);
    return {
      async get(key) {
        const found: unknown = await get(key, store);
        return found instanceof Uint8Array ? found : undefined;
      },
      async put(key, bytes) {
        // A full disk costs time, not correctness.
        await set(key, bytes, store).catch(() => undefined);
      },
    };
  } catch {
    return memoryCache();
  }
}

function crashed(error: unknown): void {
  tell({ type: 'crashed', message: error instanceof Error ? (error.stack ?? error.message) : String(error) });
}

const worker = new ToolchainWorker();
self.onmessage = ({ data }: MessageEvent<ToToolchain>) => {
  try {
    worker.handle(data);
  } catch (error) {
    crashed(error);
  }
};
