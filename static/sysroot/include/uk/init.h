/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * The init table.
 *
 * A library that has something to prepare writes
 *
 *	static int prepare(struct uk_init_ctx *ictx) { ...; return 0; }
 *	uk_lib_initcall(prepare, 0);
 *
 * and nobody has to call it by name: the macro puts a pointer to it into a section
 * called after class and priority (`.uk_inittab32` is class 3, priority 2). The
 * linker script sorts these sections and lays them end to end, which makes a
 * table, and ukboot walks it before main(). Leaving the library out of the image
 * takes its entry along.
 */
#ifndef __UK_INIT_H__
#define __UK_INIT_H__

#include <uk/config.h>
#include <uk/essentials.h>
#include <uk/prio.h>

/** What an init function is told. */
struct uk_init_ctx {
	struct {
		int argc;
		char **argv;
	} cmdline;
};

/** What a terminate function is told. */
struct uk_term_ctx {
	int reserved;
};

/** Returns 0, or a negative error code to stop the boot. */
typedef int (*uk_init_func_t)(struct uk_init_ctx *ictx);
typedef void (*uk_term_func_t)(const struct uk_term_ctx *tctx);

struct uk_inittab_entry {
	uk_init_func_t init;
	uk_term_func_t term;	/* called in reverse order after main(), may be 0 */
};

#define UK_INIT_CLASS_EARLY	1	/* nothing but memory is there */
#define UK_INIT_CLASS_PLAT	2	/* the platform's devices */
#define UK_INIT_CLASS_LIB	3	/* libraries */
#define UK_INIT_CLASS_ROOTFS	4	/* file systems */
#define UK_INIT_CLASS_SYS	5	/* what needs file systems */
#define UK_INIT_CLASS_LATE	6	/* just before main() */

#define __UK_INITTAB(init_fn, term_fn, class, prio)			\
	static const struct uk_inittab_entry				\
	__used __section(".uk_inittab" #class #prio) __align(8)		\
	__uk_inittab_##class##_##prio##_##init_fn = { (init_fn), (term_fn) }

/* Two steps, so that class and prio may be macros themselves. */
#define uk_initcall_class_prio(init_fn, term_fn, class, prio)		\
	__UK_INITTAB(init_fn, term_fn, class, prio)

#define uk_early_initcall_prio(init_fn, term_fn, prio)			\
	uk_initcall_class_prio(init_fn, term_fn, UK_INIT_CLASS_EARLY, prio)
#define uk_plat_initcall_prio(init_fn, term_fn, prio)			\
	uk_initcall_class_prio(init_fn, term_fn, UK_INIT_CLASS_PLAT, prio)
#define uk_lib_initcall_prio(init_fn, term_fn, prio)			\
	uk_initcall_class_prio(init_fn, term_fn, UK_INIT_CLASS_LIB, prio)
#define uk_rootfs_initcall_prio(init_fn, term_fn, prio)			\
	uk_initcall_class_prio(init_fn, term_fn, UK_INIT_CLASS_ROOTFS, prio)
#define uk_sys_initcall_prio(init_fn, term_fn, prio)			\
	uk_initcall_class_prio(init_fn, term_fn, UK_INIT_CLASS_SYS, prio)
#define uk_late_initcall_prio(init_fn, term_fn, prio)			\
	uk_initcall_class_prio(init_fn, term_fn, UK_INIT_CLASS_LATE, prio)

#define uk_early_initcall(init_fn, term_fn) \
	uk_early_initcall_prio(init_fn, term_fn, UK_PRIO_LATEST)
#define uk_plat_initcall(init_fn, term_fn) \
	uk_plat_initcall_prio(init_fn, term_fn, UK_PRIO_LATEST)
#define uk_lib_initcall(init_fn, term_fn) \
	uk_lib_initcall_prio(init_fn, term_fn, UK_PRIO_LATEST)
#define uk_rootfs_initcall(init_fn, term_fn) \
	uk_rootfs_initcall_prio(init_fn, term_fn, UK_PRIO_LATEST)
#define uk_sys_initcall(init_fn, term_fn) \
	uk_sys_initcall_prio(init_fn, term_fn, UK_PRIO_LATEST)
#define uk_late_initcall(init_fn, term_fn) \
	uk_late_initcall_prio(init_fn, term_fn, UK_PRIO_LATEST)

/* Ends of the table, from the linker script. */
extern const struct uk_inittab_entry uk_inittab_start[];
extern const struct uk_inittab_entry uk_inittab_end[];

#define uk_inittab_foreach(itr, start, end) \
	for ((itr) = (start); (itr) < (end); (itr)++)
#define uk_inittab_foreach_reverse(itr, start, end) \
	for ((itr) = (end); (itr)-- > (start);)

#endif /* __UK_INIT_H__ */
