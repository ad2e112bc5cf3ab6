/* SPDX-License-Identifier: BSD-3-Clause */
/** Priorities of entries in the init and constructor tables: 0 first, 9 last. */
#ifndef __UK_PRIO_H__
#define __UK_PRIO_H__

#define UK_PRIO_EARLIEST	0
#define UK_PRIO_LATEST		9

/* The priority becomes part of a section's name, so it must be a token, not an
 * expression: hence a table of successors. */
#define UK_PRIO_AFTER(p)	__UK_PRIO_AFTER(p)
#define __UK_PRIO_AFTER(p)	__UK_PRIO_AFTER_##p
#define __UK_PRIO_AFTER_0	1
#define __UK_PRIO_AFTER_1	2
#define __UK_PRIO_AFTER_2	3
#define __UK_PRIO_AFTER_3	4
#define __UK_PRIO_AFTER_4	5
#define __UK_PRIO_AFTER_5	6
#define __UK_PRIO_AFTER_6	7
#define __UK_PRIO_AFTER_7	8
#define __UK_PRIO_AFTER_8	9

#endif /* __UK_PRIO_H__ */
