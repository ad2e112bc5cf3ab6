/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef __SYS_TIME_H__
#define __SYS_TIME_H__

#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct timeval {
	time_t tv_sec;
	suseconds_t tv_usec;
};

int gettimeofday(struct timeval *restrict tv, void *restrict zone);

#ifdef __cplusplus
}
#endif

#endif /* __SYS_TIME_H__ */
