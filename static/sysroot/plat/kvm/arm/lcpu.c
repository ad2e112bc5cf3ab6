/* SPDX-License-Identifier: BSD-3-Clause */
/** Interrupt mask (PSTATE.I, bit 7 of DAIF) and idling. */
#include <uk/arch/lcpu.h>
#include <uk/plat/lcpu.h>

#define DAIF_I	(1 << 7)

void ukplat_lcpu_enable_irq(void)
{
	__asm__ __volatile__("msr daifclr, #2" ::: "memory");
}

void ukplat_lcpu_disable_irq(void)
{
	__asm__ __volatile__("msr daifset, #2" ::: "memory");
}

unsigned long ukplat_lcpu_save_irqf(void)
{
	unsigned long flags = SYSREG_READ64(daif);

	ukplat_lcpu_disable_irq();
	return flags;
}

void ukplat_lcpu_restore_irqf(unsigned long flags)
{
	SYSREG_WRITE64(daif, flags);
}

int ukplat_lcpu_irqs_disabled(void)
{
	return (SYSREG_READ64(daif) & DAIF_I) != 0;
}

void ukplat_lcpu_halt(void)
{
	ukplat_lcpu_disable_irq();
	for (;;)
		__asm__ __volatile__("wfi");
}

void ukplat_lcpu_halt_irq(void)
{
	/* An interrupt wakes WFI although it is masked: so none is missed that came
	 * before the WFI. It is handled in the moment between the two masks. */
	dsb(sy);
	__asm__ __volatile__("wfi" ::: "memory");
	ukplat_lcpu_enable_irq();
	isb();
	ukplat_lcpu_disable_irq();
}
