/* SPDX-License-Identifier: BSD-3-Clause */
/** For those who write an allocator: what the others can be made of. */
#ifndef __UK_ALLOC_IMPL_H__
#define __UK_ALLOC_IMPL_H__

#include <uk/alloc.h>

/** Appends an allocator to the list. @return 0 */
int uk_alloc_register(struct uk_alloc *a);

/* By malloc() of the same allocator, or by its memalign(). */
void *uk_calloc_compat(struct uk_alloc *a, __sz nmemb, __sz size);
int uk_posix_memalign_compat(struct uk_alloc *a, void **memptr, __sz align, __sz size);

#endif /* __UK_ALLOC_IMPL_H__ */
