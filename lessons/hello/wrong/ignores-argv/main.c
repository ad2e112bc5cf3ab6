#include <stdio.h>

int main(void)
{
	printf("Hello, Ada!\n");
	return 0;
}
