/* SPDX-License-Identifier: BSD-3-Clause */
/** What is common to schedulers, and the calls that threads make. */
#ifndef __UK_SCHED_H__
#define __UK_SCHED_H__

#include <uk/thread.h>

struct uk_sched;

typedef void (*uk_sched_yield_func_t)(struct uk_sched *s);
typedef int (*uk_sched_thread_add_func_t)(struct uk_sched *s, struct uk_thread *t);
typedef void (*uk_sched_thread_remove_func_t)(struct uk_sched *s, struct uk_thread *t);
typedef void (*uk_sched_thread_blocked_func_t)(struct uk_sched *s, struct uk_thread *t);
typedef void (*uk_sched_thread_woken_func_t)(struct uk_sched *s, struct uk_thread *t);
typedef int (*uk_sched_start_t)(struct uk_sched *s, struct uk_thread *main);

/** A scheduler: a table of functions that begins its own data. All but yield are called with interrupts masked. */
struct uk_sched {
	uk_sched_yield_func_t yield;
	uk_sched_thread_add_func_t thread_add;
	uk_sched_thread_remove_func_t thread_remove;
	uk_sched_thread_blocked_func_t thread_blocked;
	uk_sched_thread_woken_func_t thread_woken;
	uk_sched_start_t sched_start;

	bool is_started;
	struct uk_thread_list exited_threads;	/* to be released */
	struct uk_alloc *a;			/* of threads and stacks */
	struct uk_sched *next;
};

extern struct uk_sched *uk_sched_head;

/** Appends a scheduler to the list; the first is the default. */
int uk_sched_register(struct uk_sched *s);

static inline struct uk_sched *uk_sched_get_default(void)
{
	return uk_sched_head;
}

/** The scheduler of the running thread. */
static inline struct uk_sched *uk_sched_current(void)
{
	struct uk_thread *current = uk_thread_current();

	return current ? current->sched : 0;
}

/** Makes the caller a thread, "main", of the scheduler. */
int uk_sched_start(struct uk_sched *s);

/** Lets others run. Returns when it is the caller's turn again. */
static inline void uk_sched_yield(void)
{
	struct uk_sched *s = uk_sched_current();

	UK_ASSERT(s);
	s->yield(s);
}

/** Hands a thread over to a scheduler. */
int uk_sched_thread_add(struct uk_sched *s, struct uk_thread *t);

/** A thread that runs `fn(arg)`, with the default stack. Null when there is no memory. It is released by itself. */
struct uk_thread *uk_sched_thread_create_fn1(struct uk_sched *s, uk_thread_fn1_t fn,
					     void *argp, __sz stack_len,
					     bool no_uktls, bool no_ectx,
					     const char *name, void *priv,
					     uk_thread_dtor_t dtor);

#define uk_sched_thread_create(s, fn1, argp, name) \
	uk_sched_thread_create_fn1((s), (fn1), (void *)(argp), 0, false, false, \
				   (name), 0, 0)

/** Same, for a thread that somebody will uk_thread_wait() for. */
struct uk_thread *uk_sched_thread_create_joinable(struct uk_sched *s,
						  uk_thread_fn1_t fn, void *argp,
						  const char *name);

#define uk_thread_create(name, fn1, argp) \
	uk_sched_thread_create(uk_sched_get_default(), (fn1), (argp), (name))

/** Lets at least `nsec` nanoseconds pass. */
void uk_sched_thread_sleep(__nsec nsec);

/** Ends the calling thread. */
void __noreturn uk_sched_thread_exit(void);

/** Ends a thread, the calling one or another. What it holds, it keeps. */
void uk_sched_thread_terminate(struct uk_thread *t);

/* For schedulers */

/** Goes on with `next` until somebody switches back. */
void uk_sched_thread_switch(struct uk_thread *next);

/** Releases the threads that have exited, but for the one that runs. */
void uk_sched_thread_gc(struct uk_sched *s);

#endif /* __UK_SCHED_H__ */
