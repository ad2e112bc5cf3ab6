/* SPDX-License-Identifier: BSD-3-Clause */
/** Integer types with names of their own, so that no libc header is needed. */
#ifndef __UKARCH_TYPES_H__
#define __UKARCH_TYPES_H__

#ifndef __ASSEMBLY__

typedef signed char		__s8;
typedef unsigned char		__u8;
typedef signed short		__s16;
typedef unsigned short		__u16;
typedef signed int		__s32;
typedef unsigned int		__u32;
typedef signed long		__s64;
typedef unsigned long		__u64;

typedef unsigned long		__uptr;		/* holds a pointer */
typedef long			__sptr;
typedef unsigned long		__sz;		/* size_t */
typedef long			__ssz;		/* ssize_t */
typedef long			__off;

typedef unsigned long		__paddr_t;	/* physical address */
typedef unsigned long		__vaddr_t;	/* virtual address */

#ifndef __cplusplus
#define __NULL	((void *)0)
#endif

#endif /* !__ASSEMBLY__ */

#define __SZ_MAX	(~0UL)
#define __SSZ_MAX	((__ssz)(__SZ_MAX >> 1))
#define __U64_MAX	(~0UL)
#define __S64_MAX	((__s64)(__U64_MAX >> 1))

#endif /* __UKARCH_TYPES_H__ */
