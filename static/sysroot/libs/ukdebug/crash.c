/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * The crash screen. It runs on the exception stack, after something has gone wrong: so it
 * formats numbers itself and writes straight to the console. Should it crash as well,
 * it says just that and gives up.
 */
#include <uk/crash.h>
#include <uk/plat/bootstrap.h>
#include <uk/plat/console.h>

void uk_crash_puts(const char *text)
{
	unsigned int n = 0;

	while (text[n])
		n++;
	ukplat_coutk(text, n);
}

void uk_crash_puthex(__u64 value, int digits)
{
	char text[16];

	for (int i = digits; i-- > 0; value >>= 4)
		text[i] = "0123456789abcdef"[value & 15];
	ukplat_coutk(text, (unsigned int)digits);
}

#ifdef CONFIG_LIBUKDEBUG_CRASH_SCREEN
/* How far up a stack we follow frames, in bytes and in number. */
#define STACK_MAX	(1UL << 20)
#define DEPTH_MAX	24

void uk_backtrace(__uptr frame_pointer)
{
	const __uptr *frame = (const __uptr *)frame_pointer;

	uk_crash_puts("Called from:");
	for (int depth = 0; depth < DEPTH_MAX; depth++) {
		const __uptr *caller;

		/* A frame begins with the caller's frame and the address to
		 * return to. Stacks grow down: callers lie higher. */
		if (!frame || !IS_ALIGNED((__uptr)frame, 8) || !frame[1])
			break;
		uk_crash_puts(" ");
		uk_crash_puthex(frame[1] - 4, 8);
		caller = (const __uptr *)frame[0];
		if (caller <= frame || (__uptr)caller - (__uptr)frame > STACK_MAX)
			break;
		frame = caller;
	}
	uk_crash_puts("\n");
}

static void print_register(const char *name, __u64 value)
{
	uk_crash_puts(name);
	uk_crash_puthex(value, 16);
}

static void print_registers(const struct __regs *regs)
{
	for (int i = 0; i < 31; i++) {
		char name[] = "   x  ";

		/* x9 and x10 end in the same column. */
		if (i < 10) {
			name[4] = (char)('0' + i);
		} else {
			name[2] = 'x';
			name[3] = (char)('0' + i / 10);
			name[4] = (char)('0' + i % 10);
		}
		print_register(name, i < 30 ? regs->x[i] : regs->lr);
		if (i % 3 == 2)
			uk_crash_puts("\n");
	}
	print_register("   sp ", regs->sp);
	print_register("\n   pc ", regs->elr_el1);
	print_register("  psr ", regs->spsr_el1);
	print_register("  esr ", regs->esr_el1);
	print_register("\n  far ", regs->far_el1);
	uk_crash_puts("\n");
}
#endif /* CONFIG_LIBUKDEBUG_CRASH_SCREEN */

void uk_crash(const char *what, const struct __regs *regs)
{
	static int crashing;

	if (crashing++) {
		/* Once more would be once too often, even for this. */
		if (crashing == 2)
			uk_crash_puts("\nCrashed while showing a crash\n");
		ukplat_crash();
	}
	uk_crash_puts("\n*** ");
	uk_crash_puts(what);
#ifdef CONFIG_LIBUKDEBUG_CRASH_SCREEN
	uk_crash_print_cause(regs);
	print_registers(regs);
	uk_backtrace(regs->x[29]);
#else
	uk_crash_puts(": pc ");
	uk_crash_puthex(regs->elr_el1, 16);
	uk_crash_puts(" esr ");
	uk_crash_puthex(regs->esr_el1, 16);
	uk_crash_puts(" far ");
	uk_crash_puthex(regs->far_el1, 16);
	uk_crash_puts("\n");
#endif
	ukplat_crash();
}
