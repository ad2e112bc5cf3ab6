/* SPDX-License-Identifier: BSD-3-Clause */
#include <uk/wait.h>

void __uk_waitq_block(struct uk_waitq *wq, __nsec deadline)
{
	struct uk_waitq_entry entry = { .waiting = true, .thread = uk_thread_current() };

	/* The entry is on our stack, so it must be out of the queue when we return. */
	UK_TAILQ_INSERT_TAIL(&wq->wait_list, &entry, thread_list);
	uk_thread_block_until(entry.thread, deadline);
	uk_sched_yield();
	if (UK_READ_ONCE(entry.waiting))
		UK_TAILQ_REMOVE(&wq->wait_list, &entry, thread_list);
}

void uk_waitq_wake_up_one(struct uk_waitq *wq)
{
	unsigned long flags = ukplat_lcpu_save_irqf();
	struct uk_waitq_entry *entry = UK_TAILQ_FIRST(&wq->wait_list);

	if (entry) {
		UK_TAILQ_REMOVE(&wq->wait_list, entry, thread_list);
		entry->waiting = false;
		uk_thread_wake(entry->thread);
	}
	ukplat_lcpu_restore_irqf(flags);
}

void uk_waitq_wake_up(struct uk_waitq *wq)
{
	unsigned long flags = ukplat_lcpu_save_irqf();

	while (!uk_waitq_empty(wq))
		uk_waitq_wake_up_one(wq);
	ukplat_lcpu_restore_irqf(flags);
}
