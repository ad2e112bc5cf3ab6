/** The library pool: every C source of its applications and tests, with the flags of a build that optimises for size, by both compilers. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { nodeClang } from '../../cli/clang-assets.ts';
import { openProject, poolFolder, readFolder } from '../../cli/project-folder.ts';
import { Builder, InProcessCompiler, LldLinker, memoryCache, type Compiler, type Linker } from '../../src/lib/toolchain/index.ts';
import { objectMaker, assembleToElf } from '../../src/lib/toolchain/driver/backend.ts';
import { nativeBackend } from '../../src/lib/toolchain/driver/native-backend.ts';
import { Clang19Compiler } from '../../tests/differential/clang-compiler.ts';
import { scratch, type Compilers } from './compilers.ts';

const projects = [
  'apps/helloworld',
  'apps/echo',
  'apps/threads',
  'apps/crash',
  'libs/nolibc/tests',
  'libs/ukallocbbuddy/tests',
  'libs/ukargparse/tests',
];

export type PoolObject = { name: string; ours: Uint8Array; theirs: Uint8Array };

type Recorded = { name: string; ir: string; theirs: string };

/** IR of clang in WebAssembly and objects of clang-19, kept until the pool changes; our objects, made now. */
export async function poolObjects(compilers: Compilers): Promise<PoolObject[]> {
  const recorded = await record();
  return recorded.map(({ name, ir, theirs }) => ({ name, ours: compilers.object(ir, name), theirs: Buffer.from(theirs, 'base64') }));
}

async function record(): Promise<Recorded[]> {
  const path = join(scratch, `pool-${poolHash()}.json`);
  if (existsSync(path)) return JSON.parse(readFileSync(path, 'utf8')) as Recorded[];
  const clang = await nodeClang();
  const maker = objectMaker(nativeBackend, 'as they are');
  const modules = new Map<string, string>();
  const recorder = new InProcessCompiler(clang, {
    ...maker,
    fromIr: (ir, name) => {
      modules.set(name, ir);
      return assembleToElf('', name);
    },
  });
  await buildAll(recorder, { version: 'none', link: () => Promise.resolve({ problems: [] }) });
  const theirs = new Map<string, Uint8Array>();
  const clang19 = new Clang19Compiler();
  const compiler: Compiler = {
    version: clang19.version,
    parallel: 1,
    open: (world) => clang19.open(world),
    compile: async (job) => {
      const output = await clang19.compile(job);
      if (output.object) theirs.set(job.object, output.object);
      return output;
    },
  };
  await buildAll(compiler, new LldLinker(clang));
  clang19.close();
  const both = [...modules].flatMap(([name, ir]) => {
    const object = theirs.get(name);
    return object ? [{ name, ir, theirs: Buffer.from(object).toString('base64') }] : [];
  });
  writeFileSync(path, JSON.stringify(both));
  return both;
}

async function buildAll(compiler: Compiler, linker: Linker): Promise<void> {
  const builder = new Builder({ compiler, linker, cache: memoryCache(), clock: () => 0 });
  for (const folder of projects) {
    const project = openProject(join(poolFolder, folder));
    if (!project.ok) throw new Error(`${folder}: ${project.problems[0]?.message ?? ''}`);
    const { app, pool, name } = project.value;
    const result = await builder.build({ app, pool, name, settings: [['OPTIMIZE_SIZE', 'y']] });
    const error = result.problems.find((p) => p.severity === 'error');
    if (error && linker instanceof LldLinker) throw new Error(`${folder}: ${error.message}`);
  }
}

function poolHash(): string {
  const files = readFolder(poolFolder);
  if (!files.ok) throw new Error(files.problems[0]?.message);
  const hash = createHash('sha256').update(projects.join());
  for (const [path, bytes] of files.value) hash.update(`${path}\0`).update(bytes);
  return hash.digest('hex').slice(0, 32);
}
