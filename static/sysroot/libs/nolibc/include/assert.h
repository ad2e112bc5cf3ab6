/* SPDX-License-Identifier: BSD-3-Clause */
/* No include guard: assert() follows NDEBUG at each inclusion. */
#ifndef static_assert
#ifndef __cplusplus
#define static_assert	_Static_assert
#endif
#endif

#undef assert
#ifdef NDEBUG
#define assert(x)	((void)0)
#else
#ifdef __cplusplus
extern "C"
#endif
void __attribute__((noreturn)) _uk_assert_fail(const char *what, const char *file, int line);
#define assert(x) \
	((x) ? (void)0 : _uk_assert_fail("Assertion failed: " #x, __FILE__, __LINE__))
#endif
