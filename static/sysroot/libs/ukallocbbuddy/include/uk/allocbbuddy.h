/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef __UK_ALLOCBBUDDY_H__
#define __UK_ALLOCBBUDDY_H__

#include <uk/alloc.h>

/** A buddy allocator on `len` bytes at `base`; it keeps its books there too. Null when that is too little. */
struct uk_alloc *uk_allocbbuddy_init(void *base, __sz len);

#endif /* __UK_ALLOCBBUDDY_H__ */
