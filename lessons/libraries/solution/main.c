/* SPDX-License-Identifier: BSD-3-Clause */
/* Prints a bill, in hundredths: whole numbers need no floating-point printf, and a list that is known needs no heap. */
#include <stdio.h>
#include <uk/config.h>

struct item {
	const char *name;
	int count;
	int price;
};

static const struct item bill[] = {
	{ "ukulele", 1, 4950 },
	{ "strings", 4, CONFIG_APPSHOP_SHILLINGS },
	{ "felt picks", 10, 75 },
};

int main(void)
{
	int sum = 0;

	for (int i = 0; i < 3; i++) {
		printf("%-10s %2d x %2d.%02d\n", bill[i].name, bill[i].count,
		       bill[i].price / 100, bill[i].price % 100);
		sum += bill[i].count * bill[i].price;
	}
	printf("%-10s      %2d.%02d\n", "in all", sum / 100, sum % 100);
	return 0;
}
