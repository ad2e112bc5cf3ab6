/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * The constructor table: functions that run before the init table, when there is
 * no heap and no second thread yet. `uk_ctor(fn)` is to C what a constructor
 * is to C++; like the init table it is made by section names.
 */
#ifndef __UK_CTORS_H__
#define __UK_CTORS_H__

#include <uk/essentials.h>
#include <uk/prio.h>

typedef void (*uk_ctor_func_t)(void);

#define __UK_CTORTAB(fn, prio)						\
	static const uk_ctor_func_t					\
	__used __section(".uk_ctortab" #prio) __uk_ctortab_##prio##_##fn = (fn)

#define uk_ctor_prio(fn, prio)	__UK_CTORTAB(fn, prio)
#define uk_ctor(fn)		uk_ctor_prio(fn, UK_PRIO_LATEST)

extern const uk_ctor_func_t uk_ctortab_start[];
extern const uk_ctor_func_t uk_ctortab_end[];

#define uk_ctortab_foreach(itr, start, end) \
	for ((itr) = (start); (itr) < (end); (itr)++)

#endif /* __UK_CTORS_H__ */
