/* SPDX-License-Identifier: BSD-3-Clause */
/** The heart of printf: the format is read once, pieces of text go out as they come. */
#include "format.h"
#include <limits.h>
#include <stdint.h>
#include <string.h>
#include <uk/config.h>
#include <uk/essentials.h>

void __nolibc_put(struct output *out, const char *text, size_t len)
{
	if (len > 0)
		out->write(out, text, len);
	out->total += len;
}

void __nolibc_fill(struct output *out, char c, int count)
{
	char chunk[16];

	if (count <= 0)
		return;
	memset(chunk, c, sizeof(chunk));
	for (; count > (int)sizeof(chunk); count -= (int)sizeof(chunk))
		__nolibc_put(out, chunk, sizeof(chunk));
	__nolibc_put(out, chunk, (size_t)count);
}

/** A field: what is in front of the number, zeros, and the digits, padded to the width. */
static void put_field(struct output *out, const struct conversion *c,
		      const char *prefix, int zeros, const char *text, int len)
{
	int prefix_len = (int)strlen(prefix);
	int padding = c->width - prefix_len - zeros - len;

	if (!c->minus)
		__nolibc_fill(out, ' ', padding);
	__nolibc_put(out, prefix, (size_t)prefix_len);
	__nolibc_fill(out, '0', zeros);
	__nolibc_put(out, text, (size_t)len);
	if (c->minus)
		__nolibc_fill(out, ' ', padding);
}

static uintmax_t take_unsigned(const struct conversion *c, struct arguments *args)
{
	switch (c->length) {
	case 'l':
	case 'L':
		return va_arg(args->ap, unsigned long);
	case 'h':
		return (unsigned short)va_arg(args->ap, unsigned int);
	case 'H':
		return (unsigned char)va_arg(args->ap, unsigned int);
	default:
		return va_arg(args->ap, unsigned int);
	}
}

static intmax_t take_signed(const struct conversion *c, struct arguments *args)
{
	switch (c->length) {
	case 'l':
	case 'L':
		return va_arg(args->ap, long);
	case 'h':
		return (short)va_arg(args->ap, int);
	case 'H':
		return (signed char)va_arg(args->ap, int);
	default:
		return va_arg(args->ap, int);
	}
}

static void format_integer(struct output *out, const struct conversion *c,
			   uintmax_t value, const char *prefix)
{
	char digits[3 * sizeof(value)];
	char *end = digits + sizeof(digits), *d = end;
	unsigned int base = c->letter == 'o' ? 8 : (c->letter | 0x20) == 'x' ||
			    c->letter == 'p' ? 16 : 10;
	const char *alphabet = c->letter == 'X' ? "0123456789ABCDEF" : "0123456789abcdef";
	int zeros = 0, len;

	for (; value; value /= base)
		*--d = alphabet[value % base];
	len = (int)(end - d);
	if (c->precision >= 0)
		zeros = c->precision - len;
	else if (len == 0)
		zeros = 1;
	if (c->letter == 'o' && c->alternate && zeros <= 0)
		zeros = len > 0 || c->precision == 0;
	if (c->zero && !c->minus && c->precision < 0)
		zeros = MAX(zeros, c->width - (int)strlen(prefix) - len);
	put_field(out, c, prefix, MAX(zeros, 0), d, len);
}

static const char *sign_prefix(const struct conversion *c, int negative)
{
	return negative ? "-" : c->plus ? "+" : c->space ? " " : "";
}

static void store_count(const struct conversion *c, struct arguments *args, size_t n)
{
	switch (c->length) {
	case 'l':
	case 'L':
		*va_arg(args->ap, long *) = (long)n;
		break;
	case 'h':
		*va_arg(args->ap, short *) = (short)n;
		break;
	case 'H':
		*va_arg(args->ap, signed char *) = (signed char)n;
		break;
	default:
		*va_arg(args->ap, int *) = (int)n;
	}
}

/** @return 0 when we do not know the conversion */
static int convert(struct output *out, struct conversion *c, struct arguments *args)
{
	const char *text;
	char one;

	switch (c->letter) {
	case 'd':
	case 'i': {
		intmax_t value = take_signed(c, args);

		format_integer(out, c, value < 0 ? -(uintmax_t)value : (uintmax_t)value,
			       sign_prefix(c, value < 0));
		return 1;
	}
	case 'x':
	case 'X': {
		uintmax_t value = take_unsigned(c, args);

		format_integer(out, c, value, !c->alternate || !value ? "" :
			       c->letter == 'x' ? "0x" : "0X");
		return 1;
	}
	case 'u':
	case 'o':
		format_integer(out, c, take_unsigned(c, args), "");
		return 1;
	case 'p': {
		uintptr_t value = (uintptr_t)va_arg(args->ap, void *);

		if (value)
			format_integer(out, c, value, "0x");
		else
			put_field(out, c, "", 0, "(nil)", 5);
		return 1;
	}
	case 'c':
		one = (char)va_arg(args->ap, int);
		put_field(out, c, "", 0, &one, 1);
		return 1;
	case 's':
		text = va_arg(args->ap, const char *);
		if (!text)
			text = c->precision < 0 || c->precision >= 6 ? "(null)" : "";
		put_field(out, c, "", 0, text, (int)strnlen(text,
			  c->precision < 0 ? INT_MAX : (size_t)c->precision));
		return 1;
	case 'n':
		store_count(c, args, out->total);
		return 1;
	case '%':
		__nolibc_put(out, "%", 1);
		return 1;
#ifdef CONFIG_LIBNOLIBC_STDIO_FLOAT
	case 'a':
	case 'A':
	case 'e':
	case 'E':
	case 'f':
	case 'F':
	case 'g':
	case 'G':
		__nolibc_format_float(out, c, args);
		return 1;
#endif
	default:
		return 0;
	}
}

/** A number in the format, or an argument for `*`. */
static int read_number(const char **p, struct arguments *args)
{
	int n = 0;

	if (**p == '*') {
		(*p)++;
		return va_arg(args->ap, int);
	}
	while (**p >= '0' && **p <= '9')
		n = n * 10 + *(*p)++ - '0';
	return n;
}

/** Reads a conversion from behind its percent sign. @return what comes after it */
static const char *read_conversion(const char *p, struct conversion *c,
				   struct arguments *args)
{
	*c = (struct conversion){ .precision = -1 };
	for (;; p++) {
		if (*p == '-')
			c->minus = 1;
		else if (*p == '+')
			c->plus = 1;
		else if (*p == ' ')
			c->space = 1;
		else if (*p == '#')
			c->alternate = 1;
		else if (*p == '0')
			c->zero = 1;
		else
			break;
	}
	c->width = read_number(&p, args);
	if (c->width < 0) {
		c->minus = 1;
		c->width = -c->width;
	}
	if (*p == '.') {
		p++;
		c->precision = read_number(&p, args);
	}
	for (;; p++) {
		if (*p == 'h')
			c->length = c->length == 'h' ? 'H' : 'h';
		else if (*p == 'l' || *p == 'j' || *p == 'z' || *p == 't')
			c->length = 'l';
		else if (*p == 'L')
			c->length = 'L';
		else
			break;
	}
	c->letter = *p;
	return *p ? p + 1 : p;
}

void __nolibc_format(struct output *out, const char *fmt, va_list ap)
{
	struct arguments args;

	va_copy(args.ap, ap);
	while (*fmt) {
		const char *percent = strchrnul(fmt, '%');
		struct conversion c;

		__nolibc_put(out, fmt, (size_t)(percent - fmt));
		if (!*percent)
			break;
		fmt = read_conversion(percent + 1, &c, &args);
		if (!convert(out, &c, &args))
			__nolibc_put(out, percent, (size_t)(fmt - percent));
	}
	va_end(args.ap);
}
