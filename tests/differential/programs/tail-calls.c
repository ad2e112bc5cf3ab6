#include <stdio.h>
typedef struct { long a, b, c; } big;
static int odd(int n, long acc, double d); 
__attribute__((noinline)) static int even(int n, long acc, double d) { if (n == 0) return (int)(acc + d); __attribute__((musttail)) return odd(n - 1, acc + 1, d * 1.0001); }
__attribute__((noinline)) static int odd(int n, long acc, double d) { if (n == 0) return (int)-(acc + d); __attribute__((musttail)) return even(n - 1, acc + 2, d); }
__attribute__((noinline)) static long stack(long a, long b, long c, long d, long e, long f, long g, long h, long i, long j) { if (a == 0) return b + 2 * c + 3 * d + 4 * e + 5 * f + 6 * g + 7 * h + 8 * i + 9 * j; __attribute__((musttail)) return stack(a - 1, c, d, e, f, g, h, i, j, b); }
static int (*volatile table[2])(int, long, double) = {even, odd};
__attribute__((noinline)) static int via(int n, long acc, double d) { __attribute__((musttail)) return table[n & 1](n, acc, d); }
__attribute__((noinline)) static big mk(int n, long x) { if (n == 0) { big b = {x, x + 1, x + 2}; return b; } __attribute__((musttail)) return mk(n - 1, x * 3 + 1); }
int main(void) { printf("%d %d\n", even(1000000, 0, 1.0), via(3, 4, 5.5)); printf("%ld\n", stack(500001, 1, 2, 3, 4, 5, 6, 7, 8, 9)); big b = mk(10, 1); printf("%ld %ld %ld\n", b.a, b.b, b.c); return 0; }
