/* SPDX-License-Identifier: BSD-3-Clause */
/** long double, IEEE 754 binary128: a sign bit, 15 bits of exponent, 112 of fraction. */
#ifndef __FP128_H__
#define __FP128_H__

#include <stdint.h>
#include <string.h>

typedef unsigned __int128 u128;
typedef __int128 i128;

#define FRACTION_BITS	112
#define EXPONENT_MAX	0x7fff
#define BIAS		16383
#define LEADING		((u128)1 << FRACTION_BITS)
#define SIGN		((u128)1 << 127)
#define INFINITE	((u128)EXPONENT_MAX << FRACTION_BITS)
#define QUIET_NAN	(INFINITE | LEADING >> 1)

/* Three bits below the last one: enough to round right, if the lowest is the
 * "or" of all that was lost (the sticky bit). */
#define GUARD		3

static inline u128 bits_of(long double x)
{
	u128 bits;

	memcpy(&bits, &x, sizeof(bits));
	return bits;
}

static inline long double with_bits(u128 bits)
{
	long double x;

	memcpy(&x, &bits, sizeof(x));
	return x;
}

static inline int is_nan(u128 bits)
{
	return (bits & ~SIGN) > INFINITE;
}

/** Shifts right; what is lost is noted in the lowest bit. */
static inline u128 shift_sticky(u128 x, int n)
{
	if (n == 0)
		return x;
	if (n > 127)
		return x != 0;
	return x >> n | ((x << (128 - n)) != 0);
}

static inline int leading_zeros(u128 x)
{
	uint64_t high = (uint64_t)(x >> 64);

	return high ? __builtin_clzl(high) : 64 + __builtin_clzl((uint64_t)x);
}

/**
 * Packs a number: mantissa * 2^(exponent - BIAS - FRACTION_BITS - GUARD), rounded to nearest, ties to
 * even. The mantissa may have any number of leading zeros; its lowest bit may be sticky
 * if it has none, or few.
 */
static inline u128 pack(u128 sign, int exponent, u128 mantissa)
{
	int shift;
	unsigned int guard;

	if (mantissa == 0)
		return sign;
	shift = (127 - FRACTION_BITS - GUARD) - leading_zeros(mantissa);
	/* Below the smallest normal exponent the leading one may not come to its place. */
	if (exponent + shift < 1)
		shift = 1 - exponent;
	mantissa = shift > 0 ? shift_sticky(mantissa, shift) : mantissa << -shift;
	exponent += shift;
	if (exponent >= EXPONENT_MAX)
		return sign | INFINITE;
	guard = (unsigned int)mantissa & ((1 << GUARD) - 1);
	mantissa >>= GUARD;
	mantissa += guard > 4 || (guard == 4 && (mantissa & 1));
	/* Carries run into the exponent, just as they should: up to infinity. */
	if (mantissa < LEADING)
		return sign | mantissa;
	return sign | (mantissa + ((u128)(exponent - 1) << FRACTION_BITS));
}

/** A finite number's fraction with its leading one, and the exponent that goes with it. */
static inline u128 unpack(u128 bits, int *exponent)
{
	u128 fraction = bits & (LEADING - 1);

	*exponent = (int)(bits >> FRACTION_BITS) & EXPONENT_MAX;
	if (*exponent)
		return fraction | LEADING;
	*exponent = 1;
	return fraction;
}

#endif /* __FP128_H__ */
