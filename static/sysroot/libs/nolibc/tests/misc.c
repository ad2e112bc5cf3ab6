/* SPDX-License-Identifier: BSD-3-Clause */
/* Sorting, searching, division, jumps, dates. */
#define _GNU_SOURCE
#include "tests.h"
#include <inttypes.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static int compare(const void *a, const void *b)
{
	int x = *(const int *)a, y = *(const int *)b;

	return (x > y) - (x < y);
}

static void test_sort(void)
{
	static int a[700];
	uint64_t sum = 0;

	for (int n = 0; n < 700; n = n < 20 ? n + 1 : n * 2) {
		int unsorted = 0;

		for (int i = 0; i < n; i++)
			sum += (uint64_t)(a[i] = (int)(bits() % 100));
		qsort(a, (size_t)n, sizeof(a[0]), compare);
		for (int i = 1; i < n; i++)
			unsorted += a[i - 1] > a[i];
		for (int i = 0; i < n; i++)
			sum = sum * 31 + (uint64_t)a[i];
		for (int key = -1; key <= 100 && n; key++) {
			int *found = bsearch(&key, a, (size_t)n, sizeof(a[0]), compare), there = 0;

			for (int i = 0; i < n; i++)
				there |= a[i] == key;
			unsorted += found ? *found != key : there;
		}
		printf("sort %d: %d %016" PRIx64 "\n", n, unsorted, sum);
	}
}

static jmp_buf back;

static void leap(int depth)
{
	if (depth == 0)
		longjmp(back, 7);
	leap(depth - 1);
}

static void test_jump(void)
{
	volatile int visits = 0;
	double volatile kept = 1.25;
	int value = setjmp(back);

	visits++;
	if (visits == 1)
		leap(5);
	if (visits == 2)
		longjmp(back, 0);
	printf("setjmp: %d visits, last value %d, %g\n", visits, value, kept);
}

static void test_time(void)
{
	static const int64_t times[] = { 0, -1, 86399, 951782400, 951868800, 1078012799, 4102444800, -2208988800,
		1709164800, 1735689599, 253402300799, -30610224000 };
	char text[200];

	for (unsigned i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		time_t t = times[i];
		struct tm tm;

		gmtime_r(&t, &tm);
		strftime(text, sizeof(text), "%F %T %a %A %b %B %C %d %D %e %g %G %H %I %j %m %M %p %R %u %U %V %w %W %y %Y %z", &tm);
		printf("%s %d\n", text, timegm(&tm) == t);
	}
	for (int i = 0; i < 400; i++) {
		time_t t = (time_t)(bits() % 200000000000) - 60000000000;
		struct tm tm;

		gmtime_r(&t, &tm);
		if (timegm(&tm) != t)
			printf("%ld is not itself\n", (long)t);
		strftime(text, sizeof(text), "%c %j %U %W %V %G", &tm);
		if (i % 40 == 0)
			printf("%s\n", text);
	}
	struct tm odd = { .tm_year = 124, .tm_mon = 13, .tm_mday = 45, .tm_hour = 30, .tm_min = -5, .tm_sec = 100 };
	printf("%ld %s", (long)timegm(&odd), asctime(&odd));
	printf("%zu\n", strftime(text, 5, "%Y-%m", &odd));
}

static void test_division(void)
{
	div_t d = div(-7, 2);
	ldiv_t l = ldiv(7, -2);
	lldiv_t ll = lldiv(-9, -4);

	printf("%d %d %ld %ld %lld %lld %d %ld\n", d.quot, d.rem, l.quot, l.rem, ll.quot, ll.rem, abs(-3), labs(-4));
}

static void test_malloc(void)
{
	char *p = malloc(10), *q = calloc(10, 10), *r;
	int zeros = 1;

	for (int i = 0; i < 100; i++)
		zeros &= q[i] == 0;
	strcpy(p, "kept");
	p = realloc(p, 5000);
	r = aligned_alloc(256, 512);
	printf("%s %d %d %d\n", p, zeros, (int)((uintptr_t)r % 256), (int)((uintptr_t)p % 16));
	free(p);
	free(q);
	free(r);
	free(0);
	printf("%d\n", calloc(SIZE_MAX / 2, 3) == 0);
}

void test_misc(void)
{
	test_sort();
	test_jump();
	test_time();
	test_division();
	test_malloc();
}
