/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * A thread is a context (where to go on), a stack, and a state:
 *
 *	                block
 *	create  ->  RUNNABLE  <=======>  blocked (maybe until a time)
 *	                |       wake
 *	                | exit, terminate
 *	                v
 *	             EXITED  ->  released
 */
#ifndef __UK_THREAD_H__
#define __UK_THREAD_H__

#include <stdbool.h>
#include <stdint.h>
#include <uk/alloc.h>
#include <uk/arch/ctx.h>
#include <uk/arch/time.h>
#include <uk/essentials.h>
#include <uk/list.h>

struct uk_sched;
struct uk_thread;

typedef void (*uk_thread_dtor_t)(struct uk_thread *t);
/* In Unikraft these must not return; here returning is exiting. */
typedef void (*uk_thread_fn0_t)(void);
typedef void (*uk_thread_fn1_t)(void *arg);
typedef void (*uk_thread_fn2_t)(void *arg0, void *arg1);

#define UK_THREADF_RUNNABLE	0x004
#define UK_THREADF_EXITED	0x008
#define UK_THREADF_JOINABLE	0x100	/* kept until uk_thread_wait() */

struct uk_thread {
	struct ukarch_ctx ctx;		/* while it does not run */
	UK_TAILQ_ENTRY(struct uk_thread) queue;	/* in a queue of the scheduler */
	__u32 flags;			/* UK_THREADF_* */
	int saved_errno;
	__nsec wakeup_time;		/* 0: not sleeping */
	struct uk_sched *sched;
	const char *name;		/* may be 0 */
	void *priv;			/* yours */
	uk_thread_dtor_t dtor;
	uk_thread_fn2_t fn;
	void *arg[2];
	struct uk_thread *all_next;	/* in uk_thread_all */
	struct uk_thread *joiner;	/* who waits for the end */
	struct {
		struct uk_alloc *a;	/* gave what follows; 0: not ours to free */
		void *guard;		/* page below the stack, may be 0 */
		void *stack;		/* lowest byte */
		__sz stack_len;
	} _mem;
};

UK_TAILQ_HEAD(uk_thread_list, struct uk_thread);

/** All threads, newest first. */
extern struct uk_thread *uk_thread_all;

/** The thread that runs; use uk_thread_current(). */
extern struct uk_thread *__uk_sched_thread_current;

static inline struct uk_thread *uk_thread_current(void)
{
	return __uk_sched_thread_current;
}

#define uk_thread_is_runnable(t)	(((t)->flags & UK_THREADF_RUNNABLE) != 0)
#define uk_thread_is_exited(t)		(((t)->flags & UK_THREADF_EXITED) != 0)
#define uk_thread_is_blocked(t) \
	(((t)->flags & (UK_THREADF_RUNNABLE | UK_THREADF_EXITED)) == 0)

/**
 * Makes a thread with a stack of its own, which no scheduler knows yet.
 *
 * @param a gives the memory
 * @param stack_len bytes, 0 for CONFIG_STACK_SIZE_PAGE_ORDER
 * @param name is not copied
 * @return null when there is not enough memory
 */
struct uk_thread *uk_thread_create_fn2(struct uk_alloc *a, uk_thread_fn2_t fn,
				       void *arg0, void *arg1, __sz stack_len,
				       const char *name, void *priv,
				       uk_thread_dtor_t dtor);

/** Frees a thread that has exited, or that never got to a scheduler. */
void uk_thread_release(struct uk_thread *t);

/** Takes a thread off the CPU until somebody wakes it, or until a time. The running thread goes on until it yields. */
void uk_thread_block(struct uk_thread *t);
void uk_thread_block_until(struct uk_thread *t, __nsec until);
void uk_thread_block_timeout(struct uk_thread *t, __nsec nsec);

/** Makes a blocked thread runnable. Interrupt handlers may call it. */
void uk_thread_wake(struct uk_thread *t);

/**
 * Waits until a thread has exited, and releases it. The thread must have been created joinable
 * (uk_sched_thread_create_joinable), others are released by themselves. One waiter.
 */
void uk_thread_wait(struct uk_thread *t);

#define uk_thread_exit()		uk_sched_thread_exit()
#define uk_thread_terminate(t)		uk_sched_thread_terminate(t)

#endif /* __UK_THREAD_H__ */
