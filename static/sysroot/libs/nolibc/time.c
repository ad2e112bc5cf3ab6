/* SPDX-License-Identifier: BSD-3-Clause */
/** Clocks, and sleeping. */
#include <errno.h>
#include <sys/time.h>
#include <time.h>
#include <uk/config.h>
#include <uk/plat/lcpu.h>
#include <uk/plat/time.h>
#include <unistd.h>
#ifdef CONFIG_LIBUKSCHED
#include <uk/sched.h>
#endif

static struct timespec to_timespec(__nsec ns)
{
	return (struct timespec){ (time_t)ukarch_time_nsec_to_sec(ns),
				  (long)ukarch_time_subsec(ns) };
}

int clock_gettime(clockid_t clock, struct timespec *ts)
{
	if (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC) {
		errno = EINVAL;
		return -1;
	}
	*ts = to_timespec(clock == CLOCK_REALTIME ? ukplat_wall_clock()
						  : ukplat_monotonic_clock());
	return 0;
}

int clock_getres(clockid_t clock, struct timespec *ts)
{
	if (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC) {
		errno = EINVAL;
		return -1;
	}
	if (ts)
		*ts = (struct timespec){ 0, 1 };
	return 0;
}

int timespec_get(struct timespec *ts, int base)
{
	return base == TIME_UTC && clock_gettime(CLOCK_REALTIME, ts) == 0 ? base : 0;
}

int gettimeofday(struct timeval *restrict tv, void *restrict zone __unused)
{
	struct timespec ts = to_timespec(ukplat_wall_clock());

	*tv = (struct timeval){ ts.tv_sec, ts.tv_nsec / 1000 };
	return 0;
}

time_t time(time_t *t)
{
	time_t now = (time_t)ukarch_time_nsec_to_sec(ukplat_wall_clock());

	if (t)
		*t = now;
	return now;
}

clock_t clock(void)
{
	return (clock_t)ukarch_time_nsec_to_usec(ukplat_monotonic_clock());
}

static void sleep_for(__nsec ns)
{
	__nsec until = ukplat_monotonic_clock() + ns;
	unsigned long flags;

#ifdef CONFIG_LIBUKSCHED
	if (uk_thread_current()) {
		uk_sched_thread_sleep(ns);
		return;
	}
#endif
	flags = ukplat_lcpu_save_irqf();
	while (ukplat_monotonic_clock() < until)
		ukplat_lcpu_halt_irq_until(until);
	ukplat_lcpu_restore_irqf(flags);
}

int nanosleep(const struct timespec *request, struct timespec *remaining)
{
	if (request->tv_sec < 0 || request->tv_nsec < 0 || request->tv_nsec > 999999999) {
		errno = EINVAL;
		return -1;
	}
	sleep_for(ukarch_time_sec_to_nsec((__nsec)request->tv_sec) + (__nsec)request->tv_nsec);
	if (remaining)
		*remaining = (struct timespec){ 0, 0 };
	return 0;
}

unsigned int sleep(unsigned int seconds)
{
	sleep_for(ukarch_time_sec_to_nsec((__nsec)seconds));
	return 0;
}

int usleep(useconds_t microseconds)
{
	sleep_for(ukarch_time_usec_to_nsec((__nsec)microseconds));
	return 0;
}
