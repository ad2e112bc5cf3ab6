/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef __UKARCH_PAGING_H__
#define __UKARCH_PAGING_H__

#define PAGE_SHIFT	12
#ifdef __ASSEMBLY__
#define PAGE_SIZE	0x1000
#else
#define PAGE_SIZE	0x1000UL
#endif
#define PAGE_MASK	(~(PAGE_SIZE - 1))
#define __PAGE_SHIFT	PAGE_SHIFT
#define __PAGE_SIZE	PAGE_SIZE

#endif /* __UKARCH_PAGING_H__ */
