/** Exact counts of executed instructions by function, from qemu-aarch64 with our plugin, and bytes of code by function. */
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readElf, type ElfFile } from '../../src/lib/toolchain/object/elf-reader.ts';
import { scratch } from './compilers.ts';

let plugin: string | undefined;

function builtPlugin(): string {
  if (plugin) return plugin;
  const out = join(scratch, 'count.so');
  execFileSync('cc', ['-O2', '-shared', '-fPIC', '-o', out, new URL('./count.c', import.meta.url).pathname]);
  return (plugin = out);
}

export type Execution = { output: string; status: number | null; instructions: number; functions: Map<string, number> };

/** Runs a static program and counts. */
export function execute(program: string, args: readonly string[]): Execution {
  const counts = join(scratch, 'counts');
  const command = ['-plugin', `${builtPlugin()},out=${counts}`, program, ...args];
  const run = spawnSync('qemu-aarch64', command, { encoding: 'latin1', timeout: 120_000, maxBuffer: 1 << 26 });
  const symbols = functionsOf(elfOf(new Uint8Array(readFileSync(program))));
  const functions = new Map<string, number>();
  let instructions = 0;
  for (const line of readFileSync(counts, 'latin1').split('\n')) {
    const [address, length, runs] = line.split(' ');
    if (runs === undefined) continue;
    const executed = Number(length) * Number(runs);
    instructions += executed;
    const name = symbolAt(symbols, parseInt(address, 16));
    functions.set(name, (functions.get(name) ?? 0) + executed);
  }
  return { output: run.stdout, status: run.status, instructions, functions };
}

export function elfOf(bytes: Uint8Array): ElfFile {
  const elf = readElf(bytes);
  if (!elf.ok) throw new Error(elf.problems.map((p) => p.message).join('; '));
  return elf.value;
}

type FunctionSymbol = { name: string; at: number; size: number };

/** Functions with a size, by address. */
export function functionsOf(elf: ElfFile): FunctionSymbol[] {
  const found = elf.symbols.filter((s) => s.type === 'func' && s.size > 0n);
  return found.map((s) => ({ name: s.name, at: Number(s.value), size: Number(s.size) })).sort((a, b) => a.at - b.at);
}

function symbolAt(symbols: readonly FunctionSymbol[], address: number): string {
  let low = 0;
  let high = symbols.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (symbols[middle].at <= address) low = middle + 1;
    else high = middle;
  }
  const found = low > 0 ? symbols[low - 1] : undefined;
  return found && address < found.at + found.size ? found.name : '(no function)';
}

const SHF_EXECINSTR = 4;

/** Bytes of code of an object. */
export function codeBytes(elf: ElfFile): number {
  return elf.sections.reduce((sum, s) => (s.flags & SHF_EXECINSTR ? sum + s.size : sum), 0);
}
