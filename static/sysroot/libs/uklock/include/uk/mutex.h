/* SPDX-License-Identifier: BSD-3-Clause */
/** Mutual exclusion between threads. Not for interrupt handlers. */
#ifndef __UK_MUTEX_H__
#define __UK_MUTEX_H__

#include <uk/wait.h>

#define UK_MUTEX_CONFIG_RECURSE	0x01	/* the owner may lock it again */

struct uk_mutex {
	int lock_count;
	unsigned int flags;
	struct uk_thread *owner;
	struct uk_waitq wait;
};

#define UK_MUTEX_INITIALIZER(name)	{ 0, 0, 0, __WAIT_QUEUE_INITIALIZER((name).wait) }
#define UK_MUTEX_INITIALIZER_RECURSIVE(name) \
	{ 0, UK_MUTEX_CONFIG_RECURSE, 0, __WAIT_QUEUE_INITIALIZER((name).wait) }

void uk_mutex_init_config(struct uk_mutex *m, unsigned int flags);
#define uk_mutex_init(m)	uk_mutex_init_config((m), 0)

/** Waits until nobody else holds the mutex, and takes it. Waiters get it in the order in which they came. */
void uk_mutex_lock(struct uk_mutex *m);

/** Takes the mutex if it can be had at once. @return 1, or 0 */
int uk_mutex_trylock(struct uk_mutex *m);

/** Gives the mutex back; the next that waits has it then. */
void uk_mutex_unlock(struct uk_mutex *m);

static inline int uk_mutex_is_locked(struct uk_mutex *m)
{
	return m->lock_count > 0;
}

#endif /* __UK_MUTEX_H__ */
