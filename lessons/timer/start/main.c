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
int beats;	/* drummed */
int sung;	/* and sung to */

/* The counter runs at CNTFRQ_EL0 ticks a second; when it reaches CNTP_CVAL_EL0, the timer interrupts. */
static void next_beat(void)
{
}

static int drum(void *arg)
{
	(void)arg;
	return 1;
}

static void sing(void *arg)
{
	(void)arg;
	while (sung < CONFIG_APPTIMER_BEATS) {
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
