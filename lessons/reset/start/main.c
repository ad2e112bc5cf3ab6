/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Four places of the boot, and what is there already. report() says it; have it called
 * from the constructor table, from the init table, from main(), and after main().
 */
#include <stdio.h>
#include <stdlib.h>
#include <uk/ctors.h>
#include <uk/init.h>

/* Exception level and whether the MMU is on, by the CPU's own registers. */
static int exception_level(void)
{
	return 0;	/* CurrentEL has it in bits 3:2 */
}

static int mmu_is_on(void)
{
	return 0;	/* SCTLR_EL1.M is bit 0 */
}

static void report(const char *where)
{
	void *block = malloc(16);

	printf("%s: EL%d, MMU %s, heap %s\n", where, exception_level(),
	       mmu_is_on() ? "on" : "off", block ? "ready" : "not yet");
	free(block);
}

int main(void)
{
	report("main");
	return 0;
}
