/** `uk objdump [-d|-D] [-r] [-h] [-t] [-s] [-f] [-x] [-j SECTION] FILE...` */
import { readFileSync } from 'node:fs';
import { formatProblem } from '../src/lib/problem.ts';
import { dumpElf, type DumpOptions } from '../src/lib/toolchain/object/dump.ts';
import { readElf } from '../src/lib/toolchain/object/elf-reader.ts';

const usage = 'usage: uk objdump [-d|-D] [-r] [-h] [-t] [-s] [-f] [-x] [-j SECTION] [--no-show-raw-insn] FILE...\n';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

const words: Readonly<Record<string, string>> = {
  '--disassemble': 'd',
  '--disassemble-all': 'D',
  '--reloc': 'r',
  '--section-headers': 'h',
  '--headers': 'h',
  '--syms': 't',
  '--full-contents': 's',
  '--file-headers': 'f',
  '--all-headers': 'x',
};

export async function main(args: readonly string[]): Promise<number> {
  const options: Mutable<DumpOptions> = {};
  const files: string[] = [];
  const sections: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const arg = args[i];
    if (arg === '--help') {
      process.stdout.write(usage);
      return 0;
    }
    if (arg === '--no-show-raw-insn') options.withoutWords = true;
    else if (arg === '-j' || arg === '--section') sections.push(args[++i] ?? '');
    else if (/^(-j|--section=)./.test(arg)) sections.push(arg.replace(/^(-j|--section=)/, ''));
    else if (/^-./.test(arg)) {
      const letters = Object.hasOwn(words, arg) ? words[arg] : arg.startsWith('--') ? '?' : arg.slice(1);
      const unknown = [...letters].find((letter) => !choose(options, letter));
      if (unknown !== undefined) {
        process.stderr.write(`uk objdump: unknown option ${arg}\n${usage}`);
        return 2;
      }
    } else files.push(arg);
  }
  if (files.length === 0 || Object.keys(options).length === 0) {
    process.stderr.write(usage);
    return 2;
  }
  if (sections.length > 0) options.sections = sections;
  return files.map((file) => dump(file, options)).some((status) => status !== 0) ? 1 : 0;
}

function choose(options: Mutable<DumpOptions>, letter: string): boolean {
  if (letter === 'd') options.disassemble ??= 'code';
  else if (letter === 'D') options.disassemble = 'all';
  else if (letter === 'r') options.relocations = true;
  else if (letter === 'h') options.headers = true;
  else if (letter === 't') options.symbols = true;
  else if (letter === 's') options.contents = true;
  else if (letter === 'f') options.fileHeader = true;
  else if (letter === 'x') Object.assign(options, { fileHeader: true, headers: true, symbols: true, relocations: true });
  else return letter === 'z';
  return true;
}

function dump(file: string, options: DumpOptions): number {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(file);
  } catch (cause) {
    process.stderr.write(`uk objdump: ${file}: ${cause instanceof Error ? cause.message : String(cause)}\n`);
    return 1;
  }
  const elf = readElf(bytes, file);
  if (!elf.ok) {
    process.stderr.write(`${elf.problems.map(formatProblem).join('\n')}\n`);
    return 1;
  }
  process.stdout.write(dumpElf(elf.value, file, options));
  return 0;
}
