/* SPDX-License-Identifier: BSD-3-Clause */
/** Time since boot. */
#ifndef __UKPLAT_TIME_H__
#define __UKPLAT_TIME_H__

#include <uk/arch/time.h>

/** Nanoseconds since the virtual counter was zero; never goes back. */
__nsec ukplat_monotonic_clock(void);

/** Nanoseconds since 1970, by the real-time clock's second and our counter. */
__nsec ukplat_wall_clock(void);

/** Number of the timer's interrupt. */
__u32 ukplat_time_get_irq(void);

#endif /* __UKPLAT_TIME_H__ */
