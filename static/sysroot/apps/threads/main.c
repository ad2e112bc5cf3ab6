/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Threads that sleep, and threads that share something.
 *
 * The scheduler is cooperative: a thread runs until it sleeps, waits or yields. So this
 * program prints the same lines in the same order on every run: who wakes when is all
 * that decides.
 */
#include <stdio.h>
#include <uk/config.h>
#include <uk/mutex.h>
#include <uk/plat/time.h>
#include <uk/sched.h>

#define MSEC(n)	ukarch_time_msec_to_nsec((__nsec)(n))

/* Part 1: each sleeps for a time of its own. */

static __nsec start;

static void sleeper(void *arg)
{
	long number = (long)arg;

	for (int round = 1; round <= CONFIG_APPTHREADS_ROUNDS; round++) {
		/* Until a point in time, not for a time: what printing takes does not add up,
		 * and the order of the lines is the same on the slowest machine. */
		uk_thread_block_until(uk_thread_current(),
				      start + MSEC(30 * number * round + 7 * number));
		uk_sched_yield();
		printf("%s: round %d\n", uk_thread_current()->name, round);
	}
}

/* Part 2: all take from one account, which must not go below zero. */

static int balance = 10;
static struct uk_mutex account = UK_MUTEX_INITIALIZER(account);

static void spender(void *arg)
{
	(void)arg;
	for (int round = 0; round < CONFIG_APPTHREADS_ROUNDS; round++) {
#ifdef CONFIG_APPTHREADS_MUTEX
		uk_mutex_lock(&account);
#endif
		if (balance >= 4) {
			/* Looking is one thing, taking another: here somebody else may run. */
			uk_sched_yield();
			balance -= 4;
			printf("%s takes 4, %d left\n", uk_thread_current()->name, balance);
		}
#ifdef CONFIG_APPTHREADS_MUTEX
		uk_mutex_unlock(&account);
#endif
		uk_sched_yield();
	}
}

/* Starts a crew and waits until the last of it is done. */
static void run(void (*job)(void *), char names[][12], const char *kind)
{
	struct uk_thread *crew[CONFIG_APPTHREADS_WORKERS];

	for (long i = 0; i < CONFIG_APPTHREADS_WORKERS; i++) {
		snprintf(names[i], 12, "%s %ld", kind, i + 1);
		crew[i] = uk_sched_thread_create_joinable(uk_sched_current(), job,
							  (void *)(i + 1), names[i]);
		if (!crew[i]) {
			printf("No memory for %s\n", names[i]);
			return;
		}
	}
	for (int i = 0; i < CONFIG_APPTHREADS_WORKERS; i++)
		uk_thread_wait(crew[i]);
}

int main(void)
{
	static char names[CONFIG_APPTHREADS_WORKERS][12];

	start = ukplat_monotonic_clock();
	run(sleeper, names, "sleeper");
	run(spender, names, "spender");
	printf("All done, balance %d.\n", balance);
	return 0;
}
