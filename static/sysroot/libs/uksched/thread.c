/* SPDX-License-Identifier: BSD-3-Clause */
/** Threads as such: making, blocking, waking, releasing. */
#include <string.h>
#include <uk/arch/limits.h>
#include <uk/plat/lcpu.h>
#include <uk/plat/paging.h>
#include <uk/plat/time.h>
#include <uk/sched.h>

struct uk_thread *uk_thread_all;

/** First function of every thread. */
static void start(long arg)
{
	struct uk_thread *t = (struct uk_thread *)arg;

	/* Whoever switched here had interrupts masked. */
	ukplat_lcpu_enable_irq();
	t->fn(t->arg[0], t->arg[1]);
	uk_sched_thread_exit();
}

/** A stack, above a page that may not be touched. */
static int allocate_stack(struct uk_thread *t, struct uk_alloc *a, __sz len)
{
	char *pages;

	t->_mem.a = a;
	t->_mem.stack_len = ALIGN_UP(len ? len : __STACK_SIZE, PAGE_SIZE);
#ifdef CONFIG_LIBUKSCHED_STACK_GUARD
	pages = uk_palloc(a, 1 + t->_mem.stack_len / PAGE_SIZE);
	if (!pages)
		return -ENOMEM;
	if (ukplat_page_unmap(ukplat_pt_get_active(), (__vaddr_t)pages, 1, 0) == 0)
		t->_mem.guard = pages;
	t->_mem.stack = pages + PAGE_SIZE;
#else
	pages = uk_palloc(a, t->_mem.stack_len / PAGE_SIZE);
	if (!pages)
		return -ENOMEM;
	t->_mem.stack = pages;
#endif
	return 0;
}

static void free_stack(struct uk_thread *t)
{
#ifdef CONFIG_LIBUKSCHED_STACK_GUARD
	char *pages = (char *)t->_mem.stack - PAGE_SIZE;

	if (t->_mem.guard)
		ukplat_page_map(ukplat_pt_get_active(), (__vaddr_t)pages,
				(__paddr_t)pages, 1, PAGE_ATTR_PROT_RW, 0);
	uk_pfree(t->_mem.a, pages, 1 + t->_mem.stack_len / PAGE_SIZE);
#else
	uk_pfree(t->_mem.a, t->_mem.stack, t->_mem.stack_len / PAGE_SIZE);
#endif
}

struct uk_thread *uk_thread_create_fn2(struct uk_alloc *a, uk_thread_fn2_t fn,
				       void *arg0, void *arg1, __sz stack_len,
				       const char *name, void *priv,
				       uk_thread_dtor_t dtor)
{
	struct uk_thread *t = uk_zalloc(a, sizeof(*t));

	if (!t)
		return 0;
	if (allocate_stack(t, a, stack_len) < 0) {
		uk_free(a, t);
		return 0;
	}
	t->name = name;
	t->priv = priv;
	t->dtor = dtor;
	t->fn = fn;
	t->arg[0] = arg0;
	t->arg[1] = arg1;
	t->flags = UK_THREADF_RUNNABLE;
	t->all_next = uk_thread_all;
	uk_thread_all = t;
	ukarch_ctx_init_entry1(&t->ctx, (__uptr)t->_mem.stack + t->_mem.stack_len, 0,
			       start, (long)t);
	return t;
}

void uk_thread_release(struct uk_thread *t)
{
	struct uk_thread **link = &uk_thread_all;

	UK_ASSERT(t != uk_thread_current());
	while (*link && *link != t)
		link = &(*link)->all_next;
	if (*link)
		*link = t->all_next;
	if (t->dtor)
		t->dtor(t);
	if (t->_mem.a) {
		free_stack(t);
		uk_free(t->_mem.a, t);
	}
}

void uk_thread_block_until(struct uk_thread *t, __nsec until)
{
	unsigned long flags = ukplat_lcpu_save_irqf();

	if (uk_thread_is_runnable(t)) {
		t->flags &= ~(__u32)UK_THREADF_RUNNABLE;
		t->wakeup_time = until;
		if (t->sched)
			t->sched->thread_blocked(t->sched, t);
	}
	ukplat_lcpu_restore_irqf(flags);
}

void uk_thread_block(struct uk_thread *t)
{
	uk_thread_block_until(t, 0);
}

void uk_thread_block_timeout(struct uk_thread *t, __nsec nsec)
{
	uk_thread_block_until(t, ukplat_monotonic_clock() + nsec);
}

void uk_thread_wake(struct uk_thread *t)
{
	unsigned long flags = ukplat_lcpu_save_irqf();

	if (uk_thread_is_blocked(t)) {
		t->flags |= UK_THREADF_RUNNABLE;
		if (t->sched)
			t->sched->thread_woken(t->sched, t);
		t->wakeup_time = 0;
	}
	ukplat_lcpu_restore_irqf(flags);
}

void uk_thread_wait(struct uk_thread *t)
{
	struct uk_thread *current = uk_thread_current();

	UK_ASSERT(t->flags & UK_THREADF_JOINABLE);
	t->joiner = current;
	while (!uk_thread_is_exited(t)) {
		uk_thread_block(current);
		uk_sched_yield();
	}
	uk_thread_release(t);
}
