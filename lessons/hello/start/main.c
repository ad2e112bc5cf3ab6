/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <uk/config.h>

int main(int argc, char *argv[])
{
	(void)argc;
	(void)argv;
	printf("Hello!\n");

	/* Where does this go? There is no shell to come back to. */
	for (;;)
		;
}
