import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nodeClang } from '../../cli/clang-assets.ts';
import { openProject, poolFolder } from '../../cli/project-folder.ts';
import { Builder, LldLinker, memoryCache, type BuildResult } from '../../src/lib/toolchain/index.ts';
import { haveOracles } from '../oracle.ts';
import { Clang19Compiler } from './clang-compiler.ts';

type Settings = readonly (readonly [string, string])[];

/** QEMU's remark when time goes by instructions and the CPU turns itself off, said or not as its threads happen to meet. */
const nothingToWaitFor = 'qemu-system-aarch64: warning: icount sleep disabled and no active timers\n';

/** What a build of Debian's clang 19 prints under Debian's QEMU: our pool, their tools. */
const oracles = haveOracles('clang-19', 'qemu-system-aarch64', 'qemu-aarch64', 'aarch64-linux-gnu-gcc');

describe.skipIf(!oracles)('the library pool, compiled by clang 19, under QEMU', { timeout: 60_000 }, () => {
  const compiler = new Clang19Compiler();
  const scratch = mkdtempSync(join(tmpdir(), 'pool-'));
  const cache = memoryCache();
  let builder: Builder;
  beforeAll(async () => {
    builder = new Builder({ compiler, linker: new LldLinker(await nodeClang()), cache, clock: () => 0 });
  });
  afterAll(() => {
    compiler.close();
    rmSync(scratch, { recursive: true });
  });

  const build = async (folder: string, settings: Settings = []): Promise<BuildResult> => {
    const project = openProject(join(poolFolder, folder));
    if (!project.ok) throw new Error(project.problems[0]?.message);
    const { app, pool, name } = project.value;
    const result = await builder.build({ app, pool, name, settings });
    expect(result.problems).toEqual([]);
    return result;
  };

  const boot = (image: Uint8Array | undefined, { options = [] as string[], input = '' } = {}): string => {
    const path = join(scratch, 'image');
    writeFileSync(path, image ?? new Uint8Array());
    const args = ['-M', 'virt', '-cpu', 'cortex-a53', '-m', '64M', '-display', 'none', '-serial', 'stdio', '-kernel', path, ...options];
    const run = spawnSync('qemu-system-aarch64', args, { encoding: 'utf8', timeout: 30_000, input });
    // A status means that the guest turned the machine off.
    expect({ status: run.status, stderr: run.stderr.replace(nothingToWaitFor, '') }).toEqual({ status: 0, stderr: '' });
    return run.stdout.replaceAll('\r', '');
  };

  /** The same source against Debian's C library and run-time library, for the same CPU. */
  const hosted = (folder: string): string => {
    const path = join(scratch, 'hosted');
    const sources = readdirSync(join(poolFolder, folder)).filter((name) => name.endsWith('.c'));
    const args = ['-O1', '-w', '-fno-builtin', '-static', '-o', path, ...sources.map((name) => join(poolFolder, folder, name))];
    expect(spawnSync('aarch64-linux-gnu-gcc', args, { encoding: 'utf8' }).stderr).toBe('');
    return spawnSync('qemu-aarch64', [path], { encoding: 'utf8' }).stdout;
  };

  it.each(['libs/nolibc/tests', 'libs/compiler-rt/tests'])('%s prints what glibc and libgcc print', async (folder) => {
    const { elf } = await build(folder);
    expect(boot(elf)).toBe(hosted(folder));
  });

  it.each(['ukallocbbuddy', 'ukallocregion', 'ukargparse', 'uksched'])('%s passes its tests', async (library) => {
    const output = boot((await build(`libs/${library}/tests`)).elf);
    expect(output).toMatch(/\n0 failed\n$/);
    expect(output).not.toContain('FAIL');
  });

  describe('apps', () => {
    it('says hello, with arguments, from ELF and stripped, in little and in much memory', async () => {
      const { elf, stripped, imageBytes } = await build('apps/helloworld');
      const text = 'Hello, world!\nI am helloworld, called with one two words.\n';
      for (const memory of ['2M', '64M', '3G']) expect(boot(elf, { options: ['-m', memory, '-append', 'one "two words"'] })).toBe(text);
      expect(boot(stripped)).toBe('Hello, world!\nI am helloworld.\n');
      expect(imageBytes).toBeLessThan(27 * 1024);
    });

    it('boots as a flat Linux image', async () => {
      const { flat } = await build('apps/helloworld', [['KVM_IMAGE_HEADER', 'y']]);
      expect(boot(flat, { options: ['-append', 'x'] })).toBe('Hello, world!\nI am helloworld, called with x.\n');
    });

    it.each(['2', '3'])('echoes what is typed, with GICv%s', async (gic) => {
      const { elf } = await build('apps/echo');
      const output = boot(elf, { options: ['-M', `virt,gic-version=${gic}`], input: 'hello\rab\x7fc\rquit\r' });
      expect(output).toContain('> hello\nhello\n> ab\b \bc\nac\n> quit\nBye after 2 lines.\n');
    });

    it('switches threads in one order only', async () => {
      const { elf } = await build('apps/threads');
      // Time by instructions: QEMU may be kept waiting for longer than two sleepers are apart.
      const options = ['-icount', 'shift=0,sleep=off'];
      const lines = boot(elf, { options }).trimEnd().split('\n');
      expect(lines.slice(0, 9).map((line) => line.replace(/\D+/g, ''))).toEqual(['11', '12', '21', '13', '31', '22', '23', '32', '33']);
      expect(lines.at(-1)).toBe('All done, balance 2.');
      const without = await build('apps/threads', [['APPTHREADS_MUTEX', 'n']]);
      expect(boot(without.elf, { options })).toContain('All done, balance -2.');
    });

    it.each([
      ['NULL', 'data access (write) at 0x0000000000000000: nothing is mapped there\n*** A null pointer'],
      ['UNALIGNED', 'data access (read) at 0x'],
      ['UNDEFINED', 'undefined instruction'],
      ['STACK', '*** Stack overflow: the stack of main is full'],
      ['CODE', ': not permitted'],
      ['DATA', 'instruction fetch at 0x'],
      ['ASSERT', 'Assertion failure: apples + apples == 5, main.c:'],
    ])('crashes by %s and says so', async (kind, words) => {
      const { elf } = await build('apps/crash', [[`APPCRASH_${kind}`, 'y']]);
      const output = boot(elf);
      expect(output).toContain(words);
      expect(output).toMatch(/Called from:( [0-9a-f]{8})+\n$/);
    });
  });

  it.each([
    ['no floating-point registers', [['FPSIMD', 'n']]],
    ['no optimization', [['OPTIMIZE_NONE', 'y']]],
    ['no frame pointers', [['OPTIMIZE_NOOMITFP', 'n']]],
    ['the region allocator', [['LIBUKBOOT_INITREGION', 'y']]],
    ['no allocator', [['LIBUKBOOT_NOALLOC', 'y']]],
    ['every message', [['LIBUKDEBUG_PRINTK_DEBUG', 'y']]],
    [
      'nothing that can be left out',
      [
        ['LIBUKINTROSPECT', 'n'],
        ['LIBUKDEBUG_PRINTK', 'n'],
        ['LIBUKDEBUG_CRASH_SCREEN', 'n'],
      ],
    ],
  ] satisfies [string, Settings][])('builds and boots with %s', async (_, settings) => {
    expect(boot((await build('apps/helloworld', settings)).elf)).toContain('Hello, world!\n');
  });
});
