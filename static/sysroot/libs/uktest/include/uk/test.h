/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * Test cases:
 *
 *	UK_TESTCASE(lists, empty_list_has_no_first)
 *	{
 *		UK_TEST_EXPECT(first(&list) == NULL);
 *	}
 *
 * They run in the order in which they are written, in class LATE of the init table.
 */
#ifndef __UK_TEST_H__
#define __UK_TEST_H__

#include <uk/init.h>

/** Runs a case and prints its line; the macro registers it. */
int uk_test_run(const char *suite, const char *name, void (*fn)(void));

/** Notes that an expectation failed. @return whether it held */
int uk_test_expect(int held, const char *text, int line);

/** Number of cases that have failed. */
int uk_test_failures(void);

#define UK_TESTCASE(suite, name)					\
	static void suite##_##name(void);				\
	static int suite##_##name##_run(struct uk_init_ctx *ictx __unused)	\
	{								\
		return uk_test_run(#suite, #name, suite##_##name);	\
	}								\
	uk_late_initcall(suite##_##name##_run, 0);			\
	static void suite##_##name(void)

/** What must hold for the case to succeed; the case goes on when it does not. */
#define UK_TEST_EXPECT(x)	uk_test_expect(!!(x), #x, __LINE__)

/** Same, but the case ends. */
#define UK_TEST_ASSERT(x) do { if (!UK_TEST_EXPECT(x)) return; } while (0)

#endif /* __UK_TEST_H__ */
