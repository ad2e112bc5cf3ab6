#include <stdio.h>
#include <uk/config.h>

int main(int argc, char *argv[])
{
	printf("Hello, %s!\n", argc > 1 ? argv[1] : CONFIG_APPHELLO_NOBODY);
	for (;;)
		;
}
