#include <stdio.h>
static int both(int x, int *out) { int r; __asm__ goto("add %w0, %w1, #7\n\tcbz %w1, %l[zero]" : "=r"(r) : "r"(x) : : zero); *out = r; return 1; zero: *out = r; return 0; }
static long tied(long x) { __asm__ goto("adds %0, %0, #1\n\tb.vs %l[over]" : "+r"(x) : : "cc" : over); return x; over: return -x; }
int main(void) { int o; for (int i = -1; i < 2; i++) { int r = both(i, &o); printf("%d %d\n", r, o); } printf("%ld %ld\n", tied(41), tied(0x7fffffffffffffffl)); return 0; }
