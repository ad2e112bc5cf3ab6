/* SPDX-License-Identifier: BSD-3-Clause */
#include "tests.h"
#include <stdio.h>

uint64_t bits(void)
{
	static uint64_t state = 88172645463325252u;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state * 0x2545f4914f6cdd1du;
}

uint64_t mix(uint64_t sum, const char *text)
{
	for (; *text; text++)
		sum = (sum ^ (unsigned char)*text) * 0x100000001b3u;
	return sum;
}

int main(void)
{
	test_printf();
	test_numbers();
	test_strings();
	test_misc();
	printf("end\n");
	return 0;
}
