/* SPDX-License-Identifier: BSD-3-Clause */
/** long double from and to other types. */
#include "fp128.h"

/** A smaller IEEE format, by the bits of its fraction and its exponent. */
static u128 extend(uint64_t bits, int fraction_bits, int exponent_bits)
{
	int max = (1 << exponent_bits) - 1;
	int exponent = (int)(bits >> fraction_bits) & max;
	u128 fraction = (u128)(bits & ((1UL << fraction_bits) - 1))
			<< (FRACTION_BITS - fraction_bits);
	u128 sign = (u128)(bits >> (fraction_bits + exponent_bits) & 1) << 127;
	int rebias = BIAS - (max >> 1);

	if (exponent == max)
		return sign | INFINITE | fraction | (fraction ? LEADING >> 1 : 0);
	if (exponent)
		return sign | fraction | (u128)(exponent + rebias) << FRACTION_BITS;
	/* Every small format's subnormal number is a normal one here. */
	return pack(sign, 1 + rebias, fraction << GUARD);
}

static uint64_t truncate(u128 bits, int fraction_bits, int exponent_bits)
{
	int max = (1 << exponent_bits) - 1, exponent, shift = FRACTION_BITS - fraction_bits;
	uint64_t sign = (uint64_t)(bits >> 127) << (fraction_bits + exponent_bits);
	uint64_t infinite = (uint64_t)max << fraction_bits, kept;
	u128 mantissa, rest, half;

	if (is_nan(bits))
		return sign | infinite | 1UL << (fraction_bits - 1) |
		       ((uint64_t)(bits >> shift) & ((1UL << fraction_bits) - 1));
	mantissa = unpack(bits & ~SIGN, &exponent);
	exponent += (max >> 1) - BIAS;
	if (exponent >= max)
		return sign | infinite;
	if (exponent < 1) {
		shift += 1 - exponent;
		exponent = 1;
		if (shift > FRACTION_BITS + 2)
			return sign;
	}
	kept = (uint64_t)(mantissa >> shift);
	half = (u128)1 << (shift - 1);
	rest = mantissa & ((half << 1) - 1);
	kept += rest > half || (rest == half && (kept & 1));
	/* The leading one, when there is one, counts as one of the exponent. */
	return sign | (kept + ((uint64_t)(exponent - 1) << fraction_bits));
}

long double __extenddftf2(double x)
{
	uint64_t bits;

	memcpy(&bits, &x, sizeof(bits));
	return with_bits(extend(bits, 52, 11));
}

long double __extendsftf2(float x)
{
	uint32_t bits;

	memcpy(&bits, &x, sizeof(bits));
	return with_bits(extend(bits, 23, 8));
}

double __trunctfdf2(long double x)
{
	uint64_t bits = truncate(bits_of(x), 52, 11);
	double value;

	memcpy(&value, &bits, sizeof(value));
	return value;
}

float __trunctfsf2(long double x)
{
	uint32_t bits = (uint32_t)truncate(bits_of(x), 23, 8);
	float value;

	memcpy(&value, &bits, sizeof(value));
	return value;
}

/** Towards zero; what does not fit becomes the nearest that does, as the CPU's conversions have it. */
static u128 to_integer(long double x, u128 most_positive, u128 most_negative)
{
	u128 bits = bits_of(x), limit = bits & SIGN ? most_negative : most_positive, value;
	int exponent, shift;

	if (is_nan(bits))
		return 0;
	value = unpack(bits & ~SIGN, &exponent);
	shift = exponent - BIAS - FRACTION_BITS;
	if (shift <= -(FRACTION_BITS + 1))
		value = 0;
	else if (shift < 0)
		value >>= -shift;
	else if (shift > 127 - FRACTION_BITS)
		value = limit;
	else
		value <<= shift;
	if (value > limit)
		value = limit;
	return bits & SIGN ? -value : value;
}

int __fixtfsi(long double x)
{
	return (int)to_integer(x, INT32_MAX, (u128)INT32_MAX + 1);
}

long __fixtfdi(long double x)
{
	return (long)to_integer(x, INT64_MAX, (u128)INT64_MAX + 1);
}

i128 __fixtfti(long double x)
{
	return (i128)to_integer(x, SIGN - 1, SIGN);
}

unsigned int __fixunstfsi(long double x)
{
	return (unsigned int)to_integer(x, UINT32_MAX, 0);
}

unsigned long __fixunstfdi(long double x)
{
	return (unsigned long)to_integer(x, UINT64_MAX, 0);
}

u128 __fixunstfti(long double x)
{
	return to_integer(x, ~(u128)0, 0);
}

static long double from_integer(u128 value, u128 sign)
{
	return with_bits(pack(sign, BIAS + FRACTION_BITS + GUARD, value));
}

static long double from_signed(i128 value)
{
	return value < 0 ? from_integer(-(u128)value, SIGN) : from_integer((u128)value, 0);
}

long double __floatsitf(int value) { return from_signed(value); }
long double __floatditf(long value) { return from_signed(value); }
long double __floattitf(i128 value) { return from_signed(value); }
long double __floatunsitf(unsigned int value) { return from_integer(value, 0); }
long double __floatunditf(unsigned long value) { return from_integer(value, 0); }
long double __floatuntitf(u128 value) { return from_integer(value, 0); }
