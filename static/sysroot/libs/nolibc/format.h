/* SPDX-License-Identifier: BSD-3-Clause */
/** Inside printf: between the part for everything and the part for floating point. */
#ifndef __NOLIBC_FORMAT_H__
#define __NOLIBC_FORMAT_H__

#include <stdarg.h>
#include <stddef.h>

/** Where formatted text goes. */
struct output {
	void (*write)(struct output *out, const char *text, size_t len);
	size_t total;		/* bytes so far, written or not */
	/* for strings */
	char *buffer;
	size_t size;
};

/** One conversion, `%-08.3lf` for example, taken to pieces. */
struct conversion {
	char letter;
	char length;		/* h, H (hh), l, L (also for ll), or 0; j, z and t are l */
	unsigned char minus, plus, space, alternate, zero;
	int width;
	int precision;		/* < 0: none given */
};

/** A va_list that functions can share. */
struct arguments {
	va_list ap;
};

void __nolibc_put(struct output *out, const char *text, size_t len);
void __nolibc_fill(struct output *out, char c, int count);

/** Formats. The length is in `out->total`. */
void __nolibc_format(struct output *out, const char *fmt, va_list ap);

/** a, e, f, g; takes its argument. */
void __nolibc_format_float(struct output *out, const struct conversion *c,
			   struct arguments *args);

#endif /* __NOLIBC_FORMAT_H__ */
