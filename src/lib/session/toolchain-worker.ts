/** The toolchain's worker: configuration menus at once, builds when clang has arrived. */
import toolchainSources from 'virtual:toolchain-sources';
import clangManifest from 'virtual:clang-manifest';
import prebuilt from 'virtual:prebuilt';
import type { Project } from '../project/project.ts';
import { Clang } from '../toolchain/clang/clang.ts';
import { loadClangAssets } from '../toolchain/clang/assets.ts';
import { MemoryFiles } from '../toolchain/clang/file-source.ts';
import { readElf } from '../toolchain/object/elf-reader.ts';
import { objectMaker } from '../toolchain/driver/backend.ts';
import { nativeBackend } from '../toolchain/driver/native-backend.ts';
import {
  Builder,
  bytesOf,
  compilerVersion,
  configure,
  imagePieces,
  InProcessCompiler,
  LldLinker,
  lldVersion,
  menuTree,
  OnDemandCompiler,
  OnDemandLinker,
  readConfig,
  setValue,
  settingsAbove,
  sha256,
  SourceInspector,
  splitWorldPath,
  virtualFiles,
  worldOf,
  type BuildRequest,
  type BuildResult,
  type Configuration,
  type MenuEntry,
  type VirtualFiles,
} from '../toolchain/index.ts';
import type { Problem, Result } from '../problem.ts';
import { fetchAsset, fetchByScripts, inflateAsset } from './site-assets.ts';
import { hasCopy } from './offline.ts';
import { pageFileName } from './source-places.ts';
import { openObjectStore } from './object-store.ts';
import type { BuiltImage, FromToolchain, MenuNode, ToToolchain } from './messages.ts';

const scope: { postMessage(message: FromToolchain): void } = self;
const tell = (message: FromToolchain): void => scope.postMessage(message);

type Look = Extract<ToToolchain, { type: 'check' | 'complete' }>;
/** Without an origin this worker is a classic one, which may import scripts from anywhere. */
const readAsset: typeof fetchAsset =
  self.origin === 'null' ? (url) => fetchByScripts(url, async (script) => importScripts(script)) : fetchAsset;

const maker = objectMaker(nativeBackend, toolchainSources);

/** What was built boots first: that wants the processor too. */
const bootMs = 300;

class ToolchainWorker {
  #pool: VirtualFiles = new Map();
  #base = '';
  #clang: Promise<Result<Clang>> | undefined;
  #inspector: { clang: Clang; inspector: SourceInspector } | undefined;
  #builder = this.#makeBuilder();
  /** Questions about files that wait for their turn: the newest of each kind. */
  #looks = new Map<Look['type'], Look>();
  #running = new Map<number, AbortController>();
  #preparing: ReturnType<typeof setTimeout> | undefined;

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

  #makeBuilder(): Builder {
    const version = compilerVersion(maker);
    const obtain = <T>(make: (clang: Clang) => T) => {
      let made: { clang: Clang; tool: T } | undefined;
      return async (): Promise<Result<T>> => {
        const clang = await this.#ready();
        if (!clang.ok) return clang;
        if (made?.clang !== clang.value) made = { clang: clang.value, tool: make(clang.value) };
        return { ok: true, value: made.tool };
      };
    };
    const pack = async () => {
      const response = await readAsset(new URL(`prebuilt/${prebuilt.objects.name}`, this.#base)).catch(() => undefined);
      return response?.ok ? inflateAsset(response) : undefined;
    };
    return new Builder({
      compiler: new OnDemandCompiler(
        version,
        obtain((clang) => new InProcessCompiler(clang, maker)),
      ),
      linker: new OnDemandLinker(
        lldVersion,
        obtain((clang) => new LldLinker(clang)),
      ),
      cache: openObjectStore(version, pack),
      clock: () => performance.now() / 1000,
    });
  }

  /** Loads clang once; a failed download is tried again when it is next needed. */
  #ready(): Promise<Result<Clang>> {
    this.#clang ??= this.#load().then((result) => {
      if (!result.ok) this.#clang = undefined;
      return result;
    });
    return this.#clang;
  }

  async #load(): Promise<Result<Clang>> {
    const assets = await loadClangAssets({
      base: new URL('clang/', this.#base),
      manifest: clangManifest,
      fetch: readAsset,
      cache: await openCache(this.#base),
      onprogress: ({ receivedBytes, totalBytes }) =>
        tell({ type: 'compiler', compiler: { state: 'downloading', doneBytes: receivedBytes, totalBytes } }),
    });
    if (!assets.ok) {
      tell({ type: 'compiler', compiler: { state: 'failed', message: assets.problems[0].message } });
      return assets;
    }
    tell({ type: 'compiler', compiler: { state: 'starting' } });
    const clang = new Clang(assets.value);
    // The first call compiles much of clang; better now than when a person waits.
    const { text = '' } = clang.emitIr(
      { source: '/warm.c', language: 'c', flags: ['-O2', '-g'] },
      new MemoryFiles(new Map([['/warm.c', bytesOf('int main(void) { return 0; }\n')]])),
    );
    tell({ type: 'compiler', compiler: { state: 'ready' } });
    // So does the first call of the linker. Who waits for a build already gets nothing from that.
    setTimeout(() => {
      if (this.#running.size === 0) warmLinker(clang, text);
      this.#prepareRuns();
    }, 0);
    return { ok: true, value: clang };
  }

  /** Has instances of clang ready for the next build of one changed file, which runs it twice, one at a time and when nothing waits. */
  #prepareRuns(): void {
    clearTimeout(this.#preparing);
    this.#preparing = setTimeout(async () => {
      const clang = await this.#clang;
      const isIdle = this.#running.size === 0 && this.#looks.size === 0;
      if (clang?.ok && isIdle && clang.value.prepareRun(2)) this.#prepareRuns();
    }, bootMs);
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
    const clang = this.#clang && (await this.#clang);
    if (!clang?.ok) return answerLook(look, undefined);
    if (this.#inspector?.clang !== clang.value)
      this.#inspector = { clang: clang.value, inspector: new SourceInspector(clang.value, maker) };
    answerLook(look, { inspector: this.#inspector.inspector, request: this.#buildRequest(look.project) });
    this.#prepareRuns();
  }

  #buildRequest(project: Project) {
    return { app: virtualFiles(project.files), pool: this.#pool, name: project.name, settings: Object.entries(project.settings) };
  }

  async #build(request: number, project: Project): Promise<void> {
    const controller = new AbortController();
    this.#running.set(request, controller);
    try {
      const result = await this.#builder.build(this.#buildRequest(project), {
        signal: controller.signal,
        onprogress: (p) => tell({ type: 'progress', request, ...p, current: splitWorldPath(p.current).path }),
      });
      tell({ type: 'built', request, ...(await built(result)), problems: result.problems.map(shown), cancelled: result.cancelled });
    } finally {
      this.#running.delete(request);
      this.#prepareRuns();
    }
  }
}

function warmLinker(clang: Clang, ir: string): void {
  const made = maker.fromIr(ir, 'warm.o');
  if (made.ok) void new LldLinker(clang).link({ objects: [{ name: 'warm.o', bytes: made.value.object }], scripts: [], flags: [] });
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
  return { ...problem, place: { ...problem.place, file: pageFileName(problem.place.file) } };
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

async function openCache(base: string): Promise<Cache | undefined> {
  try {
    // An offline copy of the site has the compiler already, and the service worker gives it.
    if (await hasCopy(base, caches)) return undefined;
    return await caches.open('clang');
  } catch {
    // Sandboxed frames have none: the download is not kept.
    return undefined;
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
