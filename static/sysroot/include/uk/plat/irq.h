/* SPDX-License-Identifier: BSD-3-Clause */
/** Interrupts by number, as the interrupt controller counts them. */
#ifndef __UKPLAT_IRQ_H__
#define __UKPLAT_IRQ_H__

#include <uk/arch/types.h>

/**
 * Handles an interrupt, with interrupts masked, on the exception stack, using general
 * registers only.
 * @return 1 when the interrupt was this handler's, 0 to ask the next one
 */
typedef int (*irq_handler_func_t)(void *arg);

/**
 * Registers a handler and lets the interrupt through. The first call brings up the
 * interrupt controller: an image without handlers contains no driver for it.
 *
 * @param irq 0-15 software, 16-31 private to the CPU, 32 and up shared
 * @return 0, -EINVAL for a number that the controller does not have, -ENOMEM when
 *  CONFIG_KVM_MAX_IRQ_HANDLERS handlers are there already, -ENODEV without controller
 */
int ukplat_irq_register(unsigned long irq, irq_handler_func_t func, void *arg);

/** Takes a handler away. @return 0, or -ENOENT */
int ukplat_irq_unregister(unsigned long irq, irq_handler_func_t func);

#endif /* __UKPLAT_IRQ_H__ */
