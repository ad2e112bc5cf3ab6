/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * Text to floating point, correctly rounded.
 *
 * The decimal number is multiplied and divided by powers of two, exactly, until it lies
 * between 1/2 and 1; the powers make the exponent. Times 2^53 and rounded to an integer,
 * what remains is the mantissa.
 */
#include "decimal.h"
#include "scan.h"
#include <ctype.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/** A binary format: bits of the mantissa with its leading one, and of the exponent. */
struct format {
	int precision;
	int exponent_bits;
};

static const struct format binary32 = { 24, 8 }, binary64 = { 53, 11 },
			   binary128 = { 113, 15 };

typedef unsigned __int128 bits_t;

static int bias(const struct format *f)
{
	return (1 << (f->exponent_bits - 1)) - 1;
}

static bits_t infinity(const struct format *f)
{
	return (bits_t)((1 << f->exponent_bits) - 1) << (f->precision - 1);
}

/** Mantissa (below 2^precision) times 2^exponent, where that is a number of the format or too large. */
static bits_t pack(const struct format *f, bits_t mantissa, int exponent)
{
	bits_t leading = (bits_t)1 << (f->precision - 1);
	int biased = exponent + f->precision - 1 + bias(f);

	if (mantissa == leading << 1) {
		mantissa = leading;
		biased++;
	}
	if (mantissa < leading)
		return mantissa;		/* zero and subnormal numbers */
	if (biased >= (1 << f->exponent_bits) - 1) {
		errno = ERANGE;
		return infinity(f);
	}
	return (mantissa - leading) | (bits_t)biased << (f->precision - 1);
}

static bits_t from_decimal(const struct format *f, struct decimal *d)
{
	int exponent = 0, least = 1 - bias(f), tiny;
	bits_t mantissa = 0;

	__nolibc_decimal_trim(d);
	if (d->count == 0)
		return 0;
	/* Far outside of every format, and of the time one would like to spend on it. */
	if (d->point > 5000 || d->point < -5100) {
		errno = ERANGE;
		return d->point > 0 ? infinity(f) : 0;
	}
	while (d->point > 0) {
		/* 3 bits are less than a digit. */
		int bits = d->point > 18 ? 59 : d->point > 1 ? 3 * (d->point - 1) : 1;

		__nolibc_decimal_scale(d, -bits);
		exponent += bits;
	}
	while (d->point < 0 || d->digits[0] < 5) {
		int bits = d->point < -18 ? 59 : d->point < 0 ? -3 * d->point : 1;

		__nolibc_decimal_scale(d, bits);
		exponent -= bits;
	}
	/* value = d * 2^exponent, 1/2 <= d < 1: so the leading one counts 2^(exponent-1). */
	tiny = exponent - 1 < least;
	if (tiny) {
		__nolibc_decimal_scale(d, exponent - 1 - least);
		exponent = least + 1;
	}
	__nolibc_decimal_scale(d, f->precision);
	/* Underflow: below the normal numbers, and not exact. */
	if (tiny && (d->count > d->point || d->truncated))
		errno = ERANGE;
	__nolibc_decimal_round(d, d->point);
	for (int i = 0; i < d->point; i++)
		mantissa = mantissa * 10 + (i < d->count ? d->digits[i] : 0);
	return pack(f, mantissa, exponent - f->precision);
}

/** [digits][.digits][e[+-]digits] */
static bits_t parse_decimal(const struct format *f, const char **p)
{
	struct decimal *d = &__nolibc_decimal;
	const char *s = *p;
	int started = 0, after_point = 0, exponent = 0;

	__nolibc_decimal_clear(d);
	for (; isdigit((unsigned char)*s) || (*s == '.' && !after_point); s++) {
		if (*s == '.') {
			after_point = 1;
			continue;
		}
		started |= *s != '0';
		if (started) {
			__nolibc_decimal_append(d, *s - '0');
			d->point += !after_point;
		} else if (after_point) {
			d->point--;
		}
	}
	*p = s;
	if ((*s | 0x20) == 'e') {
		int negative = s[1] == '-';

		s += 1 + (s[1] == '+' || s[1] == '-');
		if (isdigit((unsigned char)*s)) {
			for (; isdigit((unsigned char)*s); s++)
				if (exponent < 100000)
					exponent = exponent * 10 + *s - '0';
			*p = s;
		}
		exponent = negative ? -exponent : exponent;
	}
	d->point += exponent;
	return from_decimal(f, d);
}

static int hex_digit(char c)
{
	return isdigit((unsigned char)c) ? c - '0' : (c | 0x20) - 'a' + 10;
}

/** digits[.digits][p[+-]digits], all but the exponent hexadecimal */
static bits_t parse_hexadecimal(const struct format *f, const char **p)
{
	const char *s = *p;
	bits_t mantissa = 0;
	int exponent = 0, scale = 0, after_point = 0, sticky = 0, drop;

	for (; isxdigit((unsigned char)*s) || (*s == '.' && !after_point); s++) {
		if (*s == '.') {
			after_point = 1;
		} else if (mantissa >> 120) {
			sticky |= hex_digit(*s) != 0;
			exponent += after_point ? 0 : 4;
		} else {
			mantissa = mantissa << 4 | (bits_t)hex_digit(*s);
			exponent -= after_point ? 4 : 0;
		}
	}
	*p = s;
	if ((*s | 0x20) == 'p') {
		int negative = s[1] == '-';

		s += 1 + (s[1] == '+' || s[1] == '-');
		if (isdigit((unsigned char)*s)) {
			for (; isdigit((unsigned char)*s); s++)
				if (scale < 100000)
					scale = scale * 10 + *s - '0';
			*p = s;
		}
		exponent += negative ? -scale : scale;
	}
	if (!mantissa)
		return 0;
	/* To the left end, then cut where the format ends, or where subnormal numbers do. */
	while (!(mantissa >> 127)) {
		mantissa <<= 1;
		exponent--;
	}
	drop = 128 - f->precision;
	if (exponent + 127 < 1 - bias(f))
		drop += 1 - bias(f) - (exponent + 127);
	if (drop > 128) {
		errno = ERANGE;
		return 0;
	}
	bits_t kept = drop < 128 ? mantissa >> drop : 0;
	bits_t half = (bits_t)1 << (drop - 1);
	bits_t rest = drop < 128 ? mantissa & ((half << 1) - 1) : mantissa;

	kept += rest > half || (rest == half && (sticky || (kept & 1)));
	if (exponent + 127 < 1 - bias(f) && (rest || sticky))
		errno = ERANGE;
	return pack(f, kept, exponent + drop);
}

static bits_t parse(const struct format *f, const char *s, char **end)
{
	const char *start = s;
	bits_t sign = 0, value;

	while (isspace((unsigned char)*s))
		s++;
	if (*s == '-')
		sign = (bits_t)1 << (f->precision - 1 + f->exponent_bits);
	s += *s == '+' || *s == '-';
	if (strncasecmp(s, "inf", 3) == 0) {
		value = infinity(f);
		s += strncasecmp(s, "infinity", 8) == 0 ? 8 : 3;
	} else if (strncasecmp(s, "nan", 3) == 0) {
		value = infinity(f) | (bits_t)1 << (f->precision - 2);
		s += 3;
		if (*s == '(' && s[1 + strspn(s + 1, "0123456789abcdefghijklmnopqrstuvwxyz_ABCDEFGHIJKLMNOPQRSTUVWXYZ")] == ')')
			s = strchr(s, ')') + 1;
	} else if (s[0] == '0' && (s[1] | 0x20) == 'x' &&
		   isxdigit((unsigned char)s[2 + (s[2] == '.')])) {
		s += 2;
		value = parse_hexadecimal(f, &s);
	} else if (isdigit((unsigned char)s[*s == '.'])) {
		value = parse_decimal(f, &s);
	} else {
		s = start;
		sign = value = 0;
	}
	if (end)
		*end = (char *)s;
	return value | sign;
}

double strtod(const char *restrict s, char **restrict end)
{
	uint64_t bits = (uint64_t)parse(&binary64, s, end);
	double value;

	memcpy(&value, &bits, sizeof(value));
	return value;
}

float strtof(const char *restrict s, char **restrict end)
{
	uint32_t bits = (uint32_t)parse(&binary32, s, end);
	float value;

	memcpy(&value, &bits, sizeof(value));
	return value;
}

long double strtold(const char *restrict s, char **restrict end)
{
	bits_t bits = parse(&binary128, s, end);
	long double value;

	memcpy(&value, &bits, sizeof(value));
	return value;
}

double atof(const char *s)
{
	return strtod(s, 0);
}

void __nolibc_scan_float(const char *text, char length, struct scan_arguments *args)
{
	if (length == 'L')
		*va_arg(args->ap, long double *) = strtold(text, 0);
	else if (length == 'l')
		*va_arg(args->ap, double *) = strtod(text, 0);
	else
		*va_arg(args->ap, float *) = strtof(text, 0);
}
