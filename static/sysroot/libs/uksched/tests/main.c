/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uk/mutex.h>
#include <uk/plat/time.h>
#include <uk/sched.h>
#include <uk/semaphore.h>
#include <uk/test.h>

#define MSEC(n)	ukarch_time_msec_to_nsec((__nsec)(n))

static char log_text[200];

static void note(const char *what)
{
	strcat(log_text, what);
}

static struct uk_thread *start(void (*fn)(void *), const void *arg)
{
	return uk_sched_thread_create_joinable(uk_sched_current(), fn, (void *)arg, arg);
}

static void say_twice(void *arg)
{
	note(arg);
	uk_sched_yield();
	note(arg);
}

UK_TESTCASE(sched, takes_turns)
{
	struct uk_thread *a, *b;

	log_text[0] = '\0';
	a = start(say_twice, "a");
	b = start(say_twice, "b");
	note("m");
	uk_sched_yield();
	note("m");
	uk_thread_wait(a);
	uk_thread_wait(b);
	UK_TEST_EXPECT(strcmp(log_text, "mabmab") == 0);
}

static void sleep_and_say(void *arg)
{
	uk_sched_thread_sleep(MSEC(atoi(arg)));
	note(arg);
}

UK_TESTCASE(sched, wakes_sleepers_in_order_of_time)
{
	__nsec before = ukplat_monotonic_clock();
	struct uk_thread *t[3];

	log_text[0] = '\0';
	t[0] = start(sleep_and_say, "30");
	t[1] = start(sleep_and_say, "10");
	t[2] = start(sleep_and_say, "20");
	for (int i = 0; i < 3; i++)
		uk_thread_wait(t[i]);
	UK_TEST_EXPECT(strcmp(log_text, "102030") == 0);
	UK_TEST_EXPECT(ukplat_monotonic_clock() - before >= MSEC(30));
}

static void compute(void *arg)
{
	double volatile x = atoi(arg);

	for (int i = 0; i < 50; i++) {
		x = x * 1.5;
		uk_sched_yield();
		x = x / 1.5;
	}
	if (x == atoi(arg))
		note("=");
	errno = atoi(arg);
	uk_sched_yield();
	if (errno == atoi(arg))
		note("e");
}

UK_TESTCASE(sched, keeps_floating_point_and_errno_apart)
{
	struct uk_thread *a = start(compute, "3"), *b = start(compute, "17");

	log_text[0] = '\0';
	uk_thread_wait(a);
	uk_thread_wait(b);
	UK_TEST_EXPECT(strcmp(log_text, "==ee") == 0);
}

static void nothing(void *arg)
{
	(void)arg;
}

UK_TESTCASE(sched, frees_threads_that_have_exited)
{
	struct uk_alloc *a = uk_alloc_get_default();
	__ssz before;

	uk_sched_thread_create(uk_sched_current(), nothing, 0, "first");
	uk_sched_yield();
	uk_sched_yield();
	before = uk_alloc_availmem(a);
	for (int i = 0; i < 100; i++) {
		UK_TEST_ASSERT(uk_sched_thread_create(uk_sched_current(), nothing, 0, "short"));
		uk_sched_yield();
	}
	uk_sched_yield();
	UK_TEST_EXPECT(uk_alloc_availmem(a) == before);
}

static void forever(void *arg)
{
	(void)arg;
	for (;;)
		uk_sched_yield();
}

UK_TESTCASE(sched, terminates_other_threads)
{
	struct uk_thread *t[2];

	t[0] = start(forever, "runs");
	t[1] = start(sleep_and_say, "100000");
	uk_sched_yield();
	for (int i = 0; i < 2; i++) {
		uk_sched_thread_terminate(t[i]);
		UK_TEST_EXPECT(uk_thread_is_exited(t[i]));
		uk_thread_wait(t[i]);
	}
}

static struct uk_mutex mutex = UK_MUTEX_INITIALIZER(mutex);
static int inside, most;

static void enter(void *arg)
{
	for (int i = 0; i < 5; i++) {
		uk_mutex_lock(&mutex);
		inside++;
		if (inside > most)
			most = inside;
		uk_sched_yield();
		inside--;
		note(arg);
		uk_mutex_unlock(&mutex);
	}
}

UK_TESTCASE(lock, mutex_lets_one_at_a_time_through_and_is_fair)
{
	struct uk_thread *a, *b;

	log_text[0] = '\0';
	a = start(enter, "a");
	b = start(enter, "b");
	uk_thread_wait(a);
	uk_thread_wait(b);
	UK_TEST_EXPECT(most == 1);
	UK_TEST_EXPECT(strcmp(log_text, "ababababab") == 0);
	UK_TEST_EXPECT(uk_mutex_trylock(&mutex) && !uk_mutex_trylock(&mutex));
	uk_mutex_unlock(&mutex);
	UK_TEST_EXPECT(!uk_mutex_is_locked(&mutex));
}

UK_TESTCASE(lock, recursive_mutex_counts)
{
	struct uk_mutex m;

	uk_mutex_init_config(&m, UK_MUTEX_CONFIG_RECURSE);
	uk_mutex_lock(&m);
	uk_mutex_lock(&m);
	uk_mutex_unlock(&m);
	UK_TEST_EXPECT(uk_mutex_is_locked(&m));
	uk_mutex_unlock(&m);
	UK_TEST_EXPECT(!uk_mutex_is_locked(&m));
}

static struct uk_semaphore items = UK_SEMAPHORE_INITIALIZER(items, 0);

static void produce(void *arg)
{
	for (int i = 0; i < atoi(arg); i++) {
		uk_sched_yield();
		uk_semaphore_up(&items);
	}
}

UK_TESTCASE(lock, semaphore_counts)
{
	struct uk_thread *t = start(produce, "3");

	UK_TEST_EXPECT(!uk_semaphore_down_try(&items));
	for (int i = 0; i < 3; i++)
		uk_semaphore_down(&items);
	UK_TEST_EXPECT(!uk_semaphore_down_try(&items));
	UK_TEST_EXPECT(uk_semaphore_down_to(&items, MSEC(5)) == __NSEC_MAX);
	uk_semaphore_up(&items);
	UK_TEST_EXPECT(uk_semaphore_down_to(&items, MSEC(5)) != __NSEC_MAX);
	uk_thread_wait(t);
}

int main(void)
{
	printf("%d failed\n", uk_test_failures());
	return 0;
}
