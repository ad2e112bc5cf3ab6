/* Rotations by constants that are negative, or not below the width, which only optimisers reduce. */
#include <stdio.h>

#define EACH(f) f(-65) f(-8) f(-1) f(0) f(1) f(7) f(8) f(31) f(32) f(33) f(64) f(100) f(0xfffffffffffffff3)

int main(void)
{
	volatile unsigned char b = 0x96;
	volatile unsigned short h = 0x8123;
	volatile unsigned w = 0x80c40123;
	volatile unsigned long long x = 0x8123456789abcdefull;
#define SHOW(n)                                                                                                                          \
	printf("%x %x %x %llx %llx\n", __builtin_rotateleft8(b, (unsigned char)(n)), __builtin_rotateright16(h, (unsigned short)(n)),    \
	       __builtin_rotateleft32(w, (unsigned)(n)), __builtin_rotateleft64(x, (unsigned long long)(n)),                             \
	       __builtin_rotateright64(x, (unsigned long long)(n)));
	EACH(SHOW)
	return 0;
}
