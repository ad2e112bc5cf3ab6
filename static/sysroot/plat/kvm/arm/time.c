/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * Time by the architecture's virtual timer: a counter that runs at CNTFRQ_EL0 ticks a second,
 * and a comparator that interrupts when the counter reaches CNTV_CVAL_EL0.
 */
#include <kvm/kvm.h>
#include <uk/arch/time.h>
#include <uk/plat/irq.h>
#include <uk/plat/lcpu.h>
#include <uk/plat/time.h>

#define TIMER_IRQ	27		/* PPI 11 */
#define CTL_ENABLE	1UL

/* PL031 real-time clock: the one register that we read, seconds since 1970. */
#define PL031_BASE	0x09010000
#define PL031_DR	0x000

static __u64 counter(void)
{
	isb();		/* or the CPU may read it early */
	return SYSREG_READ64(cntvct_el0);
}

/*
 * ticks * 10^9 / frequency without overflow: whole seconds and the rest apart.
 * The rest is below the frequency, which is a 32-bit number: the product fits.
 */
__nsec ukplat_monotonic_clock(void)
{
	__u64 ticks = counter();
	__u64 frequency = SYSREG_READ64(cntfrq_el0);

	return ticks / frequency * UKARCH_NSEC_PER_SEC
	       + ticks % frequency * UKARCH_NSEC_PER_SEC / frequency;
}

__nsec ukplat_wall_clock(void)
{
	/* Seconds of the real-time clock at boot, found once. */
	static __nsec offset;

	if (!offset) {
		volatile void *rtc = kvm_map_device(PL031_BASE, 0x1000);
		__nsec now = ukplat_monotonic_clock();

		offset = ukarch_time_sec_to_nsec(
				(__nsec)kvm_read32(rtc, PL031_DR)) - now;
	}
	return offset + ukplat_monotonic_clock();
}

__u32 ukplat_time_get_irq(void)
{
	return TIMER_IRQ;
}

/** The line stays up until the timer is told otherwise. */
static int timer_irq(void *arg __unused)
{
	SYSREG_WRITE64(cntv_ctl_el0, 0);
	return 1;
}

void ukplat_lcpu_halt_irq_until(__nsec until)
{
	static int registered;
	__u64 frequency = SYSREG_READ64(cntfrq_el0);
	__u64 seconds = until / UKARCH_NSEC_PER_SEC;
	__u64 rest = until % UKARCH_NSEC_PER_SEC;

	if (!registered) {
		ukplat_irq_register(TIMER_IRQ, timer_irq, 0);
		registered = 1;
	}
	/* Rounded up: waking too early would mean going to sleep again. */
	SYSREG_WRITE64(cntv_cval_el0, seconds * frequency +
		       DIV_ROUND_UP(rest * frequency, UKARCH_NSEC_PER_SEC));
	SYSREG_WRITE64(cntv_ctl_el0, CTL_ENABLE);
	isb();
	ukplat_lcpu_halt_irq();
	SYSREG_WRITE64(cntv_ctl_el0, 0);
}
