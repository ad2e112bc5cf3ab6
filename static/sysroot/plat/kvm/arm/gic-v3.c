/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * Generic Interrupt Controller, version 3 (Arm IHI 0069), for one CPU.
 *
 * As in version 2 there is a distributor for shared interrupts; each CPU has a
 * redistributor for its private ones, and the CPU interface is made of system registers.
 */
#include <kvm/kvm.h>

#define GICD_CTLR		0x0000
#define GICD_TYPER		0x0004
#define GICD_IGROUPR		0x0080
#define GICD_ISENABLER		0x0100
#define GICD_ICENABLER		0x0180
#define GICD_IROUTER		0x6000
#define GICD_CTLR_ARE_NS	(1 << 4)
#define GICD_CTLR_GRP1		(1 << 1)
#define GICD_CTLR_RWP		(1u << 31)

#define GICR_WAKER		0x0014
#define GICR_WAKER_SLEEP	(1 << 1)	/* ProcessorSleep */
#define GICR_WAKER_ASLEEP	(1 << 2)	/* ChildrenAsleep */
#define GICR_SGI		0x10000		/* second frame: private interrupts */

/* Names that assemblers know only with an architecture extension turned on. */
#define ICC_IAR1_EL1		S3_0_C12_C12_0
#define ICC_EOIR1_EL1		S3_0_C12_C12_1
#define ICC_PMR_EL1		S3_0_C4_C6_0
#define ICC_SRE_EL1		S3_0_C12_C12_5
#define ICC_IGRPEN1_EL1		S3_0_C12_C12_7

#define READ(reg)		SYSREG_READ64(reg)
#define WRITE(reg, v)		SYSREG_WRITE64(reg, v)

static volatile void *gicd, *gicr;

static unsigned long acknowledge(void)
{
	unsigned long irq = READ(ICC_IAR1_EL1) & 0xffffff;

	dsb(sy);
	return irq;
}

static void end(unsigned long irq)
{
	WRITE(ICC_EOIR1_EL1, irq);
	isb();
}

/** Private interrupts are enabled in the redistributor, shared ones in the distributor. */
static void set(unsigned long irq, __sz reg)
{
	volatile void *frame = irq < 32 ? (volatile char *)gicr + GICR_SGI : gicd;
	__sz word = irq / 32 * 4;
	__u32 bit = 1u << irq % 32;

	kvm_write32(frame, GICD_IGROUPR + word,
		    kvm_read32(frame, GICD_IGROUPR + word) | bit);
	kvm_write32(frame, reg + word, bit);
}

static void enable(unsigned long irq)
{
	if (irq >= 32) {
		kvm_write32(gicd, GICD_IROUTER + irq * 8, 0);
		kvm_write32(gicd, GICD_IROUTER + irq * 8 + 4, 0);
	}
	set(irq, GICD_ISENABLER);
}

static void disable(unsigned long irq)
{
	set(irq, GICD_ICENABLER);
}

static struct kvm_gic driver = { acknowledge, end, enable, disable, 0 };

const struct kvm_gic *kvm_gicv3_probe(void)
{
	static const char compatible[] = "arm,gic-v3";
	__paddr_t base;
	__sz len;

	if (kvm_fdt_device(compatible, 1, &base, &len) < 0)
		return 0;
	gicr = kvm_map_device(base, len);
	kvm_fdt_device(compatible, 0, &base, &len);
	gicd = kvm_map_device(base, len);

	driver.lines = ((kvm_read32(gicd, GICD_TYPER) & 31) + 1) * 32;
	kvm_write32(gicd, GICD_CTLR, GICD_CTLR_ARE_NS | GICD_CTLR_GRP1);
	while (kvm_read32(gicd, GICD_CTLR) & GICD_CTLR_RWP)
		;
	kvm_write32(gicr, GICR_WAKER,
		    kvm_read32(gicr, GICR_WAKER) & ~(__u32)GICR_WAKER_SLEEP);
	while (kvm_read32(gicr, GICR_WAKER) & GICR_WAKER_ASLEEP)
		;
	WRITE(ICC_SRE_EL1, READ(ICC_SRE_EL1) | 1);
	isb();
	WRITE(ICC_PMR_EL1, 0xff);
	WRITE(ICC_IGRPEN1_EL1, 1);
	isb();
	return &driver;
}
