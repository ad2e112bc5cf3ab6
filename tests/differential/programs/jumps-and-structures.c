#include <stdio.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>
static int far[2]; static jmp_buf a, b; static int depth;
__attribute__((noinline)) static void deep(int n) { volatile int keep = n; if (n == 0) longjmp(a, 5); deep(n - 1); depth += keep; }
static int gotos(const unsigned char *code) { static void *t[] = {&&add, &&sub, &&dup, &&end}; int st[16], *sp = st; *sp = 1; goto *t[*code++]; add: sp[0] += 3; goto *t[*code++]; sub: sp[0] -= 7; goto *t[*code++]; dup: sp[1] = sp[0] * 2; sp++; goto *t[*code++]; end: return sp[0]; }
struct bits { unsigned a : 1, b : 5, c : 10; signed d : 7; unsigned long long e : 50; unsigned char f : 3; } __attribute__((packed));
typedef int v4 __attribute__((vector_size(16))); typedef struct { v4 a, b; } hva2; typedef struct { float x; } one; typedef struct { double d[4]; } hfa4;
__attribute__((noinline)) static hva2 hv(hva2 x, hva2 y, int k) { hva2 r = {x.a + y.b * k, x.b - y.a}; return r; }
__attribute__((noinline)) static hfa4 hf(one o, hfa4 h, float f, hfa4 g) { hfa4 r; for (int i = 0; i < 4; i++) r.d[i] = h.d[i] * f + g.d[3 - i] + o.x; return r; }
__attribute__((noinline)) static v4 vm(v4 a, v4 b, v4 c, v4 d, v4 e, v4 f, v4 g, v4 h, v4 i, int k, v4 j) { return a + 2 * b + 3 * c + 4 * d + 5 * e + 6 * f + 7 * g + 8 * h + 9 * i + k * j; }
int main(void) { volatile int x = 1; int r = setjmp(a); if (!r) { x = 9; deep(20); } printf("%d %d %d\n", r, x, depth); for (volatile int i = 0; i < 3; i++) { int k = setjmp(b); if (k == 0) longjmp(b, i + 1); printf("%d ", k); } unsigned char p[] = {0, 2, 1, 2, 0, 3}; printf("%d\n", gotos(p));
 struct bits s; memset(&s, 0, sizeof s); s.a = 1; s.b = 21; s.c = 777; s.d = -33; s.e = 0x2345678901234; s.f = 6; printf("%u %u %u %d %llx %u %zu\n", s.a, s.b, s.c, s.d, (long long)s.e, s.f, sizeof s);
 int o; long lo; unsigned uo; unsigned char co; printf("%d%d%d%d%d %d %ld %u %d\n", __builtin_add_overflow(0x7fffffff, r, &o), __builtin_mul_overflow(1l << 40, 1l << r * 5, &lo), __builtin_sub_overflow(3u, (unsigned)r, &uo), __builtin_add_overflow(200, r * 20, &co), __builtin_sadd_overflow(r, -7, &o), o, lo, uo, co);
 hva2 hx = {{1, 2, 3, 4}, {5, 6, 7, 8}}; hva2 hr = hv(hx, hx, r); printf("%d %d %d\n", hr.a[0], hr.a[3], hr.b[2]); hfa4 h4 = {{1, 2, 3, 4}}; hfa4 hq = hf((one){0.5}, h4, 2, h4); printf("%g %g\n", hq.d[0], hq.d[3]); v4 v = {1, 2, 3, 4}; v4 w = vm(v, v, v, v, v, v, v, v, v, r, v); printf("%d %d\n", w[0], w[3]);
 char buf[300], buf2[300]; memset(buf, 'q', sizeof buf); memcpy(buf2, buf, 100); memmove(buf + 3, buf, 50); memset(buf2 + 7, 0, 61); unsigned t = 0; for (int i = 0; i < 100; i++) t = t * 31 + (unsigned char)buf[i] + (unsigned char)buf2[i]; printf("%u\n", t);
 volatile int never = 0; while (never) printf("%d\n", far[300000000000000000]);
 printf("%d %d %d\n", __builtin_constant_p(r), __builtin_object_size(buf, 0) == 300, __builtin_ffs(r * 8)); return 0; }
