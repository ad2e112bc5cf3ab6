import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { nativeBackend } from '../../src/lib/toolchain/driver/native-backend.ts';
import { writeElf } from '../../src/lib/toolchain/object/elf-writer.ts';

/** An intrinsic function of arm_neon.h: types of its parameters, `undefined` where a constant is asked for, and of its result. */
export type Intrinsic = { name: string; params: readonly (string | undefined)[]; result: string };

/** clang-19's own header, or nothing where it is not installed. */
export function neonHeader(): string | undefined {
  const { stdout, status } = spawnSync('clang-19', ['-print-resource-dir'], { encoding: 'utf8' });
  return status === 0 ? readFileSync(join(stdout.trim(), 'include/arm_neon.h'), 'utf8') : undefined;
}

/** Every intrinsic that plain Armv8.0 has. The header gives each for both orders of bytes; the first is the little one. */
export function neonIntrinsics(header: string): Intrinsic[] {
  const found = new Map<string, Intrinsic>();
  const functions = /__ai __attribute__\(\(target\("neon"\)\)\) (\w+) (v\w+)\(([^)]*)\) \{/g;
  for (const [, result, name, list] of header.matchAll(functions)) {
    const params = list === 'void' ? [] : list.split(',').map((each) => each.replace(/\s*__p\d+$/, '').trim());
    if (!found.has(name)) found.set(name, { name, params, result });
  }
  const macros = /^#define (v\w+)\(([^)]*)\) __extension__ \(\{ \\\n((?:.*\\\n)*)\}\)$/gm;
  for (const [, name, list, body] of header.matchAll(macros)) {
    const params = list.split(',').map((each) => {
      const parameter = each.trim();
      const type = new RegExp(`^ *(\\w+) __s\\d+ = ${parameter};`, 'm').exec(body)?.[1];
      return type ?? (/^v(ld|st)/.test(name) && parameter === '__p0' ? 'void *' : undefined);
    });
    const result = /^ *(\w+) __ret\b/m.exec(body)?.[1] ?? 'void';
    if (!found.has(name)) found.set(name, { name, params, result });
  }
  return [...found.values()].filter(({ params, result }) => ![result, ...params].some((type) => type?.includes('bfloat')));
}

const preamble = `#include <arm_neon.h>
#include <stdio.h>

static unsigned long long state = 88172645463325252u;

static void fill(void *to, unsigned long bytes)
{
	for (unsigned long n = 0; n < bytes; n++) {
		state ^= state << 13, state ^= state >> 7, state ^= state << 17;
		((unsigned char *)to)[n] = state >> 24;
	}
}

static void show(const char *name, const void *data, unsigned long bytes)
{
	unsigned long long hash = 14695981039346656037u;

	for (unsigned long n = 0; n < bytes; n++)
		hash = (hash ^ ((const unsigned char *)data)[n]) * 1099511628211u;
	printf("%s %016llx\\n", name, hash);
}

static unsigned char memory[256] __attribute__((aligned(16)));

#define ANY(T) ({ T any; fill(&any, sizeof any); any; })
`;

/** One line of C that calls an intrinsic with random operands and shows what it gives and what it has done to memory. */
function callLine({ name, params, result }: Intrinsic, constant: number): string {
  const touches = params.some((type) => type?.includes('*'));
  const args = params.map((type) => (type === undefined ? constant : type.includes('*') ? '(void *)memory' : `ANY(${type})`)).join(', ');
  const before = touches ? 'fill(memory, sizeof memory); ' : '';
  const after = touches ? ` show("${name} memory", memory, sizeof memory);` : '';
  const call = result === 'void' ? `${name}(${args});` : `${result} r = ${name}(${args}); show("${name}", &r, sizeof r);`;
  return `__attribute__((noinline)) static void LINE(void) { ${before}${call}${after} }`;
}

/**
 * Writes a program that calls each intrinsic, those with constants with several, and returns how many calls there are. What clang-19 does not
 * accept (a constant out of range, an intrinsic of a later architecture) is left out.
 */
export function writeNeonProgram(path: string, intrinsics: readonly Intrinsic[]): number {
  let lines = intrinsics.flatMap((each) => (each.params.includes(undefined) ? [0, 1, 7] : [0]).map((constant) => callLine(each, constant)));
  const write = (): void => {
    const named = lines.map((line, n) => line.replace('LINE', `call_${n}`));
    const main = `int main(void)\n{\n${lines.map((_, n) => `\tcall_${n}();`).join('\n')}\n\treturn 0;\n}\n`;
    writeFileSync(path, [preamble + named.join('\n'), main].join('\n'));
  };
  const first = preamble.split('\n').length;
  for (;;) {
    write();
    const args = ['--target=aarch64-linux-gnu', '-O0', '-w', '-ferror-limit=0', '-S', '-emit-llvm', '-o', '/dev/null', path];
    const { stderr, status } = spawnSync('clang-19', args, { encoding: 'utf8', maxBuffer: 1 << 28 });
    if (status === 0) return lines.length;
    const wrong = new Set([...stderr.matchAll(/^[^\n:]*:(\d+):\d+: error/gm)].map(([, line]) => Number(line) - first));
    const left = lines.filter((_, n) => !wrong.has(n));
    if (left.length === lines.length) throw new Error(stderr);
    lines = left;
  }
}

/** What the program of the intrinsics prints, compiled from clang-19's IR by our code generator and by clang-19's own: the lines of both. */
export function runNeonProgram(folder: string, intrinsics: readonly Intrinsic[]): { calls: number; ours: string[]; theirs: string[] } {
  const [source, ir, object, program] = ['neon.c', 'neon.ll', 'neon.o', 'neon'].map((name) => join(folder, name));
  const calls = writeNeonProgram(source, intrinsics);
  const clang = (...args: string[]) => execFileSync('clang-19', ['--target=aarch64-linux-gnu', '-O1', '-w', ...args]);
  const linkAndRun = (): string[] => {
    execFileSync('aarch64-linux-gnu-gcc', ['-static', '-o', program, object]);
    return execFileSync('qemu-aarch64', [program], { encoding: 'utf8', maxBuffer: 1 << 28 }).split('\n');
  };
  clang('-S', '-emit-llvm', '-o', ir, source);
  clang('-c', '-o', object, ir);
  const theirs = linkAndRun();
  const compiled = nativeBackend.compile(readFileSync(ir, 'utf8'), {});
  const elf = compiled.ok ? writeElf(compiled.value.object) : compiled;
  if (!elf.ok) throw new Error(elf.problems.map((p) => p.message).join('\n'));
  writeFileSync(object, elf.value);
  return { calls, ours: linkAndRun(), theirs };
}
