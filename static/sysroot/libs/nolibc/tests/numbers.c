/* SPDX-License-Identifier: BSD-3-Clause */
/* Text to numbers: strtod, strtol, scanf. */
#include "tests.h"
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void one_strtod(const char *s)
{
	char *end;
	double d;
	float f;
	uint64_t db;
	uint32_t fb;

	errno = 0;
	d = strtod(s, &end);
	memcpy(&db, &d, sizeof(db));
	printf("strtod(\"%.40s\") = %016" PRIx64 " rest %d range %d", s, d == d ? db : 1, (int)strlen(end), errno == ERANGE);
	errno = 0;
	f = strtof(s, &end);
	memcpy(&fb, &f, sizeof(fb));
	printf(" float %08" PRIx32 " range %d\n", f == f ? fb : 1, errno == ERANGE);
}

static void test_strtod(void)
{
	static const char *const texts[] = {
		"0", "-0", "1", "1.", ".5", ".", "+.5e1", "1e", "1e+", "1e5x", "  12.5 ", "1e309", "-1e309", "1e-400",
		"2.2250738585072014e-308", "2.2250738585072011e-308", "4.9406564584124654e-324", "2.4703282292062327e-324",
		"2.4703282292062328e-324", "1.7976931348623157e308", "1.7976931348623158e308", "1.7976931348623159e308",
		"9007199254740993", "9007199254740992.5", "9007199254740993.00000000000000000000000001",
		"0x1p0", "0x.8p1", "0x1.fffffffffffff8p0", "0x1.fffffffffffff7p0", "0x1p-1074", "0x1p-1075", "0x1.8p-1075",
		"0x1p1024", "0xp1", "0x", "0x1p", "inf", "-Infinity", "infinit", "nan", "nan(12)", "nan(", "e5", "", "1_0",
		"16777217", "3.4028235e38", "3.4028236e38", "1e-45", "7e-46", "1.17549435e-38", "0.000000000000000000000000000000000000000000001",
		"123456789012345678901234567890123456789012345678901234567890", "1e23", "8.5e22", "0x123456789abcdef01", "00000000000000000001.5",
	};
	uint64_t sum = 0;
	static char text[1200];

	for (unsigned i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		one_strtod(texts[i]);
	/* There and back, and halfway between neighbours, which has up to 770 digits. */
	for (int i = 0; i < 1500; i++) {
		uint64_t b = bits() & ~(1ull << 63), back;
		double d, e;

		memcpy(&d, &b, sizeof(d));
		if (d - d != 0)
			continue;
		snprintf(text, sizeof(text), "%.17g", d);
		e = strtod(text, 0);
		memcpy(&back, &e, sizeof(back));
		if (back != b)
			printf("%s is not itself\n", text);
		snprintf(text, sizeof(text), "%.*e", (int)(bits() % 25), d);
		e = strtod(text, 0);
		memcpy(&back, &e, sizeof(back));
		sum = sum * 31 + back;
	}
	printf("random strtod: %016" PRIx64 "\n", sum);
	for (int i = 0; i < 200; i++) {
		uint64_t b = bits() & ~(1ull << 63), back;
		long double half;
		double d, next, e;

		if (i % 2)
			b &= ~(0x7f0ull << 52);
		memcpy(&d, &b, sizeof(d));
		b++;
		memcpy(&next, &b, sizeof(next));
		if (next - next != 0)
			continue;
		half = ((long double)d + (long double)next) / 2;
		snprintf(text, sizeof(text), "%.1000Le", half);
		e = strtod(text, 0);
		memcpy(&back, &e, sizeof(back));
		if (back & 1)
			printf("%.20e did not go to even\n", e);
		strcpy(strchr(text, 'e') - 1, "1");
		snprintf(text + strlen(text), 20, "e%d", 0);
		sum = sum * 31 + back;
	}
	printf("halfway: %016" PRIx64 "\n", sum);
}

static void test_strtol(void)
{
	static const char *const texts[] = { "0", "42", "-42", "+7", "  9x", "0x1f", "0X", "0xg", "077", "08", "z", "",
		"9223372036854775807", "9223372036854775808", "-9223372036854775808", "-9223372036854775809",
		"18446744073709551615", "18446744073709551616", "-1", "99999999999999999999999", "zz", "- 1", "1010" };
	static const int bases[] = { 0, 2, 8, 10, 16, 36 };

	for (unsigned i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		for (unsigned b = 0; b < sizeof(bases) / sizeof(bases[0]); b++) {
			char *end, *uend;
			long l;
			unsigned long u;
			int e;

			errno = 0;
			l = strtol(texts[i], &end, bases[b]);
			e = errno;
			errno = 0;
			u = strtoul(texts[i], &uend, bases[b]);
			printf("strtol(\"%s\", %d) = %ld %d %d, %lu %d %d\n", texts[i], bases[b], l,
			       (int)strlen(end), e == ERANGE, u, (int)strlen(uend), errno == ERANGE);
		}
	printf("%d %ld %lld\n", atoi(" 12abc"), atol("-5"), atoll("123456789012"));
}

static void test_scanf(void)
{
	int a = -1, b = -1, c = -1, n = -1;
	unsigned char h = 0;
	short s = 0;
	long l = 0;
	float f = 0;
	double d = 0;
	char word[20] = "", set[20] = "", chars[4] = "";

	printf("%d:", sscanf(" 12 -34 0x1f", "%d %d %i", &a, &b, &c));
	printf(" %d %d %d\n", a, b, c);
	printf("%d:", sscanf("12345", "%2d%3d%n", &a, &b, &n));
	printf(" %d %d %d\n", a, b, n);
	printf("%d:", sscanf("hello world", "%19s %5[a-z]", word, set));
	printf(" %s %s\n", word, set);
	printf("%d:", sscanf("abc]def", "%[]a-c]%[^x]", word, set));
	printf(" %s %s\n", word, set);
	printf("%d:", sscanf("3.5 -2e3 300 70000 99999999999", "%f %lf %hhu %hd %ld", &f, &d, &h, &s, &l));
	printf(" %g %g %d %d %ld\n", f, d, h, s, l);
	printf("%d:", sscanf("x=5,y=6", "x=%d,y=%d", &a, &b));
	printf(" %d %d\n", a, b);
	printf("%d:", sscanf("xyz", "%3c%n", chars, &n));
	printf(" %.3s %d\n", chars, n);
	printf("%d %d %d\n", sscanf("", "%d", &a), sscanf("q", "%d", &a), sscanf("5 q", "%d %d", &a, &b));
	printf("%d:", sscanf("10 20 30", "%*d %d %*d%n", &a, &n));
	printf(" %d %d\n", a, n);
	printf("%d:", sscanf("077 0x10 12", "%o %x %u", (unsigned *)&a, (unsigned *)&b, (unsigned *)&c));
	printf(" %d %d %d\n", a, b, c);
	printf("%d:", sscanf("50%", "%d%%%n", &a, &n));
	printf(" %d %d\n", a, n);
	printf("%d:", sscanf("1e5 .5 inf 0x1p4", "%lf %f", &d, &f));
	printf(" %g %g\n", d, f);
}

void test_numbers(void)
{
	test_strtod();
	test_strtol();
	test_scanf();
}
