/* SPDX-License-Identifier: BSD-3-Clause */
/** Exceptions other than interrupts. None of them is ever expected. */
#include <kvm/kvm.h>
#include <uk/crash.h>

void (*kvm_irq_dispatch)(void);

/** Names of the four kinds, by vector. */
static const char *const kinds[] = {
	"Synchronous exception", "Unexpected IRQ", "Unexpected FIQ", "SError",
};

void kvm_trap(struct __regs *regs, unsigned long vector)
{
	uk_crash(kinds[vector & 3], regs);
}
