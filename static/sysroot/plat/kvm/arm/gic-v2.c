/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * Generic Interrupt Controller, version 2 (Arm IHI 0048B).
 *
 * The distributor takes interrupts from devices and keeps, for each, whether it is enabled,
 * its priority and its CPU; the CPU interface hands the most urgent one to the CPU
 * and is told when it has been dealt with.
 */
#include <kvm/kvm.h>

#define GICD_CTLR		0x000
#define GICD_TYPER		0x004
#define GICD_ISENABLER		0x100
#define GICD_ICENABLER		0x180
#define GICD_IPRIORITYR		0x400
#define GICD_ITARGETSR		0x800

#define GICC_CTLR		0x000
#define GICC_PMR		0x004
#define GICC_IAR		0x00c
#define GICC_EOIR		0x010

static volatile void *gicd, *gicc;
/* What GICC_IAR said: software interrupts need the sender's number given back. */
static __u32 acknowledged;

static unsigned long acknowledge(void)
{
	acknowledged = kvm_read32(gicc, GICC_IAR);
	return acknowledged & 0x3ff;
}

static void end(unsigned long irq __unused)
{
	kvm_write32(gicc, GICC_EOIR, acknowledged);
}

static void enable(unsigned long irq)
{
	if (irq >= 32) {
		/* To the first CPU. A byte for each interrupt. */
		__sz at = GICD_ITARGETSR + (irq & ~3UL);
		unsigned int shift = (irq & 3) * 8;

		kvm_write32(gicd, at, (kvm_read32(gicd, at) & ~(0xffu << shift))
				      | 1u << shift);
	}
	kvm_write32(gicd, GICD_ISENABLER + irq / 32 * 4, 1u << irq % 32);
}

static void disable(unsigned long irq)
{
	kvm_write32(gicd, GICD_ICENABLER + irq / 32 * 4, 1u << irq % 32);
}

static struct kvm_gic driver = { acknowledge, end, enable, disable, 0 };

const struct kvm_gic *kvm_gicv2_probe(void)
{
	static const char compatible[] = "arm,cortex-a15-gic";
	__paddr_t base;
	__sz len;

	if (kvm_fdt_device(compatible, 1, &base, &len) < 0)
		return 0;
	gicc = kvm_map_device(base, len);
	kvm_fdt_device(compatible, 0, &base, &len);
	gicd = kvm_map_device(base, len);

	driver.lines = ((kvm_read32(gicd, GICD_TYPER) & 31) + 1) * 32;
	kvm_write32(gicd, GICD_CTLR, 1);
	kvm_write32(gicc, GICC_PMR, 0xff);	/* let every priority through */
	kvm_write32(gicc, GICC_CTLR, 1);
	return &driver;
}
