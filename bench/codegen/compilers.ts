/** The two compilers: clang in WebAssembly with our code generator, and Debian's clang-19. */
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { nodeClang } from '../../cli/clang-assets.ts';
import { DiskFiles } from '../../cli/disk-files.ts';
import { nativeBackend } from '../../src/lib/toolchain/driver/native-backend.ts';
import { clangVersion, type Clang } from '../../src/lib/toolchain/clang/clang.ts';
import { elfOf } from '../../src/lib/toolchain/driver/backend.ts';

export const scratch = new URL('../../.cache/bench/', import.meta.url).pathname;

const theirFlags = ['--target=aarch64-linux-gnu', '-w', '-fno-pic', '-ffunction-sections'];

/**
 * Makes objects of C files. What the two clangs give is kept by the text of the source, because the code generator alone is what changes here.
 */
export class Compilers {
  private clang: Promise<Clang> | undefined;

  constructor() {
    mkdirSync(scratch, { recursive: true });
  }

  async ours(source: string, flags: readonly string[]): Promise<Uint8Array> {
    return this.object(await this.ir(source, flags), source);
  }

  /** Our object of a module of LLVM IR. */
  object(ir: string, name: string): Uint8Array {
    const compiled = nativeBackend.compile(ir, {});
    const elf = compiled.ok ? elfOf(compiled.value.object, compiled.value.problems) : compiled;
    if (!elf.ok) throw new Error(`${name}: ${elf.problems.map((p) => p.message).join('; ')}`);
    return elf.value.object;
  }

  async ir(source: string, flags: readonly string[]): Promise<string> {
    const all = ['--target=aarch64-linux-gnu', '-w', '-fno-pic', '-isystem', '/usr/aarch64-linux-gnu/include', ...flags];
    const path = join(scratch, `${keyOf(source, all)}.ll`);
    if (existsSync(path)) return readFileSync(path, 'utf8');
    this.clang ??= nodeClang();
    const clang = await this.clang;
    const run = clang.emitIr({ source, language: 'c', flags: all }, new DiskFiles());
    if (run.text === undefined) throw new Error(`${source}: ${run.stderr}`);
    writeFileSync(path, run.text);
    return run.text;
  }

  /** The object of clang-19, kept as well. */
  theirs(source: string, flags: readonly string[]): Uint8Array {
    const path = join(scratch, `${keyOf(source, [...theirFlags, ...flags])}.o`);
    if (!existsSync(path)) this.compileTheirs(source, flags, path);
    return new Uint8Array(readFileSync(path));
  }

  /** Milliseconds of processor time that clang-19 takes. */
  timeTheirs(source: string, flags: readonly string[]): number {
    const script = 'TIMEFORMAT="%U %S"; time clang-19 "$@"';
    const args = ['-c', script, 'bash', ...theirFlags, ...flags, '-c', '-o', '/dev/null', source];
    const { status, stderr } = spawnSync('bash', args, { encoding: 'utf8' });
    if (status !== 0) throw new Error(stderr);
    const [user, system] = stderr.trim().split(/\s+/).map(Number);
    return 1000 * (user + system);
  }

  private compileTheirs(source: string, flags: readonly string[], out: string): void {
    execFileSync('clang-19', [...theirFlags, ...flags, '-c', '-o', out, source]);
  }

  /** Links objects with Debian's static C library; gives the program's path. */
  link(name: string, objects: readonly Uint8Array[]): string {
    const files = objects.map((bytes, n) => {
      const path = join(scratch, `${n}.o`);
      writeFileSync(path, bytes);
      return path;
    });
    const program = join(scratch, name);
    const { status, stderr } = spawnSync('aarch64-linux-gnu-gcc', ['-static', '-Wl,--gc-sections', '-o', program, ...files, '-lm'], {
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(stderr);
    return program;
  }
}

function keyOf(source: string, flags: readonly string[]): string {
  return createHash('sha256')
    .update(JSON.stringify([clangVersion, source, flags]))
    .update(readFileSync(source))
    .digest('hex')
    .slice(0, 32);
}
