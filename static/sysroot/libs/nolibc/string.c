/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * Memory: copied and filled in words of eight bytes when both ends allow it, else byte by byte.
 * Compilers call the first four on their own, for assignments of structures for example.
 */
#include <stdint.h>
#include <string.h>

typedef uint64_t __attribute__((may_alias)) word;

#define ALIGNED(a, b)	((((uintptr_t)(a) | (uintptr_t)(b)) & (sizeof(word) - 1)) == 0)

void *memcpy(void *restrict dst, const void *restrict src, size_t n)
{
	unsigned char *d = dst;
	const unsigned char *s = src;

	if (ALIGNED(d, s))
		for (; n >= sizeof(word); n -= sizeof(word)) {
			*(word *)d = *(const word *)s;
			d += sizeof(word);
			s += sizeof(word);
		}
	while (n-- > 0)
		*d++ = *s++;
	return dst;
}

void *memmove(void *dst, const void *src, size_t n)
{
	unsigned char *d = dst;
	const unsigned char *s = src;

	/* Forward is right unless dst lies inside the source. */
	if ((uintptr_t)d - (uintptr_t)s >= n)
		return memcpy(dst, src, n);
	d += n;
	s += n;
	if (ALIGNED(d, s))
		for (; n >= sizeof(word); n -= sizeof(word)) {
			d -= sizeof(word);
			s -= sizeof(word);
			*(word *)d = *(const word *)s;
		}
	while (n-- > 0)
		*--d = *--s;
	return dst;
}

void *memset(void *dst, int c, size_t n)
{
	unsigned char *d = dst;
	word pattern = (unsigned char)c * 0x0101010101010101UL;

	for (; n > 0 && !ALIGNED(d, 0); n--)
		*d++ = (unsigned char)c;
	for (; n >= sizeof(word); n -= sizeof(word)) {
		*(word *)d = pattern;
		d += sizeof(word);
	}
	while (n-- > 0)
		*d++ = (unsigned char)c;
	return dst;
}

int memcmp(const void *a, const void *b, size_t n)
{
	const unsigned char *p = a, *q = b;

	for (; n > 0; n--, p++, q++)
		if (*p != *q)
			return *p - *q;
	return 0;
}

void *memchr(const void *s, int c, size_t n)
{
	for (const unsigned char *p = s; n-- > 0; p++)
		if (*p == (unsigned char)c)
			return (void *)p;
	return 0;
}

void *memrchr(const void *s, int c, size_t n)
{
	const unsigned char *p = s;

	while (n-- > 0)
		if (p[n] == (unsigned char)c)
			return (void *)(p + n);
	return 0;
}

void *memmem(const void *hay, size_t haylen, const void *needle, size_t len)
{
	for (const char *p = hay; haylen >= len; p++, haylen--)
		if (memcmp(p, needle, len) == 0)
			return (void *)p;
	return 0;
}

size_t strlen(const char *s)
{
	size_t n = 0;

	while (s[n])
		n++;
	return n;
}

size_t strnlen(const char *s, size_t max)
{
	size_t n = 0;

	while (n < max && s[n])
		n++;
	return n;
}

int strncmp(const char *a, const char *b, size_t n)
{
	for (; n > 0; n--, a++, b++) {
		if (*a != *b)
			return (unsigned char)*a - (unsigned char)*b;
		if (!*a)
			break;
	}
	return 0;
}

int strcmp(const char *a, const char *b)
{
	return strncmp(a, b, SIZE_MAX);
}

char *strchrnul(const char *s, int c)
{
	while (*s && *s != (char)c)
		s++;
	return (char *)s;
}

char *strchr(const char *s, int c)
{
	s = strchrnul(s, c);
	return *s == (char)c ? (char *)s : 0;
}
