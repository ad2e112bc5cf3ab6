/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A drummer and a singer. The drummer is an interrupt: the physical timer of the CPU, number 30. The
 * singer is a thread that sleeps until there is a beat, and sings once for each.
 */
#include <stdio.h>
#include <uk/config.h>
#include <uk/plat/irq.h>
#include <uk/plat/time.h>
#include <uk/sched.h>
#include <uk/semaphore.h>

#define TIMER_IRQ	30

static struct uk_semaphore beat = UK_SEMAPHORE_INITIALIZER(beat, 0);
volatile int beats;	/* drummed */
int sung;	/* and sung to */

/* The counter runs at CNTFRQ_EL0 ticks a second; when it reaches CNTP_CVAL_EL0, the timer interrupts. */
static void next_beat(void)
{
	static unsigned long when;
	unsigned long frequency;

	__asm__ __volatile__("mrs %0, cntfrq_el0" : "=r"(frequency));
	/* From the last beat, not from now: what the handler takes must not add up. */
	if (!when)
		__asm__ __volatile__("isb\n\tmrs %0, cntpct_el0" : "=r"(when) :: "memory");
	when += frequency / 1000 * CONFIG_APPTIMER_MS;
	__asm__ __volatile__("msr cntp_cval_el0, %0\n\tmsr cntp_ctl_el0, %1\n\tisb"
			     :: "r"(when), "r"(1UL) : "memory");
}

static void silence(void)
{
	__asm__ __volatile__("msr cntp_ctl_el0, xzr\n\tisb" ::: "memory");
}

static int drum(void *arg)
{
	(void)arg;
	beats++;
	/* The line stays up until the timer has another time to wait for, or is off. */
	if (beats < CONFIG_APPTIMER_BEATS)
		next_beat();
	else
		silence();
	uk_semaphore_up(&beat);
	return 1;
}

static void sing(void *arg)
{
	(void)arg;
	while (sung < CONFIG_APPTIMER_BEATS) {
		while (beats <= sung)
			uk_sched_yield();
		sung++;
		printf("la %d\n", sung);
	}
}

int main(void)
{
	__nsec start = ukplat_monotonic_clock();
	struct uk_thread *singer = uk_sched_thread_create_joinable(uk_sched_current(), sing, 0, "singer");

	if (!singer || ukplat_irq_register(TIMER_IRQ, drum, 0) < 0)
		return 1;
	next_beat();
	uk_thread_wait(singer);
	printf("%d beats in %d ms\n", beats,
	       (int)((ukplat_monotonic_clock() - start) / 1000000));
	return 0;
}
