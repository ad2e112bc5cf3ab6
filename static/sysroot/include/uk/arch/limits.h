/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef __UKARCH_LIMITS_H__
#define __UKARCH_LIMITS_H__

#include <uk/config.h>
#include <uk/arch/paging.h>

#define __STACK_SIZE_PAGE_ORDER	CONFIG_STACK_SIZE_PAGE_ORDER
/** Bytes of a stack: main()'s, and of threads that do not ask for another size. */
#define __STACK_SIZE		(__PAGE_SIZE << __STACK_SIZE_PAGE_ORDER)

#endif /* __UKARCH_LIMITS_H__ */
