/* SPDX-License-Identifier: BSD-3-Clause */
/** Time is counted in nanoseconds since boot, in 64 bits: 584 years. */
#ifndef __UKARCH_TIME_H__
#define __UKARCH_TIME_H__

#include <uk/arch/types.h>

typedef __u64 __nsec;
typedef __s64 __snsec;

#define __NSEC_MAX		__U64_MAX
#define UKARCH_NSEC_PER_SEC	1000000000UL

#define ukarch_time_nsec_to_sec(ns)	((ns) / 1000000000UL)
#define ukarch_time_nsec_to_msec(ns)	((ns) / 1000000UL)
#define ukarch_time_nsec_to_usec(ns)	((ns) / 1000UL)
#define ukarch_time_subsec(ns)		((ns) % 1000000000UL)
#define ukarch_time_sec_to_nsec(sec)	((sec) * 1000000000UL)
#define ukarch_time_msec_to_nsec(msec)	((msec) * 1000000UL)
#define ukarch_time_usec_to_nsec(usec)	((usec) * 1000UL)

#endif /* __UKARCH_TIME_H__ */
