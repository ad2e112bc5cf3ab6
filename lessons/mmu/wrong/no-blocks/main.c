/* SPDX-License-Identifier: BSD-3-Clause */
/* Asks the page tables about five addresses, then locks a vault. */
#include <stdio.h>
#include <string.h>
#include <uk/plat/paging.h>
#include "walk.h"

#define PXN		(1UL << 53)	/* not executable */
#define READONLY	(1UL << 7)

static char variable = 1;

/* To be locked: nobody writes to it after seal(). */
char vault[4096] __attribute__((aligned(4096))) = "nothing";

static void show(const char *what, const void *where)
{
	int level;
	unsigned long descriptor = walk((unsigned long)where, &level);

	if (!descriptor)
		printf("%s: not mapped\n", what);
	else
		printf("%s: level %d, %s, %s\n", what, level,
		       descriptor & READONLY ? "read-only" : "writable",
		       descriptor & PXN ? "not executable" : "executable");
}

static void seal(void)
{
	/* A page of its own: rights are given to pages, and what shares one shares its rights. */
	ukplat_page_set_attr(ukplat_pt_get_active(), (__vaddr_t)vault, 1, PAGE_ATTR_PROT_READ, 0);
}

int main(void)
{
	show("main", (const void *)main);
	show("constant", "a string");
	show("variable", &variable);
	show("UART", (const void *)0x09000000UL);
	show("null", 0);

	strcpy(vault, "a ukulele");
	seal();
	show("vault", vault);
	variable = 2;
	printf("The vault holds %s.\n", vault);
	return 0;
}
