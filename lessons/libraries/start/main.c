/* SPDX-License-Identifier: BSD-3-Clause */
/* Prints a bill. It works; it is the image around it that is too large. */
#include <stdio.h>
#include <stdlib.h>
#include <uk/config.h>

struct item {
	const char *name;
	int count;
	double price;
};

static struct item *item(const char *name, int count, double price)
{
	struct item *it = malloc(sizeof(*it));

	if (!it)
		exit(1);
	it->name = name;
	it->count = count;
	it->price = price;
	return it;
}

int main(void)
{
	double string = CONFIG_APPSHOP_SHILLINGS / 100.0;
	struct item *bill[] = {
		item("ukulele", 1, 49.5),
		item("strings", 4, string),
		item("felt picks", 10, 0.75),
	};
	double sum = 0;

	for (int i = 0; i < 3; i++) {
		printf("%-10s %2d x %5.2f\n", bill[i]->name, bill[i]->count, bill[i]->price);
		sum += bill[i]->count * bill[i]->price;
	}
	printf("%-10s      %5.2f\n", "in all", sum);
	return 0;
}
