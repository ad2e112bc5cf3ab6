#include <stdio.h>
#include <stdarg.h>
struct hfa { float a, b, c; }; struct big { long x[5]; }; struct mix { int a; double b; }; typedef float v4 __attribute__((vector_size(16)));
static void f(int n, ...) { va_list ap, cp; va_start(ap, n); va_copy(cp, ap); for (int i = 0; i < n; i++) { struct hfa h = va_arg(ap, struct hfa); struct big b = va_arg(ap, struct big); struct mix m = va_arg(ap, struct mix); __int128 w = va_arg(ap, __int128); long double q = va_arg(ap, long double); v4 v = va_arg(ap, v4); char c = va_arg(ap, int);
  printf("%g %g %g %ld %ld %d %g %lld %Lg %g %c\n", h.a, h.b, h.c, b.x[0], b.x[4], m.a, m.b, (long long)w, q, v[3], c); } va_end(ap); struct hfa h = va_arg(cp, struct hfa); printf("%g\n", h.b); va_end(cp); }
static int vsum(int n, va_list ap) { int t = 0; while (n--) t += va_arg(ap, int); return t; }
static int sum(int n, ...) { va_list ap; va_start(ap, n); int a = vsum(n / 2, ap); int b = vsum(n - n / 2, ap); va_end(ap); return a * 100 + b; }
int main(void) { struct hfa h = {1, 2, 3}; struct big b = {{1, 2, 3, 4, 5}}; struct mix m = {6, 7.5}; v4 v = {1, 2, 3, 4}; f(3, h, b, m, (__int128)-5, 2.5L, v, 'x', h, b, m, (__int128)6, 3.5L, v, 'y', h, b, m, (__int128)7, 4.5L, v, 'z'); printf("%d\n", sum(12, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12)); return 0; }
