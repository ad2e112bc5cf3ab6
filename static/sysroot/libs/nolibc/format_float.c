/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * %a %e %f %g. The number becomes a row of decimal digits, all of them; that is rounded once, to
 * the digits asked for, ties to even: the result is the one that infinite precision
 * would give.
 */
#include "decimal.h"
#include "format.h"
#include <stdint.h>
#include <string.h>
#include <uk/essentials.h>

/** double and long double (IEEE binary64, binary128) taken to pieces the same way: value is mantissa * 2^exponent. */
struct parts {
	unsigned __int128 mantissa;
	int exponent;
	int mantissa_bits;	/* below the leading one of a normal number */
	int negative, infinite, nan;
};

static void take_apart(struct parts *p, unsigned __int128 bits, int mantissa_bits,
		       int exponent_bits)
{
	int max = (1 << exponent_bits) - 1;
	int biased = (int)(bits >> mantissa_bits) & max;

	p->negative = (int)(bits >> (mantissa_bits + exponent_bits)) & 1;
	p->mantissa = bits & (((unsigned __int128)1 << mantissa_bits) - 1);
	p->mantissa_bits = mantissa_bits;
	p->infinite = biased == max && p->mantissa == 0;
	p->nan = biased == max && p->mantissa != 0;
	/* Subnormal numbers have the exponent of the smallest normal ones, but no leading one. */
	if (biased > 0)
		p->mantissa |= (unsigned __int128)1 << mantissa_bits;
	p->exponent = MAX(biased, 1) - (max >> 1) - mantissa_bits;
}

static void take_argument(struct parts *p, const struct conversion *c,
			  struct arguments *args)
{
	if (c->length == 'L') {
		long double value = va_arg(args->ap, long double);
		unsigned __int128 bits;

		memcpy(&bits, &value, sizeof(bits));
		take_apart(p, bits, 112, 15);
	} else {
		double value = va_arg(args->ap, double);
		uint64_t bits;

		memcpy(&bits, &value, sizeof(bits));
		take_apart(p, bits, 52, 11);
	}
}

static void to_decimal(struct decimal *d, const struct parts *p)
{
	__nolibc_decimal_clear(d);
	for (int shift = 96; shift >= 0; shift -= 32)
		__nolibc_decimal_push_word(d, (uint32_t)(p->mantissa >> shift));
	__nolibc_decimal_scale(d, p->exponent);
}

/** What the field is made of, in this order. */
struct pieces {
	char prefix[4];			/* sign, 0x */
	int zeros_in_front;		/* "0" of 0.5, or none */
	const unsigned char *integer;	/* digits, as numbers */
	int integer_digits, integer_zeros;
	int point;
	int fraction_leading;		/* zeros after the point */
	const unsigned char *fraction;
	int fraction_digits, fraction_zeros;
	char exponent[8];
};

static void put_digits(struct output *out, const unsigned char *digits, int count,
		       const char *alphabet)
{
	for (int i = 0; i < count; i++)
		__nolibc_put(out, &alphabet[digits[i]], 1);
}

static void put_pieces(struct output *out, const struct conversion *c,
		       const struct pieces *p, const char *alphabet)
{
	int prefix = (int)strlen(p->prefix), exponent = (int)strlen(p->exponent);
	int padding = c->width - prefix - p->zeros_in_front - p->integer_digits
		      - p->integer_zeros - p->point - p->fraction_leading
		      - p->fraction_digits - p->fraction_zeros - exponent;

	if (!c->minus && !c->zero)
		__nolibc_fill(out, ' ', padding);
	__nolibc_put(out, p->prefix, (size_t)prefix);
	if (!c->minus && c->zero)
		__nolibc_fill(out, '0', padding);
	__nolibc_fill(out, '0', p->zeros_in_front);
	put_digits(out, p->integer, p->integer_digits, alphabet);
	__nolibc_fill(out, '0', p->integer_zeros);
	__nolibc_put(out, ".", (size_t)p->point);
	__nolibc_fill(out, '0', p->fraction_leading);
	put_digits(out, p->fraction, p->fraction_digits, alphabet);
	__nolibc_fill(out, '0', p->fraction_zeros);
	__nolibc_put(out, p->exponent, (size_t)exponent);
	if (c->minus)
		__nolibc_fill(out, ' ', padding);
}

/** `e-05`: at least `min_digits` digits. */
static void write_exponent(char *text, char letter, int value, int min_digits)
{
	char digits[6];
	int n = 0;

	*text++ = letter;
	*text++ = value < 0 ? '-' : '+';
	if (value < 0)
		value = -value;
	while (value > 0 || n < min_digits) {
		digits[n++] = (char)('0' + value % 10);
		value /= 10;
	}
	while (n > 0)
		*text++ = digits[--n];
	*text = '\0';
}

/** d.ddde+dd with `precision` digits after the point. */
static void scientific(struct pieces *p, const struct decimal *d, int precision,
		       char letter)
{
	p->integer = d->digits;
	p->integer_digits = MIN(d->count, 1);
	p->integer_zeros = 1 - p->integer_digits;
	p->fraction = d->digits + 1;
	p->fraction_digits = MAX(d->count - 1, 0);
	p->fraction_zeros = precision - p->fraction_digits;
	write_exponent(p->exponent, letter, d->count ? d->point - 1 : 0, 2);
}

/** ddd.ddd with `precision` digits after the point. */
static void positional(struct pieces *p, const struct decimal *d, int precision)
{
	int before = MAX(d->point, 0);		/* digits before the point */

	p->zeros_in_front = before == 0;
	p->integer = d->digits;
	p->integer_digits = MIN(d->count, before);
	p->integer_zeros = before - p->integer_digits;
	p->fraction = d->digits + p->integer_digits;
	p->fraction_digits = d->count - p->integer_digits;
	p->fraction_leading = d->count ? MIN(MAX(-d->point, 0), precision) : 0;
	p->fraction_zeros = precision - p->fraction_leading - p->fraction_digits;
}

static void decimal_pieces(struct pieces *p, const struct parts *parts,
			   const struct conversion *c, char letter)
{
	struct decimal *d = &__nolibc_decimal;
	int precision = c->precision < 0 ? 6 : c->precision;
	char e = (char)(c->letter & 0x20 ? 'e' : 'E');

	to_decimal(d, parts);
	if (letter == 'e') {
		/* d->count may not reach precision + 1, whatever that is. */
		__nolibc_decimal_round(d, precision < DECIMAL_DIGITS ? precision + 1
								     : DECIMAL_DIGITS);
		scientific(p, d, precision, e);
	} else if (letter == 'f') {
		__nolibc_decimal_round(d, precision < DECIMAL_DIGITS * 32
					  ? d->point + precision : DECIMAL_DIGITS);
		positional(p, d, precision);
	} else {
		int digits = precision ? precision : 1, exponent;

		__nolibc_decimal_round(d, digits);
		exponent = d->count ? d->point - 1 : 0;
		if (exponent < -4 || exponent >= digits)
			scientific(p, d, c->alternate ? digits - 1 : MAX(d->count - 1, 0), e);
		else
			positional(p, d, c->alternate ? digits - 1 - exponent
						      : MAX(d->count - d->point, 0));
		precision = p->fraction_leading + p->fraction_digits + p->fraction_zeros;
	}
	p->point = precision > 0 || c->alternate;
}

/** %a: the mantissa's own bits, four to a digit, after a leading 1 (0 for subnormal numbers). */
static void hexadecimal_pieces(struct pieces *p, const struct parts *parts,
			       const struct conversion *c, unsigned char *digits)
{
	unsigned __int128 mantissa = parts->mantissa;
	int total = parts->mantissa_bits / 4;
	int exponent = mantissa ? parts->exponent + parts->mantissa_bits : 0;
	int shown = c->precision < 0 || c->precision > total ? total : c->precision;

	if (shown < total) {
		int dropped = (total - shown) * 4;
		unsigned __int128 one = (unsigned __int128)1 << dropped;
		unsigned __int128 rest = mantissa & (one - 1);

		mantissa -= rest;
		if (rest > one / 2 || (rest == one / 2 && (mantissa & one)))
			mantissa += one;
	}
	for (int i = 0; i <= total; i++)
		digits[i] = (unsigned char)(mantissa >> (total - i) * 4) & 15;
	if (c->precision < 0)
		while (shown > 0 && digits[shown] == 0)
			shown--;
	p->integer = digits;
	p->integer_digits = 1;
	p->fraction = digits + 1;
	p->fraction_digits = shown;
	p->fraction_zeros = MAX(c->precision, shown) - shown;
	p->point = p->fraction_digits + p->fraction_zeros > 0 || c->alternate;
	write_exponent(p->exponent, c->letter == 'a' ? 'p' : 'P', exponent, 1);
	strcat(p->prefix, c->letter == 'a' ? "0x" : "0X");
}

void __nolibc_format_float(struct output *out, const struct conversion *c,
			   struct arguments *args)
{
	char letter = (char)(c->letter | 0x20);
	const char *alphabet = c->letter == 'A' ? "0123456789ABCDEF" : "0123456789abcdef";
	struct conversion plain = *c;
	struct pieces p = { .exponent = "" };
	unsigned char digits[32];
	struct parts parts;

	take_argument(&parts, c, args);
	strcpy(p.prefix, parts.negative ? "-" : c->plus ? "+" : c->space ? " " : "");
	if (parts.nan || parts.infinite) {
		int upper = !(c->letter & 0x20);

		strcpy(p.exponent, parts.nan ? (upper ? "NAN" : "nan") : (upper ? "INF" : "inf"));
		plain.zero = 0;
	} else if (letter == 'a') {
		hexadecimal_pieces(&p, &parts, c, digits);
	} else {
		decimal_pieces(&p, &parts, c, letter);
	}
	put_pieces(out, &plain, &p, alphabet);
}
