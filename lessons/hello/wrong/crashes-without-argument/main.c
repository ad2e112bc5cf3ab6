#include <stdio.h>
#include <string.h>

int main(int argc, char *argv[])
{
	(void)argc;
	printf("Hello, ");
	for (size_t i = 0; i < strlen(argv[1]); i++)
		putchar(argv[1][i]);
	printf("!\n");
	return 0;
}
