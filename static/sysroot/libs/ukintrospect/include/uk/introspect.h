/* SPDX-License-Identifier: BSD-3-Clause */
/**
 * What a viewer of guest memory needs to know. docs/introspection.md is the contract;
 * change both together, and UK_INTROSPECT_VERSION when an old viewer would go wrong.
 */
#ifndef __UK_INTROSPECT_H__
#define __UK_INTROSPECT_H__

#include <uk/arch/lcpu.h>
#include <uk/config.h>
#include <uk/essentials.h>

#define UK_INTROSPECT_MAGIC	0x4f52544e494b55UL	/* "UKINTRO\0" */
#define UK_INTROSPECT_VERSION	1

/* Kinds of heap. */
#define UK_HEAP_BBUDDY	0x59444442	/* "BDDY" */
#define UK_HEAP_REGION	0x4e474552	/* "REGN" */

/**
 * One stretch of memory that an allocator manages. Allocators keep one at its start and
 * use it themselves.
 */
struct uk_heap {
	struct uk_heap *next;	/* in uk_introspect_heaps */
	__u32 kind;		/* UK_HEAP_*: how to walk it */
	__u32 unit;		/* bytes that a byte of `map` stands for */
	__uptr base;		/* first byte that can be allocated */
	__sz len;		/* bytes from there on */
	__u8 *map;		/* BBUDDY: a byte for each unit */
	__uptr top;		/* REGION: first byte never allocated */
};

/* A byte of the buddy map, at a block's first unit: its order and state. */
#define UK_HEAP_ORDER(b)	((b) & 0x3f)	/* unit << order bytes */
#define UK_HEAP_FREE		0x80
#define UK_HEAP_USED		0x40

/** In front of each block of a REGION heap. */
struct uk_heap_block {
	__sz len;		/* of the block, without this header */
	__u32 magic;		/* UK_HEAP_BLOCK */
	__u32 freed;		/* 1: given back, and lost until the end */
};
#define UK_HEAP_BLOCK	0x4b4c4221	/* "!BLK" */

#define UK_INTROSPECT_MARKS	6

struct uk_introspect_table {
	__u64 magic;
	__u16 version;
	__u16 size;			/* bytes of this table */
	__u32 counter_marks;		/* number of entries of `marks` */
	const __u64 *marks;		/* CNTVCT_EL0 at stages of the boot, 0: not reached */
	struct uk_heap **heaps;		/* where the list of heaps begins */
	const void *memregions;		/* array of struct ukplat_memregion_desc */
	const unsigned int *memregion_count;
	__u32 memregion_size;		/* bytes of an element */
	__u32 page_shift;
	const void *page_table;		/* first-level table; also in TTBR0_EL1 */
	const void *threads;		/* where the list of threads begins, 0: none */
	const void *current;		/* where the running thread's address is, 0: none */
	/* Offsets into a thread. */
	__u16 thread_next;		/* address of the next, 0: last */
	__u16 thread_name;		/* address of the name, may be 0 */
	__u16 thread_sp;		/* stack pointer while it does not run */
	__u16 thread_flags;		/* 32 bits: 4 runnable, 8 exited */
	__u16 thread_stack;		/* address of the stack's lowest byte */
	__u16 thread_stack_len;		/* its bytes */
	__u16 thread_guard;		/* address of the guard page, 0: none */
	__u16 thread_wakeup;		/* monotonic ns at which it wakes, 0: not sleeping */
};

#ifdef CONFIG_LIBUKINTROSPECT
extern struct uk_heap *uk_introspect_heaps;
extern __u64 uk_introspect_marks[UK_INTROSPECT_MARKS];

/** Makes a heap known. */
void uk_introspect_add_heap(struct uk_heap *heap);

static inline void uk_introspect_mark_at(unsigned int mark, __u64 ticks)
{
	uk_introspect_marks[mark] = ticks;
}

static inline void uk_introspect_mark(unsigned int mark)
{
	uk_introspect_mark_at(mark, SYSREG_READ64(cntvct_el0));
}
#else
static inline void uk_introspect_add_heap(struct uk_heap *heap __unused) {}
static inline void uk_introspect_mark_at(unsigned int mark __unused, __u64 ticks __unused) {}
static inline void uk_introspect_mark(unsigned int mark __unused) {}
#endif

#endif /* __UK_INTROSPECT_H__ */
