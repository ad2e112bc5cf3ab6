/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * Exact decimal arithmetic, as far as converting binary floating point asks for it.
 *
 * A floating-point number is an integer times a power of two, and to multiply or divide a row
 * of decimal digits by a power of two is what one learns at school, with a
 * larger factor: up to 2^59 at a time, so that a digit times the factor and what is carried
 * fit in 64 bits. No table, no approximation, no case that needs a correction.
 */
#include "decimal.h"
#include <string.h>

#define STEP	59

struct decimal __nolibc_decimal;

void __nolibc_decimal_clear(struct decimal *d)
{
	d->count = 0;
	d->point = 0;
	d->truncated = 0;
}

void __nolibc_decimal_trim(struct decimal *d)
{
	while (d->count > 0 && d->digits[d->count - 1] == 0)
		d->count--;
	if (d->count == 0)
		d->point = 0;
}

void __nolibc_decimal_append(struct decimal *d, int digit)
{
	if (d->count < DECIMAL_DIGITS)
		d->digits[d->count++] = (unsigned char)digit;
	else if (digit)
		d->truncated = 1;
}

/** d = d * 2^bits + carry, where the carry counts units of the last digit. */
static void multiply(struct decimal *d, int bits, uint64_t carry)
{
	unsigned char new_digits[20];
	int n = 0, kept;

	for (int i = d->count - 1; i >= 0; i--) {
		carry += (uint64_t)d->digits[i] << bits;
		d->digits[i] = (unsigned char)(carry % 10);
		carry /= 10;
	}
	for (; carry; carry /= 10)
		new_digits[n++] = (unsigned char)(carry % 10);
	if (n > 0) {
		/* They go in front; at the end some may have to leave. */
		kept = d->count;
		if (kept > DECIMAL_DIGITS - n)
			kept = DECIMAL_DIGITS - n;
		for (int i = kept; i < d->count; i++)
			d->truncated |= d->digits[i] != 0;
		memmove(d->digits + n, d->digits, (size_t)kept);
		for (int i = 0; i < n; i++)
			d->digits[i] = new_digits[n - 1 - i];
		d->count = kept + n;
		d->point += n;
	}
}

/** d = d / 2^bits: long division, digit by digit. */
static void divide(struct decimal *d, int bits)
{
	uint64_t rest = 0, mask = (1UL << bits) - 1;
	int read = 0, written = 0;

	/* Take digits until the first one of the quotient is not zero. */
	while (rest >> bits == 0) {
		rest = rest * 10 + (read < d->count ? d->digits[read] : 0);
		read++;
	}
	d->point -= read - 1;
	for (;;) {
		int digit = (int)(rest >> bits);

		if (written < DECIMAL_DIGITS)
			d->digits[written++] = (unsigned char)digit;
		else if (digit)
			d->truncated = 1;
		rest &= mask;
		if (read >= d->count && rest == 0)
			break;
		rest = rest * 10 + (read < d->count ? d->digits[read] : 0);
		read++;
	}
	d->count = written;
	__nolibc_decimal_trim(d);
}

void __nolibc_decimal_push_word(struct decimal *d, uint32_t word)
{
	/* Trailing zeros are digits here: the last one is the units. */
	multiply(d, 32, word);
}

void __nolibc_decimal_scale(struct decimal *d, int exponent)
{
	if (d->count == 0)
		return;
	for (int left = exponent; left > 0; left -= STEP)
		multiply(d, left < STEP ? left : STEP, 0);
	for (int left = -exponent; left > 0; left -= STEP)
		divide(d, left < STEP ? left : STEP);
	__nolibc_decimal_trim(d);
}

void __nolibc_decimal_round(struct decimal *d, int count)
{
	int up;

	if (count >= d->count)
		return;
	if (count < 0) {
		/* Below a tenth of what the first digit of the result would count. */
		d->count = 0;
		d->point = 0;
		return;
	}
	up = d->digits[count] >= 5;
	if (d->digits[count] == 5 && count + 1 == d->count && !d->truncated)
		up = count > 0 && d->digits[count - 1] % 2 == 1;
	d->count = count;
	if (up) {
		/* Nines become zeros, which need not be kept. */
		while (count > 0 && d->digits[count - 1] == 9)
			count--;
		if (count > 0) {
			d->digits[count - 1]++;
			d->count = count;
			return;
		}
		d->digits[0] = 1;
		d->count = 1;
		d->point++;
		return;
	}
	__nolibc_decimal_trim(d);
}
