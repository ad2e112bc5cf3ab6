/* SPDX-License-Identifier: BSD-3-Clause */
/** The logical CPU: interrupt mask and idling. */
#ifndef __UKPLAT_LCPU_H__
#define __UKPLAT_LCPU_H__

#include <uk/arch/time.h>
#include <uk/essentials.h>

void ukplat_lcpu_enable_irq(void);
void ukplat_lcpu_disable_irq(void);

/** Masks interrupts. @return what to give to ukplat_lcpu_restore_irqf() */
unsigned long ukplat_lcpu_save_irqf(void);
void ukplat_lcpu_restore_irqf(unsigned long flags);

int ukplat_lcpu_irqs_disabled(void);

/** Stops for good. */
void __noreturn ukplat_lcpu_halt(void);

/**
 * Sleeps until an interrupt comes. Call with interrupts masked, so that one which
 * comes between your look at the world and the sleep ends the sleep; it is
 * handled before the function returns, and the mask is on again then.
 */
void ukplat_lcpu_halt_irq(void);

/** Same, but not past the time `until` on the monotonic clock. */
void ukplat_lcpu_halt_irq_until(__nsec until);

#define ukplat_lcpu_id()	0
#define ukplat_lcpu_idx()	0
#define ukplat_lcpu_count()	1

#endif /* __UKPLAT_LCPU_H__ */
