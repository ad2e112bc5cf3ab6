/* SPDX-License-Identifier: BSD-3-Clause */
/** What must be true, written down so that the guest stops when it is not. */
#ifndef __UK_ASSERT_H__
#define __UK_ASSERT_H__

#include <uk/config.h>
#include <uk/essentials.h>

/** Prints the message and the callers, and ends the guest. */
void __noreturn _uk_assert_fail(const char *what, const char *file, int line);

#define UK_CRASH(what)	_uk_assert_fail((what), STRINGIFY(__BASENAME__), __LINE__)

/** Ends the guest when `x` is true, in every configuration. */
#define UK_BUGON(x) do {						\
	if (unlikely(x))						\
		UK_CRASH("Bug: " #x);					\
} while (0)

/** Ends the guest when `x` is false. `x` must have no side effect: it is not evaluated when assertions are off. */
#ifdef CONFIG_LIBUKDEBUG_ENABLE_ASSERT
#define UK_ASSERT(x) do {						\
	if (unlikely(!(x)))						\
		UK_CRASH("Assertion failure: " #x);			\
} while (0)
#else
#define UK_ASSERT(x) do { (void)sizeof(!(x)); } while (0)
#endif

#endif /* __UK_ASSERT_H__ */
