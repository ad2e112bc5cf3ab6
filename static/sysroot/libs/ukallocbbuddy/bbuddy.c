/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * Binary buddies.
 *
 * A block of order k has 32 << k bytes and begins at a multiple of its size. So its
 * buddy, the block that it makes one of order k+1 with, begins at the address that differs
 * in just that bit: address ^ size.
 *
 * For each 32 bytes of memory there is one byte in a map. At a block's first unit it
 * says the block's order and whether it is free; the others mean nothing. Where a block's
 * buddy would begin some block always does begin, the buddy or a part of it, so there the map
 * can be trusted without ever having been cleared: a heap of 64 MiB starts with a
 * handful of writes.
 *
 * Free blocks are in a list for each order, linked through their own memory.
 */
#include <errno.h>
#include <string.h>
#include <uk/alloc_impl.h>
#include <uk/allocbbuddy.h>
#include <uk/arch/paging.h>
#include <uk/introspect.h>
#include <uk/list.h>

#define UNIT_SHIFT	5
#define UNIT		(1UL << UNIT_SHIFT)
#define ORDERS		36			/* up to 1 TiB */
#define PAGE_ORDER	(PAGE_SHIFT - UNIT_SHIFT)

struct free_block {
	UK_TAILQ_ENTRY(struct free_block) link;
};
UK_TAILQ_HEAD(free_list, struct free_block);
UK_CTASSERT(sizeof(struct free_block) <= UNIT);

/** One stretch of memory; there are several when addmem() was called. */
struct region {
	struct uk_heap heap;
	struct region *next;
};

struct bbuddy {
	struct region *regions;
	__sz free_bytes;
	__u64 nonempty;			/* bit k: the list of order k has a block */
	struct free_list free[ORDERS];
};

static struct bbuddy *bbuddy_of(struct uk_alloc *a)
{
	return (struct bbuddy *)a->priv;
}

static __sz size_of(unsigned int order)
{
	return UNIT << order;
}

/** Smallest order whose blocks have `size` bytes. */
static unsigned int order_of(__sz size)
{
	return size <= UNIT ? 0 : 64 - UNIT_SHIFT - __builtin_clzl(size - 1);
}

static __u8 *map_at(struct region *r, __uptr addr)
{
	return &r->heap.map[(addr - r->heap.base) >> UNIT_SHIFT];
}

static struct region *region_of(struct bbuddy *b, __uptr addr)
{
	struct region *r = b->regions;

	while (r && !IN_RANGE(addr, r->heap.base, r->heap.len))
		r = r->next;
	return r;
}

static void insert(struct bbuddy *b, struct region *r, __uptr addr, unsigned int order)
{
	struct free_block *block = (struct free_block *)addr;

	*map_at(r, addr) = UK_HEAP_FREE | order;
	UK_TAILQ_INSERT_TAIL(&b->free[order], block, link);
	b->nonempty |= 1UL << order;
}

static void take_out(struct bbuddy *b, __uptr addr, unsigned int order)
{
	UK_TAILQ_REMOVE(&b->free[order], (struct free_block *)addr, link);
	if (UK_TAILQ_EMPTY(&b->free[order]))
		b->nonempty &= ~(1UL << order);
}

/** A free block of the order, or a larger one cut down to it; 0 when there is none. */
static __uptr allocate(struct bbuddy *b, unsigned int wanted)
{
	__u64 candidates;
	unsigned int order;
	struct region *r;
	__uptr addr;

	candidates = wanted < ORDERS ? b->nonempty >> wanted << wanted : 0;
	if (!candidates)
		return 0;
	order = (unsigned int)__builtin_ctzl(candidates);
	addr = (__uptr)UK_TAILQ_FIRST(&b->free[order]);
	take_out(b, addr, order);
	r = region_of(b, addr);
	while (order > wanted) {
		order--;
		insert(b, r, addr + size_of(order), order);
	}
	*map_at(r, addr) = UK_HEAP_USED | wanted;
	b->free_bytes -= size_of(wanted);
	return addr;
}

/** Gives a block back, together with its buddy as long as that is free. */
static void release(struct bbuddy *b, struct region *r, __uptr addr, unsigned int order)
{
	b->free_bytes += size_of(order);
	for (; order + 1 < ORDERS; order++) {
		__uptr buddy = addr ^ size_of(order);

		/* At the rim of the region a block may have no buddy. */
		if (!IN_RANGE(buddy, r->heap.base, r->heap.len) ||
		    *map_at(r, buddy) != (UK_HEAP_FREE | order))
			break;
		take_out(b, buddy, order);
		addr &= ~size_of(order);
	}
	insert(b, r, addr, order);
}

static void *bbuddy_malloc(struct uk_alloc *a, __sz size)
{
	/* So large that rounding up would overflow: nobody has that much. */
	void *ptr = size > __SSZ_MAX ? 0 : (void *)allocate(bbuddy_of(a), order_of(size));

	if (!ptr)
		errno = ENOMEM;
	return ptr;
}

static void *bbuddy_memalign(struct uk_alloc *a, __sz align, __sz size)
{
	/* Blocks lie at multiples of their size. */
	return bbuddy_malloc(a, MAX(align, size));
}

/** Region and order of a block that is in use. */
static struct region *used_block(struct bbuddy *b, void *ptr, unsigned int *order)
{
	struct region *r = region_of(b, (__uptr)ptr);

	UK_ASSERT(r && IS_ALIGNED((__uptr)ptr, UNIT));
	*order = UK_HEAP_ORDER(*map_at(r, (__uptr)ptr));
	/* Freed twice, or never allocated? */
	UK_ASSERT(*map_at(r, (__uptr)ptr) & UK_HEAP_USED);
	return r;
}

static void bbuddy_free(struct uk_alloc *a, void *ptr)
{
	struct bbuddy *b = bbuddy_of(a);
	struct region *r;
	unsigned int order;

	if (!ptr)
		return;
	r = used_block(b, ptr, &order);
	release(b, r, (__uptr)ptr, order);
}

static void *bbuddy_realloc(struct uk_alloc *a, void *ptr, __sz size)
{
	unsigned int order;
	void *moved;

	if (!ptr)
		return bbuddy_malloc(a, size);
	if (size == 0) {
		bbuddy_free(a, ptr);
		return 0;
	}
	used_block(bbuddy_of(a), ptr, &order);
	/* It stays where it is while it fits and wastes less than half. */
	if (order_of(size) == order)
		return ptr;
	moved = bbuddy_malloc(a, size);
	if (moved) {
		memcpy(moved, ptr, MIN(size, size_of(order)));
		bbuddy_free(a, ptr);
	}
	return moved;
}

/**
 * Pages are booked one by one, so that they can also be given back one by one; what
 * is above `num_pages` in the block goes back at once.
 */
static void *bbuddy_palloc(struct uk_alloc *a, unsigned long num_pages)
{
	struct bbuddy *b = bbuddy_of(a);
	unsigned int order = order_of(num_pages << PAGE_SHIFT);
	__uptr addr = num_pages && num_pages <= __SSZ_MAX >> PAGE_SHIFT
		      ? allocate(b, order) : 0;
	struct region *r;

	if (!addr) {
		errno = ENOMEM;
		return 0;
	}
	r = region_of(b, addr);
	for (__uptr p = addr; p < addr + size_of(order); p += PAGE_SIZE)
		*map_at(r, p) = UK_HEAP_USED | PAGE_ORDER;
	for (__uptr p = addr + size_of(order); p > addr + (num_pages << PAGE_SHIFT);) {
		p -= PAGE_SIZE;
		release(b, r, p, PAGE_ORDER);
	}
	return (void *)addr;
}

static void bbuddy_pfree(struct uk_alloc *a, void *ptr, unsigned long num_pages)
{
	for (unsigned long i = 0; i < num_pages; i++)
		bbuddy_free(a, (char *)ptr + (i << PAGE_SHIFT));
}

static __ssz bbuddy_maxalloc(struct uk_alloc *a)
{
	__u64 nonempty = bbuddy_of(a)->nonempty;

	return nonempty ? (__ssz)size_of(63 - (unsigned int)__builtin_clzl(nonempty)) : 0;
}

static __ssz bbuddy_availmem(struct uk_alloc *a)
{
	return (__ssz)bbuddy_of(a)->free_bytes;
}

static long bbuddy_pmaxalloc(struct uk_alloc *a)
{
	return bbuddy_maxalloc(a) >> PAGE_SHIFT;
}

static long bbuddy_pavailmem(struct uk_alloc *a)
{
	return bbuddy_availmem(a) >> PAGE_SHIFT;
}

static int bbuddy_addmem(struct uk_alloc *a, void *base, __sz size)
{
	struct bbuddy *b = bbuddy_of(a);
	struct region *r = (struct region *)ALIGN_UP((__uptr)base, UNIT);
	__uptr end = ALIGN_DOWN((__uptr)base + size, UNIT);
	__uptr start = (__uptr)(r + 1);

	/* Of each 33 bytes one is for the map. */
	if (end < start + 4 * UNIT)
		return -ENOMEM;
	r->heap.kind = UK_HEAP_BBUDDY;
	r->heap.unit = UNIT;
	r->heap.map = (__u8 *)start;
	start = ALIGN_UP(start + (end - start) / (UNIT + 1), UNIT);
	r->heap.base = start;
	r->heap.len = end - start;
	r->heap.top = 0;
	r->next = b->regions;
	b->regions = r;
	uk_introspect_add_heap(&r->heap);

	/* As few and as large blocks as addresses allow. */
	while (start < end) {
		unsigned int order = (unsigned int)__builtin_ctzl(start) - UNIT_SHIFT;

		while (size_of(order) > end - start)
			order--;
		if (order >= ORDERS)
			order = ORDERS - 1;
		insert(b, r, start, order);
		b->free_bytes += size_of(order);
		start += size_of(order);
	}
	return 0;
}

struct uk_alloc *uk_allocbbuddy_init(void *base, __sz len)
{
	struct uk_alloc *a = (struct uk_alloc *)ALIGN_UP((__uptr)base, UNIT);
	__sz books = (char *)a - (char *)base + sizeof(*a) + sizeof(struct bbuddy);
	struct bbuddy *b;

	if (len < books)
		return 0;
	b = bbuddy_of(a);
	memset(a, 0, sizeof(*a) + sizeof(*b));
	for (int i = 0; i < ORDERS; i++)
		UK_TAILQ_INIT(&b->free[i]);
	a->malloc = bbuddy_malloc;
	a->calloc = uk_calloc_compat;
	a->realloc = bbuddy_realloc;
	a->posix_memalign = uk_posix_memalign_compat;
	a->memalign = bbuddy_memalign;
	a->free = bbuddy_free;
	a->palloc = bbuddy_palloc;
	a->pfree = bbuddy_pfree;
	a->maxalloc = bbuddy_maxalloc;
	a->availmem = bbuddy_availmem;
	a->pmaxalloc = bbuddy_pmaxalloc;
	a->pavailmem = bbuddy_pavailmem;
	a->addmem = bbuddy_addmem;
	if (bbuddy_addmem(a, (char *)base + books, len - books) < 0)
		return 0;
	uk_alloc_register(a);
	return a;
}
