/* SPDX-License-Identifier: BSD-3-Clause */
#include <uk/mutex.h>

void uk_mutex_init_config(struct uk_mutex *m, unsigned int flags)
{
	m->lock_count = 0;
	m->flags = flags;
	m->owner = 0;
	uk_waitq_init(&m->wait);
}

static int try(struct uk_mutex *m, struct uk_thread *self)
{
	if (m->lock_count > 0 &&
	    (m->owner != self || !(m->flags & UK_MUTEX_CONFIG_RECURSE)))
		return 0;
	m->owner = self;
	m->lock_count++;
	return 1;
}

void uk_mutex_lock(struct uk_mutex *m)
{
	struct uk_thread *self = uk_thread_current();

	/* Who waits for himself waits for ever. */
	UK_ASSERT(m->owner != self || (m->flags & UK_MUTEX_CONFIG_RECURSE));
	/* unlock() hands the mutex over, so that no one can slip in before
	 * those who wait. */
	if (!try(m, self))
		uk_waitq_wait_event(&m->wait, m->owner == self);
}

int uk_mutex_trylock(struct uk_mutex *m)
{
	return try(m, uk_thread_current());
}

void uk_mutex_unlock(struct uk_mutex *m)
{
	struct uk_waitq_entry *first;

	UK_ASSERT(m->lock_count > 0 && m->owner == uk_thread_current());
	if (--m->lock_count > 0)
		return;
	first = UK_TAILQ_FIRST(&m->wait.wait_list);
	m->owner = 0;
	if (first) {
		m->owner = first->thread;
		m->lock_count = 1;
		uk_waitq_wake_up_one(&m->wait);
	}
}
