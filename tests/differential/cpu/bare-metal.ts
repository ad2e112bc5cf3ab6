import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TranslatorTuning } from '../../../src/lib/emulator/jit/translator.ts';
import { createCpus, type CpuHost, type RunExit } from '../../../src/lib/emulator/cpu/cpu.ts';

const here = fileURLToPath(new URL('.', import.meta.url));
const ramBase = 0x4000_0000;
const loadAddress = 0x4008_0000;
const uart = 0x0900_0000;
const systemOff = 0x8400_0008n;

function tool(command: string, args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8', timeout: 60_000 });
  if (status !== 0) throw new Error(`${command}: ${error?.message ?? stderr}`);
  return stdout;
}

/** A test program, assembled and linked: an ELF file for QEMU and its bytes for us. */
export type Program = { elf: string; image: Uint8Array; remove: () => void };

export function assembleProgram(name: string, defines: readonly string[] = []): Program {
  const directory = mkdtempSync(join(tmpdir(), 'cpu-test-'));
  const at = (file: string): string => join(directory, file);
  tool('aarch64-linux-gnu-gcc', ['-c', ...defines.map((d) => `-D${d}`), '-o', at('a.o'), isAbsolute(name) ? name : join(here, name)]);
  tool('aarch64-linux-gnu-ld', [`-Ttext=0x${loadAddress.toString(16)}`, '-N', '-o', at('a.elf'), at('a.o')]);
  tool('aarch64-linux-gnu-objcopy', ['-O', 'binary', at('a.elf'), at('a.bin')]);
  return { elf: at('a.elf'), image: readFileSync(at('a.bin')), remove: () => rmSync(directory, { recursive: true }) };
}

export function runQemu(program: Program, cpu: string): string {
  return tool('qemu-system-aarch64', [
    '-M',
    'virt',
    '-cpu',
    cpu,
    '-m',
    '64M',
    '-display',
    'none',
    '-serial',
    'stdio',
    '-kernel',
    program.elf,
  ]);
}

/** Runs a program on our CPU with nothing around it but a UART that takes bytes and PSCI's power off. */
export function runHere(program: Program, translator?: TranslatorTuning, budget = 5_000_000): { output: string; exit: RunExit } {
  let output = '';
  let off = false;
  const host: CpuHost = {
    // UARTFR: never full.
    busRead: (address) => (address >= uart && address < uart + 4096 ? 0n : undefined),
    busWrite: (address, _size, value) => {
      if (address === uart) output += String.fromCharCode(Number(value & 0xffn));
      return address >= uart && address < uart + 4096;
    },
    counter: () => 1000n,
    timerChanged: () => undefined,
    conduit: () => {
      off = cpu.x(0) === systemOff;
      cpu.stop();
      return true;
    },
    gicRead: () => undefined,
    gicWrite: () => false,
  };
  const { memory, cpus } = createCpus({ ram: { base: ramBase, size: 64 << 20 }, cpus: 1, ...(translator ? { translator } : {}) }, host);
  const [cpu] = cpus;
  memory.store(loadAddress, program.image);
  cpu.reset({ pc: loadAddress });
  let left = budget;
  for (;;) {
    const exit = cpu.run(left);
    left -= exit.executed;
    if (off || left <= 0 || (exit.reason !== 'budget' && exit.reason !== 'yield')) return { output, exit };
  }
}
