/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * One pass with two positions: `in` reads the line, `out` writes the words over it. Quotes and
 * backslashes are read but not written, so `out` never overtakes `in`.
 */
#include <uk/argparse.h>

static int is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

int uk_argnparse(char *argb, __sz maxlen, char *argv[], int maxcount)
{
	__sz in = 0, out = 0;
	int count = 0;

	while (count < maxcount) {
		char quote = '\0';
		int ended = 0;

		while (in < maxlen && is_blank(argb[in]))
			in++;
		if (in == maxlen || argb[in] == '\0')
			break;
		argv[count++] = &argb[out];
		while (!ended) {
			char c = in < maxlen ? argb[in] : '\0';

			if (c == '\0') {
				ended = 1;
			} else if (c == '\\' && in + 1 < maxlen && argb[in + 1]) {
				argb[out++] = argb[in + 1];
				in += 2;
			} else if (quote ? c == quote : c == '"' || c == '\'') {
				quote = quote ? '\0' : c;
				in++;
			} else if (!quote && is_blank(c)) {
				in++;
				ended = 1;
			} else {
				argb[out++] = c;
				in++;
			}
		}
		/* Only a line that fills all of maxlen has no room for the zero. */
		if (out == maxlen)
			out--;
		/* The line's own end may lie right here: do not read past it. */
		if (in < maxlen && argb[in] == '\0')
			maxlen = in;
		argb[out++] = '\0';
	}
	return count;
}
