/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * A region: memory below `top` is taken, memory above is free. Blocks have a header
 * with their length, for realloc() and for those who look at memory; free() notes in
 * it that the block is not used any more, and that is all.
 */
#include <errno.h>
#include <string.h>
#include <uk/alloc_impl.h>
#include <uk/allocregion.h>
#include <uk/arch/paging.h>
#include <uk/introspect.h>

#define MIN_ALIGN	16

static struct uk_heap *heap_of(struct uk_alloc *a)
{
	return (struct uk_heap *)a->priv;
}

static __ssz region_availmem(struct uk_alloc *a)
{
	struct uk_heap *heap = heap_of(a);

	return (__ssz)(heap->base + heap->len - heap->top);
}

static __ssz region_maxalloc(struct uk_alloc *a)
{
	__ssz avail = region_availmem(a) - (__ssz)sizeof(struct uk_heap_block);

	return MAX(avail, 0);
}

static void *region_memalign(struct uk_alloc *a, __sz align, __sz size)
{
	struct uk_heap *heap = heap_of(a);
	__uptr end = heap->base + heap->len;
	struct uk_heap_block *block;
	__uptr addr;

	if (align < MIN_ALIGN)
		align = MIN_ALIGN;
	addr = ALIGN_UP(heap->top + sizeof(*block), align);
	size = ALIGN_UP(size, (__sz)MIN_ALIGN);
	if (addr < heap->top || addr > end || size > end - addr) {
		errno = ENOMEM;
		return 0;
	}
	/* The gap that a large alignment leaves becomes part of the block before, which
	 * keeps blocks end to end: it is a block of its own that was given back. */
	if (addr - heap->top > sizeof(*block)) {
		block = (struct uk_heap_block *)heap->top;
		*block = (struct uk_heap_block){ addr - heap->top - 2 * sizeof(*block),
						 UK_HEAP_BLOCK, 1 };
	}
	block = (struct uk_heap_block *)addr - 1;
	*block = (struct uk_heap_block){ size, UK_HEAP_BLOCK, 0 };
	heap->top = addr + size;
	return (void *)addr;
}

static void *region_malloc(struct uk_alloc *a, __sz size)
{
	return region_memalign(a, MIN_ALIGN, size > __SSZ_MAX ? __SSZ_MAX : size);
}

static void region_free(struct uk_alloc *a __unused, void *ptr)
{
	struct uk_heap_block *block = (struct uk_heap_block *)ptr - 1;

	if (!ptr)
		return;
	UK_ASSERT(block->magic == UK_HEAP_BLOCK && !block->freed);
	block->freed = 1;
}

static void *region_realloc(struct uk_alloc *a, void *ptr, __sz size)
{
	struct uk_heap_block *block = (struct uk_heap_block *)ptr - 1;
	void *moved;

	if (!ptr)
		return region_malloc(a, size);
	if (size > 0 && size <= block->len)
		return ptr;
	moved = size > 0 ? region_malloc(a, size) : 0;
	if (moved)
		memcpy(moved, ptr, block->len);
	if (moved || size == 0)
		region_free(a, ptr);
	return moved;
}

static void *region_palloc(struct uk_alloc *a, unsigned long num_pages)
{
	if (num_pages > __SSZ_MAX >> PAGE_SHIFT)
		return 0;
	return region_memalign(a, PAGE_SIZE, num_pages << PAGE_SHIFT);
}

static void region_pfree(struct uk_alloc *a __unused, void *ptr __unused,
			 unsigned long num_pages __unused)
{
}

struct uk_alloc *uk_allocregion_init(void *base, __sz len)
{
	struct uk_alloc *a = (struct uk_alloc *)ALIGN_UP((__uptr)base, (__uptr)MIN_ALIGN);
	struct uk_heap *heap = heap_of(a);
	__uptr end = ALIGN_DOWN((__uptr)base + len, (__uptr)MIN_ALIGN);
	__uptr start = ALIGN_UP((__uptr)(heap + 1), (__uptr)MIN_ALIGN);

	if (start > end)
		return 0;
	memset(a, 0, sizeof(*a));
	*heap = (struct uk_heap){
		.kind = UK_HEAP_REGION, .unit = MIN_ALIGN,
		.base = start, .len = end - start, .top = start,
	};
	a->malloc = region_malloc;
	a->calloc = uk_calloc_compat;
	a->realloc = region_realloc;
	a->posix_memalign = uk_posix_memalign_compat;
	a->memalign = region_memalign;
	a->free = region_free;
	a->palloc = region_palloc;
	a->pfree = region_pfree;
	a->maxalloc = region_maxalloc;
	a->availmem = region_availmem;
	uk_introspect_add_heap(heap);
	uk_alloc_register(a);
	return a;
}
