/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Goes wrong in a way of your choice, to see what the crash screen says of it, and how to find
 * the line from the addresses: each return address in "Called from" belongs to a call
 * instruction, and the debugger or `objdump -d --line-numbers` knows its line.
 */
#include <stdio.h>
#include <uk/assert.h>
#include <uk/config.h>

#if defined(CONFIG_APPCRASH_NULL) || defined(CONFIG_APPCRASH_CODE) || defined(CONFIG_APPCRASH_DATA)
/* Returns what it is given; the compiler does not know that. */
static void *somewhere(unsigned long address)
{
	__asm__ __volatile__("" : "+r"(address));
	return (void *)address;
}
#endif

#if defined(CONFIG_APPCRASH_NULL)
static void go_wrong(void)
{
	puts("Writing to address 0.");
	*(volatile int *)somewhere(0) = 1;
}
#elif defined(CONFIG_APPCRASH_UNALIGNED)
static void go_wrong(void)
{
	static long pair[2];

	/* Ordinary loads may be unaligned; exclusive ones, of which atomic
	 * operations are made, may not. */
	puts("Loading exclusively from an odd address.");
	__asm__ __volatile__("ldxr x0, [%0]" :: "r"((char *)pair + 1) : "x0");
}
#elif defined(CONFIG_APPCRASH_UNDEFINED)
static void go_wrong(void)
{
	puts("Running an instruction that does not exist.");
	__asm__ __volatile__("udf #42");
}
#elif defined(CONFIG_APPCRASH_STACK)
static int depth(int level)
{
	volatile char frame[256];

	frame[0] = (char)level;
	return depth(level + 1) + frame[0];
}

static void go_wrong(void)
{
	puts("Calling myself until the stack is full.");
	printf("%d\n", depth(0));
}
#elif defined(CONFIG_APPCRASH_CODE)
static void go_wrong(void)
{
	puts("Writing over my own code.");
	*(volatile int *)somewhere((unsigned long)&puts) = 0;
}
#elif defined(CONFIG_APPCRASH_DATA)
static void go_wrong(void)
{
	static unsigned int ret = 0xd65f03c0;	/* the instruction RET */

	puts("Calling data.");
	((void (*)(void))somewhere((unsigned long)&ret))();
}
#else
static void go_wrong(void)
{
	int apples = 2;

	puts("Asserting what is not true.");
	UK_ASSERT(apples + apples == 5);
}
#endif

int main(void)
{
	go_wrong();
	puts("Nothing happened?");
	return 0;
}
