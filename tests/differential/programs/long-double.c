#include <stdio.h>
#include <math.h>
static volatile long double v[] = {0, -1.5L, 3.25L, 1e30L, -1e-30L, 123456789.125L}; static volatile double d[] = {1.5, -2.25, 1e10}; static volatile __int128 w[] = {5, -7, (__int128)1 << 100};
int main(void) { int n = 6; for (int i = 0; i < n; i++) for (int j = 0; j < n; j++) { long double a = v[i], b = v[j]; printf("%La %La %La %La %d%d%d%d%d%d\n", a + b, a - b, a * b, b != 0 ? a / b : 0, a < b, a <= b, a == b, a != b, a > b, a >= b); }
 for (int i = 0; i < 3; i++) { long double q = d[i]; printf("%La %a %g %d %ld %La %La\n", q, (double)(q * 3), (double)(float)q, (int)q, (long)q, -q, fabsl(q)); printf("%La %a %g %lld %La\n", (long double)w[i], (double)w[i], (double)(float)w[i], (long long)(__int128)(q * 4), (long double)(unsigned long)i); } return 0; }
