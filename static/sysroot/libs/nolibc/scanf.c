/* SPDX-License-Identifier: BSD-3-Clause */
/** scanf and its relatives: where the text comes from. */
#include "scan.h"

int vsscanf(const char *restrict s, const char *restrict fmt, va_list ap)
{
	struct input in = { .text = s, .next = EOF };

	if (*s)
		in.next = (unsigned char)*in.text++;
	return __nolibc_scan(&in, fmt, ap);
}

int vfscanf(FILE *restrict f, const char *restrict fmt, va_list ap)
{
	struct input in = { .file = f, .next = fgetc(f) };
	int n = __nolibc_scan(&in, fmt, ap);

	/* The character that ended the scan belongs to whoever reads next. */
	ungetc(in.next, f);
	return n;
}

int vscanf(const char *restrict fmt, va_list ap)
{
	return vfscanf(stdin, fmt, ap);
}

#define WITH_ARGUMENTS(call) do {	\
	va_list ap;			\
	int n;				\
	va_start(ap, fmt);		\
	n = call;			\
	va_end(ap);			\
	return n;			\
} while (0)

int sscanf(const char *restrict s, const char *restrict fmt, ...)
{
	WITH_ARGUMENTS(vsscanf(s, fmt, ap));
}

int fscanf(FILE *restrict f, const char *restrict fmt, ...)
{
	WITH_ARGUMENTS(vfscanf(f, fmt, ap));
}

int scanf(const char *restrict fmt, ...)
{
	WITH_ARGUMENTS(vfscanf(stdin, fmt, ap));
}
