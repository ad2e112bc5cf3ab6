/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * 128-bit integers: division, and multiplication that notices overflow. The compiler does the rest
 * with pairs of registers.
 */
#include <stdint.h>

typedef unsigned __int128 u128;
typedef __int128 i128;

static int leading_zeros(u128 x)
{
	uint64_t high = (uint64_t)(x >> 64);

	return high ? __builtin_clzl(high) : 64 + __builtin_clzl((uint64_t)x);
}

/**
 * Long division in base two: the divisor is shifted to under the dividend's first bit,
 * and each step back gives a bit of the quotient. @return the quotient
 */
u128 __udivmodti4(u128 a, u128 b, u128 *rest)
{
	u128 quotient = 0;
	int shift;

	if (!(a >> 64) && !(b >> 64)) {
		/* The CPU can do that. (Dividing by zero gives zero there too.) */
		if (rest)
			*rest = (uint64_t)b ? (uint64_t)a % (uint64_t)b : a;
		return (uint64_t)b ? (uint64_t)a / (uint64_t)b : 0;
	}
	if (b == 0 || a < b) {
		if (rest)
			*rest = a;
		return 0;
	}
	shift = leading_zeros(b) - leading_zeros(a);
	b <<= shift;
	for (; shift >= 0; shift--) {
		quotient <<= 1;
		if (a >= b) {
			a -= b;
			quotient |= 1;
		}
		b >>= 1;
	}
	if (rest)
		*rest = a;
	return quotient;
}

u128 __udivti3(u128 a, u128 b)
{
	return __udivmodti4(a, b, 0);
}

u128 __umodti3(u128 a, u128 b)
{
	u128 rest;

	__udivmodti4(a, b, &rest);
	return rest;
}

static u128 magnitude(i128 x)
{
	return x < 0 ? -(u128)x : (u128)x;
}

/** Towards zero; the rest has the dividend's sign. */
i128 __divmodti4(i128 a, i128 b, i128 *rest)
{
	u128 r, q = __udivmodti4(magnitude(a), magnitude(b), &r);

	*rest = (i128)(a < 0 ? -r : r);
	return (i128)((a < 0) != (b < 0) ? -q : q);
}

i128 __divti3(i128 a, i128 b)
{
	i128 rest;

	return __divmodti4(a, b, &rest);
}

i128 __modti3(i128 a, i128 b)
{
	i128 rest;

	__divmodti4(a, b, &rest);
	return rest;
}

/** The lower 128 bits of the product. */
i128 __multi3(i128 a, i128 b)
{
	uint64_t a0 = (uint64_t)a, a1 = (uint64_t)((u128)a >> 64);
	uint64_t b0 = (uint64_t)b, b1 = (uint64_t)((u128)b >> 64);

	/* 64 by 64 bits is an instruction pair. */
	return (i128)((u128)a0 * b0 + ((u128)(a0 * b1 + a1 * b0) << 64));
}

i128 __muloti4(i128 a, i128 b, int *overflow)
{
	i128 product = __multi3(a, b);

	/* Dividing back must give what we had. */
	*overflow = a != 0 && ((a == -1 && b == (i128)((u128)1 << 127)) ||
			       __divti3(product, a) != b);
	return product;
}
