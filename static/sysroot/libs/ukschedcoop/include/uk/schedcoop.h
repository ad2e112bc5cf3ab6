/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef __UK_SCHEDCOOP_H__
#define __UK_SCHEDCOOP_H__

#include <uk/sched.h>

/** A cooperative scheduler; threads and their stacks come from `a`. Null when there is no memory. */
struct uk_sched *uk_schedcoop_create(struct uk_alloc *a);

#endif /* __UK_SCHEDCOOP_H__ */
