/* SPDX-License-Identifier: BSD-3-Clause */
/** Interrupt handlers by number, over whichever controller the machine has. */
#include <errno.h>
#include <kvm/kvm.h>
#include <uk/plat/irq.h>
#include <uk/plat/lcpu.h>
#include <uk/print.h>

struct irq_handler {
	irq_handler_func_t func;	/* null: free */
	void *arg;
	unsigned long irq;
};

static struct irq_handler handlers[CONFIG_KVM_MAX_IRQ_HANDLERS];
static const struct kvm_gic *gic;

/** Called from the IRQ vector: one interrupt after the other until none is left. */
static void dispatch(void)
{
	unsigned long irq;

	while ((irq = gic->acknowledge()) < 1020) {
		int handled = 0;

		for (unsigned int i = 0; i < ARRAY_SIZE(handlers) && !handled; i++)
			if (handlers[i].func && handlers[i].irq == irq)
				handled = handlers[i].func(handlers[i].arg);
		if (!handled) {
			/* It would come again at once, for ever. */
			uk_pr_crit("Interrupt %lu has no handler: masked\n", irq);
			gic->disable(irq);
		}
		gic->end(irq);
	}
}

static int bring_up(void)
{
#ifdef CONFIG_KVM_GICV2
	if (!gic)
		gic = kvm_gicv2_probe();
#endif
#ifdef CONFIG_KVM_GICV3
	if (!gic)
		gic = kvm_gicv3_probe();
#endif
	if (!gic)
		return -ENODEV;
	kvm_irq_dispatch = dispatch;
	return 0;
}

int ukplat_irq_register(unsigned long irq, irq_handler_func_t func, void *arg)
{
	unsigned long flags;
	int rc = -ENOMEM;

	if (!gic && bring_up() < 0)
		return -ENODEV;
	if (irq >= gic->lines)
		return -EINVAL;
	flags = ukplat_lcpu_save_irqf();
	for (unsigned int i = 0; i < ARRAY_SIZE(handlers); i++) {
		if (handlers[i].func)
			continue;
		handlers[i] = (struct irq_handler){ func, arg, irq };
		gic->enable(irq);
		rc = 0;
		break;
	}
	ukplat_lcpu_restore_irqf(flags);
	return rc;
}

int ukplat_irq_unregister(unsigned long irq, irq_handler_func_t func)
{
	unsigned long flags = ukplat_lcpu_save_irqf();
	struct irq_handler *found = 0;
	int others = 0;

	for (unsigned int i = 0; i < ARRAY_SIZE(handlers); i++) {
		if (!handlers[i].func || handlers[i].irq != irq)
			continue;
		if (handlers[i].func == func && !found)
			found = &handlers[i];
		else
			others++;
	}
	if (found) {
		found->func = 0;
		if (!others)
			gic->disable(irq);
	}
	ukplat_lcpu_restore_irqf(flags);
	return found ? 0 : -ENOENT;
}
