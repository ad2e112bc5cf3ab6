/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * Memory allocators. An allocator is a struct uk_alloc, a table of functions that begins
 * its own data; the first one registered is the default, which malloc() uses.
 */
#ifndef __UK_ALLOC_H__
#define __UK_ALLOC_H__

#include <errno.h>
#include <uk/arch/types.h>
#include <uk/assert.h>
#include <uk/config.h>
#include <uk/essentials.h>

struct uk_alloc;

typedef void *(*uk_alloc_malloc_func_t)(struct uk_alloc *a, __sz size);
typedef void *(*uk_alloc_calloc_func_t)(struct uk_alloc *a, __sz nmemb, __sz size);
typedef int (*uk_alloc_posix_memalign_func_t)(struct uk_alloc *a, void **memptr,
					      __sz align, __sz size);
typedef void *(*uk_alloc_memalign_func_t)(struct uk_alloc *a, __sz align, __sz size);
typedef void *(*uk_alloc_realloc_func_t)(struct uk_alloc *a, void *ptr, __sz size);
typedef void (*uk_alloc_free_func_t)(struct uk_alloc *a, void *ptr);
typedef void *(*uk_alloc_palloc_func_t)(struct uk_alloc *a, unsigned long num_pages);
typedef void (*uk_alloc_pfree_func_t)(struct uk_alloc *a, void *ptr,
				      unsigned long num_pages);
typedef int (*uk_alloc_addmem_func_t)(struct uk_alloc *a, void *base, __sz size);
typedef __ssz (*uk_alloc_getsize_func_t)(struct uk_alloc *a);
typedef long (*uk_alloc_getpsize_func_t)(struct uk_alloc *a);

struct uk_alloc {
	/* objects */
	uk_alloc_malloc_func_t malloc;
	uk_alloc_calloc_func_t calloc;
	uk_alloc_realloc_func_t realloc;
	uk_alloc_posix_memalign_func_t posix_memalign;
	uk_alloc_memalign_func_t memalign;
	uk_alloc_free_func_t free;

	/* whole pages, may be 0 */
	uk_alloc_palloc_func_t palloc;
	uk_alloc_pfree_func_t pfree;

	/* figures, may be 0 */
	uk_alloc_getsize_func_t maxalloc;	/* largest request that could succeed */
	uk_alloc_getsize_func_t availmem;	/* bytes that are free */
	uk_alloc_getpsize_func_t pmaxalloc;
	uk_alloc_getpsize_func_t pavailmem;

	/* more memory, may be 0 */
	uk_alloc_addmem_func_t addmem;

	struct uk_alloc *next;
	__u8 priv[];
};

extern struct uk_alloc *_uk_alloc_head;

#define uk_alloc_foreach(iter) \
	for ((iter) = _uk_alloc_head; (iter); (iter) = (iter)->next)

static inline struct uk_alloc *uk_alloc_get_default(void)
{
	return _uk_alloc_head;
}

/*
 * uk_X() are the calls for everybody: without an allocator they fail.
 * uk_do_X() take for granted that there is one.
 */

static inline void *uk_do_malloc(struct uk_alloc *a, __sz size)
{
	UK_ASSERT(a);
	return a->malloc(a, size);
}

/** `size` bytes, aligned for every type; null when there are none left. */
static inline void *uk_malloc(struct uk_alloc *a, __sz size)
{
	if (unlikely(!a)) {
		errno = ENOMEM;
		return 0;
	}
	return uk_do_malloc(a, size);
}

static inline void *uk_do_calloc(struct uk_alloc *a, __sz nmemb, __sz size)
{
	UK_ASSERT(a);
	return a->calloc(a, nmemb, size);
}

/** An array of zeros. */
static inline void *uk_calloc(struct uk_alloc *a, __sz nmemb, __sz size)
{
	if (unlikely(!a)) {
		errno = ENOMEM;
		return 0;
	}
	return uk_do_calloc(a, nmemb, size);
}

#define uk_do_zalloc(a, size)	uk_do_calloc((a), 1, (size))
#define uk_zalloc(a, size)	uk_calloc((a), 1, (size))

static inline void *uk_do_realloc(struct uk_alloc *a, void *ptr, __sz size)
{
	UK_ASSERT(a);
	return a->realloc(a, ptr, size);
}

/** The same contents in `size` bytes, perhaps elsewhere. On failure the old block stays. */
static inline void *uk_realloc(struct uk_alloc *a, void *ptr, __sz size)
{
	if (unlikely(!a)) {
		errno = ENOMEM;
		return 0;
	}
	return uk_do_realloc(a, ptr, size);
}

static inline int uk_do_posix_memalign(struct uk_alloc *a, void **memptr,
				       __sz align, __sz size)
{
	UK_ASSERT(a);
	return a->posix_memalign(a, memptr, align, size);
}

/** Memory at a multiple of `align`, a power of two. @return 0 or a positive error code */
static inline int uk_posix_memalign(struct uk_alloc *a, void **memptr,
				    __sz align, __sz size)
{
	if (unlikely(!a)) {
		*memptr = 0;
		return ENOMEM;
	}
	return uk_do_posix_memalign(a, memptr, align, size);
}

static inline void *uk_do_memalign(struct uk_alloc *a, __sz align, __sz size)
{
	UK_ASSERT(a);
	return a->memalign(a, align, size);
}

static inline void *uk_memalign(struct uk_alloc *a, __sz align, __sz size)
{
	if (unlikely(!a))
		return 0;
	return uk_do_memalign(a, align, size);
}

static inline void uk_do_free(struct uk_alloc *a, void *ptr)
{
	UK_ASSERT(a);
	a->free(a, ptr);
}

/** Gives a block back; nothing when `ptr` is null. */
static inline void uk_free(struct uk_alloc *a, void *ptr)
{
	uk_do_free(a, ptr);
}

static inline void *uk_do_palloc(struct uk_alloc *a, unsigned long num_pages)
{
	UK_ASSERT(a);
	return a->palloc(a, num_pages);
}

/** Whole pages, one after the other. */
static inline void *uk_palloc(struct uk_alloc *a, unsigned long num_pages)
{
	if (unlikely(!a || !a->palloc))
		return 0;
	return uk_do_palloc(a, num_pages);
}

static inline void uk_do_pfree(struct uk_alloc *a, void *ptr,
			       unsigned long num_pages)
{
	UK_ASSERT(a);
	a->pfree(a, ptr, num_pages);
}

/** Gives pages back: all that one call gave, or some of them. */
static inline void uk_pfree(struct uk_alloc *a, void *ptr,
			    unsigned long num_pages)
{
	uk_do_pfree(a, ptr, num_pages);
}

static inline int uk_alloc_addmem(struct uk_alloc *a, void *base, __sz size)
{
	UK_ASSERT(a);
	return a->addmem ? a->addmem(a, base, size) : -ENOTSUP;
}

static inline __ssz uk_alloc_maxalloc(struct uk_alloc *a)
{
	UK_ASSERT(a);
	return a->maxalloc ? a->maxalloc(a) : -ENOTSUP;
}

static inline __ssz uk_alloc_availmem(struct uk_alloc *a)
{
	UK_ASSERT(a);
	return a->availmem ? a->availmem(a) : -ENOTSUP;
}

static inline long uk_alloc_pmaxalloc(struct uk_alloc *a)
{
	UK_ASSERT(a);
	return a->pmaxalloc ? a->pmaxalloc(a) : -ENOTSUP;
}

static inline long uk_alloc_pavailmem(struct uk_alloc *a)
{
	UK_ASSERT(a);
	return a->pavailmem ? a->pavailmem(a) : -ENOTSUP;
}

/** Free bytes of all allocators that count theirs. */
__sz uk_alloc_availmem_total(void);

#endif /* __UK_ALLOC_H__ */
