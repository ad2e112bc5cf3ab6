/* SPDX-License-Identifier: BSD-3-Clause */
/** Messages by level. A level that the configuration leaves out costs nothing. */
#ifndef __UK_PRINT_H__
#define __UK_PRINT_H__

#include <uk/config.h>
#include <uk/essentials.h>

#define KLVL_DEBUG	(-1)
#define KLVL_CRIT	0
#define KLVL_ERR	1
#define KLVL_WARN	2
#define KLVL_INFO	3
/* Debug messages are the least important ones, whatever their number. */
#define __KLVL_MAX	4

#if !defined(CONFIG_LIBUKDEBUG_PRINTK)
#define __UK_PRINT_LIMIT	(-1)
#elif defined(CONFIG_LIBUKDEBUG_PRINTK_DEBUG)
#define __UK_PRINT_LIMIT	__KLVL_MAX
#elif defined(CONFIG_LIBUKDEBUG_PRINTK_INFO)
#define __UK_PRINT_LIMIT	KLVL_INFO
#elif defined(CONFIG_LIBUKDEBUG_PRINTK_WARN)
#define __UK_PRINT_LIMIT	KLVL_WARN
#elif defined(CONFIG_LIBUKDEBUG_PRINTK_CRIT)
#define __UK_PRINT_LIMIT	KLVL_CRIT
#else
#define __UK_PRINT_LIMIT	KLVL_ERR
#endif

#ifdef __LIBNAME__
#define __STR_LIBNAME__		STRINGIFY(__LIBNAME__)
#else
#define __STR_LIBNAME__		__NULL
#endif

#ifdef CONFIG_LIBUKDEBUG_PRINT_SRCNAME
#define __UK_SRCNAME		STRINGIFY(__BASENAME__)
#else
#define __UK_SRCNAME		__NULL
#endif

/** Use the macros below. */
void _uk_printk(int lvl, const char *libname, const char *srcname,
		unsigned int srcline, const char *fmt, ...) __printf(5, 6);

/* The condition is constant: a message that is left out is still checked by the
 * compiler, and then dropped. */
#define uk_printk(lvl, fmt, ...) do {					\
	if (((lvl) == KLVL_DEBUG ? __KLVL_MAX : (lvl)) <= __UK_PRINT_LIMIT) \
		_uk_printk((lvl), __STR_LIBNAME__, __UK_SRCNAME,	\
			   __LINE__, fmt, ##__VA_ARGS__);		\
} while (0)

#define uk_pr_debug(fmt, ...)	uk_printk(KLVL_DEBUG, fmt, ##__VA_ARGS__)
#define uk_pr_info(fmt, ...)	uk_printk(KLVL_INFO, fmt, ##__VA_ARGS__)
#define uk_pr_warn(fmt, ...)	uk_printk(KLVL_WARN, fmt, ##__VA_ARGS__)
#define uk_pr_err(fmt, ...)	uk_printk(KLVL_ERR, fmt, ##__VA_ARGS__)
#define uk_pr_crit(fmt, ...)	uk_printk(KLVL_CRIT, fmt, ##__VA_ARGS__)

#endif /* __UK_PRINT_H__ */
