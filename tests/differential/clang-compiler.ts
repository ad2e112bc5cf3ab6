import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { CompileJob, CompileOutput, Compiler } from '../../src/lib/toolchain/build/types.ts';
import type { VirtualFiles } from '../../src/lib/toolchain/build/files.ts';
import { parseDiagnostics } from '../../src/lib/toolchain/clang/diagnostics.ts';

/** Compiles build plans with Debian's clang 19, as an oracle for our compiler: the same plan, other objects. Call `close` when done. */
export class Clang19Compiler implements Compiler {
  readonly version = 'clang-19';
  readonly parallel = 1;
  private readonly folder = mkdtempSync(join(tmpdir(), 'clang19-'));

  open(world: VirtualFiles): void {
    for (const [path, bytes] of world) {
      mkdirSync(join(this.folder, dirname(path)), { recursive: true });
      writeFileSync(join(this.folder, path), bytes);
    }
  }

  close(): void {
    rmSync(this.folder, { recursive: true });
  }

  compile(job: CompileJob): Promise<CompileOutput> {
    const here = (path: string) => join(this.folder, path);
    const flags = job.flags.map((flag) => flag.replace(/^(-I|-isystem|-include|-fmacro-prefix-map=)(?=\/)/, `$1${this.folder}`));
    const mode = job.language === 'linker' ? ['-E', '-P', '-x', 'assembler-with-cpp'] : ['-c', '-x', job.language];
    const out = here('/output');
    const args = ['--target=aarch64-none-elf', ...flags, ...mode, here(job.source), '-o', out, '-MD', '-MF', here('/deps')];
    const run = spawnSync('clang-19', args, { encoding: 'utf8' });
    const problems = parseDiagnostics(run.stderr.replaceAll(this.folder, ''));
    if (run.status !== 0) return Promise.resolve({ problems, dependencies: [] });
    // Without the rule's target, which is no dependency: a build with one that it has not is not kept.
    const dependencies = [...readFileSync(here('/deps'), 'utf8').replace(/^\S+:/, '').matchAll(/\S+/g)]
      .map(([path]) => path)
      .filter((path) => path.startsWith(this.folder));
    return Promise.resolve({
      object: new Uint8Array(readFileSync(out)),
      problems,
      dependencies: dependencies.map((path) => path.slice(this.folder.length)),
    });
  }
}
