/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <uk/test.h>

static int failed_cases;
static int failed_here;

int uk_test_expect(int held, const char *text, int line)
{
	if (!held) {
		printf("  line %d: not so: %s\n", line, text);
		failed_here++;
	}
	return held;
}

int uk_test_run(const char *suite, const char *name, void (*fn)(void))
{
	failed_here = 0;
	fn();
	printf("%s %s: ", failed_here ? "FAIL" : "ok", suite);
	for (; *name; name++)
		putchar(*name == '_' ? ' ' : *name);
	putchar('\n');
	failed_cases += failed_here > 0;
	return 0;
}

int uk_test_failures(void)
{
	return failed_cases;
}
