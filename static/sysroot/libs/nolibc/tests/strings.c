/* SPDX-License-Identifier: BSD-3-Clause */
/* string.h, strings.h, ctype.h */
#define _GNU_SOURCE
#include "tests.h"
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static int sign(int x)
{
	return (x > 0) - (x < 0);
}

/* Moves and fills at every alignment, checked against bytes moved one by one. */
static void test_memory(void)
{
	static unsigned char a[256], b[256];
	int bad = 0;

	for (int from = 0; from < 20; from++)
		for (int to = 0; to < 20; to++)
			for (int n = 0; n < 70; n += 1 + n / 9) {
				unsigned char expected[256];

				for (int i = 0; i < 256; i++)
					a[i] = b[i] = (unsigned char)(i * 7 + n);
				memcpy(expected, b, 256);
				for (int i = 0; i < n; i++)
					expected[to + i] = a[from + i];
				memcpy(b + to, a + from, (size_t)n);
				bad += memcmp(b, expected, 256) != 0;
				memmove(a + to, a + from, (size_t)n);
				bad += memcmp(a, expected, 256) != 0;
				for (int i = 0; i < n; i++)
					expected[from + i] = (unsigned char)to;
				memset(a + from, to + 256, (size_t)n);
				bad += memcmp(a, expected, 256) != 0;
			}
	printf("memory: %d bad\n", bad);
	printf("%d %d %d\n", sign(memcmp("abc", "abd", 3)), sign(memcmp("ab\xff", "ab\x01", 3)), memcmp("x", "y", 0));
	printf("%s %s %d\n", (char *)memchr("hello", 'l', 5), (char *)memmem("haystack", 8, "sta", 3), memchr("abc", 'c', 2) == 0);
}

static void test_text(void)
{
	static const char *const words[] = { "", "a", "ab", "abc", "abd", "b", "abcabcabd", "Abc", "\xe4" };
	char buf[40], *save, *p;
	const int n = sizeof(words) / sizeof(words[0]);

	for (int i = 0; i < n; i++)
		for (int j = 0; j < n; j++) {
			char *found = strstr(words[i], words[j]);

			printf("%d%d%d%d%d%d%d ", sign(strcmp(words[i], words[j])), sign(strncmp(words[i], words[j], 2)),
			       sign(strcasecmp(words[i], words[j])), sign(strncasecmp(words[i], words[j], 2)),
			       found ? (int)(found - words[i]) : 9, (int)strspn(words[i], words[j]),
			       (int)strcspn(words[i], words[j]));
		}
	printf("\n%zu %zu\n", strlen("12345"), strnlen("12345", 3));
	printf("%s %s %s %d\n", strchr("a.b.c", '.'), strrchr("a.b.c", '.'), strpbrk("hello", "xol"), strchr("abc", 0)[0]);
	strcpy(buf, "one");
	strcat(buf, "two");
	strncat(buf, "threefour", 5);
	printf("%s %d\n", buf, (int)(stpcpy(buf, "xy") - buf));
	memset(buf, '#', sizeof(buf));
	strncpy(buf, "abc", 6);
	printf("%.10s|%d%d%c\n", buf, buf[3], buf[5], buf[6]);
	strcpy(buf, "  a bc,,d ");
	for (p = strtok_r(buf, " ,", &save); p; p = strtok_r(0, " ,", &save))
		printf("[%s]", p);
	strcpy(buf, "a,,b");
	for (p = buf; p;)
		printf("<%s>", strsep(&p, ","));
	p = strdup("copy");
	printf(" %s", p);
	free(p);
	p = strndup("copied", 3);
	printf(" %s\n", p);
	free(p);
	printf("%d %d %d %d\n", ffs(0), ffs(8), ffsl(1L << 40), ffsll(-1));
	printf("%s / %s / %s\n", strerror(2), strerror(12), strerror(34));
}

static void test_ctype(void)
{
	for (int c = -1; c < 128; c++)
		printf("%d%c", !!isalnum(c) | !!isalpha(c) << 1 | !!isblank(c) << 2 | !!iscntrl(c) << 3 |
		       !!isdigit(c) << 4 | !!isgraph(c) << 5 | !!islower(c) << 6 | !!isprint(c) << 7 |
		       !!ispunct(c) << 8 | !!isspace(c) << 9 | !!isupper(c) << 10 | !!isxdigit(c) << 11 |
		       (c >= 0 ? tolower(c) : 0) << 12 | (c >= 0 ? toupper(c) : 0) << 20, c % 16 == 15 ? '\n' : ' ');
}

void test_strings(void)
{
	test_memory();
	test_text();
	test_ctype();
}
