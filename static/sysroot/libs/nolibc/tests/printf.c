/* SPDX-License-Identifier: BSD-3-Clause */
/* printf, by every combination of flags, width and precision, and by random numbers. */
#include "tests.h"
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char text[12000];

static double random_double(void)
{
	uint64_t b = bits();
	double value;

	/* Half of them of ordinary size. */
	if (b & 1)
		b = (b & ~(0x7ffull << 52)) | (1023 - 40 + bits() % 80) << 52;
	if (bits() % 4 == 0)
		b &= ~((1ull << bits() % 53) - 1);
	memcpy(&value, &b, sizeof(value));
	return value;
}

static void flags_of_integers(void)
{
	static const char *const lengths[] = { "hh", "h", "", "l", "ll", "z", "j", "t" };
	static const long values[] = { 0, 1, -1, 42, 255, -128, 65536, INT_MAX, INT_MIN, LONG_MAX, LONG_MIN };
	static const char *const sizes[] = { "", "1", "8", ".0", ".5", "12.7", "3.0", "30.25", "." };

	for (const char *letter = "diuoxX"; *letter; letter++) {
		uint64_t sum = 0;

		for (int flags = 0; flags < 32; flags++)
			for (unsigned s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++)
				for (unsigned l = 0; l < 8; l++)
					for (unsigned v = 0; v < sizeof(values) / sizeof(values[0]); v++) {
						char format[32];

						snprintf(format, sizeof(format), "%%%s%s%s%s%s%s%s%c|%%n",
							 flags & 1 ? "-" : "", flags & 2 ? "+" : "",
							 flags & 4 ? " " : "", flags & 8 ? "#" : "",
							 flags & 16 ? "0" : "", sizes[s], lengths[l], *letter);
						format[strlen(format) - 2] = '\0';
						snprintf(text, sizeof(text), format, values[v]);
						sum = mix(sum, text);
					}
		printf("integers %%%c: %016lx\n", *letter, (unsigned long)sum);
	}
}

/* Whether rounding makes a number of %g one digit longer, 99.96 to 100.0. The C standard has one
 * answer for "%#g" then, and glibc another. */
static int grows(double value, const char *size)
{
	const char *point = strchr(size, '.');
	int precision = point ? (int)strtol(point + 1, 0, 10) : 6;
	char rounded[1200], exact[1200];

	snprintf(rounded, sizeof(rounded), "%.*e", precision ? precision - 1 : 0, value);
	snprintf(exact, sizeof(exact), "%.1000e", value);
	return strchr(rounded, 'e') && strcmp(strchr(rounded, 'e'), strchr(exact, 'e')) != 0;
}

static void flags_of_doubles(void)
{
	static const double values[] = {
		0.0, -0.0, 1.0, -1.0, 0.5, 1.5, 2.5, 0.1, 9.5, 9.995, 99.5, 999999.5, 0.000123456789,
		1e100, 1.7976931348623157e308, 2.2250738585072014e-308, 4.9406564584124654e-324,
		123456789.0, 1e21, 1e22, 1e23, 0.00001, 0.0001, 100000.0, 1000000.0,
		1.0 / 0.0, -1.0 / 0.0, 3.5, 1e-5, 5e-5, 0.05, 0.25, 0.125,
	};
	static const char *const sizes[] = { "", "20", ".0", ".1", ".3", "15.10", ".20", "5.", "400.330", ".1100" };

	for (const char *letter = "fFeEgGaA"; *letter; letter++) {
		uint64_t sum = 0;

		for (int flags = 0; flags < 32; flags++)
			for (unsigned s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++)
				for (unsigned v = 0; v < sizeof(values) / sizeof(values[0]); v++) {
					char format[32];

					if ((*letter | 0x20) == 'g' && flags & 8 && grows(values[v], sizes[s]))
						continue;
					snprintf(format, sizeof(format), "%%%s%s%s%s%s%s%c",
						 flags & 1 ? "-" : "", flags & 2 ? "+" : "",
						 flags & 4 ? " " : "", flags & 8 ? "#" : "",
						 flags & 16 ? "0" : "", sizes[s], *letter);
					snprintf(text, sizeof(text), format, values[v]);
					sum = mix(sum, text);
				}
		printf("doubles %%%c: %016lx\n", *letter, (unsigned long)sum);
	}
	for (unsigned v = 0; v < sizeof(values) / sizeof(values[0]); v++)
		printf("%f %e %g %a|%.0f %.0e %.0g %.0a|%#.0f %#e\n", values[v], values[v], values[v],
		       values[v], values[v], values[v], values[v], values[v], values[v], values[v]);
}

static void random_doubles(void)
{
	static const char *const formats[] = { "%.17g", "%f", "%.3e", "%.0f", "%g", "%.25f", "%a", "%.3a", "%.1f", "%.40e" };

	for (unsigned f = 0; f < sizeof(formats) / sizeof(formats[0]); f++) {
		uint64_t sum = 0;

		for (int i = 0; i < 1500; i++) {
			snprintf(text, sizeof(text), formats[f], random_double());
			sum = mix(sum, text);
		}
		printf("random %s: %016lx\n", formats[f], (unsigned long)sum);
	}
}

static void long_doubles(void)
{
	static const long double values[] = { 0.0L, 1.0L, 0.1L, 3.14159265358979323846264338327950288L,
		1.18973149535723176508575932662800702e4932L, 3.36210314311209350626267781732175260e-4932L,
		6.47517511943802511092443895822764655e-4966L, 1e30L, 12345678901234567890.5L };
	uint64_t sum = 0;

	for (unsigned v = 0; v < sizeof(values) / sizeof(values[0]); v++) {
		printf("%Lg %.36Le %.5Lf\n", values[v], values[v], v == 4 ? 0.0L : values[v]);
		snprintf(text, sizeof(text), "%.2Lf %.60Lg", values[v], values[v]);
		sum = mix(sum, text);
	}
	printf("long doubles: %016lx\n", (unsigned long)sum);
}

void test_printf(void)
{
	int n = 0;
	long ln = 0;

	flags_of_integers();
	flags_of_doubles();
	random_doubles();
	long_doubles();
	printf("[%s][%10s][%-10s][%.2s][%10.1s][%c][%5c][%-5c]\n", "text", "text", "text", "text", "text", 'x', 'y', 'z');
	printf("[%p][%20p][%-20p]\n", (void *)0x1234, (void *)0xabcdef, (void *)0x1);
	printf("[%*d][%-*d][%.*d][%*.*d][%*d]\n", 5, 42, 5, 42, 4, 42, 8, 4, 42, -6, 42);
	printf("[%%][%5d%%]%n[%ld]%ln\n", 7, &n, 123456789012345L, &ln);
	printf("%d %ld\n", n, ln);
	n = snprintf(text, 5, "%s", "a long text");
	printf("[%s] %d\n", text, n);
	n = snprintf(text, 1, "%d", 12345);
	printf("[%s] %d %d\n", text, n, snprintf((char *)0, 0, "%08.3f", 3.14159));
	printf("[%.3s][%.*s]\n", "abcdef", 2, "xyz");
}
