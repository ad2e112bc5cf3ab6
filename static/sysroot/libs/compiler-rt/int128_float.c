/* SPDX-License-Identifier: BSD-3-Clause */
/** 128-bit integers from and to float and double. */
#include <stdint.h>
#include <string.h>

typedef unsigned __int128 u128;
typedef __int128 i128;

#define MOST_POSITIVE	(~(u128)0 >> 1)

static int leading_zeros(u128 x)
{
	uint64_t high = (uint64_t)(x >> 64);

	return high ? __builtin_clzl(high) : 64 + __builtin_clzl((uint64_t)x);
}

/** Bits of a number of a format with `fraction_bits`, rounded to nearest, ties to even. */
static uint64_t from_integer(u128 value, int fraction_bits, int bias)
{
	int exponent, shift;
	uint64_t kept;

	if (value == 0)
		return 0;
	exponent = 127 - leading_zeros(value);
	shift = exponent - fraction_bits;
	if (shift > 0) {
		u128 half = (u128)1 << (shift - 1), rest = value & ((half << 1) - 1);

		kept = (uint64_t)(value >> shift);
		kept += rest > half || (rest == half && (kept & 1));
	} else {
		kept = (uint64_t)value << -shift;
	}
	/* The leading one counts as one of the exponent. */
	return kept + ((uint64_t)(exponent + bias - 1) << fraction_bits);
}

/** Absolute value towards zero, at most `limit`; not a number is 0. */
static u128 to_integer(uint64_t bits, int fraction_bits, int bias, u128 limit)
{
	int exponent = (int)(bits >> fraction_bits) - bias;
	u128 value = (bits & ((1UL << fraction_bits) - 1)) | 1UL << fraction_bits;

	if (exponent == bias + 1 && value != 1UL << fraction_bits)
		return 0;
	if (exponent < 0)
		return 0;
	if (exponent > 127)
		return limit;
	value = exponent > fraction_bits ? value << (exponent - fraction_bits)
					 : value >> (fraction_bits - exponent);
	return value > limit ? limit : value;
}

static u128 from_double(double x, int *negative, u128 positive_limit, u128 negative_limit)
{
	uint64_t bits;

	memcpy(&bits, &x, sizeof(bits));
	*negative = (int)(bits >> 63);
	return to_integer(bits & ~0UL >> 1, 52, 1023,
			  *negative ? negative_limit : positive_limit);
}

double __floatuntidf(u128 value)
{
	uint64_t bits = from_integer(value, 52, 1023);
	double x;

	memcpy(&x, &bits, sizeof(x));
	return x;
}

double __floattidf(i128 value)
{
	return value < 0 ? -__floatuntidf(-(u128)value) : __floatuntidf((u128)value);
}

float __floatuntisf(u128 value)
{
	/* 2^128 - 1 is below the largest float's next, which is infinity: it rounds up to it. */
	uint32_t bits = (uint32_t)from_integer(value, 23, 127);
	float x;

	memcpy(&x, &bits, sizeof(x));
	return x;
}

float __floattisf(i128 value)
{
	return value < 0 ? -__floatuntisf(-(u128)value) : __floatuntisf((u128)value);
}

u128 __fixunsdfti(double x)
{
	int negative;

	return from_double(x, &negative, ~(u128)0, 0);
}

i128 __fixdfti(double x)
{
	int negative;
	u128 value = from_double(x, &negative, MOST_POSITIVE, MOST_POSITIVE + 1);

	return (i128)(negative ? -value : value);
}

/* Every float is a double. */
u128 __fixunssfti(float x) { return __fixunsdfti(x); }
i128 __fixsfti(float x) { return __fixdfti(x); }
