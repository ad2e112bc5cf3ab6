/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * Wait queues: threads that wait for a condition, and whoever makes it true wakes them.
 *
 *	waiter:	uk_waitq_wait_event(&wq, n > 0);
 *	waker:	n++; uk_waitq_wake_up(&wq);
 */
#ifndef __UK_WAIT_H__
#define __UK_WAIT_H__

#include <uk/list.h>
#include <uk/plat/lcpu.h>
#include <uk/plat/time.h>
#include <uk/sched.h>

struct uk_waitq_entry {
	bool waiting;
	struct uk_thread *thread;
	UK_TAILQ_ENTRY(struct uk_waitq_entry) thread_list;
};

struct uk_waitq {
	UK_TAILQ_HEAD(, struct uk_waitq_entry) wait_list;
};

#define __WAIT_QUEUE_INITIALIZER(name) \
	{ UK_TAILQ_HEAD_INITIALIZER((name).wait_list) }
#define DEFINE_WAIT_QUEUE(name)	struct uk_waitq name = __WAIT_QUEUE_INITIALIZER(name)

static inline void uk_waitq_init(struct uk_waitq *wq)
{
	UK_TAILQ_INIT(&wq->wait_list);
}

static inline bool uk_waitq_empty(struct uk_waitq *wq)
{
	return UK_TAILQ_EMPTY(&wq->wait_list);
}

/** One turn of waiting: blocks the caller in the queue until woken or `deadline` (0: none). Call with interrupts masked. */
void __uk_waitq_block(struct uk_waitq *wq, __nsec deadline);

/** Wakes all that wait, in their order. Interrupt handlers may call it. */
void uk_waitq_wake_up(struct uk_waitq *wq);

/** Wakes the one that has waited longest. */
void uk_waitq_wake_up_one(struct uk_waitq *wq);

/**
 * Waits until the condition is true, or the time `deadline` has come (0: for ever). The
 * condition is evaluated with interrupts masked. @return 0 when the condition is true, else 1
 */
#define uk_waitq_wait_event_deadline(wq, condition, deadline) ({		\
	__nsec __deadline = (deadline);						\
	unsigned long __flags = ukplat_lcpu_save_irqf();			\
	int __timed_out = 0;							\
	while (!(condition)) {							\
		if (__deadline && ukplat_monotonic_clock() >= __deadline) {	\
			__timed_out = 1;					\
			break;							\
		}								\
		__uk_waitq_block((wq), __deadline);				\
	}									\
	ukplat_lcpu_restore_irqf(__flags);					\
	__timed_out;								\
})

#define uk_waitq_wait_event(wq, condition) \
	((void)uk_waitq_wait_event_deadline((wq), (condition), 0))

#endif /* __UK_WAIT_H__ */
