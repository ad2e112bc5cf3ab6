/* Vectors taken apart from memory and put together in it by every second, third and fourth element. */
#include <stdio.h>

typedef unsigned char b8 __attribute__((ext_vector_type(8)));
typedef unsigned char b16 __attribute__((ext_vector_type(16)));
typedef unsigned char b24 __attribute__((ext_vector_type(24)));
typedef unsigned char b32 __attribute__((ext_vector_type(32)));
typedef unsigned char b64 __attribute__((ext_vector_type(64)));
typedef short h12 __attribute__((ext_vector_type(12)));
typedef short h4 __attribute__((ext_vector_type(4)));
typedef int i4 __attribute__((ext_vector_type(4)));
typedef int i8 __attribute__((ext_vector_type(8)));
typedef int i16 __attribute__((ext_vector_type(16)));
typedef double d2 __attribute__((ext_vector_type(2)));
typedef double d4 __attribute__((ext_vector_type(4)));

#define NOINLINE __attribute__((noinline))
#define EVERY4(c)                                                                                                                            \
	c, c + 4, c + 8, c + 12, c + 16, c + 20, c + 24, c + 28, c + 32, c + 36, c + 40, c + 44, c + 48, c + 52, c + 56, c + 60
#define IN_TURN(n) n, n + 16, n + 32, n + 48
#define FROM(n) n, n + 1, n + 2, n + 3, n + 4, n + 5, n + 6, n + 7

NOINLINE static void two(i4 *o, const i8 *p)
{
	i4 a = __builtin_shufflevector(*p, *p, 0, 2, 4, 6), b = __builtin_shufflevector(*p, *p, 1, 3, 5, 7);

	o[0] = a + b;
	o[1] = a - b;
}

NOINLINE static void two_wide(i8 *o, const i16 *p)
{
	i8 a = __builtin_shufflevector(*p, *p, 0, 2, 4, 6, 8, 10, 12, 14), b = __builtin_shufflevector(*p, *p, 1, 3, 5, 7, 9, 11, 13, 15);

	o[0] = a * b;
	o[1] = a ^ b;
}

/* The load has another user, or the same part is asked for twice. */
NOINLINE static void not_alone(i8 *o, const i8 *p)
{
	i8 x = *p;
	i4 a = __builtin_shufflevector(x, x, 0, 2, 4, 6), b = __builtin_shufflevector(x, x, 0, -1, 4, 6);

	o[0] = x + 1;
	o[1] = __builtin_shufflevector(a + b, a, 0, 1, 2, 3, 4, 5, 6, 7);
}

NOINLINE static void join(i8 *o, const i4 *p)
{
	i4 a = p[0] * 3, b = p[1] + 5;

	*o = __builtin_shufflevector(a, b, 0, 4, 1, 5, 2, 6, 3, 7);
}

NOINLINE static void twice_one(d4 *o, const d2 *p)
{
	*o = __builtin_shufflevector(*p, *p, 0, 0, 1, 1);
}

NOINLINE static void three(b24 *o, const b24 *p)
{
	b24 x = *p;
	b8 r = __builtin_shufflevector(x, x, 0, 3, 6, 9, 12, 15, 18, 21), g = __builtin_shufflevector(x, x, 1, 4, 7, 10, 13, 16, 19, 22),
	   b = __builtin_shufflevector(x, x, 2, 5, 8, 11, 14, 17, 20, 23);
	b16 rg = __builtin_shufflevector(g + 1, r ^ b, FROM(0), FROM(8)), bb = __builtin_shufflevector(b, b, FROM(0), FROM(8));

	*o = __builtin_shufflevector(rg, bb, 0, 8, 16, 1, 9, 17, 2, 10, 18, 3, 11, 19, 4, 12, 20,
				     5, 13, 21, 6, 14, 22, 7, 15, 23);
}

NOINLINE static void three_halves(h4 *o, const h12 *p)
{
	*o = __builtin_shufflevector(*p, *p, 0, 3, 6, 9) * __builtin_shufflevector(*p, *p, 2, 5, 8, 11);
}

NOINLINE static void four(b64 *o, const b64 *p)
{
	b64 x = *p;
	b16 r = __builtin_shufflevector(x, x, EVERY4(0)), g = __builtin_shufflevector(x, x, EVERY4(1)),
	    b = __builtin_shufflevector(x, x, EVERY4(2)), a = __builtin_shufflevector(x, x, EVERY4(3));

	r += 1;
	g ^= b;
	a *= r;
	b32 rg = __builtin_shufflevector(r, g, FROM(0), FROM(8), FROM(16), FROM(24));
	b32 ba = __builtin_shufflevector(b, a, FROM(0), FROM(8), FROM(16), FROM(24));
	*o = __builtin_shufflevector(rg, ba, IN_TURN(0), IN_TURN(1), IN_TURN(2), IN_TURN(3), IN_TURN(4), IN_TURN(5), IN_TURN(6), IN_TURN(7),
				     IN_TURN(8), IN_TURN(9), IN_TURN(10), IN_TURN(11), IN_TURN(12), IN_TURN(13), IN_TURN(14), IN_TURN(15));
}

static union {
	unsigned char bytes[256];
	b24 b24;
	b64 b64;
	h12 h12;
	i4 i4[8];
	i8 i8[4];
	i16 i16;
	d2 d2;
} from;

static union {
	unsigned char bytes[64];
	b24 b24;
	b64 b64;
	h4 h4;
	i4 i4[4];
	i8 i8[2];
	d4 d4;
} to;

static void show(const char *name)
{
	printf("%s", name);
	for (unsigned i = 0; i < sizeof to; i++) {
		printf(" %d", to.bytes[i]);
		to.bytes[i] = 0;
	}
	printf("\n");
}

int main(void)
{
	for (unsigned i = 0; i < sizeof from; i++)
		from.bytes[i] = i * 37 + 3;
	two(to.i4, from.i8), show("two");
	two_wide(to.i8, &from.i16), show("two_wide");
	not_alone(to.i8, from.i8), show("not_alone");
	join(to.i8, from.i4), show("join");
	twice_one(&to.d4, &from.d2), show("twice_one");
	three(&to.b24, &from.b24), show("three");
	three_halves(&to.h4, &from.h12), show("three_halves");
	four(&to.b64, &from.b64), show("four");
	return 0;
}
