#include <stdio.h>
#include <stdarg.h>
typedef short s8 __attribute__((vector_size(16)));
int main(void) {
  __int128 q = ((__int128)0x1122334455667788 << 64) | 0x99aabbccddeeff00, r; long hi, lo;
  __asm__("mov %0, %2\n\tmov %1, %H2" : "=&r"(lo), "=&r"(hi) : "r"(q)); printf("%lx %lx\n", lo, hi);
  __asm__("adds %0, %1, %2\n\tadc %H0, %H1, %H2" : "=&r"(r) : "r"(q), "r"((__int128)-1) : "cc"); printf("%lx %lx\n", (long)r, (long)(r >> 64));
  __asm__("adds %0, %0, #1\n\tadcs %H0, %H0, xzr" : "+r"(q) :: "cc"); printf("%lx %lx\n", (long)q, (long)(q >> 64));
  s8 a = {1, 2, 3, 4, 5, 6, 7, 8}, b;
  __asm__("mul %0.8h, %1.8h, %2.h[3]" : "=w"(b) : "w"(a), "x"(a)); printf("%d %d\n", b[0], b[7]);
  double d = 2.5, e; __asm__("fadd %d0, %d1, %d1" : "=y"(e) : "y"(d)); printf("%g\n", e);
  return 0;
}
