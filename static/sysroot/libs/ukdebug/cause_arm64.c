/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * The exception syndrome in words (ESR_EL1, Arm ARM D17.2.37): bits 31-26 are the class of
 * the exception, and for failed accesses bits 5-0 say what was wrong.
 */
#include <uk/arch/paging.h>
#include <uk/crash.h>
#include <uk/plat/memory.h>
#ifdef CONFIG_LIBUKSCHED
#include <uk/thread.h>
#endif

#define ESR_CLASS(esr)	((unsigned int)((esr) >> 26) & 0x3f)
#define ESR_FAULT(esr)	((unsigned int)(esr) & 0x3f)
#define ESR_WRITE	(1 << 6)

#define CLASS_INSTRUCTION_ABORT	0x21	/* from the same exception level */
#define CLASS_DATA_ABORT	0x25

static const struct {
	unsigned char class;
	const char *text;
} classes[] = {
	{ 0x00, "undefined instruction" },
	{ 0x07, "floating point or SIMD instruction while CONFIG_FPSIMD is off" },
	{ 0x0e, "illegal execution state" },
	{ 0x15, "SVC instruction, and there is no system call handler" },
	{ 0x18, "system register that may not be accessed" },
	{ CLASS_INSTRUCTION_ABORT, "instruction fetch" },
	{ 0x22, "jump to an address that is not a multiple of 4" },
	{ CLASS_DATA_ABORT, "data access" },
	{ 0x26, "stack pointer is not a multiple of 16" },
	{ 0x3c, "BRK instruction (trap)" },
};

static const char *fault_text(unsigned int fault)
{
	switch (fault & 0x3c) {
	case 0x00:
		return "address is too large";
	case 0x04:
		return "nothing is mapped there";
	case 0x08:
		return "access flag is clear";
	case 0x0c:
		return "not permitted";
	case 0x20:
		return "address is not aligned";
	default:
		return "no device or memory answers";
	}
}

/** Whether the address lies in a page that guards a stack. */
static const char *guarded_stack(__u64 address)
{
	struct ukplat_memregion_desc *region;

#ifdef CONFIG_LIBUKSCHED
	struct uk_thread *thread = uk_thread_current();

	if (thread && thread->_mem.guard &&
	    IN_RANGE(address, (__uptr)thread->_mem.guard, PAGE_SIZE))
		return thread->name ? thread->name : "thread";
#endif
	ukplat_memregion_foreach(&region, UKPLAT_MEMRT_GUARD, 0)
		if (IN_RANGE(address, region->vbase, region->len))
			return "main";
	return 0;
}

void uk_crash_print_cause(const struct __regs *regs)
{
	unsigned int class = ESR_CLASS(regs->esr_el1);
	const char *stack;

	uk_crash_puts(": ");
	for (unsigned int i = 0; i < ARRAY_SIZE(classes); i++)
		if (classes[i].class == class)
			uk_crash_puts(classes[i].text);
	if (class == CLASS_INSTRUCTION_ABORT || class == CLASS_DATA_ABORT) {
		if (class == CLASS_DATA_ABORT)
			uk_crash_puts(regs->esr_el1 & ESR_WRITE ? " (write)" : " (read)");
		uk_crash_puts(" at 0x");
		uk_crash_puthex(regs->far_el1, 16);
		uk_crash_puts(": ");
		uk_crash_puts(fault_text(ESR_FAULT(regs->esr_el1)));
		stack = guarded_stack(regs->far_el1);
		if (stack) {
			uk_crash_puts("\n*** Stack overflow: the stack of ");
			uk_crash_puts(stack);
			uk_crash_puts(" is full; see CONFIG_STACK_SIZE_PAGE_ORDER");
		} else if (regs->far_el1 < PAGE_SIZE) {
			uk_crash_puts("\n*** A null pointer, or a field of what it should point to");
		}
	}
	uk_crash_puts("\n");
}
