/* SPDX-License-Identifier: BSD-3-Clause */
#include "walk.h"

#define VALID	1UL		/* the descriptor means something */
#define TABLE	2UL		/* levels 1 and 2: it leads to another table */
#define ADDRESS	0x0000fffffffff000UL

unsigned long walk(unsigned long address, int *level)
{
	const unsigned long *table;

	__asm__ __volatile__("mrs %0, ttbr0_el1" : "=r"(table));
	/* With 64 entries the first table is 512 bytes long and aligned to that, not to a page. */
	table = (const unsigned long *)((unsigned long)table & ADDRESS);
	for (*level = 1;; ++*level) {
		unsigned int shift = 39 - 9 * (unsigned int)*level;
		unsigned long index = address >> shift & (*level == 1 ? 63 : 511);
		unsigned long descriptor = table[index];

		if (!(descriptor & VALID))
			return 0;
		if (*level == 3 || !(descriptor & TABLE))
			return descriptor;
		/* Tables lie in memory that is mapped 1:1: their physical address is good for a pointer. */
		table = (const unsigned long *)(descriptor & ADDRESS);
	}
}
