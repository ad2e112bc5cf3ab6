/* SPDX-License-Identifier: BSD-3-Clause */
/** printf and its relatives: where the text goes. */
#include "format.h"
#include "stream.h"
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int result(const struct output *out)
{
	return out->total > INT_MAX ? -1 : (int)out->total;
}

static void to_string(struct output *out, const char *text, size_t len)
{
	/* The last byte is for the zero. */
	size_t room = out->size > out->total + 1 ? out->size - 1 - out->total : 0;

	memcpy(out->buffer + (room ? out->total : 0), text, len < room ? len : room);
}

int vsnprintf(char *restrict s, size_t size, const char *restrict fmt, va_list ap)
{
	struct output out = { .write = to_string, .buffer = s, .size = size };

	__nolibc_format(&out, fmt, ap);
	if (size > 0)
		s[out.total < size ? out.total : size - 1] = '\0';
	return result(&out);
}

int vsprintf(char *restrict s, const char *restrict fmt, va_list ap)
{
	return vsnprintf(s, SIZE_MAX, fmt, ap);
}

int vasprintf(char **restrict s, const char *restrict fmt, va_list ap)
{
	va_list again;
	int len;

	va_copy(again, ap);
	len = vsnprintf(0, 0, fmt, again);
	va_end(again);
	*s = len < 0 ? 0 : malloc((size_t)len + 1);
	return *s ? vsnprintf(*s, (size_t)len + 1, fmt, ap) : -1;
}

static void to_stream(struct output *out, const char *text, size_t len)
{
	__nolibc_write((FILE *)(void *)out->buffer, text, len);
}

int vfprintf(FILE *restrict f, const char *restrict fmt, va_list ap)
{
	struct output out = { .write = to_stream, .buffer = (char *)f };

	__nolibc_format(&out, fmt, ap);
	return result(&out);
}

int vprintf(const char *restrict fmt, va_list ap)
{
	return vfprintf(stdout, fmt, ap);
}

/* What all the functions with dots do. */
#define WITH_ARGUMENTS(call) do {	\
	va_list ap;			\
	int n;				\
	va_start(ap, fmt);		\
	n = call;			\
	va_end(ap);			\
	return n;			\
} while (0)

int printf(const char *restrict fmt, ...)
{
	WITH_ARGUMENTS(vfprintf(stdout, fmt, ap));
}

int fprintf(FILE *restrict f, const char *restrict fmt, ...)
{
	WITH_ARGUMENTS(vfprintf(f, fmt, ap));
}

int dprintf(int fd, const char *restrict fmt, ...)
{
	WITH_ARGUMENTS(vfprintf(fd == 2 ? stderr : stdout, fmt, ap));
}

int snprintf(char *restrict s, size_t size, const char *restrict fmt, ...)
{
	WITH_ARGUMENTS(vsnprintf(s, size, fmt, ap));
}

int sprintf(char *restrict s, const char *restrict fmt, ...)
{
	WITH_ARGUMENTS(vsnprintf(s, SIZE_MAX, fmt, ap));
}

int asprintf(char **restrict s, const char *restrict fmt, ...)
{
	WITH_ARGUMENTS(vasprintf(s, fmt, ap));
}
