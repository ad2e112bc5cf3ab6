/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef __NOLIBC_DECIMAL_H__
#define __NOLIBC_DECIMAL_H__

#include <stdint.h>
#include <uk/config.h>

/* A double has at most 767 significant digits, a long double 11563. */
#ifdef CONFIG_LIBNOLIBC_STDIO_LONG_DOUBLE_EXACT
#define DECIMAL_DIGITS	11600
#else
#define DECIMAL_DIGITS	800
#endif

/**
 * A non-negative number in decimal: 0.d0 d1 d2 ... times 10^point. There is no leading or
 * trailing zero; zero has no digits.
 */
struct decimal {
	int count;			/* digits */
	int point;
	int truncated;			/* there were more digits, not all of them zero */
	unsigned char digits[DECIMAL_DIGITS];
};

/**
 * The one decimal that printf and strtod work in. It is too large for a thread's stack, and
 * threads do not interrupt each other in the middle of a conversion, nor do interrupt
 * handlers use floating point.
 */
extern struct decimal __nolibc_decimal;

void __nolibc_decimal_clear(struct decimal *d);

/** d = d * 2^32 + word; only while `point` equals the number of digits that an integer has. */
void __nolibc_decimal_push_word(struct decimal *d, uint32_t word);

/** d = d * 2^exponent, exactly as long as the digits suffice. */
void __nolibc_decimal_scale(struct decimal *d, int exponent);

/** Rounds to `count` digits (less than one: to none, or up to a one), ties to even. */
void __nolibc_decimal_round(struct decimal *d, int count);

/** Appends a digit to what will be the number read; leading zeros must have been left out. */
void __nolibc_decimal_append(struct decimal *d, int digit);

/** Drops trailing zeros. */
void __nolibc_decimal_trim(struct decimal *d);

#endif /* __NOLIBC_DECIMAL_H__ */
