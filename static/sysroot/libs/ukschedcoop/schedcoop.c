/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * Two queues: threads that can run, in the order in which they became able to, and threads
 * that sleep, the next to wake first. The running thread is in neither.
 *
 * There is no idle thread. When nobody can run, the thread that yielded last waits for
 * interrupts, on its own stack, until somebody can: perhaps itself.
 */
#include <uk/plat/lcpu.h>
#include <uk/plat/time.h>
#include <uk/schedcoop.h>

struct schedcoop {
	struct uk_sched sched;
	struct uk_thread_list run_queue;
	struct uk_thread_list sleep_queue;
};

static struct schedcoop *schedcoop_of(struct uk_sched *s)
{
	return __containerof(s, struct schedcoop, sched);
}

static void wake_sleepers(struct schedcoop *c)
{
	struct uk_thread *t, *next;
	__nsec now;

	if (UK_TAILQ_EMPTY(&c->sleep_queue))
		return;
	now = ukplat_monotonic_clock();
	UK_TAILQ_FOREACH_SAFE(t, &c->sleep_queue, queue, next) {
		if (t->wakeup_time > now)
			break;
		uk_thread_wake(t);
	}
}

static void schedcoop_yield(struct uk_sched *s)
{
	struct schedcoop *c = schedcoop_of(s);
	struct uk_thread *current = uk_thread_current(), *next;
	unsigned long flags = ukplat_lcpu_save_irqf();

	uk_sched_thread_gc(s);
	for (;;) {
		wake_sleepers(c);
		next = UK_TAILQ_FIRST(&c->run_queue);
		if (next) {
			UK_TAILQ_REMOVE(&c->run_queue, next, queue);
			if (uk_thread_is_runnable(current))
				UK_TAILQ_INSERT_TAIL(&c->run_queue, current, queue);
			uk_sched_thread_switch(next);
			break;
		}
		if (uk_thread_is_runnable(current))
			break;
		if (UK_TAILQ_EMPTY(&c->sleep_queue))
			ukplat_lcpu_halt_irq();
		else
			ukplat_lcpu_halt_irq_until(
				UK_TAILQ_FIRST(&c->sleep_queue)->wakeup_time);
	}
	ukplat_lcpu_restore_irqf(flags);
}

static int schedcoop_add(struct uk_sched *s, struct uk_thread *t)
{
	if (uk_thread_is_runnable(t))
		UK_TAILQ_INSERT_TAIL(&schedcoop_of(s)->run_queue, t, queue);
	return 0;
}

/** Out of whichever queue it is in. */
static void schedcoop_remove(struct uk_sched *s, struct uk_thread *t)
{
	struct schedcoop *c = schedcoop_of(s);

	if (t != uk_thread_current() && uk_thread_is_runnable(t))
		UK_TAILQ_REMOVE(&c->run_queue, t, queue);
	else if (uk_thread_is_blocked(t) && t->wakeup_time)
		UK_TAILQ_REMOVE(&c->sleep_queue, t, queue);
}

static void schedcoop_blocked(struct uk_sched *s, struct uk_thread *t)
{
	struct schedcoop *c = schedcoop_of(s);
	struct uk_thread *later;

	if (t != uk_thread_current())
		UK_TAILQ_REMOVE(&c->run_queue, t, queue);
	if (!t->wakeup_time)
		return;
	UK_TAILQ_FOREACH(later, &c->sleep_queue, queue)
		if (later->wakeup_time > t->wakeup_time)
			break;
	if (later)
		UK_TAILQ_INSERT_BEFORE(later, t, queue);
	else
		UK_TAILQ_INSERT_TAIL(&c->sleep_queue, t, queue);
}

static void schedcoop_woken(struct uk_sched *s, struct uk_thread *t)
{
	struct schedcoop *c = schedcoop_of(s);

	if (t->wakeup_time)
		UK_TAILQ_REMOVE(&c->sleep_queue, t, queue);
	if (t != uk_thread_current())
		UK_TAILQ_INSERT_TAIL(&c->run_queue, t, queue);
}

static int schedcoop_start(struct uk_sched *s __unused, struct uk_thread *main __unused)
{
	return 0;
}

struct uk_sched *uk_schedcoop_create(struct uk_alloc *a)
{
	struct schedcoop *c = uk_zalloc(a, sizeof(*c));

	if (!c)
		return 0;
	UK_TAILQ_INIT(&c->run_queue);
	UK_TAILQ_INIT(&c->sleep_queue);
	c->sched.yield = schedcoop_yield;
	c->sched.thread_add = schedcoop_add;
	c->sched.thread_remove = schedcoop_remove;
	c->sched.thread_blocked = schedcoop_blocked;
	c->sched.thread_woken = schedcoop_woken;
	c->sched.sched_start = schedcoop_start;
	c->sched.a = a;
	uk_sched_register(&c->sched);
	return &c->sched;
}
