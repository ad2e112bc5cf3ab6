/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Operators on 128-bit types, on random operands of all kinds. The compiler turns them into calls
 * of the run-time library; what is printed must not depend on whose that is.
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

typedef unsigned __int128 u128;
typedef __int128 i128;

#ifndef ROUNDS
#define ROUNDS	20000
#endif

static uint64_t random64(void)
{
	static uint64_t state = 88172645463325252u;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state * 0x2545f4914f6cdd1du;
}

/* Zeros, infinities, not-a-numbers, subnormal numbers, and numbers near one with few or many bits. */
static long double random_long_double(void)
{
	const u128 exponents = (u128)0x7fff << 112;
	u128 x = (u128)random64() << 64 | random64();
	long double value;

	switch (random64() % 12) {
	case 0: x &= ~exponents; break;
	case 1: x |= exponents; break;
	case 2: x = 0; break;
	case 3: x = (u128)1 << 127; break;
	case 4: x = (x & (u128)1 << 127) | exponents; break;
	case 5: break;
	default:
		x = (x & ~exponents) | (u128)(16383 - 120 + random64() % 240) << 112;
		if (random64() % 3 == 0)
			x &= ~(((u128)1 << random64() % 113) - 1);
	}
	memcpy(&value, &x, sizeof(value));
	return value;
}

static u128 random_integer(void)
{
	u128 high = (u128)random64() << 64;

	return (high | random64()) >> random64() % 128;
}

enum { ADD, SUB, MUL, DIV, COMPARE, TO_DOUBLE, TO_FLOAT, FROM_DOUBLE, FROM_FLOAT, TO_INTEGER,
       FROM_INTEGER, UNSIGNED_DIVISION, SIGNED_DIVISION, MULTIPLY, INTEGER_TO_DOUBLE,
       INTEGER_TO_FLOAT, DOUBLE_TO_INTEGER, KINDS };

static const char *const names[KINDS] = { "add", "sub", "mul", "div", "compare", "to double", "to float",
	"from double", "from float", "to integer", "from integer", "unsigned division", "signed division",
	"multiply", "integer to double", "integer to float", "double to integer" };
static uint64_t sums[KINDS];

static void note(int kind, u128 result)
{
	sums[kind] = (sums[kind] ^ (uint64_t)result) * 0x100000001b3u;
	sums[kind] = (sums[kind] ^ (uint64_t)(result >> 64)) * 0x100000001b3u;
}

/* One not-a-number is as good as another. */
static void note_long_double(int kind, long double value)
{
	u128 bits = 1;

	if (!__builtin_isnan(value))
		memcpy(&bits, &value, sizeof(bits));
	note(kind, bits);
}

static void note_double(int kind, double value)
{
	uint64_t bits = 1;

	if (value == value)
		memcpy(&bits, &value, sizeof(bits));
	note(kind, bits);
}

static void floating_point(void)
{
	long double volatile a = random_long_double(), b = random_long_double();
	uint64_t bits = random64();
	uint32_t half;
	double d;
	float f;

	note_long_double(ADD, a + b);
	note_long_double(SUB, a - b);
	note_long_double(MUL, a * b);
	note_long_double(DIV, a / b);
	note(COMPARE, (u128)((a < b) | (a > b) << 1 | (a == b) << 2 | (a <= b) << 3 | (a >= b) << 4 |
			     (a != b) << 5 | __builtin_isunordered(a, b) << 6));
	note_double(TO_DOUBLE, (double)a);
	note_double(TO_FLOAT, (float)a);
	if (random64() % 5 == 0)
		bits &= ~(0x7ffull << 52);
	memcpy(&d, &bits, sizeof(d));
	note_long_double(FROM_DOUBLE, d);
	half = (uint32_t)random64();
	if (random64() % 5 == 0)
		half &= ~(0xffu << 23);
	memcpy(&f, &half, sizeof(f));
	note_long_double(FROM_FLOAT, f);
	/* What does not fit is undefined. */
	if (a > -1e9L && a < 1e9L)
		note(TO_INTEGER, (u128)(int)a);
	if (a > -9e18L && a < 9e18L)
		note(TO_INTEGER, (u128)(long)a);
	if (a >= 0 && a < 1.8e19L)
		note(TO_INTEGER, (unsigned long)a);
	if (a > -1e38L && a < 1e38L)
		note(TO_INTEGER, (u128)(i128)a);
	if (a >= 0 && a < 3e38L)
		note(TO_INTEGER, (u128)a);
	if (d >= 0 && d < 3e38)
		note(DOUBLE_TO_INTEGER, (u128)d);
	if (d > -1e38 && d < 1e38)
		note(DOUBLE_TO_INTEGER, (u128)(i128)d);
	if (f > -1e38f && f < 1e38f)
		note(DOUBLE_TO_INTEGER, (u128)(i128)f);
}

static void integers(void)
{
	u128 x = random_integer(), y = random_integer();
	i128 p = (i128)(random64() % 2 ? -x : x), q = (i128)(random64() % 2 ? -y : y), product;

	note_long_double(FROM_INTEGER, (long double)(int)x);
	note_long_double(FROM_INTEGER, (long double)(long)x);
	note_long_double(FROM_INTEGER, (long double)(unsigned long)x);
	note_long_double(FROM_INTEGER, (long double)p);
	note_long_double(FROM_INTEGER, (long double)x);
	note_double(INTEGER_TO_DOUBLE, (double)p);
	note_double(INTEGER_TO_DOUBLE, (double)x);
	note_double(INTEGER_TO_FLOAT, (float)p);
	note_double(INTEGER_TO_FLOAT, (float)x);
	note(MULTIPLY, (u128)__builtin_mul_overflow(p, q, &product));
	note(MULTIPLY, (u128)product);
	if (y == 0)
		return;
	note(UNSIGNED_DIVISION, x / y);
	note(UNSIGNED_DIVISION, x % y);
	note(SIGNED_DIVISION, (u128)(p / q));
	note(SIGNED_DIVISION, (u128)(p % q));
}

int main(void)
{
	for (int i = 0; i < ROUNDS; i++) {
		floating_point();
		integers();
	}
	for (int kind = 0; kind < KINDS; kind++)
		printf("%s: %016lx\n", names[kind], (unsigned long)sums[kind]);
	return 0;
}
