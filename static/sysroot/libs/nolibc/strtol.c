/* SPDX-License-Identifier: BSD-3-Clause */
/** Text to integers. long and long long are the same here. */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>

static unsigned int digit_of(char c)
{
	if (isdigit((unsigned char)c))
		return (unsigned int)(c - '0');
	if (isalpha((unsigned char)c))
		return (unsigned int)((c | 0x20) - 'a' + 10);
	return UINT_MAX;
}

/** Absolute value and sign; a value above `limit` (one more for negative numbers, when signed) becomes the limit. */
static unsigned long parse(const char *s, char **end, int base, int is_signed)
{
	const char *start = s;
	unsigned long value = 0, limit = ULONG_MAX;
	int negative, any = 0, overflow = 0;

	if (end)
		*end = (char *)start;
	if (base < 0 || base == 1 || base > 36) {
		errno = EINVAL;
		return 0;
	}
	while (isspace((unsigned char)*s))
		s++;
	negative = *s == '-';
	s += *s == '+' || *s == '-';
	if ((base == 0 || base == 16) && s[0] == '0' && (s[1] | 0x20) == 'x' &&
	    digit_of(s[2]) < 16) {
		s += 2;
		base = 16;
	}
	if (base == 0)
		base = *s == '0' ? 8 : 10;
	if (is_signed)
		limit = (unsigned long)LONG_MAX + (unsigned long)negative;
	for (; digit_of(*s) < (unsigned int)base; s++) {
		overflow |= __builtin_mul_overflow(value, (unsigned long)base, &value);
		overflow |= __builtin_add_overflow(value, (unsigned long)digit_of(*s), &value);
		any = 1;
	}
	if (end && any)
		*end = (char *)s;
	if (overflow || value > limit) {
		errno = ERANGE;
		return is_signed && negative ? (unsigned long)LONG_MIN : limit;
	}
	return negative ? -value : value;
}

long strtol(const char *restrict s, char **restrict end, int base)
{
	return (long)parse(s, end, base, 1);
}

unsigned long strtoul(const char *restrict s, char **restrict end, int base)
{
	return parse(s, end, base, 0);
}

long long strtoll(const char *restrict s, char **restrict end, int base)
{
	return strtol(s, end, base);
}

unsigned long long strtoull(const char *restrict s, char **restrict end, int base)
{
	return strtoul(s, end, base);
}

intmax_t strtoimax(const char *restrict s, char **restrict end, int base)
{
	return strtol(s, end, base);
}

uintmax_t strtoumax(const char *restrict s, char **restrict end, int base)
{
	return strtoul(s, end, base);
}

int atoi(const char *s) { return (int)strtol(s, 0, 10); }
long atol(const char *s) { return strtol(s, 0, 10); }
long long atoll(const char *s) { return strtol(s, 0, 10); }
