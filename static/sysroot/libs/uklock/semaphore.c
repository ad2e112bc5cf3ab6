/* SPDX-License-Identifier: BSD-3-Clause */
#include <uk/semaphore.h>

void uk_semaphore_init(struct uk_semaphore *s, long count)
{
	s->count = count;
	uk_waitq_init(&s->wait);
}

int uk_semaphore_down_try(struct uk_semaphore *s)
{
	unsigned long flags = ukplat_lcpu_save_irqf();
	int taken = s->count > 0;

	s->count -= taken;
	ukplat_lcpu_restore_irqf(flags);
	return taken;
}

void uk_semaphore_down(struct uk_semaphore *s)
{
	uk_waitq_wait_event(&s->wait, uk_semaphore_down_try(s));
}

__nsec uk_semaphore_down_to(struct uk_semaphore *s, __nsec timeout)
{
	__nsec start = ukplat_monotonic_clock();

	if (uk_waitq_wait_event_deadline(&s->wait, uk_semaphore_down_try(s),
					 start + timeout))
		return __NSEC_MAX;
	return ukplat_monotonic_clock() - start;
}

void uk_semaphore_up(struct uk_semaphore *s)
{
	unsigned long flags = ukplat_lcpu_save_irqf();

	s->count++;
	uk_waitq_wake_up_one(&s->wait);
	ukplat_lcpu_restore_irqf(flags);
}
