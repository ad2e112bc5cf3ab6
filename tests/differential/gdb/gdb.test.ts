import { execFileSync, spawnSync } from 'node:child_process';
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

  /** What GDB prints for commands when it debugs by way of a server that speaks on its standard input and output. */
  function gdbOn(server: string, elf: string, commands: readonly string[]): string {
    const script = join(folder, 'script');
    // The server takes a while to start, and must not be asked twice in the meantime.
    const setUp = ['set pagination off', 'set confirm off', 'set style enabled off', 'set remotetimeout 100', `target remote | ${server}`];
    writeFileSync(script, `${[...setUp, ...commands].join('\n')}\n`);
    const run = spawnSync('gdb-multiarch', ['-nx', '-batch', '-x', script, elf], { encoding: 'utf8', timeout: 100_000 });
    return run.stdout + run.stderr;
  }

  /** What the guest printed is told apart. */
  const ukGdb = (elf: string, machine: string): string =>
    `node ${join(root, 'cli/uk.mjs')} gdb ${elf} --stdio --machine ${machine} 2>${join(folder, 'uart')}`;

  function gdb(machine: string, commands: readonly string[]): string {
    const elf = join(folder, 'program.elf');
    return gdbOn(ukGdb(elf, machine), elf, commands);
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

  it.skipIf(!haveOracles('qemu-system-aarch64'))(
    "shows an application by our own compiler's lines and variables as on QEMU, and goes back",
    () => {
      const built = ['cli/uk.mjs', 'build', 'static/sysroot/apps/threads', '--out', join(folder, 'threads'), '--json'];
      const { elf }: { elf: string } = JSON.parse(execFileSync('node', built, { cwd: root, encoding: 'utf8', maxBuffer: 1 << 26 }));
      const forwards = [
        'break run',
        'continue',
        'backtrace',
        'info args',
        'next',
        'next',
        'step',
        'frame',
        'finish',
        'delete',
        'break main.c:50',
        'continue',
        'backtrace',
        'info locals',
        'print account',
        'watch balance',
        'continue',
        'continue',
        'backtrace',
        'delete',
      ];
      const mark = 'from here on backwards';
      const back = [
        `printf "${mark}\\n"`,
        'watch balance',
        'reverse-continue',
        'delete',
        'break run',
        'reverse-continue',
        'next',
        'next',
        'step',
        'frame',
        'reverse-step',
        'reverse-next',
        'frame',
      ];
      const here = gdbOn(ukGdb(elf, 'virt'), elf, [...forwards, ...back]);
      const qemu = `exec qemu-system-aarch64 -M virt -cpu cortex-a53 -m 64 -display none -serial file:${join(folder, 'uart')} -kernel ${elf} -S -gdb stdio`;
      const there = gdbOn(qemu, elf, [...forwards, `printf "${mark}\\n"`, 'kill']);
      const [ours, backwards] = here.split(mark);
      expect(ours).toBe(there.split(mark)[0]);
      expect(ours).toMatch(
        /#0 +run \(job=\w+ <sleeper>, .*kind=\w+ "sleeper"\) at \/app\/main.c:65\n#1 .* in main \(\) at \/app\/main.c:83/,
      );
      expect(ours).toMatch(/#0 +uk_sched_current \(\) at .*sched.h:\d+[^]*\nround = 0\n[^]*lock_count = 1/);
      expect(ours).toMatch(/Old value = 10\nNew value = 6\nspender .* at \/app\/main.c:51/);
      expect(backwards).toMatch(/Old value = 6\nNew value = 10\n.*spender .* at \/app\/main.c:50/);
      expect(backwards).toMatch(/run \(job=\w+ <spender>, .*kind=\w+ "spender"\) at \/app\/main.c:65[^]*#0 +uk_sched_current/);
      expect(backwards).toMatch(/#0 .*run \(job=.* at \/app\/main.c:66/);
    },
  );
});
