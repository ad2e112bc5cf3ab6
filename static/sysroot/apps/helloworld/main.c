/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The smallest complete unikernel: application, libraries and platform are one program, and
 * main() is called by the same code that turned on the MMU. Change the text, turn
 * options on and off, and watch what the image weighs.
 */
#include <stdio.h>
#include <uk/config.h>

int main(int argc, char *argv[])
{
	printf("Hello, %s!\n", CONFIG_APPHELLOWORLD_WHOM);

#ifdef CONFIG_APPHELLOWORLD_PRINTARGS
	/* argv[0] is the image's name; the rest comes from the machine's command line
	 * (-append in QEMU), by way of the device tree. */
	printf("I am %s", argv[0]);
	for (int i = 1; i < argc; i++)
		printf("%s %s", i == 1 ? ", called with" : "", argv[i]);
	printf(".\n");
#endif

	/* Returning turns the machine off. */
	return 0;
}
