/* SPDX-License-Identifier: BSD-3-Clause */
/** Time. The zone is UTC. */
#ifndef __TIME_H__
#define __TIME_H__

#include <stddef.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CLOCKS_PER_SEC	1000000L
#define CLOCK_REALTIME	0
#define CLOCK_MONOTONIC	1
#define TIME_UTC	1

struct timespec {
	time_t tv_sec;
	long tv_nsec;
};

struct tm {
	int tm_sec, tm_min, tm_hour, tm_mday, tm_mon, tm_year, tm_wday, tm_yday, tm_isdst;
};

time_t time(time_t *t);
clock_t clock(void);
int clock_gettime(clockid_t clock, struct timespec *ts);
int clock_getres(clockid_t clock, struct timespec *ts);
int timespec_get(struct timespec *ts, int base);
int nanosleep(const struct timespec *request, struct timespec *remaining);

struct tm *gmtime_r(const time_t *restrict t, struct tm *restrict tm);
struct tm *gmtime(const time_t *t);
struct tm *localtime_r(const time_t *restrict t, struct tm *restrict tm);
struct tm *localtime(const time_t *t);
time_t timegm(struct tm *tm);
time_t mktime(struct tm *tm);
double difftime(time_t a, time_t b);
char *asctime_r(const struct tm *restrict tm, char *restrict buf);
char *asctime(const struct tm *tm);
char *ctime(const time_t *t);
size_t strftime(char *restrict s, size_t max, const char *restrict fmt,
		const struct tm *restrict tm);

#ifdef __cplusplus
}
#endif

#endif /* __TIME_H__ */
