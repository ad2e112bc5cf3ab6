/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * Small macros that everything uses: names for compiler attributes, alignment
 * and size arithmetic. Nothing here makes code.
 */
#ifndef __UK_ESSENTIALS_H__
#define __UK_ESSENTIALS_H__

#include <uk/arch/types.h>
#include <uk/config.h>

#ifndef __ASSEMBLY__

#define __packed	__attribute__((packed))
#define __noreturn	__attribute__((noreturn))
#define __noinline	__attribute__((noinline))
#define __align(n)	__attribute__((aligned(n)))
#define __used		__attribute__((used))
#define __unused	__attribute__((unused))
#define __weak		__attribute__((weak))
#define __section(s)	__attribute__((section(s)))
#define __printf(fmt, args) __attribute__((format(printf, (fmt), (args))))
#ifndef __always_inline
#define __always_inline	inline __attribute__((always_inline))
#endif
#define __maybe_unused	__attribute__((unused))

#ifndef likely
#define likely(x)	__builtin_expect(!!(x), 1)
#define unlikely(x)	__builtin_expect(!!(x), 0)
#endif

#define __offsetof(type, member)	__builtin_offsetof(type, member)

/** The structure that holds `ptr` as its `member`. */
#define __containerof(ptr, type, member) \
	((type *)((__uptr)(ptr) - __offsetof(type, member)))

/** Number of elements of an array (not of a pointer). */
#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

#define MIN(a, b) ({ __typeof__(a) _a = (a); __typeof__(b) _b = (b); _a < _b ? _a : _b; })
#define MAX(a, b) ({ __typeof__(a) _a = (a); __typeof__(b) _b = (b); _a > _b ? _a : _b; })

/** Compile-time assertion. */
#define UK_CTASSERT(x)	_Static_assert((x), #x)

/** Orders memory accesses for the compiler only. */
#define barrier()	__asm__ __volatile__("" ::: "memory")

#define UK_READ_ONCE(x)		(*(const volatile __typeof__(x) *)&(x))
#define UK_WRITE_ONCE(x, v)	(*(volatile __typeof__(x) *)&(x) = (v))

#endif /* !__ASSEMBLY__ */

#define __STRINGIFY(x)	#x
#define STRINGIFY(x)	__STRINGIFY(x)

/* `a` is a power of two in all of these. */
#define ALIGN_UP(v, a)		(((v) + (a) - 1) & ~((a) - 1))
#define ALIGN_DOWN(v, a)	((v) & ~((a) - 1))
#define IS_ALIGNED(v, a)	(((v) & ((a) - 1)) == 0)
#define POWER_OF_2(v)		((v) != 0 && ((v) & ((v) - 1)) == 0)
#define DIV_ROUND_UP(n, d)	(((n) + (d) - 1) / (d))

/** Whether `p` lies in the `len` bytes from `base` on; right for every base. */
#define IN_RANGE(p, base, len)	((p) - (base) < (len))

#endif /* __UK_ESSENTIALS_H__ */
