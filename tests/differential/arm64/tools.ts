/** Debian's assemblers and disassemblers, on lists of instructions. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const bufferSize = 1 << 28;

function withFolder<T>(work: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'arm64-tools-'));
  try {
    return work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function run(tool: string, args: readonly string[], input?: string): { stdout: string; stderr: string; status: number | null } {
  return spawnSync(tool, args, { encoding: 'utf8', maxBuffer: bufferSize, ...(input === undefined ? {} : { input }) });
}

function mustRun(tool: string, args: readonly string[]): string {
  const { stdout, stderr, status } = run(tool, args);
  if (status !== 0) throw new Error(`${tool} failed: ${stderr.slice(0, 2000)}`);
  return stdout;
}

export type GasResult = {
  /** One for each line; empty when there is an error. */
  words: number[];
  /** Relocation type of each line that has one, without `R_AARCH64_`. */
  relocations: Map<number, string>;
  /** Lines that it refuses, with its reason. */
  errors: Map<number, string>;
};

/** GNU as, one instruction a line. Its warnings, of CONSTRAINED UNPREDICTABLE registers mostly, are of no interest. */
export function gnuAssemble(lines: readonly string[], architecture: string): GasResult {
  return withFolder((folder) => {
    const [source, object, binary] = ['a.s', 'a.o', 'a.bin'].map((name) => join(folder, name));
    writeFileSync(source, `.arch ${architecture}\n${lines.join('\n')}\n`);
    const { stderr } = run('aarch64-linux-gnu-as', ['-o', object, source]);
    const errors = new Map([...stderr.matchAll(/a\.s:(\d+): Error: (.*)/g)].map((m) => [Number(m[1]) - 2, m[2]]));
    if (errors.size > 0) return { words: [], relocations: new Map<number, string>(), errors };
    mustRun('aarch64-linux-gnu-objcopy', ['-O', 'binary', '-j', '.text', object, binary]);
    const bytes = readFileSync(binary);
    const words = Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readUInt32LE(i * 4));
    const listing = mustRun('aarch64-linux-gnu-readelf', ['-rW', object]);
    const found = [...listing.matchAll(/^([0-9a-f]{16})\s+\S+\s+R_AARCH64_(\S+)/gm)];
    return { words, relocations: new Map(found.map((m) => [parseInt(m[1], 16) / 4, m[2]])), errors };
  });
}

/** objdump's text of words that stand one after another from address 0, without comments and symbols. */
export function gnuDisassemble(words: readonly number[]): string[] {
  return withFolder((folder) => {
    const binary = join(folder, 'w.bin');
    writeFileSync(binary, new Uint8Array(Uint32Array.from(words).buffer));
    const listing = mustRun('aarch64-linux-gnu-objdump', ['-D', '-z', '-b', 'binary', '-m', 'aarch64', binary]);
    return [...listing.matchAll(/^\s*[0-9a-f]+:\t[0-9a-f]{8} \t(.*)$/gm)].map((m) =>
      m[1].replace(/\s*\/\/.*$/, '').replace(/ <[^>]*>$/, ''),
    );
  });
}

/** LLVM's text of each word, as if it stood at address 0; undefined where it says that the encoding is invalid. */
export function llvmDisassemble(words: readonly number[], attributes: string): (string | undefined)[] {
  const bytes = words.map((w) => [0, 8, 16, 24].map((s) => `0x${((w >>> s) & 255).toString(16)}`).join(' ')).join('\n');
  const args = ['--disassemble', '--triple=aarch64', `-mattr=${attributes}`, '--print-imm-hex=false'];
  const { stdout, stderr } = run('llvm-mc-19', args, bytes);
  const invalid = new Set([...stderr.matchAll(/<stdin>:(\d+):\d+: warning: invalid instruction encoding/g)].map((m) => Number(m[1]) - 1));
  const lines = stdout.split('\n').filter((line) => line.startsWith('\t') && !line.startsWith('\t.'));
  if (lines.length !== words.length - invalid.size) throw new Error(`llvm-mc gave ${lines.length} lines for ${words.length} words`);
  let at = 0;
  return words.map((_, i) => (invalid.has(i) ? undefined : lines[at++].trim().replace(/\s*\/\/.*$/, '')));
}
