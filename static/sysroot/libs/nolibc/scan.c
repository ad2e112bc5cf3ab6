/* SPDX-License-Identifier: BSD-3-Clause */
/** The heart of scanf. One character is looked at ahead, never more. */
#include "scan.h"
#include <ctype.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <uk/config.h>

/* The longest number that is taken; a field without width is cut there. */
#define NUMBER_MAX	128

static void advance(struct input *in)
{
	if (in->next == EOF)
		return;
	in->count++;
	in->next = in->file ? fgetc(in->file)
			    : *in->text ? (unsigned char)*in->text++ : EOF;
}

static void skip_space(struct input *in)
{
	while (in->next != EOF && isspace(in->next))
		advance(in);
}

/** Characters that a number of the base may begin with or go on with; a prefix counts as digits here. */
static size_t take_integer(struct input *in, char *text, size_t width, int base)
{
	size_t n = 0, sign;
	int prefix = 0;

	if (width && (in->next == '+' || in->next == '-')) {
		text[n++] = (char)in->next;
		advance(in);
	}
	sign = n;
	while (n < width) {
		int c = in->next;

		if (c == '0' && n == sign && (base == 0 || base == 16)) {
			prefix = 1;
			if (base == 0)
				base = 8;
		} else if ((c | 0x20) == 'x' && prefix) {
			base = 16;
			prefix = 0;
		} else if (base == 16 ? !isxdigit(c) : base == 8 ? c < '0' || c > '7' : !isdigit(c)) {
			break;
		} else {
			prefix = 0;
			if (base == 0)
				base = 10;
		}
		text[n++] = (char)c;
		advance(in);
	}
	text[n] = '\0';
	return n && (isxdigit((unsigned char)text[n - 1])) ? n : 0;
}

static void store(struct scan_arguments *args, char length, uintmax_t value)
{
	switch (length) {
	case 'l':
		*va_arg(args->ap, uint64_t *) = value;
		break;
	case 'h':
		*va_arg(args->ap, uint16_t *) = (uint16_t)value;
		break;
	case 'H':
		*va_arg(args->ap, uint8_t *) = (uint8_t)value;
		break;
	default:
		*va_arg(args->ap, uint32_t *) = (uint32_t)value;
	}
}

#ifdef CONFIG_LIBNOLIBC_STDIO_FLOAT
/** What may stand in a floating-point number; strtod() has the last word. */
static size_t take_float(struct input *in, char *text, size_t width)
{
	size_t n = 0;

	for (; n < width && in->next != EOF; advance(in)) {
		int c = in->next;
		int before = n ? tolower((unsigned char)text[n - 1]) : 0;
		int hexadecimal = n > 1 && strpbrk(text, "xX");

		text[n] = '\0';
		if (!isalnum(c) && c != '.' &&
		    !((c == '+' || c == '-') &&
		      (n == 0 || before == (hexadecimal ? 'p' : 'e'))))
			break;
		text[n++] = (char)c;
	}
	text[n] = '\0';
	return n;
}
#endif

/** The set of %[...]; returns what comes after it. */
static const char *read_set(const char *fmt, unsigned char set[32])
{
	int negated = *fmt == '^';
	int first = 1;

	fmt += negated;
	memset(set, negated ? 0xff : 0, 32);
	for (; *fmt && (*fmt != ']' || first); fmt++, first = 0) {
		int from = (unsigned char)*fmt, to = from;

		if (fmt[1] == '-' && fmt[2] && fmt[2] != ']') {
			to = (unsigned char)fmt[2];
			fmt += 2;
		}
		for (int c = from; c <= to; c++) {
			if (negated)
				set[c / 8] &= (unsigned char)~(1 << c % 8);
			else
				set[c / 8] |= (unsigned char)(1 << c % 8);
		}
	}
	return *fmt ? fmt + 1 : fmt;
}

/** %c, %s, %[: characters of the set. @return their number */
static size_t take_text(struct input *in, char *to, size_t width,
			const unsigned char set[32])
{
	size_t n = 0;

	while (n < width && in->next != EOF && set[in->next / 8] >> in->next % 8 & 1) {
		if (to)
			to[n] = (char)in->next;
		n++;
		advance(in);
	}
	return n;
}

int __nolibc_scan(struct input *in, const char *fmt, va_list ap)
{
	struct scan_arguments args;
	int assigned = 0;

	va_copy(args.ap, ap);
	while (*fmt) {
		char number[NUMBER_MAX + 1], length = 0, letter;
		unsigned char set[32];
		size_t width = 0, n;
		int ignored = 0;
		char *to;

		if (isspace((unsigned char)*fmt)) {
			skip_space(in);
			fmt++;
			continue;
		}
		if (*fmt != '%' || fmt[1] == '%') {
			if (*fmt == '%') {
				fmt++;
				skip_space(in);
			}
			if (in->next != (unsigned char)*fmt)
				break;
			advance(in);
			fmt++;
			continue;
		}
		fmt++;
		if (*fmt == '*') {
			ignored = 1;
			fmt++;
		}
		while (isdigit((unsigned char)*fmt))
			width = width * 10 + (size_t)(*fmt++ - '0');
		for (;; fmt++) {
			if (*fmt == 'h')
				length = length == 'h' ? 'H' : 'h';
			else if (*fmt == 'l' || *fmt == 'j' || *fmt == 'z' || *fmt == 't')
				length = 'l';
			else if (*fmt == 'L')
				length = 'L';
			else
				break;
		}
		letter = *fmt ? *fmt++ : '\0';

		if (letter == 'n') {
			if (!ignored)
				store(&args, length, in->count);
			continue;
		}
		if (letter != 'c' && letter != '[')
			skip_space(in);
		if (in->next == EOF) {
			if (assigned == 0)
				assigned = EOF;
			break;
		}
		if (letter == 'c' || letter == 's' || letter == '[') {
			memset(set, 0xff, sizeof(set));
			if (letter == '[')
				fmt = read_set(fmt, set);
			else if (letter == 's')
				for (const char *s = " \t\n\v\f\r"; *s; s++)
					set[*s / 8] &= (unsigned char)~(1 << *s % 8);
			if (width == 0)
				width = letter == 'c' ? 1 : SIZE_MAX;
			to = ignored ? 0 : va_arg(args.ap, char *);
			n = take_text(in, to, width, set);
			if (n == 0 || (letter == 'c' && n < width))
				break;
			if (to && letter != 'c')
				to[n] = '\0';
		} else {
			int base = letter == 'x' || letter == 'X' || letter == 'p' ? 16
				   : letter == 'o' ? 8 : letter == 'i' ? 0 : 10;

			if (width == 0 || width > NUMBER_MAX)
				width = NUMBER_MAX;
			if (letter && strchr("diuoxXp", letter)) {
				if (!take_integer(in, number, width, base))
					break;
				if (letter == 'p')
					length = 'l';
				if (!ignored)
					store(&args, length,
					      letter == 'd' || letter == 'i'
					      ? (uintmax_t)strtol(number, 0, base)
					      : strtoul(number, 0, base));
#ifdef CONFIG_LIBNOLIBC_STDIO_FLOAT
			} else if (letter && strchr("aefgAEFG", letter)) {
				if (!take_float(in, number, width))
					break;
				if (!ignored)
					__nolibc_scan_float(number, length, &args);
#endif
			} else {
				break;
			}
		}
		assigned += !ignored;
	}
	va_end(args.ap);
	return assigned;
}
