import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DiskFiles } from '../../../cli/disk-files.ts';
import type { Clang } from '../../../src/lib/toolchain/clang/clang.ts';
import { nativeBackend } from '../../../src/lib/toolchain/driver/native-backend.ts';
import { writeElf } from '../../../src/lib/toolchain/object/elf-writer.ts';

/** What became of a program: what it printed and how it ended, or why there is none. */
export type Outcome = { stage: 'compile' | 'link' | 'run'; status: number | null; signal?: string; output: string };

/** Enough for one source at every level. */
const keptOutcomes = 8;

/** Programs for aarch64-linux-gnu against Debian's C library, compiled here or by clang-19, linked by gcc, run by qemu-aarch64. */
export class Hosted {
  private readonly files = new DiskFiles();
  private readonly folder: string;
  private readonly clang: Clang;
  private readonly linkFlags: readonly string[];
  /** Milliseconds that clang in WebAssembly and our code generator have taken so far. */
  readonly time = { clang: 0, codegen: 0 };
  /** The latest objects and what became of them: levels often agree, and a program is a function of its object. */
  private readonly known = new Map<string, Outcome>();

  constructor(folder: string, clang: Clang, linkFlags: readonly string[] = []) {
    this.folder = folder;
    this.clang = clang;
    this.linkFlags = linkFlags;
  }

  /** Our object of a C file, written to `object`; or what went wrong. */
  compile(source: string, flags: readonly string[], object: string): Outcome | undefined {
    const target = ['--target=aarch64-linux-gnu', '-w', '-isystem', '/usr/aarch64-linux-gnu/include'];
    const failed = (output: string): Outcome => ({ stage: 'compile', status: 1, output });
    this.files.forget(source);
    const start = performance.now();
    const ir = this.clang.emitIr({ source, language: 'c', flags: [...target, ...flags] }, this.files);
    this.time.clang += performance.now() - start;
    if (ir.text === undefined) return failed(ir.stderr);
    const middle = performance.now();
    const compiled = nativeBackend.compile(ir.text, {});
    this.time.codegen += performance.now() - middle;
    if (!compiled.ok)
      return failed(compiled.problems.map((p) => `${p.place?.file ?? source}:${p.place?.line ?? 0}: ${p.message}`).join('\n'));
    const elf = writeElf(compiled.value.object);
    if (!elf.ok) return failed(elf.problems.map((p) => p.message).join('\n'));
    writeFileSync(object, elf.value);
    return undefined;
  }

  /** Links objects and runs the program. */
  run(
    objects: readonly string[],
    args: readonly string[] = [],
    options: { seconds?: number; input?: string; directory?: string } = {},
  ): Outcome {
    const program = join(this.folder, 'program');
    const link = spawnSync('aarch64-linux-gnu-gcc', ['-static', ...this.linkFlags, '-o', program, ...objects, '-lm'], {
      encoding: 'utf8',
    });
    if (link.status !== 0) return { stage: 'link', status: link.status, output: link.stderr };
    return execute(program, args, options);
  }

  /** Runs the program that was linked last once more. */
  again(args: readonly string[], options: { seconds?: number; input?: string; directory?: string } = {}): Outcome {
    return execute(join(this.folder, 'program'), args, options);
  }

  /** A single-file program, compiled here. */
  ours(source: string, flags: readonly string[]): Outcome {
    const object = join(this.folder, 'ours.o');
    const failed = this.compile(source, flags, object);
    if (failed) return failed;
    const key = readFileSync(object, 'latin1');
    const outcome = this.known.get(key) ?? this.run([object]);
    const [oldest] = this.known.keys();
    if (this.known.size >= keptOutcomes && oldest !== undefined) this.known.delete(oldest);
    this.known.set(key, outcome);
    return outcome;
  }

  /** A single-file program, compiled by clang-19 or by Debian's cross gcc; it may run for so many `seconds`. */
  theirs(
    source: string,
    flags: readonly string[],
    { compiler = 'clang-19', seconds }: { compiler?: 'clang-19' | 'aarch64-linux-gnu-gcc'; seconds?: number } = {},
  ): Outcome {
    const object = join(this.folder, 'theirs.o');
    const target = compiler === 'clang-19' ? ['--target=aarch64-linux-gnu'] : [];
    const args = [...target, '-w', ...flags, '-c', '-o', object, source];
    const compile = spawnSync(compiler, args, { encoding: 'utf8', timeout: 60_000 });
    return compile.status === 0
      ? this.run([object], [], { seconds })
      : { stage: 'compile', status: compile.status, output: compile.stderr };
  }
}

/** Runs a static program under qemu-aarch64. */
export function execute(
  program: string,
  args: readonly string[],
  { seconds = 30, input = '', directory }: { seconds?: number; input?: string; directory?: string } = {},
): Outcome {
  const done = spawnSync('qemu-aarch64', [program, ...args], {
    encoding: 'latin1',
    timeout: seconds * 1000,
    maxBuffer: 1 << 28,
    input,
    ...(directory ? { cwd: directory } : {}),
  });
  return { stage: 'run', status: done.status, ...(done.signal ? { signal: done.signal } : {}), output: done.stdout };
}
