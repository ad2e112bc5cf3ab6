import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { nativeBackend } from '../../src/lib/toolchain/driver/native-backend.ts';
import { writeElf } from '../../src/lib/toolchain/object/elf-writer.ts';
import { haveOracles } from '../oracle.ts';

/** Integers of more than 128 bits: no C source asks for one by name, so these come as LLVM IR that clang-19 compiles as well. */
const operations: Record<string, (bits: number) => string> = {
  add: (n) => `%r = add i${n} %a, %b`,
  sub: (n) => `%r = sub i${n} %a, %b`,
  and: (n) => `%r = and i${n} %a, %b`,
  or: (n) => `%r = or i${n} %a, %b`,
  xor: (n) => `%r = xor i${n} %a, -1`,
  shl1: (n) => `%r = shl i${n} %a, 1`,
  shl64: (n) => `%r = shl i${n} %a, 64`,
  shl77: (n) => `%r = shl i${n} %a, 77`,
  lshr3: (n) => `%r = lshr i${n} %a, 3`,
  lshr128: (n) => `%r = lshr i${n} %a, 128`,
  ashr9: (n) => `%r = ashr i${n} %a, 9`,
  ashr70: (n) => `%r = ashr i${n} %a, 70`,
  mask: (n) => `%r = and i${n} %a, 340282366920938463463374607431768211457`,
  choose: (n) => `%c = icmp ult i${n} %a, %b\n  %r = select i1 %c, i${n} %a, i${n} %b`,
  narrow: (n) => `%t = trunc i${n} %a to i70\n  %r = sext i70 %t to i${n}`,
  word: (n) => `%t = trunc i${n} %b to i33\n  %r = zext i33 %t to i${n}`,
  bits: (n) =>
    ['eq', 'ne', 'ult', 'ule', 'ugt', 'uge', 'slt', 'sle', 'sgt', 'sge']
      .map((p, k) => `%c${k} = icmp ${p} i${n} %a, %b\n  %z${k} = zext i1 %c${k} to i${n}\n  %s${k} = shl i${n} %z${k}, ${k * 13}`)
      .join('\n  ') +
    `\n  ${[...Array(9).keys()].map((k) => `%o${k} = or i${n} ${k ? `%o${k - 1}` : '%s0'}, %s${k + 1}`).join('\n  ')}\n  %r = or i${n} %o8, 0`,
};
const widths = [129, 136, 192, 200, 256];

const functions = widths.flatMap((bits) =>
  Object.entries(operations).map(([name, body]) => ({
    name: `${name}_${bits}`,
    text: `define void @${name}_${bits}(ptr %out, ptr %x, ptr %y) {
  %a = load i${bits}, ptr %x
  %b = load i${bits}, ptr %y
  ${body(bits)}
  store i${bits} %r, ptr %out
  ret void
}
`,
  })),
);

const driver = `#include <stdio.h>
#include <string.h>
${functions.map(({ name }) => `void ${name}(void *, const void *, const void *);`).join('\n')}
static const struct { const char *name; void (*f)(void *, const void *, const void *); } all[] = {
${functions.map(({ name }) => `{"${name}", ${name}},`).join('\n')}
};
static unsigned long words[][4] = {{0, 0, 0, 0}, {1, 0, 0, 0}, {~0ul, ~0ul, ~0ul, ~0ul}, {0x123456789abcdef0, 0x0fedcba987654321, 0x8000000000000001, 0x55aa55aa55aa55aa},
  {0x8000000000000000, 0x7fffffffffffffff, ~0ul, 1}, {~0ul, 0, 0xf0, 0x80}};
int main(void) {
  int n = sizeof words / sizeof *words;
  for (unsigned f = 0; f < sizeof all / sizeof *all; f++) for (int i = 0; i < n; i++) for (int j = 0; j < n; j++) {
    unsigned long x[4], y[4], out[4] = {0}; memcpy(x, words[i], 32); memcpy(y, words[j], 32);
    const char *at = strchr(all[f].name, '_') + 1; int bits = 0; while (*at) bits = bits * 10 + *at++ - '0';
    /* Loads of a width that is not whole bytes expect zeros above it. */
    for (int w = 0; w < 4; w++) if (bits < 64 * w + 64) { unsigned long m = bits <= 64 * w ? 0 : ~0ul >> (64 * w + 64 - bits); x[w] &= m; y[w] &= m; }
    all[f].f(out, x, y);
    printf("%s %lx %lx %lx %lx\\n", all[f].name, out[0], out[1], out[2], out[3]);
  }
  return 0;
}
`;

it.skipIf(!haveOracles('clang-19', 'qemu-aarch64'))('integers of more than 128 bits, as clang-19 computes them', () => {
  const folder = mkdtempSync(join(tmpdir(), 'multiword-'));
  const at = (name: string): string => join(folder, name);
  try {
    const ir = `target triple = "aarch64-unknown-linux-gnu"\n${functions.map(({ text }) => text).join('')}`;
    writeFileSync(at('all.ll'), ir);
    writeFileSync(at('driver.c'), driver);
    const compiled = nativeBackend.compile(ir, {});
    if (!compiled.ok) throw new Error(compiled.problems.map((p) => p.message).join('\n'));
    const elf = writeElf(compiled.value.object);
    if (!elf.ok) throw new Error(elf.problems[0].message);
    writeFileSync(at('ours.o'), elf.value);
    const clang = ['--target=aarch64-linux-gnu', '-w', '-static', '-O1', at('driver.c')];
    execFileSync('clang-19', [...clang, at('ours.o'), '-o', at('ours')]);
    execFileSync('clang-19', [...clang, at('all.ll'), '-o', at('theirs')]);
    const output = (name: string): string[] => execFileSync('qemu-aarch64', [at(name)], { encoding: 'utf8' }).split('\n');
    const theirs = output('theirs');
    expect(theirs.length).toBe(functions.length * 36 + 1);
    output('ours').forEach((line, n) => expect(line).toBe(theirs[n]));
  } finally {
    rmSync(folder, { recursive: true });
  }
});
