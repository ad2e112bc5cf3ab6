/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Four places of the boot, and what is there already. report() says it; it is called
 * from the constructor table, from the init table, from main(), and after main().
 */
#include <stdio.h>
#include <stdlib.h>
#include <uk/ctors.h>
#include <uk/init.h>

/* Exception level and whether the MMU is on, by the CPU's own registers. */
static int exception_level(void)
{
	unsigned long level;

	__asm__ __volatile__("mrs %0, CurrentEL" : "=r"(level));
	return (int)(level >> 2 & 3);
}

static int mmu_is_on(void)
{
	unsigned long control;

	__asm__ __volatile__("mrs %0, sctlr_el1" : "=r"(control));
	return (int)(control & 1);
}

static void report(const char *where)
{
	void *block = malloc(16);

	printf("%s: EL%d, MMU %s, heap %s\n", where, exception_level(),
	       mmu_is_on() ? "on" : "off", block ? "ready" : "not yet");
	free(block);
}

static void early(void)
{
	report("constructor");
}
uk_ctor(early);

static int prepare(struct uk_init_ctx *ictx)
{
	(void)ictx;
	report("init");
	return 0;
}

static void clean_up(const struct uk_term_ctx *tctx)
{
	(void)tctx;
	report("terminate");
}
uk_late_initcall(prepare, clean_up);

int main(void)
{
	report("main");
	return 0;
}
