/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <string.h>
#include <uk/argparse.h>
#include <uk/test.h>

/* Splits `line` and compares with words that `|` separates. */
static int splits(const char *line, const char *expected)
{
	char copy[100], joined[100] = "", *words[8];
	int n;

	strcpy(copy, line);
	n = uk_argparse(copy, words, 8);
	for (int i = 0; i < n; i++) {
		strcat(joined, i ? "|" : "");
		strcat(joined, words[i]);
	}
	if (strcmp(joined, expected) != 0)
		printf("  <%s> became <%s>\n", line, joined);
	return strcmp(joined, expected) == 0;
}

UK_TESTCASE(argparse, splits_at_blanks)
{
	UK_TEST_EXPECT(splits("", ""));
	UK_TEST_EXPECT(splits("   ", ""));
	UK_TEST_EXPECT(splits("one", "one"));
	UK_TEST_EXPECT(splits("  one\ttwo \n three ", "one|two|three"));
}

UK_TESTCASE(argparse, keeps_together_what_is_quoted)
{
	UK_TEST_EXPECT(splits("a \"b c\" d", "a|b c|d"));
	UK_TEST_EXPECT(splits("'single \"quotes\"'", "single \"quotes\""));
	UK_TEST_EXPECT(splits("x=\"y z\"w", "x=y zw"));
	UK_TEST_EXPECT(splits("\"\" a", "|a"));
	UK_TEST_EXPECT(splits("\"open end", "open end"));
}

UK_TESTCASE(argparse, takes_what_follows_a_backslash_as_it_is)
{
	UK_TEST_EXPECT(splits("a\\ b", "a b"));
	UK_TEST_EXPECT(splits("\\\"q\\\"", "\"q\""));
	UK_TEST_EXPECT(splits("end\\", "end\\"));
}

UK_TESTCASE(argparse, stops_at_the_limits)
{
	char line[] = "a b c d", *words[8];
	char full[4] = { 'a', ' ', 'b', 'c' };

	UK_TEST_EXPECT(uk_argparse(line, words, 2) == 2 && strcmp(words[1], "b") == 0);
	UK_TEST_EXPECT(uk_argnparse(full, 3, words, 8) == 2);
	UK_TEST_EXPECT(full[3] == 'c');
}

int main(void)
{
	printf("%d failed\n", uk_test_failures());
	return 0;
}
