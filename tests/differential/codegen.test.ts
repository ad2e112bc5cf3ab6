import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DiskFiles } from '../../cli/disk-files.ts';
import { nodeClang } from '../../cli/clang-assets.ts';
import { nativeBackend } from '../../src/lib/toolchain/driver/native-backend.ts';
import type { Clang } from '../../src/lib/toolchain/clang/clang.ts';
import { writeElf } from '../../src/lib/toolchain/object/elf-writer.ts';
import { haveOracles } from '../oracle.ts';

/**
 * Programs compiled here (clang in WebAssembly, our code generator) and by clang-19, linked with Debian's C library and run under
 * qemu-aarch64: same output, same exit status, at several levels.
 */
const levels = ['-O0', '-O1', '-O2', '-Os'] as const;

const programs: Record<string, string> = {
  integers: `#include <stdio.h>
#include <stdint.h>
static volatile int64_t s[] = {0, 1, -1, 7, -128, 255, 32767, -32768, 2147483647, -2147483647 - 1, INT64_MAX, INT64_MIN, 1234567890123};
#define ROW(T) static void row_##T(T a, T b) { unsigned h = (unsigned)b & (sizeof(T) * 8 - 1); \\
  printf("%lld %lld %lld %lld %lld %lld %d%d%d ", (long long)(T)(a + b), (long long)(T)(a - b), (long long)(T)(a * b), (long long)(T)(a & ~b), (long long)(T)(a >> h), (long long)(T)((T)((uint64_t)a << h)), a < b, a == b, a <= b); \\
  if (b != 0 && !(b == (T)-1)) printf("%lld %lld", (long long)(T)(a / b), (long long)(T)(a % b)); printf("\\n"); }
ROW(int8_t) ROW(uint8_t) ROW(int16_t) ROW(uint16_t) ROW(int32_t) ROW(uint32_t) ROW(int64_t) ROW(uint64_t)
int main(void) { int n = sizeof s / sizeof *s; for (int i = 0; i < n; i++) for (int j = 0; j < n; j++) {
  row_int8_t(s[i], s[j]); row_uint8_t(s[i], s[j]); row_int16_t(s[i], s[j]); row_uint16_t(s[i], s[j]);
  row_int32_t(s[i], s[j]); row_uint32_t(s[i], s[j]); row_int64_t(s[i], s[j]); row_uint64_t(s[i], s[j]); } return 0; }`,
  wide: `#include <stdio.h>
typedef unsigned __int128 u; typedef __int128 i;
static void p(u x) { printf("%016llx%016llx ", (unsigned long long)(x >> 64), (unsigned long long)x); }
static volatile unsigned long long v[] = {0, 1, 3, 0xffffffffffffffffull, 0x8000000000000000ull, 0x123456789abcdef0ull};
int main(void) { for (int a = 0; a < 6; a++) for (int b = 0; b < 6; b++) for (int c = 1; c < 6; c++) {
  u x = (u)v[a] << 64 | v[b], y = (u)v[b] << 64 | v[c]; int n = (int)(v[c] % 128);
  p(x + y); p(x - y); p(x * y); p(x / y); p(x % y); p((u)((i)x / (i)y)); p(x << n); p(x >> n); p((u)((i)x >> n)); p(x & y); p(~x ^ y);
  u r; int o = __builtin_add_overflow(x, y, &r); p(r); i q; int z = __builtin_sub_overflow((i)x, (i)y, &q); p((u)q);
  p(x << n | y >> (128 - n) % 128); p(x << 37 | x >> 91); p(x << 100 | y >> 28); p(x < y ? x : y); p((i)x < 0 ? -x : x); printf("%d ", (x > y) - (x < y)); printf("%d%d%d%d%d%d\\n", x < y, x == y, (i)x < (i)y, (i)x >= (i)y, o, z); } return 0; }`,
  control: `#include <stdio.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <alloca.h>
static jmp_buf env;
static int sum(int n, ...) { va_list ap; va_start(ap, n); int t = 0; double d = 0; for (int i = 0; i < n; i++) { t += va_arg(ap, int); d += va_arg(ap, double); } va_end(ap); return t * 1000 + (int)d; }
static int sw(unsigned x) { switch (x) { case 0: return 5; case 1: return 7; case 2: case 3: return 11; case 7: return 13; case 8: return 17; case 9: return 19; case 1000: return 23; case 100000: return 29; default: return -1; } }
static int goes(int i) { static const void *const t[] = {&&a, &&b, &&c}; goto *t[i % 3]; a: return 1; b: return 2; c: return 3; }
static int from(int i) { static const int t[] = {&&b - &&a, &&a - &&a, &&c - &&a}; goto *(&&a + t[i % 3]); a: return 1; b: return 2; c: return 3; }
static int vla(int n) { int x[n]; for (int i = 0; i < n; i++) x[i] = i * i; char *p = alloca(n + 1); memset(p, 'x', n); p[n] = 0; int t = strlen(p); for (int i = 0; i < n; i++) t += x[i]; return t; }
struct big { long a[9]; }; struct pair { int x; char c; }; struct f3 { float a, b, c; };
static struct big mk(long n) { struct big b; for (int i = 0; i < 9; i++) b.a[i] = n * i; return b; }
__attribute__((noinline)) static struct pair sp(struct pair p, int k) { p.x += k; p.c++; return p; }
__attribute__((noinline)) static struct f3 sf(struct f3 a, struct f3 b) { a.a += b.c; a.b -= b.b; a.c *= b.a; return a; }
__attribute__((noinline)) static long many(char a, short b, int c, long d, char e, short f, int g, long h, char i, short j, int k, long l) { return a + 2 * b + 3 * c + 4 * d + 5 * e + 6 * f + 7 * g + 8 * h + 9 * i + 10 * j + 11 * k + 12 * l; }
static void thrower(int n) { if (n == 0) longjmp(env, 42); thrower(n - 1); }
int main(void) { printf("%d\\n", sum(10, 1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5, 5, 5.5, 6, 6.5, 7, 7.5, 8, 8.5, 9, 9.5, 10, 10.5));
  for (unsigned i = 0; i < 12; i++) printf("%d ", sw(i)); printf("%d %d %d\\n", sw(1000), sw(100000), sw(77777));
  for (int i = 0; i < 6; i++) printf("%d %d ", goes(i), from(i)); for (int i = 1; i < 9; i++) printf("%d ", vla(i * 3));
  struct big b = mk(7); long t = 0; for (int i = 0; i < 9; i++) t += b.a[i]; printf("%ld\\n", t);
  struct pair p = {5, 'a'}; p = sp(p, 3); printf("%d %c\\n", p.x, p.c);
  struct f3 x = {1, 2, 3}, y = {4, 5, 6}; x = sf(x, y); printf("%g %g %g\\n", x.a, x.b, x.c);
  printf("%ld\\n", many(-1, -2, -3, -4, 5, 6, 7, 8, -9, -10, -11, -12));
  int r = setjmp(env); if (r == 0) thrower(5); printf("%d\\n", r); return 7; }`,
  atomics: `#include <stdio.h>
#include <stdatomic.h>
#define T(t) { _Atomic t a = 100; t b; printf("%d ", (int)atomic_fetch_add(&a, 5)); printf("%d ", (int)atomic_fetch_sub(&a, 7)); printf("%d ", (int)atomic_fetch_and(&a, 0x6e)); \\
  printf("%d ", (int)atomic_fetch_or(&a, 0x11)); printf("%d ", (int)atomic_fetch_xor(&a, 0x0f)); printf("%d ", (int)atomic_exchange(&a, 42)); b = 42; \\
  printf("%d ", atomic_compare_exchange_strong(&a, &b, 43)); b = 1; printf("%d ", atomic_compare_exchange_weak(&a, &b, 44)); printf("%d %d\\n", (int)b, (int)atomic_load(&a)); atomic_store(&a, 3); \\
  printf("%d %d\\n", (int)__atomic_fetch_nand((t *)&a, 1, 5), (int)a); }
int main(void) { T(signed char) T(unsigned char) T(short) T(unsigned short) T(int) T(unsigned) T(long) T(unsigned long) atomic_thread_fence(memory_order_acquire); return 0; }`,
  bits: `#include <stdio.h>
#include <stdint.h>
static volatile uint64_t v[] = {0, 1, 0x80, 0xff00ff00ff00ff00ull, 0x8000000000000000ull, 0x123456789abcdefull, ~0ull};
struct bf { unsigned a : 3; int b : 7; unsigned long c : 40; signed d : 1; };
int main(void) { for (int i = 0; i < 7; i++) { uint64_t x = v[i]; uint32_t w = x; uint16_t h = x;
  printf("%d %d %llx %x %x ", __builtin_popcountll(x), __builtin_popcount(w), (long long)__builtin_bswap64(x), __builtin_bswap32(w), __builtin_bswap16(h));
  if (x) printf("%d %d ", __builtin_clzll(x), __builtin_ctzll(x)); if (w) printf("%d %d ", __builtin_clz(w), __builtin_ctz(w));
  printf("%llx %x %x ", (long long)(x << 13 | x >> 51), w >> 5 | w << 27, (uint16_t)(h << 3 | h >> 13));
  int o; long ol; printf("%d%d%d %d ", __builtin_add_overflow((int)w, 0x7fffffff, &o), __builtin_mul_overflow((int)w, 77777, &o), __builtin_sub_overflow((long)x, 5l, &ol), o);
  struct bf s = {x, x >> 3, x >> 9, x}; s.b++; s.c += 3; printf("%u %d %lu %d\\n", s.a, s.b, (unsigned long)s.c, s.d); }
  return 0; }`,
  assembly: `#include <stdio.h>
static int add(int a, int b) { int r; __asm__("add %w0, %w1, %w2" : "=r"(r) : "r"(a), "Ir"(b)); return r; }
static long tied(long a) { __asm__("lsl %0, %0, #3" : "+r"(a)); return a; }
static unsigned flags(unsigned a, unsigned b) { unsigned r; __asm__("cmp %w1, %w2\\n\\tcset %w0, hi" : "=r"(r) : "r"(a), "r"(b) : "cc"); return r; }
static long mem(long *p) { long r; __asm__ volatile("ldr %0, %1\\n\\tadd x9, %0, #1\\n\\tstr x9, %1" : "=&r"(r), "+m"(*p) : : "x9", "memory"); return r; }
__attribute__((noinline)) static long destroyed(long a, long b) { long r; __asm__("mov x0, #1\\n\\tmov x1, #2\\n\\tadd %0, %1, %2" : "=r"(r) : "r"(a), "r"(b) : "x0", "x1"); return r; }
static int jumps(int x) { __asm__ goto("cbz %w0, %l1" : : "r"(x) : : zero); return 1; zero: return 0; }
int main(void) { long m = 41; printf("%ld ", destroyed(m, 7)); printf("%d %ld %u %ld %ld %d %d\\n", add(3, 4), tied(5), flags(3, 2), mem(&m), m, jumps(0), jumps(5)); return 0; }`,
  floats: `#include <stdio.h>
#include <math.h>
static volatile double d[] = {0, -0.0, 1, -1.5, 3.25, 1e300, -1e-300, 1.0 / 3, 123456.789, INFINITY, NAN};
int main(void) { int n = sizeof d / sizeof *d; for (int i = 0; i < n; i++) { double a = d[i]; float f = a; long double q = a;
  printf("%a %a %a %a ", a * 3, (double)(f / 7), -a, fabs(a)); if (fabs(a) < 1e9) printf("%d %u %ld ", (int)a, (unsigned)fabs(a), (long)(f * 2));
  printf("%a %a %a %a ", floor(a), ceil(a), trunc(a), sqrt(fabs(a))); printf("%La ", q * 2 + 1);
  for (int j = 0; j < n; j++) { double b = d[j]; printf("%d%d%d%d%d%d%d", a < b, a <= b, a == b, a != b, a > b, !(a >= b), isunordered(a, b)); printf(" %a %a ", a > b ? a : b, fma(a, b, 1)); }
  printf("\\n"); } for (int i = -3; i < 4; i++) printf("%g %g %g %g ", (double)i, (double)(float)(unsigned)i, (double)(long)i * 1.5, (double)(unsigned long)i); return 0; }`,
  vectors: `#include <stdio.h>
typedef int v4 __attribute__((vector_size(16))); typedef float f4 __attribute__((vector_size(16))); typedef unsigned char b8 __attribute__((vector_size(8)));
__attribute__((noinline)) static v4 f(v4 a, v4 b) { return (a * b + 3) ^ (a > b); }
__attribute__((noinline)) static f4 g(f4 a, f4 b) { return a * b - a / b; }
__attribute__((noinline)) static b8 h(b8 a, int i) { a[i & 7] += 200; return a >> 1; }
int main(void) { v4 a = {1, -2, 3, 4}, b = {4, 3, -2, 1}; v4 c = f(a, b); f4 x = {1, 2, 3, 4}, y = {4, 3, 2, 1}; f4 z = g(x, y); b8 u = {1, 2, 3, 4, 5, 6, 7, 8}; u = h(u, 3);
  for (int i = 0; i < 4; i++) printf("%d %g ", c[i], z[i]); for (int i = 0; i < 8; i++) printf("%d ", u[i]); v4 s = __builtin_shufflevector(a, b, 7, 0, 3, 4); printf("%d %d %d %d\\n", s[0], s[1], s[2], s[3]); return 0; }`,
};

const tools = ['aarch64-linux-gnu-gcc', 'qemu-aarch64', 'clang-19'] as const;

describe.skipIf(!haveOracles(...tools))('compiled here and by clang-19, programs do the same', () => {
  let folder = '';
  let clang: Clang;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'codegen-'));
    clang = await nodeClang();
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  function run(program: string): { output: string; status: number | null } {
    const done = spawnSync('qemu-aarch64', [program], { encoding: 'utf8', timeout: 60_000, maxBuffer: 1 << 26 });
    return { output: done.stdout, status: done.status };
  }

  function ours(source: string, level: string, extra: readonly string[]): { output: string; status: number | null } {
    const ir = clang.emitIr({ source, language: 'c', flags: ['--target=aarch64-linux-gnu', level, '-w', ...extra] }, new DiskFiles());
    if (ir.text === undefined) throw new Error(ir.stderr);
    const compiled = nativeBackend.compile(ir.text, {});
    if (!compiled.ok) throw new Error(compiled.problems.map((p) => p.message).join('\n'));
    const elf = writeElf(compiled.value.object);
    if (!elf.ok) throw new Error(elf.problems.map((p) => p.message).join('\n'));
    writeFileSync(join(folder, 'ours.o'), elf.value);
    execFileSync('aarch64-linux-gnu-gcc', ['-static', '-o', join(folder, 'ours'), join(folder, 'ours.o'), '-lm']);
    return run(join(folder, 'ours'));
  }

  function theirs(source: string, extra: readonly string[]): { output: string; status: number | null } {
    execFileSync('clang-19', [
      '--target=aarch64-linux-gnu',
      '-O1',
      '-ffp-contract=on',
      '-w',
      '-static',
      ...extra,
      '-o',
      join(folder, 'theirs'),
      source,
      '-lm',
    ]);
    return run(join(folder, 'theirs'));
  }

  const includes = ['-isystem', '/usr/aarch64-linux-gnu/include'];

  it.each(Object.keys(programs))('%s', (name) => {
    const source = join(folder, `${name}.c`);
    writeFileSync(source, programs[name]);
    const expected = theirs(source, []);
    expect(expected.output.length).toBeGreaterThan(10);
    for (const level of levels) expect({ level, ...ours(source, level, includes) }).toEqual({ level, ...expected });
  });

  it('gives equal bytes for equal input', () => {
    const source = join(folder, 'same.c');
    writeFileSync(source, programs.control);
    const once = () => {
      const ir = clang.emitIr({ source, language: 'c', flags: ['--target=aarch64-linux-gnu', '-O2', ...includes] }, new DiskFiles());
      const compiled = nativeBackend.compile(ir.text ?? '', {});
      return compiled.ok ? writeElf(compiled.value.object) : compiled;
    };
    expect(once()).toEqual(once());
    expect(readFileSync(source, 'utf8')).toBe(programs.control);
  });
});
