#include <stdio.h>

int main(void)
{
	printf("%-10s      %5d\n", "in all", 70);
	return 0;
}
