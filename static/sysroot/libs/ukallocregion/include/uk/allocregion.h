/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef __UK_ALLOCREGION_H__
#define __UK_ALLOCREGION_H__

#include <uk/alloc.h>

/** A region allocator on `len` bytes at `base`. Null when that is too little. */
struct uk_alloc *uk_allocregion_init(void *base, __sz len);

#endif /* __UK_ALLOCREGION_H__ */
