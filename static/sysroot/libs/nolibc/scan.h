/* SPDX-License-Identifier: BSD-3-Clause */
/** Inside scanf: between the part for everything and the part for floating point. */
#ifndef __NOLIBC_SCAN_H__
#define __NOLIBC_SCAN_H__

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

/** Where characters come from: a string, or a stream. */
struct input {
	const char *text;
	FILE *file;		/* null: `text` */
	int next;		/* the character to be read next, EOF at the end */
	size_t count;		/* characters read */
};

struct scan_arguments {
	va_list ap;
};

/** Formats as scanf does. `next` holds a character that has been read already, unless the text is at its end. */
int __nolibc_scan(struct input *in, const char *fmt, va_list ap);

/** Stores the number in `text` where the next argument says; `length` as in a conversion. */
void __nolibc_scan_float(const char *text, char length, struct scan_arguments *args);

#endif /* __NOLIBC_SCAN_H__ */
