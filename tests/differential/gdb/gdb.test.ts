import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { haveOracles } from '../../oracle.ts';

const here = new URL('.', import.meta.url).pathname;
const programs = join(here, '../board/programs');
const root = join(here, '../../..');
const flags =
  '-g -O0 -march=armv8-a -mgeneral-regs-only -mno-outline-atomics -ffreestanding -nostdlib -static -fno-pic -fno-stack-protector';

describe.skipIf(!haveOracles('gdb-multiarch', 'aarch64-linux-gnu-gcc'))('real GDB on uk gdb', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'uk-gdb-'));
    const sources = [join(here, 'program.c'), join(programs, 'start.S'), join(programs, 'bare.c')];
    const link = ['-Wl,-Ttext=0x40200000,--build-id=none', `-I${programs}`, '-o', join(folder, 'program.elf')];
    const compiled = spawnSync('aarch64-linux-gnu-gcc', [...flags.split(' '), ...sources, ...link]);
    if (compiled.status !== 0) throw new Error(compiled.stderr.toString());
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** What GDB prints for commands; what the guest printed is told apart. */
  function gdb(machine: string, commands: readonly string[]): string {
    const elf = join(folder, 'program.elf');
    const server = `node ${join(root, 'cli/uk.mjs')} gdb ${elf} --stdio --machine ${machine} 2>${join(folder, 'uart')}`;
    const script = join(folder, 'script');
    // The server takes a while to start, and must not be asked twice in the meantime.
    const setUp = ['set pagination off', 'set confirm off', 'set style enabled off', 'set remotetimeout 100', `target remote | ${server}`];
    writeFileSync(script, `${[...setUp, ...commands].join('\n')}\n`);
    const run = spawnSync('gdb-multiarch', ['-nx', '-batch', '-x', script, elf], { encoding: 'utf8', timeout: 100_000 });
    return run.stdout + run.stderr;
  }

  it('breaks, steps, watches, unwinds, and goes back', () => {
    const said = gdb('virt,mem=8M', [
      'break leaf',
      'continue',
      'continue',
      'printf "value %d\\n", value',
      'backtrace',
      'finish',
      'delete',
      'watch counter',
      'continue',
      'continue',
      'printf "forwards %d\\n", counter',
      'reverse-continue',
      'printf "back %d\\n", counter',
      'reverse-continue',
      'printf "back %d\\n", counter',
      'delete',
      'tbreak hex',
      'continue',
      'printf "at %s %d\\n", name, v',
      'printf "pc %#lx\\n", $pc',
      'stepi',
      'reverse-stepi',
      'printf "pc %#lx\\n", $pc',
      'reverse-continue',
      'monitor where',
    ]);
    expect(said).toContain('value 1');
    expect(said).toMatch(/#0 +leaf \(value=1\).*\n#1 .* in middle \(n=5\).*\n#2 .* in program .*\n#3 .* in _start/);
    expect(said).toContain('Value returned is $1 = 4');
    expect(said).toMatch(
      /Old value = 2\nNew value = 4[^]*Old value = 4\nNew value = 7[^]*forwards 7[^]*Old value = 7\nNew value = 4[^]*back 4[^]*Old value = 4\nNew value = 2[^]*back 2/,
    );
    expect(said).toContain('at sum 50');
    const [first, second] = [...said.matchAll(/^pc (0x\w+)/gm)].map(([, pc]) => pc);
    expect(second).toBe(first);
    expect(said).toContain('No more reverse-execution history');
    expect(said).toMatch(/^0 instructions, 0 ns; the history goes from 0 to \d+/m);
  });

  it('reads and writes registers and memory, which decides how the program goes on', () => {
    const said = gdb('virt,mem=8M,smp=2,gic=3', [
      'break middle',
      'continue',
      'info threads',
      'info registers cpsr sctlr_el1',
      'set var n = 2',
      'set var counter = 100',
      'print $x20 = 0x1122334455667788',
      'print/x $x20',
      'print $v1.d.u[1] = 7',
      'print $v1.d.u',
      'print/x history',
      'delete',
      'continue',
      'continue',
    ]);
    expect(said).toMatch(/\* 1 +Thread 1 \(CPU 0 EL1 next\)[^]*2 +Thread 2 \(CPU 1 EL1 off\)/);
    expect(said).toMatch(/cpsr .*M=5.*\nsctlr_el1 +0xc50838 .*SPAN/);
    expect(said).toContain('= 0x1122334455667788');
    expect(said).toContain('= {0, 7}');
    // leaf(0) gives 200, leaf(1) gives 202.
    expect(spawnSync('cat', [join(folder, 'uart')], { encoding: 'utf8' }).stdout).toMatch(/sum.*192/);
    expect(said).toMatch(/received signal SIGTERM[^]*exited normally/);
  });
});
