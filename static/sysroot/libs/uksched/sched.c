/* SPDX-License-Identifier: BSD-3-Clause */
/** What schedulers have in common. */
#include <errno.h>
#include <uk/arch/paging.h>
#include <uk/plat/lcpu.h>
#include <uk/plat/memory.h>
#include <uk/plat/time.h>
#include <uk/sched.h>

struct uk_sched *uk_sched_head;
struct uk_thread *__uk_sched_thread_current;

/* main() is a thread without having been created. */
static struct uk_thread main_thread;

int uk_sched_register(struct uk_sched *s)
{
	struct uk_sched **last = &uk_sched_head;

	while (*last)
		last = &(*last)->next;
	*last = s;
	s->next = 0;
	UK_TAILQ_INIT(&s->exited_threads);
	return 0;
}

/** The boot stack, by looking for where we are now. */
static void find_own_stack(struct uk_thread *t)
{
	struct ukplat_memregion_desc *region;
	__uptr here = (__uptr)__builtin_frame_address(0);

	ukplat_memregion_foreach(&region, UKPLAT_MEMRT_STACK, 0) {
		if (!IN_RANGE(here, region->vbase, region->len))
			continue;
		t->_mem.stack = (void *)region->vbase;
		t->_mem.stack_len = region->len;
		t->_mem.guard = (char *)region->vbase - PAGE_SIZE;
	}
}

int uk_sched_start(struct uk_sched *s)
{
	int rc;

	UK_ASSERT(!s->is_started && !uk_thread_current());
	main_thread.name = "main";
	main_thread.flags = UK_THREADF_RUNNABLE;
	main_thread.sched = s;
	main_thread.all_next = uk_thread_all;
	uk_thread_all = &main_thread;
	find_own_stack(&main_thread);
	rc = s->sched_start(s, &main_thread);
	if (rc < 0)
		return rc;
	__uk_sched_thread_current = &main_thread;
	s->is_started = true;
	return 0;
}

int uk_sched_thread_add(struct uk_sched *s, struct uk_thread *t)
{
	unsigned long flags = ukplat_lcpu_save_irqf();
	int rc;

	t->sched = s;
	rc = s->thread_add(s, t);
	ukplat_lcpu_restore_irqf(flags);
	return rc;
}

/** Functions of one argument are called with two; the second goes unnoticed. */
static struct uk_thread *create(struct uk_sched *s, uk_thread_fn1_t fn, void *argp,
				__sz stack_len, __u32 flags, const char *name,
				void *priv, uk_thread_dtor_t dtor)
{
	struct uk_thread *t;

	uk_sched_thread_gc(s);
	t = uk_thread_create_fn2(s->a, (uk_thread_fn2_t)(void *)fn, argp, 0,
				 stack_len, name, priv, dtor);
	if (!t)
		return 0;
	t->flags |= flags;
	if (uk_sched_thread_add(s, t) < 0) {
		uk_thread_release(t);
		return 0;
	}
	return t;
}

struct uk_thread *uk_sched_thread_create_fn1(struct uk_sched *s, uk_thread_fn1_t fn,
					     void *argp, __sz stack_len,
					     bool no_uktls __unused,
					     bool no_ectx __unused,
					     const char *name, void *priv,
					     uk_thread_dtor_t dtor)
{
	return create(s, fn, argp, stack_len, 0, name, priv, dtor);
}

struct uk_thread *uk_sched_thread_create_joinable(struct uk_sched *s,
						  uk_thread_fn1_t fn, void *argp,
						  const char *name)
{
	return create(s, fn, argp, 0, UK_THREADF_JOINABLE, name, 0, 0);
}

void uk_sched_thread_sleep(__nsec nsec)
{
	uk_thread_block_timeout(uk_thread_current(), nsec);
	uk_sched_yield();
}

void uk_sched_thread_terminate(struct uk_thread *t)
{
	struct uk_sched *s = t->sched;
	unsigned long flags = ukplat_lcpu_save_irqf();

	UK_ASSERT(!uk_thread_is_exited(t));
	s->thread_remove(s, t);
	t->flags = (t->flags & ~(__u32)UK_THREADF_RUNNABLE) | UK_THREADF_EXITED;
	if (t->joiner)
		uk_thread_wake(t->joiner);
	if (!(t->flags & UK_THREADF_JOINABLE))
		UK_TAILQ_INSERT_TAIL(&s->exited_threads, t, queue);
	if (t == uk_thread_current())
		s->yield(s);
	ukplat_lcpu_restore_irqf(flags);
}

void uk_sched_thread_exit(void)
{
	uk_sched_thread_terminate(uk_thread_current());
	UK_CRASH("A thread ran after its end");
}

void uk_sched_thread_gc(struct uk_sched *s)
{
	unsigned long flags = ukplat_lcpu_save_irqf();
	struct uk_thread *t, *next;

	UK_TAILQ_FOREACH_SAFE(t, &s->exited_threads, queue, next) {
		/* Nobody saws off the branch that he sits on. */
		if (t == uk_thread_current())
			continue;
		UK_TAILQ_REMOVE(&s->exited_threads, t, queue);
		uk_thread_release(t);
	}
	ukplat_lcpu_restore_irqf(flags);
}

void uk_sched_thread_switch(struct uk_thread *next)
{
	struct uk_thread *prev = uk_thread_current();

	prev->saved_errno = errno;
	__uk_sched_thread_current = next;
	ukarch_ctx_switch(&prev->ctx, &next->ctx);
	/* Back again: prev is the one that runs. */
	errno = prev->saved_errno;
}
