#include <stdio.h>
static volatile float in[] = {0, -0.0f, 1, 1.0009765f, 65504, 65520, 1e-8f, -3.14159f, 5.9e-8f, 1e10f, 0.333333f};
static volatile double ind[] = {0, 1.00048828125000001, 65519.999999, 1e-8, -2.7182818284590452};
int main(void) { int n = sizeof in / sizeof *in; for (int i = 0; i < n; i++) { _Float16 h = in[i]; __fp16 s = in[i]; _Float16 k = in[(i + 3) % n]; _Float16 r = h * k + (_Float16)1; _Float16 q = h / (k + (_Float16)2); __fp16 t = s + s;
  union { _Float16 f; unsigned short u; } a = {h}, b = {r}, c = {q}, e = {-h}; printf("%04x %04x %04x %04x %g %d %d %d %u %ld\n", a.u, b.u, c.u, e.u, (double)t, h < k, h == k, (int)(h > 100 ? 100 : h), (unsigned)(h < 0 ? 0 : h > 1000 ? 1000 : h), (long)(k > 100 ? (_Float16)7 : (_Float16)8)); }
 for (int i = 0; i < 5; i++) { _Float16 h = ind[i]; union { _Float16 f; unsigned short u; } a = {h}; printf("%04x %g %La\n", a.u, (double)h, (long double)h); _Float16 x = i * 7 - 3; _Float16 y = (unsigned long)i << 12; printf("%g %g\n", (double)x, (double)y); }
 for (int i = 0; i < n; i++) { __bf16 b = (__bf16)in[i]; union { __bf16 f; unsigned short u; } a = {b}; printf("%04x %g\n", a.u, (double)(float)b); }
 return 0; }
