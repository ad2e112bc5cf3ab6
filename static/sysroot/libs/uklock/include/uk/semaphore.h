/* SPDX-License-Identifier: BSD-3-Clause */
/** Counting semaphores. Interrupt handlers may call up and down_try. */
#ifndef __UK_SEMAPHORE_H__
#define __UK_SEMAPHORE_H__

#include <uk/wait.h>

struct uk_semaphore {
	long count;
	struct uk_waitq wait;
};

#define UK_SEMAPHORE_INITIALIZER(name, n) \
	{ (n), __WAIT_QUEUE_INITIALIZER((name).wait) }

void uk_semaphore_init(struct uk_semaphore *s, long count);

/** Takes one; waits while there is none. */
void uk_semaphore_down(struct uk_semaphore *s);

/** Takes one if there is one. @return 1, or 0 */
int uk_semaphore_down_try(struct uk_semaphore *s);

/** Takes one, but waits at most `timeout` ns. @return time that was spent waiting, __NSEC_MAX when there was none to have */
__nsec uk_semaphore_down_to(struct uk_semaphore *s, __nsec timeout);

/** Adds one. */
void uk_semaphore_up(struct uk_semaphore *s);

#endif /* __UK_SEMAPHORE_H__ */
