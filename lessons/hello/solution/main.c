/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <uk/config.h>

int main(int argc, char *argv[])
{
	const char *whom = argc > 1 ? argv[1] : CONFIG_APPHELLO_NOBODY;

	printf("Hello, %s!\n", whom);
	return 0;
}
