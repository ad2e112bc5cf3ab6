/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * Arithmetic and comparison of long double. Round to nearest, ties to even, whatever FPCR says; no
 * flags are raised.
 */
#include "fp128.h"

static u128 quiet(u128 a, u128 b)
{
	return (is_nan(a) ? a : b) | LEADING >> 1;
}

static u128 add(u128 a, u128 b)
{
	int ea, eb;
	u128 ma, mb, sign;

	if (is_nan(a) || is_nan(b))
		return quiet(a, b);
	/* a is the larger one. */
	if ((a & ~SIGN) < (b & ~SIGN)) {
		u128 t = a;

		a = b;
		b = t;
	}
	if ((a & ~SIGN) == INFINITE)
		return (b & ~SIGN) == INFINITE && a != b ? QUIET_NAN : a;
	sign = a & SIGN;
	ma = unpack(a, &ea) << GUARD;
	mb = unpack(b, &eb) << GUARD;
	mb = shift_sticky(mb, ea - eb);
	if ((a ^ b) & SIGN) {
		if (ma == mb)
			return 0;		/* x - x is +0 */
		return pack(sign, ea, ma - mb);
	}
	return pack(ma + mb ? sign : sign & b, ea, ma + mb);
}

long double __addtf3(long double a, long double b)
{
	return with_bits(add(bits_of(a), bits_of(b)));
}

long double __subtf3(long double a, long double b)
{
	u128 bits = bits_of(b);

	return with_bits(add(bits_of(a), is_nan(bits) ? bits : bits ^ SIGN));
}

long double __negtf2(long double a)
{
	return with_bits(bits_of(a) ^ SIGN);
}

/** Shifts a subnormal number's first bit to where the leading one is. */
static u128 normalize(u128 mantissa, int *exponent)
{
	int shift = leading_zeros(mantissa) - (127 - FRACTION_BITS);

	*exponent -= shift;
	return mantissa << shift;
}

long double __multf3(long double x, long double y)
{
	u128 a = bits_of(x), b = bits_of(y), sign = (a ^ b) & SIGN, high, low, middle;
	int ea, eb;

	if (is_nan(a) || is_nan(b))
		return with_bits(quiet(a, b));
	if ((a & ~SIGN) == INFINITE || (b & ~SIGN) == INFINITE)
		return with_bits((a << 1) == 0 || (b << 1) == 0 ? QUIET_NAN : sign | INFINITE);
	if ((a << 1) == 0 || (b << 1) == 0)
		return with_bits(sign);
	a = normalize(unpack(a, &ea), &ea);
	b = normalize(unpack(b, &eb), &eb);

	/* 113 by 113 bits: four products of halves, 226 bits in high and low. */
	uint64_t a0 = (uint64_t)a, a1 = (uint64_t)(a >> 64);
	uint64_t b0 = (uint64_t)b, b1 = (uint64_t)(b >> 64);

	low = (u128)a0 * b0;
	middle = (u128)a0 * b1 + (u128)a1 * b0 + (low >> 64);
	high = (u128)a1 * b1 + (middle >> 64);
	low = (uint64_t)low | middle << 64;

	/* The product has its leading one at bit 224 or 225: take the bits from 109 on. */
	high = high << (128 - 109) | low >> 109 | ((low << (128 - 109)) != 0);
	return with_bits(pack(sign, ea + eb - BIAS, high));
}

long double __divtf3(long double x, long double y)
{
	u128 a = bits_of(x), b = bits_of(y), sign = (a ^ b) & SIGN, quotient = 0;
	int ea, eb;

	if (is_nan(a) || is_nan(b))
		return with_bits(quiet(a, b));
	a &= ~SIGN;
	b &= ~SIGN;
	if (a == INFINITE || b == 0)
		return with_bits(b == INFINITE || (a == 0 && b == 0) ? QUIET_NAN : sign | INFINITE);
	if (a == 0 || b == INFINITE)
		return with_bits(sign);
	a = normalize(unpack(a, &ea), &ea);
	b = normalize(unpack(b, &eb), &eb);
	if (a < b) {
		a <<= 1;
		ea--;
	}
	/* A bit at a time: the leading one, the fraction, and the guard bits. */
	for (int i = 0; i <= FRACTION_BITS + GUARD; i++) {
		quotient <<= 1;
		if (a >= b) {
			a -= b;
			quotient |= 1;
		}
		a <<= 1;
	}
	return with_bits(pack(sign, ea - eb + BIAS, quotient | (a != 0)));
}

/** -1, 0, 1; `unordered` when one of them is not a number. */
static int compare(long double x, long double y, int unordered)
{
	u128 a = bits_of(x), b = bits_of(y);
	i128 sa, sb;

	if (is_nan(a) || is_nan(b))
		return unordered;
	/* Sign and magnitude become two's complement; -0 and 0 become the same. */
	sa = a & SIGN ? -(i128)(a & ~SIGN) : (i128)a;
	sb = b & SIGN ? -(i128)(b & ~SIGN) : (i128)b;
	return (sa > sb) - (sa < sb);
}

/* The result is compared with zero, by the operator in the name. */
int __eqtf2(long double a, long double b) { return compare(a, b, 1); }
int __netf2(long double a, long double b) { return compare(a, b, 1); }
int __lttf2(long double a, long double b) { return compare(a, b, 1); }
int __letf2(long double a, long double b) { return compare(a, b, 1); }
int __cmptf2(long double a, long double b) { return compare(a, b, 1); }
int __gttf2(long double a, long double b) { return compare(a, b, -1); }
int __getf2(long double a, long double b) { return compare(a, b, -1); }

int __unordtf2(long double a, long double b)
{
	return is_nan(bits_of(a)) || is_nan(bits_of(b));
}
