import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { nativeBackend } from '../../src/lib/toolchain/driver/native-backend.ts';
import { writeElf } from '../../src/lib/toolchain/object/elf-writer.ts';
import { haveOracles } from '../oracle.ts';

/** Types that `va_arg` takes: in IR, in C, and how the driver writes a value of them. */
const types = [
  { name: 'int', ir: 'i32', c: 'int', value: '(int)(N * 1000003)' },
  { name: 'long', ir: 'i64', c: 'long', value: 'N * 1000000007L' },
  { name: 'double', ir: 'double', c: 'double', value: 'N * 1.5' },
  { name: 'wide', ir: 'i128', c: '__int128', value: '((__int128)N << 70) - 3' },
  { name: 'quad', ir: 'fp128', c: 'long double', value: 'N * 2.25L' },
  { name: 'vector', ir: '<4 x i32>', c: 'v4', value: '(v4){N, 2, 3, N}' },
];
/** Enough of each that registers run out on the way, in a mixed order. */
const order = Array.from({ length: 40 }, (_, n) => types[(n * n + (n >> 2)) % types.length]);

const module = types.map(
  ({ name, ir }) => `define void @next_${name}(ptr %out, ptr %list) {
  %v = va_arg ptr %list, ${ir}
  store ${ir} %v, ptr %out
  ret void
}
`,
);
const driver = `#include <stdarg.h>
#include <stdio.h>
#include <string.h>
typedef int v4 __attribute__((vector_size(16)));
${types.map(({ name }) => `void next_${name}(void *, va_list *);`).join('\n')}
static void compare(int n, ...) {
  va_list ours, theirs;
  va_start(ours, n);
  va_copy(theirs, ours);
${order
  .map(
    ({ name, c }, n) => `  { ${c} a, b; next_${name}(&a, &ours); b = va_arg(theirs, ${c});
    if (memcmp(&a, &b, sizeof a) || memcmp(&ours, &theirs, sizeof ours)) printf("argument ${n}, ${name}, differs\\n"); }`,
  )
  .join('\n')}
}
int main(void) {
  compare(0, ${order.map(({ value }, n) => value.replaceAll('N', String(n + 1))).join(', ')});
  puts("done");
  return 0;
}
`;

it.skipIf(!haveOracles('aarch64-linux-gnu-gcc', 'qemu-aarch64'))('va_arg takes arguments and steps the list as gcc does', () => {
  const folder = mkdtempSync(join(tmpdir(), 'varargs-'));
  const compiled = nativeBackend.compile(module.join(''), {});
  if (!compiled.ok) throw new Error(compiled.problems.map((p) => p.message).join('\n'));
  const elf = writeElf(compiled.value.object);
  if (!elf.ok) throw new Error(elf.problems.map((p) => p.message).join('\n'));
  const [object, source, program] = ['ours.o', 'driver.c', 'program'].map((file) => join(folder, file));
  writeFileSync(object, elf.value);
  writeFileSync(source, driver);
  execFileSync('aarch64-linux-gnu-gcc', ['-O1', '-static', '-o', program, source, object]);
  expect(execFileSync('qemu-aarch64', [program], { encoding: 'utf8' })).toBe('done\n');
  rmSync(folder, { recursive: true, force: true });
});
